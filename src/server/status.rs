//! Turns errors of the engine into gRPC status codes.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tracing::error;

use super::proto;
use crate::{engine, store};

/// How long a client should wait before it retries when a limit of the server was reached.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The path of a field in a request, such as `article.url`.
pub(super) type Field = Cow<'static, str>;

/// Why a request fails: a status, or the error of one article in a stream.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    message: String,
    /// The invalid field; empty if the fault concerns none.
    field: Field,
    /// How long to wait before a retry, if that is known.
    retry: Option<Duration>,
}

impl Fault {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: Field::default(),
            retry: None,
        }
    }

    /// A field of the request is invalid.
    pub(super) fn invalid(field: impl Into<Field>, why: impl Display) -> Self {
        let field = field.into();
        Self {
            code: Code::InvalidArgument,
            message: format!("{field}: {why}"),
            field,
            retry: None,
        }
    }

    /// The call has no valid access token.
    pub(super) fn unauthenticated(why: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, why)
    }

    /// The access token does not allow the call.
    pub(super) fn denied(why: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, why)
    }

    /// The caller is over its rate, and may call again after `wait`.
    pub(super) fn too_fast(why: impl Into<String>, wait: Duration) -> Self {
        Self {
            retry: Some(wait),
            ..Self::new(Code::ResourceExhausted, why)
        }
    }

    /// Returns what is said to the client.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The engine did not answer: one of its threads has died.
    pub(super) fn unanswered() -> Self {
        const MESSAGE: &str = "the engine did not answer";
        error!("{MESSAGE}");
        Self::new(Code::Internal, format!("{MESSAGE}; see the server's log"))
    }

    /// Too many bytes are in flight.
    pub(super) fn busy() -> Self {
        Self::new(
            Code::ResourceExhausted,
            "too many requests are in flight; retry later",
        )
    }

    /// The server is shutting down.
    pub(super) fn stopping() -> Self {
        Self::new(Code::Unavailable, "the server is shutting down")
    }
}

/// Limits the logging of failures that every request runs into to once a second, so that the log
/// does not fill the disk.
fn should_log() -> bool {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let due = last.is_none_or(|last| last.elapsed() >= Duration::from_secs(1));
    if due {
        *last = Some(Instant::now());
    }
    due
}

impl From<engine::Error> for Fault {
    fn from(error: engine::Error) -> Self {
        let message = error.to_string();
        match error {
            engine::Error::Invalid { field, why } => Self::invalid(field, why),
            engine::Error::NotFound { .. } => Self::new(Code::NotFound, message),
            engine::Error::Cursor { cursor, latest, .. } => {
                let why = match cursor > latest {
                    true => "newer than the latest change",
                    false => "older than the changes that are kept",
                };
                Self::new(Code::OutOfRange, format!("the cursor is {why}"))
            }
            engine::Error::Closed => Self::stopping(),
            engine::Error::Panicked => {
                error!("the engine panicked on an article");
                Self::new(Code::Internal, message)
            }
            engine::Error::Record(error) => {
                error!(%error, "failed to read a record");
                Self::new(
                    Code::Internal,
                    "a stored record cannot be read; see the server's log",
                )
            }
            engine::Error::Store(error) => {
                // The error names files on the server's machine, so only the log has it.
                let (code, message, reply) = match &error {
                    store::Error::Full { .. } => (
                        Code::ResourceExhausted,
                        "the disk is full",
                        "the disk of the server is full",
                    ),
                    store::Error::Rebuilding => (
                        Code::Unavailable,
                        "the index is being rebuilt",
                        "the index was damaged and is being rebuilt; retry later",
                    ),
                    store::Error::Io { .. }
                    | store::Error::Damaged { .. }
                    | store::Error::Mismatch { .. }
                    | store::Error::Locked { .. }
                    | store::Error::Lost { .. }
                    | store::Error::Index(_)
                    | store::Error::Replay { .. }
                    | store::Error::Renewal(_)
                    | store::Error::Stopped(_) => (
                        Code::Internal,
                        "the store failed",
                        "the store failed; see the server's log",
                    ),
                };
                if should_log() {
                    error!(%error, "{message}");
                }
                Self::new(code, reply)
            }
        }
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let mut details = ErrorDetails::new();
        if !fault.field.is_empty() {
            details.add_bad_request_violation(fault.field, fault.message.clone());
        } else if matches!(fault.code, Code::ResourceExhausted | Code::Unavailable) {
            details.set_retry_info(Some(fault.retry.unwrap_or(RETRY_DELAY)));
        } else {
            return Self::new(fault.code, fault.message);
        }
        Self::with_error_details(fault.code, fault.message, details)
    }
}

impl From<Fault> for proto::Error {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code.into(),
            message: fault.message,
            field: fault.field.into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use prost::Message as _;

    use super::*;

    #[test]
    fn errors_have_their_codes_and_reveal_no_paths() {
        let path = || PathBuf::from("/data/journal");
        let (id, collection) = (String::from("a"), String::from("default"));
        let invalid = engine::Error::Invalid {
            field: "id",
            why: "none is given".into(),
        };
        let cursor = |cursor| engine::Error::Cursor {
            cursor,
            oldest: 1,
            latest: 2,
        };
        let stopped = store::Error::Stopped("failed to sync `/data/journal`".into());
        for (error, code) in [
            (invalid, Code::InvalidArgument),
            (engine::Error::NotFound { id, collection }, Code::NotFound),
            (cursor(9), Code::OutOfRange),
            (cursor(0), Code::OutOfRange),
            (engine::Error::Closed, Code::Unavailable),
            (
                store::Error::Full { path: path() }.into(),
                Code::ResourceExhausted,
            ),
            (stopped.into(), Code::Internal),
            (store::Error::Rebuilding.into(), Code::Unavailable),
            (
                store::Error::Locked {
                    path: path(),
                    holder: "process 7".into(),
                }
                .into(),
                Code::Internal,
            ),
        ] {
            let status = Status::from(Fault::from(error));
            assert_eq!(status.code(), code, "{status}");
            assert!(!status.message().contains("/data"), "{status}");
        }
    }

    #[test]
    fn the_field_is_named_in_message_details_and_reply() {
        let fault = || Fault::invalid("article.url", "no url");
        let status = Status::from(fault());
        assert_eq!(status.message(), "article.url: no url");
        let details = status.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, "article.url");
        assert_eq!(proto::Error::from(fault()).field, "article.url");
    }

    #[test]
    fn details_are_those_of_google_rpc() {
        let status = Status::from(Fault::invalid("article.url", "too long"));
        let all = tonic_types::pb::Status::decode(status.details()).unwrap();
        assert_eq!(
            (all.code, all.message.as_str()),
            (3, "article.url: too long")
        );
        assert_eq!(
            all.details[0].type_url,
            "type.googleapis.com/google.rpc.BadRequest"
        );
    }
}
