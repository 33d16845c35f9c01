//! A hub on loopback, in the shape of huggingface.co: a listing, and files behind redirects to
//! another host.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use sha2::{Digest as _, Sha256};

/// The commit that the hub has.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A running hub; its threads end with the process.
pub(crate) struct Hub {
    port: u16,
    state: Arc<State>,
}

struct State {
    files: BTreeMap<String, Vec<u8>>,
    /// How many bytes of a file come before the connection is cut, until it has been cut once.
    cuts: Mutex<BTreeMap<String, usize>>,
    /// A file whose contents are not those of the listing.
    changed: Option<String>,
    requests: Mutex<Vec<Request>>,
}

/// What a client asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) range: Option<String>,
    pub(crate) authorization: Option<String>,
}

impl Hub {
    /// Serves the files in `folder` as the repository `tiny/variations`.
    pub(crate) fn serving(
        folder: &Path,
        cut: Option<(&str, usize)>,
        changed: Option<&str>,
    ) -> Self {
        let mut files = BTreeMap::new();
        collect(folder, folder, &mut files);
        let cuts = cut.map(|(path, length)| (path.to_owned(), length)).into_iter().collect();
        let (changed, requests) = (changed.map(str::to_owned), Mutex::default());
        let state = Arc::new(State { files, cuts: Mutex::new(cuts), changed, requests });
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.serve(stream, port));
            }
        });
        Self { port, state }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked since the last time.
    pub(crate) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.requests.lock().unwrap())
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}

impl State {
    /// Answers one request and closes the connection. A client that is gone is no fault.
    fn serve(&self, stream: TcpStream, port: u16) {
        let Some(request) = read(&stream) else { return };
        self.requests.lock().unwrap().push(request.clone());
        let redirect = format!("/tiny/variations/resolve/{COMMIT}/");
        if request.path.starts_with("/api/models/tiny/variations/revision/main") {
            answer(&stream, "200 OK", "", self.listing().as_bytes());
        } else if let Some(path) = request.path.strip_prefix(&redirect) {
            let location = format!("location: http://localhost:{port}/cdn/{path}\r\n");
            answer(&stream, "302 Found", &location, b"");
        } else if let Some(path) = request.path.strip_prefix("/cdn/") {
            self.send(&stream, path, request.range.as_deref());
        } else if request.path.contains("gated") {
            answer(&stream, "401 Unauthorized", "", b"");
        } else {
            answer(&stream, "404 Not Found", "", b"");
        }
    }

    /// Large files have a digest, as behind git-lfs; small ones have git's.
    fn listing(&self) -> String {
        let mut text = format!(r#"{{"sha":"{COMMIT}","tags":["license:mit"],"siblings":["#);
        for (index, (path, bytes)) in self.files.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let (size, blob) = (bytes.len(), format!("{index:040x}"));
            write!(text, r#"{comma}{{"rfilename":"{path}","size":{size},"blobId":"{blob}""#)
                .unwrap();
            if size > 10_000 {
                let digest = Sha256::digest(bytes);
                let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                write!(text, r#","lfs":{{"sha256":"{digest}","size":{size}}}"#).unwrap();
            }
            text.push('}');
        }
        text + "]}"
    }

    fn send(&self, stream: &TcpStream, path: &str, range: Option<&str>) {
        let mut bytes = self.files[path].clone();
        if self.changed.as_deref() == Some(path) {
            bytes[0] ^= 1;
        }
        let from = range.map(|range| range.trim_start_matches("bytes=").trim_end_matches('-'));
        let from: usize = from.map_or(0, |from| from.parse().unwrap());
        let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
        let rest = &bytes[from..];
        let sent = self.cuts.lock().unwrap().remove(path).unwrap_or(rest.len());
        head(stream, status, "", rest.len());
        let mut stream = stream;
        let _ = stream.write_all(&rest[..sent]);
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut request = Request { path: first.split(' ').nth(1)?.to_owned(), ..Request::default() };
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ")?;
        match name.to_lowercase().as_str() {
            "range" => request.range = Some(value.to_owned()),
            "authorization" => request.authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(request)
}

fn answer(mut stream: &TcpStream, status: &str, headers: &str, body: &[u8]) {
    head(stream, status, headers, body.len());
    let _ = stream.write_all(body);
}

fn head(mut stream: &TcpStream, status: &str, headers: &str, length: usize) {
    let rest = format!("{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n{rest}").as_bytes());
}
