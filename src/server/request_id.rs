//! The id of a request: what its client, its reply and the lines of the log about it have in common.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tonic::codegen::http::{HeaderMap, HeaderValue, Request};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::Error;
use crate::store;

/// The header of a request and of its reply.
const HEADER: &str = "x-request-id";
/// The longest id that is taken from a client.
const MAX_BYTES: usize = 128;

/// The id of a request. It consists of letters, digits and some marks of ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId(Arc<str>);

/// Gives each request its id.
pub(super) struct RequestIds {
    /// Random, so that ids of two runs of the server differ.
    run: String,
    made: AtomicU64,
}

impl RequestIds {
    /// # Errors
    /// The system has no random numbers.
    pub(super) fn new() -> Result<Arc<Self>, Error> {
        let run = store::random_bytes::<4>().map_err(Error::Random)?;
        Ok(Arc::new(Self {
            run: hex::encode(run),
            made: AtomicU64::new(0),
        }))
    }

    /// Returns the id that a request was given already, or that of its header, or else a new one. An id that
    /// could be taken for something else in a log is replaced.
    pub(super) fn of<B>(&self, request: &Request<B>) -> RequestId {
        if let Some(given) = request.extensions().get::<RequestId>() {
            return given.clone();
        }
        let sent = request.headers().get(HEADER);
        match sent
            .and_then(|value| value.to_str().ok())
            .filter(|id| is_plain(id))
        {
            Some(id) => RequestId(id.into()),
            None => {
                let number = self.made.fetch_add(1, Ordering::Relaxed);
                RequestId(format!("{}-{number:x}", self.run).into())
            }
        }
    }
}

fn is_plain(id: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.:/+=@".contains(&c);
    (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(is_plain)
}

impl RequestId {
    /// Adds the id to the headers of a reply.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        // No id has a character that a header cannot have.
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(HEADER, value);
        }
    }

    /// Adds the id to the details of a failure (`google.rpc.RequestInfo`), if the headers or trailers of a reply
    /// report one.
    pub(super) fn explain(&self, headers: &mut HeaderMap) {
        let failure = Status::from_header_map(headers).filter(|status| status.code() != Code::Ok);
        let Some(failure) = failure else { return };
        let mut details = failure.get_error_details();
        details.set_request_info(&*self.0, "");
        let named = Status::with_error_details(failure.code(), failure.message(), details);
        // It fails for no status that was in headers.
        let _ = named.add_header(headers);
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::status::Fault;

    #[test]
    fn an_id_is_taken_if_it_is_plain() {
        let ids = RequestIds::new().unwrap();
        let of = |value: &[u8]| {
            let mut request = Request::new(());
            let value = HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().insert(HEADER, value);
            ids.of(&request).to_string()
        };
        let longest = "x".repeat(MAX_BYTES);
        for plain in ["7", "desk/42", "a-b_c.d:e+f=g@h", &longest] {
            assert_eq!(of(plain.as_bytes()), plain);
        }
        let too_long = "x".repeat(MAX_BYTES + 1);
        for other in [
            "",
            "a b",
            "a\tb",
            "\"a\"",
            "a\\b",
            "{a}",
            "a,b",
            "caf\u{e9}",
            &too_long,
        ] {
            let made = of(other.as_bytes());
            assert_ne!(made, other);
            assert!(is_plain(&made), "{made}");
        }
    }

    #[test]
    fn ids_that_are_made_differ() {
        let (ids, others) = (RequestIds::new().unwrap(), RequestIds::new().unwrap());
        let request = Request::new(());
        let made = [&ids, &ids, &others].map(|ids| ids.of(&request));
        assert!(
            made[0] != made[1] && made[0] != made[2] && made[1] != made[2],
            "{made:?}"
        );
        let mut given = Request::new(());
        given.extensions_mut().insert(made[0].clone());
        assert_eq!(ids.of(&given), made[0]);
    }

    #[test]
    fn a_failure_has_the_id_beside_its_other_details() {
        let id = RequestId("desk/42".into());
        let (mut parts, ()) = Status::from(Fault::invalid("article", "missing"))
            .into_http::<()>()
            .into_parts();
        id.explain(&mut parts.headers);
        id.mark(&mut parts.headers);
        assert_eq!(parts.headers["x-request-id"], "desk/42");
        let status = Status::from_header_map(&parts.headers).unwrap();
        assert_eq!(
            (status.code(), status.message()),
            (Code::InvalidArgument, "article: missing")
        );
        let details = status.get_error_details();
        assert_eq!(details.request_info().unwrap().request_id, "desk/42");
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            "article"
        );

        let mut success = HeaderMap::new();
        success.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
        id.explain(&mut success);
        assert_eq!(success.len(), 1);
        let mut none = HeaderMap::new();
        id.explain(&mut none);
        assert!(none.is_empty());
    }
}
