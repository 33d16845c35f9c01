//! Pictures on disk and through the engine, for every tool alike.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use variata_core::{Collector, Engine, SquareImage, Variation, VariationSpec};
use variata_image::{DecodeLimits, Fit};
use variata_patch::PatchEngine;

/// A picture and the name of its file without the ending.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) image: SquareImage,
}

/// Reads the given files and every PNG of the given folders, sorted by name; what is not square
/// is cropped.
///
/// # Errors
///
/// When a file cannot be read, and when there is no picture at all.
pub(crate) fn read_all(paths: &[PathBuf]) -> anyhow::Result<Vec<Named>> {
    let files = paths.iter().map(|path| files_of(path)).collect::<Result<Vec<_>, _>>()?.concat();
    if files.is_empty() {
        bail!("no PNG in {}", list(paths));
    }
    files.iter().map(|file| read(file)).collect()
}

/// Reads one picture.
pub(crate) fn read(file: &Path) -> anyhow::Result<Named> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let named = || format!("in {}", file.display());
    let picture = variata_image::decode(&bytes, &DecodeLimits::local()).with_context(named)?;
    let image = variata_image::fit(picture, Fit::Crop).with_context(named)?;
    Ok(Named { name: stem(file), image })
}

/// The name of a file without folder and ending.
pub(crate) fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The PNGs of a folder sorted by name, or the file itself.
pub(crate) fn files_of(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
    let files: Result<Vec<PathBuf>, _> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut files = files.with_context(|| path.display().to_string())?;
    files.retain(|file| file.extension().is_some_and(|end| end.eq_ignore_ascii_case("png")));
    files.sort();
    Ok(files)
}

/// Runs the embedded engine.
pub(crate) fn vary(source: SquareImage, spec: &VariationSpec) -> anyhow::Result<Vec<Variation>> {
    let collector = Collector::default();
    PatchEngine::new().vary(source, spec, &collector)?;
    Ok(collector.into_variations())
}

/// Writes to `path`, making its folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// How hard a PNG is squeezed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// For pictures that are looked at once.
    Quick,
    /// For pictures that stay in the repository.
    Thorough,
}

/// A PNG of any shape: three samples a pixel, or four where `samples` has that many.
pub(crate) fn png(size: (u32, u32), samples: &[u8], effort: Effort) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    let has_alpha = samples.len() as u64 == 4 * u64::from(size.0) * u64::from(size.1);
    encoder.set_color(if has_alpha { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_compression(match effort {
        Effort::Quick => png::Compression::Fast,
        Effort::Thorough => png::Compression::High,
    });
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    writer.finish()?;
    Ok(bytes)
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
