//! sled, kept at arm's length: its errors and panics come out as errors, and after the first panic
//! it is not called again.

use std::fs;
use std::mem;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{copy, files, value};
use crate::store::{Error, Result};

/// Which of the maps of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Map {
    /// Blocks of runs.
    Blocks,
    /// Guides of runs, in pieces.
    Guides,
    /// Blocks of runs of postings, some to a value.
    Postings,
    /// Guides of runs of postings, in pieces.
    PostingGuides,
}

/// Sealed values in sled under (run, number).
pub(super) struct Pages {
    dir: PathBuf,
    /// Where runs have copies of their values.
    copies: PathBuf,
    /// `None` only while being dropped.
    sled: Option<Sled>,
    is_broken: AtomicBool,
}

struct Sled {
    db: sled::Db,
    blocks: sled::Tree,
    guides: sled::Tree,
    postings: sled::Tree,
    posting_guides: sled::Tree,
}

/// A value's content, of which the checksum holds.
pub(super) enum Page {
    /// Shared with sled's cache.
    Shared(sled::IVec),
    /// Read from a copy.
    Copied(Vec<u8>),
}

impl Deref for Page {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.sealed()[value::HEAD_BYTES..]
    }
}

impl Page {
    /// The checksum.
    pub(super) fn crc(&self) -> u32 {
        value::crc(self.sealed())
    }

    /// The content with its head.
    pub(super) fn sealed(&self) -> &[u8] {
        match self {
            Page::Shared(bytes) => bytes,
            Page::Copied(bytes) => bytes,
        }
    }
}

impl Pages {
    /// Opens or makes the index in a directory, with copies in another.
    pub(super) fn open(dir: &Path, copies: &Path, cache_bytes: u64) -> Result<Self> {
        fs::create_dir_all(copies).map_err(files::failed("create", copies))?;
        let open = || {
            let db = sled::Config::new()
                .path(dir)
                .cache_capacity(cache_bytes)
                .flush_every_ms(None)
                .open()?;
            Ok(Sled {
                blocks: db.open_tree("blocks")?,
                guides: db.open_tree("guides")?,
                postings: db.open_tree("postings")?,
                posting_guides: db.open_tree("posting guides")?,
                db,
            })
        };
        let sled = Some(caught(open)?);
        Ok(Self {
            dir: dir.to_owned(),
            copies: copies.to_owned(),
            sled,
            is_broken: AtomicBool::new(false),
        })
    }

    /// Returns a value.
    pub(super) fn get(&self, map: Map, run: u32, number: u32) -> Result<Page> {
        let key = key(run, number);
        match self.call(|| self.tree(map).get(key))? {
            Some(bytes) => {
                value::check(&key, &bytes)?;
                Ok(Page::Shared(bytes))
            }
            None => Err(Error::Index(format!(
                "{map:?} {number} of run {run} is missing"
            ))),
        }
    }

    /// Sets a sealed value.
    pub(super) fn set(&self, map: Map, key: &[u8], sealed: Vec<u8>) -> Result<()> {
        self.call(|| self.tree(map).insert(key, sealed))?;
        Ok(())
    }

    /// Where runs have copies of their values.
    pub(super) fn copies(&self) -> &Path {
        &self.copies
    }

    /// Where the copy of a run's values is.
    pub(super) fn copy(&self, map: Map, run: u32) -> PathBuf {
        let kind = match map {
            Map::Blocks => "rows",
            Map::Guides => "rows-guide",
            Map::Postings => "postings",
            Map::PostingGuides => "postings-guide",
        };
        copy::path(&self.copies, run, kind)
    }

    /// Removes a run's values, and their copy; none there is no error.
    pub(super) fn remove(&self, map: Map, run: u32) -> Result<()> {
        copy::remove(&self.copy(map, run));
        let tree = self.tree(map);
        let keys = || {
            tree.range(key(run, 0)..=key(run, u32::MAX))
                .keys()
                .collect::<sled::Result<Vec<_>>>()
        };
        for key in self.call(keys)? {
            self.call(|| tree.remove(key))?;
        }
        Ok(())
    }

    /// Returns the numbers of the runs that have values.
    pub(super) fn runs(&self, map: Map) -> Result<Vec<u32>> {
        let mut runs = Vec::new();
        let mut from = key(0, 0).to_vec();
        while let Some((found, _)) =
            self.call(|| self.tree(map).range(from.clone()..).next().transpose())?
        {
            let run = found.get(..4).map(be_u32);
            let run = run.ok_or_else(|| Error::Index(format!("key {found:02x?}")))?;
            runs.push(run);
            let Some(next) = run.checked_add(1) else {
                break;
            };
            from = key(next, 0).to_vec();
        }
        Ok(runs)
    }

    /// Makes everything durable. sled's own flush ends before the disk does.
    pub(super) fn flush(&self) -> Result<()> {
        self.call(|| self.sled().db.flush())?;
        files::sync_tree(&self.dir)
    }

    /// Bytes on disk, those of copies among them.
    pub(super) fn bytes(&self) -> Result<u64> {
        let bytes = self.call(|| self.sled().db.size_on_disk())?;
        Ok(bytes + copy::bytes(&self.copies))
    }

    fn tree(&self, map: Map) -> &sled::Tree {
        match map {
            Map::Blocks => &self.sled().blocks,
            Map::Guides => &self.sled().guides,
            Map::Postings => &self.sled().postings,
            Map::PostingGuides => &self.sled().posting_guides,
        }
    }

    fn sled(&self) -> &Sled {
        self.sled.as_ref().expect("taken in drop only")
    }

    fn call<T>(&self, call: impl FnOnce() -> sled::Result<T>) -> Result<T> {
        if self.is_broken.load(Ordering::Acquire) {
            return Err(Error::Index("sled panicked before".to_owned()));
        }
        match caught(call) {
            Err(Error::Io { what, source, .. }) => Err(Error::Io {
                what,
                path: self.dir.clone(),
                source,
            }),
            Err(error) => {
                self.is_broken.store(true, Ordering::Release);
                Err(error)
            }
            done => done,
        }
    }
}

impl Drop for Pages {
    /// Leaks a sled that has panicked: its drop would run through the same broken state.
    fn drop(&mut self) {
        let sled = self.sled.take();
        if self.is_broken.load(Ordering::Acquire) {
            mem::forget(sled);
        } else {
            let _ = caught(|| {
                drop(sled);
                Ok(())
            });
        }
    }
}

/// The key of a run's value.
pub(super) fn key(run: u32, number: u32) -> [u8; 8] {
    ((u64::from(run) << 32) | u64::from(number)).to_be_bytes()
}

fn be_u32(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

fn caught<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(source))) => Err(files::failed("use", Path::new("index"))(source)),
        Ok(Err(error)) => Err(Error::Index(format!("sled: {error}"))),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(Error::Index(format!(
                "sled panicked: {}",
                text.unwrap_or_default()
            )))
        }
    }
}
