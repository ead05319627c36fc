//! Collects changes to batches.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use tonic::{Status, Streaming};

use crate::server::ChangeJson;
use crate::server::proto::WatchResponse;

/// A batch ends once its changes have so many bytes: many receivers take no more than 1 MiB.
const MAX_BYTES: usize = 256 << 10;
/// The type of the message, by which a receiver tells it from others.
const TYPE: &str = "wirecopy.changes";

/// Changes as they are posted.
#[derive(Debug)]
pub(super) struct Batch {
    /// Says the same for the same changes, also when they are sent again by another process.
    pub id: String,
    /// The message, in JSON.
    pub body: Bytes,
    /// How many changes it has.
    pub changes: usize,
    /// The cursor of the last one.
    pub cursor: Vec<u8>,
}

/// When a batch ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchBounds {
    /// The most changes.
    pub changes: usize,
    /// How long it waits for more after the first.
    pub linger: Duration,
}

/// The batches of a stream of changes.
pub(super) struct ChangeBatches {
    collection: String,
    changes: Streaming<WatchResponse>,
    bounds: BatchBounds,
    json: ChangeJson,
}

impl ChangeBatches {
    /// Prepares to collect changes.
    pub fn new(collection: &str, changes: Streaming<WatchResponse>, bounds: BatchBounds) -> Self {
        Self {
            collection: collection.to_owned(),
            changes,
            bounds,
            json: ChangeJson::new(),
        }
    }

    /// Waits for a change, and returns it with those that follow soon.
    ///
    /// # Errors
    /// The status with which the stream ends. All changes before it were returned.
    pub async fn next(&mut self) -> Result<Batch, Status> {
        let ended = || Status::unavailable("the server ended the stream of changes");
        let first = self.changes.message().await?.ok_or_else(ended)?;
        let deadline = Instant::now() + self.bounds.linger;
        let mut bytes = first.encoded_len();
        let mut changes = vec![first];
        while changes.len() < self.bounds.changes && bytes < MAX_BYTES {
            match timeout_at(deadline, self.changes.message()).await {
                Ok(Ok(Some(change))) => {
                    bytes += change.encoded_len();
                    changes.push(change);
                }
                // An error ends the stream: the next call finds it ended.
                Ok(Ok(None) | Err(_)) | Err(_) => break,
            }
        }
        Ok(batch(&self.collection, &self.json, changes))
    }
}

fn batch(collection: &str, json: &ChangeJson, mut changes: Vec<WatchResponse>) -> Batch {
    let values: Vec<Value> = changes.iter().map(|change| json.value(change)).collect();
    let (count, last) = (changes.len(), changes.last().cloned().unwrap_or_default());
    let time = values.last().map(|last| last["time"].clone());
    let body = json!({
        "type": TYPE,
        "timestamp": time,
        "data": {"collection": collection, "changes": values},
    });
    // Two cursors of one position may differ.
    let mut named = collection.as_bytes().to_vec();
    for change in &mut changes {
        change.cursor.clear();
        named.extend(change.encode_length_delimited_to_vec());
    }
    let hash = digest(&SHA256, &named);
    Batch {
        id: format!("msg_{}", hex::encode(&hash.as_ref()[..16])),
        body: body.to_string().into(),
        changes: count,
        cursor: last.cursor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: &str, cursor: &[u8]) -> WatchResponse {
        WatchResponse {
            id: id.into(),
            cluster: "lead".into(),
            kind: 1,
            cursor: cursor.into(),
            time: Some(prost_types::Timestamp {
                seconds: 1_767_600_000,
                nanos: 0,
            }),
            ..WatchResponse::default()
        }
    }

    #[test]
    fn the_body_has_the_changes_in_the_mapping_of_protobuf() {
        let json = ChangeJson::new();
        let batch = batch(
            "news",
            &json,
            vec![change("a", b"\x01"), change("b", b"\x02")],
        );
        let body: Value = serde_json::from_slice(&batch.body).unwrap();
        let of = |id: &str, cursor: &str| json!({"cursor": cursor, "time": "2026-01-05T08:00:00Z", "kind": "CHANGE_KIND_ADDED", "id": id, "cluster": "lead"});
        let expected = json!({
            "type": "wirecopy.changes",
            "timestamp": "2026-01-05T08:00:00Z",
            "data": {"collection": "news", "changes": [of("a", "AQ=="), of("b", "Ag==")]},
        });
        assert_eq!(body, expected);
        assert_eq!((batch.changes, &batch.cursor[..]), (2, &b"\x02"[..]));
    }

    #[test]
    fn the_id_is_of_the_changes_and_not_of_their_cursors() {
        let json = ChangeJson::new();
        let id = |collection, changes| batch(collection, &json, changes).id;
        let one = id("news", vec![change("a", b"1")]);
        assert_eq!(one, id("news", vec![change("a", b"2")]));
        for other in [
            id("sport", vec![change("a", b"1")]),
            id("news", vec![change("b", b"1")]),
            id("news", vec![change("a", b"1"), change("a", b"1")]),
        ] {
            assert_ne!(one, other);
        }
    }
}
