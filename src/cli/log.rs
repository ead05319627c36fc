//! The log, on standard error.

use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` says what is logged; by default, what an operator should know.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| LossyWriter {
            inner: io::stderr(),
            dropped: &DROPPED,
        })
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .init();
}

/// How many lines could not be written since the last one that could.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// A writer that drops what it cannot write, counts it, and reports the count when it can write again: a full
/// disk must not end the server.
struct LossyWriter<'d, W> {
    inner: W,
    dropped: &'d AtomicU64,
}

impl<W: Write> LossyWriter<'_, W> {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            let report = format!("{dropped} lines of the log could not be written here\n");
            self.inner.write_all(report.as_bytes())?;
            self.dropped.fetch_sub(dropped, Ordering::Relaxed);
        }
        self.inner.write_all(line)
    }
}

impl<W: Write> Write for LossyWriter<'_, W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.write_line(line).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file on a disk that is full at times.
    #[derive(Default)]
    struct FullDisk {
        is_full: bool,
        written: Vec<u8>,
    }

    impl Write for &mut FullDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.is_full {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => self.written.write(bytes),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_cannot_be_written_are_dropped_and_counted() {
        let (mut disk, dropped) = (FullDisk::default(), AtomicU64::new(0));
        let mut log = |is_full: bool, line: &str| {
            disk.is_full = is_full;
            let inner = &mut disk;
            let mut log = LossyWriter {
                inner,
                dropped: &dropped,
            };
            log.write_all(line.as_bytes()).unwrap();
        };
        log(false, "one\n");
        log(true, "two\n");
        log(true, "three\n");
        log(false, "four\n");
        log(false, "five\n");
        let written = String::from_utf8(disk.written).unwrap();
        let expected = "one\n2 lines of the log could not be written here\nfour\nfive\n";
        assert_eq!(written, expected);
    }
}
