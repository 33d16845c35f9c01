//! The nouns of image variation.
//!
//! Everything that a caller, a server or an engine has to agree on lives here and nothing else:
//! the picture ([`SquareImage`]), what is asked ([`VariationSpec`]), who answers ([`Engine`]) and
//! who listens while it works ([`Observer`]). The crate knows nothing of files, of HTTP or of any
//! one engine, so that each of those can change without the others noticing.
//!
//! Values are parsed once, into types that cannot be wrong, and never checked again.
//!
//! # Promises
//!
//! * An [`Engine`] is a pure function: the same source, size, strength and seed give the same
//!   bytes, for any number of threads and on any processor.
//! * Variation `i` of a request is the picture of seed `seed.nth(i)`, whatever the count. Asking
//!   for one variation with that seed makes it again.
#![forbid(unsafe_code)]

mod engine;
mod image;
mod observer;
mod spec;

pub use engine::{Description, Engine, EngineError, Score, Variation};
pub use image::{ImageShapeError, Rgba, SquareImage};
pub use observer::{Collector, Observer, Silent};
pub use spec::{Count, ParseSpecError, Seed, Size, Strength, VariationSpec};
