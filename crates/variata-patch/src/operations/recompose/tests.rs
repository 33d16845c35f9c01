//! More is shown around a subject that stays whole, without a second one and without a trace.

use super::*;
use crate::analysis::{Analysis, describe};
use crate::filter::components;
use crate::grid::{Mask, Plane, Raster};
use crate::operations::pixels::hash;
use crate::operations::testing::{apply, apply_on, check_withstands, photo};

const RED: [u8; 4] = [200, 40, 30, 255];
const WIDER: Recompose = Recompose { how: Recomposition::Wider };
const ASIDE: Recompose = Recompose { how: Recomposition::Aside };

/// A grass of greens, no two places alike.
fn grass(x: usize, y: usize) -> [u8; 4] {
    let value = (hash((x / 3) as u32, (y / 3) as u32) >> 27) as u8;
    [50 + value, 110 + value, 40, 255]
}

/// A red disc on `ground`, and the outline of it.
fn disc(center: (f32, f32), ground: fn(usize, usize) -> [u8; 4]) -> Analysis {
    let inside = move |x: usize, y: usize| {
        let (u, v) = (x as f32 + 0.5 - center.0, y as f32 + 0.5 - center.1);
        u * u + v * v < 34.0 * 34.0
    };
    let source = Raster::from_fn(192, 192, |x, y| if inside(x, y) { RED } else { ground(x, y) });
    let alpha = Plane::from_fn(192, 192, |x, y| if inside(x, y) { 1.0 } else { 0.0 });
    Analysis { matte: Some(describe(alpha, 1.0)), ..photo(source) }
}

fn red(image: &Raster) -> Mask {
    image.map(|[red, green, _, _]| i32::from(red) - i32::from(green) > 80)
}

#[test]
fn one_whole_subject_is_seen_from_further_away() {
    let analysis = disc((96.0, 96.0), grass);
    for seed in 0..4 {
        let frame = apply(&WIDER, &analysis, 1.0, seed).unwrap();
        let (_, parts) = components(&red(&frame.image));
        assert_eq!(parts.len(), 1, "{seed}");
        let (width, height) = (parts[0].width() as f32, parts[0].height() as f32);
        assert!((width / height - 1.0).abs() < 0.06, "{seed}: {width} × {height}");
        assert!((0.6..0.86).contains(&(width / 68.0)), "{seed}: {width}");
    }
}

#[test]
fn what_comes_into_view_is_made_of_the_ground() {
    let frame = apply(&WIDER, &disc((96.0, 96.0), grass), 1.0, 2).unwrap();
    let mean = |lane: usize| {
        let strip = (0..192).flat_map(|y| frame.image.row(y)[..12].iter());
        strip.map(|pixel| f32::from(pixel[lane])).sum::<f32>() / (12.0 * 192.0)
    };
    assert!((mean(0) - 65.5).abs() < 6.0 && (mean(1) - 125.5).abs() < 6.0, "{}", mean(0));
}

#[test]
fn a_subject_that_the_frame_cuts_stays_cut_there() {
    let mut analysis = disc((96.0, 180.0), grass);
    analysis.saliency.map = Plane::new(96, 96, 0.0);
    let frame = apply(&WIDER, &analysis, 1.0, 2).unwrap();
    let (_, parts) = components(&red(&frame.image));
    assert_eq!((parts.len(), parts[0].bottom), (1, 191));
}

#[test]
fn a_subject_that_leaves_no_ground_is_refused() {
    let all = describe(Plane::new(192, 192, 1.0), 1.0);
    let full = Analysis { matte: Some(all), ..disc((96.0, 96.0), grass) };
    assert_eq!(apply(&WIDER, &full, 1.0, 1).err(), Some(Stop::Refused));
}

#[test]
fn a_horizon_goes_on_across_what_comes_into_view() {
    let sea = |x: usize, y: usize| {
        let [grain, ..] = grass(x, y);
        if y < 110 { [170, 190, 230, 255] } else { [20, 60 + grain, 80 + grain, 255] }
    };
    let mut analysis = disc((96.0, 60.0), sea);
    (analysis.features.block_variance, analysis.features.block_variance_in_rows) = (0.5, 0.05);
    analysis.saliency.map = Plane::new(96, 96, 0.0);
    let mut made = 0;
    for seed in 0..6 {
        let Ok(frame) = apply(&WIDER, &analysis, 1.0, seed) else { continue };
        made += 1;
        let is_sky = |x: usize, y: usize| frame.image.at(x, y)[0] > 110;
        let depth = |x: usize| (0..192).filter(|&y| is_sky(x, y)).count();
        let depths: Vec<usize> = (0..192).map(depth).collect();
        let least = depths.iter().copied().min().unwrap();
        let most = depths.iter().copied().max().unwrap();
        assert!(most - least <= 4, "{seed}: {least} to {most}");
    }
    assert!(made >= 3, "{made}");
}

#[test]
fn posts_are_not_torn() {
    // A post that leaves the frame: it may be seen whole, or twice, but not in pieces.
    let post = |x: usize, y: usize| {
        if (20..60).contains(&x) && y < 150 { [20, 20, 90, 255] } else { [200, 190, 170, 255] }
    };
    let analysis = disc((120.0, 100.0), post);
    for seed in 0..4 {
        if let Ok(frame) = apply(&WIDER, &analysis, 1.0, seed) {
            let dark = frame.image.map(|[_, _, blue, _]| blue < 120 && blue > 60);
            let (_, parts) = components(&dark);
            let stubs = parts.iter().filter(|part| (40..900).contains(&part.area)).count();
            assert_eq!(stubs, 0, "{seed}: {parts:?}");
        }
    }
}

#[test]
fn an_animal_that_the_frame_cuts_does_not_meet_its_reflection() {
    let meadow = |x: usize, y: usize| {
        if x >= 150 && (80..120).contains(&y) { [235, 232, 225, 255] } else { grass(x, y) }
    };
    let mut analysis = disc((80.0, 100.0), meadow);
    analysis.saliency.map = Plane::new(96, 96, 0.0);
    for (how, seed) in [(WIDER, 0), (WIDER, 1), (WIDER, 2), (ASIDE, 3), (ASIDE, 4), (ASIDE, 5)] {
        let Ok(frame) = apply(&how, &analysis, 1.0, seed) else { continue };
        let (_, parts) = components(&frame.image.map(|[red, _, blue, _]| red > 180 && blue > 150));
        let widest = parts.iter().map(crate::filter::Component::width).max().unwrap_or(0);
        assert!(widest < 52, "{how:?} {seed}: {widest}");
    }
}

#[test]
fn rocks_do_not_become_the_wings_of_butterflies() {
    // Steep strata: in a mirror they lean the other way, and meet at an angle.
    let strata = |x: usize, y: usize| {
        let (x, y) = (x as f32, y as f32);
        let along = (y + 1.6 * x) / 46.0;
        let value = (40.0 + 150.0 * (along - along.floor())) as u8;
        [value, value, value, 255]
    };
    let mut analysis = disc((96.0, 120.0), strata);
    analysis.saliency.map = Plane::new(96, 96, 0.0);
    for seed in 0..6 {
        let Ok(frame) = apply(&WIDER, &analysis, 1.0, seed) else { continue };
        let folded = frame.scores.iter().find(|score| score.name == "folded").unwrap();
        assert!(folded.value < 0.048, "{seed}: {}", folded.value);
    }
}

#[test]
fn drawings_and_machines_are_refused() {
    let (mut drawing, mut machine) = (disc((96.0, 96.0), grass), disc((96.0, 96.0), grass));
    drawing.features.outline_share = 0.05;
    machine.features.line_length = 24.0;
    for analysis in [drawing, machine] {
        assert_eq!(apply(&WIDER, &analysis, 1.0, 1).err(), Some(Stop::Refused));
    }
}

#[test]
fn fur_that_the_outline_missed_is_seen_once() {
    // A disc on a calm wall, and dark fur of the wall's own tone that leads from it to a corner.
    let fur = |x: usize, y: usize| {
        let value = (hash(x as u32, y as u32) >> 26) as u8;
        let is_fur = x >= 96 && y >= 100;
        if is_fur { [value, value, 60 + value, 255] } else { [30, 30, 60, 255] }
    };
    let mut analysis = disc((110.0, 80.0), fur);
    analysis.saliency.map = Plane::new(96, 96, 0.0);
    for seed in 0..4 {
        let Ok(frame) = apply(&WIDER, &analysis, 1.0, seed) else { continue };
        let bright = frame.image.map(|[red, green, _, _]| red > 45 && green > 45);
        let (_, parts) = components(&crate::filter::closed(&bright, 3));
        let large = parts.iter().filter(|part| part.area > 100).count();
        assert!(large <= 1, "{seed}: {parts:?}");
    }
}

#[test]
fn the_number_of_threads_does_not_show() {
    check_withstands(&WIDER);
    check_withstands(&ASIDE);
    let analysis = disc((80.0, 96.0), grass);
    let with_threads = |count| apply_on(count, &WIDER, &analysis, 5).unwrap().image;
    assert!(with_threads(1) == with_threads(3));
}
