//! The engines on offer, and which of them a caller means.

use std::sync::Arc;

use variata_core::Engine;

/// At least one engine; the first is the default.
#[derive(Clone)]
pub struct Engines {
    default: Arc<dyn Engine>,
    others: Vec<Arc<dyn Engine>>,
}

/// One of the engines on offer.
#[derive(Clone)]
pub struct EngineChoice(Arc<dyn Engine>);

impl Engines {
    /// `None` when there are none.
    pub fn new(engines: Vec<Arc<dyn Engine>>) -> Option<Self> {
        let mut engines = engines.into_iter();
        Some(Self { default: engines.next()?, others: engines.collect() })
    }

    /// The engine for callers who name none, or `dall-e-2`.
    pub fn default_choice(&self) -> EngineChoice {
        EngineChoice(Arc::clone(&self.default))
    }

    /// The engine that `model` means.
    pub fn choose(&self, model: &str) -> Option<EngineChoice> {
        if model == DALL_E_2 {
            return Some(self.default_choice());
        }
        self.all().find(|engine| engine.id() == model).cloned().map(EngineChoice)
    }

    /// The names of all engines, the default's first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.all().map(|engine| engine.id())
    }

    fn all(&self) -> impl Iterator<Item = &Arc<dyn Engine>> {
        std::iter::once(&self.default).chain(&self.others)
    }
}

/// The model that callers of OpenAI's endpoint name.
pub const DALL_E_2: &str = "dall-e-2";

impl EngineChoice {
    /// The engine's name.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The engine itself.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.0
    }
}

impl PartialEq for EngineChoice {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl std::fmt::Debug for EngineChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.id())
    }
}
