//! What connections cost on which nothing happens.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::ensure;

use crate::load::{Process, get};
use crate::verdict::Verdicts;

const CONNECTIONS: u32 = 1000;
const TARGET_MIB: f64 = 50.0;

/// Opens a thousand connections, each of which asks once.
pub(super) fn run(server: &Process, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    let before = server.metric(RESIDENT)?;
    let open = (0..CONNECTIONS).map(|_| asked_once(server)).collect::<anyhow::Result<Vec<_>>>()?;
    let counted = server.metric("variata_connections")?;
    let grown = (server.metric(RESIDENT)? - before) / 1_048_576.0;
    drop(open);
    let holds = grown <= TARGET_MIB && counted >= f64::from(CONNECTIONS);
    let detail = format!("{grown:.1} MiB more for {counted} connections");
    verdicts.add("1000 idle connections take at most 50 MiB", holds, detail);
    Ok(())
}

const RESIDENT: &str = "variata_resident_memory_bytes";

fn asked_once(server: &Process) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(server.public)?;
    stream.write_all(&get("/healthz"))?;
    let mut answer = [0; 1024];
    let read = stream.read(&mut answer)?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "an answer of {read} bytes is no 200");
    Ok(stream)
}
