//! Slashes that mean nothing.
//!
//! Older clients join the base URL and the path as they stand, so that a base URL with a slash at its
//! end makes two of them: `/v1//images/variations`. A redirect would be no answer to a POST.

use http::Uri;
use http::uri::PathAndQuery;

/// Takes doubled slashes, and those at the end, out of the path of `uri`.
pub(crate) fn tidy(uri: &mut Uri) {
    if let Some(tidied) = tidied(uri) {
        *uri = tidied;
    }
}

fn tidied(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let is_tidy = !path.contains("//") && (path == "/" || !path.ends_with('/'));
    if is_tidy {
        return None;
    }
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    let path = PathAndQuery::try_from(format!("/{}{query}", names.join("/"))).ok()?;
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_that_name_nothing_are_taken_out_and_all_else_is_left() {
        for (given, expected) in [
            ("/v1//images/variations", "/v1/images/variations"),
            ("//v1/images/variations/", "/v1/images/variations"),
            ("http://host:1//images//variations//?a=//", "http://host:1/images/variations?a=//"),
            ("/docs?b", "/docs?b"),
            ("//", "/"),
            ("/", "/"),
            ("*", "*"),
        ] {
            let mut uri = given.parse().unwrap();
            tidy(&mut uri);
            assert_eq!(uri.to_string(), expected);
        }
    }
}
