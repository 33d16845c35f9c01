//! What kind of file some bytes are, told by the bytes alone.
//!
//! File names and declared content types are often wrong (a PNG named `foo.jpg` is announced as
//! `image/jpeg`), so neither is asked. Formats that cannot be read are told apart too, because
//! "it is a GIF" helps where "not a PNG" does not.

use std::fmt;

/// A file format, readable or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Portable Network Graphics, animated ones included.
    Png,
    /// JPEG, in JFIF, Exif or bare.
    Jpeg,
    /// WebP, lossy or lossless.
    WebP,
    /// GIF; cannot be read.
    Gif,
    /// Windows bitmap; cannot be read.
    Bmp,
    /// TIFF and the raw formats built on it; cannot be read.
    Tiff,
    /// HEIC and HEIF, as telephones write them; cannot be read.
    Heic,
    /// AVIF; cannot be read.
    Avif,
    /// JPEG XL; cannot be read.
    JpegXl,
    /// PDF; cannot be read.
    Pdf,
    /// SVG; cannot be read.
    Svg,
}

impl Format {
    /// The formats that [`crate::decode`] can read.
    pub const READABLE: &'static [Self] = &[Self::Png, Self::Jpeg, Self::WebP];

    /// The name with its article, such as `a PNG` or `an AVIF`.
    pub fn with_article(self) -> String {
        let article = if matches!(self, Self::Avif | Self::Svg) { "an" } else { "a" };
        format!("{article} {self}")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
            Self::JpegXl => "JPEG XL",
            Self::Pdf => "PDF",
            Self::Svg => "SVG",
        })
    }
}

/// Tells the format of `bytes` by its first few bytes, or `None` when they fit no known one.
///
/// A match does not mean that the file is sound. Looks at no more than 512 bytes.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let by_signature = SIGNATURES.iter().find(|(magic, _)| bytes.starts_with(magic));
    by_signature
        .map(|&(_, format)| format)
        .or_else(|| webp(bytes))
        .or_else(|| iso_media(bytes))
        .or_else(|| svg(bytes))
}

const SIGNATURES: &[(&[u8], Format)] = &[
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"GIF87a", Format::Gif),
    (b"GIF89a", Format::Gif),
    (b"BM", Format::Bmp),
    (b"II*\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
    (b"%PDF-", Format::Pdf),
    (b"\xff\x0a", Format::JpegXl),
    (b"\0\0\0\x0cJXL \r\n\x87\n", Format::JpegXl),
];

/// How much of a file may be white space and XML prologue before `<svg`.
const SVG_PROLOGUE_BYTES: usize = 512;

fn webp(bytes: &[u8]) -> Option<Format> {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    is_webp.then_some(Format::WebP)
}

/// ISO base media files name their brand in the `ftyp` box, at byte 8 (ISO/IEC 14496-12, 4.3).
fn iso_media(bytes: &[u8]) -> Option<Format> {
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    match bytes.get(8..12)? {
        b"avif" | b"avis" => Some(Format::Avif),
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
            Some(Format::Heic)
        }
        _ => None,
    }
}

fn svg(bytes: &[u8]) -> Option<Format> {
    let start = bytes.get(..SVG_PROLOGUE_BYTES).unwrap_or(bytes);
    let is_markup = start.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let is_markup = is_markup.trim_ascii_start().starts_with(b"<");
    let names_svg = start.windows(4).any(|word| word.eq_ignore_ascii_case(b"<svg"));
    (is_markup && names_svg).then_some(Format::Svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let cases: &[(&[u8], Option<Format>)] = &[
            (b"\x89PNG\r\n\x1a\n", Some(Format::Png)),
            (b"\xff\xd8\xff\xe0", Some(Format::Jpeg)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Format::WebP)),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"GIF89a", Some(Format::Gif)),
            (b"BM\x36\0", Some(Format::Bmp)),
            (b"MM\0*\0\0\0\x08", Some(Format::Tiff)),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Some(Format::Heic)),
            (b"\0\0\0\x20ftypavif\0\0\0\0", Some(Format::Avif)),
            (b"\0\0\0\x20ftypisom\0\0\0\0", None),
            (b"%PDF-1.7", Some(Format::Pdf)),
            (b"<?xml version=\"1.0\"?>\n<svg>", Some(Format::Svg)),
            (b"\xef\xbb\xbf <SVG viewBox='0 0 1 1'>", Some(Format::Svg)),
            (b"<html>", None),
            (b"\x89PNG", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(sniff(bytes), *expected, "{:?}", bytes.escape_ascii().to_string());
        }
    }
}
