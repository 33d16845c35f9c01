//! Why there are no variations, by what a program can do about it.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use variata_contract::ErrorObject;

/// Why there are no variations.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The maker, here or on a server, answered with an error: change the request, or wait.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The picture cannot be read.
    #[error("cannot read the image{}: {source}", shown(.path.as_ref()))]
    ReadImage {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// Why.
        source: io::Error,
    },
    /// The embedded maker cannot write an image that was to become a link.
    #[error("cannot write {}: {source}", path.display())]
    WriteImage {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// No connection to the server, or it broke, also after retries.
    #[error("cannot reach {server}: {}", root(.source.as_ref()))]
    Connection {
        /// Scheme, host and port of the server.
        server: String,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The server did not answer in time, also after retries.
    #[error("{server} did not answer within {} s", limit.as_secs_f32())]
    Timeout {
        /// Scheme, host and port of the server.
        server: String,
        /// How long it had.
        limit: Duration,
    },
    /// The server's answer is none of this endpoint: the base URL may be another service's.
    #[error("unexpected reply ({status}): {reason}")]
    UnexpectedReply {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
    /// The client cannot be made as asked.
    #[error("{reason}")]
    Configuration {
        /// What is wrong.
        reason: String,
    },
    /// The embedded maker cannot be started.
    #[error("cannot start the embedded maker: {0}")]
    Start(#[source] Box<dyn StdError + Send + Sync>),
}

/// An error as the endpoint documents it. Both makers give the same ones.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status, such as 400.
    pub status: u16,
    /// What went wrong, for a person.
    pub message: String,
    /// Who is at fault, such as `invalid_request_error`.
    pub r#type: Option<String>,
    /// The parameter that is at fault, such as `size`.
    pub param: Option<String>,
    /// What went wrong, for a program, such as `invalid_image_format`.
    pub code: Option<String>,
    /// The server's name for the request; the embedded maker gives none.
    pub request_id: Option<String>,
}

impl Error {
    /// What the maker answered, if it answered.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<ErrorObject> for Error {
    fn from(error: ErrorObject) -> Self {
        ApiError::from(error).into()
    }
}

impl From<ErrorObject> for ApiError {
    fn from(error: ErrorObject) -> Self {
        Self {
            status: error.status,
            message: error.message,
            r#type: Some(error.r#type.as_str().to_owned()),
            param: error.param,
            code: error.code.map(str::to_owned),
            request_id: None,
        }
    }
}

/// What is at the bottom of an error: the layers above say no more than that something failed.
fn root<'e>(mut error: &'e (dyn StdError + 'static)) -> &'e (dyn StdError + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

fn shown(path: Option<&PathBuf>) -> String {
    path.map(|path| format!(" {}", path.display())).unwrap_or_default()
}
