//! HTML that the server writes itself.

use std::fmt::Display;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

use super::assets::mark;
use super::protect;

/// What stands around the content of a page.
pub(crate) struct Document<'a> {
    /// Text.
    pub(crate) title: &'a str,
    /// Assets that it needs beyond the page's own style.
    pub(crate) styles: &'a [&'a str],
    /// HTML in the bar at the top.
    pub(crate) nav: &'a str,
    /// The class of the content.
    pub(crate) class: &'a str,
}

impl Document<'_> {
    /// The whole page; `main` is HTML.
    pub(crate) fn respond(&self, status: StatusCode, main: impl Display) -> Response {
        let Self { title, styles, nav, class } = self;
        let (title, mark) = (escaped(title), mark());
        let link = |name: &&str| format!("<link rel=\"stylesheet\" href=\"/assets/{name}\">\n");
        let styles: String = ["style.css"].iter().chain(*styles).map(link).collect();
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} · variata</title>\n\
             <link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\n{styles}</head>\n\
             <body>\n<header class=\"bar\"><a class=\"wordmark\" href=\"/\">{mark}variata</a>{nav}\
             </header>\n<main class=\"{class}\">\n{main}\n</main>\n</body>\n</html>\n"
        );
        let mut response = Response::new(Body::from(html));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        protect(&mut response);
        response
    }
}

/// `text` with nothing in it that means something in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, char| {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
        safe
    })
}
