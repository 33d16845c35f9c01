//! Why a picture was not read, by what the caller can do about it.

use thiserror::Error;

use crate::Format;

/// Why a picture was not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There are no bytes at all: send the file.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than allowed: send a smaller one.
    #[error("the file has {actual_bytes} bytes, more than the {limit_bytes} that are allowed")]
    TooManyBytes {
        /// The length of the file.
        actual_bytes: u64,
        /// The most that was allowed.
        limit_bytes: u64,
    },
    /// The bytes are in no format that is known here.
    #[error("the file is in no known picture format (it starts with \"{start}\")")]
    UnknownFormat {
        /// The first bytes, escaped.
        start: String,
    },
    /// There is a text that stands for a file: send the file itself.
    #[error("it is {instead} (\"{start}…\"), expected the bytes of the file itself")]
    NotTheFile {
        /// What it is, with its article.
        instead: &'static str,
        /// The first bytes, escaped.
        start: String,
    },
    /// There is a line of text, such as a path or `undefined`: send the file itself.
    #[error("it is the text \"{text}\", expected the bytes of a picture")]
    Text {
        /// All of it.
        text: String,
    },
    /// The format is known but not taken here: convert the picture.
    #[error("it is {}, expected {expected}", found.with_article())]
    UnsupportedFormat {
        /// What the file is.
        found: Format,
        /// What would be taken, such as `a PNG or a JPEG`.
        expected: String,
    },
    /// A side is too long: scale the picture down.
    #[error("the picture is {width_px}x{height_px} pixels, more than {limit_px} on a side")]
    SideTooLong {
        /// The width that the header names.
        width_px: u32,
        /// The height that the header names.
        height_px: u32,
        /// The longest side that was allowed.
        limit_px: u32,
    },
    /// There are too many pixels in all: scale the picture down.
    #[error("the picture is {width_px}x{height_px} pixels, more than {limit} in all")]
    TooManyPixels {
        /// The width that the header names.
        width_px: u32,
        /// The height that the header names.
        height_px: u32,
        /// The most pixels that were allowed.
        limit: u64,
    },
    /// The file stops before the picture does: send all of it.
    #[error("the {format} is cut off after {actual_bytes} bytes")]
    Truncated {
        /// What the file is.
        format: Format,
        /// How long it is.
        actual_bytes: u64,
    },
    /// The file breaks the rules of its format: save it anew.
    #[error("the {format} is damaged: {reason}")]
    Malformed {
        /// What the file is.
        format: Format,
        /// What is wrong with it.
        reason: String,
    },
}

impl DecodeError {
    pub(super) fn unknown_format(bytes: &[u8]) -> Self {
        let start = bytes.get(..SHOWN_BYTES).unwrap_or(bytes).escape_ascii().to_string();
        if let Some(&(_, instead)) = STAND_INS.iter().find(|(prefix, _)| bytes.starts_with(prefix))
        {
            return Self::NotTheFile { instead, start };
        }
        match line_of_text(bytes) {
            Some(text) => Self::Text { text: text.to_owned() },
            None => Self::UnknownFormat { start },
        }
    }

    /// `reason` may come from a codec: one line of it is kept, in lower case, without a full stop.
    pub(super) fn malformed(format: Format, reason: impl Into<String>) -> Self {
        let reason = one_line(&reason.into());
        Self::Malformed { format, reason }
    }

    pub(super) fn truncated(format: Format, bytes: &[u8]) -> Self {
        Self::Truncated { format, actual_bytes: bytes.len() as u64 }
    }
}

/// Texts that programs send where a file was meant: of other APIs, of PHP before 5.5, and of
/// JavaScript that joins an object to a string. Base64 is told by the signatures of pictures.
const STAND_INS: [(&[u8], &str); 8] = [
    (b"data:", "a data URL"),
    (b"http://", "an address"),
    (b"https://", "an address"),
    (b"iVBORw0KGgo", "Base64"),
    (b"/9j/", "Base64"),
    (b"UklGR", "Base64"),
    (b"@", "a path"),
    (b"[object ", "the name of an object"),
];
/// How many bytes of an unknown file a message shows.
const SHOWN_BYTES: usize = 8;
/// The longest text that is taken for a path or a word: as long as the name of a file may be.
const MAX_TEXT_BYTES: usize = 255;
/// How much of a codec's own words a message takes over.
const MAX_REASON_CHARS: usize = 160;

/// What somebody wrote, if that is all there is.
fn line_of_text(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.trim_ascii_end();
    if bytes.is_empty() || bytes.len() > MAX_TEXT_BYTES {
        return None;
    }
    std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

fn one_line(text: &str) -> String {
    let clean = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    let short: String = clean.take(MAX_REASON_CHARS).collect();
    let trimmed = short.trim().trim_end_matches('.');
    let second_is_lower = trimmed.chars().nth(1).is_some_and(|char| !char.is_uppercase());
    let mut chars = trimmed.chars();
    match chars.next() {
        Some(first) if second_is_lower => first.to_lowercase().chain(chars).collect(),
        _ => trimmed.to_owned(),
    }
}
