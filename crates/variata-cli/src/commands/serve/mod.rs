//! `variata serve`: the endpoint over HTTP, until it is told to stop.
//!
//! This command joins the parts: flags become a configuration, and signals the end. How requests
//! are answered is the server crate's business.

mod args;
mod setup;

use std::io::{self, Write as _};
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing::level_filters::LevelFilter;
use variata_server::{Config, Services, StartError};

use crate::exit::Exit;
use crate::fault::{Fault, io_reason};

pub(crate) use self::args::ServeArgs;

/// Serves as `args` ask and says how it ended.
pub(crate) fn run(args: &ServeArgs) -> Exit {
    let level = LevelFilter::from(args.log);
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).init();
    let served = setup::resolve(args).and_then(|(config, services)| {
        serve(args.listen, config, services).map_err(|fault| vec![fault])
    });
    match served {
        Ok(()) => Exit::Success,
        Err(faults) => report(&faults),
    }
}

fn serve(address: SocketAddr, config: Config, services: Services) -> Result<(), Fault> {
    let unusable =
        |error: io::Error| Fault::usage(format_args!("--listen {address}"), io_reason(&error));
    let runtime = Runtime::new().map_err(unusable)?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(unusable)?;
        let shutdown = asked_to_stop().map_err(unusable)?;
        announce(listener.local_addr().map_err(unusable)?)?;
        let served = variata_server::run(listener, config, services, shutdown).await;
        served.map_err(|error: StartError| Fault::usage(format_args!("--listen {address}"), error))
    })
}

/// The line that scripts wait for: it is printed once connections are taken.
fn announce(address: SocketAddr) -> Result<(), Fault> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
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
