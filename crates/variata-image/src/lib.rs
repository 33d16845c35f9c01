//! Reading, fitting and writing pictures, with hostile input in mind.
//!
//! Everything between bytes and [`variata_core::SquareImage`] is here: [`decode`] reads a picture
//! within [`DecodeLimits`], [`fit`] makes it square, [`resize`] changes its side, [`encode`]
//! writes it with a [`Provenance`] record
//! that a [`Lineage`] makes, and [`write_atomically`] puts it into a file. The crate
//! knows nothing of engines or of HTTP.
//!
//! # Promises
//!
//! * A header decides whether a picture is read at all, before anything is allocated for it; no
//!   text, colour profile or other side chunk can make memory grow.
//! * No input makes a function here panic on purpose; what cannot be read is an error that says
//!   why.
//! * The same picture gives the same bytes, on any processor: resizing and JPEG decoding take no
//!   path that rounds differently from the others.
//! * Nothing of an input but its pixels reaches an output.
#![cfg_attr(not(test), forbid(unsafe_code))]

mod attention;
mod container;
mod decode;
mod encode;
mod file;
mod fit;
mod format;
mod lineage;
mod name;
mod picture;
mod provenance;
mod resize;

pub use decode::{DecodeError, DecodeLimits, Header, decode, decode_owned, probe};
pub use encode::{EncodeError, OutputFormat, encode, encode_picture};
pub use file::{Overwrite, WriteError, write_atomically};
pub use fit::{Fit, NotSquare, fit};
pub use format::{Format, sniff};
pub use lineage::Lineage;
pub use name::UnknownName;
pub use picture::Picture;
pub use provenance::{Provenance, ProvenanceError, RECORD_VERSION, SourceDigest, read_provenance};
pub use resize::resize;
