//! A server that does nothing but HTTP, as a process of its own like the one under test.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What the bare server answers.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BareArguments {
    /// The status of every answer
    #[arg(long)]
    status: u16,
    /// The length of every answer's body
    #[arg(long)]
    bytes: usize,
    /// Where to make a file safe before every answer
    #[arg(long)]
    folder: Option<PathBuf>,
    /// The length of that file
    #[arg(long, default_value_t = 0)]
    file_bytes: usize,
}

/// A running bare server; ends with this value.
pub(super) struct Bare {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Bare {
    /// Starts one that answers like this, whatever it is asked.
    pub(super) fn start(status: u16, bytes: usize) -> anyhow::Result<Self> {
        Self::start_with(status, bytes, |_| {})
    }

    /// Starts one that makes a file of so many bytes in `folder` safe before it answers, as a store
    /// has to.
    pub(super) fn start_keeping(
        bytes: usize,
        folder: &Path,
        file_bytes: usize,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Self::start_with(200, bytes, |command| {
            command.arg("--folder").arg(folder);
            command.args(["--file-bytes", &file_bytes.to_string()]);
        })
    }

    fn start_with(
        status: u16,
        bytes: usize,
        more: impl FnOnce(&mut Command),
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare-server", "--status", &status.to_string()]);
        command.args(["--bytes", &bytes.to_string()]).stdout(Stdio::piped());
        more(&mut command);
        let mut child = command.spawn().context("cannot start the bare server")?;
        let stdout = child.stdout.take().context("the bare server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().with_context(|| format!("not an address: {line:?}"))?;
        Ok(Self { child, address })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until it is killed; prints its address first.
///
/// # Errors
///
/// When there is no address to listen on.
pub(crate) fn run_bare(arguments: BareArguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: BareArguments) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", listener.local_addr()?)?;
    stdout.flush()?;
    let body = Bytes::from(vec![b'x'; arguments.bytes]);
    let keeper = arguments.folder.map(|folder| Keeper {
        folder,
        file: vec![b'x'; arguments.file_bytes],
        names: AtomicU64::new(0),
    });
    let keeper = keeper.map(Arc::new);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (body, keeper) = (body.clone(), keeper.clone());
        let service = service_fn(move |request| {
            answer(request, arguments.status, body.clone(), keeper.clone())
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Makes a file safe for every answer.
struct Keeper {
    folder: PathBuf,
    file: Vec<u8>,
    names: AtomicU64,
}

impl Keeper {
    /// As little as can be done: written, on the disk, under its name, and the name on the disk.
    fn keep(&self) -> std::io::Result<()> {
        let staged = self.folder.join("staged");
        let mut file = File::create(&staged)?;
        file.write_all(&self.file)?;
        file.sync_all()?;
        let name = self.names.fetch_add(1, Ordering::Relaxed).to_string();
        std::fs::rename(&staged, self.folder.join(name))?;
        File::open(&self.folder)?.sync_all()
    }
}

/// Reads the request to its end and throws it away.
async fn answer(
    request: Request<Incoming>,
    status: u16,
    body: Bytes,
    keeper: Option<Arc<Keeper>>,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let mut incoming = request.into_body();
    while let Some(frame) = incoming.frame().await {
        frame?;
    }
    if let Some(keeper) = keeper {
        tokio::task::spawn_blocking(move || keeper.keep()).await??;
    }
    Ok(Response::builder().status(status).body(Full::new(body))?)
}
