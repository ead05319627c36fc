//! Blocks of rows: sorted, each key coded by its difference to the one before, and then packed by
//! zstd. Four kilobytes before packing are two in sled: more make a row dearer to read, fewer are
//! packed less well.

use std::cell::RefCell;
use std::ops::Range;

use zstd::bulk::{Compressor, Decompressor};

/// Size from which a block is closed, before it is packed.
pub(super) const BLOCK_BYTES: usize = 4 << 10;
/// The fastest: a higher one saves a tenth of the bytes for twice the time.
const LEVEL: i32 = 1;
/// Bytes of the length before the packed bytes.
const HEAD_BYTES: usize = 4;

/// Where a row's value lies in its block; `None` for a removal.
pub(super) type Taken = Option<Range<usize>>;

/// Appends a row behind the one under `before` (at a block's begin: no bytes).
pub(super) fn put(out: &mut Vec<u8>, before: &[u8], key: &[u8], value: Option<&[u8]>) {
    let shared = before.iter().zip(key).take_while(|(a, b)| a == b).count();
    put_number(out, shared);
    put_number(out, key.len() - shared);
    out.extend(&key[shared..]);
    put_number(out, value.map_or(0, |value| value.len() + 1));
    out.extend(value.unwrap_or_default());
}

/// Reads the row at `at`, turning the key before it into its key. `None`: no such row can have
/// been written.
pub(super) fn take(block: &[u8], at: &mut usize, key: &mut Vec<u8>) -> Option<Taken> {
    let shared = take_number(block, at)?;
    let own = take_number(block, at)?;
    let own = take_range(block, at, own)?;
    if shared > key.len() {
        return None;
    }
    key.truncate(shared);
    key.extend(&block[own]);
    match take_number(block, at)? {
        0 => Some(None),
        length => take_range(block, at, length - 1).map(Some),
    }
}

/// Tells whether a block drops a row; also of bytes that are no rows.
pub(super) fn has_removal(block: &[u8]) -> bool {
    let (mut at, mut key) = (0, Vec::new());
    while at < block.len() {
        if !matches!(take(block, &mut at, &mut key), Some(Some(_))) {
            return true;
        }
    }
    false
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(block: &[u8], at: &mut usize) -> Option<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *block.get(*at)?;
        *at += 1;
        number |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_range(block: &[u8], at: &mut usize, length: usize) -> Option<Range<usize>> {
    let end = at.checked_add(length).filter(|&end| end <= block.len())?;
    let range = *at..end;
    *at = end;
    Some(range)
}

/// Packs blocks, one after another.
pub(super) struct Packer {
    zstd: Compressor<'static>,
    packed: Vec<u8>,
}

impl Packer {
    /// Makes one.
    pub(super) fn new() -> std::io::Result<Self> {
        let (zstd, packed) = (Compressor::new(LEVEL)?, Vec::new());
        Ok(Self { zstd, packed })
    }

    /// Returns the packed bytes of a block.
    pub(super) fn pack(&mut self, block: &[u8]) -> std::io::Result<&[u8]> {
        let room = HEAD_BYTES + zstd::zstd_safe::compress_bound(block.len());
        self.packed.resize(room, 0);
        self.packed[..HEAD_BYTES].copy_from_slice(&(block.len() as u32).to_le_bytes());
        let length = self
            .zstd
            .compress_to_buffer(block, &mut self.packed[HEAD_BYTES..])?;
        Ok(&self.packed[..HEAD_BYTES + length])
    }
}

thread_local! {
    /// Making one takes longer than using it.
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Unpacks a block into `out`; `None` if it is none.
pub(super) fn unpack(packed: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (head, packed) = packed.split_at_checked(HEAD_BYTES)?;
    out.clear();
    out.resize(super::le_u32(head) as usize, 0);
    let length = UNPACKER.with_borrow_mut(|kept| {
        let zstd = match kept {
            Some(zstd) => zstd,
            None => kept.insert(Decompressor::new().ok()?),
        };
        zstd.decompress_to_buffer(packed, &mut out[..]).ok()
    })?;
    (length == out.len()).then_some(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_come_back(rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
            let (mut block, mut before) = (Vec::new(), Vec::new());
            for (key, value) in &rows {
                put(&mut block, &before, key, value.as_deref());
                before.clone_from(key);
            }
            let mut unpacked = Vec::new();
            unpack(Packer::new().unwrap().pack(&block).unwrap(), &mut unpacked).unwrap();
            prop_assert_eq!(&unpacked, &block);
            let (mut at, mut key, mut read) = (0, Vec::new(), BTreeMap::new());
            while at < block.len() {
                let value = take(&block, &mut at, &mut key).unwrap();
                read.insert(key.clone(), value.map(|range| block[range].to_vec()));
            }
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn any_bytes_are_rows_or_refused(block: Vec<u8>) {
            let (mut at, mut key) = (0, Vec::new());
            while at < block.len() && take(&block, &mut at, &mut key).is_some() {}
            let _ = unpack(&block[..block.len().min(3)], &mut Vec::new());
        }
    }
}
