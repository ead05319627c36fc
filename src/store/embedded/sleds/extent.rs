//! Extents: consecutive values of a run, stored in sled as one value. Each begins with a magic number
//! and its own key, so that it can be found in sled's files.
//!
//! The magic number, and what checksums begin with, are random numbers of the index. So no text that
//! somebody submits can look like an extent when it ends up in these files.

use std::ops::Range;

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::le_u32;
use crate::store::{Result, random_bytes};

/// Size limit of an extent with more than one value. sled puts values over 128 KiB into files of
/// their own.
const EXTENT_BYTES: usize = 120_000;
/// Bytes of the magic number.
const MAGIC_BYTES: usize = 8;
/// The number of the first value.
const KEY_BYTES: usize = 4;
/// Magic, key, and the body's length and checksum.
pub const HEADER_BYTES: usize = MAGIC_BYTES + KEY_BYTES + 8;
/// The length before each value.
pub const LENGTH_BYTES: usize = 4;

/// The random number of an index: the magic number of its extents, and what their checksums begin with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtentSecret([u8; 16]);

impl ExtentSecret {
    /// Returns a new one.
    pub fn random() -> Result<Self> {
        random_bytes().map(Self)
    }

    fn magic(&self) -> &[u8] {
        &self.0[..MAGIC_BYTES]
    }

    fn checksum(&self, key: &[u8], body: &[u8]) -> u32 {
        let sum = crc32c::crc32c_append(crc32c::crc32c(&self.0), key);
        crc32c::crc32c_append(sum, body)
    }
}

/// Returns an extent's key in sled.
pub fn key(first: u32) -> [u8; KEY_BYTES] {
    first.to_be_bytes()
}

/// Collects the values of a run into extents.
pub struct ExtentBuilder {
    secret: ExtentSecret,
    /// Number of the first value in the current extent.
    first: u32,
    /// Number of the next value.
    next: u32,
    bytes: Vec<u8>,
}

impl ExtentBuilder {
    pub fn new(secret: ExtentSecret) -> Self {
        Self {
            secret,
            first: 0,
            next: 0,
            bytes: vec![0; HEADER_BYTES],
        }
    }

    pub fn count(&self) -> u32 {
        self.next
    }

    /// Returns whether a value of `bytes` fits. The first always does.
    pub fn has_room(&self, bytes: usize) -> bool {
        let length = self.bytes.len() + LENGTH_BYTES + bytes;
        length <= EXTENT_BYTES || self.bytes.len() == HEADER_BYTES
    }

    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend((value.len() as u32).to_le_bytes());
        self.bytes.extend(value);
        self.next += 1;
    }

    /// Returns the extent with its key and begins the next one; `None` if it is empty.
    pub fn take(&mut self) -> Option<([u8; KEY_BYTES], Vec<u8>)> {
        if self.bytes.len() == HEADER_BYTES {
            return None;
        }
        let key = key(self.first);
        self.first = self.next;
        let mut bytes = std::mem::replace(&mut self.bytes, vec![0; HEADER_BYTES]);
        let (header, body) = bytes.split_at_mut(HEADER_BYTES);
        header[..MAGIC_BYTES].copy_from_slice(self.secret.magic());
        header[MAGIC_BYTES..][..KEY_BYTES].copy_from_slice(&key);
        header[HEADER_BYTES - 8..][..4].copy_from_slice(&(body.len() as u32).to_le_bytes());
        let sum = self.secret.checksum(&key, body);
        header[HEADER_BYTES - 4..].copy_from_slice(&sum.to_le_bytes());
        Some((key, bytes))
    }
}

/// An extent whose checksum matched.
#[derive(Debug, PartialEq, Eq)]
pub struct Extent<'a> {
    /// The number of its first value.
    pub first: u32,
    bytes: &'a [u8],
}

impl<'a> Extent<'a> {
    /// Reads the extent at the start of `bytes`; `None` if there is none or it is damaged.
    pub fn read(bytes: &'a [u8], secret: &ExtentSecret) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
        let (key, sums) = header.strip_prefix(secret.magic())?.split_at(KEY_BYTES);
        let (body, _) = rest.split_at_checked(le_u32(sums) as usize)?;
        if le_u32(&sums[4..]) != secret.checksum(key, body) {
            return None;
        }
        Some(Self {
            first: u32::from_be_bytes(key.try_into().ok()?),
            bytes: &bytes[..HEADER_BYTES + body.len()],
        })
    }

    /// Returns where each value lies in the extent.
    pub fn values(&self) -> impl Iterator<Item = Range<usize>> {
        let mut end = HEADER_BYTES;
        std::iter::from_fn(move || {
            let rest = self.bytes.get(end..).filter(|rest| !rest.is_empty())?;
            let length = le_u32(rest.get(..LENGTH_BYTES)?) as usize;
            let start = end + LENGTH_BYTES;
            end = start + length;
            (end <= self.bytes.len()).then_some(start..end)
        })
    }

    /// Returns a value by its number; `None` if the extent does not contain it.
    pub fn value(&self, number: u32) -> Option<&'a [u8]> {
        let nth = number.checked_sub(self.first)? as usize;
        self.values().nth(nth).map(|value| &self.bytes[value])
    }
}

/// Returns the intact extents among other bytes, and where each begins.
pub fn find_all<'b>(
    bytes: &'b [u8],
    secret: &ExtentSecret,
) -> impl Iterator<Item = (usize, Extent<'b>)> {
    let found = memmem::find_iter(bytes, secret.magic());
    found.filter_map(|at| Some((at, Extent::read(&bytes[at..], secret)?)))
}

#[cfg(test)]
pub use self::tests::{SECRET, extent};

#[cfg(test)]
mod tests {
    use super::*;

    pub const SECRET: ExtentSecret = ExtentSecret(*b"magic of a test.");

    /// Builds two extents, the first of `skipped` empty values, and returns the second, of `values`.
    pub fn extent(skipped: u32, values: &[&[u8]]) -> Vec<u8> {
        let mut builder = ExtentBuilder::new(SECRET);
        (0..skipped).for_each(|_| builder.push(b""));
        builder.take();
        values.iter().for_each(|value| builder.push(value));
        builder.take().unwrap().1
    }

    #[test]
    fn extents_are_found_among_other_bytes() {
        let bytes = [
            b"before".to_vec(),
            extent(3, &[b"one", b"", b"three"]),
            SECRET.magic().to_vec(),
            extent(6, &[b"four"]),
        ]
        .concat();
        let found: Vec<_> = find_all(&bytes, &SECRET).collect();
        let locations: Vec<_> = found.iter().map(|(at, one)| (*at, one.first)).collect();
        assert_eq!(locations, [(6, 3), (6 + HEADER_BYTES + 20 + 8, 6)]);
        let extent = &found[0].1;
        let values: Vec<_> = extent.values().map(|one| &extent.bytes[one]).collect();
        assert_eq!(values, [b"one".as_slice(), b"", b"three"]);
        assert_eq!(extent.value(5), Some(b"three".as_slice()));
        assert_eq!((extent.value(2), extent.value(6)), (None, None));
    }

    #[test]
    fn a_damaged_extent_is_refused() {
        let whole = extent(1, &[b"some", b"values"]);
        for at in 0..whole.len() {
            assert_eq!(Extent::read(&whole[..at], &SECRET), None, "cut at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            assert_eq!(Extent::read(&flipped, &SECRET), None, "flipped at {at}");
        }
        let longer = [&whole[..], &[7]].concat();
        assert_eq!(
            Extent::read(&longer, &SECRET),
            Extent::read(&whole, &SECRET)
        );
    }

    #[test]
    fn extents_of_another_index_are_not_found() {
        let bytes = extent(0, &[b"planted"]);
        let (one, other) = (
            ExtentSecret::random().unwrap(),
            ExtentSecret::random().unwrap(),
        );
        assert_ne!(one, other);
        assert!(find_all(&bytes, &one).next().is_none());
        // Not even if the magic number is guessed.
        let mut guessed = bytes.clone();
        guessed[..MAGIC_BYTES].copy_from_slice(one.magic());
        assert!(find_all(&guessed, &one).next().is_none());
    }

    #[test]
    fn the_first_value_always_fits() {
        let mut builder = ExtentBuilder::new(SECRET);
        assert!(builder.take().is_none());
        assert!(builder.has_room(EXTENT_BYTES));
        builder.push(&[1; 10]);
        let rest = EXTENT_BYTES - HEADER_BYTES - 10 - 2 * LENGTH_BYTES;
        assert!(builder.has_room(rest) && !builder.has_room(rest + 1));
        assert_eq!(builder.take().unwrap().0, key(0));
        assert!(builder.take().is_none());
    }
}
