//! A client that retries, as the official ones do, does not notice that the server is restarted.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::ensure;

use crate::load::{Client, Setup, get, picture, variation};
use crate::verdict::Verdicts;

/// Clients at the same time.
const CLIENTS: u32 = 8;
/// One request in so many is for a variation; the others look at the models.
const VARIATION_EVERY: u32 = 50;
/// How often a request is sent before it has failed, and the wait before each time.
const TRIES: u32 = 300;
const WAIT: Duration = Duration::from_millis(100);

pub(super) fn run(
    setup: &Setup,
    restarts: u32,
    requests: u32,
    verdicts: &mut Verdicts,
) -> anyhow::Result<()> {
    let mut server = setup.start("127.0.0.1:0")?;
    let address = server.public;
    let vary = variation("any", &picture()?, &[("size", "256x256")]);
    let (next, failed, retried) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    let work = || {
        let mut client = Client::new(address);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= requests {
                return;
            }
            let is_variation = index.is_multiple_of(VARIATION_EVERY);
            let request = if is_variation { vary.clone() } else { get("/v1/models") };
            let tries = (0..TRIES).find(|_| succeeds(&mut client, &request));
            retried.fetch_add(tries.unwrap_or(TRIES), Ordering::Relaxed);
            failed.fetch_add(u32::from(tries.is_none()), Ordering::Relaxed);
        }
    };
    let restarted = thread::scope(|scope| -> anyhow::Result<u32> {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(work)).collect();
        let mut restarted = 0;
        while restarted < restarts {
            let share = requests / (restarts + 1) * (restarted + 1);
            if next.load(Ordering::Relaxed) >= share {
                ensure!(server.terminate()?.success(), "the server did not end in order");
                server = setup.start(&address.to_string())?;
                restarted += 1;
            }
            thread::sleep(Duration::from_millis(5));
        }
        drop(clients);
        Ok(restarted)
    })?;
    let (failed, retried) = (failed.into_inner(), retried.into_inner());
    let detail =
        format!("{failed} of {requests} failed over {restarted} restarts, {retried} retries");
    verdicts.add("a retrying client notices no restart", failed == 0, detail);
    ensure!(server.terminate()?.success(), "the server did not end in order");
    Ok(())
}

fn succeeds(client: &mut Client, request: &[u8]) -> bool {
    let is_answered = client.ask(request).is_ok_and(|answer| answer.status == 200);
    if !is_answered {
        thread::sleep(WAIT);
    }
    is_answered
}
