//! The page that describes the endpoint to people.
//!
//! One answer without scripts and without anything from elsewhere, in the web page's clothes.

use std::fmt::Write as _;

use serde_json::Value;

use super::causes::{Cause, causes};
use super::fields::{FIELDS, Field, Kind};
use super::{operations, schemas};
use crate::routes::page::{escaped, mark};

/// The page, but for the address that it is asked under.
pub(crate) struct Page(String);

const TEMPLATE: &str = include_str!("page.html");
const ORIGIN: &str = "{{origin}}";

impl Page {
    pub(crate) fn new() -> Self {
        let errors: String = causes().iter().map(error_row).collect();
        let rows = |is_official| {
            let fields = FIELDS.iter().filter(move |field| field.is_official == is_official);
            fields.map(field_row).collect::<String>()
        };
        let html = fill(&[
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("mark", mark()),
            ("endpoints", endpoint_rows()),
            ("fields", rows(true)),
            ("extensions", rows(false)),
            ("headers", header_rows()),
            ("error", example_error()),
            ("errors", errors),
            ("python", escaped(include_str!("examples/variations.py").trim_end())),
            ("node", escaped(include_str!("examples/variations.mjs").trim_end())),
            ("rust", escaped(include_str!("examples/variations.rs").trim_end())),
            ("curl", escaped(include_str!("examples/variations.sh").trim_end())),
        ]);
        Self(html)
    }

    /// The page for someone who reaches the server at `origin`.
    pub(crate) fn html(&self, origin: &str) -> String {
        self.0.replace(ORIGIN, &escaped(origin))
    }
}

/// The template with its places filled.
fn fill(pieces: &[(&str, String)]) -> String {
    pieces.iter().fold(TEMPLATE.to_owned(), |html, (place, text)| {
        html.replace(&format!("{{{{{place}}}}}"), text)
    })
}

fn endpoint_rows() -> String {
    let paths = operations::paths();
    let mut rows = String::new();
    for (path, item) in paths.as_object().into_iter().flatten() {
        let methods = item.as_object().into_iter().flatten();
        for (method, operation) in methods.filter(|(key, _)| *key != "x-aliases") {
            let summary = marked(operation["summary"].as_str().unwrap_or_default());
            let (method, path) = (method.to_uppercase(), escaped(path));
            let also = aliases(&item["x-aliases"]);
            // Writing to a string does not fail.
            let _ = write!(
                rows,
                "<tr><td><code>{method}</code></td><td><code>{path}</code></td><td>{summary}{also}\
                 </td></tr>"
            );
        }
    }
    rows
}

fn aliases(paths: &Value) -> String {
    let paths = paths.as_array().into_iter().flatten().filter_map(Value::as_str);
    let codes: Vec<String> = paths.map(|path| format!("<code>{}</code>", escaped(path))).collect();
    if codes.is_empty() { String::new() } else { format!("; also at {}", codes.join(", ")) }
}

fn field_row(field: &Field) -> String {
    let Field { name, kind, default, meaning, .. } = field;
    let default = default.map_or_else(
        || if matches!(kind, Kind::Image) { "required".to_owned() } else { "–".to_owned() },
        |default| format!("<code>{default}</code>"),
    );
    format!(
        "<tr><td><code>{name}</code></td><td>{}</td><td>{default}</td><td>{}</td></tr>",
        value(*kind),
        marked(meaning),
    )
}

/// What a field may hold, in words.
fn value(kind: Kind) -> String {
    match kind {
        Kind::Image => "file".to_owned(),
        Kind::Text { max_bytes } => format!("text, at most {max_bytes} bytes"),
        Kind::Choice(choices) => {
            let codes = choices.iter().map(|choice| format!("<code>{choice}</code>"));
            codes.collect::<Vec<_>>().join(", ")
        }
        Kind::Integer { minimum, maximum } if maximum == variata_core::Seed::MAX => {
            format!("{minimum} to 2<sup>63</sup> − 1")
        }
        Kind::Integer { minimum, maximum } => format!("{minimum} to {maximum}"),
        Kind::Share => "0 to 1".to_owned(),
        Kind::Flag => "<code>true</code>, <code>false</code>".to_owned(),
    }
}

fn header_rows() -> String {
    let row = |(name, meaning): (&str, &str)| {
        format!("<tr><td><code>{name}</code></td><td>{}</td></tr>", marked(meaning))
    };
    schemas::meanings_of_headers().map(row).collect()
}

fn error_row(cause: &Cause) -> String {
    let error = &cause.error;
    let code = error.code().map_or_else(|| "–".to_owned(), |code| format!("<code>{code}</code>"));
    format!(
        "<tr><td>{}</td><td>{code}</td><td>{}</td><td>{}</td></tr>",
        error.status().as_u16(),
        marked(cause.when),
        escaped(error.message()),
    )
}

fn example_error() -> String {
    let example = causes().into_iter().find(|cause| cause.name == "above_maximum");
    let envelope = example.map(|cause| cause.error.envelope());
    escaped(&envelope.unwrap_or_default())
}

/// HTML of a text with code in backticks.
fn marked(text: &str) -> String {
    let pieces = escaped(text);
    let pieces = pieces.split('`').enumerate().map(|(index, piece)| match index % 2 {
        0 => piece.to_owned(),
        _ => format!("<code>{piece}</code>"),
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_place_of_the_template_is_left_empty() {
        let html = Page::new().html("http://a\"><script>");
        assert!(!html.contains("{{"));
        assert!(html.contains("OPENAI_BASE_URL=http://a&quot;&gt;&lt;script&gt;/v1"));
    }

    #[test]
    fn the_page_needs_no_script_and_nothing_from_elsewhere() {
        let html = Page::new().html("http://a");
        for forbidden in ["<script", "<style", " style=", " onclick", "src=", "href=\"http"] {
            assert!(!html.contains(forbidden), "the page has {forbidden}");
        }
    }
}
