//! The web page: a theme, its variations, and nothing that the public endpoint does not give.
//!
//! Its files are in the binary. Nothing in them is inline and nothing comes from elsewhere, so the
//! content security policy can forbid both. Without scripts, the same form posts to `/vary`.

mod assets;
mod html;
mod plain;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Method};

pub(crate) use self::assets::Assets;
pub(crate) use self::html::{Document, escaped};
use super::{only_get, only_post};
use crate::ApiError;
use crate::app::App;

/// The page, its files, and the plain form.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", only_get(get(page)))
        .merge(assets())
        .route("/vary", only_post(post(plain::vary)))
}

/// The files alone; operators' pages use them too.
pub(crate) fn assets() -> Router<Arc<App>> {
    Router::new().route("/assets/{name}", only_get(get(asset)))
}

/// Looks each time whether a key is needed: the first may be made at any moment.
async fn page(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    app.assets.page(app.accounts.is_open()).answer(&headers)
}

async fn asset(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::unknown_path(&Method::GET, &format!("/assets/{name}"));
    app.assets.asset(&name).map(|asset| asset.answer(&headers)).ok_or_else(unknown)
}

/// What a browser may do with anything of the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' blob: data:; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

pub(super) fn protect(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}
