//! Straight segments: how much of the picture is built.
//!
//! People notice at once when a straight edge waves, so pictures with many segments may only be
//! changed by maps that keep lines straight. Segments are grown from strong gradients over
//! neighbours of like direction, as in LSD (Grompone von Gioi et al., 2010), without its test
//! against chance: only segments so long are counted that chance does not make them.

use crate::grid::Plane;
use crate::kernels::recompiled;

/// Segments shorter than this share of the side do not count.
const LEAST_LENGTH: f32 = 0.06;
/// Slopes per pixel below which a direction is noise (LSD: 2 / sin 22.5° levels of 255).
const LEAST_SLOPE: f32 = 5.2 / 255.0;
/// Cosine of 22.5°: neighbours within it of a segment's direction belong to it.
const LOOSE_COSINE: f32 = 0.923_88;
/// Cosine of 11.25°, tried where the first gives a bow and not a segment.
const STRICT_COSINE: f32 = 0.980_79;
/// Share of a segment's rectangle that its pixels must fill.
const LEAST_DENSITY: f32 = 0.7;
/// Run over rise beyond which a segment is not nearly vertical.
const VERTICAL_LEAN: f32 = 0.3;
/// Run over rise, or rise over run, from which on a segment is oblique.
const OBLIQUE_LEAN: f32 = 0.2;
/// Bins by which gradients are sorted.
const BINS: usize = 256;

/// A straight edge, its ends in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    /// One end.
    pub(super) from: (f32, f32),
    /// The other.
    pub(super) to: (f32, f32),
}

impl Segment {
    fn length(&self) -> f32 {
        let (dx, dy) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        (dx * dx + dy * dy).sqrt()
    }

    /// Whether it is far from upright and from level: what bends it shows.
    fn is_oblique(&self) -> bool {
        let (dx, dy) = ((self.to.0 - self.from.0).abs(), (self.to.1 - self.from.1).abs());
        dx.min(dy) > OBLIQUE_LEAN * dx.max(dy)
    }

    fn is_vertical(&self) -> bool {
        (self.to.0 - self.from.0).abs() < VERTICAL_LEAN * self.length()
    }
}

/// How much of a picture is built.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Lines {
    /// Total length of the segments over the side.
    pub(super) length: f32,
    /// The part of it that is nearly vertical.
    pub(super) vertical: f32,
    /// The longest oblique segment, over the side.
    pub(super) longest_oblique: f32,
    /// Share of the regions of like direction that are no segments, by pixels, 0.0–1.0: waves and
    /// folds, of which short pieces are straight.
    pub(super) bent_share: f32,
}

impl Lines {
    /// Those of a square plane.
    pub(super) fn of(luma: &Plane) -> Self {
        let side = luma.width() as f32;
        let (segments, bent_share) = segments(luma);
        let total = |counts: fn(&Segment) -> bool| {
            let counted = segments.iter().filter(|segment| counts(segment));
            counted.map(Segment::length).sum::<f32>() / side
        };
        let oblique = segments.iter().filter(|segment| segment.is_oblique());
        Self {
            length: total(|_| true),
            vertical: total(Segment::is_vertical),
            longest_oblique: oblique.map(Segment::length).fold(0.0, f32::max) / side,
            bent_share,
        }
    }
}

/// All segments that count, strongest seeds first, and the share of what was tried that is bent.
fn segments(luma: &Plane) -> (Vec<Segment>, f32) {
    let field = Field::new(luma);
    let least_length = LEAST_LENGTH * luma.width() as f32;
    let mut free = field.directions.clone();
    let mut region = Vec::new();
    let mut found = Vec::new();
    let (mut tried, mut bent) = (0, 0);
    for seed in field.strongest_first() {
        if free[seed] == NOWHERE {
            continue;
        }
        field.grow(seed, LOOSE_COSINE, &mut free, &mut region);
        if (region.len() as f32) < least_length {
            continue;
        }
        let rectangle = field.enclose(&region);
        let is_bent = rectangle.density(region.len()) < LEAST_DENSITY;
        tried += region.len();
        bent += if is_bent { region.len() } else { 0 };
        let segment = if is_bent {
            field.straight_part(seed, &mut free, &mut region)
        } else {
            Some(rectangle.segment)
        };
        found.extend(segment.filter(|segment| segment.length() > least_length));
    }
    (found, bent as f32 / tried.max(1) as f32)
}

/// The direction of what has none. In the directions that are free, those of pixels that no region
/// has taken, it also stands for the others: one test tells who may join a region.
const NOWHERE: (f32, f32) = (0.0, 0.0);

/// Slopes of a plane and their directions, with a rim that has none: nobody who asks for a
/// neighbour needs to know where the plane ends.
struct Field {
    stride: usize,
    slopes: Vec<f32>,
    /// Unit vectors across the edge, or [`NOWHERE`].
    directions: Vec<(f32, f32)>,
}

impl Field {
    /// Differences over 2 × 2 pixels, as LSD takes them: the least blur there is.
    fn new(luma: &Plane) -> Self {
        let (stride, height) = (luma.width() + 2, luma.height());
        let mut slopes = vec![0.0; stride * (height + 2)];
        let mut directions = vec![NOWHERE; slopes.len()];
        let rows = slopes.chunks_exact_mut(stride).zip(directions.chunks_exact_mut(stride));
        for (y, (slopes, directions)) in rows.skip(1).take(height).enumerate() {
            let rows = (luma.row(y), luma.row((y + 1).min(height - 1)));
            measure(rows, &mut slopes[1..stride - 1], &mut directions[1..stride - 1]);
        }
        Self { stride, slopes, directions }
    }

    /// Pixels with a direction, sorted into bins by slope, in reading order within each.
    fn strongest_first(&self) -> Vec<usize> {
        let largest = self.slopes.iter().fold(LEAST_SLOPE, |a, &b| a.max(b));
        let bin = |slope: f32| BINS - 1 - (slope / largest * (BINS - 1) as f32) as usize;
        let sloping = || (0..).zip(&self.slopes).filter(|(_, slope)| **slope > 0.0);
        // Where those of each bin go, once those of the bins before it are counted.
        let mut places = [0; BINS + 1];
        sloping().for_each(|(_, &slope)| places[bin(slope) + 1] += 1);
        (0..BINS).for_each(|bin| places[bin + 1] += places[bin]);
        let mut sorted = vec![0; places[BINS]];
        for (at, &slope) in sloping() {
            let place = &mut places[bin(slope)];
            sorted[*place] = at;
            *place += 1;
        }
        sorted
    }

    /// Makes `region` the connected pixels around `seed` whose direction stays within an angle of
    /// the mean.
    fn grow(&self, seed: usize, cosine: f32, free: &mut [(f32, f32)], region: &mut Vec<usize>) {
        // Seeds are free and lie far from each other: what was just read of one is near.
        let mut sum = free[seed];
        let least = |sum: (f32, f32)| cosine * cosine * (sum.0 * sum.0 + sum.1 * sum.1);
        let mut least_square = least(sum);
        region.clear();
        region.push(seed);
        free[seed] = NOWHERE;
        let mut next = 0;
        while let Some(&at) = region.get(next) {
            next += 1;
            for middle in [at - self.stride, at, at + self.stride] {
                for other in [middle - 1, middle, middle + 1] {
                    let (dx, dy) = free[other];
                    let along = sum.0 * dx + sum.1 * dy;
                    // One branch and not two: neither can be foretold.
                    if (along > 0.0) & (along * along >= least_square) {
                        free[other] = NOWHERE;
                        sum = (sum.0 + dx, sum.1 + dy);
                        least_square = least(sum);
                        region.push(other);
                    }
                }
            }
        }
    }

    /// The segment in a region that is a bow: it is grown again with less tolerance and then cut
    /// back towards its seed until it is straight. What is cut off is free again.
    fn straight_part(
        &self,
        seed: usize,
        free: &mut [(f32, f32)],
        region: &mut Vec<usize>,
    ) -> Option<Segment> {
        region.iter().for_each(|&at| free[at] = self.directions[at]);
        self.grow(seed, STRICT_COSINE, free, region);
        let mut rectangle = self.enclose(region);
        while rectangle.density(region.len()) < LEAST_DENSITY {
            let reach = 0.75 * self.farthest(seed, region);
            region.retain(|&at| {
                let stays = self.distance(seed, at) <= reach;
                if !stays {
                    free[at] = self.directions[at];
                }
                stays
            });
            if region.len() < 2 {
                return None;
            }
            rectangle = self.enclose(region);
        }
        Some(rectangle.segment)
    }

    /// Where a cell lies on the plane.
    fn point(&self, at: usize) -> (f32, f32) {
        ((at % self.stride - 1) as f32, (at / self.stride - 1) as f32)
    }

    fn distance(&self, from: usize, to: usize) -> f32 {
        let ((x, y), (u, v)) = (self.point(from), self.point(to));
        let (dx, dy) = (x - u, y - v);
        (dx * dx + dy * dy).sqrt()
    }

    fn farthest(&self, seed: usize, region: &[usize]) -> f32 {
        region.iter().map(|&at| self.distance(seed, at)).fold(0.0, f32::max)
    }

    /// The rectangle around a region, along its longer principal axis; slopes are the weights.
    fn enclose(&self, region: &[usize]) -> Rectangle {
        // Three sums at once: they do not wait for each other.
        let weighted = |values: &dyn Fn(f32, f32) -> [f32; 3]| -> [f32; 3] {
            region.iter().fold([0.0; 3], |sums, &at| {
                let (x, y) = self.point(at);
                let (slope, values) = (self.slopes[at], values(x, y));
                std::array::from_fn(|index| sums[index] + slope * values[index])
            })
        };
        let [total, x_sum, y_sum] = weighted(&|x, y| [1.0, x, y]);
        let total = total.max(1e-9);
        let (cx, cy) = (x_sum / total, y_sum / total);
        let spread =
            |x: f32, y: f32| [(x - cx) * (x - cx), (y - cy) * (y - cy), (x - cx) * (y - cy)];
        let [xx, yy, xy] = weighted(&spread).map(|sum| sum / total);
        let (ax, ay) = principal_axis(xx, xy, yy);
        let (mut along, mut across) = (Span::default(), Span::default());
        for &at in region {
            let (x, y) = self.point(at);
            along.include((x - cx) * ax + (y - cy) * ay);
            across.include((y - cy) * ax - (x - cx) * ay);
        }
        let end = |t: f32| (cx + t * ax, cy + t * ay);
        let segment = Segment { from: end(along.low), to: end(along.high) };
        Rectangle { segment, width: (across.high - across.low).max(1.0) }
    }
}

recompiled! {
    /// The slopes along the first of two rows and their directions.
    fn measure(
        rows: (&[f32], &[f32]),
        slopes: &mut [f32],
        directions: &mut [(f32, f32)],
    ) {
        let of = |[a, b]: [f32; 2], [c, d]: [f32; 2]| {
            let (falling, rising) = (d - a, b - c);
            let (dx, dy) = (0.5 * (falling + rising), 0.5 * (falling - rising));
            let slope = (dx * dx + dy * dy).sqrt();
            let is_noise = slope < LEAST_SLOPE;
            let direction = (dx / slope, dy / slope);
            if is_noise { (0.0, NOWHERE) } else { (slope, direction) }
        };
        let (here, below) = rows;
        let beside = here.array_windows::<2>().zip(below.array_windows::<2>());
        for ((&here, &below), found) in beside.zip(slopes.iter_mut().zip(directions.iter_mut())) {
            (*found.0, *found.1) = of(here, below);
        }
        if let (&[.., a], &[.., c]) = (here, below)
            && let (Some(slope), Some(direction)) = (slopes.last_mut(), directions.last_mut())
        {
            (*slope, *direction) = of([a; 2], [c; 2]);
        }
    }
}

/// A segment with its width.
struct Rectangle {
    segment: Segment,
    width: f32,
}

impl Rectangle {
    fn density(&self, pixels: usize) -> f32 {
        pixels as f32 / (self.segment.length() * self.width).max(1.0)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Span {
    low: f32,
    high: f32,
}

impl Span {
    fn include(&mut self, value: f32) {
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }
}

/// The unit vector along which a covariance is largest.
fn principal_axis(xx: f32, xy: f32, yy: f32) -> (f32, f32) {
    let half = 0.5 * (xx - yy);
    let largest = 0.5 * (xx + yy) + (half * half + xy * xy).sqrt();
    let (x, y) = if xx >= yy { (largest - yy, xy) } else { (xy, largest - xx) };
    let length = (x * x + y * y).sqrt();
    if length < 1e-9 { (1.0, 0.0) } else { (x / length, y / length) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_four_sides_of_a_turned_box_are_found() {
        let (sine, cosine) = (0.3420f32, 0.9397f32);
        let luma = Plane::from_fn(256, 256, |x, y| {
            let (dx, dy) = (x as f32 - 128.0, y as f32 - 128.0);
            let (u, v) = (cosine * dx + sine * dy, cosine * dy - sine * dx);
            let edge = (60.0 - u.abs()).min(40.0 - v.abs());
            0.2 + 0.6 * (edge + 0.5).clamp(0.0, 1.0)
        });
        let (segments, bent_share) = segments(&luma);
        assert_eq!(segments.len(), 4);
        let total: f32 = segments.iter().map(Segment::length).sum();
        assert!((total - 400.0).abs() < 25.0, "{segments:?}");
        assert_eq!(bent_share, 0.0);
    }

    #[test]
    fn posts_are_vertical_and_rails_are_not() {
        let posts = Plane::from_fn(128, 128, |x, _| if x % 32 < 16 { 0.1 } else { 0.9 });
        let Lines { length, vertical, .. } = Lines::of(&posts);
        assert!(length > 6.0 && (length - vertical).abs() < 0.01);
        let Lines { length, vertical, .. } = Lines::of(&posts.transposed());
        assert!(length > 6.0 && vertical == 0.0);
    }

    #[test]
    fn rings_are_bent_and_posts_are_not() {
        let rings = Plane::from_fn(256, 256, |x, y| {
            let (dx, dy) = (x as f32 - 128.0, y as f32 - 128.0);
            let turn = (dx * dx + dy * dy).sqrt() / 24.0;
            0.1 + 1.6 * (turn - turn.floor() - 0.5).abs()
        });
        let posts = Plane::from_fn(256, 256, |x, _| if x % 32 < 16 { 0.1 } else { 0.9 });
        let [rings, posts] = [rings, posts].map(|luma| Lines::of(&luma).bent_share);
        assert!(rings > 0.75 && posts == 0.0, "{rings} {posts}");
    }

    #[test]
    fn noise_and_nothing_have_no_segments() {
        let noise = Plane::from_fn(128, 128, |x, y| Random::new(x as u64, y as u64).unit());
        assert!(Lines::of(&noise).length < 0.5);
        assert_eq!(Lines::of(&Plane::new(64, 64, 0.5)), Lines::default());
    }
}
