//! Who may ask, how much, and what they asked.
//!
//! [`Accounts`] is what a server holds: it tells callers by their keys, counts what each of them
//! and each of their end users asks for, and keeps a ledger. The crate knows nothing of HTTP and
//! nothing of engines.
//!
//! # Promises
//!
//! * **No secret is kept.** Of a key there is a SHA-256 digest, of an end user a keyed hash; a key
//!   is shown once, when it is made, and is in no `Debug`.
//! * **Nothing waits for a disk.** Keys are in memory and read again when they change; limits are
//!   in memory; the ledger is written behind, in batches. Admission takes microseconds, also while
//!   the database is away.
//! * **Bounded.** Keys, users under a limit and unwritten entries of the ledger have named bounds;
//!   an entry that finds no room is counted as lost, never waited for.
//! * **An orderly end loses nothing.** [`Accounts::flush`] writes what is left. A killed process
//!   loses what came after its last batch: at most half a second's entries on a healthy disk.
//! * **One clock, from outside.** Whatever depends on the time asks the clock it was given.
//!
//! SQLite and PostgreSQL pass one suite, `tests/it/conformance.rs`.
#![forbid(unsafe_code)]

mod accounts;
mod book;
mod database;
mod error;
mod key;
mod ledger;
mod limit;
mod moment;
mod user;

pub use accounts::{Accounts, Activity, Caller, Settings};
pub use book::Unknown;
pub use database::{Database, Grouping, UsageRow};
pub use error::AccountsError;
pub use key::{ApiKey, IssuedKey, Key, KeyDigest, KeyId, NewKey};
pub use ledger::Usage;
pub use limit::{Denied, Limits, Measure, Quota, Standing, Whose};
pub use moment::{Clock, Moment};
pub use user::{UserHash, UserHasher};
