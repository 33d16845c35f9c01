//! Where keys, blocked users and the ledger are kept: a SQLite file, or PostgreSQL.
//!
//! Both are spoken to through one set of statements, which keep to what both understand; the only
//! difference is how a connection is opened.

mod keys;
mod usage;
mod users;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Executor as _, SqlSafeStr as _};

pub use self::usage::{Grouping, UsageRow};
use crate::AccountsError;
use crate::book::Book;

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
}

/// The longest that a connection is waited for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// One reads keys while another writes the ledger; more would only wait for each other.
const MAX_CONNECTIONS: u32 = 4;

impl Database {
    /// Opens the SQLite file at `path`, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// [`AccountsError`] when it cannot be made, read, or brought up to date.
    pub async fn open_file(path: &Path) -> Result<Self, AccountsError> {
        // The driver reads its address as a URL: what would end the path there is escaped.
        let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3F");
        let escaped = escaped.replace('#', "%23");
        Self::connect(&format!("sqlite:{escaped}?mode=rwc")).await
    }

    /// Opens the database at `url`: `postgres://…`, or `sqlite:` and a path.
    ///
    /// # Errors
    ///
    /// [`AccountsError`]; it never repeats the address, which may hold a password.
    pub async fn open(url: &str) -> Result<Self, AccountsError> {
        match url.split_once(':').map_or("", |(scheme, _)| scheme) {
            "sqlite" => Self::connect(url).await,
            "postgres" | "postgresql" if cfg!(feature = "postgres") => Self::connect(url).await,
            "postgres" | "postgresql" => Err(AccountsError::NotBuiltIn),
            scheme => Err(AccountsError::UnknownDatabase { scheme: scheme.to_owned() }),
        }
    }

    async fn connect(url: &str) -> Result<Self, AccountsError> {
        sqlx::any::install_default_drivers();
        let failed = AccountsError::database("open the accounts database");
        let options = AnyConnectOptions::from_str(url).map_err(&failed)?;
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(CONNECT_TIMEOUT)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    if connection.backend_name() == "SQLite" {
                        connection.execute(SQLITE_SETTINGS).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(failed)?;
        migrator().run(&pool).await.map_err(AccountsError::Migration)?;
        Ok(Self { pool })
    }

    /// Everything that a server has to know of keys and users.
    pub(crate) async fn read_book(&self) -> Result<Book, AccountsError> {
        // The number first: what changes while the rest is read is read once more.
        let revision = self.revision().await?;
        Ok(Book { revision, keys: self.keys().await?, blocked: self.blocked_users().await? })
    }

    /// Grows with every change of keys and blocked users.
    pub(crate) async fn revision(&self) -> Result<i64, AccountsError> {
        sqlx::query_scalar("SELECT number FROM revision")
            .fetch_one(&self.pool)
            .await
            .map_err(AccountsError::database("read the accounts database"))
    }

    /// Makes running servers read keys and users again.
    async fn announce_change(&self) -> Result<(), AccountsError> {
        sqlx::query("UPDATE revision SET number = number + 1")
            .execute(&self.pool)
            .await
            .map_err(AccountsError::database("write the accounts database"))?;
        Ok(())
    }
}

/// Readers and the writer do not wait for each other, and a commit waits for the disk only now and
/// then: a power cut may cost the last moments of the ledger, never the file.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
                               PRAGMA busy_timeout = 5000;";

fn migrator() -> Migrator {
    let all = [
        ("accounts", include_str!("../../migrations/0001_accounts.sql")),
        ("last use", include_str!("../../migrations/0002_last_use.sql")),
    ];
    let migrations = (1..).zip(all).map(|(version, (name, text))| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
