//! Rearranging as a whole: the same bytes everywhere, and sense from senseless pictures.

use rayon::ThreadPoolBuilder;
use variata_core::Silent;

use super::*;
use crate::analysis::{Analysis, Class};
use crate::grid::Raster;
use crate::kernels::Tier;
use crate::operations::Shared;
use crate::operations::testing::photo;

const CLASSES: [Class; 3] = [Class::Texture, Class::Crowd, Class::Scene];

/// Discs of many colours on a smooth ground.
fn discs(side: usize) -> Raster {
    let pitch = side as f32 / 5.0;
    Raster::from_fn(side, side, |x, y| {
        let (column, row) = ((x as f32 / pitch) as usize, (y as f32 / pitch) as usize);
        let center = |cell: usize, jitter: usize| (cell as f32 + 0.5) * pitch + jitter as f32;
        let u = x as f32 - center(column, row * 3 % 5);
        let v = y as f32 - center(row, column * 2 % 3);
        let radius = pitch * (0.12 + 0.03 * ((row + column) % 4) as f32);
        let ground = [90 + (40 * y / side) as u8, 150, 210 - (30 * y / side) as u8, 255];
        let color = [200 - 30 * row as u8, 40 + 40 * column as u8, 30, 255];
        if u * u + v * v < radius * radius { color } else { ground }
    })
}

fn analysis(source: Raster, class: Class) -> Analysis {
    let mut analysis = Analysis { class, ..photo(source) };
    analysis.saliency.map = Plane::new(96, 96, 0.3);
    analysis.features.block_variance = 0.08;
    analysis
}

fn rearrange(analysis: &Analysis, tier: Tier, boldness: f32, seed: u64) -> Result<Frame, Stop> {
    rearrange_by(&Shared::of(analysis, None), analysis, tier, boldness, seed)
}

fn rearrange_by(
    shared: &Shared,
    analysis: &Analysis,
    tier: Tier,
    boldness: f32,
    seed: u64,
) -> Result<Frame, Stop> {
    let context = Context { analysis, shared, index: 0, boldness, seed, tier, observer: &Silent };
    Rearrange.apply(&Frame::of(analysis), &context, &mut Random::new(seed, 0))
}

#[test]
fn one_alone_is_what_it_is_among_others() {
    let analysis = Analysis { may_mirror: true, ..analysis(discs(128), Class::Texture) };
    for seed in [2, 3] {
        let alone = Shared::of(&analysis, Some(seed));
        let alone = rearrange_by(&alone, &analysis, Tier::Avx2, 1.0, seed).unwrap();
        let among = rearrange(&analysis, Tier::Avx2, 1.0, seed).unwrap();
        assert_eq!(alone.image, among.image);
    }
}

#[test]
fn neither_threads_nor_instructions_show() {
    for class in CLASSES {
        let analysis = analysis(discs(256), class);
        let expected = rearrange(&analysis, Tier::Portable, 1.0, 3);
        for (threads, tier) in [(1, Tier::Avx2), (2, Tier::Avx512), (3, Tier::Portable)] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let again = pool.install(|| rearrange(&analysis, tier, 1.0, 3));
            let image =
                |result: &Result<Frame, Stop>| result.as_ref().ok().map(|f| f.image.clone());
            assert_eq!(image(&again), image(&expected), "{class:?} {threads} {tier:?}");
        }
    }
}

#[test]
fn tiny_sources_are_refused() {
    for side in [1, 7, 63] {
        let analysis = analysis(discs(side), Class::Scene);
        assert_eq!(rearrange(&analysis, Tier::detect(), 1.0, 1).err(), Some(Stop::Refused));
    }
}

#[test]
fn hardly_any_boldness_hardly_changes_anything() {
    let analysis = analysis(discs(128), Class::Scene);
    let frame = rearrange(&analysis, Tier::detect(), 0.0, 1).unwrap();
    let apart = frame.image.zip_map(&analysis.source.mirrored(), |a, b| a[0].abs_diff(b[0]) > 8);
    let plain = frame.image.zip_map(&analysis.source, |a, b| a[0].abs_diff(b[0]) > 8);
    let share = |mask: &crate::grid::Mask| {
        mask.cells().iter().filter(|&&set| set).count() as f32 / mask.cells().len() as f32
    };
    assert!(share(&apart).min(share(&plain)) < 0.05);
}

#[test]
fn saliency_moves_along() {
    let mut analysis = analysis(discs(256), Class::Crowd);
    let small = crate::resample::resize(&analysis.source, 96, 96);
    analysis.saliency.map = small.map(|pixel| if pixel[2] < 60 { 1.0 } else { 0.0 });
    let frame = rearrange(&analysis, Tier::detect(), 1.0, 0).unwrap();
    let moved = crate::resample::resize(&frame.image, 96, 96);
    let agree = frame.saliency.zip_map(&moved, |value, pixel| (value > 0.5) == (pixel[2] < 60));
    let share = agree.cells().iter().filter(|&&agree| agree).count() as f32 / (96.0 * 96.0);
    assert!(share > 0.95, "{share}");
}
