#![allow(deprecated)] // async-openai marks what OpenAI retired

use async_openai::types::images::CreateImageVariationRequestArgs;
use async_openai::{Client, config::OpenAIConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = std::env::var("OPENAI_BASE_URL")?;
    let client = Client::with_config(OpenAIConfig::new().with_api_base(base_url));

    let request = CreateImageVariationRequestArgs::default()
        .image("otter.png")
        .n(2u8)
        .build()?;
    let response = client.images().create_variation(request).await?;
    for path in response.save("variations").await? {
        println!("{}", path.display());
    }
    Ok(())
}
