//! sled, kept at arm's length: its panics come out as errors, and after the first error or panic it is
//! not called again, for a flush or a drop may wait for ever then for what was not written.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::files;
use crate::store::{Error, Result};

/// Most that a sled keeps in memory. What is read is read past it.
const CACHE_BYTES: u64 = 4 << 20;

/// How long to wait for a sled that was closed a moment ago: threads of its own let go of it later.
const MOST_WAITED: Duration = Duration::from_secs(10);
/// How long to wait between two tries.
const WAIT: Duration = Duration::from_millis(2);

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
        let config = || {
            let config = sled::Config::new().path(dir);
            config.cache_capacity(CACHE_BYTES).flush_every_ms(None)
        };
        let begun = Instant::now();
        loop {
            let opened = caught(dir, || config().open());
            if is_locked(&opened) && begun.elapsed() < MOST_WAITED {
                thread::sleep(WAIT);
                continue;
            }
            return Ok(Self {
                dir: dir.to_owned(),
                db: Some(opened?),
                is_broken: AtomicBool::new(false),
            });
        }
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

/// sled says so in words alone. Another process cannot be meant, for the store is locked.
fn is_locked<T>(opened: &Result<T>) -> bool {
    let Err(Error::Io { source, .. }) = opened else {
        return false;
    };
    source.to_string().starts_with("could not acquire lock")
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
