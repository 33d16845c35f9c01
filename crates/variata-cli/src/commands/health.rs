//! `variata health`: whether a server on this machine answers, for images without a shell or curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

use crate::address::socket_address;
use crate::exit::Exit;
use crate::fault::io_reason;

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
        Err(error) => fails(address, &reason(&error)),
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

/// Why there is no answer; systems call silence by the names of what they waited in.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!("no answer within {} s", PATIENCE.as_secs())
        }
        io::ErrorKind::UnexpectedEof => "it hangs up without an answer".to_owned(),
        _ => io_reason(error),
    }
}

fn fails(address: SocketAddr, reason: &str) -> Exit {
    // There is nobody to tell when standard error takes no more.
    let _ = writeln!(io::stderr(), "error: {address}: {reason}");
    Exit::Internal
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_words() {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let refused = ask(free.unwrap()).unwrap_err();
        assert_eq!(reason(&refused), "connection refused");
        assert_eq!(reason(&io::ErrorKind::WouldBlock.into()), "no answer within 2 s");
        assert_eq!(reason(&io::ErrorKind::UnexpectedEof.into()), "it hangs up without an answer");
    }
}
