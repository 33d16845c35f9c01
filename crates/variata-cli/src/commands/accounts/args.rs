//! The flags of `variata keys`, `variata users` and `variata usage`, and those that they share with
//! `variata serve`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedI64ValueParser;
use clap::{Args, Subcommand, ValueEnum};
use variata_accounts::{Grouping, KeyId, Limits};

use super::Absent;

/// Where accounts are kept.
#[derive(Debug, Clone, Args)]
pub(crate) struct DatabaseArgs {
    /// Keep keys and usage in this database instead of a file in --data
    ///
    /// postgres://USER:PASSWORD@HOST/NAME, which several servers can share, or sqlite: and a path.
    /// Prefer the environment: other users of this machine can see the arguments of a program.
    #[arg(
        long,
        value_name = "URL",
        env = "VARIATA_DATABASE",
        hide_env = true,
        hide_env_values = true,
        global = true
    )]
    pub(crate) database: Option<DatabaseUrl>,
}

/// The address of a database, which may hold a password; its `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(pub(crate) String);

impl From<&str> for DatabaseUrl {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DatabaseUrl")
    }
}

/// The accounts of a folder or a database.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlaceArgs {
    /// The folder that the server keeps its data in
    #[arg(
        long,
        value_name = "DIR",
        default_value = "variata-data",
        env = "VARIATA_DATA",
        hide_env = true,
        global = true
    )]
    pub(crate) data: PathBuf,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

/// Manage API keys
///
/// A running server knows of changes within two seconds. Once there is a key, every request needs
/// one, also after all keys were revoked.
#[derive(Debug, Clone, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct KeysArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    #[command(subcommand)]
    pub(super) command: KeysCommand,
}

impl KeysArgs {
    /// What there need not be before.
    pub(super) fn absent(&self) -> Absent {
        match self.command {
            KeysCommand::Create(_) => Absent::Made,
            _ => Absent::Told,
        }
    }
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a key and print it; it is not to be had again
    Create(CreateArgs),
    /// List all keys, revoked ones too
    List {
        /// One line of JSON a key
        #[arg(long)]
        json: bool,
    },
    /// End a key for good
    Revoke {
        /// The key's id, which stands between its first two dashes
        #[arg(value_parser = key_id)]
        id: KeyId,
    },
    /// Give a key a new secret and print it; the old one is taken for 24 hours more
    ///
    /// Id, name and limits stay. Who has lost a key to others gives --grace 0.
    Rotate {
        /// The key's id
        #[arg(value_parser = key_id)]
        id: KeyId,
        /// How long the old secret is still taken, such as 24h; 0 ends it at once
        #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
        grace: Duration,
    },
}

#[derive(Debug, Clone, Args)]
pub(super) struct CreateArgs {
    /// Whose it is, or what for
    #[arg(value_parser = name)]
    pub(super) name: String,
    /// When it ends by itself, such as 90d [default: never]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) expires: Option<Duration>,
    /// Requests in a minute [default: the server's --key-requests-per-minute]
    #[arg(long, value_name = "N", value_parser = limit())]
    requests_per_minute: Option<u32>,
    /// Images in a minute [default: the server's --key-images-per-minute]
    #[arg(long, value_name = "N", value_parser = limit())]
    images_per_minute: Option<u32>,
    /// Images in 24 hours [default: the server's --key-images-per-day]
    #[arg(long, value_name = "N", value_parser = limit())]
    images_per_day: Option<u32>,
}

impl CreateArgs {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            requests_per_minute: self.requests_per_minute,
            images_per_minute: self.images_per_minute,
            images_per_day: self.images_per_day,
        }
    }
}

/// Block end users, whom callers name in the field `user`
#[derive(Debug, Clone, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct UsersArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    #[command(subcommand)]
    pub(super) command: UsersCommand,
}

impl UsersArgs {
    /// What there need not be before.
    pub(super) fn absent(&self) -> Absent {
        match self.command {
            UsersCommand::Block(_) => Absent::Made,
            _ => Absent::Told,
        }
    }
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum UsersCommand {
    /// Refuse requests that name this user
    Block(UserArgs),
    /// Take requests of a blocked user again
    Unblock(UserArgs),
    /// List blocked users, by key and hash
    List,
}

#[derive(Debug, Clone, Args)]
pub(super) struct UserArgs {
    /// The user, as the caller names it
    pub(super) user: String,
    /// The id of the key whose user it is; without keys, anonymous
    #[arg(long, value_name = "ID", default_value = "anonymous", value_parser = key_id)]
    pub(super) key: KeyId,
}

/// Show what was asked for
#[derive(Debug, Clone, Args)]
pub(crate) struct UsageArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// What to sum up by
    #[arg(long, value_enum, default_value_t)]
    pub(super) by: By,
    /// How far back, such as 7d or 12h
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration)]
    pub(super) since: Duration,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// What usage is summed up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum By {
    /// One row a key
    #[default]
    Key,
    /// One row an end user
    User,
    /// One row a day, in UTC
    Day,
}

impl From<By> for Grouping {
    fn from(by: By) -> Self {
        match by {
            By::Key => Self::Key,
            By::User => Self::User,
            By::Day => Self::Day,
        }
    }
}

/// How usage is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Table,
    /// For spreadsheets
    Csv,
    /// One line of JSON a row
    Json,
}

fn key_id(text: &str) -> Result<KeyId, &'static str> {
    // Who pastes a whole key would leave it in the shell's history and in messages.
    match text.matches('-').count() {
        0 | 1 if !text.is_empty() => Ok(KeyId::new(text)),
        _ => Err("expected the id of a key, not the key itself"),
    }
}

fn name(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("expected whose the key is, or what for, such as 'phone app'"),
        _ => Ok(text.to_owned()),
    }
}

/// How much is allowed: at least something.
pub(crate) fn limit() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

/// A whole number and its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected a whole number and s, m, h or d, such as 24h";
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let unit_s = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => 24 * 60 * 60,
        _ => return Err(EXPECTED),
    };
    let number: u32 =
        text.get(..text.len() - 1).unwrap_or_default().parse().map_err(|_| EXPECTED)?;
    Ok(Duration::from_secs(u64::from(number) * unit_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_numbers_with_a_unit() {
        assert_eq!(duration("90d"), Ok(Duration::from_secs(90 * 86_400)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for text in ["", "d", "1.5h", "-1h", "3", "3é", "3w"] {
            assert!(duration(text).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn a_name_is_something() {
        assert!(name("").is_err() && name(" ").is_err());
        assert_eq!(name("phone app"), Ok("phone app".to_owned()));
    }

    #[test]
    fn a_whole_key_is_no_id() {
        assert!(key_id("1f0c9a1e").is_ok() && key_id("cfg-1f0c9a1e").is_ok());
        assert!(key_id("vk-1f0c9a1e-aaaa").is_err() && key_id("").is_err());
    }
}
