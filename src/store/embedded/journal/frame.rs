//! A frame: entries that are compressed together, as the payload of one record.
//!
//! Articles of a news crawl resemble each other, in their texts and in what surrounds them: together they
//! compress better and faster than alone.

use std::borrow::Borrow;

use zstd::bulk::Compressor;

use super::le_u32;
use crate::store::embedded::decompress;

/// Most entries of a frame. To read one, all are unpacked: of English news, 8 take .453 of the bytes of
/// their texts and 33 microseconds to unpack, 16 .444 and 61, 32 .437 and 114.
pub const FRAME_ENTRIES: usize = 8;
/// Most bytes of a frame with more than one entry.
const FRAME_BYTES: usize = 128 << 10;
/// Longest entry.
pub const MAX_ENTRY_BYTES: usize = 128 << 20;
/// Bytes of an entry's length before the compressed entries.
const LENGTH_BYTES: usize = 4;
/// zstd's compression level. On frames of English news, level 1 takes 15 microseconds an article and .458
/// of the bytes, 2 18 and .444, 3 24 and .436.
const ZSTD_LEVEL: i32 = 2;

/// Compresses frames.
pub struct FramePacker(Compressor<'static>);

impl FramePacker {
    pub fn new() -> Self {
        Self(Compressor::new(ZSTD_LEVEL).expect("zstd has the level, and memory for a context"))
    }

    /// Packs entries into a payload.
    pub fn pack<E: Borrow<[u8]>>(&mut self, entries: &[E]) -> Vec<u8> {
        let mut payload = vec![entries.len() as u8];
        let lengths = entries.iter().map(|entry| entry.borrow().len() as u32);
        payload.extend(lengths.flat_map(u32::to_le_bytes));
        let packed = self.0.compress(&entries.concat());
        payload.extend(packed.expect("compressing to memory needs nothing that can fail"));
        payload
    }
}

/// Returns how many of the next entries, of which there is at least one, go into one frame.
pub fn next_frame(lengths: impl Iterator<Item = usize>) -> usize {
    let sums = lengths.scan(0, |sum, length| {
        *sum += length;
        Some(*sum)
    });
    let fitting = sums.take(FRAME_ENTRIES);
    fitting.take_while(|&sum| sum <= FRAME_BYTES).count().max(1)
}

/// Returns the number of entries of a payload, at least one; `None` if it is no frame.
pub fn count(payload: &[u8]) -> Option<u8> {
    payload.first().copied().filter(|&count| count > 0)
}

/// Returns the entries of a payload; `None` if it is no frame.
pub fn unpack(payload: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (lengths, entries) = decompressed(payload)?;
    let mut rest = entries.as_slice();
    let entry = |length: usize| Some(rest.split_off(..length)?.to_vec());
    lengths.into_iter().map(entry).collect()
}

/// Returns one entry of a payload; `None` if it is no frame, or has none there.
pub fn unpack_one(payload: &[u8], place: u8) -> Option<Vec<u8>> {
    let (lengths, mut entries) = decompressed(payload)?;
    let length = *lengths.get(usize::from(place))?;
    let start = lengths[..usize::from(place)].iter().sum();
    entries.truncate(start + length);
    Some(entries.split_off(start))
}

/// Returns the lengths of the entries of a payload, and the entries one after the other.
fn decompressed(payload: &[u8]) -> Option<(Vec<usize>, Vec<u8>)> {
    let lengths = usize::from(count(payload)?) * LENGTH_BYTES;
    let (lengths, packed) = payload[1..].split_at_checked(lengths)?;
    let lengths = lengths.chunks_exact(LENGTH_BYTES);
    let lengths: Vec<usize> = lengths.map(|length| le_u32(length) as usize).collect();
    let bytes: usize = lengths.iter().sum();
    if bytes > MAX_ENTRY_BYTES.max(FRAME_BYTES) {
        return None;
    }
    Some((lengths, decompress(packed, bytes)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_return_their_entries(
            sizes in prop::collection::vec(prop_oneof![9 => 0..2_000_usize, 1 => 0..200_000_usize], 1..60),
            cut in any::<prop::sample::Index>(),
        ) {
            let entries: Vec<Vec<u8>> = (0..).zip(&sizes).map(|(n, &size)| vec![n; size]).collect();
            let (mut packer, mut rest) = (FramePacker::new(), entries.as_slice());
            while !rest.is_empty() {
                let count = next_frame(rest.iter().map(Vec::len));
                let (frame, others) = rest.split_at(count);
                let bytes: usize = frame.iter().map(Vec::len).sum();
                prop_assert!(count == 1 || count <= FRAME_ENTRIES && bytes <= FRAME_BYTES);
                let payload = packer.pack(frame);
                prop_assert_eq!(super::count(&payload), Some(count as u8));
                prop_assert_eq!(unpack(&payload[..cut.index(payload.len())]), None);
                let unpacked = unpack(&payload);
                prop_assert_eq!(unpacked.as_deref(), Some(frame));
                for (place, entry) in (0..).zip(frame) {
                    let unpacked = unpack_one(&payload, place);
                    prop_assert_eq!(unpacked.as_ref(), Some(entry));
                }
                prop_assert_eq!(unpack_one(&payload, count as u8), None);
                rest = others;
            }
        }

        #[test]
        fn any_bytes_unpack_to_entries_or_nothing(
            mut payload in prop::collection::vec(any::<u8>(), 0..200),
            is_frame in any::<bool>(),
        ) {
            if is_frame {
                let flipped = payload.clone();
                payload = FramePacker::new().pack(&[payload.as_slice(), b"entry"]);
                for (byte, flip) in payload.iter_mut().zip(flipped) {
                    *byte ^= flip & flip >> 3 & 1;
                }
            }
            let count = super::count(&payload);
            if let Some(entries) = unpack(&payload) {
                prop_assert_eq!(count, Some(entries.len() as u8));
            }
        }
    }
}
