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
    set_row(&mut key, row);
    key
}

/// Sets `key` to that of a caller's row.
pub(super) fn set_row(key: &mut Vec<u8>, row: &[u8]) {
    key.clear();
    key.push(ROW);
    key.extend(row);
}

/// Returns the caller's key again.
pub(super) fn row_of(key: &[u8]) -> &[u8] {
    &key[1..]
}
