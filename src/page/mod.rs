//! Reads a page: what it says, and what of it is the article.
//!
//! In goes HTML (or bytes, see [`decode`]); out comes the main text with title, byline, times and
//! whatever else the page says of itself. Pure; cannot fail: odd input is a value. It knows nothing
//! of notices, records or time, and asks whoever calls which blocks it must not lose.
//!
//! Of html5ever it uses the shared strings and the table of named characters; tokenizer and tree are
//! its own, because html5ever's take time that grows with the square of attributes and of depth.

mod blocks;
mod build;
mod choose;
mod dates;
mod decode;
mod furniture;
mod hints;
mod json_ld;
mod metadata;
mod names;
mod select;
mod stated;
mod text;
mod title;
mod tokenizer;
mod tree;

use crate::text::Span;

#[cfg(test)]
mod tests;

pub use dates::parse_date;
pub use decode::decode;

/// What a page says, and the article in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The title of the article; may be empty.
    pub title: String,
    /// The main text: blocks on lines of their own, paragraphs parted by a blank line. Without the
    /// title.
    pub text: String,
    /// Who wrote it; may be empty.
    pub byline: String,
    /// When it was published; milliseconds since 1970, and not before 1990.
    pub published_ms: Option<i64>,
    /// When it was last changed; likewise.
    pub modified_ms: Option<i64>,
    /// The URL of `rel=canonical`, absolute; empty where the page declares none.
    pub canonical: String,
    /// Whose page it is; may be empty.
    pub publisher: String,
    /// The language, as the page names it (`en`, `pt-BR`); may be empty.
    pub lang: String,
    /// The links that stand in the text, in order; the first 10,000.
    pub links: Vec<Link>,
    /// Which opinion of what is the article won.
    pub method: Method,
}

/// A link in the main text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// Where its words stand in [`Page::text`].
    pub span: Span,
    /// Where it leads, absolute.
    pub href: String,
}

/// How the main text was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// It is all that is seen: a fragment, a text without tags, or nothing better was found.
    #[default]
    Whole,
    /// The element that gathers most text, without what is said to be furniture.
    Gathered,
    /// The blocks that make sentences, wherever they stand.
    Dense,
    /// The blocks that the page itself states to be the text, in JSON-LD.
    Stated,
    /// The text of the JSON-LD: the page does not show it.
    Unseen,
}

/// Reads a page that was found at `url` (may be empty).
///
/// `keep` is asked about blocks of text that stand outside the main text, though not in menus,
/// footers, teasers and what readers wrote. A block for which it answers true (it carries a credit
/// line, or a notice of a reprint) is kept, in page order, as a paragraph of its own.
pub fn read(html: &str, url: &str, keep: &dyn Fn(&str) -> bool) -> Page {
    let tree = build::build(html);
    let hints = hints::of_tree(&tree);
    let metadata = metadata::read(&tree, &hints, url);
    let found = choose::article(&tree, &hints, &metadata, keep);
    Page {
        text: found.text,
        links: found.links,
        method: found.method,
        title: metadata.title,
        byline: metadata.byline,
        published_ms: metadata.published_ms,
        modified_ms: metadata.modified_ms,
        canonical: metadata.canonical,
        publisher: metadata.publisher,
        lang: metadata.lang,
    }
}
