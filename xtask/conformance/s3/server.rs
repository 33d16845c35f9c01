//! An S3 server on a port of its own, in a folder of its own.
//!
//! It is s3s with its file back end, which checks for a file and then writes it; S3 does both at
//! once, so puts are taken one after the other here.

use std::path::PathBuf;
use std::sync::Arc;

use hyper::Method;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// The id of the only key that is taken.
pub const KEY: &str = "key";
/// Its secret.
pub const SECRET: &str = "secret";

/// A running server; ends with this value.
pub struct S3Server {
    address: std::net::SocketAddr,
    bucket: PathBuf,
    running: JoinHandle<()>,
    _directory: TempDir,
}

impl S3Server {
    /// A server that holds one empty bucket.
    pub async fn start(bucket: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let bucket = directory.path().join(bucket);
        std::fs::create_dir(&bucket).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(directory.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let running = tokio::spawn(accept(listener, service));
        Self { address, bucket, running, _directory: directory }
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts an object without asking the server.
    pub fn write(&self, key: &str, bytes: &[u8]) {
        let path = self.bucket.join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Whether there is such an object.
    pub fn holds(&self, key: &str) -> bool {
        self.bucket.join(key).exists()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn accept(listener: TcpListener, service: S3Service) {
    let one_writer = Arc::new(Mutex::new(()));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(stream, service.clone(), Arc::clone(&one_writer)));
    }
}

async fn serve(stream: TcpStream, service: S3Service, one_writer: Arc<Mutex<()>>) {
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
        let (service, one_writer) = (service.clone(), Arc::clone(&one_writer));
        async move {
            let writes = request.method() == Method::PUT;
            let _turn = if writes { Some(one_writer.lock().await) } else { None };
            service.call(request.map(s3s::Body::from)).await
        }
    });
    // The client closes connections as it likes.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
