//! `scheduler_config.json`.

use serde::Deserialize;

use super::ddim::Ddim;
use super::dpm::Dpm;
use super::pndm::Pndm;
use super::unipc::{UniPc, Variant};
use super::{Alphas, Prediction, Sampler};

/// The configuration of a scheduler; what is not in the file has the defaults of diffusers, which
/// differ from class to class.
#[derive(Debug, Clone, Deserialize)]
pub struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    class_name: String,
    #[serde(default = "default_train_timesteps")]
    num_train_timesteps: usize,
    #[serde(default = "default_beta_start")]
    beta_start: f64,
    #[serde(default = "default_beta_end")]
    beta_end: f64,
    #[serde(default)]
    beta_schedule: BetaSchedule,
    #[serde(default)]
    trained_betas: Option<Vec<f64>>,
    #[serde(default)]
    prediction_type: Prediction,
    #[serde(default)]
    timestep_spacing: Option<Spacing>,
    #[serde(default)]
    steps_offset: usize,
    #[serde(default)]
    set_alpha_to_one: Option<bool>,
    #[serde(default)]
    clip_sample: Option<bool>,
    #[serde(default)]
    clip_sample_range: Option<f64>,
    #[serde(default)]
    final_sigmas_type: Option<FinalSigmas>,
    #[serde(default)]
    thresholding: bool,
    #[serde(default)]
    rescale_betas_zero_snr: bool,
    #[serde(default)]
    lower_order_final: Option<bool>,
    #[serde(default)]
    solver_order: Option<usize>,
    #[serde(default)]
    solver_type: SolverType,
}

fn default_train_timesteps() -> usize {
    1000
}

fn default_beta_start() -> f64 {
    0.0001
}

fn default_beta_end() -> f64 {
    0.02
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BetaSchedule {
    #[default]
    Linear,
    ScaledLinear,
    #[serde(rename = "squaredcos_cap_v2")]
    Cosine,
}

/// How the times of a run are spread over those of the training (Lin et al., 2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Spacing {
    Linspace,
    Leading,
    Trailing,
}

/// What solvers differ in beside their order; the names are of several methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SolverType {
    Bh1,
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FinalSigmas {
    Zero,
    SigmaMin,
}

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// From noise to latents, at least 1.
    pub count: usize,
    /// How many of the first are left out, for runs that start from a noisy picture; fewer than
    /// `count`.
    pub skipped: usize,
}

/// More times than any network was trained for.
const MAX_TRAIN_TIMESTEPS: usize = 100_000;

/// Schedulers whose networks any of the samplers here can be used with: they differ in how they
/// step, not in what they step through.
const SOLVED_BY_DPM: [&str; 8] = [
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "DEISMultistepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "HeunDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "LMSDiscreteScheduler",
];
const UNIPC: &str = "UniPCMultistepScheduler";

impl SchedulerConfig {
    /// What this engine cannot do with the scheduler, if anything.
    pub fn fault(&self) -> Option<String> {
        let class = self.class_name.as_str();
        if !["PNDMScheduler", "DDIMScheduler", "DDPMScheduler", UNIPC].contains(&class)
            && !SOLVED_BY_DPM.contains(&class)
        {
            return Some(format!(
                "the scheduler {class:?} is not known here: expected PNDMScheduler, DDIMScheduler, DPMSolverMultistepScheduler or UniPCMultistepScheduler"
            ));
        }
        if self.trained_betas.is_some() || self.thresholding || self.rescale_betas_zero_snr {
            return Some(
                "trained_betas, thresholding and rescale_betas_zero_snr are not known here".into(),
            );
        }
        let betas =
            0.0 < self.beta_start && self.beta_start <= self.beta_end && self.beta_end < 1.0;
        let times = (2..=MAX_TRAIN_TIMESTEPS).contains(&self.num_train_timesteps);
        (!betas || !times || self.steps_offset > 1).then(|| {
            "beta_start, beta_end, num_train_timesteps or steps_offset is out of range".into()
        })
    }

    /// The most steps that make sense.
    pub fn train_timesteps(&self) -> usize {
        self.num_train_timesteps
    }

    /// Starts a run.
    pub fn sampler(&self, steps: Steps) -> Box<dyn Sampler> {
        let count = steps.count.clamp(1, self.num_train_timesteps - 1);
        let steps = Steps { count, skipped: steps.skipped.min(count - 1) };
        let alphas = self.alphas();
        match self.class_name.as_str() {
            "PNDMScheduler" => self.pndm(alphas, steps),
            "DDIMScheduler" | "DDPMScheduler" => self.ddim(alphas, steps),
            UNIPC => self.unipc(&alphas, steps),
            _ => self.dpm(&alphas, steps),
        }
    }

    fn pndm(&self, alphas: Alphas, steps: Steps) -> Box<dyn Sampler> {
        let spacing = self.timestep_spacing.unwrap_or(Spacing::Leading);
        let times = self.times(spacing, steps);
        let last = self.last_alpha(&alphas, false);
        let stride = self.num_train_timesteps / steps.count;
        Box::new(Pndm::new((alphas, last), self.prediction_type, times, stride))
    }

    fn ddim(&self, alphas: Alphas, steps: Steps) -> Box<dyn Sampler> {
        let spacing = self.timestep_spacing.unwrap_or(Spacing::Leading);
        let times = self.times(spacing, steps);
        let last = self.last_alpha(&alphas, true);
        let stride = self.num_train_timesteps / steps.count;
        let clip = self.clip_sample.unwrap_or(true);
        let clip = clip.then(|| self.clip_sample_range.unwrap_or(1.0));
        Box::new(Ddim::new((alphas, last), self.prediction_type, (times, stride), clip))
    }

    fn dpm(&self, alphas: &Alphas, steps: Steps) -> Box<dyn Sampler> {
        let is_dpm = self.class_name.starts_with("DPMSolver");
        let default = if is_dpm { Spacing::Linspace } else { Spacing::Leading };
        let times = self.dpm_times(self.timestep_spacing.unwrap_or(default), steps);
        let last_sigma = self.last_sigma(alphas);
        let lower_order_final = self.lower_order_final.unwrap_or(true);
        let ends_low = last_sigma == 0.0 || lower_order_final && steps.count < 15;
        Box::new(Dpm::new(alphas, self.prediction_type, times, (last_sigma, ends_low)))
    }

    fn unipc(&self, alphas: &Alphas, steps: Steps) -> Box<dyn Sampler> {
        let spacing = self.timestep_spacing.unwrap_or(Spacing::Linspace);
        let times = self.dpm_times(spacing, steps);
        let last_sigma = self.last_sigma(alphas);
        let variant = Variant {
            order: self.solver_order.unwrap_or(2).clamp(1, 2),
            // A step to where there is no noise is infinitely long; nothing can be said of its end.
            ends_low: last_sigma == 0.0 || self.lower_order_final.unwrap_or(true),
            is_first_kind: self.solver_type == SolverType::Bh1,
        };
        Box::new(UniPc::new(alphas, self.prediction_type, times, (last_sigma, variant)))
    }

    /// The noise that is left after the last step, relative to the picture.
    fn last_sigma(&self, alphas: &Alphas) -> f64 {
        if self.final_sigmas_type == Some(FinalSigmas::SigmaMin) { alphas.sigma(0) } else { 0.0 }
    }

    /// What is left of the picture at each time of the training.
    pub(crate) fn alphas(&self) -> Alphas {
        let count = self.num_train_timesteps;
        let mut product = 1.0;
        let left = |at| {
            product *= 1.0 - self.beta(at, count);
            product
        };
        Alphas((0..count).map(left).collect())
    }

    /// How much noise is added at one time.
    fn beta(&self, at: usize, count: usize) -> f64 {
        let share = at as f64 / (count - 1) as f64;
        match self.beta_schedule {
            BetaSchedule::Linear => self.beta_start + (self.beta_end - self.beta_start) * share,
            BetaSchedule::ScaledLinear => {
                let (start, end) = (self.beta_start.sqrt(), self.beta_end.sqrt());
                let root = start + (end - start) * share;
                root * root
            }
            // Nichol and Dhariwal, 2021.
            BetaSchedule::Cosine => {
                let left = |time: f64| {
                    let cosine = libm::cos((time + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2);
                    cosine * cosine
                };
                let (now, next) = (at as f64 / count as f64, (at + 1) as f64 / count as f64);
                (1.0 - left(next) / left(now)).min(0.999)
            }
        }
    }

    /// What is left of the picture after the last step.
    fn last_alpha(&self, alphas: &Alphas, default: bool) -> f64 {
        if self.set_alpha_to_one.unwrap_or(default) { 1.0 } else { alphas.at(0) }
    }

    /// The times of a run, latest first.
    fn times(&self, spacing: Spacing, steps: Steps) -> Vec<usize> {
        let (all, count) = (self.num_train_timesteps, steps.count);
        let last = all - 1;
        let mut times: Vec<usize> = match spacing {
            Spacing::Linspace => {
                let gap = last as f64 / (count - 1).max(1) as f64;
                (0..count).rev().map(|at| rounded(at as f64 * gap)).collect()
            }
            Spacing::Leading => {
                let gap = all / count;
                (0..count).rev().map(|at| at * gap + self.steps_offset).collect()
            }
            Spacing::Trailing => {
                let gap = all as f64 / count as f64;
                (0..count)
                    .map(|at| rounded(all as f64 - at as f64 * gap).saturating_sub(1))
                    .collect()
            }
        };
        times.iter_mut().for_each(|time| *time = (*time).min(last));
        times.split_off(steps.skipped)
    }

    /// The same for solvers that count the end as a time of its own.
    fn dpm_times(&self, spacing: Spacing, steps: Steps) -> Vec<usize> {
        if spacing == Spacing::Trailing {
            return self.times(spacing, steps);
        }
        let mut times = self.times(spacing, Steps { count: steps.count + 1, skipped: 0 });
        times.pop();
        times.split_off(steps.skipped)
    }
}

/// To the nearest whole number, and to the even one from the middle, as NumPy does.
fn rounded(value: f64) -> usize {
    value.round_ties_even().max(0.0) as usize
}
