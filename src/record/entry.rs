//! An entry of the journal: one change, whole.

use std::cell::RefCell;

use prost::Message;
use zstd::bulk::{Compressor, Decompressor};

use super::{Error, Result, VERSION};

/// How hard zstd tries. 3 is its default: on news twice as fast as 6, for 4 % more bytes.
const ZSTD_LEVEL: i32 = 3;

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
