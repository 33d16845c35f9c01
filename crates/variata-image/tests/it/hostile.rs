//! Files that are made to cost memory, time or the process.

use proptest::prelude::*;
use variata_image::{
    DecodeError, DecodeLimits, Format, OutputFormat, decode, decode_owned, encode, probe,
    read_provenance,
};

use crate::allocation::peak_bytes_of;
use crate::support::{Png, exif, picture, provenance};

const MIB: usize = 1024 * 1024;

fn everything() -> DecodeLimits {
    DecodeLimits::endpoint().with_formats(Format::READABLE)
}

/// `megabytes` of zeros, compressed about a thousandfold.
fn zeros(megabytes: usize) -> Vec<u8> {
    fdeflate::compress_to_vec(&vec![0; megabytes * MIB])
}

#[test]
fn a_header_of_32_gigapixels_is_refused_before_anything_is_allocated() {
    let file = Png::new((180_000, 180_000), 1, 0, 0).chunk(b"IDAT", &vec![0; 3 * MIB]).end();
    let (result, peak_bytes) = peak_bytes_of(|| decode(&file, &DecodeLimits::endpoint()));
    let message = result.unwrap_err().to_string();
    assert_eq!(message, "the picture is 180000x180000 pixels, more than 4096 on a side");
    assert!(peak_bytes < 1024, "{peak_bytes}");
}

#[test]
fn the_largest_sides_that_a_header_can_name_do_not_overflow() {
    let file = Png::new((u32::MAX, u32::MAX), 16, 6, 0).end();
    let limits = DecodeLimits { max_side_px: u32::MAX, ..DecodeLimits::local() };
    assert!(matches!(decode(&file, &limits), Err(DecodeError::TooManyPixels { .. })));
}

#[test]
fn a_palette_that_ends_within_a_colour_is_told() {
    for length in [0, 1, 2, 4, 767] {
        let file = Png::new((1, 1), 8, 3, 0).chunk(b"PLTE", &vec![7; length]).rows(&[0, 0]).end();
        let message = decode(&file, &everything()).unwrap_err().to_string();
        assert!(message.contains(&format!("its palette has {length} bytes")), "{message}");
    }
}

#[test]
fn compressed_texts_and_profiles_are_never_expanded() {
    let bomb = zeros(256);
    let after = |start: &[u8]| [start, &bomb].concat();
    let dot = |kind: &[u8; 4], data: &[u8]| Png::dot().chunk(kind, data).rows(&[0, 255]).end();
    let files = [
        dot(b"zTXt", &after(b"Comment\0\0")),
        dot(b"iTXt", &after(b"Comment\0\x01\0\0\0")),
        dot(b"iCCP", &after(b"icc\0\0")),
        dot(b"tEXt", &[&b"Comment\0"[..], &vec![b'x'; 2 * MIB]].concat()),
        dot(b"caBX", &vec![7; 3 * MIB]),
        Png::dot().chunk(b"IDAT", &bomb).end(),
    ];
    for file in files {
        let (result, peak_bytes) = peak_bytes_of(|| decode(&file, &DecodeLimits::endpoint()));
        assert!(result.is_ok(), "{result:?}");
        assert!(peak_bytes < MIB, "{peak_bytes} bytes");
        assert_eq!(peak_bytes_of(|| read_provenance(&file)).0, Ok(None));
    }
}

#[test]
fn exif_too_large_to_be_true_is_refused() {
    let padded = [exif(1, true), vec![0; 9 * MIB]].concat();
    let file = Png::dot().chunk(b"eXIf", &padded).rows(&[0, 255]).end();
    let message = decode(&file, &DecodeLimits::local()).unwrap_err().to_string();
    assert!(message.ends_with("it needs more than 8388608 bytes besides its pixels"), "{message}");
}

#[test]
fn the_largest_allowed_picture_takes_its_pixels_and_little_more() {
    let rows = vec![0; 4096 * (4096 * 4 + 1)];
    let file = Png::new((4096, 4096), 8, 6, 0).rows(&rows).end();
    let (result, peak_bytes) = peak_bytes_of(|| decode(&file, &DecodeLimits::endpoint()));
    assert_eq!(result.unwrap().width_px(), 4096);
    assert!(peak_bytes < 4096 * 4096 * 4 + MIB, "{peak_bytes} bytes");
}

#[test]
fn every_truncation_of_a_picture_is_an_error() {
    let kinds: &[(u8, u8, usize)] = &[
        (1, 0, 1),
        (8, 0, 3),
        (16, 0, 6),
        (8, 2, 9),
        (16, 2, 18),
        (4, 3, 2),
        (8, 4, 6),
        (8, 6, 12),
        (16, 6, 24),
    ];
    for &(depth, kind, row_bytes) in kinds {
        for interlace in [0, 1] {
            let png = Png::new((3, 3), depth, kind, interlace);
            let png = if kind == 3 { png.chunk(b"PLTE", &[9; 48]) } else { png };
            // Interlaced rows have more filter bytes; what is left over is ignored.
            let file = png.rows(&vec![0; (row_bytes + 1) * 12]).end();
            assert_truncations_fail(&file);
        }
    }
    for format in [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP] {
        assert_truncations_fail(&encode(&picture(9, true), format, Some(&provenance())).unwrap());
    }
}

fn assert_truncations_fail(file: &[u8]) {
    assert!(decode(file, &everything()).is_ok());
    for length in 0..file.len() {
        let result = decode(&file[..length], &everything());
        assert!(result.is_err(), "{length} of {} bytes were enough", file.len());
    }
}

#[test]
fn a_frame_larger_than_its_canvas_is_refused_before_it_is_decoded() {
    let riff = |chunks: &[u8]| {
        let length = u32::try_from(chunks.len() + 4).unwrap().to_le_bytes();
        [b"RIFF", &length[..], b"WEBP", chunks].concat()
    };
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [kind, &length[..], data, &vec![0; data.len() % 2]].concat()
    };
    let key_frame = b"\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f\0\0\0\0\0\0\0\0";
    let lossy = chunk(b"VP8 ", key_frame);
    let canvas = |flags: u8| chunk(b"VP8X", &[flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let frame = chunk(b"ANMF", &[&[0; 16], &lossy[..]].concat());
    // A chunk of ALPH followed by one that only resembles VP8 made the codec panic.
    let odd = [chunk(b"ALPH", &[0; 2]), chunk(b"VP8\xff", key_frame)].concat();
    let odd = chunk(b"ANMF", &[&[0; 16], &odd[..]].concat());
    let animation = chunk(b"ANIM", &[0; 6]);
    let cut_off = &lossy[..lossy.len() - 4];
    let files = [
        riff(&[canvas(0), lossy.clone()].concat()),
        riff(&[&canvas(0)[..], cut_off].concat()),
        riff(&[canvas(2), animation.clone(), frame].concat()),
        riff(&[canvas(2), animation, odd].concat()),
    ];
    for file in files {
        let (result, peak_bytes) = peak_bytes_of(|| decode(&file, &everything()));
        let message = result.unwrap_err().to_string();
        assert!(message.contains("than announced") || message.contains("cut off"), "{message}");
        assert!(peak_bytes < MIB, "{peak_bytes} bytes");
    }
}

#[test]
fn a_progressive_picture_may_not_have_scans_without_end() {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.set_progressive(true);
    encoder.encode(&[128; 64], 8, 8, jpeg_encoder::ColorType::Luma).unwrap();
    let scan_start = file.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let (head, last_scan) = file[..file.len() - 2].split_at(scan_start);
    let with_scans = |count| [head, &last_scan.repeat(count), &[0xff, 0xd9]].concat();
    assert!(decode(&with_scans(1), &everything()).is_ok());
    let message = decode(&with_scans(100), &everything()).unwrap_err().to_string();
    assert!(message.contains("too many scans"), "{message}");
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(
        start in prop::sample::select(vec![
            &b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02\x08\x06\0\0\0"[..],
            b"\xff\xd8\xff\xe1",
            b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0",
            b"",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let file = [start, &rest].concat();
        let _ = probe(&file);
        let _ = read_provenance(&file);
        let _ = decode(&file, &everything());
    }

    #[test]
    fn no_change_to_a_file_makes_a_reader_panic(
        format in prop::sample::select(vec![
            OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP,
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut file = encode(&picture(12, true), format, Some(&provenance())).unwrap();
        for (place, value) in changes {
            *place.get_mut(&mut file) = value;
        }
        let _ = read_provenance(&file);
        let read = decode(&file, &everything()).map_err(|error| error.to_string());
        let owned = decode_owned(file, &everything()).map_err(|error| error.to_string());
        prop_assert_eq!(read, owned);
    }
}
