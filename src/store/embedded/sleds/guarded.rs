//! A sled that cannot take the process down: its panics become errors, and after the first error or
//! panic it is not called again, because a flush or drop might then wait forever for a write that
//! failed.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::files;
use crate::store::{Error, Result};

/// sled's page cache: small, because values are read from its files instead.
const CACHE_BYTES: u64 = 4 << 20;
/// How often to try to open a sled that is still locked: its background threads release it only a
/// moment after it was closed. Ten seconds in all.
const OPEN_ATTEMPTS: u32 = 5_000;
const OPEN_PAUSE: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub struct GuardedSled {
    dir: PathBuf,
    /// `None` only while being dropped.
    db: Option<sled::Db>,
    has_failed: AtomicBool,
}

impl GuardedSled {
    /// Opens the sled in a directory, or creates it.
    pub fn open(dir: &Path) -> Result<Self> {
        let open = || {
            let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES);
            config.flush_every_ms(None).open()
        };
        let mut opened = caught(dir, open);
        for _ in 1..OPEN_ATTEMPTS {
            if !is_locked(&opened) {
                break;
            }
            thread::sleep(OPEN_PAUSE);
            opened = caught(dir, open);
        }
        Ok(Self {
            dir: dir.to_owned(),
            db: Some(opened?),
            has_failed: AtomicBool::new(false),
        })
    }

    /// Calls sled, unless an earlier call failed.
    pub fn call<T>(&self, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T> {
        if self.has_failed.load(Ordering::Acquire) {
            return Err(Error::Index("sled failed before".to_owned()));
        }
        let db = self.db.as_ref().expect("taken in drop only");
        let called = caught(&self.dir, || call(db));
        if called.is_err() {
            self.has_failed.store(true, Ordering::Release);
        }
        called
    }
}

impl Drop for GuardedSled {
    /// Closes the sled; one that has failed is leaked instead.
    fn drop(&mut self) {
        let db = self.db.take();
        if self.has_failed.load(Ordering::Acquire) {
            mem::forget(db);
        } else {
            let _ = caught(&self.dir, || {
                drop(db);
                Ok(())
            });
        }
    }
}

/// Returns whether sled found its file locked, which it reports by message only. The holder is this
/// process, because the store's own lock keeps others out.
fn is_locked<T>(opened: &Result<T>) -> bool {
    matches!(opened, Err(Error::Io { source, .. })
        if source.to_string().starts_with("could not acquire lock"))
}

fn caught<T>(dir: &Path, call: impl FnOnce() -> sled::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(source))) => Err(files::failed("use", dir)(source)),
        Ok(Err(error)) => Err(Error::Index(format!("sled: {error}"))),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            let text = text.unwrap_or_default();
            Err(Error::Index(format!("sled panicked: {text}")))
        }
    }
}
