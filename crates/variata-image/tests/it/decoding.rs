//! What a picture of each kind turns into, and what is said about one that is not taken.

use variata_core::Rgba;
use variata_image::{DecodeError, DecodeLimits, Format, Picture, decode, probe};

use crate::support::Png;

fn read(file: &[u8]) -> Picture {
    decode(file, &DecodeLimits::endpoint()).unwrap()
}

fn refusal(file: &[u8]) -> String {
    decode(file, &DecodeLimits::endpoint()).unwrap_err().to_string()
}

#[test]
fn every_colour_type_and_depth_becomes_rgba() {
    let palette: &[u8] = &[10, 20, 30, 40, 50, 60];
    let cases: &[(u8, u8, &[u8], [Rgba; 2])] = &[
        (1, 0, &[0b0100_0000], [[0, 0, 0, 255], [255; 4]]),
        (2, 0, &[0b0110_0000], [[85, 85, 85, 255], [170, 170, 170, 255]]),
        (4, 0, &[0x1f], [[17, 17, 17, 255], [255; 4]]),
        (8, 0, &[7, 200], [[7, 7, 7, 255], [200, 200, 200, 255]]),
        (16, 0, &[7, 255, 200, 0], [[7, 7, 7, 255], [200, 200, 200, 255]]),
        (8, 2, &[1, 2, 3, 4, 5, 6], [[1, 2, 3, 255], [4, 5, 6, 255]]),
        (16, 2, &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0], [[1, 2, 3, 255], [4, 5, 6, 255]]),
        (1, 3, &[0b0100_0000], [[10, 20, 30, 255], [40, 50, 60, 255]]),
        (8, 3, &[1, 0], [[40, 50, 60, 255], [10, 20, 30, 255]]),
        (8, 4, &[9, 0, 8, 255], [[9, 9, 9, 0], [8, 8, 8, 255]]),
        (16, 4, &[9, 0, 1, 0, 8, 0, 255, 255], [[9, 9, 9, 1], [8, 8, 8, 255]]),
        (8, 6, &[1, 2, 3, 4, 5, 6, 7, 8], [[1, 2, 3, 4], [5, 6, 7, 8]]),
        (16, 6, &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0], [[1, 2, 3, 4], [5, 6, 7, 8]]),
    ];
    for (depth, kind, row, expected) in cases {
        let png = Png::new((2, 1), *depth, *kind, 0);
        let png = if *kind == 3 { png.chunk(b"PLTE", palette) } else { png };
        let file = png.rows(&[&[0], *row].concat()).end();
        assert_eq!(read(&file).pixels(), expected, "depth {depth}, colour type {kind}");
    }
}

#[test]
fn a_transparency_chunk_gives_alpha() {
    let palette = Png::new((2, 1), 8, 3, 0).chunk(b"PLTE", &[1, 2, 3, 4, 5, 6]);
    let file = palette.chunk(b"tRNS", &[128]).rows(&[0, 0, 1]).end();
    assert_eq!(read(&file).pixels(), [[1, 2, 3, 128], [4, 5, 6, 255]]);

    let grey = Png::new((2, 1), 8, 0, 0).chunk(b"tRNS", &[0, 7]);
    assert_eq!(read(&grey.rows(&[0, 7, 8]).end()).pixels(), [[7, 7, 7, 0], [8, 8, 8, 255]]);

    // The key is compared in all 16 bits, before they are cut down to 8.
    let deep = Png::new((2, 1), 16, 0, 0).chunk(b"tRNS", &[7, 1]);
    let file = deep.rows(&[0, 7, 1, 7, 2]).end();
    assert_eq!(read(&file).pixels(), [[7, 7, 7, 0], [7, 7, 7, 255]]);
}

#[test]
fn interlaced_rows_are_put_into_order() {
    // Of a 2 x 2 picture, pass 1 holds the first pixel, pass 6 the second, pass 7 the last row.
    let file = Png::new((2, 2), 8, 0, 1).rows(&[0, 1, 0, 2, 0, 3, 4]).end();
    let greys: Vec<u8> = read(&file).pixels().iter().map(|pixel| pixel[0]).collect();
    assert_eq!(greys, [1, 2, 3, 4]);
}

#[test]
fn one_pixel_is_enough_and_trailing_data_is_ignored() {
    let mut file = Png::dot().rows(&[0, 255]).end();
    assert_eq!(read(&file).pixels(), [[255; 4]]);
    file.extend(b"trailing data");
    assert_eq!(read(&file).pixels(), [[255; 4]]);
}

#[test]
fn of_an_animation_the_default_image_is_read() {
    let control = |sequence: u32, side: u32| {
        let side = side.to_be_bytes();
        [&sequence.to_be_bytes()[..], &side, &side, &[0; 8], &[0, 1, 0, 10, 0, 0]].concat()
    };
    let animation = |first_side| {
        let png = Png::new((2, 2), 8, 0, 0).chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
        let png = png.chunk(b"fcTL", &control(0, first_side)).rows(&[0, 1, 2, 0, 3, 4]);
        let second = [&[0, 0, 0, 2][..], &fdeflate::compress_to_vec(&[0, 9, 9, 0, 9, 9])].concat();
        png.chunk(b"fcTL", &control(1, 2)).chunk(b"fdAT", &second).end()
    };
    let greys: Vec<u8> = read(&animation(2)).pixels().iter().map(|pixel| pixel[0]).collect();
    assert_eq!(greys, [1, 2, 3, 4]);
    assert_eq!(refusal(&animation(1)), "the PNG is damaged: sub frame is out-of-bounds");
}

#[test]
fn lossy_webp_and_grey_cmyk_and_progressive_jpeg_are_read() {
    let limits = DecodeLimits::local();
    let near = |pixel: Rgba, expected: [u8; 3]| {
        pixel.iter().zip(expected).all(|(&have, want)| have.abs_diff(want) <= 6)
    };
    for progressive in [false, true] {
        for (kind, sample, expected) in [
            (jpeg_encoder::ColorType::Luma, &[90][..], [90; 3]),
            (jpeg_encoder::ColorType::Rgb, &[200, 90, 30], [200, 90, 30]),
            (jpeg_encoder::ColorType::Cmyk, &[0, 128, 255, 0], [255, 128, 0]),
            (jpeg_encoder::ColorType::CmykAsYcck, &[0, 128, 255, 0], [255, 128, 0]),
        ] {
            let mut file = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
            encoder.set_progressive(progressive);
            encoder.encode(&sample.repeat(9 * 17), 9, 17, kind).unwrap();
            let picture = decode(&file, &limits).unwrap();
            assert_eq!((picture.width_px(), picture.height_px()), (9, 17));
            let pixel = picture.pixels()[100];
            assert!(near(pixel, expected) && pixel[3] == 255, "{kind:?}: {pixel:?}");
        }
    }
    let picture = decode(LOSSY_WEBP, &limits).unwrap();
    assert_eq!((picture.width_px(), picture.height_px()), (3, 2));
    assert!(near(picture.pixels()[4], [200, 90, 30]), "{:?}", picture.pixels());
}

#[test]
fn headers_are_probed_without_the_rest_of_the_file() {
    let file = Png::new((640, 480), 8, 2, 0).without_end();
    let header = probe(&file[..24]).unwrap();
    assert_eq!((header.format, header.width_px, header.height_px), (Format::Png, 640, 480));
    assert_eq!(probe(&file[..23]).unwrap_err().to_string(), "the PNG is cut off after 23 bytes");
    let header = probe(LOSSY_WEBP).unwrap();
    assert_eq!((header.format, header.width_px, header.height_px), (Format::WebP, 3, 2));
}

#[test]
fn refusals_name_what_was_wrong() {
    assert_eq!(refusal(b""), "the file is empty");
    assert_eq!(refusal(b"GIF89a\x01"), "it is a GIF, expected a PNG");
    assert_eq!(
        refusal(b"hello\nworld\n"),
        "the file is in no known picture format (it starts with \"hello\\nwo\")"
    );
    let both = DecodeLimits::endpoint().with_formats(Format::READABLE);
    let error = decode(b"\0\0\0\x18ftypheic", &both).unwrap_err();
    assert_eq!(error.to_string(), "it is a HEIC, expected a PNG, a JPEG or a WebP");
    assert_eq!(
        refusal(&Png::new((0, 3), 8, 0, 0).end()),
        "the PNG is damaged: its header says 0x3 pixels"
    );
    let critical = Png::dot().chunk(b"ABCD", b"x").rows(&[0, 0]).end();
    assert_eq!(refusal(&critical), "the PNG is damaged: unrecognized critical chunk: ABCD");
}

#[test]
fn texts_in_place_of_a_file_are_told_for_what_they_are() {
    for text in ["otter.png", "/home/me/ötter.png", r"C:\otter.png", "file:///x", "undefined"] {
        let expected = format!("it is the text \"{text}\", expected the bytes of a picture");
        assert_eq!(refusal(text.as_bytes()), expected);
        assert_eq!(refusal(format!("{text}\r\n").as_bytes()), expected);
    }
    for (text, told) in [
        ("data:image/png;base64,iVBO", "it is a data URL (\"data:ima…\")"),
        ("https://example.com/a.png", "it is an address (\"https://…\")"),
        ("iVBORw0KGgoAAAANSUhEUg", "it is Base64 (\"iVBORw0K…\")"),
        ("@otter.png", "it is a path (\"@otter.p…\")"),
        ("[object File]", "it is the name of an object (\"[object …\")"),
    ] {
        assert_eq!(
            refusal(text.as_bytes()),
            format!("{told}, expected the bytes of the file itself")
        );
    }
    let unknown = "the file is in no known picture format";
    for bytes in [&b"a\0b"[..], b"\xff\xfe", b" \n", "long ".repeat(99).as_bytes()] {
        assert!(refusal(bytes).starts_with(unknown), "{}", refusal(bytes));
    }
}

#[test]
fn a_wrong_checksum_names_its_chunk_and_a_wrong_length_its_place() {
    let file = Png::dot().rows(&[0, 255]).end();
    let mut broken = file.clone();
    broken[45] ^= 1;
    assert_eq!(refusal(&broken), "the PNG is damaged: CRC error in the IDAT chunk at byte 33");
    let mut broken = file;
    broken[35] ^= 1;
    assert_eq!(refusal(&broken), "the PNG is damaged: the chunk at byte 33 has a wrong length");
}

#[test]
fn limits_hold_to_the_byte_and_to_the_pixel() {
    let file = Png::new((3, 2), 8, 0, 0).rows(&[0, 1, 2, 3, 0, 4, 5, 6]).end();
    let bytes = file.len() as u64;
    let limits =
        DecodeLimits { max_bytes: bytes, max_side_px: 3, max_pixels: 6, ..DecodeLimits::local() };
    assert!(decode(&file, &limits).is_ok());
    let less = |limits: DecodeLimits| decode(&file, &limits).unwrap_err();
    assert_eq!(
        less(DecodeLimits { max_bytes: bytes - 1, ..limits.clone() }),
        DecodeError::TooManyBytes { actual_bytes: bytes, limit_bytes: bytes - 1 }
    );
    assert_eq!(
        less(DecodeLimits { max_side_px: 2, ..limits.clone() }).to_string(),
        "the picture is 3x2 pixels, more than 2 on a side"
    );
    assert_eq!(
        less(DecodeLimits { max_pixels: 5, ..limits }).to_string(),
        "the picture is 3x2 pixels, more than 5 in all"
    );
}

/// 3 x 2 pixels of one colour, lossy: there is no encoder for it at hand.
const LOSSY_WEBP: &[u8] = b"\
    \x52\x49\x46\x46\x3e\x00\x00\x00\x57\x45\x42\x50\x56\x50\x38\x20\x32\x00\x00\x00\x10\x02\
    \x00\x9d\x01\x2a\x03\x00\x02\x00\x00\xc0\x12\x25\xa0\x02\x74\xba\x01\xf8\x01\xfa\x00\x03\
    \xc8\x00\xfe\xeb\x8e\x5f\xfd\xfe\x98\xdd\x41\x9f\xfb\xaf\xff\xf3\x2e\x71\x0f\xc1\x3f\xe6\
    \x26\x00\x00\x00";
