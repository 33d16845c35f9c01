//! Pictures as the endpoint decodes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variata_image::{DecodeLimits, Fit, decode, fit, probe, read_provenance};

fuzz_target!(|file: &[u8]| {
    // A side of 256 px is enough to reach everything, and fast.
    let limits = DecodeLimits { max_side_px: 256, ..DecodeLimits::endpoint() };
    let _ = probe(file);
    let _ = read_provenance(file);
    if let Ok(picture) = decode(file, &limits) {
        let square = fit(picture, Fit::Crop).expect("cropping makes every picture square");
        assert!(square.side() <= 256);
    }
});
