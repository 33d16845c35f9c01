//! Contact sheets of the operations on graphics and subjects, for looking at while tuning them:
//! `cargo run --release --example subject -- OUTPUT_FOLDER PICTURE.png...`

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::time::Instant;

use variata_core::Silent;
use variata_patch::Tier;
use variata_patch::analysis::{Analysis, Class, Features, Palette, Saliency};
use variata_patch::grid::{Grid, Plane, Raster};
use variata_patch::operations::{Context, Frame, Operation, PaletteKind, RecolourPalette};
use variata_patch::random::Random;
use variata_patch::resample::resize;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("missing the output folder")?;
    for path in arguments {
        let path = Path::new(&path);
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("picture");
        let source = resize(&read(path)?, 1024, 1024);
        for (kind, sheet) in sheets(name, source) {
            write(&Path::new(&folder).join(format!("{name}_{kind}.png")), &sheet)?;
        }
    }
    Ok(())
}

fn sheets(name: &str, source: Raster) -> Vec<(&'static str, Raster)> {
    let analysis = timed(name, "analysis", || analyse(source));
    println!("{name}: {:?}", analysis.class);
    let palettes: Vec<RecolourPalette> =
        PaletteKind::ALL.into_iter().map(RecolourPalette::new).collect();
    let palettes: Vec<&dyn Operation> =
        palettes.iter().map(|operation| operation as &dyn Operation).collect();
    vec![("palettes", sheet(&analysis, &palettes))]
}

fn sheet(analysis: &Analysis, operations: &[&dyn Operation]) -> Raster {
    let mut tiles = vec![analysis.source.clone()];
    for seed in 0..2 {
        for (at, operation) in operations.iter().enumerate() {
            let seed = seed * 6 + at as u64;
            let context =
                Context { analysis, boldness: 1.0, seed, tier: Tier::detect(), observer: &Silent };
            let frame = Frame {
                image: analysis.source.clone(),
                saliency: analysis.saliency.map.clone(),
                done: Vec::new(),
            };
            let started = Instant::now();
            let result = operation.apply(&frame, &context, &mut Random::new(seed, 0));
            let took = started.elapsed().as_millis();
            match result {
                Ok(frame) => {
                    println!("  {at} seed {seed}: {took} ms {:?}", frame.done);
                    tiles.push(frame.image);
                }
                Err(stop) => println!("  {at} seed {seed}: {stop:?} ({took} ms)"),
            }
        }
    }
    arranged(&tiles)
}

fn timed<T>(name: &str, what: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    println!("{name}: {what} {} ms", started.elapsed().as_millis());
    result
}

fn analyse(source: Raster) -> Analysis {
    let features = Features { flat_share: 0.9, common_colour_share: 0.9, ..Features::default() };
    let palette = timed("", "palette", || Palette::find(&source, &features));
    if let Some(palette) = &palette {
        println!("residual {} mixtures {}", palette.residual, palette.mixtures.len());
        for (color, share) in &palette.colors {
            println!("  {:?} {share:.4}", color.to_srgb());
        }
        println!(
            "  ground {:?} contacts {:?}",
            palette.ground,
            palette.contacts.iter().filter(|c| c.share > 0.012).collect::<Vec<_>>()
        );
    }
    Analysis {
        transparent: source.cells().iter().any(|pixel| pixel[3] != 255),
        class: Class::Flat,
        saliency: Saliency { map: Plane::new(96, 96, 0.5), threshold: 0.5, separability: 0.5 },
        features,
        matte: None,
        ground: None,
        palette,
        may_mirror: false,
        source,
    }
}

fn arranged(tiles: &[Raster]) -> Raster {
    const COLUMNS: usize = 5;
    const CELL: usize = 400;
    let rows = tiles.len().div_ceil(COLUMNS);
    let small: Vec<Raster> = tiles.iter().map(|tile| resize(tile, CELL - 4, CELL - 4)).collect();
    Grid::from_fn(COLUMNS * CELL, rows * CELL, |x, y| {
        let (column, row) = (x / CELL, y / CELL);
        let (u, v) = (x % CELL, y % CELL);
        let tile = small.get(row * COLUMNS + column).filter(|tile| u < tile.width());
        let Some(tile) = tile.filter(|tile| v < tile.height()) else { return [255; 4] };
        let under = if (u / 16 + v / 16) % 2 == 0 { 200u16 } else { 170 };
        let [red, green, blue, alpha] = tile.at(u, v);
        let over =
            |channel: u8| (u16::from(channel) + under * (255 - u16::from(alpha)) / 255) as u8;
        [over(red), over(green), over(blue), 255]
    })
}

fn read(path: &Path) -> Outcome<Raster> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut bytes)?;
    let channels = info.color_type.samples();
    let pixel = |x: usize, y: usize| {
        let at = (y * info.width as usize + x) * channels;
        let (color, alpha) = match channels {
            1 => ([bytes[at]; 3], 255),
            2 => ([bytes[at]; 3], bytes[at + 1]),
            3 => ([bytes[at], bytes[at + 1], bytes[at + 2]], 255),
            _ => ([bytes[at], bytes[at + 1], bytes[at + 2]], bytes[at + 3]),
        };
        let scaled = color.map(|c| ((u16::from(c) * u16::from(alpha) + 127) / 255) as u8);
        [scaled[0], scaled[1], scaled[2], alpha]
    };
    Ok(Grid::from_fn(info.width as usize, info.height as usize, pixel))
}

fn write(path: &Path, image: &Raster) -> Outcome<()> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, image.width() as u32, image.height() as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(image.cells().as_flattened())?;
    Ok(())
}
