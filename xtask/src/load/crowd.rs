//! Many clients at a time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Client, Tally};

/// Lets `clients` send `request` again and again until `length` is over, each on a connection of
/// its own and waiting at least `pause` from one request to the next. They begin one after the other:
/// all at once, they would fill a queue together and then leave it empty together.
pub(crate) fn ask_for(
    address: SocketAddr,
    request: &[u8],
    clients: u32,
    pause: Duration,
    length: Duration,
) -> Tally {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let ask = |index: u32| {
            thread::sleep(pause * index / clients);
            let (mut client, mut tally) = (Client::new(address), Tally::default());
            while !is_over.load(Ordering::Relaxed) {
                let next = Instant::now() + pause;
                tally.add(&client.ask(request));
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            tally
        };
        let threads: Vec<_> = (0..clients).map(|index| scope.spawn(move || ask(index))).collect();
        thread::sleep(length);
        is_over.store(true, Ordering::Relaxed);
        let tallies = threads.into_iter().filter_map(|thread| thread.join().ok());
        tallies.fold(Tally::default(), Tally::merge)
    })
}
