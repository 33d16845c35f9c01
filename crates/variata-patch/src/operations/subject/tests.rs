//! Things are moved as wholes.

use super::*;
use crate::analysis::{Analysis, Bounds, Class, Ground, Matte, Sides};
use crate::color::Oklab;
use crate::filter::components;
use crate::grid::{Grid, LabImage, Mask, Raster};
use crate::operations::pixels::premultiplied;
use crate::operations::testing::{analysis, apply};
use crate::resample::resize;

const SIDE: usize = 160;
const GROUND: [u8; 3] = [186, 204, 190];
const RED: [u8; 3] = [214, 52, 44];
const BLUE: [u8; 3] = [36, 84, 220];

/// A red figure with a blue knob at its upper right, `shift` pixels away from the middle.
fn figure(x: usize, y: usize, shift: (isize, isize)) -> Option<[u8; 3]> {
    let (u, v) = (x as isize - 80 - shift.0, y as isize - 80 - shift.1);
    let knob = (u - 20) * (u - 20) + (v + 26) * (v + 26) < 12 * 12;
    let body = (-18..26).contains(&u) && (-20..32).contains(&v);
    if knob { Some(BLUE) } else { body.then_some(RED) }
}

/// The figure on its plain ground with an exact matte, the frame cutting it where it does.
fn planted(shift: (isize, isize)) -> Analysis {
    let source = Raster::from_fn(SIDE, SIDE, |x, y| {
        let [r, g, b] = figure(x, y, shift).unwrap_or(GROUND);
        [r, g, b, 255]
    });
    let alpha =
        Grid::from_fn(SIDE, SIDE, |x, y| if figure(x, y, shift).is_some() { 1.0 } else { 0.0f32 });
    let filled = |at: &dyn Fn(usize) -> (usize, usize)| {
        (0..SIDE).map(at).map(|(x, y)| alpha.at(x, y)).sum::<f32>() / SIDE as f32
    };
    let own = |x: usize, y: usize| alpha.at(x, y) > 0.5;
    let columns: Vec<usize> = (0..SIDE).filter(|&x| (0..SIDE).any(|y| own(x, y))).collect();
    let rows: Vec<usize> = (0..SIDE).filter(|&y| (0..SIDE).any(|x| own(x, y))).collect();
    let share = |at: usize| at as f32 / SIDE as f32;
    let matte = Matte {
        confidence: 1.0,
        area: alpha.cells().iter().sum::<f32>() / (SIDE * SIDE) as f32,
        on_side: Sides {
            top: filled(&|i| (i, 0)),
            bottom: filled(&|i| (i, SIDE - 1)),
            left: filled(&|i| (0, i)),
            right: filled(&|i| (SIDE - 1, i)),
        },
        bounds: Bounds {
            left: share(columns[0]),
            top: share(rows[0]),
            right: share(columns[columns.len() - 1] + 1),
            bottom: share(rows[rows.len() - 1] + 1),
        },
        view: resize(&alpha, 256, 256),
        alpha,
    };
    let ground = Ground {
        surface: LabImage::new(96, 96, Oklab::from_srgb(GROUND)),
        plain: true,
        unexplained: 0.0,
        unexplained_nearby: 0.0,
        median_residual: 0.0,
        grain: 0.0,
    };
    Analysis { matte: Some(matte), ground: Some(ground), ..analysis(source, Class::CutOut) }
}

const fn staged(placement: Placement) -> StageSubject {
    StageSubject::new(placement, GroundKind::Same, Appearance::Same)
}

/// Where a picture is nearer to `color` than to the other colours of the scene.
fn parts(image: &Raster, color: [u8; 3]) -> Mask {
    let away = |pixel: [u8; 4], color: [u8; 3]| -> i32 {
        (0..3).map(|c| (i32::from(pixel[c]) - i32::from(color[c])).pow(2)).sum()
    };
    image.map(|pixel| {
        [GROUND, RED, BLUE].iter().all(|&other| away(pixel, color) <= away(pixel, other))
    })
}

/// Area and centre of a mask, in pixels.
fn moments(mask: &Mask) -> (f32, f32, f32) {
    let set = (0..SIDE * SIDE).map(|i| (i % SIDE, i / SIDE)).filter(|&(x, y)| mask.at(x, y));
    let (count, x, y) =
        set.fold((0.0, 0.0, 0.0), |(n, u, v), (x, y)| (n + 1.0, u + x as f32, v + y as f32));
    (count, x / count, y / count)
}

/// What no similarity transform changes: the knob's area and distance from the body, in bodies.
fn shape(image: &Raster) -> (f32, f32) {
    let (body, x, y) = moments(&parts(image, RED));
    let (knob, u, v) = moments(&parts(image, BLUE));
    (knob / body, ((u - x) * (u - x) + (v - y) * (v - y)).sqrt() / body.sqrt())
}

/// The connected things that are not ground, larger than crumbs of a resampled edge.
fn things(image: &Raster) -> Vec<usize> {
    let strange = parts(image, GROUND).map(|ground| !ground);
    let (_, found) = components(&strange);
    found.iter().map(|component| component.area).filter(|&area| area > 6).collect()
}

#[test]
fn a_subject_keeps_its_shape_up_to_similarity_and_leaves_nothing_behind() {
    let analysis = planted((0, 0));
    let (knob, distance) = shape(&analysis.source);
    for placement in [Placement::Small, Placement::Level, Placement::Close] {
        for seed in 0..8 {
            let frame = apply(&staged(placement), &analysis, 1.0, seed).unwrap();
            let (now_knob, now_distance) = shape(&frame.image);
            assert!(
                (now_knob / knob - 1.0).abs() < 0.08,
                "{placement:?} {seed}: {now_knob} {knob}"
            );
            // Keystone and rotation of a few hundredths are allowed for.
            let stretched = (now_distance / distance - 1.0).abs();
            assert!(stretched < 0.06, "{placement:?} {seed}: {now_distance} {distance}");
            assert_eq!(things(&frame.image).len(), 1, "{placement:?} {seed}");
        }
    }
}

#[test]
fn small_is_smaller_close_is_larger_and_both_are_inside() {
    let analysis = planted((0, 0));
    let area = |image: &Raster| things(image).iter().sum::<usize>() as f32;
    let before = area(&analysis.source);
    for seed in 0..8 {
        let of = |placement| apply(&staged(placement), &analysis, 1.0, seed).unwrap().image;
        let (small, close) = (of(Placement::Small), of(Placement::Close));
        assert!(area(&small) < 0.7 * before && area(&close) > 1.2 * before, "{seed}");
        for image in [small, close] {
            let ground = parts(&image, GROUND);
            let rim = (0..SIDE).flat_map(|i| [(i, 0), (i, SIDE - 1), (0, i), (SIDE - 1, i)]);
            assert!(rim.into_iter().all(|(x, y)| ground.at(x, y)), "{seed}");
        }
    }
}

#[test]
fn a_pair_is_two_wholes_of_different_size() {
    let analysis = planted((0, 0));
    for seed in 0..8 {
        let frame = apply(&staged(Placement::Pair), &analysis, 1.0, seed).unwrap();
        let mut areas = things(&frame.image);
        areas.sort_unstable();
        let [behind, front] = areas[..] else { panic!("seed {seed}: {areas:?}") };
        assert!((0.25..0.65).contains(&(behind as f32 / front as f32)), "seed {seed}: {areas:?}");
        let (knob, _) = shape(&frame.image);
        assert!((knob / shape(&analysis.source).0 - 1.0).abs() < 0.1, "seed {seed}");
    }
}

#[test]
fn sides_that_the_frame_cuts_stay_on_the_frame() {
    for (shift, name) in [((0, 60), "bottom"), ((62, 0), "right"), ((-66, 0), "left")] {
        let analysis = planted(shift);
        for placement in [Placement::Small, Placement::Level, Placement::Close] {
            for seed in 0..6 {
                let Ok(frame) = apply(&staged(placement), &analysis, 1.0, seed) else { continue };
                let ground = parts(&frame.image, GROUND);
                let touched = |at: &dyn Fn(usize) -> (usize, usize)| {
                    (0..SIDE).map(at).any(|(x, y)| !ground.at(x, y))
                };
                // A subject that is cut at one side may be mirrored to the other.
                let on_frame = match name {
                    "bottom" => touched(&|i| (i, SIDE - 1)),
                    _ => touched(&|i| (0, i)) != touched(&|i| (SIDE - 1, i)),
                };
                assert!(on_frame, "{name} {placement:?} {seed}");
                assert_eq!(things(&frame.image).len(), 1, "{name} {placement:?} {seed}");
            }
        }
    }
}

#[test]
fn another_glaze_does_not_bleed_into_the_ground() {
    let analysis = planted((0, 0));
    let recoloured = StageSubject::new(Placement::Level, GroundKind::Same, Appearance::Recoloured);
    for seed in 0..6 {
        let plain = apply(&staged(Placement::Level), &analysis, 1.0, seed).unwrap().image;
        let glazed = apply(&recoloured, &analysis, 1.0, seed).unwrap().image;
        let ground = parts(&plain, GROUND);
        let far = crate::filter::eroded(&ground, 2);
        let pairs = plain.cells().iter().zip(glazed.cells()).zip(far.cells());
        assert!(pairs.filter(|(_, far)| **far).all(|((a, b), _)| a == b), "seed {seed}");
        let (before, after) = (plain.at(80, 90), glazed.at(80, 90));
        assert!(before != after || ground.at(80, 90), "seed {seed}");
    }
}

#[test]
fn writing_is_neither_mirrored_nor_doubled() {
    let analysis = Analysis { may_mirror: false, ..planted((0, 0)) };
    assert_eq!(apply(&staged(Placement::Pair), &analysis, 1.0, 1).err(), Some(Stop::Refused));
    for seed in 0..8 {
        let image = apply(&staged(Placement::Small), &analysis, 1.0, seed).unwrap().image;
        let (body, knob) = (moments(&parts(&image, RED)), moments(&parts(&image, BLUE)));
        assert!(knob.1 > body.1, "seed {seed}");
    }
}

#[test]
fn what_cannot_be_cut_out_is_refused() {
    let good = || planted((0, 0));
    let doubtful = good().matte.map(|matte| Matte { confidence: 0.4, ..matte });
    let busy = good().ground.map(|ground| Ground { plain: false, ..ground });
    let cases = [
        Analysis { matte: None, ..good() },
        Analysis { matte: doubtful, ..good() },
        Analysis { ground: busy, ..good() },
    ];
    for analysis in cases {
        let refused = apply(&staged(Placement::Small), &analysis, 1.0, 1).err();
        assert_eq!(refused, Some(Stop::Refused));
    }
}

#[test]
fn a_glow_goes_along_whole() {
    // A bulb in the middle of a faint glow four times its size, on nothing.
    let opacity = |x: usize, y: usize| {
        let (u, v) = (x as f32 - 79.5, y as f32 - 79.5);
        let far = (u * u + v * v).sqrt();
        if far < 18.0 { 1.0 } else { (0.4 - 0.007 * (far - 18.0)).max(0.0) }
    };
    let alpha = Grid::from_fn(SIDE, SIDE, opacity);
    let source = alpha.map(|alpha| premultiplied(RED, (255.0 * alpha) as u8));
    let matte = Matte {
        confidence: 1.0,
        area: 0.1,
        on_side: Sides::default(),
        bounds: Bounds::around(&alpha, |alpha| alpha > 0.5),
        view: resize(&alpha, 256, 256),
        alpha,
    };
    let analysis = Analysis { matte: Some(matte), ..analysis(source, Class::CutOut) };
    for seed in 0..8 {
        let image = apply(&staged(Placement::Small), &analysis, 1.0, seed).unwrap().image;
        let faint = image.map(|[.., alpha]| if alpha < 110 { i32::from(alpha) } else { 110 });
        for y in 0..SIDE - 1 {
            for x in 0..SIDE - 1 {
                let step = |u, v| (faint.at(x, y) - faint.at(u, v)).abs();
                assert!(step(x + 1, y).max(step(x, y + 1)) < 30, "seed {seed} at {x}, {y}");
            }
        }
    }
}
