//! The flags that say how checkpoints are run.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};
use variata_unclip::{Device, Options, Precision};

use super::EMBEDDED;

/// How checkpoints are run.
#[derive(Debug, Clone, Args)]
pub(crate) struct NeuralArgs {
    /// Steps from noise to picture, for engines that take steps [default: 20]
    ///
    /// More take longer, and are finer. Another number is another engine to seeds and records.
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=250),
        env = "VARIATA_STEPS",
        hide_env = true,
        hide_short_help = true,
        help_heading = HEADING
    )]
    steps: Option<u16>,

    /// How checkpoints compute: f32, or f16 or bf16 in half the memory
    ///
    /// f16 is for graphics cards alone. bf16 is faster on processors that multiply it
    /// (AMX, AVX-512-BF16), and slower on others.
    #[arg(
        long,
        value_enum,
        default_value_t,
        env = "VARIATA_PRECISION",
        hide_env = true,
        hide_short_help = true,
        help_heading = HEADING
    )]
    precision: PrecisionChoice,

    /// Where checkpoints run: on the processor, or on a graphics card
    ///
    /// 'cuda' takes a build with that feature and an NVIDIA card, 'metal' the same on a Mac. A seed
    /// makes another picture there, and the device is part of the engine's name.
    #[arg(
        long,
        default_value = Device::Cpu.name(),
        value_parser = PossibleValuesParser::new(Device::ALL.iter().map(|device| device.name()))
            .try_map(|name| name.parse::<Device>()),
        env = "VARIATA_DEVICE",
        hide_env = true,
        hide_short_help = true,
        help_heading = HEADING
    )]
    device: Device,
}

const HEADING: &str = "Checkpoints";

/// How checkpoints compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum PrecisionChoice {
    /// Single precision.
    #[default]
    F32,
    /// Half the memory, on graphics cards.
    F16,
    /// Half the memory, coarser, with the range of f32.
    Bf16,
}

impl NeuralArgs {
    const FLAGS: [&str; 3] = ["steps", "precision", "device"];

    /// Refuses these flags where they were typed for a run without a checkpoint: it would do
    /// nothing of what they ask. Defaults from the environment are for the runs that have one.
    pub(crate) fn check(
        typed: &ArgMatches,
        engines: &[impl AsRef<str>],
    ) -> Result<(), clap::Error> {
        let is_typed = |id: &&str| typed.value_source(id) == Some(ValueSource::CommandLine);
        match Self::FLAGS.into_iter().find(is_typed) {
            Some(id) if engines.iter().all(|engine| engine.as_ref() == EMBEDDED) => {
                let reason = format!(
                    "--{id} is for checkpoints, and {EMBEDDED} is none: name one with --engine\n"
                );
                Err(clap::Error::raw(ErrorKind::ArgumentConflict, reason))
            }
            _ => Ok(()),
        }
    }

    /// The same, as the engine takes it.
    pub(super) fn options(&self) -> Options {
        let precision = match self.precision {
            PrecisionChoice::F32 => Precision::F32,
            PrecisionChoice::F16 => Precision::F16,
            PrecisionChoice::Bf16 => Precision::Bf16,
        };
        let steps = self.steps.map(usize::from);
        Options { id: None, precision, steps, device: self.device }
    }
}
