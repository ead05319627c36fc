//! The parameters that determine stored bytes: written when a store is created, and compared at
//! every open.

use std::path::Path;

use super::{files, le_u32};
use crate::store::Result;

const MAGIC: &[u8; 8] = b"WCSHAPE\0";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 16;
/// Stands in a message for a parameter that one side lacks.
const MISSING: &str = "(none)";

/// Writes the parameters of a new store, or compares them with those of an existing one.
pub fn agree(dir: &Path, given: &[(String, String)]) -> Result<()> {
    let path = dir.join("shape");
    match files::read_if_exists(&path)? {
        Some(bytes) => compare(dir, &decode(&path, &bytes)?, given),
        None => files::write_atomically(&path, &encode(given)),
    }
}

fn compare(dir: &Path, stored: &[(String, String)], given: &[(String, String)]) -> Result<()> {
    let value = |of: &[(String, String)], name: &str| {
        let found = of.iter().find(|(other, _)| other == name);
        found.map_or(MISSING.to_owned(), |(_, value)| value.clone())
    };
    for (name, _) in stored.iter().chain(given) {
        let (stored, given) = (value(stored, name), value(given, name));
        if stored != given {
            return Err(files::mismatch(dir, name, stored, given));
        }
    }
    Ok(())
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
