//! Linear layers and convolutions.

use std::ops::Range;

use super::multiply::{MatrixSides, Panels, Plus, Rows, multiply};
use super::tensor::{Added, CpuTensor, Spared as _};
use crate::kernels::{Element, Pair, Tier};
use crate::{Kernel, Precision, Shape, Window};

/// The weights of a linear layer or a convolution, packed.
#[derive(Debug)]
pub struct CpuLayer {
    outputs: usize,
    inputs: usize,
    /// Rows and columns of the window.
    window: (usize, usize),
    weights: Weights,
    bias: Option<Vec<f32>>,
}

#[derive(Debug)]
enum Weights {
    F32(Panels<f32>),
    Bf16(Panels<Pair>),
}

impl CpuLayer {
    pub(super) fn pack(tier: Tier, kernel: &Kernel, precision: Precision) -> Self {
        let Kernel { outputs, inputs, height, width, ref weights, ref bias } = *kernel;
        assert_eq!(weights.len(), outputs * inputs * height * width, "weights that do not fill");
        let pieces = height * width;
        let sides = MatrixSides { columns: outputs, pieces, inputs };
        let gather = |output: usize, some: Range<usize>, numbers: &mut [f32]| {
            let from = &weights[(output * inputs + some.start) * pieces..][..numbers.len()];
            for (piece, numbers) in numbers.chunks_exact_mut(some.len()).enumerate() {
                let from = from.iter().skip(piece).step_by(pieces);
                numbers.iter_mut().zip(from).for_each(|(number, &from)| *number = from);
            }
        };
        let weights = match precision {
            Precision::F32 => Weights::F32(Panels::pack(tier, sides, gather)),
            Precision::F16 | Precision::Bf16 => Weights::Bf16(Panels::pack(tier, sides, gather)),
        };
        Self { outputs, inputs, window: (height, width), weights, bias: bias.clone() }
    }

    pub(super) fn linear(
        &self,
        tier: Tier,
        input: &CpuTensor,
        added: Option<&CpuTensor>,
    ) -> CpuTensor {
        assert_eq!(self.window, (1, 1), "a convolution is no linear layer");
        self.conv2d(tier, input, Window::same(0), added)
    }

    pub(super) fn conv2d(
        &self,
        tier: Tier,
        input: &CpuTensor,
        window: Window,
        added: Option<&CpuTensor>,
    ) -> CpuTensor {
        let shape = input.shape();
        assert_eq!(shape.channels, self.inputs, "a layer for other inputs than {shape:?}");
        let mut output = CpuTensor::unwritten(Shape {
            batch: shape.batch,
            height: window.count(shape.height, self.window.0),
            width: window.count(shape.width, self.window.1),
            channels: self.outputs,
        });
        let plus = Plus { bias: self.bias.as_deref(), added: Added::new(added, output.shape()) };
        match &self.weights {
            Weights::F32(panels) => {
                let rows = self.rows(input.values(), shape, output.shape(), window);
                multiply(tier, &rows, panels, plus, &mut output);
            }
            Weights::Bf16(panels) => {
                let elements = input.elements(tier, shape.channels);
                let rows = self.rows(&elements, shape, output.shape(), window);
                multiply(tier, &rows, panels, plus, &mut output);
                Pair::spares().keep(elements);
            }
        }
        output
    }

    fn rows<'a, E: Element>(
        &self,
        elements: &'a [E],
        input: Shape,
        output: Shape,
        window: Window,
    ) -> WindowRows<'a, E> {
        let depth = input.channels.div_ceil(E::WIDTH);
        let columns = self.window.1;
        WindowRows { elements, zeros: vec![E::default(); depth], input, output, window, columns }
    }
}

/// The windows of a convolution: each piece is one place of the input, or zeros beyond its edge.
struct WindowRows<'a, E> {
    elements: &'a [E],
    zeros: Vec<E>,
    input: Shape,
    output: Shape,
    window: Window,
    /// Columns of the window.
    columns: usize,
}

impl<E: Element> Rows<E> for WindowRows<'_, E> {
    /// The first row of the picture among all rows, and the window's top left corner in it, to
    /// which the margin is still added.
    type Place = (usize, usize, usize);

    fn place(&self, row: usize) -> Self::Place {
        let (picture, place) = (row / self.output.places(), row % self.output.places());
        let (y, x) = (place / self.output.width, place % self.output.width);
        (picture * self.input.height, y * self.window.stride, x * self.window.stride)
    }

    fn piece(&self, (first, top, left): Self::Place, piece: usize) -> &[E] {
        let y = (top + piece / self.columns).wrapping_sub(self.window.before);
        let x = (left + piece % self.columns).wrapping_sub(self.window.before);
        if y >= self.input.height || x >= self.input.width {
            return &self.zeros;
        }
        let depth = self.zeros.len();
        &self.elements[((first + y) * self.input.width + x) * depth..][..depth]
    }
}
