//! The table of usage: one row a request, written in batches and read as sums.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row as _};

use super::Database;
use crate::ledger::Usage;
use crate::{AccountsError, KeyId, Moment, UserHash};

/// What usage is summed up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// One row a key.
    Key,
    /// One row an end user of a key.
    User,
    /// One row a day, in UTC.
    Day,
    /// One row an hour of an end user of a key.
    UserHour,
}

impl Grouping {
    /// The columns that make a group: key, user and the start of the time span.
    fn columns(self) -> [&'static str; 3] {
        // An empty text and 0 stand for "all".
        match self {
            Self::Key => ["key_id", "''", "0"],
            Self::User => ["key_id", "COALESCE(user_hash, '')", "0"],
            Self::Day => ["''", "''", "at / 86400000 * 86400000"],
            Self::UserHour => ["key_id", "COALESCE(user_hash, '')", "at / 3600000 * 3600000"],
        }
    }
}

/// The usage of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// The key, when groups are by key.
    pub key: Option<KeyId>,
    /// The end user, when groups are by user and the requests named one.
    pub user: Option<UserHash>,
    /// When the day or the hour began, when groups are by time.
    pub from: Option<Moment>,
    /// When the last request came.
    pub last: Moment,
    /// All requests.
    pub requests: u64,
    /// Those that were answered with images.
    pub answered: u64,
    /// Those that were refused because of the caller: 4xx.
    pub refused: u64,
    /// Those that failed because of the server: 5xx.
    pub failed: u64,
    /// Images that were handed over.
    pub images: u64,
    /// Time from the first byte of answered requests to the last.
    pub elapsed: Duration,
}

/// What SQLite and PostgreSQL take at a time without running out of parameters.
const ROWS_A_STATEMENT: usize = 1000;

impl Database {
    /// Adds `entries`; those that are there already are left alone.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]; then none of `entries` is in the table because of this call.
    pub async fn record(&self, entries: &[Usage]) -> Result<(), AccountsError> {
        let failed = AccountsError::database("write the usage ledger");
        let mut transaction = self.pool.begin().await.map_err(&failed)?;
        for some in entries.chunks(ROWS_A_STATEMENT) {
            let statement = insertion(some.len());
            let query = some.iter().fold(sqlx::query(AssertSqlSafe(statement)), bind);
            query.execute(&mut *transaction).await.map_err(&failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Sums of the usage since `since`, the largest groups first, or the earliest days.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn usage(
        &self,
        grouping: Grouping,
        since: Moment,
    ) -> Result<Vec<UsageRow>, AccountsError> {
        let failed = AccountsError::database("read the usage ledger");
        let [key, user, start] = grouping.columns();
        // Nothing but constants of this module goes into the text.
        let statement = format!(
            "SELECT {key} AS group_key, {user} AS group_user, {start} AS started, {SUMS} \
             FROM usage WHERE at >= $1 GROUP BY 1, 2, 3 ORDER BY 3, images DESC, requests DESC"
        );
        let query = sqlx::query(AssertSqlSafe(statement)).bind(since.to_sql());
        let rows = query.fetch_all(&self.pool).await.map_err(&failed)?;
        rows.iter().map(usage_row).collect::<Result<_, _>>().map_err(failed)
    }

    /// When each created key was last used, as far as usage is kept.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn last_uses(&self) -> Result<HashMap<KeyId, Moment>, AccountsError> {
        let failed = AccountsError::database("read the usage ledger");
        // One look into the index a key, however much usage there is.
        let rows = sqlx::query(
            "SELECT id, (SELECT MAX(at) FROM usage WHERE key_id = keys.id) AS last FROM keys",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(&failed)?;
        let uses = rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("last")?)));
        let uses: Vec<(String, Option<i64>)> =
            uses.collect::<Result<_, sqlx::Error>>().map_err(failed)?;
        let used = uses.into_iter().filter_map(|(id, last)| Some((KeyId::new(&id), last?)));
        Ok(used.map(|(id, last)| (id, Moment::from_sql(last))).collect())
    }

    /// Deletes what is older than `before`; tells how many rows.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn forget_usage(&self, before: Moment) -> Result<u64, AccountsError> {
        let done = sqlx::query("DELETE FROM usage WHERE at < $1")
            .bind(before.to_sql())
            .execute(&self.pool)
            .await
            .map_err(AccountsError::database("delete old usage"))?;
        Ok(done.rows_affected())
    }
}

/// PostgreSQL makes sums of 64-bit integers wider than this program reads.
const SUMS: &str = "\
    MAX(at) AS last, \
    CAST(COUNT(*) AS BIGINT) AS requests, \
    CAST(SUM(CASE WHEN status BETWEEN 200 AND 299 THEN 1 ELSE 0 END) AS BIGINT) AS answered, \
    CAST(SUM(CASE WHEN status BETWEEN 400 AND 499 THEN 1 ELSE 0 END) AS BIGINT) AS refused, \
    CAST(SUM(CASE WHEN status >= 500 THEN 1 ELSE 0 END) AS BIGINT) AS failed, \
    CAST(SUM(CASE WHEN status BETWEEN 200 AND 299 THEN images ELSE 0 END) AS BIGINT) AS images, \
    CAST(SUM(CASE WHEN status BETWEEN 200 AND 299 THEN elapsed_ms ELSE 0 END) AS BIGINT) \
    AS elapsed_ms";

/// The statement for so many entries; nothing of them is in its text.
fn insertion(entries: usize) -> String {
    let row = |index: usize| {
        let first = index * COLUMNS.len();
        let places = (1..=COLUMNS.len()).map(|column| format!("${}", first + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    let (columns, rows) = (COLUMNS.join(", "), (0..entries).map(row).collect::<Vec<_>>());
    format!("INSERT INTO usage ({columns}) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "))
}

const COLUMNS: [&str; 10] = [
    "request_id",
    "at",
    "key_id",
    "user_hash",
    "engine",
    "images",
    "size_px",
    "seed",
    "status",
    "elapsed_ms",
];

type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Binds one entry in the order of [`COLUMNS`].
fn bind<'q>(query: Statement<'q>, entry: &'q Usage) -> Statement<'q> {
    query
        .bind(&entry.request_id)
        .bind(entry.at.to_sql())
        .bind(entry.key.as_str())
        .bind(entry.user.as_ref().map(UserHash::as_str))
        .bind(entry.engine.as_deref())
        .bind(i64::from(entry.images))
        .bind(entry.size_px.map(i64::from))
        .bind(entry.seed.map(u64::cast_signed))
        .bind(i64::from(entry.status))
        .bind(i64::try_from(entry.elapsed.as_millis()).unwrap_or(i64::MAX))
}

fn usage_row(row: &AnyRow) -> Result<UsageRow, sqlx::Error> {
    let number = |column: &str| {
        row.try_get::<i64, _>(column).map(|number| u64::try_from(number).unwrap_or_default())
    };
    let given = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    let started = number("started")?;
    Ok(UsageRow {
        key: given(row.try_get("group_key")?).map(|key| KeyId::new(&key)),
        user: given(row.try_get("group_user")?).map(|user| UserHash::of_text(&user)),
        from: (started > 0).then(|| Moment::from_ms(started)),
        last: Moment::from_ms(number("last")?),
        requests: number("requests")?,
        answered: number("answered")?,
        refused: number("refused")?,
        failed: number("failed")?,
        images: number("images")?,
        elapsed: Duration::from_millis(number("elapsed_ms")?),
    })
}
