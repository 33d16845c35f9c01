//! Writes a contact sheet of rearranged pictures: `rearrange OUT SIZE COUNT SEED BOLDNESS
//! CLASS:FILE.png …`. The source comes first in each row. For looking at what a change does.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::sync::OnceLock;
use std::time::Instant;

use variata_core::Silent;
use variata_patch::Tier;
use variata_patch::analysis::{Analysis, Class, Features, Saliency};
use variata_patch::grid::{Grid, Plane, Raster};
use variata_patch::operations::{Context, Frame, Operation, Rearrange};
use variata_patch::random::Random;
use variata_patch::resample::resize;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, size, count, seed, boldness, sources @ ..] = arguments.as_slice() else {
        return Err("expected OUT SIZE COUNT SEED BOLDNESS CLASS:FILE …".into());
    };
    let (size, count, seed): (usize, u64, u64) = (size.parse()?, count.parse()?, seed.parse()?);
    let boldness: f32 = boldness.parse()?;
    let mut rows = Vec::new();
    for source in sources {
        let (class, path) = source.split_once(':').ok_or("expected CLASS:FILE")?;
        let source = resize(&read(path)?, size, size);
        let analysis = analysis(source.clone(), class);
        let exemplar = OnceLock::new();
        let mut row = vec![source];
        for index in 0..count {
            let started = Instant::now();
            let context = Context {
                analysis: &analysis,
                exemplar: &exemplar,
                index: index as u32,
                boldness,
                seed: seed + index,
                tier: Tier::detect(),
                observer: &Silent,
            };
            let frame = Frame {
                image: analysis.source.clone(),
                saliency: analysis.saliency.map.clone(),
                done: Vec::new(),
                scores: Vec::new(),
            };
            let result = Rearrange.apply(&frame, &context, &mut Random::new(seed + index, 1));
            let elapsed = started.elapsed().as_secs_f32() * 1e3;
            match result {
                Ok(frame) => {
                    let scores: Vec<String> = frame
                        .scores
                        .iter()
                        .map(|score| format!("{} {:.2}", score.name, score.value))
                        .collect();
                    println!("{path} {index}: {elapsed:.0} ms, {}", scores.join(", "));
                    row.push(frame.image);
                }
                Err(stop) => {
                    println!("{path} {index}: {elapsed:.0} ms, {stop:?}");
                    row.push(Raster::new(size, size, [128, 0, 0, 255]));
                }
            }
        }
        rows.push(row);
    }
    write(out, &sheet(&rows))
}

fn analysis(source: Raster, class: &str) -> Analysis {
    let map = stub_saliency(&source);
    Analysis {
        source,
        transparent: false,
        class: match class {
            "texture" | "fine" => Class::Texture,
            "crowd" => Class::Crowd,
            _ => Class::Scene,
        },
        saliency: Saliency { map, threshold: 0.5, separability: 0.5 },
        features: Features {
            block_variance: if class == "fine" { 0.03 } else { 0.2 },
            ..Features::default()
        },
        matte: None,
        ground: None,
        palette: None,
        may_mirror: true,
    }
}

/// The distance of each pixel's colour from its row's mean, which is enough to look at pictures.
fn stub_saliency(source: &Raster) -> Plane {
    let small = resize(source, 96, 96);
    let distance = Plane::from_fn(96, 96, |x, y| {
        let row = small.row(y);
        let lanes = (0..3).map(|lane| {
            let mean = row.iter().map(|pixel| f32::from(pixel[lane])).sum::<f32>() / 96.0;
            (f32::from(small.at(x, y)[lane]) - mean).abs()
        });
        lanes.sum::<f32>()
    });
    let largest = distance.cells().iter().fold(1.0f32, |largest, value| largest.max(*value));
    distance.map(|value| value / largest)
}

fn read(path: &str) -> Result<Raster, Box<dyn Error>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut bytes)?;
    let channels = info.color_type.samples();
    let (width, height) = (info.width as usize, info.height as usize);
    let pixel = |pixel: &[u8]| match *pixel {
        [red, green, blue, ..] => [red, green, blue, 255],
        [grey, ..] => [grey, grey, grey, 255],
        [] => [0; 4],
    };
    let pixels = bytes.chunks(channels).take(width * height).map(pixel).collect();
    Grid::from_cells(width, height, pixels).ok_or_else(|| "truncated".into())
}

fn sheet(rows: &[Vec<Raster>]) -> Raster {
    let cell = rows.first().and_then(|row| row.first()).map_or(1, |image| image.width());
    let across = rows.first().map_or(1, Vec::len);
    Raster::from_fn(across * cell, rows.len() * cell, |x, y| {
        rows[y / cell][x / cell].at(x % cell, y % cell)
    })
}

fn write(path: &str, image: &Raster) -> Result<(), Box<dyn Error>> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, image.width() as u32, image.height() as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(image.cells().as_flattened())?;
    Ok(())
}
