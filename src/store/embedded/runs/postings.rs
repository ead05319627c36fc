//! Runs of postings: which documents are in which buckets. A block has 256 postings, sorted by bucket
//! key and document, in about as few bits as a look-up by key allows.
//!
//! Keys are coded as Elias and Fano do: the low bits of each as they are, and the rest in unary, as
//! the step from the key before. That is about two bits a key above the minimum for evenly spread
//! keys, and a key is found by a select0 over a few words. Documents are numbers of the width that
//! the block needs.

use std::cmp::Ordering;
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bits::{self, PackedWords};
use super::{BlockCache, BlockId, Merge, Run, RunEntry, RunKind, RunWriter};
use crate::store::Result;

/// Postings of a block; the last block of a run may have fewer.
const BLOCK_POSTINGS: usize = 256;
/// Words before the coded postings: shape, first key, lowest document.
const HEADER_WORDS: usize = 3;

/// A document in a bucket, or its withdrawal from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostingEntry {
    pub key: u64,
    /// The document, above its tag.
    pub doc: u64,
    /// Withdrawn: overrides the posting in any other run, older or newer.
    pub is_withdrawn: bool,
}

impl PostingEntry {
    pub fn new(key: u64, doc: u64, is_withdrawn: bool) -> Self {
        Self {
            key,
            doc,
            is_withdrawn,
        }
    }
}

impl RunEntry for PostingEntry {
    #[inline]
    fn compare(self, other: Self) -> Ordering {
        (self.key, self.doc).cmp(&(other.key, other.doc))
    }

    fn overrides_older(self) -> bool {
        self.is_withdrawn
    }

    fn is_removal(self) -> bool {
        self.is_withdrawn
    }

    #[inline]
    fn filter_key(self) -> u64 {
        self.key
    }
}

#[derive(Default)]
pub struct PostingEncoder {
    entries: Vec<PostingEntry>,
    words: Vec<u64>,
    stored: Vec<u8>,
}

/// A decoded block, and a position in it.
#[derive(Default)]
pub struct DecodedPostings {
    entries: Vec<PostingEntry>,
    at: usize,
}

/// The index block of a run of postings.
#[derive(Debug, Serialize, Deserialize)]
pub struct PostingIndex {
    /// The first key of each block.
    firsts: Vec<u64>,
    /// The lowest document of all, above its tag.
    lowest: u64,
}

impl Default for PostingIndex {
    fn default() -> Self {
        Self {
            firsts: Vec::new(),
            lowest: u64::MAX,
        }
    }
}

/// The kind of runs of postings.
#[derive(Debug)]
pub struct PostingKind;

impl RunKind for PostingKind {
    type Entry<'a> = PostingEntry;
    type Index = PostingIndex;
    type Encoder = PostingEncoder;
    type Block = DecodedPostings;

    #[inline]
    fn push(encoder: &mut PostingEncoder, index: &mut PostingIndex, entry: PostingEntry) -> bool {
        if encoder.entries.is_empty() {
            index.firsts.push(entry.key);
        }
        index.lowest = index.lowest.min(entry.doc);
        encoder.entries.push(entry);
        encoder.entries.len() == BLOCK_POSTINGS
    }

    fn end_block(encoder: &mut PostingEncoder) -> io::Result<Option<&[u8]>> {
        if encoder.entries.is_empty() {
            return Ok(None);
        }
        encode(&encoder.entries, &mut encoder.words);
        encoder.entries.clear();
        encoder.stored.clear();
        let words = encoder.words.drain(..);
        encoder.stored.extend(words.flat_map(u64::to_le_bytes));
        Ok(Some(&encoder.stored))
    }

    fn decode(stored: &[u8], block: &mut DecodedPostings) -> Option<()> {
        block.at = 0;
        block.entries.clear();
        PostingBlock::read(stored)?.decode(&mut block.entries)
    }

    #[inline]
    fn entry(block: &DecodedPostings) -> PostingEntry {
        block.entries[block.at]
    }

    #[inline]
    fn advance(block: &mut DecodedPostings) -> Option<bool> {
        block.at += 1;
        Some(block.at < block.entries.len())
    }

    /// Never: keys are hashes, so the blocks of different runs always overlap.
    #[inline]
    fn copy_block(_: &mut Merge<'_, Self>, _: &mut RunWriter<Self>, _: bool) -> Result<bool> {
        Ok(false)
    }
}

/// The block that was read last: neighboring keys are often in the same one.
#[derive(Default)]
pub struct RecentBlock(Option<(BlockId, Arc<Vec<u8>>)>);

impl Run<PostingKind> {
    /// Returns the lowest document of all postings, above its tag.
    pub fn lowest(&self) -> u64 {
        self.index.lowest
    }

    /// Calls back with the postings under a key, in order, until it returns `false`.
    pub fn each_of(
        &self,
        key: u64,
        cache: &BlockCache,
        recent: &mut RecentBlock,
        mut each: impl FnMut(PostingEntry) -> bool,
    ) -> Result<()> {
        // The block before the first one that begins with the key or a greater one may end with it.
        let firsts = &self.index.firsts;
        let mut number = position(firsts, key, self.meta.key_bits).saturating_sub(1);
        while firsts.get(number).is_some_and(|&first| first <= key) {
            let name = (self.meta.number, number as u32);
            let block = match recent.0.take() {
                Some((other, block)) if other == name => block,
                _ => self.block(number, cache)?,
            };
            let (_, block) = recent.0.insert((name, block));
            let block = PostingBlock::read(block).ok_or_else(|| self.malformed(name.1))?;
            if !block.each_of(key, &mut each) {
                break;
            }
            number += 1;
        }
        Ok(())
    }

    /// Reads a block. Blocks of buckets that are larger than a block are cached, because every copy of
    /// a story asks for the same.
    fn block(&self, number: usize, cache: &BlockCache) -> Result<Arc<Vec<u8>>> {
        let read = || self.values.get(number as u32);
        // A block that has one key only and the block before it.
        let firsts = &self.index.firsts;
        let firsts = &firsts[number..firsts.len().min(number + 3)];
        if firsts.windows(2).any(|pair| pair[0] == pair[1]) {
            return cache.get((self.meta.number, number as u32), read);
        }
        read().map(Arc::new)
    }
}

/// Returns how many first keys are less than a key. Keys are evenly spread, so the search begins
/// where the key should be.
fn position(firsts: &[u64], key: u64, key_bits: u64) -> usize {
    let shift = key_bits.leading_zeros().min(63);
    let guess = (u128::from(key << shift) * firsts.len() as u128) >> 64;
    let guess = (guess as usize).min(firsts.len());
    let (mut low, mut high) = (guess, guess);
    let mut step = 16;
    while low > 0 && firsts[low - 1] >= key {
        high = low - 1;
        low = low.saturating_sub(step);
        step *= 2;
    }
    let mut step = 16;
    while high < firsts.len() && firsts[high] < key {
        low = high + 1;
        high = (high + step).min(firsts.len());
        step *= 2;
    }
    low + firsts[low..high].partition_point(|&first| first < key)
}

/// Encodes 1 to [`BLOCK_POSTINGS`] sorted postings.
fn encode(entries: &[PostingEntry], out: &mut Vec<u64>) {
    let (first, last) = (entries[0].key, entries[entries.len() - 1].key);
    let count = entries.len();
    let low_width = bits::bit_width((last - first) / count as u64).saturating_sub(1);
    let docs = || entries.iter().map(|entry| entry.doc);
    let base = docs().min().unwrap_or(0);
    let doc_width = bits::bit_width(docs().max().unwrap_or(0) - base);
    let has_withdrawn = entries.iter().any(|entry| entry.is_withdrawn);
    let shape = (count as u64 - 1)
        | u64::from(low_width) << 8
        | u64::from(doc_width) << 16
        | u64::from(has_withdrawn) << 24;
    out.extend([shape, first, base]);

    // A one for each entry, and before it a zero for each step of the keys' upper bits.
    let upper = out.len();
    let upper_bits = ((last - first) >> low_width) as usize + count;
    out.resize(upper + upper_bits.div_ceil(64), 0);
    for (at, entry) in entries.iter().enumerate() {
        let bit = ((entry.key - first) >> low_width) as usize + at;
        out[upper + bit / 64] |= 1 << (bit % 64);
    }
    let mask = (1 << low_width) - 1;
    let lows = entries.iter().map(|entry| (entry.key - first) & mask);
    bits::pack(out, low_width, lows);
    bits::pack(out, doc_width, docs().map(|doc| doc - base));
    if has_withdrawn {
        let flags = entries.iter().map(|entry| u64::from(entry.is_withdrawn));
        bits::pack(out, 1, flags);
    }
}

struct PostingBlock<'a> {
    first: u64,
    base: u64,
    count: usize,
    low_width: u32,
    doc_width: u32,
    upper: PackedWords<'a>,
    lows: PackedWords<'a>,
    docs: PackedWords<'a>,
    withdrawn: Option<PackedWords<'a>>,
}

impl<'a> PostingBlock<'a> {
    /// Reads the header of a block; `None` if the block is too short for it.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = PackedWords::new(bytes).split(HEADER_WORDS)?;
        let shape = header.word(0);
        let count = (shape & 0xff) as usize + 1;
        let (low_width, doc_width) = ((shape >> 8 & 0xff) as u32, (shape >> 16 & 0xff) as u32);
        let has_withdrawn = shape >> 24 & 1 == 1;
        let low_words = bits::packed_words(count, low_width);
        let doc_words = bits::packed_words(count, doc_width);
        let flag_words = bits::packed_words(count, u32::from(has_withdrawn));
        let tail = low_words + doc_words + flag_words;
        let (upper, rest) = rest.split(rest.len().checked_sub(tail)?)?;
        let (lows, rest) = rest.split(low_words)?;
        let (docs, rest) = rest.split(doc_words)?;
        Some(Self {
            first: header.word(1),
            base: header.word(2),
            count,
            low_width,
            doc_width,
            upper,
            lows,
            docs,
            withdrawn: has_withdrawn.then_some(rest),
        })
    }

    /// Decodes the postings; `None` if there are fewer than the header says.
    fn decode(&self, out: &mut Vec<PostingEntry>) -> Option<()> {
        let mut at = 0;
        for word in 0..self.upper.len() {
            let mut ones = self.upper.word(word);
            while ones != 0 && at < self.count {
                let bit = word * 64 + ones.trailing_zeros() as usize;
                ones &= ones - 1;
                out.push(self.entry(at, (bit - at) as u64));
                at += 1;
            }
        }
        (at == self.count).then_some(())
    }

    /// Calls back with the postings under a key, until it returns `false`; returns `true` if the next
    /// block may have more of them.
    fn each_of(&self, key: u64, mut each: impl FnMut(PostingEntry) -> bool) -> bool {
        let Some(offset) = key.checked_sub(self.first) else {
            return false;
        };
        let upper = offset >> self.low_width;
        let Some((mut bit, mut at)) = self.upper.select0(upper) else {
            return true;
        };
        let low = offset & ((1 << self.low_width) - 1);
        while at < self.count && self.upper.word(bit / 64) >> (bit % 64) & 1 == 1 {
            let here = self.lows.number(at, self.low_width);
            if here > low || (here == low && !each(self.entry(at, upper))) {
                return false;
            }
            (at, bit) = (at + 1, bit + 1);
        }
        at == self.count
    }

    #[inline]
    fn entry(&self, at: usize, upper: u64) -> PostingEntry {
        let offset = upper << self.low_width | self.lows.number(at, self.low_width);
        let doc = self.base.wrapping_add(self.docs.number(at, self.doc_width));
        let withdrawn = self.withdrawn;
        let is_withdrawn = withdrawn.is_some_and(|flags| flags.number(at, 1) == 1);
        PostingEntry::new(self.first.wrapping_add(offset), doc, is_withdrawn)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(entries: &[PostingEntry]) -> Vec<u8> {
        let mut words = Vec::new();
        encode(entries, &mut words);
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0..9_u64, any::<u64>(), any::<u64>().prop_map(|n| n >> 20)]
    }

    fn entries() -> impl Strategy<Value = Vec<PostingEntry>> {
        let fields = (number(), number(), prop::bool::weighted(0.1));
        let entry = fields.prop_map(|(key, doc, withdrawn)| PostingEntry::new(key, doc, withdrawn));
        let set = prop::collection::btree_set(entry, 1..=BLOCK_POSTINGS);
        set.prop_map(|set| set.into_iter().collect())
    }

    proptest! {
        #[test]
        fn postings_are_read_back(entries in entries(), stranger: u64) {
            let bytes = encoded(&entries);
            let block = PostingBlock::read(&bytes).unwrap();
            let mut all = Vec::new();
            block.decode(&mut all).unwrap();
            prop_assert_eq!(&all, &entries);
            for key in entries.iter().map(|entry| entry.key).chain([stranger, 0, u64::MAX]) {
                let mut found = Vec::new();
                let ends = block.each_of(key, |entry| { found.push(entry); true });
                let of_key = entries.iter().filter(|entry| entry.key == key);
                prop_assert_eq!(found, of_key.copied().collect::<Vec<_>>());
                if entries.last().unwrap().key == key {
                    prop_assert!(ends);
                }
            }
        }
    }

    #[test]
    fn a_block_cut_short_is_refused() {
        let withdrawn = PostingEntry::new(9, 4, true);
        let block = encoded(&[PostingEntry::default(), withdrawn]);
        assert!(PostingBlock::read(&block).is_some());
        assert!((0..24).all(|length| PostingBlock::read(&block[..length]).is_none()));
    }

    /// Evenly spread keys of 44 bits, documents of 24 and tags of 12: 14 + 2 and 36 bits, and the header.
    #[test]
    fn a_posting_takes_seven_bytes() {
        let entry = |at: u64| {
            let key = (at << 14) + at * 977 % (1 << 14);
            PostingEntry::new(key, at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 28, false)
        };
        let entries: Vec<_> = (0..BLOCK_POSTINGS as u64).map(entry).collect();
        let bytes = encoded(&entries).len() as f64 / BLOCK_POSTINGS as f64;
        assert!((6.3..6.8).contains(&bytes), "{bytes}");
    }
}
