//! The subject whole in another place, its surroundings whole where it was, and nothing else.

use variata_core::Silent;

use super::*;
use crate::analysis::{Analysis, Ground, describe};
use crate::color::Oklab;
use crate::filter::{components, distance_to};
use crate::grid::{LabImage, Mask, Plane, Raster};
use crate::kernels::Tier;
use crate::operations::Shared;
use crate::operations::testing::{apply, check_withstands, photo};

const RED: [u8; 4] = [200, 40, 30, 255];

/// What lies behind the disc: a slope of greys.
fn ground(x: usize, y: usize) -> [u8; 4] {
    let value = 90 + (x / 4 + y / 8) as u8;
    [value, value, value + 10, 255]
}

/// A red disc of a tenth of the picture on a slope of greys, and the outline of it.
fn disc(center: (f32, f32), ground: fn(usize, usize) -> [u8; 4]) -> Analysis {
    let inside = move |x: usize, y: usize| {
        let (u, v) = (x as f32 + 0.5 - center.0, y as f32 + 0.5 - center.1);
        u * u + v * v < 34.0 * 34.0
    };
    let source = Raster::from_fn(192, 192, |x, y| if inside(x, y) { RED } else { ground(x, y) });
    let alpha = Plane::from_fn(192, 192, |x, y| if inside(x, y) { 1.0 } else { 0.0 });
    Analysis { matte: Some(describe(alpha, 1.0)), ..photo(source) }
}

/// The slope as a model of the ground: only one that explains what lies around a cut subject tells
/// that nothing of it was missed.
fn slope() -> Ground {
    let color = |x: usize, y: usize| {
        let [red, green, blue, _] = ground(2 * x, 2 * y);
        Oklab::from_srgb([red, green, blue])
    };
    Ground {
        surface: LabImage::from_fn(96, 96, color),
        plain: false,
        unexplained: 0.0,
        unexplained_nearby: 0.0,
        median_residual: 0.005,
        grain: 0.0,
    }
}

fn red(image: &Raster) -> Mask {
    image.map(|[red, green, _, _]| i32::from(red) - i32::from(green) > 80)
}

#[test]
fn the_subject_is_whole_elsewhere_and_its_ground_goes_on() {
    let analysis = disc((70.0, 96.0), ground);
    for seed in 0..6 {
        let how = [Relocation::Aside, Relocation::Small, Relocation::Large][seed as usize % 3];
        let frame = apply(&Relocate { how }, &analysis, 1.0, seed).unwrap();
        let (labels, parts) = components(&red(&frame.image));
        assert_eq!(parts.len(), 1, "{how:?}");
        let (width, height) = (parts[0].width() as f32, parts[0].height() as f32);
        assert!((width / height - 1.0).abs() < 0.06, "{how:?}: {width} × {height}");
        let round = parts[0].area as f32 / (width * height);
        assert!((round - 0.785).abs() < 0.03, "{how:?}: {round}");
        let near = distance_to(&labels.map(|label| label > 0));
        for (pixel, distance) in frame.image.cells().iter().zip(near.cells()) {
            let grey = (84..=172).contains(&pixel[1]) && pixel[0].abs_diff(pixel[1]) < 8;
            assert!(grey || *distance < 4.0, "{how:?}: {pixel:?}");
        }
    }
}

#[test]
fn a_pair_is_two_and_a_cut_subject_has_no_twin() {
    let pair = Relocate { how: Relocation::Pair };
    let frame = apply(&pair, &disc((96.0, 96.0), ground), 1.0, 3).unwrap();
    assert_eq!(components(&red(&frame.image)).1.len(), 2);
    let cut = apply(&pair, &disc((96.0, 180.0), ground), 1.0, 3);
    assert_eq!(cut.err(), Some(Stop::Refused));
}

#[test]
fn what_the_frame_cuts_stays_cut_there() {
    let mut analysis = disc((96.0, 180.0), ground);
    analysis.ground = Some(slope());
    let frame = apply(&Relocate { how: Relocation::Small }, &analysis, 1.0, 2).unwrap();
    let (_, parts) = components(&red(&frame.image));
    assert_eq!((parts.len(), parts[0].bottom), (1, 191));
}

#[test]
fn heads_are_not_parted_from_bodies_of_another_colour() {
    let body = |x: usize, y: usize| if y > 96 { [250, 250, 250, 255] } else { ground(x, y) };
    let moved = apply(&Relocate { how: Relocation::Aside }, &disc((96.0, 80.0), body), 1.0, 1);
    assert_eq!(moved.err(), Some(Stop::Refused));
}

#[test]
fn unsure_outlines_and_frames_already_moved_are_refused() {
    let aside = Relocate { how: Relocation::Aside };
    let mut unsure = disc((70.0, 96.0), ground);
    unsure.matte.as_mut().unwrap().confidence = 0.4;
    assert_eq!(apply(&aside, &unsure, 1.0, 1).err(), Some(Stop::Refused));
    let analysis = disc((70.0, 96.0), ground);
    let moved = apply(&aside, &analysis, 1.0, 1).unwrap();
    let context = Context {
        analysis: &analysis,
        shared: &Shared::of(&analysis, None),
        index: 0,
        boldness: 1.0,
        seed: 1,
        tier: Tier::Portable,
        observer: &Silent,
    };
    let again = aside.apply(&moved, &context, &mut Random::new(1, 0));
    assert_eq!(again.err(), Some(Stop::Refused));
}

#[test]
fn the_number_of_threads_does_not_show() {
    check_withstands(&Relocate { how: Relocation::Aside });
    let analysis = disc((70.0, 96.0), ground);
    let with_threads = |count| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        let moved = || apply(&Relocate { how: Relocation::Small }, &analysis, 1.0, 5).unwrap();
        pool.install(moved).image
    };
    assert!(with_threads(1) == with_threads(3));
}

#[test]
fn a_horizon_behind_the_subject_is_not_left_to_fade() {
    let sea = |_: usize, y: usize| if y < 100 { [180, 200, 235, 255] } else { [30, 60, 90, 255] };
    let faint =
        |_: usize, y: usize| if y < 100 { [90, 110, 140, 255] } else { [80, 100, 130, 255] };
    let aside = Relocate { how: Relocation::Aside };
    assert_eq!(apply(&aside, &disc((70.0, 96.0), sea), 1.0, 1).err(), Some(Stop::Refused));
    assert!(apply(&aside, &disc((70.0, 96.0), faint), 1.0, 1).is_ok());
}

#[test]
fn boards_behind_the_subject_are_left_alone_and_plaster_is_not() {
    let boards = |x: usize, y: usize| {
        let value = if ((x + y) / 8).is_multiple_of(2) { 150 } else { 190 };
        [value, value, value, 255]
    };
    let plaster = |x: usize, y: usize| {
        let value = 150 + (crate::operations::pixels::hash(x as u32 / 4, y as u32 / 4) >> 26) as u8;
        [value, value, value, 255]
    };
    let aside = Relocate { how: Relocation::Aside };
    assert_eq!(apply(&aside, &disc((70.0, 96.0), boards), 1.0, 1).err(), Some(Stop::Refused));
    assert!(apply(&aside, &disc((70.0, 96.0), plaster), 1.0, 1).is_ok());
}
