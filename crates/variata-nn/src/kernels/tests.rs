//! Kernels against f64, and every tier against the portable one.

use super::*;

/// Numbers from −1 to 1 that look random.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn tiers() -> impl Iterator<Item = Tier> {
    Tier::ALL.into_iter().filter(|tier| tier.is_here())
}

/// Twelve rows times a panel, `depth` steps deep, in every tier; and the same in f64.
fn products<E: Element>(depth: usize) -> (Vec<Tile>, [[f64; PANEL]; TILE_ROWS]) {
    let numbers = depth * E::WIDTH;
    let (left, right) = (noise(TILE_ROWS * numbers, 1), noise(PANEL * numbers, 2));
    let rows: Vec<Vec<E>> =
        left.chunks(numbers).map(|row| row.chunks(E::WIDTH).map(E::of).collect()).collect();
    let panel: Vec<[E; PANEL]> = (0..depth)
        .map(|step| std::array::from_fn(|lane| E::of(&right[lane * numbers + step * E::WIDTH..])))
        .collect();
    let rows = std::array::from_fn(|at| rows[at].as_slice());
    let tiles = tiers().map(|tier| {
        let mut sums = [[0.5; PANEL]; TILE_ROWS];
        E::multiply(tier, &rows, &panel, &mut sums);
        sums
    });
    let exact = std::array::from_fn(|row| {
        std::array::from_fn(|lane| {
            let pairs = left[row * numbers..].iter().zip(&right[lane * numbers..]).take(numbers);
            0.5 + pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>()
        })
    });
    (tiles.collect(), exact)
}

fn check_products<E: Element>(depth: usize, tolerance: f64) {
    let (tiles, exact) = products::<E>(depth);
    for (sum, exact) in tiles[0].as_flattened().iter().zip(exact.as_flattened()) {
        assert!((f64::from(*sum) - exact).abs() < tolerance, "{sum} for {exact} at depth {depth}");
    }
    for (tier, tile) in tiers().zip(&tiles) {
        assert!(*tile == tiles[0], "{tier:?} differs from portable at depth {depth}");
    }
}

#[test]
fn products_are_right_and_the_same_in_every_tier() {
    for depth in [1, 7, 320] {
        check_products::<f32>(depth, 1e-5 * depth as f64);
        check_products::<Pair>(depth, 1e-2 * (depth as f64).sqrt());
    }
}

/// Pairs of numbers so different in size that every order of sums gives other bits, around a power
/// of two.
fn uneven_pairs(count: usize, seed: u64, power: i32) -> Vec<Pair> {
    let (numbers, sizes) = (noise(2 * count, seed), noise(2 * count, seed + 1));
    let uneven = |(number, size): (&f32, &f32)| {
        f64::from(*number) * libm::exp2(f64::from(power) + 8.0 * f64::from(*size))
    };
    let uneven = |both| uneven(both) as f32;
    numbers.iter().zip(&sizes).map(uneven).collect::<Vec<_>>().chunks(2).map(Pair::of).collect()
}

#[test]
fn tiles_add_up_as_the_portable_kernel_does() {
    if !Tier::Amx.is_here() {
        eprintln!("skipped: this processor has no tiles, or the system lets nobody use them");
        return;
    }
    // Also sums that are too small for a normal number.
    for (pieces, depth, pitch, power) in
        [(1, 16, 16, 0), (9, 32, 40, 0), (11, 16, 0, 0), (2, 32, 32, -64), (1, 16, 0, -68)]
    {
        let rows = uneven_pairs(pieces * (TALL_ROWS * pitch + depth), 1, power);
        let panel = uneven_pairs(pieces * depth * PANEL, 3, power);
        let strips: Vec<_> = (0..pieces)
            .map(|piece| {
                let start = |half| piece * depth + half * pitch;
                [0, STRIP_ROWS].map(|half| Strip::new(&rows[start(half)..], pitch))
            })
            .collect();
        let rows = TallRows::new(&strips, depth);
        let run = |tier| {
            let mut sums = [[1.0; PANEL]; TALL_ROWS];
            multiply_in_tiles(tier, rows, panel.as_chunks().0, &mut sums);
            add_in_tiles(tier, rows, panel.as_chunks().0, &mut sums);
            sums.as_flattened().iter().map(|sum| sum.to_bits()).collect::<Vec<_>>()
        };
        let [found, expected] = [Tier::Amx, Tier::Portable].map(run);
        assert!(found == expected, "{pieces} pieces of {depth} steps, 2^{power}");
    }
}

#[test]
fn tiles_are_right() {
    let (left, right) = (noise(TALL_ROWS * 64, 1), noise(PANEL * 64, 2));
    let rows: Vec<Pair> = left.chunks(2).map(Pair::of).collect();
    let panel: Vec<[Pair; PANEL]> = (0..32)
        .map(|step| std::array::from_fn(|lane| Pair::of(&right[lane * 64 + 2 * step..])))
        .collect();
    let strips = [[0, STRIP_ROWS].map(|first| Strip::new(&rows[first * 32..], 32))];
    let mut products = [[0.5; PANEL]; TALL_ROWS];
    multiply_in_tiles(Tier::detect(), TallRows::new(&strips, 32), &panel, &mut products);
    for (row, products) in products.iter().enumerate() {
        for (lane, &product) in products.iter().enumerate() {
            let pairs = left[row * 64..][..64].iter().zip(&right[lane * 64..]);
            let exact = pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
            assert!((f64::from(product) - exact).abs() < 0.1, "{product} for {exact}");
        }
    }
}

#[test]
fn scores_are_the_products_of_keys_and_queries_however_long_they_are() {
    for depth in [16, 32, 48] {
        let pairs = |count: usize, seed| noise(count * 2, seed).chunks(2).map(Pair::of).collect();
        let (keys, queries): (Vec<Pair>, Vec<Pair>) =
            (pairs(2 * TALL_ROWS * depth, 1), pairs(PANEL * depth, 2));
        let queries: &[[Pair; PANEL]] = queries.as_chunks().0;
        for tier in tiers() {
            let mut scores = [[[0.5; PANEL]; TALL_ROWS]; 2];
            score_in_tiles(tier, &keys, queries, &mut scores);
            for (keys, scores) in keys.chunks(TALL_ROWS * depth).zip(&scores) {
                let strips = [[0, STRIP_ROWS].map(|at| Strip::new(&keys[at * depth..], depth))];
                let mut expected = [[0.5; PANEL]; TALL_ROWS];
                let rows = TallRows::new(&strips, depth);
                multiply_in_tiles(Tier::Portable, rows, queries, &mut expected);
                assert!(*scores == expected, "{tier:?} with {depth} pairs a key");
            }
        }
    }
}

#[test]
fn a_pair_is_rounded_to_the_nearest_and_to_even() {
    let pair = Pair::of(&[1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0]);
    assert_eq!((pair.first(), pair.second()), (1.0, 1.0 + 4.0 / 256.0));
    assert_eq!(Pair::of(&[f32::INFINITY, 1e-40]).first(), f32::INFINITY);
    assert_eq!(Pair::of(&[1e-40]), Pair::default());
    assert!(Pair::of(&[f32::from_bits(0x7f80_0001)]).first().is_nan());
    let near = Pair::near([1.0 + 1.0 / 256.0, 1.0 + 0.9 / 256.0]);
    assert_eq!((near.first(), near.second()), (1.0 + 2.0 / 256.0, 1.0));
    assert_eq!(Pair::near([0.0; 2]), Pair::default());
}

#[test]
fn functions_are_within_their_promised_error() {
    for step in -2000..=2000 {
        let x = step as f32 / 20.0;
        let exact = f64::from(x);
        let relative = f64::from(math::exp(x)) / libm::exp(exact) - 1.0;
        assert!(relative.abs() < 3e-7 || x.abs() > 87.0, "exp({x}) is off by {relative}");
        let cdf = 0.5 * libm::erfc(-exact / std::f64::consts::SQRT_2);
        assert!((f64::from(math::normal_cdf(x)) - cdf).abs() < 3e-7, "Φ({x})");
    }
    assert_eq!(math::exp(f32::NEG_INFINITY), 0.0);
    for step in 0..=2000 {
        let x = -step as f32 / 16.0;
        let relative = f64::from(math::coarse_exp2(x)) / libm::exp2(f64::from(x)) - 1.0;
        assert!(relative.abs() < 1e-4 || x < -125.0, "2^{x} is off by {relative}");
    }
    assert_eq!(math::coarse_exp2(f32::NEG_INFINITY), 0.0);
}

#[test]
fn rows_of_an_odd_length_end_with_half_a_pair() {
    let mut pairs = [Pair::default(); 4];
    Pair::fill(Tier::detect(), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, &mut pairs);
    let numbers = pairs.map(|pair| (pair.first(), pair.second()));
    assert_eq!(numbers, [(1.0, 2.0), (3.0, 0.0), (4.0, 5.0), (6.0, 0.0)]);
}

/// Runs `kernel` on the same numbers in every tier and compares the bits.
#[track_caller]
fn check_tiers(kernel: impl Fn(Tier, &[f32]) -> Vec<f32>) {
    let values: Vec<f32> = noise(5 * 37, 3).iter().map(|value| value * 6.0).collect();
    let portable = kernel(Tier::Portable, &values);
    for tier in tiers() {
        assert!(kernel(tier, &values) == portable, "{tier:?} differs from portable");
    }
}

#[test]
fn every_tier_gives_the_same_bytes_of_every_function() {
    let (scale, shift) = (noise(37, 4), noise(37, 5));
    check_tiers(|tier, values| {
        let mut output = vec![0.0; values.len()];
        scale_shift(tier, values, (&scale, &shift), true, &mut output);
        output
    });
    check_tiers(|tier, values| {
        let mut output = vec![0.0; values.len()];
        layer_norm(tier, values, (&scale, &shift), 1e-5, &mut output);
        output
    });
    let odd = [f32::NAN, 1e-40, -1e-39, f32::INFINITY, f32::MIN, f32::MIN_POSITIVE, -0.0, 1.5];
    let odd: Vec<f32> = odd.into_iter().cycle().take(40).collect();
    check_tiers(|tier, _| {
        let mut pairs = vec![Pair::default(); 20];
        pair_up(tier, &odd, &mut pairs);
        let numbers = pairs.iter().flat_map(|pair| [pair.first(), pair.second()]);
        numbers.map(|number| (number.to_bits() >> 16) as f32).collect()
    });
    check_tiers(|tier, values| {
        let mut pairs = vec![Pair::default(); values.len() / 2];
        pair_up(tier, &values[..2 * pairs.len()], &mut pairs);
        pairs.iter().flat_map(|pair| [pair.first(), pair.second()]).collect()
    });
    check_tiers(|tier, values| {
        let mut moments = vec![[0.0; 2]; 37];
        add_moments(tier, values, &mut moments);
        moments.as_flattened().iter().map(|&moment| moment as f32).collect()
    });
    check_tiers(|tier, values| {
        let mut scores = values.to_vec();
        let mut running = Softmax { largest: -2.0, sum: 1.5 };
        let factor = softmax(tier, &mut scores, &mut running);
        scores.extend([factor, running.largest, running.sum]);
        scores
    });
    check_tiers(|tier, values| {
        let row: [f32; PANEL] = std::array::from_fn(|at| values[at]);
        let mut scores = [[row; TALL_ROWS]; 3];
        scores
            .as_flattened_mut()
            .iter_mut()
            .enumerate()
            .for_each(|(at, row)| row.rotate_left(at % 7));
        let visible = std::array::from_fn(|at| at * 3);
        let base = std::array::from_fn(|at| [1.0, -30.0, -1e30][at % 3]);
        let mut running = Softmaxes { base, sum: [1.5; PANEL] };
        let mut weights = vec![[Pair::default(); PANEL]; 3 * CHUNK_PAIRS];
        let factors = soften(tier, &mut scores, (&visible, 0.7), &mut running, &mut weights);
        let mut sums = [row; TALL_ROWS];
        rescale(&mut sums, &factors);
        let weights = weights.as_flattened().iter().flat_map(|pair| [pair.first(), pair.second()]);
        let running = running.base.into_iter().chain(running.sum);
        sums.as_flattened().iter().copied().chain(weights).chain(running).collect()
    });
    check_tiers(|tier, values| {
        let mut output = vec![0.0; 3 * 34];
        let rows = [[values[0]; PANEL]; TALL_ROWS];
        for_each_block(&mut output, 34, (3, 32), |mut block| {
            let (rows_there, columns) = (block.rows(), block.columns());
            let added = Strip::new(&values[columns.start..], 34);
            let mut output = block.rows_mut(rows_there, columns.clone());
            finish(tier, &rows, &values[columns], Some(added), &mut output);
        });
        output
    });
    check_tiers(|tier, values| {
        let sums = [0, 5].map(|first| [values[first..].first_chunk().copied().unwrap(); TALL_ROWS]);
        let biases = [20, 40].map(|first| values[first..].first_chunk().copied().unwrap());
        let mut output = vec![Pair::default(); 3 * 2 * CHUNK_PAIRS];
        for_each_block(&mut output, 2 * CHUNK_PAIRS, (3, CHUNK_PAIRS), |mut block| {
            let (rows, columns) = (block.rows(), block.columns());
            let is_first = columns.start == 0;
            let mut output = block.rows_mut(rows, columns);
            match is_first {
                true => finish_pairs(tier, &sums[0], &biases[0], &mut output),
                false => finish_gated(tier, &sums, &biases, &mut output),
            }
        });
        output.iter().flat_map(|pair| [pair.first(), pair.second()]).collect()
    });
    for kernel in [gelu, |tier, values: &mut [f32]| swish(tier, values, 1.702)] {
        check_tiers(|tier, values| {
            let mut values = values.to_vec();
            kernel(tier, &mut values);
            values
        });
    }
}

#[test]
fn blocks_cover_a_matrix_exactly_once() {
    let mut matrix = vec![0.0; 7 * 11];
    for_each_block(&mut matrix, 11, (3, 4), |mut block| {
        for row in block.rows() {
            let columns = block.columns();
            block.row(row, columns).iter_mut().for_each(|value| *value += 1.0);
        }
    });
    assert!(matrix.iter().all(|&value| value == 1.0));
}

#[test]
fn halves_of_every_kind_are_the_numbers_that_they_stand_for() {
    let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    for tier in tiers() {
        let mut numbers = vec![0.0; 1 << 16];
        widen(tier, NumberKind::Half, &bytes, &mut numbers);
        for (bits, &number) in (0..=u16::MAX).zip(&numbers) {
            let (digits, exponent) = (f64::from(bits & 0x3ff), i32::from(bits >> 10 & 0x1f));
            let magnitude = match exponent {
                0 => libm::ldexp(digits, -24),
                31 if digits == 0.0 => f64::INFINITY,
                31 => f64::NAN,
                _ => libm::ldexp(1024.0 + digits, exponent - 25),
            };
            let exact = if bits >> 15 == 1 { -magnitude } else { magnitude };
            let is_same = f64::from(number).to_bits() == exact.to_bits();
            assert!(is_same || number.is_nan() && exact.is_nan(), "{bits:x} became {number}");
        }
        widen(tier, NumberKind::Brain, &bytes, &mut numbers);
        let upper = (0..=u16::MAX).map(|bits| u32::from(bits) << 16);
        assert!(numbers.iter().map(|number| number.to_bits()).eq(upper), "{tier:?}");
    }
}

#[test]
fn columns_become_rows_in_every_tier() {
    const LENGTH: usize = 50;
    for (kind, columns) in [
        (NumberKind::Single, 32),
        (NumberKind::Half, 32),
        (NumberKind::Half, 16),
        (NumberKind::Half, 19),
        (NumberKind::Brain, 3),
    ] {
        let bytes: Vec<u8> = noise(columns * LENGTH, 6)
            .iter()
            .flat_map(|number| number.to_le_bytes().into_iter().rev().take(kind.size()).rev())
            .collect();
        let mut numbers = vec![0.0; columns * LENGTH];
        widen(Tier::Portable, kind, &bytes, &mut numbers);
        for (tier, (first, count)) in
            tiers().flat_map(|tier| [(3, 40), (18, 32), (0, 5)].map(|some| (tier, some)))
        {
            let mut rows = vec![[7.0; PANEL]; count];
            turn(tier, kind, &bytes, (LENGTH, first), &mut rows);
            for (at, row) in rows.iter().enumerate() {
                let expected = |lane: usize| numbers.get(lane * LENGTH + first + at);
                let expected = |lane| expected(lane).copied().unwrap_or_default().to_bits();
                let expected: [u32; PANEL] = std::array::from_fn(expected);
                assert_eq!(row.map(f32::to_bits), expected, "{tier:?}, {kind:?}, row {at}");
            }
        }
    }
}

#[test]
fn rows_become_steps_of_pairs_in_every_tier() {
    let numbers = noise(15 * PANEL, 7);
    let rows: &[[f32; PANEL]] = numbers.as_chunks().0;
    for tier in tiers() {
        let mut steps = [[Pair::default(); PANEL]; 3];
        pair_rows(tier, rows, 3, &mut steps);
        for (at, lane) in (0..3).flat_map(|at| (0..PANEL).map(move |lane| (at, lane))) {
            let second = if at == 2 { 0.0 } else { rows[6 * at + 3][lane] };
            assert_eq!(steps[at][lane], Pair::of(&[rows[6 * at][lane], second]), "{tier:?}");
        }
    }
}

#[test]
fn zeros_are_zeros_in_every_kind_of_element() {
    assert_eq!(f32::zeros(3), [0.0; 3]);
    let mut pairs = Pair::zeros(1000);
    pairs.extend([Pair::of(&[1.0, 2.0])]);
    assert!(pairs[..1000].iter().all(|&pair| pair == Pair::default()));
    assert!(Pair::zeros(0).is_empty());
}

#[test]
fn memory_that_is_had_at_once_keeps_what_is_in_it() {
    for count in [0, 3, 5_000, 100_000] {
        let numbers = noise(count, 8);
        let mut memory = numbers.clone();
        populate(&mut memory);
        assert!(memory == numbers, "{count} numbers");
    }
}
