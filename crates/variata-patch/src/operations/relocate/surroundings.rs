//! What lies around and behind a subject: the plate that it is taken off from and put back on.
//!
//! The plate is the source with the subject and a margin of its surroundings filled in: its
//! colours by a membrane, its grain and texture quilted from beside the hole. A fill of this kind
//! never shows a part of anything, and most of it is covered again.

use super::around::{Around, FAR, Neighbour, SIDE, lab, smoothed, texture_of};
use super::membrane::{Smooth, continued};
use super::outline;
use super::texture::{Texture, detail};
use crate::analysis::{Analysis, Matte};
use crate::grid::{LabImage, Plane, Raster};
use crate::operations::pixels::{Field, smoothstep};
use crate::operations::subject::place::Stance;
use crate::resample::resize;

/// Within this distance of the subject its surroundings go along with it, in pixels of [`SIDE`]; from
/// [`FAR`] on they stay.
const NEAR: f32 = 3.5;
/// The least confidence of a matte whose subject may be moved, where the surroundings are smooth
/// enough to tell whether it lost anything.
const LEAST_CONFIDENCE: f32 = 0.6;
/// The same where they are not.
const LEAST_CONFIDENCE_ALONE: f32 = 0.65;
/// How much of the picture the subject may cover: what hides more leaves too little to go by.
const AREA: std::ops::Range<f32> = 0.012..0.62;
/// The most straight lines, in sides of the picture: parts of a machine stay in it.
const MOST_LINES: f32 = 9.0;
/// The most texture, in bytes, that surroundings may have where none can be found for the fill.
const MOST_ROUGH: f32 = 3.0;
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
        let around = Around::of(&matte, colors);
        let is_whole = around.is_explained(analysis.ground.as_ref())
            || around.is_all_alike()
                && matte.confidence > LEAST_CONFIDENCE_ALONE
                && !stance.is_cut();
        if !is_whole || around.shows_hand() || around.keeps_remains() || around.is_lined() {
            return None;
        }
        Self::parted(analysis, around, matte, stance)
    }

    fn parted(analysis: &Analysis, around: Around, matte: Matte, stance: Stance) -> Option<Self> {
        let fades = around.has_edges();
        let Around { colors, far, rough, ring } = around;
        let hole = far.map(|distance| distance < FAR + 0.5);
        let features = &analysis.features;
        let layered = features.block_variance_in_rows < 0.4 * features.block_variance;
        let down = if layered { 0.02 } else { 0.5 };
        let smooth = continued(&smoothed(&colors, &hole), &hole, down);
        let labs = smooth.map(lab);
        let texture = Texture::find(&hole, &labs, layered, (&texture_of(&colors, &smooth), rough));
        if texture.as_ref().map_or(rough > MOST_ROUGH, |texture| texture.woven) {
            return None;
        }
        Some(Self {
            plate: plate(&analysis.source, &smooth, &far, texture.as_ref()),
            smooth: smooth.zip_map(&far, |[red, green, blue, _], distance| {
                [red, green, blue, 1.0 - smoothstep(NEAR, FAR, distance)]
            }),
            colors: labs,
            fades,
            matte,
            stance,
            ring,
        })
    }
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
