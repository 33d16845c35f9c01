//! The flags of `variata serve` about keys, limits and the ledger.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use variata_accounts::{KeyDigest, Limits, Settings};

use crate::commands::accounts::{DatabaseArgs, duration, limit};
use crate::fault::{Fault, io_reason};

/// Keys, limits and usage.
#[derive(Debug, Clone, Args)]
pub(super) struct AccountsArgs {
    /// Take requests with this key only; may be given several times
    ///
    /// 'variata keys create' makes keys that can be listed, limited and revoked; these cannot.
    /// Other users of this machine can see the arguments of a program: prefer --api-key-file or
    /// the environment, where keys are separated by commas. On a loopback address without any key,
    /// every key and none is taken.
    #[arg(
        long = "api-key",
        value_name = "KEY",
        value_parser = api_key,
        value_delimiter = ',',
        env = "VARIATA_API_KEY",
        hide_env = true,
        help_heading = ACCESS
    )]
    api_keys: Vec<KeyDigest>,

    /// Take requests with the keys in this file, one a line
    ///
    /// Empty lines, and lines that start with #, are skipped.
    #[arg(
        long,
        value_name = "FILE",
        env = "VARIATA_API_KEY_FILE",
        hide_env = true,
        help_heading = ACCESS
    )]
    api_key_file: Option<PathBuf>,

    #[command(flatten)]
    database: DatabaseArgs,

    /// Requests in a minute of a key without a limit of its own [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit(), env = "VARIATA_KEY_REQUESTS_PER_MINUTE", hide_env = true, help_heading = QUOTAS)]
    key_requests_per_minute: Option<u32>,

    /// Images in a minute of a key without a limit of its own [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit(), env = "VARIATA_KEY_IMAGES_PER_MINUTE", hide_env = true, help_heading = QUOTAS)]
    key_images_per_minute: Option<u32>,

    /// Images in 24 hours of a key without a limit of its own [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit(), env = "VARIATA_KEY_IMAGES_PER_DAY", hide_env = true, help_heading = QUOTAS)]
    key_images_per_day: Option<u32>,

    /// Requests in a minute of each end user of each key [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit(), env = "VARIATA_USER_REQUESTS_PER_MINUTE", hide_env = true, help_heading = QUOTAS)]
    user_requests_per_minute: Option<u32>,

    /// Images in a minute of each end user of each key [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit(), env = "VARIATA_USER_IMAGES_PER_MINUTE", hide_env = true, help_heading = QUOTAS)]
    user_images_per_minute: Option<u32>,

    /// Images in 24 hours of each end user of each key [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit(), env = "VARIATA_USER_IMAGES_PER_DAY", hide_env = true, help_heading = QUOTAS)]
    user_images_per_day: Option<u32>,

    /// How long usage is kept, such as 400d
    #[arg(
        long,
        value_name = "TIME",
        default_value = "400d",
        value_parser = duration,
        env = "VARIATA_KEEP_USAGE",
        hide_env = true,
        help_heading = QUOTAS
    )]
    keep_usage: Duration,
}

pub(super) const ACCESS: &str = "Access";
const QUOTAS: &str = "Quotas";

/// No file of keys is larger than this.
const MAX_KEY_FILE_BYTES: usize = 1024 * 1024;

impl AccountsArgs {
    pub(super) fn database(&self) -> &DatabaseArgs {
        &self.database
    }
}

/// What `args` ask for.
///
/// # Errors
///
/// [`Fault`] when a file of keys cannot be used.
pub(super) fn settings(args: &AccountsArgs) -> Result<Settings, Fault> {
    Ok(Settings {
        configured_keys: configured_keys(args)?,
        key_limits: Limits {
            requests_per_minute: args.key_requests_per_minute,
            images_per_minute: args.key_images_per_minute,
            images_per_day: args.key_images_per_day,
        },
        user_limits: Limits {
            requests_per_minute: args.user_requests_per_minute,
            images_per_minute: args.user_images_per_minute,
            images_per_day: args.user_images_per_day,
        },
        keep_usage: Some(args.keep_usage),
    })
}

/// The keys of the command line and of the file.
fn configured_keys(args: &AccountsArgs) -> Result<Vec<KeyDigest>, Fault> {
    let mut keys = args.api_keys.clone();
    if let Some(path) = &args.api_key_file {
        let text = fs::read(path).map_err(|error| Fault::input(path, io_reason(&error)))?;
        let found = keys_of(&text).map_err(|reason| Fault::input(path, reason))?;
        keys.extend(found);
    }
    Ok(keys)
}

fn keys_of(file: &[u8]) -> Result<Vec<KeyDigest>, &'static str> {
    if file.len() > MAX_KEY_FILE_BYTES {
        return Err("too large for a file of API keys: expected at most 1 MiB");
    }
    let text = str::from_utf8(file).map_err(|_| "no text: expected one API key a line")?;
    let lines = text.lines().map(str::trim);
    let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(KeyDigest::of);
    let keys: Vec<KeyDigest> = keys.collect();
    if keys.is_empty() { Err("holds no API key: expected one a line") } else { Ok(keys) }
}

/// The mistake is not shown with the value: it may be most of a key.
fn api_key(text: &str) -> Result<KeyDigest, &'static str> {
    if text.is_empty() { Err("a key must not be empty") } else { Ok(KeyDigest::of(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_one_a_line() {
        let keys = keys_of(b"# ours\n first \n\nsecond\r\n").unwrap();
        assert_eq!(keys, [KeyDigest::of("first"), KeyDigest::of("second")]);
    }

    #[test]
    fn a_file_without_keys_does_not_open_the_server_to_all() {
        assert!(keys_of(b"# none yet\n").is_err());
        assert!(keys_of(b"\xff\xfe").is_err());
    }
}
