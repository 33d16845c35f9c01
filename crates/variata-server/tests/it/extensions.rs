//! Fields that the endpoint did not have.

use variata_core::SquareImage;
use variata_image::{Format, OutputFormat, encode, sniff};

use crate::support::{Form, TestServer, oblong_png};

#[tokio::test]
async fn a_seed_makes_the_same_files_again() {
    let server = TestServer::start().await;
    let form = Form::with(&[("size", "256x256"), ("seed", "5"), ("n", "2")]);
    let mut files = Vec::new();
    for _ in 0..2 {
        for link in server.post(&form).await.links() {
            files.push(server.get(&link).await.body);
        }
    }
    assert!(files[..2] == files[2..]);
    assert!(files[0] != files[1]);
}

#[tokio::test]
async fn oblong_pictures_and_jpegs_are_taken_where_they_may_be_changed() {
    let server = TestServer::start().await;
    let square = SquareImage::from_fn(16, |_, _| [9, 9, 9, 255]);
    let jpeg = encode(&square, OutputFormat::Jpeg, None).unwrap();
    for fit in ["crop", "focus", "pad"] {
        for file in [&oblong_png(64, 48), &jpeg] {
            let form = Form::empty().text("fit", fit).text("size", "256x256").image(file);
            assert_eq!(server.post(&form).await.links().len(), 1);
        }
    }
}

#[tokio::test]
async fn other_formats_are_written_and_named_on_request() {
    let server = TestServer::start().await;
    let cases = [("jpeg", ".jpg?", Format::Jpeg), ("webp", ".webp?", Format::WebP)];
    for (name, extension, format) in cases {
        let form = Form::with(&[("size", "256x256"), ("output_format", name)]);
        let link = server.post(&form).await.links().remove(0);
        assert!(link.contains(extension), "{link}");
        let file = server.get(&link).await;
        assert_eq!(file.header("content-type"), Some(format!("image/{name}").as_str()));
        assert_eq!(sniff(&file.body), Some(format));
    }
}
