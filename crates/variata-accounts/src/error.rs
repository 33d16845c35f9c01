//! What can go wrong with accounts.

use std::path::PathBuf;

use thiserror::Error;

use crate::KeyId;

/// What can go wrong, by what an operator can do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// The address of the database means nothing here.
    #[error(
        "{scheme:?} is no database of this program: expected postgres://…, or sqlite: and a path"
    )]
    UnknownDatabase {
        /// What stands before the colon; the rest may hold a password.
        scheme: String,
    },
    /// This program was built without the database's driver.
    #[error("this program was built without PostgreSQL: build it with --features postgres")]
    NotBuiltIn,
    /// The database does not answer, or not as expected.
    #[error("cannot {action}: {source}")]
    Database {
        /// What was attempted.
        action: &'static str,
        /// The driver's reason.
        source: sqlx::Error,
    },
    /// The tables are those of another version of this program.
    #[error("cannot bring the tables up to date: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// No key has this id.
    #[error("there is no key {0}")]
    NoSuchKey(KeyId),
    /// A revoked key stays revoked.
    #[error("key {0} is revoked: create another one")]
    Revoked(KeyId),
    /// There are as many keys as a server keeps in memory.
    #[error("there are {limit} keys already: no more are kept in memory")]
    TooManyKeys {
        /// The most keys.
        limit: usize,
    },
    /// The secret for hashing end users cannot be read or made.
    #[error("cannot use the secret in {}: {source}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The system has no random numbers.
    #[error("cannot draw random numbers: {0}")]
    Random(#[source] std::io::Error),
}

impl AccountsError {
    pub(crate) fn database(action: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database { action, source }
    }
}
