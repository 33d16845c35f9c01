//! What a device says when it cannot go on.

use std::fmt;

/// Why a device did not do what it was asked to, in its own words: most often, that its memory is
/// full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceError(String);

impl DeviceError {
    /// An error with this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeviceError {}
