//! Finds the places where one of thousands of short strings stands.
//!
//! All of them begin where a word begins (in scripts without spaces: anywhere), so only those
//! places are looked at: the bytes there are hashed into small sets of bits that stay in the cache,
//! and nearly always they say no. First one small set for all strings, then a larger one for each
//! length; the places that are left are gathered without a branch that depends on the text, and
//! compared then: a processor that guesses a branch wrong has lost more than a look costs. An
//! automaton over the same strings was tried first; it reads every byte, and took about twice as long
//! as the first form of this.

use std::hash::Hasher;

/// The most bytes of a string that are compared.
const MOST: usize = 16;
/// The fewest bytes of a string that is looked for.
const LEAST: usize = 2;
/// What is looked at together, in bytes.
const BLOCK: usize = 64;
/// Places are gathered over so many bytes before they are looked at again.
const STRETCH: usize = 16 * BLOCK;

/// The strings of a table.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// Some begin with one of the signs that sentences are full of.
    signs: bool,
    quick: Quick,
    six: Tier<6, 2048>,
    four: Tier<4, 512>,
    three: Tier<3, 128>,
    two: Tier<LEAST, 32>,
}

/// A string as a number.
#[derive(Debug, Clone, Copy)]
struct Stored {
    bytes: [u8; MOST],
    length: u8,
    number: u32,
}

impl Stored {
    fn first(&self) -> u64 {
        u128::from_le_bytes(self.bytes) as u64
    }

    #[inline]
    fn stands(&self, here: u128) -> bool {
        let differs = here ^ u128::from_le_bytes(self.bytes);
        differs << (8 * (MOST - usize::from(self.length))) == 0
    }
}

/// So many of the first bytes.
#[inline]
fn first<const LENGTH: usize>(here: u64) -> u64 {
    here & (u64::MAX >> (64 - 8 * LENGTH))
}

/// A hash of so many of the first bytes; its highest bits are the best.
#[inline]
fn hash<const LENGTH: usize>(here: u64) -> u64 {
    first::<LENGTH>(here).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A set of first bytes: by the hash of three of them, and five bits of the fourth. It says yes too
/// often, but no with one look.
#[derive(Debug)]
struct Quick(Box<[u32; 1 << 12]>);

impl Default for Quick {
    fn default() -> Self {
        Self(Box::new([0; 1 << 12]))
    }
}

impl Quick {
    /// The word of the set and the bit in it. Different letters follow different letters: the hash
    /// moves them apart.
    #[inline]
    fn place(here: u64) -> (usize, u32) {
        let hash = hash::<3>(here);
        let bit = (hash >> 47) ^ (here >> 24);
        ((hash >> 52) as usize, bit as u32 & 31)
    }

    #[inline]
    fn holds(&self, here: u64) -> bool {
        let (word, bit) = Self::place(here);
        self.0[word] >> bit & 1 == 1
    }

    fn insert(&mut self, text: &[u8]) {
        let here = sixteen(text) as u64;
        let (word, bit) = Self::place(here);
        match text.len() {
            LEAST => (0..256).for_each(|next| self.0[Self::place(here | next << 16).0] = u32::MAX),
            3 => self.0[word] = u32::MAX,
            _ => self.0[word] |= 1 << bit,
        }
    }
}

/// Strings that are looked up by the same number of bytes; `WORDS` is the size of the set.
#[derive(Debug)]
struct Tier<const LENGTH: usize, const WORDS: usize> {
    /// A set of keys that says yes too often.
    bits: Box<[u64; WORDS]>,
    /// Where the strings of a key begin, plus one, at the place of its hash or soon after it. All
    /// this is dense because it is looked at so seldom that it has to come from far away.
    slots: Box<[u32]>,
    /// Strings with the same key stand together, in the order of their numbers.
    strings: Box<[Stored]>,
}

impl<const LENGTH: usize, const WORDS: usize> Tier<LENGTH, WORDS> {
    fn new(mut strings: Vec<Stored>) -> Self {
        strings.sort_by_key(|stored| (first::<LENGTH>(stored.first()), stored.number));
        let mut bits = Box::new([0; WORDS]);
        let mut slots = vec![0; (2 * strings.len()).next_power_of_two()];
        let mut last = None;
        for (index, stored) in strings.iter().enumerate() {
            let here = stored.first();
            let (word, bit) = Self::place(here);
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
            strings: strings.into(),
        }
    }

    fn slot(here: u64, slots: usize) -> usize {
        (hash::<LENGTH>(here) >> 32) as usize & (slots - 1)
    }

    #[inline]
    fn place(here: u64) -> (usize, u32) {
        let hash = hash::<LENGTH>(here) >> (64 - 6 - WORDS.ilog2());
        ((hash >> 6) as usize % WORDS, hash as u32 & 63)
    }

    #[inline]
    fn holds(&self, here: u64) -> bool {
        let (word, bit) = Self::place(here);
        self.bits[word] >> bit & 1 == 1
    }

    /// The strings that begin with the first bytes here.
    fn same(&self, here: u64) -> impl Iterator<Item = &Stored> {
        let key = first::<LENGTH>(here);
        let same = move |stored: &&Stored| first::<LENGTH>(stored.first()) == key;
        let mut slot = Self::slot(here, self.slots.len());
        let found = loop {
            let Some(index) = self.slots.get(slot).and_then(|index| index.checked_sub(1)) else {
                break &[][..];
            };
            let found = self.strings.get(index as usize..).unwrap_or_default();
            if found.first().as_ref().is_some_and(same) {
                break found;
            }
            slot = (slot + 1) % self.slots.len();
        };
        found.iter().take_while(same)
    }

    /// Calls `each` with the numbers of the strings that stand here, until it says stop.
    #[inline]
    fn confirm(&self, here: u128, each: &mut impl FnMut(u32) -> bool) -> bool {
        let key = here as u64;
        !self.holds(key)
            || self
                .same(key)
                .all(|stored| !stored.stands(here) || each(stored.number))
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
        let mut bytes = Vec::with_capacity(1 + text.len() + 2 * BLOCK);
        bytes.push(b' ');
        bytes.extend(text.bytes().map(|b| if b == b'\n' { b' ' } else { b }));
        bytes.resize(1 + text.len().next_multiple_of(BLOCK) + BLOCK, 0);
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
    /// Of longer strings only so many bytes are looked for.
    pub const LONGEST: usize = MOST;

    /// Whether a string is long enough to be looked for.
    pub fn takes(text: &str) -> bool {
        text.len() >= LEAST
    }

    /// Takes strings, each with a number. Shorter ones than [`Self::takes`] are not found, of longer
    /// ones than [`Self::LONGEST`] only the beginning.
    pub fn new(strings: impl Iterator<Item = (String, u32)>) -> Self {
        let mut quick = Quick::default();
        let mut signs = false;
        let [mut six, mut four, mut three, mut two] = [const { Vec::new() }; 4];
        for (text, number) in strings.filter(|(text, _)| Self::takes(text)) {
            let text = text.as_bytes();
            signs |= is_common_sign(text[0]);
            quick.insert(text);
            let tier = match text.len() {
                LEAST => &mut two,
                3 => &mut three,
                4 | 5 => &mut four,
                _ => &mut six,
            };
            tier.push(Stored {
                bytes: sixteen(text).to_le_bytes(),
                length: text.len().min(MOST) as u8,
                number,
            });
        }
        Self {
            signs,
            quick,
            six: Tier::new(six),
            four: Tier::new(four),
            three: Tier::new(three),
            two: Tier::new(two),
        }
    }

    /// Calls `each` with the place and number of each string found, in the order of the text, until
    /// it says stop. A line break reads as a blank.
    pub fn scan(&self, text: &str, mut each: impl FnMut(usize, u32) -> bool) {
        let padded = Padded::new(text);
        let mut places = [0; STRETCH];
        for from in (0..text.len()).step_by(STRETCH) {
            let to = text.len().min(from + STRETCH);
            let count = self.possible(&padded, from, to, &mut places);
            let count = self.likely(&padded, count, &mut places);
            for &at in places.iter().take(count) {
                let at = at as usize;
                if !self.confirm(padded.sixteen(at), &mut |number| each(at, number)) {
                    return;
                }
            }
        }
    }

    /// Gathers the places of a stretch where the quick look does not say no; says how many.
    fn possible(
        &self,
        text: &Padded,
        from: usize,
        to: usize,
        places: &mut [u32; STRETCH],
    ) -> usize {
        let mut count = 0;
        for block in (from..to).step_by(BLOCK) {
            let bytes: &[u8; 2 * BLOCK] = text.before(block);
            let mut begins = if self.signs {
                begins::<true>(bytes)
            } else {
                begins::<false>(bytes)
            };
            while begins != 0 {
                let at = begins.trailing_zeros() as usize;
                begins &= begins - 1;
                places[count % STRETCH] = (block + at) as u32;
                let here = bytes[at + 1..]
                    .first_chunk()
                    .map_or(0, |here| u64::from_le_bytes(*here));
                count += usize::from(self.quick.holds(here));
            }
        }
        count
    }

    /// Keeps those of the places where a string is likely to stand; says how many.
    fn likely(&self, text: &Padded, count: usize, places: &mut [u32; STRETCH]) -> usize {
        let mut kept = 0;
        for index in 0..count.min(STRETCH) {
            let at = places[index];
            let here = text.eight(at as usize);
            let long = self.six.holds(here) | self.four.holds(here);
            places[kept] = at;
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

/// The signs that sentences are full of.
const fn is_common_sign(byte: u8) -> bool {
    (byte <= b'&') | (byte == b',') | (byte == b'.')
}

/// A bit for each byte of a block: whether a string may begin there. It may at signs, if asked for
/// also at common ones, at the first letter of a word, and at all characters of three bytes and more
/// (scripts without spaces, and some with). The block begins with the second byte. Written so that it
/// becomes vector instructions.
#[inline]
fn begins<const SIGNS: bool>(bytes: &[u8; 2 * BLOCK]) -> u64 {
    let letter =
        |byte: u8| (byte.wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10) | (byte >= 0x80);
    let mut flags = [0; BLOCK];
    for (index, flag) in flags.iter_mut().enumerate() {
        let (before, byte) = (bytes[index], bytes[index + 1]);
        let inside = (byte as i8) < -64;
        let apart = (byte >= 0xe0) | !(letter(byte) & letter(before));
        let silent = (byte <= b' ') | (is_common_sign(byte) & !SIGNS);
        *flag = u8::from(apart & !inside & !silent);
    }
    // The lowest bits of eight bytes, side by side.
    let mut bits = 0;
    for (index, flags) in flags.as_chunks::<8>().0.iter().enumerate() {
        let packed = u64::from_le_bytes(*flags).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= packed << (8 * index);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, u32)]) {
        let strings = ["via", "source", "courtesy of", "来源", "(ap", "by "];
        check_with(&strings, text, expected);
    }

    fn check_with(strings: &[&str], text: &str, expected: &[(usize, u32)]) {
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
        check("x.via, via", &[(2, 0), (7, 0)]);
        check("", &[]);
    }

    #[test]
    fn strings_may_begin_with_common_signs() {
        check_with(&[".com", ", via"], "x.com, via", &[(1, 0), (5, 1)]);
    }

    #[test]
    fn where_several_stand_the_long_ones_come_first_in_their_order() {
        let strings = ["rep", "report", "repo", "report by them", "©", "report by"];
        check_with(
            &strings,
            "report by them ©",
            &[(0, 1), (0, 3), (0, 5), (0, 2), (0, 0), (15, 4)],
        );
    }

    #[test]
    fn strings_are_found_across_blocks() {
        for before in [0, 1, 56, 60, 63, 64, 65, STRETCH - 3, STRETCH, STRETCH + 1] {
            let text = format!(
                "{}courtesy of",
                "; ".repeat(before / 2) + &";".repeat(before % 2)
            );
            check(&text, &[(before, 2)]);
        }
    }
}
