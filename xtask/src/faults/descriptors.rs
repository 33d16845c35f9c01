//! More connections than the system lets the server have.

use std::net::TcpStream;
use std::time::Duration;

use crate::load::{Client, Setup, get};
use crate::verdict::Verdicts;

const MAX_FILES: u32 = 64;
/// A connection that is not there after this has found the system's queue full.
const FULL: Duration = Duration::from_secs(1);

pub(super) fn run(setup: Setup, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    let setup = Setup { max_files: Some(MAX_FILES), ..setup };
    let mut server = setup.start("127.0.0.1:0")?;
    let connect = |_| TcpStream::connect_timeout(&server.public, FULL).ok();
    let many: Vec<TcpStream> = (0..4 * MAX_FILES).map_while(connect).collect();
    let is_alive = server.is_alive()?;
    let opened = many.len();
    drop(many);
    let answer = Client::new(server.public).ask(&get("/healthz"))?;
    let detail = format!("{opened} connections to {MAX_FILES} descriptors, then {}", answer.status);
    verdicts.add("out of descriptors and back", is_alive && answer.status == 200, detail);
    Ok(())
}
