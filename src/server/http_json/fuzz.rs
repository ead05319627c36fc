//! What the target of fuzzing does with the JSON of a request.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

use super::json;
use super::routes::HttpOperation;
use crate::server::messages::HEADER_BYTES;
use crate::server::proto;

/// Translates bytes as the JSON, or the query, of each operation. A message is no longer than its JSON, and is the
/// same after another round.
pub fn json_requests(bytes: &[u8]) {
    static OPERATIONS: LazyLock<Vec<HttpOperation>> = LazyLock::new(|| {
        let pool = DescriptorPool::decode(proto::DESCRIPTOR).expect("the built-in descriptor");
        HttpOperation::all(&pool)
    });
    for operation in OPERATIONS.iter() {
        let kind = operation.rpc.input();
        let read = match operation.is_query() {
            true => json::read_query(&kind, &String::from_utf8_lossy(bytes)),
            false => json::read(&kind, bytes, 1),
        };
        let Ok(framed) = read else { continue };
        let message = &framed[HEADER_BYTES..];
        assert!(operation.is_query() || message.len() <= bytes.len());
        // A time may be one that JSON has no form for.
        if let Ok(again) = json::write(&kind, message) {
            assert_eq!(json::read(&kind, &again, 1).ok(), Some(framed));
        }
    }
}
