//! What a program sees of the server through async-openai, which sends the picture first, without a
//! content type, in chunks of a few bytes.
//!
//! Prints `PASSED name` or `FAILED name: reason` for each check.
#![allow(deprecated, reason = "the client marks what OpenAI retired")]

use std::error::Error;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::images::{
    CreateImageVariationRequest, CreateImageVariationRequestArgs, DallE2ImageSize, Image,
    ImageInput, ImageResponseFormat,
};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() {
    report("a_path_is_taken_and_its_links_are_saved", links_are_saved().await);
    report("base64_is_decoded_and_saved", base64_is_saved().await);
    report("bytes_are_taken", bytes_are_taken().await);
    report("too_many_is_an_error_with_its_field", too_many_is_refused().await);
    report("not_a_png_is_an_error_with_its_code", not_a_png_is_refused().await);
}

fn report(name: &str, outcome: Outcome) {
    match outcome {
        Ok(()) => println!("PASSED {name}"),
        Err(error) => println!("FAILED {name}: {error}"),
    }
}

fn client() -> Result<Client<OpenAIConfig>, Box<dyn Error>> {
    let base_url = std::env::var("OPENAI_BASE_URL")?;
    Ok(Client::with_config(OpenAIConfig::new().with_api_base(base_url)))
}

fn request(image: impl Into<ImageInput>, n: u8, format: ImageResponseFormat) -> Request {
    let mut request = CreateImageVariationRequestArgs::default();
    request.image(image).n(n).size(DallE2ImageSize::S256x256).response_format(format).build()
}

type Request = Result<CreateImageVariationRequest, OpenAIError>;

async fn links_are_saved() -> Outcome {
    let request = request("otter.png", 2, Default::default())?;
    let response = client()?.images().create_variation(request).await?;
    let paths = response.save("async-openai-links").await?;
    ensure(paths.len() == 2 && paths[0] != paths[1], format!("saved as {paths:?}"))?;
    for path in paths {
        ensure_png(&std::fs::read(path)?)?;
    }
    Ok(())
}

async fn base64_is_saved() -> Outcome {
    let request = request("otter.png", 1, ImageResponseFormat::B64Json)?;
    let response = client()?.images().create_variation(request).await?;
    let is_base64 = matches!(&*response.data[0], Image::B64Json { .. });
    ensure(is_base64, format!("{:?}", response.data))?;
    for path in response.save("async-openai-base64").await? {
        ensure_png(&std::fs::read(path)?)?;
    }
    Ok(())
}

async fn bytes_are_taken() -> Outcome {
    let image = ImageInput::from_vec_u8("upload".to_owned(), std::fs::read("otter.png")?);
    let request = request(image, 1, Default::default())?;
    let response = client()?.images().create_variation(request).await?;
    ensure(response.data.len() == 1, format!("{:?}", response.data))
}

async fn too_many_is_refused() -> Outcome {
    let request = request("otter.png", 15, Default::default())?;
    let start = "15 is greater than the maximum of 10 - 'n'";
    refused(request, "n", None, start).await
}

async fn not_a_png_is_refused() -> Outcome {
    let image = ImageInput::from_vec_u8("a.png".to_owned(), b"GIF89a".to_vec());
    let start = "Uploaded image must be a PNG and less than 4 MB.";
    let request = request(image, 1, Default::default())?;
    refused(request, "image", Some("invalid_image_format"), start).await
}

async fn refused(
    request: CreateImageVariationRequest,
    param: &str,
    code: Option<&str>,
    start: &str,
) -> Outcome {
    match client()?.images().create_variation(request).await {
        Err(OpenAIError::ApiError(refusal)) => {
            let (status, error) = (refusal.status_code.as_u16(), refusal.api_error);
            let is_right = status == 400
                && error.param.as_deref() == Some(param)
                && error.code.as_deref() == code
                && error.message.starts_with(start);
            ensure(is_right, format!("{status} {error:?}"))
        }
        other => Err(format!("{other:?}").into()),
    }
}

fn ensure_png(file: &[u8]) -> Outcome {
    ensure(file.starts_with(b"\x89PNG"), "the file is no PNG".to_owned())
}

fn ensure(is_right: bool, otherwise: String) -> Outcome {
    if is_right { Ok(()) } else { Err(otherwise.into()) }
}
