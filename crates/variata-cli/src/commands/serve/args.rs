//! The flags of `variata serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Args, ValueEnum};
use tracing::level_filters::LevelFilter;
use variata_server::{CorsOrigin, Network, PublicUrl};

use super::accounts::{ACCESS, AccountsArgs};
use crate::address::socket_address;
use crate::engines::{EMBEDDED, NeuralArgs};

/// Serve OpenAI's image-variation endpoint
///
/// Programs that called the endpoint through an official client work again once OPENAI_BASE_URL
/// names this server.
#[derive(Debug, Clone, Args)]
#[command(after_help = AFTER_HELP, max_term_width = 80)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one, which is printed
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        value_parser = socket_address,
        env = "VARIATA_LISTEN",
        hide_env = true
    )]
    pub(super) listen: SocketAddr,

    /// Keep images and link keys in this folder, made when missing
    ///
    /// Images are deleted an hour after they were made; the keys let links outlive a restart.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "variata-data",
        env = "VARIATA_DATA",
        hide_env = true
    )]
    pub(super) data: PathBuf,

    /// Keep images in S3 instead, under s3://BUCKET/PREFIX
    ///
    /// Credentials, region and endpoint come from the usual variables, such as AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT and AWS_ALLOW_HTTP. Link keys stay in the
    /// folder of --data. Needs a build with the feature 's3'.
    #[arg(long, value_name = "URL", env = "VARIATA_STORE", hide_env = true)]
    pub(super) store: Option<String>,

    /// Which engine varies: variata-patch, or a checkpoint by its name or folder
    ///
    /// May be given several times: callers choose with the field 'model', and the first is for
    /// those who do not. See 'variata models'.
    #[arg(
        long = "engine",
        value_name = "NAME|DIR",
        default_value = EMBEDDED,
        value_delimiter = ',',
        env = "VARIATA_ENGINE",
        hide_env = true
    )]
    pub(super) engines: Vec<String>,

    /// Start links with this address [default: the host that the caller asked]
    #[arg(long, value_name = "URL", env = "VARIATA_PUBLIC_URL", hide_env = true)]
    pub(super) public_url: Option<PublicUrl>,

    /// Believe the Forwarded and X-Forwarded-* headers of these proxies
    ///
    /// Addresses such as 10.1.2.3, or networks such as 10.0.0.0/8, separated by commas.
    #[arg(
        long = "trusted-proxy",
        value_name = "NETWORK",
        value_delimiter = ',',
        env = "VARIATA_TRUSTED_PROXY",
        hide_env = true
    )]
    pub(super) trusted_proxies: Vec<Network>,

    /// Let pages of these origins call the API from browsers
    ///
    /// Origins, each a scheme and a host as browsers send them, separated by commas, or * for any.
    #[arg(
        long = "cors-origin",
        value_name = "ORIGIN",
        value_delimiter = ',',
        env = "VARIATA_CORS_ORIGIN",
        hide_env = true,
        help_heading = ACCESS
    )]
    pub(super) cors_origins: Vec<CorsOrigin>,

    #[command(flatten)]
    pub(super) accounts: AccountsArgs,

    /// Serve everyone who can reach the address, without keys
    #[arg(long, env = "VARIATA_ALLOW_ANONYMOUS", hide_env = true, help_heading = ACCESS)]
    pub(super) allow_anonymous: bool,

    /// How many threads compute, 1 to 1024 [default: one a processor]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=1024),
        env = "VARIATA_THREADS",
        hide_env = true,
        help_heading = LIMITS
    )]
    pub(super) threads: Option<u16>,

    /// How many images may wait or be made at a time; more are refused with 503
    #[arg(
        long,
        value_name = "N",
        default_value = "128",
        value_parser = clap::value_parser!(u32).range(10..=100_000),
        env = "VARIATA_QUEUE_IMAGES",
        hide_env = true,
        help_heading = LIMITS
    )]
    pub(super) queue_images: u32,

    /// How many connections may be open at a time; more have to wait
    #[arg(
        long,
        value_name = "N",
        default_value = "2048",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000),
        env = "VARIATA_MAX_CONNECTIONS",
        hide_env = true,
        help_heading = LIMITS
    )]
    pub(super) max_connections: u32,

    /// How long the body of a request may stop coming before it is refused with 408, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "20",
        value_parser = clap::value_parser!(u32).range(1..=3600),
        env = "VARIATA_BODY_PAUSE_SECONDS",
        hide_env = true,
        help_heading = LIMITS
    )]
    pub(super) body_pause_seconds: u32,

    /// How much memory images take until callers have read them, in MiB
    ///
    /// More are refused with 503, and nothing that was made is lost. Images behind links are on
    /// the disk and do not count.
    #[arg(
        long,
        value_name = "MIB",
        default_value = "512",
        value_parser = clap::value_parser!(u32).range(64..=1_048_576),
        env = "VARIATA_UNREAD_MIB",
        hide_env = true,
        help_heading = LIMITS
    )]
    pub(super) unread_mib: u32,

    /// How long requests under way are waited for at the end, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "30",
        value_parser = clap::value_parser!(u32).range(0..=3600),
        env = "VARIATA_DRAIN_SECONDS",
        hide_env = true,
        help_heading = LIMITS
    )]
    pub(super) drain_seconds: u32,

    /// Also listen here for operators, without keys: /metrics, /healthz, /readyz and an overview
    ///
    /// Only for an address that callers cannot reach.
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        value_parser = socket_address,
        env = "VARIATA_ADMIN_LISTEN",
        hide_env = true
    )]
    pub(super) admin_listen: Option<SocketAddr>,

    /// Check the configuration, say all that is wrong with it, and leave
    #[arg(long)]
    pub(super) check: bool,

    /// How log lines are written
    #[arg(long, value_enum, default_value_t, env = "VARIATA_LOG_FORMAT", hide_env = true)]
    pub(super) log_format: LogFormat,

    /// How much is logged to standard error
    #[arg(long, value_enum, default_value_t, env = "VARIATA_LOG", hide_env = true)]
    pub(super) log: LogLevel,

    #[command(flatten)]
    pub(super) neural: NeuralArgs,
}

impl ServeArgs {
    /// Refuses flags that were typed and would do nothing.
    pub(crate) fn check(&self, typed: &ArgMatches) -> Result<(), clap::Error> {
        NeuralArgs::check(typed, &self.engines)
    }
}

const LIMITS: &str = "Limits";

const AFTER_HELP: &str = "\
Examples:
  variata serve
      Serve programs on this machine, at http://127.0.0.1:8080/v1.
  variata keys create 'phone app' && variata serve --listen 0.0.0.0:8080
      Serve other machines too, to those who hold a key.

Environment:
  Every option that takes a value can be set by a variable too: VARIATA_ and its
  name, such as VARIATA_LISTEN or VARIATA_KEY_IMAGES_PER_MINUTE. One that is set
  to nothing counts as not set.";

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum LogLevel {
    /// What an operator has to look after.
    Error,
    /// What may become that.
    #[default]
    Warn,
    /// One line for each request.
    Info,
    /// What happens to connections too.
    Debug,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}
