//! Equal requests that are under way at the same time are answered once.
//!
//! A client that sends an `Idempotency-Key` and gives up waiting sends the request again; the
//! second joins the work that the first began. Only work under way is kept: a finished answer may
//! hold twenty megabytes, and no official client sends such a key by itself. A request that comes
//! later still gets the same images, since the key also stands for the seed of a request that names
//! none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use sha2::{Digest as _, Sha256};

use variata_contract::ErrorObject;
use variata_core::Seed;
use variata_dispatch::Tenant;

use crate::ApiError;
use crate::work::{Made, Order};

pub(crate) type Outcome = Result<Arc<Made>, ApiError>;
/// Work that several requests wait for; when none does any more, it is dropped and so cancelled.
pub(crate) type SharedWork = Shared<BoxFuture<'static, Outcome>>;

/// The work under way, by its key.
#[derive(Default)]
pub(crate) struct UnderWay(Mutex<Entries>);

type Entries = HashMap<(Tenant, String), Entry>;

struct Entry {
    order: Order,
    work: Work,
}

enum Work {
    /// Has one answer, which any number of requests can have.
    Whole(WeakShared<BoxFuture<'static, Outcome>>),
    /// Has one reader: what was sent already is not kept for a second.
    Stream(Weak<()>),
}

impl Work {
    fn is_under_way(&self) -> bool {
        match self {
            Self::Whole(work) => work.upgrade().is_some_and(|work| work.peek().is_none()),
            Self::Stream(claim) => claim.strong_count() > 0,
        }
    }
}

/// Keeps a key in use for as long as it lives.
pub(crate) struct Claim {
    _entry: Arc<()>,
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
    /// [`ApiError`] when the key is too long, in use for another order, or `start` fails.
    pub(crate) fn join(
        &self,
        key: &str,
        order: Order,
        start: impl FnOnce(Order) -> Result<BoxFuture<'static, Outcome>, ApiError>,
    ) -> Result<SharedWork, ApiError> {
        let (mut entries, key) = self.look_up(key, &order)?;
        if let Some(Entry { work: Work::Whole(work), .. }) = entries.get(&key)
            && let Some(work) = work.upgrade()
        {
            return Ok(work);
        }
        let work = start(order.clone())?.shared();
        if let Some(weak) = work.downgrade() {
            keep(&mut entries, key, Entry { order, work: Work::Whole(weak) });
        }
        Ok(work)
    }

    /// Takes the key for a stream of `order`.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when the key is too long, or in use for another order or another stream.
    pub(crate) fn claim(&self, key: &str, order: &Order) -> Result<Claim, ApiError> {
        let (mut entries, key) = self.look_up(key, order)?;
        if entries.contains_key(&key) {
            return Err(ApiError::idempotency_key_in_use());
        }
        let claim = Arc::new(());
        let work = Work::Stream(Arc::downgrade(&claim));
        keep(&mut entries, key, Entry { order: order.clone(), work });
        Ok(Claim { _entry: claim })
    }

    /// All entries that are under way, of which the one of `key` is for an equal order.
    fn look_up(
        &self,
        key: &str,
        order: &Order,
    ) -> Result<(MutexGuard<'_, Entries>, (Tenant, String)), ApiError> {
        if key.len() > MAX_KEY_BYTES {
            return Err(ErrorObject::text_too_long("Idempotency-Key", MAX_KEY_BYTES).into());
        }
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Finished and abandoned work is of no use; this also frees its pictures.
        entries.retain(|_, entry| entry.work.is_under_way());
        // Keys are the caller's own: another tenant's is another key.
        let key = (order.tenant.clone(), key.to_owned());
        match entries.get(&key) {
            Some(entry) if entry.order != *order => Err(ApiError::idempotency_key_reused()),
            _ => Ok((entries, key)),
        }
    }
}

fn keep(entries: &mut Entries, key: (Tenant, String), entry: Entry) {
    if entries.len() < MAX_KEYS {
        entries.insert(key, entry);
    }
}

/// The seed of requests of this key that name none: a request that is sent again brings the same
/// images, whenever that is.
pub(crate) fn seed(tenant: &Tenant, key: &str) -> Seed {
    let digest = Sha256::new().chain_update(tenant.as_str()).chain_update([0]).chain_update(key);
    let mut bits = [0; 8];
    bits.copy_from_slice(&digest.finalize()[..8]);
    Seed::from_bits(u64::from_le_bytes(bits))
}
