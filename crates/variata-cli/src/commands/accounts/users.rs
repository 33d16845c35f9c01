//! `variata users`.

use variata_accounts::{Database, KeyId, Moment, UserHash};

use super::args::{UserArgs, UsersArgs, UsersCommand};
use super::table::Table;
use super::{fault, hasher};
use crate::fault::Fault;

/// What the command prints.
pub(super) async fn run(args: &UsersArgs, database: &Database) -> Result<String, Fault> {
    match &args.command {
        UsersCommand::Block(user) => {
            let hash = hash(args, user)?;
            refuse_unknown(database, &user.key).await?;
            let blocked = database.block_user(&user.key, &hash, Moment::now()).await;
            blocked.map_err(fault("users block"))?;
            Ok(format!("blocked {} of {}\n", hash.as_str(), user.key))
        }
        UsersCommand::Unblock(user) => {
            let hash = hash(args, user)?;
            let done = database.unblock_user(&user.key, &hash).await;
            match done.map_err(fault("users unblock"))? {
                true => Ok(format!("unblocked {} of {}\n", hash.as_str(), user.key)),
                false => Err(Fault::usage("users unblock", "this user was not blocked")
                    .with_hint("users belong to a key: give its id with --key")),
            }
        }
        UsersCommand::List => {
            let blocked = database.blocked_users().await.map_err(fault("users list"))?;
            let mut all: Vec<_> = blocked.into_iter().collect();
            all.sort();
            let mut table = Table::new(&["KEY", "USER"]);
            for (key, user) in all {
                table.add([key.to_string(), user.as_str().to_owned()]);
            }
            Ok(table.to_string())
        }
    }
}

/// A user of a key that is none would be blocked nowhere. Keys of the configuration are in no table.
async fn refuse_unknown(database: &Database, key: &KeyId) -> Result<(), Fault> {
    let keys = database.list_keys().await.map_err(fault("users block"))?;
    if key.is_configured() || key.is_anonymous() || keys.iter().any(|known| known.id == *key) {
        return Ok(());
    }
    Err(Fault::usage("users block", format!("there is no key {key}")).with_hint(
        "'variata keys list' has the ids; without --key, the user is one of a server without keys",
    ))
}

fn hash(args: &UsersArgs, user: &UserArgs) -> Result<UserHash, Fault> {
    Ok(hasher(&args.place.data)?.hash(&user.key, &user.user))
}
