//! Programs that use an official client, and what they say.

use std::process::Command;

use anyhow::{Context, ensure};

use super::clients::Clients;
use super::server::Server;

/// The outcome of one suite.
pub(super) struct Suite {
    pub(super) name: &'static str,
    pub(super) passed: usize,
    pub(super) failures: Vec<String>,
}

impl Suite {
    /// Runs `checks`; one that could not be run has failed.
    pub(super) fn of(name: &'static str, checks: Vec<(&str, anyhow::Result<()>)>) -> Self {
        let all = checks.len();
        let failed = checks.into_iter().filter_map(|(check, outcome)| {
            outcome.err().map(|error| format!("{check}: {error:#}"))
        });
        let failures: Vec<String> = failed.collect();
        Self { name, passed: all - failures.len(), failures }
    }

    /// Reads lines of `PASSED …` and of anything else that a check can end with. Fewer than
    /// `expected` mean that something was left out, which is a failure too.
    pub(super) fn reported(
        name: &'static str,
        expected: usize,
        output: anyhow::Result<String>,
    ) -> Self {
        let text = match output {
            Ok(text) => text,
            Err(error) => return Self::of(name, vec![("could not be run", Err(error))]),
        };
        let passed = text.lines().filter(|line| line.starts_with("PASSED ")).count();
        let is_failure = |line: &&str| ENDS_OTHERWISE.iter().any(|end| line.starts_with(end));
        let mut failures: Vec<String> =
            text.lines().filter(is_failure).map(str::to_owned).collect();
        let run = passed + failures.len();
        if run != expected {
            let end: Vec<&str> = text.lines().rev().take(5).collect();
            failures.push(format!("{run} checks were run instead of {expected}: {end:?}"));
        }
        Self { name, passed, failures }
    }
}

/// How else than by passing a test can end.
const ENDS_OTHERWISE: [&str; 5] = ["FAILED ", "ERROR ", "SKIPPED ", "XFAIL ", "XPASS "];

/// openai-python's own tests of variations; warnings are errors there.
pub(super) fn python_own_tests(clients: &Clients, server: &Server) -> Suite {
    let mut pytest = clients.python();
    let own = ["-m", "pytest", "-o", "addopts=", "-q", "-rA", "-k", "create_variation"];
    pytest.current_dir(clients.python_tests()).args(own);
    pytest.arg("tests/api_resources/test_images_of_variata.py");
    pytest.env("TEST_API_BASE_URL", server.base_url());
    Suite::reported("openai-python, its own tests", 20, output(&mut pytest))
}

/// Framings, errors and links through the Python client.
pub(super) fn python_behaviour(clients: &Clients, server: &Server) -> Suite {
    let mut python = clients.python();
    let script = configured(&mut python, server).current_dir(clients.work()).arg("behaviour.py");
    Suite::reported("openai-python, behaviour", 20, output(script))
}

/// Framings, errors and links through the Node client; the first two checks are those of its own
/// suite, which its package does not hold.
pub(super) fn node_behaviour(clients: &Clients, server: &Server) -> Suite {
    let mut node = clients.node();
    let script = configured(&mut node, server).arg("behaviour.mjs");
    Suite::reported("openai-node, behaviour", 10, output(script))
}

/// The two variables that a caller sets, and nothing else.
pub(super) fn configured<'a>(command: &'a mut Command, server: &Server) -> &'a mut Command {
    command.env("OPENAI_BASE_URL", server.base_url()).env("OPENAI_API_KEY", "My API Key")
}

/// What a program prints. A test runner that found failures prints them and ends with an error, so
/// its output counts all the same; one that prints nothing could not be run.
pub(super) fn output(command: &mut Command) -> anyhow::Result<String> {
    let done = command.output().with_context(|| format!("cannot run {command:?}"))?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success() || !text.is_empty(), "{}", complaint.trim());
    Ok(text)
}
