//! `variata serve`: the endpoint over HTTP, until it is told to stop.
//!
//! This command joins the parts: flags become a configuration, and signals the end. How requests
//! are answered is the server crate's business.

mod accounts;
mod args;
mod place;
mod setup;
mod storage;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing::level_filters::LevelFilter;
use variata_server::{Config, Listeners, Services};

use self::args::LogFormat;
use crate::exit::Exit;
use crate::fault::{Fault, io_reason};

pub(crate) use self::args::ServeArgs;

/// Serves as `args` ask and says how it ended.
pub(crate) fn run(args: &ServeArgs) -> Exit {
    log(args);
    let runtime = Runtime::new()
        .map_err(|error| vec![Fault::internal(Path::new("runtime"), io_reason(&error))]);
    let served = runtime.and_then(|runtime| {
        runtime.block_on(async {
            match (setup::resolve(args).await, listeners(args).await) {
                (Ok((config, services)), Ok(listeners)) => {
                    serve(args, config, services, listeners).await.map_err(|fault| vec![fault])
                }
                (resolved, listeners) => {
                    let faults = [resolved.err(), listeners.err()];
                    Err(faults.into_iter().flatten().flatten().collect())
                }
            }
        })
    });
    match served {
        Ok(()) => Exit::Success,
        Err(faults) => report(&faults),
    }
}

fn log(args: &ServeArgs) {
    let level = LevelFilter::from(args.log);
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr);
    match args.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn serve(
    args: &ServeArgs,
    config: Config,
    services: Services,
    listeners: Listeners,
) -> Result<(), Fault> {
    if args.check {
        return say_right(&args.data);
    }
    let shutdown = asked_to_stop()
        .map_err(|error| Fault::internal(Path::new("signals"), io_reason(&error)))?;
    announce("listening on", &listeners.public)?;
    if let Some(admin) = &listeners.admin {
        announce("operators on", admin)?;
    }
    let served = variata_server::run(listeners, config, services, shutdown).await;
    served.map_err(|error| Fault::usage(format_args!("--listen {}", args.listen), error))
}

fn say_right(data: &Path) -> Result<(), Fault> {
    say("the configuration is right")?;
    match data.exists() {
        true => Ok(()),
        false => say(&format!("the folder {} is made when the server starts", data.display())),
    }
}

/// Takes the addresses, or tells which cannot be taken.
async fn listeners(args: &ServeArgs) -> Result<Listeners, Vec<Fault>> {
    let public = listen("--listen", args.listen).await;
    let admin = match args.admin_listen {
        Some(address) => listen("--admin-listen", address).await.map(Some),
        None => Ok(None),
    };
    match (public, admin) {
        (Ok(public), Ok(admin)) => Ok(Listeners { public, admin }),
        (public, admin) => Err([public.err(), admin.err()].into_iter().flatten().collect()),
    }
}

async fn listen(flag: &str, address: SocketAddr) -> Result<TcpListener, Fault> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| Fault::usage(format_args!("{flag} {address}"), io_reason(&error)))
}

/// The line that scripts wait for: it is printed once connections are taken.
fn announce(what: &str, listener: &TcpListener) -> Result<(), Fault> {
    let address = listener.local_addr();
    let address = address.map_err(|error| Fault::usage("--listen", io_reason(&error)))?;
    say(&format!("{what} http://{address}"))
}

fn say(line: &str) -> Result<(), Fault> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    written.map_err(|error| Fault::output("standard output", io_reason(&error)))
}

/// Resolves at Ctrl-C, and at a request to end.
#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// Tells every fault; the first decides how the run ends.
fn report(faults: &[Fault]) -> Exit {
    for fault in faults {
        fault.tell();
    }
    faults.first().map_or(Exit::Internal, Fault::exit)
}
