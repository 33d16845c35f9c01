//! Variations made by a server that has OpenAI's endpoint.
//!
//! One request is a few attempts: [`retry`] decides by the official clients' rules whether and when
//! there is another, [`transport`] makes one, [`form`] is what is sent and [`reply`] what comes
//! back, or [`events`] where that comes bit by bit.

mod address;
mod events;
mod form;
mod reply;
mod retry;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _, TryStreamExt as _};
use http::HeaderMap;
use variata_contract::{ErrorObject, Texts};

use self::address::Address;
use self::events::{EventReader, Stopped};
use self::form::Form;
use self::transport::{Answer, Failure, Transport};
use crate::client::Backend;
use crate::events::{CompletedImage, ImageDescription, VariationEvent};
use crate::{Client, Error, ImageInput, ImagesResponse};

/// What can be set of a client of a server. It needs tokio, with its timer and I/O enabled.
///
/// ```
/// use std::time::Duration;
/// use variata::Remote;
///
/// # fn main() -> Result<(), variata::Error> {
/// let client = Remote::new("http://127.0.0.1:8080/v1", "my-key")
///     .timeout(Duration::from_secs(60))
///     .max_retries(0)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing can be asked until it is built"]
#[derive(Clone)]
pub struct Remote {
    base_url: String,
    api_key: String,
    timeout: Duration,
    max_retries: u32,
}

impl Remote {
    /// The server whose API is at `base_url`, such as `https://images.example.com/v1`, with this
    /// key; an empty one is not sent.
    pub fn new(base_url: &str, api_key: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            api_key: api_key.to_owned(),
            // Both as in the official clients.
            timeout: Duration::from_secs(600),
            max_retries: 2,
        }
    }

    /// How long each attempt may take, upload and download included; 600 s by default.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How often a request is sent again that may succeed later: when there is no connection, when
    /// an attempt takes too long, and on 408, 409, 429 and 500 or more. Twice by default; the server
    /// can say otherwise by `x-should-retry`, and when by `retry-after-ms` or `retry-after`.
    pub fn max_retries(self, max_retries: u32) -> Self {
        Self { max_retries, ..self }
    }

    /// Makes the client; connections are made when they are needed.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] when the URL or the key cannot be one.
    pub fn build(self) -> Result<Client, Error> {
        let address = Address::parse(&self.base_url)?;
        let transport = Transport::new(&address, &self.api_key)?;
        let Self { timeout, max_retries, .. } = self;
        let parts = Parts { address, transport, timeout, max_retries };
        Ok(Client(Backend::Remote(Server(Arc::new(parts)))))
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Remote")
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .finish_non_exhaustive()
    }
}

/// A server that can be asked.
#[derive(Clone)]
pub(crate) struct Server(Arc<Parts>);

struct Parts {
    address: Address,
    transport: Transport,
    timeout: Duration,
    max_retries: u32,
}

/// One answer, whatever it says.
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Server {
    /// Asks for what `texts` say. Dropping the future closes the connection, by which a server
    /// knows that nobody waits any more.
    pub(crate) async fn create_variation(
        &self,
        image: ImageInput,
        texts: &Texts,
    ) -> Result<ImagesResponse, Error> {
        match self.ask(image, texts).await? {
            Answer::Whole(reply) => reply::read(&reply),
            Answer::Stream(_) => Err(Error::UnexpectedReply {
                status: 200,
                reason: "a stream, which was not asked for".to_owned(),
            }),
        }
    }

    /// The same, image by image.
    pub(crate) fn stream(
        self,
        image: ImageInput,
        texts: Texts,
    ) -> impl Stream<Item = Result<VariationEvent, Error>> + Send {
        stream::once(self.begin(image, texts)).try_flatten()
    }

    async fn begin(
        self,
        image: ImageInput,
        texts: Texts,
    ) -> Result<BoxStream<'static, Result<VariationEvent, Error>>, Error> {
        Ok(match self.ask(image, &texts).await? {
            Answer::Stream(events) => stream::try_unfold((self, events), Self::next_event).boxed(),
            Answer::Whole(reply) => stream::iter(completed(reply::read(&reply)?).map(Ok)).boxed(),
        })
    }

    async fn next_event(
        (server, mut events): (Self, EventReader),
    ) -> Result<Option<(VariationEvent, (Self, EventReader))>, Error> {
        match events.next().await {
            Ok(event) => Ok(event.map(|event| (event, (server, events)))),
            Err(Stopped::Told(error)) => Err(error),
            Err(Stopped::Failed(failure)) => Err(server.failed(failure)),
        }
    }

    async fn ask(&self, image: ImageInput, texts: &Texts) -> Result<Answer, Error> {
        let image = load(image).await?;
        let form = Form::new(texts, &image).map_err(|error| self.broken(error.into()))?;
        let mut retries = 0;
        loop {
            let outcome = self.0.transport.send(&self.0.address, &form, self.0.timeout).await;
            match self.wait_before_retry(&outcome, retries) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return outcome.map_err(|failure| self.failed(failure)),
            }
            retries += 1;
        }
    }

    /// How long to wait before another attempt; none when this was the last.
    fn wait_before_retry(
        &self,
        outcome: &Result<Answer, Failure>,
        retries: u32,
    ) -> Option<Duration> {
        if retries >= self.0.max_retries {
            return None;
        }
        let headers = match outcome {
            Ok(Answer::Whole(reply)) if retry::is_worth_it(reply.status, &reply.headers) => {
                Some(&reply.headers)
            }
            Ok(_) => return None,
            Err(_) => None,
        };
        // Without random numbers all clients wait equally long, which is no reason to fail.
        let random = getrandom::u32().unwrap_or(0);
        retry::wait(headers, retries, random, SystemTime::now())
    }

    fn failed(&self, failure: Failure) -> Error {
        match failure {
            Failure::Timeout => {
                let (server, limit) = (self.0.address.origin().to_owned(), self.0.timeout);
                Error::Timeout { server, limit }
            }
            Failure::Connection(source) => self.broken(source),
        }
    }

    fn broken(&self, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::Connection { server: self.0.address.origin().to_owned(), source }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Remote")
            .field("server", &self.0.address.origin())
            .finish_non_exhaustive()
    }
}

/// The images of a server that knows no streams.
fn completed(response: ImagesResponse) -> impl Iterator<Item = VariationEvent> + Send {
    let ImagesResponse { data, seeds, .. } = response;
    data.into_iter().enumerate().map(move |(position, image)| {
        let (index, seed) = (u32::try_from(position).unwrap_or(u32::MAX), seeds.get(position));
        let (seed, description) = (seed.copied(), ImageDescription::default());
        VariationEvent::Completed(CompletedImage { index, seed, image, description })
    })
}

/// Reads the picture on a thread that may wait.
async fn load(image: ImageInput) -> Result<Bytes, Error> {
    let loaded = tokio::task::spawn_blocking(move || image.load()).await;
    loaded.unwrap_or_else(|_| Err(ErrorObject::internal().into()))
}
