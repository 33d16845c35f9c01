//! Where in S3: `s3://bucket/prefix`.

use std::fmt;
use std::str::FromStr;

use object_store::path::Path;
use thiserror::Error;

/// A bucket, and what the names of all objects in it start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Location {
    bucket: String,
    prefix: Path,
}

/// A text that names no place in S3.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a place in S3: expected s3://BUCKET or s3://BUCKET/PREFIX")]
pub struct InvalidS3Location(String);

impl S3Location {
    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(super) fn prefix(&self) -> &Path {
        &self.prefix
    }
}

impl FromStr for S3Location {
    type Err = InvalidS3Location;

    fn from_str(text: &str) -> Result<Self, InvalidS3Location> {
        let invalid = || InvalidS3Location(text.to_owned());
        let place = text.strip_prefix("s3://").ok_or_else(invalid)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if bucket.is_empty() || !bucket.bytes().all(is_name) {
            return Err(invalid());
        }
        let prefix = Path::parse(prefix.trim_matches('/')).map_err(|_| invalid())?;
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_and_a_prefix_are_read() {
        let location: S3Location = "s3://pictures/variata/a/".parse().unwrap();
        assert_eq!((location.bucket(), location.prefix().as_ref()), ("pictures", "variata/a"));
        assert_eq!("s3://pictures".parse::<S3Location>().unwrap().prefix().as_ref(), "");
    }

    #[test]
    fn other_texts_are_no_place() {
        for text in ["", "pictures", "s3://", "s3:///a", "s3://a b", "s3://a/../b", "http://a/b"] {
            assert!(text.parse::<S3Location>().is_err(), "{text} was taken");
        }
    }
}
