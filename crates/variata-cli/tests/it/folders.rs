//! A folder stands for the pictures directly inside it.

use crate::support::{Folder, png};

#[test]
fn the_pictures_of_a_folder_are_taken_in_order_by_their_bytes() {
    let folder = Folder::new();
    folder.write("in/b.png", png(8));
    folder.write("in/a.dat", png(8));
    folder.write("in/.hidden.png", png(8));
    folder.write("in/notes.png", b"no picture");
    folder.write("in/film.gif", b"GIF89a");
    folder.write("in/deeper/c.png", png(8));
    let ran = folder.vary("in -n 1 --seed 1 --size 256 -o out");
    ran.assert_clean();
    assert_eq!(ran.paths(), ["out/a-1.png", "out/b-1.png"]);
}

#[test]
fn what_variata_made_is_left_out_of_a_folder_but_not_when_named() {
    let folder = Folder::with_photo();
    for format in ["png", "jpeg", "webp"] {
        folder
            .vary(&format!("photo.png -n 1 --seed 1 --size 256 --format {format}"))
            .assert_clean();
    }
    let ran = folder.vary(". -n 1 --seed 2 --size 256");
    let hint = "hint: 3 pictures that variata made left out; name them to vary them";
    ran.assert_failed(0, &[hint]);
    assert_eq!(ran.paths(), ["./photo-2.png"]);
    folder.vary("photo-1.png -n 1 --size 256").assert_clean();
}

#[test]
fn a_picture_that_is_named_and_in_a_named_folder_is_varied_once() {
    let folder = Folder::with_photo();
    let ran = folder.vary("photo.png . ./photo.png -n 1 --seed 1 --size 256");
    ran.assert_clean();
    assert_eq!(ran.paths(), ["photo-1.png"]);
}

#[test]
fn a_folder_without_a_picture_is_an_error() {
    let folder = Folder::new();
    folder.write("in/notes.txt", b"no picture");
    let message = "error: in: there is no PNG, JPEG or WebP picture in this folder";
    folder.vary("in").assert_failed(3, &[message]);
}

#[test]
fn a_folder_of_results_alone_is_an_error_that_says_so() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 2 --size 256 -o out").assert_clean();
    let message = "error: out: every picture in this folder was made by variata";
    folder.vary("out").assert_failed(3, &[message, "hint: name those that you want varied"]);
}
