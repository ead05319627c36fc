//! What is written to: a file, plain or compressed, or standard output.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use zstd::stream::write::Encoder as ZstdEncoder;

use super::WholeFile;

const BUFFER_BYTES: usize = 1 << 16;

/// What is written to. A file gets its name when it is finished: see [`WholeFile`].
pub struct Output(OutputKind);

enum OutputKind {
    Stdout(BufWriter<io::Stdout>),
    Plain(BufWriter<WholeFile>),
    Gz(GzEncoder<BufWriter<WholeFile>>),
    Zstd(ZstdEncoder<'static, BufWriter<WholeFile>>),
}

/// How a file is compressed.
enum OutputCompression {
    Gz,
    Zstd,
}

impl OutputCompression {
    /// Returns what the ending of a file's name says.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "gz" => Some(Self::Gz),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl Output {
    /// Creates a file, compressed if its name ends in `.gz` or `.zst`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, WholeFile::create(path)?);
        Ok(Self(match OutputCompression::of(path) {
            Some(OutputCompression::Gz) => {
                OutputKind::Gz(GzEncoder::new(file, flate2::Compression::default()))
            }
            Some(OutputCompression::Zstd) => {
                OutputKind::Zstd(ZstdEncoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?)
            }
            None => OutputKind::Plain(file),
        }))
    }

    /// Whether [`Self::create`] would compress a file, by its name.
    pub fn is_compressed(path: &Path) -> bool {
        OutputCompression::of(path).is_some()
    }

    /// Returns standard output.
    pub fn stdout() -> Self {
        Self(OutputKind::Stdout(BufWriter::with_capacity(
            BUFFER_BYTES,
            io::stdout(),
        )))
    }

    /// Returns where a file is until it is finished.
    pub fn part(&self) -> Option<&Path> {
        match &self.0 {
            OutputKind::Stdout(_) => None,
            OutputKind::Plain(file) => file.get_ref().part(),
            OutputKind::Gz(encoder) => encoder.get_ref().get_ref().part(),
            OutputKind::Zstd(encoder) => encoder.get_ref().get_ref().part(),
        }
    }

    /// Writes what is left, and gives a file its name.
    ///
    /// # Errors
    /// Those of the system.
    pub fn finish(self) -> io::Result<()> {
        let file = match self.0 {
            OutputKind::Stdout(mut stdout) => return stdout.flush(),
            OutputKind::Plain(file) => file,
            OutputKind::Gz(encoder) => encoder.finish()?,
            OutputKind::Zstd(encoder) => encoder.finish()?,
        };
        file.into_inner()?.finish()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            OutputKind::Stdout(stdout) => stdout.write(bytes),
            OutputKind::Plain(file) => file.write(bytes),
            OutputKind::Gz(encoder) => encoder.write(bytes),
            OutputKind::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            OutputKind::Stdout(stdout) => stdout.flush(),
            OutputKind::Plain(file) => file.flush(),
            OutputKind::Gz(encoder) => encoder.flush(),
            OutputKind::Zstd(encoder) => encoder.flush(),
        }
    }
}
