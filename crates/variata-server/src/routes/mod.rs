//! Which path is answered by what.

mod files;
pub(crate) mod health;
mod models;
pub(crate) mod page;
mod reference;
pub(crate) mod slashes;
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
use crate::cors;

/// All routes of the server, open to pages of the sites that the operator names.
pub(crate) fn router(app: Arc<App>) -> Router {
    let cors = cors::layer(&app.cors_origins);
    let router = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    let router = router.merge(page::routes()).fallback(unknown_path).with_state(app);
    match cors {
        Some(layer) => router.layer(layer),
        None => router,
    }
}

/// Who answers at which path, but for the page's own. Each stands in the reference too, with what
/// it takes and gives.
fn routes() -> Vec<(&'static str, MethodRouter<Arc<App>>)> {
    let mut all = vec![
        ("/files/{name}", only_get(get(files::download))),
        ("/healthz", only_get(get(health::alive))),
        ("/readyz", only_get(get(health::ready))),
        ("/openapi.json", only_get(get(reference::openapi))),
        ("/docs", only_get(get(reference::docs))),
    ];
    all.extend(VARIATIONS.map(|path| (path, only_post(post(variations::create)))));
    all.extend(MODELS.map(|path| (path, only_get(get(models::list)))));
    all.extend(ONE_MODEL.map(|path| (path, only_get(get(models::retrieve)))));
    all
}

/// The documented path; the same for a base URL without `/v1`; and Azure's three, of which the
/// official clients take the first even where they are told a deployment. Never a redirect: clients
/// follow one with a GET.
pub(crate) const VARIATIONS: [&str; 5] = [
    "/v1/images/variations",
    "/images/variations",
    "/openai/images/variations",
    "/openai/v1/images/variations",
    "/openai/deployments/{name}/images/variations",
];
/// The list of models, under the same prefixes.
pub(crate) const MODELS: [&str; 4] =
    ["/v1/models", "/models", "/openai/v1/models", "/openai/models"];
/// One model, likewise.
pub(crate) const ONE_MODEL: [&str; 4] =
    ["/v1/models/{id}", "/models/{id}", "/openai/v1/models/{id}", "/openai/models/{id}"];

pub(crate) async fn unknown_path(request: Request) -> ApiError {
    ApiError::unknown_path(request.method(), request.uri().path())
}

fn only_post(routes: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    routes.fallback(|| async { ApiError::wrong_method("POST") })
}

pub(crate) fn only_get(routes: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    routes.fallback(|| async { ApiError::wrong_method("GET, HEAD") })
}

/// A 200 with a JSON body.
pub(crate) fn json(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_in_the_reference_and_nothing_else_is() {
        let document = crate::openapi();
        let paths = document["paths"].as_object().unwrap();
        let aliases = paths.values().filter_map(|item| item["x-aliases"].as_array()).flatten();
        let told: BTreeSet<&str> = paths
            .keys()
            .map(String::as_str)
            .chain(aliases.filter_map(|path| path.as_str()))
            .collect();
        let served: BTreeSet<&str> = routes().into_iter().map(|(path, _)| path).collect();
        assert_eq!(told, served);
    }
}
