//! Failures of a command, as people read them: once, in one line, with what to do.

use std::io::ErrorKind;

use anyhow::Error;
use tonic::Status;

use super::remote;

/// Arguments that contradict one another or the names of files, which is only known after they were parsed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidArguments(pub String);

/// Returns the line that reports a failure.
pub fn line(error: &Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let status = cause.downcast_ref::<Status>();
        let words = status.map_or_else(|| cause.to_string(), remote::of_status);
        // Most errors name their cause themselves.
        if !line.contains(&words) {
            if !line.is_empty() {
                line += ": ";
            }
            line += &words;
        }
        if status.is_some() {
            break; // what is below is for programs
        }
    }
    let line = line
        .lines()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    match advice(error) {
        Some(advice) => format!("{line}; {advice}"),
        None => line,
    }
}

/// Returns what to do about the system's error in a failure.
fn advice(error: &Error) -> Option<&'static str> {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>())?;
    match io.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            Some("check the path")
        }
        ErrorKind::PermissionDenied => Some("check who may use it, and as whom this runs"),
        ErrorKind::AddrInUse => {
            Some("another program has it: stop that, or choose another address")
        }
        ErrorKind::AddrNotAvailable => Some("choose an address of this machine"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Some("make room on the disk"),
        ErrorKind::ReadOnlyFilesystem => Some("choose a path that can be written"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("failed to read `x`: {source}")]
    struct WithCause {
        source: std::io::Error,
    }

    #[test]
    fn a_cause_is_named_once_and_in_one_line() {
        let missing = || std::io::Error::from_raw_os_error(2);
        let system = missing().to_string();
        let error =
            Error::from(WithCause { source: missing() }).context("failed to open the store");
        let expected =
            format!("failed to open the store: failed to read `x`: {system}; check the path");
        assert_eq!(line(&error), expected);
        let error = Err::<(), _>(missing()).context("failed to open `y`");
        let expected = format!("failed to open `y`: {system}; check the path");
        assert_eq!(line(&error.unwrap_err()), expected);
        assert_eq!(line(&Error::msg("one\n\n  two\n")), "one; two");
        let error = Error::from(Status::not_found("no article `x`")).context("failed to compare");
        assert_eq!(line(&error), "failed to compare: no article `x`");
    }
}
