//! A stored article without its text, and the changes of the feed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Membership, Put};
use crate::cluster::Order;
use crate::id::{ArticleId, Collection, DocId};
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

impl Document {
    /// Returns a document as a lead of itself alone.
    pub fn alone(put: Put) -> Self {
        let doc = DocId(put.doc);
        Self {
            put: Arc::new(put),
            membership: Membership::of_lead(doc),
            lead: doc,
        }
    }

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangeKind {
    /// It was added.
    Added,
    /// A new version of it was submitted.
    Updated,
    /// It moved to another cluster.
    Moved,
    /// It was removed.
    Removed,
    /// Its collection was dropped, with all articles in it.
    Dropped,
}

impl Change {
    /// Whether it concerns a collection, in any of its generations.
    pub fn is_of(&self, collection: &Collection) -> bool {
        Collection::stored(&self.collection).name() == collection.name()
    }
}

/// One change of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its place in the feed.
    pub cursor: u64,
    /// When it happened; milliseconds since 1970.
    pub time_ms: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// The article's collection.
    pub collection: String,
    /// The article; empty if the whole collection was dropped.
    pub id: ArticleId,
    /// Its lead after the change; `None` if it was removed.
    pub cluster: Option<ArticleId>,
    /// Its lead before the change; `None` if it was added, or if that lead was removed earlier.
    pub previous_cluster: Option<ArticleId>,
    /// Its place, or that of its followers, is not final yet.
    pub settling: bool,
}
