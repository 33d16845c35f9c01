//! The back end on candle's tensors, for Apple's cards.
//!
//! A card is asked for one operator after another, and whatever goes wrong, most often that its
//! memory is full, stays with the tensor that was not made and with all that is made of it, until
//! [`Backend::download`] tells. Weights are refused when they are packed.
//!
//! Nothing here knows of a particular card: candle's CPU device, on which tests run, goes the same
//! way as Metal's.

mod attention;
mod norm;
mod tensor;

use candle_core::{DType, Device, Tensor};

use crate::{
    Activation, Attention, Backend, DeviceError, GroupNorm, Kernel, Precision, Shape, Source, Tier,
    Window,
};
use tensor::Made;

pub use tensor::CandleTensor;

/// Where candle computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandleDevice {
    /// The processor, for tests: [`Cpu`](crate::Cpu) is many times as fast.
    Cpu,
    /// The card of a Mac.
    Metal,
}

/// The back end on candle's tensors.
#[derive(Debug, Clone)]
pub struct Candle {
    device: Device,
    numbers: DType,
}

/// The weights of a linear layer or a convolution, on a device.
#[derive(Debug)]
pub struct CandleLayer {
    outputs: usize,
    /// Rows and columns of the window.
    window: (usize, usize),
    /// Outputs, inputs, rows, columns.
    weights: Tensor,
    bias: Option<Tensor>,
}

impl Candle {
    /// Takes a device into use.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] when it is not there, or candle was built without it.
    pub fn new(device: CandleDevice, precision: Precision) -> Result<Self, DeviceError> {
        let device = match device {
            CandleDevice::Cpu => Device::Cpu,
            CandleDevice::Metal => Device::new_metal(0)?,
        };
        let numbers = match precision {
            Precision::F32 => DType::F32,
            Precision::F16 => DType::F16,
            Precision::Bf16 => DType::BF16,
        };
        Ok(Self { device, numbers })
    }

    fn place(&self, values: &[f32], sides: &[usize]) -> Made {
        Ok(Tensor::from_slice(values, sides, &self.device)?.to_dtype(self.numbers)?)
    }
}

/// The sum of all; what is the same at every place is added up first, while it is small.
fn plus(sum: Tensor, bias: Option<Tensor>, added: Option<Tensor>) -> Made {
    let parts = match (bias, added) {
        (Some(bias), Some(added)) if added.elem_count() < sum.elem_count() => {
            vec![bias.broadcast_add(&added)?]
        }
        (bias, added) => bias.into_iter().chain(added).collect(),
    };
    Ok(parts.iter().try_fold(sum, |sum, part| sum.broadcast_add(part))?)
}

impl Backend for Candle {
    type Tensor = CandleTensor;
    type Layer = CandleLayer;

    fn upload(&self, shape: Shape, values: Vec<f32>) -> CandleTensor {
        assert_eq!(shape.len(), values.len(), "{shape:?} is not filled");
        CandleTensor::of(shape, || self.place(&values, &[values.len()]))
    }

    fn download(&self, tensor: &CandleTensor) -> Result<Vec<f32>, DeviceError> {
        let numbers = tensor.rows()?.flatten_all()?.to_dtype(DType::F32)?;
        Ok(numbers.to_vec1()?)
    }

    fn shape(&self, tensor: &CandleTensor) -> Shape {
        tensor.shape()
    }

    fn pack<S: Source>(&self, kernel: &Kernel<S>) -> Result<CandleLayer, S::Error> {
        let Kernel { outputs, inputs, height, width, ref weights, ref bias } = *kernel;
        let mut numbers = vec![0.0; weights.count()];
        weights.widen(Tier::detect(), 0, &mut Vec::new(), &mut numbers)?;
        let bias = bias.as_ref().map(|bias| self.place(bias, &[outputs]));
        Ok(CandleLayer {
            outputs,
            window: (height, width),
            weights: self.place(&numbers, &[outputs, inputs, height, width])?,
            bias: bias.transpose()?,
        })
    }

    fn linear(
        &self,
        layer: &CandleLayer,
        input: &CandleTensor,
        added: Option<&CandleTensor>,
    ) -> CandleTensor {
        let shape = Shape { channels: layer.outputs, ..input.shape() };
        let product = CandleTensor::of(shape, || {
            let product = input.rows()?.matmul(&layer.weights.flatten_from(1)?.t()?)?;
            match &layer.bias {
                Some(bias) => Ok(product.broadcast_add(bias)?),
                None => Ok(product),
            }
        });
        match added {
            Some(added) => self.add(product, added),
            None => product,
        }
    }

    fn conv2d(
        &self,
        layer: &CandleLayer,
        input: &CandleTensor,
        window: Window,
        added: Option<&CandleTensor>,
    ) -> CandleTensor {
        let from = input.shape();
        let shape = Shape {
            height: window.count(from.height, layer.window.0),
            width: window.count(from.width, layer.window.1),
            channels: layer.outputs,
            ..from
        };
        CandleTensor::of_planes(shape, || {
            let Window { stride, before, after } = window;
            let planes = tensor::channels_first(input.get()?)?;
            // The same on every side is the convolution's own affair; anything else is not.
            let (planes, margin) = if before == after {
                (planes, before)
            } else {
                let padded = planes.pad_with_zeros(2, before, after)?;
                (padded.pad_with_zeros(3, before, after)?, 0)
            };
            let sum = planes.conv2d(&layer.weights, margin, stride, 1, 1)?;
            let first = |added: &CandleTensor| -> Made {
                Ok(tensor::channels_first(&added.spread_over(shape)?)?)
            };
            let bias = layer.bias.as_ref().map(|bias| bias.reshape((1, layer.outputs, 1, 1)));
            plus(sum, bias.transpose()?, added.map(first).transpose()?)
        })
    }

    fn group_norm(
        &self,
        input: &CandleTensor,
        scale_shift: (&CandleTensor, &CandleTensor),
        how: GroupNorm,
    ) -> CandleTensor {
        CandleTensor::of_planes(input.shape(), || norm::group_norm(input, scale_shift, how))
    }

    fn layer_norm(
        &self,
        input: &CandleTensor,
        scale_shift: (&CandleTensor, &CandleTensor),
        epsilon: f32,
    ) -> CandleTensor {
        CandleTensor::of(input.shape(), || norm::layer_norm(input, scale_shift, epsilon))
    }

    fn attention(
        &self,
        queries: &CandleTensor,
        keys: &CandleTensor,
        values: &CandleTensor,
        how: Attention,
    ) -> CandleTensor {
        let all = [queries, keys, values];
        CandleTensor::of(queries.shape(), || attention::attend(all, how))
    }

    fn activate(&self, input: CandleTensor, function: Activation) -> CandleTensor {
        CandleTensor::of(input.shape(), || {
            let numbers = input.get()?;
            Ok(match function {
                Activation::Silu => numbers.silu()?,
                Activation::Gelu => numbers.gelu_erf()?,
                // x·sigmoid(a x) = silu(a x) / a.
                Activation::QuickGelu => ((numbers * 1.702)?.silu()? / 1.702)?,
            })
        })
    }

    fn geglu(&self, input: &CandleTensor) -> CandleTensor {
        let width = input.shape().channels / 2;
        CandleTensor::of(Shape { channels: width, ..input.shape() }, || {
            let rows = input.rows()?;
            let (left, right) = (rows.narrow(1, 0, width)?, rows.narrow(1, width, width)?);
            Ok((left * right.gelu_erf()?)?)
        })
    }

    fn upsample_nearest(&self, input: &CandleTensor, height: usize, width: usize) -> CandleTensor {
        let from = input.shape();
        // Whole numbers throughout: factors that round down would take a place too early.
        let sources = |from: usize, to: usize| -> Vec<u32> {
            (0..to).map(|at| (at * from / to) as u32).collect()
        };
        CandleTensor::of_planes(Shape { height, width, ..from }, || {
            let rows = Tensor::new(sources(from.height, height), &self.device)?;
            let columns = Tensor::new(sources(from.width, width), &self.device)?;
            Ok(input.planes()?.index_select(&rows, 2)?.index_select(&columns, 3)?)
        })
    }

    fn avg_pool(&self, input: &CandleTensor) -> CandleTensor {
        let from = input.shape();
        let shape = Shape { height: from.height / 2, width: from.width / 2, ..from };
        CandleTensor::of_planes(shape, || Ok(input.planes()?.avg_pool2d(2)?))
    }

    fn concat(&self, left: &CandleTensor, right: &CandleTensor) -> CandleTensor {
        let (shape, other) = (left.shape(), right.shape());
        let shape = Shape { channels: shape.channels + other.channels, ..shape };
        CandleTensor::of_planes(shape, || Ok(Tensor::cat(&[left.planes()?, right.planes()?], 1)?))
    }

    fn add(&self, input: CandleTensor, added: &CandleTensor) -> CandleTensor {
        let shape = input.shape();
        if input.lies_in_planes() {
            return CandleTensor::of_planes(shape, || {
                let added = added.spread_over(shape)?;
                Ok(input.planes()?.broadcast_add(&tensor::channels_first(&added)?)?)
            });
        }
        CandleTensor::of(shape, || Ok(input.get()?.broadcast_add(&added.spread_over(shape)?)?))
    }

    fn embedding(&self, table: &CandleTensor, ids: &[usize]) -> CandleTensor {
        let shape = Shape::tokens(1, ids.len(), table.shape().channels);
        CandleTensor::of(shape, || {
            let ids: Vec<u32> = ids.iter().map(|&id| id as u32).collect();
            Ok(table.rows()?.index_select(&Tensor::new(ids, &self.device)?, 0)?)
        })
    }
}

#[cfg(test)]
mod tests;
