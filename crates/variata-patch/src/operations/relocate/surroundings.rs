//! What lies around and behind a subject: the plate that it is taken off from and put back on.
//!
//! The plate is the source with the subject and a margin of its surroundings filled in: its
//! colours by a membrane, its grain and texture quilted from beside the hole. A fill of this kind
//! never shows a part of anything, and most of it is covered again.

use super::membrane::{Smooth, continued};
use super::texture::{Texture, detail};
use super::{outline, remains};
use crate::analysis::{Analysis, Matte};
use crate::color::Oklab;
use crate::filter::{distance_to, gaussian_blur, gradient, percentile, weighted_mean};
use crate::grid::{LabImage, Mask, Plane, Raster};
use crate::operations::paint::Flow;
use crate::operations::pixels::{Field, smoothstep};
use crate::operations::skin::skin_likeness;
use crate::operations::subject::place::Stance;
use crate::resample::resize;

/// Side at which surroundings are measured, in pixels.
pub(super) const SIDE: usize = 128;
/// Within this distance of the subject its surroundings go along with it, in those pixels.
const NEAR: f32 = 3.5;
/// From this distance on they stay.
pub(super) const FAR: f32 = 9.0;
/// The deviation that parts colours from texture.
const SMOOTHING: f32 = 1.6;
/// The least confidence of a matte whose subject may be moved, where the surroundings are smooth
/// enough to tell whether it lost anything.
const LEAST_CONFIDENCE: f32 = 0.6;
/// The same where they are not.
const LEAST_CONFIDENCE_ALONE: f32 = 0.65;
/// How much of the picture the subject may cover: what hides more leaves too little to go by.
const AREA: std::ops::Range<f32> = 0.012..0.62;
/// The most straight lines, in sides of the picture: parts of a machine stay in it.
const MOST_LINES: f32 = 9.0;
/// Share of the surroundings close by that their smooth model may leave unexplained.
const MOST_UNEXPLAINED: f32 = 0.145;
/// Share of what lies around an uncut subject that may be unlike the rest.
const MOST_STRANGE: f32 = 0.14;
/// The distance from the middle of their colours, in OKLab, at which surroundings are unlike it.
const STRANGE: f32 = 0.2;
/// The share of what lies around the subject that looks like skin, if it is a hand that the outline
/// left out; more is a ground of that colour.
const HAND: std::ops::Range<f32> = 0.008..0.25;
/// Texture, in bytes, that may run in parallel lines, and how parallel it may be where there is more:
/// boards and frames, which no quilt continues, have 3.8 bytes and 0.68, plaster 4.5 and 0.35.
const MOST_ROUGH_LINES: f32 = 3.3;
const MOST_PARALLEL: f32 = 0.55;
/// What would stay behind of the subject, as a share of it: feathers beside a wing 0.041, anything else
/// 0.021 and less.
const MOST_REMAINS: f32 = 0.03;
/// The most texture, in bytes, that surroundings may have where none can be found for the fill.
const MOST_ROUGH: f32 = 3.0;
/// A step of the smooth colours, in OKLab over two pixels, that is an edge: a horizon 0.13, a table's
/// border 0.05.
const EDGE: f32 = 0.1;
/// The share of what lies around the hole that edges may be: what enters the hole would fade there.
const MOST_EDGES: f32 = 0.004;
/// The smallest source that is worth it, in pixels.
const MIN_SIDE_PX: usize = 64;

/// A subject and its surroundings, parted.
#[derive(Debug)]
pub struct Surroundings {
    /// The source without its subject.
    pub(super) plate: Raster,
    /// The plate's colours without texture; the fourth lane is how far the surroundings go along
    /// with the subject, 0.0–1.0.
    pub(super) smooth: Smooth,
    /// The same in OKLab.
    pub(super) colors: LabImage,
    /// The subject.
    pub(super) matte: Matte,
    /// What the subject stood amid.
    pub(super) ring: Vec<Neighbour>,
    /// Where the subject may go.
    pub(super) stance: Stance,
    /// Whether an edge leads into the hole, where it would fade to a haze.
    pub(super) fades: bool,
}

/// A place beside the subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbour {
    /// In shares of the side.
    pub(super) place: (f32, f32),
    pub(super) color: Oklab,
}

impl Surroundings {
    /// Parts the subject of `analysis` from what lies around it; `None` where its outline is not
    /// sure enough, or where it leaves too little to go by.
    pub fn of(analysis: &Analysis) -> Option<Self> {
        let sure = |matte: &&Matte| matte.confidence > LEAST_CONFIDENCE;
        let matte = analysis.matte.as_ref().filter(sure)?;
        let unfit = analysis.transparent
            || analysis.features.is_drawing()
            || analysis.features.line_length > MOST_LINES
            || analysis.source.width() < MIN_SIDE_PX;
        if unfit {
            return None;
        }
        let colors = resize(&analysis.view, SIDE, SIDE).map(|pixel| pixel.map(f32::from));
        let (matte, stance) = subject(matte, analysis, &colors)?;
        let subject = resize(&matte.view, SIDE, SIDE).map(|opacity| opacity > 0.15);
        let far = distance_to(&subject);
        let ring = ring(&colors, &far);
        let rough = roughness(&colors, &far);
        let nearby = analysis.ground.as_ref().map_or(1.0, |ground| ground.unexplained_nearby);
        let alone = || {
            let sure = matte.confidence > LEAST_CONFIDENCE_ALONE;
            sure && !stance.is_cut() && strange_share(&ring) < MOST_STRANGE
        };
        if HAND.contains(&skin_share(&ring)) || nearby > MOST_UNEXPLAINED && !alone() {
            return None;
        }
        let is_lined = || rough > MOST_ROUGH_LINES && parallel(&colors, &far) > MOST_PARALLEL;
        if remains::share_of(&colors, &far) > MOST_REMAINS || is_lined() {
            return None;
        }
        Self::parted(analysis, &colors, Parts { matte, stance, ring, rough, far })
    }

    fn parted(analysis: &Analysis, colors: &Smooth, parts: Parts) -> Option<Self> {
        let Parts { matte, stance, ring, rough, far } = parts;
        let hole = far.map(|distance| distance < FAR + 0.5);
        let features = &analysis.features;
        let layered = features.block_variance_in_rows < 0.4 * features.block_variance;
        let down = if layered { 0.02 } else { 0.5 };
        let smooth = continued(&smoothed(colors, &hole), &hole, down);
        let labs = smooth.map(lab);
        let texture = Texture::find(&hole, &labs, layered, (&texture_of(colors, &smooth), rough));
        if texture.as_ref().map_or(rough > MOST_ROUGH, |texture| texture.woven) {
            return None;
        }
        Some(Self {
            plate: plate(&analysis.source, &smooth, &far, texture.as_ref()),
            smooth: smooth.zip_map(&far, |[red, green, blue, _], distance| {
                [red, green, blue, 1.0 - smoothstep(NEAR, FAR, distance)]
            }),
            colors: labs,
            fades: edges(colors, &far) > MOST_EDGES,
            matte,
            stance,
            ring,
        })
    }
}

/// What is known of a subject before it is parted from its surroundings.
struct Parts {
    matte: Matte,
    stance: Stance,
    ring: Vec<Neighbour>,
    rough: f32,
    /// The distance from the subject.
    far: Plane,
}

/// The outline of what is moved, and where it may go: with what is joined to it, unless that
/// would tie it to the frame.
fn subject(matte: &Matte, analysis: &Analysis, colors: &Smooth) -> Option<(Matte, Stance)> {
    let joined = outline::joined(matte, analysis.ground.as_ref(), colors);
    [joined.as_ref(), Some(matte)].into_iter().flatten().find_map(|matte| {
        let matte = outline::trimmed(matte);
        let stance = Stance::of_matte(&matte, analysis.may_mirror);
        (!stance.is_stuck() && AREA.contains(&matte.area)).then_some((matte, stance))
    })
}

/// Local means of what lies outside `hole`; anything within.
fn smoothed(colors: &Smooth, hole: &Mask) -> Smooth {
    let open = hole.map(|missing| if missing { 0.0 } else { 1.0 });
    let total = gaussian_blur(&open, SMOOTHING);
    let lane = |lane: usize| {
        let weighted = colors.zip_map(&open, |color, open| color[lane] * open);
        gaussian_blur(&weighted, SMOOTHING).zip_map(&total, |sum, total| sum / total.max(1e-4))
    };
    let [red, green, blue] = [0, 1, 2].map(lane);
    Smooth::from_fn(SIDE, SIDE, |x, y| [red.at(x, y), green.at(x, y), blue.at(x, y), 0.0])
}

/// What lies close beside the subject.
fn ring(colors: &Smooth, far: &Plane) -> Vec<Neighbour> {
    let beside = smoothed(colors, &far.map(|distance| distance < 1.5));
    let place = |at: usize| (at as f32 + 0.5) / SIDE as f32;
    (0..SIDE * SIDE)
        .map(|at| (at % SIDE, at / SIDE))
        .filter(|&(x, y)| (x + y) % 2 == 0 && (2.0..7.0).contains(&far.at(x, y)))
        .map(|(x, y)| Neighbour { place: (place(x), place(y)), color: lab(beside.at(x, y)) })
        .collect()
}

/// The share of what lies around the hole that is an edge and no texture.
fn edges(colors: &Smooth, far: &Plane) -> f32 {
    let labs = smoothed(colors, &far.map(|distance| distance < 1.5)).map(lab);
    let is_edge = |x: usize, y: usize| {
        let (u, v) = (x as isize, y as isize);
        let across = labs.clamped(u - 1, v).distance_squared(labs.clamped(u + 1, v));
        let down = labs.clamped(u, v - 1).distance_squared(labs.clamped(u, v + 1));
        across + down > EDGE * EDGE
    };
    let cells = (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE));
    let around = cells.filter(|&(x, y)| (FAR..FAR + 4.0).contains(&far.at(x, y)));
    let (mut count, mut found) = (0usize, 0usize);
    for (x, y) in around {
        count += 1;
        found += usize::from(is_edge(x, y));
    }
    found as f32 / count.max(1) as f32
}

/// How much texture there is beside the subject, in bytes.
fn roughness(colors: &Smooth, far: &Plane) -> f32 {
    let smooth = smoothed(colors, &far.map(|distance| distance < FAR));
    let beside = far.map(|distance| if (FAR..2.5 * FAR).contains(&distance) { 1.0 } else { 0.0 });
    weighted_mean(&texture_of(colors, &smooth), &beside)
}

/// How parallel the edges beside the subject are where they are, 0.0 (all around) to 1.0.
fn parallel(colors: &Smooth, far: &Plane) -> f32 {
    let lightness = colors.map(|color| lab(color).l);
    let (across, down) = gradient(&lightness);
    let slopes = across.zip_map(&down, |u, v| (u * u + v * v).sqrt());
    let is_beside = |distance: f32| (FAR..2.5 * FAR).contains(&distance);
    let beside =
        slopes.zip_map(far, |slope, distance| if is_beside(distance) { slope } else { 0.0 });
    let flow = Flow::new(&lightness, EDGES_TOGETHER);
    weighted_mean(&flow.cells().map(|direction| direction.anisotropy), &beside)
}

/// The deviation of the window within which edges are parallel or not.
const EDGES_TOGETHER: f32 = 4.0;

/// How far the greens of a picture are from its smooth ones, in bytes.
fn texture_of(colors: &Smooth, smooth: &Smooth) -> Plane {
    colors.zip_map(smooth, |color, smooth| (color[1] - smooth[1]).abs())
}

/// The share of a ring that is unlike most of it: where much is, the subject goes on there as
/// something else, as a head does as a body.
fn strange_share(ring: &[Neighbour]) -> f32 {
    let lane = |value: fn(&Neighbour) -> f32| {
        let values: Vec<f32> = ring.iter().map(value).collect();
        percentile(&values, 0.5)
    };
    let l = lane(|beside| beside.color.l);
    let middle = Oklab { l, a: lane(|beside| beside.color.a), b: lane(|beside| beside.color.b) };
    let strange = ring.iter().filter(|beside| beside.color.distance(middle) > STRANGE).count();
    strange as f32 / ring.len().max(1) as f32
}

/// The share of a ring that looks like skin.
fn skin_share(ring: &[Neighbour]) -> f32 {
    let skin = ring.iter().map(|beside| skin_likeness(beside.color)).sum::<f32>();
    skin / ring.len().max(1) as f32
}

/// The colour of smooth bytes.
pub(super) fn lab([red, green, blue, _]: [f32; 4]) -> Oklab {
    Oklab::from_srgb([red, green, blue].map(|value| (value + 0.5) as u8))
}

/// The source with the hole filled.
fn plate(source: &Raster, smooth: &Smooth, far: &Plane, texture: Option<&Texture>) -> Raster {
    let (width, height) = (source.width(), source.height());
    let (field, far) = (Field::new(smooth.clone()), Field::of_plane(far));
    let detail = texture.map(|texture| (texture, detail(source, &field)));
    let mut plate = source.clone();
    plate.par_rows(|y, row| {
        let far = far.row(y, width, height);
        if far.iter().all(|&[distance]| distance >= FAR) {
            return;
        }
        let colors = field.row(y, width, height);
        let detail = detail.as_ref().map(|(texture, detail)| texture.row(y, detail));
        for (x, pixel) in row.iter_mut().enumerate() {
            let share = 1.0 - smoothstep(FAR - 2.0, FAR, far[x][0]);
            for lane in 0..3 {
                let old = f32::from(pixel[lane]);
                let new = colors[x][lane] + detail.as_ref().map_or(0.0, |row| row[x][lane]);
                pixel[lane] = (old + share * (new - old) + 0.5) as u8;
            }
        }
    });
    plate
}
