//! The card's operators against the processor's. Without a card these tests say so and pass.

use super::*;
use crate::Cpu;
use crate::alike::{self, check, noise};

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::F16, Precision::Bf16];

/// How far a result may be from that of single precision, of its length: a few roundings.
fn limit(precision: Precision) -> f32 {
    match precision {
        Precision::F32 => 1e-5,
        Precision::F16 => 4e-3,
        Precision::Bf16 => 3e-2,
    }
}

/// Runs `check` on the card in every precision, if there is a card.
fn on_the_card(check: impl Fn(&Cuda, f32)) {
    for precision in PRECISIONS {
        match Cuda::new(precision) {
            Ok(card) => check(&card, limit(precision)),
            Err(reason) => return eprintln!("skipped: {reason}"),
        }
    }
}

#[test]
fn products_are_the_same_with_any_margin_and_whatever_is_added() {
    on_the_card(alike::products);
}

#[test]
fn operators_may_follow_each_other_on_rows_of_any_length() {
    on_the_card(alike::sequences);
}

#[test]
fn attention_is_the_same_with_and_without_a_look_ahead() {
    on_the_card(alike::attention);
}

#[test]
fn functions_of_numbers_and_rows_of_tables_are_the_same() {
    on_the_card(alike::elements);
}

#[test]
fn attention_is_the_same_for_heads_of_every_width() {
    on_the_card(|card, limit| {
        for width in [8, 16, 40, 48, 64, 80, 128, 160, 512] {
            let (asked, seen) =
                (Shape::tokens(2, 150, 2 * width), Shape::tokens(2, 133, 2 * width));
            check!(card, limit, [asked, seen, seen], |backend, x| {
                backend.attention(&x[0], &x[1], &x[2], Attention { heads: 2, causal: false })
            });
            check!(card, limit, [asked, asked, asked], |backend, x| {
                backend.attention(&x[0], &x[1], &x[2], Attention { heads: 2, causal: true })
            });
        }
    });
}

#[test]
fn norms_are_the_same_for_few_and_for_many_channels() {
    on_the_card(|card, limit| {
        for (side, channels) in [(64, 320), (5, 2560), (33, 96), (3, 4100)] {
            let groups = Shape { batch: 2, height: side, width: side + 1, channels };
            let row = Shape::tokens(1, 1, channels);
            check!(card, limit, [groups, row, row], |backend, x| {
                let groups = if backend.shape(&x[0]).channels == 4100 { 4 } else { 32 };
                let how = GroupNorm { groups, epsilon: 1e-5, silu: false };
                backend.group_norm(&x[0], (&x[1], &x[2]), how)
            });
            check!(card, limit, [groups, row, row], |backend, x| {
                backend.layer_norm(&x[0], (&x[1], &x[2]), 1e-5)
            });
        }
    });
}

#[test]
fn a_mean_far_from_zero_costs_no_precision() {
    on_the_card(|card, limit| {
        let shape = Shape { batch: 1, height: 40, width: 40, channels: 64 };
        // 64 and its neighbours by quarters: every precision holds them.
        let values: Vec<f32> =
            (0..shape.len()).map(|at| 64.0 + (at * 7 % 5) as f32 * 0.5).collect();
        fn normed<B: Backend>(backend: &B, shape: Shape, values: &[f32]) -> Vec<f32> {
            let row = |value| backend.upload(Shape::tokens(1, 1, 64), vec![value; 64]);
            let how = GroupNorm { groups: 32, epsilon: 1e-5, silu: false };
            let input = backend.upload(shape, values.to_vec());
            backend.download(&backend.group_norm(&input, (&row(1.0), &row(0.0)), how)).unwrap()
        }
        let exact = normed(&Cpu::new(Precision::F32), shape, &values);
        let found = normed(card, shape, &values);
        let farthest = exact.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(farthest <= 10.0 * limit, "{farthest}");
    });
}

#[test]
fn a_large_convolution_in_parts_is_the_same_as_in_one() {
    on_the_card(|card, limit| {
        let shape = Shape { batch: 1, height: 260, width: 259, channels: 128 };
        let kernel = Kernel {
            outputs: 8,
            inputs: 128,
            height: 3,
            width: 3,
            weights: noise(Shape::tokens(8, 128, 9), 3),
            bias: None,
        };
        let run = |at: &[f32]| {
            let height = at.len() / (259 * 128);
            let input = card.upload(Shape { height, ..shape }, at.to_vec());
            let layer = card.pack(&kernel).unwrap();
            card.download(&card.conv2d(&layer, &input, Window::same(1), None)).unwrap()
        };
        let values = noise(shape, 1);
        // The last rows alone, but for the first of them, see what they see in the whole.
        let (whole, part) = (run(&values), run(&values[(260 - 20) * 259 * 128..]));
        let row = 259 * 8;
        let both = whole[(260 - 19) * row..].iter().zip(&part[row..]);
        let farthest = both.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(farthest <= 100.0 * limit, "{farthest}");
    });
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    on_the_card(|card, _| {
        let shape = Shape::tokens(2, 300, 64);
        let run = || {
            let tokens = card.upload(shape, noise(shape, 1));
            let how = Attention { heads: 1, causal: false };
            card.download(&card.attention(&tokens, &tokens, &tokens, how)).unwrap()
        };
        assert!(run() == run());
    });
}

#[test]
fn what_goes_wrong_is_told_when_results_are_asked_for() {
    on_the_card(|card, _| {
        let tokens = card.upload(Shape::tokens(1, 1, 8), vec![1.0; 8]);
        // 2⁴⁸ numbers: no card has room for them.
        let failed = card.upsample_nearest(&tokens, 1 << 20, 1 << 25);
        let error = alike::failure(card, failed).to_string();
        assert_eq!(error, "the card's memory is full");
    });
}
