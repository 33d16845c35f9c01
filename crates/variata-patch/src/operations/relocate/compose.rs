//! The pass that lays the subject and its margin on new surroundings.
//!
//! A pixel of the source is αF + (1 − α)B. On a new ground B′ it is the source plus (1 − α)(B′ − B):
//! nothing has to be unmixed, hair and shadows come along, and at the end of the margin, where the
//! source is B, the result is B′ by itself. Of B′ − B only the smooth part is taken, since a
//! margin has its own texture already.

use super::around::{FAR, SIDE};
use super::membrane::Smooth;
use super::search::{Plan, View};
use super::surroundings::Surroundings;
use crate::analysis::Bounds;
use crate::geometry::Projective;
use crate::grid::{Plane, Raster};
use crate::kernels::recompiled;
use crate::operations::pixels::{Field, smoothstep};
use crate::operations::subject::place::{Pose, SHRINK_BELOW, mapped_bounds};
use crate::operations::{Context, Stop};
use crate::resample::{Border, resize, sample_all, sample_linear};

/// The finished picture.
pub(super) fn composed(
    plan: &Plan,
    surroundings: &Surroundings,
    context: &Context<'_>,
) -> Result<Raster, Stop> {
    let mut image = seen(&plan.view, &surroundings.plate);
    let smooth = Field::new(plan.view.of_smooth(&surroundings.smooth));
    for pose in &plan.poses {
        context.check_cancelled()?;
        Layer::new(surroundings, &context.analysis.source, pose).lay_on(&mut image, &smooth);
    }
    Ok(image)
}

/// The saliency of the finished picture.
pub(super) fn saliency(plan: &Plan, surroundings: &Surroundings, old: &Plane) -> Plane {
    let side = old.width();
    let margin = resize(&surroundings.smooth.map(|value| value[3]), side, side);
    let ground = plan.view.of(&old.zip_map(&margin, |value, margin| value * (1.0 - margin)));
    let subject = old.zip_map(&margin, |value, margin| value * margin);
    let backs: Vec<Projective> = plan.poses.iter().map(|pose| pose.map.inverse()).collect();
    let scale = side as f32;
    Plane::from_fn(side, side, |x, y| {
        let value = |back: &Projective| {
            let (u, v) = back.apply((x as f32 + 0.5) / scale, (y as f32 + 0.5) / scale);
            sample_linear(&subject, u * scale - 0.5, v * scale - 0.5, Border::Zero)
        };
        backs.iter().map(value).fold(ground.at(x, y), f32::max).clamp(0.0, 1.0)
    })
}

fn seen(view: &View, plate: &Raster) -> Raster {
    match (view.is_whole(), view.mirrored) {
        (true, false) => plate.clone(),
        (true, true) => plate.mirrored(),
        _ => view.of(plate),
    }
}

/// How far from the source's edge its margin fades, as a share of the side.
const FADE: f32 = 0.02;

/// A subject and its margin, ready to be laid.
struct Layer<'a> {
    source: Raster,
    alpha: Plane,
    /// The plate's smooth colours; the fourth lane is the margin.
    old: &'a Smooth,
    back: Projective,
    /// What it touches, in shares of the side.
    touched: Bounds,
    /// The source's edges at which the frame does not cut the subject: there the margin ends.
    ends: Bounds,
}

impl<'a> Layer<'a> {
    fn new(surroundings: &'a Surroundings, source: &Raster, pose: &Pose) -> Self {
        let side = source.width();
        let side = if pose.scale < SHRINK_BELOW {
            ((side as f32 * pose.scale + 0.5) as usize).max(8)
        } else {
            side
        };
        let reach = (FAR + 1.0) / SIDE as f32;
        let Bounds { left, top, right, bottom } = surroundings.matte.bounds;
        let widened = Bounds {
            left: left - reach,
            top: top - reach,
            right: right + reach,
            bottom: bottom + reach,
        };
        let cut = surroundings.stance.cut;
        let end = |cut: bool| if cut { 0.0 } else { 1.0 };
        Self {
            source: resize(source, side, side),
            alpha: resize(&surroundings.matte.alpha, side, side),
            old: &surroundings.smooth,
            back: pose.map.inverse(),
            touched: mapped_bounds(&pose.map, widened),
            ends: Bounds {
                left: end(cut.left),
                top: end(cut.top),
                right: end(cut.right),
                bottom: end(cut.bottom),
            },
        }
    }

    fn lay_on(&self, image: &mut Raster, smooth: &Field<4>) {
        let (width, height) = (image.width(), image.height());
        let cell =
            |share: f32, length: usize| (share.clamp(0.0, 1.0) * length as f32 + 0.5) as usize;
        let columns = cell(self.touched.left, width)..cell(self.touched.right, width);
        let rows = cell(self.touched.top, height)..cell(self.touched.bottom, height);
        image.par_rows(|y, row| {
            if rows.contains(&y) && !columns.is_empty() {
                let ground = smooth.row(y, width, height);
                let first = (columns.start, y);
                lay_row(
                    self,
                    (width, height),
                    first,
                    &ground[columns.clone()],
                    &mut row[columns.clone()],
                );
            }
        });
    }

    /// 1.0 well within the source, 0.0 at those of its edges that the subject does not reach.
    #[inline(always)]
    fn within(&self, u: f32, v: f32) -> f32 {
        let from =
            |distance: f32, counts: f32| 1.0 - counts * (1.0 - smoothstep(0.0, FADE, distance));
        from(u, self.ends.left)
            * from(1.0 - u, self.ends.right)
            * from(v, self.ends.top)
            * from(1.0 - v, self.ends.bottom)
    }
}

recompiled! {
    /// Lays `layer` on a part of a row of a picture of this size, whose `first` pixel has this
    /// column and row.
    fn lay_row(
        layer: &Layer<'_>,
        size: (usize, usize),
        first: (usize, usize),
        ground: &[[f32; 4]],
        row: &mut [[u8; 4]],
    ) {
        let down = (first.1 as f32 + 0.5) / size.1 as f32;
        let place = |x: usize| layer.back.apply(((first.0 + x) as f32 + 0.5) / size.0 as f32, down);
        let places: Vec<(f32, f32)> = (0..row.len()).map(place).collect();
        let small = |share: f32| share * SIDE as f32 - 0.5;
        let old = |&(u, v): &(f32, f32)| sample_linear(layer.old, small(u), small(v), Border::Clamp);
        let olds: Vec<[f32; 4]> = places.iter().map(old).collect();
        let share = |(&(u, v), old): (&(f32, f32), &[f32; 4])| old[3] * layer.within(u, v);
        let shares: Vec<f32> = places.iter().zip(&olds).map(share).collect();
        // What lies outside the margin stays as it is.
        let Some(left) = shares.iter().position(|&share| share > LEAST_SHARE) else { return };
        let right = shares.iter().rposition(|&share| share > LEAST_SHARE).map_or(left, |at| at + 1);
        let side = layer.source.width() as f32;
        let point = |&(u, v): &(f32, f32)| (u * side - 0.5, v * side - 0.5);
        let points: Vec<(f32, f32)> = places[left..right].iter().map(point).collect();
        let mut colors = vec![[0u8; 4]; points.len()];
        sample_all(&layer.source, &points, Border::Clamp, &mut colors);
        for (at, (&(x, y), color)) in (left..).zip(points.iter().zip(colors)) {
            if shares[at] <= LEAST_SHARE {
                continue;
            }
            let opacity = sample_linear(&layer.alpha, x, y, Border::Clamp);
            let clear = 1.0 - opacity.clamp(0.0, 1.0);
            for lane in 0..3 {
                let under = f32::from(row[at][lane]);
                let over = f32::from(color[lane]) + clear * (ground[at][lane] - olds[at][lane]);
                row[at][lane] = (under + shares[at] * (over - under) + 0.5) as u8;
            }
        }
    }
}

/// A margin of less than this much is none.
const LEAST_SHARE: f32 = 0.003;
