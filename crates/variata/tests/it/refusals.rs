//! What both makers refuse, in the same words.

use variata::{
    ApiError, Client, CreateVariation, Error, ImageInput, OutputFormat, ResponseFormat, Size,
};
use variata_core::SquareImage;
use variata_image::encode;

use crate::support::{Makers, jpeg, oblong_png, png, png_of_bytes};

const NOT_A_PNG: &str = "Uploaded image must be a PNG and less than 4 MB.";

/// Makes the call with both makers and checks that they refuse it alike.
async fn refused(makers: &Makers, call: impl Fn(&Client) -> CreateVariation) -> ApiError {
    let embedded = call(&makers.embedded).await.unwrap_err();
    let remote = call(&makers.remote).await.unwrap_err();
    let (Error::Api(embedded), Error::Api(mut remote)) = (embedded, remote) else {
        panic!("a maker gave another kind of error")
    };
    assert!(remote.request_id.take().is_some_and(|id| id.starts_with("req_")));
    assert_eq!(embedded, remote);
    *embedded
}

#[track_caller]
fn check(error: &ApiError, start: &str, param: Option<&str>, code: Option<&str>) {
    assert!(error.message.starts_with(start), "{} does not start with {start}", error.message);
    let found = (error.status, error.param.as_deref(), error.code.as_deref());
    assert_eq!(found, (400, param, code), "{error}");
    assert_eq!(error.r#type.as_deref(), Some("invalid_request_error"));
}

#[tokio::test]
async fn values_out_of_range_are_told_in_the_documented_words() {
    type Change = fn(CreateVariation) -> CreateVariation;
    let makers = Makers::start().await;
    let cases: [(Change, &str, &str, Option<&str>); 7] = [
        (|call| call.n(11), "11 is greater than the maximum of 10 - 'n'", "n", None),
        (|call| call.n(0), "0 is less than the minimum of 1 - 'n'", "n", None),
        (|call| call.seed(u64::MAX), "18446744073709551615 is greater", "seed", None),
        (|call| call.strength(1.5), "1.5 is greater than the maximum of 1.0", "strength", None),
        (|call| call.strength(f32::NAN), "'NaN' is not of type 'number'", "strength", None),
        (
            |call| call.model("x"),
            "Invalid value: 'x'. Value must be",
            "model",
            Some("invalid_value"),
        ),
        (
            |call| call.user(&"x".repeat(4097)),
            "'user' is longer than the maximum of 4096 bytes.",
            "user",
            Some("string_above_max_length"),
        ),
    ];
    for (change, start, param, code) in cases {
        let error =
            refused(&makers, |client| change(client.images().create_variation(png()))).await;
        check(&error, start, Some(param), code);
    }
}

#[tokio::test]
async fn pictures_that_are_not_taken_are_told_what_they_are() {
    let makers = Makers::start().await;
    let broken = {
        let mut file = png();
        let middle = file.len() / 2;
        file[middle] ^= 0x55;
        file
    };
    let wide = encode(&SquareImage::from_fn(4097, |_, _| [0; 4]), OutputFormat::Png, None).unwrap();
    let format = "invalid_image_format";
    let cases: [(Vec<u8>, &str, &str, &str); 8] = [
        (jpeg(), NOT_A_PNG, "JPEG", format),
        (b"GIF89a-and-so-on".to_vec(), NOT_A_PNG, "GIF", format),
        (Vec::new(), NOT_A_PNG, "empty", format),
        (broken, NOT_A_PNG, "damaged", format),
        (png()[..80].to_vec(), NOT_A_PNG, "cut off", format),
        (png_of_bytes(4 << 20), NOT_A_PNG, "4194304 bytes", format),
        (wide, NOT_A_PNG, "4097x4097", "invalid_image"),
        (oblong_png(), "Invalid input image - expected", "6x4", "invalid_image"),
    ];
    for (file, start, told, code) in cases {
        let call = |client: &Client| client.images().create_variation(file.clone());
        let error = refused(&makers, call).await;
        check(&error, start, Some("image"), Some(code));
        assert!(error.message.contains(told), "{error} does not say {told}");
    }
}

#[tokio::test]
async fn an_endless_reader_is_read_to_the_limit_only() {
    let makers = Makers::start().await;
    for (maker, client) in makers.both() {
        let endless = ImageInput::reader(std::io::repeat(0));
        let error = client.images().create_variation(endless).await.unwrap_err();
        let error = error.api().unwrap();
        assert_eq!(error.status, 413, "{maker}");
        assert_eq!(error.message, "Maximum content size limit (67108864) exceeded");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let makers = Makers::start().await;
    for (maker, client) in makers.both() {
        let error = client.images().create_variation("none.png").await.unwrap_err();
        assert!(matches!(error, Error::ReadImage { .. }), "{maker}");
        assert!(error.to_string().starts_with("cannot read the image none.png: "), "{error}");
        assert!(error.api().is_none());
    }
}

#[tokio::test]
async fn a_link_has_no_bytes() {
    let makers = Makers::start().await;
    let call = makers.remote.images().create_variation(png()).size(Size::Px256);
    let response = call.response_format(ResponseFormat::Url).await.unwrap();
    let message = response.data[0].bytes().unwrap_err().to_string();
    assert!(message.contains("ResponseFormat::B64Json"), "{message}");
}
