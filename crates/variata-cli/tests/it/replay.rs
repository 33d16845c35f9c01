//! A variation can be made again from the record in it.

use crate::support::{Folder, Ran, oblong, png};

#[test]
fn every_format_is_made_again_byte_for_byte() {
    for (format, extension) in [("png", "png"), ("jpeg", "jpg"), ("webp", "webp")] {
        let folder = Folder::with_photo();
        let flags = "-n 2 --seed 6 --size 256 --strength 0.3";
        folder.vary(&format!("photo.png {flags} --format {format}")).assert_clean();
        let ran = folder.vary(&format!("photo.png --replay photo-7.{extension}"));
        ran.assert_clean();
        let again = format!("photo-7-replay.{extension}");
        assert_eq!(ran.paths(), [&again]);
        assert!(folder.read(&again) == folder.read(&format!("photo-7.{extension}")));
    }
}

#[test]
fn the_way_in_which_the_source_was_made_square_is_kept() {
    for fit in ["crop", "focus", "pad"] {
        let folder = Folder::new();
        folder.write("photo.png", oblong(40, 24));
        folder.vary(&format!("photo.png -n 1 --seed 1 --size 256 --fit {fit}")).assert_clean();
        folder.vary("photo.png --replay photo-1.png -o again").assert_clean();
        assert!(folder.read("again/photo-1-replay.png") == folder.read("photo-1.png"));
    }
}

#[test]
fn the_source_is_found_beside_the_variation_whatever_it_is_called_now() {
    let folder = Folder::with_photo();
    folder.write("another.png", png(9));
    folder.vary("photo.png -n 1 --seed 1 --size 256").assert_clean();
    std::fs::rename(folder.path("photo.png"), folder.path("renamed.png")).unwrap();
    folder.vary("--replay photo-1.png").assert_clean();
    assert!(folder.read("photo-1-replay.png") == folder.read("photo-1.png"));
}

#[test]
fn a_source_that_is_not_there_is_asked_for() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 1 --size 256 -o out").assert_clean();
    let expected = [
        "error: out/photo-1.png: the picture that this was made from is not beside it",
        "hint: name it: variata vary IMAGE --replay FILE",
    ];
    folder.vary("--replay out/photo-1.png").assert_failed(3, &expected);
}

#[test]
fn another_picture_is_not_taken_for_the_source() {
    let folder = Folder::with_photo();
    folder.write("other.png", png(9));
    folder.vary("photo.png -n 1 --seed 1 --size 256").assert_clean();
    let ran = folder.vary("other.png --replay photo-1.png");
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.starts_with("error: other.png: photo-1.png was not made from this picture"));
    assert!(ran.stderr.contains("hint: its source has the SHA-256 "));
}

#[test]
fn a_picture_without_a_record_cannot_be_made_again() {
    let message = "error: photo.png: there is no variata record in this picture";
    Folder::with_photo().vary("--replay photo.png").assert_failed(3, &[message]);
}

#[test]
fn a_result_that_is_there_is_not_replaced_and_no_other_seed_is_spoken_of() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 1 --size 256").assert_clean();
    folder.write("photo-1-replay.png", b"precious");
    folder.vary("--replay photo-1.png").assert_failed(
        4,
        &[
            "error: photo-1-replay.png: this file exists and is not replaced",
            "hint: --force replaces it; -o DIR writes elsewhere",
        ],
    );
    assert_eq!(folder.read("photo-1-replay.png"), b"precious");
}

#[test]
fn a_result_that_differs_is_written_and_reported() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 1 --size 256").assert_clean();
    let mut changed = folder.read("photo-1.png");
    changed.extend(b"something behind the end");
    folder.write("photo-1.png", changed);
    let ran = folder.vary("--replay photo-1.png");
    assert_eq!((ran.code, ran.paths()), (1, vec!["photo-1-replay.png"]));
    let expected = "error: photo-1-replay.png: this came out differently from photo-1.png";
    assert_eq!(ran.stderr.lines().next(), Some(expected));
}

#[test]
fn what_the_record_decides_cannot_be_asked_for() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 1 --size 256").assert_clean();
    for flag in ["--seed 2", "--size 256", "-n 2", "--strength 1", "--fit crop", "--format png"] {
        let ran = folder.vary(&format!("photo.png --replay photo-1.png {flag}"));
        assert_eq!(ran.code, 2, "{flag}");
        assert!(ran.stderr.contains("cannot be used with --replay"), "{}", ran.stderr);
    }
    let two = folder.vary("photo.png photo-1.png --replay photo-1.png");
    two.assert_failed(2, &["error: photo-1.png: --replay takes one IMAGE only"]);
}

#[test]
fn defaults_from_the_environment_do_not_disturb_a_replay() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 1 --size 256").assert_clean();
    let mut command = folder.command("--replay photo-1.png");
    let ran =
        Ran::of(&command.env("VARIATA_SIZE", "512").env("VARIATA_FIT", "pad").output().unwrap());
    ran.assert_clean();
    assert!(folder.read("photo-1-replay.png") == folder.read("photo-1.png"));
}
