//! The parts of a file that are compressed one by one: members of gzip, frames of Zstandard.
//!
//! Most archives have one record in each, so that a record can be read without those before it. A file that is
//! not compressed is one member.

use std::io::{self, BufRead, BufReader, Read, Seek};
use std::{cmp, mem};

use flate2::bufread::GzDecoder;
use memchr::memchr2;
use zstd::stream::read::Decoder as ZstdDecoder;

use super::positioned::PositionedReader;

const BUFFER_BYTES: usize = 1 << 15;
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The ends of the numbers of frames that a decoder skips, and the first byte of the one that has a dictionary.
const SKIPPED: [u8; 3] = [0x2a, 0x4d, 0x18];
const DICTIONARY: u8 = 0x5d;
const MAX_DICTIONARY_BYTES: u32 = 16 << 20;
/// What is decoded of bytes that look like the beginning of a member, at most: a block of Zstandard.
const TRIED_BYTES: u64 = 256 << 10;

/// The members of a file, decompressed.
pub(super) struct Members<R> {
    /// `None` once the file could not be read.
    bytes: Option<MemberBytes<R>>,
    start: u64,
    /// Of frames of Zstandard; may be empty.
    dictionary: Vec<u8>,
    is_compressed: bool,
}

enum MemberBytes<R> {
    Between(PositionedReader<R>),
    Plain(PositionedReader<R>),
    Gzip(BufReader<GzDecoder<PositionedReader<R>>>),
    Zstd(BufReader<ZstdDecoder<'static, PositionedReader<R>>>),
}

impl<R: Read + Seek> Members<R> {
    /// Begins a file.
    pub fn new(file: R) -> Self {
        Self {
            bytes: Some(MemberBytes::Between(PositionedReader::new(file))),
            start: 0,
            dictionary: Vec::new(),
            is_compressed: false,
        }
    }

    /// Returns where the member begins in the file.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Returns the place in the file of the next byte that is not decompressed yet.
    pub fn position(&self) -> u64 {
        match &self.bytes {
            None => 0,
            Some(MemberBytes::Between(bytes) | MemberBytes::Plain(bytes)) => bytes.position(),
            Some(MemberBytes::Gzip(bytes)) => bytes.get_ref().get_ref().position(),
            Some(MemberBytes::Zstd(bytes)) => bytes.get_ref().get_ref().position(),
        }
    }

    /// Whether the file is compressed, as far as it was read.
    pub fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Goes to the next member, behind what was read of this one. `None` at the end of the file. If no member
    /// begins there, the inner `Err` says so, and the one after that is found.
    pub fn next(&mut self) -> io::Result<Option<Result<(), String>>> {
        let Some(bytes) = self.bytes.take() else {
            return Ok(None);
        };
        let mut bytes = bytes.into_positioned();
        loop {
            self.start = bytes.position();
            let head = bytes.peek::<8>()?;
            if head.is_empty() {
                self.bytes = Some(MemberBytes::Between(bytes));
                return Ok(None);
            }
            if head.starts_with(&GZIP) {
                self.is_compressed = true;
                let decoder = BufReader::with_capacity(BUFFER_BYTES, GzDecoder::new(bytes));
                self.bytes = Some(MemberBytes::Gzip(decoder));
            } else if head.starts_with(&ZSTD) {
                self.is_compressed = true;
                let decoder = ZstdDecoder::with_dictionary(bytes, &self.dictionary)?;
                let decoder = BufReader::with_capacity(BUFFER_BYTES, decoder.single_frame());
                self.bytes = Some(MemberBytes::Zstd(decoder));
            } else if let Some(length) = skipped_frame(&head) {
                self.is_compressed = true;
                let end = self.start + 8 + u64::from(length);
                if head[0] == DICTIONARY && length <= MAX_DICTIONARY_BYTES {
                    bytes.seek_to(self.start + 8)?;
                    self.dictionary = dictionary(&mut bytes, length)?;
                }
                bytes.seek_to(end)?;
                continue;
            } else if !self.is_compressed && head.starts_with(b"WARC/") {
                self.bytes = Some(MemberBytes::Plain(bytes));
            } else {
                let found = self.find_next(&mut bytes)?;
                if !found && !self.is_compressed {
                    bytes.seek_to(self.start)?;
                    self.bytes = Some(MemberBytes::Plain(bytes));
                    return Ok(Some(Ok(())));
                }
                self.is_compressed = true;
                self.bytes = Some(MemberBytes::Between(bytes));
                return Ok(Some(Err("no compressed record begins here".to_owned())));
            }
            return Ok(Some(Ok(())));
        }
    }

    /// Leaves a member that cannot be read on, and finds the next one with a record: what the member says of its
    /// length cannot be believed.
    pub fn give_up(&mut self) -> io::Result<()> {
        if let Some(bytes) = self.bytes.take() {
            let mut bytes = bytes.into_positioned();
            self.find_next(&mut bytes)?;
            self.bytes = Some(MemberBytes::Between(bytes));
        }
        Ok(())
    }

    /// Goes to the next member with a record, or to the end. Returns whether there is one.
    fn find_next(&self, bytes: &mut PositionedReader<R>) -> io::Result<bool> {
        bytes.seek_to(self.start + 1)?;
        loop {
            let buffered = bytes.fill_buf()?;
            let Some(at) = memchr2(GZIP[0], ZSTD[0], buffered) else {
                let length = buffered.len();
                if length == 0 {
                    return Ok(false);
                }
                bytes.consume(length);
                continue;
            };
            bytes.consume(at);
            let place = bytes.position();
            let begins = self.begins_record(bytes)?;
            bytes.seek_to(place + u64::from(!begins))?;
            if begins {
                return Ok(true);
            }
        }
    }

    /// Whether a member with a record begins here.
    fn begins_record(&self, bytes: &mut PositionedReader<R>) -> io::Result<bool> {
        let head = bytes.peek::<4>()?;
        let tried = bytes.by_ref().take(TRIED_BYTES);
        let mut first = [0; 5];
        let read = if head.starts_with(&GZIP) {
            GzDecoder::new(tried).read_exact(&mut first)
        } else if head.starts_with(&ZSTD) {
            let decoder = ZstdDecoder::with_dictionary(tried, &self.dictionary);
            decoder.and_then(|mut decoder| decoder.read_exact(&mut first))
        } else {
            return Ok(false);
        };
        Ok(read.is_ok() && first == *b"WARC/")
    }

    /// Goes to another place of a file that is not compressed.
    pub fn seek_to(&mut self, position: u64) -> io::Result<()> {
        match &mut self.bytes {
            Some(MemberBytes::Plain(bytes)) => bytes.seek_to(position),
            _ => Ok(()),
        }
    }
}

impl<R: Read + Seek> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let length = cmp::min(bytes.len(), buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// The bytes of the member, decompressed.
impl<R: Read + Seek> BufRead for Members<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.bytes {
            None | Some(MemberBytes::Between(_)) => Ok(&[]),
            Some(MemberBytes::Plain(bytes)) => bytes.fill_buf(),
            Some(MemberBytes::Gzip(bytes)) => bytes.fill_buf(),
            Some(MemberBytes::Zstd(bytes)) => bytes.fill_buf(),
        }
    }

    fn consume(&mut self, length: usize) {
        match &mut self.bytes {
            None | Some(MemberBytes::Between(_)) => {}
            Some(MemberBytes::Plain(bytes)) => bytes.consume(length),
            Some(MemberBytes::Gzip(bytes)) => bytes.consume(length),
            Some(MemberBytes::Zstd(bytes)) => bytes.consume(length),
        }
    }
}

impl<R: Read + Seek> MemberBytes<R> {
    fn into_positioned(self) -> PositionedReader<R> {
        match self {
            Self::Between(bytes) | Self::Plain(bytes) => bytes,
            Self::Gzip(bytes) => bytes.into_inner().into_inner(),
            Self::Zstd(bytes) => bytes.into_inner().into_inner(),
        }
    }
}

/// Returns the length of a frame that a decoder skips, if such a frame begins so.
fn skipped_frame(head: &[u8]) -> Option<u32> {
    let (magic, rest) = head.split_first_chunk::<4>()?;
    let is_one = magic[0] & 0xf0 == 0x50 && magic[1..] == SKIPPED;
    let length = rest.first_chunk::<4>()?;
    is_one.then(|| u32::from_le_bytes(*length))
}

/// Reads the dictionary of a file, which may be compressed itself (iipc.github.io/warc-specifications, warc-zstd).
fn dictionary(bytes: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut dictionary = Vec::new();
    bytes.take(length.into()).read_to_end(&mut dictionary)?;
    if dictionary.starts_with(&ZSTD) {
        let compressed = mem::take(&mut dictionary);
        ZstdDecoder::with_buffer(&*compressed)?
            .take(MAX_DICTIONARY_BYTES.into())
            .read_to_end(&mut dictionary)?;
    }
    Ok(dictionary)
}
