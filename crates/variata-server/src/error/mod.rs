//! Errors as callers see them.
//!
//! Official clients map an error by its status and read `message`, `type`, `param` and `code` from
//! one envelope; some fail to parse anything else. So an [`ApiError`] can only be made by a
//! constructor that is named after its cause, and it can only be answered in that envelope.

mod causes;
mod image;

use std::fmt;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::{Serialize, Serializer};
use variata_accounts::KeyId;
use variata_contract::{ErrorObject, ErrorType};

pub(crate) use causes::Overload;

/// One error, ready to be sent.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    body: ErrorBody,
    headers: HeaderMap,
    /// Whose request it was; told to operators only.
    key: Option<KeyId>,
}

/// What stands in the envelope; all four keys are always sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ErrorBody {
    message: String,
    #[serde(serialize_with = "as_word")]
    r#type: ErrorType,
    param: Option<String>,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a ErrorBody,
}

fn as_word<S: Serializer>(r#type: &ErrorType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(r#type.as_str())
}

impl ApiError {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What went wrong, for a person.
    pub fn message(&self) -> &str {
        &self.0.body.message
    }

    /// The request's field that is at fault.
    pub fn param(&self) -> Option<&str> {
        self.0.body.param.as_deref()
    }

    /// What went wrong, for a program.
    pub fn code(&self) -> Option<&'static str> {
        self.0.body.code
    }

    /// The `type` that clients see.
    pub fn error_type(&self) -> ErrorType {
        self.0.body.r#type
    }

    /// Whose request it was, where that is known.
    pub(crate) fn key(&self) -> Option<&KeyId> {
        self.0.key.as_ref()
    }

    /// The headers that come with it.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Adds the id of the request to the message of an error that is ours, so that the operator
    /// can find it.
    pub(crate) fn with_request_id(mut self, request_id: &str) -> Self {
        if self.0.status == StatusCode::INTERNAL_SERVER_ERROR {
            let hint = format!(" Quote request ID {request_id} when you report this.");
            self.0.body.message.push_str(&hint);
        }
        self
    }

    /// The JSON that holds the error, with nothing around it.
    pub(crate) fn envelope(&self) -> String {
        serde_json::to_string(&Envelope { error: &self.0.body }).unwrap_or_default()
    }

    /// Adds what is said beside the error.
    pub(crate) fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.0.headers.extend(headers);
        self
    }

    /// Notes whose request it was.
    pub(crate) fn of_key(mut self, key: &KeyId) -> Self {
        self.0.key = Some(key.clone());
        self
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorType::InvalidRequestError, message)
    }

    fn new(status: StatusCode, r#type: ErrorType, message: impl Into<String>) -> Self {
        let body = ErrorBody { message: message.into(), r#type, param: None, code: None };
        Self(Box::new(Parts { status, body, headers: HeaderMap::new(), key: None }))
    }

    fn on(mut self, param: &str) -> Self {
        self.0.body.param = Some(param.to_owned());
        self
    }

    fn with_code(mut self, code: &'static str) -> Self {
        self.0.body.code = Some(code);
        self
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }
}

impl From<ErrorObject> for ApiError {
    fn from(error: ErrorObject) -> Self {
        let ErrorObject { status, r#type, message, param, code, .. } = error;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ErrorBody { message, r#type, param, code };
        Self(Box::new(Parts { status, body, headers: HeaderMap::new(), key: None }))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.0.status, self.0.body.message)
    }
}

impl std::error::Error for ApiError {}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.envelope()));
        *response.status_mut() = self.0.status;
        response.headers_mut().clone_from(&self.0.headers);
        response.extensions_mut().insert(self);
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}
