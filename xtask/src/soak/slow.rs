//! A thousand connections that send a byte now and then, of a head or of a body: others are served as
//! before.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{CANARY, USER, ask_for};
use crate::load::{Process, Tally, variation};
use crate::verdict::Verdicts;

/// How often each slow connection sends a byte.
const DRIP: Duration = Duration::from_secs(1);

/// Compares a healthy client alone with one among slow heads, and with one among slow bodies. Returns
/// what that client was answered, and how many requests the slow bodies were.
pub(super) fn run(
    server: &Process,
    slow: u32,
    length: Duration,
    verdicts: &mut Verdicts,
) -> anyhow::Result<(Tally, u32)> {
    let alone = ask_for(server, 1, Duration::ZERO, length)?;
    let before = alone.percentile(200, 99);
    let mut sent = alone;
    for (what, start) in [("heads", head()), ("bodies", body())] {
        let beside = among(server, &start, slow, length)?;
        let after = beside.percentile(200, 99);
        let detail = format!(
            "p99 {before:.1?} alone, {after:.1?} of {} beside {slow} slow {what}",
            beside.count(200)
        );
        let holds = beside.count(200) > 0 && after < 2 * before;
        verdicts.add(&format!("slow {what} hold up nobody"), holds, detail);
        sent = sent.merge(beside);
    }
    Ok((sent, slow))
}

/// What a healthy client is answered while `slow` others have begun with `start` and go on byte by
/// byte.
fn among(server: &Process, start: &[u8], slow: u32, length: Duration) -> anyhow::Result<Tally> {
    let mut connections = open(server, start, slow)?;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
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
    })
}

/// A request's head, which never ends.
fn head() -> Vec<u8> {
    b"POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nX-Slow: ".to_vec()
}

/// A whole head and some of a picture that would be a large one.
fn body() -> Vec<u8> {
    let mut request = variation(CANARY, &vec![b'a'; 1 << 20], &[("user", USER)]);
    request.truncate(1024);
    request
}

/// Connections that have begun a request with `start`.
fn open(server: &Process, start: &[u8], count: u32) -> anyhow::Result<Vec<TcpStream>> {
    let open = |_| {
        let mut stream = TcpStream::connect(server.public)?;
        stream.write_all(start)?;
        Ok(stream)
    };
    (0..count).map(open).collect()
}
