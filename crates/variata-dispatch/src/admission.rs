//! Who is let in: the one place that counts images.
//!
//! An image is counted from its job's admission until it is finished, so that waiting and running
//! work share one limit.

use std::collections::HashMap;
use std::time::Instant;

use crate::pace::Pace;
use crate::{DispatchError, Limits, Tenant};

/// The images that are admitted and not finished.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: Limits,
    held_images: u32,
    /// The same by tenant; those who hold none are not listed, so that the list is bounded.
    held_by_tenant: HashMap<Tenant, u32>,
    closed: bool,
    pub(crate) pace: Pace,
}

impl Admission {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            held_images: 0,
            held_by_tenant: HashMap::new(),
            closed: false,
            pace: Pace::default(),
        }
    }

    /// Whether anybody could get `images` in now.
    pub(crate) fn check(&mut self, images: u32) -> Result<(), DispatchError> {
        if self.closed {
            return Err(DispatchError::Draining);
        }
        let limit_images = self.limits.largest_job_images();
        if images > limit_images {
            return Err(DispatchError::TooLarge { images, limit_images });
        }
        self.check_room(self.held_images, images, self.limits.capacity_images)
    }

    /// Lets `images` of `tenant` in.
    pub(crate) fn admit(&mut self, tenant: &Tenant, images: u32) -> Result<(), DispatchError> {
        self.check(images)?;
        let held = self.held_by_tenant.get(tenant).copied().unwrap_or_default();
        self.check_room(held, images, self.limits.tenant_capacity_images)?;
        self.held_images += images;
        self.held_by_tenant.insert(tenant.clone(), held + images);
        Ok(())
    }

    /// Forgets `images` of `tenant`, which are finished or never will be.
    pub(crate) fn release(&mut self, tenant: &Tenant, images: u32) {
        self.held_images = self.held_images.saturating_sub(images);
        if let Some(held) = self.held_by_tenant.get_mut(tenant) {
            *held = held.saturating_sub(images);
            if *held == 0 {
                self.held_by_tenant.remove(tenant);
            }
        }
    }

    /// Lets nobody in any more.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    pub(crate) fn held_images(&self) -> u32 {
        self.held_images
    }

    fn check_room(&mut self, held: u32, images: u32, capacity: u32) -> Result<(), DispatchError> {
        match held.saturating_add(images).saturating_sub(capacity) {
            0 => Ok(()),
            excess => {
                let retry_after = self.pace.appoint(excess, Instant::now());
                Err(DispatchError::Overloaded { retry_after })
            }
        }
    }
}
