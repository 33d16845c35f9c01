//! Two variations of 512 px, decoded into files.

use std::error::Error;
use std::fs;

use variata::{Client, ResponseFormat, Size};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;

    let response = client
        .images()
        .create_variation("examples/otter.png")
        .n(2)
        .size(Size::Px512)
        .response_format(ResponseFormat::B64Json)
        .await?;

    for (index, image) in response.data.iter().enumerate() {
        let name = format!("variation-{index}.png");
        fs::write(&name, image.bytes()?)?;
        println!("{name}");
    }
    Ok(())
}
