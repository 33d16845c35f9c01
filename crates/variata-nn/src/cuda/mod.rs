//! The back end for NVIDIA cards.
//!
//! Activations lie in rows of channels (NHWC), as on processors: a linear layer is one product of
//! matrices then, a convolution the same over what its windows see, and nothing is ever turned.
//! Products are cuBLAS's; everything else is kernels of our own, each one pass over its numbers.
//!
//! A card is asked for one operator after another, and whatever goes wrong, most often that its
//! memory is full, stays with the tensor that was not made and with all that is made of it, until
//! [`Backend::download`] tells. Weights are refused when they are packed.

#[forbid(unsafe_code)]
mod attention;
#[expect(unsafe_code, reason = "what kernels do on a card, no compiler checks")]
mod kernels;
#[forbid(unsafe_code)]
mod layer;
#[forbid(unsafe_code)]
mod tensor;

use std::sync::Arc;

use crate::{
    Activation, Attention, Backend, DeviceError, GroupNorm, Kernel, Precision, Shape, Source,
    Window,
};
use kernels::Card;

pub use layer::CudaLayer;
pub use tensor::CudaTensor;

/// The back end on the first NVIDIA card that `CUDA_VISIBLE_DEVICES` leaves visible.
#[derive(Debug, Clone)]
pub struct Cuda(Arc<Card>);

impl Cuda {
    /// Takes the card into use, and compiles its kernels.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] when there is no card, no driver, or none of CUDA's libraries.
    pub fn new(precision: Precision) -> Result<Self, DeviceError> {
        Ok(Self(Arc::new(Card::open(precision)?)))
    }
}

impl Backend for Cuda {
    type Tensor = CudaTensor;
    type Layer = CudaLayer;

    fn upload(&self, shape: Shape, values: Vec<f32>) -> CudaTensor {
        assert_eq!(shape.len(), values.len(), "{shape:?} is not filled");
        CudaTensor::of(shape, || self.0.upload(&values))
    }

    fn download(&self, tensor: &CudaTensor) -> Result<Vec<f32>, DeviceError> {
        self.0.download(tensor.get()?, tensor.shape().len())
    }

    fn shape(&self, tensor: &CudaTensor) -> Shape {
        tensor.shape()
    }

    fn pack<S: Source>(&self, kernel: &Kernel<S>) -> Result<CudaLayer, S::Error> {
        CudaLayer::pack(&self.0, kernel)
    }

    fn linear(
        &self,
        layer: &CudaLayer,
        input: &CudaTensor,
        added: Option<&CudaTensor>,
    ) -> CudaTensor {
        let shape = layer.linear_shape(input.shape());
        CudaTensor::of(shape, || layer.linear(&self.0, input, added))
    }

    fn conv2d(
        &self,
        layer: &CudaLayer,
        input: &CudaTensor,
        window: Window,
        added: Option<&CudaTensor>,
    ) -> CudaTensor {
        let shape = layer.shape(input.shape(), window);
        CudaTensor::of(shape, || layer.convolve(&self.0, input, window, added))
    }

    fn group_norm(
        &self,
        input: &CudaTensor,
        (scale, shift): (&CudaTensor, &CudaTensor),
        how: GroupNorm,
    ) -> CudaTensor {
        CudaTensor::of(input.shape(), || {
            self.0.group_norm(input.whole()?, (scale.get()?, shift.get()?), how)
        })
    }

    fn layer_norm(
        &self,
        input: &CudaTensor,
        (scale, shift): (&CudaTensor, &CudaTensor),
        epsilon: f32,
    ) -> CudaTensor {
        CudaTensor::of(input.shape(), || {
            self.0.layer_norm(input.whole()?, (scale.get()?, shift.get()?), epsilon)
        })
    }

    fn attention(
        &self,
        queries: &CudaTensor,
        keys: &CudaTensor,
        values: &CudaTensor,
        how: Attention,
    ) -> CudaTensor {
        let all = [queries, keys, values];
        CudaTensor::of(queries.shape(), || attention::attend(&self.0, all, how))
    }

    fn activate(&self, input: CudaTensor, function: Activation) -> CudaTensor {
        CudaTensor::of(input.shape(), || self.0.activate(input.whole()?, function))
    }

    fn geglu(&self, input: &CudaTensor) -> CudaTensor {
        let shape = input.shape();
        CudaTensor::of(Shape { channels: shape.channels / 2, ..shape }, || {
            self.0.geglu(input.whole()?)
        })
    }

    fn upsample_nearest(&self, input: &CudaTensor, height: usize, width: usize) -> CudaTensor {
        let shape = Shape { height, width, ..input.shape() };
        CudaTensor::of(shape, || self.0.upsample(input.whole()?, shape))
    }

    fn avg_pool(&self, input: &CudaTensor) -> CudaTensor {
        let from = input.shape();
        let shape = Shape { height: from.height / 2, width: from.width / 2, ..from };
        CudaTensor::of(shape, || self.0.avg_pool(input.whole()?))
    }

    fn concat(&self, left: &CudaTensor, right: &CudaTensor) -> CudaTensor {
        let (one, other) = (left.shape(), right.shape());
        let shape = Shape { channels: one.channels + other.channels, ..one };
        CudaTensor::of(shape, || {
            let (left, right) = ((left.get()?, one.channels), (right.get()?, other.channels));
            self.0.concat(one.rows(), left, right)
        })
    }

    fn add(&self, input: CudaTensor, added: &CudaTensor) -> CudaTensor {
        CudaTensor::of(input.shape(), || {
            self.0.add(input.whole()?, (added.get()?, added.shape().rows()))
        })
    }

    fn embedding(&self, table: &CudaTensor, ids: &[usize]) -> CudaTensor {
        let shape = Shape::tokens(1, ids.len(), table.shape().channels);
        CudaTensor::of(shape, || self.0.embed((table.get()?, shape.channels), ids))
    }
}

#[cfg(test)]
mod tests;
