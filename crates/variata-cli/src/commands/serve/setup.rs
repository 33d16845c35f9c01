//! From flags to a server's parts, with all that is wrong told at once.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use variata_accounts::{Accounts, Database, Moment, Settings, UserHasher};
use variata_core::Engine;
use variata_dispatch::{InProcess, Limits as DispatchLimits};
use variata_patch::Tier;
use variata_server::{BodyLimits, Config, Limits, Services};
use variata_store::{LinkSigner, Store, Timestamp};

use super::accounts;
use super::args::ServeArgs;
use super::place::Place;
use super::storage;
use crate::commands::accounts::{Absent, hasher, open};
use crate::engines;
use crate::fault::Fault;

/// What `args` ask for.
///
/// # Errors
///
/// Every fault that there is, so that an operator need not find them one by one.
pub(super) async fn resolve(args: &ServeArgs) -> Result<(Config, Services), Vec<Fault>> {
    let mut faults = Vec::new();
    let settings = noted(accounts::settings(&args.accounts), &mut faults);
    let kept = noted(Kept::open(args).await, &mut faults);
    let dispatcher = noted(dispatcher(args), &mut faults);
    let accounts = match (settings, &kept) {
        (Some(settings), Some(kept)) => {
            let accounts = kept.accounts(settings).await;
            noted(accounts.and_then(|accounts| guarded(args, accounts)), &mut faults)
        }
        _ => None,
    };
    // Reading a checkpoint takes long, so it comes last, and in vain only for a check.
    let is_read = faults.is_empty() || args.check;
    let engines = is_read.then(|| noted(engines(args), &mut faults)).flatten();
    let (Some(kept), Some(dispatcher), Some(accounts), Some(engines)) =
        (kept, dispatcher, accounts, engines)
    else {
        return Err(faults);
    };
    let services = Services {
        engines,
        accounts: Arc::new(accounts),
        store: kept.store,
        links: Arc::new(kept.links),
        dispatcher: Arc::new(dispatcher),
        clock: Arc::new(Timestamp::now),
    };
    Ok((config(args), services))
}

/// What came out, unless it is a fault, which joins the others.
fn noted<T>(outcome: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    outcome.map_err(|fault| faults.push(fault)).ok()
}

/// What outlives the process. All of it is in one folder by default, so one fault tells enough.
struct Kept<'a> {
    store: Arc<dyn Store>,
    users: UserHasher,
    links: LinkSigner,
    database: Database,
    /// The folder, which outlives the rest: a trial's goes away with it.
    _place: Place<'a>,
}

impl<'a> Kept<'a> {
    async fn open(args: &'a ServeArgs) -> Result<Self, Fault> {
        let place = Place::of(args)?;
        let data = place.path();
        Ok(Self {
            store: storage::open(args.store.as_deref(), data)?,
            // Makes the folder where the store did not.
            users: hasher(data)?,
            links: links(data)?,
            database: open(data, args.accounts.database(), Absent::Made).await?,
            _place: place,
        })
    }

    async fn accounts(&self, settings: Settings) -> Result<Accounts, Fault> {
        let (database, users) = (self.database.clone(), self.users.clone());
        let opened = Accounts::open(database, settings, users, Arc::new(Moment::now)).await;
        opened.map_err(|error| Fault::output("accounts", error))
    }
}

fn config(args: &ServeArgs) -> Config {
    let body = BodyLimits::default();
    let idle = Duration::from_secs(u64::from(args.body_pause_seconds));
    let limits = Limits {
        // A whole body may take as long as the longest pause in it.
        body: BodyLimits { idle, total: body.total.max(idle), ..body },
        connections: usize::try_from(args.max_connections).unwrap_or(usize::MAX),
        unread_bytes: u64::from(args.unread_mib) * MIB,
        drain: Duration::from_secs(u64::from(args.drain_seconds)),
        ..Limits::default()
    };
    Config {
        allow_anonymous: args.allow_anonymous,
        public_url: args.public_url.clone(),
        trusted_proxies: args.trusted_proxies.clone(),
        cors_origins: args.cors_origins.clone(),
        limits,
    }
}

const MIB: u64 = 1024 * 1024;

/// Strangers must not be served by mistake.
fn guarded(args: &ServeArgs, accounts: Accounts) -> Result<Accounts, Fault> {
    if accounts.is_open() && !args.listen.ip().is_loopback() && !args.allow_anonymous {
        let reason = "other machines can reach this address, and there is no API key";
        let fault = Fault::usage(format_args!("--listen {}", args.listen), reason);
        let hint = "make one with 'variata keys create', give --api-key-file, or serve everyone \
                    with --allow-anonymous";
        return Err(fault.with_hint(hint));
    }
    Ok(accounts)
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
