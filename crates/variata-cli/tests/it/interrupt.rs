//! Ctrl-C stops the run in order.
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

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
    assert!(send(signal, &child));
    let mut results: Vec<String> = printed.map(Result::unwrap).collect();
    results.push(first);

    let messages = interrupted(child);
    let expected = format!("interrupted: {} of 1000 pictures were finished\n", results.len());
    assert_eq!(messages, expected);
    assert_eq!(folder.names(), ["out", "photo.png"]);
    assert_eq!(names_in(&folder.path("out")).len(), results.len());
    for path in results {
        decode(&folder.read(&path), &DecodeLimits::endpoint()).unwrap();
    }
}

#[test]
fn a_picture_that_never_comes_is_waited_for_until_an_interrupt() {
    let folder = Folder::new();
    let pipe = folder.path("pipe.png");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let child = Command::new(VARIATA)
        .args(["vary", "pipe.png", "-n", "1"])
        .current_dir(folder.root())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Opened once the program has opened its end.
    let silent = File::create(&pipe).unwrap();
    assert!(send("TERM", &child));
    assert_eq!(interrupted(child), "interrupted: 0 of 1 pictures were finished\n");
    drop(silent);
}

/// The program is held up by its output, which nobody reads and which takes no more.
#[cfg(target_os = "linux")]
#[test]
fn a_second_interrupt_ends_what_does_not_come_to_its_end() {
    let folder = Folder::with_photo();
    let (reader, writer) = std::io::pipe().unwrap();
    fill(&writer);
    let mut child = Command::new(VARIATA)
        .args(["vary", "photo.png", "-n", "1", "--seed", "7", "--size", "256"])
        .current_dir(folder.root())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !folder.path("photo-7.png").exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    // Two signals that come at once count as one.
    let is_ended = (0..1000).any(|_| {
        send("INT", &child);
        child.try_wait().unwrap().is_some()
    });
    drop(reader);
    assert!(is_ended, "it still waits");
    assert_eq!(interrupted(child), "");
    decode(&folder.read("photo-7.png"), &DecodeLimits::endpoint()).unwrap();
}

/// Writes into a pipe until it takes no more.
#[cfg(target_os = "linux")]
fn fill(pipe: &impl std::os::fd::AsRawFd) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    const O_NONBLOCK: i32 = 0o4000;
    let path = format!("/proc/self/fd/{}", pipe.as_raw_fd());
    let mut pipe = File::options().write(true).custom_flags(O_NONBLOCK).open(path).unwrap();
    while pipe.write(&[0]).is_ok() {}
}

/// Whether `signal` was sent. The shell has `kill` built in, where a bare system may not have it as
/// a program.
fn send(signal: &str, child: &Child) -> bool {
    let kill = format!("kill -s {signal} {}", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap().success()
}

/// What a program said that ended by an interrupt.
#[track_caller]
fn interrupted(mut child: Child) -> String {
    let mut messages = String::new();
    child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    messages
}
