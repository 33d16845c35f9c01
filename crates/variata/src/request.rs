//! One call for variations, parameter by parameter.
//!
//! Every parameter becomes the text that it is on the wire, and both makers start from these texts:
//! one parser, the server's own, decides for both what is right.

use std::fmt::Display;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use variata_contract::Texts;

use crate::client::Backend;
use crate::{
    Client, Error, Fit, ImageInput, ImagesResponse, OutputFormat, ResponseFormat, Size,
    VariationEvents,
};

/// A request for variations of one picture. Await it to have it answered; dropping the future then
/// stops the work.
///
/// The first parameters are those of OpenAI's endpoint; `seed`, `strength`, `fit` and
/// `output_format` are variata's own, and other servers ignore or refuse them. What is not set has
/// the endpoint's default.
#[derive(Debug)]
#[must_use = "a request does nothing unless it is awaited"]
pub struct CreateVariation {
    client: Client,
    image: ImageInput,
    texts: Texts,
}

impl CreateVariation {
    pub(crate) fn new(client: Client, image: ImageInput) -> Self {
        Self { client, image, texts: Texts::new() }
    }

    /// Who makes the variations: `dall-e-2`, the default, means the maker's default engine.
    pub fn model(self, model: &str) -> Self {
        self.with("model", model)
    }

    /// How many variations to make, 1 to 10; 1 by default.
    pub fn n(self, n: u32) -> Self {
        self.with("n", n)
    }

    /// Links or the images themselves; links by default. Those of a server work for 60 minutes,
    /// those of the embedded maker as long as the files are there; see [`Embedded::directory`].
    ///
    /// [`Embedded::directory`]: crate::Embedded::directory
    pub fn response_format(self, response_format: ResponseFormat) -> Self {
        self.with("response_format", response_format.as_str())
    }

    /// The side of the variations; 1024 px by default.
    pub fn size(self, size: Size) -> Self {
        self.with("size", size)
    }

    /// Your own name for the end user, at most 4096 bytes; servers keep it to trace abuse.
    pub fn user(self, user: &str) -> Self {
        self.with("user", user)
    }

    /// Where the variations grow from, 0 to 2^63 − 1: variation *i* is the picture of `seed` + *i*.
    /// Drawn at random by default.
    pub fn seed(self, seed: u64) -> Self {
        self.with("seed", seed)
    }

    /// How far the variations may go, from 0.0 (hardly a change) to 1.0 (as bold as stays
    /// faithful); 0.7 by default.
    pub fn strength(self, strength: f32) -> Self {
        self.with("strength", strength)
    }

    /// What to do with a picture that is not square; refused by default. With any other choice,
    /// JPEG and WebP are taken too.
    pub fn fit(self, fit: Fit) -> Self {
        self.with("fit", fit)
    }

    /// What the variations are written as; PNG by default.
    pub fn output_format(self, output_format: OutputFormat) -> Self {
        self.with("output_format", output_format)
    }

    /// How many coarse pictures of each variation may come before it, 0 to 3, if the request is
    /// [streamed](CreateVariation::stream); 3 by default.
    pub fn partial_images(self, n: u32) -> Self {
        self.with("partial_images", n)
    }

    /// Has the variations come one by one, each as soon as it is finished, with coarse pictures of
    /// it before that. The images are in base64 unless links are asked for.
    ///
    /// Nothing is asked for before the first event is waited for. A server that knows no streams
    /// sends all variations at the end.
    ///
    /// ```
    /// use variata::{Client, Error, VariationEvent};
    ///
    /// # async fn example() -> Result<(), Error> {
    /// let client = Client::embedded()?;
    /// let mut events = client.images().create_variation("otter.png").n(4).stream();
    /// while let Some(event) = events.next().await {
    ///     match event? {
    ///         VariationEvent::PartialImage(coarse) => println!("{} takes shape", coarse.index),
    ///         VariationEvent::Completed(image) => println!("{} is there", image.index),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> VariationEvents {
        let Self { client, image, texts } = self.with("stream", true);
        match client.0 {
            Backend::Embedded(maker) => VariationEvents::new(maker.stream(image, texts)),
            #[cfg(feature = "remote")]
            Backend::Remote(server) => VariationEvents::new(server.stream(image, texts)),
        }
    }

    fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.texts.insert(name, value.to_string());
        self
    }
}

impl IntoFuture for CreateVariation {
    type Output = Result<ImagesResponse, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { client, image, texts } = self;
        match client.0 {
            Backend::Embedded(maker) => {
                Box::pin(async move { maker.create_variation(image, &texts).await })
            }
            #[cfg(feature = "remote")]
            Backend::Remote(server) => {
                Box::pin(async move { server.create_variation(image, &texts).await })
            }
        }
    }
}
