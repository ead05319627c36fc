//! Finds the places where one of thousands of short strings stands.
//!
//! All of them begin where a word begins (in scripts without spaces: anywhere), so only those
//! places are looked at: the bytes there are hashed into small sets of bits that stay in the cache,
//! and nearly always they say no. The places that are left are gathered first, without a branch that
//! depends on the text, and compared then: a processor that guesses a branch wrong has lost more
//! than the sets cost. An automaton over the same strings was tried first; it reads every byte, and
//! took several times as long.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The most bytes of a string that are compared.
const MOST: usize = 16;
/// The fewest bytes of a string that is looked for.
const LEAST: usize = 2;
/// What is looked at together, in bytes.
const BLOCK: usize = 64;

/// The strings of a table.
#[derive(Debug)]
pub(super) struct Prefilter {
    quick: Quick,
    six: Tier<6, 17>,
    four: Tier<4, 15>,
    three: Tier<3, 13>,
    two: Tier<LEAST, 11>,
}

/// A string as a number, with the bits that count.
#[derive(Debug, Clone, Copy)]
struct Stored {
    bytes: u128,
    mask: u128,
    number: u32,
}

/// So many bits of a hash of so many of the first bytes.
#[inline]
fn hash<const LENGTH: usize, const BITS: u32>(here: u64) -> usize {
    let key = here << (64 - 8 * LENGTH);
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS)) as usize
}

/// A set of first bytes: by the hash of three of them, and five bits of the fourth. It says yes too
/// often, but no with one look.
#[derive(Debug)]
struct Quick(Box<[u32; 1 << 11]>);

impl Quick {
    #[inline]
    fn holds(&self, here: u64) -> bool {
        self.0[hash::<3, 11>(here)] >> (here >> 24 & 31) & 1 == 1
    }

    fn insert(&mut self, text: &[u8]) {
        let here = sixteen(text) as u64;
        match text.len() {
            LEAST => (0..256).for_each(|next| self.0[hash::<3, 11>(here | next << 16)] = u32::MAX),
            3 => self.0[hash::<3, 11>(here)] = u32::MAX,
            _ => self.0[hash::<3, 11>(here)] |= 1 << (here >> 24 & 31),
        }
    }
}

/// Strings that are looked up by the same number of bytes.
#[derive(Debug)]
struct Tier<const LENGTH: usize, const BITS: u32> {
    /// A set of keys that says yes too often.
    bits: Box<[u64]>,
    /// By their first bytes.
    strings: HashMap<u64, Vec<Stored>, BuildHasherDefault<Mixed>>,
}

impl<const LENGTH: usize, const BITS: u32> Tier<LENGTH, BITS> {
    fn new() -> Self {
        Self {
            bits: vec![0; 1 << (BITS - 6)].into(),
            strings: HashMap::default(),
        }
    }

    #[inline]
    fn holds(&self, here: u64) -> bool {
        let hash = hash::<LENGTH, BITS>(here);
        self.bits[hash >> 6] >> (hash & 63) & 1 == 1
    }

    fn insert(&mut self, stored: Stored) {
        let here = stored.bytes as u64;
        let hash = hash::<LENGTH, BITS>(here);
        self.bits[hash >> 6] |= 1 << (hash & 63);
        self.strings.entry(here << (64 - 8 * LENGTH)).or_default().push(stored);
    }

    /// Calls `each` with the numbers of the strings that stand here, until it says stop.
    fn confirm(&self, here: u128, each: &mut impl FnMut(u32) -> bool) -> bool {
        let key = here as u64;
        if !self.holds(key) {
            return true;
        }
        let same = self.strings.get(&(key << (64 - 8 * LENGTH)));
        same.into_iter().flatten().all(|stored| (here ^ stored.bytes) & stored.mask != 0 || each(stored.number))
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

/// The bytes of a string, with zeros after its end.
fn sixteen(text: &[u8]) -> u128 {
    let mut chunk = [0; MOST];
    let length = text.len().min(MOST);
    chunk[..length].copy_from_slice(&text[..length]);
    u128::from_le_bytes(chunk)
}

/// A text made ready to look at: a line break is a blank, a blank comes before it, and zeros after.
struct Padded(Vec<u8>);

impl Padded {
    fn new(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(1 + text.len() + BLOCK + MOST);
        bytes.push(b' ');
        bytes.extend(text.bytes().map(|b| if b == b'\n' { b' ' } else { b }));
        bytes.resize(1 + text.len().next_multiple_of(BLOCK) + MOST, 0);
        Self(bytes)
    }

    /// So many bytes from a place on, or from the one before the text.
    #[inline]
    fn before<const N: usize>(&self, at: usize) -> &[u8; N] {
        let chunk = self.0.get(at..).and_then(<[u8]>::first_chunk);
        chunk.unwrap_or(&[0; N])
    }

    #[inline]
    fn eight(&self, at: usize) -> u64 {
        u64::from_le_bytes(*self.before(at + 1))
    }

    fn sixteen(&self, at: usize) -> u128 {
        u128::from_le_bytes(*self.before(at + 1))
    }
}

impl Prefilter {
    /// Whether a string is long enough to be looked for.
    pub fn takes(text: &str) -> bool {
        text.len() >= LEAST
    }

    /// Takes strings, each with a number. Shorter ones than [`Self::takes`] are not found, of longer
    /// ones than 16 bytes only the beginning.
    pub fn new(strings: impl Iterator<Item = (String, u32)>) -> Self {
        let mut prefilter = Self {
            quick: Quick(Box::new([0; 1 << 11])),
            six: Tier::new(),
            four: Tier::new(),
            three: Tier::new(),
            two: Tier::new(),
        };
        for (text, number) in strings.filter(|(text, _)| Self::takes(text)) {
            let stored = Stored {
                bytes: sixteen(text.as_bytes()),
                mask: u128::MAX >> (8 * MOST.saturating_sub(text.len())),
                number,
            };
            prefilter.quick.insert(text.as_bytes());
            match text.len() {
                LEAST => prefilter.two.insert(stored),
                3 => prefilter.three.insert(stored),
                4 | 5 => prefilter.four.insert(stored),
                _ => prefilter.six.insert(stored),
            }
        }
        prefilter
    }

    /// Calls `each` with the place and number of each string found, in the order of the text, until
    /// it says stop. A line break reads as a blank.
    pub fn scan(&self, text: &str, mut each: impl FnMut(usize, u32) -> bool) {
        let padded = Padded::new(text);
        let mut likely = [0; BLOCK];
        for from in (0..text.len()).step_by(BLOCK) {
            let count = self.likely(&padded, from, &mut likely);
            for &at in likely.iter().take(count) {
                if !self.confirm(padded.sixteen(at), &mut |number| each(at, number)) {
                    return;
                }
            }
        }
    }

    /// Gathers the places of a block where a string is likely to stand, and says how many they are.
    #[inline]
    fn likely(&self, text: &Padded, from: usize, places: &mut [usize; BLOCK]) -> usize {
        let mut begins = begins(text.before(from), text.before(from + 1));
        let mut some = [0; BLOCK];
        let mut count = 0;
        while begins != 0 {
            let at = from + begins.trailing_zeros() as usize;
            begins &= begins - 1;
            some[count % BLOCK] = at;
            count += usize::from(self.quick.holds(text.eight(at)));
        }
        let mut kept = 0;
        for &at in some.iter().take(count) {
            let here = text.eight(at);
            let long = self.six.holds(here) | self.four.holds(here);
            places[kept % BLOCK] = at;
            kept += usize::from(long | self.three.holds(here) | self.two.holds(here));
        }
        kept
    }

    /// Calls `each` with the numbers of the strings that stand here, until it says stop.
    fn confirm(&self, here: u128, each: &mut impl FnMut(u32) -> bool) -> bool {
        self.six.confirm(here, each)
            && self.four.confirm(here, each)
            && self.three.confirm(here, each)
            && self.two.confirm(here, each)
    }
}

/// A bit for each byte of a block: whether a string may begin there. It may at signs, at the first
/// letter of a word, and at all characters of three bytes and more (scripts without spaces, and some
/// with). `before`: the bytes before each. Written so that it becomes vector instructions.
#[inline]
fn begins(before: &[u8; BLOCK], block: &[u8; BLOCK]) -> u64 {
    let letter = |byte: u8| {
        (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10 || byte >= 0x80
    };
    let begin = |before: u8, byte: u8| {
        let blank = byte == b' ' || byte == b'\t' || byte == b'\r' || byte == 0;
        let inside = byte & 0xc0 == 0x80;
        let apart = byte >= 0xe0 || !letter(byte) || !letter(before);
        u8::from(!blank & !inside & apart)
    };
    let mut flags = [0; BLOCK];
    for ((flag, before), byte) in flags.iter_mut().zip(before).zip(block) {
        *flag = begin(*before, *byte);
    }
    // The lowest bits of eight bytes, side by side.
    let packed = flags.as_chunks::<8>().0.iter().map(|flags| {
        u64::from_le_bytes(*flags).wrapping_mul(0x0102_0408_1020_4080) >> 56
    });
    packed.rev().fold(0, |bits, eight| bits << 8 | eight)
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
