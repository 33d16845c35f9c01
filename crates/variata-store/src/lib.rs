//! Where finished pictures wait for their callers, and the signed links that lead there.
//!
//! A caller who asks for URLs gets links that work for an hour without any further authorisation.
//! Two things make that safe: a [`Store`] that holds each file until it expires, and a
//! [`LinkSigner`] whose links nobody can guess, alter or use for longer. The crate knows nothing of
//! HTTP and nothing of engines.
//!
//! # Promises
//!
//! * **Names are made here.** A [`FileName`] is 128 random bits and a known extension; no caller's
//!   text ever becomes a path, so there is nothing to traverse with.
//! * **Whole or not there.** [`Store::get`] finds all of a file's bytes or no file, also after the
//!   process or the disk gave out in the middle of a [`Store::put`].
//! * **Written once.** A second put under one name fails and leaves the first bytes alone, so a
//!   file never changes and its name is its ETag.
//! * **Gone in time.** The moment of expiry is kept with the bytes and survives a restart;
//!   [`sweep`] deletes expired bytes within [`SWEEP_PERIOD`] of it.
//! * **No clock inside.** Whatever depends on the time takes it as an argument.
//!
//! Every implementation of [`Store`] passes one suite, `tests/it/conformance.rs`.
#![forbid(unsafe_code)]

mod hex;
mod keys;
mod link;
mod local;
mod name;
#[cfg(feature = "s3")]
mod s3;
mod store;
mod sweep;
mod timestamp;

pub use keys::KeyError;
pub use link::{LINK_LIFETIME_S, LinkError, LinkSigner};
pub use local::{Durability, LocalStore};
pub use name::{FileId, FileKind, FileName, InvalidName};
#[cfg(feature = "s3")]
pub use s3::{InvalidS3Location, S3Location, S3Store};
pub use store::{BoxFuture, Store, StoreError, StoredFile};
pub use sweep::{SWEEP_PERIOD, sweep};
pub use timestamp::Timestamp;
