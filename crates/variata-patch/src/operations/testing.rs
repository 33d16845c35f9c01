//! Pictures and contexts for the tests of operations, and what every operation must withstand.

use rayon::ThreadPoolBuilder;
use variata_core::Silent;

use super::pixels::premultiplied;
use super::{Context, Frame, Operation, Shared, Stop};
use crate::analysis::{Analysis, Class, Features, Saliency};
use crate::grid::{Plane, Raster};
use crate::kernels::Tier;
use crate::random::Random;
use crate::resample::resize;

/// An analysis of `source` as a photograph with its subject in the middle.
pub(super) fn photo(source: Raster) -> Analysis {
    let map = Plane::from_fn(96, 96, |x, y| {
        let (u, v) = (x as f32 - 47.5, y as f32 - 47.5);
        if u * u + v * v < 20.0 * 20.0 { 1.0 } else { 0.0 }
    });
    Analysis {
        faces: Vec::new(),
        saliency: Saliency { map, threshold: 0.4, separability: 0.9 },
        features: Features { lightness: 0.55, salient_area: 0.13, ..Features::default() },
        ..analysis(source, Class::Photo)
    }
}

/// An analysis of `source` that knows nothing but its class.
pub(super) fn analysis(source: Raster, class: Class) -> Analysis {
    Analysis {
        faces: Vec::new(),
        transparent: source.cells().iter().any(|pixel| pixel[3] < 255),
        class,
        saliency: Saliency { map: Plane::new(96, 96, 0.5), threshold: 0.5, separability: 0.5 },
        features: Features::default(),
        matte: None,
        ground: None,
        palette: None,
        may_mirror: true,
        view: resize(&source, 512, 512),
        source: source.into(),
    }
}

/// The numbers of a flat graphic.
pub(super) fn flat_features() -> Features {
    Features { flat_share: 0.9, common_colour_share: 0.9, ..Features::default() }
}

/// The operation on its own, with the random numbers of `seed`.
pub(super) fn apply(
    operation: &dyn Operation,
    analysis: &Analysis,
    boldness: f32,
    seed: u64,
) -> Result<Frame, Stop> {
    let context = Context {
        analysis,
        shared: &Shared::of(analysis, None),
        index: 0,
        boldness,
        seed,
        tier: Tier::Portable,
        observer: &Silent,
    };
    operation.apply(&Frame::of(analysis), &context, &mut Random::new(seed, 3))
}

/// The same at boldness 1.0 in a pool of `threads` threads.
pub(super) fn apply_on(
    threads: usize,
    operation: &dyn Operation,
    analysis: &Analysis,
    seed: u64,
) -> Result<Frame, Stop> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| apply(operation, analysis, 1.0, seed))
}

/// Something of everything: a smooth ground, a textured disc, straight edges.
pub(super) fn scene(side: usize) -> Raster {
    let unit = side as f32 / 64.0;
    Raster::from_fn(side, side, |x, y| {
        let (u, v) = (x as f32 / unit - 31.5, y as f32 / unit - 31.5);
        if u * u + v * v < 180.0 {
            let stripe = ((u + 0.4 * v) * 1.3) as i32 & 1 == 0;
            return if stripe { [200, 120, 90, 255] } else { [150, 60, 40, 255] };
        }
        if v > 18.0 {
            return if (u as i32 / 5) % 2 == 0 { [70, 70, 75, 255] } else { [110, 105, 95, 255] };
        }
        [120 + (v + 32.0) as u8, 150 + (u + 32.0) as u8 / 2, 220, 255]
    })
}

/// A pixel between two colours.
pub(super) fn mixed(one: [u8; 3], other: [u8; 3], share: f32) -> [u8; 4] {
    let mix = |c: usize| f32::from(one[c]) * (1.0 - share) + f32::from(other[c]) * share + 0.5;
    [mix(0) as u8, mix(1) as u8, mix(2) as u8, 255]
}

/// How much of the pixel `(x, y)` a disc covers, 0.0–1.0.
pub(super) fn disc(x: usize, y: usize, (cx, cy): (f32, f32), radius: f32) -> f32 {
    let (dx, dy) = (x as f32 - cx, y as f32 - cy);
    (radius + 0.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0)
}

/// A navy disc with a red bar in it, on `ground`; without a ground it is transparent.
pub(super) fn logo(ground: Option<[u8; 3]>) -> Raster {
    const NAVY: [u8; 3] = [20, 40, 110];
    const RED: [u8; 3] = [225, 50, 60];
    Raster::from_fn(160, 160, |x, y| {
        let inside = disc(x, y, (80.3, 79.6), 60.0);
        let color = if (50..110).contains(&x) && (70..90).contains(&y) { RED } else { NAVY };
        match ground {
            Some(ground) => mixed(ground, color, inside),
            None => premultiplied(color, (inside * 255.0 + 0.5) as u8),
        }
    })
}

/// Pictures at the edge of what can come in.
pub(super) fn degenerate() -> Vec<(&'static str, Raster)> {
    let mut random = Random::new(5, 5);
    let noise = (0..64 * 64).map(|_| {
        let [r, g, b, _] = random.bits().to_le_bytes();
        [r, g, b, 255]
    });
    let noise = Raster::from_cells(64, 64, noise.collect()).unwrap();
    let half = scene(64).map(|[r, g, b, _]| [r / 2, g / 2, b / 2, 128]);
    vec![
        ("black", Raster::new(64, 64, [0, 0, 0, 255])),
        ("white", Raster::new(64, 64, [255; 4])),
        ("transparent", Raster::new(64, 64, [0; 4])),
        ("half transparent", half),
        ("stripes", Raster::from_fn(64, 64, |x, _| [(x % 2) as u8 * 255; 4].map(|v| v | 1))),
        ("noise", noise),
        ("one pixel", Raster::new(1, 1, [9, 8, 7, 255])),
        ("five pixels", scene(5)),
    ]
}

/// What holds for every operation: it survives any picture, keeps the size, never leaves a colour
/// brighter than its alpha, and gives the same bytes for any number of threads.
pub(super) fn check_withstands(operation: &dyn Operation) {
    for (name, source) in degenerate() {
        let analysis = photo(source);
        for boldness in [0.0, 1.0, 1.43] {
            if let Ok(frame) = apply(operation, &analysis, boldness, 2) {
                let sides = (frame.image.width(), frame.image.height());
                assert_eq!(sides, (analysis.source.width(), analysis.source.height()), "{name}");
                let valid = |pixel: &[u8; 4]| pixel[..3].iter().all(|&value| value <= pixel[3]);
                assert!(frame.image.cells().iter().all(valid), "{name}");
                assert_eq!(frame.saliency.width(), 96, "{name}");
            }
        }
    }
    let analysis = photo(scene(160));
    let with_threads = |count| apply_on(count, operation, &analysis, 7).map(|frame| frame.image);
    assert!(with_threads(1) == with_threads(2), "the number of threads shows");
}

/// Whether `frame` shows the picture it started from, up to rounding.
pub(super) fn shows_source(frame: &Frame, analysis: &Analysis) -> bool {
    let mut pairs = frame.image.cells().iter().zip(analysis.source.cells());
    pairs.all(|(after, before)| (0..4).all(|c| after[c].abs_diff(before[c]) <= 1))
}
