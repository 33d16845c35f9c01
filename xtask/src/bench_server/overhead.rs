//! What a request takes beyond reading its picture, varying it and writing the result.

use std::time::Duration;

use anyhow::ensure;

use super::bare::Bare;
use super::{KEY, computed};
use crate::load::{Client, Process, variation};
use crate::program;
use crate::verdict::Verdicts;

/// The most that the server may take for itself.
const TARGET: Duration = Duration::from_millis(3);

/// Uploads a picture of 1024 × 1024 pixels again and again, for images in the answer and for links.
pub(super) fn run(server: &Process, requests: u32, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    let picture = std::fs::read(program::workspace()?.join("examples/otter.png"))?;
    for format in ["b64_json", "url"] {
        let fields = [("size", "1024x1024"), ("seed", "7"), ("response_format", format)];
        let request = variation(KEY, &picture, &fields);
        let (served, answer_bytes) = served(server, &request, requests)?;
        let bare = bare(&request, requests, answer_bytes)?;
        let detail = format!(
            "{served:.1?} of {requests} requests, {bare:.1?} by the bare handler \
             ({} kB up, {} kB down)",
            request.len() / 1000,
            answer_bytes / 1000,
        );
        let what = format!("overhead of {format} at most {TARGET:?} (median)");
        verdicts.add(&what, served <= TARGET, detail);
    }
    Ok(())
}

/// The median of what is not spent on the picture, and the length of an answer.
fn served(server: &Process, request: &[u8], requests: u32) -> anyhow::Result<(Duration, usize)> {
    let (mut client, mut times, mut answer_bytes) = (Client::new(server.public), Vec::new(), 0);
    let mut before = computed(server)?;
    for _ in 0..requests {
        let answer = client.ask(request)?;
        ensure!(answer.status == 200, "{}", String::from_utf8_lossy(&answer.body));
        let after = computed(server)?;
        times.push(answer.elapsed.saturating_sub(after - before));
        (before, answer_bytes) = (after, answer.body.len());
    }
    Ok((median(times), answer_bytes))
}

fn bare(request: &[u8], requests: u32, answer_bytes: usize) -> anyhow::Result<Duration> {
    let bare = Bare::start(200, answer_bytes)?;
    let mut client = Client::new(bare.address);
    let times = (0..requests).map(|_| Ok(client.ask(request)?.elapsed));
    Ok(median(times.collect::<anyhow::Result<_>>()?))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
