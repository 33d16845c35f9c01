//! What there is to do.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use variata_core::{Engine, SquareImage, Variation, VariationSpec};

/// Any error of a [`Codec`]; whoever wrote the codec can downcast it to what it was.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// One request for variations.
#[derive(Clone)]
pub struct Job {
    /// Whose turn this job takes.
    pub tenant: Tenant,
    /// Who makes the variations.
    pub engine: Arc<dyn Engine>,
    /// What is asked for; its count is what the job costs.
    pub spec: VariationSpec,
    /// Where the source comes from and what becomes of the results.
    pub codec: Arc<dyn Codec>,
}

impl fmt::Debug for Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Job")
            .field("engine", &self.engine.id())
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

/// Those who share a turn: usually the holder of one API key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// The tenant of this name, which should be no secret: an id or a digest, not a key.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Turns bytes into the source and results into bytes.
///
/// All methods are called on the pool, where they may take their time, and never before it is the
/// job's turn: what waits is the codec alone, so let it hold encoded bytes rather than pixels.
pub trait Codec: Send + Sync {
    /// The picture to vary. Called once, first of all.
    ///
    /// # Errors
    ///
    /// Ends the job with [`JobError::Source`](crate::JobError::Source).
    fn read(&self) -> Result<SquareImage, BoxError>;

    /// The bytes of a finished variation. Called from several threads at once.
    ///
    /// # Errors
    ///
    /// Ends the job with [`JobError::Output`](crate::JobError::Output).
    fn write(&self, variation: &Variation) -> Result<Bytes, BoxError>;

    /// Whether previews should be made at all; not, as by default, when nobody looks at them.
    fn wants_previews(&self) -> bool {
        false
    }

    /// The bytes of a preview of variation `index`; none when it cannot be written.
    fn write_preview(&self, index: u32, image: &SquareImage) -> Option<Bytes> {
        let _ = (index, image);
        None
    }
}
