//! Contact sheets of each operation for photographs on its own, to look at while tuning.
//!
//! `cargo run --release --example photo -- SHARED OUTPUT SIZE [IMAGE,…] [OPERATION,…]`

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::time::Instant;

use variata_core::Silent;
use variata_patch::Tier;
use variata_patch::analysis::{Analysis, Class, Features, Saliency};
use variata_patch::grid::{Plane, Raster};
use variata_patch::operations::grade::{Grade, GradeKind};
use variata_patch::operations::light::Light;
use variata_patch::operations::reframe::{Reframe, ReframeKind};
use variata_patch::operations::retarget::Retarget;
use variata_patch::operations::{Context, Frame, Operation};
use variata_patch::random::Random;
use variata_patch::resample::resize;

const IMAGES: [&str; 9] = [
    "astronaut",
    "chelsea",
    "coffee",
    "fireman_cat",
    "kodim04",
    "kodim08",
    "kodim20",
    "rocket",
    "teddy_drawing",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [shared, output, size, rest @ ..] = arguments.as_slice() else {
        return Err("SHARED OUTPUT SIZE [IMAGE,…] [OPERATION,…]".into());
    };
    let size: usize = size.parse()?;
    let list = |at: usize| -> Vec<String> {
        let given = rest.get(at).filter(|text| !text.is_empty());
        given.map_or(Vec::new(), |text| text.split(',').map(str::to_owned).collect())
    };
    let images = match list(0) {
        images if images.is_empty() => IMAGES.map(str::to_owned).to_vec(),
        images => images,
    };
    let wanted = list(1);
    std::fs::create_dir_all(output)?;
    for image in images {
        let source = read(&Path::new(shared).join("images").join(format!("{image}.png")))?;
        let analysis = stub(&image, resize(&source, size, size));
        let tiles = sheet(&image, &analysis, &wanted);
        let path = Path::new(output).join(format!("{image}.png"));
        write(&path, &joined(&tiles, 4))?;
    }
    Ok(())
}

fn operations() -> Vec<(String, Box<dyn Operation>)> {
    let mut all: Vec<(String, Box<dyn Operation>)> = Vec::new();
    for kind in GradeKind::ALL {
        all.push((format!("grade-{}", kind.name()), Box::new(Grade { kind })));
    }
    for kind in ReframeKind::ALL {
        all.push((format!("reframe-{}", kind.name()), Box::new(Reframe { kind })));
    }
    all.push(("retarget".to_owned(), Box::new(Retarget)));
    all.push(("light".to_owned(), Box::new(Light)));
    all
}

fn sheet(image: &str, analysis: &Analysis, wanted: &[String]) -> Vec<Raster> {
    let frame = Frame {
        image: analysis.source.clone(),
        saliency: analysis.saliency.map.clone(),
        done: Vec::new(),
    };
    let mut tiles = vec![frame.image.clone()];
    let boldness = std::env::var("BOLDNESS").ok().and_then(|v| v.parse().ok()).unwrap_or(1.0);
    let seed = std::env::var("SEED").ok().and_then(|v| v.parse().ok()).unwrap_or(1);
    for (name, operation) in operations() {
        if !wanted.is_empty() && !wanted.iter().any(|start| name.starts_with(start.as_str())) {
            continue;
        }
        let context =
            Context { analysis, boldness, seed, tier: Tier::detect(), observer: &Observe };
        let started = Instant::now();
        let result = operation.apply(&frame, &context, &mut Random::new(seed, 1));
        let took = started.elapsed().as_millis();
        match result {
            Ok(result) => {
                println!("{image} {name}: {:?} {took} ms (tile {})", result.done, tiles.len());
                tiles.push(result.image);
            }
            Err(stop) => println!("{image} {name}: {stop:?} {took} ms"),
        }
    }
    tiles
}

struct Observe;

impl variata_core::Observer for Observe {
    fn finished(&self, variation: variata_core::Variation) {
        Silent.finished(variation);
    }
}

fn joined(tiles: &[Raster], columns: usize) -> Raster {
    let side = tiles[0].width();
    let columns = columns.min(tiles.len());
    let rows = tiles.len().div_ceil(columns);
    Raster::from_fn(columns * side, rows * side, |x, y| {
        let tile = y / side * columns + x / side;
        tiles.get(tile).map_or([0, 0, 0, 255], |image| image.at(x % side, y % side))
    })
}

fn read(path: &Path) -> Result<Raster, Box<dyn Error>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
    decoder.set_transformations(png::Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut bytes)?;
    let pixels = bytes.chunks_exact(4).map(|p| {
        let a = u32::from(p[3]);
        let by = |v: u8| (u32::from(v) * a / 255) as u8;
        [by(p[0]), by(p[1]), by(p[2]), p[3]]
    });
    let (width, height) = (info.width as usize, info.height as usize);
    Ok(Raster::from_cells(width, height, pixels.collect()).ok_or("no pixels")?)
}

fn write(path: &Path, image: &Raster) -> Result<(), Box<dyn Error>> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, image.width() as u32, image.height() as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(image.cells().as_flattened())?;
    Ok(())
}

fn stub(name: &str, source: Raster) -> Analysis {
    let folder = Path::new("/tmp/photo_stub");
    let bytes = std::fs::read(folder.join(format!("{name}.sal"))).unwrap_or_default();
    let cells = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let map = Plane::from_cells(96, 96, cells.collect()).unwrap_or(Plane::new(96, 96, 0.5));
    let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |at: usize| words.get(at).and_then(|w| w.parse().ok()).unwrap_or(0.0f32);
    Analysis {
        transparent: source.cells().iter().any(|p| p[3] < 255),
        class: if words.last() == Some(&"Lines") { Class::Lines } else { Class::Photo },
        saliency: Saliency { map, threshold: number(0), separability: number(1) },
        features: Features {
            line_length: number(2),
            vertical_line_length: number(3),
            text_chain: number(4) as usize,
            flat_share: number(5),
            common_colour_share: number(6),
            lightness: number(7),
            salient_area: number(8),
            outline_share: if name == "teddy_drawing" { 0.2 } else { 0.0 },
            ..Features::default()
        },
        matte: None,
        ground: None,
        palette: None,
        may_mirror: number(4) < 5.0,
        source,
    }
}
