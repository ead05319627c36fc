//! Changes in protobuf's mapping to JSON, as `Watch` sends them over HTTP.

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde_json::Value;

use super::proto::{self, WatchResponse};

/// Writes changes as JSON.
pub struct ChangeJson(MessageDescriptor);

impl Default for ChangeJson {
    fn default() -> Self {
        Self::new()
    }
}

impl ChangeJson {
    /// Reads the descriptor of a change.
    pub fn new() -> Self {
        let pool = DescriptorPool::decode(proto::DESCRIPTOR);
        let pool = pool.expect("the descriptor that the program was compiled with");
        let kind = pool.get_message_by_name("wirecopy.v1.WatchResponse");
        Self(kind.expect("the message that this file was compiled with"))
    }

    /// Returns a change as JSON.
    pub fn value(&self, change: &WatchResponse) -> Value {
        let message = DynamicMessage::decode(self.0.clone(), &*change.encode_to_vec());
        let message = message.expect("what was encoded by the same descriptor");
        serde_json::to_value(&message).expect("every value of the message has its form in JSON")
    }
}
