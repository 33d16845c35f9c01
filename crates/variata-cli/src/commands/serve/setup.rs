//! From flags to a server's parts, with all that is wrong told at once.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use variata_core::Engine;
use variata_dispatch::{InProcess, Limits as DispatchLimits};
use variata_patch::Tier;
use variata_server::{ApiKey, Config, Limits, Services};
use variata_store::{Durability, LinkSigner, LocalStore, Timestamp};

use super::args::ServeArgs;
use crate::engines;
use crate::fault::{Fault, io_reason};

/// What `args` ask for.
///
/// # Errors
///
/// Every fault that there is, so that an operator need not find them one by one.
pub(super) fn resolve(args: &ServeArgs) -> Result<(Config, Services), Vec<Fault>> {
    let keys = api_keys(args);
    // Without a folder there is no need to say that its key file is missing too.
    let kept = store(&args.data).and_then(|store| Ok((store, links(&args.data)?)));
    let dispatcher = dispatcher(args);
    match (keys, kept, dispatcher) {
        (Ok(api_keys), Ok((store, links)), Ok(dispatcher)) => {
            // Last, since reading a checkpoint takes long.
            let engines = engines(args).map_err(|fault| vec![fault])?;
            let services = Services {
                engines,
                store: Arc::new(store),
                links: Arc::new(links),
                dispatcher: Arc::new(dispatcher),
                clock: Arc::new(Timestamp::now),
            };
            Ok((config(args, api_keys), services))
        }
        (keys, kept, dispatcher) => {
            let faults = [keys.err(), kept.err(), dispatcher.err()];
            Err(faults.into_iter().flatten().collect())
        }
    }
}

/// No file of keys is larger than this.
const MAX_KEY_FILE_BYTES: usize = 1024 * 1024;

fn config(args: &ServeArgs, api_keys: Vec<ApiKey>) -> Config {
    let limits = Limits {
        connections: usize::try_from(args.max_connections).unwrap_or(usize::MAX),
        drain: Duration::from_secs(u64::from(args.drain_seconds)),
        ..Limits::default()
    };
    Config {
        api_keys,
        allow_anonymous: args.allow_anonymous,
        public_url: args.public_url.clone(),
        trusted_proxies: args.trusted_proxies.clone(),
        limits,
    }
}

/// The keys of the command line and of the file; none means that anyone may ask.
fn api_keys(args: &ServeArgs) -> Result<Vec<ApiKey>, Fault> {
    let mut keys = args.api_keys.clone();
    if let Some(path) = &args.api_key_file {
        let text = fs::read(path).map_err(|error| Fault::input(path, io_reason(&error)))?;
        let found = keys_of(&text).map_err(|reason| Fault::input(path, reason))?;
        keys.extend(found);
    }
    if keys.is_empty() && !args.listen.ip().is_loopback() && !args.allow_anonymous {
        let reason = "other machines can reach this address, and there is no API key";
        let fault = Fault::usage(format_args!("--listen {}", args.listen), reason);
        return Err(fault.with_hint("give --api-key-file, or --allow-anonymous to serve everyone"));
    }
    Ok(keys)
}

fn keys_of(file: &[u8]) -> Result<Vec<ApiKey>, &'static str> {
    if file.len() > MAX_KEY_FILE_BYTES {
        return Err("too large for a file of API keys: expected at most 1 MiB");
    }
    let text = str::from_utf8(file).map_err(|_| "no text: expected one API key a line")?;
    let lines = text.lines().map(str::trim);
    let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(ApiKey::new);
    let keys: Vec<ApiKey> = keys.collect();
    if keys.is_empty() { Err("holds no API key: expected one a line") } else { Ok(keys) }
}

/// The engines, the default first.
fn engines(args: &ServeArgs) -> Result<Vec<Arc<dyn Engine>>, Fault> {
    let mut engines: Vec<Arc<dyn Engine>> = Vec::new();
    for wanted in &args.engines {
        let engine = engines::open(wanted, Tier::detect(), &args.neural)?;
        if engines.iter().any(|other| other.id() == engine.id()) {
            let reason = format!("there is an engine named {} already", engine.id());
            return Err(Fault::usage(format_args!("--engine {wanted}"), reason));
        }
        engines.push(engine);
    }
    Ok(engines)
}

fn store(directory: &Path) -> Result<LocalStore, Fault> {
    let opened = LocalStore::open(directory, Durability::default());
    opened.map_err(|error| Fault::output(directory.display(), error))
}

fn links(directory: &Path) -> Result<LinkSigner, Fault> {
    let opened = LinkSigner::open(&directory.join("link-keys"), Timestamp::now());
    opened.map_err(|error| Fault::output(directory.display(), error))
}

fn dispatcher(args: &ServeArgs) -> Result<InProcess, Fault> {
    let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = args.threads.and_then(|threads| NonZeroUsize::new(usize::from(threads)));
    let limits = DispatchLimits {
        capacity_images: args.queue_images,
        // A quarter stays for others, but one request of ten images always fits.
        tenant_capacity_images: (args.queue_images / 4 * 3).max(10),
        ..DispatchLimits::for_threads(threads.unwrap_or(processors))
    };
    InProcess::start(limits).map_err(|error| Fault::usage("--threads", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_one_a_line() {
        let keys = keys_of(b"# ours\n first \n\nsecond\r\n").unwrap();
        assert_eq!(keys, [ApiKey::new("first"), ApiKey::new("second")]);
    }

    #[test]
    fn a_file_without_keys_does_not_open_the_server_to_all() {
        assert!(keys_of(b"# none yet\n").is_err());
        assert!(keys_of(b"\xff\xfe").is_err());
    }
}
