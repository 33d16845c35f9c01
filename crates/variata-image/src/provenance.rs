//! How a picture came about, written into the picture, so that it can be made again.
//!
//! The record is a few `key=value` lines of printable ASCII: any tool that shows a file's comments
//! shows it, and a person can read it. Everything else is escaped as in a URL. It is read back from
//! files of unknown origin, so its length is bounded and every line is checked.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;
use variata_core::{Seed, Size, Strength};

use crate::container::{self, COM};
use crate::{Fit, Format, sniff};

/// The version of the record that is written; readers warn about a later one.
pub const RECORD_VERSION: u32 = 1;

/// How a picture came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// The version of the record: [`RECORD_VERSION`] when made here. A later one may hold more
    /// than is read.
    pub record_version: u32,
    /// The name of this picture, unique among those made by its maker.
    pub id: String,
    /// What made it, such as `variata 0.1.0`.
    pub software: String,
    /// Which engine made it, such as `variata-patch`.
    pub engine: String,
    /// The version of the engine; another one may make another picture from the same seed.
    pub engine_version: String,
    /// The seed that makes this very picture with a count of 1.
    pub seed: Seed,
    /// How far it was allowed to go from the source.
    pub strength: Strength,
    /// Its size.
    pub size: Size,
    /// The SHA-256 of the source file's bytes.
    pub source_sha256: SourceDigest,
    /// How the source was made square, `None` when it was already.
    pub fit: Option<Fit>,
    /// What the engine did, in its own words.
    pub operation: Option<String>,
    /// The `id` of the picture that was the source, if that was a variation itself.
    pub parent: Option<String>,
}

/// The SHA-256 of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceDigest([u8; 32]);

impl SourceDigest {
    /// The digest of the whole of `file`.
    pub fn of(file: &[u8]) -> Self {
        Self(Sha256::digest(file).into())
    }
}

impl fmt::Display for SourceDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for SourceDigest {
    type Err = crate::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || crate::UnknownName::new("SHA-256", text, "64 hexadecimal digits");
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let digits = pairs.iter().map(|&[high, low]| hex_byte(high, low));
        let bytes: Option<Vec<u8>> = digits.collect();
        let bytes = bytes.filter(|_| rest.is_empty()).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(wrong)
    }
}

/// Why a file's record could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProvenanceError {
    /// The file is none that could hold a record.
    #[error("a PNG, JPEG or WebP was expected, but the file is {found}")]
    NotAPicture {
        /// What it is.
        found: String,
    },
    /// The record is longer than any that is written here.
    #[error("the provenance record has {actual_bytes} bytes, more than {limit_bytes}")]
    TooLong {
        /// The record's length.
        actual_bytes: usize,
        /// The longest that is read.
        limit_bytes: usize,
    },
    /// The file holds several records.
    #[error("the file holds more than one provenance record")]
    SeveralRecords,
    /// The record does not fit its checksum.
    #[error("the provenance record is damaged: CRC error in its tEXt chunk")]
    Damaged,
    /// A line of the record breaks its rules.
    #[error("the provenance record has a broken line: {line:?}")]
    BrokenLine {
        /// The start of the line.
        line: String,
    },
    /// A line of the record is missing.
    #[error("the provenance record has no {key:?}")]
    Missing {
        /// The missing key.
        key: &'static str,
    },
    /// A value of the record is wrong.
    #[error("the provenance record has a wrong {key:?}: {reason}")]
    WrongValue {
        /// The key.
        key: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
}

/// Finds the record that [`crate::encode`] put into a PNG, JPEG or WebP.
///
/// `None` when there is no record. Looks at no pixels, allocates a few kilobytes at most, and
/// reads no compressed text.
///
/// # Errors
///
/// [`ProvenanceError`] when the file is no picture, or its record is broken, doubled or too long.
pub fn read_provenance(file: &[u8]) -> Result<Option<Provenance>, ProvenanceError> {
    let mut records = find_records(file)?.into_iter();
    match (records.next(), records.next()) {
        (None, _) => Ok(None),
        (Some(record), None) => parse(record).map(Some),
        (Some(_), Some(_)) => Err(ProvenanceError::SeveralRecords),
    }
}

/// The longest record that is written or read.
pub(crate) const MAX_RECORD_BYTES: usize = 4096;
/// The keyword of the PNG text chunk.
pub(crate) const PNG_KEYWORD: &str = "variata";
/// How every record starts.
const MAGIC: &str = "variata-provenance ";
const XMP_START: &str = "<variata:record>";
const XMP_END: &str = "</variata:record>";
/// The longest XMP packet that is searched: a record and what surrounds it.
const MAX_XMP_BYTES: usize = 2 * MAX_RECORD_BYTES;
/// How much of a wrong line or value an error shows.
const SHOWN_CHARS: usize = 60;

impl Provenance {
    pub(crate) fn to_record(&self) -> String {
        let mut record = format!("{MAGIC}{}\n", self.record_version);
        let mut line = |key: &str, value: &dyn fmt::Display| {
            // Writing into a String cannot fail.
            let _ = writeln!(record, "{key}={}", escape(&value.to_string()));
        };
        line("id", &self.id);
        line("software", &self.software);
        line("engine", &self.engine);
        line("engine-version", &self.engine_version);
        line("seed", &self.seed);
        line("strength", &self.strength);
        line("size", &self.size);
        line("source-sha256", &self.source_sha256);
        if let Some(fit) = &self.fit {
            line("fit", fit);
        }
        if let Some(operation) = &self.operation {
            line("operation", operation);
        }
        if let Some(parent) = &self.parent {
            line("parent", parent);
        }
        record
    }
}

/// Wraps a record into the XMP packet that a WebP can hold (ISO 16684-1). The record needs no
/// escaping: it has no character that means anything in XML.
pub(crate) fn to_xmp(record: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:variata=\"urn:variata:provenance\">\
         {XMP_START}{record}{XMP_END}\
         </rdf:Description></rdf:RDF></x:xmpmeta>"
    )
}

/// Escapes as `%XX` all that is not printable ASCII, and what means something to us or in XML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | b'<' | b'>' | b'&' | b'"' | 0..=0x1f | 0x7f.. => {
                let _ = write!(escaped, "%{byte:02X}");
            }
            _ => escaped.push(char::from(byte)),
        }
    }
    escaped
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let (&[high, low], after) = after.split_first_chunk::<2>()?;
            bytes.push(hex_byte(high, low)?);
            rest = after;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// At most two records: a second one is already a mistake.
fn find_records(file: &[u8]) -> Result<Vec<&[u8]>, ProvenanceError> {
    match sniff(file) {
        Some(Format::Png) => png_records(file),
        Some(Format::Jpeg) => {
            let comments = container::jpeg_segments(file).filter(|part| part.marker == COM);
            let records = comments.filter(|part| part.payload.starts_with(MAGIC.as_bytes()));
            Ok(records.map(|part| part.payload).take(2).collect())
        }
        Some(Format::WebP) => {
            let packets = container::webp_chunks(file).filter(|chunk| &chunk.kind == b"XMP ");
            Ok(packets.filter_map(|chunk| from_xmp(chunk.data)).take(2).collect())
        }
        Some(other) => Err(ProvenanceError::NotAPicture { found: other.with_article() }),
        None => Err(ProvenanceError::NotAPicture { found: "in no known format".to_owned() }),
    }
}

fn png_records(file: &[u8]) -> Result<Vec<&[u8]>, ProvenanceError> {
    let prefix = [PNG_KEYWORD.as_bytes(), &[0]].concat();
    let texts = container::png_chunks(file).filter(|chunk| &chunk.kind == b"tEXt");
    texts
        .filter_map(|chunk| Some((chunk, chunk.data.strip_prefix(&prefix[..])?)))
        .take(2)
        .map(|(chunk, text)| chunk.crc_is_right().then_some(text).ok_or(ProvenanceError::Damaged))
        .collect()
}

/// The record in an XMP packet of ours; other packets, however long, hold none.
fn from_xmp(packet: &[u8]) -> Option<&[u8]> {
    let text = std::str::from_utf8(packet.get(..MAX_XMP_BYTES).unwrap_or(packet)).ok()?;
    let (_, from_record) = text.split_once(XMP_START)?;
    let (record, _) = from_record.split_once(XMP_END)?;
    Some(record.as_bytes())
}

fn parse(record: &[u8]) -> Result<Provenance, ProvenanceError> {
    let (actual_bytes, limit_bytes) = (record.len(), MAX_RECORD_BYTES);
    if actual_bytes > limit_bytes {
        return Err(ProvenanceError::TooLong { actual_bytes, limit_bytes });
    }
    let text =
        std::str::from_utf8(record).map_err(|_| broken_line(&String::from_utf8_lossy(record)))?;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let version = first.strip_prefix(MAGIC).and_then(|version| version.parse().ok());
    let record_version = version.ok_or_else(|| broken_line(first))?;
    let fields = Fields::read(lines)?;
    Ok(Provenance {
        record_version,
        id: fields.required("id")?,
        software: fields.required("software")?,
        engine: fields.required("engine")?,
        engine_version: fields.required("engine-version")?,
        seed: fields.required("seed")?,
        strength: fields.required("strength")?,
        size: fields.required("size")?,
        source_sha256: fields.required("source-sha256")?,
        fit: fields.optional("fit")?,
        operation: fields.optional("operation")?,
        parent: fields.optional("parent")?,
    })
}

/// The lines of a record; keys that are not known here are left to later versions.
struct Fields<'a>(BTreeMap<&'a str, String>);

impl<'a> Fields<'a> {
    fn read(lines: impl Iterator<Item = &'a str>) -> Result<Self, ProvenanceError> {
        let mut fields = BTreeMap::new();
        for line in lines {
            let pair = line.split_once('=');
            let (key, value) = pair.ok_or_else(|| broken_line(line))?;
            let value = unescape(value).ok_or_else(|| broken_line(line))?;
            if fields.insert(key, value).is_some() {
                return Err(broken_line(line));
            }
        }
        Ok(Self(fields))
    }

    fn required<T>(&self, key: &'static str) -> Result<T, ProvenanceError>
    where
        T: FromStr<Err: fmt::Display>,
    {
        self.optional(key)?.ok_or(ProvenanceError::Missing { key })
    }

    fn optional<T>(&self, key: &'static str) -> Result<Option<T>, ProvenanceError>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let parsed = self.0.get(key).map(|value| value.parse());
        parsed.transpose().map_err(|error: T::Err| ProvenanceError::WrongValue {
            key,
            reason: shown(&error.to_string(), 2 * SHOWN_CHARS),
        })
    }
}

fn broken_line(line: &str) -> ProvenanceError {
    ProvenanceError::BrokenLine { line: shown(line, SHOWN_CHARS) }
}

fn shown(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
