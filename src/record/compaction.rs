//! What is left of entries when segments of the journal are compacted, so that a replay of the rest comes
//! to the same rows.
//!
//! Documents that are gone are left out, with all that concerns them alone. What later entries say of
//! them is passed over in a replay. What cannot be left out is written once more at the end of the journal,
//! as it is by then: the segments that hosts repeat ([`KeptSegment`]), and from where the feed of changes
//! goes on ([`FeedCut`]).

use std::collections::HashSet;

use prost::Message;

use super::row_keys::{furniture_row, rehashed_row};
use super::{Entry, Membership, Purge, Repeated, Result, VERSION};
use crate::cluster::Unsettled;
use crate::store::Kept;

/// A segment that a host repeats, as it is when the entries that it comes from are left out.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct KeptSegment {
    /// The key of its row.
    #[prost(bytes = "vec", tag = "1")]
    pub row: Vec<u8>,
    /// The row; absent if there is none any more.
    #[prost(message, optional, tag = "2")]
    pub segment: Option<Repeated>,
}

/// Changes that the feed does not have any more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Message)]
pub struct FeedCut {
    /// Those after this cursor,
    #[prost(uint64, tag = "1")]
    pub after: u64,
    /// up to this one.
    #[prost(uint64, tag = "2")]
    pub until: u64,
}

/// Segments of the journal that are compacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactedRange {
    /// They are the first of the journal.
    pub is_first: bool,
    /// The lowest number of a document whose content they have; `u64::MAX` if they have none.
    pub first_doc: u64,
    /// The documents among these that are not gone.
    pub live: HashSet<u64>,
}

impl CompactedRange {
    /// Returns what is left of an entry of theirs; `None`: nothing.
    ///
    /// # Errors
    /// Bytes that are not an entry.
    pub fn keep(&self, entry: &[u8]) -> Result<Option<Kept>> {
        let Entry {
            put,
            withdrawal,
            mut memberships,
            mut unsettled,
            settings,
            purge,
            feed_cut,
            secret,
            ..
        } = Entry::decode(entry)?;
        // The content of earlier documents is elsewhere.
        let is_earlier = |doc: u64| doc < self.first_doc && !self.is_first;
        let is_kept = |doc: u64| is_earlier(doc) || self.live.contains(&doc);
        memberships.retain(|one: &Membership| is_kept(one.doc));
        unsettled.retain(|one: &Unsettled| is_kept(one.doc));
        let purge = purge.map(|mut purge| {
            purge.docs.retain(|&doc| is_earlier(doc));
            purge.segments.clear();
            purge
        });
        let has_any = |purge: &Purge| purge.is_last || !purge.docs.is_empty();
        let left = Entry {
            version: VERSION,
            put: put.filter(|put| self.live.contains(&put.doc)),
            withdrawal: withdrawal.filter(|one| is_earlier(one.doc)),
            memberships,
            unsettled,
            settings,
            purge: purge.filter(has_any),
            feed_cut: feed_cut.filter(|_| !self.is_first),
            secret,
            carried: true,
            ..Entry::default()
        };
        let nothing = Entry {
            version: VERSION,
            carried: true,
            ..Entry::default()
        };
        Ok((left != nothing).then(|| Kept {
            entry: left.encode(),
            holds: left.put.as_ref().map(|put| put.doc),
        }))
    }
}

/// Adds the keys of the rows of segments that an entry changes, of those that hosts repeat.
///
/// # Errors
/// Bytes that are not an entry.
pub fn add_furniture_rows(entry: &[u8], rows: &mut HashSet<Vec<u8>>) -> Result<()> {
    let entry = Entry::decode(entry)?;
    if let Some(put) = &entry.put {
        let row = |segment| furniture_row(&put.collection, &put.source_host, segment);
        for sighting in &entry.sightings {
            rows.insert(row(sighting.segment));
            rows.extend(sighting.instead_of.map(row));
        }
    }
    for moved in entry.rehashed {
        rows.insert(rehashed_row(&moved.row, moved.hash));
        rows.insert(moved.row);
    }
    rows.extend(entry.purge.into_iter().flat_map(|purge| purge.segments));
    rows.extend(entry.furniture.into_iter().map(|kept| kept.row));
    Ok(())
}

/// Returns the number of the document whose content an entry is; `None` if it is of none.
///
/// # Errors
/// Bytes that are not an entry.
pub fn document_of(entry: &[u8]) -> Result<Option<u64>> {
    Ok(Entry::decode(entry)?.put.map(|put| put.doc))
}
