//! Turns Ctrl-C into a question that working code can ask.
//!
//! The signal only raises a flag. Whoever works looks at it between two steps, finishes the file
//! that it is writing and leaves in order, so that an interrupt never leaves half a file behind.
//! Who works may be held up by something that never comes, such as a reader of its output: whoever
//! asks twice has the program end at once. Results are whole then too, since files get their names
//! when they are complete.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;

/// Whether the user asked to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    raised: Arc<AtomicBool>,
}

impl Interrupt {
    /// A flag that Ctrl-C raises, and so do a request to end (SIGTERM) and a closed terminal
    /// (SIGHUP). The second of them ends the program.
    ///
    /// # Errors
    ///
    /// When the system refuses the handler, or one is installed already.
    pub(crate) fn install() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let raised = Arc::clone(&interrupt.raised);
        ctrlc::set_handler(move || {
            if raised.swap(true, Ordering::Relaxed) {
                process::exit(Exit::Interrupted.code().into());
            }
        })?;
        Ok(interrupt)
    }

    /// Whether the flag is up.
    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }
}
