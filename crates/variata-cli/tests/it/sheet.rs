//! The contact sheet.

use variata_image::{DecodeLimits, Format, Picture, decode, sniff};

use crate::support::{Folder, png};

fn read_sheet(folder: &Folder, name: &str) -> Picture {
    decode(&folder.read(name), &DecodeLimits::local()).unwrap()
}

#[test]
fn a_sheet_shows_the_input_and_every_variation() {
    let folder = Folder::with_photo();
    let ran = folder.vary("photo.png -n 3 --seed 1 --size 256 --sheet sheets/all.png");
    ran.assert_failed(0, &["sheet: sheets/all.png"]);
    assert_eq!(ran.paths().len(), 3);
    let sheet = read_sheet(&folder, "sheets/all.png");
    assert!(sheet.width_px() > 4 * 320, "{sheet:?}");
    assert!((320..500).contains(&sheet.height_px()), "{sheet:?}");
}

#[test]
fn every_input_has_a_row() {
    let folder = Folder::with_photo();
    folder.write("other.png", png(9));
    folder.vary("photo.png other.png -n 2 --size 256 --sheet all.png");
    assert!((640..1000).contains(&read_sheet(&folder, "all.png").height_px()));
}

#[test]
fn the_ending_of_its_name_is_its_format() {
    let folder = Folder::with_photo();
    for (name, format) in [
        ("a.png", Format::Png),
        ("a.JPG", Format::Jpeg),
        ("a.jpeg", Format::Jpeg),
        ("a.webp", Format::WebP),
    ] {
        let ran = folder.vary(&format!("photo.png -n 1 --size 256 --sheet {name}"));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(sniff(&folder.read(name)), Some(format));
    }
    let ran = folder.vary("photo.png --sheet a.gif");
    ran.assert_failed(2, &["error: a.gif: a sheet's name has to end in .png, .jpg or .webp"]);
}

#[test]
fn a_sheet_replaces_nothing_without_force_and_no_picture_of_its_run_ever() {
    let folder = Folder::with_photo();
    folder.write("all.png", b"precious");
    let ran = folder.vary("photo.png -n 1 --seed 1 --size 256 --sheet all.png");
    let message = "error: all.png: this file exists and is not replaced";
    ran.assert_failed(4, &[message, "hint: --force replaces it"]);
    assert_eq!(folder.names(), ["all.png", "photo.png"]);
    for own in ["./photo.png", "./photo-1.png"] {
        let ran = folder.vary(&format!("photo.png -n 1 --seed 1 --size 256 --force --sheet {own}"));
        let message = format!("error: {own}: the sheet would replace a picture of this run");
        ran.assert_failed(2, &[&message]);
    }
    assert_eq!(folder.vary("photo.png -n 1 --size 256 --force --sheet all.png").code, 0);
    read_sheet(&folder, "all.png");
}

#[test]
fn inputs_that_fail_are_left_out_of_the_sheet() {
    let folder = Folder::with_photo();
    folder.write("broken.png", b"");
    let ran = folder.vary("broken.png photo.png -n 1 --size 256 --sheet all.png");
    assert_eq!(ran.code, 3);
    assert!(read_sheet(&folder, "all.png").height_px() < 500);
}

#[test]
fn no_sheet_is_made_when_every_input_fails() {
    let folder = Folder::new();
    folder.write("broken.png", b"");
    assert_eq!(folder.vary("broken.png --sheet all.png").code, 3);
    assert_eq!(folder.names(), ["broken.png"]);
}
