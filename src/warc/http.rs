//! Responses of HTTP, as records hold them.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::{HeaderFields, MAX_BLOCK_BYTES};

/// A response of HTTP, as a record holds it.
#[derive(Debug)]
pub struct HttpResponse<'b> {
    /// Its status.
    pub status: u16,
    /// Its header.
    pub fields: HeaderFields,
    /// The bytes of its header, with the empty line at its end.
    pub head: &'b [u8],
    /// What follows: the payload, encoded as it was sent.
    pub payload: &'b [u8],
}

impl<'b> HttpResponse<'b> {
    /// Parses the block of a record. `None` for something else than a response of HTTP.
    pub fn parse(block: &'b [u8]) -> Option<Self> {
        if !block.starts_with(b"HTTP/") {
            return None;
        }
        let (head, payload) = block.split_at(head_bytes(block));
        let fields = HeaderFields::parse(head);
        let status = fields.first_line.split_ascii_whitespace().nth(1)?;
        Some(Self {
            status: status.parse().ok()?,
            fields,
            head,
            payload,
        })
    }

    /// Returns the payload without the encodings of its transfer and its content. Where a header names an
    /// encoding that the payload does not have, the payload is returned as it is: many crawlers decode what
    /// they store, and leave the header as it was.
    ///
    /// # Errors
    /// Says what is wrong: an encoding that is unknown or broken off, or too many bytes.
    pub fn decoded(&self) -> Result<Cow<'b, [u8]>, String> {
        let field = |name| {
            self.fields
                .get(name)
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        let mut bytes = match field("Transfer-Encoding").contains("chunked") {
            true => dechunked(self.payload).map_or(Cow::Borrowed(self.payload), Cow::Owned),
            false => Cow::Borrowed(self.payload),
        };
        for coding in field("Content-Encoding").rsplit(',').map(str::trim) {
            let decoded = match coding {
                "" | "identity" | "none" => continue,
                _ if bytes.is_empty() => continue,
                "gzip" | "x-gzip" => read(GzDecoder::new(&*bytes)),
                // Some servers send the bare stream, without the header of zlib.
                "deflate" if bytes[0] & 0xf == 8 => read(ZlibDecoder::new(&*bytes)),
                "deflate" => read(DeflateDecoder::new(&*bytes)),
                "br" => read(brotli_decompressor::Decompressor::new(&*bytes, 4096)),
                "zstd" => zstd::stream::read::Decoder::with_buffer(&*bytes)
                    .map_err(|error| error.to_string())
                    .and_then(read),
                _ => return Err(format!("its content encoding `{coding}` is not known")),
            };
            match decoded {
                Ok(decoded) => bytes = Cow::Owned(decoded),
                Err(_) if is_markup(&bytes) => {}
                Err(why) => {
                    return Err(format!("its content encoding `{coding}` is broken: {why}"));
                }
            }
        }
        Ok(bytes)
    }
}

/// Returns the length of a header with the empty line at its end.
fn head_bytes(bytes: &[u8]) -> usize {
    let mut end = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        end += line.len();
        if line.trim_ascii().is_empty() {
            break;
        }
    }
    end
}

/// Reads all that a decoder returns.
fn read(decoder: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = decoder.take(MAX_BLOCK_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    match bytes.len() as u64 <= MAX_BLOCK_BYTES {
        true => Ok(bytes),
        false => Err(format!("longer than {} MiB", MAX_BLOCK_BYTES >> 20)),
    }
}

/// Whether bytes begin as a page does.
fn is_markup(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    text.trim_ascii_start().starts_with(b"<")
}

/// Returns the content of chunks (RFC 9112, section 7.1), up to where they end or break off. `None` for bytes that
/// are not in chunks.
fn dechunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(bytes.len());
    let mut is_first = true;
    while let Some((size, rest)) = chunk_size(bytes) {
        is_first = false;
        let chunk = &rest[..size.min(rest.len())];
        content.extend_from_slice(chunk);
        bytes = &rest[chunk.len()..];
        bytes = bytes.strip_prefix(b"\r").unwrap_or(bytes);
        bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        if size == 0 {
            break;
        }
    }
    (!is_first).then_some(content)
}

/// Parses the line before a chunk.
fn chunk_size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.iter().take(4096).position(|&byte| byte == b'\n')?;
    let line = str::from_utf8(&bytes[..end]).ok()?;
    let size = line.split(';').next()?.trim();
    // `from_str_radix` takes a sign.
    if !size.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((usize::from_str_radix(size, 16).ok()?, &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const PAGE: &[u8] =
        b"<p>Some words of a page that is long enough to be compressed, words, words.";

    #[track_caller]
    fn check(headers: &str, payload: &[u8], expected: Result<&[u8], &str>) {
        let mut block = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").into_bytes();
        block.extend_from_slice(payload);
        let response = HttpResponse::parse(&block).unwrap();
        assert_eq!(response.payload, payload);
        match (response.decoded(), expected) {
            (Ok(decoded), Ok(expected)) => assert_eq!(*decoded, *expected),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (decoded, _) => panic!("{headers}: {decoded:?}"),
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn encodings_are_removed() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(PAGE).unwrap();
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(PAGE).unwrap();
        // The page as one uncompressed block of Brotli (RFC 7932, section 9.2), and the end.
        let length = PAGE.len() as u32 - 1;
        let bits = (length << 4) | (1 << 20);
        let mut brotli = bits.to_le_bytes()[..3].to_vec();
        brotli.extend_from_slice(PAGE);
        brotli.push(0x03);
        check("Content-Encoding: gzip", &gzip(PAGE), Ok(PAGE));
        check("content-encoding: X-GZIP", &gzip(PAGE), Ok(PAGE));
        check(
            "Content-Encoding: deflate",
            &zlib.finish().unwrap(),
            Ok(PAGE),
        );
        check(
            "Content-Encoding: deflate",
            &deflate.finish().unwrap(),
            Ok(PAGE),
        );
        check("Content-Encoding: br", &brotli, Ok(PAGE));
        check(
            "Content-Encoding: zstd",
            &zstd::encode_all(PAGE, 1).unwrap(),
            Ok(PAGE),
        );
        check("Content-Encoding: gzip, gzip", &gzip(&gzip(PAGE)), Ok(PAGE));
        check("Content-Encoding: identity", PAGE, Ok(PAGE));
        let zipped = gzip(PAGE);
        let (first, second) = zipped.split_at(20);
        let mut chunks = b"14;name=value\r\n".to_vec();
        chunks.extend_from_slice(first);
        chunks.extend_from_slice(format!("\r\n{:X}\r\n", second.len()).as_bytes());
        chunks.extend_from_slice(second);
        chunks.extend_from_slice(b"\r\n0\r\nTrailer: x\r\n\r\n");
        check(
            "Transfer-Encoding: chunked\r\nContent-Encoding: gzip",
            &chunks,
            Ok(PAGE),
        );
    }

    #[test]
    fn an_encoding_that_was_removed_before_is_no_fault() {
        check("Content-Encoding: gzip", PAGE, Ok(PAGE));
        check("Content-Encoding: br", PAGE, Ok(PAGE));
        check("Transfer-Encoding: chunked", PAGE, Ok(PAGE));
        check("Content-Encoding: gzip", b"", Ok(b""));
    }

    #[test]
    fn an_encoding_that_breaks_off_is_a_fault() {
        let zipped = gzip(PAGE);
        check(
            "Content-Encoding: gzip",
            &zipped[..zipped.len() / 2],
            Err("`gzip` is broken"),
        );
        check("Content-Encoding: br", b"\xffabc", Err("`br` is broken"));
        check(
            "Content-Encoding: compress",
            PAGE,
            Err("`compress` is not known"),
        );
        // A browser shows what has come of the last chunk.
        check(
            "Transfer-Encoding: chunked",
            b"5\r\n<p>ab\r\nff\r\ncd",
            Ok(b"<p>abcd"),
        );
    }

    #[test]
    fn responses_have_a_status() {
        let status = |block: &[u8]| HttpResponse::parse(block).map(|response| response.status);
        assert_eq!(status(b"HTTP/1.0 404\n\nx"), Some(404));
        assert_eq!(status(b"HTTP/2 200 \r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.1 OK\r\n\r\n"), None);
        assert_eq!(status(b"20260105 127.0.0.1"), None);
        let cut = HttpResponse::parse(b"HTTP/1.1 200 OK\r\nA: b").unwrap();
        assert_eq!((cut.fields.get("a"), cut.payload), (Some("b"), &b""[..]));
    }
}
