//! A disk of 16 MB that is full before the hour is over.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use crate::load::{Client, Setup, picture, variation};
use crate::verdict::Verdicts;

/// Fills the disk, looks, makes room, and looks again. Skipped where it may not mount a disk.
pub(super) fn run(setup: Setup, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    fs::create_dir_all(&setup.data)?;
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
        .arg(&setup.data)
        .output();
    if !mount.is_ok_and(|done| done.status.success()) {
        println!("skipped: a full disk, since only root may mount one");
        return Ok(());
    }
    let tried = fill(&setup, verdicts);
    let unmounted = Command::new("umount").arg(&setup.data).status()?;
    ensure!(unmounted.success(), "cannot unmount {}", setup.data.display());
    tried
}

fn fill(setup: &Setup, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    let mut server = setup.start("127.0.0.1:0")?;
    // What is there before the pictures come is most of the disk.
    let ballast = setup.data.join("ballast");
    fs::write(&ballast, vec![0; 12 * 1024 * 1024])?;
    let mut client = Client::new(server.public);
    let request = variation("any", &picture()?, &[("size", "1024x1024"), ("n", "2")]);
    let mut answers = Vec::new();
    while answers.last() != Some(&503) && answers.len() < 50 {
        answers.push(client.ask(&request)?.status);
    }
    let is_told = answers.last() == Some(&503);
    let (whole, torn) = count_files(&setup.data)?;
    fs::remove_file(&ballast)?;
    let recovered = client.ask(&request)?.status;
    let detail = format!(
        "{} answers, then 503; {whole} whole files, {torn} torn; {recovered} once there was room",
        answers.len().saturating_sub(1)
    );
    let holds = is_told && torn == 0 && recovered == 200;
    verdicts.add("a full disk is told, and no more", holds, detail);
    ensure!(server.terminate()?.success(), "the server did not end in order");
    Ok(())
}

/// How many stored files can be decoded, and how many cannot.
pub(super) fn count_files(data: &Path) -> anyhow::Result<(u32, u32)> {
    let (mut whole, mut torn) = (0, 0);
    for entry in fs::read_dir(data.join("files"))? {
        let bytes = fs::read(entry?.path())?;
        let limits = variata_image::DecodeLimits::endpoint();
        match variata_image::decode(&bytes, &limits) {
            Ok(_) => whole += 1,
            Err(_) => torn += 1,
        }
    }
    Ok((whole, torn))
}
