//! Linear layers and convolutions, as products of matrices.

use super::kernels::{Buffer, Card, Operand, Product, Windows};
use super::tensor::CudaTensor;
use crate::{DeviceError, Kernel, Shape, Source, Window};

/// Bytes of what windows see at a time, at most: a convolution's memory does not grow with its picture.
/// Fewer, which would fit a card's cache, were no faster.
const MAX_WINDOWS: usize = 160 << 20;

/// Tensor cores take numbers by eights.
const MULTIPLE: usize = 8;

/// The weights of a linear layer or a convolution, on a card.
#[derive(Debug)]
pub struct CudaLayer {
    outputs: usize,
    inputs: usize,
    /// Rows and columns of the window.
    size: (usize, usize),
    /// How long a row of weights is: rows × columns × inputs, and zeros.
    depth: usize,
    weights: Buffer,
    bias: Option<Buffer>,
}

impl CudaLayer {
    pub(super) fn pack<S: Source>(card: &Card, kernel: &Kernel<S>) -> Result<Self, S::Error> {
        let Kernel { outputs, inputs, height, width, ref weights, ref bias } = *kernel;
        let places = height * width;
        let depth = match places {
            1 => inputs,
            _ => (places * inputs).next_multiple_of(MULTIPLE),
        };
        Ok(Self {
            outputs,
            inputs,
            size: (height, width),
            depth,
            weights: card.pack(weights, [outputs, inputs, places], depth)?,
            bias: bias.as_ref().map(|bias| card.upload(bias)).transpose()?,
        })
    }

    /// The shape of a linear layer's result.
    pub(super) fn linear_shape(&self, from: Shape) -> Shape {
        Shape { channels: self.outputs, ..from }
    }

    /// The shape of a convolution's result.
    pub(super) fn shape(&self, from: Shape, window: Window) -> Shape {
        let (rows, columns) = self.size;
        Shape {
            height: window.count(from.height, rows),
            width: window.count(from.width, columns),
            ..self.linear_shape(from)
        }
    }

    pub(super) fn linear(
        &self,
        card: &Card,
        input: &CudaTensor,
        added: Option<&CudaTensor>,
    ) -> Result<Buffer, DeviceError> {
        let from = input.shape();
        assert_eq!((self.size, self.inputs), ((1, 1), from.channels), "weights of another shape");
        self.finish(card, self.linear_shape(from), added, |whole, result| {
            self.multiply(card, (input.get()?, 0, from.rows()), whole, result)
        })
    }

    pub(super) fn convolve(
        &self,
        card: &Card,
        input: &CudaTensor,
        window: Window,
        added: Option<&CudaTensor>,
    ) -> Result<Buffer, DeviceError> {
        let from = input.shape();
        if (self.size, window) == ((1, 1), Window::same(0)) {
            return self.linear(card, input, added);
        }
        assert_eq!(self.inputs, from.channels, "weights of another shape");
        let to = self.shape(from, window);
        let how = Windows { from, to, size: self.size, window, columns: self.depth };
        self.finish(card, to, added, |whole, result| {
            let at_a_time = (MAX_WINDOWS / (self.depth * card.size())).max(1);
            for first in (0..to.rows()).step_by(at_a_time) {
                let count = at_a_time.min(to.rows() - first);
                let seen = card.windows(input.get()?, &how, (first, count))?;
                self.multiply(card, (&seen, first, count), whole, result)?;
            }
            Ok(())
        })
    }

    /// A result of shape `to` that `multiply` fills, plus `added`: in the same pass, where there is
    /// as much of it as of the result.
    fn finish(
        &self,
        card: &Card,
        to: Shape,
        added: Option<&CudaTensor>,
        multiply: impl FnOnce(Option<&Buffer>, &Buffer) -> Result<(), DeviceError>,
    ) -> Result<Buffer, DeviceError> {
        let added = added.map(CudaTensor::whole).transpose()?;
        let whole = added.filter(|(_, shape)| shape.rows() == to.rows());
        let result = card.numbers(to.len())?;
        multiply(whole.map(|(buffer, _)| buffer), &result)?;
        match added {
            Some((added, shape)) if whole.is_none() => {
                card.add((&result, to), (added, shape.rows()))
            }
            _ => Ok(result),
        }
    }

    /// Rows of inputs become `count` rows of the result, from the `first` on.
    fn multiply(
        &self,
        card: &Card,
        (rows, first, count): (&Buffer, usize, usize),
        added: Option<&Buffer>,
        result: &Buffer,
    ) -> Result<(), DeviceError> {
        let (columns, depth) = (self.outputs, self.depth);
        let part = |buffer| Operand::rows(buffer, first * columns, columns);
        card.multiply(&Product {
            count: 1,
            rows: count,
            columns,
            depth,
            scale: 1.0,
            left: Operand::rows(rows, 0, depth),
            right: Operand::rows(&self.weights, 0, depth),
            is_turned: true,
            bias: self.bias.as_ref(),
            added: added.map(part),
            target: part(result),
            is_wide: false,
        })
    }
}
