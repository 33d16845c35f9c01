//! The web page: a theme, its variations, and nothing that the public endpoint does not give.
//!
//! Its files are in the binary. Nothing comes from elsewhere, and nothing is inline but a style sheet
//! and a script that the content security policy names by their digests, so that it can forbid all
//! else. Without scripts, the same form posts to `/vary`.

mod assets;
mod html;
mod plain;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Method};
use sha2::{Digest as _, Sha256};

pub(crate) use self::assets::{Assets, mark};
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

/// Forbids browsers all that a page without anything inline can do without.
pub(super) fn protect(response: &mut Response) {
    protect_by(response, policy(&[], &[]));
}

fn protect_by(response: &mut Response, policy: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Without any referrer, a browser would call the page's own form one of nobody's.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

/// What a browser may do: use the server's own files, and of what is inline exactly `styles` and
/// `scripts`.
fn policy(styles: &[&str], scripts: &[&str]) -> HeaderValue {
    let (styles, scripts) = (sources(styles), sources(scripts));
    let policy = format!(
        "default-src 'none'; script-src {scripts}; style-src {styles}; \
         img-src 'self' blob: data:; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// This server, and each of `texts` by its digest.
fn sources(texts: &[&str]) -> String {
    let digest = |text: &&str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    texts.iter().map(digest).fold("'self'".to_owned(), |sources, digest| sources + &digest)
}
