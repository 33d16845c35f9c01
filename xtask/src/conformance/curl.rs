//! curl, which waits for `100 Continue` before it sends more than a mebibyte.

use std::fs;
use std::process::Command;

use anyhow::{Context, ensure};
use variata_core::SquareImage;
use variata_image::{OutputFormat, encode};

use super::clients::Clients;
use super::server::Server;
use super::suites::Suite;

/// The checks with curl.
pub(super) fn suite(clients: &Clients, server: &Server) -> Suite {
    let small = || {
        let text = post(clients, server, "otter.png")?;
        ensure!(text.contains("HTTP/1.1 200") && text.contains("/files/"), "{text}");
        Ok(())
    };
    let large = || {
        fs::write(clients.work().join("large.png"), noise()?)?;
        let text = post(clients, server, "large.png")?;
        let (asked, done) = (text.find("HTTP/1.1 100"), text.find("HTTP/1.1 200"));
        ensure!(asked.is_some() && asked < done, "{text}");
        Ok(())
    };
    let huge = || {
        let file = fs::File::create(clients.work().join("huge.png"))?;
        file.set_len(HUGE_BYTES)?;
        let text = post(clients, server, "huge.png")?;
        ensure!(text.contains("HTTP/1.1 413"), "{text}");
        ensure!(!text.contains("HTTP/1.1 100"), "the body was asked for: {text}");
        ensure!(text.contains("\"message\":\"Maximum content size limit"), "{text}");
        Ok(())
    };
    let checks = vec![
        ("a small picture", small()),
        ("a large picture after 100 Continue", large()),
        ("a huge file refused before it is sent", huge()),
    ];
    Suite::of("curl", checks)
}

/// More than a server reads of any body.
const HUGE_BYTES: u64 = 70 * 1024 * 1024;
/// A PNG of noise with this side has 1.6 MB.
const NOISE_SIDE_PX: u32 = 640;

/// All heads and the body that curl gets.
fn post(clients: &Clients, server: &Server, picture: &str) -> anyhow::Result<String> {
    let mut curl = Command::new("curl");
    curl.current_dir(clients.work()).args(["--silent", "--show-error", "--include"]);
    curl.args(["--form", "size=256x256", "--form", &format!("image=@{picture}")]);
    let done = curl.arg(format!("{}/images/variations", server.base_url())).output();
    let done = done.context("cannot run curl")?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{} {text}", complaint.trim());
    Ok(text)
}

fn noise() -> anyhow::Result<Vec<u8>> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    let image = SquareImage::from_fn(NOISE_SIDE_PX, |_, _| [byte(), byte(), byte(), u8::MAX]);
    Ok(encode(&image, OutputFormat::Png, None)?)
}
