//! The flags of `variata vary`.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};
use variata_core::{Count, Seed, Size, Strength};
use variata_image::{Fit, OutputFormat};
use variata_patch::Tier;

use crate::engines::{EMBEDDED, NeuralArgs};
use crate::exit::Exit;

/// Make variations of a picture: no prompt, no model, no network
#[derive(Debug, Clone, Args)]
#[command(
    override_usage = "variata vary [OPTIONS] <IMAGE>...\n       variata vary --replay <FILE> [IMAGE]",
    after_help = after_help(),
    allow_negative_numbers = true,
    max_term_width = 80
)]
pub(crate) struct VaryArgs {
    /// Pictures to vary, or folders of pictures (PNG, JPEG, WebP)
    ///
    /// Of a folder, the pictures directly inside it are taken in the order of their names; hidden
    /// files are not, nor are pictures that variata made. Name those to vary them.
    #[arg(value_name = "IMAGE", required_unless_present = "replay")]
    pub(super) images: Vec<PathBuf>,

    /// How many variations of each picture, 1 to 1000
    #[arg(
        short = 'n',
        long,
        // The endpoint's name for it.
        alias = "n",
        value_name = "N",
        default_value = "4",
        env = "VARIATA_COUNT",
        hide_env = true
    )]
    pub(super) count: Count,

    /// Side of the variations in pixels: 256, 512 or 1024
    #[arg(long, value_name = "PX", default_value = "1024", env = "VARIATA_SIZE", hide_env = true)]
    pub(super) size: Size,

    /// Start from this seed; the same seed gives the same pictures
    ///
    /// A whole number from 0 to 9223372036854775807. The variations have the seeds SEED, SEED + 1
    /// and so on, which are in the names of their files. Without it, each run starts from a random
    /// seed.
    #[arg(long)]
    pub(super) seed: Option<Seed>,

    /// How bold: 0 keeps close to the picture, 1 goes furthest
    #[arg(long, value_name = "0..1", default_value_t, env = "VARIATA_STRENGTH", hide_env = true)]
    pub(super) strength: Strength,

    /// Which engine varies: variata-patch, or a checkpoint by its name or folder
    ///
    /// See 'variata models'.
    #[arg(
        long,
        value_name = "NAME|DIR",
        default_value = EMBEDDED,
        env = "VARIATA_ENGINE",
        hide_env = true
    )]
    pub(super) engine: String,

    /// What to do with a picture that is not square [default: focus, or pad what stands on
    /// a transparent or an even ground]
    #[arg(long, value_enum, env = "VARIATA_FIT", hide_env = true)]
    pub(super) fit: Option<FitChoice>,

    /// Make a variation again, byte for byte, from the record in it
    ///
    /// FILE is a picture that variata made and IMAGE the one that it was made from, which its
    /// SHA-256 proves; without IMAGE, it is looked for beside FILE. The record in FILE decides
    /// size, seed, strength, fit and format, and the result gets its name with `-replay` added.
    #[arg(long, value_name = "FILE")]
    pub(super) replay: Option<PathBuf>,

    /// Write into this folder, made when missing [default: beside IMAGE]
    ///
    /// Files are named STEM-SEED.EXTENSION; those of /dev/stdin go into the current folder. Two
    /// pictures whose variations would get the same name are refused before anything is made.
    #[arg(short, long, value_name = "DIR", env = "VARIATA_OUTPUT", hide_env = true, help_heading = OUTPUT)]
    pub(super) output: Option<PathBuf>,

    /// Format of the variations: png, jpeg or webp
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "png",
        env = "VARIATA_FORMAT", hide_env = true,
        help_heading = OUTPUT
    )]
    pub(super) format: OutputFormat,

    /// Also write one picture of all: each input and its variations
    ///
    /// The ending of FILE chooses the format: .png, .jpg or .webp.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(super) sheet: Option<PathBuf>,

    /// Replace files that exist
    ///
    /// Without it, a run that would replace a file is refused before anything is made. A picture
    /// that is an input is never replaced.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) force: bool,

    /// Show the pictures in the terminal
    ///
    /// As real pictures in kitty, Ghostty, WezTerm, iTerm2 and mintty, as coloured half blocks in
    /// other terminals with 24-bit colour. The first 24 of each input are shown.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) show: bool,

    /// Print one line of JSON for each variation instead of its path
    #[arg(long, help_heading = OUTPUT)]
    pub(super) json: bool,

    /// Have a variata server make them instead, such as http://127.0.0.1:8080/v1
    ///
    /// The same seeds give the same files. The key is taken from VARIATA_API_KEY or else from
    /// OPENAI_API_KEY.
    #[arg(long, value_name = "URL", env = "VARIATA_SERVER", hide_env = true, help_heading = ADVANCED)]
    pub(super) server: Option<String>,

    /// The server's key
    ///
    /// Other users of this machine can see the arguments of a program: prefer the environment.
    #[arg(
        long,
        value_name = "KEY",
        env = "VARIATA_API_KEY",
        hide_env = true,
        hide_env_values = true,
        hide_short_help = true,
        help_heading = ADVANCED
    )]
    pub(super) api_key: Option<Secret>,

    /// How many threads compute, 1 to 1024 [default: one a processor]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=1024),
        env = "VARIATA_THREADS", hide_env = true,
        help_heading = ADVANCED
    )]
    pub(super) threads: Option<u16>,

    /// Which instructions compute; the pictures are the same bytes
    #[arg(
        long,
        value_enum,
        default_value_t,
        env = "VARIATA_SIMD", hide_env = true,
        hide_short_help = true,
        help_heading = ADVANCED
    )]
    pub(super) simd: Simd,

    #[command(flatten)]
    pub(super) neural: NeuralArgs,
}

const OUTPUT: &str = "Output";
const ADVANCED: &str = "Advanced";

/// What to do with a picture that is not square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FitChoice {
    /// Take the square in the middle.
    Crop,
    /// Take the square with most to see in it.
    Focus,
    /// Add borders: transparent ones, or in the colour of the edges.
    Pad,
    /// Refuse the picture.
    Reject,
}

impl From<FitChoice> for Fit {
    fn from(choice: FitChoice) -> Self {
        match choice {
            FitChoice::Crop => Self::Crop,
            FitChoice::Focus => Self::Focus,
            FitChoice::Pad => Self::Pad,
            FitChoice::Reject => Self::Reject,
        }
    }
}

/// A text that no message shows.
#[derive(Clone)]
pub(super) struct Secret(String);

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Which instructions compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Simd {
    /// The fastest that this processor has.
    #[default]
    Auto,
    /// Only those that every processor has.
    Portable,
}

impl From<Simd> for Tier {
    fn from(simd: Simd) -> Self {
        match simd {
            Simd::Auto => Self::detect(),
            Simd::Portable => Self::Portable,
        }
    }
}

impl VaryArgs {
    /// The flags that a record decides when a variation is made again.
    const RECORDED: [&str; 6] = ["count", "size", "seed", "strength", "fit", "format"];

    /// The key for the server: what is given for variata before what is there for any server.
    pub(super) fn server_key(&self) -> String {
        let general = || std::env::var("OPENAI_API_KEY").unwrap_or_default();
        self.api_key.as_ref().map_or_else(general, |key| key.0.clone())
    }

    /// Refuses flags that were typed and would do nothing: beside `--replay` those that the record
    /// decides, and without a checkpoint those that say how one is run.
    ///
    /// clap's own `conflicts_with` would refuse a default from the environment too, which the
    /// user may have set long ago.
    pub(crate) fn check(&self, typed: &ArgMatches) -> Result<(), clap::Error> {
        NeuralArgs::check(typed, &[&self.engine])?;
        if !typed.contains_id("replay") {
            return Ok(());
        }
        let on_the_line = |id: &&str| typed.value_source(id) == Some(ValueSource::CommandLine);
        let reason = match Self::RECORDED.into_iter().find(on_the_line) {
            Some(id) => {
                format!("--{id} cannot be used with --replay: the record in FILE decides it\n")
            }
            None if on_the_line(&"server") => {
                "--server cannot be used with --replay: it is this machine that makes it again\n"
                    .to_owned()
            }
            None => return Ok(()),
        };
        Err(clap::Error::raw(ErrorKind::ArgumentConflict, reason))
    }
}

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{ENVIRONMENT}\n\n{}", Exit::help())
}

const ENVIRONMENT: &str = "\
Environment:
  VARIATA_COUNT, VARIATA_SIZE, VARIATA_STRENGTH, VARIATA_FIT, VARIATA_FORMAT,
  VARIATA_OUTPUT, VARIATA_SERVER, VARIATA_API_KEY, VARIATA_THREADS,
  VARIATA_SIMD, VARIATA_ENGINE, VARIATA_STEPS, VARIATA_PRECISION and
  VARIATA_DEVICE stand for their options.";

const EXAMPLES: &str = "\
Examples:
  variata vary otter.png
      Make four variations, beside otter.png.
  variata vary otter.png -n 6 --seed 7 --sheet otters.png
      Make the six of seeds 7 to 12, and one picture of all.
  variata vary photos/ -o varied --size 512 --json
      Vary every picture of a folder; print one line of JSON for each result.";
