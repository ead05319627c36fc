//! What the use cases answer.

use crate::id::{ArticleId, DocId};
use crate::syndication::{Judgement, Relation};
use crate::text::{Overlap, Passage, Span};

use super::Article;

/// What an ingest did, or would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The id was not known.
    New,
    /// The id was known with the same content; nothing happened.
    Unchanged,
    /// The id was known with other content; this version took its place.
    Updated,
}

/// Where an article belongs.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// The lead of its cluster.
    pub cluster: ArticleId,
    /// Members of the cluster, lead and article counted.
    pub size: u64,
    /// How it relates to the lead.
    pub relation: Relation,
    /// Exact figures of the article and its lead.
    pub overlap: Overlap,
}

/// An article as it is told of to others.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Its name.
    pub id: ArticleId,
    /// Where it was found; may be empty.
    pub url: String,
    /// Who published it; may be empty.
    pub publisher: String,
    /// Its time in the order of articles; milliseconds since 1970.
    pub time_ms: i64,
    /// Its headline.
    pub title: String,
}

/// Another article that shares text with the one asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The other.
    pub article: Mention,
    /// The number of its version.
    pub doc: DocId,
    /// The lead of its cluster.
    pub cluster: ArticleId,
    /// How the one asked about relates to it.
    pub relation: Relation,
    /// How it relates to the one asked about.
    pub reversed: Relation,
    /// Exact figures; the first is the one asked about.
    pub overlap: Overlap,
}

/// What an ingest or a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The article's name.
    pub id: ArticleId,
    /// The number of its version; of one that was only checked, a number that no article has.
    pub doc: DocId,
    /// What happened, or would.
    pub state: State,
    /// Where it belongs.
    pub placement: Placement,
    /// Verified matches, nearest first.
    pub matches: Vec<Match>,
    /// A cap was hit: there may be more matches.
    pub truncated: bool,
    /// Number of its shingles, each counted once.
    pub shingles: u32,
    /// Its role, as of now, and why.
    pub judgement: Judgement,
}

/// An article as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// As it was submitted. The body is empty where it was not asked for, and else the plain text.
    pub article: Article,
    /// When its first version came in; milliseconds since 1970.
    pub first_seen_ms: i64,
    /// 1 for the first version, one more for each update.
    pub revision: u32,
    /// Where it belongs.
    pub placement: Placement,
    /// Verified matches as of now, nearest first.
    pub matches: Vec<Match>,
    /// A cap was hit: there may be more matches.
    pub truncated: bool,
    /// Its role, as of now, and why.
    pub judgement: Judgement,
    /// Who wrote it, by its page's account; may be empty.
    pub byline: String,
    /// The URL that its page declares by rel=canonical; may be empty.
    pub canonical_url: String,
    /// When it was last changed, by its page's account; milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// Stretches of its text that do not count, in order: notices and furniture.
    pub not_counted: Vec<Span>,
}

/// What of a stored article counts when it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Its headline.
    pub title: String,
    /// Its main text.
    pub text: String,
    /// Stretches of the text that do not count, in order: notices and furniture.
    pub not_counted: Vec<Span>,
    /// It is a wall: nothing of it counts.
    pub blocked: bool,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// An article of the collection.
    Id(String),
    /// A text that is not kept.
    Text {
        /// The headline; may be empty.
        title: String,
        /// The text.
        body: super::Body,
    },
}

/// What two texts share.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Exact figures.
    pub overlap: Overlap,
    /// Whether they are copies by the definition of a cluster.
    pub copy: bool,
    /// Passages that both carry, longest first, each with the words as the first has them.
    pub passages: Vec<(Passage, String)>,
}

/// Which part of a long answer is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Most items; 0: 100. At most 1,000 are given.
    pub size: usize,
    /// `next` of the page before; empty: the first.
    pub token: String,
}

/// A member of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The member.
    pub article: Mention,
    /// How it relates to the lead.
    pub relation: Relation,
    /// Exact figures of the member and the lead.
    pub overlap: Overlap,
}

/// A page of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The lead.
    pub lead: ArticleId,
    /// Members in all, the lead counted.
    pub size: u64,
    /// This page of them; the lead is the first of the first page.
    pub members: Vec<Member>,
    /// Token of the next page; empty where this is the last.
    pub next: String,
}

/// A page of the clusters of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// Leads and sizes.
    pub clusters: Vec<(Member, u64)>,
    /// Token of the next page; empty where this is the last.
    pub next: String,
}

/// What a removal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Articles taken out.
    pub removed: u32,
    /// Ids that were not known.
    pub unknown: u32,
}

/// Counts of a collection, and what the store takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Articles of the collection.
    pub articles: u64,
    /// Clusters of the collection, single articles counted.
    pub clusters: u64,
    /// Cursor of the latest change.
    pub cursor: u64,
    /// Estimate of the distinct publishers ever seen.
    pub publishers_estimate: u64,
    /// Estimate of the distinct anchors ever seen.
    pub anchors_estimate: u64,
    /// What the store takes up.
    pub usage: crate::store::Usage,
}
