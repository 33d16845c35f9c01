//! Whether a picture is the same stuff everywhere.

use crate::color::Oklab;
use crate::filter::gradient;
use crate::grid::{LabImage, Plane};

/// Blocks along each side that are compared with the whole.
const BLOCKS: usize = 4;

/// How far the distribution of colours and slopes in a block is from that of the whole picture:
/// (mean over the blocks, largest), in deviations of the whole.
pub(super) fn drift(colors: &LabImage) -> (f32, f32) {
    let lightness = colors.map(|c| c.l);
    let (across, down) = gradient(&lightness);
    let slope = Channel::new(&across.zip_map(&down, |u, v| (u * u + v * v).sqrt()));
    let channels: [fn(Oklab) -> f32; 3] = [|c| c.l, |c| c.a, |c| c.b];
    let colors = channels.map(|channel| Channel::new(&colors.map(channel)));
    let squares = colors.iter().map(|channel| channel.deviation * channel.deviation);
    let color_deviation = squares.sum::<f32>().sqrt().max(LEAST_COLOR_DEVIATION);
    let drifts: Vec<f32> = (0..BLOCKS * BLOCKS)
        .map(|block| {
            let distance = |channel: &Channel| channel.drift(block);
            let color = colors.iter().map(distance).sum::<f32>() / color_deviation;
            color.max(distance(&slope) / slope.deviation.max(LEAST_SLOPE_DEVIATION))
        })
        .collect();
    let largest = drifts.iter().fold(0.0f32, |a, &b| a.max(b));
    (drifts.iter().sum::<f32>() / drifts.len() as f32, largest)
}

/// Pictures of fewer colours than this are taken for one colour.
const LEAST_COLOR_DEVIATION: f32 = 0.01;
/// Pictures whose slopes differ by less than this, per pixel, are taken for smooth.
const LEAST_SLOPE_DEVIATION: f32 = 0.004;

/// One number a pixel, and how it is distributed over the picture.
struct Channel {
    /// The numbers of each block and those of the picture, in order.
    blocks: Vec<Vec<f32>>,
    sorted: Vec<f32>,
    deviation: f32,
}

impl Channel {
    fn new(plane: &Plane) -> Self {
        let places = (0..BLOCKS * BLOCKS).map(|block| (block % BLOCKS, block / BLOCKS));
        let blocks: Vec<Vec<f32>> =
            places.map(|(column, row)| sorted(block_of(plane, column, row))).collect();
        // The views' sides are whole numbers of blocks: what is sorted block by block is only merged.
        let is_whole = plane.cells().len() == blocks.iter().map(Vec::len).sum();
        let mut sorted = if is_whole { blocks.concat() } else { plane.cells().to_vec() };
        sorted.sort_by(f32::total_cmp);
        let count = sorted.len() as f32;
        let mean = sorted.iter().sum::<f32>() / count;
        let squares = sorted.iter().map(|value| (value - mean) * (value - mean));
        let deviation = (squares.sum::<f32>() / count).sqrt();
        Self { blocks, sorted, deviation }
    }

    /// Wasserstein distance between a block's values and those of the picture.
    fn drift(&self, block: usize) -> f32 {
        let block = &self.blocks[block];
        let step = self.sorted.len() / block.len().max(1);
        let peer = |rank: usize| self.sorted[rank * step + step / 2];
        let moved = block.iter().enumerate().map(|(rank, value)| (peer(rank) - value).abs());
        moved.sum::<f32>() / block.len().max(1) as f32
    }
}

fn block_of(plane: &Plane, column: usize, row: usize) -> Vec<f32> {
    let (width, height) = (plane.width() / BLOCKS, plane.height() / BLOCKS);
    let rows = row * height..(row + 1) * height;
    rows.flat_map(|y| &plane.row(y)[column * width..(column + 1) * width]).copied().collect()
}

fn sorted(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_unstable_by(f32::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(value: impl Fn(usize, usize) -> f32 + Sync) -> LabImage {
        LabImage::from_fn(64, 64, |x, y| Oklab { l: value(x, y), a: 0.0, b: 0.0 })
    }

    #[test]
    fn a_chessboard_is_stationary_and_a_ramp_is_not() {
        let (board, _) = drift(&grey(|x, y| ((x / 4 + y / 4) % 2) as f32));
        let (ramp, _) = drift(&grey(|x, _| x as f32 / 63.0));
        assert!(board < 0.1 && ramp > 0.6, "{board} {ramp}");
    }

    #[test]
    fn one_disc_on_bricks_shows_in_its_block() {
        let bricks = |x: usize, y: usize| 0.4 + 0.1 * ((x / 4 + y / 2) % 2) as f32;
        let (_, plain) = drift(&grey(bricks));
        let disc = |x: usize, y: usize| (16..32).contains(&x) && (16..32).contains(&y);
        let (_, peak) = drift(&grey(|x, y| if disc(x, y) { 0.9 } else { bricks(x, y) }));
        assert!(plain < 0.2 && peak > 1.0, "{plain} {peak}");
    }

    #[test]
    fn a_uniform_picture_does_not_drift() {
        assert_eq!(drift(&grey(|_, _| 0.5)), (0.0, 0.0));
    }
}
