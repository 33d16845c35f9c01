//! What another view shows: many boxes are drawn, and the best composed is kept.

use super::ReframeKind;
use crate::analysis::{Analysis, Class};
use crate::filter::opened;
use crate::grid::{Grid, Plane};
use crate::operations::pixels::lab_of;
use crate::operations::skin::skin_likeness;
use crate::operations::{Context, Frame};
use crate::random::Random;

/// A square part of the picture in shares of its side.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    left: f32,
    top: f32,
    side: f32,
}

/// A view, the share of the subject in it, and how well it is composed.
struct Judged {
    view: View,
    kept: f32,
    merit: f32,
}

impl View {
    const WHOLE: Self = Self { left: 0.0, top: 0.0, side: 1.0 };

    /// The best composed of many random boxes that keep the subject. Where it fills the frame none
    /// keeps it whole, and the boxes that keep most of it are as good as another photographer's.
    pub(super) fn best(
        kind: ReframeKind,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Self {
        let subject = Subject::new(&importance(frame, context.analysis));
        let (least, most) = kind.cut();
        let (low, high) = (least * context.boldness, most * context.boldness);
        let views: Vec<Judged> = (0..160)
            .map(|_| {
                let view = Self::draw(1.0 - random.between(low, high), random);
                let merit = subject.composition(&view) + random.between(0.0, 0.08);
                Judged { view, kept: subject.share_in(&view), merit }
            })
            .collect();
        let most_kept = views.iter().map(|judged| judged.kept).fold(0.0, f32::max);
        let kept = kind.kept().min(most_kept - 0.02);
        let keeping = views.into_iter().filter(|judged| judged.kept >= kept);
        let best = keeping.max_by(|a, b| a.merit.total_cmp(&b.merit));
        best.map_or(Self::WHOLE, |judged| judged.view)
    }

    /// Any box of this side, except that little is cut at the top: whatever has a head has it
    /// there, and hair and hats are often not salient.
    fn draw(side: f32, random: &mut Random) -> Self {
        let room = 1.0 - side;
        Self { left: random.between(0.0, room), top: random.between(0.0, 0.3 * room), side }
    }

    /// Corners of what is shown, from the top left clockwise, in shares of the picture, all inside.
    pub(super) fn corners(
        self,
        kind: ReframeKind,
        context: &Context<'_>,
        random: &mut Random,
    ) -> [(f32, f32); 4] {
        let boldness = context.boldness;
        let [(kx, ky), (lx, ly)] = kind.keystone();
        let across = boldness * random.sign() * random.between(kx, ky);
        let down = boldness * random.sign() * random.between(lx, ly);
        let upright = matches!(context.analysis.class, Class::Lines)
            || context.analysis.features.vertical_line_length > 2.5;
        let (least, most) = kind.tilt();
        let tilt = boldness * random.sign() * random.between(least, most).to_radians();
        let turn = if upright { 0.0 } else { tilt };
        let (sine, cosine) = (libm::sinf(turn), libm::cosf(turn));
        let corner = |x: f32, y: f32| {
            let (x, y) = (x * (1.0 + down * -y), y * (1.0 + across * -x));
            (x * cosine - y * sine, x * sine + y * cosine)
        };
        let unit = [corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
        self.fitted(unit)
    }

    /// `unit` (corners around the origin) at this box, made smaller and moved until it lies inside
    /// the picture.
    fn fitted(self, unit: [(f32, f32); 4]) -> [(f32, f32); 4] {
        let half = 0.5 * self.side;
        let reach = unit.iter().fold(0.0f32, |reach, (x, y)| reach.max(x.abs()).max(y.abs()));
        let half = half.min(0.5 / reach);
        let inside = |center: f32| center.clamp(half * reach, 1.0 - half * reach);
        let (x, y) = (inside(self.left + 0.5 * self.side), inside(self.top + 0.5 * self.side));
        unit.map(|(u, v)| (x + half * u, y + half * v))
    }
}

/// Where the subject is, for judging views.
struct Subject {
    /// Sums of importance above and to the left.
    sums: Grid<f64>,
    /// Its centre of mass, in shares of the picture.
    center: (f32, f32),
}

impl Subject {
    fn new(importance: &Plane) -> Self {
        let (width, height) = (importance.width(), importance.height());
        let mut sums = Grid::new(width + 1, height + 1, 0.0f64);
        let (mut mass, mut x_mass, mut y_mass) = (1e-9f64, 0.0, 0.0);
        for y in 0..height {
            let mut row = 0.0;
            for x in 0..width {
                let z = f64::from(importance.at(x, y));
                row += z;
                sums.set(x + 1, y + 1, sums.at(x + 1, y) + row);
                mass += z;
                x_mass += z * (x as f64 + 0.5);
                y_mass += z * (y as f64 + 0.5);
            }
        }
        let share = |sum: f64, side: usize| (sum / mass / side as f64) as f32;
        Self { sums, center: (share(x_mass, width), share(y_mass, height)) }
    }

    /// Share of the subject that a view shows; 1.0 where there is none.
    fn share_in(&self, view: &View) -> f32 {
        let total = self.sums.at(self.sums.width() - 1, self.sums.height() - 1);
        let (right, bottom) = (view.left + view.side, view.top + view.side);
        let inside = self.mass([view.left, view.top, right, bottom]);
        if total > 0.0 { (inside / total) as f32 } else { 1.0 }
    }

    /// The subject's mass between left, top, right and bottom.
    fn mass(&self, [left, top, right, bottom]: [f32; 4]) -> f64 {
        let (width, height) = (self.sums.width() - 1, self.sums.height() - 1);
        let cell = |share: f32, side: usize| ((share * side as f32 + 0.5) as usize).min(side);
        let (left, right) = (cell(left, width), cell(right, width));
        let (top, bottom) = (cell(top, height), cell(bottom, height));
        let at = |x: usize, y: usize| self.sums.at(x, y);
        at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)
    }

    /// How well a view is composed, larger being better: the subject on a third, or nearly as well
    /// in the middle, and not cut by the frame where it was whole, least of all at the head.
    fn composition(&self, view: &View) -> f32 {
        let (u, v) =
            ((self.center.0 - view.left) / view.side, (self.center.1 - view.top) / view.side);
        let nearest = |value: f32, lines: [f32; 2]| {
            lines.into_iter().map(|line| (value - line).abs()).fold(f32::MAX, f32::min)
        };
        let third = nearest(u, [1.0 / 3.0, 2.0 / 3.0]).min((u - 0.5).abs() + 0.08);
        -third - 0.6 * nearest(v, [0.42, 0.58]) - self.cuts(view)
    }

    /// How much of the subject newly touches the frame.
    fn cuts(&self, view: &View) -> f32 {
        let (left, top) = (view.left, view.top);
        let (right, bottom) = (left + view.side, top + view.side);
        let strips = [
            (3.0, top, [left, top, right, top + STRIP]),
            (1.6, left, [left, top, left + STRIP, bottom]),
            (1.6, 1.0 - right, [right - STRIP, top, right, bottom]),
            (0.4, 1.0 - bottom, [left, bottom - STRIP, right, bottom]),
        ];
        let cells = ((self.sums.width() - 1) * (self.sums.height() - 1)) as f64;
        let cut = |(weight, beyond, strip): (f32, f32, [f32; 4])| {
            let density = self.mass(strip) / (f64::from(STRIP * view.side) * cells);
            weight * density as f32 * (beyond / 0.04).min(1.0)
        };
        strips.into_iter().map(cut).sum()
    }
}

/// Width of the strips along the frame that are looked at, in shares of the picture.
const STRIP: f32 = 0.03;

/// What must not be cut: what is salient, and what could be a face though the ground is brighter.
fn importance(frame: &Frame, analysis: &Analysis) -> Plane {
    let least = 0.8 * analysis.saliency.threshold;
    let skin = lab_of(&frame.image, frame.saliency.width()).map(skin_likeness);
    let skin = opened(&skin, 2);
    frame.saliency.zip_map(&skin, |z, skin| {
        let salient = if z > least { z } else { 0.0 };
        salient.max(0.8 * skin * (z / least).min(1.0))
    })
}
