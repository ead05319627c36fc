//! Helpers for whole files and directories: errors that name the path, and atomic replacement.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, pread};

use super::disk::{Disk, Opening};
use crate::store::{Error, Result};

/// Returns a closure that turns an I/O error into [`Error`], with what was attempted and on which
/// path.
pub fn failed<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full { path },
            _ => Error::Io { what, path, source },
        }
    }
}

/// Returns the error for a file that could not be made durable. It is never [`Error::Full`], after which
/// callers try again: a second sync may succeed although the first has dropped what was written.
pub fn unsynced(path: &Path, source: io::Error) -> Error {
    Error::Io {
        what: "sync",
        path: path.to_owned(),
        source,
    }
}

/// Returns the error for damaged bytes in a file.
pub fn damaged(path: &Path, offset: u64, why: &str) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        offset,
        why: why.to_owned(),
    }
}

/// Returns the error for a parameter whose value at creation was another.
pub fn mismatch(path: &Path, name: &str, stored: impl ToString, given: impl ToString) -> Error {
    Error::Mismatch {
        path: path.to_owned(),
        name: name.to_owned(),
        stored: stored.to_string(),
        given: given.to_string(),
    }
}

/// Replaces a file as a whole: after a crash it has either the old content or the new. The new
/// content is durable when this returns.
pub fn write_atomically(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension("tmp");
    let file = disk.open(&temporary, Opening::Replace);
    let file = file.map_err(failed("create", &temporary))?;
    let written = disk.write(&temporary, &file, bytes, 0);
    written.map_err(failed("write", &temporary))?;
    let synced = disk.sync(&temporary, &file);
    synced.map_err(failed("sync", &temporary))?;
    let renamed = disk.rename(&temporary, path);
    renamed.map_err(failed("rename", &temporary))?;
    sync_dir(disk, parent(path))
}

/// Returns the folder that has a path.
pub fn parent(path: &Path) -> &Path {
    let parent = path.parent().unwrap_or(path);
    match parent.as_os_str().is_empty() {
        true => Path::new("."),
        false => parent,
    }
}

/// Creates a folder and those above it that are missing. Their names are durable when this returns.
pub fn create_dirs(disk: &dyn Disk, path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    create_dirs(disk, parent(path))?;
    match disk.create_dir(path) {
        // Another process may have been faster.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed("create", path)(error))
        }
        _ => sync_dir(disk, parent(path)),
    }
}

/// Returns the content of a file, or `None` if it does not exist.
pub fn read_if_exists(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// Reads so many bytes at an offset. The buffer is not cleared first, which takes longer than the read.
pub fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let from = offset + bytes.len() as u64;
        match pread(file, spare_capacity(&mut bytes), from) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error != Errno::INTR => return Err(error.into()),
            _ => {}
        }
    }
    bytes.truncate(length); // the allocator may have given more
    Ok(bytes)
}

/// Removes a file, or a directory with its content. A missing path is not an error.
pub fn remove(disk: &dyn Disk, path: &Path) -> Result<()> {
    let removed = disk.remove(path).or_else(if_missing);
    removed.map_err(failed("remove", path))
}

/// Turns the error for a missing file into success.
fn if_missing(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

/// Returns the names in a directory.
pub fn names(dir: &Path) -> Result<Vec<OsString>> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name());
    let names = fs::read_dir(dir).and_then(|entries| entries.map(name).collect());
    names.map_err(failed("list", dir))
}

/// Makes the names in a directory durable.
pub fn sync_dir(disk: &dyn Disk, dir: &Path) -> Result<()> {
    disk.sync_dir(dir).map_err(failed("sync", dir))
}

/// Makes every file and name below a directory durable.
pub fn sync_tree(disk: &dyn Disk, dir: &Path) -> Result<()> {
    for name in names(dir)? {
        let path = dir.join(name);
        if path.is_dir() {
            sync_tree(disk, &path)?;
            continue;
        }
        let opened = disk.open(&path, Opening::Read);
        let synced = opened.and_then(|file| disk.sync(&path, &file));
        // Background threads of a closed sled may still delete a snapshot or a blob.
        synced.or_else(if_missing).map_err(failed("sync", &path))?;
    }
    sync_dir(disk, dir)
}

/// Returns the bytes that the files below a directory take on disk. Files that cannot be read count
/// as 0.
pub fn disk_bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => disk_bytes(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(of).sum()
}
