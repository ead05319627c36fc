//! Runs of rows. In a block each key is stored as its difference from the one before, and the block
//! is compressed with zstd.

use std::cmp::Ordering;
use std::io;
use std::ops::Range;

use prost::encoding::varint::{decode_varint, encode_varint};
use serde::{Deserialize, Serialize};
use zstd::bulk::Compressor;

use super::{BlockCache, Cursor, Merge, Run, RunEntry, RunKind, RunWriter, le_u32};
use crate::store::Result;
use crate::store::embedded::{decompress, hash};

/// Size from which a block is full, before compression. It halves in sled: larger blocks make a row
/// slower to read, smaller ones compress less.
const BLOCK_BYTES: usize = 4 << 10;
/// The fastest: a higher level saves a tenth of the bytes for twice the time.
const ZSTD_LEVEL: i32 = 1;
/// The uncompressed length before a block's compressed bytes.
const LENGTH_BYTES: usize = 4;

/// First byte of the store's own keys, of where entries are in the journal.
const LOCATION: u8 = 0;
/// First byte of the keys of the caller's rows.
const ROW: u8 = 1;

/// Returns the key under which the location of a document's entry is stored.
pub fn location_key(doc: u64) -> Vec<u8> {
    [&[LOCATION][..], &doc.to_be_bytes()].concat()
}

/// Returns whether a key is that of a location.
pub fn is_location(key: &[u8]) -> bool {
    key.first() == Some(&LOCATION)
}

/// Returns the key under which a caller's row is stored.
pub fn row_key(row: &[u8]) -> Vec<u8> {
    [&[ROW], row].concat()
}

/// Returns the caller's key of a stored row.
pub fn caller_key(key: &[u8]) -> &[u8] {
    &key[1..]
}

/// A row; without a value it removes the row in older runs.
#[derive(Clone, Copy)]
pub struct RowEntry<'a> {
    pub key: &'a [u8],
    pub value: Option<&'a [u8]>,
}

impl RunEntry for RowEntry<'_> {
    fn compare(self, other: Self) -> Ordering {
        self.key.cmp(other.key)
    }

    fn overrides_older(self) -> bool {
        true
    }

    fn is_removal(self) -> bool {
        self.value.is_none()
    }

    fn filter_key(self) -> u64 {
        hash::hash_bytes(self.key)
    }
}

/// The index block: for each block a separator that is greater than all keys before the block and not
/// greater than its first key, as short as possible.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Separators {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Separators {
    /// Adds the separator between the last key of a block and the first of the next.
    fn push(&mut self, last: &[u8], first: &[u8]) {
        let shared = shared_prefix(last, first);
        self.bytes.extend(&first[..first.len().min(shared + 1)]);
        self.ends.push(self.bytes.len() as u32);
    }

    /// Returns the block that contains a key, if any does.
    fn block_of(&self, key: &[u8]) -> u32 {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).is_some_and(|separator| separator <= key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.saturating_sub(1) as u32
    }

    fn get(&self, block: usize) -> Option<&[u8]> {
        let end = *self.ends.get(block)? as usize;
        let before = block.checked_sub(1).map_or(0, |before| self.ends[before]);
        // Stored bytes may be out of order.
        Some(self.bytes.get(before as usize..end).unwrap_or_default())
    }
}

#[derive(Default)]
pub struct RowEncoder {
    rows: Vec<u8>,
    /// The last key, also of an earlier block.
    last: Vec<u8>,
    zstd: Option<Compressor<'static>>,
    stored: Vec<u8>,
}

/// A decoded block, and a position in it.
#[derive(Default)]
pub struct RowBlock {
    rows: Vec<u8>,
    /// Where the next row begins.
    next: usize,
    key: Vec<u8>,
    value: Option<Range<usize>>,
}

#[derive(Debug)]
pub struct RowKind;

impl RunKind for RowKind {
    type Entry<'a> = RowEntry<'a>;
    type Index = Separators;
    type Encoder = RowEncoder;
    type Block = RowBlock;

    fn push(encoder: &mut RowEncoder, index: &mut Separators, row: RowEntry<'_>) -> bool {
        let RowEncoder { rows, last, .. } = encoder;
        if rows.is_empty() {
            index.push(last, row.key);
            last.clear();
        }
        put_row(rows, last, row);
        last.clear();
        last.extend(row.key);
        rows.len() >= BLOCK_BYTES
    }

    fn end_block(encoder: &mut RowEncoder) -> io::Result<Option<&[u8]>> {
        let (rows, stored) = (&mut encoder.rows, &mut encoder.stored);
        if rows.is_empty() {
            return Ok(None);
        }
        let zstd = match &mut encoder.zstd {
            Some(zstd) => zstd,
            zstd => zstd.insert(Compressor::new(ZSTD_LEVEL)?),
        };
        let max = zstd::zstd_safe::compress_bound(rows.len());
        stored.resize(LENGTH_BYTES + max, 0);
        stored[..LENGTH_BYTES].copy_from_slice(&(rows.len() as u32).to_le_bytes());
        let length = zstd.compress_to_buffer(rows, &mut stored[LENGTH_BYTES..])?;
        rows.clear();
        Ok(Some(&stored[..LENGTH_BYTES + length]))
    }

    fn decode(stored: &[u8], block: &mut RowBlock) -> Option<()> {
        block.rows = rows_of(stored)?;
        block.next = 0;
        block.key.clear();
        Self::advance(block)?.then_some(())
    }

    fn entry(block: &RowBlock) -> RowEntry<'_> {
        RowEntry {
            key: &block.key,
            value: block.value.clone().map(|range| &block.rows[range]),
        }
    }

    fn advance(block: &mut RowBlock) -> Option<bool> {
        if block.next == block.rows.len() {
            return Some(false);
        }
        block.value = take_row(&block.rows, &mut block.next, &mut block.key)?;
        Some(true)
    }

    /// Copies the current block if all of it comes before the other cursors' rows. Rows mostly arrive
    /// in the order of their documents, so most blocks need not be compressed again.
    fn copy_block(
        merge: &mut Merge<'_, Self>,
        writer: &mut RunWriter<Self>,
        keeps_removals: bool,
    ) -> Result<bool> {
        let Some(current) = merge.current else {
            return Ok(false);
        };
        let cursor = &merge.cursors[current];
        let Some(run) = cursor.run.filter(|_| cursor.is_at_block_start) else {
            return Ok(false);
        };
        let separator = run.index.get(cursor.next_block as usize);
        let is_alone = merge.cursors.iter().enumerate().all(|(at, other)| {
            let after = |row: RowEntry<'_>| separator.is_some_and(|bound| bound <= row.key);
            at == current || other.entry().is_none_or(after)
        });
        if !is_alone {
            return Ok(false);
        }
        let rows = &cursor.block.rows;
        let (mut at, mut key, mut filter_keys) = (0, Vec::new(), Vec::new());
        while at < rows.len() {
            let value = take_row(rows, &mut at, &mut key);
            let value = value.ok_or_else(|| run.malformed(cursor.next_block - 1))?;
            if value.is_none() && !keeps_removals {
                return Ok(false);
            }
            filter_keys.push(hash::hash_bytes(&key));
        }
        writer.end_block()?;
        writer.index.push(&writer.encoder.last, &cursor.block.key);
        writer.encoder.last = key;
        filter_keys.into_iter().for_each(|key| writer.add_key(key));
        writer.meta.block_bytes += cursor.stored.len() as u64;
        writer.sled.push(&cursor.stored)?;
        merge.cursors[current].next_block()?;
        merge.select();
        Ok(true)
    }
}

impl Run<RowKind> {
    /// Returns the row under a key: `None` if the run does not contain the key, `Some(None)` if it
    /// removes the row.
    pub fn find(&self, cache: &BlockCache, wanted: &[u8]) -> Result<Option<Option<Vec<u8>>>> {
        let number = self.index.block_of(wanted);
        let rows = cache.get((self.meta.number, number), || {
            let rows = rows_of(&self.values.get(number)?);
            rows.ok_or_else(|| self.malformed(number))
        })?;
        let (mut at, mut key) = (0, Vec::new());
        while at < rows.len() {
            let value = take_row(&rows, &mut at, &mut key);
            let value = value.ok_or_else(|| self.malformed(number))?;
            match key.as_slice().cmp(wanted) {
                Ordering::Less => {}
                Ordering::Equal => return Ok(Some(value.map(|range| rows[range].to_vec()))),
                Ordering::Greater => break,
            }
        }
        Ok(None)
    }
}

impl<'a> Cursor<'a, RowKind> {
    /// Starts at the first row whose key is `from` or greater.
    pub fn seek(run: &'a Run<RowKind>, from: &[u8]) -> Result<Self> {
        let mut cursor = Self::at_block(run, run.index.block_of(from))?;
        while cursor.entry().is_some_and(|row| row.key < from) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    /// Starts at the first of a caller's rows, in memory; `None` if there are none.
    pub fn in_memory(rows: &[(Vec<u8>, Option<Vec<u8>>)]) -> Option<Self> {
        let (mut block, mut last) = (RowBlock::default(), Vec::new());
        for (row, value) in rows {
            let (key, value) = (row_key(row), value.as_deref());
            put_row(&mut block.rows, &last, RowEntry { key: &key, value });
            last = key;
        }
        let has_rows = RowKind::advance(&mut block)?;
        has_rows.then(|| Self::new(None, 0, block))
    }
}

fn shared_prefix(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Appends a row to a block. `last` is the key before it, empty at the start of the block.
fn put_row(rows: &mut Vec<u8>, last: &[u8], RowEntry { key, value }: RowEntry<'_>) {
    let shared = shared_prefix(last, key);
    encode_varint(shared as u64, rows);
    encode_varint((key.len() - shared) as u64, rows);
    rows.extend(&key[shared..]);
    encode_varint(value.map_or(0, |value| value.len() as u64 + 1), rows);
    rows.extend(value.unwrap_or_default());
}

/// Reads the row at `at`, and turns the key before it into its key. Returns where the value is,
/// `Some(None)` for a removal, and `None` if the row is malformed.
fn take_row(rows: &[u8], at: &mut usize, key: &mut Vec<u8>) -> Option<Option<Range<usize>>> {
    let mut rest = rows.get(*at..)?;
    let shared = take_varint(&mut rest)?;
    let own = take_varint(&mut rest)?;
    let own = rest.split_off(..own)?;
    if shared > key.len() {
        return None;
    }
    key.truncate(shared);
    key.extend(own);
    let length = take_varint(&mut rest)?.checked_sub(1);
    rest.split_off(..length.unwrap_or(0))?;
    *at = rows.len() - rest.len();
    Some(length.map(|length| *at - length..*at))
}

fn take_varint(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(decode_varint(bytes).ok()?).ok()
}

/// Decompresses a block; `None` if it is malformed.
fn rows_of(stored: &[u8]) -> Option<Vec<u8>> {
    let (length, compressed) = stored.split_at_checked(LENGTH_BYTES)?;
    decompress(compressed, le_u32(length) as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_read_back(rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
            let (mut encoder, mut index) = (RowEncoder::default(), Separators::default());
            for (key, value) in &rows {
                RowKind::push(&mut encoder, &mut index, RowEntry { key, value: value.as_deref() });
            }
            let plain = encoder.rows.clone();
            let mut read = BTreeMap::new();
            if let Some(stored) = RowKind::end_block(&mut encoder).unwrap() {
                let mut block = RowBlock::default();
                RowKind::decode(stored, &mut block).unwrap();
                prop_assert_eq!(&block.rows, &plain);
                loop {
                    let row = RowKind::entry(&block);
                    read.insert(row.key.to_vec(), row.value.map(<[u8]>::to_vec));
                    if !RowKind::advance(&mut block).unwrap() {
                        break;
                    }
                }
            }
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn any_bytes_are_rows_or_refused(rows: Vec<u8>) {
            let (mut at, mut key) = (0, Vec::new());
            while at < rows.len() && take_row(&rows, &mut at, &mut key).is_some() {}
            assert_eq!(rows_of(&rows[..rows.len().min(3)]), None);
        }
    }

    #[test]
    fn separators_locate_keys() {
        let mut index = Separators::default();
        for (last, first) in [("", "a"), ("article", "b"), ("bands", "bank"), ("c", "cat")] {
            index.push(last.as_bytes(), first.as_bytes());
        }
        let block = |key: &str| index.block_of(key.as_bytes());
        assert_eq!(["", "a", "article", "az"].map(block), [0, 0, 0, 0]);
        let keys = ["b", "bands", "bank", "c", "ca", "cat", "d"];
        assert_eq!(keys.map(block), [1, 1, 2, 2, 3, 3, 3]);
        assert_eq!(index.bytes, b"abbankca");
    }
}
