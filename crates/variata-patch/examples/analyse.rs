//! Prints what the engine measures of every PNG picture in a folder, and writes what it sees.
//!
//! `cargo run --release -p variata-patch --example analyse -- PICTURES [DEBUG_PICTURES]`

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Instant;

use variata_core::SquareImage;
use variata_patch::analysis::Analysis;
use variata_patch::grid::{Plane, Raster};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder of PNG pictures?")?);
    let debug = arguments.next().map(PathBuf::from);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "png"));
    paths.sort();
    println!(
        "{:22} class   sep  area big  nc size | blk  rows | sim  peak uniq | drif peak skin | flat top4 | white light outl | line vert text | conf area plain | mirror ms",
        ""
    );
    for path in paths {
        let source = read(&path)?;
        let started = Instant::now();
        let analysis = Analysis::new(&source, 1024);
        let elapsed = started.elapsed();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        report(&name, &analysis, elapsed.as_secs_f32() * 1e3);
        if let Some(debug) = &debug {
            write_plane(&debug.join(format!("{name}-saliency.png")), &analysis.saliency.map)?;
        }
    }
    Ok(())
}

fn report(name: &str, analysis: &Analysis, elapsed_ms: f32) {
    let f = &analysis.features;
    print!(
        "{name:22.22} {:7} {:.2} {:.2} {:.2} {:3} {:.2} ",
        analysis.class.name(),
        analysis.saliency.separability,
        f.salient_area,
        f.largest_share,
        f.component_count,
        f.component_size
    );
    print!(
        "| {:.2} {:.2} | {:.2} {:.2} {:.2} | {:.2} {:.2} ",
        f.block_variance,
        f.block_variance_in_rows,
        f.self_similarity,
        f.uniqueness_peak,
        f.unique_area,
        f.flat_share,
        f.common_colour_share
    );
    print!("| {:.2} {:.2} {:.2} ", f.drift, f.drift_peak, f.skin_area);
    println!(
        "| {:.2} {:.2} {:.2} | {:4.1} {:4.1} {:2} | {} {elapsed_ms:.0}",
        f.white_border,
        f.lightness,
        f.outline_share,
        f.line_length,
        f.vertical_line_length,
        f.text_chain,
        analysis.may_mirror
    );
}

fn read(path: &Path) -> Result<SquareImage, Box<dyn Error>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("the picture is too large")?];
    let info = reader.next_frame(&mut bytes)?;
    let samples = info.color_type.samples();
    let pixels = bytes[..info.buffer_size()].chunks(samples).map(|sample| match *sample {
        [grey] => [grey, grey, grey, 255],
        [grey, alpha] => [grey, grey, grey, alpha],
        [red, green, blue] => [red, green, blue, 255],
        [red, green, blue, alpha, ..] => [red, green, blue, alpha],
        [] => [0; 4],
    });
    Ok(SquareImage::new(info.width, pixels.collect())?)
}

fn write_plane(path: &Path, plane: &Plane) -> Result<(), Box<dyn Error>> {
    write(
        path,
        &plane.map(|value| {
            let byte = (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
            [byte, byte, byte, 255]
        }),
    )
}

fn write(path: &Path, picture: &Raster) -> Result<(), Box<dyn Error>> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width() as u32, picture.height() as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header()?.write_image_data(picture.cells().as_flattened())?;
    Ok(())
}
