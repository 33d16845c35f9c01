//! Things moved as wholes over the ground that they lie on.
//!
//! Each thing is shown elsewhere by one offset, and where it was, one other offset shows ground
//! from nearby (a shift-map: Pritch, Kav-Venaki and Peleg, 2009). What does not match at their
//! rims is left to the repair.

use super::collage::Collage;
use super::things::Things;
use crate::filter::{Component, dilated};
use crate::grid::{Mask, Raster};
use crate::kernels::Offset;
use crate::random::Random;

/// A picture whose things can be moved.
#[derive(Debug, Clone)]
pub struct Scatter {
    picture: Raster,
    /// The picture without the things that can be moved.
    ground: Raster,
    movable: Vec<Movable>,
    /// Pixels of things that stay.
    fixed: Mask,
}

/// Pixels, by column and row.
type Places = Vec<(isize, isize)>;

/// A thing that can be moved.
#[derive(Debug, Clone)]
struct Movable {
    part: Component,
    /// Its pixels and those around it.
    body: Places,
    /// A ring of ground around those.
    ring: Places,
    /// The same pixels in pieces, each with where the ground that replaces it is from.
    fillings: Vec<(Places, Offset)>,
}

/// Pixels of ground that move along with a thing: the reach of a patch.
const BODY_PX: usize = 2;
/// The largest share of the picture that a thing can have and still be moved.
const LARGEST_SHARE: f32 = 0.1;
/// How well the ground around a thing must match that at its new place: squared bytes a pixel.
const MATCH: f32 = 3.0 * 14.0 * 14.0;
/// How far around a thing its surroundings are looked at.
const NEAR_PX: isize = 6;
/// Places that are tried for each thing.
const TRIALS: usize = 60;
/// Fewer things are not worth it.
const LEAST_COUNT: usize = 4;
/// Ground is not pieced together of less than this.
const SMALLEST_PIECE_PX: isize = 8;

impl Scatter {
    /// Looks for things in a small square picture; `None` where hardly any can be moved.
    pub fn of(picture: &Raster) -> Option<Self> {
        let things = Things::find(picture);
        let taken = things.mask(1);
        let movable = |number: usize| Movable::new(&things, number, picture, &taken);
        let mut movable: Vec<Movable> = (0..things.parts.len()).filter_map(movable).collect();
        if movable.len() < LEAST_COUNT {
            return None;
        }
        movable.sort_by_key(|thing| std::cmp::Reverse(thing.part.area));
        let (mut ground, mut fixed) = (picture.clone(), taken);
        for thing in &movable {
            mark(&thing.body, Offset::ZERO, &mut fixed, false);
            for (body, filling) in &thing.fillings {
                for &(x, y) in body {
                    let from = picture.clamped(x + filling.dx(), y + filling.dy());
                    ground.set(x as usize, y as usize, from);
                }
            }
        }
        Some(Self { picture: picture.clone(), ground, movable, fixed })
    }

    /// Moves the things, by up to `reach` of the picture's side across and a quarter of that up
    /// or down.
    pub fn rearrange(&self, reach: f32, random: &mut Random) -> Collage {
        let anew = (0..3).find_map(|_| self.place_anew(reach, random));
        let moves = anew.unwrap_or_else(|| self.place_in_turn(reach, random));
        self.collage(&moves)
    }

    /// Takes everything away and finds new places, the largest things first.
    fn place_anew(&self, reach: f32, random: &mut Random) -> Option<Vec<Offset>> {
        let mut taken = self.fixed.clone();
        let place = |thing: &Movable| {
            let by = self.draw_fitting(thing, reach, &taken, random)?;
            mark(&thing.body, by, &mut taken, true);
            Some(by)
        };
        self.movable.iter().map(place).collect()
    }

    /// Moves one thing at a time, all others being in place; one that finds no room stays.
    fn place_in_turn(&self, reach: f32, random: &mut Random) -> Vec<Offset> {
        let mut taken = self.fixed.clone();
        for thing in &self.movable {
            mark(&thing.body, Offset::ZERO, &mut taken, true);
        }
        let place = |thing: &Movable| {
            mark(&thing.body, Offset::ZERO, &mut taken, false);
            let by = self.draw_fitting(thing, reach, &taken, random).unwrap_or_default();
            mark(&thing.body, by, &mut taken, true);
            by
        };
        self.movable.iter().map(place).collect()
    }

    fn draw_fitting(
        &self,
        thing: &Movable,
        reach: f32,
        taken: &Mask,
        random: &mut Random,
    ) -> Option<Offset> {
        let side = self.picture.width();
        let drawn = (0..TRIALS).map(|_| thing.draw_move(reach, side, random));
        drawn.into_iter().find(|&by| self.fits(thing, by, taken))
    }

    fn collage(&self, moves: &[Offset]) -> Collage {
        let mut collage = Collage::identity(self.picture.width());
        let moved = || self.movable.iter().zip(moves).filter(|(_, by)| **by != Offset::ZERO);
        for (body, filling) in moved().flat_map(|(thing, _)| &thing.fillings) {
            for &(x, y) in body {
                collage.set(x, y, *filling);
            }
        }
        for (thing, by) in moved() {
            for &(x, y) in &thing.body {
                collage.set(x + by.dx(), y + by.dy(), by.reversed());
            }
        }
        collage
    }

    /// Whether the ground at a thing's new place is free and like that around its old one.
    fn fits(&self, thing: &Movable, by: Offset, taken: &Mask) -> bool {
        let side = self.picture.width() as isize;
        let inside = |at: isize| (0..side).contains(&at);
        let free = thing.body.iter().all(|&(x, y)| {
            let (x, y) = (x + by.dx(), y + by.dy());
            inside(x) && inside(y) && !taken.at(x as usize, y as usize)
        });
        free && mismatch(&thing.ring, by, &self.picture, &self.ground) < MATCH
    }
}

impl Movable {
    fn new(things: &Things, number: usize, picture: &Raster, taken: &Mask) -> Option<Self> {
        let part = things.parts[number];
        let area = picture.width() * picture.height();
        if part.area as f32 > LARGEST_SHARE * area as f32 {
            return None;
        }
        // Only its surroundings matter.
        let (left, top) = (part.left as isize - NEAR_PX, part.top as isize - NEAR_PX);
        let reach = 2 * NEAR_PX as usize;
        let (width, height) = (part.width() + reach, part.height() + reach);
        let own = things.labels.cropped(left, top, width, height);
        let own = own.map(|label| label as usize == number + 1);
        let taken_here = taken.cropped(left, top, width, height);
        let grown = dilated(&own, BODY_PX);
        let wider = dilated(&grown, 2);
        let others = taken_here.zip_map(&dilated(&own, 1), |taken, own| taken && !own);
        let free = |mask: &Mask| {
            let free = mask.zip_map(&others, |set, other| set && !other);
            places(&free, (left, top), picture.width() as isize)
        };
        let body = free(&grown);
        let ring = free(&wider.zip_map(&grown, |wide, inner| wide && !inner));
        let mut fillings = Vec::new();
        fill(body.clone(), &ring, (picture, taken), &mut fillings)?;
        Some(Self { part, body, ring, fillings })
    }

    /// A thing that the frame cuts may only slide along it.
    fn draw_move(&self, reach: f32, side: usize, random: &mut Random) -> Offset {
        let reach = reach * side as f32;
        let across = random.between(-reach, reach) as isize;
        let down = random.between(-0.25 * reach, 0.25 * reach) as isize;
        let (part, last) = (self.part, side - 1);
        let cut_across = part.left == 0 || part.right == last;
        let cut_down = part.top == 0 || part.bottom == last;
        Offset::new(if cut_across { 0 } else { across }, if cut_down { 0 } else { down })
    }
}

/// Finds ground for all of `body`, in pieces where no ground is wide enough for the whole.
fn fill(
    body: Places,
    ring: &Places,
    (picture, taken): (&Raster, &Mask),
    fillings: &mut Vec<(Places, Offset)>,
) -> Option<()> {
    if let Some(offset) = filling(&body, ring, picture, taken) {
        fillings.push((body, offset));
        return Some(());
    }
    let width = |along: fn(&(isize, isize)) -> isize| {
        let (low, high) = (body.iter().map(along).min()?, body.iter().map(along).max()?);
        Some((high - low + 1, (high + low) / 2))
    };
    let (across, down) = (width(|place| place.0)?, width(|place| place.1)?);
    let (length, middle) = if across.0 >= down.0 { across } else { down };
    if length < SMALLEST_PIECE_PX {
        return None;
    }
    let along = |place: &(isize, isize)| if across.0 >= down.0 { place.0 } else { place.1 };
    for first in [true, false] {
        let of_half = |place: &&(isize, isize)| (along(place) <= middle) == first;
        let half = |places: &Places| places.iter().filter(of_half).copied().collect::<Places>();
        fill(half(&body), &half(ring), (picture, taken), fillings)?;
    }
    Some(())
}

/// The offset to free ground that matches best around `body`.
fn filling(
    body: &[(isize, isize)],
    ring: &[(isize, isize)],
    picture: &Raster,
    taken: &Mask,
) -> Option<Offset> {
    let side = picture.width() as isize;
    let free = |by: Offset| {
        body.iter().all(|&(x, y)| {
            let (x, y) = (x + by.dx(), y + by.dy());
            (0..side).contains(&x) && (0..side).contains(&y) && !taken.at(x as usize, y as usize)
        })
    };
    let reach = side / 2;
    let rows = (-side / 12..=side / 12).step_by(2);
    let offsets =
        rows.flat_map(|dy| (-reach..=reach).step_by(2).map(move |dx| Offset::new(dx, dy)));
    let cost = |by: Offset| mismatch(ring, by, picture, picture);
    let costs = offsets.filter(|&by| free(by)).map(|by| (cost(by), by));
    let best = costs.min_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 < MATCH).then_some(best.1)
}

/// Mean squared difference between `ring` in one picture and, moved, in another.
fn mismatch(ring: &[(isize, isize)], by: Offset, from: &Raster, to: &Raster) -> f32 {
    let sum: i32 = ring
        .iter()
        .map(|&(x, y)| {
            let (a, b) = (from.clamped(x, y), to.clamped(x + by.dx(), y + by.dy()));
            a.iter().zip(&b).map(|(&a, &b)| (i32::from(a) - i32::from(b)).pow(2)).sum::<i32>()
        })
        .sum();
    sum as f32 / ring.len().max(1) as f32
}

fn mark(body: &Places, by: Offset, taken: &mut Mask, value: bool) {
    for &(x, y) in body {
        taken.set((x + by.dx()) as usize, (y + by.dy()) as usize, value);
    }
}

/// The set pixels of a mask whose top left is `(left, top)`, of those inside the picture.
fn places(mask: &Mask, (left, top): (isize, isize), side: isize) -> Places {
    let width = mask.width();
    let set = mask.cells().iter().enumerate().filter(|(_, set)| **set);
    set.map(|(at, _)| (left + (at % width) as isize, top + (at / width) as isize))
        .filter(|&(x, y)| (0..side).contains(&x) && (0..side).contains(&y))
        .collect()
}
