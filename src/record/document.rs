//! What is known of an article without its text, and what is told of its changes.

use prost::Message;

use super::{Error, Placing, Put, Result, VERSION};
use crate::cluster::Order;
use crate::id::{ArticleId, DocId};
use crate::text::Overlap;

/// What is known of one version of an article, without its text.
#[derive(Clone, PartialEq, Message)]
pub struct Document {
    /// [`VERSION`] of the program that wrote it.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// The article as it came, without its text.
    #[prost(message, required, tag = "2")]
    pub put: Put,
    /// Its place: its lead, and what it shares with it.
    #[prost(message, required, tag = "3")]
    pub place: Placing,
}

impl Document {
    /// Reads it.
    ///
    /// # Errors
    /// Bytes that are no document, or a document of another version.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let document =
            <Self as Message>::decode(bytes).map_err(|e| Error::unreadable("a document", e))?;
        if document.version != VERSION {
            return Err(Error::Version {
                what: "a document",
                found: document.version,
                expected: VERSION,
            });
        }
        Ok(document)
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
