//! Faces: where people look first, and what no variation may break.
//!
//! Colours and edges do not tell a person from what stands behind: the one part of a portrait that
//! stands out is often the face, without its hair and its coat. So faces are found by a cascade of
//! small classifiers (Wu, Kan, He, Shan and Chen, "Funnel-structured cascade for multi-view face
//! detection with alignment-awareness", 2017), and [`figure`](super::figure) goes on from there.
//! The picture is always looked at at one size: how much memory the cascade takes and which of it
//! it reads depends on nothing that a caller can choose.

use std::sync::LazyLock;

use rustface::{FaceInfo, ImageData, Model, create_detector_with_model, read_model};

use super::Bounds;
use super::skin::is_skin;
use super::views::Views;
use crate::color::Oklab;
use crate::grid::Plane;
use crate::resample::resize;

/// Side of the view in which faces are sought: the smallest that are found are an eighth of it.
const SIDE_PX: usize = 320;
/// From one size of the view to the next; finer steps find no more.
const SCALE_STEP: f32 = 0.7;
/// Pixels from one place to the next.
const STEP_PX: u32 = 4;
/// Faces less sure than this are patterns in bark and lace: faces have 5 to 50.
const LEAST_SCORE: f64 = 3.0;
/// Share of a picture in the colours of skin below which there is no face in it to be found.
const LEAST_SKIN: f32 = 0.004;
/// Chroma, in OKLab, below which no colour is seen.
const GREY: f32 = 0.02;
/// Share of grey above which a picture may show people in black and white.
const MOST_GREY: f32 = 0.9;

/// The cascade that rustface's authors trained, as they published it.
static MODEL: LazyLock<Option<Model>> = LazyLock::new(|| read_model(TRAINED).ok());
const TRAINED: &[u8] = include_bytes!("../../models/seeta_fd_frontal_v1.0.bin");

/// The boxes around the faces in a picture, from the brow to the chin; the surest first. `luma` is
/// its brightness, 0.0–1.0.
pub(super) fn faces(luma: &Plane) -> Vec<Bounds> {
    let Some(model) = MODEL.as_ref() else { return Vec::new() };
    let small = resize(luma, SIDE_PX, SIDE_PX).map(|value| (255.0 * value + 0.5) as u8);
    let mut detector = create_detector_with_model(model.clone());
    detector.set_score_thresh(LEAST_SCORE);
    detector.set_pyramid_scale_factor(SCALE_STEP);
    detector.set_slide_window_step(STEP_PX, STEP_PX);
    let side = SIDE_PX as u32;
    let mut found = detector.detect(&ImageData::new(small.cells(), side, side));
    found.sort_by(|a, b| b.score().total_cmp(&a.score()));
    found.iter().map(bounds).collect()
}

/// Whether there may be a face in a picture: some of it has the colour of skin, or it has no colours
/// to tell it by.
pub(super) fn may_be_in(views: &Views) -> bool {
    let cells = views.saliency.cells();
    let share = |is: fn(Oklab) -> bool| {
        cells.iter().filter(|&&color| is(color)).count() as f32 / cells.len() as f32
    };
    share(is_skin) > LEAST_SKIN || share(|color| color.chroma() < GREY) > MOST_GREY
}

fn bounds(face: &FaceInfo) -> Bounds {
    let share = |at: i64| at as f32 / SIDE_PX as f32;
    let at = face.bbox();
    let (left, top) = (i64::from(at.x()), i64::from(at.y()));
    Bounds {
        left: share(left),
        top: share(top),
        right: share(left + i64::from(at.width())),
        bottom: share(top + i64::from(at.height())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bricks_have_no_face() {
        let bricks = Plane::from_fn(512, 512, |x, y| {
            if y % 32 < 3 || (x + y / 32 % 2 * 32) % 64 < 3 { 0.8 } else { 0.4 }
        });
        assert!(faces(&bricks).is_empty());
    }

    #[test]
    fn any_picture_is_withstood() {
        for value in [0.0, 0.5, 1.0] {
            assert!(faces(&Plane::new(512, 512, value)).is_empty());
        }
        let noise = |x: usize, y: usize| ((x * 7919 + y * 104_729) % 251) as f32 / 250.0;
        assert!(faces(&Plane::from_fn(512, 512, noise)).len() < 3);
    }
}
