//! Names that only this crate can make.
//!
//! A name that came from outside is either one that [`FileName`] could have made or refused, so a
//! path made of it cannot leave its folder.

use std::fmt;
use std::io;
use std::str::FromStr;

use thiserror::Error;

use crate::hex;

/// 128 random bits: unguessable, and never the same twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId([u8; Self::LENGTH_BYTES]);

impl FileId {
    const LENGTH_BYTES: usize = 16;

    /// Draws an id from the system's random numbers.
    ///
    /// # Errors
    ///
    /// The system's reason when it has no random numbers, which a running system does not report.
    pub fn random() -> io::Result<Self> {
        random_bytes().map(Self)
    }

    /// The id of these bits, for callers whose ids come from elsewhere, such as a job's.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

/// What a file holds, as its extension says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// A PNG picture, `.png`.
    Png,
    /// A JPEG picture, `.jpg`.
    Jpeg,
    /// A WebP picture, `.webp`.
    Webp,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Webp];

    /// The extension, without its dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// The media type, such as `image/png`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

/// The name of a stored file: 32 lower-case hexadecimal digits, a dot and an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName {
    /// Which file.
    pub id: FileId,
    /// What it holds.
    pub kind: FileKind,
}

impl FileName {
    /// A new name for a file of this kind.
    ///
    /// # Errors
    ///
    /// As [`FileId::random`].
    pub fn random(kind: FileKind) -> io::Result<Self> {
        Ok(Self { id: FileId::random()?, kind })
    }

    /// The entity tag, in its quotation marks: the name itself, since a file never changes.
    pub fn etag(self) -> String {
        format!("\"{self}\"")
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.id, self.kind.extension())
    }
}

/// A text that is not the name of any stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a file name: expected 32 lower-case hexadecimal digits and .png, .jpg or .webp")]
pub struct InvalidName;

impl FromStr for FileName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let (id, extension) = text.split_once('.').ok_or(InvalidName)?;
        let kind = FileKind::ALL.into_iter().find(|kind| kind.extension() == extension);
        let id = hex::decode(id).map(FileId);
        id.zip(kind).map(|(id, kind)| Self { id, kind }).ok_or(InvalidName)
    }
}

/// `N` bytes of the system's random numbers.
pub(crate) fn random_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        for kind in FileKind::ALL {
            let name = FileName::random(kind).unwrap();
            assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn no_other_text_is_a_name() {
        let id = "0123456789abcdef0123456789abcdef";
        assert!(format!("{id}.png").parse::<FileName>().is_ok());
        let wrong = [
            String::new(),
            id.to_owned(),
            format!("{id}."),
            format!("{id}.PNG"),
            format!("{id}.png.png"),
            format!("{id}.exe"),
            format!("{}.png", id.to_uppercase()),
            format!("{}.png", &id[1..]),
            format!("../{id}.png"),
            format!("{}/.png", &id[1..]),
            format!("{id}.png\0"),
        ];
        for text in wrong {
            assert_eq!(text.parse::<FileName>(), Err(InvalidName), "{text:?} was taken");
        }
    }
}
