//! The anisotropic Kuwahara filter: flat strokes within edges, at any contrast.
//!
//! Around each pixel an ellipse along the picture's flow is cut into eight overlapping sectors; the
//! result is the mean of those sectors that vary least. Edges stay, since a sector across one
//! varies much; texture turns into strokes (Kyprianidis, Kang and Döllner, "Image and video
//! abstraction by anisotropic Kuwahara filtering", 2009). Orientation and shape are rounded to a
//! table of kernels, so that the inner loop is two multiplications a sample.

use super::flow::{Direction, Flow};
use crate::grid::{Grid, Mask};
use crate::kernels::recompiled;

/// Pixels as premultiplied R, G, B, A, 0.0–255.0.
pub(super) type Lanes = Grid<[f32; 4]>;

/// Filters `source` with ellipses of `radius` pixels along `flow`.
pub(super) fn kuwahara(source: &Lanes, flow: &Flow, radius: f32) -> Lanes {
    kuwahara_where(source.clone(), flow, radius, &Grid::new(1, 1, true))
}

/// As [`kuwahara`], but only where the coarse `wanted` is set; elsewhere the source stays.
pub(super) fn kuwahara_where(source: Lanes, flow: &Flow, radius: f32, wanted: &Mask) -> Lanes {
    let (width, height) = (source.width(), source.height());
    let reach = (2.0 * radius).ceil().max(1.0) as usize;
    let padded = source.with_margin(reach);
    let kernels = Kernels::new(radius, reach, padded.width());
    let chosen = flow.cells().map(Kernels::index_of);
    let (columns, rows) = (chosen.width(), chosen.height());
    let mut result = source;
    result.par_rows(|y, row| {
        let wanted = wanted.row(y * wanted.height() / height);
        let chosen = chosen.row(y * rows / height);
        let kernel_at =
            |x: usize| wanted[x * wanted.len() / width].then(|| chosen[x * columns / width]);
        let start = (y + reach) * padded.width() + reach;
        let mut left = 0;
        for run in (0..width).map(kernel_at).collect::<Vec<_>>().chunk_by(|a, b| a == b) {
            if let Some(index) = run[0] {
                let kernel = &kernels.kernels[index];
                filter_run(kernel, padded.cells(), start + left, &mut row[left..left + run.len()]);
            }
            left += run.len();
        }
    });
    result
}

recompiled! {
    /// Filters neighbours that share a kernel, as many at once as vectors hold.
    fn filter_run(kernel: &Kernel, pixels: &[[f32; 4]], center: usize, run: &mut [[f32; 4]]) {
        let (pixels, center) = (pixels.as_flattened(), 4 * center);
        let (fours, rest) = run.as_flattened_mut().as_chunks_mut::<16>();
        let after = center + 16 * fours.len();
        for (index, four) in fours.iter_mut().enumerate() {
            *four = kernel.filtered(pixels, center + 16 * index);
        }
        let (pairs, single) = rest.as_chunks_mut::<8>();
        for pair in &mut *pairs {
            *pair = kernel.filtered(pixels, after);
        }
        for pixel in single.as_chunks_mut::<4>().0 {
            *pixel = kernel.filtered(pixels, after + 8 * pairs.len());
        }
    }
}

const SECTORS: usize = 8;
const ORIENTATIONS: usize = 24;
const SHAPES: usize = 4;

/// A kernel for each orientation and shape.
struct Kernels {
    kernels: Vec<Kernel>,
}

impl Kernels {
    fn new(radius: f32, reach: usize, stride: usize) -> Self {
        let kernel = |index: usize| {
            let angle = (index / SHAPES) as f32 * std::f32::consts::PI / ORIENTATIONS as f32;
            let anisotropy = (index % SHAPES) as f32 / (SHAPES - 1) as f32;
            Kernel::new(&Ellipse::new(radius, angle, anisotropy), reach as isize, stride as isize)
        };
        Self { kernels: (0..ORIENTATIONS * SHAPES).map(kernel).collect() }
    }

    fn index_of(direction: Direction) -> usize {
        let turn = libm::atan2f(direction.sine, direction.cosine) / std::f32::consts::PI;
        let turn = if turn < 0.0 { turn + 1.0 } else { turn };
        let orientation = (turn * ORIENTATIONS as f32 + 0.5) as usize % ORIENTATIONS;
        let shape = (direction.anisotropy * (SHAPES - 1) as f32 + 0.5) as usize;
        orientation * SHAPES + shape.min(SHAPES - 1)
    }
}

/// The window: long along the flow, narrow across it, of constant area.
struct Ellipse {
    cosine: f32,
    sine: f32,
    long: f32,
    short: f32,
}

impl Ellipse {
    fn new(radius: f32, angle: f32, anisotropy: f32) -> Self {
        let stretch = 1.0 + anisotropy;
        Self {
            cosine: libm::cosf(angle),
            sine: libm::sinf(angle),
            long: radius * stretch,
            short: (radius / stretch).max(1.0),
        }
    }

    /// An offset in the ellipse's own measure: within the unit circle if inside.
    fn place(&self, dx: isize, dy: isize) -> (f32, f32) {
        let (x, y) = (dx as f32, dy as f32);
        (
            (self.cosine * x + self.sine * y) / self.long,
            (self.cosine * y - self.sine * x) / self.short,
        )
    }
}

/// Where the samples of each sector lie in the padded picture, in lanes, and what they count.
struct Kernel {
    sectors: [Vec<(isize, f32)>; SECTORS],
}

impl Kernel {
    fn new(ellipse: &Ellipse, reach: isize, stride: isize) -> Self {
        let mut sectors: [Vec<(isize, f32)>; SECTORS] = Default::default();
        // Every second pixel of a large window says as much as all of them, in half the time.
        let sparse = ellipse.long * ellipse.short > 12.0;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let (u, v) = ellipse.place(dx, dy);
                let distance = u * u + v * v;
                if distance > 1.0 || (sparse && (dx + dy) & 1 == 1) {
                    continue;
                }
                let falloff = libm::expf(-2.0 * distance);
                for (sector, samples) in sectors.iter_mut().enumerate() {
                    let share = share_of(sector, u, v);
                    if share > 0.08 {
                        samples.push((4 * (dy * stride + dx), share * falloff));
                    }
                }
            }
        }
        for samples in &mut sectors {
            let total: f32 = samples.iter().map(|(_, weight)| weight).sum();
            samples.iter_mut().for_each(|(_, weight)| *weight /= total);
        }
        Self { sectors }
    }

    /// The filtered colours of `L / 4` neighbours, of which the first begins at lane `center`.
    #[inline(always)]
    fn filtered<const L: usize>(&self, pixels: &[f32], center: usize) -> [f32; L] {
        let mut sectors = [Moments::<L>::ZERO; SECTORS];
        let (front, back) = sectors.split_at_mut(SECTORS / 2);
        for (index, (one, other)) in front.iter_mut().zip(back).enumerate() {
            let samples = [index, index + SECTORS / 2].map(|at| self.sectors[at].as_slice());
            [*one, *other] = Moments::of_both(samples, pixels, center);
        }
        let (mut result, mut total) = ([0.0f32; L], [0.0f32; L]);
        for sector in &sectors {
            let weights = sector.weights();
            let lanes = weights.iter().zip(&sector.means);
            for ((sum, total), (weight, mean)) in result.iter_mut().zip(&mut total).zip(lanes) {
                *sum += weight * mean;
                *total += weight;
            }
        }
        std::array::from_fn(|lane| result[lane] / total[lane])
    }
}

/// How much a place belongs to a sector: all on its axis, nothing 45° beside it. The middle
/// belongs to all.
fn share_of(sector: usize, u: f32, v: f32) -> f32 {
    if u == 0.0 && v == 0.0 {
        return 1.0;
    }
    let axis = sector as f32 * std::f32::consts::TAU / SECTORS as f32;
    let mut apart = (libm::atan2f(v, u) - axis).abs();
    if apart > std::f32::consts::PI {
        apart = (std::f32::consts::TAU - apart).abs();
    }
    (1.0 - apart / std::f32::consts::FRAC_PI_4).max(0.0)
}

/// Weighted means of the colours of one sector and of their squares, for `L / 4` neighbours.
///
/// Flat and given back by value: of nested arrays behind a reference every lane is added by itself.
#[derive(Clone, Copy)]
struct Moments<const L: usize> {
    means: [f32; L],
    squares: [f32; L],
}

impl<const L: usize> Moments<L> {
    const ZERO: Self = Self { means: [0.0; L], squares: [0.0; L] };

    /// Those of two sectors, sample by sample in turn: their sums do not wait for each other.
    #[inline(always)]
    fn of_both([first, second]: [&[(isize, f32)]; 2], pixels: &[f32], center: usize) -> [Self; 2] {
        let both = first.len().min(second.len());
        let (mut one, mut other) = (Self::ZERO, Self::ZERO);
        for (&a, &b) in first.iter().zip(second) {
            one = one.with(a, pixels, center);
            other = other.with(b, pixels, center);
        }
        one = first[both..].iter().fold(one, |sum, &sample| sum.with(sample, pixels, center));
        other = second[both..].iter().fold(other, |sum, &sample| sum.with(sample, pixels, center));
        [one, other]
    }

    /// These and one more sample; all of them lie in the padded picture.
    #[inline(always)]
    fn with(mut self, (offset, weight): (isize, f32), pixels: &[f32], center: usize) -> Self {
        let from = pixels.get(center.wrapping_add_signed(offset)..);
        let Some(values) = from.and_then(|from| from.first_chunk::<L>()) else { return self };
        let sums = self.means.iter_mut().zip(&mut self.squares).zip(values);
        for ((mean, square), value) in sums {
            let weighted = weight * value;
            *mean += weighted;
            *square += weighted * value;
        }
        self
    }

    /// How much the sector counts in each lane: the less its colours vary, the more.
    #[inline(always)]
    fn weights(&self) -> [f32; L] {
        let variance = |lane: usize| self.squares[lane] - self.means[lane] * self.means[lane];
        std::array::from_fn(|lane| {
            let red = lane / 4 * 4;
            // Sharpness 8, the value of the paper. Its unit of variance, 255, leaves skin as if
            // blurred; an eighth of that shows strokes there too.
            let spread = (variance(red) + variance(red + 1) + variance(red + 2)).max(0.0) / 32.0;
            let squared = spread * spread;
            1.0 / (1.0 + squared * squared)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Plane;
    use crate::random::Random;

    #[test]
    fn an_edge_stays_and_noise_beside_it_goes() {
        let mut random = Random::new(1, 1);
        let noise: Vec<f32> = (0..64 * 64).map(|_| random.between(-6.0, 6.0)).collect();
        let lightness =
            Plane::from_fn(64, 64, |x, y| noise[y * 64 + x] + if x < 32 { 60.0 } else { 190.0 });
        let source = lightness.map(|value| [value, value, value, 255.0]);
        let result = kuwahara(&source, &Flow::new(&lightness, 3.0), 4.0);
        let deviation = |grid: &Lanes| -> f32 {
            let cells = (10..54).flat_map(|y| (6..28).map(move |x| (x, y)));
            cells.map(|(x, y)| (grid.at(x, y)[0] - 60.0).abs()).sum::<f32>() / (44.0 * 22.0)
        };
        assert!(deviation(&result) < 0.7 * deviation(&source), "{}", deviation(&result));
        let step: f32 =
            (10..54).map(|y| result.at(33, y)[0] - result.at(30, y)[0]).sum::<f32>() / 44.0;
        assert!(step > 110.0, "{step}");
    }

    #[test]
    fn a_flat_picture_stays_as_it_is() {
        let flat = Grid::new(20, 13, [40.0, 80.0, 120.0, 255.0]);
        let result = kuwahara(&flat, &Flow::new(&Plane::new(20, 13, 80.0), 2.0), 3.0);
        assert!(result.cells().iter().all(|p| (p[0] - 40.0).abs() < 0.01));
    }
}
