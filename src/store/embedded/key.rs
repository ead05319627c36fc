//! Keys of rows in the index: the store's own and the caller's live apart under a first byte.

const PLACE: u8 = 0;
const ROW: u8 = 1;

/// Key of the row that says where the entry that holds a document stands.
pub(super) fn of_place(doc: u64) -> Vec<u8> {
    let mut key = vec![PLACE];
    key.extend(doc.to_be_bytes());
    key
}

/// Key of a caller's row.
pub(super) fn of_row(row: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(row.len() + 1);
    key.push(ROW);
    key.extend(row);
    key
}

/// Returns the caller's key again.
pub(super) fn into_row(mut key: Vec<u8>) -> Vec<u8> {
    key.remove(0);
    key
}
