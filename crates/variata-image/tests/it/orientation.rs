//! Pictures are turned the way that their camera says.

use variata_image::{DecodeLimits, Picture, decode};

use crate::support::{Png, exif};

/// What the eight values make of the rows `1 2 3`, `4 5 6`; drawn by hand from Exif 2.32.
const SEEN: [(u32, u32, [u8; 6]); 8] = [
    (3, 2, [1, 2, 3, 4, 5, 6]),
    (3, 2, [3, 2, 1, 6, 5, 4]),
    (3, 2, [6, 5, 4, 3, 2, 1]),
    (3, 2, [4, 5, 6, 1, 2, 3]),
    (2, 3, [1, 4, 2, 5, 3, 6]),
    (2, 3, [4, 1, 5, 2, 6, 3]),
    (2, 3, [6, 3, 5, 2, 4, 1]),
    (2, 3, [3, 6, 2, 5, 1, 4]),
];

fn read(file: &[u8]) -> Picture {
    decode(file, &DecodeLimits::local()).unwrap()
}

fn png_with(exif: &[u8], exif_first: bool) -> Vec<u8> {
    let png = Png::new((3, 2), 8, 0, 0);
    let rows = &[0, 1, 2, 3, 0, 4, 5, 6];
    if exif_first {
        png.chunk(b"eXIf", exif).rows(rows).end()
    } else {
        png.rows(rows).chunk(b"eXIf", exif).end()
    }
}

fn assert_seen(picture: &Picture, (width, height, greys): (u32, u32, [u8; 6]), step: u8) {
    assert_eq!((picture.width_px(), picture.height_px()), (width, height));
    let found: Vec<u8> = picture.pixels().iter().map(|pixel| pixel[0].div_ceil(step)).collect();
    assert_eq!(found, greys);
}

#[test]
fn a_png_is_turned_by_all_eight_values_in_both_byte_orders() {
    for (value, seen) in (1..).zip(SEEN) {
        for is_little in [false, true] {
            for exif_first in [false, true] {
                let file = png_with(&exif(value, is_little), exif_first);
                assert_seen(&read(&file), seen, 1);
            }
        }
    }
}

#[test]
fn a_webp_is_turned_by_all_eight_values() {
    for (value, seen) in (1..).zip(SEEN) {
        let mut file = Vec::new();
        let mut encoder = image_webp::WebPEncoder::new(&mut file);
        encoder.set_exif_metadata(exif(value, true));
        let samples: Vec<u8> = (1..=6).flat_map(|grey| [grey; 3]).collect();
        encoder.encode(&samples, 3, 2, image_webp::ColorType::Rgb8).unwrap();
        assert_seen(&read(&file), seen, 1);
    }
}

#[test]
fn a_jpeg_is_turned_by_all_eight_values() {
    for (value, seen) in (1..).zip(SEEN) {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
        encoder.add_exif_metadata(&exif(value, false)).unwrap();
        // Blocks of 8 x 8 pixels, because JPEG blurs within them.
        let grey = |x: u32, y: u32| (1 + x / 8 + 3 * (y / 8)) as u8 * 40 - 20;
        let samples: Vec<u8> = (0..16).flat_map(|y| (0..24).map(move |x| grey(x, y))).collect();
        encoder.encode(&samples, 24, 16, jpeg_encoder::ColorType::Luma).unwrap();
        let large = read(&file);
        let (width, height, _) = seen;
        assert_eq!((large.width_px(), large.height_px()), (width * 8, height * 8));
        let at = |x: u32, y: u32| large.pixels()[((y * 8 + 4) * width * 8 + x * 8 + 4) as usize];
        let small = crate::support::shaped(width, height, at);
        assert_seen(&small, seen, 40);
    }
}

#[test]
fn orientation_that_makes_no_sense_is_ignored() {
    let good = exif(6, true);
    let cut_off = &good[..good.len() - 8];
    let mut far_away = good.clone();
    far_away[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut not_short = good.clone();
    not_short[12] = 4;
    for exif in [&exif(0, true)[..], &exif(9, false), cut_off, &far_away, &not_short, b"", b"II*\0"]
    {
        assert_seen(&read(&png_with(exif, true)), SEEN[0], 1);
    }
}
