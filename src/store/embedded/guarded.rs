//! sled, kept at arm's length: its panics come out as errors, and after the first error or panic it is
//! not called again, for a flush or a drop may wait for ever then for what was not written.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::files;
use crate::store::{Error, Result};

/// Most that a sled keeps in memory. What is read often is read from copies.
const CACHE_BYTES: u64 = 4 << 20;

/// An open sled.
pub(super) struct Guarded {
    dir: PathBuf,
    /// `None` only while being dropped.
    db: Option<sled::Db>,
    is_broken: AtomicBool,
}

impl Guarded {
    /// Opens the sled in a directory, or makes one there.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None);
        let db = caught(dir, || config.open())?;
        Ok(Self {
            dir: dir.to_owned(),
            db: Some(db),
            is_broken: AtomicBool::new(false),
        })
    }

    /// Calls it.
    pub(super) fn call<T>(&self, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T> {
        if self.is_broken.load(Ordering::Acquire) {
            return Err(Error::Index("sled failed before".to_owned()));
        }
        let db = self.db.as_ref().expect("taken in drop only");
        let called = caught(&self.dir, || call(db));
        if called.is_err() {
            self.is_broken.store(true, Ordering::Release);
        }
        called
    }
}

impl Drop for Guarded {
    /// Leaks a sled that has failed.
    fn drop(&mut self) {
        let db = self.db.take();
        if self.is_broken.load(Ordering::Acquire) {
            mem::forget(db);
        } else {
            let _ = caught(&self.dir, || {
                drop(db);
                Ok(())
            });
        }
    }
}

fn caught<T>(dir: &Path, call: impl FnOnce() -> sled::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(source))) => Err(files::failed("use", dir)(source)),
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
