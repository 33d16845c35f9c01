//! `variata vary`: variations of pictures, into files.
//!
//! A run has three steps. [`plan`] resolves the arguments into jobs and refuses what could lose a
//! file, [`job`] does one input, and [`Run`] drives the jobs, two at a time, and sums up. The rest
//! is one module a noun.

mod args;
mod canvas;
mod console;
mod digits;
mod encoder;
mod inputs;
mod job;
mod mosaic;
mod outputs;
mod plan;
mod replay;
mod report;
mod server;
mod sheet;
mod show;
mod source;
mod turns;
mod writer;

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rayon::ThreadPool;
use variata_core::Engine;
use variata_image::Overwrite;

use self::console::Console;
use self::mosaic::Group;
use self::plan::Plan;
use self::server::Server;
use self::sheet::Sheet;
use self::show::View;
use self::turns::Turns;
use crate::engines::{self, EMBEDDED};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::interrupt::Interrupt;

pub(crate) use self::args::VaryArgs;

/// Does what `args` ask for and says how it ended.
pub(crate) fn run(args: &VaryArgs) -> Exit {
    let done = engine(args).and_then(|engine| {
        let plan = Plan::new(args, engine.id())?;
        Ok(Run::new(args, &plan, &*engine)?.all(&plan))
    });
    done.unwrap_or_else(|fault| {
        Console::new(0).fault(&fault);
        fault.exit()
    })
}

fn engine(args: &VaryArgs) -> Result<Arc<dyn Engine>, Fault> {
    if args.server.is_some() && args.engine != EMBEDDED {
        let reason = "a server varies by an engine of its own";
        let fault = Fault::usage(format_args!("--engine {}", args.engine), reason);
        return Err(fault.with_hint("leave out --engine or --server"));
    }
    engines::open(&args.engine, args.simd.into(), &args.neural)
}

/// What all jobs of a run share.
struct Run<'a> {
    engine: &'a dyn Engine,
    pool: ThreadPool,
    /// Who makes the variations instead of the engine here.
    server: Option<Server>,
    console: Console,
    interrupt: Interrupt,
    overwrite: Overwrite,
    json: bool,
    sheet: Option<Sheet>,
    view: Option<View>,
    /// How many inputs are under way at once.
    lanes: usize,
    turns: Turns,
    /// How many variations are written.
    finished: AtomicU32,
}

/// How many inputs the embedded engine works on at once: the next is read and measured where one
/// leaves a core idle. Three would only need more memory.
const LANES: usize = 2;

/// How often a wait for others is left to look whether the user asked to stop.
const LOOK_AROUND: Duration = Duration::from_millis(50);

/// How the inputs ended.
#[derive(Default)]
struct Outcome {
    /// How the first input that failed ends the run.
    first: Option<Exit>,
    interrupted: bool,
    groups: Vec<Group>,
}

impl<'a> Run<'a> {
    fn new(args: &VaryArgs, plan: &Plan, engine: &'a dyn Engine) -> Result<Self, Fault> {
        let count = plan.largest_count();
        let run = Self {
            engine,
            pool: thread_pool(args.threads)?,
            server: Server::of(args)?,
            console: Console::new(plan.pictures()),
            interrupt: Interrupt::install()
                .map_err(|error| Fault::internal("the signal handler".as_ref(), error))?,
            overwrite: if args.force { Overwrite::Always } else { Overwrite::Never },
            json: args.json,
            sheet: plan.sheet.clone(),
            view: args.show.then(|| View::new(count)).flatten(),
            // A network fills memory and cores with one input, and a server has its own queue.
            lanes: if args.server.is_none() && args.engine == EMBEDDED { LANES } else { 1 },
            turns: Turns::default(),
            finished: AtomicU32::new(0),
        };
        if args.show && run.view.is_none() {
            run.console
                .hint("--show needs a terminal that is known to show pictures or 24-bit colour");
        }
        Ok(run)
    }

    /// Does every job. A failure leaves the other jobs alone, and the first one decides how the
    /// run ends.
    fn all(&self, plan: &Plan) -> Exit {
        plan.hints.iter().for_each(|hint| self.console.hint(hint));
        plan.faults.iter().for_each(|fault| self.console.fault(fault));
        let first = plan.faults.first().map(Fault::exit);
        let outcome = Mutex::new(Outcome { first, ..Outcome::default() });
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 1..self.lanes.min(plan.jobs.len()) {
                scope.spawn(|| self.work(plan, &next, &outcome));
            }
            self.work(plan, &next, &outcome);
        });
        let Outcome { mut first, interrupted, groups } =
            outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        if interrupted {
            return self.stopped(plan);
        }
        self.console.finish();
        if let Err(fault) = self.write_sheet(&groups) {
            self.failed(&fault, &mut first);
        }
        first.unwrap_or(Exit::Success)
    }

    /// Does jobs until none is left.
    fn work(&self, plan: &Plan, next: &AtomicUsize, outcome: &Mutex<Outcome>) {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = plan.jobs.get(number) else { return };
            let turn = self.turns.take(number);
            let ended = job.run(self, &turn);
            turn.wait();
            let mut outcome: MutexGuard<'_, Outcome> =
                outcome.lock().unwrap_or_else(PoisonError::into_inner);
            match ended {
                Ok(group) => outcome.groups.extend(group),
                Err(fault) if fault.exit() == Exit::Interrupted => outcome.interrupted = true,
                Err(fault) => self.failed(&fault, &mut outcome.first),
            }
        }
    }

    fn failed(&self, fault: &Fault, first: &mut Option<Exit>) {
        self.console.fault(fault);
        first.get_or_insert(fault.exit());
    }

    fn write_sheet(&self, groups: &[Group]) -> Result<(), Fault> {
        match &self.sheet {
            Some(sheet) if !groups.is_empty() => {
                sheet.write(groups, self.overwrite)?;
                self.console.message(format_args!("sheet: {}", sheet.path().display()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn stopped(&self, plan: &Plan) -> Exit {
        self.console.finish();
        let finished = self.finished.load(Ordering::Relaxed);
        let all = plan.pictures();
        self.console
            .message(format_args!("interrupted: {finished} of {all} pictures were finished"));
        Exit::Interrupted
    }
}

fn thread_pool(threads: Option<u16>) -> Result<ThreadPool, Fault> {
    let wanted = threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(wanted).build();
    pool.map_err(|error| Fault::usage(format_args!("--threads {wanted}"), error))
}
