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
mod portrait;
mod solid;
mod texture;
mod town;
mod vector;

use std::path::{Path, PathBuf};

use anyhow::bail;
use variata_core::SquareImage;

use crate::pictures::{self, Effort};

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

const EXAMPLES: [Example; 6] = [
    Example { name: "landscape", draw: || Ok(landscape::draw()) },
    Example { name: "logo", draw: logo::draw },
    Example { name: "otter", draw: || Ok(otter::draw()) },
    Example { name: "portrait", draw: || Ok(portrait::draw()) },
    Example { name: "texture", draw: || Ok(texture::draw()) },
    Example { name: "town", draw: || Ok(town::draw()) },
];

/// Draws or checks the pictures that were asked for.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    for example in chosen(&arguments.names)? {
        let path = arguments.output.join(format!("{}.png", example.name));
        let image = (example.draw)()?;
        if arguments.check {
            check(&path, &image)?;
        } else {
            pictures::write(&path, &encode(&image)?)?;
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

/// A PNG without a fourth channel where nothing is transparent.
fn encode(image: &SquareImage) -> anyhow::Result<Vec<u8>> {
    let size = (image.side(), image.side());
    if image.has_transparency() {
        return pictures::png(size, image.as_bytes(), Effort::Thorough);
    }
    let samples = image.pixels().iter().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    pictures::png(size, &samples.collect::<Vec<u8>>(), Effort::Thorough)
}

/// Fails when the file at `path` does not show `image`, pixel for pixel.
fn check(path: &Path, image: &SquareImage) -> anyhow::Result<()> {
    let committed = pictures::read(path)?;
    if committed.image != *image {
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
