//! The order in which waiting jobs are served: deficit round robin (Shreedhar & Varghese, *Efficient
//! Fair Queuing using Deficit Round Robin*, SIGCOMM 1995) with a quantum of one image.
//!
//! Tenants stand in a ring. Each visit gives a tenant credit for one image, and a tenant whose
//! credit covers its next job spends it and is served. So ten single images go for one job of ten,
//! and a tenant who leaves the ring takes nothing along: only tenants with waiting jobs cost memory.

use std::collections::VecDeque;

use crate::Tenant;

/// Waiting items of type `T`, each with a cost in images, in the order described above.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    ring: VecDeque<Lane<T>>,
}

/// What one tenant waits for; never empty.
#[derive(Debug)]
struct Lane<T> {
    tenant: Tenant,
    credit_images: u32,
    waiting: VecDeque<Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    id: u64,
    images: u32,
    item: T,
}

impl<T> Lane<T> {
    /// How many visits it takes until the next job can be served.
    fn visits_left(&self) -> u32 {
        let cost = self.waiting.front().map_or(0, |waiting| waiting.images);
        // Credit can exceed the cost when a more expensive job was removed, and a job needs at
        // least the visit at which it is served.
        cost.saturating_sub(self.credit_images).max(1)
    }
}

impl<T> FairQueue<T> {
    pub(crate) fn new() -> Self {
        Self { ring: VecDeque::new() }
    }

    /// Adds an item behind all others of its tenant. `id` tells it from every other.
    pub(crate) fn push(&mut self, tenant: Tenant, id: u64, images: u32, item: T) {
        let waiting = Waiting { id, images, item };
        match self.ring.iter_mut().find(|lane| lane.tenant == tenant) {
            Some(lane) => lane.waiting.push_back(waiting),
            None => {
                let waiting = VecDeque::from([waiting]);
                self.ring.push_back(Lane { tenant, credit_images: 0, waiting });
            }
        }
    }

    /// Takes the item whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<T> {
        // All rounds in which nobody can be served are taken in one step.
        let rounds = self.ring.iter().map(Lane::visits_left).min()?;
        for lane in &mut self.ring {
            lane.credit_images += rounds - 1;
        }
        // In the round that remains, everyone up to the one who is served gets a visit.
        let served = self.ring.iter().position(|lane| lane.visits_left() <= 1)?;
        for lane in self.ring.iter_mut().take(served + 1) {
            lane.credit_images += 1;
        }
        self.ring.rotate_left(served);
        let mut lane = self.ring.pop_front()?;
        let next = lane.waiting.pop_front()?;
        lane.credit_images = lane.credit_images.saturating_sub(next.images);
        if !lane.waiting.is_empty() {
            self.ring.push_back(lane);
        }
        Some(next.item)
    }

    /// Takes the item pushed as `id` out of the queue, if it is still there.
    pub(crate) fn remove(&mut self, id: u64) -> Option<T> {
        let found = self.ring.iter().enumerate().find_map(|(at, lane)| {
            let within = lane.waiting.iter().position(|waiting| waiting.id == id)?;
            Some((at, within))
        });
        let (at, within) = found?;
        let lane = self.ring.get_mut(at)?;
        let removed = lane.waiting.remove(within)?;
        if lane.waiting.is_empty() {
            self.ring.remove(at);
        }
        Some(removed.item)
    }

    /// How many items there are.
    pub(crate) fn jobs(&self) -> u32 {
        self.waiting().fold(0, |jobs, _| jobs + 1)
    }

    /// What all items cost.
    pub(crate) fn images(&self) -> u32 {
        self.waiting().map(|waiting| waiting.images).sum()
    }

    fn waiting(&self) -> impl Iterator<Item = &Waiting<T>> {
        self.ring.iter().flat_map(|lane| &lane.waiting)
    }

    /// Takes everything out, in no particular order.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        let lanes = self.ring.drain(..);
        lanes.flat_map(|lane| lane.waiting).map(|waiting| waiting.item).collect()
    }
}
