//! The queries that read the rows derived from entries. See `docs/format.md`.

use std::iter;
use std::sync::Arc;

use prost::Message;

use super::row_keys::{
    COUNTS, DROPPED, DocList, ListPosition, SETTINGS, UNSETTLED, change_row, cluster_row,
    counts_row, document_row, feed_cut_row, furniture_prefix, furniture_row, id_row,
    latest_change_row, membership_row, named, named_row, other_name_row, push_time, secret_row,
    settings_row, stored_name, unsettled_row,
};
use super::{
    Change, CollectionSettings, Document, Error, Membership, Put, Repeated, Result, decode,
};
use crate::cluster::{Order, Unsettled};
use crate::id::{Collection, DocId};
use crate::store::{Read, Writes};

/// Counter of distinct publishers.
pub(super) const PUBLISHERS_SEEN: u8 = 0;
/// Counter of distinct anchors.
pub(super) const ANCHORS_SEEN: u8 = 1;

/// The table of memberships.
const MEMBERSHIPS: &[u8] = b"a";
/// The table of segments that hosts repeat.
const FURNITURE: &[u8] = b"w";

/// No two articles of a store are seen further apart: clients may name any of the years 1 to 9999.
const MAX_AGE_MS: u64 = 1 << 49;

/// Changes that the feed keeps.
const CHANGES_KEPT: u64 = 1_000_000;

/// The queries over derived rows.
#[derive(Clone, Copy)]
pub struct RowReader<'r>(pub &'r dyn Read);

/// The lead of a cluster, and the number of its followers. Not stored if that number is 0 and the lead is
/// that of the cluster's number.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct ClusterState {
    /// The lead.
    #[prost(uint64, tag = "1")]
    pub lead: u64,
    /// How many follow it.
    #[prost(uint64, tag = "2")]
    pub followers: u64,
}

/// The counts of a collection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Message)]
pub struct CollectionCounts {
    /// Articles.
    #[prost(uint64, tag = "1")]
    pub articles: u64,
    /// Articles that have a lead other than themselves.
    #[prost(uint64, tag = "2")]
    pub followers: u64,
    /// Bytes of their texts.
    #[prost(uint64, tag = "3")]
    pub bytes: u64,
}

impl RowReader<'_> {
    /// Returns the documents that have these ids, or else these other names, in their order.
    pub fn find(&self, collection: &str, ids: &[&str]) -> Result<Vec<Option<DocId>>> {
        let keys = ids.iter().map(|id| id_row(collection, id));
        let other_names = ids.iter().map(|id| other_name_row(collection, id));
        let keys: Vec<Vec<u8>> = keys.chain(other_names).collect();
        let mut rows = self.0.rows(&keys)?;
        let other_names = rows.split_off(ids.len()).into_iter().enumerate();
        let renamed = other_names.filter_map(|(at, id)| {
            let key = named_row(collection, &id?);
            rows[at].is_none().then_some((at, key))
        });
        let (places, keys): (Vec<usize>, Vec<Vec<u8>>) = renamed.unzip();
        if !keys.is_empty() {
            for (at, row) in places.into_iter().zip(self.0.rows(&keys)?) {
                rows[at] = row;
            }
        }
        let number = |row: Vec<u8>| decode("a number", &row).map(DocId);
        rows.into_iter()
            .map(|row| row.map(number).transpose())
            .collect()
    }

    /// Returns documents, in their order; `None` for those that are gone. What is in `cached` is not
    /// read again.
    pub fn documents(
        &self,
        docs: &[DocId],
        cached: &[Option<Arc<Put>>],
    ) -> Result<Vec<Option<Document>>> {
        let mut keys: Vec<Vec<u8>> = docs.iter().map(|&doc| membership_row(doc)).collect();
        let unread = docs.iter().zip(cached).filter(|(_, put)| put.is_none());
        keys.extend(unread.map(|(&doc, _)| document_row(doc)));
        // In one call, because a document may be removed at any time.
        let rows = self.0.rows(&keys)?;
        let (memberships, puts) = rows.split_at(docs.len());
        let mut puts = puts.iter();
        let memberships = self.with_leads(memberships)?.into_iter();
        let documents = memberships.zip(cached).map(|(membership, cached)| {
            let read = |row| decode("a document", row).map(Arc::new);
            let put = match cached {
                Some(put) => Some(Arc::clone(put)),
                None => {
                    let row = puts.next().and_then(Option::as_deref);
                    row.map(read).transpose()?
                }
            };
            let document = put.zip(membership);
            Ok(document.map(|(put, (membership, lead))| Document {
                put,
                membership,
                lead,
            }))
        });
        documents.collect()
    }

    /// Returns the memberships of documents, in their order, and the leads of their clusters; `None` for
    /// those that are gone.
    pub fn memberships(&self, docs: &[DocId]) -> Result<Vec<Option<(Membership, DocId)>>> {
        let keys: Vec<Vec<u8>> = docs.iter().map(|&doc| membership_row(doc)).collect();
        self.with_leads(&self.0.rows(&keys)?)
    }

    /// Returns at most `limit` stored documents whose numbers are greater than `after`, ascending.
    pub fn documents_after(&self, after: Option<DocId>, limit: usize) -> Result<Vec<DocId>> {
        let after = after.map(membership_row);
        let rows = self
            .0
            .scan(MEMBERSHIPS, after.as_deref(), limit)?
            .into_iter();
        let membership = |(_, row): (_, Vec<u8>)| decode("a membership", &row);
        rows.map(|row| membership(row).map(|one: Membership| DocId(one.doc)))
            .collect()
    }

    /// Reads the rows of memberships, and looks up the leads of their clusters.
    fn with_leads(&self, rows: &[Option<Vec<u8>>]) -> Result<Vec<Option<(Membership, DocId)>>> {
        let memberships = rows.iter().map(|row| {
            let row = row.as_deref();
            row.map(|row| decode("a membership", row)).transpose()
        });
        let memberships: Vec<Option<Membership>> = memberships.collect::<Result<_>>()?;
        let followers = memberships.iter().flatten().filter(|one| !one.leads());
        let mut clusters: Vec<DocId> = followers.map(Membership::cluster).collect();
        clusters.sort_unstable();
        clusters.dedup();
        let states = self.clusters(&clusters)?;
        let with_lead = memberships.into_iter().map(|membership| {
            let membership = membership?;
            let lead = match clusters.binary_search(&membership.cluster()) {
                _ if membership.leads() => membership.doc,
                Ok(at) => states[at]?.lead,
                Err(_) => return None,
            };
            Some((membership, DocId(lead)))
        });
        Ok(with_lead.collect())
    }

    /// Returns clusters; `None` for those without followers whose lead is that of their number.
    pub fn clusters(&self, clusters: &[DocId]) -> Result<Vec<Option<ClusterState>>> {
        let keys = clusters.iter().map(|&cluster| cluster_row(cluster));
        self.get_all("a cluster", keys)
    }

    /// Returns what is left to settle about a document.
    pub fn unsettled(&self, order: &Order, doc: DocId) -> Result<Unsettled> {
        let left = self.get("an unsettled article", unsettled_row(order, doc))?;
        Ok(left.unwrap_or(Unsettled {
            doc: doc.0,
            ..Unsettled::default()
        }))
    }

    /// Returns what is left to settle about the earliest document from a row on, with its row; `None` if
    /// everything is settled.
    pub fn first_unsettled(&self, from: &[u8]) -> Result<Option<(Vec<u8>, Unsettled)>> {
        // A scan begins after a key, and every key that begins with another comes after that.
        let after = from.split_last().map(|(_, before)| before);
        let first = self.0.scan(UNSETTLED, after, 1)?.pop();
        first
            .map(|(key, row)| Ok((key, decode("an unsettled article", &row)?)))
            .transpose()
    }

    /// Returns how many documents follow the lead of a cluster.
    pub fn followers(&self, cluster: DocId) -> Result<u64> {
        let state = self.clusters(&[cluster])?.pop().flatten();
        Ok(state.map_or(0, |state| state.followers))
    }

    /// Returns at most `limit` documents of a list, with their places in it.
    pub fn list(
        &self,
        list: DocList<'_>,
        after: Option<&ListPosition>,
        limit: usize,
    ) -> Result<Vec<(ListPosition, DocId)>> {
        let after = after.map(|position| position.0.as_slice());
        let rows = self.0.scan(&list.prefix(), after, limit)?.into_iter();
        rows.map(|(key, value)| Ok((ListPosition(key), DocId(decode("a number", &value)?))))
            .collect()
    }

    /// Returns the counts of a collection; `None` if it never had any articles.
    pub fn counts(&self, collection: &str) -> Result<Option<CollectionCounts>> {
        self.get("counts", counts_row(collection))
    }

    /// Returns at most `limit` stored names of collections, dropped ones included, and their counts: those
    /// after a name.
    pub fn collections(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(Collection, CollectionCounts)>> {
        let rows = self.0.scan(COUNTS, Some(&counts_row(after)), limit)?;
        let rows = rows.into_iter().map(|(key, value)| {
            let name = stored_name(COUNTS, &key)?;
            Ok((name, decode("counts", &value)?))
        });
        rows.collect()
    }

    /// Returns the settings of a collection; the defaults if it has none.
    pub fn settings(&self, collection: &Collection) -> Result<CollectionSettings> {
        let name = collection.name();
        let found = self.get("settings", settings_row(name))?;
        Ok(found.unwrap_or_else(|| CollectionSettings {
            name: name.to_owned(),
            ..CollectionSettings::default()
        }))
    }

    /// Returns at most `limit` settings of collections: those after a name.
    pub fn settings_after(&self, after: &str, limit: usize) -> Result<Vec<CollectionSettings>> {
        let rows = self.0.scan(SETTINGS, Some(&settings_row(after)), limit)?;
        let rows = rows.into_iter();
        rows.map(|(_, value)| decode("settings", &value)).collect()
    }

    /// Returns a dropped generation that is not taken away yet; `None` if there is none.
    pub fn first_dropped(&self) -> Result<Option<Collection>> {
        let first = self.0.scan(DROPPED, None, 1)?.pop();
        first.map(|(key, _)| stored_name(DROPPED, &key)).transpose()
    }

    /// Returns a submitted article, without its text; `None` if it is gone.
    pub fn put(&self, doc: DocId) -> Result<Option<Put>> {
        self.get("a document", document_row(doc))
    }

    /// Returns when the oldest and the newest article of a collection were first seen; `None` if it has
    /// none.
    pub fn ages(&self, collection: &Collection) -> Result<Option<(i64, i64)>> {
        let list = DocList::FirstSeen(collection.as_str());
        // Returns the first time from a time on.
        let from = |time_ms: i64| -> Result<Option<i64>> {
            let mut key = list.prefix();
            push_time(&mut key, time_ms);
            let first = self.list(list, Some(&ListPosition(key)), 1)?.pop();
            first.map(|(place, _)| place.first_seen()).transpose()
        };
        let Some(oldest) = from(i64::MIN)? else {
            return Ok(None);
        };
        // Rows are read forwards only: the newest is searched for, with ever smaller steps.
        let (mut newest, mut step) = (oldest, MAX_AGE_MS);
        while step > 1 {
            step /= 2;
            let later = newest.checked_add_unsigned(step);
            if let Some(found) = later.map(from).transpose()?.flatten() {
                newest = found;
            }
        }
        Ok(Some((oldest, newest)))
    }

    /// Returns the cursor up to which the feed was cut; 0 if it never was.
    pub fn feed_cut(&self) -> Result<u64> {
        Ok(self.get("a number", feed_cut_row())?.unwrap_or(0))
    }

    /// Returns the store's random number; `None` if none was made yet.
    pub fn secret(&self) -> Result<Option<[u8; 32]>> {
        let row = self.0.rows(&[secret_row()])?.pop().flatten();
        let secret = row.map(|row| row.try_into());
        let secret = secret.transpose();
        secret.map_err(|_| Error::unreadable("the store's random number", "its length"))
    }

    /// Returns segments that hosts repeat, by the keys of their rows.
    pub fn furniture_rows(&self, rows: &[Vec<u8>]) -> Result<Vec<Option<Repeated>>> {
        self.get_all("a segment", rows.iter().cloned())
    }

    /// Returns at most `limit` segments that hosts of a collection repeat, with their rows: those after a
    /// row.
    pub fn furniture_of(
        &self,
        collection: &Collection,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Repeated)>> {
        let prefix = named(b'w', &[collection.as_str()]);
        self.segments_after(&prefix, after, limit)
    }

    /// Returns estimates of how many distinct publishers and anchors were ever seen.
    pub fn distinct(&self) -> Result<(u64, u64)> {
        let distinct = |counter| self.0.distinct(counter);
        Ok((distinct(PUBLISHERS_SEEN)?, distinct(ANCHORS_SEEN)?))
    }

    /// Returns the segments that a host repeats, with their hashes.
    pub fn furniture(
        &self,
        collection: &str,
        host: &str,
        limit: usize,
    ) -> Result<Vec<(u64, Repeated)>> {
        let prefix = furniture_prefix(collection, host);
        let rows = self.0.scan(&prefix, None, limit)?.into_iter();
        rows.map(|(key, value)| {
            let segment = key.last_chunk::<8>();
            let segment = segment.ok_or_else(|| Error::unreadable("a segment", "its key"))?;
            Ok((u64::from_be_bytes(*segment), decode("a segment", &value)?))
        })
        .collect()
    }

    /// Returns at most `limit` segments that any host repeats, after the row `after`, with their rows.
    pub(super) fn furniture_after(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Repeated)>> {
        self.segments_after(FURNITURE, after, limit)
    }

    fn segments_after(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Repeated)>> {
        let rows = self.0.scan(prefix, after, limit)?.into_iter();
        rows.map(|(key, value)| Ok((key, decode("a segment", &value)?)))
            .collect()
    }

    /// Returns some of the segments that a host repeats, in the order of their hashes given.
    pub fn segments(
        &self,
        collection: &str,
        host: &str,
        segments: impl Iterator<Item = u64>,
    ) -> Result<Vec<Option<Repeated>>> {
        let keys = segments.map(|segment| furniture_row(collection, host, segment));
        self.get_all("a segment", keys)
    }

    /// Returns the cursor of the latest change, 0 before the first.
    pub fn latest_change(&self) -> Result<u64> {
        Ok(self.get("a number", latest_change_row())?.unwrap_or(0))
    }

    /// Returns the changes with the cursors; `None` for those that are not kept any more.
    pub fn changes(&self, cursors: std::ops::RangeInclusive<u64>) -> Result<Vec<Option<Change>>> {
        let keys: Vec<Vec<u8>> = cursors.map(change_row).collect();
        let rows = self.0.rows(&keys)?.into_iter();
        let read =
            |row: Vec<u8>| postcard::from_bytes(&row).map_err(|e| Error::unreadable("a change", e));
        rows.map(|row| row.map(read).transpose()).collect()
    }

    fn get<M: Message + Default>(&self, what: &'static str, key: Vec<u8>) -> Result<Option<M>> {
        Ok(self.get_all(what, iter::once(key))?.pop().flatten())
    }

    fn get_all<M: Message + Default>(
        &self,
        what: &'static str,
        keys: impl Iterator<Item = Vec<u8>>,
    ) -> Result<Vec<Option<M>>> {
        let keys: Vec<Vec<u8>> = keys.collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.0.rows(&keys)?.into_iter();
        rows.map(|row| row.map(|row| decode(what, &row)).transpose())
            .collect()
    }
}

/// Returns the cursor of the latest change among an entry's writes; `None` if there is none.
pub fn latest_change(writes: &Writes) -> Result<Option<u64>> {
    let row = writes.rows.get(&latest_change_row());
    row.and_then(Option::as_deref)
        .map(|row| decode("a number", row))
        .transpose()
}

/// Returns the first row among an entry's writes that leaves something to settle.
pub fn first_left(writes: &Writes) -> Option<&[u8]> {
    let rows = writes.rows.range(UNSETTLED.to_vec()..);
    let mut rows = rows.take_while(|(key, _)| key.starts_with(UNSETTLED));
    rows.find(|(_, row)| row.is_some())
        .map(|(key, _)| key.as_slice())
}

/// Returns the first key after a row's.
pub fn after_row(row: &[u8]) -> Vec<u8> {
    [row, &[0]].concat()
}

/// Returns the oldest cursor from which a feed can be followed that has come to `latest`.
pub fn oldest_change(latest: u64) -> u64 {
    latest.saturating_sub(CHANGES_KEPT)
}
