//! Variations of a picture, from a Rust program.
//!
//! The call has the shape that OpenAI's image-variation endpoint has in the official clients, and
//! two makers: [`Client::embedded`] makes the variations in this very process, with no server, no
//! weights and no network, and [`Client::remote`] asks a server that has the endpoint.
//! [`Client::from_env`] decides by `OPENAI_BASE_URL`, so a program can be moved from one to the
//! other without a change.
//!
//! ```
//! # use variata::{Client, Error, ResponseFormat, Size};
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("otter.png");
//! # let image = variata_core::SquareImage::from_fn(32, |x, y| [x as u8, y as u8, 9, 255]);
//! # let png = variata_image::encode(&image, variata::OutputFormat::Png, None).unwrap();
//! # std::fs::write(&path, png).unwrap();
//! # let path = path.as_path();
//! # async fn example(path: &std::path::Path) -> Result<(), Error> {
//! let client = Client::embedded()?;
//! let response = client
//!     .images()
//!     .create_variation(path)
//!     .n(2)
//!     .size(Size::Px256)
//!     .response_format(ResponseFormat::B64Json)
//!     .await?;
//! for image in &response.data {
//!     let png: Vec<u8> = image.bytes()?;
//! #   assert!(png.starts_with(b"\x89PNG"));
//! }
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(example(path)).unwrap();
//! ```
//!
//! Instead of being awaited, a request can be [streamed](CreateVariation::stream): each variation
//! then comes as soon as it is finished, and coarse pictures of it before that.
//!
//! # Promises
//!
//! * **One set of rules.** Both makers refuse the same requests in the same words, with the
//!   `status`, `param` and `code` that the endpoint documents; see [`ApiError`].
//! * **One picture a seed.** The same source, size, strength and seed give the same file, byte for
//!   byte, from either maker.
//! * **Asynchronous threads never compute or wait for a disk.** The embedded maker has threads of
//!   its own and works with any executor; the remote one needs tokio.
//! * **Dropping the future stops the work**, here or on the server.
//! * **Keys are shown to nobody** but the server they are for: no `Debug`, no error and no
//!   redirect has them.
//!
//! # Features
//!
//! `remote` and `tls` (both on by default) are what a server needs. With `default-features = false`
//! there is the embedded maker alone, and no HTTP in the dependency tree.
#![forbid(unsafe_code)]

mod client;
mod embedded;
mod error;
mod events;
mod input;
#[cfg(feature = "remote")]
mod remote;
mod request;
mod response;

pub use client::{Client, Images};
pub use embedded::Embedded;
pub use error::{ApiError, Error};
pub use events::{CompletedImage, ImageDescription, PartialImage, VariationEvent, VariationEvents};
pub use input::ImageInput;
#[cfg(feature = "remote")]
pub use remote::Remote;
pub use request::CreateVariation;
pub use response::{Image, ImagesResponse};

pub use variata_contract::ResponseFormat;
pub use variata_core::{Engine, Size};
pub use variata_image::{Fit, OutputFormat};

/// What an engine of one's own is made of; see [`Embedded::engine`].
pub mod engine {
    pub use variata_core::{
        Count, Description, Engine, EngineError, ImageShapeError, Observer, Rgba, Score, Seed,
        SquareImage, Strength, Variation, VariationSpec,
    };
}
