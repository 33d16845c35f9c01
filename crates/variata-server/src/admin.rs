//! What an operator sees, on a listener of its own: health, metrics and an overview.
//!
//! Nothing here asks for a key, so the listener belongs on loopback or a network of the operator's;
//! callers never reach it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use variata_accounts::{Grouping, Key, UsageRow};

use crate::ApiError;
use crate::app::App;
use crate::metrics::Reading;
use crate::routes::{self, health, json, only_get};

/// The routes of the admin listener.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", only_get(get(metrics)))
        .route("/healthz", only_get(get(health::alive)))
        .route("/readyz", only_get(get(health::ready)))
        .route("/admin/overview.json", only_get(get(overview)))
        .fallback(routes::unknown_path)
        .with_state(app)
}

/// How far back the overview looks.
const SPAN: Duration = Duration::from_secs(24 * 60 * 60);

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = app.metrics.render(reading(&app));
    let format = prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(format));
    response
}

fn reading(app: &App) -> Reading {
    Reading {
        load: app.dispatcher.load(),
        ledger: app.accounts.activity(),
        is_ready: app.is_ready(),
    }
}

/// The state of the server in numbers, for a page or a script.
#[derive(Serialize)]
struct Overview {
    is_ready: bool,
    uptime_s: u64,
    load: Load,
    ledger: Ledger,
    images: u64,
    /// How many requests for variations were answered with each status since the start.
    statuses: Vec<(u16, u64)>,
    /// The keys, with their usage of the last 24 hours.
    keys: Vec<KeyUsage>,
}

#[derive(Serialize)]
struct Load {
    queued_images: u32,
    running_images: u32,
    capacity_images: u32,
    queued_jobs: u32,
    running_jobs: u32,
    panicked_jobs: u64,
    connections: i64,
}

#[derive(Serialize)]
struct Ledger {
    waiting_entries: usize,
    written_entries: u64,
    lost_entries: u64,
}

#[derive(Serialize)]
struct KeyUsage {
    id: String,
    /// None for keys that were configured, and for callers without one.
    name: Option<String>,
    is_valid: bool,
    requests: u64,
    answered: u64,
    refused: u64,
    failed: u64,
    images: u64,
}

async fn overview(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let used = match app.accounts.database() {
        Some(database) => {
            let since = app.accounts.now().minus(SPAN);
            database.usage(Grouping::Key, since).await.map_err(|error| {
                tracing::error!(%error, "cannot read the usage");
                ApiError::internal()
            })?
        }
        None => Vec::new(),
    };
    let overview = Overview {
        is_ready: app.is_ready(),
        uptime_s: app.now().seconds().saturating_sub(app.started.seconds()),
        load: load(&app),
        ledger: ledger(&app),
        images: app.metrics.images.get(),
        statuses: app.metrics.statuses(),
        keys: keys(&app, used),
    };
    Ok(json(serde_json::to_vec(&overview).unwrap_or_default()))
}

fn load(app: &App) -> Load {
    let load = app.dispatcher.load();
    Load {
        queued_images: load.queued_images,
        running_images: load.running_images,
        capacity_images: load.capacity_images,
        queued_jobs: load.queued_jobs,
        running_jobs: load.running_jobs,
        panicked_jobs: load.panicked_jobs,
        connections: app.metrics.connections.get(),
    }
}

fn ledger(app: &App) -> Ledger {
    let activity = app.accounts.activity();
    Ledger {
        waiting_entries: activity.waiting_entries,
        written_entries: activity.written_entries,
        lost_entries: activity.lost_entries,
    }
}

/// Those who were active, then the created keys that were not.
fn keys(app: &App, used: Vec<UsageRow>) -> Vec<KeyUsage> {
    let now = app.accounts.now();
    let mut created = app.accounts.keys();
    let mut all: Vec<KeyUsage> = Vec::new();
    for row in used {
        let Some(id) = row.key else { continue };
        let position = created.iter().position(|key| key.id == id);
        let key = position.map(|position| created.swap_remove(position));
        let is_valid = key.as_ref().is_none_or(|key| key.is_valid(now));
        all.push(KeyUsage {
            id: id.as_str().to_owned(),
            name: key.map(|key| key.name),
            is_valid,
            requests: row.requests,
            answered: row.answered,
            refused: row.refused,
            failed: row.failed,
            images: row.images,
        });
    }
    let idle = |key: Key| KeyUsage {
        id: key.id.as_str().to_owned(),
        is_valid: key.is_valid(now),
        name: Some(key.name),
        requests: 0,
        answered: 0,
        refused: 0,
        failed: 0,
        images: 0,
    };
    all.extend(created.into_iter().map(idle));
    all
}
