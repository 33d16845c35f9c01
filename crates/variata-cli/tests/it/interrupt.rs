//! Ctrl-C stops the run in order.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use variata_image::{DecodeLimits, decode};

use crate::support::{Folder, VARIATA, names_in};

#[test]
fn an_interrupt_leaves_whole_pictures_only() {
    check("INT");
}

#[test]
fn a_request_to_end_does_the_same() {
    check("TERM");
}

/// Sends `signal` once the first result is printed. The run asks for so many that it cannot be
/// through by then.
fn check(signal: &str) {
    let folder = Folder::with_photo();
    let mut child = Command::new(VARIATA)
        .args(["vary", "photo.png", "-n", "1000", "-o", "out", "--sheet", "all.png"])
        .current_dir(folder.root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = printed.next().unwrap().unwrap();
    // The shell has `kill` built in, where a bare system may not have it as a program.
    let kill = format!("kill -s {signal} {}", child.id());
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success());
    let mut results: Vec<String> = printed.map(Result::unwrap).collect();
    results.push(first);

    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut messages = String::new();
    child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
    let expected = format!("interrupted: {} of 1000 pictures were finished\n", results.len());
    assert_eq!(messages, expected);
    assert_eq!(folder.names(), ["out", "photo.png"]);
    assert_eq!(names_in(&folder.path("out")).len(), results.len());
    for path in results {
        decode(&folder.read(&path), &DecodeLimits::endpoint()).unwrap();
    }
}
