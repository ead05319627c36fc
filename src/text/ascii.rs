//! Words of plain ASCII, 64 bytes at a time.
//!
//! All 64 bytes are classified at once, without branches, into masks with a bit for each; words are
//! then runs of ones. The compiler uses whatever vectors the target has. A word whose end ASCII alone
//! does not decide is left to the rules.

use super::hash::{BLOCK, hash_padded, hash_token_block};
use super::scan::ScannedToken;
use super::shingles::WORD_WEIGHT;
use super::umlaut::{Umlaut, may_open};

/// Bytes that are classified together.
const WINDOW: usize = 64;
/// The same, and the bytes that are read for the last word.
const SHOWN: usize = WINDOW + BLOCK;

/// Finds the words of the window at an offset. Returns how many of its bytes are done, and whether the
/// next token is one for the rules.
#[inline]
pub(super) fn window(text: &[u8], at: usize, batch: &mut Vec<ScannedToken>) -> (usize, bool) {
    let mut padded;
    let shown: &[u8; SHOWN] = match text[at..].first_chunk() {
        Some(shown) => shown,
        None => {
            // Zeros after the text, which divide words.
            padded = [0; SHOWN];
            padded[..text.len() - at].copy_from_slice(&text[at..]);
            &padded
        }
    };
    let bytes: &[u8; WINDOW] = shown.first_chunk().expect("it is longer");
    let wordy = mask(bytes, is_wordy);
    let middle = mask(bytes, is_middle);
    let words = wordy | joined(bytes, wordy, middle);
    let foreign = match bytes.iter().fold(0, |any, byte| any | byte) {
        ..0x80 => 0,
        _ => mask(bytes, |byte| byte >= 0x80),
    };
    // Before `known` every byte is ASCII, and so is the next one, even where a byte may join.
    let ascii = foreign.trailing_zeros() as usize;
    let known = match ascii > 0 && middle >> (ascii - 1) & 1 == 1 {
        true => ascii - 1,
        false => ascii,
    };
    let before = |end: usize| u64::MAX.checked_shr((WINDOW - end) as u32).unwrap_or(0);
    let mut starts = words & !(words << 1) & before(ascii);
    let mut ends = !words & (words << 1) & before(known);
    let umlauts = umlauts(shown);
    let has_connectors = bytes
        .iter()
        .fold(0, |any, &byte| any | u8::from(byte == b'_'))
        != 0;
    while ends != 0 {
        let start = starts.trailing_zeros() as usize;
        let end = ends.trailing_zeros() as usize;
        starts &= starts.wrapping_sub(1);
        ends &= ends - 1;
        // Connectors alone are not a word.
        if !has_connectors || shown[start..end].iter().any(|&b| b != b'_') {
            // The last letter of a word stays.
            let inner = (1 << (end - start).saturating_sub(2)) - 1;
            let hash = match umlauts >> start & inner {
                0 => hash(shown, start, end),
                _ => hash_without_e(&shown[start..end]),
            };
            batch.push(ScannedToken::new(at + start, at + end, WORD_WEIGHT, hash));
        }
    }
    // A word that does not end in this window is read again from its start.
    match starts.trailing_zeros() as usize {
        0 => (0, true),
        WINDOW if foreign == 0 => (WINDOW.min(text.len() - at), false),
        WINDOW => (ascii, true),
        start => (start, foreign != 0),
    }
}

/// Hashes the normal form of a word in a window.
#[inline]
fn hash(shown: &[u8; SHOWN], start: usize, end: usize) -> u64 {
    let length = end - start;
    if let (Some(block), Some(keep)) = (shown[start..].first_chunk::<BLOCK>(), KEEP.get(length)) {
        let normal = std::array::from_fn(|at| block[at].to_ascii_lowercase() & keep[at]);
        return hash_token_block(&normal);
    }
    long_hash(&shown[start..end])
}

#[cold]
fn long_hash(word: &[u8]) -> u64 {
    let mut normal = [0; WINDOW];
    for (to, from) in normal.iter_mut().zip(word) {
        *to = from.to_ascii_lowercase();
    }
    hash_padded(&normal[..word.len().next_multiple_of(BLOCK)])
}

/// Hashes the normal form of a word in which an e may stand for the dots of an umlaut.
#[inline(never)]
fn hash_without_e(word: &[u8]) -> u64 {
    let (mut normal, mut length) = ([0; WINDOW], 0);
    let mut umlaut = Umlaut::default();
    for byte in word.iter().map(u8::to_ascii_lowercase) {
        if !umlaut.leaves_out(u32::from(byte)) {
            normal[length] = byte;
            length += 1;
        }
    }
    if umlaut.is_last() {
        normal[length] = b'e';
        length += 1;
    }
    hash_padded(&normal[..length.next_multiple_of(BLOCK)])
}

/// Returns a bit for each byte of the window that may be the letter of an umlaut before its e.
#[inline]
fn umlauts(shown: &[u8; SHOWN]) -> u64 {
    let opens = |at| u8::from(may_open(shown[at]) & (shown[at + 1] | 0x20 == b'e'));
    // Most windows have none.
    match (0..WINDOW).fold(0, |any, at| any | opens(at)) {
        0 => 0,
        _ => lowest_bits(&std::array::from_fn(opens)),
    }
}

/// Masks that keep the bytes of a word in a block, by its length.
static KEEP: [[u8; BLOCK]; BLOCK + 1] = {
    let mut keep = [[0; BLOCK]; BLOCK + 1];
    let mut length = 1;
    while length <= BLOCK {
        keep[length] = (u128::MAX >> (8 * (BLOCK - length))).to_le_bytes();
        length += 1;
    }
    keep
};

/// Returns a bit for each byte, the lowest for the first.
#[inline]
fn mask(bytes: &[u8; WINDOW], is: impl Fn(u8) -> bool) -> u64 {
    lowest_bits(&std::array::from_fn(|at| u8::from(is(bytes[at]))))
}

/// Returns the lowest bits of 64 bytes, all others of which are zero; the lowest for the first.
#[inline]
pub fn lowest_bits(ones: &[u8; 64]) -> u64 {
    let (eights, _) = ones.as_chunks::<8>();
    let mut bits = 0;
    for (at, eight) in eights.iter().enumerate() {
        // The product collects the lowest bits of eight bytes in its highest byte.
        let collected = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= collected << (8 * at);
    }
    bits
}

/// Returns which of the bytes that may join words do so (UAX 29, WB6, WB7, WB11, WB12).
#[inline]
fn joined(bytes: &[u8; WINDOW], wordy: u64, middle: u64) -> u64 {
    let mut between = middle & wordy << 1 & wordy >> 1;
    let mut joined = 0;
    while between != 0 {
        let at = between.trailing_zeros() as usize;
        let is = |test: fn(&u8) -> bool| test(&bytes[at - 1]) && test(&bytes[at + 1]);
        let letters = is(u8::is_ascii_alphabetic);
        let digits = is(u8::is_ascii_digit);
        let joins = match bytes[at] {
            b':' => letters,
            b',' | b';' => digits,
            _ => letters || digits,
        };
        joined |= u64::from(joins) << at;
        between &= between - 1;
    }
    joined
}

/// Whether a byte is a letter, a digit or the underscore.
#[inline]
fn is_wordy(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10 || byte == b'_'
}

/// Whether a byte may join them.
#[inline]
fn is_middle(byte: u8) -> bool {
    matches!(byte, b'.' | b'\'' | b':' | b',' | b';')
}
