//! What a verdict says.

use super::evidence::Evidence;
use crate::id::ArticleId;

/// What an article is among those that have its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// The evidence is even.
    #[default]
    Unknown,
    /// The first, as far as the evidence goes.
    Original,
    /// A text that a news agency issued, wherever it is published.
    Wire,
    /// A copy by another publisher.
    Reprint,
    /// Another article, cut short, or a part of it.
    Excerpt,
    /// A later copy by the same publisher.
    Version,
    /// A page of several other articles.
    RoundUp,
    /// Not an article: a cookie notice, a login, an error.
    BlockedPage,
}

impl Role {
    /// Returns its name in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Original => "original",
            Self::Wire => "wire",
            Self::Reprint => "reprint",
            Self::Excerpt => "excerpt",
            Self::Version => "version",
            Self::RoundUp => "round-up",
            Self::BlockedPage => "blocked-page",
        }
    }
}

/// Where a text comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The article, if it is known here. For an original, the judged article itself.
    pub article: Option<ArticleId>,
    /// The outlet. May be empty.
    pub outlet: String,
    /// The URL. May be empty.
    pub url: String,
}

/// The verdict on an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Its role.
    pub role: Role,
    /// The probability of the role, 0.5 to 0.99; 0.5 if it is unknown.
    pub confidence: f64,
    /// The earliest source, as far as the evidence goes.
    pub original: Option<Source>,
    /// The share of the lead that it carries, 0 to 1.
    pub carried: f64,
    /// The share of it that is not in the lead, 0 to 1.
    pub added: f64,
    /// How long after the original it was published, or else first seen, in milliseconds; below 0 if it
    /// claims to be earlier. `None` if it is the original, or the original is not known here.
    pub lag_ms: Option<i64>,
    /// The evidence, the strongest first.
    pub evidence: Vec<Evidence>,
}
