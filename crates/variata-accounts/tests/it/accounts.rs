//! Accounts at work: who is let in, what is left to them, what is written down.

use std::sync::atomic::Ordering;

use variata_accounts::{
    Accounts, Database, Denied, Grouping, KeyDigest, Limits, Measure, Settings, UserHasher, Whose,
};

use crate::support::{START, clock, start, usage};

fn limits(requests_per_minute: u32, images_per_minute: u32) -> Limits {
    Limits {
        requests_per_minute: Some(requests_per_minute),
        images_per_minute: Some(images_per_minute),
        images_per_day: None,
    }
}

fn in_memory(settings: Settings) -> Accounts {
    Accounts::in_memory(settings, UserHasher::random().unwrap(), clock().0)
}

#[test]
fn without_keys_anyone_may_ask_and_with_one_only_its_holders() {
    let open = in_memory(Settings::default());
    assert_eq!(open.identify(None).unwrap().key().as_str(), "anonymous");
    let configured_keys = vec![KeyDigest::of("other"), KeyDigest::of("secret")];
    let guarded = in_memory(Settings { configured_keys, ..Settings::default() });
    assert!(guarded.identify(Some("secret")).is_ok());
    assert!(guarded.identify(Some("canary")).is_err());
    assert!(!format!("{guarded:?} {:?}", guarded.identify(Some("canary"))).contains("canary"));
}

#[test]
fn a_user_pays_beside_the_key_and_gets_back_what_was_not_made() {
    let settings =
        Settings { key_limits: limits(50, 20), user_limits: limits(5, 6), ..Settings::default() };
    let accounts = in_memory(settings);
    let caller = accounts.identify(None).unwrap();
    let (alice, bob) = (accounts.user(&caller, "alice"), accounts.user(&caller, "bob"));
    accounts.charge(&caller, Some(&alice), 4).unwrap();
    let denied = accounts.charge(&caller, Some(&alice), 4).unwrap_err();
    let Denied::Limited { measure, whose, limit, .. } = denied else { panic!("{denied}") };
    assert_eq!((measure, whose, limit), (Measure::ImagesPerMinute, Whose::User, 6));
    accounts.charge(&caller, Some(&bob), 6).unwrap();
    // The key paid for what was let in, and for nothing else.
    assert_eq!(accounts.standing(&caller, None).images.unwrap().remaining, 10);
    accounts.give_back(&caller, Some(&bob), 6);
    assert_eq!(accounts.standing(&caller, Some(&bob)).images.unwrap().remaining, 6);
    assert_eq!(accounts.standing(&caller, None).images.unwrap().remaining, 16);
}

#[test]
fn a_request_counts_at_its_beginning_and_is_refused_there_when_nothing_is_left() {
    let (clock, hand) = clock();
    let settings = Settings { key_limits: limits(2, 60), ..Settings::default() };
    let accounts = Accounts::in_memory(settings, UserHasher::random().unwrap(), clock);
    let caller = accounts.identify(None).unwrap();
    accounts.begin(&caller).unwrap();
    accounts.charge(&caller, None, 60).unwrap();
    // There is a request left, but no image to ask for.
    assert!(accounts.begin(&caller).is_err());
    hand.store(START + 59_999, Ordering::SeqCst);
    let denied = accounts.begin(&caller).unwrap_err();
    assert!(matches!(denied, Denied::Limited { measure: Measure::RequestsPerMinute, .. }));
    hand.store(START + 60_000, Ordering::SeqCst);
    assert_eq!(accounts.standing(&caller, None).images.unwrap().remaining, 60);
    accounts.begin(&caller).unwrap();
}

#[tokio::test]
async fn all_that_was_recorded_is_written_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open_file(&folder.path().join("accounts.sqlite")).await.unwrap();
    let users = UserHasher::random().unwrap();
    let accounts =
        Accounts::open(database.clone(), Settings::default(), users, clock().0).await.unwrap();
    let caller = accounts.identify(None).unwrap();
    for index in 0..2500 {
        accounts.record(usage(&index.to_string(), caller.key(), start()));
    }
    assert_eq!(accounts.activity().waiting_entries, 2500);
    tokio::select! {
        () = accounts.maintain() => panic!("maintenance ended"),
        () = accounts.flush() => {}
    }
    let rows = database.usage(Grouping::Key, start()).await.unwrap();
    assert_eq!((rows[0].requests, rows[0].images), (2500, 5000));
    let activity = accounts.activity();
    assert_eq!((activity.written_entries, activity.lost_entries), (2500, 0));
}

#[tokio::test]
async fn entries_that_find_no_room_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open_file(&folder.path().join("accounts.sqlite")).await.unwrap();
    let users = UserHasher::random().unwrap();
    let accounts = Accounts::open(database, Settings::default(), users, clock().0).await.unwrap();
    let caller = accounts.identify(None).unwrap();
    for index in 0..16_390 {
        accounts.record(usage(&index.to_string(), caller.key(), start()));
    }
    assert_eq!(accounts.activity().lost_entries, 6);
}
