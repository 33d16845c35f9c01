//! A thousand connections that send a byte now and then: others are served as before.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::ask_for;
use crate::load::{Process, Tally};
use crate::verdict::Verdicts;

/// How often each slow connection sends a byte.
const DRIP: Duration = Duration::from_secs(1);

/// Compares a healthy client alone with one among slow connections.
pub(super) fn run(
    server: &Process,
    slow: u32,
    length: Duration,
    verdicts: &mut Verdicts,
) -> anyhow::Result<Tally> {
    let alone = ask_for(server, 1, Duration::ZERO, length)?;
    let mut connections = open(server, slow)?;
    let opened = connections.len();
    let is_over = AtomicBool::new(false);
    let beside = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                // Those whom the server gave up fail, as they should.
                connections.retain_mut(|connection| connection.write_all(b"a").is_ok());
                thread::sleep(DRIP);
            }
        });
        let beside = ask_for(server, 1, Duration::ZERO, length);
        is_over.store(true, Ordering::Relaxed);
        beside
    })?;
    let (before, after) = (alone.percentile(200, 99), beside.percentile(200, 99));
    let holds = opened as u32 == slow && after < 2 * before;
    let detail = format!("p99 {before:.1?} alone, {after:.1?} beside {opened} slow connections");
    verdicts.add("slow connections hold up nobody", holds, detail);
    Ok(alone.merge(beside))
}

/// Connections that have begun a request's head, which never ends.
fn open(server: &Process, count: u32) -> anyhow::Result<Vec<TcpStream>> {
    let open = |_| {
        let mut stream = TcpStream::connect(server.public)?;
        stream.write_all(b"POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nX-Slow: ")?;
        Ok(stream)
    };
    (0..count).map(open).collect()
}
