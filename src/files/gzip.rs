//! Decompresses gzip.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The members of a gzip file, decompressed, one after another. Zeros behind them are passed over, as gzip itself
/// does: some media pad files with zeros.
pub struct GzMembers<R> {
    /// `None` behind the last.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzMembers<R> {
    /// Begins with the first member.
    pub fn new(reader: R) -> Self {
        Self {
            member: Some(GzDecoder::new(reader)),
        }
    }
}

impl<R: BufRead> Read for GzMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let reader = member.get_mut();
            skip_zeros(reader)?;
            if reader.fill_buf()?.is_empty() {
                self.member = None;
            } else if let Some(member) = self.member.take() {
                self.member = Some(GzDecoder::new(member.into_inner()));
            }
        }
        Ok(0)
    }
}

fn skip_zeros(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = reader.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros == 0 {
            return Ok(());
        }
        reader.consume(zeros);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut member = GzEncoder::new(Vec::new(), Compression::fast());
        member.write_all(text.as_bytes()).unwrap();
        member.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        // Small, so that members and zeros end within it and behind it.
        let reader = io::BufReader::with_capacity(7, bytes);
        GzMembers::new(reader).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn zeros_behind_members_are_passed_over() {
        let (a, b, none) = (member("one "), member("two"), member(""));
        for zeros in [0, 1, 7, 512] {
            let zeros = vec![0; zeros];
            let padded = [&a, &none, &b, &zeros[..]].concat();
            assert_eq!(read(&padded).unwrap(), "one two");
            let between = [&a, &zeros[..], &b].concat();
            assert_eq!(read(&between).unwrap(), "one two");
        }
    }

    #[test]
    fn what_is_cut_or_is_no_member_is_an_error() {
        let (a, b) = (member("one "), member("two"));
        assert!(read(&[&a[..], &b[..b.len() - 3]].concat()).is_err());
        assert!(read(&[&a[..], &[0, 0], b"{}"].concat()).is_err());
        assert!(read(&[&a[..], b"{}"].concat()).is_err());
    }
}
