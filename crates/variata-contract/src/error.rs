//! Errors as data: what stands in OpenAI's error object, and the status that goes with it.

use thiserror::Error;

/// The `type` of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorType {
    /// The request is at fault.
    InvalidRequestError,
    /// The caller asks too often.
    Requests,
    /// The server has no room now.
    ServiceUnavailableError,
    /// The server is at fault.
    ServerError,
}

impl ErrorType {
    /// The word that callers see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequestError => "invalid_request_error",
            Self::Requests => "requests",
            Self::ServiceUnavailableError => "service_unavailable_error",
            Self::ServerError => "server_error",
        }
    }
}

/// One error, as a caller is told it. Made by the constructor that is named after its cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ErrorObject {
    /// The HTTP status that goes with it.
    pub status: u16,
    /// Who is at fault.
    pub r#type: ErrorType,
    /// What went wrong, for a person.
    pub message: String,
    /// The request's field that is at fault.
    pub param: Option<String>,
    /// What went wrong, for a program.
    pub code: Option<&'static str>,
}

impl ErrorObject {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, ErrorType::InvalidRequestError, message)
    }

    pub(crate) fn new(status: u16, r#type: ErrorType, message: impl Into<String>) -> Self {
        Self { status, r#type, message: message.into(), param: None, code: None }
    }

    pub(crate) fn on(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}
