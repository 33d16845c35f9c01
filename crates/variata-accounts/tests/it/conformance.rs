//! What every database has to do, run on SQLite here and on PostgreSQL in `postgres.rs`.

use std::time::Duration;

use variata_accounts::{
    Accounts, AccountsError, Database, Grouping, KeyId, Limits, NewKey, Settings, Unknown,
    UserHasher,
};

use crate::support::{clock, create, start, usage};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn sqlite_passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    // What would end a path in a URL is nothing special in one of ours.
    let path = folder.path().join("a #?%41.sqlite");
    suite(&Database::open_file(&path).await.unwrap()).await;
    // Opened again, the tables are found as they are.
    assert!(!Database::open_file(&path).await.unwrap().list_keys().await.unwrap().is_empty());
}

/// Every behaviour, on one empty database.
pub(crate) async fn suite(database: &Database) {
    keys_live_and_die(database).await;
    an_expired_key_is_told_from_a_wrong_one(database).await;
    users_are_blocked_and_let_in_again(database).await;
    usage_is_counted_once_and_summed_up(database).await;
    old_usage_is_forgotten(database).await;
    a_key_knows_when_it_was_last_used(database).await;
    daily_limits_outlive_a_restart(database).await;
    a_running_server_hears_of_changes(database).await;
}

async fn open(database: &Database) -> Accounts {
    let users = UserHasher::random().unwrap();
    Accounts::open(database.clone(), Settings::default(), users, clock().0).await.unwrap()
}

async fn keys_live_and_die(database: &Database) {
    let limits = Limits { images_per_minute: Some(7), ..Limits::default() };
    let issued = create(database, "first", limits).await;
    let old = issued.key.reveal();
    assert_eq!(open(database).await.identify(Some(old)).unwrap().key(), &issued.id);
    let rotated = database.rotate_key(&issued.id, DAY, start()).await.unwrap();
    assert_eq!(rotated.id, issued.id);
    let accounts = open(database).await;
    assert!(
        accounts.identify(Some(old)).is_ok()
            && accounts.identify(Some(rotated.key.reveal())).is_ok()
    );
    // Without grace the last secret ends at once, and the one before it anyway.
    let last = database.rotate_key(&issued.id, Duration::ZERO, start()).await.unwrap();
    let accounts = open(database).await;
    for gone in [old, rotated.key.reveal()] {
        assert_eq!(accounts.identify(Some(gone)), Err(Unknown::WrongKey));
    }
    database.revoke_key(&issued.id, start()).await.unwrap();
    let accounts = open(database).await;
    assert_eq!(accounts.identify(Some(last.key.reveal())), Err(Unknown::WrongKey));
    assert!(!accounts.is_open(), "revoking the only key opened the server to all");
    let [key] = &database.list_keys().await.unwrap()[..] else { panic!("expected one key") };
    assert_eq!((key.name.as_str(), key.revoked, key.limits), ("first", Some(start()), limits));
    let again = database.rotate_key(&issued.id, DAY, start()).await.unwrap_err();
    assert!(matches!(again, AccountsError::Revoked(_)), "{again}");
    let unknown = database.revoke_key(&KeyId::new("00000000"), start()).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no key 00000000");
}

async fn an_expired_key_is_told_from_a_wrong_one(database: &Database) {
    let new = NewKey { expires: Some(start()), ..NewKey::default() };
    let issued = database.create_key(&new, start()).await.unwrap();
    let accounts = open(database).await;
    assert_eq!(accounts.identify(Some(issued.key.reveal())), Err(Unknown::Expired));
    let wrong = format!("{}0", issued.key.reveal());
    assert_eq!(accounts.identify(Some(&wrong)), Err(Unknown::WrongKey));
    assert_eq!(accounts.identify(None), Err(Unknown::NoKey));
}

async fn users_are_blocked_and_let_in_again(database: &Database) {
    let issued = create(database, "users", Limits::default()).await;
    let users = UserHasher::random().unwrap();
    let user = users.hash(&issued.id, "mallory");
    database.block_user(&issued.id, &user, start()).await.unwrap();
    database.block_user(&issued.id, &user, start()).await.unwrap();
    let accounts =
        Accounts::open(database.clone(), Settings::default(), users, clock().0).await.unwrap();
    let caller = accounts.identify(Some(issued.key.reveal())).unwrap();
    assert!(accounts.charge(&caller, Some(&accounts.user(&caller, "mallory")), 1).is_err());
    assert!(accounts.charge(&caller, Some(&accounts.user(&caller, "alice")), 1).is_ok());
    assert!(database.unblock_user(&issued.id, &user).await.unwrap());
    assert!(!database.unblock_user(&issued.id, &user).await.unwrap());
    assert!(database.blocked_users().await.unwrap().is_empty());
}

async fn usage_is_counted_once_and_summed_up(database: &Database) {
    let (a, b) = (KeyId::new("a"), KeyId::new("b"));
    let mut refused = usage("req_3", &b, start().plus(DAY));
    (refused.status, refused.user) = (429, Some(UserHasher::random().unwrap().hash(&b, "u")));
    let entries = [usage("req_1", &a, start()), usage("req_2", &b, start()), refused];
    database.record(&entries).await.unwrap();
    // The whole batch again, as after a lost acknowledgement.
    database.record(&entries).await.unwrap();
    let by_day = database.usage(Grouping::Day, start()).await.unwrap();
    let days: Vec<_> = by_day.iter().map(|row| (row.from, row.requests, row.images)).collect();
    assert_eq!(days, [(Some(start()), 2, 4), (Some(start().plus(DAY)), 1, 0)]);
    let by_key = database.usage(Grouping::Key, start()).await.unwrap();
    let of_b = by_key.iter().find(|row| row.key == Some(b.clone())).unwrap();
    assert_eq!((of_b.requests, of_b.answered, of_b.refused, of_b.failed), (2, 1, 1, 0));
    assert_eq!(of_b.elapsed, Duration::from_millis(30));
    let by_user = database.usage(Grouping::User, start().plus(DAY)).await.unwrap();
    assert_eq!(by_user.len(), 1);
    assert!(by_user[0].user.is_some());
}

async fn old_usage_is_forgotten(database: &Database) {
    assert_eq!(database.forget_usage(start().plus(DAY)).await.unwrap(), 2);
    assert_eq!(database.forget_usage(start().plus(2 * DAY)).await.unwrap(), 1);
    assert!(database.usage(Grouping::Day, start()).await.unwrap().is_empty());
}

async fn a_key_knows_when_it_was_last_used(database: &Database) {
    let idle = create(database, "idle", Limits::default()).await;
    let busy = create(database, "busy", Limits::default()).await;
    let later = start().plus(Duration::from_secs(1));
    let entries = [usage("use_1", &busy.id, later), usage("use_2", &busy.id, start())];
    database.record(&entries).await.unwrap();
    let uses = database.last_uses().await.unwrap();
    assert_eq!((uses.get(&busy.id), uses.get(&idle.id)), (Some(&later), None));
    let by_key = database.usage(Grouping::Key, start()).await.unwrap();
    let row = by_key.iter().find(|row| row.key == Some(busy.id.clone())).unwrap();
    assert_eq!(row.last, later);
}

async fn daily_limits_outlive_a_restart(database: &Database) {
    let limits = Limits { images_per_day: Some(10), ..Limits::default() };
    let issued = create(database, "daily", limits).await;
    let entries: Vec<_> =
        (0..4).map(|index| usage(&format!("day_{index}"), &issued.id, start())).collect();
    database.record(&entries).await.unwrap();
    let accounts = open(database).await;
    let caller = accounts.identify(Some(issued.key.reveal())).unwrap();
    assert_eq!(accounts.standing(&caller, None).images.unwrap().remaining, 2);
}

async fn a_running_server_hears_of_changes(database: &Database) {
    let accounts = open(database).await;
    let issued = create(database, "late", Limits::default()).await;
    let key = Some(issued.key.reveal());
    assert!(accounts.identify(key).is_err());
    let heard = async {
        while accounts.identify(key).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = accounts.maintain() => panic!("maintenance ended"),
        () = heard => {}
    }
}
