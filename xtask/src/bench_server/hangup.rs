//! How soon the engine rests when the caller has hung up.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::KEY;
use crate::load::{Process, variation};
use crate::program;
use crate::verdict::Verdicts;

const TARGET: Duration = Duration::from_millis(500);
const ROUNDS: u32 = 10;
/// How often the load is looked at.
const LOOK_AROUND: Duration = Duration::from_millis(5);
/// Longer than any job takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks for ten large images, and hangs up at another moment of the work each time.
pub(super) fn run(server: &Process, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    let picture = std::fs::read(program::workspace()?.join("examples/otter.png"))?;
    let request = variation(KEY, &picture, &[("n", "10")]);
    let mut slowest = Duration::ZERO;
    for round in 0..ROUNDS {
        let mut stream = TcpStream::connect(server.public)?;
        stream.write_all(&request)?;
        wait_for(server, 1.0)?;
        thread::sleep(Duration::from_millis(20) * round);
        drop(stream);
        slowest = slowest.max(wait_for(server, 0.0)?);
    }
    let detail = format!("{slowest:.0?} at the longest of {ROUNDS}");
    verdicts.add("the engine rests within 0.5 s of a hang-up", slowest < TARGET, detail);
    Ok(())
}

/// Waits until so many jobs run; returns how long that took.
fn wait_for(server: &Process, jobs: f64) -> anyhow::Result<Duration> {
    let started = Instant::now();
    while server.metric("variata_running_jobs")? != jobs {
        ensure!(started.elapsed() < PATIENCE, "{jobs} jobs never ran");
        thread::sleep(LOOK_AROUND);
    }
    Ok(started.elapsed())
}
