//! A server that does nothing but HTTP, as a process of its own like the one under test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

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
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct BareArguments {
    /// The status of every answer
    #[arg(long)]
    status: u16,
    /// The length of every answer's body
    #[arg(long)]
    bytes: usize,
}

/// A running bare server; ends with this value.
pub(super) struct Bare {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Bare {
    /// Starts one that answers like this, whatever it is asked.
    pub(super) fn start(status: u16, bytes: usize) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare-server", "--status", &status.to_string()]);
        command.args(["--bytes", &bytes.to_string()]).stdout(Stdio::piped());
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
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        let service = service_fn(move |request| answer(request, arguments.status, body.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Reads the request to its end and throws it away.
async fn answer(
    request: Request<Incoming>,
    status: u16,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let mut incoming = request.into_body();
    while let Some(frame) = incoming.frame().await {
        frame?;
    }
    Ok(Response::builder().status(status).body(Full::new(body))?)
}
