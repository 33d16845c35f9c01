//! How a run ended, as the number that a shell sees.
//!
//! The codes and their words live in this one table, which the help text prints, so that the two
//! cannot drift apart.

use std::fmt::Write;
use std::process::ExitCode;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Success,
    /// A fault of our own.
    Internal,
    /// The command line asks for something that cannot be.
    Usage,
    /// An input cannot be read or varied.
    Input,
    /// An output cannot be written.
    Output,
    /// A server cannot be reached, or does not do what is asked.
    Server,
    /// The user stopped the run.
    Interrupted,
}

impl Exit {
    const ALL: [Self; 7] = [
        Self::Success,
        Self::Internal,
        Self::Usage,
        Self::Input,
        Self::Output,
        Self::Server,
        Self::Interrupted,
    ];

    /// The number that the shell sees; 130 is what shells use for an interrupt (128 + SIGINT).
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Output => 4,
            Self::Server => 5,
            Self::Interrupted => 130,
        }
    }

    /// The paragraph of the help text that lists every code.
    pub(crate) fn help() -> String {
        let mut text = String::from("Exit codes:\n");
        for exit in Self::ALL {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {:<4} {}", exit.code(), exit.meaning());
        }
        text + "With several inputs the others are still done; the first failure decides."
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Success => "every picture was made",
            Self::Internal => "a fault inside variata, or a replay that came out differently",
            Self::Usage => "the command line asks for something that cannot be",
            Self::Input => "an input cannot be read, or is no picture that can be varied",
            Self::Output => "an output cannot be written, or exists already (see --force)",
            Self::Server => "the server or hub cannot be reached, or does not do what is asked",
            Self::Interrupted => "interrupted; the pictures finished before are complete",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
