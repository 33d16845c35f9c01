//! Bodies of multipart forms, in pieces of any size.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use variata_server::fuzzing::read_form;

fuzz_target!(|input: &[u8]| {
    let Some((piece_bytes, body)) = input.split_first() else { return };
    let pieces = body.chunks(usize::from(*piece_bytes).max(1)).map(Bytes::copy_from_slice);
    if let Err(error) = read_form("multipart/form-data; boundary=b", pieces.collect()) {
        assert!(error.status().is_client_error(), "{error}");
    }
});
