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

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue in which `lanes` of a tenant's name and its jobs' costs wait.
    fn queue_of(lanes: &[(&'static str, u32, usize)]) -> FairQueue<(&'static str, u32)> {
        let mut queue = FairQueue::new();
        let mut id = 0;
        for &(tenant, images, jobs) in lanes {
            for _ in 0..jobs {
                queue.push(Tenant::new(tenant), id, images, (tenant, images));
                id += 1;
            }
        }
        queue
    }

    #[test]
    fn tenants_get_equal_shares_whatever_their_jobs_cost() {
        let mut queue = queue_of(&[("ones", 1, 500), ("tens", 10, 50), ("sevens", 7, 72)]);
        let mut served = std::collections::HashMap::from([("ones", 0), ("tens", 0), ("sevens", 0)]);
        for _ in 0..400 {
            let (tenant, images) = queue.pop().unwrap();
            *served.get_mut(tenant).unwrap() += images;
            let most = served.values().max().unwrap();
            let least = served.values().min().unwrap();
            assert!(most - least <= 10, "the shares are {served:?}");
        }
    }

    #[test]
    fn everything_that_is_pushed_comes_out_once() {
        let mut queue = queue_of(&[("a", 3, 4), ("b", 1, 2), ("c", 1000, 1)]);
        assert_eq!((queue.jobs(), queue.images()), (7, 1014));
        let mut popped = 0;
        while queue.pop().is_some() {
            popped += 1;
        }
        assert_eq!((popped, queue.jobs(), queue.images()), (7, 0, 0));
    }

    #[test]
    fn what_is_removed_is_gone_and_its_tenant_with_the_last_of_it() {
        let mut queue = queue_of(&[("a", 5, 2), ("b", 1, 1)]);
        assert_eq!(queue.remove(0), Some(("a", 5)));
        assert_eq!(queue.remove(0), None);
        assert_eq!(queue.remove(1), Some(("a", 5)));
        assert_eq!(queue.ring.len(), 1);
        assert_eq!(queue.drain(), [("b", 1)]);
        assert!(queue.pop().is_none());
    }

    #[test]
    fn credit_for_a_removed_job_serves_the_next_one_and_is_spent() {
        let mut queue = queue_of(&[("a", 10, 1), ("a", 1, 3), ("b", 1, 9)]);
        for _ in 0..9 {
            assert_eq!(queue.pop(), Some(("b", 1)));
        }
        queue.remove(0);
        for _ in 0..3 {
            assert_eq!(queue.pop(), Some(("a", 1)));
        }
        assert!(queue.pop().is_none());
    }
}
