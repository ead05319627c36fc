//! Reads a file that a person has written.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The longest such file. Others are not what was meant, and may have no end.
const MAX_BYTES: u64 = 16 << 20;

/// Reads a text file of at most 16 MiB.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > MAX_BYTES {
        true => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "longer than 16 MiB; name a file of text",
        )),
        false => Ok(text),
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
