//! Contact sheets: a source beside its variations, for judging the engine by eye.
//!
//! No measure replaces looking. One sheet a picture has a row for each seed; an overview has a row
//! for each picture.

mod board;

use std::path::{Path, PathBuf};

use variata_core::{Count, Seed, Size, SquareImage, Strength, Variation, VariationSpec};
use variata_image::OutputFormat;

use crate::pictures::{self, Named};
use board::{Board, Cell};

/// What to draw and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Pictures, or folders of PNGs
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Variations for each seed
    #[arg(long, default_value = "6")]
    count: Count,
    /// One row of the sheet for each of these
    #[arg(long, value_delimiter = ',', default_value = "1,2,3,4")]
    seeds: Vec<Seed>,
    /// Side of the variations
    #[arg(long, default_value = "512")]
    size: Size,
    /// How far they may go from the source
    #[arg(long, default_value_t)]
    strength: Strength,
    /// Side of a picture in the sheet, in pixels
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(64..=1024))]
    cell: u32,
    /// Folder to write to
    #[arg(long, default_value = "target/sheets")]
    output: PathBuf,
    /// Also write every variation at full size
    #[arg(long)]
    full: bool,
}

impl Arguments {
    fn spec(&self, seed: Seed) -> VariationSpec {
        VariationSpec { count: self.count, size: self.size, seed, strength: self.strength }
    }
}

/// Draws the sheets.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let pictures = pictures::read_all(&arguments.paths)?;
    let mut overview = Vec::new();
    for picture in &pictures {
        let rows = rows(picture, arguments)?;
        overview.extend(rows.first().cloned());
        let title = format!("{}, strength {}", arguments.size, arguments.strength);
        let path = arguments.output.join(format!("{}.png", picture.name));
        save(&Board { title: format!("{}: {title}", picture.name), rows }, &path)?;
    }
    let title = format!("first seed of each, {}", arguments.size);
    save(&Board { title, rows: overview }, &arguments.output.join("overview.png"))
}

/// One row for each seed: the source, then its variations.
fn rows(picture: &Named, arguments: &Arguments) -> anyhow::Result<Vec<Vec<Cell>>> {
    let row = |&seed: &Seed| {
        let variations = pictures::vary(picture.image.clone(), &arguments.spec(seed))?;
        if arguments.full {
            save_full(picture, &variations, arguments)?;
        }
        let class = variations.first().map(|first| first.description.class.clone());
        let source = Cell {
            image: shrunk(&picture.image, arguments.cell),
            heading: picture.name.clone(),
            detail: format!("{} seed {seed}", class.unwrap_or_default()),
        };
        let cells = variations.iter().map(|variation| cell(variation, arguments.cell));
        Ok(std::iter::once(source).chain(cells).collect())
    };
    arguments.seeds.iter().map(row).collect()
}

fn cell(variation: &Variation, side_px: u32) -> Cell {
    let scores = variation.description.scores.iter();
    let scores: Vec<String> =
        scores.map(|score| format!("{} {:.2}", score.name, score.value)).collect();
    let time = format!("{} ms", variation.elapsed.as_millis());
    Cell {
        image: shrunk(&variation.image, side_px),
        heading: variation.description.operation.clone(),
        detail: [&[time], &scores[..]].concat().join(" "),
    }
}

fn shrunk(image: &SquareImage, side_px: u32) -> SquareImage {
    variata_image::resize(image, side_px)
}

fn save_full(
    picture: &Named,
    variations: &[Variation],
    arguments: &Arguments,
) -> anyhow::Result<()> {
    for variation in variations {
        let name = format!("{}__{}.png", picture.name, variation.seed);
        let bytes = variata_image::encode(&variation.image, OutputFormat::Png, None)?;
        pictures::write(&arguments.output.join("full").join(name), &bytes)?;
    }
    Ok(())
}

fn save(board: &Board, path: &Path) -> anyhow::Result<()> {
    pictures::write(path, &board.to_png()?)?;
    println!("{}", path.display());
    Ok(())
}
