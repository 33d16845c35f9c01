//! One request for images and its account: what it costs its caller, what is left to them, and
//! what the ledger says of it.

use std::sync::Arc;
use std::time::Instant;

use axum::response::Response;
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use variata_accounts::{Accounts, Caller, Denied, KeyId, Measure, Quota, Usage, UserHash, Whose};
use variata_contract::Fields;
use variata_core::Seed;
use variata_dispatch::Tenant;

use crate::ApiError;
use crate::access;
use crate::app::App;
use crate::connection::RequestId;

/// A request under way. When it is dropped, it is entered into the ledger, as one whose caller
/// left unless [`Visit::end`] said something else.
pub(crate) struct Visit {
    accounts: Arc<Accounts>,
    caller: Caller,
    user: Option<UserHash>,
    charged_images: u32,
    started: Instant,
    entry: Option<Usage>,
}

impl Visit {
    /// The visit of whom the key in `headers` belongs to.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when a key is needed and there is none, or a wrong one; nothing is entered
    /// then, since there is nobody to enter it under.
    pub(crate) fn begin(
        app: &App,
        headers: &HeaderMap,
        request_id: &RequestId,
    ) -> Result<Self, ApiError> {
        let accounts = Arc::clone(&app.accounts);
        let caller = access::identify(&accounts, headers)?;
        let entry = Usage {
            request_id: request_id.as_str().to_owned(),
            at: accounts.now(),
            key: caller.key().clone(),
            user: None,
            engine: None,
            images: 0,
            size_px: None,
            seed: None,
            status: CALLER_LEFT,
            elapsed: std::time::Duration::ZERO,
        };
        let (started, entry) = (Instant::now(), Some(entry));
        Ok(Self { accounts, caller, user: None, charged_images: 0, started, entry })
    }

    /// Whose request it is.
    pub(crate) fn key(&self) -> &KeyId {
        self.caller.key()
    }

    /// Whose turn the request takes.
    pub(crate) fn tenant(&self) -> Tenant {
        Tenant::new(self.caller.key().as_str())
    }

    /// Counts the request; tells whether there is anything left to ask for.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when a limit is used up.
    pub(crate) fn admit(&self) -> Result<(), ApiError> {
        self.accounts.begin(&self.caller).map_err(denied)
    }

    /// Enters what the form asks for.
    pub(crate) fn note(&mut self, fields: &Fields) {
        self.user = fields.user.as_ref().map(|name| self.accounts.user(&self.caller, name));
        if let Some(entry) = &mut self.entry {
            entry.user.clone_from(&self.user);
            entry.engine = Some(fields.engine.id().to_owned());
            entry.images = fields.count.get();
            entry.size_px = Some(fields.size.side_px());
            entry.seed = fields.seed.map(Seed::get);
        }
    }

    /// Charges `images` to the caller, and to the end user if one was named.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when a limit is used up, or the user is blocked.
    pub(crate) fn charge(&mut self, images: u32) -> Result<(), ApiError> {
        self.accounts.charge(&self.caller, self.user.as_ref(), images).map_err(denied)?;
        self.charged_images = images;
        Ok(())
    }

    /// Hands over what was charged, to those who know how the work ends: this request may be gone
    /// by then, and another one may wait for the same images.
    pub(crate) fn hand_over(&mut self) -> Charge {
        Charge {
            accounts: Arc::clone(&self.accounts),
            caller: self.caller.clone(),
            user: self.user.clone(),
            images: std::mem::take(&mut self.charged_images),
        }
    }

    /// The images are those of an equal request, which was charged for them.
    pub(crate) fn share(&mut self) {
        if let Some(entry) = &mut self.entry {
            entry.images = 0;
        }
    }

    /// Enters the seeds of the images that were made, of which the first stands for all.
    pub(crate) fn made(&mut self, mut seeds: impl Iterator<Item = Seed>) {
        if let Some(entry) = &mut self.entry {
            entry.seed = seeds.next().map(Seed::get);
        }
    }

    /// Ends with an error, which then tells the caller what is left.
    pub(crate) fn refuse(&mut self, error: ApiError) -> ApiError {
        self.end(error.status());
        error.of_key(self.caller.key()).with_headers(self.headers())
    }

    /// Ends with an answer, which then tells the caller what is left.
    pub(crate) fn conclude(
        &mut self,
        answered: Result<Response, ApiError>,
    ) -> Result<Response, ApiError> {
        let mut response = answered.map_err(|error| self.refuse(error))?;
        self.end(response.status());
        response.headers_mut().extend(self.headers());
        Ok(response)
    }

    /// Says how the request was answered. What failed for a reason of ours costs nothing.
    pub(crate) fn end(&mut self, status: StatusCode) {
        if let Some(entry) = &mut self.entry {
            entry.status = status.as_u16();
        }
        if status.is_server_error() {
            let images = std::mem::take(&mut self.charged_images);
            self.accounts.give_back(&self.caller, self.user.as_ref(), images);
        }
    }

    /// What is left to the caller, as OpenAI tells it.
    pub(crate) fn headers(&self) -> HeaderMap {
        let standing = self.accounts.standing(&self.caller, self.user.as_ref());
        let requests = standing.requests.into_iter().flat_map(|quota| triple(REQUESTS, quota));
        let images = standing.images.into_iter().flat_map(|quota| triple(IMAGES, quota));
        requests.chain(images).collect()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Some(mut entry) = self.entry.take() {
            entry.elapsed = self.started.elapsed();
            self.accounts.record(entry);
        }
    }
}

/// What somebody paid for images that are to be made.
pub(crate) struct Charge {
    accounts: Arc<Accounts>,
    caller: Caller,
    user: Option<UserHash>,
    images: u32,
}

impl Charge {
    /// Gives it back: the images were not made, for a reason of ours.
    pub(crate) fn give_back(self) {
        self.accounts.give_back(&self.caller, self.user.as_ref(), self.images);
    }
}

/// What nginx enters for a caller who left before there was an answer.
const CALLER_LEFT: u16 = 499;

const REQUESTS: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
];
const IMAGES: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit-images"),
    HeaderName::from_static("x-ratelimit-remaining-images"),
    HeaderName::from_static("x-ratelimit-reset-images"),
];

fn triple(names: [HeaderName; 3], quota: Quota) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let reset = HeaderValue::try_from(spell(quota.reset));
    let reset = reset.unwrap_or(HeaderValue::from_static("0s"));
    let values = [HeaderValue::from(quota.limit), HeaderValue::from(quota.remaining), reset];
    names.into_iter().zip(values)
}

/// As OpenAI writes times: `6m0s`, `1.5s`, `20ms`.
fn spell(time: std::time::Duration) -> String {
    let (minutes, milliseconds) = (time.as_secs() / 60, time.as_millis() % 60_000);
    match (minutes, milliseconds) {
        (0, 0..1000) => format!("{milliseconds}ms"),
        (0, _) => format!("{}s", seconds(milliseconds)),
        (1..60, _) => format!("{minutes}m{}s", seconds(milliseconds)),
        _ => format!("{}h{}m{}s", minutes / 60, minutes % 60, seconds(milliseconds)),
    }
}

fn seconds(milliseconds: u128) -> String {
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn denied(denied: Denied) -> ApiError {
    match denied {
        Denied::Limited { measure, whose, limit, asked, wait } => {
            let what = match measure {
                Measure::RequestsPerMinute => "requests per minute",
                Measure::ImagesPerMinute => "images per minute",
                Measure::ImagesPerDay => "images per day",
            };
            let period = if measure == Measure::ImagesPerDay { "1d" } else { "1min" };
            let whom = if whose == Whose::User { " of this end user" } else { "" };
            ApiError::rate_limited(
                &format!("{what}{whom}"),
                &format!("{limit}/{period}"),
                asked,
                wait,
            )
        }
        _ => ApiError::user_blocked(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_spelt_as_openai_does() {
        for (ms, text) in [
            (0, "0ms"),
            (20, "20ms"),
            (1000, "1s"),
            (1500, "1.5s"),
            (360_000, "6m0s"),
            (86_400_000, "24h0m0s"),
        ] {
            assert_eq!(spell(Duration::from_millis(ms)), text);
        }
    }
}
