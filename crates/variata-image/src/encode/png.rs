//! PNG, in strips that are filtered and compressed side by side.
//!
//! The file is the one that the `png` crate writes when it is told to be fast. What a row becomes
//! there depends on the row above and on nothing else: its filter is chosen for it alone, and
//! `fdeflate` has one set of codes for whatever it compresses. So the bits of strips are joined to
//! those of the whole, and no file tells how many there were.

mod filter;
mod stream;

use rayon::prelude::*;
use variata_core::Rgba;

use self::filter::Chooser;
use self::stream::{Strip, joined, stored};
use super::{EncodeError, Record, View};

/// Rows of a strip: enough strips for several threads to end at about the same time.
const STRIP_ROWS: usize = 128;

/// The file of `image`, of three channels where every pixel is opaque and of four otherwise.
pub(super) fn file(image: &View<'_>, record: Option<&Record>) -> Result<Vec<u8>, EncodeError> {
    let channels = if image.has_transparency() { 4 } else { 3 };
    let data = compressed(image, channels)?;
    let mut file = Vec::with_capacity(data.len() + RECORD_BYTES);
    let mut encoder = png::Encoder::new(&mut file, image.width_px, image.height_px);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(if channels == 3 { png::ColorType::Rgb } else { png::ColorType::Rgba });
    if let Some(record) = record {
        encoder.add_text_chunk("Software".to_owned(), record.software.clone())?;
        let keyword = crate::provenance::PNG_KEYWORD.to_owned();
        encoder.add_text_chunk(keyword, record.text.clone())?;
    }
    let mut writer = encoder.write_header()?;
    // Longer chunks than that are not allowed.
    for part in data.chunks(i32::MAX as usize) {
        writer.write_chunk(png::chunk::IDAT, part)?;
    }
    writer.finish()?;
    Ok(file)
}

/// About what a file holds besides its pixels.
const RECORD_BYTES: usize = 4096;

/// All rows as one zlib stream; stored where compression would make them longer.
fn compressed(image: &View<'_>, channels: usize) -> Result<Vec<u8>, EncodeError> {
    let width = image.pixels.len() / (image.height_px as usize).max(1);
    let rows: Vec<&[Rgba]> = image.pixels.chunks_exact(width.max(1)).collect();
    let strips: std::io::Result<Vec<Strip>> = (0..rows.len().div_ceil(STRIP_ROWS))
        .into_par_iter()
        .map(|strip| {
            let first = strip * STRIP_ROWS;
            let above = first.checked_sub(1).map(|above| rows[above]);
            let end = (first + STRIP_ROWS).min(rows.len());
            strip_of(&rows[first..end], above, channels)
        })
        .collect();
    let stream = joined(&strips.map_err(png::EncodingError::from)?);
    let row_bytes = 1 + channels * width;
    if stream.len() <= stream::stored_bytes(row_bytes * rows.len()) {
        return Ok(stream);
    }
    let plain = rows.iter().map(|row| {
        let mut samples = vec![0; channels * width];
        pack(row, channels, &mut samples);
        samples
    });
    Ok(stored(plain).map_err(png::EncodingError::from)?)
}

/// Filters and compresses `rows`, which stand below the row `above`.
fn strip_of(rows: &[&[Rgba]], above: Option<&[Rgba]>, channels: usize) -> std::io::Result<Strip> {
    let row_bytes = channels * rows.first().map_or(0, |row| row.len());
    let (mut previous, mut current) = (vec![0; row_bytes], vec![0; row_bytes]);
    if let Some(above) = above {
        pack(above, channels, &mut previous);
    }
    let mut chooser = Chooser::new(channels, row_bytes);
    let mut compressor = stream::begin(row_bytes * rows.len())?;
    for row in rows {
        pack(row, channels, &mut current);
        compressor.write_data(chooser.filtered(&previous, &current))?;
        std::mem::swap(&mut previous, &mut current);
    }
    Strip::end(compressor, (row_bytes + 1) * rows.len())
}

/// The first `channels` samples of each pixel.
fn pack(row: &[Rgba], channels: usize, samples: &mut [u8]) {
    if channels == 4 {
        samples.copy_from_slice(row.as_flattened());
        return;
    }
    for (sample, [red, green, blue, _]) in samples.as_chunks_mut().0.iter_mut().zip(row) {
        *sample = [*red, *green, *blue];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the `png` crate makes of the same picture.
    fn whole(image: &View<'_>) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, image.width_px, image.height_px);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_depth(png::BitDepth::Eight);
        let clear = image.has_transparency();
        encoder.set_color(if clear { png::ColorType::Rgba } else { png::ColorType::Rgb });
        let channels = if clear { 4 } else { 3 };
        let samples = image.pixels.iter().flat_map(|pixel| &pixel[..channels]).copied();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&samples.collect::<Vec<u8>>()).unwrap();
        writer.finish().unwrap();
        file
    }

    fn noise(x: u32, y: u32) -> u8 {
        (x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b))
            .wrapping_mul(0xc2b2_ae35)
            .to_le_bytes()[3]
    }

    #[test]
    fn strips_are_joined_to_the_file_of_the_png_crate() {
        type Pixel = fn(u32, u32) -> Rgba;
        let pictures: [(&str, Pixel); 6] = [
            ("uniform", |_, _| [90, 90, 90, 255]),
            ("slopes", |x, y| [(x / 3) as u8, (y / 2) as u8, ((x + y) / 5) as u8, 255]),
            ("grain", |x, y| {
                [(x + u32::from(noise(x, y) / 16)) as u8, y as u8, noise(y, x) / 9, 255]
            }),
            ("clear", |x, y| [x as u8, y as u8, 9, noise(x / 40, y / 40)]),
            ("noise", |x, y| [noise(x, y), noise(y, x), noise(x + 7, y), 255]),
            ("clear noise", |x, y| [noise(x, y), noise(y, x), noise(x + 7, y), noise(x, y + 9)]),
        ];
        for (name, pixel) in pictures {
            for (width_px, height_px) in [(1, 1), (3, 127), (67, 128), (200, 129), (131, 517)] {
                let at = |at: u32| pixel(at % width_px, at / width_px);
                let pixels: Vec<Rgba> = (0..width_px * height_px).map(at).collect();
                let view = View { width_px, height_px, pixels: &pixels };
                assert!(
                    file(&view, None).unwrap() == whole(&view),
                    "{name} {width_px}x{height_px}"
                );
            }
        }
    }
}
