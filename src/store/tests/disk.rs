//! A disk for tests: it fails the n-th operation, and records all of them, so that what a power loss
//! leaves at any moment can be built from the record. It syncs nothing for real.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard};

use super::random::DamageRng;
use crate::store::embedded::disk::{Disk, DiskSpace, Opening, SystemDisk};

/// Bytes that a disk writes as a whole.
const SECTOR: usize = 512;

/// The number of a file. A file that is written from the start is a new one.
type FileId = usize;

/// Something that happened to the disk.
#[derive(Debug, Clone)]
enum DiskEvent {
    /// A name leads to a file from now on. The name is durable once its folder is synced.
    Link(PathBuf, FileId),
    /// The name, and all below it, are gone, likewise.
    Unlink(PathBuf),
    /// A file has another name, likewise.
    Rename(PathBuf, PathBuf, FileId),
    Write(FileId, usize, Vec<u8>),
    Cut(FileId, usize),
    Sync(FileId),
    SyncDir(PathBuf),
    /// So many articles were acknowledged by now.
    Acknowledged(u64),
}

#[derive(Debug, Default)]
struct DiskRecord {
    events: Vec<DiskEvent>,
    names: BTreeMap<PathBuf, FileId>,
    files: FileId,
}

impl DiskRecord {
    /// Returns the file of a name. One that sled wrote is noted with its content of this moment.
    fn file(&mut self, path: &Path) -> FileId {
        if let Some(&file) = self.names.get(path) {
            return file;
        }
        let file = self.link(path);
        let content = fs::read(path).unwrap_or_default();
        self.events.push(DiskEvent::Write(file, 0, content));
        file
    }

    fn link(&mut self, path: &Path) -> FileId {
        let file = self.files;
        self.files += 1;
        self.names.insert(path.to_owned(), file);
        self.events.push(DiskEvent::Link(path.to_owned(), file));
        file
    }
}

/// The disk. Operations that change something are counted from 0.
#[derive(Debug)]
pub struct TestDisk {
    record: Mutex<DiskRecord>,
    count: AtomicUsize,
    /// The operation that fails, and how; all others work.
    failing: Option<(usize, io::ErrorKind)>,
    has_failed_to_remove: AtomicBool,
    free: AtomicU64,
}

impl TestDisk {
    /// Size of the disk.
    pub const TOTAL: u64 = 100 << 30;

    pub fn new() -> Self {
        Self {
            record: Mutex::default(),
            count: AtomicUsize::new(0),
            failing: None,
            has_failed_to_remove: AtomicBool::new(false),
            free: AtomicU64::new(Self::TOTAL),
        }
    }

    /// Returns a disk whose operation `at` fails.
    pub fn failing(at: usize, how: io::ErrorKind) -> Self {
        Self {
            failing: Some((at, how)),
            ..Self::new()
        }
    }

    /// Returns whether an operation has failed.
    pub fn has_failed(&self) -> bool {
        self.failing.is_some_and(|(at, _)| self.operations() > at)
    }

    /// Returns the number of operations so far.
    pub fn operations(&self) -> usize {
        self.count.load(SeqCst)
    }

    /// Returns whether an operation from the number `from` on failed that leaves a store without knowing
    /// what is on disk: not one that removes what nobody needs, nor one on a full disk.
    pub fn must_stop(&self, from: usize) -> bool {
        self.has_failed()
            && !self.has_failed_to_remove.load(SeqCst)
            && self
                .failing
                .is_some_and(|(at, how)| at >= from && how != io::ErrorKind::StorageFull)
    }

    pub fn set_free(&self, bytes: u64) {
        self.free.store(bytes, SeqCst);
    }

    /// Records that so many articles were acknowledged.
    pub fn acknowledge(&self, articles: u64) {
        self.push(DiskEvent::Acknowledged(articles));
    }

    /// Returns the number of recorded events.
    pub fn events(&self) -> usize {
        self.record().events.len()
    }

    fn record(&self) -> MutexGuard<'_, DiskRecord> {
        self.record.lock().unwrap()
    }

    fn push(&self, event: DiskEvent) {
        self.record().events.push(event);
    }

    /// Counts an operation. An error is what it fails with.
    fn begin(&self) -> io::Result<()> {
        let at = self.count.fetch_add(1, SeqCst);
        match self.failing {
            Some((failing, how)) if failing == at => Err(how.into()),
            _ => Ok(()),
        }
    }

    /// Builds in a folder what a power loss after so many events leaves of another one, and returns how
    /// many articles had been acknowledged. What was not synced is lost in part, as the random numbers
    /// have it: sectors, lengths and names, in any order.
    pub fn build_image(
        &self,
        (from, to): (&Path, &Path),
        events: usize,
        loss: Loss,
        random: &mut DamageRng,
    ) -> u64 {
        let mut image = DiskImage::default();
        let mut acknowledged = 0;
        for event in &self.record().events[..events] {
            match event {
                DiskEvent::Acknowledged(articles) => acknowledged = *articles,
                event => image.apply(event),
            }
        }
        image.lose(loss, random);
        for (path, file) in &image.names {
            let to = to.join(path.strip_prefix(from).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, &image.files[file].durable).unwrap();
        }
        acknowledged
    }
}

/// What a power loss takes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Nothing,
    Everything,
    Anything,
}

/// What is on the disk at some moment.
#[derive(Default)]
struct DiskImage {
    /// The durable names.
    names: BTreeMap<PathBuf, FileId>,
    /// Changes of names that are not durable.
    renamed: Vec<DiskEvent>,
    files: BTreeMap<FileId, ImageFile>,
}

#[derive(Default)]
struct ImageFile {
    durable: Vec<u8>,
    /// Writes and cuts that are not durable.
    pending: Vec<DiskEvent>,
}

impl DiskImage {
    fn apply(&mut self, event: &DiskEvent) {
        match event {
            DiskEvent::Link(_, file) => {
                self.files.insert(*file, ImageFile::default());
                self.renamed.push(event.clone());
            }
            DiskEvent::Unlink(_) | DiskEvent::Rename(..) => self.renamed.push(event.clone()),
            DiskEvent::Write(file, ..) | DiskEvent::Cut(file, _) => {
                let file = self.files.get_mut(file).unwrap();
                file.pending.push(event.clone());
            }
            DiskEvent::Sync(file) => {
                let file = self.files.get_mut(file).unwrap();
                for event in std::mem::take(&mut file.pending) {
                    file.change(&event);
                }
            }
            DiskEvent::SyncDir(dir) => {
                let is_in = |event: &mut DiskEvent| match event {
                    DiskEvent::Link(path, _)
                    | DiskEvent::Unlink(path)
                    | DiskEvent::Rename(_, path, _) => path.parent() == Some(dir.as_path()),
                    _ => false,
                };
                let durable: Vec<_> = self.renamed.extract_if(.., is_in).collect();
                durable.iter().for_each(|event| self.rename(event));
            }
            DiskEvent::Acknowledged(_) => {}
        }
    }

    fn rename(&mut self, event: &DiskEvent) {
        match event {
            DiskEvent::Link(path, file) => {
                self.names.insert(path.clone(), *file);
            }
            DiskEvent::Unlink(path) => self.names.retain(|name, _| !name.starts_with(path)),
            DiskEvent::Rename(from, to, file) => {
                if self.names.get(from) == Some(file) {
                    self.names.remove(from);
                }
                self.names.insert(to.clone(), *file);
            }
            _ => {}
        }
    }

    /// Decides what remains of what is not durable.
    fn lose(&mut self, loss: Loss, random: &mut DamageRng) {
        let mut stays = |one_in: u64| match loss {
            Loss::Nothing => true,
            Loss::Everything => false,
            Loss::Anything => random.below(one_in) > 0,
        };
        for event in std::mem::take(&mut self.renamed) {
            if stays(2) {
                self.rename(&event);
            }
        }
        for file in self.files.values_mut() {
            for event in std::mem::take(&mut file.pending) {
                let DiskEvent::Write(id, offset, bytes) = &event else {
                    if stays(2) {
                        file.change(&event);
                    }
                    continue;
                };
                let end = offset + bytes.len();
                let mut at = *offset;
                while at < end {
                    let next = ((at / SECTOR + 1) * SECTOR).min(end);
                    if stays(2) {
                        let sector = bytes[at - offset..next - offset].to_vec();
                        file.change(&DiskEvent::Write(*id, at, sector));
                    }
                    at = next;
                }
                // A file may have its new length without its new content.
                if loss == Loss::Anything && !stays(4) && file.durable.len() < end {
                    file.durable.resize(end, 0);
                }
            }
        }
    }
}

impl ImageFile {
    fn change(&mut self, event: &DiskEvent) {
        match event {
            DiskEvent::Write(_, offset, bytes) => {
                let end = offset + bytes.len();
                if self.durable.len() < end {
                    self.durable.resize(end, 0);
                }
                self.durable[*offset..end].copy_from_slice(bytes);
            }
            DiskEvent::Cut(_, length) => self.durable.truncate(*length),
            _ => {}
        }
    }
}

impl Disk for TestDisk {
    fn open(&self, path: &Path, opening: Opening) -> io::Result<File> {
        self.begin()?;
        let file = SystemDisk.open(path, opening)?;
        if opening == Opening::Replace {
            self.record().link(path);
        }
        Ok(file)
    }

    fn write(&self, path: &Path, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let done = self.begin();
        // A write that fails may have written anything.
        let bytes = match done {
            Ok(()) => bytes,
            Err(_) => &bytes[..bytes.len() / 2],
        };
        let mut record = self.record();
        let id = record.file(path);
        record
            .events
            .push(DiskEvent::Write(id, offset as usize, bytes.to_vec()));
        SystemDisk.write(path, file, bytes, offset)?;
        done
    }

    fn cut(&self, path: &Path, file: &File, bytes: u64) -> io::Result<()> {
        self.begin()?;
        let mut record = self.record();
        let id = record.file(path);
        record.events.push(DiskEvent::Cut(id, bytes as usize));
        SystemDisk.cut(path, file, bytes)
    }

    fn sync(&self, path: &Path, _: &File) -> io::Result<()> {
        self.begin()?;
        let mut record = self.record();
        let id = record.file(path);
        record.events.push(DiskEvent::Sync(id));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.begin()?;
        let mut record = self.record();
        let id = record.file(from);
        record.names.remove(from);
        record.names.insert(to.to_owned(), id);
        let event = DiskEvent::Rename(from.to_owned(), to.to_owned(), id);
        record.events.push(event);
        SystemDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.begin()
            .inspect_err(|_| self.has_failed_to_remove.store(true, SeqCst))?;
        let mut record = self.record();
        SystemDisk.remove(path)?;
        record.names.retain(|name, _| !name.starts_with(path));
        record.events.push(DiskEvent::Unlink(path.to_owned()));
        Ok(())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.begin()?;
        SystemDisk.create_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.begin()?;
        self.push(DiskEvent::SyncDir(path.to_owned()));
        Ok(())
    }

    fn space(&self, _: &Path) -> io::Result<DiskSpace> {
        Ok(DiskSpace {
            free: self.free.load(SeqCst),
            total: Self::TOTAL,
        })
    }
}
