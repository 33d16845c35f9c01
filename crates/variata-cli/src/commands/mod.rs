//! One module a subcommand.

pub(crate) mod serve;
pub(crate) mod vary;
