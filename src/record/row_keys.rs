//! The keys of the rows derived from entries. See `docs/format.md`.

use super::{Document, Error, Put, Result};
use crate::cluster::Order;
use crate::id::{ArticleId, Collection, DocId};

/// The table of what is left to settle about documents, in the order of articles.
pub(super) const UNSETTLED: &[u8] = b"u";
/// The table of collections' counts.
pub(super) const COUNTS: &[u8] = b"n";
/// The table of collections' settings.
pub(super) const SETTINGS: &[u8] = b"g";
/// The table of dropped generations that are not taken away yet.
pub(super) const DROPPED: &[u8] = b"x";

/// A list of documents that is kept in the order of its rows.
#[derive(Debug, Clone, Copy)]
pub enum DocList<'l> {
    /// The followers of a cluster's lead, in the order of articles.
    Followers(DocId),
    /// The leads of a collection that have followers, in the order of articles.
    Clusters(&'l str),
    /// The articles of a collection's host, by time.
    Host(&'l str, &'l str),
    /// The articles of a collection, by when they were first seen.
    FirstSeen(&'l str),
}

/// A place in a [`DocList`], to go on after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPosition(pub Vec<u8>);

impl DocList<'_> {
    pub(super) fn prefix(self) -> Vec<u8> {
        match self {
            Self::Followers(cluster) => numbered(b'm', cluster.0),
            Self::Clusters(collection) => named(b'c', &[collection]),
            Self::Host(collection, host) => named(b'p', &[collection, host]),
            Self::FirstSeen(collection) => named(b't', &[collection]),
        }
    }

    /// Returns the position before the first document.
    pub fn start(self) -> ListPosition {
        ListPosition(self.prefix())
    }

    /// Reads a position of this list; `None` if `text` is not one.
    pub fn parse(self, text: &str) -> Option<ListPosition> {
        let key = hex::decode(text).ok();
        key.filter(|key| key.starts_with(&self.prefix()))
            .map(ListPosition)
    }
}

impl ListPosition {
    /// Returns when a document of a list of [`DocList::FirstSeen`] was first seen.
    ///
    /// # Errors
    /// A position of another list.
    pub fn first_seen(&self) -> Result<i64> {
        let numbers = self.0.len().saturating_sub(16);
        let time = self.0[numbers..].first_chunk::<8>();
        let time = time.ok_or_else(|| Error::unreadable("a time", "its key"))?;
        Ok((u64::from_be_bytes(*time) ^ 1 << 63) as i64)
    }

    /// Returns the position as hexadecimal digits, which [`DocList::parse`] reads.
    pub fn token(&self) -> String {
        hex::encode(&self.0)
    }

    /// Returns the position before the first article of a host that is not earlier than a time.
    pub fn since(collection: &str, host: &str, time_ms: i64) -> Self {
        let mut key = DocList::Host(collection, host).prefix();
        key.push(0);
        push_time(&mut key, time_ms);
        Self(key)
    }
}

/// The row of a submitted article: [`Put`] without its text.
pub(super) fn document_row(doc: DocId) -> Vec<u8> {
    numbered(b'd', doc.0)
}

/// The row of a document's lead: [`Membership`].
pub(super) fn membership_row(doc: DocId) -> Vec<u8> {
    numbered(b'a', doc.0)
}

/// The row of the document that has an id.
pub(super) fn id_row(collection: &str, id: &str) -> Vec<u8> {
    named_row(collection, id.as_bytes())
}

pub(super) fn named_row(collection: &str, id: &[u8]) -> Vec<u8> {
    [&named(b'i', &[collection]), id].concat()
}

/// The row of another name of an article: its id.
pub(super) fn other_name_row(collection: &str, name: &str) -> Vec<u8> {
    [&named(b'o', &[collection]), name.as_bytes()].concat()
}

/// The row of a cluster: [`ClusterState`].
pub(super) fn cluster_row(cluster: DocId) -> Vec<u8> {
    numbered(b's', cluster.0)
}

/// The row of a follower of a cluster's lead.
pub(super) fn follower_row(cluster: DocId, order: &Order, doc: DocId) -> Vec<u8> {
    ordered(DocList::Followers(cluster).prefix(), order, doc)
}

/// The row of what is left to settle about a document.
pub(super) fn unsettled_row(order: &Order, doc: DocId) -> Vec<u8> {
    ordered(UNSETTLED.to_vec(), order, doc)
}

/// The row of a lead that has followers.
pub(super) fn listed_row(lead: &Document) -> Vec<u8> {
    let list = DocList::Clusters(&lead.put.collection);
    ordered(list.prefix(), &lead.order(), lead.doc())
}

/// The row of a document among those of its host.
pub(super) fn host_row(document: &Document) -> Vec<u8> {
    let list = DocList::Host(&document.put.collection, &document.put.source_host);
    let order = Order {
        names_another: false,
        ..document.order()
    };
    ordered(list.prefix(), &order, document.doc())
}

/// The row of a document among those of its collection, by when it was first seen.
pub(super) fn first_seen_row(put: &Put) -> Vec<u8> {
    let mut key = DocList::FirstSeen(&put.collection).prefix();
    push_time(&mut key, put.first_seen_ms);
    key.extend_from_slice(&put.doc.to_be_bytes());
    key
}

/// The row of a collection's counts.
pub(super) fn counts_row(collection: &str) -> Vec<u8> {
    [COUNTS, collection.as_bytes()].concat()
}

/// The row of a collection's settings: [`CollectionSettings`].
pub(super) fn settings_row(name: &str) -> Vec<u8> {
    [SETTINGS, name.as_bytes()].concat()
}

/// The row of a dropped generation that is not taken away yet; empty.
pub(super) fn dropped_row(collection: &str) -> Vec<u8> {
    [DROPPED, collection.as_bytes()].concat()
}

/// Reads the name of a collection from a key that begins with a table.
pub(super) fn stored_name(table: &[u8], key: &[u8]) -> Result<Collection> {
    let name = std::str::from_utf8(&key[table.len()..]);
    let name = name.map_err(|e| Error::unreadable("a collection", e))?;
    Ok(Collection::stored(name))
}

/// The row of a segment that a host repeats.
pub(super) fn furniture_row(collection: &str, host: &str, segment: u64) -> Vec<u8> {
    let mut key = furniture_prefix(collection, host);
    key.extend_from_slice(&segment.to_be_bytes());
    key
}

/// The row to which a segment's row moves that has another hash.
pub(super) fn rehashed_row(row: &[u8], hash: u64) -> Vec<u8> {
    let host = row.len().saturating_sub(8);
    [&row[..host], hash.to_be_bytes().as_slice()].concat()
}

pub(super) fn furniture_prefix(collection: &str, host: &str) -> Vec<u8> {
    named(b'w', &[collection, host])
}

/// The row of a change of the feed.
pub(super) fn change_row(cursor: u64) -> Vec<u8> {
    numbered(b'f', cursor)
}

/// The row of the cursor up to which the feed was cut.
pub(super) fn feed_cut_row() -> Vec<u8> {
    b"e".to_vec()
}

/// The row of the cursor of the latest change.
pub(super) fn latest_change_row() -> Vec<u8> {
    b"l".to_vec()
}

/// The row of the store's random number.
pub(super) fn secret_row() -> Vec<u8> {
    b"k".to_vec()
}

pub(super) fn numbered(table: u8, number: u64) -> Vec<u8> {
    [&[table], number.to_be_bytes().as_slice()].concat()
}

/// Returns a table's letter and names, each followed by a zero byte.
pub(super) fn named(table: u8, names: &[&str]) -> Vec<u8> {
    let mut key = vec![table];
    for name in names {
        key.extend_from_slice(name.as_bytes());
        key.push(0);
    }
    key
}

/// Returns the key of a document in a list, after its prefix. Keys sort as orders do. The document's
/// number comes last, because two versions of an article may have the same order while one replaces the
/// other.
pub(super) fn ordered(prefix: Vec<u8>, order: &Order, doc: DocId) -> Vec<u8> {
    let mut key = prefix;
    key.push(u8::from(order.names_another));
    push_time(&mut key, order.time_ms);
    let ArticleId(id) = &order.id;
    key.extend_from_slice(id.as_bytes());
    key.push(0);
    key.extend_from_slice(&doc.0.to_be_bytes());
    key
}

/// Appends a time, with its sign bit flipped so that times before 1970 sort first.
pub(super) fn push_time(key: &mut Vec<u8>, time_ms: i64) {
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
        let key = |order: Order| follower_row(DocId(7), &order, DocId(1));
        let mut keys = orders.clone().map(key);
        orders.sort();
        keys.sort();
        assert_eq!(keys, orders.map(key));
    }
}
