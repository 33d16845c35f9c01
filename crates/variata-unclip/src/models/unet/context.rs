//! What a network attends to, prepared once for all steps.

use variata_nn::Backend;

/// A context as each layer of a network sees it.
pub struct Context<B: Backend> {
    by_slot: Vec<Seen<B>>,
}

/// What one layer sees of a context.
pub(super) enum Seen<B: Backend> {
    /// Of a single token: its weight is 1 whatever is asked, so that the layer's result is the
    /// same at every place.
    Constant(B::Tensor),
    /// Of several.
    Tokens {
        /// What queries are compared with.
        keys: B::Tensor,
        /// What is taken from each.
        values: B::Tensor,
    },
}

impl<B: Backend> Context<B> {
    /// Takes what the layers see, in the order of their slots.
    pub(super) fn new(by_slot: Vec<Seen<B>>) -> Self {
        Self { by_slot }
    }

    pub(super) fn seen_by(&self, slot: usize) -> &Seen<B> {
        &self.by_slot[slot]
    }
}

/// Numbers the layers that attend to the context while they are loaded.
#[derive(Debug)]
pub(super) struct Slots {
    context_channels: usize,
    next: usize,
}

impl Slots {
    pub(super) fn new(context_channels: usize) -> Self {
        Self { context_channels, next: 0 }
    }

    pub(super) fn context_channels(&self) -> usize {
        self.context_channels
    }

    pub(super) fn take(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}
