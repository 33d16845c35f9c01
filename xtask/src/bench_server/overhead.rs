//! What a request takes beyond reading its picture, varying it and writing the result.
//!
//! A link is given when its file is on the disk, which takes the disk its own time; the bare handler
//! beside it makes a file of the same length safe too.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;

use super::bare::Bare;
use super::{KEY, computed, rates};
use crate::load::{Client, Process, get, variation};
use crate::program;
use crate::verdict::Verdicts;

/// The most that the server may take for itself.
const TARGET: Duration = Duration::from_millis(3);

/// Uploads a picture of 1024 × 1024 pixels again and again, for images in the answer and for links.
pub(super) fn run(
    server: &Process,
    folder: &Path,
    requests: u32,
    verdicts: &mut Verdicts,
) -> anyhow::Result<()> {
    let picture = std::fs::read(program::workspace()?.join("examples/otter.png"))?;
    for format in ["b64_json", "url"] {
        let fields = [("size", "1024x1024"), ("seed", "7"), ("response_format", format)];
        let request = variation(KEY, &picture, &fields);
        let (served, answer) = served(server, &request, requests)?;
        let (handler, mut files) = (Bare::start(200, answer.len())?, String::new());
        let mut bare = asked(&handler, &request, requests)?;
        if format == "url" {
            let file_bytes =
                Client::new(server.public).ask(&get(&rates::path(&answer)?))?.body.len();
            let keeping = Bare::start_keeping(answer.len(), &folder.join("bare"), file_bytes)?;
            let without = std::mem::replace(&mut bare, asked(&keeping, &request, requests)?);
            files = format!(" with a file of {} kB, {without:.1?} without", file_bytes / 1000);
        }
        let detail = format!(
            "{served:.1?} of {requests} requests, {bare:.1?} by the bare handler{files} \
             ({} kB up, {} kB down)",
            request.len() / 1000,
            answer.len() / 1000,
        );
        let what = format!("overhead of {format} at most {TARGET:?} (median)");
        verdicts.add(&what, served <= TARGET, detail);
    }
    Ok(())
}

/// The median of what is not spent on the picture, and an answer.
fn served(server: &Process, request: &[u8], requests: u32) -> anyhow::Result<(Duration, Vec<u8>)> {
    let (mut client, mut times, mut body) = (Client::new(server.public), Vec::new(), Vec::new());
    let mut before = computed(server)?;
    for _ in 0..requests {
        let answer = client.ask(request)?;
        ensure!(answer.status == 200, "{}", String::from_utf8_lossy(&answer.body));
        let after = computed(server)?;
        times.push(answer.elapsed.saturating_sub(after - before));
        (before, body) = (after, answer.body);
    }
    Ok((median(times), body))
}

/// The median of the bare handler's answers.
fn asked(bare: &Bare, request: &[u8], requests: u32) -> anyhow::Result<Duration> {
    let mut client = Client::new(bare.address);
    let times = (0..requests).map(|_| Ok(client.ask(request)?.elapsed));
    Ok(median(times.collect::<anyhow::Result<_>>()?))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
