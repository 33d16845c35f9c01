//! The same moment from another place: tighter, closer, or from the side.
//!
//! A plane projective map keeps every straight line straight and never tears, so this is the one
//! change of geometry that suits any picture. The part that is shown always lies inside the source:
//! nothing is invented at the edges.

mod view;

use self::view::View;
use super::{Context, Frame, Operation, Stop};
use crate::analysis::{Analysis, Class};
use crate::geometry::Projective;
use crate::grid::Grid;
use crate::random::Random;
use crate::resample::{Blend, Border, Warp, warp};

/// Which other view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReframeKind {
    /// A little tighter, the subject on a third.
    Crop,
    /// A step closer to the subject.
    Close,
    /// From the side: a keystone.
    Perspective,
    /// With the camera tilted. Refused where a line says what is level.
    Turned,
}

impl ReframeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Crop, Self::Close, Self::Perspective, Self::Turned];

    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crop => "crop",
            Self::Close => "close-up",
            Self::Perspective => "perspective",
            Self::Turned => "turned",
        }
    }

    /// How much of each side is cut off in all, at boldness 1.0.
    fn cut(self) -> (f32, f32) {
        match self {
            Self::Crop => (0.09, 0.19),
            Self::Close => (0.19, 0.29),
            Self::Perspective => (0.07, 0.15),
            Self::Turned => (0.02, 0.06),
        }
    }

    /// Share of the saliency that has to stay in view.
    fn kept(self) -> f32 {
        if self == Self::Close { 0.90 } else { 0.95 }
    }

    /// By how much the camera is tilted, in degrees, to either side.
    fn tilt(self) -> (f32, f32) {
        if self == Self::Turned { (8.0, 13.0) } else { (0.0, 2.0) }
    }

    /// Half the difference in size between opposite sides: across and down.
    fn keystone(self) -> [(f32, f32); 2] {
        match self {
            Self::Perspective => [(0.07, 0.12), (0.0, 0.05)],
            Self::Crop | Self::Close | Self::Turned => [(0.01, 0.04), (0.0, 0.02)],
        }
    }
}

/// Shows a part of the picture from a slightly different place. Every second seed is mirrored where
/// that cannot show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reframe {
    /// Which other view.
    pub kind: ReframeKind,
}

impl Operation for Reframe {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        if self.kind == ReframeKind::Turned && has_level(context.analysis) {
            return Err(Stop::Refused);
        }
        let frame = mirrored_on_odd_seeds(frame, context);
        let view = View::best(self.kind, &frame, context, random);
        let corners = view.corners(self.kind, context, random);
        context.check_cancelled()?;
        let mut done = frame.done;
        done.push(self.kind.name().to_owned());
        let image = seen_through(&frame.image, corners);
        Ok(Frame {
            image: image.into(),
            saliency: seen_through(&frame.saliency, corners),
            done,
            scores: frame.scores.clone(),
        })
    }
}

/// `frame`, with left and right exchanged for every second seed unless that would show or was done
/// before.
pub(super) fn mirrored_on_odd_seeds(frame: &Frame, context: &Context<'_>) -> Frame {
    let before = frame.done.iter().any(|word| word == MIRRORED);
    if before
        || context.seed.is_multiple_of(2)
        || !context.analysis.may_mirror
        || context.boldness <= 0.0
    {
        return frame.clone();
    }
    let mut done = frame.done.clone();
    done.push(MIRRORED.to_owned());
    Frame {
        image: frame.image.mirrored().into(),
        saliency: frame.saliency.mirrored(),
        done,
        scores: frame.scores.clone(),
    }
}

const MIRRORED: &str = "mirrored";

/// Whether something in the picture shows that a camera was tilted: many straight lines, walls and
/// towers, or a horizon with edges along it.
fn has_level(analysis: &Analysis) -> bool {
    let features = &analysis.features;
    let layered = features.block_variance_in_rows < 0.2 * features.block_variance;
    analysis.class == Class::Lines
        || features.line_length > 4.5
        || features.vertical_line_length > 0.7
        || features.is_level()
        || (layered && features.line_length > 1.5)
}

/// The part of `source` within `corners` (in shares of its sides), as large as the source.
fn seen_through<T: Blend>(source: &Grid<T>, corners: [(f32, f32); 4]) -> Grid<T> {
    let (width, height) = (source.width(), source.height());
    let (w, h) = (width as f32, height as f32);
    let map = Projective::translation(0.5, 0.5)
        .then(Projective::scaling(1.0 / w, 1.0 / h))
        .then(Projective::from_unit_square(corners))
        .then(Projective::scaling(w, h))
        .then(Projective::translation(-0.5, -0.5));
    let how = Warp { width, height, border: Border::Clamp, samples: 1 };
    warp(source, how, |x, y| map.apply(x, y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Plane, Raster};
    use crate::operations::testing::{apply, check_withstands, photo, scene, shows_source};

    #[test]
    fn every_view_withstands_every_picture() {
        for kind in ReframeKind::ALL {
            check_withstands(&Reframe { kind });
        }
    }

    #[test]
    fn no_corner_is_ever_blank() {
        // Beyond its edges a picture repeats them: a marked edge would then fill a corner.
        let marked = Raster::from_fn(128, 128, |x, y| {
            let edge = x == 0 || y == 0 || x == 127 || y == 127;
            if edge { [255, 0, 0, 255] } else { [40, 90, 60, 255] }
        });
        let analysis = photo(marked);
        for kind in ReframeKind::ALL {
            for seed in 0..40 {
                let Ok(frame) = apply(&Reframe { kind }, &analysis, 1.43, seed) else { continue };
                let red = frame.image.cells().iter().filter(|pixel| pixel[0] > 200).count();
                assert!(red <= 128 * 5, "{kind:?} {seed}: {red}");
            }
        }
    }

    #[test]
    fn straight_lines_stay_straight() {
        let corners = [(0.05, 0.1), (0.9, 0.02), (0.95, 0.97), (0.1, 0.9)];
        let ramp = Grid::from_fn(256, 256, |x, y| 2.0 * x as f32 + y as f32);
        let seen = seen_through(&ramp, corners);
        // Where a line 2x + y = c crosses three rows: the middle crossing lies between the others.
        let crossing = |y: usize| {
            let row = seen.row(y);
            let at = (0..255).find(|&x| row[x] <= 380.0 && row[x + 1] > 380.0).unwrap();
            at as f32 + (380.0 - row[at]) / (row[at + 1] - row[at])
        };
        let (top, middle, bottom) = (crossing(60), crossing(120), crossing(180));
        assert!((top - 2.0 * middle + bottom).abs() < 0.1, "{top} {middle} {bottom}");
    }

    #[test]
    fn the_subject_stays_in_view() {
        let analysis = photo(scene(96));
        let total: f32 = analysis.saliency.map.cells().iter().sum();
        for kind in ReframeKind::ALL {
            for seed in 0..20 {
                let frame = apply(&Reframe { kind }, &analysis, 1.0, seed).unwrap();
                assert!(
                    frame.saliency.cells().iter().sum::<f32>() > 0.9 * total,
                    "{kind:?} {seed}"
                );
            }
        }
    }

    #[test]
    fn a_subject_that_fills_the_frame_is_framed_anew_all_the_same() {
        let mut analysis = photo(scene(96));
        analysis.saliency.map = Plane::new(96, 96, 1.0);
        for kind in ReframeKind::ALL {
            for seed in 0..10 {
                let frame = apply(&Reframe { kind }, &analysis, 1.0, seed).unwrap();
                assert!(!shows_source(&frame, &analysis), "{kind:?} {seed}");
            }
        }
    }

    #[test]
    fn a_camera_is_not_tilted_where_lines_say_what_is_level() {
        let turned = Reframe { kind: ReframeKind::Turned };
        let refused = |line_length, vertical_line_length| {
            let mut analysis = photo(scene(64));
            analysis.features.line_length = line_length;
            analysis.features.vertical_line_length = vertical_line_length;
            apply(&turned, &analysis, 1.0, 1).err() == Some(Stop::Refused)
        };
        assert!(refused(9.0, 0.0) && refused(0.9, 0.9) && !refused(0.9, 0.2));
    }

    #[test]
    fn only_odd_seeds_are_mirrored_only_once_and_never_writing() {
        let crop = Reframe { kind: ReframeKind::Crop };
        let mut analysis = photo(scene(64));
        assert!(apply(&crop, &analysis, 1.0, 1).unwrap().done.contains(&MIRRORED.to_owned()));
        assert!(!apply(&crop, &analysis, 1.0, 2).unwrap().done.contains(&MIRRORED.to_owned()));
        analysis.may_mirror = false;
        assert!(!apply(&crop, &analysis, 1.0, 1).unwrap().done.contains(&MIRRORED.to_owned()));
    }

    #[test]
    fn boldness_zero_shows_the_whole_picture() {
        let analysis = photo(scene(64));
        for kind in ReframeKind::ALL {
            let frame = apply(&Reframe { kind }, &analysis, 0.0, 1).unwrap();
            assert!(shows_source(&frame, &analysis), "{kind:?}");
        }
    }
}
