//! Where finished images are kept.

use std::path::Path;
use std::sync::Arc;

use variata_store::{Durability, LocalStore, Store};

use crate::fault::Fault;

/// The store in the folder `data`, unless a `place` in S3 is named.
///
/// # Errors
///
/// [`Fault`] when the folder cannot be used, or the place or its settings are wrong.
pub(super) fn open(place: Option<&str>, data: &Path) -> Result<Arc<dyn Store>, Fault> {
    match place {
        None => Ok(Arc::new(in_folder(data)?)),
        Some(place) => in_s3(place),
    }
}

fn in_folder(directory: &Path) -> Result<LocalStore, Fault> {
    let opened = LocalStore::open(directory, Durability::default());
    opened.map_err(|error| Fault::output(directory.display(), error))
}

#[cfg(feature = "s3")]
fn in_s3(place: &str) -> Result<Arc<dyn Store>, Fault> {
    use variata_store::{S3Location, S3Store};

    let unusable = |reason: &dyn std::fmt::Display| Fault::usage("--store", reason);
    let location: S3Location = place.parse().map_err(|error| unusable(&error))?;
    let settings = std::env::vars_os()
        .filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let store = S3Store::open(&location, settings).map_err(|error| unusable(&error))?;
    Ok(Arc::new(store))
}

#[cfg(not(feature = "s3"))]
fn in_s3(place: &str) -> Result<Arc<dyn Store>, Fault> {
    let fault = Fault::usage(format_args!("--store {place}"), "this build knows no S3");
    Err(fault.with_hint("build it with: cargo install --path crates/variata-cli --features s3"))
}
