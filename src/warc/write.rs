//! Writes records, each in a member of its own where the file is compressed.

use std::io::{self, Read, Write};
use std::ops::Range;

use flate2::Compression;
use flate2::write::GzEncoder;

/// What is written to, and how many bytes were.
pub(super) struct WarcWriter<W> {
    out: W,
    position: u64,
    is_compressed: bool,
}

impl<W: Write> WarcWriter<W> {
    /// Begins a file; `is_compressed` by gzip.
    pub fn new(out: W, is_compressed: bool) -> Self {
        Self {
            out,
            position: 0,
            is_compressed,
        }
    }

    /// Whether the file is compressed.
    pub fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Writes a record. Returns the bytes of the file that have it.
    pub fn record(&mut self, header: &[u8], block: &[u8]) -> io::Result<Range<u64>> {
        let parts = [header, block, b"\r\n\r\n"];
        if !self.is_compressed {
            return self.copy(&mut &*parts.concat());
        }
        let mut member = GzEncoder::new(Vec::new(), Compression::default());
        for part in parts {
            member.write_all(part)?;
        }
        self.copy(&mut &*member.finish()?)
    }

    /// Writes bytes as they are. Returns where they are in the file.
    pub fn copy(&mut self, bytes: &mut impl Read) -> io::Result<Range<u64>> {
        let start = self.position;
        self.position += io::copy(bytes, &mut self.out)?;
        Ok(start..self.position)
    }
}
