//! A stored article without its text, and the changes of the feed.

use std::sync::Arc;

use prost::Message;

use super::{Error, Membership, Put, Result, VERSION};
use crate::cluster::Order;
use crate::id::{ArticleId, DocId};
use crate::text::Overlap;

/// One version of a stored article, without its text. What was submitted never changes, and its lead
/// may; so the two are rows of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The article as submitted, without its text.
    pub put: Arc<Put>,
    /// Its cluster, and what it shares with the lead that it was compared with.
    pub membership: Membership,
    /// The lead of its cluster.
    pub lead: DocId,
}

/// The row of a submitted article.
#[derive(Clone, PartialEq, Message)]
struct PutRow {
    /// [`VERSION`] of the program that wrote it.
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(message, required, tag = "2")]
    put: Put,
}

impl Put {
    /// Encodes the row. The article must be without its text.
    pub(super) fn to_row(&self) -> Vec<u8> {
        debug_assert!(self.text.is_empty(), "texts are the journal's");
        // The bytes of a `PutRow`, without a copy of the article.
        let mut row = Vec::with_capacity(self.encoded_len() + 8);
        prost::encoding::uint32::encode(1, &VERSION, &mut row);
        prost::encoding::message::encode(2, self, &mut row);
        row
    }

    /// Reads an article from its row.
    pub(super) fn from_row(row: &[u8]) -> Result<Self> {
        let row = PutRow::decode(row).map_err(|e| Error::unreadable("a document", e))?;
        Error::check_version("a document", row.version)?;
        Ok(row.put)
    }
}

/// Bytes of the row of a membership, without the number of the cluster.
const MEMBERSHIP_BYTES: usize = 20;

impl Membership {
    /// Encodes the row, whose key names the document.
    pub(super) fn to_row(self) -> Vec<u8> {
        let weights = [self.shared, self.this, self.other].map(u32::to_be_bytes);
        let mut row = [self.lead.to_be_bytes().as_slice(), weights.as_flattened()].concat();
        row.extend(
            self.cluster_number
                .iter()
                .flat_map(|number| number.to_be_bytes()),
        );
        row
    }

    /// Reads the membership of a document from its row.
    pub(super) fn from_row(doc: DocId, row: &[u8]) -> Result<Self> {
        if ![MEMBERSHIP_BYTES, MEMBERSHIP_BYTES + 8].contains(&row.len()) {
            let why = format!("{} bytes", row.len());
            return Err(Error::unreadable("a membership", why));
        }
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
        let weight = |at: usize| number(&row[at..at + 4]) as u32;
        Ok(Self {
            doc: doc.0,
            lead: number(&row[..8]),
            shared: weight(8),
            this: weight(12),
            other: weight(16),
            cluster_number: row
                .get(MEMBERSHIP_BYTES..)
                .filter(|rest| !rest.is_empty())
                .map(number),
        })
    }
}

impl Document {
    /// The number of this version.
    pub fn doc(&self) -> DocId {
        DocId(self.put.doc)
    }

    /// The article's id.
    pub fn id(&self) -> ArticleId {
        ArticleId(self.put.id.clone())
    }

    /// The number of its cluster.
    pub fn cluster(&self) -> DocId {
        self.membership.cluster()
    }

    /// Whether it is a lead.
    pub fn leads(&self) -> bool {
        self.membership.leads()
    }

    /// Whether it follows its lead provisionally, without having been compared with it.
    pub fn is_provisional(&self) -> bool {
        self.membership.lead != self.lead.0
    }

    /// Puts it where it belongs after a change of these memberships, which may be others'.
    pub fn settle(&mut self, changed: &[Membership]) {
        if let Some(own) = changed.iter().find(|one| one.doc == self.put.doc) {
            self.membership = *own;
            self.lead = DocId(own.lead);
        } else {
            let mut leads = changed.iter().filter(|one| one.leads());
            let own = leads.find(|one| one.cluster() == self.cluster());
            self.lead = own.map_or(self.lead, |own| DocId(own.doc));
        }
    }

    /// What it shares with the lead that it was compared with.
    pub fn overlap(&self) -> Overlap {
        Overlap {
            shared: self.membership.shared,
            this: self.membership.this,
            other: self.membership.other,
        }
    }

    /// Its place in the order of articles.
    pub fn order(&self) -> Order {
        Order {
            names_another: self.put.names_another,
            time_ms: self.put.published_ms.unwrap_or(self.put.first_seen_ms),
            id: self.id(),
        }
    }
}

/// What happened to an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum ChangeKind {
    /// It was added.
    Added = 1,
    /// A new version of it was submitted.
    Updated = 2,
    /// It moved to another cluster.
    Moved = 3,
    /// It was removed.
    Removed = 4,
}

/// One change of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the feed.
    pub cursor: u64,
    /// When it happened; milliseconds since 1970.
    pub time_ms: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// The article's collection.
    pub collection: String,
    /// The article.
    pub id: ArticleId,
    /// Its lead after the change; `None` if it was removed.
    pub cluster: Option<ArticleId>,
    /// Its lead before the change; `None` if it was added, or if that lead was removed earlier.
    pub previous_cluster: Option<ArticleId>,
    /// Its place, or that of its followers, is not final yet.
    pub settling: bool,
}

/// The row of a change.
#[derive(Clone, PartialEq, Message)]
struct ChangeRow {
    #[prost(uint64, tag = "1")]
    cursor: u64,
    #[prost(int64, tag = "2")]
    time_ms: i64,
    #[prost(enumeration = "ChangeKind", tag = "3")]
    kind: i32,
    #[prost(string, tag = "4")]
    collection: String,
    #[prost(string, tag = "5")]
    id: String,
    /// Empty for `None`, as is the next.
    #[prost(string, tag = "6")]
    cluster: String,
    #[prost(string, tag = "7")]
    previous_cluster: String,
    #[prost(bool, tag = "8")]
    settling: bool,
}

impl Change {
    /// Encodes the row.
    pub(super) fn into_row(self) -> Vec<u8> {
        let name = |id: Option<ArticleId>| id.map(|id| id.0).unwrap_or_default();
        let row = ChangeRow {
            cursor: self.cursor,
            time_ms: self.time_ms,
            kind: self.kind.into(),
            collection: self.collection,
            id: self.id.0,
            cluster: name(self.cluster),
            previous_cluster: name(self.previous_cluster),
            settling: self.settling,
        };
        row.encode_to_vec()
    }

    /// Reads a change from its row.
    pub(super) fn from_row(row: &[u8]) -> Result<Self> {
        let row = ChangeRow::decode(row).map_err(|e| Error::unreadable("a change", e))?;
        let kind = ChangeKind::try_from(row.kind);
        let id = |id: String| Some(id).filter(|id| !id.is_empty()).map(ArticleId);
        Ok(Self {
            cursor: row.cursor,
            time_ms: row.time_ms,
            kind: kind.map_err(|e| Error::unreadable("a change", e))?,
            collection: row.collection,
            id: ArticleId(row.id),
            cluster: id(row.cluster),
            previous_cluster: id(row.previous_cluster),
            settling: row.settling,
        })
    }
}
