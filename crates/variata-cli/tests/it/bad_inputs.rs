//! Every input that cannot be varied is one line, and the others are still done.

use crate::support::{Folder, oblong, png, sticker};

const CONVERT: &str = "hint: convert it to PNG, JPEG or WebP first";
const SCALE: &str = "hint: scale it down first";

/// Runs on one bad file, given as its name and bytes, and checks the messages to the letter.
#[track_caller]
fn check(name: &str, bytes: &[u8], messages: &[&str]) {
    let folder = Folder::new();
    folder.write(name, bytes);
    let ran = folder.vary(&format!("{name} --size 256 --fit reject"));
    ran.assert_failed(3, messages);
    assert_eq!(ran.stdout, "");
    assert_eq!(folder.names(), [name]);
}

#[test]
fn a_missing_file_is_named() {
    let ran = Folder::new().vary("gone.png");
    ran.assert_failed(3, &["error: gone.png: no such file or folder"]);
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    check("photo.png", b"", &["error: photo.png: the file is empty"]);
}

#[test]
fn a_file_that_is_cut_off_is_said_to_be() {
    let whole = png(64);
    let half = &whole[..whole.len() / 2];
    let message = format!("error: photo.png: the PNG is cut off after {} bytes", half.len());
    check("photo.png", half, &[&message]);
}

#[test]
fn a_picture_of_32_gigapixels_is_refused_on_its_header() {
    let mut bomb = png(8);
    bomb[16..24].copy_from_slice(&[0, 2, 0xbf, 0x20, 0, 2, 0xbf, 0x20]);
    let message =
        "error: photo.png: the picture is 180000x180000 pixels, more than 16384 on a side";
    check("photo.png", &bomb, &[message, SCALE]);
}

#[cfg(unix)]
#[test]
fn a_dash_is_told_what_standard_input_is_called() {
    Folder::new().vary("-").assert_failed(
        3,
        &["error: -: no such file or folder", "hint: standard input is /dev/stdin"],
    );
}

#[test]
fn a_text_is_no_picture_whatever_its_name() {
    let message = "error: photo.png: it is the text \"hello\", expected the bytes of a picture";
    check("photo.png", b"hello", &[message]);
    let message =
        "error: photo.png: the file is in no known picture format (it starts with \"a\\nb\")";
    check("photo.png", b"a\nb", &[message, CONVERT]);
}

#[test]
fn a_gif_is_told_from_what_is_no_picture() {
    let message = "error: photo.gif: it is a GIF, expected a PNG, a JPEG or a WebP";
    check("photo.gif", b"GIF89a and so on", &[message, CONVERT]);
}

#[test]
fn a_picture_that_is_not_square_is_refused_on_request() {
    let reason = "expected an image with equal width and height, got 30x20 instead";
    let hint = "hint: --fit crop takes the square in the middle, --fit focus the one with most to \
                see, --fit pad adds borders";
    check("photo.png", &oblong(30, 20), &[&format!("error: photo.png: {reason}"), hint]);
}

#[test]
fn a_picture_that_is_not_square_is_cropped_by_default_and_that_is_said() {
    let folder = Folder::new();
    folder.write("photo.png", oblong(30, 20));
    let ran = folder.vary("photo.png --size 256 --seed 1 -n 1");
    let hint = "hint: photo.png is 30x20, the 20x20 with most to see is taken; --fit pad keeps all";
    ran.assert_failed(0, &[hint]);
    assert_eq!(ran.paths(), ["photo-1.png"]);
}

#[test]
fn what_stands_on_a_transparent_ground_is_kept_whole_by_default_and_that_is_said() {
    let folder = Folder::new();
    folder.write("sticker.png", sticker(30, 20));
    let ran = folder.vary("sticker.png --size 256 --seed 1 -n 1");
    let hint = "hint: sticker.png is 30x20, it is kept whole; --fit crop takes the middle";
    ran.assert_failed(0, &[hint]);
}

#[test]
fn a_crop_that_was_asked_for_and_padding_are_not_talked_about() {
    let folder = Folder::new();
    folder.write("photo.png", oblong(30, 20));
    folder.vary("photo.png --size 256 --fit crop").assert_clean();
    folder.vary("photo.png --size 256 --fit pad").assert_clean();
}

#[test]
fn the_others_are_done_and_the_first_failure_decides_the_code() {
    let folder = Folder::with_photo();
    folder.write("broken.png", b"");
    folder.write("last-1.png", b"in the way");
    folder.write("last.png", png(8));
    let ran = folder.vary("gone.png broken.png photo.png last.png -n 1 --seed 1 --size 256");
    let expected = [
        "error: gone.png: no such file or folder",
        "error: last-1.png: this file exists and is not replaced",
        "hint: --force replaces it; -o DIR writes elsewhere; another --seed names it anew",
        "error: broken.png: the file is empty",
    ];
    ran.assert_failed(3, &expected);
    assert_eq!(ran.paths(), ["photo-1.png"]);
}

#[cfg(unix)]
#[test]
fn a_hostile_file_name_cannot_forge_a_message() {
    let folder = Folder::new();
    let mut command = folder.command("");
    let ran = crate::support::Ran::of(&command.arg("a\nerror: b\x1b[2J.png").output().unwrap());
    ran.assert_failed(3, &["error: a\\nerror: b\\u{1b}[2J.png: no such file or folder"]);
}

#[test]
fn values_out_of_range_are_usage_errors_that_say_what_is_allowed() {
    let folder = Folder::with_photo();
    for (flags, expected) in [
        ("--seed 9223372036854775808", "from 0 to 9223372036854775807"),
        ("--seed -1", "from 0 to 9223372036854775807"),
        ("-n 0", "from 1 to 1000"),
        ("-n 1001", "from 1 to 1000"),
        ("--size 300", "256, 512 or 1024"),
        ("--strength 1.5", "from 0.0 to 1.0"),
        ("--format gif", "png, jpeg or webp"),
        ("--fit stretch", "crop, focus, pad, reject"),
        ("--threads 0", "1..=1024"),
    ] {
        let ran = folder.vary(&format!("photo.png {flags}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{flags}");
        assert!(ran.stderr.starts_with("error: "), "{flags}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{flags}: {}", ran.stderr);
    }
    assert_eq!(folder.names(), ["photo.png"]);
}
