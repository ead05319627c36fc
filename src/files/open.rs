//! Opens files, decompressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::format::uncompressed;
use super::gzip::GzMembers;
use super::lines::MAX_LINE_BYTES;
use super::read::invalid;
use super::{Error, ParseBody, foreign};
use crate::engine::Body;
use crate::page::decode;

const BUFFER_BYTES: usize = 1 << 18;

/// Whether the path means standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns how a single document is parsed; `None` for a file of JSON lines.
pub fn document_kind(path: &Path) -> Option<ParseBody> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = uncompressed(&name);
    if name.ends_with(".txt") {
        Some(text)
    } else if name.ends_with(".html") || name.ends_with(".htm") {
        Some(page)
    } else {
        None
    }
}

/// Whether a file is a single document, by its name, and not lines of articles.
pub fn is_document(path: &Path) -> bool {
    document_kind(path).is_some()
}

/// Opens a file or standard input. Compression is recognised by the first bytes, not by the name, so
/// that it works for standard input, too.
pub fn open(path: &Path, bar: &ProgressBar) -> io::Result<Box<dyn BufRead + Send>> {
    let bytes: Box<dyn Read + Send> = if is_stdin(path) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path)?)
    };
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, bar.wrap_read(bytes));
    let start = reader.fill_buf()?;
    if let Some(advice) = foreign::packed(start) {
        return Err(invalid(advice));
    }
    let decompressed: Box<dyn Read + Send> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(GzMembers::new(reader))
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::stream::read::Decoder::with_buffer(reader)?)
    } else {
        return Ok(Box::new(reader));
    };
    Ok(Box::new(BufReader::with_capacity(
        BUFFER_BYTES,
        decompressed,
    )))
}

/// Opens a file of records, which are in UTF-8.
pub fn open_records(path: &Path, bar: &ProgressBar) -> io::Result<Box<dyn BufRead + Send>> {
    let mut bytes = open(path, bar)?;
    match foreign::in_utf16(bytes.fill_buf()?) {
        Some(advice) => Err(invalid(advice)),
        None => Ok(bytes),
    }
}

/// Opens a file that is not read from its beginning to its end. Standard input is copied to a temporary
/// file.
pub fn open_to_seek(path: &Path) -> io::Result<File> {
    if !is_stdin(path) {
        return File::open(path);
    }
    let mut copy = tempfile::tempfile()?;
    io::copy(&mut io::stdin().lock(), &mut copy)?;
    copy.rewind()?;
    Ok(copy)
}

/// Reads a whole document; the inner `Err` says what is wrong with it.
pub fn read_body(reader: impl Read, kind: ParseBody) -> io::Result<Result<Body, String>> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_LINE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() > MAX_LINE_BYTES {
        return Ok(Err(format!("longer than {} MiB", MAX_LINE_BYTES >> 20)));
    }
    Ok(kind(bytes))
}

/// A text may be in any character set.
fn text(bytes: Vec<u8>) -> Result<Body, String> {
    Ok(Body::Text(decode(&bytes, None).0))
}

/// A page may be in any character set.
fn page(bytes: Vec<u8>) -> Result<Body, String> {
    Ok(Body::Html(decode(&bytes, None).0))
}

/// Reads a .txt or .html file, or plain text on standard input.
///
/// # Errors
/// A file that cannot be read, or whose name ends otherwise.
pub fn read_document(path: &Path) -> Result<Body, Error> {
    let not_a_document = |why: String| Error::Document {
        path: path.to_path_buf(),
        why,
    };
    let kind = if is_stdin(path) {
        Some(text as ParseBody)
    } else {
        document_kind(path)
    };
    let kind = kind.ok_or_else(|| not_a_document("neither .txt nor .html".to_owned()))?;
    let body = open(path, &ProgressBar::hidden()).and_then(|reader| read_body(reader, kind));
    body.map_err(|source| Error::read(path, source))?
        .map_err(not_a_document)
}

/// Returns a progress bar, which is shown on a terminal only. `bytes` is `None` if the size is unknown.
pub fn progress(bytes: Option<u64>) -> ProgressBar {
    let template = match bytes {
        Some(_) => "{bar:32} {bytes}/{total_bytes}  {msg}  {eta} left",
        None => "{spinner} {bytes}  {msg}  {elapsed}",
    };
    let bar = match bytes {
        Some(bytes) => ProgressBar::new(bytes),
        None => ProgressBar::new_spinner(),
    };
    bar.with_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}
