//! Making pictures small for CLIP, against PyTorch and Pillow.

use variata_core::SquareImage;
use variata_unclip::preprocess::{Shrink, shrunk};

use crate::support::fixture;

/// The bytes of a tensor of the fixture `pictures`.
fn bytes(name: &str) -> Vec<u8> {
    let file = std::fs::read(fixture("pictures.safetensors")).unwrap();
    safetensors::SafeTensors::deserialize(&file).unwrap().tensor(name).unwrap().data().to_vec()
}

fn source(side: u32) -> SquareImage {
    let bytes = bytes(&format!("source.{side}"));
    let pixels = bytes.as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 255]);
    SquareImage::new(side, pixels.collect()).unwrap()
}

#[test]
fn the_filter_of_pillow_gives_the_same_bytes() {
    for side in [40, 9] {
        let found = shrunk(&source(side), 14, Shrink::Pillow);
        let found: Vec<u8> = found.iter().map(|sample| (sample * 255.0).round() as u8).collect();
        assert!(found == bytes(&format!("pillow.{side}")), "from {side} px");
    }
}

#[test]
fn the_interpolation_of_pytorch_gives_the_same_samples() {
    for side in [40, 9] {
        let found = shrunk(&source(side), 14, Shrink::Plain);
        let planes = bytes(&format!("plain.{side}"));
        let planes: Vec<f32> =
            planes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)).collect();
        for (at, sample) in found.iter().enumerate() {
            let expected = planes[at % 3 * 14 * 14 + at / 3];
            assert!((sample - expected).abs() < 1e-5, "{sample} for {expected} from {side} px");
        }
    }
}

#[test]
fn what_is_transparent_lies_on_white() {
    let image = SquareImage::from_fn(14, |_, _| [0, 0, 0, 0]);
    assert!(shrunk(&image, 14, Shrink::Pillow).iter().all(|&sample| sample == 1.0));
}
