//! One module a subcommand.

pub(crate) mod accounts;
pub(crate) mod completions;
pub(crate) mod health;
pub(crate) mod models;
pub(crate) mod serve;
pub(crate) mod vary;
