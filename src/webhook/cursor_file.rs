//! The file that says which changes were received.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::Error;

/// A file with a cursor. Only one process uses it at a time.
#[derive(Debug)]
pub struct CursorFile {
    path: PathBuf,
    collection: String,
    /// Locked while this lives. Another file, because the file itself is replaced.
    _lock: File,
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedCursor {
    collection: String,
    cursor: String,
}

impl CursorFile {
    /// Takes possession of a file, which may not exist yet, for the changes of a collection.
    ///
    /// # Errors
    /// Another process uses it, or its directory cannot be written.
    pub fn open(path: &Path, collection: &str) -> Result<Self, Error> {
        let error = |source| failed("lock", path, source);
        let lock = File::create(beside(path, ".lock")).map_err(error)?;
        lock.try_lock().map_err(|locked| match locked {
            TryLockError::WouldBlock => error(io::Error::other("another process delivers from it")),
            TryLockError::Error(source) => error(source),
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            collection: collection.to_owned(),
            _lock: lock,
        })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the cursor that was saved last, if one was.
    ///
    /// # Errors
    /// The file cannot be read, or is of another collection.
    pub fn load(&self) -> Result<Option<Vec<u8>>, Error> {
        let invalid =
            |why: String| self.error("read", io::Error::new(io::ErrorKind::InvalidData, why));
        let bytes = match std::fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|source| self.error("read", source))?,
        };
        let saved: SavedCursor =
            serde_json::from_slice(&bytes).map_err(|error| invalid(error.to_string()))?;
        if saved.collection != self.collection {
            let (of, wanted) = (saved.collection, &self.collection);
            return Err(invalid(format!(
                "it is of the collection `{of}`, not of `{wanted}`"
            )));
        }
        let cursor = BASE64.decode(saved.cursor.as_bytes());
        cursor.map(Some).map_err(|error| invalid(error.to_string()))
    }

    /// Saves a cursor in place of the last one. It is on disk when this returns.
    ///
    /// # Errors
    /// Those of the system. The cursor before it is then still in the file.
    pub fn save(&self, cursor: &[u8]) -> io::Result<()> {
        let saved = SavedCursor {
            collection: self.collection.clone(),
            cursor: BASE64.encode(cursor),
        };
        let new = beside(&self.path, ".new");
        let mut file = File::create(&new)?;
        serde_json::to_writer(&file, &saved)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        let directory = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }

    pub(super) fn error(&self, what: &'static str, source: io::Error) -> Error {
        failed(what, &self.path, source)
    }
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Cursor {
        what,
        path: path.to_path_buf(),
        source,
    }
}

/// Returns the path with something appended to the name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("desk.cursor");
        let file = CursorFile::open(&path, "news").unwrap();
        assert_eq!(file.load().unwrap(), None);
        for cursor in [&b"\x00\xff"[..], b"", b"later"] {
            file.save(cursor).unwrap();
            assert_eq!(file.load().unwrap().unwrap(), cursor);
        }
        let taken = CursorFile::open(&path, "news").unwrap_err().to_string();
        assert!(
            taken.ends_with("another process delivers from it"),
            "{taken}"
        );
        drop(file);
        let other = CursorFile::open(&path, "sport")
            .unwrap()
            .load()
            .unwrap_err();
        let expected = "it is of the collection `news`, not of `sport`";
        assert!(other.to_string().ends_with(expected), "{other}");
        for broken in ["", "{}", r#"{"collection":"sport","cursor":"?"}"#] {
            std::fs::write(&path, broken).unwrap();
            assert!(
                CursorFile::open(&path, "sport").unwrap().load().is_err(),
                "{broken}"
            );
        }
    }

    #[test]
    fn what_a_kill_leaves_half_written_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cursor");
        let file = CursorFile::open(&path, "news").unwrap();
        file.save(b"one").unwrap();
        std::fs::write(beside(&path, ".new"), "{\"colle").unwrap();
        assert_eq!(file.load().unwrap().unwrap(), b"one");
        file.save(b"two").unwrap();
        assert_eq!(file.load().unwrap().unwrap(), b"two");
    }
}
