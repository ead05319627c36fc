//! Splits bytes into lines of bounded length.

use std::io::{self, BufRead, Read as _};

/// The longest line that is accepted, in bytes.
pub const MAX_LINE_BYTES: usize = 64 << 20;
/// Memory that is kept from line to line.
const KEPT_BYTES: usize = 1 << 20;

/// The text of a line that is not blank, or why it cannot be read.
pub type TextLine<'a> = Result<&'a str, String>;

/// The lines of a file.
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
    max_bytes: usize,
}

impl<R: BufRead> Lines<R> {
    /// Creates a reader of lines of at most 64 MiB.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            number: 0,
            max_bytes: MAX_LINE_BYTES,
        }
    }

    /// Returns the number of the last line that was read.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the next line that is not blank, without its end.
    pub fn next_line(&mut self) -> io::Result<Option<TextLine<'_>>> {
        loop {
            self.buffer.clear();
            self.buffer.shrink_to(KEPT_BYTES);
            let limit = self.max_bytes as u64 + 2; // for CR and LF
            let mut reader = self.reader.by_ref().take(limit);
            if reader.read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let ended = self.buffer.ends_with(b"\n");
            if self.buffer.trim_ascii().len() > self.max_bytes {
                if !ended {
                    self.skip_line()?;
                }
                let why = format!("longer than {} MiB", self.max_bytes >> 20);
                return Ok(Some(Err(why)));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let mut bytes = self.buffer.trim_ascii();
        if self.number == 1 {
            bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        }
        let text = std::str::from_utf8(bytes);
        Ok(Some(text.map_err(|e| {
            format!("not valid UTF-8 at byte {}", e.valid_up_to())
        })))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            let mut reader = self.reader.by_ref().take(KEPT_BYTES as u64);
            let read = reader.read_until(b'\n', &mut self.buffer)?;
            if read == 0 || self.buffer.ends_with(b"\n") {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &[(u64, Result<&str, &str>)]) {
        let mut lines = Lines {
            max_bytes: 8,
            ..Lines::new(bytes)
        };
        let mut got = Vec::new();
        while let Some(text) = lines.next_line().unwrap() {
            let text = text.map(str::to_owned);
            got.push((lines.number(), text));
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|&(number, text)| (number, text.map(str::to_owned).map_err(str::to_owned)))
            .collect();
        assert_eq!(got, expected, "{:?}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn lines_end_at_line_breaks() {
        check(b"", &[]);
        check(b"a\nb", &[(1, Ok("a")), (2, Ok("b"))]);
        check(b"a\r\n\r\n  \n b \n", &[(1, Ok("a")), (4, Ok("b"))]);
        check(
            "\u{feff}a\n\u{feff}b".as_bytes(),
            &[(1, Ok("a")), (2, Ok("\u{feff}b"))],
        );
    }

    #[test]
    fn a_bad_line_does_not_affect_the_next() {
        let long = Err("longer than 0 MiB");
        check(b"12345678\r\nb", &[(1, Ok("12345678")), (2, Ok("b"))]);
        check(b"123456789\nb", &[(1, long), (2, Ok("b"))]);
        check(b"12345678901234567890\nb", &[(1, long), (2, Ok("b"))]);
        check(b"12345678901234567890", &[(1, long)]);
        check(
            b"a\xff\nb",
            &[(1, Err("not valid UTF-8 at byte 1")), (2, Ok("b"))],
        );
    }
}
