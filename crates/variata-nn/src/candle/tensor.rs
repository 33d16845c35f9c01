//! Activations on a device, or why there are none.

use candle_core::Tensor;

use crate::{DeviceError, Shape};

/// What candle made.
pub(super) type Made = Result<Tensor, DeviceError>;

impl From<candle_core::Error> for DeviceError {
    fn from(error: candle_core::Error) -> Self {
        match error {
            // `RUST_BACKTRACE` would have it told with everything that led there.
            candle_core::Error::WithBacktrace { inner, .. } => (*inner).into(),
            error => Self::new(error.to_string()),
        }
    }
}

/// Activations: pictures, rows, columns, channels.
///
/// That is the order of the sides; in memory they lie as the last operator left them, so that
/// operators which want channels first can follow each other without anything being moved.
#[derive(Debug, Clone)]
pub struct CandleTensor {
    shape: Shape,
    held: Made,
}

impl CandleTensor {
    /// What `make` makes, with channels last.
    pub(super) fn of(shape: Shape, make: impl FnOnce() -> Made) -> Self {
        let sides = [shape.batch, shape.height, shape.width, shape.channels];
        let held = make().and_then(|tensor| {
            // Asked for its own sides, candle would copy what does not lie in their order.
            if tensor.dims() == sides { Ok(tensor) } else { Ok(tensor.reshape(&sides[..])?) }
        });
        Self { shape, held }
    }

    /// What `make` makes, with channels first.
    pub(super) fn of_planes(shape: Shape, make: impl FnOnce() -> Made) -> Self {
        Self::of(shape, || Ok(make()?.permute((0, 2, 3, 1))?))
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The numbers, in any order in memory.
    pub(super) fn get(&self) -> Result<&Tensor, DeviceError> {
        self.held.as_ref().map_err(Clone::clone)
    }

    /// Places and channels, in order in memory.
    pub(super) fn rows(&self) -> Made {
        Ok(self.get()?.contiguous()?.reshape((self.shape.rows(), self.shape.channels))?)
    }

    /// Pictures, channels, rows and columns, in order in memory.
    pub(super) fn planes(&self) -> Made {
        Ok(channels_first(self.get()?)?.contiguous()?)
    }

    /// Whether channels lie before places in memory.
    pub(super) fn lies_in_planes(&self) -> bool {
        let first = self.get().map(channels_first);
        first.is_ok_and(|view| view.is_ok_and(|view| view.is_contiguous()))
    }

    /// As what is added to a tensor of `shape`: see [`crate::Backend`].
    pub(super) fn spread_over(&self, shape: Shape) -> Made {
        let Shape { batch, height, width, channels } = shape;
        let is_whole = self.shape.rows() == shape.rows();
        let (height, width) = if is_whole { (height, width) } else { (1, 1) };
        if is_whole && (self.shape.height, self.shape.width) == (height, width) {
            return self.get().cloned();
        }
        Ok(self.rows()?.reshape((batch, height, width, channels))?)
    }
}

/// A view with channels before places.
pub(super) fn channels_first(tensor: &Tensor) -> candle_core::Result<Tensor> {
    tensor.permute((0, 3, 1, 2))
}
