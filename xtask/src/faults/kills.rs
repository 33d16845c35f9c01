//! `kill -9` while files are being written: what is there afterwards is whole.

use std::thread;
use std::time::Duration;

use super::disk::count_files;
use crate::load::{Client, Setup, picture, variation};
use crate::verdict::Verdicts;

/// Clients that keep the server writing.
const CLIENTS: u32 = 4;

pub(super) fn run(setup: &Setup, kills: u32, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    let request = variation("any", &picture()?, &[("size", "256x256")]);
    let span_ms = measure(setup, &request)?;
    let (mut whole, mut torn) = (0, 0);
    for round in 0..kills {
        let mut server = setup.start("127.0.0.1:0")?;
        let address = server.public;
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                // Requests end with the server.
                scope.spawn(|| {
                    let mut client = Client::new(address);
                    while client.ask(&request).is_ok() {}
                });
            }
            // A different moment each time, spread over the first answers and their files.
            thread::sleep(Duration::from_millis(span_ms * u64::from(round * 37 % 100) / 100));
            server.kill()
        })?;
        let (more, broken) = count_files(&setup.data)?;
        whole += more;
        torn += broken;
        std::fs::remove_dir_all(setup.data.join("files"))?;
    }
    let rows = setup.run(&["usage", "--format", "json"])?;
    let detail =
        format!("{kills} kills, {whole} whole files, {torn} torn; ledger: {}", rows.trim());
    verdicts.add("no torn file after kill -9", torn == 0 && whole > 0, detail);
    Ok(())
}

/// How long it takes until every client has had an answer or two, in milliseconds.
fn measure(setup: &Setup, request: &[u8]) -> anyhow::Result<u64> {
    let mut server = setup.start("127.0.0.1:0")?;
    let elapsed = Client::new(server.public).ask(request)?.elapsed;
    server.kill()?;
    Ok(u64::try_from(elapsed.as_millis())? * 2 * u64::from(CLIENTS))
}
