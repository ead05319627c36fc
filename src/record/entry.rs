//! An entry of the journal: one article added, updated or removed.

use std::borrow::Cow;
use std::io::Read;

use prost::Message;

use super::{
    CollectionSettings, Error, FeedCut, KeptSegment, Purge, RehashedSegment, Result, Sighting,
    VERSION,
};
use crate::cluster::{Assignment, Resemblance, Unsettled};
use crate::id::DocId;
use crate::notices::{Notice, PhotoCredit};
use crate::text::{Overlap, Shingles, Span, shingles};

/// Most bytes that a text may decompress to: more than any accepted text, so that a damaged length
/// cannot exhaust memory.
const MAX_UNPACKED_BYTES: u64 = 64 << 20;

/// What one article's arrival or removal changes, or a portion of what was left to settle; all of it or
/// nothing.
#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    /// [`VERSION`](super::VERSION) of the program that wrote it.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// When it was written; milliseconds since 1970.
    #[prost(int64, tag = "2")]
    pub time_ms: i64,
    /// The new article, or new version of an article.
    #[prost(message, optional, tag = "3")]
    pub put: Option<Put>,
    /// The document that is withdrawn: a removed article, or the former version of `put`.
    #[prost(message, optional, tag = "4")]
    pub withdrawal: Option<Withdrawal>,
    /// The memberships of `put` and of all articles whose membership changes, in the order of articles.
    #[prost(message, repeated, tag = "5")]
    pub memberships: Vec<Membership>,
    /// Segments of the new article that its host has shown before.
    #[prost(message, repeated, tag = "6")]
    pub sightings: Vec<Sighting>,
    /// What is left to settle about articles, where that changes.
    #[prost(message, repeated, tag = "7")]
    pub unsettled: Vec<Unsettled>,
    /// Segments that hosts repeat, where their hash has changed.
    #[prost(message, repeated, tag = "8")]
    pub rehashed: Vec<RehashedSegment>,
    /// The settings of a collection, where they change. A new generation drops what the former one has.
    #[prost(message, optional, tag = "9")]
    pub settings: Option<CollectionSettings>,
    /// What is taken away of a dropped collection.
    #[prost(message, optional, tag = "10")]
    pub purge: Option<Purge>,
    /// The cursor of the latest change before it; absent in entries of former versions.
    #[prost(uint64, tag = "11")]
    pub cursor: u64,
    /// It is what a compaction has left of an entry. Its changes are not in the feed any more.
    #[prost(bool, tag = "12")]
    pub carried: bool,
    /// Changes that the feed does not have any more.
    #[prost(message, optional, tag = "13")]
    pub feed_cut: Option<FeedCut>,
    /// Document numbers below this were used.
    #[prost(uint64, tag = "14")]
    pub used_below: u64,
    /// Segments that hosts repeat, whatever earlier entries say of them.
    #[prost(message, repeated, tag = "15")]
    pub furniture: Vec<KeptSegment>,
    /// A random number of the store's; empty, or 32 bytes.
    #[prost(bytes = "vec", tag = "16")]
    pub secret: Vec<u8>,
}

/// A submitted article.
#[derive(Clone, PartialEq, Message)]
pub struct Put {
    /// Number of this version.
    #[prost(uint64, tag = "1")]
    pub doc: u64,
    /// Its collection.
    #[prost(string, tag = "2")]
    pub collection: String,
    /// Its id there.
    #[prost(string, tag = "3")]
    pub id: String,
    /// Where it was found; may be empty.
    #[prost(string, tag = "4")]
    pub url: String,
    /// Who published it; may be empty.
    #[prost(string, tag = "5")]
    pub publisher: String,
    /// Its headline; may be empty.
    #[prost(string, tag = "6")]
    pub title: String,
    /// Its language as given by the client; may be empty.
    #[prost(string, tag = "7")]
    pub lang: String,
    /// When it was published, as stated; milliseconds since 1970.
    #[prost(sint64, optional, tag = "8")]
    pub published_ms: Option<i64>,
    /// When its earliest capture was made; milliseconds since 1970.
    #[prost(sint64, tag = "9")]
    pub first_seen_ms: i64,
    /// 1 for the first version, one more for each update.
    #[prost(uint32, tag = "10")]
    pub revision: u32,
    /// Hash of all that was submitted, 16 bytes, little-endian.
    #[prost(bytes = "vec", tag = "11")]
    pub content_hash: Vec<u8>,
    /// Its text, compressed by zstd, as former versions of this program wrote it.
    #[prost(bytes = "vec", tag = "12")]
    pub text_zstd: Vec<u8>,
    /// Spans of the text that do not count, in order and disjoint: for each the distance in bytes from
    /// the end of the previous span, and its length.
    #[prost(uint32, repeated, tag = "13")]
    pub cuts: Vec<u32>,
    /// Its authors, as given by the client or stated by the page; may be empty.
    #[prost(string, tag = "14")]
    pub byline: String,
    /// The agency that the byline names; may be empty.
    #[prost(string, tag = "15")]
    pub byline_agency: String,
    /// The URL that the page declares by rel=canonical; may be empty.
    #[prost(string, tag = "16")]
    pub canonical: String,
    /// When it was last modified, as stated by the page; milliseconds since 1970.
    #[prost(sint64, optional, tag = "17")]
    pub modified_ms: Option<i64>,
    /// Its notices, in the order of the text.
    #[prost(message, repeated, tag = "18")]
    pub notices: Vec<Notice>,
    /// Credits of its pictures.
    #[prost(message, repeated, tag = "19")]
    pub photo_credits: Vec<PhotoCredit>,
    /// It is a wall instead of an article: a cookie notice, a login, an error. No text of it counts.
    #[prost(bool, tag = "20")]
    pub blocked: bool,
    /// It says itself that another outlet had its text first.
    #[prost(bool, tag = "21")]
    pub names_another: bool,
    /// Number of words written with letters of another script.
    #[prost(uint32, tag = "22")]
    pub disguised_words: u32,
    /// The host of its URL without "www."; without a URL, the publisher's name in lower case. May be
    /// empty.
    #[prost(string, tag = "23")]
    pub source_host: String,
    /// Its text.
    #[prost(string, tag = "24")]
    pub text: String,
    /// Where `published_ms` is stated: [`DateSource::as_str`](crate::page::DateSource::as_str). Empty if it
    /// is absent, and in entries of former versions.
    #[prost(string, tag = "25")]
    pub date_source: String,
    /// The day of `published_ms` on the page's own clock, in days since 1970; absent if no page states it.
    #[prost(sint32, optional, tag = "26")]
    pub published_day: Option<i32>,
    /// The page states no offset from UTC: `published_ms` is its local time, read as UTC.
    #[prost(bool, tag = "27")]
    pub is_local_time: bool,
    /// The agency whose own article it is, by its host or publisher; may be empty.
    #[prost(string, tag = "28")]
    pub own_agency: String,
    /// It has no text.
    #[prost(bool, tag = "29")]
    pub is_empty: bool,
    /// Bytes of its text.
    #[prost(uint32, tag = "30")]
    pub text_bytes: u32,
    /// When this version was captured; absent if that is when the article was first seen, and in entries of
    /// former versions. Milliseconds since 1970.
    #[prost(sint64, optional, tag = "31")]
    pub fetched_ms: Option<i64>,
}

/// A withdrawn document.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Withdrawal {
    /// Its number.
    #[prost(uint64, tag = "1")]
    pub doc: u64,
}

/// A document's cluster, the lead that it was placed under, and what the two share.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Membership {
    /// The document.
    #[prost(uint64, tag = "1")]
    pub doc: u64,
    /// The lead that it was compared with; itself if it is a lead.
    #[prost(uint64, tag = "2")]
    pub lead: u64,
    /// Weight of the shingles that both have.
    #[prost(uint32, tag = "3")]
    pub shared: u32,
    /// Weight of the document's shingles.
    #[prost(uint32, tag = "4")]
    pub this: u32,
    /// Weight of the lead's shingles.
    #[prost(uint32, tag = "5")]
    pub other: u32,
    /// The number of its cluster; absent if it is that of `lead`.
    #[prost(uint64, optional, tag = "6")]
    pub cluster_number: Option<u64>,
}

impl Membership {
    /// Returns the membership of a document that leads itself, before it was compared.
    pub fn of_lead(doc: DocId) -> Self {
        Self {
            doc: doc.0,
            lead: doc.0,
            ..Self::default()
        }
    }

    /// Returns the membership of an assigned document. `overlap` is what it shares with its lead.
    pub fn new(assigned: &Assignment, overlap: Overlap) -> Self {
        Self {
            doc: assigned.doc.0,
            lead: assigned.lead.0,
            shared: overlap.shared,
            this: overlap.this,
            other: overlap.other,
            cluster_number: (assigned.cluster != assigned.lead).then_some(assigned.cluster.0),
        }
    }

    /// Where the document belongs.
    pub fn assignment(&self) -> Assignment {
        Assignment {
            doc: DocId(self.doc),
            cluster: self.cluster(),
            lead: DocId(self.lead),
            resemblance: match self.leads() {
                true => Resemblance::WHOLE,
                false => Resemblance::new(self.shared, self.this, self.other),
            },
        }
    }

    /// The cluster.
    pub fn cluster(&self) -> DocId {
        DocId(self.cluster_number.unwrap_or(self.lead))
    }

    /// Whether the document is a lead.
    pub fn leads(&self) -> bool {
        self.lead == self.doc
    }
}

impl Entry {
    /// Encodes the entry.
    pub fn encode(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// Bytes that are not an entry, or an entry of another version.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let entry: Self = super::decode("an entry", bytes)?;
        match entry.version {
            VERSION => Ok(entry),
            found => Err(Error::Version {
                what: "an entry",
                found,
                expected: VERSION,
            }),
        }
    }
}

impl Put {
    /// When this version was captured, as far as that is known; milliseconds since 1970.
    pub fn captured_ms(&self) -> i64 {
        self.fetched_ms.unwrap_or(self.first_seen_ms)
    }

    /// Sets the spans of the text that do not count.
    pub fn set_cuts(&mut self, cuts: &[Span]) {
        let mut at = 0;
        self.cuts.clear();
        for cut in cuts {
            self.cuts.extend([cut.start - at, cut.end - cut.start]);
            at = cut.end;
        }
    }

    /// Returns the spans of the text that do not count: notices and furniture.
    pub fn cuts(&self) -> Vec<Span> {
        let mut at = 0u32;
        let pairs = self.cuts.chunks_exact(2);
        pairs
            .map(|pair| {
                let start = at.saturating_add(pair[0]);
                at = start.saturating_add(pair[1]);
                Span { start, end: at }
            })
            .collect()
    }

    /// Whether its title and text count: it is no wall, and it has a text. A title alone resembles nothing: many
    /// articles have one in common, or repeat it in their text.
    pub fn counts(&self) -> bool {
        !self.blocked && !self.is_empty
    }

    /// Computes the shingles of the title and of the text without its cuts, if they count.
    ///
    /// # Errors
    /// A text that cannot be decompressed.
    pub fn shingles(&self) -> Result<Shingles> {
        if !self.counts() {
            return Ok(Shingles::default());
        }
        Ok(shingles(&self.title, &self.read_text()?, &self.cuts()))
    }

    /// Returns the article without its text.
    ///
    /// # Errors
    /// A text that cannot be decompressed.
    pub fn without_text(mut self) -> Result<Self> {
        // Former versions did not write it.
        self.text_bytes = self.read_text()?.len() as u32;
        (self.text, self.text_zstd) = Default::default();
        Ok(self)
    }

    /// Returns about how many bytes the article takes in memory, without its text.
    pub fn size(&self) -> usize {
        // A notice has three strings, one of them a sentence.
        let notices = 300 * (self.notices.len() + self.photo_credits.len());
        size_of::<Self>() + self.encoded_len() + notices
    }

    /// Returns the text.
    ///
    /// # Errors
    /// Bytes that are not a compressed text.
    pub fn read_text(&self) -> Result<Cow<'_, str>> {
        if self.text_zstd.is_empty() {
            return Ok(Cow::Borrowed(&self.text));
        }
        let mut text = String::new();
        zstd::Decoder::with_buffer(&*self.text_zstd)
            .and_then(|text_zstd| text_zstd.take(MAX_UNPACKED_BYTES).read_to_string(&mut text))
            .map_err(|e| Error::unreadable("a text", e))?;
        Ok(Cow::Owned(text))
    }
}
