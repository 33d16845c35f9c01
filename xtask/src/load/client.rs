//! HTTP over one blocking connection, as little of it as the checks need.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

/// One connection, which is opened again when the server closes it.
pub(crate) struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// From the first byte sent to the last one read.
    pub(crate) elapsed: Duration,
}

/// Longer than any answer that is no fault.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than any answer that the checks ask for.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// Sends `request` and reads the final answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        let started = Instant::now();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(self.address)?,
        };
        connection.get_mut().write_all(request)?;
        let (status, head) = loop {
            let (status, head) = read_head(&mut connection)?;
            if status >= 200 {
                break (status, head);
            }
        };
        let length = header(&head, "content-length").and_then(|text| text.parse().ok());
        let length: usize = length.context("an answer without a length")?;
        ensure!(length <= MAX_BODY_BYTES, "an answer of {length} bytes");
        let mut body = vec![0; length];
        connection.read_exact(&mut body)?;
        if header(&head, "connection") != Some("close") {
            self.connection = Some(connection);
        }
        Ok(Answer { status, body, elapsed: started.elapsed() })
    }
}

/// A request for `target`.
pub(crate) fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// A request for variations of `picture` with these text fields.
pub(crate) fn variation(key: &str, picture: &[u8], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(b"--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n");
    body.extend_from_slice(picture);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let head = format!(
        "POST /v1/images/variations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

fn connect(address: SocketAddr) -> anyhow::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}

fn read_head(connection: &mut BufReader<TcpStream>) -> anyhow::Result<(u16, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(connection.read_line(&mut head)? > 0, "the connection ended");
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.context("an answer without a status")?, head))
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let pairs = head.lines().filter_map(|line| line.split_once(": "));
    pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
