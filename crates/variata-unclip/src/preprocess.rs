//! From a picture to what CLIP looks at.
//!
//! Two ways are in use, and a checkpoint knows only the one it was trained with.

use serde::Deserialize;
use variata_core::SquareImage;

use crate::LoadError;
use crate::checkpoint::Part;

/// How pictures are made small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shrink {
    /// Pillow's bicubic filter, wide enough to see every pixel, rounded to bytes: what
    /// `CLIPImageProcessor` does.
    Pillow,
    /// PyTorch's bicubic interpolation between the nearest pixels, which skips others: what the
    /// image-variation checkpoint was trained with, and its card insists on.
    Plain,
}

/// `preprocessor_config.json`: how samples are normalised.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PreprocessorConfig {
    #[serde(default = "openai_mean")]
    image_mean: [f32; 3],
    #[serde(default = "openai_deviation")]
    image_std: [f32; 3],
}

fn openai_mean() -> [f32; 3] {
    [0.481_454_66, 0.457_827_5, 0.408_210_73]
}

fn openai_deviation() -> [f32; 3] {
    [0.268_629_54, 0.261_302_6, 0.275_777_1]
}

impl PreprocessorConfig {
    /// Reads the part `feature_extractor` of a checkpoint.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(part: &Part) -> Result<Self, LoadError> {
        let config: Self = part.config("preprocessor_config.json")?;
        if !config.image_std.iter().all(|&deviation| deviation > 0.0) {
            let reason = format!("image_std is {:?}: expected numbers above 0", config.image_std);
            return Err(part.fault("preprocessor_config.json", reason));
        }
        Ok(config)
    }

    /// The samples of `image` at `side` × `side`, normalised, pixel by pixel.
    pub fn pixels(&self, image: &SquareImage, side: usize, shrink: Shrink) -> Vec<f32> {
        let mut samples = shrunk(image, side, shrink);
        for pixel in samples.as_chunks_mut::<3>().0 {
            for (channel, sample) in pixel.iter_mut().enumerate() {
                *sample = (*sample - self.image_mean[channel]) / self.image_std[channel];
            }
        }
        samples
    }
}

/// Red, green and blue of `image` at `side` × `side`, 0.0 to 1.0 (and a little beyond, for
/// [`Shrink::Plain`]). What is transparent lies on white, as CLIP knows pictures from the web.
pub fn shrunk(image: &SquareImage, side: usize, shrink: Shrink) -> Vec<f32> {
    let from = image.side() as usize;
    let bytes = on_white(image);
    match shrink {
        Shrink::Plain => {
            let samples: Vec<[f32; 3]> =
                bytes.iter().map(|pixel| pixel.map(|sample| f32::from(sample) / 255.0)).collect();
            let rows = transposed(&plain(&samples, from, side), side, from);
            transposed(&plain(&rows, from, side), side, side).into_flattened()
        }
        Shrink::Pillow => {
            let rows = transposed(&pillow(&bytes, from, side), side, from);
            let all = transposed(&pillow(&rows, from, side), side, side);
            all.into_flattened().into_iter().map(|sample| f32::from(sample) / 255.0).collect()
        }
    }
}

/// The pixels of `image` without their alpha: what is transparent lies on white.
pub(crate) fn on_white(image: &SquareImage) -> Vec<[u8; 3]> {
    let opaque = |&[red, green, blue, alpha]: &[u8; 4]| {
        [red, green, blue].map(|sample| {
            let (sample, alpha) = (u32::from(sample), u32::from(alpha));
            ((sample * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        })
    };
    image.pixels().iter().map(opaque).collect()
}

/// Columns become rows, of a picture of `width` × `height`.
fn transposed<T: Copy>(picture: &[T], width: usize, height: usize) -> Vec<T> {
    (0..width).flat_map(|x| (0..height).map(move |y| picture[y * width + x])).collect()
}

/// Keys' cubic (1981): a is the slope at 1.
fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * a
    } else {
        0.0
    }
}

/// Resamples every row of `from` pixels to `to`, between the four nearest.
fn plain(picture: &[[f32; 3]], from: usize, to: usize) -> Vec<[f32; 3]> {
    let scale = from as f64 / to as f64;
    let taps = |x: usize| {
        let centre = (x as f64 + 0.5) * scale - 0.5;
        let first = centre.floor() as isize - 1;
        std::array::from_fn(|tap| {
            let at = first + tap as isize;
            let inside = at.clamp(0, from as isize - 1) as usize;
            (inside, cubic(centre - at as f64, -0.75) as f32)
        })
    };
    let taps: Vec<[(usize, f32); 4]> = (0..to).map(taps).collect();
    let row = |row: &[[f32; 3]]| -> Vec<[f32; 3]> {
        let sum = |taps: &[(usize, f32); 4], channel: usize| {
            taps.iter().map(|&(at, weight)| row[at][channel] * weight).sum::<f32>()
        };
        taps.iter().map(|taps| std::array::from_fn(|channel| sum(taps, channel))).collect()
    };
    picture.chunks_exact(from).flat_map(row).collect()
}

/// Resamples every row of `from` pixels to `to`, as Pillow does: weights of 22 binary digits,
/// results rounded to bytes.
fn pillow(picture: &[[u8; 3]], from: usize, to: usize) -> Vec<[u8; 3]> {
    const DIGITS: u32 = 22;
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    let taps = |x: usize| -> (usize, Vec<i64>) {
        let centre = (x as f64 + 0.5) * scale;
        let first = (centre - 2.0 * reach + 0.5).max(0.0) as usize;
        let end = ((centre + 2.0 * reach + 0.5) as usize).min(from);
        let weight = |at: usize| cubic((at as f64 - centre + 0.5) / reach, -0.5);
        let sum: f64 = (first..end).map(weight).sum();
        let whole = |at| (weight(at) / sum * f64::from(1 << DIGITS)).round() as i64;
        (first, (first..end).map(whole).collect())
    };
    let taps: Vec<(usize, Vec<i64>)> = (0..to).map(taps).collect();
    let row = |row: &[[u8; 3]]| -> Vec<[u8; 3]> {
        let sample = |(first, weights): &(usize, Vec<i64>), channel: usize| {
            let terms = row[*first..].iter().zip(weights).map(|(p, w)| i64::from(p[channel]) * w);
            ((terms.sum::<i64>() + (1 << (DIGITS - 1))) >> DIGITS).clamp(0, 255) as u8
        };
        taps.iter().map(|taps| std::array::from_fn(|channel| sample(taps, channel))).collect()
    };
    picture.chunks_exact(from).flat_map(row).collect()
}
