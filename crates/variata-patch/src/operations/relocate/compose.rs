//! The pass that lays the subject and its margin on new surroundings.
//!
//! A pixel of the source is αF + (1 − α)B. On a new ground B′ it is the source plus (1 − α)(B′ − B):
//! nothing has to be unmixed, hair and shadows come along, and at the end of the margin, where the
//! source is B, the result is B′ by itself. Of B′ − B only the smooth part is taken, since a
//! margin has its own texture already.

use super::membrane::Smooth;
use super::search::{Plan, View};
use super::surroundings::{FAR, SIDE, Surroundings};
use crate::analysis::Bounds;
use crate::geometry::Projective;
use crate::grid::{Plane, Raster};
use crate::operations::pixels::{Field, smoothstep};
use crate::operations::subject::place::{Pose, SHRINK_BELOW, mapped_bounds};
use crate::operations::{Context, Stop};
use crate::resample::{Border, resize, sample_cubic, sample_linear};

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
            if !rows.contains(&y) {
                return;
            }
            let ground = smooth.row(y, width, height);
            for x in columns.clone() {
                let place = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
                self.lay_pixel(place, ground[x], &mut row[x]);
            }
        });
    }

    fn lay_pixel(&self, place: (f32, f32), ground: [f32; 4], pixel: &mut [u8; 4]) {
        let (u, v) = self.back.apply(place.0, place.1);
        let small = |share: f32| share * SIDE as f32 - 0.5;
        let old = sample_linear(self.old, small(u), small(v), Border::Clamp);
        let share = old[3] * self.within(u, v);
        if share <= 0.003 {
            return;
        }
        let side = self.source.width() as f32;
        let (x, y) = (u * side - 0.5, v * side - 0.5);
        let color = sample_cubic(&self.source, x, y, Border::Clamp);
        let clear = 1.0 - sample_linear(&self.alpha, x, y, Border::Clamp).clamp(0.0, 1.0);
        for lane in 0..3 {
            let under = f32::from(pixel[lane]);
            let over = f32::from(color[lane]) + clear * (ground[lane] - old[lane]);
            pixel[lane] = (under + share * (over - under) + 0.5) as u8;
        }
    }

    /// 1.0 well within the source, 0.0 at those of its edges that the subject does not reach.
    fn within(&self, u: f32, v: f32) -> f32 {
        let from =
            |distance: f32, counts: f32| 1.0 - counts * (1.0 - smoothstep(0.0, FADE, distance));
        from(u, self.ends.left)
            * from(1.0 - u, self.ends.right)
            * from(v, self.ends.top)
            * from(1.0 - v, self.ends.bottom)
    }
}
