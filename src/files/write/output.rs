//! What is written to: a file, plain or compressed, or standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use zstd::stream::write::Encoder as ZstdEncoder;

const BUFFER_BYTES: usize = 1 << 16;

/// What is written to. It must be finished: what is left in it when it is dropped may be lost.
pub struct Output(OutputKind);

enum OutputKind {
    Plain(Box<dyn Write + Send>),
    Gz(GzEncoder<BufWriter<File>>),
    Zstd(ZstdEncoder<'static, BufWriter<File>>),
}

impl Output {
    /// Creates a file, compressed if its name ends in `.gz` or `.zst`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
        let ending = path.extension().and_then(|ending| ending.to_str());
        Ok(Self(match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("gz") => OutputKind::Gz(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => {
                OutputKind::Zstd(ZstdEncoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?)
            }
            _ => OutputKind::Plain(Box::new(file)),
        }))
    }

    /// Returns standard output.
    pub fn stdout() -> Self {
        let stdout = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
        Self(OutputKind::Plain(Box::new(stdout)))
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Those of the system.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            OutputKind::Plain(mut file) => file.flush(),
            OutputKind::Gz(encoder) => encoder.finish()?.flush(),
            OutputKind::Zstd(encoder) => encoder.finish()?.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            OutputKind::Plain(file) => file.write(bytes),
            OutputKind::Gz(encoder) => encoder.write(bytes),
            OutputKind::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            OutputKind::Plain(file) => file.flush(),
            OutputKind::Gz(encoder) => encoder.flush(),
            OutputKind::Zstd(encoder) => encoder.flush(),
        }
    }
}
