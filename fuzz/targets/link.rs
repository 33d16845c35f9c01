//! Links that strangers made: none is ever taken.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use variata_store::{LinkSigner, Timestamp};

fuzz_target!(|link: &str| {
    static SIGNER: OnceLock<LinkSigner> = OnceLock::new();
    let now = Timestamp::from_seconds(1_800_000_000);
    let signer = SIGNER.get_or_init(|| LinkSigner::in_memory(now).expect("random numbers"));
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    assert!(signer.verify(path, query, now).is_err(), "{link:?} was taken");
});
