//! A file that gets its name when it is whole.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// Reading and writing for all whom the process's mask allows it: as files are created without a library.
const MODE: u32 = 0o666;

/// A file that gets its name when it is whole. Until then it is written beside it, under a name of its own that ends
/// in `.part`, and a file that has the name stays as it is. If it is dropped before, the part is removed.
///
/// What is no regular file, such as a pipe or `/dev/null`, is written to directly.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    /// Where it is written, and the name that it gets; `None` for what is no regular file.
    part: Option<(TempPath, PathBuf)>,
    is_new: bool,
}

impl WholeFile {
    /// Creates a file in place of one that may exist, whose permissions it takes over.
    ///
    /// # Errors
    /// Those of the system, also if the file that exists may not be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        // Opened only to learn what it is, and whether it may be written.
        let former = match OpenOptions::new().write(true).open(path) {
            Ok(former) => former,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Self::beside(path.to_owned(), Permissions::from_mode(MODE), false);
            }
            Err(error) => return Err(error),
        };
        let metadata = former.metadata()?;
        if !metadata.is_file() {
            return Ok(Self {
                file: former,
                part: None,
                is_new: false,
            });
        }
        // Where a link leads to is replaced, and not the link.
        let whole = Self::beside(fs::canonicalize(path)?, metadata.permissions(), false)?;
        whole.file.set_permissions(metadata.permissions())?;
        Ok(whole)
    }

    /// Creates a file whose name must be free: when it is whole, too.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and those of the system.
    pub fn create_new(path: &Path) -> io::Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Self::beside(path.to_owned(), Permissions::from_mode(MODE), true)
    }

    fn beside(path: PathBuf, permissions: Permissions, is_new: bool) -> io::Result<Self> {
        let mut prefix = path.file_name().unwrap_or_default().to_owned();
        prefix.push(".");
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let (file, part) = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(".part")
            .permissions(permissions)
            .tempfile_in(folder)?
            .into_parts();
        Ok(Self {
            file,
            part: Some((part, path)),
            is_new,
        })
    }

    /// Returns where it is until it is whole; `None` for what is no regular file.
    pub fn part(&self) -> Option<&Path> {
        self.part.as_ref().map(|(part, _)| &**part)
    }

    /// Gives the file its name, once it is on disk.
    ///
    /// # Errors
    /// Those of the system, and [`io::ErrorKind::AlreadyExists`] for a name that was to be free.
    pub fn finish(self) -> io::Result<()> {
        let Some((part, path)) = self.part else {
            return Ok(());
        };
        self.file.sync_all()?;
        let named = match self.is_new {
            true => part.persist_noclobber(path),
            false => part.persist(path),
        };
        Ok(named?)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the names in a folder, in their order.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_exists_stays_until_the_new_one_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        for is_finished in [false, true] {
            let mut file = WholeFile::create(&path).unwrap();
            file.write_all(b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"old");
            let part = file.part().unwrap().to_owned();
            assert!(part.extension().is_some_and(|ending| ending == "part"));
            assert_eq!(fs::read(&part).unwrap(), b"new");
            match is_finished {
                true => file.finish().unwrap(),
                false => drop(file),
            }
            assert_eq!(names(dir.path()), ["a.csv"]);
        }
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn a_link_stays_and_what_it_names_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let [link, file] = ["link", "file"].map(|name| dir.path().join(name));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        let mut new = WholeFile::create(&link).unwrap();
        new.write_all(b"new").unwrap();
        new.finish().unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }

    #[test]
    fn a_name_that_is_to_be_free_is_never_taken_from_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.warc");
        let exists = |error: io::Error| error.kind() == io::ErrorKind::AlreadyExists;
        let file = WholeFile::create_new(&path).unwrap();
        fs::write(&path, "another").unwrap();
        assert!(exists(file.finish().unwrap_err()));
        assert!(exists(WholeFile::create_new(&path).unwrap_err()));
        assert_eq!(fs::read(&path).unwrap(), b"another");
        assert_eq!(names(dir.path()), ["a.warc"]);
    }

    #[test]
    fn a_device_is_written_to() {
        let mut null = WholeFile::create(Path::new("/dev/null")).unwrap();
        assert_eq!(null.part(), None);
        null.write_all(b"a").unwrap();
        null.finish().unwrap();
    }
}
