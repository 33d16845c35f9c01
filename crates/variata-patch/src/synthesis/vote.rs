//! Pictures from fields: every pixel is the mean of what the patches over it show.

use super::padded::{Field, Picture};
use crate::kernels::{
    Offset, Pixel, SUPPORT_PX, TILE_PX, Taps, Tier, Tile, Votes, Window, add_votes, count_votes,
};

/// Makes `picture` what the matches `field` in `source` say it is.
///
/// Where all patches over a tile carry one label, the tile is copied from the source: at fine
/// levels that is five tiles in six.
pub fn vote(tier: Tier, source: &Picture, field: &Field, taps: Taps, picture: &mut Picture) {
    picture.reshape(source.side());
    let side = source.side();
    picture.for_each_tile_row(|row, mut cells| {
        for left in (0..side).step_by(TILE_PX) {
            let tile = vote_tile(tier, source, field, taps, (left, TILE_PX * row));
            cells.write(left, side, &tile);
        }
    });
}

fn vote_tile(
    tier: Tier,
    source: &Picture,
    field: &Field,
    taps: Taps,
    (x, y): (usize, usize),
) -> Tile<Pixel> {
    let (x, y) = (x as isize, y as isize);
    let reach = (SUPPORT_PX - TILE_PX) as isize;
    let labels = field.window(x - reach, y - reach);
    let shown = |label: Offset| source.window(x + label.dx(), y + label.dy());
    let first = labels.row(0)[0];
    if is_uniform(labels, first) {
        let from = shown(first);
        return std::array::from_fn(|row| std::array::from_fn(|column| from.row(row)[column]));
    }
    let mut votes = Votes::default();
    for &label in distinct(labels).iter() {
        add_votes(tier, labels, (label, shown(label)), taps, &mut votes);
    }
    count_votes(&votes)
}

fn is_uniform(labels: Window<'_, Offset>, first: Offset) -> bool {
    (0..SUPPORT_PX).all(|y| {
        let row = &labels.row(y)[..SUPPORT_PX];
        row.iter().fold(true, |same, &label| same & (label == first))
    })
}

/// The labels of a window in the order in which they are met.
fn distinct(labels: Window<'_, Offset>) -> Vec<Offset> {
    let mut seen: Vec<Offset> = Vec::with_capacity(16);
    for y in 0..SUPPORT_PX {
        let mut last = None;
        for &label in &labels.row(y)[..SUPPORT_PX] {
            if last != Some(label) && !seen.contains(&label) {
                seen.push(label);
            }
            last = Some(label);
        }
    }
    seen
}
