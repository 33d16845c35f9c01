//! One module a subcommand.

pub(crate) mod models;
pub(crate) mod serve;
pub(crate) mod vary;
