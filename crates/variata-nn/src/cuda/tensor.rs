//! Activations on a card, or why there are none.

use std::sync::Arc;

use super::kernels::Buffer;
use crate::{DeviceError, Shape};

/// Activations: pictures, rows, columns, channels, in this order in memory.
#[derive(Debug, Clone)]
pub struct CudaTensor {
    shape: Shape,
    held: Result<Arc<Buffer>, DeviceError>,
}

impl CudaTensor {
    /// What `make` makes.
    pub(super) fn of(shape: Shape, make: impl FnOnce() -> Result<Buffer, DeviceError>) -> Self {
        Self { shape, held: make().map(Arc::new) }
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The numbers.
    pub(super) fn get(&self) -> Result<&Buffer, DeviceError> {
        self.held.as_deref().map_err(Clone::clone)
    }

    /// The numbers and how they lie.
    pub(super) fn whole(&self) -> Result<(&Buffer, Shape), DeviceError> {
        Ok((self.get()?, self.shape))
    }
}
