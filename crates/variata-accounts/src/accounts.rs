//! Everything that a server knows of its callers, in one value.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::book::{Book, Unknown, find_configured};
use crate::database::Grouping;
use crate::key::{Key, KeyDigest, KeyId};
use crate::ledger::{Ledger, Usage};
use crate::limit::{Cost, DAY, Denied, Limiter, Limits, Payer, Standing};
use crate::{AccountsError, Clock, Database, Moment, UserHash, UserHasher};

/// What accounts are made of, beside the database.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Keys that were configured rather than created.
    pub configured_keys: Vec<KeyDigest>,
    /// The limits of keys that have none of their own, and of callers without a key.
    pub key_limits: Limits,
    /// The limits of each end user of each key.
    pub user_limits: Limits,
    /// How long usage is kept.
    pub keep_usage: Option<Duration>,
}

/// Who asks, as far as the key tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    key: KeyId,
    limits: Limits,
}

impl Caller {
    /// The id of the key, or `anonymous`.
    pub fn key(&self) -> &KeyId {
        &self.key
    }

    fn payer(&self) -> Payer<'_> {
        Payer { key: &self.key, user: None, limits: self.limits }
    }
}

/// How the ledger does, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Entries that wait to be written.
    pub waiting_entries: usize,
    /// Entries that were written.
    pub written_entries: u64,
    /// Entries that found no room.
    pub lost_entries: u64,
    /// Keys that are valid now, configured ones included.
    pub valid_keys: usize,
}

/// Who may ask, how much, and what they asked.
pub struct Accounts {
    settings: Settings,
    book: RwLock<Book>,
    limiter: Limiter,
    users: UserHasher,
    /// Without a database there is nothing to write usage to.
    database: Option<(Database, Ledger)>,
    clock: Clock,
}

impl Accounts {
    /// The longest that a running server does not know of a change.
    pub const REFRESH: Duration = Duration::from_secs(2);

    /// Accounts that live in memory: the configured keys, or without any, everyone; no ledger.
    pub fn in_memory(settings: Settings, users: UserHasher, clock: Clock) -> Self {
        let (book, limiter) = (RwLock::default(), Limiter::default());
        Self { settings, book, limiter, users, database: None, clock }
    }

    /// Accounts in `database`. What keys and users have used of their daily limits is read back.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Database`]
    pub async fn open(
        database: Database,
        settings: Settings,
        users: UserHasher,
        clock: Clock,
    ) -> Result<Self, AccountsError> {
        let book = database.read_book().await?;
        let now = clock();
        let used = database.usage(Grouping::UserHour, now.minus(DAY)).await?;
        let accounts = Self {
            book: RwLock::new(book),
            database: Some((database, Ledger::new())),
            ..Self::in_memory(settings, users, clock)
        };
        for row in used {
            let (Some(key), Some(from)) = (row.key, row.from) else { continue };
            let images = u32::try_from(row.images).unwrap_or(u32::MAX);
            accounts.remember(key, row.user, images, from.min(now));
        }
        Ok(accounts)
    }

    /// Whether anyone may ask: no key was ever created or configured.
    pub fn is_open(&self) -> bool {
        self.settings.configured_keys.is_empty() && self.book().keys.is_empty()
    }

    /// Who asks with `key`.
    ///
    /// # Errors
    ///
    /// [`Unknown`], when keys are needed and this is none.
    pub fn identify(&self, key: Option<&str>) -> Result<Caller, Unknown> {
        if self.is_open() {
            return Ok(self.caller(KeyId::anonymous(), Limits::default()));
        }
        let given = key.ok_or(Unknown::NoKey)?;
        let configured = find_configured(&self.settings.configured_keys, &KeyDigest::of(given));
        if let Some(digest) = configured {
            return Ok(self.caller(digest.id(), Limits::default()));
        }
        let book = self.book();
        let key = book.find(given, self.now())?;
        Ok(self.caller(key.id.clone(), key.limits))
    }

    /// Lets a request of `caller` in as far as its head tells: it counts, and if there is not one
    /// image left for it, the body need not be read.
    ///
    /// # Errors
    ///
    /// [`Denied`]
    pub fn begin(&self, caller: &Caller) -> Result<(), Denied> {
        let now = self.now();
        self.limiter.charge(&[caller.payer()], Cost { requests: 1, images: 0 }, now)?;
        self.limiter.check(caller.payer(), Cost { requests: 0, images: 1 }, now)
    }

    /// Charges `images` to `caller` and to the end user that the request names, or to neither.
    ///
    /// # Errors
    ///
    /// [`Denied`]
    pub fn charge(
        &self,
        caller: &Caller,
        user: Option<&UserHash>,
        images: u32,
    ) -> Result<(), Denied> {
        let (now, cost) = (self.now(), Cost { requests: 0, images });
        let Some(user) = user else {
            return self.limiter.charge(&[caller.payer()], cost, now);
        };
        if self.book().is_blocked(&caller.key, user) {
            return Err(Denied::Blocked);
        }
        let user = self.user_payer(&caller.key, user);
        // The key's request was counted at its beginning, the user's was not known then.
        self.limiter.charge(&[user], Cost { requests: 1, images: 0 }, now)?;
        self.limiter.charge(&[caller.payer(), user], cost, now)
    }

    /// Gives back what was charged for images that were not made for a reason of ours.
    pub fn give_back(&self, caller: &Caller, user: Option<&UserHash>, images: u32) {
        let (now, cost) = (self.now(), Cost { requests: 0, images });
        match user.map(|user| self.user_payer(&caller.key, user)) {
            None => self.limiter.give_back(&[caller.payer()], cost, now),
            Some(user) => self.limiter.give_back(&[caller.payer(), user], cost, now),
        }
    }

    /// What is left to `caller`, and to the end user if one was named.
    pub fn standing(&self, caller: &Caller, user: Option<&UserHash>) -> Standing {
        match user.map(|user| self.user_payer(&caller.key, user)) {
            None => self.limiter.standing(&[caller.payer()], self.now()),
            Some(user) => self.limiter.standing(&[caller.payer(), user], self.now()),
        }
    }

    /// The keyed hash of an end user of `caller`.
    pub fn user(&self, caller: &Caller, name: &str) -> UserHash {
        self.users.hash(&caller.key, name)
    }

    /// Leaves an entry for the ledger; returns at once.
    pub fn record(&self, entry: Usage) {
        if let Some((_, ledger)) = &self.database {
            ledger.record(entry);
        }
    }

    /// Writes the ledger, follows changes of the keys and forgets old usage, until the future is
    /// dropped. To be run once, beside the server.
    pub async fn maintain(&self) {
        let Some((database, ledger)) = &self.database else { return };
        tokio::join!(
            ledger.write(database),
            self.follow(database),
            forget(database, self.settings.keep_usage, &self.clock),
        );
    }

    /// Resolves once every entry that was left before is written. [`Accounts::maintain`] has to
    /// run.
    pub async fn flush(&self) {
        if let Some((_, ledger)) = &self.database {
            ledger.flush().await;
        }
    }

    /// How the ledger does.
    pub fn activity(&self) -> Activity {
        let now = self.now();
        let created = self.book().keys.values().filter(|stored| stored.key.is_valid(now)).count();
        let ledger = self.database.as_ref().map(|(_, ledger)| ledger);
        Activity {
            waiting_entries: ledger.map(Ledger::waiting).unwrap_or_default(),
            written_entries: ledger.map(Ledger::written).unwrap_or_default(),
            lost_entries: ledger.map(Ledger::lost).unwrap_or_default(),
            valid_keys: created + self.settings.configured_keys.len(),
        }
    }

    /// The created keys, for lists; none of their secrets is known.
    pub fn keys(&self) -> Vec<Key> {
        self.book().keys.values().map(|stored| stored.key.clone()).collect()
    }

    /// The ids of the keys that were configured rather than created.
    pub fn configured_keys(&self) -> Vec<KeyId> {
        self.settings.configured_keys.iter().map(KeyDigest::id).collect()
    }

    /// The limits that hold for a key which has these of its own.
    pub fn limits(&self, own: Limits) -> Limits {
        own.or(self.settings.key_limits)
    }

    /// Where keys and usage are kept, if anywhere.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref().map(|(database, _)| database)
    }

    /// The present, by the clock that all this goes by.
    pub fn now(&self) -> Moment {
        (self.clock)()
    }

    fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn caller(&self, key: KeyId, own: Limits) -> Caller {
        Caller { key, limits: self.limits(own) }
    }

    fn user_payer<'a>(&self, key: &'a KeyId, user: &'a UserHash) -> Payer<'a> {
        Payer { key, user: Some(user), limits: self.settings.user_limits }
    }

    /// Charges what an earlier process let in.
    fn remember(&self, key: KeyId, user: Option<UserHash>, images: u32, at: Moment) {
        let own = self.book().keys.get(&key).map(|stored| stored.key.limits).unwrap_or_default();
        if let Some(user) = &user {
            self.limiter.remember_day(self.user_payer(&key, user), images, at);
        }
        let caller = self.caller(key, own);
        self.limiter.remember_day(caller.payer(), images, at);
    }

    async fn follow(&self, database: &Database) {
        let mut ticks = interval(Self::REFRESH);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.refresh(database).await {
                // The keys that are known stay good meanwhile.
                tracing::error!(%error, "cannot follow changes of the keys");
            }
        }
    }

    async fn refresh(&self, database: &Database) -> Result<(), AccountsError> {
        if database.revision().await? != self.book().revision {
            let book = database.read_book().await?;
            *self.book.write().unwrap_or_else(PoisonError::into_inner) = book;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Accounts")
    }
}

async fn forget(database: &Database, keep: Option<Duration>, clock: &Clock) {
    let Some(keep) = keep else { return };
    let mut ticks = interval(Duration::from_secs(60 * 60));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match database.forget_usage(clock().minus(keep)).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "deleted old usage"),
            Err(error) => tracing::error!(%error, "cannot delete old usage"),
        }
    }
}
