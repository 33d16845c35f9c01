//! Pictures in a terminal.
//!
//! Terminals do not say what they can draw in any way that can be trusted without a conversation
//! on the tty, so the environment decides: terminals with a graphics protocol name themselves
//! there, and `COLORTERM` promises 24-bit colour, which is enough for half blocks.

mod blocks;
mod protocols;

use std::io::{self, IsTerminal};

use console::Term;

pub(crate) use self::blocks::half_blocks;
pub(crate) use self::protocols::{iterm2, kitty};

/// How a terminal draws pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Graphics {
    /// The kitty graphics protocol.
    Kitty,
    /// The inline images of iTerm2.
    Iterm2,
    /// Two pixels a character, in 24-bit colour.
    HalfBlocks,
}

impl Graphics {
    /// What the terminal on standard error can draw, if it is one.
    pub(crate) fn detect() -> Option<Self> {
        let terminal = io::stderr().is_terminal();
        terminal.then(|| Self::from_environment(|name| std::env::var(name).ok())).flatten()
    }

    fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let is = |name: &str, values: &[&str]| {
            variable(name).is_some_and(|value| values.contains(&value.as_str()))
        };
        // A multiplexer has an own screen and passes on neither protocol unless told to.
        let term = variable("TERM").unwrap_or_default();
        let multiplexed = variable("TMUX").is_some() || term.starts_with("screen");
        let kitty = is("TERM", &["xterm-kitty", "xterm-ghostty"])
            || is("TERM_PROGRAM", &["ghostty"])
            || variable("KITTY_WINDOW_ID").is_some();
        let iterm2 = is("TERM_PROGRAM", &["iTerm.app", "WezTerm", "mintty"])
            || is("LC_TERMINAL", &["iTerm2"]);
        match () {
            () if kitty && !multiplexed => Some(Self::Kitty),
            () if iterm2 && !multiplexed => Some(Self::Iterm2),
            () if is("COLORTERM", &["truecolor", "24bit"]) => Some(Self::HalfBlocks),
            () => None,
        }
    }
}

/// How many characters fit on a line of the terminal on standard error.
pub(crate) fn width_characters() -> u32 {
    const WHEN_UNKNOWN: u32 = 80;
    Term::stderr().size_checked().map_or(WHEN_UNKNOWN, |(_, width)| u32::from(width).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(environment: &[(&str, &str)], expected: Option<Graphics>) {
        let lookup = |name: &str| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(Graphics::from_environment(lookup), expected);
    }

    #[test]
    fn terminals_are_known_by_what_they_put_into_the_environment() {
        check(&[("TERM", "xterm-kitty")], Some(Graphics::Kitty));
        check(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Some(Graphics::Kitty));
        check(&[("TERM_PROGRAM", "iTerm.app")], Some(Graphics::Iterm2));
        check(
            &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
            Some(Graphics::HalfBlocks),
        );
        check(&[("TERM", "linux")], None);
    }

    #[test]
    fn a_multiplexer_hides_the_protocols_of_the_terminal_around_it() {
        let inside = [("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux"), ("COLORTERM", "truecolor")];
        check(&inside, Some(Graphics::HalfBlocks));
        check(&inside[..2], None);
    }
}
