//! Extents: as many of a run's values as have room make one value of sled. Each says of itself where it
//! begins, so that it is found in sled's files.

use std::ops::Range;

use memchr::memmem::Finder;

use super::le_u32;

/// Most bytes of an extent of more than one value. sled puts what is over 128 KiB into a file of its
/// own.
const EXTENT_BYTES: usize = 120_000;
const MAGIC: &[u8; 8] = b"\x93wcxtnt\x01";
/// Which of a run's values it has: their part, and the number of the first.
pub(super) const KEY_BYTES: usize = 5;
/// Magic, key, length and checksum of the body.
pub(super) const HEAD_BYTES: usize = 8 + KEY_BYTES + 8;
/// Bytes before each value: its length.
pub(super) const LENGTH_BYTES: usize = 4;

/// Which of a run's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Its blocks.
    Blocks,
    /// Its guide, in pieces.
    Guide,
}

/// Returns the key of an extent in sled.
pub(super) fn key(part: Part, first: u32) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    key[0] = match part {
        Part::Blocks => b'b',
        Part::Guide => b'g',
    };
    key[1..].copy_from_slice(&first.to_be_bytes());
    key
}

/// An extent that grows.
pub(super) struct Builder {
    part: Part,
    first: u32,
    bytes: Vec<u8>,
}

impl Builder {
    /// Begins with none, of which the first is to be so many.
    pub(super) fn new(part: Part, first: u32) -> Self {
        Self {
            part,
            first,
            bytes: vec![0; HEAD_BYTES],
        }
    }

    /// Tells whether there is room for a value of so many bytes; for the first there always is.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        let length = self.bytes.len() + LENGTH_BYTES + bytes;
        length <= EXTENT_BYTES || self.bytes.len() == HEAD_BYTES
    }

    /// Adds the next value.
    pub(super) fn push(&mut self, value: &[u8]) {
        self.bytes.extend((value.len() as u32).to_le_bytes());
        self.bytes.extend(value);
    }

    /// Returns the extent with its key, and begins the next, of which the first value is to be so
    /// many; `None` if nothing was added.
    pub(super) fn take(&mut self, next: u32) -> Option<([u8; KEY_BYTES], Vec<u8>)> {
        let key = key(self.part, self.first);
        let begun = Self::new(self.part, next);
        let mut bytes = std::mem::replace(self, begun).bytes;
        let (head, body) = bytes.split_at_mut(HEAD_BYTES);
        if body.is_empty() {
            return None;
        }
        head[..8].copy_from_slice(MAGIC);
        head[8..][..KEY_BYTES].copy_from_slice(&key);
        head[HEAD_BYTES - 8..][..4].copy_from_slice(&(body.len() as u32).to_le_bytes());
        head[HEAD_BYTES - 4..].copy_from_slice(&checksum(&key, body).to_le_bytes());
        Some((key, bytes))
    }
}

/// An extent that was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extent<'a> {
    pub part: Part,
    /// The number of its first value.
    pub first: u32,
    bytes: &'a [u8],
}

impl<'a> Extent<'a> {
    /// Reads the extent at the beginning of some bytes; `None` if there is none, or it does not hold.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let (key, sums) = head.strip_prefix(MAGIC)?.split_at(KEY_BYTES);
        let (body, _) = rest.split_at_checked(le_u32(sums) as usize)?;
        if le_u32(&sums[4..]) != checksum(key, body) {
            return None;
        }
        let part = match key[0] {
            b'b' => Part::Blocks,
            b'g' => Part::Guide,
            _ => return None,
        };
        let first = u32::from_be_bytes(key[1..].try_into().ok()?);
        let bytes = &bytes[..HEAD_BYTES + body.len()];
        Some(Self { part, first, bytes })
    }

    /// Where each of its values lies in it.
    pub(super) fn values(&self) -> impl Iterator<Item = Range<usize>> {
        let mut end = HEAD_BYTES;
        std::iter::from_fn(move || {
            let rest = self.bytes.get(end..).filter(|rest| !rest.is_empty())?;
            let length = le_u32(rest.get(..LENGTH_BYTES)?) as usize;
            let start = end + LENGTH_BYTES;
            end = start + length;
            (end <= self.bytes.len()).then_some(start..end)
        })
    }

    /// Returns one of its values, by its number; `None` if it is not in it.
    pub(super) fn value(&self, number: u32) -> Option<&'a [u8]> {
        let nth = number.checked_sub(self.first)? as usize;
        self.values().nth(nth).map(|value| &self.bytes[value])
    }
}

/// Finds extents among other bytes.
pub(super) struct Search(Finder<'static>);

impl Search {
    pub(super) fn new() -> Self {
        Self(Finder::new(MAGIC))
    }

    /// Returns the extents that hold, and where each begins.
    pub(super) fn all<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = (usize, Extent<'a>)> {
        let found = self.0.find_iter(bytes);
        found.filter_map(|at| Some((at, Extent::read(&bytes[at..])?)))
    }
}

fn checksum(key: &[u8], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(first: u32, values: &[&[u8]]) -> Vec<u8> {
        let mut builder = Builder::new(Part::Guide, first);
        values.iter().for_each(|value| builder.push(value));
        builder.take(0).unwrap().1
    }

    #[test]
    fn what_was_built_is_found_among_other_bytes() {
        let bytes = [
            b"before".to_vec(),
            extent(3, &[b"one", b"", b"three"]),
            MAGIC.to_vec(),
            extent(6, &[b"four"]),
        ]
        .concat();
        let search = Search::new();
        let found: Vec<_> = search.all(&bytes).collect();
        let places: Vec<_> = found.iter().map(|(at, one)| (*at, one.first)).collect();
        assert_eq!(places, [(6, 3), (6 + HEAD_BYTES + 20 + 8, 6)]);
        let extent = &found[0].1;
        assert_eq!(extent.part, Part::Guide);
        let values: Vec<_> = extent.values().map(|one| &extent.bytes[one]).collect();
        assert_eq!(values, [b"one".as_slice(), b"", b"three"]);
        assert_eq!(extent.value(5), Some(b"three".as_slice()));
        assert_eq!((extent.value(2), extent.value(6)), (None, None));
    }

    #[test]
    fn an_extent_is_whole_or_none() {
        let whole = extent(1, &[b"some", b"values"]);
        for at in 0..whole.len() {
            assert_eq!(Extent::read(&whole[..at]), None, "cut at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            assert_eq!(Extent::read(&flipped), None, "flipped at {at}");
        }
        let mut longer = whole.clone();
        longer.push(7);
        assert_eq!(Extent::read(&longer), Extent::read(&whole));
    }

    #[test]
    fn one_value_always_has_room() {
        let mut builder = Builder::new(Part::Blocks, 0);
        assert!(builder.take(0).is_none());
        assert!(builder.has_room(EXTENT_BYTES));
        builder.push(&[1; 10]);
        let rest = EXTENT_BYTES - HEAD_BYTES - 10 - 2 * LENGTH_BYTES;
        assert!(builder.has_room(rest) && !builder.has_room(rest + 1));
        assert_eq!(builder.take(1).unwrap().0, key(Part::Blocks, 0));
        assert!(builder.take(1).is_none());
    }
}
