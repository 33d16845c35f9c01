//! Which colours a graphic consists of.

use super::{MAX_COLORS, squared, straight};
use crate::color::Oklab;
use crate::grid::Raster;

/// Share of the flat pixels that the palette must cover.
const MIN_COVERED: f32 = 0.9;
/// Rarer colours are accidents.
const MIN_SHARE: f32 = 0.002;
/// Colours nearer than this are one colour; what tells them apart stays in the residual.
const MERGE_DISTANCE: f32 = 0.06;
/// Neighbours that differ by at most this many levels are flat.
const FLAT_LEVELS: u8 = 6;

/// The commonest colours of flat areas, each by the bytes that occur most.
pub(super) struct Modes {
    pub(super) colors: Vec<[u8; 3]>,
}

impl Modes {
    pub(super) fn of(source: &Raster) -> Option<Self> {
        let samples = flat_samples(source);
        let mut found: Vec<([u8; 3], Oklab, usize)> = Vec::new();
        for (count, rgb) in by_frequency(&samples) {
            let lab = Oklab::from_srgb(rgb);
            let near = found.iter().position(|(_, mode, _)| mode.distance(lab) < MERGE_DISTANCE);
            match near {
                Some(at) => found[at].2 += count,
                None if found.len() < 8 * MAX_COLORS => found.push((rgb, lab, count)),
                None => {}
            }
        }
        let least = (MIN_SHARE * samples.len() as f32).max(1.0) as usize;
        found.retain(|&(_, _, count)| count >= least);
        found.sort_by_key(|&(rgb, _, count)| (std::cmp::Reverse(count), rgb));
        found.truncate(MAX_COLORS);
        let covered: usize = found.iter().map(|&(_, _, count)| count).sum();
        let colors: Vec<[u8; 3]> = found.into_iter().map(|(rgb, _, _)| rgb).collect();
        let enough = covered as f32 > MIN_COVERED * samples.len() as f32;
        (enough && are_a_graphic(&colors, source)).then_some(Self { colors })
    }

    /// Colours with the share of opacity that lies nearest to each, from every fourth pixel.
    pub(super) fn shares(&self, source: &Raster) -> Vec<(Oklab, f32)> {
        let labs: Vec<Oklab> = self.colors.iter().map(|&rgb| Oklab::from_srgb(rgb)).collect();
        let mut totals = vec![0.0f64; labs.len()];
        let step = (source.width() / 256).max(1);
        for y in (0..source.height()).step_by(step) {
            for &pixel in source.row(y).iter().step_by(step) {
                let rgb = straight(pixel);
                let nearest = (0..labs.len()).min_by_key(|&at| squared(rgb, self.colors[at]));
                totals[nearest.unwrap_or(0)] += f64::from(pixel[3]);
            }
        }
        let sum: f64 = totals.iter().sum::<f64>().max(1.0);
        labs.into_iter().zip(totals).map(|(lab, total)| (lab, (total / sum) as f32)).collect()
    }
}

/// Black writing on white paper is no graphic; a single colour is one only if it is cut out.
fn are_a_graphic(colors: &[[u8; 3]], source: &Raster) -> bool {
    let opaque = source.cells().iter().all(|pixel| pixel[3] == 255);
    let coloured = colors.iter().any(|&rgb| Oklab::from_srgb(rgb).chroma() > 0.05);
    match colors.len() {
        0 => false,
        1 => !opaque,
        2 => !opaque || coloured,
        _ => true,
    }
}

/// Colours of a regular grid of mostly opaque pixels that look like their four neighbours.
fn flat_samples(source: &Raster) -> Vec<[u8; 3]> {
    let step = (source.width() / 256).max(1);
    let is_flat = |x: usize, y: usize| {
        let (x, y) = (x as isize, y as isize);
        let center = source.clamped(x, y);
        [(1, 0), (-1, 0), (0, 1), (0, -1)].into_iter().all(|(dx, dy)| {
            let other = source.clamped(x + dx, y + dy);
            center.iter().zip(other).all(|(&a, b)| a.abs_diff(b) <= FLAT_LEVELS)
        })
    };
    let positions = (0..source.height())
        .step_by(step)
        .flat_map(|y| (0..source.width()).step_by(step).map(move |x| (x, y)));
    positions
        .filter(|&(x, y)| source.at(x, y)[3] >= 128 && is_flat(x, y))
        .map(|(x, y)| straight(source.at(x, y)))
        .collect()
}

/// The distinct values with their counts, commonest first.
fn by_frequency(samples: &[[u8; 3]]) -> Vec<(usize, [u8; 3])> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let mut counted: Vec<(usize, [u8; 3])> =
        sorted.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0])).collect();
    counted.sort_by_key(|&(count, rgb)| (std::cmp::Reverse(count), rgb));
    counted
}
