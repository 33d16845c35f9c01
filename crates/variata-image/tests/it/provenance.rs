//! Records are read from our files and doubted in all others.

use proptest::prelude::*;
use variata_core::{Seed, Size, Strength};
use variata_image::{
    EncodeError, Fit, OutputFormat, Provenance, ProvenanceError, RECORD_VERSION, SourceDigest,
    encode, read_provenance,
};

use crate::support::{Png, picture, provenance};

const RECORD: &str = "variata-provenance 1\nid=a\nsoftware=s\nengine=e\nengine-version=1\nseed=7\n\
                      strength=0.5\nsize=256x256\n\
                      source-sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n";

fn file_with(records: &[&[u8]]) -> Vec<u8> {
    let add = |png: Png, record: &&[u8]| png.chunk(b"tEXt", &[b"variata\0", *record].concat());
    records.iter().fold(Png::dot(), add).rows(&[0, 0]).end()
}

fn refusal(record: &str) -> String {
    read_provenance(&file_with(&[record.as_bytes()])).unwrap_err().to_string()
}

#[test]
fn a_record_is_plain_text_that_anyone_can_read() {
    let read = read_provenance(&file_with(&[RECORD.as_bytes()])).unwrap().unwrap();
    assert_eq!((read.seed.get(), read.size, read.strength.get()), (7, Size::Px256, 0.5));
    assert_eq!(read.source_sha256, SourceDigest::of(b"abc"));
    assert_eq!((read.fit, read.operation, read.parent), (None, None, None));
    for format in [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP] {
        let file = encode(&picture(2, false), format, Some(&provenance())).unwrap();
        let line = b"\nseed=9223372036854775807\n";
        assert!(file.windows(line.len()).any(|part| part == line), "{format}");
    }
}

#[test]
fn a_later_record_is_read_as_far_as_it_is_known() {
    let later = RECORD.replace("provenance 1", "provenance 2") + "mood=blue\n";
    let read = read_provenance(&file_with(&[later.as_bytes()])).unwrap().unwrap();
    assert_eq!((read.record_version, read.seed.get()), (2, 7));
    assert_ne!(read.record_version, RECORD_VERSION);
}

#[test]
fn broken_records_are_refused_with_the_reason() {
    let without_seed = RECORD.replace("seed=7\n", "");
    assert_eq!(refusal(&without_seed), "the provenance record has no \"seed\"");
    let negative = refusal(&RECORD.replace("seed=7", "seed=-7"));
    assert!(negative.contains("\"seed\"") && negative.contains("\"-7\""), "{negative}");
    for (good, bad) in [
        ("provenance 1", "provenance one"),
        ("seed=7", "seed=7\nseed=8"),
        ("seed=7", "seed"),
        ("engine=e", "engine=%e"),
        ("engine=e", "engine=%FF"),
    ] {
        let message = refusal(&RECORD.replace(good, bad));
        assert!(message.starts_with("the provenance record has a broken line"), "{message}");
    }
    for (good, bad) in [("strength=0.5", "strength=NaN"), ("=256x256", "=1x1"), ("=ba78", "=zz")] {
        let message = refusal(&RECORD.replace(good, bad));
        assert!(message.starts_with("the provenance record has a wrong"), "{message}");
    }
}

#[test]
fn doubled_damaged_and_endless_records_are_refused() {
    let twice = file_with(&[RECORD.as_bytes(), RECORD.as_bytes()]);
    assert_eq!(read_provenance(&twice), Err(ProvenanceError::SeveralRecords));
    let endless = file_with(&[&[RECORD.as_bytes(), &[b'x'; 5000]].concat()]);
    assert!(matches!(read_provenance(&endless), Err(ProvenanceError::TooLong { .. })));
    let mut damaged = file_with(&[RECORD.as_bytes()]);
    damaged[100] ^= 1;
    assert_eq!(read_provenance(&damaged), Err(ProvenanceError::Damaged));
}

#[test]
fn files_that_hold_no_record_are_told_from_files_that_cannot() {
    assert_eq!(read_provenance(&file_with(&[])), Ok(None));
    let error = read_provenance(b"GIF89a").unwrap_err().to_string();
    assert_eq!(error, "a PNG, JPEG or WebP was expected, but the file is a GIF");
    assert!(read_provenance(b"").is_err());
}

#[test]
fn a_record_too_long_to_be_read_is_not_written() {
    let operation = Some("x".repeat(4096));
    let record = Provenance { operation, ..provenance() };
    for format in [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP] {
        let result = encode(&picture(2, false), format, Some(&record));
        assert!(matches!(result, Err(EncodeError::RecordTooLong { .. })));
    }
}

#[test]
fn digests_are_64_hexadecimal_digits() {
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(SourceDigest::of(b"abc").to_string(), text);
    assert_eq!(text.parse(), Ok(SourceDigest::of(b"abc")));
    for wrong in [&text[1..], &text[2..], &text.replace('b', "g"), ""] {
        assert!(wrong.parse::<SourceDigest>().is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_text_comes_back_from_any_format(
        text in "\\PC{0,40}|[\\x00-\\x7f]{0,60}",
        seed in 0..=Seed::MAX,
        strength in 0.0_f32..=1.0,
        format in prop::sample::select(vec![
            OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP,
        ]),
    ) {
        let record = Provenance {
            id: text.clone(),
            software: text.clone(),
            operation: Some(text),
            seed: Seed::new(seed).unwrap(),
            strength: Strength::new(strength).unwrap(),
            fit: Some(Fit::Pad),
            parent: None,
            ..provenance()
        };
        let file = encode(&picture(2, true), format, Some(&record)).unwrap();
        prop_assert_eq!(read_provenance(&file).unwrap(), Some(record));
    }
}
