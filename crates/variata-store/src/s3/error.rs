//! What the errors of an object store mean to ours.

use std::io;

use object_store::Error;

use crate::{FileName, StoreError};

/// The error about one file, when trying to `action` it.
pub(super) fn about_file(action: &str, name: FileName, error: Error) -> StoreError {
    match error {
        // S3 answers 412 to a conditional put, others 409.
        Error::AlreadyExists { .. } | Error::Precondition { .. } => {
            StoreError::AlreadyExists { name }
        }
        Error::NotFound { .. } if !is_missing_bucket(&error) => StoreError::NotFound { name },
        other => about(format!("{action} {name}"), other),
    }
}

/// The error about anything else.
pub(super) fn about(action: impl Into<String>, error: Error) -> StoreError {
    let action = action.into();
    let is_full = is_full(&error);
    let is_ours = !matches!(error, Error::Generic { .. });
    let source = io::Error::other(error);
    match (is_full, is_ours) {
        (true, _) => StoreError::Full { action, source },
        // Refused for good: a wrong key, region or bucket.
        (false, true) => StoreError::Io { action, source },
        (false, false) => StoreError::Unavailable { action, source },
    }
}

/// S3 itself is never full; the services that can be say so in the body alone.
fn is_full(error: &Error) -> bool {
    let text = error.to_string();
    ["XMinioStorageFull", "QuotaExceeded", "507 Insufficient Storage"]
        .iter()
        .any(|sign| text.contains(sign))
}

fn is_missing_bucket(error: &Error) -> bool {
    error.to_string().contains("NoSuchBucket")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileKind;

    #[test]
    fn a_full_service_is_told_from_one_that_is_down_and_one_that_refuses() {
        let generic = |text: &str| Error::Generic { store: "S3", source: text.into() };
        let denied = Error::PermissionDenied { path: String::new(), source: "403".into() };
        let of = |error| about("write", error);
        assert!(matches!(of(generic("XMinioStorageFull")), StoreError::Full { .. }));
        assert!(matches!(of(generic("connection refused")), StoreError::Unavailable { .. }));
        assert!(matches!(of(denied), StoreError::Io { .. }));
    }

    #[test]
    fn a_missing_bucket_is_not_a_missing_file() {
        let name = FileName::random(FileKind::Png).unwrap();
        let missing = |text: &str| Error::NotFound { path: String::new(), source: text.into() };
        let file = about_file("read", name, missing("<Code>NoSuchKey</Code>"));
        assert!(matches!(file, StoreError::NotFound { .. }));
        let bucket = about_file("read", name, missing("<Code>NoSuchBucket</Code>"));
        assert!(matches!(bucket, StoreError::Io { .. }));
    }
}
