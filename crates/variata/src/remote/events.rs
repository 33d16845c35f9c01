//! Server-sent events, as far as this endpoint sends them.

use bytes::{Buf as _, BytesMut};
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::reply;
use super::transport::{Failure, MAX_ANSWER_BYTES, connection};
use crate::events::{CompletedImage, ImageDescription, PartialImage, VariationEvent};
use crate::{Error, Image};

/// A stream that has begun.
pub(super) struct EventReader {
    body: Incoming,
    unread: BytesMut,
    /// How much of `unread` holds no end of a line.
    searched_bytes: usize,
    deadline: Instant,
    request_id: Option<String>,
}

/// Why there are no more events.
pub(super) enum Stopped {
    /// The connection broke, or took too long.
    Failed(Failure),
    /// The server said so, or said what is none of its events.
    Told(Error),
}

/// One event as it is on the wire.
#[derive(Default)]
struct Raw {
    name: String,
    data: BytesMut,
}

impl Raw {
    /// Adds a line of data. Lines are joined without the break between them, which JSON does not
    /// need; the first one is not copied.
    fn add(&mut self, line: BytesMut) -> Result<(), Failure> {
        if self.data.len() + line.len() > MAX_ANSWER_BYTES {
            return Err(too_long());
        }
        self.data.unsplit(line);
        Ok(())
    }
}

/// The data of either kind of event.
#[derive(Deserialize)]
struct Data {
    index: u32,
    #[serde(default)]
    partial_image_index: u32,
    seed: Option<String>,
    url: Option<String>,
    b64_json: Option<String>,
    #[serde(flatten)]
    description: ImageDescription,
}

impl EventReader {
    pub(super) fn new(response: Response<Incoming>, deadline: Instant) -> Self {
        let request_id = reply::request_id(response.headers());
        let (body, unread) = (response.into_body(), BytesMut::new());
        Self { body, unread, searched_bytes: 0, deadline, request_id }
    }

    /// The next event that is known here; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<VariationEvent>, Stopped> {
        while let Some(raw) = self.next_raw().await.map_err(Stopped::Failed)? {
            if let Some(event) = self.read(raw).map_err(Stopped::Told)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn read(&self, raw: Raw) -> Result<Option<VariationEvent>, Error> {
        match raw.name.as_str() {
            "image_variation.partial_image" => {
                let Data { index, partial_image_index, url, b64_json, .. } = parse(&raw.data)?;
                let image = Image { url, b64_json };
                let partial = PartialImage { index, partial_image_index, image };
                Ok(Some(VariationEvent::PartialImage(partial)))
            }
            "image_variation.completed" => {
                let Data { index, seed, url, b64_json, description, .. } = parse(&raw.data)?;
                let seed = seed.and_then(|seed| seed.parse().ok());
                let image = Image { url, b64_json };
                let completed = CompletedImage { index, seed, image, description };
                Ok(Some(VariationEvent::Completed(completed)))
            }
            "error" => Err(reply::error_event(&raw.data, self.request_id.clone()).into()),
            _ => Ok(None),
        }
    }

    /// Lines up to an empty one (HTML, 9.2.6), comments left out.
    async fn next_raw(&mut self) -> Result<Option<Raw>, Failure> {
        let mut raw = Raw::default();
        while let Some(mut line) = self.next_line().await? {
            if line.is_empty() && !raw.data.is_empty() {
                return Ok(Some(raw));
            }
            if let Some(name) = line.strip_prefix(b"event:") {
                raw.name = String::from_utf8_lossy(name).trim().to_owned();
            } else if line.starts_with(b"data:") {
                line.advance(b"data:".len());
                raw.add(line)?;
            }
        }
        Ok(None)
    }

    /// The next line without its end; none at the end of the body.
    async fn next_line(&mut self) -> Result<Option<BytesMut>, Failure> {
        loop {
            let fresh = self.unread.get(self.searched_bytes..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n') {
                let mut line = self.unread.split_to(self.searched_bytes + end);
                self.unread.advance(1);
                self.searched_bytes = 0;
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                return Ok(Some(line));
            }
            self.searched_bytes = self.unread.len();
            if !self.read_more().await? {
                return Ok(None);
            }
        }
    }

    async fn read_more(&mut self) -> Result<bool, Failure> {
        let frame = timeout_at(self.deadline, self.body.frame()).await;
        let Some(frame) = frame.map_err(|_| Failure::Timeout)? else { return Ok(false) };
        if let Ok(data) = frame.map_err(connection)?.into_data() {
            if self.unread.len() + data.len() > MAX_ANSWER_BYTES {
                return Err(too_long());
            }
            self.unread.extend_from_slice(&data);
        }
        Ok(true)
    }
}

fn too_long() -> Failure {
    let reason = format!("an event of the stream has more than {MAX_ANSWER_BYTES} bytes");
    Failure::Connection(reason.into())
}

fn parse(data: &[u8]) -> Result<Data, Error> {
    serde_json::from_slice(data).map_err(|error| Error::UnexpectedReply {
        status: 200,
        reason: format!("an event of another endpoint: {error}"),
    })
}
