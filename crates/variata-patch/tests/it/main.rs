//! What callers of the engine count on, seen from outside.

mod degenerate;
mod determinism;
mod observing;
mod support;
