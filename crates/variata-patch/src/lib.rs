//! The embedded engine: training-free variations, made from the picture itself.
//!
//! No module but `kernels` may write `unsafe`, and none of the others can allow it again.
#![deny(unsafe_code)]

#[forbid(unsafe_code)]
pub mod analysis;
#[forbid(unsafe_code)]
pub mod color;
#[forbid(unsafe_code)]
pub mod convert;
#[forbid(unsafe_code)]
pub mod enlarge;
#[forbid(unsafe_code)]
pub mod filter;
#[forbid(unsafe_code)]
pub mod geometry;
#[forbid(unsafe_code)]
pub mod grid;
#[forbid(unsafe_code)]
pub mod operations;
#[forbid(unsafe_code)]
pub mod random;
#[forbid(unsafe_code)]
pub mod resample;
#[forbid(unsafe_code)]
pub mod score;
#[forbid(unsafe_code)]
pub mod synthesis;

#[forbid(unsafe_code)]
mod engine;
pub mod kernels;
#[forbid(unsafe_code)]
mod memory;
#[forbid(unsafe_code)]
mod repertoire;

pub use engine::PatchEngine;
pub use kernels::Tier;
