//! What an operator sees, on a listener of its own: health, metrics and an overview.
//!
//! Nothing here asks for a key, so the listener belongs on loopback or a network of the operator's;
//! callers never reach it. It tells no secret either: a key goes by its id and its name.

mod overview;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::Uri;
use http::header::{CONTENT_TYPE, HeaderValue};

use self::overview::Overview;
use crate::ApiError;
use crate::app::App;
use crate::metrics::Reading;
use crate::routes::{self, health, json, only_get};

/// The routes of the admin listener.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", only_get(get(async || Redirect::temporary("/admin"))))
        .route("/metrics", only_get(get(metrics)))
        .route("/healthz", only_get(get(health::alive)))
        .route("/readyz", only_get(get(health::ready)))
        .route("/admin", only_get(get(overview_page)))
        .route("/admin/overview.json", only_get(get(overview_json)))
        .merge(routes::page::assets())
        .fallback(routes::unknown_path)
        .with_state(app)
}

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

async fn overview_page(State(app): State<Arc<App>>, uri: Uri) -> Result<Response, ApiError> {
    let is_followed = uri.query() == Some("follow");
    Ok(page::answer(&Overview::of(&app).await?, is_followed))
}

async fn overview_json(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let overview = Overview::of(&app).await?;
    Ok(json(serde_json::to_vec(&overview).unwrap_or_default()))
}
