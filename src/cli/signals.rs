//! The signals that ask the process to stop.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, process, thread};

use anyhow::{Context as _, Result};

use super::output::report;

/// What [`remove_when_stopped`] was given.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
const FAILED: &str = "failed to wait for signals";

/// Returns a future that completes with the number of the signal when the process is asked to stop: by
/// SIGTERM, by Ctrl-C, or by SIGHUP when its terminal is closed, unless it was started to ignore that, as
/// `nohup` does.
#[cfg(unix)]
pub fn stop_signal() -> Result<impl Future<Output = i32> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context(FAILED)?;
    let mut interrupt = signal(SignalKind::interrupt()).context(FAILED)?;
    let hangup = (!ignores_hangup()).then(|| signal(SignalKind::hangup()));
    let mut hangup = hangup.transpose().context(FAILED)?;
    Ok(async move {
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let signal = tokio::select! {
            _ = terminate.recv() => SignalKind::terminate(),
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = hung_up => SignalKind::hangup(),
        };
        signal.as_raw_value()
    })
}

/// Returns a future that completes when the process is asked to stop.
#[cfg(not(unix))]
pub fn stop_signal() -> Result<impl Future<Output = i32> + Send + 'static> {
    Ok(async {
        // Without signals, the process can only be killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        2
    })
}

/// Whether the process was started to ignore SIGHUP, as far as the system says.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 != 0) // SIGHUP is number 1
}

/// Removes a temporary folder, or a file that is not whole, and ends the process, when that is asked to stop. May be
/// called for several.
pub fn remove_when_stopped(path: &Path) -> Result<()> {
    let mut unfinished = unfinished();
    unfinished.push(path.to_owned());
    if unfinished.len() > 1 {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .context(FAILED)?;
    let stopped = {
        let _entered = runtime.enter();
        stop_signal()?
    };
    thread::spawn(move || {
        let signal = runtime.block_on(stopped);
        remove(&self::unfinished());
        process::exit(128 + signal)
    });
    Ok(())
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove(paths: &[PathBuf]) {
    let is_file = |path: &&PathBuf| !path.is_dir();
    let removed = paths.iter().filter(is_file);
    if removed.filter(|path| fs::remove_file(path).is_ok()).count() > 0 {
        report(format_args!(
            "stopped before the output was whole; it was not written"
        ));
    }
    for folder in paths.iter().filter(|path| path.is_dir()) {
        remove_folder(folder);
    }
}

fn remove_folder(folder: &Path) {
    // Other threads still write to it.
    for _ in 0..100 {
        let _ = fs::remove_dir_all(folder);
        if !folder.exists() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
