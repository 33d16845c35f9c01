//! Programs that use an official client, and what they say.

use std::fmt::Display;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::clients::Clients;
use super::layout::ERRORS;
use super::server::Servers;

/// The outcome of one suite.
pub(super) struct Suite {
    pub(super) name: &'static str,
    pub(super) passed: usize,
    pub(super) failures: Vec<String>,
}

impl Suite {
    /// Runs `checks`; one that could not be run has failed.
    pub(super) fn of(name: &'static str, checks: Vec<(impl Display, anyhow::Result<()>)>) -> Self {
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
pub(super) fn python_own_tests(clients: &Clients, servers: &Servers) -> Suite {
    let mut pytest = clients.python();
    let own = ["-m", "pytest", "-o", "addopts=", "-q", "-rA", "-k", "create_variation"];
    pytest.current_dir(clients.python_tests()).args(own);
    pytest.arg("tests/api_resources/test_images_of_variata.py");
    pytest.env("TEST_API_BASE_URL", servers.plain.base_url());
    Suite::reported("openai-python, its own tests", 20, output(&mut pytest))
}

/// Framings, links and streams through the Python client.
pub(super) fn python_behaviour(clients: &Clients, servers: &Servers) -> Suite {
    let script = output(servers.tell(&mut clients.python()).arg("behaviour.py"));
    Suite::reported("openai-python, behaviour", 11, script)
}

/// Framings and links through the Node client; the first two checks are those of its own suite,
/// which its package does not hold.
pub(super) fn node_behaviour(clients: &Clients, servers: &Servers) -> Suite {
    let script = output(servers.tell(&mut clients.node()).arg("behaviour.mjs"));
    Suite::reported("openai-node, behaviour", 7, script)
}

/// Every error of the contract as the Python client raises it.
pub(super) fn python_errors(clients: &Clients, servers: &Servers) -> Suite {
    let script = output(servers.tell(&mut clients.python()).arg("errors.py"));
    Suite::reported("openai-python, every error", error_rows(), script)
}

/// Every error of the contract as the Node client throws it.
pub(super) fn node_errors(clients: &Clients, servers: &Servers) -> Suite {
    let script = output(servers.tell(&mut clients.node()).arg("errors.mjs"));
    Suite::reported("openai-node, every error", error_rows(), script)
}

/// async-openai, which frames a request like no other client.
pub(super) fn rust_behaviour(clients: &Clients, servers: &Servers, root: &Path) -> Suite {
    let report = clients.rust(root, "behaviour").and_then(|program| {
        output(servers.tell(&mut Command::new(program)).current_dir(clients.work()))
    });
    Suite::reported("async-openai", 5, report)
}

/// LiteLLM's library, which sends the picture and nothing else.
pub(super) fn litellm(clients: &Clients, servers: &Servers) -> Suite {
    let script = output(servers.tell(&mut clients.litellm()).arg("litellm_sdk.py"));
    Suite::reported("LiteLLM", 3, script)
}

/// Requests made up from the OpenAPI document, the same ones in every run.
pub(super) fn schemathesis(clients: &Clients, servers: &Servers) -> Suite {
    let mut command = clients.schemathesis();
    command.args(["run", "--no-color", "--seed", "20260512", "--max-examples", "25"]);
    command.args(["--max-time", SCHEMA_SECONDS]);
    // A second would be too short for ten images on a busy machine, and no end too long.
    command.args(["--request-timeout", "60", "--max-failures", "10", "--no-shrink"]);
    command.args(["--phases", "examples,coverage,fuzzing", "--checks", SCHEMA_CHECKS]);
    command.arg(format!("http://{}/openapi.json", servers.plain.address()));
    let text = command.output().context("cannot run schemathesis");
    let checked = text.and_then(|done| {
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        ensure!(done.status.success(), "{text}");
        Ok(())
    });
    Suite::of("schemathesis", vec![("requests from the OpenAPI document", checked)])
}

/// As long as it may take; what was asked until then counts.
const SCHEMA_SECONDS: &str = "90";

/// What is held against the document. Not whether made-up pictures are accepted: random bytes are
/// no picture.
const SCHEMA_CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                             response_schema_conformance,response_headers_conformance";

/// How many rows the table of errors has.
fn error_rows() -> usize {
    ERRORS.lines().filter(|line| line.trim_start().starts_with('{')).count()
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
