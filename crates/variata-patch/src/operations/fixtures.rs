//! Generated pictures and analyses for the tests of operations.

use variata_core::Silent;

use super::{Context, Frame, Operation, Shared, Stop};
use crate::analysis::{Analysis, Class, Features, Saliency};
use crate::grid::{Grid, Plane, Raster};
use crate::kernels::Tier;
use crate::random::Random;

/// An analysis of `source` that knows nothing but its class.
pub(super) fn analysis(source: Raster, class: Class) -> Analysis {
    Analysis {
        transparent: source.cells().iter().any(|pixel| pixel[3] != 255),
        class,
        saliency: Saliency { map: Plane::new(96, 96, 0.5), threshold: 0.5, separability: 0.5 },
        features: Features::default(),
        matte: None,
        ground: None,
        palette: None,
        may_mirror: true,
        source,
    }
}

/// The numbers of a flat graphic.
pub(super) fn flat_features() -> Features {
    Features { flat_share: 0.9, common_colour_share: 0.9, ..Features::default() }
}

/// The untouched source.
pub(super) fn untouched(analysis: &Analysis) -> Frame {
    Frame::of(analysis)
}

/// Applies `operation` to the untouched source.
pub(super) fn apply(
    operation: &dyn Operation,
    analysis: &Analysis,
    seed: u64,
    boldness: f32,
) -> Result<Frame, Stop> {
    let context = Context {
        analysis,
        shared: &Shared::of(analysis),
        index: 0,
        boldness,
        seed,
        tier: Tier::Portable,
        observer: &Silent,
    };
    operation.apply(&untouched(analysis), &context, &mut Random::new(seed, 0))
}

/// The same in a pool of `threads` threads.
pub(super) fn apply_on(
    threads: usize,
    operation: &dyn Operation,
    analysis: &Analysis,
    seed: u64,
) -> Result<Frame, Stop> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| apply(operation, analysis, seed, 1.0))
}

/// A pixel between two colours.
pub(super) fn mixed(one: [u8; 3], other: [u8; 3], share: f32) -> [u8; 4] {
    let mix = |c: usize| f32::from(one[c]) * (1.0 - share) + f32::from(other[c]) * share + 0.5;
    [mix(0) as u8, mix(1) as u8, mix(2) as u8, 255]
}

/// How much of the pixel `(x, y)` a disc covers, 0.0-1.0.
pub(super) fn disc(x: usize, y: usize, (cx, cy): (f32, f32), radius: f32) -> f32 {
    let (dx, dy) = (x as f32 - cx, y as f32 - cy);
    (radius + 0.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0)
}

/// A navy disc with a red bar in it, on `ground`; without a ground it is transparent.
pub(super) fn logo(ground: Option<[u8; 3]>) -> Raster {
    const NAVY: [u8; 3] = [20, 40, 110];
    const RED: [u8; 3] = [225, 50, 60];
    Grid::from_fn(160, 160, |x, y| {
        let inside = disc(x, y, (80.3, 79.6), 60.0);
        let color = if (50..110).contains(&x) && (70..90).contains(&y) { RED } else { NAVY };
        match ground {
            Some(ground) => mixed(ground, color, inside),
            None => {
                let alpha = (inside * 255.0 + 0.5) as u8;
                let scaled = |c: u8| ((u32::from(c) * u32::from(alpha) + 127) / 255) as u8;
                [scaled(color[0]), scaled(color[1]), scaled(color[2]), alpha]
            }
        }
    })
}
