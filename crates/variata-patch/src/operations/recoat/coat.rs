//! The coat of an animal, as far as colours tell.

use super::{CoatKind, SIDE};
use crate::analysis::Analysis;
use crate::color::Oklab;
use crate::filter::{distance_to, percentile, weighted_mean};
use crate::grid::{LabImage, Plane};
use crate::operations::Frame;
use crate::operations::harmony::radians;
use crate::operations::pixels::smoothstep;
use crate::resample::resize;

/// Where an animal may be, 0.0–1.0: within its outline where there is a good one, anywhere in a
/// picture that it fills.
pub(super) fn extent(frame: &Frame, analysis: &Analysis) -> Plane {
    let still = frame.saliency == analysis.saliency.map;
    let sure = analysis.matte.as_ref().filter(|matte| still && matte.confidence > SURE);
    match sure {
        Some(matte) => resize(&matte.alpha, SIDE, SIDE),
        None => Plane::new(SIDE, SIDE, 1.0),
    }
}

/// `extent`, or the whole picture where colours like the coat's go on outside: an outline that
/// left out the dark half of a cat would show as a seam across its neck.
pub(super) fn unbroken(extent: Plane, colors: &LabImage, coat: &Coat) -> Plane {
    let far = distance_to(&extent.map(|share| share > 0.5));
    let ring = far.map(|far| if (2.0..7.0).contains(&far) { 1.0 } else { 0.0 });
    let goes_on = weighted_mean(&colors.map(|color| coat.membership(color)), &ring);
    if goes_on > 0.3 { Plane::new(SIDE, SIDE, 1.0) } else { extent }
}

/// The colours of a coat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coat {
    /// Median hue of what has one, in radians.
    hue: f32,
    /// How far hues go to either side of it, in radians.
    reach: f32,
    /// Median chroma of what has a hue.
    chroma: f32,
    /// Chroma that hardly any of it exceeds: the stripes of a tabby are more vivid than its sides.
    most_chroma: f32,
    /// Median lightness.
    lightness: f32,
    /// Share of the coat that has a hue, 0.0–1.0.
    hued: f32,
    /// Share of the place that is coat, 0.0–1.0.
    share: f32,
}

impl Coat {
    /// The coat that covers most of `extent`.
    pub(super) fn find(colors: &LabImage, extent: &Plane) -> Option<Self> {
        let inside = colors.cells().iter().zip(extent.cells()).filter(|(_, share)| **share > 0.5);
        let inside: Vec<Oklab> = inside.map(|(color, _)| *color).collect();
        let furry: Vec<Oklab> = inside.iter().copied().filter(|color| is_furry(*color)).collect();
        let share = furry.len() as f32 / inside.len().max(1) as f32;
        if share < 0.5 {
            return None;
        }
        let hued: Vec<Oklab> =
            furry.iter().copied().filter(|color| color.chroma() > NEUTRAL).collect();
        let median = |from: &[Oklab], value: &dyn Fn(&Oklab) -> f32| {
            percentile(&from.iter().map(value).collect::<Vec<_>>(), 0.5)
        };
        let hue = if hued.is_empty() { WARM } else { median(&hued, &|color| color.hue()) };
        let apart: Vec<f32> = hued.iter().map(|color| (color.hue() - hue).abs()).collect();
        let chromas: Vec<f32> = hued.iter().map(|color| color.chroma()).collect();
        let chroma = percentile(&chromas, 0.5).max(NEUTRAL);
        Some(Self {
            hue,
            reach: (1.3 * percentile(&apart, 0.85)).clamp(radians(9.0), radians(22.0)),
            chroma,
            most_chroma: percentile(&chromas, 0.97).max(1.6 * chroma).max(chroma + 0.02),
            lightness: median(&furry, &|color| color.l),
            hued: hued.len() as f32 / furry.len().max(1) as f32,
            share,
        })
    }

    /// How far a colour is one of the coat's, 0.0–1.0: its own hues, and all that is nearly grey.
    pub(super) fn membership(&self, color: Oklab) -> f32 {
        let (hue, chroma) = (color.hue(), color.chroma());
        let (low, high) = (self.hue - radians(28.0), self.hue + self.reach);
        let faint = |from: f32, width: f32| 1.0 - smoothstep(from, from + width, chroma);
        // A nose, and a saddle of a stronger brown, go most of the way; a ball and a collar do not.
        let vivid = MUTED * faint(self.most_chroma + 0.08, 0.06);
        let own = smoothstep(low - SHOULDER, low, hue)
            * (1.0 - smoothstep(high, high + SHOULDER, hue))
            * faint(self.most_chroma, 0.03).max(vivid);
        own.max(faint(0.03, 0.03))
    }

    /// Share of the place that is coat, 0.0–1.0.
    pub(super) fn share(&self) -> f32 {
        self.share
    }

    /// Whether the coat fills its place so far that eyes in it are an animal's.
    pub(super) fn is_all_around(&self) -> bool {
        self.share > 0.8
    }

    /// Whether an outlined subject is coat all over, of a brown that skin does not have, with no
    /// sign of a portrait.
    pub(super) fn is_no_skin(&self, analysis: &Analysis) -> bool {
        let outlined = analysis.matte.as_ref().is_some_and(|matte| matte.confidence > SURE);
        outlined
            && self.share > 0.85
            && self.hued > 0.15
            && FUR_HUES.contains(&self.hue)
            && analysis.features.skin_area < 0.1
    }

    /// Whether the coat has about this colour already.
    pub(super) fn is_already(&self, kind: CoatKind) -> bool {
        match kind {
            CoatKind::Silver => self.hued < 0.25,
            CoatKind::Brown => self.hued > 0.5 && self.lightness < 0.4,
            CoatKind::Ginger => self.chroma > 0.085,
            CoatKind::Black => self.lightness < 0.35,
            CoatKind::Cream => self.lightness > 0.75 || self.lightness < 0.3,
        }
    }
}

/// Below this chroma a coat is grey.
const NEUTRAL: f32 = 0.025;

/// Where hues are too weak to tell: the brown of most coats.
const WARM: f32 = radians(60.0);

/// How far an outline has to be trusted.
const SURE: f32 = 0.85;

/// Browns that skin does not have in neutral light, up to where yellow begins.
const FUR_HUES: std::ops::Range<f32> = radians(64.0)..radians(90.0);

/// How far what is more vivid than nearly all of the coat belongs to it, 0.0–1.0.
const MUTED: f32 = 0.8;

/// Over which hues a membership fades.
const SHOULDER: f32 = radians(10.0);

/// Whether a colour is a brown or a grey, as coats are.
fn is_furry(color: Oklab) -> bool {
    let chroma = color.chroma();
    let brown = (radians(20.0)..radians(98.0)).contains(&color.hue()) && chroma < 0.14;
    brown || chroma < NEUTRAL
}
