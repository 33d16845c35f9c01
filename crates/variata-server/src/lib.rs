//! OpenAI's image-variation endpoint, on any engine and any store.
//!
//! Callers of the retired endpoint change one address and nothing else: paths, fields, answers and
//! errors are those that the official clients know. [`run`] serves a listener until it is told to
//! stop; what it serves with comes in as [`Services`], and what an operator can set as [`Config`].
//!
//! # Promises
//!
//! * **One envelope.** Every error is JSON with the four documented keys and the documented start
//!   of its message; only what hyper refuses before there is a request has no body.
//! * **Checked once.** Past [`ApiError`]'s constructors for it, nothing of a request can be wrong.
//! * **Bounded.** Connections, bodies, parts, texts, waiting work and every wait have a named
//!   bound; see [`Limits`].
//! * **Nobody works for nobody.** When a caller hangs up, its job is cancelled.
//! * **Asynchronous threads never compute.** Pictures are decoded, varied, encoded and turned into
//!   base64 on the dispatcher's pool.
//! * **No secrets.** Keys and signatures are in no answer, no log and no `Debug`.
#![forbid(unsafe_code)]

mod access;
mod admin;
mod app;
mod config;
mod connection;
mod cors;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod idempotency;
mod metrics;
mod origin;
mod recent;
mod reference;
mod request;
mod routes;
mod serve;
mod stream;
mod unread;
mod visit;
mod wire;
mod work;

pub use app::{Clock, Services};
pub use config::{Config, Limits};
pub use cors::{CorsOrigin, InvalidCorsOrigin};
pub use error::ApiError;
pub use origin::{InvalidNetwork, InvalidPublicUrl, Network, PublicUrl};
pub use reference::openapi;
pub use request::BodyLimits;
pub use serve::{Listeners, StartError, run};
pub use variata_contract::ErrorType;
