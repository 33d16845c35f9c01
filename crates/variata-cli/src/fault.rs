//! What went wrong, in the one shape that every message to the user has.
//!
//! `error: <subject>: <reason>` on one line, then at most one `hint: …`. The subject is nearly
//! always a path, so that the output of a run over a hundred files can be read with `grep`.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

use crate::exit::Exit;

/// One failure: what it is about, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    exit: Exit,
    subject: String,
    reason: String,
    hint: Option<String>,
}

impl Fault {
    /// The command line asks for something that cannot be.
    pub(crate) fn usage(subject: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, subject, reason)
    }

    /// `path` cannot be read or varied.
    pub(crate) fn input(path: &Path, reason: impl fmt::Display) -> Self {
        Self::new(Exit::Input, path.display(), reason)
    }

    /// `subject` cannot be written.
    pub(crate) fn output(subject: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self::new(Exit::Output, subject, reason)
    }

    /// The server that was to do the work cannot be reached, or does not do what is asked.
    pub(crate) fn server(reason: impl fmt::Display) -> Self {
        Self::new(Exit::Server, "--server", reason)
    }

    /// The hub at `address` cannot be reached, or does not have what is asked.
    #[cfg(feature = "pull")]
    pub(crate) fn hub(address: &str, reason: impl fmt::Display) -> Self {
        Self::new(Exit::Server, address, reason)
    }

    /// Something in this program went wrong while it worked on `path`.
    pub(crate) fn internal(path: &Path, reason: impl fmt::Display) -> Self {
        Self::new(Exit::Internal, path.display(), reason)
    }

    /// The user stopped the run.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "variata", "interrupted")
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(one_line(hint));
        self
    }

    /// How a run ends that failed this way.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What the user can do about it.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Says it on standard error and gives back how the run ends.
    pub(crate) fn tell(&self) -> Exit {
        let mut stderr = io::stderr().lock();
        // There is nobody to tell when standard error takes no more.
        let _ = writeln!(stderr, "error: {self}");
        if let Some(hint) = &self.hint {
            let _ = writeln!(stderr, "hint: {hint}");
        }
        self.exit
    }

    fn new(exit: Exit, subject: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self { exit, subject: one_line(subject), reason: one_line(reason), hint: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.reason)
    }
}

/// An operating system's error in words, without the number that only programmers know.
pub(crate) fn io_reason(error: &io::Error) -> String {
    let text = match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::StorageFull => "no space left on the disk",
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
        _ => return without_number(&error.to_string().to_lowercase()),
    };
    text.to_owned()
}

fn without_number(text: &str) -> String {
    text.split(" (os error").next().unwrap_or(text).to_owned()
}

/// Keeps a message on its line, whatever is in a file's name: a line break or an escape sequence
/// there must not forge another message or command the terminal.
pub(crate) fn one_line(text: impl fmt::Display) -> String {
    let mut line = String::new();
    for character in text.to_string().chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_comes_without_its_number() {
        let error = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(io_reason(&error), "no such file or folder");
        assert_eq!(without_number("is a directory (os error 21)"), "is a directory");
    }

    #[test]
    fn a_hostile_file_name_stays_on_one_line() {
        let fault = Fault::input(Path::new("a\nerror: b\u{1b}[31m.png"), "no such file");
        assert_eq!(fault.to_string(), "a\\nerror: b\\u{1b}[31m.png: no such file");
    }
}
