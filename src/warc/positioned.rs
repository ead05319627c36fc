//! Bytes of a file, with the place of the next one.

use std::io::{self, BufRead, BufReader, Read, Seek};

const BUFFER_BYTES: usize = 1 << 18;

/// The bytes of a file, with the place of the next one. A jump within the buffer reads nothing.
pub(super) struct PositionedReader<R> {
    reader: BufReader<R>,
    position: u64,
}

impl<R: Read + Seek> PositionedReader<R> {
    /// Begins where the file stands, which counts as its beginning.
    pub fn new(file: R) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER_BYTES, file),
            position: 0,
        }
    }

    /// Returns the place of the next byte.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Goes to another place.
    pub fn seek_to(&mut self, position: u64) -> io::Result<()> {
        let by = position.wrapping_sub(self.position).cast_signed();
        self.reader.seek_relative(by)?;
        self.position = position;
        Ok(())
    }

    /// Returns the next bytes, fewer than `N` at the end, and stays where it is.
    pub fn peek<const N: usize>(&mut self) -> io::Result<Vec<u8>> {
        let start = self.position;
        let mut bytes = Vec::with_capacity(N);
        self.by_ref().take(N as u64).read_to_end(&mut bytes)?;
        self.seek_to(start)?;
        Ok(bytes)
    }
}

impl<R: Read> Read for PositionedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Read> BufRead for PositionedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.reader.consume(bytes);
        self.position += bytes as u64;
    }
}
