//! The embedded engine: training-free variations, made from the picture itself.
#![deny(unsafe_code)]

pub mod analysis;
pub mod color;
pub mod convert;
pub mod enlarge;
pub mod filter;
pub mod geometry;
pub mod grid;
pub mod operations;
pub mod random;
pub mod resample;
pub mod score;
pub mod synthesis;

mod engine;
pub mod kernels;
mod repertoire;

pub use engine::PatchEngine;
pub use kernels::Tier;
