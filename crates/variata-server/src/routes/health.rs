//! Whether the server lives, and whether it wants requests.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::json;
use crate::app::App;

/// 200 as long as the process answers at all.
pub(crate) async fn alive() -> Response {
    json(r#"{"status":"ok"}"#)
}

/// 200 while requests are welcome, 503 from the start of the shutdown on.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.is_ready() {
        json(r#"{"status":"ready"}"#)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, json(r#"{"status":"draining"}"#)).into_response()
    }
}
