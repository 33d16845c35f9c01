//! The operators that diffusion models are made of.
//!
//! [`Backend`] says what a model may ask for; models are written once, generic over it, and know
//! of no processor. [`Cpu`] is the back end of the default build: activations in rows of channels
//! (NHWC), weights packed once for the inner loop, work shared out with rayon. With the feature
//! `cuda`, `Cuda` is the back end for NVIDIA cards; with `candle`, `Candle` brings candle's tensors
//! along, and with `metal` Apple's cards.
//! This crate knows nothing of models, files or pictures.
//!
//! # Promises
//!
//! * On [`Cpu`], the same input gives the same bytes for any number of threads and any [`Tier`]:
//!   every sum has one order, and products are added with one rounding in every tier. In bf16 this
//!   holds among tiers that agree on [`Tier::pair_sums`]. Graphics cards promise nothing of the kind.
//! * Shapes that do not fit are a mistake of the caller's code, not of a user: they panic.
#![deny(unsafe_code)]

#[cfg(test)]
#[forbid(unsafe_code)]
mod alike;
#[forbid(unsafe_code)]
mod backend;
#[cfg(feature = "candle")]
#[forbid(unsafe_code)]
mod candle;
#[forbid(unsafe_code)]
mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
#[forbid(unsafe_code)]
mod error;
pub mod kernels;
#[forbid(unsafe_code)]
mod source;

pub use backend::{
    Activation, Attention, Backend, GroupNorm, Kernel, NumberKind, Precision, Shape, Window,
};
#[cfg(feature = "candle")]
pub use candle::{Candle, CandleDevice, CandleLayer, CandleTensor};
pub use cpu::{Cpu, CpuLayer, CpuTensor, Numbers, Pairs};
#[cfg(feature = "cuda")]
pub use cuda::{Cuda, CudaLayer, CudaTensor};
pub use error::DeviceError;
pub use kernels::Tier;
pub use source::Source;
