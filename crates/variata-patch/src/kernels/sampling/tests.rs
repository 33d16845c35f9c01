//! Every tier against plain Rust, and plain Rust against single samples.

use super::*;
use crate::grid::Raster;
use crate::random::Random;
use crate::resample::{Border, sample_cubic, sample_linear};

const SIDE: usize = 37;

fn picture() -> Raster {
    let mut random = Random::new(3, 0);
    let cells = (0..SIDE * SIDE).map(|_| {
        let alpha = if random.coin() { 255 } else { random.bits() as u8 };
        let [red, green, blue] = std::array::from_fn(|_| (random.bits() as u8).min(alpha));
        [red, green, blue, alpha]
    });
    Raster::from_cells(SIDE, SIDE, cells.collect()).unwrap()
}

type Sample = fn(Tier, Pixels<'_>, &[(f32, f32)], &mut [Pixel]);

fn sampled(by: Sample, tier: Tier, picture: &Raster, points: &[(f32, f32)]) -> Vec<Pixel> {
    let mut values = vec![[0; 4]; points.len()];
    by(tier, Pixels::new(picture.cells(), SIDE).unwrap(), points, &mut values);
    values
}

#[test]
fn points_inside_are_sampled_alike_by_every_tier() {
    let (picture, mut random) = (picture(), Random::new(4, 0));
    for count in [0, 1, 2, 3, 4, 5, 301] {
        let mut coordinate = || random.between(1.0, SIDE as f32 - 2.001);
        let points: Vec<(f32, f32)> = (0..count).map(|_| (coordinate(), coordinate())).collect();
        let cubic = points.iter().map(|&(x, y)| sample_cubic(&picture, x, y, Border::Zero));
        let linear = points.iter().map(|&(x, y)| sample_linear(&picture, x, y, Border::Zero));
        let (cubic, linear): (Vec<Pixel>, Vec<Pixel>) = (cubic.collect(), linear.collect());
        for tier in Tier::ALL {
            let by = |sample| sampled(sample, tier, &picture, &points);
            assert_eq!(by(sample_cubics), cubic, "{tier:?}, {count}");
            assert_eq!(by(sample_linears), linear, "{tier:?}, {count}");
        }
    }
}

#[test]
fn points_outside_are_moved_inside_by_every_tier() {
    let far = [-1e9, -3.5, 0.2, 36.9, 1e9, f32::NAN];
    let points: Vec<(f32, f32)> = far.iter().flat_map(|&x| far.map(|y| (x, y))).collect();
    for tier in Tier::ALL {
        for by in [sample_cubics, sample_linears] {
            assert_eq!(sampled(by, tier, &picture(), &points).len(), points.len(), "{tier:?}");
        }
    }
}

#[test]
fn pictures_too_small_to_sample_are_refused() {
    assert!(Pixels::new(&[[0; 4]; 12], 3).is_none() && Pixels::new(&[[0; 4]; 12], 4).is_none());
    assert!(Pixels::new(&[[0; 4]; 17], 4).is_none() && Pixels::new(&[[0; 4]; 16], 4).is_some());
}
