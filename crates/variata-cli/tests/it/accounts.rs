//! Keys, users and usage from the terminal.
#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use crate::support::{Folder, Ran, VARIATA};

fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut command = Command::new(VARIATA);
    command.current_dir(folder.root()).env("VARIATA_DATA", "data").env("VARIATA_MODELS", "models");
    command.args(arguments);
    Ran::of(&command.output().unwrap())
}

/// Runs what has to go well; returns what it printed.
fn prints(folder: &Folder, arguments: &[&str]) -> String {
    let ran = run(folder, arguments);
    ran.assert_clean();
    ran.stdout
}

fn id(key: &str) -> &str {
    key.split('-').nth(1).unwrap()
}

#[test]
fn a_key_is_shown_once_and_kept_nowhere() {
    let folder = Folder::new();
    let key = prints(&folder, &["keys", "create", "phone app", "--images-per-minute", "60"]);
    let key = key.trim();
    assert!(key.starts_with("vk-") && key.len() == 52, "{key}");
    let list = prints(&folder, &["keys", "list"]);
    let line = list.lines().nth(1).unwrap();
    assert!(line.starts_with(id(key)) && line.contains("phone app  valid"), "{line}");
    assert!(line.ends_with("never    never      60 images/min"), "{line}");
    for entry in fs::read_dir(folder.path("data")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&key[12..]));
    }
}

#[test]
fn where_accounts_are_may_be_said_before_the_subcommand_or_after_it() {
    let folder = Folder::new();
    let key = prints(&folder, &["keys", "create", "a", "--data", "elsewhere"]);
    assert!(prints(&folder, &["keys", "--data", "elsewhere", "list"]).contains(id(&key)));
    prints(&folder, &["keys", "create", "b"]);
    assert!(!prints(&folder, &["keys", "list"]).contains(id(&key)));
}

#[test]
fn a_key_needs_a_name_and_limits_that_let_something_through() {
    let folder = Folder::new();
    for (arguments, told) in [
        (&["keys", "create", ""][..], "expected whose the key is, or what for"),
        (&["keys", "create", "a", "--images-per-minute", "0"], "0 is not in 1..=4294967295"),
        (&["serve", "--check", "--user-images-per-day", "0"], "0 is not in 1..=4294967295"),
    ] {
        let ran = run(&folder, arguments);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert!(folder.names().is_empty());
}

#[test]
fn keys_are_rotated_and_revoked_by_their_ids() {
    let folder = Folder::new();
    let key = prints(&folder, &["keys", "create", "a"]);
    let rotated = prints(&folder, &["keys", "rotate", id(&key), "--grace", "0"]);
    assert!(rotated != key && id(&rotated) == id(&key));
    let ran = run(&folder, &["keys", "rotate", id(&key), "--grace", "1h"]);
    let note = ran.stderr.strip_prefix("the old secret is taken until 2").unwrap();
    assert!(note.ends_with(" UTC; with --grace 0 it ends at once\n"), "{note}");
    let rotated = ran.stdout;
    assert!(rotated != key && id(&rotated) == id(&key));
    assert!(prints(&folder, &["keys", "list"]).contains("rotating"));
    assert_eq!(prints(&folder, &["keys", "revoke", id(&key)]), format!("revoked {}\n", id(&key)));
    let json = prints(&folder, &["keys", "list", "--json"]);
    assert!(json.contains("\"revoked\":1") && !json.contains(rotated.trim()), "{json}");
    run(&folder, &["keys", "revoke", "00000000"]).assert_failed(
        2,
        &["error: keys revoke: there is no key 00000000", "hint: 'variata keys list' has the ids"],
    );
    let whole = run(&folder, &["keys", "revoke", key.trim()]);
    assert!(whole.stderr.contains("expected the id of a key, not the key itself"));
}

#[test]
fn users_are_blocked_by_name_and_listed_without_it() {
    let folder = Folder::new();
    let wrong = run(&folder, &["users", "block", "canary", "--key", "1f0c9a1e"]);
    assert!(wrong.stderr.contains("there is no key 1f0c9a1e"), "{}", wrong.stderr);
    let key = prints(&folder, &["keys", "create", "app"]);
    let id = key.split('-').nth(1).unwrap();
    let blocked = prints(&folder, &["users", "block", "canary", "--key", id]);
    assert!(!blocked.contains("canary"), "{blocked}");
    let list = prints(&folder, &["users", "list"]);
    assert!(list.contains(&format!("{id}  ")) && !list.contains("canary"), "{list}");
    assert_eq!(run(&folder, &["users", "unblock", "canary"]).code, 2);
    prints(&folder, &["users", "unblock", "canary", "--key", id]);
}

#[test]
fn whoever_looks_is_told_of_a_folder_that_is_not_there_and_makes_none() {
    let folder = Folder::new();
    let hint = "hint: --data names the folder that the server keeps its data in";
    for arguments in [
        &["keys", "list"][..],
        &["keys", "revoke", "00000000"],
        &["users", "list"],
        &["users", "unblock", "canary"],
        &["usage"],
    ] {
        let ran = run(&folder, arguments);
        ran.assert_failed(3, &["error: data: no such file or folder", hint]);
    }
    assert!(folder.names().is_empty());
}

#[test]
fn usage_without_requests_is_a_head_alone() {
    let folder = Folder::new();
    prints(&folder, &["keys", "create", "app"]);
    let heads = "key,user,requests,answered,refused,failed,images,mean_ms\r\n";
    assert_eq!(prints(&folder, &["usage", "--format", "csv"]), heads);
    assert_eq!(prints(&folder, &["usage", "--by", "day", "--format", "json"]), "");
}

#[test]
fn a_configuration_is_checked_without_serving() {
    let folder = Folder::new();
    let check = ["serve", "--check", "--listen", "127.0.0.1:0"];
    let told = "the configuration is right\nthe folder data is made when the server starts\n";
    assert_eq!(prints(&folder, &check), told);
    assert!(folder.names().is_empty());
    folder.write("file", b"");
    let within = [&check[..], &["--data", "file/data"]].concat();
    run(&folder, &within).assert_failed(4, &["error: file/data: not a directory"]);
    fs::create_dir(folder.path("data")).unwrap();
    assert_eq!(prints(&folder, &check), "the configuration is right\n");
    let address = "mysql://root:canary@localhost/a";
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let mut wrong = vec!["serve", "--check", "--api-key-file", "none", "--database", address];
    wrong.extend(["--engine", "no-such-engine", "--listen", &listen]);
    run(&folder, &wrong).assert_failed(
        3,
        &[
            "error: none: no such file or folder",
            "error: --database: \"mysql\" is no database of this program: expected postgres://…, \
             or sqlite: and a path",
            "error: --engine no-such-engine: there is no engine of this name, and no folder",
            "hint: the engines here are variata-patch; see 'variata models'",
            &format!("error: --listen {listen}: address already in use"),
        ],
    );
}

/// As Compose's `${NAME:-}` has it where NAME is not set.
#[test]
fn a_server_starts_with_variables_that_are_set_to_nothing() {
    let folder = Folder::new();
    let mut command = Command::new(VARIATA);
    command.current_dir(folder.root()).args(["serve", "--check", "--listen", "127.0.0.1:0"]);
    for name in ["API_KEY", "API_KEY_FILE", "ALLOW_ANONYMOUS", "DATA", "STORE", "PUBLIC_URL"] {
        command.env(format!("VARIATA_{name}"), "");
    }
    for name in ["DATABASE", "TRUSTED_PROXY", "CORS_ORIGIN", "LOG", "KEY_IMAGES_PER_DAY"] {
        command.env(format!("VARIATA_{name}"), "");
    }
    let ran = Ran::of(&command.output().unwrap());
    ran.assert_clean();
    let mut create = Command::new(VARIATA);
    create.current_dir(folder.root()).args(["keys", "create", "a", "--data", "."]);
    Ran::of(&create.env("VARIATA_DATABASE", "").output().unwrap()).assert_clean();
}

#[test]
fn shells_and_manual_readers_are_served() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let completions = prints(&folder, &["completions", shell]);
        assert!(completions.contains("images-per-minute"), "{shell}");
    }
    let manual = prints(&folder, &["man"]);
    assert!(manual.contains("variata-serve") && manual.contains("admin"), "{manual}");
}
