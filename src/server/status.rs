//! What a fault is to a client: one table from the engine's errors to status codes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tonic::{Code, Status};
use tracing::error;

use super::{details, proto};
use crate::{engine, store};

/// How long a client had better wait while the server has too much in hand.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Why a request is answered by an error, as a status or as a reply in a stream.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    message: String,
    /// The field at fault; empty where none is.
    field: &'static str,
}

impl Fault {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: "",
        }
    }

    /// The engine gave no answer: one of its threads is gone.
    pub(super) fn unanswered() -> Self {
        error!("the engine gave no answer");
        Self::new(
            Code::Internal,
            "the engine gave no answer; see the server's log",
        )
    }

    /// Too much is in flight.
    pub(super) fn busy() -> Self {
        Self::new(
            Code::ResourceExhausted,
            "too much is in flight, try again later",
        )
    }

    /// The server is on its way out.
    pub(super) fn stopping() -> Self {
        Self::new(Code::Unavailable, "the server is stopping")
    }

    fn store(error: &store::Error) -> Self {
        if now_and_then() {
            error!(%error, "the store failed");
        }
        // The message would name files of the server's machine: it goes to the log alone.
        Self::new(Code::Internal, "the store failed; see the server's log")
    }
}

/// Whether to log a failure that every request meets: once a second. A log of a line for each
/// article would fill the disk, if it were not full already.
fn now_and_then() -> bool {
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
            engine::Error::Invalid { field, why: _ } => Self {
                code: Code::InvalidArgument,
                message,
                field,
            },
            engine::Error::NotFound { .. } => Self::new(Code::NotFound, message),
            engine::Error::Cursor { .. } => Self::new(Code::OutOfRange, message),
            engine::Error::Closed => Self::stopping(),
            engine::Error::Panicked => {
                error!("the engine failed on an article");
                Self::new(Code::Internal, message)
            }
            engine::Error::Record(error) => {
                error!(%error, "failed to read a record");
                Self::new(
                    Code::Internal,
                    "a stored record cannot be read; see the server's log",
                )
            }
            engine::Error::Store(error) => match &error {
                store::Error::Full { .. } => {
                    if now_and_then() {
                        error!(%error, "the disk is full");
                    }
                    Self::new(Code::ResourceExhausted, "no space is left to write to")
                }
                store::Error::Io { .. }
                | store::Error::Damaged { .. }
                | store::Error::Mismatch { .. }
                | store::Error::Locked { .. }
                | store::Error::Index(_)
                | store::Error::Replay { .. }
                | store::Error::Stopped(_) => Self::store(&error),
            },
        }
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        if !fault.field.is_empty() {
            return details::bad_field(fault.message, fault.field);
        }
        if fault.code == Code::ResourceExhausted {
            return details::retry_after(fault.message, RETRY_DELAY);
        }
        Self::new(fault.code, fault.message)
    }
}

impl From<Fault> for proto::Error {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code.into(),
            message: fault.message,
            field: fault.field.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn errors_have_their_codes_and_keep_paths_to_themselves() {
        let check = |error: engine::Error, code: Code| {
            let status = Status::from(Fault::from(error));
            assert_eq!(status.code(), code, "{status}");
            assert!(!status.message().contains("/data"), "{status}");
        };
        let path = || PathBuf::from("/data/journal");
        let (id, collection) = (String::from("a"), String::from("default"));
        check(
            engine::Error::Invalid {
                field: "id",
                why: "none is given".into(),
            },
            Code::InvalidArgument,
        );
        check(engine::Error::NotFound { id, collection }, Code::NotFound);
        check(
            engine::Error::Cursor {
                cursor: 9,
                oldest: 1,
                latest: 2,
            },
            Code::OutOfRange,
        );
        check(engine::Error::Closed, Code::Unavailable);
        check(
            store::Error::Full { path: path() }.into(),
            Code::ResourceExhausted,
        );
        check(
            store::Error::Stopped("failed to sync `/data/journal`".into()).into(),
            Code::Internal,
        );
        check(store::Error::Locked { path: path() }.into(), Code::Internal);
    }

    #[test]
    fn the_field_is_named_in_message_and_reply() {
        let fault = || {
            Fault::from(engine::Error::Invalid {
                field: "article.url",
                why: "no url".into(),
            })
        };
        assert_eq!(Status::from(fault()).message(), "article.url: no url");
        assert_eq!(proto::Error::from(fault()).field, "article.url");
    }
}
