//! The embedded engine: training-free variations, made from the picture itself.
#![deny(unsafe_code)]

mod engine;
pub mod kernels;

pub use engine::PatchEngine;
pub use kernels::Tier;
