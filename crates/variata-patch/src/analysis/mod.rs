//! What the engine knows of a source, measured once and shared by all of its variations.
//!
//! Everything here is decided at 96 to 512 pixels, whatever the output's size, so that its cost
//! does not grow with the picture.

mod barrier;
mod classify;
mod faces;
mod features;
mod figure;
mod findings;
mod foreign;
mod gaussian;
mod ground;
mod lines;
mod matte;
mod mincut;
mod mixture;
mod outline;
mod palette;
mod reclaim;
mod saliency;
mod segment;
mod similarity;
mod skin;
mod stationarity;
mod text;
mod trim;
mod views;

pub use classify::flat_candidate;
pub(crate) use figure::figures;
pub use findings::{Bounds, Features, Ground, Matte, Saliency, Sides};
#[cfg(test)]
pub(crate) use matte::describe;
pub(crate) use matte::described;
pub(crate) use mincut::{CERTAIN, min_cut};
pub use palette::{Contact, Mixture, Palette};

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use variata_core::SquareImage;

use crate::convert::Original;
use crate::enlarge::fit_to_side;
use crate::grid::{Plane, Raster};
use classify::Evidence;
use lines::Lines;
use matte::{Outline, Subject};
use text::Writing;
use views::{Views, middle_view};

/// What kind of picture a source is; it decides which recipes suit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The same stuff everywhere: gravel, water, stars.
    Texture,
    /// Many small things on a common ground: a herd, balloons.
    Crowd,
    /// A place without a single subject: a valley, a painting of a night.
    Scene,
    /// A graphic of few flat colours: a logo, an icon.
    Flat,
    /// One subject on a plain ground from which it can be cut cleanly.
    CutOut,
    /// Anything on white paper.
    White,
    /// Writing on even ground of another colour: a screenshot, a slide.
    Page,
    /// Buildings and other structures of straight lines.
    Lines,
    /// Any other picture with a subject: portraits, animals, things in their surroundings.
    Photo,
}

impl Class {
    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Texture => "texture",
            Self::Crowd => "crowd",
            Self::Scene => "scene",
            Self::Flat => "flat",
            Self::CutOut => "cut-out",
            Self::White => "white",
            Self::Page => "page",
            Self::Lines => "lines",
            Self::Photo => "photo",
        }
    }
}

/// A source and everything measured of it.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The source at the output's size, square, premultiplied, its borders trimmed.
    pub source: Arc<Raster>,
    /// The source at 512 × 512 whatever the output's size, opaque: what operations decide by, so
    /// that a seed does the same at every size.
    pub view: Raster,
    /// Whether any of its pixels is not opaque. The picture's transparency is then its own matte
    /// and is kept by every operation.
    pub transparent: bool,
    /// The class that decides the recipes.
    pub class: Class,
    /// Where the eye goes; people are salient from head to chest, and so is what can be read.
    pub saliency: Saliency,
    /// The faces of people, from the brow to the chin; the surest first.
    pub faces: Vec<Bounds>,
    /// The numbers behind the class.
    pub features: Features,
    /// The subject's outline, where one could be drawn at all.
    pub matte: Option<Matte>,
    /// A smooth model of what lies behind the subject, where there is enough of it to see.
    pub ground: Option<Ground>,
    /// The flat colours of a graphic, only for [`Class::Flat`].
    pub palette: Option<Palette>,
    /// Whether left and right may be exchanged: no writing was found and it is no graphic.
    pub may_mirror: bool,
}

impl Analysis {
    /// Whether people's faces are seen in the picture.
    pub fn has_people(&self) -> bool {
        !self.faces.is_empty()
    }

    /// Measures `source` for variations of `side_px` pixels a side.
    ///
    /// Everything but the source and the matte is measured at fixed sizes, so the class does not
    /// depend on `side_px`.
    pub fn new(source: SquareImage, side_px: usize) -> Self {
        let Ok(analysis) = Self::try_new::<Infallible>(source, side_px, |_, _| Ok(()));
        analysis
    }

    /// As [`Analysis::new`], with a call of `after_stage` after each of about ten stages of at
    /// most a few tens of milliseconds, which is told the stage's name and how long it took.
    /// Stages that do not need each other run side by side.
    ///
    /// # Errors
    ///
    /// The first error of `after_stage`, once the stages beside it are finished: the way to cancel.
    pub fn try_new<E: Send>(
        source: SquareImage,
        side_px: usize,
        after_stage: impl Fn(&'static str, Duration) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let stages = &Stages { after: &after_stage };
        let (original, views) =
            stages.run("analysis: views", || prepared(Original::new(source)))?;
        let transparent = original.is_transparent();
        let luma = views.fine.map(views::luma_of);
        let shrinks = original.side() > side_px;
        let fit = || stages.run("analysis: source", move || fit_to_side(&original, side_px));
        let measure =
            || rayon::join(|| stages.look(&views, &luma, transparent), || stages.marks(&luma));
        // A source larger than what is made of it goes before anything else takes memory. Enlarging
        // a small one takes as long as all that is measured of the views: they fill the time beside
        // it.
        let (full, (looked, marks)) =
            if shrinks { (fit(), measure()) } else { rayon::join(fit, measure) };
        let (full, Looked { saliency, faces, mut features, subject }) = (full?, looked?);
        let (lines, writing) = marks?;
        (features.line_length, features.vertical_line_length) = (lines.length, lines.vertical);
        (features.bent_share, features.longest_oblique) = (lines.bent_share, lines.longest_oblique);
        (features.text_chain, features.typeset_chain) = (writing.possible, writing.typeset);
        (features.askew_chain, features.large_chain) = (writing.askew, writing.large);
        features.small_chain = writing.small;
        let saliency = writing.seen_in(&saliency);
        let (outlined, palette) = rayon::join(
            || stages.run("analysis: matte", || outline(&full, &views, subject, transparent)),
            || stages.run("analysis: palette", || Palette::find(&full, &features)),
        );
        let ((matte, ground), palette) = (outlined?, palette?);
        let evidence = Evidence {
            features,
            separability: saliency.separability,
            outline_confidence: matte.as_ref().map_or(0.0, |matte| matte.confidence),
            is_layer: matte.as_ref().is_some_and(|matte| matte.on_side.are_both_cut()),
            is_flat: palette.is_some(),
            is_cut: (transparent || !features.is_edgeless())
                && is_cut(matte.as_ref(), ground.as_ref(), &writing, transparent),
            is_transparent: transparent,
            has_faces: !faces.is_empty(),
        };
        let class = classify::classify(&evidence);
        let is_shaded = transparent
            && features.is_graphic()
            && matte.as_ref().is_some_and(|matte| matte.is_drawn_in_shades(&full, &features));
        Ok(Self {
            source: Arc::new(full),
            view: views.fine,
            transparent,
            class,
            saliency,
            faces,
            features,
            matte,
            ground,
            palette,
            may_mirror: classify::may_mirror(class, &features, transparent, is_shaded),
        })
    }
}

/// What is seen in the views alone.
struct Looked {
    saliency: Saliency,
    faces: Vec<Bounds>,
    features: Features,
    subject: Option<Subject>,
}

/// Who is told of finished stages.
struct Stages<'a, F> {
    after: &'a F,
}

impl<E: Send, F: Fn(&'static str, Duration) -> Result<(), E> + Sync> Stages<'_, F> {
    /// What `work` makes, unless the call is to end.
    fn run<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> Result<T, E> {
        let started = Instant::now();
        let made = work();
        (self.after)(name, started.elapsed())?;
        Ok(made)
    }

    /// What is seen in the views alone: where the eye goes, people, numbers, and the subject of an
    /// opaque source.
    fn look(&self, views: &Views, luma: &Plane, transparent: bool) -> Result<Looked, E> {
        let people = || {
            self.run("analysis: faces", || {
                if faces::may_be_in(views) { faces::faces(luma) } else { Vec::new() }
            })
        };
        let seek = || {
            let conspicuous = || self.run("analysis: saliency", || saliency::saliency(views));
            let (raw, faces) = rayon::join(conspicuous, people);
            let (raw, faces) = (raw?, faces?);
            let subject = self.run("analysis: subject", || {
                let start = || figure::start(&raw, &faces);
                if transparent { None } else { matte::subject(views, &start()) }
            })?;
            Ok((raw, faces, subject))
        };
        let measure = || self.run("analysis: features", || features::features(views));
        let (sought, features) = rayon::join(seek, measure);
        let ((raw, faces, subject), mut features) = (sought?, features?);
        features::measure_components(&raw, &mut features);
        let saliency = figure::with_figures(&raw, &faces);
        Ok(Looked { saliency, faces, features, subject })
    }

    /// What is drawn in the picture: straight lines and writing.
    fn marks(&self, luma: &Plane) -> Result<(Lines, Writing), E> {
        let (lines, chains) = rayon::join(
            || self.run("analysis: lines", || Lines::of(luma)),
            || self.run("analysis: text", || Writing::find(luma)),
        );
        Ok((lines?, chains?))
    }
}

/// The subject's outline and what lies behind it, as far as either can be told.
fn outline(
    full: &Raster,
    views: &Views,
    subject: Option<Subject>,
    transparent: bool,
) -> (Option<Matte>, Option<Ground>) {
    if transparent {
        return (Some(matte::matte_of_opacity(full, views)), None);
    }
    let Some(subject) = subject else { return (None, None) };
    let (matte, ground) = grounded(full, views, &Outline::of(views, &subject));
    (Some(matte), ground)
}

/// The matte of `outline` with what the ground shows it to have lost, and the ground that it leaves.
fn grounded(full: &Raster, views: &Views, outline: &Outline) -> (Matte, Option<Ground>) {
    let ground_behind = |outline: &Outline| ground::ground(full, views, &outline.view);
    let Some(ground) = ground_behind(outline) else { return (outline.drawn_in(full), None) };
    // What an outline has lost beside it does not make an even ground less plain.
    let told_by_ground = ground.plain || ground.is_even();
    let found = if told_by_ground { reclaim::reclaimed } else { foreign::joined };
    let Some(whole) = found(views, &outline.view, outline.confidence, &ground) else {
        return (outline.drawn_in(full), Some(ground));
    };
    let (whole, mut left) = rayon::join(|| whole.drawn_in(full), || ground_behind(&whole));
    if let Some(left) = &mut left {
        // What the frame cuts has more to it than a ground that was not plain can show.
        left.plain &= told_by_ground || !whole.on_side.any();
    }
    (whole, left)
}

/// Whether the subject can be cut out cleanly, with whatever is written in the picture.
fn is_cut(
    matte: Option<&Matte>,
    ground: Option<&Ground>,
    writing: &Writing,
    transparent: bool,
) -> bool {
    let Some(matte) = matte.filter(|matte| matte.confidence > 0.6) else { return false };
    let sides = matte.on_side;
    let is_plain = ground.is_some_and(|ground| ground.plain && !is_place(sides, ground));
    let plain = transparent || (is_plain && writing.is_on(matte));
    plain && (0.04..0.65).contains(&matte.area)
}

/// Whether what the frame cuts on both sides is a place and no thing: a hill with the sky behind it, or
/// an island above its water, around which the air is less even than the walls of studios (0.000 to
/// 0.0016; fog 0.003).
fn is_place(sides: Sides, ground: &Ground) -> bool {
    const EVEN: f32 = 0.0022;
    let is_hill = sides.bottom > 0.9 && sides.are_both_cut();
    let is_island = sides.bottom < 0.05 && sides.left.min(sides.right) > 0.15;
    is_hill || (is_island && ground.median_residual > EVEN)
}

/// The source without border bars, and its views. Graphics and transparent pictures have none:
/// their even borders are meant.
fn prepared(source: Original) -> (Original, Views) {
    let square = if source.is_transparent() { None } else { trim::without_bars(&source) };
    let source = match square {
        Some((left, top, side)) if !features::is_graphic(&middle_view(&source)) => {
            source.cropped(left, top, side)
        }
        _ => source,
    };
    let views = Views::new(&source);
    (source, views)
}
