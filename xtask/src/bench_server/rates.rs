//! How many requests a second are answered that need no engine.

use std::time::Duration;

use anyhow::Context;

use super::KEY;
use super::bare::Bare;
use crate::load::{Client, Process, Tally, ask_for, get, picture, variation};
use crate::verdict::Verdicts;

/// A request that is sent as often as possible.
struct Rate {
    what: String,
    /// How many answers a second are expected at least.
    target: f64,
    request: Vec<u8>,
    /// The status that it is answered with.
    status: u16,
}

/// As many as keep two processors busy on both sides.
const CLIENTS: u32 = 16;

/// Requests with a wrong key, and requests with a wrong value.
pub(super) fn rejections(
    server: &Process,
    length: Duration,
    verdicts: &mut Verdicts,
) -> anyhow::Result<()> {
    let picture = picture()?;
    let bad_key = variation("another", &picture, &[("size", "256x256")]);
    let bad_size = variation(KEY, &picture, &[("size", "300x300")]);
    for (name, status, request) in [("key", 401, bad_key), ("size", 400, bad_size)] {
        let what = format!("at least 5000 rejections/s of a bad {name}");
        Rate { what, target: 5000.0, request, status }.measure(server, length, verdicts)?;
    }
    Ok(())
}

/// Downloads of one stored image.
pub(super) fn files(
    server: &Process,
    length: Duration,
    verdicts: &mut Verdicts,
) -> anyhow::Result<()> {
    let request = variation(KEY, &picture()?, &[("size", "256x256")]);
    let answer = Client::new(server.public).ask(&request)?;
    let path = path(&answer.body)?;
    let what = "at least 10000 downloads/s of a file of 256x256".to_owned();
    Rate { what, target: 10_000.0, request: get(&path), status: 200 }
        .measure(server, length, verdicts)
}

/// Where the first link of an answer leads.
pub(super) fn path(answer: &[u8]) -> anyhow::Result<String> {
    let answer: serde_json::Value = serde_json::from_slice(answer)?;
    let url = answer["data"][0]["url"].as_str().context("no link in the answer")?;
    let path = url.find("/files/").and_then(|start| url.get(start..)).context("not our link")?;
    Ok(path.to_owned())
}

impl Rate {
    /// Measures the server and then a bare one whose answers are as long.
    fn measure(
        &self,
        server: &Process,
        length: Duration,
        verdicts: &mut Verdicts,
    ) -> anyhow::Result<()> {
        let body_bytes = Client::new(server.public).ask(&self.request)?.body.len();
        let bare = Bare::start(self.status, body_bytes)?;
        let ask = |address| ask_for(address, &self.request, CLIENTS, Duration::ZERO, length);
        let (served, bare) = (ask(server.public), ask(bare.address));
        let per_second = |tally: &Tally| tally.count(self.status) as f64 / length.as_secs_f64();
        let detail = format!(
            "{:.0}/s, {:.0}/s by the bare handler; {body_bytes} bytes each, {}",
            per_second(&served),
            per_second(&bare),
            served.statuses()
        );
        let is_clean = served.count(self.status) == served.sent();
        verdicts.add(&self.what, is_clean && per_second(&served) >= self.target, detail);
        Ok(())
    }
}
