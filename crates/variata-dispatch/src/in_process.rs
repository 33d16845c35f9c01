//! Jobs on the threads of this process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rayon::{ThreadPool, ThreadPoolBuilder};
use thiserror::Error;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::admission::Admission;
use crate::fair_queue::FairQueue;
use crate::run::{Call, run};
use crate::{
    BoxFuture, DispatchError, Dispatcher, Event, Events, Job, JobError, Limits, Load, Tenant,
};

/// Room in a job's channel for news that may be missed.
const NEWS_EVENTS: usize = 4;

/// Address space for a compute thread. A thread that waits for the others of its job may take up
/// another job meanwhile, on the same stack.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Why no dispatcher was started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// With these limits nothing would ever be admitted.
    #[error("a capacity of 0 images admits no job: give at least 1")]
    NoCapacity,
    /// The system gave no threads.
    #[error("cannot start the compute threads: {0}")]
    Threads(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Runs jobs on a pool of threads of its own.
pub struct InProcess {
    shared: Arc<Shared>,
}

impl InProcess {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// [`StartError`]
    pub fn start(limits: Limits) -> Result<Self, StartError> {
        if limits.largest_job_images() == 0 {
            return Err(StartError::NoCapacity);
        }
        let panicked_jobs = Arc::new(AtomicU64::new(0));
        let stray_panics = Arc::clone(&panicked_jobs);
        let pool = ThreadPoolBuilder::new()
            .num_threads(limits.threads.get())
            .stack_size(STACK_BYTES)
            .thread_name(|index| format!("compute-{index}"))
            // Work that an engine detached and that nobody waits for: without this, its panic
            // would end the process.
            .panic_handler(move |_| {
                stray_panics.fetch_add(1, Ordering::Relaxed);
            })
            .build()
            .map_err(|error| StartError::Threads(Box::new(error)))?;
        let state = Mutex::new(State::new(limits));
        let shared = Shared { limits, pool, state, ended: Notify::new(), panicked_jobs };
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl Dispatcher for InProcess {
    fn submit(&self, job: Job) -> BoxFuture<'_, Result<Events, DispatchError>> {
        Box::pin(async move { Shared::submit(&self.shared, job) })
    }

    fn would_admit(&self, images: u32) -> Result<(), DispatchError> {
        self.shared.state().admission.check(images)
    }

    fn load(&self) -> Load {
        self.shared.load()
    }

    fn drain(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.shared.state().admission.close();
            loop {
                // Listens before it looks, so that no end is missed in between.
                let ended = self.shared.ended.notified();
                if self.shared.state().is_idle() {
                    return;
                }
                ended.await;
            }
        })
    }

    fn abort(&self) {
        self.shared.abort();
    }
}

/// A job that waits for its turn.
struct Ticket {
    id: u64,
    job: Job,
    news: mpsc::Sender<Event>,
    outcome: oneshot::Sender<Result<(), JobError>>,
}

struct State {
    admission: Admission,
    queue: FairQueue<Ticket>,
    /// By the jobs' ids, how to stop them.
    running: HashMap<u64, Arc<AtomicBool>>,
    next_id: u64,
}

impl State {
    fn new(limits: Limits) -> Self {
        let admission = Admission::new(limits);
        Self { admission, queue: FairQueue::new(), running: HashMap::new(), next_id: 0 }
    }

    fn is_idle(&self) -> bool {
        self.running.is_empty() && self.queue.jobs() == 0
    }
}

struct Shared {
    limits: Limits,
    pool: ThreadPool,
    state: Mutex<State>,
    /// Told whenever a job has ended.
    ended: Notify,
    panicked_jobs: Arc<AtomicU64>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(shared: &Arc<Self>, job: Job) -> Result<Events, DispatchError> {
        let images = job.spec.count.get();
        let (news, receiver) = mpsc::channel(shared.reserved_events(images) + NEWS_EVENTS);
        let (outcome, ended) = oneshot::channel();
        let id = {
            let mut state = shared.state();
            state.admission.admit(&job.tenant, images)?;
            let id = state.next_id;
            state.next_id += 1;
            let tenant = job.tenant.clone();
            state.queue.push(tenant, id, images, Ticket { id, job, news, outcome });
            id
        };
        Self::start_waiting(shared);
        let canceller = Arc::clone(shared);
        Ok(Events::new(images, receiver, ended, move || canceller.cancel(id)))
    }

    /// Gives free places to those whose turn it is.
    fn start_waiting(shared: &Arc<Self>) {
        while let Some((ticket, stop)) = shared.next_to_run() {
            let place = Place::new(shared, &ticket);
            shared.pool.spawn(move || place.run(ticket, stop));
        }
    }

    fn next_to_run(&self) -> Option<(Ticket, Arc<AtomicBool>)> {
        let mut state = self.state();
        if state.running.len() >= self.limits.running_jobs.get() {
            return None;
        }
        let ticket = state.queue.pop()?;
        let stop = Arc::new(AtomicBool::new(false));
        state.running.insert(ticket.id, Arc::clone(&stop));
        Some((ticket, stop))
    }

    /// Drops the job if it waits, and tells it to stop if it runs.
    fn cancel(&self, id: u64) {
        let dropped = {
            let mut state = self.state();
            if let Some(stop) = state.running.get(&id) {
                stop.store(true, Ordering::Relaxed);
            }
            let dropped = state.queue.remove(id);
            if let Some(ticket) = &dropped {
                state.admission.release(&ticket.job.tenant, ticket.job.spec.count.get());
            }
            dropped
        };
        if dropped.is_some() {
            self.ended.notify_waiters();
        }
    }

    fn abort(&self) {
        let dropped = {
            let mut state = self.state();
            state.admission.close();
            for stop in state.running.values() {
                stop.store(true, Ordering::Relaxed);
            }
            let dropped = state.queue.drain();
            for ticket in &dropped {
                state.admission.release(&ticket.job.tenant, ticket.job.spec.count.get());
            }
            dropped
        };
        // Their receivers hear that the other end is gone.
        drop(dropped);
        self.ended.notify_waiters();
    }

    fn load(&self) -> Load {
        let state = self.state();
        let queued_images = state.queue.images();
        Load {
            queued_images,
            queued_jobs: state.queue.jobs(),
            running_images: state.admission.held_images().saturating_sub(queued_images),
            running_jobs: u32::try_from(state.running.len()).unwrap_or(u32::MAX),
            capacity_images: self.limits.capacity_images,
            panicked_jobs: self.panicked_jobs.load(Ordering::Relaxed),
        }
    }

    fn reserved_events(&self, images: u32) -> usize {
        self.limits.buffered_images.get().min(images as usize)
    }
}

/// One of the places for running jobs; free again when dropped, whatever happens.
struct Place {
    shared: Arc<Shared>,
    id: u64,
    tenant: Tenant,
    images: u32,
    finished_images: AtomicU32,
    started: Instant,
}

impl Place {
    fn new(shared: &Arc<Shared>, ticket: &Ticket) -> Self {
        Self {
            shared: Arc::clone(shared),
            id: ticket.id,
            tenant: ticket.job.tenant.clone(),
            images: ticket.job.spec.count.get(),
            finished_images: AtomicU32::new(0),
            started: Instant::now(),
        }
    }

    fn run(self, ticket: Ticket, stop: Arc<AtomicBool>) {
        let Ticket { job, news, outcome, id: _ } = ticket;
        let result = run(Call {
            job,
            news,
            stop,
            patience: self.shared.limits.patience,
            reserved_events: self.shared.reserved_events(self.images),
            on_finished: &|| self.release_one(),
        });
        if matches!(result, Err(JobError::Panicked { .. })) {
            self.shared.panicked_jobs.fetch_add(1, Ordering::Relaxed);
        }
        // The caller of a job that is over finds its place free.
        drop(self);
        // A caller who left does not hear of the end.
        let _ = outcome.send(result);
    }

    /// Makes room as soon as an image is finished, not only when all are.
    fn release_one(&self) {
        self.finished_images.fetch_add(1, Ordering::Relaxed);
        self.shared.state().admission.release(&self.tenant, 1);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let finished = self.finished_images.load(Ordering::Relaxed);
        {
            let mut state = self.shared.state();
            let running_jobs = state.running.len();
            state.running.remove(&self.id);
            state.admission.release(&self.tenant, self.images.saturating_sub(finished));
            state.admission.pace.learn(finished, self.started.elapsed(), running_jobs);
        }
        self.shared.ended.notify_waiters();
        Shared::start_waiting(&self.shared);
    }
}
