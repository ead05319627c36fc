//! Details that ride on a status, for clients that act on them: `google.rpc.BadRequest` and
//! `google.rpc.RetryInfo`, as in google/rpc/error_details.proto.
//!
//! Written out here: four small messages do not earn a crate.

use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};

#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

#[derive(Clone, PartialEq, Message)]
struct BadRequest {
    #[prost(message, repeated, tag = "1")]
    field_violations: Vec<FieldViolation>,
}

#[derive(Clone, PartialEq, Message)]
struct FieldViolation {
    #[prost(string, tag = "1")]
    field: String,
    #[prost(string, tag = "2")]
    description: String,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

/// Returns INVALID_ARGUMENT with the field named in its details.
pub(super) fn bad_field(message: String, field: &str) -> Status {
    let violation = FieldViolation {
        field: field.to_owned(),
        description: message.clone(),
    };
    let details = BadRequest {
        field_violations: vec![violation],
    };
    with(
        Code::InvalidArgument,
        message,
        "google.rpc.BadRequest",
        &details,
    )
}

/// Returns RESOURCE_EXHAUSTED with the time after which to try again.
pub(super) fn retry_after(message: String, delay: Duration) -> Status {
    let delay = prost_types::Duration {
        seconds: i64::try_from(delay.as_secs()).unwrap_or(i64::MAX),
        nanos: delay.subsec_nanos().cast_signed(),
    };
    let details = RetryInfo {
        retry_delay: Some(delay),
    };
    with(
        Code::ResourceExhausted,
        message,
        "google.rpc.RetryInfo",
        &details,
    )
}

fn with(code: Code, message: String, name: &str, details: &impl Message) -> Status {
    let any = prost_types::Any {
        type_url: format!("type.googleapis.com/{name}"),
        value: details.encode_to_vec(),
    };
    let all = RpcStatus {
        code: code.into(),
        message: message.clone(),
        details: vec![any],
    };
    Status::with_details(code, message, all.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_those_of_google_rpc() {
        let status = bad_field("article.url: too long".into(), "article.url");
        let all = RpcStatus::decode(status.details()).unwrap();
        assert_eq!(
            (all.code, all.message.as_str()),
            (3, "article.url: too long")
        );
        assert_eq!(
            all.details[0].type_url,
            "type.googleapis.com/google.rpc.BadRequest"
        );
        let bad = BadRequest::decode(all.details[0].value.as_slice()).unwrap();
        assert_eq!(bad.field_violations[0].field, "article.url");
    }
}
