//! The rules of OpenAI's image-variation endpoint, without a wire.
//!
//! Which values a request may have, which pictures are taken, and what callers are told otherwise:
//! the server applies these rules to what comes over HTTP, and the library to calls in process, so
//! that both say the same of the same request. The crate knows nothing of HTTP or JSON, of how
//! requests are queued, or of any one engine.
//!
//! # Promises
//!
//! * What is documented is said to the letter: programs match these sentences.
//! * Past [`Fields::parse`] and [`read_source`], nothing of a request can be wrong.
#![forbid(unsafe_code)]

mod causes;
mod engines;
mod error;
mod fields;
mod source;

pub use causes::shown;
pub use engines::{DALL_E_2, EngineChoice, Engines};
pub use error::{ErrorObject, ErrorType};
pub use fields::{
    Delivery, FITS, Fields, MAX_COUNT, MAX_PARTIAL_IMAGES, MAX_TEXT_BYTES, OUTPUT_FORMATS,
    RESPONSE_FORMATS, ResponseFormat, SIZES, Texts,
};
pub use source::{Source, check_header, read as read_source};

/// The longest request that is read, picture and all: 64 MiB.
pub const MAX_BODY_BYTES: u64 = 64 * 1024 * 1024;
