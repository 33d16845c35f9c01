//! Multipart bodies, written as a client would.

use super::square_png;

/// The parts of a body in their order.
#[derive(Clone)]
pub(crate) struct Form {
    boundary: String,
    bytes: Vec<u8>,
}

impl Form {
    pub(crate) fn empty() -> Self {
        Self { boundary: "0123abc".to_owned(), bytes: Vec::new() }
    }

    /// Just a sound picture.
    pub(crate) fn picture() -> Self {
        Self::empty().image(&square_png())
    }

    /// Texts, then a sound picture, as the Python client sends them.
    pub(crate) fn with(texts: &[(&str, &str)]) -> Self {
        let form = texts.iter().fold(Self::empty(), |form, (name, value)| form.text(name, value));
        form.image(&square_png())
    }

    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        self.part(&format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes())
    }

    pub(crate) fn image(self, bytes: &[u8]) -> Self {
        let headers = "Content-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\
                       Content-Type: image/png";
        self.part(headers, bytes)
    }

    pub(crate) fn part(mut self, headers: &str, bytes: &[u8]) -> Self {
        self.bytes
            .extend_from_slice(format!("--{}\r\n{headers}\r\n\r\n", self.boundary).as_bytes());
        self.bytes.extend_from_slice(bytes);
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = self.bytes.clone();
        body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        body
    }

    /// A whole request with a `Content-Length`.
    pub(crate) fn request(&self) -> Vec<u8> {
        self.request_to("/v1/images/variations", "")
    }

    /// The same with another target, and further headers, each ending in CRLF.
    pub(crate) fn request_to(&self, target: &str, headers: &str) -> Vec<u8> {
        let body = self.body();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: api.test\r\nContent-Type: {}\r\n{headers}\
             Content-Length: {}\r\n\r\n",
            self.content_type(),
            body.len(),
        );
        [head.into_bytes(), body].concat()
    }

    /// A whole request in chunks of at most `chunk_bytes`.
    pub(crate) fn chunked_request(&self, chunk_bytes: usize) -> Vec<u8> {
        let mut request = format!(
            "POST /v1/images/variations HTTP/1.1\r\nHost: api.test\r\nContent-Type: {}\r\n\
             Transfer-Encoding: chunked\r\n\r\n",
            self.content_type(),
        )
        .into_bytes();
        for chunk in self.body().chunks(chunk_bytes) {
            request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        request
    }
}
