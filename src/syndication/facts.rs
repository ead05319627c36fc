//! What a verdict is made from.

use super::Relation;
use crate::id::ArticleId;
use crate::notices::{Notice, PhotoCredit};
use crate::text::Overlap;

/// What is known of one article that bears on where its text comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Its name.
    pub id: ArticleId,
    /// Its publisher as the client named it, or else the host of its URL; may be empty.
    pub publisher: String,
    /// Its URL; may be empty.
    pub url: String,
    /// The host of its URL, without a leading "www."; may be empty.
    pub host: String,
    /// When it was published, by its own account; milliseconds since 1970.
    pub published_ms: Option<i64>,
    /// When we first saw it; milliseconds since 1970.
    pub first_seen_ms: i64,
    /// When it was last changed, by its own account; milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// Who wrote it, by the page's account; may be empty.
    pub byline: String,
    /// The agency that the byline names.
    pub byline_agency: Option<String>,
    /// The URL that the page declares by rel=canonical; may be empty.
    pub canonical: String,
    /// Its notices.
    pub notices: Vec<Notice>,
    /// Credits of its pictures.
    pub photo_credits: Vec<PhotoCredit>,
    /// It is no article but a wall: a cookie notice, a login, an error.
    pub blocked: bool,
    /// Words of it are written with look-alike letters of another script.
    pub disguised: bool,
    /// Its headline; may be empty.
    pub title: String,
    /// How many words of its text count, about; 0 where that is not known.
    pub words: u32,
    /// Its text is that of the lead of its cluster word for word, whatever their headlines. Not
    /// looked at where it leads.
    pub same_text_as_lead: bool,
}

impl Facts {
    /// An article of which nothing else is known.
    pub fn new(id: ArticleId, first_seen_ms: i64) -> Self {
        Self {
            id,
            publisher: String::new(),
            url: String::new(),
            host: String::new(),
            published_ms: None,
            first_seen_ms,
            modified_ms: None,
            byline: String::new(),
            byline_agency: None,
            canonical: String::new(),
            notices: Vec::new(),
            photo_credits: Vec::new(),
            blocked: false,
            disguised: false,
            title: String::new(),
            words: 0,
            same_text_as_lead: false,
        }
    }

    /// When it was published at the latest: no page is published after it was seen.
    pub(super) fn published_by(&self) -> Option<i64> {
        self.published_ms.map(|time| time.min(self.first_seen_ms))
    }
}

/// What surrounds an article.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// The lead of its cluster, and what the article (first) and the lead share; `None` where the
    /// article leads.
    pub lead: Option<(&'a Facts, Overlap)>,
    /// The other members of its cluster, in any order; with or without the lead and the article.
    pub members: &'a [Facts],
    /// There are more members than these. One of them may have been first: an original is the less
    /// sure.
    pub truncated: bool,
    /// Verified matches outside its cluster, in any order.
    pub related: &'a [Related],
}

/// A verified match outside the article's cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// Its name.
    pub id: ArticleId,
    /// The cluster it belongs to.
    pub cluster: ArticleId,
    /// Its publisher; may be empty.
    pub publisher: String,
    /// Its host; may be empty.
    pub host: String,
    /// How the article relates to it.
    pub relation: Relation,
    /// What the article (first) and it share.
    pub overlap: Overlap,
    /// It is the earlier of the two.
    pub is_earlier: bool,
}
