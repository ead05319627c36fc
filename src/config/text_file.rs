//! Reads a file that a person has written.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The longest such file. Others are not what was meant, and may have no end.
const MAX_BYTES: u64 = 16 << 20;

/// Reads a text file of at most 16 MiB.
///
/// # Errors
/// The file cannot be read, is not UTF-8, or is longer.
pub fn read(path: &Path) -> io::Result<String> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Reads a file of at most 16 MiB.
///
/// # Errors
/// The file cannot be read, or is longer.
pub fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_BYTES {
        true => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "longer than 16 MiB; name a file of text",
        )),
        false => Ok(bytes),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = read(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(error.contains("16 MiB"), "{error}");
    }
}
