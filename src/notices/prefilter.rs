//! Finds the places where one of thousands of short strings stands.
//!
//! All of them begin where a word begins (in scripts without spaces: anywhere), so only those
//! places are looked at: the bytes there are hashed into a small set of bits that stays in the
//! cache, and nearly always that says no. An automaton over the same strings was tried first; it
//! reads every byte, and took about twice as long.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Strings are looked up by so many of their first bytes: as many as they have.
const TIERS: [usize; 4] = [6, 4, 3, 2];
/// One bit in each tier's set for so many.
const BITS: u32 = 16;

/// The most bytes of a string that are compared.
const MOST: usize = 16;

/// The strings of a table.
#[derive(Debug)]
pub(super) struct Prefilter {
    tiers: [Tier; TIERS.len()],
}

/// A string as a number, with the bits that count.
#[derive(Debug, Clone, Copy)]
struct Stored {
    bytes: u128,
    mask: u128,
    number: u32,
}

/// Strings that are looked up by the same number of bytes.
#[derive(Debug)]
struct Tier {
    mask: u64,
    /// A set of keys that says yes too often, but no quickly.
    bits: Box<[u64; 1 << (BITS - 6)]>,
    /// By their first bytes.
    strings: HashMap<u64, Vec<Stored>, BuildHasherDefault<Mixed>>,
}

impl Tier {
    fn new(length: usize) -> Self {
        Self {
            mask: u64::MAX >> (64 - 8 * length),
            bits: Box::new([0; 1 << (BITS - 6)]),
            strings: HashMap::default(),
        }
    }

    #[inline]
    fn place(key: u64) -> (usize, u32) {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS);
        ((hash >> 6) as usize % (1 << (BITS - 6)), (hash & 63) as u32)
    }

    #[inline]
    fn holds(&self, here: u64) -> bool {
        let (word, bit) = Self::place(here & self.mask);
        self.bits[word] >> bit & 1 == 1
    }

    fn insert(&mut self, stored: Stored) {
        let key = stored.bytes as u64 & self.mask;
        let (word, bit) = Self::place(key);
        self.bits[word] |= 1 << bit;
        self.strings.entry(key).or_default().push(stored);
    }
}

/// A hasher for keys that come from a table and not from a text: quick is enough.
#[derive(Debug, Default)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u32(&mut self, key: u32) {
        self.write_u64(u64::from(key));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = (self.0 ^ key)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}

/// The bytes from here on, with zeros after the end.
#[inline]
fn eight(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => sixteen(bytes, at) as u64,
    }
}

fn sixteen(bytes: &[u8], at: usize) -> u128 {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut chunk = [0; MOST];
    let length = rest.len().min(MOST);
    chunk[..length].copy_from_slice(&rest[..length]);
    u128::from_le_bytes(chunk)
}

impl Prefilter {
    /// Whether a string is long enough to be looked for.
    pub fn takes(text: &str) -> bool {
        text.len() >= TIERS[TIERS.len() - 1]
    }

    /// Takes strings, each with a number. Shorter ones than [`Self::takes`] are not found, of longer
    /// ones than 16 bytes only the beginning.
    pub fn new(strings: impl Iterator<Item = (String, u32)>) -> Self {
        let mut prefilter = Self {
            tiers: TIERS.map(Tier::new),
        };
        for (text, number) in strings {
            let bytes = sixteen(text.as_bytes(), 0);
            let mask = u128::MAX >> (8 * MOST.saturating_sub(text.len()));
            let tier = TIERS.iter().position(|length| text.len() >= *length);
            if let Some(tier) = tier {
                prefilter.tiers[tier].insert(Stored {
                    bytes,
                    mask,
                    number,
                });
            }
        }
        prefilter
    }

    /// Calls `each` with the place and number of each string found, in the order of the text, until
    /// it says stop. A line break reads as a blank.
    pub fn scan(&self, text: &str, mut each: impl FnMut(usize, u32) -> bool) {
        let bytes: Vec<u8> = text
            .bytes()
            .map(|b| if b == b'\n' { b' ' } else { b })
            .collect();
        let bytes = bytes.as_slice();
        let begins = begins(bytes);
        let [first, second, third, fourth] = &self.tiers;
        for (block, eight_flags) in begins.chunks(8).enumerate() {
            let mut flags = eight(eight_flags, 0);
            while flags != 0 {
                let at = block * 8 + flags.trailing_zeros() as usize / 8;
                flags &= flags - 1;
                let here = eight(bytes, at);
                let any =
                    first.holds(here) | second.holds(here) | third.holds(here) | fourth.holds(here);
                if any && !self.confirm(bytes, at, here, &mut each) {
                    return;
                }
            }
        }
    }

    /// Compares the strings that may stand here.
    fn confirm(
        &self,
        bytes: &[u8],
        at: usize,
        here: u64,
        each: &mut impl FnMut(usize, u32) -> bool,
    ) -> bool {
        let whole = sixteen(bytes, at);
        for tier in self.tiers.iter().filter(|tier| tier.holds(here)) {
            for stored in tier.strings.get(&(here & tier.mask)).into_iter().flatten() {
                if (whole ^ stored.bytes) & stored.mask == 0 && !each(at, stored.number) {
                    return false;
                }
            }
        }
        true
    }
}

/// For each byte 1 if a string may begin there, else 0: at signs, at the first letter of a word, and
/// at all characters of three bytes and more (scripts without spaces, and some with). Written so
/// that it becomes vector instructions.
fn begins(bytes: &[u8]) -> Vec<u8> {
    let letter = |byte: u8| {
        (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10 || byte >= 0x80
    };
    let begin = |before: u8, byte: u8| {
        let blank = byte == b' ' || byte == b'\t' || byte == b'\r';
        let inside = byte & 0xc0 == 0x80;
        let apart = byte >= 0xe0 || !letter(byte) || !letter(before);
        u8::from(!blank & !inside & apart)
    };
    let mut flags = Vec::with_capacity(bytes.len());
    flags.extend(bytes.first().map(|&byte| begin(b' ', byte)));
    flags.extend(bytes.windows(2).map(|pair| begin(pair[0], pair[1])));
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, u32)]) {
        let strings = ["via", "source", "courtesy of", "来源", "(ap", "by "];
        let numbered = strings.iter().zip(0..).map(|(s, n)| ((*s).to_owned(), n));
        let prefilter = Prefilter::new(numbered);
        let mut found = Vec::new();
        prefilter.scan(text, |at, number| {
            found.push((at, number));
            true
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn strings_are_found_where_words_begin() {
        check("source via courtesy of", &[(0, 1), (7, 0), (11, 2)]);
        check("resource trivia nearby x", &[]);
        check("本文来源 by x(ap)", &[(6, 3), (13, 5), (17, 4)]);
        check("via\nvia", &[(0, 0), (4, 0)]);
        check("by", &[]);
        check("b", &[]);
        check("via", &[(0, 0)]);
        check("", &[]);
    }
}
