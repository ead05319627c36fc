//! Bytes of an XML file as UTF-8, in whatever character set it is.

use std::io::{self, BufRead, Chain, Cursor, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::super::{FileBytes, invalid};

/// How many bytes are searched for the XML declaration.
const HEAD_BYTES: u64 = 1024;
/// Bytes that are decoded at once.
const BUFFER_BYTES: usize = 1 << 16;

/// The text of an XML file. Counts the lines that were read, and limits the bytes of one entry.
pub(super) struct Utf8Bytes {
    bytes: Chain<Cursor<Vec<u8>>, FileBytes>,
    decoder: Decoder,
    decoded: Vec<u8>,
    /// What of `decoded` was read, and how much there is.
    at: usize,
    end: usize,
    is_finished: bool,
    lines: u64,
    max: usize,
    left: usize,
}

impl Utf8Bytes {
    /// Begins to read. The character set is that of the byte order mark or of the XML declaration, or else UTF-8.
    /// Invalid bytes become U+FFFD. An entry may have `max` bytes.
    ///
    /// # Errors
    /// A character set that does not exist, and those of reading.
    pub fn new(mut bytes: FileBytes, max: usize) -> io::Result<Self> {
        let mut head = Vec::new();
        bytes.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
        let encoding = encoding(&head)?;
        Ok(Self {
            bytes: Cursor::new(head).chain(bytes),
            decoder: encoding.new_decoder(),
            decoded: vec![0; BUFFER_BYTES],
            at: 0,
            end: 0,
            is_finished: false,
            lines: 0,
            max,
            left: max,
        })
    }

    /// Allows another entry.
    pub fn begin_entry(&mut self) {
        self.left = self.max;
    }

    /// Returns the number of the line that is read, from 1.
    pub fn line(&self) -> u64 {
        self.lines + 1
    }

    /// Decodes what comes next, if anything does.
    fn decode(&mut self) -> io::Result<()> {
        (self.at, self.end) = (0, 0);
        while self.end == 0 && !self.is_finished {
            let source = self.bytes.fill_buf()?;
            let is_last = source.is_empty();
            let decoded = &mut self.decoded[..];
            let (result, read, written, _) = self.decoder.decode_to_utf8(source, decoded, is_last);
            self.bytes.consume(read);
            self.end = written;
            self.is_finished = is_last && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl BufRead for Utf8Bytes {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            self.decode()?;
        }
        let waiting = &self.decoded[self.at..self.end];
        if self.left == 0 && !waiting.is_empty() {
            let mib = self.max >> 20;
            return Err(invalid(format!("the next entry is longer than {mib} MiB")));
        }
        Ok(&waiting[..waiting.len().min(self.left)])
    }

    fn consume(&mut self, bytes: usize) {
        let read = &self.decoded[self.at..self.at + bytes];
        self.lines += memchr::memchr_iter(b'\n', read).count() as u64;
        self.at += bytes;
        self.left -= bytes;
    }
}

impl Read for Utf8Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// Returns the character set of a file that begins so. A byte order mark is left to the decoder.
fn encoding(head: &[u8]) -> io::Result<&'static Encoding> {
    match head {
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let Some(label) = declared(head) else {
        return Ok(UTF_8);
    };
    match Encoding::for_label(label) {
        // What can be read as a declaration is not in UTF-16, whatever it declares.
        Some(encoding) if encoding.is_ascii_compatible() => Ok(encoding),
        Some(_) => Ok(UTF_8),
        None => Err(invalid(format!(
            "unknown character set `{}`",
            label.escape_ascii()
        ))),
    }
}

/// Returns the character set that an XML declaration names.
fn declared(head: &[u8]) -> Option<&[u8]> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let declaration = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = &declaration[..memchr::memmem::find(declaration, b"?>")?];
    let at = memchr::memmem::find(declaration, b"encoding")?;
    let value = declaration[at + b"encoding".len()..].trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let quote = *value.first().filter(|quote| b"'\"".contains(quote))?;
    let value = &value[1..];
    let label = &value[..memchr::memchr(quote, value)?];
    Some(label).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        let bytes = Box::new(Cursor::new(bytes.to_vec()));
        Utf8Bytes::new(bytes, 1 << 20)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(read(bytes).unwrap(), expected);
    }

    #[test]
    fn the_declaration_or_the_mark_names_the_character_set() {
        let russian =
            "<?xml version='1.0' encoding='windows-1251'?><a>\u{41f}\u{430}\u{440}\u{43e}\u{43c}";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(russian);
        check(&bytes, russian);
        let padded = format!(
            "<?xml version=\"1.0\" {:300} encoding = \"ISO-8859-1\" ?>",
            ""
        );
        check(
            &[padded.as_bytes(), b"\xe9"].concat(),
            &format!("{padded}\u{e9}"),
        );
        check(b"<a>\xc3\xa9\xff</a>", "<a>\u{e9}\u{fffd}</a>");
        check(b"\xef\xbb\xbf<a/>", "<a/>");
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}<?xml version='1.0' encoding='utf-16'?><a>\u{e9}</a>");
            let units: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for bytes in [little, big] {
                check(&bytes, text.trim_start_matches('\u{feff}'));
            }
        }
        // It cannot be: the declaration was read as ASCII.
        check(
            b"<?xml encoding='utf-16'?>\xc3\xa9",
            "<?xml encoding='utf-16'?>\u{e9}",
        );
    }

    #[test]
    fn an_unknown_character_set_is_named() {
        let error = read(b"<?xml version='1.0' encoding='x-\xff'?><a/>").unwrap_err();
        assert_eq!(error.to_string(), "unknown character set `x-\\xff`");
    }

    #[test]
    fn lines_are_counted_and_entries_limited() {
        let text = "a\n".repeat(200_000);
        let mut bytes = Utf8Bytes::new(Box::new(Cursor::new(text.into_bytes())), 300_000).unwrap();
        let mut read = Vec::new();
        let error = bytes.read_to_end(&mut read).unwrap_err();
        assert!(error.to_string().contains("longer than"), "{error}");
        assert_eq!((read.len(), bytes.line()), (300_000, 150_001));
        bytes.begin_entry();
        assert_eq!(bytes.read_to_end(&mut read).unwrap(), 100_000);
        assert_eq!(bytes.line(), 200_001);
    }
}
