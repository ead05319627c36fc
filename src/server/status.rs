//! Turns errors of the engine into gRPC status codes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tracing::{error, warn};

use super::proto;
use super::repeated::RepeatedLine;
use crate::{engine, store};

/// How long a client should wait before it retries when a limit of the server was reached.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The domain of the reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "wirecopy";

/// The path of a field in a request, such as `article.url`.
pub(super) type Field = Cow<'static, str>;

/// What a client can do about a fault.
#[derive(Debug)]
enum Remedy {
    /// The status code says it.
    AsCoded,
    /// Correct this field.
    Correct(Field),
    /// Try again after this time.
    Retry(Duration),
    /// Nothing: the same request fails again, for this reason.
    Final {
        reason: &'static str,
        facts: HashMap<String, String>,
    },
}

/// Why a request fails: a status, or the error of one article in a stream.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    message: String,
    remedy: Remedy,
}

impl Fault {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            remedy: Remedy::AsCoded,
        }
    }

    /// A field of the request is invalid.
    pub(super) fn invalid(field: impl Into<Field>, why: impl Display) -> Self {
        let field = field.into();
        Self {
            code: Code::InvalidArgument,
            message: format!("{field}: {why}"),
            remedy: Remedy::Correct(field),
        }
    }

    /// The request is not one of this API.
    pub(super) fn malformed(why: impl Display) -> Self {
        Self {
            code: Code::InvalidArgument,
            message: format!("the request cannot be read: {why}"),
            remedy: Remedy::Final {
                reason: "MALFORMED_REQUEST",
                facts: HashMap::new(),
            },
        }
    }

    /// A message is larger than `limit`. Its size is not known if it is so only after decompression.
    pub(super) fn too_large(bytes: Option<usize>, limit: usize) -> Self {
        let size = match bytes {
            Some(bytes) => format!("the message has {bytes} bytes"),
            None => "the message is larger when it is decompressed".to_owned(),
        };
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let facts = [
            fact("setting", "limits.message_bytes".to_owned()),
            fact("limit", limit.to_string()),
        ];
        let bytes = bytes.map(|bytes| fact("bytes", bytes.to_string()));
        Self {
            code: Code::ResourceExhausted,
            message: format!(
                "{size}, at most {limit} are accepted (setting limits.message_bytes); it will not be accepted later either"
            ),
            remedy: Remedy::Final {
                reason: "MESSAGE_TOO_LARGE",
                facts: facts.into_iter().chain(bytes).collect(),
            },
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
            remedy: Remedy::Retry(wait),
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
        static LINE: RepeatedLine = RepeatedLine::new();
        if let Some(times) = LINE.occurred() {
            error!(times, "{MESSAGE}");
        }
        Self::new(Code::Internal, format!("{MESSAGE}; see the server's log"))
    }

    /// Too many bytes are in flight.
    pub(super) fn busy() -> Self {
        static LINE: RepeatedLine = RepeatedLine::new();
        if let Some(times) = LINE.occurred() {
            warn!(
                times,
                "refused calls: too many bytes of requests and replies are in flight"
            );
        }
        Self {
            code: Code::ResourceExhausted,
            message: "too many bytes of requests and replies are in flight; retry later".to_owned(),
            remedy: Remedy::Retry(RETRY_DELAY),
        }
    }

    /// The client has sent nothing for a time.
    pub(super) fn idle(time: Duration) -> Self {
        let seconds = time.as_secs_f64();
        Self::new(
            Code::DeadlineExceeded,
            format!(
                "the client has sent nothing for {seconds} s (setting limits.idle_ms); begin another call"
            ),
        )
    }

    /// The body of a request broke off, or is not framed as HTTP/1.1 asks.
    pub(super) fn broken_body(status: &Status) -> Self {
        let why = format!("the body of the request broke off: {}", status.message());
        Self::new(Code::InvalidArgument, why)
    }

    /// The connection broke.
    pub(super) fn broken(status: &Status) -> Self {
        Self::new(status.code(), status.message())
    }

    /// The server is shutting down.
    pub(super) fn stopping() -> Self {
        Self {
            remedy: Remedy::Retry(RETRY_DELAY),
            ..Self::new(Code::Unavailable, "the server is shutting down")
        }
    }
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
            engine::Error::Expired => Self::new(Code::DeadlineExceeded, message),
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
            engine::Error::Store(error @ store::Error::Damaged { .. }) => {
                // Of its own, so that another failure in the same minute does not hide it.
                static LINE: RepeatedLine = RepeatedLine::new();
                if let Some(times) = LINE.occurred() {
                    error!(%error, times, "a file of the store is damaged; calls that need it fail, others are answered");
                }
                Self::new(
                    Code::Internal,
                    "a file of the store is damaged; see the server's log",
                )
            }
            engine::Error::Store(error) => {
                static LINE: RepeatedLine = RepeatedLine::new();
                // The error names files on the server's machine, so only the log has it.
                let (code, message, reply) = match &error {
                    store::Error::Full { .. } => (
                        Code::ResourceExhausted,
                        "the disk is full",
                        "the disk of the server is full; retry later",
                    ),
                    store::Error::Rebuilding => (
                        Code::Unavailable,
                        "the index is being rebuilt",
                        "the index was damaged and is being rebuilt; retry later",
                    ),
                    store::Error::Io { .. }
                    | store::Error::Damaged { .. }
                    | store::Error::SnapshotDamaged { .. }
                    | store::Error::NothingToKeep { .. }
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
                if let Some(times) = LINE.occurred() {
                    error!(%error, times, "{message}");
                }
                let remedy = match code {
                    Code::ResourceExhausted | Code::Unavailable => Remedy::Retry(RETRY_DELAY),
                    _ => Remedy::AsCoded,
                };
                Self {
                    remedy,
                    ..Self::new(code, reply)
                }
            }
        }
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let mut details = ErrorDetails::new();
        match fault.remedy {
            Remedy::AsCoded => return Self::new(fault.code, fault.message),
            Remedy::Correct(field) => {
                details.add_bad_request_violation(field, fault.message.clone());
            }
            Remedy::Retry(delay) => {
                details.set_retry_info(Some(delay));
            }
            Remedy::Final { reason, facts } => {
                details.set_error_info(reason, DOMAIN, facts);
            }
        }
        Self::with_error_details(fault.code, fault.message, details)
    }
}

impl From<Fault> for proto::Error {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code.into(),
            message: fault.message,
            field: match fault.remedy {
                Remedy::Correct(field) => field.into_owned(),
                Remedy::AsCoded | Remedy::Retry(_) | Remedy::Final { .. } => String::new(),
            },
        }
    }
}

/// Returns the name of a code in google.rpc.Code.
pub(super) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
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
            (engine::Error::Expired, Code::DeadlineExceeded),
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
    fn damage_is_logged_with_its_place_and_what_to_do() {
        let (sender, written) = std::sync::mpsc::channel();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || LogLines(sender.clone()))
            .finish();
        let damaged = || store::Error::Damaged {
            path: PathBuf::from("/data/journal/1.journal"),
            offset: 77,
            why: "a flip".to_owned(),
        };
        let status = tracing::subscriber::with_default(log, || {
            // Another failure before it.
            let stopped = store::Error::Stopped("no".to_owned());
            drop(Fault::from(engine::Error::from(stopped)));
            drop(Fault::from(engine::Error::from(damaged())));
            Status::from(Fault::from(engine::Error::from(damaged())))
        });
        assert_eq!(status.code(), Code::Internal);
        assert!(status.message().contains("damaged"), "{status}");
        assert!(!status.message().contains("/data"), "{status}");
        let log: String = written.into_iter().collect();
        let lines = log.lines().filter(|line| line.contains("is damaged"));
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines.len(), 1, "{log}");
        for words in [
            "/data/journal/1.journal",
            "byte 77",
            "backup",
            "wirecopy repair",
        ] {
            assert!(lines[0].contains(words), "{log}");
        }
    }

    /// Sends what is logged.
    struct LogLines(std::sync::mpsc::Sender<String>);

    impl std::io::Write for LogLines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            drop(self.0.send(String::from_utf8_lossy(bytes).into_owned()));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
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
    fn only_what_may_pass_says_when_to_retry() {
        let check = |fault: Fault, code: Code, retries: bool| {
            let status = Status::from(fault);
            assert_eq!(status.code(), code, "{status}");
            assert_eq!(
                status.get_details_retry_info().is_some(),
                retries,
                "{status}"
            );
            status
        };
        check(Fault::busy(), Code::ResourceExhausted, true);
        let full = store::Error::Full {
            path: PathBuf::from("/data/journal"),
        };
        check(
            engine::Error::from(full).into(),
            Code::ResourceExhausted,
            true,
        );
        let large = Fault::too_large(Some(9 << 20), 8 << 20);
        let status = check(large, Code::ResourceExhausted, false);
        assert!(status.message().contains("8388608"), "{status}");
        let info = status.get_details_error_info().expect("a reason");
        assert_eq!(info.reason, "MESSAGE_TOO_LARGE");
        assert_eq!(info.metadata["setting"], "limits.message_bytes");
        assert_eq!(info.metadata["limit"], "8388608");
        assert_eq!(info.metadata["bytes"], "9437184");
        check(Fault::malformed("no"), Code::InvalidArgument, false);
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
