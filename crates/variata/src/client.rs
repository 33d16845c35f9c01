//! Who is asked for variations.

use std::env;

use crate::embedded::{Embedded, Maker};
#[cfg(feature = "remote")]
use crate::remote::{Remote, Server};
use crate::{CreateVariation, Error, ImageInput};

/// Asks for variations. Cheap to clone; clones share threads and connections.
#[derive(Debug, Clone)]
pub struct Client(pub(crate) Backend);

/// The two makers.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Embedded(Maker),
    #[cfg(feature = "remote")]
    Remote(Server),
}

impl Client {
    /// Makes variations in this process, on one thread a processor; see [`Embedded`] for what can
    /// be set.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] when the system gives no threads.
    pub fn embedded() -> Result<Self, Error> {
        Embedded::new().build()
    }

    /// Asks the server whose API is at `base_url`, such as `http://127.0.0.1:8080/v1`; see
    /// [`Remote`] for what can be set. With an empty `api_key`, none is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] when the URL or the key cannot be one.
    #[cfg(feature = "remote")]
    pub fn remote(base_url: &str, api_key: &str) -> Result<Self, Error> {
        Remote::new(base_url, api_key).build()
    }

    /// The client that the environment asks for, by the variables of the official clients: with
    /// `OPENAI_BASE_URL` the server there, with the key in `OPENAI_API_KEY`, if any; without it,
    /// or when it is empty, the embedded maker.
    ///
    /// # Errors
    ///
    /// As [`Client::embedded`] and [`Client::remote`].
    pub fn from_env() -> Result<Self, Error> {
        let base_url = variable("OPENAI_BASE_URL")?;
        if base_url.is_empty() {
            return Self::embedded();
        }
        Self::at(&base_url)
    }

    /// What can be done with images.
    pub fn images(&self) -> Images {
        Images { client: self.clone() }
    }

    #[cfg(feature = "remote")]
    fn at(base_url: &str) -> Result<Self, Error> {
        Self::remote(base_url, &variable("OPENAI_API_KEY")?)
    }

    /// To work in process all the same would not be what the environment asks for.
    #[cfg(not(feature = "remote"))]
    fn at(_base_url: &str) -> Result<Self, Error> {
        let reason = "OPENAI_BASE_URL names a server, and variata was built without its feature \
                      `remote`"
            .to_owned();
        Err(Error::Configuration { reason })
    }
}

/// The images of a [`Client`].
#[derive(Debug, Clone)]
pub struct Images {
    client: Client,
}

impl Images {
    /// Asks for variations of `image`: a path, bytes, or a reader, see [`ImageInput`]. Nothing
    /// happens until the returned request is awaited.
    pub fn create_variation(&self, image: impl Into<ImageInput>) -> CreateVariation {
        CreateVariation::new(self.client.clone(), image.into())
    }
}

/// The value of an environment variable, empty when it is not set.
fn variable(name: &str) -> Result<String, Error> {
    match env::var(name) {
        Ok(value) => Ok(value),
        Err(env::VarError::NotPresent) => Ok(String::new()),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Error::Configuration { reason: format!("{name} is not valid Unicode") })
        }
    }
}
