//! Hashes with gxhash, which is only given whole blocks of our own.
//!
//! gxhash reads whole 16-byte vectors, past the end of short slices, and relies on masking those bytes;
//! in release builds that has failed (its issue 123). So it is never given a bare slice of a text: input
//! is copied into zero-padded blocks, with its length where zeros could be content.

use gxhash::{gxhash64, gxhash128};

use super::fold::encode;

/// Bytes of a gxhash vector.
pub(super) const BLOCK: usize = 16;

const TOKEN_SEED: i64 = 0x7769_7265_636f_7079;
const BYTES_SEED: i64 = 0x636f_6e74_656e_7431;

/// Hashes a normal form that is padded with zeros to a block. No token has a zero byte, so no two tokens
/// become equal by the padding.
#[inline]
pub(super) fn hash_token_block(block: &[u8; BLOCK]) -> u64 {
    gxhash64(block, TOKEN_SEED)
}

/// Hashes a normal form of one character.
#[inline]
pub(super) fn hash_character(code: u32) -> u64 {
    let (bytes, _) = encode(code);
    hash_token_block(&u128::from(u32::from_le_bytes(bytes)).to_le_bytes())
}

/// Hashes a normal form that is padded to whole blocks, at least one.
#[inline]
pub(super) fn hash_padded(bytes: &[u8]) -> u64 {
    match <&[u8; BLOCK]>::try_from(bytes) {
        Ok(block) => hash_token_block(block),
        Err(_) => hash_blocks(bytes),
    }
}

/// Hashes a long token: few are, so this is kept out of the common path.
#[cold]
fn hash_blocks(bytes: &[u8]) -> u64 {
    gxhash64(bytes, TOKEN_SEED)
}

/// Hashes a normal form of any length.
#[cfg(test)]
pub(super) fn hash_token(normal: String) -> u64 {
    let mut bytes = normal.into_bytes();
    bytes.resize(bytes.len().next_multiple_of(BLOCK).max(BLOCK), 0);
    hash_padded(&bytes)
}

/// Hashes any bytes to 128 bits.
pub fn hash_bytes(bytes: &[u8]) -> u128 {
    let mut padded = Vec::with_capacity((bytes.len() + 8).next_multiple_of(BLOCK));
    padded.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    padded.extend_from_slice(bytes);
    padded.resize(padded.len().next_multiple_of(BLOCK), 0);
    gxhash128(&padded, BYTES_SEED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers are the same in debug and release builds; `.ci/run` runs this test in both.
    #[test]
    fn known_answers() {
        let token = |word: &str| hash_token(word.to_owned());
        assert_eq!(token("a"), 0x6324_e8e2_9d3d_6dca);
        assert_eq!(token("wire"), 0xe30d_b8aa_2b33_384a);
        assert_eq!(token("exactly sixteen!"), 0xc1e8_a592_f07b_e9ee);
        assert_eq!(token("one more than sixteen"), 0xbf60_0ee3_b999_1d27);
        assert_eq!(hash_bytes(b""), 0x10db_61fa_529d_0504_a1aa_b013_4e06_b2ef);
        assert_eq!(
            hash_bytes(b"wirecopy"),
            0x6b46_52fc_781e_a7a0_d5e3_87a5_d515_8879
        );
        assert_eq!(
            hash_bytes(&[0; 100]),
            0x42ab_0c38_6ce7_5557_e8a7_1b6f_a327_a383
        );
    }

    #[test]
    fn bytes_after_the_slice_do_not_count() {
        let page = vec![b'x'; 4096];
        for n in 1..64 {
            let here = hash_bytes(&page[4096 - n..]);
            let there = hash_bytes(&vec![b'x'; n]);
            assert_eq!(here, there, "{n} bytes");
        }
    }
}
