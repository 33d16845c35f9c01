//! `variata serve` from its start to its end.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::support::{Folder, Ran, VARIATA, png};

fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(VARIATA);
    command.current_dir(folder.root()).arg("serve").args(arguments);
    command
}

fn fails(folder: &Folder, arguments: &[&str]) -> Ran {
    Ran::of(&command(folder, arguments).output().unwrap())
}

/// A server on a free port with further `arguments`, and its address.
pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> (Child, String) {
    let arguments = [&["--listen", "127.0.0.1:0", "--data", "data"], arguments].concat();
    let mut child = command(folder, &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
    (child, address)
}

pub(crate) fn stop(child: &mut Child) -> Option<i32> {
    // The shell has `kill` built in, where a bare system may not have it as a program.
    let kill = format!("kill -s TERM {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    child.wait().unwrap().code()
}

fn exchange(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(address: &str, target: &str) -> String {
    let head = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    exchange(address, head.as_bytes())
}

#[test]
fn a_link_outlives_a_restart_of_the_server() {
    let folder = Folder::new();
    let (mut child, address) = start(&folder, &[]);
    let part = "--b\r\nContent-Disposition: form-data; name=";
    let head = format!("{part}\"size\"\r\n\r\n256x256\r\n{part}\"image\"\r\n\r\n");
    let body = [head.as_bytes(), &png(24), b"\r\n--b--\r\n"].concat();
    let head = format!(
        "POST /v1/images/variations HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(&address, &[head.into_bytes(), body].concat());
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let start_of_link = answer.find("/files/").unwrap();
    let link = answer[start_of_link..].split('"').next().unwrap();
    assert!(get(&address, link).starts_with("HTTP/1.1 200 OK"));
    assert_eq!(stop(&mut child), Some(0));

    let (mut child, address) = start(&folder, &[]);
    assert!(get(&address, link).starts_with("HTTP/1.1 200 OK"));
    assert_eq!(stop(&mut child), Some(0));
}

#[test]
fn strangers_are_not_served_by_accident() {
    let folder = Folder::new();
    let ran = fails(&folder, &["--listen", "0.0.0.0:0", "--data", "data"]);
    ran.assert_failed(
        2,
        &[
            "error: --listen 0.0.0.0:0: other machines can reach this address, and there is no \
             API key",
            "hint: make one with 'variata keys create', give --api-key-file, or serve everyone with \
             --allow-anonymous",
        ],
    );
}

#[test]
fn all_faults_are_told_at_once_and_no_key_is() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "").unwrap();
    let arguments = ["--data", "file", "--api-key-file", "none", "--api-key", "canary"];
    let ran = fails(&folder, &arguments);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!((ran.code, lines.len()), (3, 2), "{lines:?}");
    assert_eq!(lines[0], "error: none: no such file or folder");
    assert!(lines[1].starts_with("error: file: "), "{lines:?}");
    assert!(!ran.stderr.contains("canary"));
    assert!(!fails(&folder, &["--listen", "x", "--api-key", "canary"]).stderr.contains("canary"));
}

#[test]
fn a_server_may_have_several_engines_and_lists_them() {
    let folder = Folder::new();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../variata-unclip/fixtures");
    let checkpoint = format!("{fixtures}/stable-unclip");
    let engines = ["--engine", "variata-patch", "--engine", &checkpoint];
    let (mut child, address) = start(&folder, &engines);
    let models = get(&address, "/v1/models");
    for id in ["variata-patch", "stable-unclip"] {
        assert!(models.contains(&format!("\"id\":\"{id}\"")), "{models}");
    }
    assert_eq!(stop(&mut child), Some(0));
}

#[cfg(not(feature = "s3"))]
#[test]
fn a_place_in_s3_needs_a_build_that_knows_s3() {
    let ran = fails(&Folder::new(), &["--store", "s3://bucket/prefix"]);
    ran.assert_failed(
        2,
        &[
            "error: --store s3://bucket/prefix: this build knows no S3",
            "hint: build it with: cargo install --path crates/variata-cli --features s3",
        ],
    );
}

#[cfg(feature = "s3")]
#[test]
fn a_store_that_is_no_place_in_s3_is_named() {
    let ran = fails(&Folder::new(), &["--store", "http://bucket"]);
    let reason = "error: --store: \"http://bucket\" is not a place in S3: expected s3://BUCKET or \
                  s3://BUCKET/PREFIX";
    ran.assert_failed(2, &[reason]);
}
