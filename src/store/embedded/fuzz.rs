//! What the targets of fuzzing do with stored bytes.

use std::fs;

use super::catalogue::checkpoint;
use super::journal::{frame, segment};
use super::runs::{PostingKind, RowKind, RunKind};
use super::sleds::{extent, locations};

/// Reads bytes as a file of the journal, to its end or to its damage.
pub fn segment(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a folder for the file");
    let name = segment::SegmentName::plain(1);
    fs::write(dir.path().join(name.file()), bytes).expect("room for the file");
    let Ok(mut reader) = segment::SegmentReader::open(dir.path(), name) else {
        return;
    };
    let mut first = reader.next;
    while let Ok(segment::NextRecord::Record(record)) = reader.next() {
        assert_eq!(record.first, first, "a gap in the sequence numbers");
        first += u64::from(record.count);
        if let Some(entries) = record.entries() {
            assert_eq!(entries.len(), usize::from(record.count));
        }
    }
    let _ = reader.has_later_record(); // a file that is damaged further may fail
}

/// Unpacks bytes as the payload of a record, and returns the entries.
pub fn frame(bytes: &[u8]) -> Vec<Vec<u8>> {
    frame::unpack(bytes).unwrap_or_default()
}

/// Reads bytes as a block of rows, and as a block of postings.
pub fn blocks(bytes: &[u8]) {
    read_block::<RowKind>(bytes);
    read_block::<PostingKind>(bytes);
}

fn read_block<K: RunKind>(bytes: &[u8]) {
    let mut block = K::Block::default();
    let mut has_entry = K::decode(bytes, &mut block).map(|()| true);
    while has_entry == Some(true) {
        let _ = K::entry(&block); // panics if it does not lie in the block
        has_entry = K::advance(&mut block);
    }
}

/// Reads bytes as a checkpoint, as the locations of a run, and as a file in which extents lie, of an index whose
/// random number the first bytes are.
pub fn tables(bytes: &[u8]) {
    let _ = checkpoint::decode(bytes); // damaged bytes are refused
    let _ = locations::parse(bytes);
    let Ok((secret, bytes)) = postcard::take_from_bytes::<extent::ExtentSecret>(bytes) else {
        return;
    };
    for (at, extent) in extent::find_all(bytes, &secret) {
        assert!(extent.values().all(|value| at + value.end <= bytes.len()));
    }
}
