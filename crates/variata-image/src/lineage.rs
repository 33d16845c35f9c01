//! What the record of a variation says of the source, and how a variation is named.
//!
//! The command, the server and the library all write records, and the same source, specification
//! and seed have to give the same file through each of them. So what goes into a record is decided
//! here alone.

use variata_core::{Seed, Variation, VariationSpec};

use crate::{Fit, Provenance, RECORD_VERSION, SourceDigest, read_provenance};

/// Where the variations of one source file come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    digest: SourceDigest,
    fitted: Option<Fit>,
    parent: Option<String>,
}

impl Lineage {
    /// The lineage of what is made from `file`; `fitted` is how its picture was made square, `None`
    /// when it was square already.
    ///
    /// A file of unknown origin can claim anything, so a record in it that is broken, or that gives
    /// a name which no variation has, counts as none: it is no reason to refuse the picture.
    pub fn of(file: &[u8], fitted: Option<Fit>) -> Self {
        let record = read_provenance(file).ok().flatten();
        let parent = record.map(|record| record.id).filter(|id| is_plain_name(id));
        Self { digest: SourceDigest::of(file), fitted, parent }
    }

    /// This, the picture having been made square by `fitted`.
    #[must_use]
    pub fn with_fit(self, fitted: Option<Fit>) -> Self {
        Self { fitted, ..self }
    }

    /// The SHA-256 of the source file.
    pub fn digest(&self) -> SourceDigest {
        self.digest
    }

    /// How the source was made square, `None` when it was already.
    pub fn fitted(&self) -> Option<Fit> {
        self.fitted
    }

    /// The name of the source, if it is a variation itself.
    pub fn parent(&self) -> Option<&str> {
        self.parent.as_deref()
    }

    /// The name of the variation of `seed` by the engine of the name `engine_id`.
    ///
    /// It is made of all that decides the picture and of nothing else, because it stands in the
    /// file, and the same request has to give the same file. Besides the engine's, it is made of
    /// lower-case letters, digits, `-` and `.`, so it can be part of a path or a URL.
    pub fn name(&self, engine_id: &str, spec: &VariationSpec, seed: Seed) -> String {
        let fit = self.fitted.map_or("square".to_owned(), |fit| fit.to_string());
        let digest = self.digest.to_string();
        let source = digest.get(..DIGEST_CHARS).unwrap_or(&digest);
        let (side_px, strength) = (spec.size.side_px(), spec.strength);
        format!("{source}-{fit}-{seed}-{side_px}-{strength}-{engine_id}")
    }

    /// The record of `variation`, which the engine of the name `engine_id` made as `spec` asks.
    pub fn record(
        &self,
        engine_id: &str,
        spec: &VariationSpec,
        variation: &Variation,
    ) -> Provenance {
        let operation = &variation.description.operation;
        Provenance {
            record_version: RECORD_VERSION,
            id: self.name(engine_id, spec, variation.seed),
            software: concat!("variata ", env!("CARGO_PKG_VERSION")).to_owned(),
            engine: engine_id.to_owned(),
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: variation.seed,
            strength: spec.strength,
            size: spec.size,
            source_sha256: self.digest,
            fit: self.fitted,
            operation: Some(operation.clone()).filter(|text| !text.is_empty()),
            parent: self.parent.clone(),
        }
    }
}

/// How much of the source's digest a name holds: 64 bits tell apart all pictures of a person.
const DIGEST_CHARS: usize = 16;
/// The longest name that is taken over from a source's record.
const MAX_NAME_BYTES: usize = 128;

/// Whether `name` could have been made by [`Lineage::name`] or an earlier version of it.
fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_plain)
}
