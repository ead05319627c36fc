//! Digests of payloads.

use data_encoding::BASE32;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

/// Returns a digest in the form that archives use: `sha1:` and Base32.
pub(super) fn label(payload: &[u8]) -> String {
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, payload);
    format!("sha1:{}", BASE32.encode(sha1.as_ref()))
}

/// Returns what tells payloads apart. SHA-1 does not: two of one SHA-1 can be made.
pub(super) fn key(payload: &[u8]) -> Vec<u8> {
    digest(&SHA256, payload).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_that_of_other_tools() {
        // The digest of an empty payload stands in most archives.
        assert_eq!(label(b""), "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
        assert_ne!(key(b"a"), key(b"b"));
    }
}
