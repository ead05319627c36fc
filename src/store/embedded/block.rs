//! Blocks: sorted keys with their values in about a kilobyte, each key coded by its difference to
//! the one before. Two kinds: rows, and postings.

use std::fmt::Debug;
use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::hash;

/// Size from which a block is closed. sled reads some sixteen values at a time: with blocks of 4
/// KiB a row out of its cache took 35 microseconds where it takes 15 with these, and a third more
/// memory.
pub(super) const BLOCK_BYTES: usize = 1 << 10;

/// A kind of run: how its entries are coded, and which of two entries under one key holds.
pub(super) trait Kind: Debug + Send + Sync + 'static {
    /// What entries are sorted by.
    type Key: Ord + Clone + Default + Debug + Send + Sync + Serialize + DeserializeOwned;

    /// Number of the kind in stored bytes.
    const NUMBER: u8;
    /// Whether a removal holds against any other entry, and not only against older ones.
    const REMOVAL_IS_FINAL: bool;

    /// Appends an entry behind the one under `before` (at a block's begin: the default key).
    fn put(out: &mut Vec<u8>, before: &Self::Key, key: &Self::Key, value: Option<&[u8]>);

    /// Reads the entry at `at`, turning the key before it into its key. `None`: no such entry can
    /// have been written.
    fn take(block: &[u8], at: &mut usize, key: &mut Self::Key) -> Option<Taken>;

    /// Returns by what the run's filter knows the key.
    fn probe(key: &Self::Key) -> u64;
}

/// Where an entry's value lies in its block; `None` for a removal.
pub(super) type Taken = Option<Range<usize>>;

/// Rows: bytes to bytes.
#[derive(Debug)]
pub(super) struct Rows;

impl Kind for Rows {
    type Key = Vec<u8>;
    const NUMBER: u8 = 0;
    const REMOVAL_IS_FINAL: bool = false;

    fn put(out: &mut Vec<u8>, before: &Vec<u8>, key: &Vec<u8>, value: Option<&[u8]>) {
        let shared = before.iter().zip(key).take_while(|(a, b)| a == b).count();
        put_number(out, shared as u128);
        put_number(out, (key.len() - shared) as u128);
        out.extend(&key[shared..]);
        put_number(out, value.map_or(0, |value| value.len() as u128 + 1));
        out.extend(value.unwrap_or_default());
    }

    fn take(block: &[u8], at: &mut usize, key: &mut Vec<u8>) -> Option<Taken> {
        let shared = take_length(block, at)?;
        let own = take_range(block, at)?;
        if shared > key.len() {
            return None;
        }
        key.truncate(shared);
        key.extend(&block[own]);
        match take_length(block, at)? {
            0 => Some(None),
            length => {
                let end = at
                    .checked_add(length - 1)
                    .filter(|&end| end <= block.len())?;
                let value = *at..end;
                *at = end;
                Some(Some(value))
            }
        }
    }

    fn probe(key: &Vec<u8>) -> u64 {
        hash::of_bytes(key)
    }
}

/// Postings: bucket key and document; they have no value.
#[derive(Debug)]
pub(super) struct Postings;

impl Kind for Postings {
    type Key = (u64, u64);
    const NUMBER: u8 = 1;
    const REMOVAL_IS_FINAL: bool = true;

    fn put(out: &mut Vec<u8>, before: &(u64, u64), key: &(u64, u64), value: Option<&[u8]>) {
        put_number(out, u128::from(key.0 - before.0));
        let doc = if key.0 == before.0 {
            key.1 - before.1
        } else {
            key.1
        };
        put_number(out, u128::from(doc) << 1 | u128::from(value.is_none()));
    }

    fn take(block: &[u8], at: &mut usize, key: &mut (u64, u64)) -> Option<Taken> {
        let bucket = u64::try_from(take_number(block, at)?).ok()?;
        let doc = take_number(block, at)?;
        let is_gone = doc & 1 == 1;
        let doc = u64::try_from(doc >> 1).ok()?;
        let base = if bucket == 0 { key.1 } else { 0 };
        *key = (key.0.checked_add(bucket)?, base.checked_add(doc)?);
        Some(if is_gone { None } else { Some(*at..*at) })
    }

    fn probe(key: &(u64, u64)) -> u64 {
        key.0
    }
}

fn put_number(out: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(block: &[u8], at: &mut usize) -> Option<u128> {
    let mut number = 0;
    for shift in (0..70).step_by(7) {
        let byte = *block.get(*at)?;
        *at += 1;
        number |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_length(block: &[u8], at: &mut usize) -> Option<usize> {
    take_number(block, at)?.try_into().ok()
}

fn take_range(block: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let length = take_length(block, at)?;
    let end = at.checked_add(length).filter(|&end| end <= block.len())?;
    let range = *at..end;
    *at = end;
    Some(range)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<K: Kind>(entries: &std::collections::BTreeMap<K::Key, Option<Vec<u8>>>) {
        let (mut block, mut before) = (Vec::new(), K::Key::default());
        for (key, value) in entries {
            K::put(&mut block, &before, key, value.as_deref());
            before = key.clone();
        }
        let (mut at, mut key, mut read) = (0, K::Key::default(), Vec::new());
        while at < block.len() {
            let value = K::take(&block, &mut at, &mut key).unwrap();
            read.push((key.clone(), value.map(|range| block[range].to_vec())));
        }
        assert_eq!(read, entries.clone().into_iter().collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn rows_come_back(entries: std::collections::BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
            check::<Rows>(&entries);
        }

        #[test]
        fn postings_come_back(
            entries in prop::collection::btree_map(
                (prop_oneof![0..4_u64, any::<u64>()], prop_oneof![0..9_u64, any::<u64>()]),
                prop::option::of(Just(Vec::new())),
                0..99,
            )
        ) {
            check::<Postings>(&entries);
        }

        #[test]
        fn any_bytes_are_entries_or_refused(block: Vec<u8>) {
            let (mut at, mut key) = (0, Vec::new());
            while at < block.len() && Rows::take(&block, &mut at, &mut key).is_some() {}
            let (mut at, mut key) = (0, (0, 0));
            while at < block.len() && Postings::take(&block, &mut at, &mut key).is_some() {}
        }
    }
}
