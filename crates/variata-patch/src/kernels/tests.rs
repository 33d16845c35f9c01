//! Every tier against plain Rust, and plain Rust against the definition.

use super::*;
use crate::random::Random;

const STRIDE: usize = 61;

fn pixels(seed: u64) -> Vec<Pixel> {
    let mut random = Random::new(seed, 0);
    let extreme = |bits: u32| if bits & 64 == 0 { bits as u8 } else { (bits as u8 & 1) * 255 };
    (0..STRIDE * 60).map(|_| std::array::from_fn(|_| extreme(random.bits()))).collect()
}

fn square_distance(a: Window<'_, Pixel>, b: Window<'_, Pixel>, x: usize, y: usize) -> i32 {
    let mut sum = 0;
    for v in y..y + PATCH_PX {
        for u in x..x + PATCH_PX {
            for (&p, &q) in a.row(v)[u].iter().zip(&b.row(v)[u]) {
                sum += (i32::from(p) - i32::from(q)) * (i32::from(p) - i32::from(q));
            }
        }
    }
    sum
}

#[test]
fn tile_distances_are_those_of_the_definition_in_every_tier() {
    let (a, b) = (pixels(1), pixels(2));
    for start in [0, 7, 300, 1001] {
        let query = Window::new(&a, start, STRIDE);
        let key = Window::new(&b, start / 2 + 3, STRIDE);
        let portable = tile_distances(Tier::Portable, query, key);
        for tier in Tier::ALL {
            assert_eq!(portable, tile_distances(tier, query, key), "{tier:?}");
        }
        for (x, y) in [(0, 0), (7, 7), (3, 5)] {
            assert_eq!(portable[y][x], square_distance(query, key, x, y));
        }
    }
}

#[test]
fn all_tiers_choose_the_same_candidates() {
    let (a, b) = (pixels(3), pixels(4));
    let reciprocals: Vec<f32> = (0..STRIDE * 60).map(|at| 1.0 / (1 + at % 17) as f32).collect();
    let weighted = Weighing::Weighted {
        scale: 3e-7,
        bias: 0.01,
        reciprocal: Window::new(&reciprocals, 5, STRIDE),
    };
    for weighing in [Weighing::Plain, weighted] {
        let own = [[Offset::new(1, 0); TILE_PX]; TILE_PX];
        let run = |tier| {
            let mut best = Best::worst(own);
            for shift in 0..9 {
                let candidate = Candidate {
                    offset: Offset::new(shift as isize, 0),
                    query: Window::new(&a, 130, STRIDE),
                    key: Window::new(&b, 130 + shift, STRIDE),
                    weighing,
                    columns: (shift % 3, 8),
                    rows: (0, 8 - shift % 2),
                };
                improve(tier, &candidate, &own, &mut best);
            }
            best
        };
        for tier in Tier::ALL {
            assert_eq!(run(Tier::Portable), run(tier), "{tier:?}");
        }
    }
}

#[test]
fn overlap_distances_agree_with_single_ones_in_every_tier() {
    let (a, b) = (pixels(5), pixels(6));
    for (columns, rows) in [(1, 1), (5, 3), (8, 8), (26, 26), (31, 4), (47, 9)] {
        let overlap = Overlap { offset: Offset::ZERO, columns, rows };
        let (query, key) = (Window::new(&a, 2, STRIDE), Window::new(&b, 9, STRIDE));
        let run = |tier| {
            let mut distances = vec![-1; overlap.pitch() * rows];
            overlap_distances(tier, overlap, query, key, &mut distances);
            distances
        };
        let portable = run(Tier::Portable);
        for tier in Tier::ALL {
            assert_eq!(portable, run(tier), "{tier:?}");
        }
        for (at, &distance) in portable.iter().enumerate() {
            let (x, y) = (at % overlap.pitch(), at / overlap.pitch());
            let exact = if x < columns { square_distance(query, key, x, y) } else { NO_DISTANCE };
            assert_eq!(distance, exact);
        }
    }
}

#[test]
fn all_tiers_keep_the_same_minima_and_leave_the_padding_alone() {
    let overlap = Overlap { offset: Offset::new(2, -1), columns: 11, rows: 4 };
    let mut random = Random::new(7, 0);
    let mut distances: Vec<i32> = (0..64).map(|_| random.below(900) as i32).collect();
    distances.chunks_mut(16).for_each(|row| row[11..].fill(NO_DISTANCE));
    let reciprocals = vec![0.25f32; 100];
    let run = |tier| {
        let mut nearest = (vec![500; 100], vec![Offset::ZERO; 100]);
        let windows = Nearest {
            distance: WindowMut::new(&mut nearest.0, 3, 20),
            label: WindowMut::new(&mut nearest.1, 3, 20),
        };
        update_nearest(tier, overlap, &distances, windows);
        let mut cheapest = (vec![200.0f32; 100], vec![Offset::ZERO; 100]);
        let windows = Cheapest {
            scale: 1.5,
            bias: 20.0,
            reciprocal: Window::new(&reciprocals, 0, 20),
            cost: WindowMut::new(&mut cheapest.0, 3, 20),
            label: WindowMut::new(&mut cheapest.1, 3, 20),
        };
        update_cheapest(tier, overlap, &distances, windows);
        (nearest, cheapest)
    };
    let (nearest, cheapest) = run(Tier::Portable);
    for tier in Tier::ALL {
        assert_eq!((nearest.clone(), cheapest.clone()), run(tier), "{tier:?}");
    }
    assert!(nearest.0[3 + 11..3 + 16].iter().all(|&distance| distance == 500));
    assert!(cheapest.1[3 + 11..3 + 16].iter().all(|&label| label == Offset::ZERO));
    assert!(nearest.1.contains(&Offset::new(-2, 1)) && cheapest.1.contains(&Offset::new(2, -1)));
}

#[test]
fn votes_of_one_label_reproduce_the_source_and_tiers_agree_on_many() {
    let source = pixels(8);
    let mut random = Random::new(9, 0);
    let labels: Vec<Offset> =
        (0..STRIDE * 60).map(|_| Offset::new(random.below(5) as isize, 0)).collect();
    let single = vec![Offset::new(3, 0); STRIDE * 60];
    for taps in [Taps::MEAN, Taps::GAUSSIAN] {
        for field in [&labels, &single] {
            let run = |tier| {
                let mut votes = Votes::default();
                for dx in 0..5 {
                    let from = (Offset::new(dx, 0), Window::new(&source, 70 + dx as usize, STRIDE));
                    add_votes(tier, Window::new(field, 10, STRIDE), from, taps, &mut votes);
                }
                count_votes(&votes)
            };
            for tier in Tier::ALL {
                assert_eq!(run(Tier::Portable), run(tier), "{tier:?}");
            }
        }
        let mut votes = Votes::default();
        let from = (Offset::new(3, 0), Window::new(&source, 73, STRIDE));
        add_votes(Tier::Portable, Window::new(&single, 10, STRIDE), from, taps, &mut votes);
        for (y, row) in count_votes(&votes).iter().enumerate() {
            assert_eq!(row[..], source[73 + y * STRIDE..][..TILE_PX]);
        }
    }
}
