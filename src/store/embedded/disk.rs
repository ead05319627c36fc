//! The one place where stored bytes reach the operating system: every operation that a promise depends on.
//!
//! Tests put another [`Disk`] in its place, which fails the n-th operation, or records all of them and
//! replays what a power loss leaves. What is read goes past it: for that, tests change the files. sled
//! opens and writes its own files, so their content is outside as well; their syncs and removals are not.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::statvfs;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// To read it.
    Read,
    /// To write in it. It must exist.
    Write,
    /// To write it from the start. It is created, or emptied.
    Replace,
}

/// The size of a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// What this process may still use.
    pub free: u64,
    /// All there is.
    pub total: u64,
}

/// Operations on files and folders.
pub trait Disk: fmt::Debug + Send + Sync {
    fn open(&self, path: &Path, opening: Opening) -> io::Result<File>;

    /// Writes all bytes at an offset.
    fn write(&self, path: &Path, file: &File, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts a file after so many bytes.
    fn cut(&self, path: &Path, file: &File, bytes: u64) -> io::Result<()>;

    /// Makes a file's content and size durable.
    fn sync(&self, path: &Path, file: &File) -> io::Result<()>;

    /// Renames a file or folder; a file of the new name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file, or a folder with its content.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Creates a folder. Its parent must exist.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Returns the size of the file system that has a path.
    fn space(&self, path: &Path) -> io::Result<DiskSpace>;
}

/// The disk as it is.
#[derive(Debug, Clone, Copy)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn open(&self, path: &Path, opening: Opening) -> io::Result<File> {
        let mut options = File::options();
        match opening {
            Opening::Read => options.read(true),
            Opening::Write => options.read(true).write(true),
            Opening::Replace => options.write(true).create(true).truncate(true),
        };
        options.open(path)
    }

    fn write(&self, _: &Path, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn cut(&self, _: &Path, file: &File, bytes: u64) -> io::Result<()> {
        file.set_len(bytes)
    }

    fn sync(&self, _: &Path, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match path.is_dir() {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        }
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn space(&self, path: &Path) -> io::Result<DiskSpace> {
        let stats = statvfs(path)?;
        Ok(DiskSpace {
            free: stats.f_bavail.saturating_mul(stats.f_frsize),
            total: stats.f_blocks.saturating_mul(stats.f_frsize),
        })
    }
}
