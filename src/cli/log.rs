//! The log, on standard error.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clap::ValueEnum;
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

use super::output;

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts logging. `RUST_LOG` says what is logged; by default, what an operator should know.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || LossyWriter {
            inner: io::stderr(),
            dropped: &DROPPED,
            format,
        })
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false);
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true);
            lines.with_current_span(true).with_span_list(false).init();
            IS_JSON.store(true, Ordering::Relaxed);
            panic::set_hook(Box::new(|panic| error!("{panic}")));
        }
    }
}

/// Whether everything on standard error is to be JSON.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Reports something on standard error: as a line for people, or else in the log.
pub fn report(words: fmt::Arguments<'_>) {
    match IS_JSON.load(Ordering::Relaxed) {
        true => info!("{words}"),
        false => output::report(words),
    }
}

/// Reports why the program ends, as [`report`] does.
pub fn report_failure(words: fmt::Arguments<'_>) {
    match IS_JSON.load(Ordering::Relaxed) {
        true => error!("{words}"),
        false => output::report(words),
    }
}

/// How many lines could not be written since the last one that could.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// A writer that drops what it cannot write, counts it, and reports the count when it can write again: a full
/// disk must not end the server.
struct LossyWriter<'d, W> {
    inner: W,
    dropped: &'d AtomicU64,
    format: LogFormat,
}

impl<W: Write> LossyWriter<'_, W> {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            let report = format!("{dropped} lines of the log could not be written here");
            let report = match self.format {
                LogFormat::Text => report + "\n",
                LogFormat::Json => {
                    format!(
                        "{{\"level\":\"WARN\",\"message\":\"{report}\",\"dropped\":{dropped}}}\n"
                    )
                }
            };
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
        let check = |format: LogFormat, expected: &str| {
            assert_eq!(written(format), expected);
        };
        check(
            LogFormat::Text,
            "one\n2 lines of the log could not be written here\nfour\nfive\n",
        );
        check(
            LogFormat::Json,
            "one\n{\"level\":\"WARN\",\"message\":\"2 lines of the log could not be written here\",\"dropped\":2}\nfour\nfive\n",
        );
    }

    /// Returns what is written of five lines if the disk is full for two of them.
    fn written(format: LogFormat) -> String {
        let (mut disk, dropped) = (FullDisk::default(), AtomicU64::new(0));
        let mut log = |is_full: bool, line: &str| {
            disk.is_full = is_full;
            let inner = &mut disk;
            let mut log = LossyWriter {
                inner,
                dropped: &dropped,
                format,
            };
            log.write_all(line.as_bytes()).unwrap();
        };
        log(false, "one\n");
        log(true, "two\n");
        log(true, "three\n");
        log(false, "four\n");
        log(false, "five\n");
        String::from_utf8(disk.written).unwrap()
    }
}
