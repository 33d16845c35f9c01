//! The program under test, built from this workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// How it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// With debug assertions, as the tests run.
    Debug,
    /// As users run it.
    Release,
}

impl Profile {
    /// The name of its folder in `target`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// The folder of the workspace.
///
/// # Errors
///
/// When there is none.
pub(crate) fn workspace() -> anyhow::Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")
}

/// Builds `variata` and returns its path.
///
/// # Errors
///
/// When it does not build.
pub(crate) fn build(profile: Profile) -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "--package", "variata-cli"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    let status = command.current_dir(workspace()?).status()?;
    ensure!(status.success(), "cannot build the command");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let name = format!("variata{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace()?.join(target).join(profile.name()).join(name))
}

/// A call of `program` that no variable of the caller's environment configures.
pub(crate) fn call(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VARIATA_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `command` to its end.
///
/// # Errors
///
/// When it cannot be run, or fails.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
