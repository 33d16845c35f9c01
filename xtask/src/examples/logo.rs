//! A flat logo on a transparent ground: the sample of a graphic.
//!
//! A theme and its variations: the five lines of a stave swing apart and together again, with notes
//! in several colours on them; below, the word "aria" drawn as strokes.

use anyhow::Context;
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Stroke, Transform,
};
use variata_core::SquareImage;

const SIDE_PX: u32 = 1024;

const INK: [u8; 3] = [0x1f, 0x2a, 0x44];
const CORAL: [u8; 3] = [0xf0, 0x62, 0x4d];
const TEAL: [u8; 3] = [0x1f, 0x9e, 0x94];
const AMBER: [u8; 3] = [0xf4, 0xb0, 0x3e];

/// Draws the logo.
pub(super) fn draw() -> anyhow::Result<SquareImage> {
    let mut pixmap = Pixmap::new(SIDE_PX, SIDE_PX).context("the logo's side is not zero")?;
    draw_mark(&mut pixmap)?;
    draw_word(&mut pixmap)?;
    let pixels = pixmap.pixels().iter().map(|pixel| {
        let straight = pixel.demultiply();
        [straight.red(), straight.green(), straight.blue(), straight.alpha()]
    });
    Ok(SquareImage::new(SIDE_PX, pixels.collect())?)
}

/// A disc with the stave's lines swinging through it, and notes on them.
fn draw_mark(pixmap: &mut Pixmap) -> anyhow::Result<()> {
    let disc = circle(512.0, 360.0, 296.0)?;
    fill(pixmap, &disc, INK);
    let mut inside = Mask::new(SIDE_PX, SIDE_PX).context("the logo's side is not zero")?;
    inside.fill_path(&disc, FillRule::Winding, true, Transform::identity());
    for line in 0..5 {
        let cream = paint([0xff, 0xf6, 0xe6]);
        let path = stave_line(line)?;
        pixmap.stroke_path(&path, &cream, &pen(14.0), Transform::identity(), Some(&inside));
    }
    let notes =
        [(330.0, 432.0, AMBER), (448.0, 336.0, CORAL), (574.0, 392.0, TEAL), (690.0, 258.0, AMBER)];
    notes.iter().try_for_each(|&(x, y, colour)| {
        fill(pixmap, &note_head(x, y)?, colour);
        Ok(())
    })
}

fn stave_line(line: usize) -> anyhow::Result<Path> {
    let from_middle = line as f32 - 2.0;
    let height = |middle: f32, spacing: f32| middle + spacing * from_middle;
    let mut path = PathBuilder::new();
    path.move_to(190.0, height(400.0, 22.0));
    let (first, second) = (height(450.0, 84.0), height(220.0, 62.0));
    path.cubic_to(400.0, first, 560.0, second, 834.0, height(330.0, 24.0));
    path.finish().context("a stave line has a length")
}

fn note_head(x: f32, y: f32) -> anyhow::Result<Path> {
    let turned = Transform::from_rotate_at(-24.0, x, y);
    let bounds = tiny_skia::Rect::from_xywh(x - 56.0, y - 42.0, 112.0, 84.0);
    let oval = bounds.and_then(PathBuilder::from_oval).and_then(|path| path.transform(turned));
    oval.context("a note head has an area")
}

/// The word "aria": bowls and stems of one weight with round ends.
fn draw_word(pixmap: &mut Pixmap) -> anyhow::Result<()> {
    const WEIGHT: f32 = 40.0;
    for left in [190.0, 676.0] {
        stroke(pixmap, &circle(left + 76.0, 862.0, 76.0)?, WEIGHT, INK);
        stroke(pixmap, &line((left + 152.0, 786.0), (left + 152.0, 938.0))?, WEIGHT, INK);
    }
    stroke(pixmap, &line((428.0, 786.0), (428.0, 938.0))?, WEIGHT, INK);
    stroke(pixmap, &shoulder()?, WEIGHT, INK);
    stroke(pixmap, &line((600.0, 786.0), (600.0, 938.0))?, WEIGHT, INK);
    fill(pixmap, &circle(600.0, 722.0, 28.0)?, CORAL);
    Ok(())
}

/// The arm of the r.
fn shoulder() -> anyhow::Result<Path> {
    let mut path = PathBuilder::new();
    path.move_to(428.0, 868.0);
    path.cubic_to(430.0, 812.0, 464.0, 782.0, 520.0, 788.0);
    path.finish().context("the arm has a length")
}

fn line(from: (f32, f32), to: (f32, f32)) -> anyhow::Result<Path> {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.line_to(to.0, to.1);
    path.finish().context("a line has a length")
}

fn circle(x: f32, y: f32, radius: f32) -> anyhow::Result<Path> {
    PathBuilder::from_circle(x, y, radius).context("a circle has a radius")
}

fn fill(pixmap: &mut Pixmap, path: &Path, colour: [u8; 3]) {
    pixmap.fill_path(path, &paint(colour), FillRule::Winding, Transform::identity(), None);
}

fn stroke(pixmap: &mut Pixmap, path: &Path, width: f32, colour: [u8; 3]) {
    pixmap.stroke_path(path, &paint(colour), &pen(width), Transform::identity(), None);
}

/// A pen with round ends.
fn pen(width: f32) -> Stroke {
    Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() }
}

fn paint(colour: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(colour[0], colour[1], colour[2], u8::MAX));
    paint
}
