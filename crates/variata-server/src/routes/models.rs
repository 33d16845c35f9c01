//! The engines, listed as OpenAI lists models.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;

use variata_contract::DALL_E_2;

use super::json;
use crate::ApiError;
use crate::access;
use crate::app::App;
use crate::wire::{Model, ModelList};

/// `GET /v1/models`: the name that callers know, then the engines.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    access::identify(&app.accounts, &headers)?;
    let ids = std::iter::once(DALL_E_2).chain(app.engines.ids());
    Ok(to_json(&ModelList::new(ids, app.started.seconds())))
}

/// `GET /v1/models/{id}`.
pub(super) async fn retrieve(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    access::identify(&app.accounts, &headers)?;
    app.engines.choose(&id).ok_or_else(|| ApiError::no_such_model(&id))?;
    Ok(to_json(&Model::new(&id, app.started.seconds())))
}

fn to_json(value: &impl serde::Serialize) -> Response {
    json(serde_json::to_vec(value).unwrap_or_default())
}
