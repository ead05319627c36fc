//! The built server as a process of its own, and what the system knows of it.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Longer than any start takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is killed when dropped. It keeps everything in memory.
pub struct LoggedServer {
    child: Child,
    pub address: SocketAddr,
    log: PathBuf,
}

impl LoggedServer {
    /// Starts the server with arguments, and waits until it listens. Its log goes to a file in `dir`.
    /// `open_files` limits how many files it may have open.
    pub fn start(dir: &Path, arguments: &[&str], level: &str, open_files: Option<u32>) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        let log = dir.join("server.log");
        let program = env!("CARGO_BIN_EXE_wirecopy");
        let mut command = match open_files {
            None => Command::new(program),
            Some(files) => {
                let mut shell = Command::new("sh");
                shell.args([
                    "-c",
                    &format!("ulimit -n {files}; exec \"$0\" \"$@\""),
                    program,
                ]);
                shell
            }
        };
        let child = command
            .args(["serve", "--memory", "--listen", &address.to_string()])
            .args(arguments)
            .env("RUST_LOG", level)
            .current_dir(dir)
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("the program starts");
        let mut server = Self {
            child,
            address,
            log,
        };
        let begun = Instant::now();
        while !server.log().contains("listening") {
            let ended = server.child.try_wait().expect("a child");
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "{}",
                server.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Returns what it has logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Asks it to stop, and returns its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(asked.expect("kill runs").success());
        self.child.wait().expect("a child").code()
    }

    /// Returns the processor time that it has used.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("the process runs");
        // After the name in brackets; the clock of the system has 100 ticks a second.
        let fields = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let ticks = fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok());
        Duration::from_millis(10 * ticks.sum::<u64>())
    }

    /// Returns the most memory that it has had so far, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process runs");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok());
        peak.expect("the peak in KiB") << 10
    }
}

impl Drop for LoggedServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
