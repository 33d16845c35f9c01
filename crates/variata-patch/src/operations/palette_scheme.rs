//! New palettes for a flat graphic, as a designer of brands would draw them up.
//!
//! A scheme says what each colour becomes; whether neighbours stay apart is checked afterwards
//! (`legibility`), and a scheme that cannot be made legible or clean is redrawn with the next
//! turn.

use super::harmony::{
    at_hue, clean_ground, cleaned, contrast, muddiness, partner, radians, spread, toned,
};
use super::legibility;
use crate::analysis::Palette;
use crate::color::Oklab;

/// A kind of new palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaletteKind {
    /// All hues turned together.
    Hue,
    /// For dark surroundings: a dark ground, light lines.
    Dark,
    /// A coloured ground under the same colours.
    Ground,
    /// Shades of one hue.
    Mono,
    /// The colours exchange their hues.
    Swap,
    /// A ramp from one deep colour to one light one.
    Duotone,
    /// Light and soft.
    Pastel,
    /// Ground and main colour exchanged.
    Reversed,
}

impl PaletteKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Hue,
        Self::Dark,
        Self::Ground,
        Self::Mono,
        Self::Swap,
        Self::Duotone,
        Self::Pastel,
        Self::Reversed,
    ];

    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hue => "hue",
            Self::Dark => "dark",
            Self::Ground => "ground",
            Self::Mono => "mono",
            Self::Swap => "swap",
            Self::Duotone => "duotone",
            Self::Pastel => "pastel",
            Self::Reversed => "reversed",
        }
    }
}

/// Chroma below which a hue is not seen.
const LEAST_HUE: f32 = 0.02;

/// How many turns are drawn before a kind is given up.
const ATTEMPTS: u64 = 9;

/// The new colours of `palette`, in its order, at `boldness` (0.0 the old ones, 1.0 and more the
/// new ones); `None` where no turn of this kind is legible.
pub(super) fn draw(
    kind: PaletteKind,
    palette: &Palette,
    turn: u64,
    boldness: f32,
) -> Option<Vec<Oklab>> {
    let scheme = Scheme::new(palette, boldness);
    let fixed = matches!(kind, PaletteKind::Ground | PaletteKind::Dark | PaletteKind::Reversed);
    let fixed = palette.ground.filter(|_| fixed);
    let mut best: Option<(f32, Vec<Oklab>)> = None;
    for attempt in 0..ATTEMPTS {
        let Some(drawn) = scheme.colors(kind, turn.wrapping_add(attempt)) else { break };
        let colors = legibility::restored(palette, &drawn, fixed);
        if !legibility::holds(palette, &colors) {
            continue;
        }
        let mud = scheme.mud(&colors);
        if best.as_ref().is_none_or(|(least, _)| mud < *least) {
            best = Some((mud, colors));
        }
        if mud < 0.02 {
            break;
        }
    }
    best.map(|(_, colors)| colors)
}

/// Whether people are drawn in this colour: from peach (lightness 0.88, chroma 0.09, 66°) to brown
/// (0.50, 0.10, 59°); the oranges of logos have a chroma of 0.18.
fn is_skin(color: Oklab) -> bool {
    (0.45..0.93).contains(&color.l)
        && (0.05..0.14).contains(&color.chroma())
        && (radians(40.0)..radians(78.0)).contains(&color.hue())
}

struct Scheme<'a> {
    palette: &'a Palette,
    colors: Vec<Oklab>,
    ground: Option<usize>,
    /// The hue that a person would name the graphic by.
    hue: f32,
    /// Whether there are other colours to change than those of skin.
    keeps_skin: bool,
    boldness: f32,
}

impl<'a> Scheme<'a> {
    fn new(palette: &'a Palette, boldness: f32) -> Self {
        let colors: Vec<Oklab> = palette.colors.iter().map(|&(color, _)| color).collect();
        let ground = palette.ground.map(usize::from);
        let weight = |at: usize| {
            let (color, share) = palette.colors[at];
            if Some(at) == ground { -1.0 } else { color.chroma() * share.sqrt() }
        };
        let accent = (0..colors.len()).max_by(|&a, &b| weight(a).total_cmp(&weight(b)));
        let hue = accent.map_or(0.0, |at| colors[at].hue());
        let chroma = |counts: fn(Oklab) -> bool| {
            let counted = palette.colors.iter().filter(|(color, _)| counts(*color));
            counted.map(|(color, share)| color.chroma() * share).sum::<f32>()
        };
        let keeps_skin = 2.0 * chroma(is_skin) < chroma(|_| true);
        Self { palette, colors, ground, hue, keeps_skin, boldness }
    }

    /// Whether a colour stays where others change their hues: nobody is green.
    fn is_kept(&self, color: Oklab) -> bool {
        self.keeps_skin && is_skin(color)
    }

    fn colors(&self, kind: PaletteKind, turn: u64) -> Option<Vec<Oklab>> {
        match kind {
            PaletteKind::Hue => self.turned(turn),
            PaletteKind::Dark => self.dark(turn),
            PaletteKind::Ground => self.on_ground(turn),
            PaletteKind::Mono => Some(self.blended(|color| self.mono(color, turn))),
            PaletteKind::Swap => self.swapped(turn),
            PaletteKind::Duotone => Some(self.duotone(turn)),
            PaletteKind::Pastel => Some(self.pastel(turn)),
            PaletteKind::Reversed => self.reversed(),
        }
    }

    /// Mud counted by how much of the picture it covers.
    fn mud(&self, colors: &[Oklab]) -> f32 {
        let shares = self.palette.colors.iter().map(|&(_, share)| share);
        let old = self.colors.iter().map(|&color| muddiness(color));
        let new = colors.iter().map(|&color| muddiness(color));
        shares.zip(old.zip(new)).map(|(share, (old, new))| share * (new - old).max(0.0)).sum()
    }

    /// Half-way boldness goes half the way.
    fn blended(&self, change: impl Fn(Oklab) -> Oklab) -> Vec<Oklab> {
        let way = (1.25 * self.boldness).min(1.0);
        self.colors.iter().map(|&color| color.lerp(change(color), way)).collect()
    }

    /// A hue for this turn, anywhere.
    fn any_hue(&self, turn: u64) -> f32 {
        self.hue + radians(40.0 + 280.0 * spread(turn))
    }

    /// `None` where there are no hues to turn.
    fn turned(&self, turn: u64) -> Option<Vec<Oklab>> {
        if self.colors.iter().all(|color| color.chroma() < LEAST_HUE) {
            return None;
        }
        let angle = radians(50.0 + 260.0 * spread(turn));
        let angle = if angle > radians(180.0) { angle - radians(360.0) } else { angle };
        let angle = angle * self.boldness.min(1.0);
        let change = |&color: &Oklab| match color {
            _ if self.is_kept(color) => color,
            _ => cleaned(at_hue(color, color.hue() + angle, 0.4)),
        };
        Some(self.colors.iter().map(change).collect())
    }

    fn dark(&self, turn: u64) -> Option<Vec<Oklab>> {
        // Without a ground of its own there is nothing to be dark: eyes would turn black instead.
        let ground = self.ground?;
        if self.boldness < 0.5 || self.colors[ground].l < 0.45 {
            return None;
        }
        let hue = if turn % 3 == 1 { self.hue + radians(35.0) } else { self.hue };
        let inked = |color: Oklab| color.l < 0.42;
        // Coloured darks are plates and stay dark; black ink turns white.
        let plates = self.touching_ground().all(|color| !inked(color) || color.chroma() > 0.025);
        let change = |(at, &color): (usize, &Oklab)| match color {
            _ if at == ground => Oklab::from_hue(0.19, 0.028, hue),
            // Eyes, teeth, highlights.
            _ if color.l > 0.9 && color.chroma() < 0.04 => color,
            _ if plates && inked(color) => {
                toned(color.l + 0.14, 0.03 + 1.3 * color.chroma(), color.hue())
            }
            _ if color.l > 0.45 && color.chroma() > 0.05 => color,
            _ if plates => color,
            _ => Oklab { l: (1.12 - color.l).clamp(0.24, 0.96), ..color },
        };
        Some(self.colors.iter().enumerate().map(change).collect())
    }

    /// The colours that have edges with the ground; all of them where there is none.
    fn touching_ground(&self) -> impl Iterator<Item = Oklab> + '_ {
        self.colors.iter().enumerate().filter_map(|(at, &color)| {
            let touches = self.palette.ground.is_none_or(|ground| {
                usize::from(ground) != at && self.palette.contact(ground, at as u8) > 0.02
            });
            touches.then_some(color)
        })
    }

    fn on_ground(&self, turn: u64) -> Option<Vec<Oklab>> {
        let at = self.ground?;
        let old = self.colors[at];
        let hue = partner(self.hue, turn);
        let bold = turn % 2 == 1;
        let new = match (old.l > 0.5, bold) {
            (true, false) => toned(0.91, 0.065, hue),
            (true, true) => toned(0.84, 0.12, hue),
            (false, false) => toned(0.30, 0.08, hue),
            (false, true) => toned(0.40, 0.13, hue),
        };
        let way = (1.25 * self.boldness).min(1.0);
        let mut colors = self.colors.clone();
        colors[at] = old.lerp(cleaned(new), way);
        Some(colors)
    }

    fn mono(&self, color: Oklab, turn: u64) -> Oklab {
        let l = color.l.clamp(0.2, 0.968);
        toned(l, 0.16 * (4.0 * l * (1.0 - l)).max(0.10), self.any_hue(turn))
    }

    fn swapped(&self, turn: u64) -> Option<Vec<Oklab>> {
        if self.boldness < 0.4 {
            return None;
        }
        let chromatic = |&at: &usize| {
            let color = self.colors[at];
            Some(at) != self.ground && color.chroma() > 0.05 && !self.is_kept(color)
        };
        let chosen: Vec<usize> = (0..self.colors.len()).filter(chromatic).collect();
        let apart = |a: &usize| {
            let difference =
                self.colors[*a].hue() - self.colors[*chosen.first().unwrap_or(a)].hue();
            libm::cosf(difference) < 0.8
        };
        if !chosen.iter().any(apart) {
            return None;
        }
        let step = 1 + (turn as usize) % (chosen.len() - 1).max(1);
        let mut colors = self.colors.clone();
        for (place, &at) in chosen.iter().enumerate() {
            let other = self.colors[chosen[(place + step) % chosen.len()]];
            colors[at] = cleaned(at_hue(self.colors[at], other.hue(), 0.3));
        }
        Some(colors)
    }

    fn duotone(&self, turn: u64) -> Vec<Oklab> {
        let lightness = |best: fn(f32, f32) -> f32| {
            self.colors.iter().map(|color| color.l).reduce(best).unwrap_or(0.5)
        };
        let (darkest, lightest) = (lightness(f32::min), lightness(f32::max));
        let deep = self.any_hue(turn);
        let light = clean_ground(deep + radians([70.0, -80.0, 120.0][(turn % 3) as usize]));
        let ramp = [
            toned(0.29, 0.12, deep),
            toned(0.64, 0.18, deep + 0.35 * (light - deep)),
            toned(0.945, 0.06, light),
        ];
        self.blended(|color| {
            let place = 2.0 * (color.l - darkest) / (lightest - darkest).max(0.05);
            if place < 1.0 {
                ramp[0].lerp(ramp[1], place)
            } else {
                ramp[1].lerp(ramp[2], place - 1.0)
            }
        })
    }

    fn pastel(&self, turn: u64) -> Vec<Oklab> {
        let shift = radians(300.0 * spread(turn) - 150.0) * self.boldness.min(1.0);
        let paper = clean_ground(self.hue + shift);
        self.blended(|color| {
            let hue = color.hue() + shift;
            match color {
                Oklab { l, .. } if l < 0.45 => {
                    let hue = if color.chroma() < 0.02 { paper } else { hue };
                    toned(0.30 + 0.25 * l, 0.07, hue)
                }
                _ if color.chroma() < 0.04 => toned(color.l.min(0.968), 0.02, paper),
                Oklab { l, .. } => toned(l + 0.6 * (0.83 - l), 0.10, hue),
            }
        })
    }

    fn reversed(&self) -> Option<Vec<Oklab>> {
        let ground = self.ground?;
        let weight = |at: usize| {
            let contact = self.palette.contact(ground as u8, at as u8);
            if at == ground { -1.0 } else { self.palette.colors[at].1 * contact }
        };
        let main = (0..self.colors.len()).max_by(|&a, &b| weight(a).total_cmp(&weight(b)))?;
        let difference = (self.colors[ground].l - self.colors[main].l).abs();
        if self.boldness < 0.5 || main == ground || difference < 0.25 {
            return None;
        }
        let mut colors = self.colors.clone();
        colors.swap(ground, main);
        for at in (0..colors.len()).filter(|&at| at != ground && at != main) {
            let lost = colors[at].distance(colors[main]) < 0.2;
            let inside = self.palette.contact(at as u8, main as u8)
                > self.palette.contact(at as u8, ground as u8);
            // Black words on the new ground become as white as the paper was.
            let neutral = colors[at].chroma() < 0.05;
            let clearer = contrast(self.colors[ground], colors[ground])
                > contrast(colors[at], colors[ground]);
            if inside && lost {
                colors[at] = colors[ground];
            } else if !inside && neutral && clearer {
                colors[at] = self.colors[ground];
            }
        }
        Some(colors)
    }
}
