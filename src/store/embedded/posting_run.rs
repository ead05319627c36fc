//! A run of postings: a file of packed blocks, written once from front to back and never changed,
//! with its guide behind them. In memory are the guide, which is the first key of each block, where
//! it ends, and a filter; and the open file.
//!
//! Postings do not lie in sled: it took 13 microseconds to take a value of a kilobyte in, 11 to
//! give it out again from outside of its cache, and 1.8 bytes of disk a byte. From a file a bucket
//! is read in less than 2, and what keeps blocks near is the system's own cache.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bits::Words;
use super::files;
use super::packed::{self, BLOCK_POSTINGS, Entry, Packed};
use super::sieve::Sieve;
use crate::store::{Error, Result};

const MAGIC: u64 = u64::from_le_bytes(*b"WCPOSTS\0");
const VERSION: u64 = 1;
/// Words before the first block: magic, version and number.
const HEAD_WORDS: u32 = 2;
/// Words gathered for one write.
const WRITE_WORDS: usize = 32 << 10;
/// What a key and its documents take on disk, or somewhat more.
const MOST_KEY_BYTES: u64 = 8;
/// Bytes read at once of a guide.
const READ_BYTES: usize = 1 << 20;

/// What the checkpoint keeps of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    /// Its own number, never given twice within an index.
    pub number: u32,
    /// How often its entries were merged.
    pub tier: u8,
    /// How many blocks it has.
    pub blocks: u32,
    /// How many entries.
    pub entries: u64,
    /// How many different keys.
    pub keys: u64,
    /// For how many its filter was made.
    pub room: u64,
    /// All keys, or-ed.
    pub bits: u64,
    /// Words of the filter.
    pub filter_words: u64,
    /// Checksum of the guide.
    pub guide: u32,
}

/// A run that can be read.
#[derive(Debug)]
pub(super) struct PostingRun {
    /// What the checkpoint keeps of it.
    pub meta: Meta,
    file: File,
    path: PathBuf,
    guide: Guide,
    /// The file up to its guide, if it is small and new: most copies come soon after the original.
    kept: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Guide {
    fences: Vec<u64>,
    /// Where each block ends, in words of the file.
    ends: Vec<u32>,
    sieve: Option<Sieve>,
}

impl PostingRun {
    /// Opens a run and reads its guide.
    pub(super) fn load(dir: &Path, meta: Meta) -> Result<Self> {
        let path = path(dir, meta.number);
        let file = File::open(&path).map_err(files::failed("open", &path))?;
        let damaged = |why| Error::Index(format!("`{}`: {why}", path.display()));
        let mut head = [0; HEAD_WORDS as usize * 8];
        let length = file.metadata().map_err(files::failed("read", &path))?.len();
        let blocks = u64::from(meta.blocks);
        let guide_words = blocks + blocks.div_ceil(2) + meta.filter_words;
        let start = length.checked_sub(guide_words * 8);
        let Some(start) = start.filter(|start| *start > 0 && length % 8 == 0) else {
            return Err(damaged("is cut short"));
        };
        file.read_exact_at(&mut head, 0)
            .map_err(files::failed("read", &path))?;
        if head != head_of(meta.number) {
            return Err(damaged("does not begin as it should"));
        }
        let mut words = GuideReader {
            file: &file,
            path: &path,
            at: start,
            crc: 0,
        };
        let (mut fences, mut ends) = (Vec::new(), Vec::new());
        fences.reserve_exact(meta.blocks as usize);
        ends.reserve_exact(meta.blocks as usize + 1);
        words.each(blocks, |_, first| fences.push(first))?;
        words.each(blocks.div_ceil(2), |_, two| {
            ends.extend([two as u32, (two >> 32) as u32]);
        })?;
        ends.truncate(meta.blocks as usize);
        let has_filter = meta.filter_words > 0;
        let mut sieve = has_filter.then(|| Sieve::new(meta.room, meta.bits));
        if sieve.as_ref().map_or(0, Sieve::len) as u64 != meta.filter_words {
            return Err(damaged("has a filter of another size"));
        }
        words.each(meta.filter_words, |at, word| {
            if let Some(sieve) = &mut sieve {
                sieve.set_word(at, word);
            }
        })?;
        let is_whole =
            words.crc == meta.guide && ends.last().map(|&end| u64::from(end) * 8) == Some(start);
        if !is_whole {
            return Err(damaged("its guide is not what was written"));
        }
        let guide = Guide {
            fences,
            ends,
            sieve,
        };
        Ok(Self {
            meta,
            file,
            path,
            guide,
            kept: None,
        })
    }

    /// Brings near what tells of keys whether they are here.
    pub(super) fn warm(&self, keys: &[u64]) {
        if let Some(sieve) = &self.guide.sieve {
            sieve.warm(keys);
        }
    }

    /// Tells whether the key may be in the run; `false` is certain.
    #[inline]
    pub(super) fn may_hold(&self, key: u64) -> bool {
        self.guide
            .sieve
            .as_ref()
            .is_none_or(|sieve| sieve.may_hold(key))
    }

    /// Calls back with the entries under a key, in order, until it returns `false`.
    pub(super) fn each_of(
        &self,
        key: u64,
        buffer: &mut Vec<u8>,
        mut each: impl FnMut(Entry) -> bool,
    ) -> Result<()> {
        let fences = &self.guide.fences;
        // The block before the first that begins with the key or behind it may end with the key.
        let mut block = position(fences, key, self.meta.bits).saturating_sub(1);
        while fences.get(block).is_some_and(|&first| first <= key) {
            if !self.block(block as u32, buffer)?.each_of(key, &mut each) {
                break;
            }
            block += 1;
        }
        Ok(())
    }

    /// Appends the entries of a block.
    fn unpack(&self, block: u32, buffer: &mut Vec<u8>, out: &mut Vec<Entry>) -> Result<()> {
        self.block(block, buffer)?.unpack(out);
        Ok(())
    }

    fn block<'b>(&'b self, block: u32, buffer: &'b mut Vec<u8>) -> Result<Packed<'b>> {
        let ends = &self.guide.ends;
        let start = match block {
            0 => HEAD_WORDS,
            _ => ends[block as usize - 1],
        };
        let (start, end) = (start as usize * 8, ends[block as usize] as usize * 8);
        let packed = match &self.kept {
            Some(kept) => kept.get(start..end).and_then(Packed::trust),
            None => {
                let length = end.saturating_sub(start);
                if buffer.len() < length {
                    buffer.resize(length, 0);
                }
                let bytes = &mut buffer[..length];
                match self.file.read_exact_at(bytes, start as u64) {
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => None,
                    Err(error) => return Err(files::failed("read", &self.path)(error)),
                    Ok(()) => Packed::read(bytes, salt(self.meta.number, block)),
                }
            }
        };
        packed.ok_or_else(|| self.damaged(block))
    }

    fn damaged(&self, block: u32) -> Error {
        let path = self.path.display();
        Error::Index(format!("`{path}`: block {block} is not what was written"))
    }

    /// Bytes of the filter in memory.
    pub(super) fn filter_bytes(&self) -> u64 {
        self.guide.sieve.as_ref().map_or(0, Sieve::bytes)
    }

    /// Bytes of blocks kept in memory.
    pub(super) fn kept_bytes(&self) -> u64 {
        self.kept.as_ref().map_or(0, |kept| kept.len() as u64)
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        let blocks = self.guide.ends.last().map_or(0, |&end| u64::from(end));
        (blocks + self.meta.filter_words + u64::from(self.meta.blocks) * 3 / 2) * 8
    }

    /// Reads the first and the last block: what was cut or never written is told here.
    pub(super) fn probe(&self) -> Result<()> {
        let (mut buffer, mut entries) = (Vec::new(), Vec::new());
        self.unpack(0, &mut buffer, &mut entries)?;
        self.unpack(self.meta.blocks - 1, &mut buffer, &mut entries)
    }
}

/// Returns how many fences are less than a key. Keys are evenly spread, so the place is guessed,
/// and looked for from there.
fn position(fences: &[u64], key: u64, bits: u64) -> usize {
    let shift = bits.leading_zeros().min(63);
    let guess = (u128::from(key << shift) * fences.len() as u128) >> 64;
    let guess = (guess as usize).min(fences.len());
    let (mut low, mut high) = (guess, guess);
    let mut step = 16;
    while low > 0 && fences[low - 1] >= key {
        high = low - 1;
        low = low.saturating_sub(step);
        step *= 2;
    }
    let mut step = 16;
    while high < fences.len() && fences[high] < key {
        low = high + 1;
        high = (high + step).min(fences.len());
        step *= 2;
    }
    low + fences[low..high].partition_point(|&first| first < key)
}

/// What goes into a block's checksum: one that stands in another's place does not pass.
fn salt(run: u32, block: u32) -> u64 {
    u64::from(run) << 32 | u64::from(block)
}

fn head_of(number: u32) -> [u8; 16] {
    let mut head = [0; 16];
    head[..8].copy_from_slice(&MAGIC.to_le_bytes());
    head[8..].copy_from_slice(&(VERSION << 32 | u64::from(number)).to_le_bytes());
    head
}

fn path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:010}.postings"))
}

/// Removes a run's file.
pub(super) fn remove(dir: &Path, number: u32) -> Result<()> {
    files::remove(&path(dir, number))
}

/// Returns the numbers of the runs that lie in a directory.
pub(super) fn numbers(dir: &Path) -> Result<Vec<u32>> {
    let failed = || files::failed("list", dir);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name();
        let digits = name
            .to_str()
            .and_then(|name| name.strip_suffix(".postings"));
        numbers.extend(digits.and_then(|digits| digits.parse::<u32>().ok()));
    }
    Ok(numbers)
}

/// Reads a guide's words, and their checksum.
struct GuideReader<'a> {
    file: &'a File,
    path: &'a Path,
    at: u64,
    crc: u32,
}

impl GuideReader<'_> {
    /// Calls back with each of the next words and its place among them.
    fn each(&mut self, count: u64, mut each: impl FnMut(usize, u64)) -> Result<()> {
        let mut buffer = vec![0; READ_BYTES.min(count as usize * 8)];
        let mut done = 0;
        while done < count as usize {
            let length = READ_BYTES.min((count as usize - done) * 8);
            let bytes = &mut buffer[..length];
            self.file
                .read_exact_at(bytes, self.at)
                .map_err(files::failed("read", self.path))?;
            self.crc = crc32c::crc32c_append(self.crc, bytes);
            for at in 0..length / 8 {
                each(done + at, Words::of(bytes).word(at));
            }
            done += length / 8;
            self.at += length as u64;
        }
        Ok(())
    }
}

/// Writes a run, entry by entry, in order.
pub(super) struct PostingWriter<'a> {
    dir: &'a Path,
    path: PathBuf,
    file: File,
    meta: Meta,
    guide: Guide,
    entries: Vec<Entry>,
    words: Vec<u64>,
    bytes: Vec<u8>,
    /// What of the file is to be kept in memory, and how long it may get.
    kept: Option<Vec<u8>>,
    most_kept: usize,
    /// Words of the file so far, those that wait included.
    end: u64,
    is_done: bool,
}

impl<'a> PostingWriter<'a> {
    /// Begins a run of at most so many keys, none of which has a bit that `bits` has not. Its blocks
    /// stay in memory if they are no more than `most_kept` bytes.
    pub(super) fn new(
        dir: &'a Path,
        (number, tier): (u32, u8),
        (keys, bits): (u64, u64),
        has_filter: bool,
        most_kept: u64,
    ) -> Result<Self> {
        let path = path(dir, number);
        let file = File::create(&path).map_err(files::failed("create", &path))?;
        let meta = Meta {
            number,
            tier,
            blocks: 0,
            entries: 0,
            keys: 0,
            room: keys,
            bits,
            filter_words: 0,
            guide: 0,
        };
        let guide = Guide {
            fences: Vec::new(),
            ends: Vec::new(),
            sieve: has_filter.then(|| Sieve::new(keys, bits)),
        };
        let head = head_of(number);
        Ok(Self {
            dir,
            path,
            file,
            meta,
            guide,
            entries: Vec::with_capacity(BLOCK_POSTINGS),
            words: (0..HEAD_WORDS as usize)
                .map(|at| Words::of(&head).word(at))
                .collect(),
            bytes: Vec::new(),
            kept: (keys * MOST_KEY_BYTES <= most_kept)
                .then(|| Vec::with_capacity((keys * MOST_KEY_BYTES) as usize)),
            most_kept: most_kept as usize,
            end: u64::from(HEAD_WORDS),
            is_done: false,
        })
    }

    /// Adds the next entry.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry) -> Result<()> {
        if self.entries.last().is_none_or(|last| last.key != entry.key) {
            self.meta.keys += 1;
            if let Some(sieve) = &mut self.guide.sieve {
                sieve.insert(entry.key);
            }
        }
        self.entries.push(entry);
        if self.entries.len() == BLOCK_POSTINGS {
            self.end_block()?;
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        let Some(first) = self.entries.first() else {
            return Ok(());
        };
        let before = self.words.len();
        packed::pack(
            &self.entries,
            salt(self.meta.number, self.meta.blocks),
            &mut self.words,
        );
        self.end += (self.words.len() - before) as u64;
        let end = u32::try_from(self.end);
        let end = end.map_err(|_| Error::Index("a run of postings is over 32 GiB".to_owned()))?;
        self.guide.fences.push(first.key);
        self.guide.ends.push(end);
        self.meta.blocks += 1;
        self.meta.entries += self.entries.len() as u64;
        self.entries.clear();
        if self.words.len() >= WRITE_WORDS {
            self.write()?;
        }
        Ok(())
    }

    /// Writes the words that wait.
    fn write(&mut self) -> Result<()> {
        self.bytes.clear();
        self.bytes
            .extend(self.words.iter().flat_map(|word| word.to_le_bytes()));
        self.words.clear();
        self.kept = self
            .kept
            .take()
            .filter(|kept| kept.len() + self.bytes.len() <= self.most_kept);
        if let Some(kept) = &mut self.kept {
            kept.extend(&self.bytes);
        }
        self.file
            .write_all(&self.bytes)
            .map_err(files::failed("write", &self.path))
    }

    fn write_guide(&mut self) -> Result<()> {
        self.write()?;
        self.meta.guide = crc32c::crc32c_append(self.meta.guide, &self.bytes);
        Ok(())
    }

    /// Ends the run and makes it durable; `None` if nothing came into it.
    pub(super) fn finish(mut self) -> Result<Option<Arc<PostingRun>>> {
        self.end_block()?;
        if self.meta.blocks == 0 {
            return Ok(None);
        }
        self.write()?;
        let mut kept = self.kept.take();
        kept.iter_mut().for_each(Vec::shrink_to_fit);
        self.guide.fences.shrink_to_fit();
        self.guide.ends.shrink_to_fit();
        let guide = std::mem::replace(&mut self.guide, Guide::none());
        let ends = guide.ends.chunks(2).map(|two| {
            let two = two.iter().rev();
            two.fold(0, |word, &end| word << 32 | u64::from(end))
        });
        let sieve = guide.sieve.as_ref();
        self.meta.filter_words = sieve.map_or(0, Sieve::len) as u64;
        let lists = guide.fences.iter().copied().chain(ends);
        for word in lists.chain(sieve.into_iter().flat_map(Sieve::words)) {
            self.words.push(word);
            if self.words.len() == WRITE_WORDS {
                self.write_guide()?;
            }
        }
        self.write_guide()?;
        self.file
            .sync_all()
            .map_err(files::failed("sync", &self.path))?;
        files::sync_dir(self.dir)?;
        self.is_done = true;
        let path = self.path.clone();
        let file = File::open(&path).map_err(files::failed("open", &path))?;
        let meta = self.meta.clone();
        Ok(Some(Arc::new(PostingRun {
            meta,
            file,
            path,
            guide,
            kept,
        })))
    }
}

impl Guide {
    fn none() -> Self {
        Self {
            fences: Vec::new(),
            ends: Vec::new(),
            sieve: None,
        }
    }
}

impl Drop for PostingWriter<'_> {
    /// Leaves nothing of a run that was not finished.
    fn drop(&mut self) {
        if !self.is_done {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Goes through a run, a block at a time.
pub(super) struct Cursor<'a> {
    run: &'a PostingRun,
    next_block: u32,
    buffer: Vec<u8>,
    entries: Vec<Entry>,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Stands at the first entry.
    pub(super) fn first(run: &'a PostingRun) -> Result<Self> {
        let mut cursor = Self {
            run,
            next_block: 0,
            buffer: Vec::new(),
            entries: Vec::with_capacity(BLOCK_POSTINGS),
            at: 0,
        };
        cursor.next_block()?;
        Ok(cursor)
    }

    /// The entry here; `None` behind the last.
    #[inline]
    pub(super) fn entry(&self) -> Option<&Entry> {
        self.entries.get(self.at)
    }

    /// Goes to the next entry.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<()> {
        self.at += 1;
        if self.at == self.entries.len() {
            self.next_block()?;
        }
        Ok(())
    }

    fn next_block(&mut self) -> Result<()> {
        self.at = 0;
        self.entries.clear();
        if self.next_block < self.run.meta.blocks {
            self.run
                .unpack(self.next_block, &mut self.buffer, &mut self.entries)?;
            self.next_block += 1;
        }
        Ok(())
    }
}

/// Many runs read as one, in order.
pub(super) struct Merge<'a> {
    cursors: Vec<Cursor<'a>>,
    ahead: Option<Entry>,
}

impl<'a> Merge<'a> {
    /// Reads runs from their begin.
    pub(super) fn new(runs: &'a [Arc<PostingRun>]) -> Result<Self> {
        let cursors = runs.iter().map(|run| Cursor::first(run));
        let mut merge = Self {
            cursors: cursors.collect::<Result<_>>()?,
            ahead: None,
        };
        merge.ahead = merge.take_least()?;
        Ok(merge)
    }

    /// Returns the next posting: each once, and withdrawn if any run says so.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        let Some(mut entry) = self.ahead else {
            return Ok(None);
        };
        loop {
            self.ahead = self.take_least()?;
            match self.ahead {
                // A withdrawal sorts behind the posting that it takes back.
                Some(same) if (same.key, same.doc) == (entry.key, entry.doc) => entry = same,
                _ => return Ok(Some(entry)),
            }
        }
    }

    #[inline]
    fn take_least(&mut self) -> Result<Option<Entry>> {
        let mut least: Option<(usize, Entry)> = None;
        for (at, cursor) in self.cursors.iter().enumerate() {
            if let Some(entry) = cursor.entry()
                && least.is_none_or(|(_, least)| *entry < least)
            {
                least = Some((at, *entry));
            }
        }
        let Some((at, entry)) = least else {
            return Ok(None);
        };
        self.cursors[at].advance()?;
        Ok(Some(entry))
    }
}
