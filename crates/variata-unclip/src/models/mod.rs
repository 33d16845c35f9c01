//! The networks, written once over [`variata_nn::Backend`].
//!
//! Each is a plain structure of layers with a `load` and a `forward`; names of parts are those of
//! the checkpoints, so that either can be found from the other.

pub mod clip;
pub mod unet;
pub mod vae;

mod attention;
mod resnet;
