//! What callers are told of the endpoint: an OpenAPI document for programs, a page for people.
//!
//! Both are made of the same two tables. [`fields`] shares its choices and bounds with the code
//! that checks requests, and [`causes`] holds errors that the real constructors made; so neither
//! can promise what the server does not do.

mod causes;
mod fields;
mod openapi;
mod operations;
mod page;
mod schemas;

pub(crate) use fields::field_names;
pub use openapi::openapi;
pub(crate) use page::Page;

/// The committed document, which is what is served.
pub(crate) const OPENAPI_JSON: &str = include_str!("../../openapi.json");
