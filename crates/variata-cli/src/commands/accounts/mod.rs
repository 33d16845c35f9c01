//! `variata keys`, `variata users` and `variata usage`: accounts from the terminal.
//!
//! These work on the database itself, beside a running server, which follows.

mod args;
mod keys;
mod table;
mod usage;
mod users;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tokio::runtime;
use variata_accounts::{AccountsError, Database, UserHasher};

pub(crate) use self::args::{
    DatabaseArgs, KeysArgs, PlaceArgs, UsageArgs, UsersArgs, duration, limit,
};
use crate::exit::Exit;
use crate::fault::{Fault, io_reason};

/// Runs `variata keys`.
pub(crate) fn keys(args: &KeysArgs) -> Exit {
    finish(run(&args.place, args.absent(), async |database| keys::run(args, &database).await))
}

/// Runs `variata users`.
pub(crate) fn users(args: &UsersArgs) -> Exit {
    finish(run(&args.place, args.absent(), async |database| users::run(args, &database).await))
}

/// Runs `variata usage`.
pub(crate) fn usage(args: &UsageArgs) -> Exit {
    finish(run(&args.place, Absent::Told, async |database| usage::run(args, &database).await))
}

/// What becomes of a file of accounts that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It is made, and the folder with it.
    Made,
    /// It is told: an empty one would answer for a folder that was misspelt.
    Told,
}

/// The database of `args`, or the file in the folder `data`.
///
/// # Errors
///
/// [`Fault`], which names the folder or the flag and never the address.
pub(crate) async fn open(
    data: &Path,
    args: &DatabaseArgs,
    absent: Absent,
) -> Result<Database, Fault> {
    match &args.database {
        Some(url) => {
            let opened = Database::open(&url.0).await;
            opened.map_err(|error| Fault::usage("--database", spell(&error)))
        }
        None => {
            let path = data.join("accounts.sqlite");
            match absent {
                Absent::Made => make_folder(data)
                    .map_err(|error| Fault::output(data.display(), io_reason(&error)))?,
                Absent::Told => tell_absent(data, &path)?,
            }
            let opened = Database::open_file(&path).await;
            opened.map_err(|error| Fault::output(path.display(), spell(&error)))
        }
    }
}

/// Who turns end users' names into hashes, with the secret in the folder `data`.
///
/// # Errors
///
/// [`Fault`]
pub(crate) fn hasher(data: &Path) -> Result<UserHasher, Fault> {
    let path = data.join("user-secret");
    make_folder(data).map_err(|error| Fault::output(data.display(), io_reason(&error)))?;
    UserHasher::open(&path).map_err(|error| Fault::output(path.display(), error))
}

fn tell_absent(data: &Path, file: &Path) -> Result<(), Fault> {
    let missing = [data, file].into_iter().find_map(|path| Some((path, fs::metadata(path).err()?)));
    missing.map_or(Ok(()), |(path, error)| {
        let fault = Fault::input(path, io_reason(&error));
        Err(fault.with_hint("--data names the folder that the server keeps its data in"))
    })
}

/// Makes the folder, closed to other users.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Opens the database, does `work` with it and prints what that has to say.
fn run(
    place: &PlaceArgs,
    absent: Absent,
    work: impl AsyncFnOnce(Database) -> Result<String, Fault>,
) -> Result<String, Fault> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Fault::internal(Path::new("runtime"), error))?;
    runtime.block_on(async { work(open(&place.data, &place.database, absent).await?).await })
}

fn finish(done: Result<String, Fault>) -> Exit {
    let fault = match done.and_then(|text| print(&text)) {
        Ok(()) => return Exit::Success,
        Err(fault) => fault,
    };
    let mut stderr = io::stderr().lock();
    // There is nobody to tell when standard error takes no more.
    let _ = writeln!(stderr, "error: {fault}");
    if let Some(hint) = fault.hint() {
        let _ = writeln!(stderr, "hint: {hint}");
    }
    fault.exit()
}

fn print(text: &str) -> Result<(), Fault> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        // A reader that has seen enough is no fault.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::output("standard output", io_reason(&error)))
        }
        _ => Ok(()),
    }
}

/// A fault of the accounts, about `subject`.
fn fault(subject: &str) -> impl Fn(AccountsError) -> Fault {
    move |error| match error {
        AccountsError::NoSuchKey(_) => {
            Fault::usage(subject, error).with_hint("'variata keys list' has the ids")
        }
        error => Fault::usage(subject, spell(&error)),
    }
}

/// The error on one line; drivers like to write several.
fn spell(error: &AccountsError) -> String {
    error.to_string().replace('\n', " ")
}
