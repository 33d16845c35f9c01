//! Which clients may be told that their request is still worked on.
//!
//! HTTP lets a server send interim answers at any time (RFC 9110, section 15.2), but Python's
//! `http.client` takes every one but `100 Continue` for the answer itself, and with it `requests`,
//! urllib3 and the OpenAI library before 1.0; Go's client gives up at the sixth. None of them needs
//! one: they wait as long as their caller wants.

use http::header::USER_AGENT;
use http::request::Parts;
use http::{HeaderValue, Version};

/// Whether the client that sent `head` reads `102 Processing` as what it is.
pub(crate) fn is_understood(head: &Parts) -> bool {
    let agent = head.headers.get(USER_AGENT).map(HeaderValue::as_bytes);
    let is = |agent: &[u8]| STUMBLING.iter().any(|name| agent.starts_with(name.as_bytes()));
    let stumbles = agent.is_some_and(is);
    head.version == Version::HTTP_11 && !stumbles
}

/// How the clients begin that take an interim answer for the last one, or count them.
const STUMBLING: [&str; 5] = [
    "python-requests/",
    "python-urllib3/",
    "Python-urllib/",
    "OpenAI/v1 PythonBindings/",
    "Go-http-client/",
];
