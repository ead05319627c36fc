//! The built server, as a process.

#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use wirecopy::server::client::{self, AuthorizedChannel};
use wirecopy::server::proto::wirecopy_client::WirecopyClient;

/// A server with a store in memory, killed when dropped.
pub struct ServerProcess {
    process: Child,
    pub address: SocketAddr,
}

impl ServerProcess {
    /// Starts a server with these settings.
    pub fn start(settings: &[&str]) -> Self {
        Self::start_with(settings, Stdio::null())
    }

    /// Starts a server whose log goes to `log`.
    pub fn start_with(settings: &[&str], log: Stdio) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let address = port.unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirecopy"));
        command.args(["serve", "--memory", "--listen", &address.to_string()]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let process = command.stderr(log).spawn().unwrap();
        Self { process, address }
    }

    pub async fn client(&mut self) -> WirecopyClient<AuthorizedChannel> {
        for _ in 0..600 {
            if let Ok(client) = client::connect(&self.address.to_string()).await {
                return client;
            }
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "the server does not start: {ended:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not answer");
    }

    /// Returns the memory that the server has, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<u64>().unwrap() << 10
    }

    /// Waits until the server has at most so much memory, and returns what it has; or what it has after a
    /// time.
    pub async fn memory_below(&self, bytes: u64, patience: Duration) -> u64 {
        let begun = Instant::now();
        while self.memory() > bytes && begun.elapsed() < patience {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.memory()
    }

    /// Asks the server to stop. Returns its exit code, and how long it took.
    pub async fn stop(mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let pid = Pid::from_child(&self.process);
        kill_process(pid, Signal::TERM).unwrap();
        loop {
            if let Some(ended) = self.process.try_wait().unwrap() {
                return (ended.code(), begun.elapsed());
            }
            let late = begun.elapsed() > Duration::from_secs(60);
            assert!(!late, "the server does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
