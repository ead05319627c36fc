//! Reads a web page: its metadata, and the main text of its article.
//!
//! In goes HTML (or bytes, see [`decode`]). Out comes the main text with its links, title, byline,
//! times and other metadata. Pure, and cannot fail: odd input gives a value. It knows nothing of
//! notices, records or the clock; the caller says which blocks must not be lost. There is no rule for
//! any one website.
//!
//! A page goes through `tokenizer` (tags and text), `build` (a tree), `hints` (what labels say),
//! `metadata`, `blocks` (runs of text), `frame` and `other_articles` (what is not the article), `select`
//! and `choose` (which blocks are), and `main_text`. If all that gives next to nothing, `embedded` finds
//! what the page holds without showing it.
//!
//! From html5ever come the interned names and the table of named characters. The tokenizer and the tree
//! are our own, because those of html5ever take time quadratic in the number of attributes and in the
//! depth.

mod author_names;
mod binary;
mod blocks;
mod build;
mod byline;
mod choose;
mod dates;
mod decode;
mod element_names;
mod embedded;
mod frame;
mod hints;
mod identity;
mod json_ld;
mod letter_runs;
mod loose_json;
mod main_text;
mod metadata;
mod other_articles;
mod script_state;
mod select;
mod site_names;
mod title;
mod tokenizer;
mod tree;

use crate::text::Span;

#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod tests;

pub use dates::{Conventions, DateSource, PublicationDate, parse_date};
pub(crate) use dates::{is_month, is_weekday};
pub use decode::decode;
#[cfg(feature = "server")]
pub(crate) use tokenizer::decode as references;
#[cfg(feature = "server")]
pub(crate) use tree::unescape;

/// A page: its metadata, and its main text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The title of the article. May be empty.
    pub title: String,
    /// The main text without the title. Each block is a line of its own, and paragraphs are separated by
    /// a blank line.
    pub text: String,
    /// The author. May be empty.
    pub byline: String,
    /// When it was published.
    pub published: Option<PublicationDate>,
    /// When it was last changed, in milliseconds since 1970; not before 1990.
    pub modified_ms: Option<i64>,
    /// The absolute URL of `rel=canonical`; empty if the page declares none.
    pub canonical: String,
    /// The publisher of the page. May be empty.
    pub publisher: String,
    /// The language as the page names it (`en`, `pt-BR`). May be empty.
    pub lang: String,
    /// The first 10,000 links in the text, in order.
    pub links: Vec<Link>,
    /// How the main text was found.
    pub method: Method,
}

/// A link in the main text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// Where its words are in [`Page::text`].
    pub span: Span,
    /// Its absolute target.
    pub href: String,
}

/// How the main text was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// All visible text: of a fragment, of a text without tags, or where nothing better was found.
    #[default]
    Whole,
    /// The element with the most text, without the frame of the page.
    Element,
    /// The blocks that consist of sentences, wherever they are.
    Dense,
    /// The blocks that show the text stated in JSON-LD.
    Stated,
    /// A text that the page holds and does not show: in JSON-LD, for readers without scripts, as the
    /// content of a frame, or in the state of its scripts.
    NotShown,
}

/// Reads a page from `url`, which may be empty.
///
/// `keep` is called for blocks outside the main text, but not for those in menus, footers, teasers and
/// readers' comments. A block for which it returns true (it has a credit line, or the notice of a
/// reprint) becomes a paragraph of its own, in page order.
pub fn read(html: &str, url: &str, keep: &dyn Fn(&str) -> bool) -> Page {
    read_at(html, url, i64::MAX, keep)
}

/// Reads a page as [`read`] does, at a time in milliseconds since 1970. No date of it that is more than a
/// day later counts. What is no page but a file of another kind (a picture, PDF, compressed bytes) has no text,
/// and states nothing.
pub fn read_at(html: &str, url: &str, now_ms: i64, keep: &dyn Fn(&str) -> bool) -> Page {
    if binary::is_binary(html) {
        return Page::default();
    }
    let tree = build::build(html);
    let hints = hints::of_tree(&tree);
    let metadata = metadata::read(&tree, &hints, url, now_ms);
    let (main_text, method) = choose::main_text(&tree, &hints, &metadata, keep);
    Page {
        text: main_text.text,
        links: main_text.links,
        method,
        ..metadata.page
    }
}
