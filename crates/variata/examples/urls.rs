//! Three variations of 1024 px as links, as the API's page shows it.

use variata::{Client, Error, Size};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = Client::from_env()?;

    let response =
        client.images().create_variation("examples/otter.png").n(3).size(Size::Px1024).await?;

    for image in response.data {
        println!("{}", image.url.unwrap_or_default());
    }
    Ok(())
}
