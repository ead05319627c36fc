//! An entry of the journal: one change, whole.

use std::cell::RefCell;

use prost::Message;
use zstd::bulk::{Compressor, Decompressor};

use super::{Error, Result, Sighting, VERSION};
use crate::notices::{Notice, PhotoCredit};
use crate::text::{Shingles, Span, shingles};

/// How hard zstd tries. On English news 1 takes two thirds of the time of 3, its default, for half a
/// per cent more bytes, and a quarter of the time of 6, for 3 % more.
const ZSTD_LEVEL: i32 = 1;

/// Most bytes a text may unpack to: more than any text that is let in, so that a damaged length is
/// no order for memory.
const MAX_TEXT_BYTES: usize = 64 << 20;

thread_local! {
    // To make a context costs as much as to pack a page with it.
    static PACKER: RefCell<Compressor<'static>> =
        RefCell::new(Compressor::new(ZSTD_LEVEL).expect("zstd has the level, and memory for a context"));
    static UNPACKER: RefCell<Decompressor<'static>> =
        RefCell::new(Decompressor::new().expect("zstd has memory for a context"));
}

/// One change: what one article's coming or going does, all of it or nothing.
#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    /// [`VERSION`] of the program that wrote it.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// When it was written; milliseconds since 1970.
    #[prost(int64, tag = "2")]
    pub time_ms: i64,
    /// The article that comes.
    #[prost(message, optional, tag = "3")]
    pub put: Option<Put>,
    /// The document that goes: an article taken out, or the former version of the one that comes.
    #[prost(message, optional, tag = "4")]
    pub gone: Option<Gone>,
    /// Who is placed where: the one that comes, and all whose lead changes, in their order.
    #[prost(message, repeated, tag = "5")]
    pub placed: Vec<Placing>,
    /// Segments of the new article that its host has shown before.
    #[prost(message, repeated, tag = "6")]
    pub sightings: Vec<Sighting>,
}

/// An article that comes.
#[derive(Clone, PartialEq, Message)]
pub struct Put {
    /// Number of this version of it.
    #[prost(uint64, tag = "1")]
    pub doc: u64,
    /// Its collection.
    #[prost(string, tag = "2")]
    pub collection: String,
    /// Its name there.
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
    /// Its language as the client knows it; may be empty.
    #[prost(string, tag = "7")]
    pub lang: String,
    /// When it was published, by its own account; milliseconds since 1970.
    #[prost(sint64, optional, tag = "8")]
    pub published_ms: Option<i64>,
    /// When its first version came in; milliseconds since 1970.
    #[prost(sint64, tag = "9")]
    pub first_seen_ms: i64,
    /// 1 for the first version, one more for each update.
    #[prost(uint32, tag = "10")]
    pub revision: u32,
    /// Hash of all that was submitted, 16 bytes, little-endian.
    #[prost(bytes = "vec", tag = "11")]
    pub content_hash: Vec<u8>,
    /// Its text, packed by zstd.
    #[prost(bytes = "vec", tag = "12")]
    pub text_zstd: Vec<u8>,
    /// Stretches of the text that are not the article's, in order, without overlaps: for each the bytes
    /// since the end of the one before, and its length.
    #[prost(uint32, repeated, tag = "13")]
    pub cuts: Vec<u32>,
    /// Who wrote it, by the page's own account; may be empty.
    #[prost(string, tag = "14")]
    pub byline: String,
    /// The agency that the byline names; may be empty.
    #[prost(string, tag = "15")]
    pub byline_agency: String,
    /// The URL that the page declares by rel=canonical; may be empty.
    #[prost(string, tag = "16")]
    pub canonical: String,
    /// When it was last changed, by the page's own account; milliseconds since 1970.
    #[prost(sint64, optional, tag = "17")]
    pub modified_ms: Option<i64>,
    /// Its notices, in the order of the text.
    #[prost(message, repeated, tag = "18")]
    pub notices: Vec<Notice>,
    /// Credits of its pictures.
    #[prost(message, repeated, tag = "19")]
    pub photo_credits: Vec<PhotoCredit>,
    /// It is no article but a wall: a cookie notice, a login, an error. Its text counts for nothing.
    #[prost(bool, tag = "20")]
    pub blocked: bool,
    /// It says itself that another outlet had its text first.
    #[prost(bool, tag = "21")]
    pub names_another: bool,
    /// Words that were written with letters of another script.
    #[prost(uint32, tag = "22")]
    pub disguised_words: u32,
    /// The host of its URL without "www."; without a URL, the publisher's name in lower case. May be
    /// empty.
    #[prost(string, tag = "23")]
    pub source_host: String,
}

/// A document that goes.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Gone {
    /// Its number.
    #[prost(uint64, tag = "1")]
    pub doc: u64,
}

/// A document and the lead it is placed with.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Placing {
    /// The document.
    #[prost(uint64, tag = "1")]
    pub doc: u64,
    /// Its lead; itself where it leads.
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
}

impl Entry {
    /// Packs it.
    pub fn encode(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// Reads it.
    ///
    /// # Errors
    /// Bytes that are no entry, or an entry of another version.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let entry =
            <Self as Message>::decode(bytes).map_err(|e| Error::unreadable("an entry", e))?;
        if entry.version != VERSION {
            return Err(Error::Version {
                what: "an entry",
                found: entry.version,
                expected: VERSION,
            });
        }
        Ok(entry)
    }
}

impl Put {
    /// Keeps the stretches of the text that are not the article's.
    pub fn set_cuts(&mut self, cuts: &[Span]) {
        let mut at = 0;
        self.cuts.clear();
        for cut in cuts {
            self.cuts.extend([cut.start - at, cut.end - cut.start]);
            at = cut.end;
        }
    }

    /// The stretches of the text that are not the article's: notices and furniture.
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

    /// Reads its shingles: of the title, and of the text but for what is cut. A wall has none.
    ///
    /// # Errors
    /// A text that cannot be unpacked.
    pub fn shingles(&self) -> Result<Shingles> {
        if self.blocked {
            return Ok(Shingles::default());
        }
        Ok(shingles(&self.title, &self.text()?, &self.cuts()))
    }

    /// The same without its text.
    pub fn without_text(mut self) -> Self {
        self.text_zstd = Vec::new();
        self
    }

    /// About how many bytes it takes in memory, without its text.
    pub fn size(&self) -> usize {
        let strings = [
            &self.collection,
            &self.id,
            &self.url,
            &self.publisher,
            &self.title,
            &self.lang,
            &self.byline,
            &self.byline_agency,
            &self.canonical,
            &self.source_host,
        ];
        let strings: usize = strings.iter().map(|string| string.capacity()).sum();
        // A notice has three strings, of which one is a sentence.
        let notices = 300 * (self.notices.len() + self.photo_credits.len());
        size_of::<Self>() + strings + notices + 4 * self.cuts.capacity() + 16
    }

    /// Packs a text.
    pub fn pack(text: &str) -> Vec<u8> {
        PACKER
            .with_borrow_mut(|packer| packer.compress(text.as_bytes()))
            .expect("compressing to memory needs nothing that can fail")
    }

    /// Unpacks the text.
    ///
    /// # Errors
    /// Bytes that are no packed text.
    pub fn text(&self) -> Result<String> {
        let size = zstd::zstd_safe::get_frame_content_size(&self.text_zstd)
            .ok()
            .flatten()
            .unwrap_or(0);
        let size = usize::try_from(size)
            .unwrap_or(usize::MAX)
            .min(MAX_TEXT_BYTES);
        let bytes = UNPACKER
            .with_borrow_mut(|unpacker| unpacker.decompress(&self.text_zstd, size))
            .map_err(|e| Error::unreadable("a text", e))?;
        String::from_utf8(bytes).map_err(|e| Error::unreadable("a text", e))
    }
}
