//! Finds a server on this machine and reads what a process uses, from `/proc`.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// The memory of a process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessMemory {
    /// What is resident now.
    pub resident: u64,
    /// The most that was resident.
    pub peak: u64,
}

/// Reads the memory of a process; `None` if there is no such process or no `/proc`.
pub fn memory(pid: u32) -> Option<ProcessMemory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib << 10)
    };
    Some(ProcessMemory {
        resident: bytes("VmRSS:")?,
        peak: bytes("VmHWM:")?,
    })
}

/// Reads the processor time that a process has used; `None` if there is no such process or no `/proc`.
pub fn processor_time(pid: u32) -> Option<Duration> {
    /// Milliseconds of a tick, in which the kernel reports times (USER_HZ).
    const TICK_MS: u64 = 10;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program is in parentheses, and may have spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    let user_and_system = fields.split_whitespace().skip(11).take(2);
    let ticks: Option<u64> = user_and_system.map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks? * TICK_MS))
}

/// Finds the process that listens on the address of a URL, if that is on this machine.
pub fn listener(url: &str) -> Option<u32> {
    let authority = url.rsplit("://").next()?.split('/').next()?;
    let (host, port) = authority.rsplit_once(':')?;
    if !["127.0.0.1", "localhost", "[::1]"].contains(&host) {
        return None;
    }
    let port: u16 = port.parse().ok()?;
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(fs::read_to_string);
    let sockets = tables
        .iter()
        .flatten()
        .filter_map(|table| inode(table, port));
    let links: Vec<String> = sockets.map(|inode| format!("socket:[{inode}]")).collect();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|process| has_open(&process.path(), &links))
        .find_map(|process| process.file_name().to_str()?.parse().ok())
}

/// Returns the inode of the socket that listens on a port, from one of the kernel's tables.
fn inode(table: &str, port: u16) -> Option<&str> {
    /// The state TCP_LISTEN, as the kernel writes it.
    const TCP_LISTEN: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let (address, state) = (fields.nth(1)?, fields.nth(1)?);
        let local_port = address.rsplit(':').next()?;
        let is_it = state == TCP_LISTEN && u16::from_str_radix(local_port, 16) == Ok(port);
        is_it.then(|| fields.nth(5)).flatten()
    })
}

fn has_open(process: &Path, links: &[String]) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    files.flatten().any(|file| {
        let target = fs::read_link(file.path());
        target.is_ok_and(|target| links.iter().any(|link| target.as_os_str() == link.as_str()))
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn finds_the_process_that_listens() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let pid = listener(&url);
        assert_eq!(pid, Some(std::process::id()));
        let memory = memory(pid.unwrap()).unwrap();
        assert!(memory.resident > 1 << 16 && memory.peak >= memory.resident);
        let begun = std::time::Instant::now();
        let before = processor_time(pid.unwrap()).unwrap();
        while processor_time(pid.unwrap()).unwrap() < before + Duration::from_millis(30) {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "this loop uses the processor"
            );
        }
    }

    #[test]
    fn ignores_other_machines() {
        for url in ["http://192.0.2.1:7717", "http://a.example", "nonsense"] {
            assert_eq!(listener(url), None, "{url}");
        }
    }
}
