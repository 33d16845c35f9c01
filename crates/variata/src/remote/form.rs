//! The multipart body of a request (RFC 7578).
//!
//! It goes out in three pieces, of which the picture is one: it is neither copied nor looked at,
//! however often the request is sent.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use variata_contract::Texts;

/// A body that can be sent more than once.
pub(super) struct Form {
    boundary: String,
    pieces: [Bytes; 3],
}

impl Form {
    /// The fields of a request.
    ///
    /// # Errors
    ///
    /// The system's reason when it has no random numbers.
    pub(super) fn new(texts: &Texts, image: &Bytes) -> Result<Self, getrandom::Error> {
        // 128 random bits stand in no picture.
        let boundary = format!("{:016x}{:016x}", getrandom::u64()?, getrandom::u64()?);
        let mut head = String::new();
        for (name, text) in texts {
            head.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
            ));
        }
        let (name, kind) = describe(image);
        head.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"image\"; \
             filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        ));
        let tail = format!("\r\n--{boundary}--\r\n");
        Ok(Self { boundary, pieces: [head.into(), image.clone(), tail.into()] })
    }

    /// Also names the request: another attempt joins the work that an earlier one began, where the
    /// server knows `Idempotency-Key`.
    pub(super) fn boundary(&self) -> &str {
        &self.boundary
    }

    /// The body of one attempt.
    pub(super) fn body(&self) -> Pieces {
        Pieces(self.pieces.iter().cloned().collect())
    }
}

/// A file name and media type by the picture's own bytes: what the file is called here is nobody's
/// business.
fn describe(image: &[u8]) -> (&'static str, &'static str) {
    use variata_image::Format;
    match variata_image::sniff(image) {
        Some(Format::Png) => ("image.png", "image/png"),
        Some(Format::Jpeg) => ("image.jpg", "image/jpeg"),
        Some(Format::WebP) => ("image.webp", "image/webp"),
        _ => ("image", "application/octet-stream"),
    }
}

/// Bytes that are sent one after the other, of a known length.
pub(super) struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}
