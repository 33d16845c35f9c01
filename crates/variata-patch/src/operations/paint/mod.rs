//! Paintings and drawings of the picture: the clean way to a new picture of a face.
//!
//! Nothing that rearranges pixels may touch a face, but a painter's hand may: everything stays
//! where it is and is made of something else. All media start from the same reduction of the
//! picture ([`canvas`]), in which an anisotropic Kuwahara filter keeps what a hand would keep.
//! Texture is only laid where something happens: on plain ground it looks like dirt.

mod canvas;
mod flow;
mod kuwahara;
mod lines;
mod media;
mod strokes;

use canvas::{Brush, Canvas};
pub(super) use flow::Flow;

use super::pixels::{mix_all, repainted, smoothstep, straight, with_picture};
use super::{Context, Frame, Operation, Stop};
use crate::grid::Raster;
use crate::random::Random;

/// A medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaintKind {
    /// Oil on canvas, with the relief of the brush.
    Oil,
    /// Watercolour washes on paper.
    Watercolour,
    /// Pastel on toned paper.
    Pastel,
    /// Brush, ink and washes.
    Ink,
    /// Graphite hatching.
    Pencil,
}

impl PaintKind {
    /// Every medium.
    pub const ALL: [Self; 5] =
        [Self::Oil, Self::Watercolour, Self::Pastel, Self::Ink, Self::Pencil];

    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oil => "oil painting",
            Self::Watercolour => "watercolour",
            Self::Pastel => "pastel",
            Self::Ink => "ink drawing",
            Self::Pencil => "pencil drawing",
        }
    }

    fn is_drawing(self) -> bool {
        matches!(self, Self::Ink | Self::Pencil)
    }

    fn brush(self) -> Brush {
        match self {
            Self::Oil => Brush { broad: 0.013, fine: 0.0045 },
            Self::Watercolour => Brush { broad: 0.016, fine: 0.006 },
            Self::Pastel => Brush { broad: 0.012, fine: 0.0045 },
            Self::Ink | Self::Pencil => Brush { broad: 0.014, fine: 0.004 },
        }
    }
}

/// Paints the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// The medium.
    pub kind: PaintKind,
}

impl Operation for Paint {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        if context.analysis.features.is_page() {
            return Err(Stop::Refused);
        }
        let name = self.kind.name();
        if context.boldness <= 0.0 {
            return Ok(with_picture(frame, frame.image.clone(), name));
        }
        let brush = self.kind.brush().scaled(context.boldness);
        // Most hands draw from the lower left to the upper right, in the flat.
        let angle = -random.between(5.0, 40.0).to_radians();
        let make = if self.kind.is_drawing() { Canvas::drawn } else { Canvas::painted };
        let (canvas, sketch) = make(&frame.image, brush, angle, context)?;
        context.check_cancelled()?;
        let painted = match self.kind {
            PaintKind::Oil => media::oil(&sketch, &canvas, context, random),
            PaintKind::Watercolour => media::watercolour(&sketch, &canvas, context, random),
            PaintKind::Pastel => media::pastel(&sketch, &canvas, context, random),
            PaintKind::Ink => media::ink(&sketch, &canvas, context, random),
            PaintKind::Pencil => media::pencil(&sketch, &canvas, context, random),
        }?;
        let share = smoothstep(0.0, 0.6, context.boldness);
        let image = if share < 1.0 { between(&frame.image, &painted, share) } else { painted };
        Ok(with_picture(frame, image, name))
    }
}

/// `share` of the way from one picture to another.
fn between(from: &Raster, to: &Raster, share: f32) -> Raster {
    repainted(
        from,
        |y| to.row(y),
        |row, x, color| mix_all(color.map(f32::from), straight(row[x]).map(f32::from), share),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{apply, check_withstands, photo, scene, shows_source};

    #[test]
    fn pages_are_not_painted() {
        let mut page = photo(scene(64));
        (page.features.text_chain, page.features.flat_share) = (12, 0.7);
        for kind in PaintKind::ALL {
            assert_eq!(apply(&Paint { kind }, &page, 1.0, 1).err(), Some(Stop::Refused));
        }
    }

    #[test]
    fn every_medium_withstands_every_picture() {
        for kind in PaintKind::ALL {
            check_withstands(&Paint { kind });
        }
    }

    #[test]
    fn boldness_zero_paints_nothing() {
        let analysis = photo(scene(64));
        for kind in PaintKind::ALL {
            assert!(shows_source(&apply(&Paint { kind }, &analysis, 0.0, 1).unwrap(), &analysis));
        }
    }

    #[test]
    fn everything_stays_where_it_is() {
        // The disc of the scene is darker than its sky: so it stays in every medium.
        let analysis = photo(scene(256));
        for kind in PaintKind::ALL {
            let frame = apply(&Paint { kind }, &analysis, 1.0, 1).unwrap();
            let mean = |x0: usize, y0: usize| -> f32 {
                let cells = (y0..y0 + 30).flat_map(|y| (x0..x0 + 30).map(move |x| (x, y)));
                cells.map(|(x, y)| f32::from(frame.image.at(x, y)[1])).sum::<f32>() / 900.0
            };
            assert!(mean(20, 20) > mean(113, 100) + 25.0, "{kind:?}");
            assert_eq!(frame.saliency, analysis.saliency.map);
        }
    }

    #[test]
    fn a_transparent_outline_is_kept() {
        let cut =
            photo(scene(64).map(|[r, g, b, _]| if b > 150 { [0; 4] } else { [r, g, b, 255] }));
        for kind in PaintKind::ALL {
            let frame = apply(&Paint { kind }, &cut, 1.0, 1).unwrap();
            let pairs = frame.image.cells().iter().zip(cut.source.cells());
            assert!(pairs.clone().all(|(after, before)| after[3] == before[3]), "{kind:?}");
        }
    }
}
