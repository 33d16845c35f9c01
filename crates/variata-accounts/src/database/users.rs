//! The table of blocked end users.

use std::collections::HashSet;

use sqlx::Row as _;

use super::Database;
use crate::{AccountsError, KeyId, Moment, UserHash};

impl Database {
    /// Refuses requests that name this user of this key, from now on.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn block_user(
        &self,
        key: &KeyId,
        user: &UserHash,
        now: Moment,
    ) -> Result<(), AccountsError> {
        sqlx::query(
            "INSERT INTO blocked_users (key_id, user_hash, since) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
        )
        .bind(key.as_str())
        .bind(user.as_str())
        .bind(now.to_sql())
        .execute(&self.pool)
        .await
        .map_err(AccountsError::database("block a user"))?;
        self.announce_change().await
    }

    /// Takes requests of a blocked user again; tells whether the user was blocked.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn unblock_user(&self, key: &KeyId, user: &UserHash) -> Result<bool, AccountsError> {
        let done = sqlx::query("DELETE FROM blocked_users WHERE key_id = $1 AND user_hash = $2")
            .bind(key.as_str())
            .bind(user.as_str())
            .execute(&self.pool)
            .await
            .map_err(AccountsError::database("unblock a user"))?;
        self.announce_change().await?;
        Ok(done.rows_affected() > 0)
    }

    /// All blocked users.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn blocked_users(&self) -> Result<HashSet<(KeyId, UserHash)>, AccountsError> {
        let failed = AccountsError::database("read the blocked users");
        let rows = sqlx::query("SELECT key_id, user_hash FROM blocked_users")
            .fetch_all(&self.pool)
            .await
            .map_err(&failed)?;
        let users = rows.iter().map(|row| {
            let (key, user): (&str, &str) = (row.try_get("key_id")?, row.try_get("user_hash")?);
            Ok((KeyId::new(key), UserHash::of_text(user)))
        });
        users.collect::<Result<_, _>>().map_err(failed)
    }
}
