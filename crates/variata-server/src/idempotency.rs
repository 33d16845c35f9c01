//! Equal requests that are under way at the same time are answered once.
//!
//! A client that sends an `Idempotency-Key` and gives up waiting sends the request again; the
//! second joins the work that the first began. Only work under way is kept: a finished answer may
//! hold twenty megabytes, and no official client sends such a key by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use variata_contract::ErrorObject;
use variata_dispatch::Tenant;

use crate::ApiError;
use crate::work::{Made, Order};

type Outcome = Result<Arc<Made>, ApiError>;
/// Work that several requests wait for; when none does any more, it is dropped and so cancelled.
pub(crate) type SharedWork = Shared<BoxFuture<'static, Outcome>>;

/// The work under way, by its key.
#[derive(Default)]
pub(crate) struct UnderWay(Mutex<HashMap<(Tenant, String), Entry>>);

struct Entry {
    order: Order,
    work: WeakShared<BoxFuture<'static, Outcome>>,
}

/// The most keys that are kept at a time. Requests beyond that are answered too, each by itself.
const MAX_KEYS: usize = 256;
/// The longest key.
const MAX_KEY_BYTES: usize = 255;

impl UnderWay {
    /// The work for `order`: what is under way for an equal order of this key, else what `start`
    /// makes.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when the key is too long, or in use for another order.
    pub(crate) fn join(
        &self,
        key: &str,
        order: Order,
        start: impl FnOnce(Order) -> BoxFuture<'static, Outcome>,
    ) -> Result<SharedWork, ApiError> {
        if key.len() > MAX_KEY_BYTES {
            return Err(ErrorObject::text_too_long("Idempotency-Key", MAX_KEY_BYTES).into());
        }
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Finished and abandoned work is of no use; this also frees its pictures.
        entries.retain(|_, entry| entry.work.upgrade().is_some_and(|work| work.peek().is_none()));
        // Keys are the caller's own: another tenant's is another key.
        let key = (order.tenant.clone(), key.to_owned());
        if let Some(entry) = entries.get(&key) {
            if entry.order != order {
                return Err(ApiError::idempotency_key_reused());
            }
            if let Some(work) = entry.work.upgrade() {
                return Ok(work);
            }
        }
        let work = start(order.clone()).shared();
        if let Some(weak) = work.downgrade().filter(|_| entries.len() < MAX_KEYS) {
            entries.insert(key, Entry { order, work: weak });
        }
        Ok(work)
    }
}
