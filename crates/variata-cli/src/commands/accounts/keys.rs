//! `variata keys`.

use std::collections::HashMap;
use std::io::{self, Write as _};

use serde::Serialize;
use variata_accounts::{Database, IssuedKey, Key, KeyId, Limits, Moment, NewKey};

use super::args::{CreateArgs, KeysArgs, KeysCommand};
use super::fault;
use super::table::{Table, json_lines};
use crate::fault::Fault;

/// What the command prints.
pub(super) async fn run(args: &KeysArgs, database: &Database) -> Result<String, Fault> {
    let now = Moment::now();
    match &args.command {
        KeysCommand::Create(create) => {
            let issued = database.create_key(&new_key(create, now), now).await;
            issued.map(|issued| reveal(&issued)).map_err(fault("keys create"))
        }
        KeysCommand::List { json } => {
            let keys = database.list_keys().await.map_err(fault("keys list"))?;
            let used = database.last_uses().await.map_err(fault("keys list"))?;
            match json {
                true => json_lines(keys.iter().map(|key| Row::of(key, &used))),
                false => Ok(table(&keys, &used, now)),
            }
        }
        KeysCommand::Revoke { id } => {
            database.revoke_key(id, now).await.map_err(fault("keys revoke"))?;
            Ok(format!("revoked {id}\n"))
        }
        KeysCommand::Rotate { id, grace } => {
            let issued = database.rotate_key(id, *grace, now).await;
            let issued = issued.map_err(fault("keys rotate"))?;
            if !grace.is_zero() {
                note_grace(now.plus(*grace));
            }
            Ok(reveal(&issued))
        }
    }
}

fn new_key(args: &CreateArgs, now: Moment) -> NewKey {
    NewKey {
        name: args.name.clone(),
        expires: args.expires.map(|lifetime| now.plus(lifetime)),
        limits: args.limits(),
    }
}

/// The key alone on its line, so that scripts can take it.
fn reveal(issued: &IssuedKey) -> String {
    format!("{}\n", issued.key.reveal())
}

/// For the person; standard output is the script's.
fn note_grace(until: Moment) {
    let (day, time) = (until.utc_day(), until.utc_time());
    let mut stderr = io::stderr().lock();
    // There is nobody to tell when standard error takes no more.
    let _ = writeln!(
        stderr,
        "the old secret is taken until {day} {time} UTC; with --grace 0 it ends at once"
    );
}

fn table(keys: &[Key], used: &HashMap<KeyId, Moment>, now: Moment) -> String {
    let heads = ["ID", "NAME", "STATE", "CREATED", "EXPIRES", "LAST USED", "LIMITS"];
    let mut table = Table::new(&heads);
    for key in keys {
        let day =
            |moment: Option<Moment>| moment.map_or_else(|| "never".to_owned(), Moment::utc_day);
        table.add([
            key.id.to_string(),
            key.name.clone(),
            state(key, now).to_owned(),
            key.created.utc_day(),
            day(key.expires),
            day(used.get(&key.id).copied()),
            spell_limits(key.limits),
        ]);
    }
    table.to_string()
}

fn state(key: &Key, now: Moment) -> &'static str {
    match key {
        key if key.revoked.is_some() => "revoked",
        key if !key.is_valid(now) => "expired",
        key if key.previous_until.is_some_and(|until| now < until) => "rotating",
        _ => "valid",
    }
}

fn spell_limits(limits: Limits) -> String {
    let all = [
        (limits.requests_per_minute, "requests/min"),
        (limits.images_per_minute, "images/min"),
        (limits.images_per_day, "images/day"),
    ];
    let own = all.into_iter().filter_map(|(limit, unit)| Some(format!("{} {unit}", limit?)));
    let own: Vec<String> = own.collect();
    if own.is_empty() { "the server's".to_owned() } else { own.join(", ") }
}

/// A key as JSON; moments are milliseconds since 1970.
#[derive(Serialize)]
struct Row<'k> {
    id: &'k str,
    name: &'k str,
    created: u64,
    expires: Option<u64>,
    last_used: Option<u64>,
    revoked: Option<u64>,
    previous_until: Option<u64>,
    requests_per_minute: Option<u32>,
    images_per_minute: Option<u32>,
    images_per_day: Option<u32>,
}

impl<'k> Row<'k> {
    fn of(key: &'k Key, used: &HashMap<KeyId, Moment>) -> Self {
        Self {
            id: key.id.as_str(),
            name: &key.name,
            created: key.created.ms(),
            expires: key.expires.map(Moment::ms),
            last_used: used.get(&key.id).copied().map(Moment::ms),
            revoked: key.revoked.map(Moment::ms),
            previous_until: key.previous_until.map(Moment::ms),
            requests_per_minute: key.limits.requests_per_minute,
            images_per_minute: key.limits.images_per_minute,
            images_per_day: key.limits.images_per_day,
        }
    }
}
