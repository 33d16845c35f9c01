//! What lies beside the subject in the subject's own colours: the end of a sleeve.
//!
//! Outlines and saliency fade towards the frame, where what is seen counts as ground. A tip of red
//! that is left there would be shown again and again beside a red sleeve.

use crate::color::Oklab;
use crate::filter::{box_mean_lanes, dilated, distance_to};
use crate::grid::{Grid, LabImage, Mask};

/// Pixels that the subject grows by at most.
const ROUNDS: usize = 12;
/// Half the side of the square whose part of the subject a pixel is compared with.
const NEAR_PX: usize = 2;
/// Ground nearer than this may be the subject's, and says nothing of the ground's colours.
const DOUBTFUL_PX: f32 = 14.0;
/// The ground is looked at every so many pixels.
const STEP_PX: usize = 4;
/// The most that kin differs from the subject beside it, in OKLab.
const MOST_APART: f32 = 0.05;
/// How many times further it is from any colour of the ground.
const TIMES: f32 = 2.5;

/// `subject` with what is attached to it and has its colours and none of the ground's.
pub(super) fn with_kin(subject: &Mask, colors: &LabImage) -> Mask {
    let ground = ground_colors(subject, colors);
    if ground.is_empty() {
        return subject.clone();
    }
    let mut whole = subject.clone();
    for _ in 0..ROUNDS {
        let near = colors_nearby(&whole, colors);
        let rim = dilated(&whole, 1);
        let joins = |x: usize, y: usize| {
            let color = colors.at(x, y);
            let apart = near.at(x, y).map_or(f32::MAX, |own| color.distance(own));
            let is_kin = |&other: &Oklab| TIMES * apart < color.distance(other);
            apart < MOST_APART && ground.iter().all(is_kin)
        };
        let grown = Mask::from_fn(whole.width(), whole.height(), |x, y| {
            whole.at(x, y) || rim.at(x, y) && joins(x, y)
        });
        if grown == whole {
            break;
        }
        whole = grown;
    }
    whole
}

/// Colours of what is surely ground.
fn ground_colors(subject: &Mask, colors: &LabImage) -> Vec<Oklab> {
    let far = distance_to(subject);
    let rows = (0..colors.height()).step_by(STEP_PX);
    let places = rows.flat_map(|y| (0..colors.width()).step_by(STEP_PX).map(move |x| (x, y)));
    places.filter(|&(x, y)| far.at(x, y) > DOUBTFUL_PX).map(|(x, y)| colors.at(x, y)).collect()
}

/// The mean colour of the subject around each pixel; `None` where it is not near.
fn colors_nearby(subject: &Mask, colors: &LabImage) -> Grid<Option<Oklab>> {
    let own = subject.zip_map(
        colors,
        |own, Oklab { l, a, b }| {
            if own { [l, a, b, 1.0] } else { [0.0; 4] }
        },
    );
    box_mean_lanes(&own, NEAR_PX).map(|[l, a, b, share]| {
        let mean = Oklab { l: l / share, a: a / share, b: b / share };
        (share > 1e-3).then_some(mean)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Oklab = Oklab { l: 0.5, a: 0.2, b: 0.1 };
    const WALL: Oklab = Oklab { l: 0.7, a: 0.03, b: 0.12 };

    /// A red sleeve before a wall, of which only the upper part is known.
    fn sleeve() -> (Mask, LabImage) {
        let inside = |x: usize, y: usize| (30..60).contains(&x) && (20..50).contains(&y);
        let colors = LabImage::from_fn(96, 96, |x, y| if inside(x, y) { RED } else { WALL });
        (Mask::from_fn(96, 96, |x, y| inside(x, y) && y < 40), colors)
    }

    #[test]
    fn the_end_of_a_sleeve_belongs_to_it_and_the_wall_does_not() {
        let (known, colors) = sleeve();
        let whole = with_kin(&known, &colors);
        assert!(whole.at(45, 48) && !whole.at(65, 30) && !whole.at(45, 52));
    }

    #[test]
    fn what_the_ground_shows_elsewhere_is_ground() {
        let (known, colors) = sleeve();
        let poppies =
            LabImage::from_fn(96, 96, |x, y| if x > 80 && y > 80 { RED } else { colors.at(x, y) });
        assert!(with_kin(&known, &poppies) == known);
    }
}
