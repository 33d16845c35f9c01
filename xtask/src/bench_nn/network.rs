//! The networks that are measured, and how each is called.

use clap::ValueEnum;
use variata_nn::{Backend, DeviceError, Precision, Shape};
use variata_unclip::LoadError;
use variata_unclip::checkpoint::Checkpoint;
use variata_unclip::models::clip::VisionModel;
use variata_unclip::models::unet::Unet;
use variata_unclip::models::vae::Vae;

/// A network of Stable unCLIP at full size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Network {
    /// Two latents of 64 × 64, as each step of a guided run has them.
    Unet,
    /// The decoder, from a latent of 64 × 64 to 512 px.
    Vae,
    /// The encoder of pictures.
    Clip,
}

/// How numbers are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Numbers {
    F32,
    F16,
    Bf16,
}

impl Numbers {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    pub(super) fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::F16 => Precision::F16,
            Self::Bf16 => Precision::Bf16,
        }
    }
}

/// A network that is ready to be called.
pub(super) type Call = Box<dyn Fn() -> Result<Vec<f32>, DeviceError> + Send + Sync>;

impl Network {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unet => "unet",
            Self::Vae => "vae",
            Self::Clip => "clip",
        }
    }

    /// Reads the network for `backend`. What goes into it is what `reference.py` gives to its own.
    pub(super) fn load<B: Backend + 'static>(
        self,
        backend: B,
        checkpoint: &Checkpoint,
    ) -> Result<Call, LoadError> {
        let upload = |shape: Shape| backend.upload(shape, numbers(shape.len()));
        Ok(match self {
            Self::Unet => {
                let unet = Unet::load(&backend, &checkpoint.part("unet"))?;
                let context = upload(Shape::tokens(2, 77, unet.config().context_channels()));
                let context = unet.prepare(&backend, &context);
                let class = unet.config().class_width();
                let class = class.map(|width| upload(Shape::tokens(2, 1, width)));
                let latents = upload(Shape { batch: 2, ..LATENT });
                Box::new(move || {
                    let told = (&context, class.as_ref());
                    backend.download(&unet.forward(&backend, &latents, 301.0, told))
                })
            }
            Self::Vae => {
                let vae = Vae::load(&backend, &checkpoint.part("vae"))?;
                let latent = upload(LATENT);
                Box::new(move || backend.download(&vae.decode(&backend, &latent)))
            }
            Self::Clip => {
                let model = VisionModel::load(&backend, &checkpoint.part("image_encoder"))?;
                let side = model.config().image_px();
                let pixels = numbers(side * side * 3);
                Box::new(move || model.embedding(&backend, &pixels))
            }
        })
    }
}

const LATENT: Shape = Shape { batch: 1, height: 64, width: 64, channels: 4 };

/// Uniform numbers of variance 1, from their places alone.
pub(super) fn numbers(count: usize) -> Vec<f32> {
    let mixed = |at: usize| {
        let mixed = (at as u32).wrapping_mul(0x9e37_79b9);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca6b);
        mixed ^ (mixed >> 13)
    };
    let share = |at| (mixed(at) >> 8) as f32 / (1 << 24) as f32;
    (0..count).map(|at| (share(at) * 2.0 - 1.0) * 1.732_050_8).collect()
}
