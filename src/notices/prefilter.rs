//! Finds where one of thousands of short strings stands in a text.
//!
//! All of them begin where a word begins (in scripts without spaces: anywhere), so only those positions
//! are looked at. The bytes there are hashed into small sets of bits that stay in the cache and reject
//! nearly all of them: first one small set for all strings, then a larger one for each length. The
//! positions that are left are collected without branches that depend on the text, because a branch
//! that is mispredicted costs more than a look, and are compared afterwards. An automaton over the same
//! strings reads every byte, and took about twice as long as the first version of this.

use crate::text::lowest_bits;

/// Most bytes of a needle that are compared.
const MAX_BYTES: usize = 32;
/// Fewest bytes of a needle.
const MIN_BYTES: usize = 2;
/// Bytes that are looked at together.
const BLOCK: usize = 64;
/// Bytes over which positions are collected before they are looked at again.
const CHUNK: usize = 16 * BLOCK;

/// The needles of a table.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// Whether some begin with a sign that is common in sentences.
    signs: bool,
    quick: QuickSet,
    eight: Tier<8, 2048>,
    six: Tier<6, 512>,
    four: Tier<4, 512>,
    three: Tier<3, 128>,
    two: Tier<MIN_BYTES, 32>,
}

/// A string to find.
#[derive(Debug)]
struct Needle {
    /// Its first eight bytes, with zeros after its end.
    first: u64,
    text: Box<[u8]>,
    number: u32,
}

impl Needle {
    /// Whether it begins a text, whose first eight bytes are `first`.
    #[inline]
    fn begins(&self, text: &[u8], first: u64) -> bool {
        let unread = 8 - self.text.len().min(8);
        (self.first ^ first) << (8 * unread) == 0 && text.starts_with(&self.text)
    }
}

/// Returns the first `LENGTH` bytes.
#[inline]
fn first<const LENGTH: usize>(here: u64) -> u64 {
    here & (u64::MAX >> (64 - 8 * LENGTH))
}

/// Hashes the first `LENGTH` bytes; the highest bits of the hash are the best.
#[inline]
fn hash<const LENGTH: usize>(here: u64) -> u64 {
    first::<LENGTH>(here).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A set of first bytes, by the hash of three of them and five bits of the fourth: one look, and some
/// false positives.
#[derive(Debug)]
struct QuickSet(Box<[u32; 1 << 12]>);

impl QuickSet {
    /// Returns the word of the set, and the bit in it. The hash is mixed into the bit, because the fourth
    /// letter depends on those before it.
    #[inline]
    fn bit(here: u64) -> (usize, u32) {
        let hash = hash::<3>(here);
        let bit = (hash >> 47) ^ (here >> 24);
        ((hash >> 52) as usize, bit as u32 & 31)
    }

    #[inline]
    fn holds(&self, here: u64) -> bool {
        let (word, bit) = Self::bit(here);
        self.0[word] >> bit & 1 == 1
    }

    fn insert(&mut self, text: &[u8]) {
        let here = first_eight(text);
        let (word, bit) = Self::bit(here);
        match text.len() {
            MIN_BYTES => {
                (0..256).for_each(|next| self.0[Self::bit(here | next << 16).0] = u32::MAX)
            }
            3 => self.0[word] = u32::MAX,
            _ => self.0[word] |= 1 << bit,
        }
    }
}

/// Needles that are looked up by their first `LENGTH` bytes.
#[derive(Debug)]
struct Tier<const LENGTH: usize, const WORDS: usize> {
    /// A set of their hashes, with false positives.
    bits: Box<[u64; WORDS]>,
    /// A hash table with open addressing: where the needles of a key begin, plus one. It is dense
    /// because it is used so rarely that it comes from main memory.
    slots: Box<[u32]>,
    /// Sorted by key, and then by number.
    needles: Box<[Needle]>,
}

impl<const LENGTH: usize, const WORDS: usize> Tier<LENGTH, WORDS> {
    fn new(mut needles: Vec<Needle>) -> Self {
        needles.sort_by_key(|needle| (first::<LENGTH>(needle.first), needle.number));
        let mut bits = Box::new([0; WORDS]);
        let mut slots = vec![0; (2 * needles.len()).next_power_of_two()];
        let mut last = None;
        for (index, needle) in needles.iter().enumerate() {
            let here = needle.first;
            let (word, bit) = Self::bit(here);
            bits[word] |= 1 << bit;
            if last.replace(first::<LENGTH>(here)) != Some(first::<LENGTH>(here)) {
                let mut slot = Self::slot(here, slots.len());
                while slots[slot] != 0 {
                    slot = (slot + 1) % slots.len();
                }
                slots[slot] = index as u32 + 1;
            }
        }
        Self {
            bits,
            slots: slots.into(),
            needles: needles.into(),
        }
    }

    fn slot(here: u64, slots: usize) -> usize {
        (hash::<LENGTH>(here) >> 32) as usize & (slots - 1)
    }

    #[inline]
    fn bit(here: u64) -> (usize, u32) {
        let hash = hash::<LENGTH>(here) >> (64 - 6 - WORDS.ilog2());
        ((hash >> 6) as usize % WORDS, hash as u32 & 63)
    }

    #[inline]
    fn holds(&self, here: u64) -> bool {
        let (word, bit) = Self::bit(here);
        self.bits[word] >> bit & 1 == 1
    }

    /// Returns the needles whose first bytes are those here.
    fn same(&self, here: u64) -> impl Iterator<Item = &Needle> {
        let key = first::<LENGTH>(here);
        let same = move |needle: &&Needle| first::<LENGTH>(needle.first) == key;
        let mut slot = Self::slot(here, self.slots.len());
        let found = loop {
            let Some(index) = self.slots.get(slot).and_then(|index| index.checked_sub(1)) else {
                break &[][..];
            };
            let found = self.needles.get(index as usize..).unwrap_or_default();
            if found.first().as_ref().is_some_and(same) {
                break found;
            }
            slot = (slot + 1) % self.slots.len();
        };
        found.iter().take_while(same)
    }

    /// Calls `each` with the numbers of the needles found here, until it returns false.
    #[inline]
    fn confirm(&self, here: &[u8], each: &mut impl FnMut(u32) -> bool) -> bool {
        let key = first_eight(here);
        !self.holds(key)
            || self
                .same(key)
                .all(|needle| !needle.begins(here, key) || each(needle.number))
    }
}

/// Returns the first eight bytes of a string, with zeros after its end.
fn first_eight(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text
            .iter()
            .rev()
            .fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

/// A text with a blank before it, zeros after it, and blanks for its control characters.
struct Padded(Vec<u8>);

impl Padded {
    fn new(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(1 + text.len() + 2 * BLOCK);
        bytes.push(b' ');
        bytes.extend(text.bytes().map(|b| if b < b' ' { b' ' } else { b }));
        bytes.resize(1 + text.len().next_multiple_of(BLOCK) + BLOCK, 0);
        Self(bytes)
    }

    /// Returns the `N` bytes from the one before a position on.
    #[inline]
    fn before<const N: usize>(&self, at: usize) -> &[u8; N] {
        let chunk = self.0.get(at..).and_then(<[u8]>::first_chunk);
        chunk.unwrap_or(&[0; N])
    }

    #[inline]
    fn eight(&self, at: usize) -> u64 {
        u64::from_le_bytes(*self.before(at + 1))
    }

    /// Returns the text from a position on.
    fn from(&self, at: usize) -> &[u8] {
        &self.0[at + 1..]
    }
}

impl Prefilter {
    /// Bytes of the longest needle: of a longer string only the beginning is found.
    pub const LONGEST: usize = MAX_BYTES;

    /// Whether a string is long enough to be a needle.
    pub fn takes(text: &str) -> bool {
        text.len() >= MIN_BYTES
    }

    /// Prepares needles, each with a number. Those that [`Self::takes`] rejects are left out.
    pub fn new(needles: impl Iterator<Item = (String, u32)>) -> Self {
        let mut quick = QuickSet(Box::new([0; 1 << 12]));
        let mut signs = false;
        let [mut eight, mut six, mut four, mut three, mut two] = [const { Vec::new() }; 5];
        for (text, number) in needles.filter(|(text, _)| Self::takes(text)) {
            let text = text.as_bytes();
            signs |= is_common_sign(text[0]);
            quick.insert(text);
            let tier = match text.len() {
                MIN_BYTES => &mut two,
                3 => &mut three,
                4 | 5 => &mut four,
                6 | 7 => &mut six,
                _ => &mut eight,
            };
            tier.push(Needle {
                first: first_eight(text),
                text: text.into(),
                number,
            });
        }
        Self {
            signs,
            quick,
            eight: Tier::new(eight),
            six: Tier::new(six),
            four: Tier::new(four),
            three: Tier::new(three),
            two: Tier::new(two),
        }
    }

    /// Calls `each` with the position and number of each needle found, in the order of the text, until
    /// it returns false. A line break or tab reads as a blank.
    pub fn scan(&self, text: &str, mut each: impl FnMut(usize, u32) -> bool) {
        let padded = Padded::new(text);
        let mut positions = [0; CHUNK];
        for from in (0..text.len()).step_by(CHUNK) {
            let to = text.len().min(from + CHUNK);
            let count = self.collect(&padded, from, to, &mut positions);
            let count = self.keep_likely(&padded, count, &mut positions);
            for &at in positions.iter().take(count) {
                let at = at as usize;
                let (here, each) = (padded.from(at), &mut |number| each(at, number));
                let goes_on = self.eight.confirm(here, each)
                    && self.six.confirm(here, each)
                    && self.four.confirm(here, each)
                    && self.three.confirm(here, each)
                    && self.two.confirm(here, each);
                if !goes_on {
                    return;
                }
            }
        }
    }

    /// Collects the positions of a range that the quick set does not reject, and returns how many.
    fn collect(
        &self,
        text: &Padded,
        from: usize,
        to: usize,
        positions: &mut [u32; CHUNK],
    ) -> usize {
        let mut count = 0;
        for block in (from..to).step_by(BLOCK) {
            let bytes: &[u8; 2 * BLOCK] = text.before(block);
            let mut begins = begins(bytes, self.signs);
            while begins != 0 {
                let at = begins.trailing_zeros() as usize;
                begins &= begins - 1;
                positions[count % CHUNK] = (block + at) as u32;
                let here = bytes[at + 1..]
                    .first_chunk()
                    .map_or(0, |here| u64::from_le_bytes(*here));
                count += usize::from(self.quick.holds(here));
            }
        }
        count
    }

    /// Keeps the positions that the sets of the tiers do not reject, and returns how many.
    fn keep_likely(&self, text: &Padded, count: usize, positions: &mut [u32; CHUNK]) -> usize {
        let mut kept = 0;
        for index in 0..count.min(CHUNK) {
            let at = positions[index];
            let here = text.eight(at as usize);
            let long = self.eight.holds(here) | self.six.holds(here) | self.four.holds(here);
            positions[kept] = at;
            kept += usize::from(long | self.three.holds(here) | self.two.holds(here));
        }
        kept
    }
}

/// Whether a byte is a sign that is common in sentences.
const fn is_common_sign(byte: u8) -> bool {
    (byte <= b'&') | (byte == b',') | (byte == b'.')
}

/// Returns a bit for each byte of a block: whether a needle may begin there. It may at a sign (a common
/// one only with `signs`), at the first letter of a word, at a letter of ASCII after any other, and at every character
/// of three bytes or more (scripts without spaces, and some with). The block begins with the second byte. Written so that it
/// compiles to vector instructions.
#[inline]
fn begins(bytes: &[u8; 2 * BLOCK], signs: bool) -> u64 {
    let letter =
        |byte: u8| (byte.wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10) | (byte >= 0x80);
    let mut flags = [0; BLOCK];
    for (index, flag) in flags.iter_mut().enumerate() {
        let (before, byte) = (bytes[index], bytes[index + 1]);
        let inside = (byte as i8) < -64;
        let new_script = (byte < 0x80) & (before >= 0x80);
        let apart = (byte >= 0xe0) | new_script | !(letter(byte) & letter(before));
        let silent = (byte <= b' ') | (is_common_sign(byte) & !signs);
        *flag = u8::from(apart & !inside & !silent);
    }
    lowest_bits(&flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, u32)]) {
        let needles = ["via", "source", "courtesy of", "来源", "(ap", "by "];
        check_with(&needles, text, expected);
    }

    fn check_with(needles: &[&str], text: &str, expected: &[(usize, u32)]) {
        let numbered = needles.iter().zip(0..).map(|(s, n)| ((*s).to_owned(), n));
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
        check("编辑via", &[(6, 0)]);
        check("via\nvia", &[(0, 0), (4, 0)]);
        check("by\tvia\r\n", &[(0, 5), (3, 0)]);
        check("by", &[]);
        check("b", &[]);
        check("via", &[(0, 0)]);
        check("x.via, via", &[(2, 0), (7, 0)]);
        check("", &[]);
    }

    #[test]
    fn strings_may_begin_with_common_signs() {
        check_with(&[".com", ", via"], "x.com, via", &[(1, 0), (5, 1)]);
    }

    #[test]
    fn where_several_stand_the_long_ones_come_first_in_their_order() {
        let needles = ["rep", "report", "repo", "report by them", "©", "report by"];
        check_with(
            &needles,
            "report by them ©",
            &[(0, 3), (0, 5), (0, 1), (0, 2), (0, 0), (15, 4)],
        );
    }

    #[test]
    fn strings_are_found_across_blocks() {
        for before in [0, 1, 56, 60, 63, 64, 65, CHUNK - 3, CHUNK, CHUNK + 1] {
            let text = "; ".repeat(before / 2) + &";".repeat(before % 2) + "courtesy of";
            check(&text, &[(before, 2)]);
        }
    }
}
