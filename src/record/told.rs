//! What an article says of where its text comes from, as it is kept.

use prost::Message;

/// A notice of an article, with its words.
#[derive(Clone, PartialEq, Message)]
pub struct Told {
    /// What it says: the name of a [`crate::notices::Signal`].
    #[prost(string, tag = "1")]
    pub signal: String,
    /// Its first byte in the text.
    #[prost(uint32, tag = "2")]
    pub start: u32,
    /// The byte after its last.
    #[prost(uint32, tag = "3")]
    pub end: u32,
    /// Its words, cut where they are many.
    #[prost(string, tag = "4")]
    pub words: String,
    /// The outlet that it names; may be empty.
    #[prost(string, tag = "5")]
    pub outlet: String,
    /// The URL that it gives; may be empty.
    #[prost(string, tag = "6")]
    pub url: String,
    /// The outlet is a news agency.
    #[prost(bool, tag = "7")]
    pub agency: bool,
    /// It is no text of the article, and does not count.
    #[prost(bool, tag = "8")]
    pub cut: bool,
    /// How strongly it says so, 0 to 1.
    #[prost(float, tag = "9")]
    pub weight: f32,
    /// It was written in disguise: look-alike letters, or characters that are not seen.
    #[prost(bool, tag = "10")]
    pub disguised: bool,
}

/// A credit of a picture: it says nothing of the text.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct PhotoCredit {
    /// Its first byte in the text.
    #[prost(uint32, tag = "1")]
    pub start: u32,
    /// The byte after its last.
    #[prost(uint32, tag = "2")]
    pub end: u32,
    /// Its words.
    #[prost(string, tag = "3")]
    pub words: String,
    /// Who is credited.
    #[prost(string, tag = "4")]
    pub outlet: String,
}
