//! Values in sled: a version byte and a checksum before each, for sled takes damaged bytes for
//! good.

use crate::store::{Error, Result};

const VERSION: u8 = 2;
/// Bytes before the content.
pub(super) const HEAD_BYTES: usize = 5;

/// Returns the content with its head. The checksum covers the key, so that a value under another
/// key does not pass.
pub(super) fn seal(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + content.len());
    bytes.push(VERSION);
    bytes.extend(checksum(key, content).to_le_bytes());
    bytes.extend(content);
    bytes
}

/// Returns the checksum of a value that holds.
pub(super) fn check(key: &[u8], bytes: &[u8]) -> Result<u32> {
    let failed = |why: String| Err(Error::Index(format!("value under {key:02x?}: {why}")));
    match bytes.split_at_checked(HEAD_BYTES) {
        None => failed("cut short".to_owned()),
        Some((head, _)) if head[0] != VERSION => {
            failed(format!("version {} where {VERSION} is known", head[0]))
        }
        Some((head, content)) => {
            let crc = super::le_u32(&head[1..]);
            if crc == checksum(key, content) {
                Ok(crc)
            } else {
                failed("checksum".to_owned())
            }
        }
    }
}

/// Returns the checksum that a value carries.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    super::le_u32(&bytes[1..])
}

fn checksum(key: &[u8], content: &[u8]) -> u32 {
    crc32c::crc32c_append(
        crc32c::crc32c_append(crc32c::crc32c(&[VERSION]), key),
        content,
    )
}
