//! Checkpoints of the unCLIP family as engines.
//!
//! A checkpoint is a local folder in the layout of diffusers. What is in it is decided by class
//! names alone: `model_index.json` names the pipeline, and each part's `config.json` its shape.
//! [`UnclipEngine::open`] reads it whole, checks every tensor, and fails before any work; after
//! that nothing can fail but the caller's patience.
//!
//! * [`checkpoint`]: folders, configurations, safetensors
//! * [`models`]: the networks, written once over [`variata_nn::Backend`]
//! * [`schedule`]: from noise to latents, in steps
//! * [`pipelines`]: how the networks make a variation
//!
//! * [`parity`]: how far results are from those of diffusers, the reference for all of it
#![forbid(unsafe_code)]

pub mod checkpoint;
pub mod models;
pub mod parity;
pub mod pipelines;
pub mod preprocess;
pub mod schedule;

mod device;
mod engine;
mod error;
mod memory;
mod noise;

pub use device::Device;
pub use engine::{Options, Summary, UnclipEngine, inspect, open};
pub use error::LoadError;
pub use variata_nn::{Precision, Tier};
