//! `vary --server`: the same files, made by a server.
#![cfg(unix)]

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::serve::{start, stop};
use crate::support::{Folder, Ran, VARIATA, oblong, png};

/// Runs `variata vary` here and at a server, into the folders `here` and `there`, and checks that
/// all files are the same.
fn check_same(folder: &Folder, address: &str, arguments: &str, results: usize) {
    folder.vary(&format!("{arguments} --size 256 -o here")).assert_clean();
    let server = format!("--server http://{address}/v1");
    let ran = folder.vary(&format!("{arguments} --size 256 -o there {server}"));
    ran.assert_clean();
    assert_eq!(ran.paths().len(), results);
    for path in ran.paths() {
        assert!(folder.read(path) == folder.read(&path.replace("there", "here")), "{path}");
    }
}

#[test]
fn a_server_makes_the_same_files() {
    let folder = Folder::with_photo();
    folder.write("wide.png", oblong(40, 24));
    let (mut child, address) = start(&folder, &[]);
    check_same(&folder, &address, "photo.png -n 12 --seed 5 --strength 0.3", 12);
    check_same(&folder, &address, "wide.png -n 1 --seed 1 --fit pad --format webp", 1);
    folder.vary("wide.png -n 1 --seed 9 --format jpeg --fit crop").assert_clean();
    check_same(&folder, &address, "wide-9.jpg -n 1 --seed 2 --format jpeg", 1);
    assert_eq!(stop(&mut child), Some(0));
}

#[test]
fn sheets_and_json_are_as_those_made_here() {
    let folder = Folder::with_photo();
    let (mut child, address) = start(&folder, &[]);
    let flags = "photo.png -n 2 --seed 3 --size 256 --json";
    assert_eq!(folder.vary(&format!("{flags} -o a --sheet a.png")).code, 0);
    // A base URL without /v1 will do.
    let ran = folder.vary(&format!("{flags} -o b --sheet b.png --server http://{address}"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "sheet: b.png\n"));
    assert!(folder.read("a.png") == folder.read("b.png"));
    let mut lines = ran.paths();
    lines.sort_unstable();
    for (line, seed) in lines.iter().zip([3, 4]) {
        assert!(line.starts_with(&format!("{{\"path\":\"b/photo-{seed}.png\"")), "{line}");
        assert!(line.contains(&format!("\"seed\":{seed},\"size\":256,")), "{line}");
        for empty in ["\"class\":\"\"", "\"operation\":\"\""] {
            assert!(!line.contains(empty), "{line}");
        }
    }
    assert_eq!(stop(&mut child), Some(0));
}

#[test]
fn the_servers_own_words_are_told() {
    let folder = Folder::with_photo();
    let mut large = png(24);
    large.resize(5 << 20, 0);
    folder.write("large.png", large);
    let (mut child, address) = start(&folder, &["--api-key", "right"]);
    let vary = |input: &str, variable: &str, key: &str| {
        let arguments = format!("{input} -n 1 --seed 1 --server http://{address}/v1");
        let output =
            folder.command(&arguments).env_remove("OPENAI_API_KEY").env(variable, key).output();
        Ran::of(&output.unwrap())
    };
    let words = "error: --server: Incorrect API key provided. Ask the operator of this server for a \
                 key.";
    let hint = "hint: set VARIATA_API_KEY or OPENAI_API_KEY to a key of this server";
    vary("photo.png", "VARIATA_API_KEY", "wrong").assert_failed(5, &[words, hint]);
    let refused = vary("large.png", "OPENAI_API_KEY", "right");
    let start = "error: large.png: Uploaded image must be a PNG and less than 4 MB. It has 5.0 MB";
    assert!(refused.stderr.starts_with(start), "{}", refused.stderr);
    assert_eq!(refused.code, 3);
    assert_eq!(stop(&mut child), Some(0));
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let folder = Folder::with_photo();
    let ran = folder.vary("photo.png --server http://127.0.0.1:1/v1");
    assert_eq!(ran.code, 5);
    let start = "error: --server: cannot reach http://127.0.0.1:1: ";
    assert!(ran.stderr.starts_with(start), "{}", ran.stderr);
    let ran = folder.vary("photo.png --server localhost");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: --server: \"localhost\" cannot be a base URL"));
}

#[test]
fn an_interrupt_does_not_wait_for_the_server() {
    let folder = Folder::with_photo();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let child = Command::new(VARIATA)
        .args(["vary", "photo.png", "--server", &url])
        .current_dir(folder.root())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nothing is ever answered on it.
    let _connection = listener.accept().unwrap();
    let kill = format!("kill -s INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let ran = child.wait_with_output();
    let ran = Ran::of(&ran.unwrap());
    ran.assert_failed(130, &["interrupted: 0 of 4 pictures were finished"]);
    assert_eq!(folder.names(), ["photo.png"]);
}

#[test]
fn a_replay_is_made_here() {
    let folder = Folder::with_photo();
    folder.vary("photo.png -n 1 --seed 1 --size 256").assert_clean();
    let ran = folder.vary("photo.png --replay photo-1.png --server http://127.0.0.1:1");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--server cannot be used with --replay"), "{}", ran.stderr);
    let mut command = folder.command("photo.png --replay photo-1.png");
    Ran::of(&command.env("VARIATA_SERVER", "http://127.0.0.1:1").output().unwrap()).assert_clean();
}
