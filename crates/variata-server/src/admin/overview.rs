//! The state of the server in numbers, for the page and for scripts.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use variata_accounts::{Database, Grouping, Key, KeyId, Limits, Moment, UsageRow};

use crate::ApiError;
use crate::app::App;
use crate::recent::Mishap;

/// Moments are seconds since 1970.
#[derive(Serialize)]
pub(super) struct Overview {
    pub(super) now: u64,
    pub(super) is_ready: bool,
    /// Whether everyone may ask, since there is no key.
    pub(super) is_open: bool,
    pub(super) uptime_s: u64,
    pub(super) load: Load,
    pub(super) ledger: Ledger,
    /// Images since the start.
    pub(super) images: u64,
    /// Images of each of the last 60 minutes, the present one last.
    pub(super) images_by_minute: Vec<u32>,
    /// How many requests for variations were answered with each status since the start.
    pub(super) statuses: Vec<(u16, u64)>,
    /// The last errors, the latest first.
    pub(super) errors: Vec<Failure>,
    /// The keys, with their usage of the last 24 hours; the busiest first.
    pub(super) keys: Vec<KeyUsage>,
}

#[derive(Serialize)]
pub(super) struct Load {
    pub(super) queued_images: u32,
    pub(super) running_images: u32,
    pub(super) capacity_images: u32,
    pub(super) queued_jobs: u32,
    pub(super) running_jobs: u32,
    pub(super) panicked_jobs: u64,
    pub(super) connections: i64,
}

#[derive(Serialize)]
pub(super) struct Ledger {
    pub(super) waiting_entries: usize,
    pub(super) written_entries: u64,
    pub(super) lost_entries: u64,
}

#[derive(Serialize)]
pub(super) struct Failure {
    pub(super) at: u64,
    pub(super) status: u16,
    /// The error's code, else its type.
    pub(super) cause: &'static str,
    /// The field that was at fault.
    pub(super) field: Option<&'static str>,
    pub(super) key: Option<String>,
    pub(super) request_id: String,
}

#[derive(Serialize)]
pub(super) struct KeyUsage {
    pub(super) id: String,
    pub(super) origin: Origin,
    /// None for keys that were configured, and for callers without one.
    pub(super) name: Option<String>,
    pub(super) is_valid: bool,
    pub(super) requests_per_minute: Option<u32>,
    pub(super) images_per_minute: Option<u32>,
    pub(super) images_per_day: Option<u32>,
    pub(super) last_used: Option<u64>,
    pub(super) requests: u64,
    pub(super) answered: u64,
    pub(super) refused: u64,
    pub(super) failed: u64,
    pub(super) images: u64,
    /// From the first byte of an answered request to its answer.
    pub(super) mean_ms: Option<u64>,
}

/// Where a key is from.
#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Origin {
    /// `variata keys create`.
    Created,
    /// An option of the server's, now or at its last start.
    Configured,
    /// There was none.
    Anonymous,
}

/// How far back the usage of keys is looked at.
const SPAN: Duration = Duration::from_secs(24 * 60 * 60);

impl Overview {
    /// The present state of `app`.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when the ledger cannot be read.
    pub(super) async fn of(app: &App) -> Result<Self, ApiError> {
        let (used, last_uses) = match app.accounts.database() {
            Some(database) => read(database, app.accounts.now().minus(SPAN)).await?,
            None => Default::default(),
        };
        Ok(Self {
            now: app.now().seconds(),
            is_ready: app.is_ready(),
            is_open: app.accounts.is_open(),
            uptime_s: app.now().seconds().saturating_sub(app.started.seconds()),
            load: Load::of(app),
            ledger: Ledger::of(app),
            images: app.metrics.images.get(),
            images_by_minute: app.recent.images_by_minute(),
            statuses: app.metrics.statuses(),
            errors: app.recent.errors().into_iter().map(Failure::of).collect(),
            keys: keys(app, used, &last_uses),
        })
    }
}

type LastUses = HashMap<KeyId, Moment>;

async fn read(database: &Database, since: Moment) -> Result<(Vec<UsageRow>, LastUses), ApiError> {
    let used = database.usage(Grouping::Key, since).await;
    let read = match used {
        Ok(used) => database.last_uses().await.map(|last_uses| (used, last_uses)),
        Err(error) => Err(error),
    };
    read.map_err(|error| {
        tracing::error!(%error, "cannot read the usage");
        ApiError::internal()
    })
}

impl Load {
    fn of(app: &App) -> Self {
        let load = app.dispatcher.load();
        Self {
            queued_images: load.queued_images,
            running_images: load.running_images,
            capacity_images: load.capacity_images,
            queued_jobs: load.queued_jobs,
            running_jobs: load.running_jobs,
            panicked_jobs: load.panicked_jobs,
            connections: app.metrics.connections.get(),
        }
    }
}

impl Ledger {
    fn of(app: &App) -> Self {
        let activity = app.accounts.activity();
        Self {
            waiting_entries: activity.waiting_entries,
            written_entries: activity.written_entries,
            lost_entries: activity.lost_entries,
        }
    }
}

impl Failure {
    fn of(mishap: Mishap) -> Self {
        Self {
            at: mishap.at.seconds(),
            status: mishap.status,
            cause: mishap.cause,
            field: mishap.field,
            key: mishap.key.map(|key| key.to_string()),
            request_id: mishap.request_id.as_str().to_owned(),
        }
    }
}

/// Those who were active, the busiest first; then those who were not, the last used first.
fn keys(app: &App, used: Vec<UsageRow>, last_uses: &LastUses) -> Vec<KeyUsage> {
    let configured = app.accounts.configured_keys();
    let mut created: HashMap<KeyId, Key> =
        app.accounts.keys().into_iter().map(|key| (key.id.clone(), key)).collect();
    let mut all = Vec::new();
    for row in used {
        let Some(id) = row.key.clone() else { continue };
        let known = match created.remove(&id) {
            Some(key) => KeyUsage::created(app, key, last_uses),
            None => KeyUsage::other(app, &id, &configured),
        };
        all.push(known.with(&row));
    }
    let is_listed = |id: &KeyId| all.iter().any(|key| key.id == id.as_str());
    let mut idle: Vec<KeyUsage> = configured
        .iter()
        .filter(|id| !is_listed(id))
        .map(|id| KeyUsage::other(app, id, &configured))
        .collect();
    idle.extend(created.into_values().map(|key| KeyUsage::created(app, key, last_uses)));
    idle.sort_by(|a, b| b.last_used.cmp(&a.last_used).then_with(|| a.name.cmp(&b.name)));
    all.extend(idle);
    all
}

impl KeyUsage {
    fn created(app: &App, key: Key, last_uses: &LastUses) -> Self {
        Self {
            is_valid: key.is_valid(app.accounts.now()),
            last_used: last_uses.get(&key.id).map(|last| last.ms() / 1000),
            name: Some(key.name),
            ..Self::unused(&key.id, Origin::Created, app.accounts.limits(key.limits))
        }
    }

    /// A key that nobody created, or none at all.
    fn other(app: &App, id: &KeyId, configured: &[KeyId]) -> Self {
        let limits = app.accounts.limits(Limits::default());
        let is_anonymous = id.is_anonymous();
        let origin = if is_anonymous { Origin::Anonymous } else { Origin::Configured };
        let is_valid = if is_anonymous { app.accounts.is_open() } else { configured.contains(id) };
        Self { is_valid, ..Self::unused(id, origin, limits) }
    }

    fn unused(id: &KeyId, origin: Origin, limits: Limits) -> Self {
        let Limits { requests_per_minute, images_per_minute, images_per_day } = limits;
        Self {
            id: id.to_string(),
            origin,
            name: None,
            is_valid: true,
            requests_per_minute,
            images_per_minute,
            images_per_day,
            last_used: None,
            requests: 0,
            answered: 0,
            refused: 0,
            failed: 0,
            images: 0,
            mean_ms: None,
        }
    }

    fn with(self, row: &UsageRow) -> Self {
        let total_ms = u64::try_from(row.elapsed.as_millis()).unwrap_or(u64::MAX);
        Self {
            last_used: Some(row.last.ms() / 1000),
            requests: row.requests,
            answered: row.answered,
            refused: row.refused,
            failed: row.failed,
            images: row.images,
            mean_ms: total_ms.checked_div(row.answered),
            ..self
        }
    }
}
