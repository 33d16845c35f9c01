//! What a run that goes well leaves behind and prints.

use variata_core::{SquareImage, Strength};
use variata_image::{DecodeLimits, Format, OutputFormat, decode, encode, read_provenance};

use crate::support::{Folder, Ran, image, names_in};

#[test]
fn four_variations_lie_beside_the_input_and_their_paths_are_printed() {
    let folder = Folder::with_photo();
    let ran = folder.vary("photo.png --size 256");
    ran.assert_clean();
    assert_eq!(ran.paths().len(), 4);
    assert_eq!(folder.names().len(), 5);
    for path in ran.paths() {
        let picture = decode(&folder.read(path), &DecodeLimits::endpoint()).unwrap();
        assert_eq!((picture.width_px(), picture.height_px()), (256, 256));
    }
}

#[test]
fn names_count_up_from_the_seed() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 3 --seed 8 --size 256").assert_clean();
    assert_eq!(folder.names(), ["photo-10.png", "photo-8.png", "photo-9.png", "photo.png"]);
}

#[test]
fn runs_without_a_seed_differ() {
    let folder = Folder::with_photo();
    let first = folder.vary("photo.png -n 1 --size 256");
    let second = folder.vary("photo.png -n 1 --size 256");
    assert_ne!(first.stdout, second.stdout);
}

#[test]
fn the_size_is_1024_unless_another_is_asked_for() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 1").assert_clean();
    let picture = decode(&folder.read("photo-1.png"), &DecodeLimits::endpoint()).unwrap();
    assert_eq!(picture.width_px(), 1024);
}

#[test]
fn the_same_seed_gives_the_same_file_for_any_threads_and_instructions() {
    let folder = Folder::with_photo();
    folder.vary("photo.png --seed 5 --size 256 -o a").assert_clean();
    folder.vary("photo.png --seed 5 --size 256 -o b --threads 1 --simd portable").assert_clean();
    folder.vary("photo.png --seed 7 -n 1 --size 256 -o c --threads 7").assert_clean();
    for name in ["photo-5.png", "photo-6.png", "photo-7.png", "photo-8.png"] {
        assert!(folder.read(&format!("a/{name}")) == folder.read(&format!("b/{name}")), "{name}");
    }
    assert!(folder.read("a/photo-7.png") == folder.read("c/photo-7.png"));
}

#[test]
fn a_missing_output_folder_is_made_with_those_above_it() {
    let folder = Folder::with_photo();
    let ran = folder.vary("photo.png -n 1 --seed 1 --size 256 -o new/deep");
    ran.assert_clean();
    assert_eq!(ran.paths(), ["new/deep/photo-1.png"]);
    assert_eq!(names_in(&folder.path("new/deep")), ["photo-1.png"]);
}

#[test]
fn every_format_is_written_and_can_be_varied_again() {
    let folder = Folder::with_photo();
    for (format, name, expected) in [
        ("png", "photo-1.png", Format::Png),
        ("jpeg", "photo-1.jpg", Format::Jpeg),
        ("webp", "photo-1.webp", Format::WebP),
    ] {
        folder
            .vary(&format!("photo.png -n 1 --seed 1 --size 256 --format {format}"))
            .assert_clean();
        assert_eq!(variata_image::sniff(&folder.read(name)), Some(expected));
        folder.vary(&format!("{name} -n 1 --size 256 -o {format}")).assert_clean();
    }
}

#[test]
fn the_record_in_a_result_says_how_it_came_about() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 3 --size 256 --strength 0.4").assert_clean();
    let record = read_provenance(&folder.read("photo-3.png")).unwrap().unwrap();
    assert_eq!(record.engine, "variata-patch");
    assert_eq!((record.seed.get(), record.strength), (3, Strength::new(0.4).unwrap()));
    assert_eq!((record.fit, record.parent), (None, None));
}

#[test]
fn a_variation_of_a_variation_names_its_parent() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 3 --size 256").assert_clean();
    folder.vary("photo-3.png -n 1 --seed 4 --size 256").assert_clean();
    let parent = read_provenance(&folder.read("photo-3.png")).unwrap().unwrap();
    let child = read_provenance(&folder.read("photo-3-4.png")).unwrap().unwrap();
    assert_eq!(child.parent, Some(parent.id));
}

#[test]
fn unusual_pictures_are_varied_too() {
    let folder = Folder::new();
    let write = |name: &str, image: &SquareImage| {
        folder.write(name, encode(image, OutputFormat::Png, None).unwrap());
    };
    write("one.png", &image(1));
    write("plain.png", &SquareImage::from_fn(16, |_, _| [90, 90, 90, 255]));
    write("nothing.png", &SquareImage::from_fn(16, |_, _| [0; 4]));
    write("logo.png", &SquareImage::from_fn(16, |x, _| [200, 0, 0, (x * 17) as u8]));
    folder.write("grey16.png", grey_of_16_bits(16));
    let ran = folder.vary("one.png plain.png nothing.png logo.png grey16.png -n 2 --size 256");
    ran.assert_clean();
    assert_eq!(ran.paths().len(), 10);
}

#[test]
fn json_has_one_object_a_line_for_each_result() {
    let folder = Folder::with_photo();
    let ran = folder.vary("photo.png -n 2 --seed 4 --size 512 --strength 0.5 --json");
    ran.assert_clean();
    let lines: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        let path = line["path"].as_str().unwrap();
        assert_eq!(path, format!("photo-{}.png", line["seed"]));
        assert!(folder.path(path).exists());
        assert_eq!(line["source"], "photo.png");
        assert_eq!((&line["size"], &line["strength"]), (&512.into(), &0.5.into()));
        assert!(line["class"].is_string() && line["operation"].is_string());
        assert!(line["scores"].as_object().unwrap().values().all(serde_json::Value::is_number));
        assert!(line["milliseconds"].is_u64());
    }
}

#[test]
fn options_can_be_set_in_the_environment_and_the_line_wins() {
    let folder = Folder::with_photo();
    let mut command = folder.command("photo.png --seed 1 -n 1");
    let output = command.env("VARIATA_SIZE", "256").env("VARIATA_COUNT", "3").output().unwrap();
    let ran = Ran::of(&output);
    ran.assert_clean();
    assert_eq!(ran.paths(), ["photo-1.png"]);
    let picture = decode(&folder.read("photo-1.png"), &DecodeLimits::endpoint()).unwrap();
    assert_eq!(picture.width_px(), 256);
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let folder = Folder::with_photo();
    let mut command = folder.command("photo.png --seed 1 --size 256");
    for name in ["COUNT", "SIZE", "STRENGTH", "ENGINE", "FIT", "FORMAT", "OUTPUT"] {
        command.env(format!("VARIATA_{name}"), "");
    }
    for name in ["SERVER", "API_KEY", "THREADS", "SIMD", "STEPS", "PRECISION", "DEVICE"] {
        command.env(format!("VARIATA_{name}"), "");
    }
    let ran = Ran::of(&command.output().unwrap());
    ran.assert_clean();
    assert_eq!(ran.paths().len(), 4);
}

fn grey_of_16_bits(side: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let samples: Vec<u8> = (0..side * side * 2).map(|index| index as u8).collect();
    encoder.write_header().unwrap().write_image_data(&samples).unwrap();
    file
}
