//! Ten variations of 256 px, counted.

use variata::{Client, Error, Size};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = Client::from_env()?;

    let response =
        client.images().create_variation("examples/otter.png").n(10).size(Size::Px256).await?;

    println!("{}", response.data.len());
    Ok(())
}
