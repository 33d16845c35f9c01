//! Whether a request is sent again, and when: the rules of OpenAI's official clients.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The longest wait that a server can ask for; a caller who is asked for more should know.
const MAX_ASKED: Duration = Duration::from_secs(120);
/// The wait before the first retry, if the server asks for none; doubled before each further one.
const FIRST: Duration = Duration::from_millis(500);
/// The longest of these.
const LONGEST: Duration = Duration::from_secs(8);

/// Whether the same request may have another answer later.
pub(super) fn is_worth_it(status: u16, headers: &HeaderMap) -> bool {
    match text(headers, "x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        _ => matches!(status, 408 | 409 | 429 | 500..),
    }
}

/// How long to wait after `retries` earlier retries; `headers` are those of the answer, if there
/// was one. None when the server asks for too long a wait.
pub(super) fn wait(
    headers: Option<&HeaderMap>,
    retries: u32,
    random: u32,
    now: SystemTime,
) -> Option<Duration> {
    match headers.and_then(|headers| asked(headers, now)) {
        Some(asked) if asked > MAX_ASKED => None,
        Some(asked) => Some(asked),
        None => {
            let doubled = FIRST.saturating_mul(1_u32.checked_shl(retries).unwrap_or(u32::MAX));
            // Up to a quarter less, so that clients that were refused together come back apart.
            let spread = 1.0 - 0.25 * f64::from(random) / f64::from(u32::MAX);
            Some(doubled.min(LONGEST).mul_f64(spread))
        }
    }
}

fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let number = |name: &str| text(headers, name)?.trim().parse::<f64>().ok();
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    if let Some(wait) = number("retry-after-ms").and_then(|wait| seconds(wait / 1000.0)) {
        return Some(wait);
    }
    if let Some(wait) = number(RETRY_AFTER.as_str()).and_then(seconds) {
        return Some(wait);
    }
    let date = httpdate::parse_http_date(text(headers, RETRY_AFTER.as_str())?).ok()?;
    date.duration_since(now).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::HeaderName;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair =
            |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().map(pair).collect()
    }

    fn waited(pairs: &[(&'static str, &'static str)]) -> Option<f64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        wait(Some(&headers(pairs)), 0, 0, now).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn what_may_pass_is_tried_again_unless_the_server_says_otherwise() {
        for status in [408, 409, 429, 500, 503, 599] {
            assert!(is_worth_it(status, &HeaderMap::new()), "{status}");
            assert!(!is_worth_it(status, &headers(&[("x-should-retry", "false")])), "{status}");
        }
        for status in [200, 308, 400, 401, 404, 413] {
            assert!(!is_worth_it(status, &HeaderMap::new()), "{status}");
            assert!(is_worth_it(status, &headers(&[("x-should-retry", "true")])), "{status}");
        }
    }

    #[test]
    fn the_wait_that_the_server_asks_for_is_kept_milliseconds_first() {
        assert_eq!(waited(&[("retry-after", "2")]), Some(2.0));
        assert_eq!(waited(&[("retry-after-ms", "1500"), ("retry-after", "9")]), Some(1.5));
        assert_eq!(waited(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]), Some(10.0));
        assert_eq!(waited(&[("retry-after", "120")]), Some(120.0));
        assert_eq!(waited(&[("retry-after", "121")]), None);
    }

    #[test]
    fn a_wait_that_means_nothing_is_not_kept() {
        for nonsense in ["-1", "soon", "NaN", "", "Sun, 06 Nov 1994 08:49:00 GMT"] {
            assert_eq!(waited(&[("retry-after", nonsense)]), Some(0.5), "{nonsense}");
        }
    }

    #[test]
    fn waits_double_up_to_eight_seconds_and_are_spread_by_a_quarter() {
        let wait = |retries, random| {
            wait(None, retries, random, SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
        };
        assert_eq!(
            [0, 1, 2, 4, 5, 40].map(|retries| wait(retries, 0)),
            [0.5, 1.0, 2.0, 8.0, 8.0, 8.0]
        );
        assert_eq!(wait(0, u32::MAX), 0.375);
    }
}
