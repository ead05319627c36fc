//! The rows derived from entries: their keys and values. See `docs/format.md`.

use prost::Message;

use super::{Document, Error, Result};
use crate::cluster::Order;
use crate::id::{ArticleId, DocId};

/// Counter of distinct publishers.
pub const PUBLISHERS_SEEN: u8 = 0;
/// Counter of distinct anchors.
pub const ANCHORS_SEEN: u8 = 1;

/// How many changes the feed keeps.
const CHANGES_KEPT: u64 = 1_000_000;

/// Counts of a collection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Message)]
pub struct Counts {
    /// Articles.
    #[prost(uint64, tag = "1")]
    pub articles: u64,
    /// Articles that have a lead other than themselves.
    #[prost(uint64, tag = "2")]
    pub followers: u64,
}

impl Counts {
    /// Reads them.
    ///
    /// # Errors
    /// Bytes that are no counts.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        <Self as Message>::decode(bytes).map_err(|e| Error::unreadable("counts", e))
    }
}

/// What came in as a document: [`super::Put::from_row`].
pub fn document_row(doc: DocId) -> Vec<u8> {
    numbered(b'd', doc.0)
}

/// Where a document stands: [`super::Placing::from_row`].
pub fn place_row(doc: DocId) -> Vec<u8> {
    numbered(b'a', doc.0)
}

/// Which document has an id: its number, 8 bytes, big-endian.
pub fn id_row(collection: &str, id: &str) -> Vec<u8> {
    [b"i", collection.as_bytes(), b"\0", id.as_bytes()].concat()
}

/// How many follow a lead: 8 bytes, big-endian. There only where some do.
pub fn followers_row(lead: DocId) -> Vec<u8> {
    numbered(b's', lead.0)
}

/// Followers of a lead, in their order: their numbers.
pub fn member_prefix(lead: DocId) -> Vec<u8> {
    numbered(b'm', lead.0)
}

/// The row of a follower; also, what to go on after.
pub fn after_member(lead: DocId, member: &Order, doc: DocId) -> Vec<u8> {
    ordered(member_prefix(lead), member, doc)
}

/// Leads of a collection that have followers, in their order: their numbers.
pub fn cluster_prefix(collection: &str) -> Vec<u8> {
    [b"c", collection.as_bytes(), b"\0"].concat()
}

/// The row of a lead; also, what to go on after.
pub fn after_cluster(collection: &str, lead: &Order, doc: DocId) -> Vec<u8> {
    ordered(cluster_prefix(collection), lead, doc)
}

/// Counts of a collection: [`Counts`].
pub fn counts_row(collection: &str) -> Vec<u8> {
    [b"n", collection.as_bytes()].concat()
}

/// Segments that a host repeats on its pages.
pub fn furniture_prefix(collection: &str, host: &str) -> Vec<u8> {
    [b"w", collection.as_bytes(), b"\0", host.as_bytes(), b"\0"].concat()
}

/// A segment that a host repeats: a [`super::Repeated`].
pub fn furniture_row(collection: &str, host: &str, segment: u64) -> Vec<u8> {
    let mut key = furniture_prefix(collection, host);
    key.extend_from_slice(&segment.to_be_bytes());
    key
}

/// Reads which segment a row of [`furniture_row`] is of.
///
/// # Errors
/// A key that is none.
pub fn read_furniture_row(key: &[u8]) -> Result<u64> {
    let segment = key.last_chunk::<8>();
    segment
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or_else(|| Error::unreadable("a segment", format!("a key of {} bytes", key.len())))
}

/// Articles of a host, in the order of their times: their numbers.
pub fn host_prefix(collection: &str, host: &str) -> Vec<u8> {
    [b"p", collection.as_bytes(), b"\0", host.as_bytes(), b"\0"].concat()
}

/// The row of a document among those of its host; also, what to go on after.
pub fn host_row(document: &Document) -> Vec<u8> {
    let order = Order {
        names_another: false,
        ..document.order()
    };
    ordered(
        host_prefix(&document.put.collection, &document.put.source_host),
        &order,
        document.doc(),
    )
}

/// Before the first article of a host that is not earlier than a time.
pub fn host_since(collection: &str, host: &str, time_ms: i64) -> Vec<u8> {
    let mut key = host_prefix(collection, host);
    key.push(0);
    push_time(&mut key, time_ms);
    key
}

/// A change of the feed: a [`super::Change`].
pub fn change_row(cursor: u64) -> Vec<u8> {
    numbered(b'f', cursor)
}

/// Cursor of the latest change: 8 bytes, big-endian.
pub fn latest_change_row() -> Vec<u8> {
    b"l".to_vec()
}

/// The oldest cursor from which the feed can be followed, of one that has come to `latest`.
pub fn changes_kept(latest: u64) -> u64 {
    latest.saturating_sub(CHANGES_KEPT)
}

/// Reads a number out of a row.
///
/// # Errors
/// A value that is not 8 bytes.
pub fn decode_doc(value: &[u8]) -> Result<u64> {
    let bytes = value
        .try_into()
        .map_err(|_| Error::unreadable("a number", format!("{} bytes", value.len())))?;
    Ok(u64::from_be_bytes(bytes))
}

fn numbered(table: u8, number: u64) -> Vec<u8> {
    [&[table], number.to_be_bytes().as_slice()].concat()
}

/// Appends an order such that bytes sort as orders do, and the document: two versions of an article
/// may stand at one place in the order, and one goes as the other comes.
fn ordered(mut key: Vec<u8>, order: &Order, doc: DocId) -> Vec<u8> {
    key.push(u8::from(order.names_another));
    push_time(&mut key, order.time_ms);
    let ArticleId(id) = &order.id;
    key.extend_from_slice(id.as_bytes());
    key.push(0);
    key.extend_from_slice(&doc.0.to_be_bytes());
    key
}

/// Appends a time; the sign bit is turned, so that times before 1970 come first.
fn push_time(key: &mut Vec<u8>, time_ms: i64) {
    key.extend_from_slice(&(time_ms as u64 ^ 1 << 63).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_orders_do() {
        let order = |time_ms, id: &str| Order {
            names_another: id == "second hand",
            time_ms,
            id: ArticleId(id.into()),
        };
        let mut orders = [
            order(5, "b"),
            order(-5, "z"),
            order(5, "a"),
            order(i64::MIN, ""),
            order(0, ""),
            order(i64::MAX, "x"),
            order(i64::MIN, "second hand"),
        ];
        let mut keys = orders
            .clone()
            .map(|order| after_member(DocId(7), &order, DocId(1)));
        orders.sort();
        keys.sort();
        assert_eq!(
            keys,
            orders.map(|order| after_member(DocId(7), &order, DocId(1)))
        );
    }
}
