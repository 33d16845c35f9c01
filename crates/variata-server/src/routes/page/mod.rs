//! The web page: a theme, its variations, and nothing that the public endpoint does not give.
//!
//! Its files are in the binary. Nothing in them is inline and nothing comes from elsewhere, so the
//! content security policy can forbid both. Without scripts, the same form posts to `/vary`.

mod assets;
mod html;
mod plain;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use http::HeaderMap;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};

use self::assets::Assets;
pub(crate) use self::html::escaped;
use super::{only_get, only_post};
use crate::ApiError;
use crate::app::App;

/// The page, its files, and the plain form.
pub(super) fn routes(app: &App) -> Router<Arc<App>> {
    let files = Arc::new(Assets::new(app.accounts.is_open()));
    let page = Arc::clone(&files);
    let asset = async move |Path(name): Path<String>, headers: HeaderMap| {
        let unknown = || ApiError::unknown_path(&http::Method::GET, &format!("/assets/{name}"));
        files.asset(&name).map(|asset| asset.answer(&headers)).ok_or_else(unknown)
    };
    Router::new()
        .route("/", only_get(get(async move |headers: HeaderMap| page.page().answer(&headers))))
        .route("/assets/{name}", only_get(get(asset)))
        .route("/vary", only_post(post(plain::vary)))
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
