//! Operators against their definitions in f64.

use super::tensor::leave;
use super::*;

/// What is in a tensor, however it is held.
trait Looked {
    fn values(&self) -> Vec<f32>;
    fn row(&self, row: usize) -> Vec<f32>;
}

impl Looked for CpuTensor {
    fn values(&self) -> Vec<f32> {
        self.numbers().values().to_vec()
    }

    fn row(&self, row: usize) -> Vec<f32> {
        self.numbers().row(row).to_vec()
    }
}

fn noise(shape: Shape, seed: u64) -> CpuTensor {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    Numbers::new(shape, &(0..shape.len()).map(|_| next()).collect::<Vec<_>>()).into()
}

fn picture(batch: usize, height: usize, width: usize, channels: usize) -> Shape {
    Shape { batch, height, width, channels }
}

/// ‖found − exact‖ / ‖exact‖.
fn relative_error(found: &CpuTensor, exact: &[f64]) -> f64 {
    let found = found.values();
    assert_eq!(found.len(), exact.len());
    let difference = found.iter().zip(exact).map(|(&a, b)| (f64::from(a) - b) * (f64::from(a) - b));
    (difference.sum::<f64>() / exact.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

/// Both precisions, and what may be wrong in them.
const PRECISIONS: [(Precision, f64); 2] = [(Precision::F32, 1e-6), (Precision::Bf16, 1e-2)];

/// The value at a place of one picture, zero beyond its edges.
fn at(tensor: &CpuTensor, picture: usize, (y, x): (isize, isize), channel: usize) -> f64 {
    let shape = tensor.shape();
    let inside = (0..shape.height as isize).contains(&y) && (0..shape.width as isize).contains(&x);
    if !inside {
        return 0.0;
    }
    let row = (picture * shape.height + y as usize) * shape.width + x as usize;
    f64::from(tensor.row(row)[channel])
}

fn convolution(input: &CpuTensor, kernel: &Kernel, window: Window, output: Shape) -> Vec<f64> {
    let mut exact = Vec::new();
    for row in 0..output.rows() {
        let (place, picture) = (row % output.places(), row / output.places());
        let (y, x) = (place / output.width * window.stride, place % output.width * window.stride);
        for channel in 0..output.channels {
            let mut sum = f64::from(kernel.bias.as_ref().map_or(0.0, |bias| bias[channel]));
            for (index, &weight) in kernel.weights
                [channel * kernel.inputs * kernel.height * kernel.width..]
                .iter()
                .take(kernel.inputs * kernel.height * kernel.width)
                .enumerate()
            {
                let (input_channel, piece) = (
                    index / (kernel.height * kernel.width),
                    index % (kernel.height * kernel.width),
                );
                let from = (
                    (y + piece / kernel.width) as isize - window.before as isize,
                    (x + piece % kernel.width) as isize - window.before as isize,
                );
                sum += f64::from(weight) * at(input, picture, from, input_channel);
            }
            exact.push(sum);
        }
    }
    exact
}

fn kernel(outputs: usize, inputs: usize, (height, width): (usize, usize)) -> Kernel {
    let weights = noise(Shape::tokens(1, outputs, inputs * height * width), 7).values();
    let bias = Some(noise(Shape::tokens(1, 1, outputs), 8).values().to_vec());
    Kernel { outputs, inputs, height, width, weights, bias }
}

#[test]
fn convolutions_are_those_of_the_definition() {
    let cases = [
        (picture(2, 9, 7, 5), kernel(40, 5, (3, 3)), Window::same(1)),
        (picture(1, 8, 8, 6), kernel(33, 6, (3, 3)), Window { stride: 2, before: 0, after: 1 }),
        (picture(1, 9, 6, 4), kernel(3, 4, (3, 3)), Window { stride: 2, before: 1, after: 1 }),
        (picture(2, 14, 14, 3), kernel(8, 3, (7, 7)), Window { stride: 7, before: 0, after: 0 }),
        (picture(3, 20, 11, 17), kernel(70, 17, (1, 1)), Window::same(0)),
    ];
    for (shape, kernel, window) in cases {
        let input = noise(shape, 1);
        for (precision, tolerance) in PRECISIONS {
            let cpu = Cpu::new(precision);
            let found = cpu.conv2d(&cpu.pack(&kernel).unwrap(), &input, window, None);
            let exact = convolution(&input, &kernel, window, found.shape());
            let error = relative_error(&found, &exact);
            assert!(error < tolerance, "{shape:?} {window:?} {precision:?}: {error}");
        }
    }
}

#[test]
fn what_is_added_to_a_product_comes_by_place_or_by_picture() {
    let cpu = Cpu::new(Precision::F32);
    let layer = cpu.pack(&kernel(5, 3, (1, 1))).unwrap();
    let input = noise(Shape::tokens(2, 4, 3), 1);
    let plain = cpu.linear(&layer, &input, None);
    for added in [noise(Shape::tokens(2, 4, 5), 2), noise(Shape::tokens(2, 1, 5), 2)] {
        let exact: Vec<f64> =
            cpu.add(plain.clone(), &added).values().iter().map(|&sum| f64::from(sum)).collect();
        assert!(relative_error(&cpu.linear(&layer, &input, Some(&added)), &exact) < 1e-6);
    }
    let by_picture = noise(Shape::tokens(2, 1, 5), 2);
    let sum = cpu.add(plain.clone(), &by_picture);
    assert_eq!(sum.row(4)[1], plain.row(4)[1] + by_picture.row(1)[1]);
}

/// Attention by its definition, a whole matrix at a time.
fn attention(q: &CpuTensor, k: &CpuTensor, v: &CpuTensor, how: Attention) -> Vec<f64> {
    let (shape, tokens) = (q.shape(), k.shape().places());
    let width = shape.channels / how.heads;
    let mut exact = vec![0.0; shape.len()];
    for row in 0..shape.rows() {
        let (picture, token) = (row / shape.places(), row % shape.places());
        for head in 0..how.heads {
            let part = |tensor: &CpuTensor, row: usize| -> Vec<f64> {
                tensor.row(row)[head * width..][..width].iter().map(|&x| f64::from(x)).collect()
            };
            let query = part(q, row);
            let seen = if how.causal { token + 1 } else { tokens };
            let weights: Vec<f64> = (0..seen)
                .map(|key| {
                    let key = part(k, picture * tokens + key);
                    let product: f64 = query.iter().zip(&key).map(|(a, b)| a * b).sum();
                    libm::exp(product / (width as f64).sqrt())
                })
                .collect();
            let sum: f64 = weights.iter().sum();
            for (key, weight) in weights.iter().enumerate() {
                for (channel, value) in part(v, picture * tokens + key).iter().enumerate() {
                    exact[row * shape.channels + head * width + channel] += weight / sum * value;
                }
            }
        }
    }
    exact
}

#[test]
fn attention_is_that_of_the_definition() {
    // More tokens than a block, sequences that end inside a tile, heads wider than a panel.
    let cases = [
        (Shape::tokens(2, 301, 6), 301, 2, false),
        (Shape::tokens(2, 17, 15), 17, 3, true),
        (Shape::tokens(1, 300, 8), 300, 1, true),
        (Shape::tokens(2, 25, 80), 7, 2, false),
    ];
    for (shape, tokens, heads, causal) in cases {
        let how = Attention { heads, causal };
        let context = Shape { width: tokens, ..shape };
        let queries: Vec<f32> = noise(shape, 1).values().iter().map(|value| value * 5.0).collect();
        let queries = CpuTensor::from(Numbers::new(shape, &queries));
        let (keys, values) = (noise(context, 2), noise(context, 3));
        let exact = attention(&queries, &keys, &values, how);
        for (precision, tolerance) in PRECISIONS {
            let found = Cpu::new(precision).attention(&queries, &keys, &values, how);
            let error = relative_error(&found, &exact);
            assert!(error < tolerance * 2.0, "{shape:?} {how:?} {precision:?}: {error}");
        }
    }
}

#[test]
fn group_norm_makes_every_group_standard() {
    let cpu = Cpu::new(Precision::F32);
    let shape = picture(2, 21, 19, 6);
    let input = noise(shape, 1);
    let (ones, zeros) = (vec![1.0; 6], vec![0.0; 6]);
    let row = Shape::tokens(1, 1, 6);
    let (scale, shift) = (cpu.upload(row, ones), cpu.upload(row, zeros));
    let how = GroupNorm { groups: 2, epsilon: 0.0, silu: false };
    let found = cpu.group_norm(&input, (&scale, &shift), how);
    let group: Vec<f64> = (shape.places()..shape.rows())
        .flat_map(|row| found.row(row)[3..].to_vec())
        .map(f64::from)
        .collect();
    let mean = group.iter().sum::<f64>() / group.len() as f64;
    let square = group.iter().map(|x| x * x).sum::<f64>() / group.len() as f64;
    assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "mean {mean}, square {square}");
}

#[test]
fn layer_norm_is_that_of_the_definition() {
    let cpu = Cpu::new(Precision::F32);
    let (input, row) = (noise(Shape::tokens(1, 9, 21), 1), Shape::tokens(1, 1, 21));
    let (scale, shift) = (noise(row, 2), noise(row, 3));
    let found = cpu.layer_norm(&input, (&scale, &shift), 1e-5);
    let mut exact = Vec::new();
    for row in 0..9 {
        let values: Vec<f64> = input.row(row).iter().map(|&x| f64::from(x)).collect();
        let mean = values.iter().sum::<f64>() / 21.0;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 21.0;
        exact.extend(values.iter().enumerate().map(|(at, x)| {
            let (scale, shift) = (f64::from(scale.values()[at]), f64::from(shift.values()[at]));
            (x - mean) / (variance + 1e-5).sqrt() * scale + shift
        }));
    }
    assert!(relative_error(&found, &exact) < 1e-6);
}

#[test]
fn what_goes_into_products_is_rounded_as_they_would() {
    let row = |tensor: &CpuTensor| tensor.values();
    for (precision, _) in PRECISIONS {
        let cpu = Cpu::new(precision);
        for (shape, outputs) in [(picture(2, 5, 9, 40), 128), (picture(1, 3, 4, 6), 36)] {
            let input = noise(shape, 1);
            let layer = cpu.pack(&kernel(outputs, shape.channels, (1, 1))).unwrap();
            let after = cpu.pack(&kernel(5, outputs, (1, 1))).unwrap();
            let (plain, rounded) = (cpu.linear(&layer, &input, None), cpu.project(&layer, &input));
            assert_eq!(rounded.shape(), plain.shape());
            let products = [&plain, &rounded].map(|tensor| cpu.linear(&after, tensor, None));
            assert!(row(&products[0]) == row(&products[1]), "{outputs} in {precision:?}");
            let how = Attention { heads: 2, causal: false };
            let seen = [&plain, &rounded].map(|tensor| cpu.attention(tensor, tensor, tensor, how));
            assert!(row(&seen[0]) == row(&seen[1]), "attention to {outputs} in {precision:?}");
            let gated = [cpu.geglu(&plain), cpu.gate(&layer, &input)];
            assert!(row(&gated[0]) == row(&gated[1]), "half of {outputs} in {precision:?}");
        }
    }
}

#[test]
fn rows_are_moved_where_they_belong() {
    let cpu = Cpu::new(Precision::F32);
    let input = cpu.upload(picture(1, 2, 3, 1), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let larger = cpu.upsample_nearest(&input, 4, 5);
    assert_eq!(larger.values()[..5], [1.0, 1.0, 2.0, 2.0, 3.0]);
    assert_eq!(larger.values()[15..], [4.0, 4.0, 5.0, 5.0, 6.0]);
    assert_eq!(cpu.avg_pool(&input).values(), [3.0]);
    let both = cpu.concat(&input, &cpu.activate(input.clone(), Activation::Silu));
    assert_eq!((both.shape().channels, both.row(2)[0]), (2, 3.0));
    let table = cpu.upload(Shape::tokens(1, 3, 2), vec![0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
    assert_eq!(cpu.embedding(&table, &[2, 0]).values(), [20.0, 21.0, 0.0, 1.0]);
    let gated = cpu.geglu(&cpu.upload(Shape::tokens(1, 1, 4), vec![2.0, 3.0, 0.0, 100.0]));
    assert_eq!(gated.values(), [0.0, 300.0]);
}

#[test]
fn results_do_not_depend_on_threads_or_tier() {
    let kernel = kernel(96, 40, (3, 3));
    let input = noise(picture(1, 16, 16, 40), 1);
    for (precision, _) in PRECISIONS {
        let run = |threads, tier| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let cpu = Cpu::with_tier(tier, precision);
            pool.install(|| {
                let convolved =
                    cpu.conv2d(&cpu.pack(&kernel).unwrap(), &input, Window::same(1), None);
                let how = Attention { heads: 3, causal: false };
                cpu.attention(&convolved, &convolved, &convolved, how)
            })
        };
        let tiers = Tier::ALL.into_iter().filter(|tier| tier.is_here());
        for (at, tier) in tiers.enumerate() {
            let is_alike =
                |other: &Tier| precision == Precision::F32 || other.pair_sums() == tier.pair_sums();
            let first = Tier::ALL.into_iter().find(is_alike).unwrap();
            assert!(run(1, first) == run(1 + at, tier), "{precision:?} in {tier:?}");
        }
    }
}

#[test]
fn nothing_of_earlier_tensors_shows_in_those_that_use_their_memory() {
    let large = picture(2, 66, 51, 40);
    leave(f32::NAN);
    assert!(Numbers::unwritten(large).values()[0].is_nan(), "the memory was not used again");
    let (image, tokens) = (noise(large, 1), noise(Shape::tokens(8, 830, 40), 2));
    let (wide, row) = (noise(picture(2, 130, 128, 35), 3), noise(Shape::tokens(1, 1, 40), 4));
    let pair = (&row, &row);
    for (precision, _) in PRECISIONS {
        let cpu = Cpu::new(precision);
        let (around, halving) = (kernel(40, 40, (3, 3)), kernel(40, 35, (3, 3)));
        let [around, halving] = [around, halving].map(|kernel| cpu.pack(&kernel).unwrap());
        let halved = Window { stride: 2, before: 0, after: 1 };
        let groups = GroupNorm { groups: 8, epsilon: 1e-5, silu: true };
        let how = Attention { heads: 8, causal: true };
        let wide_layer = cpu.pack(&kernel(128, 40, (1, 1))).unwrap();
        let operators: [(&str, &dyn Fn() -> CpuTensor); 11] = [
            ("project", &|| cpu.project(&wide_layer, &image)),
            ("gate", &|| cpu.gate(&wide_layer, &image)),
            ("conv2d", &|| cpu.conv2d(&around, &image, Window::same(1), Some(&image))),
            ("conv2d, halving", &|| cpu.conv2d(&halving, &wide, halved, None)),
            ("group norm", &|| cpu.group_norm(&image, pair, groups)),
            ("layer norm", &|| cpu.layer_norm(&image, pair, 1e-5)),
            ("attention", &|| cpu.attention(&tokens, &tokens, &tokens, how)),
            ("GEGLU", &|| cpu.geglu(&cpu.concat(&image, &image))),
            ("upsample", &|| cpu.upsample_nearest(&image, 100, 90)),
            ("pool", &|| cpu.avg_pool(&wide)),
            ("concat", &|| cpu.concat(&image, &image)),
        ];
        for (name, operator) in operators {
            let [clean, spoiled] = [0.0, f32::NAN].map(|number| {
                leave(number);
                operator()
            });
            assert!(clean == spoiled, "{name} in {precision:?} leaves something unwritten");
        }
    }
}
