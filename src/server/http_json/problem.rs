//! Statuses of gRPC as problems of HTTP (RFC 9457).

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tonic::body::Body;
use tonic::codegen::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use tonic::codegen::http::{Response, StatusCode};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::intake::BodyIntake;
use super::whole;
use crate::server::peer::Peer;
use crate::server::request_id::RequestId;
use crate::server::status::code_name;

/// The type of its content.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: Code,
    detail: String,
    field: Option<String>,
    reason: Option<Box<str>>,
    request_id: Option<Box<str>>,
    retry_after: Option<Duration>,
    allow: Option<&'static str>,
}

/// The members of its JSON.
#[derive(Serialize)]
struct ProblemMembers<'a> {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    /// The status code of gRPC.
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Problem {
    fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            field: None,
            reason: None,
            request_id: None,
            retry_after: None,
            allow: None,
        }
    }

    /// There is nothing at this path.
    pub(super) fn no_such_path() -> Self {
        let detail = "there is nothing at this path; /openapi.json lists what there is";
        Self::new(StatusCode::NOT_FOUND, Code::Unimplemented, detail)
    }

    /// The path has other methods.
    pub(super) fn no_such_method(allowed: &'static str) -> Self {
        let detail = format!("this path takes {allowed}");
        Self {
            allow: Some(allowed),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::Unimplemented, detail)
        }
    }

    /// The request does not name the host that it is for, or names two.
    pub(super) fn bad_host(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, why)
    }

    /// The request is for a host whose name may be of another site.
    pub(super) fn foreign_host(host: &str) -> Self {
        let detail = format!(
            "the request is for the host `{host}`; a server without access tokens and TLS answers over HTTP only as \
             localhost or by its IP address, lest pages of other sites use it, unless it was started with --insecure"
        );
        Self::new(StatusCode::FORBIDDEN, Code::PermissionDenied, detail)
    }

    /// The head of the request has more bytes than the limit.
    pub(super) fn long_head(limit: usize) -> Self {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        let detail = format!("the head of the request has more than {limit} bytes");
        Self {
            reason: Some("MESSAGE_TOO_LARGE".into()),
            ..Self::new(status, Code::ResourceExhausted, detail)
        }
    }

    /// The body is of a type, or in an encoding, that is not read.
    pub(super) fn unsupported(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, Code::InvalidArgument, detail)
    }

    /// Converts the status of a call.
    pub(super) fn of(status: Status, intake: &BodyIntake) -> Self {
        let status = intake.failure().unwrap_or(status);
        let details = status.get_error_details();
        let info = details.error_info();
        let mut problem = Self::new(
            http_status(&status, intake),
            status.code(),
            status.message(),
        );
        let violation = details.bad_request();
        let violation = violation.and_then(|request| request.field_violations.first());
        problem.field = violation.map(|violation| violation.field.clone());
        problem.reason = info.map(|info| info.reason.as_str().into());
        let request = details.request_info();
        problem.request_id = request.map(|request| request.request_id.as_str().into());
        problem.retry_after = details.retry_info().and_then(|info| info.retry_delay);
        problem
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Returns it as JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        let members = ProblemMembers {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: code_name(self.code),
            field: self.field.as_deref(),
            reason: self.reason.as_deref(),
            request_id: self.request_id.as_deref(),
        };
        serde_json::to_vec(&members).unwrap_or_default() // strings and numbers have no failures
    }

    /// Returns it as the response to a request.
    pub(super) fn response(mut self, peer: &Peer, id: &RequestId) -> Response<Body> {
        self.request_id = Some(id.to_string().into());
        let json = self.json();
        let length = json.len();
        let mut response = Response::new(whole(peer, json.into(), length));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(delay) = self.retry_after {
            let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, seconds.max(1).into());
        }
        if let Some(allowed) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allowed));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    /// Returns it as the bytes of a response of HTTP/1.1, the last of its connection.
    pub(super) fn last_response(&self) -> Vec<u8> {
        let json = self.json();
        let head = format!(
            "HTTP/1.1 {}\r\ncontent-type: {PROBLEM_JSON}\r\ncache-control: no-store\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            self.status,
            json.len()
        );
        [head.as_bytes(), &json].concat()
    }

    /// Returns its JSON schema.
    pub(super) fn schema() -> Value {
        json!({
            "type": "object",
            "description": "Why a request failed (RFC 9457).",
            "required": ["type", "title", "status", "detail", "code"],
            "properties": {
                "type": {"type": "string", "const": "about:blank"},
                "title": {"type": "string", "description": "The name of the status."},
                "status": {"type": "integer", "description": "The status of HTTP."},
                "detail": {"type": "string", "description": "What was attempted, and why it failed."},
                "code": {"type": "string", "description": "The status code of gRPC (google.rpc.Code)."},
                "field": {"type": "string", "description": "The path of the invalid field (`article.url`), if it is one."},
                "reason": {
                    "type": "string",
                    "description": "Why the same request will fail again: MALFORMED_REQUEST or MESSAGE_TOO_LARGE."
                },
                "request_id": {
                    "type": "string",
                    "description": "The id of the request: that of the header `x-request-id`, and of the server's log."
                },
            },
        })
    }
}

/// Returns the status of HTTP, by the table of google.rpc.Code where the call alone does not say more.
fn http_status(status: &Status, intake: &BodyIntake) -> StatusCode {
    match status.code() {
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            StatusCode::BAD_REQUEST
        }
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        // What is not worth a retry is too large.
        Code::ResourceExhausted => match status.get_details_retry_info() {
            Some(_) => StatusCode::TOO_MANY_REQUESTS,
            None => StatusCode::PAYLOAD_TOO_LARGE,
        },
        // It is the client that was late.
        Code::DeadlineExceeded if !intake.is_complete() => StatusCode::REQUEST_TIMEOUT,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;
    use tonic::codegen::http::Request;

    use super::*;
    use crate::server::limits::Limits;
    use crate::server::peer::Peers;
    use crate::server::request_id::RequestIds;
    use crate::server::status::Fault;

    #[test]
    fn statuses_become_problems() {
        let peer = Peers::new(Limits::default(), CancellationToken::new()).enter(None);
        let id = RequestIds::new().unwrap().of(&Request::new(()));
        let check = |fault: Fault, status: u16, retry_after: Option<&str>| {
            let intake = BodyIntake::new(Body::empty());
            intake.complete();
            let response = Problem::of(fault.into(), &intake).response(&peer, &id);
            assert_eq!(response.status().as_u16(), status);
            let headers = response.headers();
            assert_eq!(headers[CONTENT_TYPE], PROBLEM_JSON);
            let header = headers
                .get(RETRY_AFTER)
                .map(|value| value.to_str().unwrap());
            assert_eq!(header, retry_after);
        };
        check(Fault::invalid("id", "missing"), 400, None);
        check(Fault::unauthenticated("no"), 401, None);
        check(Fault::denied("no"), 403, None);
        check(Fault::too_large(Some(9), 8), 413, None);
        check(
            Fault::too_fast("slower", Duration::from_millis(2500)),
            429,
            Some("3"),
        );
        check(
            Fault::too_fast("slower", Duration::from_millis(1)),
            429,
            Some("1"),
        );
        check(Fault::busy(), 429, Some("1"));
        check(Fault::stopping(), 503, Some("1"));
        check(Fault::idle(Duration::from_secs(1)), 504, None);
        check(Fault::unanswered(), 500, None);
    }

    #[test]
    fn a_problem_names_field_reason_and_code() {
        let intake = BodyIntake::new(Body::empty());
        let of = |fault: Fault| {
            let json = Problem::of(fault.into(), &intake).json();
            serde_json::from_slice::<Value>(&json).unwrap()
        };
        let invalid = of(Fault::invalid("article.url", "no url"));
        assert_eq!(invalid["type"], "about:blank");
        assert_eq!(invalid["title"], "Bad Request");
        assert_eq!(invalid["status"], 400);
        assert_eq!(invalid["detail"], "article.url: no url");
        assert_eq!(invalid["code"], "INVALID_ARGUMENT");
        assert_eq!(invalid["field"], "article.url");
        assert_eq!(of(Fault::malformed("no"))["reason"], "MALFORMED_REQUEST");
        let idle = of(Fault::idle(Duration::from_secs(1)));
        assert_eq!(idle["status"], 408, "its body never came");
        assert_eq!(idle.get("field"), None);
    }
}
