//! A variation names its source, and no source can make it say anything else.

use std::time::Duration;

use variata_core::{Count, Description, Seed, Size, Strength, Variation, VariationSpec};
use variata_image::{
    Fit, Lineage, OutputFormat, Provenance, SourceDigest, encode, read_provenance,
};

use crate::support::{Png, picture, provenance};

const SPEC: fn() -> VariationSpec = || VariationSpec {
    count: Count::new(2).unwrap(),
    size: Size::Px256,
    seed: Seed::from_bits(7),
    strength: Strength::new(0.4).unwrap(),
};

fn variation() -> Variation {
    let seed = Seed::from_bits(8);
    let description = Description { operation: "dusk".to_owned(), ..Description::default() };
    let image = picture(4, false);
    Variation { index: 1, seed, image, description, elapsed: Duration::ZERO }
}

fn record_of(file: &[u8], fitted: Option<Fit>) -> Provenance {
    Lineage::of(file, fitted).record("variata-patch", &SPEC(), &variation())
}

/// A sound picture whose record says what `change` makes it say.
fn file_with(change: impl Fn(&mut Provenance)) -> Vec<u8> {
    let mut record = provenance();
    change(&mut record);
    encode(&picture(4, false), OutputFormat::Png, Some(&record)).unwrap()
}

#[test]
fn a_record_says_all_that_makes_the_picture_again() {
    let record = record_of(b"abc", Some(Fit::Pad));
    assert_eq!(record.id, "ba7816bf8f01cfea-pad-8-256-0.4-variata-patch");
    assert_eq!((record.seed.get(), record.size, record.fit), (8, Size::Px256, Some(Fit::Pad)));
    assert_eq!(record.source_sha256, SourceDigest::of(b"abc"));
    assert_eq!((record.operation.as_deref(), record.parent), (Some("dusk"), None));
}

#[test]
fn a_variation_of_a_variation_names_its_parent_in_every_format() {
    for format in [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP] {
        let parent = record_of(b"abc", None);
        let file = encode(&variation().image, format, Some(&parent)).unwrap();
        let child = record_of(&file, None);
        assert_eq!(child.parent.as_ref(), Some(&parent.id), "{format}");
        let file = encode(&variation().image, format, Some(&child)).unwrap();
        assert_eq!(read_provenance(&file).unwrap().unwrap().parent, Some(parent.id), "{format}");
    }
}

#[test]
fn a_name_that_no_variation_has_is_not_taken_over() {
    let long = "x".repeat(129);
    let hostile = ["", &long, "a\nb", "a/../b", "<script>", "ünïcode", "\u{1b}[31m", "a b"];
    for id in hostile {
        let file = file_with(|record| record.id = id.to_owned());
        assert_eq!(read_provenance(&file).unwrap().unwrap().id, id);
        assert_eq!(Lineage::of(&file, None).parent(), None, "{id:?}");
    }
    let file = file_with(|record| record.id = "x".repeat(128));
    assert!(Lineage::of(&file, None).parent().is_some());
}

#[test]
fn a_source_with_a_broken_doubled_or_endless_record_counts_as_without_one() {
    let sound = file_with(|_| ());
    let at = sound.windows(3).position(|part| part == b"id=").unwrap();
    let mut tampered = sound;
    tampered[at + 4] ^= 1;
    let record = b"variata\0variata-provenance 1\nid=a\n";
    let doubled = Png::dot().chunk(b"tEXt", record).chunk(b"tEXt", record).rows(&[0, 0]).end();
    let endless = [&record[..], &vec![b'x'; 3_000_000]].concat();
    let endless = Png::dot().chunk(b"tEXt", &endless).rows(&[0, 0]).end();
    for file in [tampered, doubled, endless] {
        let lineage = Lineage::of(&file, None);
        assert_eq!((lineage.parent(), lineage.digest()), (None, SourceDigest::of(&file)));
    }
}
