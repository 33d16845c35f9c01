//! New grounds for a cut-out subject, in harmony with its colour.

use super::GroundKind;
use super::cutout::Cutout;
use super::place::Pose;
use crate::color::Oklab;
use crate::grid::LabImage;
use crate::operations::Context;
use crate::operations::backdrop::Backdrop;
use crate::operations::harmony::{
    Tones, clean_deep_ground, clean_ground, partner, radians, spread,
};
use crate::random::Random;

/// The ground of one kind; `None` for a transparent picture.
pub(super) fn draw(
    kind: GroundKind,
    cutout: &Cutout,
    main: &Pose,
    context: &Context<'_>,
    random: &mut Random,
) -> Option<Backdrop> {
    let same = cutout.ground.as_ref()?;
    let old = if main.mirrored { same.mirrored() } else { same.clone() };
    let surface = context.analysis.ground.as_ref().map(|ground| &ground.surface)?;
    if kind == GroundKind::Same {
        return Some(old);
    }
    let paint = Paint::draw(cutout, surface, context);
    if cutout.is_graphic() {
        return Some(Backdrop::constant(paint.tone(paint.lightness, 1.0)));
    }
    let surface = if main.mirrored { surface.mirrored() } else { surface.clone() };
    Some(match kind {
        GroundKind::Hue | GroundKind::Same => hue(&paint, &surface),
        GroundKind::Floor => floor(&paint, main, random),
        GroundKind::Spot => spot(&paint, main, random),
    })
}

/// The colour of a new ground.
struct Paint {
    tones: Tones,
    chroma: f32,
    /// Its mean lightness.
    lightness: f32,
    /// The lightness of the old ground and of the subject.
    old: Oklab,
    subject: f32,
    way: f32,
}

impl Paint {
    /// Subject and ground keep this difference of lightness, or the one they had.
    const LEAST_CONTRAST: f32 = 0.2;

    fn draw(cutout: &Cutout, surface: &LabImage, context: &Context<'_>) -> Self {
        let old = mean(surface);
        let turn = context.seed;
        let hue = if cutout.mean.chroma() > 0.03 {
            Self::fresh_hue(cutout.mean.hue(), old, turn)
        } else {
            clean_ground(radians(360.0 * spread(turn)))
        };
        let lightness = Self::lightness(old.l, cutout.mean.l);
        let hue = if lightness < 0.6 { clean_deep_ground(hue) } else { hue };
        let own = [0.9, 1.25, 1.5][(turn % 3) as usize];
        Self {
            tones: Tones::new(hue),
            chroma: (old.chroma().max(0.05) * own).clamp(0.045, 0.11),
            lightness,
            old,
            subject: cutout.mean.l,
            way: (1.25 * context.boldness).min(1.0),
        }
    }

    /// A partner of the subject's hue that is not the ground's old one.
    fn fresh_hue(subject: f32, old: Oklab, turn: u64) -> f32 {
        let stale = |hue: f32| old.chroma() > 0.04 && libm::cosf(hue - old.hue()) > 0.85;
        let mut hues = (0..5).map(|attempt| partner(subject, turn.wrapping_add(attempt)));
        hues.find(|&hue| !stale(hue)).unwrap_or(subject)
    }

    /// Dark grounds become light enough to show a colour, without coming near the subject.
    fn lightness(old: f32, subject: f32) -> f32 {
        let wanted = match old {
            l if l < 0.45 => (l + 0.10).clamp(0.28, 0.45),
            l => l.clamp(0.45, 0.92),
        };
        let least = Self::LEAST_CONTRAST.min((old - subject).abs());
        if old < subject { wanted.min(subject - least) } else { wanted.max(subject + least) }
            .clamp(0.16, 0.94)
    }

    /// A colour of this ground; bold ones are far from the old ground.
    fn tone(&self, l: f32, strength: f32) -> Oklab {
        let new = self.tones.at(l.clamp(0.05, 0.97), self.chroma * strength);
        self.old.lerp(new, self.way)
    }

    /// Limits a glow behind the subject, so that it still stands out.
    fn beside_subject(&self, l: f32) -> f32 {
        if self.lightness < self.subject { l.min(self.subject - 0.12) } else { l }
    }
}

fn mean(surface: &LabImage) -> Oklab {
    let share = 1.0 / surface.cells().len() as f32;
    surface.cells().iter().fold(Oklab::default(), |sum, color| Oklab {
        l: sum.l + color.l * share,
        a: sum.a + color.a * share,
        b: sum.b + color.b * share,
    })
}

/// The old ground's light in another colour.
fn hue(paint: &Paint, surface: &LabImage) -> Backdrop {
    Backdrop::from_surface(&surface.map(|color| {
        let l = paint.lightness + 0.9 * (color.l - paint.old.l);
        let bright = (4.0 * l * (1.0 - l) + 0.25).clamp(0.3, 1.0);
        let old = Oklab { l: paint.old.l, ..color };
        let new = paint.tone(l, bright);
        Oklab { l: new.l.max(0.0), ..old.lerp(new, paint.way) }
    }))
}

/// A wall and a floor with a soft horizon behind the subject's foot.
fn floor(paint: &Paint, main: &Pose, random: &mut Random) -> Backdrop {
    let horizon = (main.bounds.bottom - random.between(0.10, 0.20)).clamp(0.45, 0.86);
    let middle = 0.5 * (main.bounds.left + main.bounds.right);
    Backdrop::from_fn(|x, y| {
        let near = 1.0 / (1.0 + libm::expf((horizon - y) / 0.035));
        let aside = x - middle;
        let wall = -0.03 - 0.10 * aside * aside - 0.06 * (horizon - y).abs();
        let ground = 0.075 - 0.10 * (y - horizon).max(0.0) - 0.05 * aside * aside;
        let l = paint.lightness + wall + (ground - wall) * near;
        paint.tone(paint.beside_subject(l), 1.0 - 0.3 * near)
    })
}

/// A pool of light behind the subject.
fn spot(paint: &Paint, main: &Pose, random: &mut Random) -> Backdrop {
    let cx = 0.5 * (main.bounds.left + main.bounds.right) + random.between(-0.16, 0.16);
    let cy = main.bounds.top + (main.bounds.bottom - main.bounds.top) * random.between(0.2, 0.5);
    Backdrop::from_fn(|x, y| {
        let (dx, dy) = ((x - cx) / 0.48, (y - cy) / 0.48);
        let light = libm::expf(-(dx * dx + dy * dy));
        let l = paint.lightness - 0.16 + 0.27 * light;
        paint.tone(paint.beside_subject(l), 0.8 + 0.35 * light)
    })
}
