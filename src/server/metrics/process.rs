//! What the system knows of this process.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::text::{Metric, counter_of_seconds, gauge};

/// The memory, files and processor time of the process.
#[derive(Debug)]
pub(super) struct ProcessMetrics {
    resident_bytes: u64,
    virtual_bytes: u64,
    threads: u64,
    open_files: u64,
    max_open_files: u64,
    processor_time: Duration,
}

impl ProcessMetrics {
    /// Asks the system; `None` on one without `/proc`.
    pub(super) fn read() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Some(Self {
            resident_bytes: number("VmRSS:")? << 10,
            virtual_bytes: number("VmSize:")? << 10,
            threads: number("Threads:")?,
            // One of them is the folder that is read here.
            open_files: (fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1),
            max_open_files: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
            processor_time: Duration::new(
                u64::try_from(time.tv_sec).ok()?,
                u32::try_from(time.tv_nsec).ok()?,
            ),
        })
    }

    /// Returns the metrics, under the names that programs of all kinds use.
    pub(super) fn metrics(&self) -> Vec<Metric> {
        vec![
            gauge(
                "process_resident_memory_bytes",
                "Memory of the process.",
                self.resident_bytes as f64,
            ),
            gauge(
                "process_virtual_memory_bytes",
                "Address space of the process.",
                self.virtual_bytes as f64,
            ),
            gauge(
                "process_threads",
                "Threads of the process.",
                self.threads as f64,
            ),
            gauge(
                "process_open_fds",
                "Files that are open.",
                self.open_files as f64,
            ),
            gauge(
                "process_max_fds",
                "Files that may be open.",
                self.max_open_files as f64,
            ),
            counter_of_seconds(
                "process_cpu_seconds",
                "Processor time of the process.",
                self.processor_time.as_secs_f64(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_knows_this_process() {
        let before = ProcessMetrics::read().unwrap();
        assert!(before.resident_bytes > 1 << 20 && before.virtual_bytes >= before.resident_bytes);
        assert!(before.threads >= 1 && before.processor_time > Duration::ZERO);
        let files: Vec<_> = (0..20)
            .map(|_| fs::File::open("/proc/self/status").unwrap())
            .collect();
        let after = ProcessMetrics::read().unwrap();
        // Other tests open and close some meanwhile.
        assert!(after.open_files >= 20 && after.open_files < after.max_open_files);
        drop(files);
    }
}
