//! A client that sends exactly the bytes it is given.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::Form;

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    /// What has come of an event that is not complete.
    unread: Vec<u8>,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// One server-sent event; a comment has no name.
#[derive(Debug)]
pub(crate) struct ServerEvent {
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl ServerEvent {
    fn parse(text: &str) -> Self {
        let field = |name| text.lines().find_map(|line| line.strip_prefix(name));
        let data = field("data: ").map_or(Value::Null, |data| serde_json::from_str(data).unwrap());
        Self { name: field("event: ").unwrap_or_default().to_owned(), data }
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = BufReader::new(TcpStream::connect(address).await.unwrap());
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn post(&mut self, form: &Form) -> Reply {
        self.exchange(&form.request()).await
    }

    pub(crate) async fn get(&mut self, target: &str) -> Reply {
        self.exchange(format!("GET {target} HTTP/1.1\r\nHost: api.test\r\n\r\n").as_bytes()).await
    }

    /// Sends a request and reads the final answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Reply {
        self.send(request).await;
        self.reply().await
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).await.unwrap();
    }

    /// Sends until the server takes no more.
    pub(crate) async fn send_what_is_taken(&mut self, bytes: &[u8]) {
        drop(self.stream.get_mut().write_all(bytes).await);
    }

    /// Says that nothing more comes.
    pub(crate) async fn finish(&mut self) {
        self.stream.get_mut().shutdown().await.unwrap();
    }

    /// Reads the next final answer with its body.
    pub(crate) async fn reply(&mut self) -> Reply {
        loop {
            let mut reply = self.head().await.expect("an answer before the end");
            if reply.status >= 200 {
                let length = reply.header("content-length").map(|text| text.parse().unwrap());
                reply.body = vec![0; length.unwrap_or(0)];
                self.stream.read_exact(&mut reply.body).await.unwrap();
                return reply;
            }
        }
    }

    /// Reads the next head, of an interim answer too; none at the end of the connection.
    pub(crate) async fn head(&mut self) -> Option<Reply> {
        let first = self.line().await?;
        let status = first.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        while let Some((name, value)) = self.line().await?.split_once(": ") {
            headers.push((name.to_owned(), value.to_owned()));
        }
        Some(Reply { status, headers, body: Vec::new() })
    }

    /// Reads the next event or comment of a chunked stream; none at its end.
    pub(crate) async fn event(&mut self) -> Option<ServerEvent> {
        while !self.unread.windows(2).any(|two| two == b"\n\n") {
            let length = usize::from_str_radix(&self.line().await?, 16).unwrap();
            let mut chunk = vec![0; length + 2];
            self.stream.read_exact(&mut chunk).await.ok()?;
            if length == 0 {
                return None;
            }
            self.unread.extend_from_slice(&chunk[..length]);
        }
        let end = self.unread.windows(2).position(|two| two == b"\n\n").unwrap();
        let event = self.unread.drain(..end + 2).collect();
        Some(ServerEvent::parse(&String::from_utf8(event).unwrap()))
    }

    /// Whether the server has closed the connection, with nothing more to read.
    pub(crate) async fn is_at_end(&mut self) -> bool {
        self.stream.read_u8().await.is_err()
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// The links of a successful answer, without scheme and host.
    #[track_caller]
    pub(crate) fn links(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{:?}", String::from_utf8_lossy(&self.body));
        let json = self.json();
        let urls =
            json["data"].as_array().unwrap().iter().map(|item| item["url"].as_str().unwrap());
        urls.map(|url| url.strip_prefix("http://api.test").unwrap().to_owned()).collect()
    }

    /// Asserts status, start of the message, param and code, that the envelope is complete, and
    /// that the OpenAPI document tells such an error.
    #[track_caller]
    pub(crate) fn assert_error(
        &self,
        status: u16,
        start: &str,
        param: Option<&str>,
        code: Option<&str>,
    ) {
        assert_eq!(self.status, status, "{:?}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert!(self.header("x-request-id").is_some_and(|id| id.starts_with("req_")));
        let json = self.json();
        let error = json["error"].as_object().unwrap();
        assert_eq!((json.as_object().unwrap().len(), error.len()), (1, 4), "{json}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(start), "{message:?} does not start with {start:?}");
        let expected = (Value::from(param), Value::from(code));
        assert_eq!((error["param"].clone(), error["code"].clone()), expected, "{json}");
        assert!(is_documented(status, &error["type"], &error["code"]), "{json} is undocumented");
    }
}

/// Whether the OpenAPI document has an example of such an error.
fn is_documented(status: u16, r#type: &Value, code: &Value) -> bool {
    let document = variata_server::openapi();
    let objects = |value: &Value| value.as_object().cloned().unwrap_or_default().into_iter();
    let operations = objects(&document["paths"]).flat_map(|(_, item)| objects(&item));
    let answers =
        operations.map(|(_, operation)| operation["responses"][status.to_string()].clone());
    let elsewhere = objects(&document["components"]["responses"]).map(|(_, answer)| answer);
    let contents =
        answers.chain(elsewhere).map(|answer| answer["content"]["application/json"].clone());
    let mut examples = contents.flat_map(|content| objects(&content["examples"]));
    examples.any(|(_, example)| {
        let error = &example["value"]["error"];
        error["type"] == *r#type && error["code"] == *code
    })
}
