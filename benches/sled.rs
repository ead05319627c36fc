//! The cost of sled alone: random values are written in order, as the runs of the index are, and some
//! of them are read after the sled was opened again.
//!
//!     cargo bench --bench sled                     # 200 MiB, of several sizes of values
//!     cargo bench --bench sled -- 2000 122880      # 2000 MiB, in values of 122,880 bytes
//!     cargo bench --bench sled -- 2000 122880 64   # and opened again after every 64 MiB
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;
const SIZES: [u64; 6] = [4_352, 16_384, 65_536, 122_880, 262_144, 1_048_576];
/// One in 17 values is read.
const READ_STRIDE: u64 = 17;

fn main() {
    let arguments = std::env::args().skip(1).filter(|one| one != "--bench");
    let numbers: Vec<u64> = arguments
        .map(|one| one.parse().expect("a number"))
        .collect();
    let bytes = numbers.first().map_or(200, |&mib| mib) * MIB;
    let anew = numbers.get(2).map_or(u64::MAX, |&mib| mib * MIB);
    println!("bytes a value   write s   written   on disk   held MiB   open s   us a read");
    match numbers.get(1) {
        Some(&size) => measure(bytes, size, anew),
        None => SIZES.iter().for_each(|&size| measure(bytes, size, anew)),
    }
}

fn open(dir: &Path) -> sled::Db {
    let config = || {
        let config = sled::Config::new().path(dir).cache_capacity(4 * MIB);
        config.flush_every_ms(None)
    };
    let begun = Instant::now();
    loop {
        match config().open() {
            // sled's threads release the files a moment after it is closed.
            Err(error) if begun.elapsed() > Duration::from_secs(10) => panic!("{error}"),
            Err(_) => thread::sleep(Duration::from_millis(2)),
            Ok(db) => return db,
        }
    }
}

fn measure(bytes: u64, size: u64, anew: u64) {
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    let dir = dir.path();
    let count = (bytes / size).max(1);
    let (written, held) = (of_process("io", "wchar"), of_process("status", "VmRSS"));
    let begun = Instant::now();
    let mut db = open(dir);
    let (mut random, mut since) = (1, 0);
    let mut value = vec![0; size as usize];
    for number in 0..count {
        fill(&mut value, &mut random);
        if since >= anew {
            db.flush().expect("room on the disk");
            drop(db);
            db = open(dir);
            since = 0;
        }
        since += size;
        db.insert(number.to_be_bytes(), value.as_slice())
            .expect("room on the disk");
    }
    db.flush().expect("room on the disk");
    let write = begun.elapsed().as_secs_f64();
    let held = of_process("status", "VmRSS").saturating_sub(held) / 1024;
    drop(db);
    let written = of_process("io", "wchar") - written;

    let begun = Instant::now();
    let db = open(dir);
    let opened = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let read = (0..count).step_by(READ_STRIDE as usize);
    let lengths = read.map(|number| db.get(number.to_be_bytes()).expect("a sled that holds"));
    let lengths: Vec<usize> = lengths.map(|value| value.expect("a value").len()).collect();
    assert!(lengths.iter().all(|&length| length == size as usize));
    println!(
        "{size:>13} {write:>9.2} {:>9.2} {:>9.2} {held:>10} {opened:>8.3} {:>11.1}",
        written as f64 / bytes as f64,
        disk_bytes(dir) as f64 / bytes as f64,
        begun.elapsed().as_secs_f64() * 1e6 / lengths.len() as f64,
    );
}

/// Fills a value with random bytes (xorshift), which do not compress.
fn fill(value: &mut [u8], random: &mut u64) {
    for bytes in value.chunks_mut(8) {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        bytes.copy_from_slice(&random.to_le_bytes()[..bytes.len()]);
    }
}

fn disk_bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => disk_bytes(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(of).sum()
}

/// Returns a figure from this process's directory in `/proc`.
fn of_process(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
