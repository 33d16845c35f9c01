//! What is written, byte for byte, and what is not.

use variata_core::SquareImage;
use variata_image::{DecodeLimits, Format, OutputFormat, decode, encode, fit, sniff};

use crate::support::{Png, exif, picture, provenance, short_digest};

const FORMATS: [OutputFormat; 3] = [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP];

#[test]
fn the_same_picture_gives_the_same_bytes_on_every_machine() {
    // A new release of an encoder may change these; decide then whether users should notice.
    let expected = [
        (OutputFormat::Png, false, "a4f3f4af497baeba"),
        (OutputFormat::Png, true, "67a5cdd16d0b480e"),
        (OutputFormat::Jpeg, true, "5ba45ce3f645b326"),
        (OutputFormat::WebP, false, "a70d376d0313859c"),
        (OutputFormat::WebP, true, "5da468e78c6f9c54"),
    ];
    for (format, transparent, digest) in expected {
        let file = encode(&picture(64, transparent), format, Some(&provenance())).unwrap();
        assert_eq!(short_digest(&file), digest, "{format}, transparent: {transparent}");
    }
}

#[test]
fn files_are_what_their_format_says() {
    let formats = [Format::Png, Format::Jpeg, Format::WebP];
    let names = [("png", "image/png"), ("jpg", "image/jpeg"), ("webp", "image/webp")];
    for ((format, expected), (extension, mime)) in FORMATS.into_iter().zip(formats).zip(names) {
        assert_eq!(sniff(&encode(&picture(3, false), format, None).unwrap()), Some(expected));
        assert_eq!((format.extension(), format.mime()), (extension, mime));
        assert_eq!(extension.parse(), Ok(format));
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert!("gif".parse::<OutputFormat>().is_err());
}

#[test]
fn a_png_has_an_alpha_channel_only_when_it_is_needed() {
    let colour_type =
        |transparent| encode(&picture(3, transparent), OutputFormat::Png, None).unwrap()[25];
    assert_eq!((colour_type(false), colour_type(true)), (2, 6));
}

#[test]
fn jpeg_shows_transparency_as_white_and_colours_nearly_as_they_were() {
    let image = SquareImage::from_fn(16, |x, _| if x < 8 { [200, 30, 90, 255] } else { [0; 4] });
    let file = encode(&image, OutputFormat::Jpeg, None).unwrap();
    let seen = decode(&file, &DecodeLimits::local()).unwrap();
    let near = |index: usize, want: [u8; 3]| {
        seen.pixels()[index].iter().zip(want).all(|(&have, want)| have.abs_diff(want) <= 4)
    };
    assert!(near(4 * 16 + 3, [200, 30, 90]) && near(4 * 16 + 12, [255; 3]));
}

#[test]
fn nothing_of_an_input_but_its_pixels_reaches_an_output() {
    const CANARY: &[u8] = b"canary-51.5074N";
    let noted = |start: &[u8]| [start, CANARY].concat();
    let input = Png::new((1, 1), 8, 6, 0)
        .chunk(b"tEXt", &noted(b"Comment\0"))
        .chunk(b"iTXt", &noted(b"XML:com.adobe.xmp\0\0\0\0\0"))
        .chunk(b"eXIf", &noted(&exif(1, true)))
        .chunk(b"caBX", CANARY)
        .rows(&[0, 1, 2, 3, 4])
        .chunk(b"tEXt", &noted(b"variata\0"))
        .end();
    let input = [input, CANARY.to_vec()].concat();
    let image =
        fit(decode(&input, &DecodeLimits::endpoint()).unwrap(), Default::default()).unwrap();
    for format in FORMATS {
        for record in [None, Some(&provenance())] {
            let file = encode(&image, format, record).unwrap();
            assert!(!file.windows(6).any(|part| part == &CANARY[..6]), "{format} leaks");
        }
    }
}

#[test]
fn a_picture_written_without_a_record_has_no_side_chunks() {
    let file = encode(&picture(5, true), OutputFormat::Png, None).unwrap();
    let mut kinds = Vec::new();
    let mut rest = &file[8..];
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        kinds.push(String::from_utf8_lossy(&after[..4]).into_owned());
        rest = &after[u32::from_be_bytes(*length) as usize + 8..];
    }
    kinds.dedup();
    assert_eq!(kinds, ["IHDR", "IDAT", "IEND"]);
}
