//! The program itself, with its images in S3: `VARIATA_BINARY` names it, built with the feature `s3`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use s3_conformance::{KEY, S3Server, SECRET};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A running server; ends with this value.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(binary: &Path, data: &Path, endpoint: &str) -> Self {
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", "s3://pictures/images"]);
        command.arg("--data").arg(data).stdout(Stdio::piped());
        command.env("AWS_ENDPOINT", endpoint).env("AWS_ALLOW_HTTP", "true");
        command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    /// Sends a request and reads the answer to its end.
    async fn ask(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        answer
    }

    async fn get(&self, path: &str) -> Vec<u8> {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes())
            .await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request for one small variation of `picture`.
fn request(picture: &[u8]) -> Vec<u8> {
    let part = |name: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    let size = format!("{}256x256\r\n", part("size"));
    let body = [size.as_bytes(), part("image").as_bytes(), picture, b"\r\n--b--\r\n"].concat();
    let head = format!(
        "POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

// Several threads, since starting the program waits for its first words.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_keeps_its_images_in_a_bucket_and_serves_them_from_there() {
    let Some(binary) = std::env::var_os("VARIATA_BINARY") else {
        println!("skipped: VARIATA_BINARY names no program");
        return;
    };
    let (bucket, data) = (S3Server::start("pictures").await, TempDir::new().unwrap());
    let served = Served::start(Path::new(&binary), data.path(), &bucket.endpoint());
    let picture = std::fs::read("../../../examples/otter.png").unwrap();
    let answer = String::from_utf8(served.ask(&request(&picture)).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let link = answer.split('"').find(|text| text.contains("/files/")).unwrap();
    let path = &link[link.find("/files/").unwrap()..];
    let key = format!("images{}", path.split('?').next().unwrap());
    assert!(bucket.holds(&key), "{key} is not in the bucket");
    assert!(!data.path().join("files").exists(), "images are in the data folder too");
    let file = served.get(path).await;
    assert!(file.starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&file[..200]));
    assert!(file.windows(4).any(|bytes| bytes == b"IEND"), "the file is no whole PNG");
}
