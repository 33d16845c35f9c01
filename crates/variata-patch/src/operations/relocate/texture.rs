//! Texture for a fill: what its smooth colours lack, taken from elsewhere in the picture.
//!
//! Blocks are laid over the fill in an overlapping grid. Each shows the texture of a place whose
//! colours are like those of the fill, at about its height, and goes on with what its neighbours
//! show where that will do (Efros and Freeman, "Image Quilting", 2001, without the cuts: only
//! texture is quilted, and of that no seam is seen). Where blocks are mixed, their sum is weighed so
//! that its contrast stays (Heitz and Neyret, "High-Performance By-Example Noise", 2018).

use super::around::SIDE;
use crate::color::Oklab;
use crate::filter::box_mean;
use crate::grid::{Grid, LabImage, Mask, Plane, Raster};
use crate::operations::pixels::{Field, smoothstep};

/// Half the side of a block and the distance between blocks, in pixels of the small picture.
const REACH: usize = 8;
/// Steps in which places are tried, in those pixels.
const STEP: usize = 2;
/// What a place costs a picture's height above or below, in units of OKLab.
const ORDER: f32 = 0.25;
/// The same where the picture lies in layers.
const STRICT_ORDER: f32 = 3.0;
/// How much dearer a place may be and still be taken, for going on with a neighbour.
const COHERENCE: f32 = 0.035;
/// What a place costs for each time that it or one close to it is shown already.
const TEDIUM: f32 = 0.012;
/// Places that there must be for each block, or the fill would look woven.
const LEAST_SUPPLY: f32 = 0.3;
/// Texture, in bytes, of which one sees that it is shown again: leaves 6 and more, grass 3.
const SEEN: f32 = 4.0;
/// How often its places are shown at most, on average over the blocks: brick walls and meadows 5 to 10,
/// a sea with cliffs beside it 17, the one row of leaves beside the hole 35.
const MOST_REPEATS: f32 = 13.0;
/// How many times the texture beside the hole a block may have: more is some thing.
const MOST_BUSY: f32 = 2.0;
/// How many times a block's own texture its strongest part may have: texture is alike all over,
/// and a mast before the sky is not.
const MOST_UNEVEN: f32 = 3.2;

/// Where the fill's texture comes from.
#[derive(Debug)]
pub(super) struct Texture {
    /// For each block, how far away it looks, in pixels of the small picture.
    moves: Grid<Option<(isize, isize)>>,
    /// The most that it differs from the smooth colours, in bytes: things that lie about are not
    /// shown again.
    most: f32,
    /// Whether one sees that it is the same again and again.
    pub(super) woven: bool,
}

impl Texture {
    /// Finds texture for `hole`, of which `colors` is the fill; `None` where there is not enough
    /// of it beside the hole. `rough` is how much there is of it, in bytes.
    /// `busy` is how much there is of it around each pixel.
    pub(super) fn find(
        hole: &Mask,
        colors: &LabImage,
        layered: bool,
        (busy, rough): (&Plane, f32),
    ) -> Option<Self> {
        let order = if layered { STRICT_ORDER } else { ORDER };
        let mean = box_mean(busy, REACH);
        let peak = strongest(&box_mean(busy, 1));
        let busy = &mean.zip_map(&peak, |mean, peak| {
            mean > MOST_BUSY * rough + 1.0 || peak > MOST_UNEVEN * mean + 4.0
        });
        let moves = Quilt { hole, busy, colors, order }.laid()?;
        let woven = is_woven(&moves, &mean);
        Some(Self { moves, most: 4.0 * rough + 2.0, woven })
    }

    /// What row `y` of the fill has beyond its smooth colours; `detail` is what the source has.
    pub(super) fn row(&self, y: usize, detail: &Detail) -> Vec<[f32; 3]> {
        let scale = detail.width() as f32 / SIDE as f32;
        let pitch = REACH as f32 * scale;
        let (above, down) = bracket(y, pitch);
        let value = |x: usize| {
            let (left, right) = bracket(x, pitch);
            let (mut sum, mut squares) = ([0.0f32; 3], 1e-6f32);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let Some(&Some(by)) = self.block(left + dx, above + dy) else { continue };
                let share = [1.0 - right, right][dx] * [1.0 - down, down][dy];
                let far = |by: isize| (by as f32 * scale) as isize;
                let lanes = detail.clamped(x as isize + far(by.0), y as isize + far(by.1));
                sum.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum += share * lane);
                squares += share * share;
            }
            sum.map(|lane| (lane / squares.sqrt()).clamp(-self.most, self.most))
        };
        (0..detail.width()).map(value).collect()
    }

    fn block(&self, x: usize, y: usize) -> Option<&Option<(isize, isize)>> {
        let inside = x < self.moves.width() && y < self.moves.height();
        inside.then(|| &self.moves.row(y)[x])
    }
}

/// What a picture has beyond its smooth colours, in bytes.
pub(super) type Detail = Grid<[f32; 3]>;

/// What `source` has beyond its smooth colours.
pub(super) fn detail(source: &Raster, smooth: &Field<4>) -> Detail {
    let (width, height) = (source.width(), source.height());
    let mut detail = Detail::new(width, height, [0.0; 3]);
    detail.par_rows(|y, row| {
        let colors = smooth.row(y, width, height);
        for ((value, pixel), color) in row.iter_mut().zip(source.row(y)).zip(colors) {
            *value = std::array::from_fn(|lane| f32::from(pixel[lane]) - color[lane]);
        }
    });
    detail
}

/// The block before a pixel and how far it is towards the next, in an S.
fn bracket(at: usize, pitch: f32) -> (usize, f32) {
    let place = (at as f32 + 0.5) / pitch;
    (place as usize, smoothstep(0.0, 1.0, place.fract()))
}

/// The largest value in the block around each pixel.
fn strongest(texture: &Plane) -> Plane {
    let reach = -(REACH as isize)..=REACH as isize;
    let along = |plane: &Plane, (dx, dy): (isize, isize)| {
        Plane::from_fn(plane.width(), plane.height(), |x, y| {
            let near =
                reach.clone().map(|by| plane.clamped(x as isize + dx * by, y as isize + dy * by));
            near.fold(0.0, f32::max)
        })
    };
    along(&along(texture, (1, 0)), (0, 1))
}

/// Whether a fill of these `moves` would look woven: its clear `texture` comes from few places.
fn is_woven(moves: &Grid<Option<(isize, isize)>>, texture: &Plane) -> bool {
    let mut shown = Grid::new(moves.width(), moves.height(), 0.0f32);
    for (at, by) in moves.cells().iter().enumerate() {
        let Some(by) = *by else { continue };
        let place = moved((at % moves.width() * REACH, at / moves.width() * REACH), by);
        if texture.clamped(place.0 as isize, place.1 as isize) > SEEN {
            let (u, v) = cell(place);
            shown.set(u, v, shown.at(u, v) + 1.0);
        }
    }
    let blocks: f32 = shown.cells().iter().sum();
    shown.cells().iter().map(|count| count * count).sum::<f32>() > MOST_REPEATS * blocks
}

/// A fill in the making.
struct Quilt<'a> {
    hole: &'a Mask,
    /// Centres of blocks that show more than texture.
    busy: &'a Mask,
    colors: &'a LabImage,
    order: f32,
}

impl Quilt<'_> {
    /// For each block of the fill, how far away it looks.
    fn laid(&self) -> Option<Grid<Option<(isize, isize)>>> {
        let across = SIDE / REACH + 1;
        let cells = (0..across * across).map(|at| (at % across, at / across));
        let blocks: Vec<(usize, usize)> =
            cells.filter(|&(x, y)| self.touches((x * REACH, y * REACH))).collect();
        let places = self.places();
        if (places.len() as f32) < LEAST_SUPPLY * blocks.len() as f32 {
            return None;
        }
        let mut moves: Grid<Option<(isize, isize)>> = Grid::new(across, across, None);
        let mut shown = Grid::new(across, across, 0.0f32);
        for (x, y) in blocks {
            let center = (x * REACH, y * REACH);
            let left = if x > 0 { moves.at(x - 1, y) } else { None };
            let above = if y > 0 { moves.at(x, y - 1) } else { None };
            let found = self.best(center, &places, [left, above], &shown)?;
            let (u, v) = cell(moved(center, found));
            shown.set(u, v, shown.at(u, v) + 1.0);
            moves.set(x, y, Some(found));
        }
        Some(moves)
    }

    /// Centres of blocks that lie outside the hole and inside the picture.
    fn places(&self) -> Vec<(usize, usize)> {
        let all = || (REACH..=SIDE - REACH).step_by(STEP);
        all()
            .flat_map(|y| all().map(move |x| (x, y)))
            .filter(|&center| self.suits(center))
            .collect()
    }

    fn suits(&self, (x, y): (usize, usize)) -> bool {
        !self.busy.at(x, y) && !self.touches((x, y))
    }

    /// Whether the block around `center` has a part in the hole.
    fn touches(&self, (x, y): (usize, usize)) -> bool {
        let range = |at: usize| at.saturating_sub(REACH)..(at + REACH).min(SIDE);
        range(y).any(|row| self.hole.row(row)[range(x)].iter().any(|&missing| missing))
    }

    /// The best place for the block around `center`, unless what a neighbour shows can go on.
    fn best(
        &self,
        center: (usize, usize),
        places: &[(usize, usize)],
        neighbours: [Option<(isize, isize)>; 2],
        shown: &Grid<f32>,
    ) -> Option<(isize, isize)> {
        let wanted = self.color(center);
        let cost = |place: (usize, usize)| {
            let height = (place.1 as f32 - center.1 as f32).abs() / SIDE as f32;
            let (u, v) = cell(place);
            self.color(place).distance(wanted) + self.order * height + TEDIUM * shown.at(u, v)
        };
        let costs = places.iter().map(|&place| (cost(place), place));
        let (least, place) = costs.min_by(|a, b| a.0.total_cmp(&b.0))?;
        let going_on = neighbours.into_iter().flatten().find(|&by| {
            let place = moved(center, by);
            let room = REACH..=SIDE - REACH;
            let inside = room.contains(&place.0) && room.contains(&place.1);
            inside && self.suits(place) && cost(place) < least + COHERENCE
        });
        let fresh = (place.0 as isize - center.0 as isize, place.1 as isize - center.1 as isize);
        Some(going_on.unwrap_or(fresh))
    }

    fn color(&self, (x, y): (usize, usize)) -> Oklab {
        self.colors.clamped(x as isize, y as isize)
    }
}

fn moved((x, y): (usize, usize), (dx, dy): (isize, isize)) -> (usize, usize) {
    (x.wrapping_add_signed(dx), y.wrapping_add_signed(dy))
}

/// The cell of a coarse grid in which a place lies.
fn cell((x, y): (usize, usize)) -> (usize, usize) {
    (x / REACH, y / REACH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_is_woven_if_one_clear_place_is_shown_again_and_again() {
        let across = SIDE / REACH + 1;
        let texture = |value: f32| Plane::new(SIDE, SIDE, value);
        let from_one = |width: usize| {
            Grid::from_fn(across, across, |x, y| {
                let by = |at: usize| -(at as isize * REACH as isize);
                (x < width && y < width).then(|| (by(x), by(y)))
            })
        };
        assert!(is_woven(&from_one(4), &texture(SEEN + 1.0)));
        assert!(!is_woven(&from_one(4), &texture(SEEN - 1.0)), "nobody sees it");
        assert!(!is_woven(&from_one(3), &texture(SEEN + 1.0)), "nine times are few");
        let all_over = Grid::from_fn(across, across, |_, _| Some((0, 0)));
        assert!(!is_woven(&all_over, &texture(SEEN + 1.0)));
    }
}
