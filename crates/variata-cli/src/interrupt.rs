//! Turns Ctrl-C into a question that working code can ask.
//!
//! The signal only raises a flag. Whoever works looks at it between two steps, finishes the file
//! that it is writing and leaves in order, so that an interrupt never leaves half a file behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the user asked to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    raised: Arc<AtomicBool>,
}

impl Interrupt {
    /// A flag that Ctrl-C raises, and so do a request to end (SIGTERM) and a closed terminal
    /// (SIGHUP).
    ///
    /// # Errors
    ///
    /// When the system refuses the handler, or one is installed already.
    pub(crate) fn install() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let raised = Arc::clone(&interrupt.raised);
        ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed))?;
        Ok(interrupt)
    }

    /// Whether the flag is up.
    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }
}
