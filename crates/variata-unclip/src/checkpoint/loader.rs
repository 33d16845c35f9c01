//! From named tensors to layers.

use variata_nn::{Backend, Kernel, Shape};

use super::Weights;
use crate::LoadError;

/// Reads layers whose names start alike.
#[derive(Debug)]
pub struct Loader<'a, B> {
    backend: &'a B,
    weights: &'a Weights,
    prefix: String,
}

/// What a normalised value is multiplied with, and what is added then, for each channel.
#[derive(Debug, Clone)]
pub struct Norm<B: Backend> {
    scale: B::Tensor,
    shift: B::Tensor,
}

impl<B: Backend> Norm<B> {
    /// Both, in the order that back ends want.
    pub fn pair(&self) -> (&B::Tensor, &B::Tensor) {
        (&self.scale, &self.shift)
    }
}

impl<'a, B: Backend> Loader<'a, B> {
    /// Reads `weights` for `backend`.
    pub fn new(backend: &'a B, weights: &'a Weights) -> Self {
        Self { backend, weights, prefix: String::new() }
    }

    /// The back end that layers are made for.
    pub fn backend(&self) -> &'a B {
        self.backend
    }

    /// The same for names that start with `name` and a dot, after what they start with already.
    #[must_use]
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        let prefix = format!("{}{name}.", self.prefix);
        Self { backend: self.backend, weights: self.weights, prefix }
    }

    /// The same for names that start with `name`, if there is a tensor `name.probe`: releases
    /// differ in whether they write it.
    #[must_use]
    pub fn at_optional(&self, name: &str, probe: &str) -> Self {
        let inner = self.at(name);
        if inner.has(probe) { inner } else { self.at_same() }
    }

    fn at_same(&self) -> Self {
        Self { backend: self.backend, weights: self.weights, prefix: self.prefix.clone() }
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.weights.has(&self.name(name))
    }

    /// The numbers of a tensor of one of `shapes`.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is missing or has another shape, as for all that follow.
    pub fn numbers(&self, name: &str, shapes: &[&[usize]]) -> Result<Vec<f32>, LoadError> {
        self.weights.read(&self.name(name), shapes)
    }

    /// A table of `rows` rows.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn table(&self, name: &str, rows: usize, width: usize) -> Result<B::Tensor, LoadError> {
        let numbers = self.numbers(name, &[&[rows, width]])?;
        Ok(self.backend.upload(Shape::tokens(1, rows, width), numbers))
    }

    /// A linear layer from `inputs` to `outputs` channels; with a bias if the checkpoint has one.
    /// Some releases write such layers as convolutions of 1 × 1.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn linear(
        &self,
        name: &str,
        (inputs, outputs): (usize, usize),
    ) -> Result<B::Layer, LoadError> {
        self.layer(name, (inputs, outputs), 1, &[&[outputs, inputs], &[outputs, inputs, 1, 1]])
    }

    /// A convolution with a window of `size` × `size`.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn conv(
        &self,
        name: &str,
        (inputs, outputs): (usize, usize),
        size: usize,
    ) -> Result<B::Layer, LoadError> {
        self.layer(name, (inputs, outputs), size, &[&[outputs, inputs, size, size]])
    }

    /// A normalisation of `channels` channels.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn norm(&self, name: &str, channels: usize) -> Result<Norm<B>, LoadError> {
        let row = |part: &str| -> Result<B::Tensor, LoadError> {
            let numbers = self.numbers(&format!("{name}.{part}"), &[&[channels]])?;
            Ok(self.backend.upload(Shape::tokens(1, 1, channels), numbers))
        };
        Ok(Norm { scale: row("weight")?, shift: row("bias")? })
    }

    fn layer(
        &self,
        name: &str,
        (inputs, outputs): (usize, usize),
        size: usize,
        shapes: &[&[usize]],
    ) -> Result<B::Layer, LoadError> {
        let weights = self.weights.tensor(&self.name(&format!("{name}.weight")), shapes)?;
        let bias = self.bias(name, outputs)?;
        self.backend.pack(&Kernel { outputs, inputs, height: size, width: size, weights, bias })
    }

    fn bias(&self, name: &str, outputs: usize) -> Result<Option<Vec<f32>>, LoadError> {
        let name = format!("{name}.bias");
        self.has(&name).then(|| self.numbers(&name, &[&[outputs]])).transpose()
    }

    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
