//! The public collections of difficult PNG files, when they are at hand.

use std::fs;
use std::path::Path;

use variata_image::{DecodeError, DecodeLimits, Picture, decode, decode_owned};

use crate::support::shared;

/// Decodes every file of a folder; returns those whose fate differs from what their name says.
fn surprises(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pictures = entries.filter(|path| path.extension().is_some_and(|end| end == "png"));
    let surprise = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = fs::read(&path).unwrap();
        let result = decode(&file, &DecodeLimits::endpoint());
        assert_same(&result, file);
        let is_surprise = result.is_ok() == name.starts_with('x');
        is_surprise.then(|| format!("{name}: {result:?}"))
    };
    pictures.filter_map(surprise).collect()
}

/// A file that is let go as it is read gives the same picture or the same error.
fn assert_same(result: &Result<Picture, DecodeError>, file: Vec<u8>) {
    let told = |error: &DecodeError| error.to_string();
    let owned = decode_owned(file, &DecodeLimits::endpoint());
    assert_eq!(owned.as_ref().map_err(told), result.as_ref().map_err(told));
}

#[test]
fn pngsuite_is_read_and_its_broken_files_are_refused() {
    if let Some(folder) = shared("corpora/pngsuite") {
        assert_eq!(surprises(&folder), [""; 0]);
    }
}

#[test]
fn past_regressions_are_read_and_broken_files_are_refused() {
    if let Some(folder) = shared("corpora/bugfixes") {
        assert_eq!(surprises(&folder), [""; 0]);
    }
}

#[test]
fn fuzzed_files_are_read_or_refused_within_the_limits() {
    let Some(folder) = shared("corpora/fuzz-decode") else { return };
    let limits = DecodeLimits::endpoint();
    let mut tried = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let mut file = fs::read(entry.unwrap().path()).unwrap();
        if let Err(error) = decode(&file, &limits) {
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
        // Nearly all of them lack their end, which is checked first; with one, the codec is asked.
        file.extend(b"\0\0\0\0IEND\xaeB\x60\x82");
        let result = decode(&file, &limits);
        if let Ok(picture) = &result {
            assert!(picture.width_px().max(picture.height_px()) <= limits.max_side_px);
        }
        assert_same(&result, file);
        tried += 1;
    }
    assert!(tried > 1000, "only {tried} files");
}
