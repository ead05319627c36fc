//! The parameters that shape stored bytes: written when a store is made, compared whenever it is
//! opened.

use std::path::Path;

use super::files;
use crate::store::{Error, Result};

const MAGIC: &[u8; 8] = b"WCSHAPE\0";
const VERSION: u32 = 1;
const HEAD: usize = 16;
/// What stands in a message for a parameter that one side does not have.
const NONE: &str = "(none)";

/// Writes the shape of a new store, or compares that of an old one.
pub(super) fn agree(dir: &Path, given: &[(String, String)]) -> Result<()> {
    let path = dir.join("shape");
    match files::read_if_there(&path)? {
        Some(bytes) => compare(dir, &decode(&path, &bytes)?, given),
        None => files::write_atomically(&path, &encode(given)),
    }
}

/// Tells whether a store was made in the directory.
pub(super) fn exists(dir: &Path) -> bool {
    dir.join("shape").exists()
}

fn compare(dir: &Path, stored: &[(String, String)], given: &[(String, String)]) -> Result<()> {
    let value = |of: &[(String, String)], name: &str| {
        of.iter()
            .find(|(n, _)| n == name)
            .map_or(NONE.to_owned(), |(_, value)| value.clone())
    };
    for (name, _) in stored.iter().chain(given) {
        let (was, is) = (value(stored, name), value(given, name));
        if was != is {
            let (path, name) = (dir.to_owned(), name.clone());
            return Err(Error::Mismatch {
                path,
                name,
                stored: was,
                given: is,
            });
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
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(crc32c::crc32c(&body).to_le_bytes());
    bytes.extend(body);
    bytes
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let damaged = |offset: usize, why: &str| Error::Damaged {
        path: path.to_owned(),
        offset: offset as u64,
        why: why.to_owned(),
    };
    let Some((head, mut body)) = bytes.split_at_checked(HEAD) else {
        return Err(damaged(bytes.len(), "the shape file is cut short"));
    };
    if &head[..8] != MAGIC {
        return Err(damaged(0, "not a shape file"));
    }
    let version = super::le_u32(&head[8..12]);
    if version != VERSION {
        return Err(Error::Mismatch {
            path: path.parent().unwrap_or(path).to_owned(),
            name: "format version".to_owned(),
            stored: version.to_string(),
            given: VERSION.to_string(),
        });
    }
    if super::le_u32(&head[12..16]) != crc32c::crc32c(body) {
        return Err(damaged(HEAD, "the checksum does not hold"));
    }
    let mut texts = Vec::new();
    while !body.is_empty() {
        let text = take_text(&mut body).ok_or_else(|| damaged(HEAD, "not a list of texts"))?;
        texts.push(text);
    }
    Ok(texts
        .chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect())
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let (text, rest) = rest.split_at_checked(super::le_u32(length) as usize)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}
