//! The back end for processors.
//!
//! Operators live in files by what they do; this one only says which.

mod attention;
mod elementwise;
mod layer;
mod multiply;
mod norm;
mod pack;
mod rearrange;
mod spares;
mod tensor;
mod tiles;

use crate::kernels::Tier;
use crate::{
    Activation, Attention, Backend, DeviceError, GroupNorm, Kernel, Precision, Shape, Source,
    Window,
};

pub use layer::CpuLayer;
pub use tensor::{CpuTensor, Numbers, Pairs};

/// The back end for processors. Work runs on the rayon pool that it is called in.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    tier: Tier,
    precision: Precision,
}

impl Cpu {
    /// Uses the fastest instructions of this processor.
    pub fn new(precision: Precision) -> Self {
        Self::with_tier(Tier::detect(), precision)
    }

    /// Uses at most `tier`; the results are the same bytes for every tier in f32, and in bf16 for
    /// those with the same [`Tier::pair_sums`].
    pub fn with_tier(tier: Tier, precision: Precision) -> Self {
        Self { tier: tier.min(Tier::detect()), precision }
    }

    /// The instructions in use.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// How weights are held.
    pub fn precision(&self) -> Precision {
        self.precision
    }
}

impl Backend for Cpu {
    type Tensor = CpuTensor;
    type Layer = CpuLayer;

    fn upload(&self, shape: Shape, values: Vec<f32>) -> CpuTensor {
        Numbers::new(shape, &values).into()
    }

    fn download(&self, tensor: &CpuTensor) -> Result<Vec<f32>, DeviceError> {
        Ok(tensor.numbers().values().to_vec())
    }

    fn shape(&self, tensor: &CpuTensor) -> Shape {
        tensor.shape()
    }

    fn pack<S: Source>(&self, kernel: &Kernel<S>) -> Result<CpuLayer, S::Error> {
        CpuLayer::pack(self.tier, kernel, self.precision)
    }

    fn linear(&self, layer: &CpuLayer, input: &CpuTensor, added: Option<&CpuTensor>) -> CpuTensor {
        layer.linear(self.tier, input, added)
    }

    fn project(&self, layer: &CpuLayer, input: &CpuTensor) -> CpuTensor {
        layer.project(*self, input)
    }

    fn gate(&self, layer: &CpuLayer, input: &CpuTensor) -> CpuTensor {
        layer.gate(*self, input)
    }

    fn conv2d(
        &self,
        layer: &CpuLayer,
        input: &CpuTensor,
        window: Window,
        added: Option<&CpuTensor>,
    ) -> CpuTensor {
        layer.conv2d(self.tier, input, window, added)
    }

    fn group_norm(
        &self,
        input: &CpuTensor,
        (scale, shift): (&CpuTensor, &CpuTensor),
        how: GroupNorm,
    ) -> CpuTensor {
        norm::group_norm(*self, &input.numbers(), (&scale.numbers(), &shift.numbers()), how)
    }

    fn layer_norm(
        &self,
        input: &CpuTensor,
        (scale, shift): (&CpuTensor, &CpuTensor),
        epsilon: f32,
    ) -> CpuTensor {
        norm::layer_norm(*self, &input.numbers(), (&scale.numbers(), &shift.numbers()), epsilon)
    }

    fn attention(
        &self,
        queries: &CpuTensor,
        keys: &CpuTensor,
        values: &CpuTensor,
        how: Attention,
    ) -> CpuTensor {
        attention::attend(*self, [queries, keys, values], how)
    }

    fn activate(&self, input: CpuTensor, function: Activation) -> CpuTensor {
        elementwise::activate(*self, input.into_numbers(), function)
    }

    fn geglu(&self, input: &CpuTensor) -> CpuTensor {
        elementwise::geglu(*self, &input.numbers())
    }

    fn upsample_nearest(&self, input: &CpuTensor, height: usize, width: usize) -> CpuTensor {
        rearrange::upsample_nearest(*self, &input.numbers(), (height, width))
    }

    fn avg_pool(&self, input: &CpuTensor) -> CpuTensor {
        rearrange::avg_pool(&input.numbers()).into()
    }

    fn concat(&self, left: &CpuTensor, right: &CpuTensor) -> CpuTensor {
        rearrange::concat(&left.numbers(), &right.numbers()).into()
    }

    fn add(&self, input: CpuTensor, added: &CpuTensor) -> CpuTensor {
        elementwise::add(input.into_numbers(), &added.numbers()).into()
    }

    fn embedding(&self, table: &CpuTensor, ids: &[usize]) -> CpuTensor {
        rearrange::embedding(&table.numbers(), ids).into()
    }
}

#[cfg(test)]
mod tests;
