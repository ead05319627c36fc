//! The parameters that determine stored bytes: written when a store is created, and compared at
//! every open.
//!
//! A parameter whose name ends in `_version` is a version of the program's. A store with a lower one is
//! brought up to date. Everything else must be as it was.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::{files, le_u32};
use crate::store::Result;

const MAGIC: &[u8; 8] = b"WCSHAPE\0";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 16;
/// Stands in a message for a parameter that one side lacks.
const MISSING: &str = "(none)";

/// Writes the parameters of a new store, or compares them with those of an existing one. Returns why the
/// store must be brought up to date, if it must.
pub fn agree(disk: &dyn Disk, dir: &Path, given: &[(String, String)]) -> Result<Option<String>> {
    match read(dir)? {
        Some(stored) => compare(dir, &stored, given),
        None => write(disk, dir, given).map(|()| None),
    }
}

/// Writes the parameters of a new store, or of one that was brought up to date.
pub fn write(disk: &dyn Disk, dir: &Path, given: &[(String, String)]) -> Result<()> {
    files::write_atomically(disk, &path(dir), &encode(given))
}

/// Reads the parameters of a store; `None` if there are none.
pub fn read(dir: &Path) -> Result<Option<Vec<(String, String)>>> {
    let bytes = files::read_if_exists(&path(dir))?;
    bytes.map(|bytes| decode(&path(dir), &bytes)).transpose()
}

/// Returns the file that has them.
pub fn path(dir: &Path) -> PathBuf {
    dir.join("shape")
}

/// Writes parameters that count as those of a former version: the next open brings the store up to date.
pub fn write_outdated(disk: &dyn Disk, dir: &Path, given: &[(String, String)]) -> Result<()> {
    let others = given.iter().filter(|(name, _)| !is_version(name));
    write(disk, dir, &others.cloned().collect::<Vec<_>>())
}

fn compare(
    dir: &Path,
    stored: &[(String, String)],
    given: &[(String, String)],
) -> Result<Option<String>> {
    let names = stored.iter().chain(given).map(|(name, _)| name.as_str());
    let differs = |name: &&str| value(stored, name) != value(given, name);
    let (versions, others): (Vec<&str>, Vec<&str>) =
        names.filter(differs).partition(|name| is_version(name));
    let is_newer = |name: &&&str| version(stored, name) > version(given, name);
    // A parameter may come or go with a new version, but not change.
    let is_changed = |name: &&&str| {
        let is_on_one_side = [stored, given]
            .iter()
            .any(|side| value(side, name) == MISSING);
        versions.is_empty() || !is_on_one_side
    };
    let mut wrong = versions.iter().filter(is_newer);
    if let Some(name) = wrong.next().or_else(|| others.iter().find(is_changed)) {
        let (stored, given) = (value(stored, name), value(given, name));
        return Err(files::mismatch(dir, name, stored, given));
    }
    let why = versions.first().map(|name| {
        let (stored, given) = (value(stored, name), value(given, name));
        format!("it was made with {name} = {stored}, and this program has {given}")
    });
    Ok(why)
}

fn value<'v>(of: &'v [(String, String)], name: &str) -> &'v str {
    let found = of.iter().find(|(other, _)| other == name);
    found.map_or(MISSING, |(_, value)| value)
}

fn is_version(name: &str) -> bool {
    name.ends_with("_version")
}

/// Returns a version; 0 before it had a name.
fn version(of: &[(String, String)], name: &str) -> u32 {
    value(of, name).parse().unwrap_or(0)
}

fn encode(shape: &[(String, String)]) -> Vec<u8> {
    let mut body = Vec::new();
    for text in shape.iter().flat_map(|(name, value)| [name, value]) {
        body.extend((text.len() as u32).to_le_bytes());
        body.extend(text.as_bytes());
    }
    let (version, crc) = (VERSION.to_le_bytes(), crc32c::crc32c(&body).to_le_bytes());
    [&MAGIC[..], &version, &crc, &body].concat()
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let damaged = |offset: usize, why| files::damaged(path, offset as u64, why);
    let Some((header, mut body)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err(damaged(bytes.len(), "the shape file is cut short"));
    };
    if &header[..8] != MAGIC {
        return Err(damaged(0, "not a shape file"));
    }
    let version = le_u32(&header[8..]);
    if version != VERSION {
        let dir = path.parent().unwrap_or(path);
        return Err(files::mismatch(dir, "format version", version, VERSION));
    }
    if le_u32(&header[12..]) != crc32c::crc32c(body) {
        return Err(damaged(HEADER_BYTES, "checksum mismatch"));
    }
    let mut texts = Vec::new();
    while !body.is_empty() {
        let text = take_text(&mut body);
        texts.push(text.ok_or_else(|| damaged(HEADER_BYTES, "not a list of texts"))?);
    }
    let (pairs, _) = texts.as_chunks::<2>();
    Ok(pairs.iter().cloned().map(<(_, _)>::from).collect())
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let (text, rest) = rest.split_at_checked(le_u32(length) as usize)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}
