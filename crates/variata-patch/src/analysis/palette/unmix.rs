//! Of which palette colours each pixel is mixed.

use std::collections::HashMap;

use super::modes::Modes;
use super::{Contact, MAX_COLORS, Mixture, Palette, squared, straight};
use crate::color::Oklab;
use crate::grid::{Grid, Raster};

/// Pixels within this many levels of a palette colour have that colour.
const EXACT_LEVELS: u32 = 6;
/// How far, in pixels, an edge may be smeared before the colours of its sides are lost sight of.
const EDGE_REACH: usize = 3;
/// Two colours explain more than one, so they must explain it better by this squared distance.
const PAIR_COST: f32 = 2e-4;
/// The price of a colour that is seen beside the pixel, but only in a thin line.
const THIN_COST: f32 = 4e-4;
/// The price of a colour that is not seen near the pixel at all.
const FAR_COST: f32 = 1.2e-3;
/// Entries of the cache in front of the map, as a power of two.
const RECENT_BITS: u32 = 13;

/// No palette colour: a mixture, or nothing at all.
const UNLABELLED: u8 = u8::MAX;

/// What decides a pixel's mixture: its colour, its opacity class, and the colours around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Surroundings {
    rgb: [u8; 3],
    /// By how many levels the colour may be wrong, because it was divided by a small opacity.
    slack: u8,
    /// One bit a palette colour that is seen flat near by.
    flat: u16,
    /// One bit a palette colour that is seen near by in single pixels.
    thin: u16,
}

pub(super) struct Unmixing<'a> {
    source: &'a Raster,
    colors: Vec<[f32; 3]>,
    /// The palette colour of each pixel that is in a flat area.
    flat: Grid<u8>,
    /// One bit a colour that is flat within [`EDGE_REACH`].
    flat_near: Grid<u16>,
    /// One bit a colour that an adjacent pixel has.
    seen_near: Grid<u16>,
    known: HashMap<Surroundings, u32>,
    /// The latest mixtures by a hash of their surroundings, since a map is slow for noise.
    recent: Vec<Option<(Surroundings, u32)>>,
    mixtures: Vec<Mixture>,
}

impl Surroundings {
    fn slot(&self) -> usize {
        let [red, green, blue] = self.rgb.map(u64::from);
        let masks = u64::from(self.flat) << 24 | u64::from(self.thin) << 40;
        let key = red | green << 8 | blue << 16 | masks ^ u64::from(self.slack) << 50;
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - RECENT_BITS)) as usize
    }
}

impl<'a> Unmixing<'a> {
    pub(super) fn new(source: &'a Raster, modes: &Modes) -> Self {
        let labels = label(source, &modes.colors);
        let flat = flat_labels(&labels);
        Self {
            source,
            colors: modes.colors.iter().map(|rgb| rgb.map(|c| f32::from(c) / 255.0)).collect(),
            flat_near: labels_within(&flat, EDGE_REACH),
            seen_near: labels_within(&labels, 1),
            flat,
            known: HashMap::new(),
            recent: vec![None; 1 << RECENT_BITS],
            mixtures: Vec::new(),
        }
    }

    pub(super) fn finish(mut self, colors: Vec<(Oklab, f32)>) -> Palette {
        let mut index = Grid::new(self.source.width(), self.source.height(), 0);
        for y in 0..self.source.height() {
            self.index_row(y, index.row_mut(y));
        }
        Palette {
            colors,
            contacts: self.contacts(&index),
            ground: self.ground(),
            residual: self.mean_residual(&index),
            mixtures: self.mixtures,
            index,
        }
    }

    fn index_row(&mut self, y: usize, row: &mut [u32]) {
        let mut last: Option<(Surroundings, [u8; 4], u32)> = None;
        for (x, cell) in row.iter_mut().enumerate() {
            let pixel = self.source.at(x, y);
            let (flat, thin) = self.seen_from(x, y, pixel[3]);
            if let Some((seen, known, found)) = last
                && (known, seen.flat, seen.thin) == (pixel, flat, thin)
            {
                *cell = found;
                continue;
            }
            // A colour divided by its opacity is uncertain by half a level over that opacity.
            let slack = if pixel[3] == 255 { 0 } else { (127 / pixel[3].max(1)).max(1) };
            let seen = Surroundings { rgb: straight(pixel), slack, flat, thin };
            *cell = self.mixture(seen);
            last = Some((seen, pixel, *cell));
        }
    }

    /// The colours that are seen flat near a pixel, and those seen only in thin lines.
    fn seen_from(&self, x: usize, y: usize, alpha: u8) -> (u16, u16) {
        let flat = self.flat_near.at(x, y);
        match alpha {
            0 => (0, 0),
            _ if self.flat.at(x, y) != UNLABELLED => (flat, 0),
            _ => (flat, self.seen_near.at(x, y) & !flat),
        }
    }

    fn mixture(&mut self, surroundings: Surroundings) -> u32 {
        let slot = surroundings.slot();
        if let Some((known, found)) = self.recent[slot]
            && known == surroundings
        {
            return found;
        }
        let found = match self.known.get(&surroundings) {
            Some(&found) => found,
            None => {
                self.mixtures.push(unmix(&self.colors, surroundings));
                let found = self.mixtures.len() as u32 - 1;
                self.known.insert(surroundings, found);
                found
            }
        };
        self.recent[slot] = Some((surroundings, found));
        found
    }

    /// Pairs of colours by how much of all edges lies between them: anti-aliased edges count by
    /// the pixels in the middle of the mixture, hard ones by their pixels.
    fn contacts(&self, index: &Grid<u32>) -> Vec<Contact> {
        let mut counts = vec![0u32; MAX_COLORS * MAX_COLORS];
        let mut count = |a: u8, b: u8| {
            counts[usize::from(a.min(b)) * MAX_COLORS + usize::from(a.max(b))] += 1;
        };
        for y in 0..index.height() {
            for (x, &mixture) in index.row(y).iter().enumerate() {
                let mixture = self.mixtures[mixture as usize];
                let here = self.flat.at(x, y);
                let beside = if x > 0 { self.flat.at(x - 1, y) } else { here };
                let above = if y > 0 { self.flat.at(x, y - 1) } else { here };
                if (0.2..=0.8).contains(&mixture.share) && self.source.at(x, y)[3] > 0 {
                    count(mixture.first, mixture.second);
                }
                for other in [beside, above] {
                    if here != UNLABELLED && other != UNLABELLED && here != other {
                        count(here, other);
                    }
                }
            }
        }
        let total: u32 = counts.iter().sum::<u32>().max(1);
        let contact = |(at, &count): (usize, &u32)| Contact {
            first: (at / MAX_COLORS) as u8,
            second: (at % MAX_COLORS) as u8,
            share: count as f32 / total as f32,
        };
        let contacts = counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(contact);
        contacts.collect()
    }

    /// The one colour all around, if there is one.
    fn ground(&self) -> Option<u8> {
        let (right, bottom) = (self.flat.width() - 1, self.flat.height() - 1);
        let rows = [0, bottom].into_iter().flat_map(|y| self.flat.row(y).iter().copied());
        let sides = (0..=bottom).flat_map(|y| [self.flat.at(0, y), self.flat.at(right, y)]);
        let border: Vec<u8> = rows.chain(sides).collect();
        let first = *border.first().filter(|&&label| label != UNLABELLED)?;
        let opaque = self.source.at(0, 0)[3] == 255;
        let same = border.iter().filter(|&&label| label == first).count();
        (opaque && same * 100 >= border.len() * 99).then_some(first)
    }

    /// Mean length of the residual over all pixels.
    fn mean_residual(&self, index: &Grid<u32>) -> f32 {
        let length = |mixture: &Mixture| {
            mixture.residual.iter().map(|value| value * value).sum::<f32>().sqrt()
        };
        let lengths: Vec<f32> = self.mixtures.iter().map(length).collect();
        let pixels = index.cells().iter().zip(self.source.cells());
        let weighted = |(&mixture, pixel): (&u32, &[u8; 4])| {
            f64::from(lengths[mixture as usize]) * f64::from(pixel[3])
        };
        (pixels.map(weighted).sum::<f64>() / (255 * index.cells().len()) as f64) as f32
    }
}

fn label(source: &Raster, colors: &[[u8; 3]]) -> Grid<u8> {
    let nearest = |pixel: [u8; 4]| {
        let tolerance = EXACT_LEVELS + 128u32.checked_div(u32::from(pixel[3])).unwrap_or(0);
        let rgb = straight(pixel);
        let best = (0..colors.len()).min_by_key(|&at| squared(rgb, colors[at]));
        match best {
            Some(at) if pixel[3] > 0 && largest_difference(rgb, colors[at]) <= tolerance => {
                at as u8
            }
            _ => UNLABELLED,
        }
    };
    let mut labels = Grid::new(source.width(), source.height(), UNLABELLED);
    labels.par_rows(|y, row| {
        let mut last = ([0; 4], UNLABELLED);
        for (cell, &pixel) in row.iter_mut().zip(source.row(y)) {
            if pixel != last.0 {
                last = (pixel, nearest(pixel));
            }
            *cell = last.1;
        }
    });
    labels
}

/// Labels of pixels that lie in a square of two by two equal ones: areas, not edges.
fn flat_labels(labels: &Grid<u8>) -> Grid<u8> {
    let mut flat = Grid::new(labels.width(), labels.height(), UNLABELLED);
    for y in 1..labels.height() {
        for x in 1..labels.width() {
            let label = labels.at(x, y);
            let same = label == labels.at(x - 1, y)
                && label == labels.at(x, y - 1)
                && label == labels.at(x - 1, y - 1);
            if same && label != UNLABELLED {
                for (u, v) in [(x - 1, y - 1), (x, y - 1), (x - 1, y), (x, y)] {
                    flat.set(u, v, label);
                }
            }
        }
    }
    flat
}

/// One bit for each label within `reach` pixels (a square).
fn labels_within(labels: &Grid<u8>, reach: usize) -> Grid<u16> {
    let bits = labels.map(|label| 1u16.checked_shl(u32::from(label)).unwrap_or(0));
    let mut across = bits.clone();
    across.par_rows(|y, row| {
        for shift in 1..=reach.min(row.len() - 1) {
            merge(&mut row[shift..], bits.row(y));
            merge(row, &bits.row(y)[shift..]);
        }
    });
    let mut within = across.clone();
    within.par_rows(|y, row| {
        for v in y.saturating_sub(reach)..=(y + reach).min(across.height() - 1) {
            merge(row, across.row(v));
        }
    });
    within
}

fn merge(row: &mut [u16], other: &[u16]) {
    for (bits, more) in row.iter_mut().zip(other) {
        *bits |= more;
    }
}

/// The cheapest of all single colours and pairs: squared distance plus the price of what is not
/// seen near by.
fn unmix(colors: &[[f32; 3]], seen: Surroundings) -> Mixture {
    let pixel = seen.rgb.map(|channel| f32::from(channel) / 255.0);
    let cost = |at: usize| match 1u16 << at {
        bit if seen.flat & bit != 0 => 0.0,
        bit if seen.thin & bit != 0 => THIN_COST,
        _ => FAR_COST,
    };
    let mut best = (f32::MAX, Mixture::default());
    for first in 0..colors.len() {
        for second in first..colors.len() {
            let paid =
                if first == second { cost(first) } else { cost(first) + cost(second) + PAIR_COST };
            if paid >= best.0 {
                continue;
            }
            let (share, residual) = project(pixel, colors[first], colors[second]);
            let paid = paid + residual.iter().map(|value| value * value).sum::<f32>();
            if paid < best.0 {
                let (first, second) = (first as u8, second as u8);
                best = (paid, Mixture { first, second, share, residual });
            }
        }
    }
    let slack = f32::from(seen.slack) / 255.0;
    let explained = seen.slack > 0 && best.1.residual.iter().all(|value| value.abs() <= slack);
    if explained { Mixture { residual: [0.0; 3], ..best.1 } } else { best.1 }
}

/// The point on the line from `first` to `second` nearest to `pixel`, and what is missing.
fn project(pixel: [f32; 3], first: [f32; 3], second: [f32; 3]) -> (f32, [f32; 3]) {
    let way: [f32; 3] = std::array::from_fn(|c| second[c] - first[c]);
    let along: f32 = (0..3).map(|c| (pixel[c] - first[c]) * way[c]).sum();
    let length: f32 = way.iter().map(|value| value * value).sum();
    let share = if length > 0.0 { (along / length).clamp(0.0, 1.0) } else { 0.0 };
    (share, std::array::from_fn(|c| pixel[c] - first[c] - share * way[c]))
}

fn largest_difference(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter().zip(other).map(|(&a, b)| u32::from(a.abs_diff(b))).max().unwrap_or(0)
}
