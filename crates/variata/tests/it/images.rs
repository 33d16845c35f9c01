//! What both makers give.

use std::fs;
use std::future::IntoFuture as _;

use variata::{Fit, ImageInput, OutputFormat, ResponseFormat, Size};
use variata_image::{Format, read_provenance, sniff};

use crate::support::{Makers, jpeg, oblong_png, png};

#[tokio::test]
async fn a_call_without_parameters_gives_one_link_to_a_png_of_1024_px() {
    let makers = Makers::start().await;
    for (maker, client) in makers.both() {
        let response = client.images().create_variation(png()).await.unwrap();
        let urls: Vec<_> = response.data.iter().filter_map(|image| image.url.clone()).collect();
        assert_eq!((response.data.len(), urls.len()), (1, 1), "{maker}");
        assert!(response.data[0].b64_json.is_none(), "{maker}");
        assert!(response.created > 1_700_000_000, "{maker}");
        if let Some(path) = urls[0].strip_prefix("file://") {
            let header = variata_image::probe(&fs::read(path).unwrap()).unwrap();
            assert_eq!((header.format, header.width_px), (Format::Png, 1024));
            fs::remove_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        } else {
            assert!(urls[0].starts_with("http://127.0.0.1:"), "{urls:?}");
        }
    }
}

#[tokio::test]
async fn a_seed_gives_the_same_files_from_both() {
    let makers = Makers::start().await;
    let mut files = Vec::new();
    for (maker, client) in makers.both() {
        let call = client.images().create_variation(png()).n(3).size(Size::Px256).seed(41);
        let call = call.strength(0.4).response_format(ResponseFormat::B64Json);
        let response = call.await.unwrap();
        assert_eq!(response.seeds, [41, 42, 43], "{maker}");
        assert_eq!(response.engine.as_deref(), Some("variata-patch"), "{maker}");
        let images = response.data.iter().map(|image| image.bytes().unwrap());
        files.push(images.collect::<Vec<_>>());
    }
    assert_eq!(files[0].len(), 3);
    assert!(files[0] == files[1]);
    assert!(files[0][0] != files[0][1]);
}

#[tokio::test]
async fn a_path_bytes_and_a_reader_are_the_same_picture() {
    let makers = Makers::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.png");
    fs::write(&path, png()).unwrap();
    for (maker, client) in makers.both() {
        let inputs = [
            ImageInput::from(path.as_path()),
            ImageInput::from(path.to_str().unwrap()),
            ImageInput::from(png()),
            ImageInput::reader(std::io::Cursor::new(png())),
            ImageInput::from(fs::File::open(&path).unwrap()),
        ];
        let mut answers = Vec::new();
        for input in inputs {
            let call = client.images().create_variation(input).size(Size::Px256).seed(1);
            answers.push(call.response_format(ResponseFormat::B64Json).await.unwrap().data);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{maker}");
    }
}

#[tokio::test]
async fn other_shapes_and_formats_are_taken_and_made_where_asked() {
    let makers = Makers::start().await;
    let formats = [(OutputFormat::Jpeg, Format::Jpeg), (OutputFormat::WebP, Format::WebP)];
    for (maker, client) in makers.both() {
        for fit in [Fit::Crop, Fit::Pad] {
            for (picture, (output, expected)) in [oblong_png(), jpeg()].into_iter().zip(formats) {
                let call = client.images().create_variation(picture).size(Size::Px256).fit(fit);
                let call = call.output_format(output).response_format(ResponseFormat::B64Json);
                let file = call.await.unwrap().data[0].bytes().unwrap();
                assert_eq!(sniff(&file), Some(expected), "{maker}");
            }
        }
    }
}

#[tokio::test]
async fn a_variation_of_a_variation_names_its_parent() {
    let makers = Makers::start().await;
    for (maker, client) in makers.both() {
        let vary = |picture: Vec<u8>| {
            let call = client.images().create_variation(picture).size(Size::Px256);
            call.response_format(ResponseFormat::B64Json).into_future()
        };
        let parent = vary(png()).await.unwrap().data[0].bytes().unwrap();
        let child = vary(parent.clone()).await.unwrap().data[0].bytes().unwrap();
        let record = |file: &[u8]| read_provenance(file).unwrap().unwrap();
        assert_eq!(record(&child).parent, Some(record(&parent).id), "{maker}");
    }
}

#[tokio::test]
async fn calls_at_the_same_time_do_not_disturb_each_other() {
    let makers = Makers::start().await;
    for (maker, client) in makers.both() {
        let calls: Vec<_> = (0..8)
            .map(|seed| {
                let call = client.images().create_variation(png()).size(Size::Px256).seed(seed);
                tokio::spawn(call.into_future())
            })
            .collect();
        for (seed, call) in calls.into_iter().enumerate() {
            assert_eq!(call.await.unwrap().unwrap().seeds, [seed as u64], "{maker}");
        }
    }
}
