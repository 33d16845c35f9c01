//! What a run will do, settled before anything is computed.
//!
//! Everything that can be known from the arguments and the names of files is checked here: a run
//! that would lose a file, or write two results to one, does not start.

use std::path::PathBuf;

use variata_core::{Seed, VariationSpec};
use variata_image::Fit;

use super::args::VaryArgs;
use super::inputs::Inputs;
use super::job::Job;
use super::outputs::{OutputNames, belongs_to, make_folder, refuse_collisions, refuse_existing};
use super::replay;
use super::sheet::Sheet;
use crate::fault::Fault;

/// What a run will do.
#[derive(Debug)]
pub(super) struct Plan {
    /// One a picture, in order.
    pub(super) jobs: Vec<Job>,
    /// Arguments that led to no job.
    pub(super) faults: Vec<Fault>,
    /// What the user should know.
    pub(super) hints: Vec<String>,
    /// The contact sheet, if one was asked for.
    pub(super) sheet: Option<Sheet>,
}

impl Plan {
    /// Resolves `args` for the engine of the name `engine_id`.
    ///
    /// # Errors
    ///
    /// When the run as a whole cannot be; what is wrong with one input alone is in
    /// [`Plan::faults`].
    pub(super) fn new(args: &VaryArgs, engine_id: &str) -> Result<Self, Fault> {
        let mut plan = match &args.replay {
            Some(file) => Self::of_jobs(vec![replay::job(file, args, engine_id)?]),
            None => Self::of_images(args)?,
        };
        plan.settle_outputs(args)?;
        plan.sheet = plan.settle_sheet(args)?;
        Ok(plan)
    }

    /// How many variations the run makes.
    pub(super) fn pictures(&self) -> u64 {
        self.jobs.iter().map(|job| u64::from(job.spec.count.get())).sum()
    }

    /// The most variations of one input.
    pub(super) fn largest_count(&self) -> u32 {
        self.jobs.iter().map(|job| job.spec.count.get()).max().unwrap_or(0)
    }

    fn of_jobs(jobs: Vec<Job>) -> Self {
        Self { jobs, faults: Vec::new(), hints: Vec::new(), sheet: None }
    }

    fn of_images(args: &VaryArgs) -> Result<Self, Fault> {
        let Inputs { paths, faults, own_results } = Inputs::resolve(&args.images);
        let seed = args.seed.map_or_else(random_seed, Ok)?;
        let spec =
            VariationSpec { count: args.count, size: args.size, seed, strength: args.strength };
        let job = |input: PathBuf| Job {
            names: OutputNames::new(&input, args.output.as_deref(), args.format),
            input,
            fit: args.fit.map(Fit::from),
            spec,
            format: args.format,
            replay: None,
        };
        let mut plan = Self::of_jobs(paths.into_iter().map(job).collect());
        plan.faults = faults;
        if own_results > 0 {
            let pictures = if own_results == 1 { "picture" } else { "pictures" };
            plan.hints.push(format!(
                "{own_results} {pictures} that variata made left out; name them to vary them"
            ));
        }
        Ok(plan)
    }

    /// Refuses results that would be lost, drops the jobs whose results exist, and makes folders.
    fn settle_outputs(&mut self, args: &VaryArgs) -> Result<(), Fault> {
        refuse_collisions(&self.jobs)?;
        if !args.force {
            for job in std::mem::take(&mut self.jobs) {
                match job.names.refuse_existing(&job.spec) {
                    Ok(()) => self.jobs.push(job),
                    Err(fault) => self.faults.push(fault),
                }
            }
        }
        match &args.output {
            Some(folder) if !self.jobs.is_empty() => make_folder(folder),
            _ => Ok(()),
        }
    }

    fn settle_sheet(&self, args: &VaryArgs) -> Result<Option<Sheet>, Fault> {
        let Some(path) = args.sheet.as_deref().filter(|_| !self.jobs.is_empty()) else {
            return Ok(None);
        };
        if self.jobs.iter().any(|job| belongs_to(path, job)) {
            return Err(Fault::usage(
                path.display(),
                "the sheet would replace a picture of this run",
            ));
        }
        if !args.force {
            refuse_existing(path)?;
        }
        Sheet::new(path, self.jobs.len(), self.largest_count()).map(Some)
    }
}

/// 32 random bits: short enough to be read and typed. Two single pictures meet once in four
/// thousand million runs, and then the second run stops and says so.
fn random_seed() -> Result<Seed, Fault> {
    let bits = getrandom::u32().map_err(|error| Fault::usage("--seed", error))?;
    Ok(Seed::from_bits(u64::from(bits)))
}
