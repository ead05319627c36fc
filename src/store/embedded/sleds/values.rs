//! The numbered values of a run. Each has a checksum before its content, because sled returns damaged
//! bytes as good ones.

use std::sync::Arc;

use rustix::io::Errno;

use super::{Locations, SledRuns, extent, le_u32};
use crate::store::{Error, Result};

/// Bytes of the checksum.
const HEADER_BYTES: usize = 4;

/// The values of a run.
#[derive(Debug)]
pub struct RunValues {
    sleds: Arc<SledRuns>,
    run: u32,
    locations: Locations,
}

impl RunValues {
    /// Loads where the values of a run lie.
    pub fn load(sleds: &Arc<SledRuns>, run: u32) -> Self {
        Self {
            sleds: sleds.clone(),
            run,
            locations: Locations::load(&sleds.dir_of(run), &sleds.secret, sleds.handles.clone()),
        }
    }

    /// Reads a value: at its location, or if it is not intact there, from sled.
    pub fn get(&self, number: u32) -> Result<Vec<u8>> {
        let unseal = |sealed| unseal(self.run, number, sealed);
        match self.locations.read(number).map(unseal) {
            Some(Ok(content)) => Ok(content),
            _ => unseal(self.sleds.get(self.run, number).map_err(unreadable)?),
        }
    }
}

/// Turns the error of a disk that cannot read a sector into damage, which a new index, elsewhere on the
/// disk, can mend.
fn unreadable(error: Error) -> Error {
    match error {
        Error::Io { ref source, .. } if source.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
            Error::Index(error.to_string())
        }
        error => error,
    }
}

/// Returns a value's content with its header.
pub fn seal(run: u32, number: u32, content: &[u8]) -> Vec<u8> {
    [&checksum(run, number, content).to_le_bytes(), content].concat()
}

/// Checks a value and removes its header.
fn unseal(run: u32, number: u32, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    let failed = |why: &str| Error::Index(format!("value {number} of run {run}: {why}"));
    let Some((header, content)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err(failed("cut short"));
    };
    if le_u32(header) != checksum(run, number, content) {
        return Err(failed("checksum mismatch"));
    }
    bytes.drain(..HEADER_BYTES);
    Ok(bytes)
}

/// Returns the checksum of a value. It covers run and number too, so that a value in the wrong
/// place is refused.
fn checksum(run: u32, number: u32, content: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&run.to_be_bytes());
    let crc = crc32c::crc32c_append(crc, &extent::key(number));
    crc32c::crc32c_append(crc, content)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::super::super::disk::{Disk, SystemDisk};
    use super::super::SledWriter;
    use super::super::extent::SECRET;
    use super::*;

    const VALUES: u32 = 40;

    fn sleds(dir: &tempfile::TempDir) -> Arc<SledRuns> {
        let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
        SledRuns::open(&disk, &dir.path().join("index"), SECRET).unwrap()
    }

    fn load(sleds: &Arc<SledRuns>) -> RunValues {
        RunValues::load(sleds, 3)
    }

    /// Empty, small, many to an extent, one to an extent, and larger than an extent.
    fn content(number: u32) -> Vec<u8> {
        let lengths = [0, 5, 4000, 119_000, 140_000];
        vec![number as u8; lengths[number as usize % lengths.len()]]
    }

    fn write(sleds: &Arc<SledRuns>, run: u32, numbers: impl Iterator<Item = u32>) -> SledWriter {
        let mut writer = sleds.create(run).unwrap();
        for number in numbers {
            writer.push(&content(number)).unwrap();
        }
        assert_eq!(writer.count(), VALUES);
        writer.end_extent().unwrap();
        writer
    }

    fn check(values: &RunValues) {
        for number in 0..VALUES {
            assert_eq!(values.get(number).unwrap(), content(number));
        }
        assert!(values.get(VALUES).is_err());
    }

    #[test]
    fn values_are_read_at_their_location_or_from_sled() {
        let dir = tempfile::tempdir().unwrap();
        let sleds = sleds(&dir);
        write(&sleds, 3, 0..VALUES).seal().unwrap();
        let values = load(&sleds);
        check(&values);
        // sled stores each value as it is given, and in one piece: every location is found.
        let are_found = |values: &RunValues| {
            let is_found = |number| {
                let sealed = values.locations.read(number).unwrap_or_default();
                unseal(3, number, sealed).is_ok()
            };
            (0..VALUES).all(is_found)
        };
        assert!(are_found(&values));
        for number in 0..VALUES {
            let sealed = sleds.get(3, number).unwrap();
            assert_eq!(values.locations.read(number).unwrap(), sealed);
        }
        // Opening the sled and reading from it moves nothing.
        assert!(are_found(&values) && are_found(&load(&sleds)));

        let run = dir.path().join("index/3");
        fs::remove_file(run.join("locations")).unwrap();
        assert!(are_found(&load(&sleds)));
        // Make the locations wrong.
        let blobs = fs::read_dir(run.join("blobs")).unwrap();
        for blob in blobs.map(|blob| blob.unwrap().path()) {
            let bytes = fs::read(&blob).unwrap();
            fs::write(&blob, [b"more", bytes.as_slice()].concat()).unwrap();
        }
        let damaged = load(&sleds);
        let mut lost = 0;
        for number in 0..VALUES {
            match damaged.get(number) {
                Ok(value) => assert_eq!(value, content(number)),
                Err(_) => lost += 1,
            }
        }
        assert!(lost > 0);

        assert_eq!(sleds.list().unwrap(), [3]);
        drop(values);
        sleds.remove(3).unwrap();
        assert!(sleds.list().unwrap().is_empty());
        assert!(load(&sleds).get(0).is_err());
    }

    #[test]
    fn values_at_wrong_locations_are_read_from_sled() {
        let dir = tempfile::tempdir().unwrap();
        let sleds = sleds(&dir);
        write(&sleds, 3, 0..VALUES).seal().unwrap();
        // The locations of a run with other values.
        write(&sleds, 4, (0..VALUES).rev()).seal().unwrap();
        let locations = |run| dir.path().join("index").join(run).join("locations");
        fs::copy(locations("4"), locations("3")).unwrap();
        check(&load(&sleds));
    }

    #[test]
    fn a_sled_that_cannot_write_fails_and_lets_go() {
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            let dir = tempfile::tempdir().unwrap();
            let mut writer = sleds(&dir).create(5).unwrap();
            fs::remove_dir_all(dir.path().join("index")).unwrap();
            // sled has its log open, but creates a file for each value over 128 KiB.
            let big = vec![7; 300_000];
            let pushed = (0..10).try_for_each(|_| writer.push(&big));
            drop(writer);
            done.send(pushed.is_err()).unwrap();
        });
        assert!(is_done.recv_timeout(Duration::from_secs(20)).unwrap());
    }

    #[test]
    fn an_unsealed_run_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let sleds = sleds(&dir);
        drop(write(&sleds, 4, 0..VALUES));
        assert!(sleds.list().unwrap().is_empty());
    }
}
