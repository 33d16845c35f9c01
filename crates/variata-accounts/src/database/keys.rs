//! The table of keys.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Database;
use crate::book::StoredKey;
use crate::key::{ApiKey, IssuedKey, Key, KeyDigest, KeyId, NewKey, random_id};
use crate::{AccountsError, Limits, Moment};

/// The most keys that are kept; all of them are in each server's memory.
const MAX_KEYS: usize = 100_000;

impl Database {
    /// Makes a key. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    ///
    /// [`AccountsError`]
    pub async fn create_key(&self, new: &NewKey, now: Moment) -> Result<IssuedKey, AccountsError> {
        let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM keys")
            .fetch_one(&self.pool)
            .await
            .map_err(reading)?;
        if usize::try_from(known).is_ok_and(|known| known >= MAX_KEYS) {
            return Err(AccountsError::TooManyKeys { limit: MAX_KEYS });
        }
        let id = random_id().map_err(AccountsError::Random)?;
        let key = ApiKey::random(&id).map_err(AccountsError::Random)?;
        let Limits { requests_per_minute, images_per_minute, images_per_day } = new.limits;
        sqlx::query(
            "INSERT INTO keys (id, name, digest, created, expires, requests_per_minute, \
             images_per_minute, images_per_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.as_str())
        .bind(&new.name)
        .bind(key.digest().to_hex())
        .bind(now.to_sql())
        .bind(new.expires.map(Moment::to_sql))
        .bind(requests_per_minute.map(i64::from))
        .bind(images_per_minute.map(i64::from))
        .bind(images_per_day.map(i64::from))
        .execute(&self.pool)
        .await
        .map_err(writing)?;
        self.announce_change().await?;
        Ok(IssuedKey { id, key })
    }

    /// All keys that there ever were, oldest first.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn list_keys(&self) -> Result<Vec<Key>, AccountsError> {
        let mut keys: Vec<Key> =
            self.keys().await?.into_values().map(|stored| stored.key).collect();
        keys.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
        Ok(keys)
    }

    /// Ends a key for good. Running servers know within [`REFRESH`](crate::Accounts::REFRESH).
    ///
    /// # Errors
    ///
    /// [`AccountsError::NoSuchKey`], or that the database fails.
    pub async fn revoke_key(&self, id: &KeyId, now: Moment) -> Result<(), AccountsError> {
        let done = sqlx::query("UPDATE keys SET revoked = COALESCE(revoked, $1) WHERE id = $2")
            .bind(now.to_sql())
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(writing)?;
        if done.rows_affected() == 0 {
            return Err(AccountsError::NoSuchKey(id.clone()));
        }
        self.announce_change().await
    }

    /// Gives a key a new secret. Id, name and limits stay, and the old secret is honoured for
    /// `grace` more, so that its holders need not all change it at once.
    ///
    /// # Errors
    ///
    /// [`AccountsError::NoSuchKey`], [`AccountsError::Revoked`], or that the database fails.
    pub async fn rotate_key(
        &self,
        id: &KeyId,
        grace: Duration,
        now: Moment,
    ) -> Result<IssuedKey, AccountsError> {
        let key = ApiKey::random(id).map_err(AccountsError::Random)?;
        let done = sqlx::query(
            "UPDATE keys SET previous_digest = digest, previous_until = $1, digest = $2 \
             WHERE id = $3 AND revoked IS NULL",
        )
        .bind(now.plus(grace).to_sql())
        .bind(key.digest().to_hex())
        .bind(id.as_str())
        .execute(&self.pool)
        .await
        .map_err(writing)?;
        if done.rows_affected() == 0 {
            let is_known = self.keys().await?.contains_key(id);
            let error = if is_known { AccountsError::Revoked } else { AccountsError::NoSuchKey };
            return Err(error(id.clone()));
        }
        self.announce_change().await?;
        Ok(IssuedKey { id: id.clone(), key })
    }

    pub(super) async fn keys(&self) -> Result<HashMap<KeyId, StoredKey>, AccountsError> {
        let rows = sqlx::query(
            "SELECT id, name, digest, previous_digest, previous_until, created, expires, revoked, \
             requests_per_minute, images_per_minute, images_per_day FROM keys",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(reading)?;
        let keys = rows.iter().map(|row| stored_key(row).map(|key| (key.key.id.clone(), key)));
        keys.collect::<Result<_, _>>().map_err(reading)
    }
}

fn reading(error: sqlx::Error) -> AccountsError {
    AccountsError::Database { action: "read the keys", source: error }
}

fn writing(error: sqlx::Error) -> AccountsError {
    AccountsError::Database { action: "write the keys", source: error }
}

fn stored_key(row: &AnyRow) -> Result<StoredKey, sqlx::Error> {
    let moment = |column: &str| {
        row.try_get::<Option<i64>, _>(column).map(|moment| moment.map(Moment::from_sql))
    };
    let limit = |column: &str| {
        row.try_get::<Option<i64>, _>(column)
            .map(|limit| limit.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX)))
    };
    let previous: Option<String> = row.try_get("previous_digest")?;
    let previous = previous.map(|digest| parse_digest(&digest)).transpose()?;
    let key = Key {
        id: KeyId::new(row.try_get("id")?),
        name: row.try_get("name")?,
        created: moment("created")?.unwrap_or_default(),
        expires: moment("expires")?,
        revoked: moment("revoked")?,
        previous_until: moment("previous_until")?,
        limits: Limits {
            requests_per_minute: limit("requests_per_minute")?,
            images_per_minute: limit("images_per_minute")?,
            images_per_day: limit("images_per_day")?,
        },
    };
    let digest = parse_digest(row.try_get("digest")?)?;
    Ok(StoredKey { previous: previous.zip(key.previous_until), key, digest })
}

fn parse_digest(text: &str) -> Result<KeyDigest, sqlx::Error> {
    KeyDigest::from_hex(text).ok_or_else(|| {
        sqlx::Error::Decode("a digest in the table of keys is not 64 hexadecimal digits".into())
    })
}
