//! Asks the official clients whether the server is what they expect.
//!
//! Our own tests say what we think that clients send and want; this runs the clients themselves,
//! at pinned versions, against the real binary: openai-python's own tests, programs through the
//! official Python and Node clients, async-openai and LiteLLM, the Rust library's examples, curl, the
//! recorded bytes of all of them, requests that are made up from the OpenAPI document, and a browser
//! on the page.

pub(crate) mod browser;
mod clients;
mod curl;
mod examples;
mod layout;
mod server;
mod suites;
mod wire;

use std::path::PathBuf;

use anyhow::bail;

use browser::Browser;
use clients::Clients;
use server::Servers;
use suites::Suite;

use crate::program::{self, Profile};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program under test; built from this workspace when not given
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Installs the clients into `target/conformance`, runs every suite and prints a table.
///
/// # Errors
///
/// When a check failed, or a suite could not be run at all.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = program::workspace()?;
    let folder = root.join("target/conformance");
    let clients = Clients::install(&folder)?;
    layout::lay_out(&clients, &root.join("examples/otter.png"))?;
    let binary = arguments.binary.clone().map_or_else(|| program::build(Profile::Release), Ok)?;
    let browser = Browser::install(root, &binary)?;
    let servers = Servers::start(&binary, &folder)?;
    let suites = [
        suites::python_own_tests(&clients, &servers),
        examples::python(&clients, &servers),
        examples::rust(root, &clients, &servers),
        examples::reference(root, &clients, &servers),
        suites::python_behaviour(&clients, &servers),
        suites::python_errors(&clients, &servers),
        suites::node_behaviour(&clients, &servers),
        suites::node_errors(&clients, &servers),
        suites::rust_behaviour(&clients, &servers, root),
        suites::litellm(&clients, &servers),
        curl::suite(&clients, &servers.plain),
        wire::suite(root, &servers.plain),
        suites::schemathesis(&clients, &servers),
        browser.suite(),
    ];
    report(&suites)
}

fn report(suites: &[Suite]) -> anyhow::Result<()> {
    println!("{:<44} {:>6} {:>6}", "suite", "passed", "failed");
    for suite in suites {
        println!("{:<44} {:>6} {:>6}", suite.name, suite.passed, suite.failures.len());
    }
    for (suite, failure) in suites
        .iter()
        .flat_map(|suite| suite.failures.iter().map(move |failure| (suite.name, failure)))
    {
        println!("FAILED {suite}: {failure}");
    }
    let passed: usize = suites.iter().map(|suite| suite.passed).sum();
    let failed: usize = suites.iter().map(|suite| suite.failures.len()).sum();
    println!("conformance: {passed} passed, {failed} failed");
    if failed > 0 {
        bail!("the server is not what its clients expect");
    }
    Ok(())
}
