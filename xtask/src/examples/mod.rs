//! The sample pictures of `examples/`, drawn by the project's own code.
//!
//! A newcomer needs pictures to try, and a repository should hold only what it may pass on:
//! everything here comes from formulas. The drawings are deterministic, so `--check` can tell
//! whether a committed file is still what the code draws.

mod brush;
mod landscape;
mod logo;
mod noise;
mod otter;
mod paint;
mod solid;
mod texture;
mod vector;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use variata_core::SquareImage;
use variata_image::DecodeLimits;

/// What to draw and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only these pictures, by name; all when none is given
    names: Vec<String>,
    /// Folder to write to
    #[arg(long, default_value = "examples")]
    output: PathBuf,
    /// Write nothing; fail when a file differs from what the code draws
    #[arg(long)]
    check: bool,
}

/// One sample picture.
struct Example {
    name: &'static str,
    draw: fn() -> anyhow::Result<SquareImage>,
}

const EXAMPLES: [Example; 4] = [
    Example { name: "landscape", draw: || Ok(landscape::draw()) },
    Example { name: "logo", draw: logo::draw },
    Example { name: "otter", draw: || Ok(otter::draw()) },
    Example { name: "texture", draw: || Ok(texture::draw()) },
];

/// Draws or checks the pictures that were asked for.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    for example in chosen(&arguments.names)? {
        let path = arguments.output.join(format!("{}.png", example.name));
        let image = (example.draw)()?;
        if arguments.check {
            check(&path, &image)?;
        } else {
            std::fs::write(&path, encode(&image)?).with_context(|| path.display().to_string())?;
            println!("{}", path.display());
        }
    }
    Ok(())
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Example>> {
    if let Some(name) = names.iter().find(|name| EXAMPLES.iter().all(|known| known.name != **name))
    {
        let known: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
        bail!("there is no example {name:?}: expected one of {}", known.join(", "));
    }
    let wanted = |example: &&Example| names.is_empty() || names.iter().any(|n| n == example.name);
    Ok(EXAMPLES.iter().filter(wanted).collect())
}

/// A PNG squeezed harder than the product's own encoder does: these files stay in the repository.
fn encode(image: &SquareImage) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.side(), image.side());
    let opaque = !image.has_transparency();
    encoder.set_color(if opaque { png::ColorType::Rgb } else { png::ColorType::Rgba });
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    let samples: Vec<u8> = if opaque {
        image.pixels().iter().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
    } else {
        image.as_bytes().to_vec()
    };
    writer.write_image_data(&samples)?;
    writer.finish()?;
    Ok(bytes)
}

/// Fails when the file at `path` does not show `image`, pixel for pixel.
fn check(path: &Path, image: &SquareImage) -> anyhow::Result<()> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let picture = variata_image::decode(&file, &DecodeLimits::local())?;
    if picture.pixels() != image.pixels() {
        bail!("{} is not what the code draws: run `cargo xtask examples`", path.display());
    }
    println!("{} is what the code draws", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quickest to draw; `cargo xtask examples --check` does the same for all.
    #[test]
    fn the_committed_logo_is_what_the_code_draws() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/logo.png");
        check(&path, &logo::draw().unwrap()).unwrap();
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let error = chosen(&["oter".to_owned()]).err().unwrap();
        assert!(error.to_string().contains("otter"), "{error}");
    }
}
