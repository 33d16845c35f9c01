//! What a model may ask of a processor.

use crate::{DeviceError, Source};

/// The sides of a block of activations: `batch` pictures of `height` × `width` places, each a row
/// of `channels` numbers. Sequences of tokens are pictures of height 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How many pictures or sequences.
    pub batch: usize,
    /// Places from top to bottom; 1 for sequences.
    pub height: usize,
    /// Places from left to right, or tokens.
    pub width: usize,
    /// Numbers at each place.
    pub channels: usize,
}

impl Shape {
    /// `batch` sequences of `count` tokens.
    pub fn tokens(batch: usize, count: usize, channels: usize) -> Self {
        Self { batch, height: 1, width: count, channels }
    }

    /// Places of one picture, or tokens of one sequence.
    pub fn places(&self) -> usize {
        self.height * self.width
    }

    /// Places of all pictures together.
    pub fn rows(&self) -> usize {
        self.batch * self.places()
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.rows() * self.channels
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The weights of a linear layer or a convolution, in the order that checkpoints have:
/// `outputs × inputs × height × width`, where a linear layer's window is 1 × 1.
#[derive(Debug, Clone)]
pub struct Kernel<S = Vec<f32>> {
    /// Channels of the result.
    pub outputs: usize,
    /// Channels of the input.
    pub inputs: usize,
    /// Rows of the window.
    pub height: usize,
    /// Columns of the window.
    pub width: usize,
    /// `outputs * inputs * height * width` numbers.
    pub weights: S,
    /// One number for each output.
    pub bias: Option<Vec<f32>>,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberKind {
    /// Single precision.
    Single,
    /// IEEE's half precision, f16.
    Half,
    /// The upper half of single precision, bf16.
    Brain,
}

impl NumberKind {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half | Self::Brain => 2,
        }
    }
}

/// How a convolution's window moves over a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Places from one window to the next, in both directions.
    pub stride: usize,
    /// Zeros before the first row and the first column.
    pub before: usize,
    /// Zeros after the last row and the last column.
    pub after: usize,
}

impl Window {
    /// Moves by one place, with `margin` zeros on every side.
    pub fn same(margin: usize) -> Self {
        Self { stride: 1, before: margin, after: margin }
    }

    /// How many windows of `size` fit along a side of `length`.
    pub fn count(&self, length: usize, size: usize) -> usize {
        (length + self.before + self.after)
            .checked_sub(size)
            .map_or(0, |room| room / self.stride + 1)
    }
}

/// How channels are normalised in groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupNorm {
    /// How many groups the channels are divided into.
    pub groups: usize,
    /// Added to every variance.
    pub epsilon: f32,
    /// Whether x·sigmoid(x) follows.
    pub silu: bool,
}

/// How queries look at keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// How many heads the channels are divided into.
    pub heads: usize,
    /// Whether a token sees only itself and those before it.
    pub causal: bool,
}

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x·sigmoid(x).
    Silu,
    /// x·Φ(x), Φ being the normal distribution (by the error function, not its tanh likeness).
    Gelu,
    /// x·sigmoid(1.702 x).
    QuickGelu,
}

/// How weights and the inputs of matrix products are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Single precision throughout.
    #[default]
    F32,
    /// f16 with sums in single precision, for graphics cards: half the memory. The processor's back
    /// end takes bf16 in its place.
    F16,
    /// bf16 with sums in single precision: half the memory, and faster where the processor multiplies
    /// pairs (AVX-512-BF16) or tiles of them (AMX).
    Bf16,
}

/// Where models run.
///
/// Operators cannot fail: a device that does fail at one says so when results are asked for.
///
/// An `added` tensor has the result's shape, or one row for each entry of the batch, which is
/// then added at every place.
pub trait Backend: Send + Sync {
    /// Activations.
    type Tensor: Clone + Send + Sync;
    /// The weights of a linear layer or a convolution, made ready.
    type Layer: Send + Sync;

    /// Brings numbers to the processor, rows of channels, places row by row.
    fn upload(&self, shape: Shape, values: Vec<f32>) -> Self::Tensor;

    /// Brings numbers back, in the order of [`Backend::upload`].
    ///
    /// # Errors
    ///
    /// [`DeviceError`] when the device failed at this tensor, or at one that it was made of.
    fn download(&self, tensor: &Self::Tensor) -> Result<Vec<f32>, DeviceError>;

    /// The sides of `tensor`.
    fn shape(&self, tensor: &Self::Tensor) -> Shape;

    /// Makes weights ready for [`Backend::linear`] and [`Backend::conv2d`].
    ///
    /// # Errors
    ///
    /// What the source says when it cannot be read, and [`DeviceError`] when the device has no room.
    fn pack<S: Source>(&self, kernel: &Kernel<S>) -> Result<Self::Layer, S::Error>;

    /// Every row times the weights, plus the bias, plus `added`.
    fn linear(
        &self,
        layer: &Self::Layer,
        input: &Self::Tensor,
        added: Option<&Self::Tensor>,
    ) -> Self::Tensor;

    /// [`Backend::linear`] for attention and products alone, whose inputs may be rounded.
    fn project(&self, layer: &Self::Layer, input: &Self::Tensor) -> Self::Tensor {
        self.linear(layer, input, None)
    }

    /// [`Backend::geglu`] of a linear layer's result, which may be rounded for the product that follows.
    fn gate(&self, layer: &Self::Layer, input: &Self::Tensor) -> Self::Tensor {
        self.geglu(&self.linear(layer, input, None))
    }

    /// The convolution with the weights, plus the bias, plus `added`.
    fn conv2d(
        &self,
        layer: &Self::Layer,
        input: &Self::Tensor,
        window: Window,
        added: Option<&Self::Tensor>,
    ) -> Self::Tensor;

    /// Mean 0 and variance 1 within each group of channels of a picture, then `scale` and `shift`,
    /// one number a channel (Wu and He, 2018).
    fn group_norm(
        &self,
        input: &Self::Tensor,
        scale_shift: (&Self::Tensor, &Self::Tensor),
        how: GroupNorm,
    ) -> Self::Tensor;

    /// Mean 0 and variance 1 within each row, then scale and shift.
    fn layer_norm(
        &self,
        input: &Self::Tensor,
        scale_shift: (&Self::Tensor, &Self::Tensor),
        epsilon: f32,
    ) -> Self::Tensor;

    /// softmax(q·kᵀ / √width)·v for each head, never as a whole matrix.
    fn attention(
        &self,
        queries: &Self::Tensor,
        keys: &Self::Tensor,
        values: &Self::Tensor,
        how: Attention,
    ) -> Self::Tensor;

    /// The function of every number.
    fn activate(&self, input: Self::Tensor, function: Activation) -> Self::Tensor;

    /// The first half of every row times the GELU of the second (Shazeer, 2020).
    fn geglu(&self, input: &Self::Tensor) -> Self::Tensor;

    /// Every place repeated to fill `height` × `width`.
    fn upsample_nearest(&self, input: &Self::Tensor, height: usize, width: usize) -> Self::Tensor;

    /// The mean of every 2 × 2 places; an odd last row or column is left out.
    fn avg_pool(&self, input: &Self::Tensor) -> Self::Tensor;

    /// The rows of both, side by side.
    fn concat(&self, left: &Self::Tensor, right: &Self::Tensor) -> Self::Tensor;

    /// The sum of both.
    fn add(&self, input: Self::Tensor, added: &Self::Tensor) -> Self::Tensor;

    /// The rows of `table` that `ids` name, as one sequence.
    fn embedding(&self, table: &Self::Tensor, ids: &[usize]) -> Self::Tensor;
}
