//! The memory that images take until their callers have read them.
//!
//! An answer of ten images has twenty megabytes of Base64, and a caller may read it as slowly as it
//! likes, as long as it goes on. So what was made and not read is counted, in all and for each
//! tenant, and where there is too much of it nothing more is made. Nobody is cut off for it: the
//! bytes are there, and slow callers are seldom at fault.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use variata_dispatch::Tenant;

use crate::ApiError;
use crate::error::Overload;

/// What is not read yet, and how much of it there may be.
#[derive(Debug)]
pub(crate) struct Unread {
    limit_bytes: u64,
    held: Mutex<Held>,
}

/// A tenant is here only while it has something to read.
#[derive(Debug, Default)]
struct Held {
    bytes: u64,
    of_tenants: HashMap<Tenant, u64>,
}

/// Counts some bytes for as long as anybody has them.
struct Counted {
    bytes: Bytes,
    tenant: Tenant,
    unread: Arc<Unread>,
}

impl Unread {
    /// Nothing yet, of at most so many bytes.
    pub(crate) fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, held: Mutex::default() }
    }

    /// Whether more may be made for `tenant`.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when there is too much that was not read, of all or of this tenant's, who may
    /// have three quarters of it: the rest is always there for somebody else.
    pub(crate) fn admit(&self, tenant: &Tenant) -> Result<(), ApiError> {
        let held = self.held();
        let own = held.of_tenants.get(tenant).copied().unwrap_or_default();
        if held.bytes >= self.limit_bytes || own >= self.limit_bytes / 4 * 3 {
            return Err(ApiError::overloaded(Overload::Passing { wait: WAIT }));
        }
        Ok(())
    }

    /// The same bytes, counted until the last part of them is dropped.
    pub(crate) fn count(self: &Arc<Self>, tenant: &Tenant, bytes: Bytes) -> Bytes {
        self.held().add(tenant, bytes.len() as u64);
        Bytes::from_owner(Counted { bytes, tenant: tenant.clone(), unread: Arc::clone(self) })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When to come back; most callers have read all of theirs by then.
const WAIT: Duration = Duration::from_secs(5);

impl Held {
    fn add(&mut self, tenant: &Tenant, bytes: u64) {
        self.bytes += bytes;
        *self.of_tenants.entry(tenant.clone()).or_default() += bytes;
    }

    fn subtract(&mut self, tenant: &Tenant, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(own) = self.of_tenants.get_mut(tenant) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                self.of_tenants.remove(tenant);
            }
        }
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.unread.held().subtract(&self.tenant, self.bytes.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_until_the_last_part_of_them_is_gone() {
        let unread = Arc::new(Unread::new(100));
        let (one, other) = (Tenant::new("one"), Tenant::new("other"));
        let bytes = unread.count(&one, Bytes::from(vec![7; 90]));
        assert!(unread.admit(&one).is_err(), "a tenant has no more than three quarters");
        assert!(unread.admit(&other).is_ok());
        let part = bytes.slice(..10);
        let more = unread.count(&other, Bytes::from(vec![7; 10]));
        assert!(unread.admit(&other).is_err(), "there is no more than the limit in all");
        drop((bytes, more));
        assert!(unread.admit(&one).is_err());
        drop(part);
        assert!(unread.admit(&one).is_ok());
        assert!(unread.held().of_tenants.is_empty());
    }
}
