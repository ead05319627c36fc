//! The input of a verdict.

use super::Relation;
use crate::id::ArticleId;
use crate::notices::{Notice, PhotoCredit};
use crate::text::Overlap;

/// What is known of one article that helps to tell where its text comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The article.
    pub id: ArticleId,
    /// The publisher as the client named it, or else the host of the URL. May be empty.
    pub publisher: String,
    /// The URL. May be empty.
    pub url: String,
    /// The host of the URL without a leading "www.". May be empty.
    pub host: String,
    /// When it was published, as the article states; milliseconds since 1970.
    pub published_ms: Option<i64>,
    /// When we first saw it; milliseconds since 1970.
    pub first_seen_ms: i64,
    /// When it was last changed, as the article states; milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// The author as the page names them. May be empty.
    pub byline: String,
    /// The agency that the byline names.
    pub byline_agency: Option<String>,
    /// The URL that the page declares by rel=canonical. May be empty.
    pub canonical: String,
    /// The notices in the article.
    pub notices: Vec<Notice>,
    /// The credits of its photos.
    pub photo_credits: Vec<PhotoCredit>,
    /// It is not an article but a wall: a cookie notice, a login, an error.
    pub blocked: bool,
    /// Words of it are written with look-alike letters of another script.
    pub disguised: bool,
    /// The headline. May be empty.
    pub title: String,
    /// About how many words of its text count; 0 if that is not known.
    pub words: u32,
    /// Its text is that of the lead of its cluster word for word, whatever their headlines. Ignored if
    /// the article is the lead.
    pub same_text_as_lead: bool,
}

impl Facts {
    /// Returns the facts of an article of which only the id and a time are known.
    pub fn new(id: ArticleId, first_seen_ms: i64) -> Self {
        Self {
            id,
            first_seen_ms,
            ..Self::default()
        }
    }

    /// Returns the latest time at which it can have been published: pages are published before they are
    /// seen.
    pub(super) fn published_by(&self) -> Option<i64> {
        self.published_ms.map(|time| time.min(self.first_seen_ms))
    }
}

/// Returns the name by which an outlet is called.
pub(super) fn outlet_name<'n>(publisher: &'n str, host: &'n str) -> &'n str {
    if publisher.is_empty() {
        host
    } else {
        publisher
    }
}

/// The articles around the one that is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Story<'a> {
    /// The lead of its cluster, and what the article (first) and the lead share. `None` if the article
    /// is the lead.
    pub lead: Option<(&'a Facts, Overlap)>,
    /// The other members of its cluster in any order, with or without the lead and the article.
    pub members: &'a [Facts],
    /// There are more members than these. One of them may have been first, so an original is less
    /// certain.
    pub truncated: bool,
    /// Verified matches outside its cluster, in any order.
    pub related: &'a [Related],
}

/// A verified match outside the article's cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// The other article.
    pub id: ArticleId,
    /// The cluster of the other article.
    pub cluster: ArticleId,
    /// Its publisher. May be empty.
    pub publisher: String,
    /// Its host. May be empty.
    pub host: String,
    /// How the judged article relates to it.
    pub relation: Relation,
    /// What the judged article (first) and it share.
    pub overlap: Overlap,
    /// It is the earlier of the two.
    pub is_earlier: bool,
}
