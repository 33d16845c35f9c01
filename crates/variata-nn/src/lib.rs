//! The operators that diffusion models are made of.
//!
//! [`Backend`] says what a model may ask for; models are written once, generic over it, and know
//! of no processor. [`Cpu`] is the back end of the default build: activations in rows of channels
//! (NHWC), weights packed once for the inner loop, work shared out with rayon. This crate knows
//! nothing of models, files or pictures.
//!
//! # Promises
//!
//! * The same input gives the same bytes for any number of threads and any [`Tier`]: every sum
//!   has one order, and products are added with one rounding in every tier.
//! * Shapes that do not fit are a mistake of the caller's code, not of a user: they panic.
#![deny(unsafe_code)]

#[forbid(unsafe_code)]
mod backend;
#[forbid(unsafe_code)]
mod cpu;
pub mod kernels;

pub use backend::{Activation, Attention, Backend, GroupNorm, Kernel, Shape, Window};
pub use cpu::{Cpu, CpuLayer, CpuTensor, Precision};
pub use kernels::Tier;
