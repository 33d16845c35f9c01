//! Nothing is lost: not what was there before, and not a result.

use crate::support::{Folder, Ran, names_in, png};

const EXISTS: &str =
    "hint: --force replaces it; -o DIR writes elsewhere; another --seed names it anew";

#[test]
fn a_file_that_exists_stops_its_input_before_anything_is_made() {
    let folder = Folder::with_photo();
    folder.write("photo-4.png", b"precious");
    let ran = folder.vary("photo.png --seed 1 --size 256");
    let message = "error: photo-4.png: this file exists and is not replaced";
    ran.assert_failed(4, &[message, EXISTS]);
    assert_eq!(folder.names(), ["photo-4.png", "photo.png"]);
    assert_eq!(folder.read("photo-4.png"), b"precious");
}

#[cfg(unix)]
#[test]
fn variations_of_standard_input_are_written_here() {
    let folder = Folder::new();
    let mut command = folder.command("/dev/stdin -n 1 --seed 5 --size 256");
    let ran = Ran::of(&command.write_stdin(png(24)).output().unwrap());
    ran.assert_clean();
    assert_eq!(ran.paths(), ["stdin-5.png"]);
    assert_eq!(folder.names(), ["stdin-5.png"]);
}

#[test]
fn force_replaces_it() {
    let folder = Folder::with_photo();
    folder.write("photo-1.png", b"worthless");
    folder.vary("photo.png -n 1 --seed 1 --size 256 --force").assert_clean();
    assert!(folder.read("photo-1.png").starts_with(b"\x89PNG"));
}

#[test]
fn an_input_is_never_replaced_by_a_result() {
    let folder = Folder::with_photo();
    let other = png(9);
    folder.write("photo-1.png", &other);
    let ran = folder.vary("photo.png ./photo-1.png -n 1 --seed 1 --size 256 --force");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("photo-1.png: this input would be replaced by a variation"));
    assert!(folder.read("photo-1.png") == other);
}

#[test]
fn two_inputs_whose_results_would_meet_are_refused() {
    let folder = Folder::new();
    folder.write("a/photo.png", png(8));
    folder.write("b/photo.png", png(9));
    let ran = folder.vary("a/photo.png b/photo.png --seed 1 -o out");
    let expected = [
        "error: b/photo.png: its variations and those of a/photo.png would both be out/photo-1.png",
        "hint: vary them in two runs, each with its own -o DIR, or rename one",
    ];
    ran.assert_failed(2, &expected);
    assert!(!folder.path("out").exists());
    let apart = folder.vary("a/photo.png b/photo.png --seed 1 --size 256 -n 1");
    apart.assert_clean();
}

#[test]
fn two_spellings_of_one_folder_do_not_hide_a_collision() {
    let folder = Folder::with_photo();
    folder.write("photo.dat", png(8));
    let ran = folder.vary("photo.png ./photo.dat --seed 1");
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn an_output_folder_that_is_a_file_is_refused() {
    let folder = Folder::with_photo();
    folder.write("out", b"a file");
    let message = "error: out: this is a file, not a folder";
    folder.vary("photo.png -o out").assert_failed(4, &[message]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_folder_that_cannot_be_made_is_refused() {
    let ran = Folder::with_photo().vary("photo.png -o /proc/nowhere");
    ran.assert_failed(4, &["error: /proc/nowhere: no such file or folder"]);
}

/// A file that may not grow beyond a few kilobytes fails in the middle of being written, as it
/// does on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_is_reported_once_and_leaves_nothing_behind() {
    let folder = Folder::with_photo();
    let script = "trap '' XFSZ; ulimit -f 2; exec \"$0\" vary photo.png -n 8 --seed 1 -o out";
    let output = std::process::Command::new("sh")
        .args(["-c", script, crate::support::VARIATA])
        .current_dir(folder.root())
        .output()
        .unwrap();
    let ran = Ran::of(&output);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: out/photo-"), "{}", ran.stderr);
    assert!(names_in(&folder.path("out")).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_printed_are_an_error() {
    let folder = Folder::with_photo();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(crate::support::VARIATA)
        .args(["vary", "photo.png", "-n", "1", "--size", "256"])
        .current_dir(folder.root())
        .stdout(full)
        .output()
        .unwrap();
    let ran = Ran::of(&output);
    ran.assert_failed(4, &["error: standard output: no space left on the disk"]);
}

/// `| head -1` takes what it wants and leaves; the files are made all the same.
#[cfg(unix)]
#[test]
fn a_reader_that_leaves_does_not_stop_the_run() {
    let folder = Folder::with_photo();
    let mut child = std::process::Command::new(crate::support::VARIATA)
        .args(["vary", "photo.png", "-n", "9", "--seed", "1", "--size", "256", "-o", "out"])
        .current_dir(folder.root())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(names_in(&folder.path("out")).len(), 9);
}
