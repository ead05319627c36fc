//! The answers of the use cases.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::id::{ArticleId, DocId};
use crate::page::DateSource;
use crate::record::Put;
use crate::syndication::{Judgement, Relation};
use crate::text::{Overlap, Passage, Span};

use super::Article;

/// What an ingest did, or would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The id was not stored.
    New,
    /// The id was stored with the same content; nothing changes, unless this capture is the earliest.
    Unchanged,
    /// The id was stored with other content, which this version replaces.
    Updated,
    /// The id was stored with other content, captured later, which stays.
    Older,
}

/// Where an article belongs.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// The lead of its cluster.
    pub cluster: ArticleId,
    /// Number of members of the cluster, including the lead and the article.
    pub size: u64,
    /// How it relates to the lead.
    pub relation: Relation,
    /// What the article shares with its lead, exactly.
    pub overlap: Overlap,
    /// The place of the article, or of those that follow it, is not final yet. An article that follows
    /// a lead provisionally shows what it shares with its former lead.
    pub settling: bool,
}

/// An article as other articles' answers show it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArticleSummary {
    /// Its id.
    pub id: ArticleId,
    /// Where it was found; may be empty.
    pub url: String,
    /// Who published it; may be empty.
    pub publisher: String,
    /// The site of its host, or the host where that has none; may be empty.
    pub site: String,
    /// Its time in the order of articles; milliseconds since 1970.
    pub time_ms: i64,
    /// Its headline.
    pub title: String,
}

/// Another article that shares text with the one asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The other article.
    pub article: ArticleSummary,
    /// The number of its version.
    pub doc: DocId,
    /// The lead of its cluster.
    pub cluster: ArticleId,
    /// How the one asked about relates to it.
    pub relation: Relation,
    /// How it relates to the one asked about.
    pub reversed: Relation,
    /// What the two share, exactly; the first is the one asked about.
    pub overlap: Overlap,
}

/// When an article was published, and how that is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The time, in milliseconds since 1970.
    pub ms: i64,
    /// Where it is stated; `None` if a former version of this program stored it.
    pub source: Option<DateSource>,
    /// The day on the page's own clock; `None` if the time was submitted.
    pub day: Option<Date>,
    /// The page states no offset from UTC: `ms` is its local time, read as UTC.
    pub is_local: bool,
}

impl Publication {
    /// Returns that of a stored article, if it states one.
    pub(super) fn of(put: &Put) -> Option<Self> {
        let day = put
            .published_day
            .and_then(|days| EPOCH.checked_add(days.days()).ok());
        Some(Self {
            ms: put.published_ms?,
            source: DateSource::named(&put.date_source),
            day,
            is_local: put.is_local_time,
        })
    }
}

/// Returns the number of a day, in days since 1970.
pub(super) fn day_number(day: Date) -> i32 {
    (day - EPOCH).get_days()
}

/// The first day of 1970.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// What a verdict reports beside the place of the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerdictScope {
    /// Neither matches nor a judgement. Of an unchanged article, only rows are read.
    Placement,
    /// Matches, and the judgement.
    Matches,
    /// As [`Self::Matches`]. Among the matches of a check are articles with a quotation that is too short to be
    /// reported otherwise.
    Quotations,
}

/// The result of an ingest or a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The article's id.
    pub id: ArticleId,
    /// The number of its version. A check of a new version returns a number that no article has.
    pub doc: DocId,
    /// What happened, or would happen.
    pub state: State,
    /// When its earliest capture was made; milliseconds since 1970.
    pub first_seen_ms: i64,
    /// When it was published, if that is stated.
    pub publication: Option<Publication>,
    /// Where it belongs.
    pub placement: Placement,
    /// Verified matches, nearest first. Empty with [`VerdictScope::Placement`].
    pub matches: Vec<Match>,
    /// A cap was hit: there may be more matches.
    pub truncated: bool,
    /// Number of its distinct shingles. 0 with [`VerdictScope::Placement`].
    pub shingles: u32,
    /// Its role as of now, with the evidence. `None` with [`VerdictScope::Placement`].
    pub judgement: Option<Judgement>,
}

/// What is stored under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenArticle {
    /// The article's id.
    pub id: ArticleId,
    /// When it was first seen; milliseconds since 1970.
    pub first_seen_ms: i64,
    /// 1 for the first version, one more for each update.
    pub revision: u32,
    /// The lead of its cluster.
    pub cluster: ArticleId,
}

/// A stored article.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredArticle {
    /// The article as submitted, and when it was captured. The body is the plain text, or empty if it was
    /// not asked for.
    pub article: Article,
    /// When its earliest capture was made; milliseconds since 1970.
    pub first_seen_ms: i64,
    /// 1 for the first version, one more for each update.
    pub revision: u32,
    /// Where it belongs.
    pub placement: Placement,
    /// Verified matches as of now, nearest first.
    pub matches: Vec<Match>,
    /// A cap was hit: there may be more matches.
    pub truncated: bool,
    /// Its role as of now, with the evidence.
    pub judgement: Judgement,
    /// The URL that its page declares by rel=canonical; may be empty.
    pub canonical_url: String,
    /// When it was published, if that is stated.
    pub publication: Option<Publication>,
    /// When it was last modified, as stated by its page; milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// Spans of its text that do not count, in order: notices and furniture.
    pub not_counted: Vec<Span>,
}

/// The part of a stored article that counts when it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparableText {
    /// Its headline.
    pub title: String,
    /// Its main text.
    pub text: String,
    /// Spans of the text that do not count, in order: notices and furniture.
    pub not_counted: Vec<Span>,
    /// It is a wall: no text of it counts.
    pub blocked: bool,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// An article of the collection.
    Id(String),
    /// A text that is not stored.
    Text {
        /// The headline; may be empty.
        title: String,
        /// The text.
        body: super::Body,
    },
}

/// The result of comparing two texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What they share, exactly.
    pub overlap: Overlap,
    /// Whether they are copies by the definition of a cluster.
    pub copy: bool,
    /// Passages that both have, longest first, with the words of the first.
    pub passages: Vec<(Passage, String)>,
    /// The main text of the first side, if it is a page in the request; otherwise empty.
    pub main_text_a: String,
    /// That of the second.
    pub main_text_b: String,
}

/// The part of a long answer that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Most items, at most 1,000; 0 means 100.
    pub size: usize,
    /// `next` of the previous page; empty for the first.
    pub token: String,
}

/// A member of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The member.
    pub article: ArticleSummary,
    /// How it relates to the lead.
    pub relation: Relation,
    /// What the member shares with the lead, exactly.
    pub overlap: Overlap,
    /// As in [`Placement`].
    pub settling: bool,
}

/// A page of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The lead.
    pub lead: ArticleId,
    /// Number of members, including the lead.
    pub size: u64,
    /// The members on this page. The lead is the first on the first page.
    pub members: Vec<Member>,
    /// Token of the next page; empty on the last.
    pub next: String,
}

/// A page of the clusters of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// Leads, with the sizes of their clusters.
    pub clusters: Vec<(Member, u64)>,
    /// Token of the next page; empty on the last.
    pub next: String,
}

/// The result of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Number of articles removed.
    pub removed: u32,
    /// Number of ids that were not stored.
    pub unknown: u32,
}

/// Counts of a collection, and what the store uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Number of articles.
    pub articles: u64,
    /// Number of clusters, including single articles.
    pub clusters: u64,
    /// Cursor of the latest change.
    pub cursor: u64,
    /// Estimated number of distinct publishers ever seen.
    pub publishers_estimate: u64,
    /// Estimated number of distinct anchors ever seen.
    pub anchors_estimate: u64,
    /// What the store uses.
    pub usage: crate::store::Usage,
}
