//! What is known of an article without its text, and what is told of its changes.

use std::sync::Arc;

use prost::Message;

use super::{Error, Placing, Put, Result, VERSION};
use crate::cluster::Order;
use crate::id::{ArticleId, DocId};
use crate::text::Overlap;

/// What is known of one version of an article, without its text: what came in never changes, where it
/// stands may. So the two are rows of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The article as it came, without its text.
    pub put: Arc<Put>,
    /// Its place: its lead, and what it shares with it.
    pub place: Placing,
}

/// The row of what came in.
#[derive(Clone, PartialEq, Message)]
struct Kept {
    /// [`VERSION`] of the program that wrote it.
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(message, required, tag = "2")]
    put: Put,
}

impl Put {
    /// Packs it for its row. It must be without its text.
    pub(super) fn to_row(&self) -> Vec<u8> {
        debug_assert!(self.text_zstd.is_empty(), "texts are the journal's");
        // What prost would write of a `Kept`, without a copy of the article to write it from.
        let length = self.encoded_len();
        let mut row = Vec::with_capacity(length + 8);
        prost::encoding::uint32::encode(1, &VERSION, &mut row);
        prost::encoding::message::encode(2, self, &mut row);
        row
    }

    /// Reads it from its row.
    ///
    /// # Errors
    /// Bytes that are no document, or a document of another version.
    pub fn from_row(row: &[u8]) -> Result<Self> {
        let kept = Kept::decode(row).map_err(|e| Error::unreadable("a document", e))?;
        if kept.version != VERSION {
            return Err(Error::Version {
                what: "a document",
                found: kept.version,
                expected: VERSION,
            });
        }
        Ok(kept.put)
    }
}

impl Placing {
    /// Packs it for its row, which says of whom it is.
    pub(super) fn to_row(self) -> Vec<u8> {
        let mut row = Vec::with_capacity(PLACE_BYTES);
        row.extend_from_slice(&self.lead.to_be_bytes());
        for weight in [self.shared, self.this, self.other] {
            row.extend_from_slice(&weight.to_be_bytes());
        }
        row
    }

    /// Reads the place of a document from its row.
    ///
    /// # Errors
    /// Bytes that are no place.
    pub fn from_row(doc: DocId, row: &[u8]) -> Result<Self> {
        let row: &[u8; PLACE_BYTES] = row
            .try_into()
            .map_err(|_| Error::unreadable("a place", format!("{} bytes", row.len())))?;
        let (lead, weights) = row.split_at(8);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
        let weight = |at: usize| number(&weights[4 * at..4 * at + 4]) as u32;
        Ok(Self {
            doc: doc.0,
            lead: number(lead),
            shared: weight(0),
            this: weight(1),
            other: weight(2),
        })
    }
}

/// Bytes of the row of a place.
const PLACE_BYTES: usize = 20;

impl Document {
    /// Reads a document from its two rows: what came in, and its place.
    ///
    /// # Errors
    /// Bytes that are no such rows, or rows of another version.
    pub fn from_rows(doc: DocId, put: &[u8], place: &[u8]) -> Result<Self> {
        Ok(Self {
            put: Arc::new(Put::from_row(put)?),
            place: Placing::from_row(doc, place)?,
        })
    }

    /// Its number.
    pub fn doc(&self) -> DocId {
        DocId(self.put.doc)
    }

    /// Its name.
    pub fn id(&self) -> ArticleId {
        ArticleId(self.put.id.clone())
    }

    /// Its lead.
    pub fn lead(&self) -> DocId {
        DocId(self.place.lead)
    }

    /// Whether it leads.
    pub fn leads(&self) -> bool {
        self.place.lead == self.put.doc
    }

    /// What it shares with its lead.
    pub fn overlap(&self) -> Overlap {
        Overlap {
            shared: self.place.shared,
            this: self.place.this,
            other: self.place.other,
        }
    }

    /// Where it stands in the order of articles.
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
    /// It came in.
    Added = 1,
    /// A new version of it came in.
    Updated = 2,
    /// It went to another cluster.
    Moved = 3,
    /// It was taken out.
    Removed = 4,
}

/// One change of the feed.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct Change {
    /// Its place in the feed.
    #[prost(uint64, tag = "1")]
    pub cursor: u64,
    /// When it happened; milliseconds since 1970.
    #[prost(int64, tag = "2")]
    pub time_ms: i64,
    /// What happened.
    #[prost(enumeration = "ChangeKind", tag = "3")]
    pub kind: i32,
    /// The article's collection.
    #[prost(string, tag = "4")]
    pub collection: String,
    /// The article's id.
    #[prost(string, tag = "5")]
    pub id: String,
    /// The id of its lead after the change; empty where it was removed.
    #[prost(string, tag = "6")]
    pub cluster: String,
    /// The id of its lead before the change; empty where it was added.
    #[prost(string, tag = "7")]
    pub previous_cluster: String,
}

impl Change {
    /// Reads it.
    ///
    /// # Errors
    /// Bytes that are no change.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        <Self as Message>::decode(bytes).map_err(|e| Error::unreadable("a change", e))
    }

    /// What happened.
    ///
    /// # Errors
    /// A number that stands for nothing.
    pub fn kind_checked(&self) -> Result<ChangeKind> {
        ChangeKind::try_from(self.kind).map_err(|e| Error::unreadable("a change", e))
    }
}
