//! `variata health`: whether a server on this machine answers, for images without a shell or curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

use crate::address::socket_address;
use crate::exit::Exit;

/// Ask a server whether it lives; exits with 0 if it does
#[derive(Debug, Clone, Args)]
pub(crate) struct HealthArgs {
    /// Where it listens
    #[arg(
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        value_parser = socket_address,
        env = "VARIATA_LISTEN",
        hide_env = true
    )]
    address: SocketAddr,
}

/// The longest that the server has for each step of its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks, and tells on standard error what is wrong.
pub(crate) fn run(args: &HealthArgs) -> Exit {
    let address = reachable(args.address);
    match ask(address) {
        Ok(true) => Exit::Success,
        Ok(false) => fails(address, "it answers, but not with 200"),
        Err(error) => fails(address, &error.to_string()),
    }
}

/// A server that listens on every address is asked on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip().is_unspecified() {
        true => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port()),
        false => address,
    }
}

fn ask(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; 12];
    stream.read_exact(&mut start)?;
    Ok(&start == b"HTTP/1.1 200")
}

fn fails(address: SocketAddr, reason: &str) -> Exit {
    // There is nobody to tell when standard error takes no more.
    let _ = writeln!(io::stderr(), "error: {address}: {reason}");
    Exit::Internal
}
