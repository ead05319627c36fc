//! A run's values once more, in a file, to be read from: sled takes 20 microseconds and more to give one
//! out, for it reads and parses all that lie together; a file takes two.
//!
//! A copy holds nothing that sled has not, and is not made durable: one that is missing, cut short
//! or damaged is passed over, and sled is asked. A file is the values, back to back, then where each
//! ends, then a foot.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::le_u64;

const MAGIC: &[u8; 4] = b"WCCP";
/// Count of values, checksum of their ends, magic.
const FOOT_BYTES: usize = 16;
const BUFFER_BYTES: usize = 256 << 10;

/// A copy that can be read.
#[derive(Debug)]
pub(super) struct Copy {
    file: File,
    /// Where each value ends.
    ends: Vec<u64>,
}

impl Copy {
    /// Opens a copy of so many values; `None` if it is no such copy.
    pub(super) fn open(path: &Path, values: u32) -> Option<Self> {
        let file = File::open(path).ok()?;
        let bytes = file.metadata().ok()?.len();
        let end_bytes = values as usize * 8;
        let tail_at = bytes.checked_sub((end_bytes + FOOT_BYTES) as u64)?;
        let mut tail = vec![0; end_bytes + FOOT_BYTES];
        file.read_exact_at(&mut tail, tail_at).ok()?;
        let (ends, foot) = tail.split_at(end_bytes);
        if foot != foot_of(ends) {
            return None;
        }
        let ends: Vec<u64> = ends.chunks(8).map(le_u64).collect();
        (ends.last() == Some(&tail_at)).then_some(Self { file, ends })
    }

    /// Reads a value, sealed as in sled; `None` if it cannot be had.
    pub(super) fn read(&self, number: u32) -> Option<Vec<u8>> {
        let end = *self.ends.get(number as usize)?;
        let start = number.checked_sub(1).map_or(0, |n| self.ends[n as usize]);
        let mut value = vec![0; end.checked_sub(start)? as usize];
        self.file.read_exact_at(&mut value, start).ok()?;
        Some(value)
    }
}

/// Writes a copy. What fails leaves no copy, and nothing else undone.
pub(super) struct CopyWriter {
    path: PathBuf,
    /// `None` once something has failed.
    file: Option<BufWriter<File>>,
    ends: Vec<u64>,
}

impl CopyWriter {
    /// Begins a copy.
    pub(super) fn create(path: &Path) -> Self {
        let file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(path);
        let file = file.ok();
        Self {
            path: path.to_owned(),
            file: file.map(|file| BufWriter::with_capacity(BUFFER_BYTES, file)),
            ends: Vec::new(),
        }
    }

    /// Adds the next value.
    pub(super) fn push(&mut self, sealed: &[u8]) {
        self.file = self.file.take().and_then(|mut file| {
            file.write_all(sealed).ok()?;
            Some(file)
        });
        let before = self.ends.last().copied().unwrap_or(0);
        self.ends.push(before + sealed.len() as u64);
    }

    /// Ends the copy.
    pub(super) fn finish(mut self) -> Option<Copy> {
        let file = self.file.take().and_then(|mut file| {
            let ends: Vec<u8> = self.ends.iter().flat_map(|end| end.to_le_bytes()).collect();
            file.write_all(&ends).ok()?;
            file.write_all(&foot_of(&ends)).ok()?;
            file.into_inner().ok()
        });
        if file.is_none() {
            let _ = fs::remove_file(&self.path); // it would not pass for one
        }
        Some(Copy {
            file: file?,
            ends: self.ends,
        })
    }
}

/// Where the copy of a run's values is, by what the values are.
pub(super) fn path(dir: &Path, run: u32, kind: &str) -> PathBuf {
    dir.join(format!("{run}.{kind}"))
}

/// Removes a copy, if there is one.
pub(super) fn remove(path: &Path) {
    let _ = fs::remove_file(path); // it takes room, no more
}

/// Removes the copies of all runs but some.
pub(super) fn remove_others(dir: &Path, are_named: impl Fn(u32) -> bool) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let run = path.file_stem().and_then(|name| name.to_str());
        let run = run.and_then(|name| name.parse().ok());
        if !run.is_some_and(&are_named) {
            let _ = fs::remove_file(path);
        }
    }
}

fn foot_of(ends: &[u8]) -> [u8; FOOT_BYTES] {
    let mut foot = [0; FOOT_BYTES];
    foot[..8].copy_from_slice(&(ends.len() as u64 / 8).to_le_bytes());
    foot[8..12].copy_from_slice(&crc32c::crc32c(ends).to_le_bytes());
    foot[12..].copy_from_slice(MAGIC);
    foot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_whole_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = &path(dir.path(), 7, "blocks");
        let mut writer = CopyWriter::create(path);
        let values = [b"one".as_slice(), b"", b"three"];
        values.iter().for_each(|value| writer.push(value));
        let written = writer.finish().unwrap();
        let copy = Copy::open(path, 3).unwrap();
        for copy in [&written, &copy] {
            let read = (0..3).map(|at| copy.read(at).unwrap());
            assert_eq!(read.collect::<Vec<_>>(), values);
            assert!(copy.read(3).is_none());
        }
        assert!(Copy::open(path, 2).is_none() && Copy::open(path, 4).is_none());
        assert!(Copy::open(&path.with_extension("other"), 3).is_none());

        let whole = fs::read(path).unwrap();
        for at in 0..whole.len() {
            fs::write(path, &whole[..at]).unwrap();
            assert!(Copy::open(path, 3).is_none(), "cut at {at}");
        }
        for at in 8..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            fs::write(path, &flipped).unwrap();
            assert!(Copy::open(path, 3).is_none(), "flipped at {at}");
        }
    }

    #[test]
    fn copies_that_nobody_names_go() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["1.blocks", "2.guide", "what?"] {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        remove_others(dir.path(), |run| run == 2);
        remove(&path(dir.path(), 3, "blocks"));
        let left = fs::read_dir(dir.path()).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["2.guide"]);
    }
}
