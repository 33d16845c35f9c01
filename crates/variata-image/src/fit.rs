//! From a picture of any shape to a square one.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use variata_core::{Rgba, SquareImage};

use crate::attention::square_start_px;
use crate::resize::{Plane, resize_plane};
use crate::{Picture, UnknownName};

/// What to do with a picture that is not square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fit {
    /// Refuse it, as the image-variation endpoint does.
    #[default]
    Reject,
    /// Keep the largest square in the middle.
    Crop,
    /// Keep the largest square where there is most to see.
    Focus,
    /// Keep everything, and fill the rest of the square: with nothing where the picture is
    /// transparent anywhere, otherwise with the median colour of the two edges that the new bars
    /// touch, so that a plain ground goes on without a seam.
    Pad,
}

impl Fit {
    /// What is done with a picture of which nobody said it: on a transparent or an even ground nothing
    /// is cut off, since the ground goes on without a seam; any other picture is cropped. From a square
    /// one nothing is.
    pub fn suited_to(picture: &Picture) -> Self {
        let (width, height) = (as_index(picture.width_px()), as_index(picture.height_px()));
        if width == height {
            return Self::Focus;
        }
        let side = width.min(height);
        let kept = |length: usize| (length - side) / 2..(length + side) / 2;
        let (columns, rows) = (kept(width), kept(height));
        let ground = Ground::of(picture);
        let shows = |row: &[Rgba]| row.iter().filter(|pixel| !ground.is_like(**pixel)).count();
        let (mut shown, mut lost) = (0, 0);
        for (y, row) in picture.pixels().chunks_exact(width.max(1)).enumerate() {
            let all = shows(row);
            let inside = if rows.contains(&y) { shows(&row[columns.clone()]) } else { 0 };
            shown += all;
            lost += all - inside;
        }
        let has_ground = shown * 10 < picture.pixels().len() * 9;
        if has_ground && lost * 100 > shown { Self::Pad } else { Self::Focus }
    }
}

impl FromStr for Fit {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "reject" => Ok(Self::Reject),
            "crop" => Ok(Self::Crop),
            "focus" => Ok(Self::Focus),
            "pad" => Ok(Self::Pad),
            _ => Err(UnknownName::new("fit", text, "reject, crop, focus or pad")),
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Reject => "reject",
            Self::Crop => "crop",
            Self::Focus => "focus",
            Self::Pad => "pad",
        })
    }
}

/// A picture is not square and was not to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected an image with equal width and height, got {width_px}x{height_px} instead")]
pub struct NotSquare {
    /// The picture's width.
    pub width_px: u32,
    /// The picture's height.
    pub height_px: u32,
}

/// Makes `picture` square; one that is already square is returned as it is.
///
/// A picture longer than 4096 px is scaled down before it is padded: of a strip of 16,384 × 100
/// pixels the square would have 268 million.
///
/// # Errors
///
/// [`NotSquare`] when `fit` is [`Fit::Reject`] and the sides differ.
pub fn fit(picture: Picture, fit: Fit) -> Result<SquareImage, NotSquare> {
    let (width_px, height_px) = (picture.width_px(), picture.height_px());
    let not_square = NotSquare { width_px, height_px };
    let square = if width_px == height_px {
        SquareImage::new(width_px, picture.into_pixels())
    } else {
        match fit {
            Fit::Reject => return Err(not_square),
            Fit::Crop => crop(&picture, width_px.abs_diff(height_px) / 2),
            Fit::Focus => crop(&picture, square_start_px(&picture)),
            Fit::Pad => pad(picture),
        }
    };
    square.map_err(|_| not_square)
}

/// The longest side that is padded as it is.
const MAX_PADDED_SIDE_PX: u32 = 4096;

type Shaped = Result<SquareImage, variata_core::ImageShapeError>;

/// The largest square that begins `start` pixels along the longer side.
fn crop(picture: &Picture, start: u32) -> Shaped {
    let (width, height) = (picture.width_px(), picture.height_px());
    let side = width.min(height);
    let start = as_index(start.min(width.abs_diff(height)));
    let (left, top) = if width > height { (start, 0) } else { (0, start) };
    let rows = picture.pixels().chunks_exact(as_index(width)).skip(top).take(as_index(side));
    let pixels = rows.flat_map(|row| row.iter().skip(left).take(as_index(side))).copied();
    SquareImage::new(side, pixels.collect())
}

fn pad(picture: Picture) -> Shaped {
    let plane = bounded(picture);
    let ground = ground_colour((plane.width_px, plane.height_px), &plane.pixels);
    let side = plane.width_px.max(plane.height_px);
    let (left, top) = ((side - plane.width_px) / 2, (side - plane.height_px) / 2);
    let mut pixels = vec![ground; as_index(side) * as_index(side)];
    let rows = pixels.chunks_exact_mut(as_index(side)).skip(as_index(top));
    for (target, source) in rows.zip(plane.pixels.chunks_exact(as_index(plane.width_px))) {
        let kept = target.iter_mut().skip(as_index(left));
        kept.zip(source).for_each(|(pixel, &colour)| *pixel = colour);
    }
    SquareImage::new(side, pixels)
}

fn bounded(picture: Picture) -> Plane {
    let (width, height) = (picture.width_px(), picture.height_px());
    let plane = Plane { width_px: width, height_px: height, pixels: picture.into_pixels() };
    let longest = width.max(height);
    if longest <= MAX_PADDED_SIDE_PX {
        return plane;
    }
    let scaled = |side_px: u32| {
        let exact = u64::from(side_px) * u64::from(MAX_PADDED_SIDE_PX);
        let rounded = (exact + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(rounded).unwrap_or(MAX_PADDED_SIDE_PX).max(1)
    };
    resize_plane(&plane, scaled(width), scaled(height))
}

/// What a picture's things stand on.
enum Ground {
    /// Nothing: what is transparent.
    Open,
    /// This colour, or nearly, along both of its longer edges.
    Even(Rgba),
    /// Anything.
    Uneven,
}

/// How far an even ground may be from its colour in each channel, in levels.
const MOST_APART: u8 = 8;

impl Ground {
    fn of(picture: &Picture) -> Self {
        let (width_px, height_px) = (picture.width_px(), picture.height_px());
        let color = ground_colour((width_px, height_px), picture.pixels());
        if color[3] == 0 {
            return Self::Open;
        }
        let ground = Self::Even(color);
        let edges = longer_edges((width_px, height_px), picture.pixels());
        let strange = edges.iter().filter(|pixel| !ground.is_like(**pixel)).count();
        if strange * 100 > edges.len() { Self::Uneven } else { ground }
    }

    /// Whether a pixel is ground.
    fn is_like(&self, pixel: Rgba) -> bool {
        match self {
            Self::Open => pixel[3] == 0,
            Self::Even(color) => {
                color.iter().zip(pixel).all(|(one, other)| one.abs_diff(other) <= MOST_APART)
            }
            Self::Uneven => false,
        }
    }
}

/// Nothing where the picture is transparent anywhere, otherwise the median of its longer edges.
fn ground_colour(shape_px: (u32, u32), pixels: &[Rgba]) -> Rgba {
    if pixels.iter().any(|pixel| pixel[3] != u8::MAX) {
        return [0; 4];
    }
    let edges = longer_edges(shape_px, pixels);
    [0, 1, 2, 3].map(|channel: usize| median(edges.iter().map(|pixel| pixel[channel])))
}

/// The pixels along the two edges that the bars of a square touch.
fn longer_edges((width_px, height_px): (u32, u32), pixels: &[Rgba]) -> Vec<Rgba> {
    let (width, height) = (as_index(width_px), as_index(height_px));
    if width > height {
        let last_row = pixels.iter().skip(width * (height - 1));
        return pixels.iter().take(width).chain(last_row).copied().collect();
    }
    let sides = |row: &[Rgba]| [row.first().copied(), row.last().copied()];
    pixels.chunks_exact(width).flat_map(sides).flatten().collect()
}

fn median(values: impl Iterator<Item = u8>) -> u8 {
    let mut values: Vec<u8> = values.collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable(middle).1
}

/// Sides are at most 16,384, so every product of two fits.
fn as_index(side_px: u32) -> usize {
    side_px as usize
}
