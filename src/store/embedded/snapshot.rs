//! Snapshots: a copy of the store's files at one moment, with a manifest that has a checksum for every
//! piece of them.
//!
//! Files that never change are linked where the file system allows it: segments of the journal that are
//! not appended to, and runs. A snapshot is not a store that can be opened in its place: it is read by
//! [`restore`], which checks every byte and copies it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use super::catalogue::Checkpoint;
use super::disk::Disk;
use super::shared::SharedStore;
use super::{files, journal_dir};
use crate::store::{Error, Result, SnapshotSummary, Store};

/// The name of the manifest.
const MANIFEST: &str = "manifest";
/// Its first line.
const TITLE: &str = "wirecopy snapshot 1";
/// Bytes of a piece.
const PIECE: u64 = 1 << 20;
/// How often the index is looked for anew if its runs are merged while they are linked.
const ATTEMPTS: usize = 50;

/// The files of a snapshot by their pieces.
#[derive(Debug, Default)]
struct SnapshotManifest {
    pieces: Vec<Piece>,
}

/// A piece of a file.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    /// Relative to the snapshot.
    path: String,
    offset: u64,
    bytes: u64,
    crc: u32,
}

/// Refuses to use a snapshot in its place as if it were a store: its files are shared with the store that it
/// was made of.
pub fn refuse(dir: &Path) -> Result<()> {
    match dir.join(MANIFEST).exists() {
        true => {
            let why = "it is a snapshot; `wirecopy restore` makes a store of it";
            Err(invalid("open", dir, why))
        }
        false => Ok(()),
    }
}

/// Refuses to write a copy of a directory into that directory.
fn refuse_inside(to: &Path, from: &Path) -> Result<()> {
    let from = from.canonicalize().map_err(files::failed("find", from))?;
    let absolute = std::path::absolute(to).map_err(files::failed("find", to))?;
    // The nearest folder of it that is there.
    let there = absolute.ancestors().find_map(|dir| dir.canonicalize().ok());
    match there.is_some_and(|dir| dir.starts_with(&from)) {
        true => {
            let why = format!("it is inside `{}`, which is to be copied", from.display());
            Err(invalid("write to", to, why))
        }
        false => Ok(()),
    }
}

fn invalid(what: &'static str, path: &Path, why: impl Into<String>) -> Error {
    files::failed(what, path)(io::Error::new(io::ErrorKind::InvalidInput, why.into()))
}

impl SharedStore {
    /// Writes a snapshot to a directory that does not exist. It has everything that was committed before
    /// the call.
    pub fn copy_to(&self, store: &dyn Store, to: &Path) -> Result<SnapshotSummary> {
        refuse_inside(to, &self.dir)?;
        let mut partial = to.to_owned().into_os_string();
        partial.push(".tmp");
        let partial = PathBuf::from(partial);
        files::remove(&*self.disk, &partial)?;
        create_dirs(&partial)?;
        let written = self.write_snapshot(store, &partial);
        let summary = written.inspect_err(|_| {
            let _ = files::remove(&*self.disk, &partial); // or the next one of this name does
        })?;
        fs::rename(&partial, to).map_err(files::failed("rename", &partial))?;
        files::sync_dir(&*self.disk, files::parent(to))?;
        Ok(summary)
    }

    fn write_snapshot(&self, store: &dyn Store, to: &Path) -> Result<SnapshotSummary> {
        let _replacing = self.replacing()?;
        self.link_index(to)?;
        // After the index, which must not be ahead of the journal.
        store.commit()?;
        let (end, active) = {
            let journal = self.journal()?;
            (journal.end, journal.last().1)
        };
        self.sync_journal(end.sequence)?;
        let (from, journal) = (journal_dir(&self.dir), journal_dir(to));
        create_dirs(&journal)?;
        for segment in super::journal::segment_files(&from)? {
            let path = from.join(&segment);
            if path == active {
                copy_start(&path, &journal.join(&segment), end.offset)?;
            } else if path < active {
                link(&path, &journal.join(&segment))?;
            }
        }
        let (shape, copy) = (self.dir.join("shape"), to.join("shape"));
        fs::copy(&shape, copy).map_err(files::failed("copy", &shape))?;
        files::sync_tree(&*self.disk, to)?;
        let manifest = SnapshotManifest::of(to)?;
        files::write_atomically(
            &*self.disk,
            &to.join(MANIFEST),
            manifest.encode().as_bytes(),
        )?;
        Ok(manifest.summary(end.sequence))
    }

    /// Links the checkpoint's runs, and copies the checkpoint.
    fn link_index(&self, to: &Path) -> Result<()> {
        let index = to.join("index");
        for _ in 0..ATTEMPTS {
            let Some(checkpoint) = Checkpoint::read(&self.dir)? else {
                return Ok(()); // it is rebuilt where the snapshot is restored
            };
            create_dirs(&index)?;
            let runs = checkpoint.rows.iter().chain(&checkpoint.postings);
            let mut linked = runs.map(|run| {
                let run = run.number.to_string();
                link_tree(&self.dir.join("index").join(&run), &index.join(&run))
            });
            match linked.find(Result::is_err) {
                None => return checkpoint.write(&*self.disk, to),
                // It was merged meanwhile.
                Some(Err(Error::Io { source, .. })) if source.kind() == io::ErrorKind::NotFound => {
                    files::remove(&*self.disk, &index)?;
                }
                Some(failed) => return failed,
            }
        }
        Err(Error::Index(
            "its runs change too fast to be copied".to_owned(),
        ))
    }
}

/// Checks a snapshot, and copies it to a directory that does not exist, or is empty: a store. Returns what
/// it has; the number of entries is not known. What a failed restore has written is removed.
pub fn restore(disk: &dyn Disk, snapshot: &Path, to: &Path) -> Result<SnapshotSummary> {
    let manifest = SnapshotManifest::read(snapshot)?;
    refuse_inside(to, snapshot)?;
    let was_there = to.exists();
    create_dirs(to)?;
    if let Some(name) = files::names(to)?.first() {
        let source = io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("it is not empty: it has `{}`", name.display()),
        );
        return Err(files::failed("restore to", to)(source));
    }
    let restored = copy_checked(disk, &manifest, snapshot, to);
    restored.inspect_err(|_| {
        // The failure is what the caller must know.
        let _ = match was_there {
            true => remove_contents(disk, to),
            false => files::remove(disk, to),
        };
    })?;
    Ok(manifest.summary(0))
}

fn remove_contents(disk: &dyn Disk, dir: &Path) -> Result<()> {
    let mut names = files::names(dir)?.into_iter();
    names.try_for_each(|name| files::remove(disk, &dir.join(name)))
}

/// Copies the files of a snapshot, which must be as its manifest says.
fn copy_checked(
    disk: &dyn Disk,
    manifest: &SnapshotManifest,
    snapshot: &Path,
    to: &Path,
) -> Result<()> {
    let mut shape = None;
    for pieces in manifest.pieces.chunk_by(|one, next| one.path == next.path) {
        let copy = to.join(&pieces[0].path);
        if pieces[0].path == "shape" {
            let mut bytes = Vec::new();
            read_checked(snapshot, pieces, &mut |piece| {
                bytes.extend_from_slice(piece);
                Ok(())
            })?;
            shape = Some((copy, bytes));
            continue;
        }
        create_dirs(files::parent(&copy))?;
        let mut file = File::create_new(&copy).map_err(files::failed("create", &copy))?;
        read_checked(snapshot, pieces, &mut |piece| {
            file.write_all(piece).map_err(files::failed("write", &copy))
        })?;
    }
    files::sync_tree(disk, to)?;
    files::sync_dir(disk, files::parent(to))?;
    // Without its shape it is no store yet.
    let (copy, bytes) =
        shape.ok_or_else(|| damaged_copy(&snapshot.join(MANIFEST), 0, "it has no shape file"))?;
    files::write_atomically(disk, &copy, &bytes)
}

impl SnapshotManifest {
    /// Reads all files below a directory.
    fn of(dir: &Path) -> Result<Self> {
        let mut manifest = Self::default();
        for path in files_below(dir, Path::new(""))? {
            let at = dir.join(&path);
            let name = path.to_str().ok_or_else(|| {
                let source = io::Error::new(io::ErrorKind::InvalidInput, "its name is not UTF-8");
                files::failed("copy", &at)(source)
            })?;
            let mut file = File::open(&at).map_err(files::failed("open", &at))?;
            let mut offset = 0;
            loop {
                let bytes = read_piece(&mut file).map_err(files::failed("read", &at))?;
                // An empty file has an empty piece.
                if bytes.is_empty() && offset > 0 {
                    break;
                }
                manifest.pieces.push(Piece {
                    path: name.to_owned(),
                    offset,
                    bytes: bytes.len() as u64,
                    crc: crc32c::crc32c(&bytes),
                });
                offset += bytes.len() as u64;
                if (bytes.len() as u64) < PIECE {
                    break;
                }
            }
        }
        Ok(manifest)
    }

    fn summary(&self, entries: u64) -> SnapshotSummary {
        SnapshotSummary {
            files: self.pieces.iter().filter(|piece| piece.offset == 0).count() as u64,
            bytes: self.pieces.iter().map(|piece| piece.bytes).sum(),
            entries,
        }
    }

    fn encode(&self) -> String {
        let mut text = format!("{TITLE}\n");
        for piece in &self.pieces {
            let Piece {
                path,
                offset,
                bytes,
                crc,
            } = piece;
            text += &format!("{crc:08x} {offset} {bytes} {path}\n");
        }
        let crc = crc32c::crc32c(text.as_bytes());
        text + &format!("{crc:08x} end\n")
    }

    fn read(snapshot: &Path) -> Result<Self> {
        let path = snapshot.join(MANIFEST);
        let text = fs::read(&path).map_err(files::failed("read", &path))?;
        let damaged = |at: usize, why| damaged_copy(&path, at as u64, why);
        let text = String::from_utf8(text).map_err(|_| damaged(0, "not a manifest"))?;
        let (body, last) = text
            .trim_end_matches('\n')
            .rsplit_once('\n')
            .map(|(body, last)| (format!("{body}\n"), last.to_owned()))
            .ok_or_else(|| damaged(0, "not a manifest"))?;
        if last != format!("{:08x} end", crc32c::crc32c(body.as_bytes())) {
            return Err(damaged(
                body.len(),
                "the manifest's checksum does not match",
            ));
        }
        let mut lines = body.lines();
        if lines.next() != Some(TITLE) {
            return Err(damaged(0, "not the manifest of a snapshot of this version"));
        }
        let pieces = lines.map(|line| parse_piece(line).ok_or_else(|| damaged(0, line)));
        Ok(Self {
            pieces: pieces.collect::<Result<_>>()?,
        })
    }
}

fn parse_piece(line: &str) -> Option<Piece> {
    let mut words = line.splitn(4, ' ');
    let piece = Piece {
        crc: u32::from_str_radix(words.next()?, 16).ok()?,
        offset: words.next()?.parse().ok()?,
        bytes: words.next()?.parse().ok().filter(|&bytes| bytes <= PIECE)?,
        path: words.next()?.to_owned(),
    };
    // It must not lead out of the store.
    let mut parts = Path::new(&piece.path).components();
    let is_below = !piece.path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)));
    is_below.then_some(piece)
}

/// Reads a file, whose pieces must be as the manifest says.
fn read_checked(
    snapshot: &Path,
    pieces: &[Piece],
    each: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let from = snapshot.join(&pieces[0].path);
    let mut file = File::open(&from).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => damaged_copy(&from, 0, "the file is missing"),
        _ => files::failed("open", &from)(error),
    })?;
    let mut end = 0;
    for piece in pieces {
        let bytes = read_piece(&mut file).map_err(files::failed("read", &from))?;
        let is_whole = piece.offset == end
            && bytes.len() as u64 == piece.bytes
            && crc32c::crc32c(&bytes) == piece.crc;
        if !is_whole {
            let why = "it is not as it was when the snapshot was made";
            return Err(damaged_copy(&from, piece.offset, why));
        }
        each(&bytes)?;
        end += piece.bytes;
    }
    let rest = read_piece(&mut file).map_err(files::failed("read", &from))?;
    if !rest.is_empty() {
        return Err(damaged_copy(&from, end, "it has become longer"));
    }
    Ok(())
}

/// Returns the error for a file of a snapshot that is not what was copied.
fn damaged_copy(path: &Path, offset: u64, why: &str) -> Error {
    Error::SnapshotDamaged {
        path: path.to_owned(),
        offset,
        why: why.to_owned(),
    }
}

/// Reads a piece of a file, which is shorter at its end.
fn read_piece(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(PIECE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Lists the files below a directory, relative to it, in order.
fn files_below(dir: &Path, below: &Path) -> Result<Vec<PathBuf>> {
    let mut names = files::names(&dir.join(below))?;
    names.sort_unstable();
    let mut found = Vec::new();
    for name in names {
        let path = below.join(name);
        match dir.join(&path).is_dir() {
            true => found.extend(files_below(dir, &path)?),
            false => found.push(path),
        }
    }
    Ok(found)
}

/// Links a file that never changes, or copies it where it cannot be linked.
fn link(from: &Path, to: &Path) -> Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(files::failed("link", from)(error))
        }
        Err(_) => fs::copy(from, to)
            .map(drop)
            .map_err(files::failed("copy", from)),
    }
}

fn link_tree(from: &Path, to: &Path) -> Result<()> {
    create_dirs(to)?;
    for path in files_below(from, Path::new(""))? {
        create_dirs(files::parent(&to.join(&path)))?;
        link(&from.join(&path), &to.join(&path))?;
    }
    Ok(())
}

/// Copies the first bytes of a file.
fn copy_start(from: &Path, to: &Path, bytes: u64) -> Result<()> {
    let file = File::open(from).map_err(files::failed("open", from))?;
    let mut copy = File::create_new(to).map_err(files::failed("create", to))?;
    let copied = io::copy(&mut file.take(bytes), &mut copy);
    let copied = copied.map_err(files::failed("copy", from))?;
    if copied < bytes {
        return Err(files::damaged(from, copied, "the segment has lost bytes"));
    }
    Ok(())
}

fn create_dirs(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(files::failed("create", dir))
}
