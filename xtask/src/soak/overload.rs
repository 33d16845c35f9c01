//! Three times as much as the server can do: it goes on doing what it can, and refuses the rest at
//! once.

use std::time::Duration;

use super::ask_for;
use crate::load::{Process, Tally};
use crate::verdict::Verdicts;

/// What a server does when it is asked for just enough.
pub(super) struct Peak {
    pub(super) tally: Tally,
    images_per_second: f64,
}

/// Clients that keep two processors busy without a queue that is full.
const BUSY_CLIENTS: u32 = 8;
/// Clients that together ask three times as often as can be answered.
const MANY_CLIENTS: u32 = 48;

/// Measures the most images a second.
pub(super) fn peak(server: &Process, length: Duration) -> anyhow::Result<Peak> {
    let tally = ask_for(server, BUSY_CLIENTS, Duration::ZERO, length)?;
    let images_per_second = tally.count(200) as f64 / length.as_secs_f64();
    let (p50, p99) = (tally.percentile(200, 50), tally.percentile(200, 99));
    println!("peak: {images_per_second:.1} images/s, p50 {p50:.0?}, p99 {p99:.0?}");
    Ok(Peak { tally, images_per_second })
}

/// Asks for three times the peak.
pub(super) fn run(
    server: &Process,
    peak: &Peak,
    length: Duration,
    verdicts: &mut Verdicts,
) -> anyhow::Result<Tally> {
    let offered = peak.images_per_second * 3.0;
    let pause = Duration::from_secs_f64(f64::from(MANY_CLIENTS) / offered.max(1.0));
    // What is needed once for so many connections is not growth.
    let warm = ask_for(server, MANY_CLIENTS, pause, length / 4)?;
    let before = server.metric("variata_resident_memory_bytes")?;
    let tally = ask_for(server, MANY_CLIENTS, pause, length)?;
    let after = server.metric("variata_resident_memory_bytes")?;
    let asked = tally.sent() as f64 / length.as_secs_f64();
    let goodput = tally.count(200) as f64 / length.as_secs_f64();
    let share = goodput / peak.images_per_second;
    let detail = format!(
        "{goodput:.1} of {asked:.1} images/s asked for, {:.0} % of the peak; {}",
        share * 100.0,
        tally.statuses()
    );
    verdicts.add("goodput at 3x load at least 90 % of the peak", share >= 0.9, detail);
    let (p50, p99) = (tally.percentile(503, 50), tally.percentile(503, 99));
    let detail = format!("p50 {p50:.1?}, p99 {p99:.1?} of {} rejections", tally.count(503));
    verdicts.add("rejections within 20 ms (p99)", p99 < Duration::from_millis(20), detail);
    let growth = (after - before) / 1_048_576.0;
    let minutes = length.as_secs_f64() / 60.0;
    let detail =
        format!("{:.0} MiB, {growth:+.1} MiB in {minutes:.1} minutes", after / 1_048_576.0);
    verdicts.add("memory flat within 16 MiB", growth < 16.0, detail);
    Ok(warm.merge(tally))
}
