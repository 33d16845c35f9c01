//! Which path is answered by what.

mod files;
mod health;
mod models;
mod page;
mod variations;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use http::header::{CONTENT_TYPE, HeaderValue};

use crate::ApiError;
use crate::app::App;

/// All routes of the server.
pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for path in VARIATIONS {
        router = router.route(path, only_post(post(variations::create)));
    }
    for prefix in API_PREFIXES {
        let (list, one) = (format!("{prefix}/models"), format!("{prefix}/models/{{id}}"));
        router = router
            .route(&list, only_get(get(models::list)))
            .route(&one, only_get(get(models::retrieve)));
    }
    router
        .merge(page::routes(&app))
        .route("/files/{name}", only_get(get(files::download)))
        .route("/healthz", only_get(get(health::alive)))
        .route("/readyz", only_get(get(health::ready)))
        .fallback(unknown_path)
        .with_state(app)
}

/// The documented path; the same for a base URL without `/v1`; and Azure's two. Never a redirect:
/// clients follow one with a GET.
const VARIATIONS: [&str; 4] = [
    "/v1/images/variations",
    "/images/variations",
    "/openai/v1/images/variations",
    "/openai/deployments/{name}/images/variations",
];
const API_PREFIXES: [&str; 3] = ["/v1", "", "/openai/v1"];

async fn unknown_path(request: Request) -> ApiError {
    ApiError::unknown_path(request.method(), request.uri().path())
}

fn only_post(routes: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    routes.fallback(|| async { ApiError::wrong_method("POST") })
}

fn only_get(routes: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    routes.fallback(|| async { ApiError::wrong_method("GET, HEAD") })
}

/// A 200 with a JSON body.
fn json(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
