//! Who is served next.
//!
//! Between callers who all want pictures at once and an engine that wants a whole processor stands
//! one [`Dispatcher`]: it admits a [`Job`] or turns it away at once, lets callers take turns, runs
//! the work where it may take its time, and hands each picture over as soon as it is finished. The
//! crate knows nothing of HTTP, of OpenAI's JSON or of any one engine.
//!
//! # Promises
//!
//! * **One admission point, counted in images.** A job of ten variations costs ten. What does not
//!   fit is refused at once, with an estimate of when it would.
//! * **Fair between tenants.** Tenants with work waiting take turns by images, not by jobs, and
//!   none may fill the whole queue.
//! * **Bounded memory.** A job yields finished pictures only as fast as its caller takes them; a
//!   caller who takes none for [`Limits::patience`] loses the job.
//! * **Nobody works for nobody.** Dropping [`Events`] removes a waiting job at once and stops a
//!   running one at its next step.
//! * **A panic costs one job.** It ends that job with [`JobError::Panicked`] and nothing else.
//! * **Asynchronous threads never compute.** Reading, varying and writing pictures all happens on
//!   one pool of threads.
#![forbid(unsafe_code)]

mod admission;
mod deliver;
mod dispatcher;
mod event;
mod fair_queue;
mod in_process;
mod job;
mod limits;
mod pace;
mod run;

pub use dispatcher::{BoxFuture, DispatchError, Dispatcher, Load};
pub use event::{Event, Events, Finished, JobError};
pub use in_process::{InProcess, StartError};
pub use job::{BoxError, Codec, Job, Tenant};
pub use limits::Limits;
