//! Blocks of postings: 256 of them, sorted by bucket key and document, in as few bits as a look-up
//! by key allows.
//!
//! Keys are coded as Elias and Fano do: of each its low bits as they are, and the rest in unary,
//! as a step from the one before. That is about two bits a key above what evenly spread keys need
//! at all, and a key is found by counting the zeros of a few words. Documents are numbers of the
//! width that the block needs.

use super::bits::{self, Words};

/// Postings of a block; the last of a run may have fewer.
pub(super) const BLOCK_POSTINGS: usize = 256;
/// Words before the coded postings: shape, first key, lowest document.
const HEAD_WORDS: usize = 3;

/// A bucket key, a document that stands under it, and whether it was withdrawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The bucket.
    pub key: u64,
    /// The document.
    pub doc: u64,
    /// Withdrawn: holds against the same entry in any other run.
    pub is_gone: bool,
}

/// Packs sorted entries, 1 to [`BLOCK_POSTINGS`] of them. The value in which a block stands has a
/// checksum; the block has none.
pub(super) fn pack(entries: &[Entry], out: &mut Vec<u64>) {
    let (first, last) = (entries[0].key, entries[entries.len() - 1].key);
    let count = entries.len();
    let low = bits::width((last - first) / count as u64).saturating_sub(1);
    let base = entries.iter().map(|entry| entry.doc).min().unwrap_or(0);
    let most = entries.iter().map(|entry| entry.doc - base).max();
    let width = bits::width(most.unwrap_or(0));
    let has_gone = entries.iter().any(|entry| entry.is_gone);
    let shape = (count as u64 - 1)
        | u64::from(low) << 8
        | u64::from(width) << 16
        | u64::from(has_gone) << 24;
    out.extend([shape, first, base]);

    let upper = out.len();
    out.resize(upper + upper_words(first, last, low, count), 0);
    for (at, entry) in entries.iter().enumerate() {
        let bit = ((entry.key - first) >> low) as usize + at;
        out[upper + bit / 64] |= 1 << (bit % 64);
    }
    let mask = (1 << low) - 1;
    bits::put(
        out,
        low,
        entries.iter().map(|entry| (entry.key - first) & mask),
    );
    bits::put(out, width, entries.iter().map(|entry| entry.doc - base));
    if has_gone {
        bits::put(out, 1, entries.iter().map(|entry| u64::from(entry.is_gone)));
    }
}

/// A one for each entry, and as many zeros as the last stands above the first.
fn upper_words(first: u64, last: u64, low: u32, count: usize) -> usize {
    (((last - first) >> low) as usize + count).div_ceil(64)
}

/// A block.
pub(super) struct Packed<'a> {
    first: u64,
    base: u64,
    count: usize,
    low: u32,
    width: u32,
    upper: Words<'a>,
    lows: Words<'a>,
    docs: Words<'a>,
    gone: Option<Words<'a>>,
}

impl<'a> Packed<'a> {
    /// Reads a block; `None` if it is too short for what it says of itself.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = Words::of(bytes).split(HEAD_WORDS)?;
        let shape = head.word(0);
        let count = (shape & 0xff) as usize + 1;
        let (low, width) = ((shape >> 8 & 0xff) as u32, (shape >> 16 & 0xff) as u32);
        let has_gone = shape >> 24 & 1 == 1;
        let tail = bits::words(count, low)
            + bits::words(count, width)
            + if has_gone { bits::words(count, 1) } else { 0 };
        let (upper, rest) = rest.split(rest.len().checked_sub(tail)?)?;
        let (lows, rest) = rest.split(bits::words(count, low))?;
        let (docs, rest) = rest.split(bits::words(count, width))?;
        Some(Self {
            first: head.word(1),
            base: head.word(2),
            count,
            low,
            width,
            upper,
            lows,
            docs,
            gone: has_gone.then_some(rest),
        })
    }

    /// Appends all entries.
    pub(super) fn unpack(&self, out: &mut Vec<Entry>) {
        let (mut at, mut steps) = (0, 0);
        for word in 0..self.upper.len() {
            let mut ones = self.upper.word(word);
            while ones != 0 && at < self.count {
                let bit = word * 64 + ones.trailing_zeros() as usize;
                ones &= ones - 1;
                steps = bit - at;
                out.push(self.entry(at, steps as u64));
                at += 1;
            }
        }
        debug_assert!(at == self.count, "{at} of {}, {steps} steps", self.count);
    }

    /// Calls back with the entries under a key, until it returns `false`; returns `true` if the next
    /// block may have more of them.
    pub(super) fn each_of(&self, key: u64, mut each: impl FnMut(Entry) -> bool) -> bool {
        let Some(offset) = key.checked_sub(self.first) else {
            return false;
        };
        let wanted = offset >> self.low;
        let Some((mut at, mut bit)) = self.behind_zeros(wanted) else {
            return true;
        };
        let low = offset & ((1 << self.low) - 1);
        while at < self.count && self.upper.word(bit / 64) >> (bit % 64) & 1 == 1 {
            let here = self.lows.number(at, self.low);
            if here > low || (here == low && !each(self.entry(at, wanted))) {
                return false;
            }
            (at, bit) = (at + 1, bit + 1);
        }
        at == self.count
    }

    /// Returns how many ones stand before the place behind so many zeros, and that place.
    fn behind_zeros(&self, zeros: u64) -> Option<(usize, usize)> {
        let mut left = usize::try_from(zeros).ok()?;
        for at in 0..self.upper.len() {
            let mut word = !self.upper.word(at);
            let here = word.count_ones() as usize;
            if left > here {
                left -= here;
                continue;
            }
            let mut bit = at * 64;
            if left > 0 {
                for _ in 1..left {
                    word &= word - 1;
                }
                bit += word.trailing_zeros() as usize + 1;
            }
            return Some((bit - zeros as usize, bit));
        }
        None
    }

    #[inline]
    fn entry(&self, at: usize, steps: u64) -> Entry {
        Entry {
            key: self
                .first
                .wrapping_add(steps << self.low | self.lows.number(at, self.low)),
            doc: self.base.wrapping_add(self.docs.number(at, self.width)),
            is_gone: self.gone.is_some_and(|gone| gone.number(at, 1) == 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(entries: &[Entry]) -> Vec<u8> {
        let mut words = Vec::new();
        pack(entries, &mut words);
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0..9_u64, any::<u64>(), any::<u64>().prop_map(|n| n >> 20)]
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let entry = (number(), number(), prop::bool::weighted(0.1))
            .prop_map(|(key, doc, is_gone)| Entry { key, doc, is_gone });
        let set = prop::collection::btree_set(entry, 1..=BLOCK_POSTINGS);
        set.prop_map(|set| set.into_iter().collect())
    }

    proptest! {
        #[test]
        fn entries_come_back(entries in entries(), stranger: u64) {
            let bytes = packed(&entries);
            let block = Packed::read(&bytes).unwrap();
            let mut all = Vec::new();
            block.unpack(&mut all);
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
        let block = packed(&[
            Entry::default(),
            Entry {
                key: 9,
                doc: 4,
                is_gone: true,
            },
        ]);
        assert!(Packed::read(&block).is_some());
        assert!((0..24).all(|length| Packed::read(&block[..length]).is_none()));
    }

    /// Evenly spread keys of 48 bits and documents of 24: 18 + 2 and 24 bits, and the head.
    #[test]
    fn a_posting_takes_six_bytes() {
        let entry = |at: u64| Entry {
            key: (at << 18) + at * 977 % (1 << 18),
            doc: at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40,
            is_gone: false,
        };
        let entries: Vec<_> = (0..BLOCK_POSTINGS as u64).map(entry).collect();
        let bytes = packed(&entries).len() as f64 / BLOCK_POSTINGS as f64;
        assert!((5.3..5.7).contains(&bytes), "{bytes}");
    }
}
