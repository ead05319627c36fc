//! Encodes the cursors of the change feed as the opaque bytes that clients store.
//!
//! A cursor is a version byte and the engine's number in eight bytes, big-endian. The version leaves
//! room for another form: a group of servers needs more than one number.

use super::status::Fault;

const VERSION: u8 = 1;

/// Encodes a cursor.
pub(super) fn encode(cursor: u64) -> Vec<u8> {
    [&[VERSION], cursor.to_be_bytes().as_slice()].concat()
}

/// Decodes a cursor from a client; an empty one stands for the start of the feed.
pub(super) fn decode(bytes: &[u8]) -> Result<u64, Fault> {
    match bytes {
        [] => Some(0),
        [VERSION, number @ ..] => number.try_into().map(u64::from_be_bytes).ok(),
        _ => None,
    }
    .ok_or_else(|| Fault::invalid("after", "not a cursor that this server issued"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back() {
        for cursor in [0, 1, 258, u64::MAX] {
            assert_eq!(decode(&encode(cursor)).unwrap(), cursor);
        }
        assert_eq!(encode(258), [1, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(decode(&[]).unwrap(), 0);
        for bad in [&[1][..], &[2, 0, 0, 0, 0, 0, 0, 1, 2], &[1; 8], &[1; 10]] {
            assert!(decode(bad).is_err(), "{bad:?}");
        }
    }
}
