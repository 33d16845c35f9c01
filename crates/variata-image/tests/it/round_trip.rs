//! What is written can be read again, pixels and record.

use variata_image::{DecodeLimits, OutputFormat, decode, encode, fit, read_provenance};

use crate::support::{picture, provenance};

const FORMATS: [OutputFormat; 3] = [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP];

#[test]
fn lossless_formats_give_the_same_pixels_again() {
    for transparent in [false, true] {
        for side in [1, 2, 7, 64] {
            let image = picture(side, transparent);
            for format in [OutputFormat::Png, OutputFormat::WebP] {
                let file = encode(&image, format, Some(&provenance())).unwrap();
                let read = decode(&file, &DecodeLimits::local()).unwrap();
                assert_eq!(fit(read, Default::default()).unwrap(), image, "{format} {side}");
            }
        }
    }
}

#[test]
fn every_format_carries_the_record() {
    let record = provenance();
    for format in FORMATS {
        let file = encode(&picture(8, true), format, Some(&record)).unwrap();
        assert_eq!(read_provenance(&file).unwrap().as_ref(), Some(&record), "{format}");
        assert!(decode(&file, &DecodeLimits::local()).is_ok(), "{format}");
        let bare = encode(&picture(8, true), format, None).unwrap();
        assert_eq!(read_provenance(&bare), Ok(None), "{format}");
    }
}
