//! Values that are read from files, and read again when the files change.
//!
//! The files are compared by their contents, so it does not matter how they are replaced: written in
//! place, renamed, or behind a symbolic link that moves.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ring::digest::{self, SHA256};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Larger than any file of certificates or tokens.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// A file and what it held.
pub(super) struct Contents {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

impl Contents {
    /// Returns a message about the file.
    pub(super) fn fault(&self, why: impl std::fmt::Display) -> String {
        format!("`{}`: {why}", self.path.display())
    }
}

/// Reads a value from files, and again within `interval` after they change. A change that cannot be
/// used is logged once, and the former value stays. `parse` gets that value, too.
///
/// # Errors
/// The files cannot be read, or hold no such value.
pub(super) async fn start<T: Send + Sync + 'static>(
    what: &'static str,
    files: Vec<PathBuf>,
    interval: Duration,
    stopped: CancellationToken,
    parse: impl Fn(&[Contents], Option<&T>) -> Result<T, String> + Send + 'static,
) -> Result<watch::Receiver<Arc<T>>, String> {
    let files: Arc<[PathBuf]> = files.into();
    let contents = read(Arc::clone(&files)).await?;
    let mut seen = Ok(fingerprint(&contents));
    let (sender, values) = watch::channel(Arc::new(parse(&contents, None)?));
    drop(contents);
    tokio::spawn(stopped.run_until_cancelled_owned(async move {
        loop {
            tokio::time::sleep(interval).await;
            let contents = read(Arc::clone(&files)).await;
            let found = match &contents {
                Ok(contents) => Ok(fingerprint(contents)),
                Err(why) => Err(why.clone()),
            };
            if seen == found {
                continue;
            }
            seen = found;
            let former = Arc::clone(&sender.borrow());
            match contents.and_then(|contents| parse(&contents, Some(&former))) {
                Ok(value) => {
                    sender.send_replace(Arc::new(value));
                    info!("the files of the {what} have changed and are in use");
                }
                Err(why) => warn!("the former {what} stay in use: {why}"),
            }
        }
    }));
    Ok(values)
}

async fn read(files: Arc<[PathBuf]>) -> Result<Vec<Contents>, String> {
    let read = spawn_blocking(move || files.iter().map(|path| read_file(path)).collect());
    read.await.unwrap_or_else(|error| Err(error.to_string()))
}

fn read_file(path: &Path) -> Result<Contents, String> {
    let mut contents = Contents {
        path: path.to_owned(),
        bytes: Vec::new(),
    };
    let read = File::open(path).and_then(|file| {
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut contents.bytes)
    });
    match read {
        Err(error) => Err(format!("failed to read {}", contents.fault(error))),
        Ok(len) if len as u64 > MAX_FILE_BYTES => {
            Err(contents.fault(format!("more than {} MiB", MAX_FILE_BYTES >> 20)))
        }
        Ok(_) => Ok(contents),
    }
}

/// Returns the SHA-256 of the files, so that keys need not be kept to be compared.
fn fingerprint(contents: &[Contents]) -> Vec<u8> {
    let of_each = contents
        .iter()
        .flat_map(|file| digest::digest(&SHA256, &file.bytes).as_ref().to_vec());
    of_each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_changed_file_is_read_again_and_a_bad_one_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("number");
        let parse = |files: &[Contents], former: Option<&(u32, u32)>| {
            let text = String::from_utf8_lossy(&files[0].bytes);
            let number = text.parse().map_err(|error| files[0].fault(error))?;
            Ok((number, former.map_or(0, |former| former.0)))
        };
        let stopped = CancellationToken::new();
        let start = || {
            let interval = Duration::from_millis(5);
            start(
                "number",
                vec![file.clone()],
                interval,
                stopped.clone(),
                parse,
            )
        };
        let missing = start().await.unwrap_err();
        assert!(missing.starts_with("failed to read `"), "{missing}");
        std::fs::write(&file, "one").unwrap();
        assert!(start().await.unwrap_err().contains("number`: "));

        std::fs::write(&file, "1").unwrap();
        let mut values = start().await.unwrap();
        assert_eq!(**values.borrow(), (1, 0));
        for bad in ["two", ""] {
            std::fs::write(&file, bad).unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        std::fs::remove_file(&file).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(**values.borrow(), (1, 0), "the former value stays");
        // Renamed into place, as certificates are.
        std::fs::write(dir.path().join("new"), "3").unwrap();
        std::fs::rename(dir.path().join("new"), &file).unwrap();
        values.changed().await.unwrap();
        assert_eq!(**values.borrow(), (3, 1));
        stopped.cancel();
    }

    #[test]
    fn a_file_without_end_is_refused() {
        let endless = read_file(Path::new("/dev/zero")).err().unwrap();
        assert_eq!(endless, "`/dev/zero`: more than 16 MiB");
    }
}
