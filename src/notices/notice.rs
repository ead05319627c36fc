//! What the search finds.

use serde::Serialize;

use super::signal::Signal;
use crate::text::Span;

/// Longest wording that is kept; in bytes.
const MAX_WORDS_BYTES: usize = 300;
/// The least weight of a strong notice.
const STRONG: f32 = 0.6;

/// Words of a text that name its source.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Notice {
    /// What they say.
    pub signal: Signal,
    /// Their range in the text, with brackets and the captured outlet.
    #[serde(flatten)]
    pub span: Span,
    /// The words as written; cut after 300 bytes.
    pub words: String,
    /// The outlet they name, agencies by their short name; empty if none.
    pub outlet: String,
    /// The URL of a link under the words or right after them, or one that is written out; empty if
    /// none.
    pub url: String,
    /// Whether the outlet is a news agency.
    pub agency: bool,
    /// Whether the words are not the article's own text, so that comparisons leave them out.
    #[serde(skip)]
    pub cut: bool,
    /// How strong the evidence is, from 0 to 1.
    pub weight: f32,
    /// Whether they were written with look-alike letters or invisible characters.
    pub disguised: bool,
}

impl Notice {
    /// Whether it is believed without other evidence.
    pub fn is_strong(&self) -> bool {
        self.weight >= STRONG
    }
}

/// A credit of a photo: weak evidence, because the photo is not the text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PhotoCredit {
    /// Its range in the text.
    #[serde(flatten)]
    pub span: Span,
    /// The words as written; cut after 300 bytes.
    pub words: String,
    /// The outlet that is credited; may be empty.
    pub outlet: String,
}

/// What the search of an article finds.
#[derive(Debug)]
pub struct NoticeFindings {
    /// In the order of the text, without overlaps.
    pub notices: Vec<Notice>,
    /// In the order of the text, without overlaps.
    pub photo_credits: Vec<PhotoCredit>,
    /// The page is no article but a wall.
    pub is_blocked: bool,
}

/// Returns words as they are kept: cut where they are long.
pub(super) fn kept_words(words: &str) -> String {
    match words.char_indices().find(|(at, _)| *at >= MAX_WORDS_BYTES) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}
