//! The command as a user meets it: arguments in, files and two streams out.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is not as it must be")]

mod accounts;
mod bad_inputs;
mod folders;
mod help;
#[cfg(feature = "pull")]
mod hub;
mod interrupt;
mod models;
mod outputs;
#[cfg(feature = "pull")]
mod pull;
mod replay;
mod results;
mod serve;
mod server;
mod sheet;
mod show;
mod support;
