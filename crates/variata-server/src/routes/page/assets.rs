//! The page's files, compressed once when the server starts.

use std::collections::HashMap;
use std::io::Write as _;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, StatusCode};
use sha2::{Digest as _, Sha256};

use super::{policy, protect_by};

/// Names and texts of the scripts; the page names each, so that none waits for another.
macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        [$((concat!($name, ".js"),
            include_str!(concat!("../../../assets/script/", $name, ".js")))),*]
    };
}

const SCRIPTS: [(&str, &str); 22] = scripts![
    "main", "api", "card", "code", "dom", "events", "fault", "frame", "intake", "key", "library",
    "lineage", "roman", "run", "score", "settings", "sheet", "theme", "upload", "urls", "viewer",
    "zip",
];

/// Brings the scripts.
const START: &str = include_str!("../../../assets/script/start.js");

/// One file for the browser, several for whoever reads them.
const STYLE: &str = concat!(
    include_str!("../../../assets/style/base.css"),
    include_str!("../../../assets/style/layout.css"),
    include_str!("../../../assets/style/intake.css"),
    include_str!("../../../assets/style/rail.css"),
    include_str!("../../../assets/style/runs.css"),
    include_str!("../../../assets/style/lineage.css"),
    include_str!("../../../assets/style/dialogs.css"),
    include_str!("../../../assets/style/plain.css"),
);

/// What the reference at `/docs` needs beyond that.
const DOCS_STYLE: &str = include_str!("../../../assets/style/docs.css");

/// What the operators' page needs beyond that.
const ADMIN_STYLE: &str = include_str!("../../../assets/style/admin.css");

const ICON: &str = include_str!("../../../assets/icon.svg");

/// The pictures of `examples/`, small.
const SAMPLES: [(&str, &[u8]); 4] = [
    ("otter.webp", include_bytes!("../../../assets/samples/otter.webp")),
    ("landscape.webp", include_bytes!("../../../assets/samples/landscape.webp")),
    ("town.webp", include_bytes!("../../../assets/samples/town.webp")),
    ("logo.webp", include_bytes!("../../../assets/samples/logo.webp")),
];

/// The page and all that it loads.
pub(crate) struct Assets {
    open_page: Asset,
    guarded_page: Asset,
    files: HashMap<&'static str, Asset>,
}

/// One file, ready to be sent.
pub(super) struct Asset {
    content_type: &'static str,
    body: Bytes,
    gzip: Option<Bytes>,
    etag: HeaderValue,
    policy: HeaderValue,
}

impl Assets {
    pub(crate) fn new() -> Self {
        let mut files = HashMap::from([
            ("style.css", Asset::text("text/css; charset=utf-8", STYLE.to_owned())),
            ("docs.css", Asset::text("text/css; charset=utf-8", DOCS_STYLE.to_owned())),
            ("admin.css", Asset::text("text/css; charset=utf-8", ADMIN_STYLE.to_owned())),
            ("icon.svg", Asset::text("image/svg+xml", ICON.to_owned())),
        ]);
        for (name, text) in SCRIPTS {
            files.insert(name, Asset::text("text/javascript; charset=utf-8", text.to_owned()));
        }
        for (name, bytes) in SAMPLES {
            files.insert(name, Asset::new("image/webp", Bytes::from_static(bytes), None));
        }
        Self { open_page: page(true), guarded_page: page(false), files }
    }

    /// The page; where `is_open`, it does not ask for a key.
    pub(super) fn page(&self, is_open: bool) -> &Asset {
        if is_open { &self.open_page } else { &self.guarded_page }
    }

    pub(super) fn asset(&self, name: &str) -> Option<&Asset> {
        self.files.get(name)
    }
}

/// The icon, to stand in a page: fetched as a file, it would hold up the first sight of it.
pub(crate) fn mark() -> String {
    let drawing = ICON.split_once('>').map_or(ICON, |(_, rest)| rest).trim_end();
    format!("<svg class=\"mark\" viewBox=\"0 0 32 32\" aria-hidden=\"true\">{drawing}")
}

/// Style and first script stand in it: as files, they would be asked for only once the browser reads
/// the page, and hold up the first sight of it.
fn page(is_open: bool) -> Asset {
    let preload = |(name, _)| format!("<link rel=\"modulepreload\" href=\"/assets/{name}\">\n");
    let modules: String = SCRIPTS.into_iter().map(preload).collect();
    let html = include_str!("../../../assets/page.html")
        .replace("{{access}}", if is_open { "open" } else { "key" })
        .replace("{{style}}", STYLE)
        .replace("{{start}}", START)
        .replace("{{mark}}", &mark())
        .replace("{{modules}}", &modules);
    let page = Asset::text("text/html; charset=utf-8", html);
    Asset { policy: policy(&[STYLE], &[START]), ..page }
}

impl Asset {
    fn text(content_type: &'static str, text: String) -> Self {
        let gzip = compress(text.as_bytes());
        Self::new(content_type, Bytes::from(text), gzip)
    }

    fn new(content_type: &'static str, body: Bytes, gzip: Option<Bytes>) -> Self {
        let digest = Sha256::digest(&body);
        let tag: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let etag = HeaderValue::try_from(format!("\"{tag}\""));
        let etag = etag.unwrap_or(HeaderValue::from_static("\"\""));
        Self { content_type, body, gzip, etag, policy: policy(&[], &[]) }
    }

    /// Names stay the same from one version to the next, so browsers ask each time; most answers
    /// are that nothing has changed.
    pub(super) fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        let set = response.headers_mut();
        set.insert(ETAG, self.etag.clone());
        set.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        set.insert(VARY, HeaderValue::from_static("accept-encoding"));
        set.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if headers.get(IF_NONE_MATCH) == Some(&self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else if let Some(gzip) = self.gzip.as_ref().filter(|_| takes_gzip(headers)) {
            set.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            *response.body_mut() = Body::from(gzip.clone());
        } else {
            *response.body_mut() = Body::from(self.body.clone());
        }
        protect_by(&mut response, self.policy.clone());
        response
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = text(headers, &ACCEPT_ENCODING).unwrap_or_default();
    accepted.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `None` when it cannot be done, which costs a few kilobytes and nothing else.
fn compress(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
