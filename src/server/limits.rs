//! The limits of the server.

use std::time::Duration;

/// Limits of the server; `config/wirecopy.toml` documents them as settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest message accepted, after decompression.
    pub message_bytes: usize,
    /// The most connections open at once. At the limit none is accepted until one closes.
    pub connections: usize,
    /// The most concurrent streams of one connection.
    pub streams: u32,
    /// The HTTP/2 flow-control window of a stream.
    pub stream_window_bytes: u32,
    /// The HTTP/2 flow-control window of a connection.
    pub connection_window_bytes: u32,
    /// The largest header list of a call.
    pub header_list_bytes: u32,
    /// How long a connection may be idle before it is pinged.
    pub keep_alive: Duration,
    /// How long a ping may stay unanswered before its connection is closed.
    pub keep_alive_timeout: Duration,
    /// The deadline of unary calls; a shorter `grpc-timeout` of the caller takes precedence.
    pub deadline: Duration,
    /// The most bytes of requests received and not yet answered, of all clients. At the limit unary
    /// calls return RESOURCE_EXHAUSTED, and streams are not read.
    pub in_flight_bytes: usize,
    /// The same for one stream of articles, so that one client does not use up the limit of all.
    pub stream_bytes: usize,
    /// The most articles of one stream whose replies the client has not yet received.
    pub stream_articles: usize,
    /// The most calls that run in the engine at once; as many submissions of articles may run beside
    /// them.
    pub calls: usize,
    /// How long a drain may take before the remaining connections are dropped.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 8 << 20,
            connections: 10_000,
            streams: 100,
            stream_window_bytes: 1 << 20,
            connection_window_bytes: 4 << 20,
            header_list_bytes: 16 << 10,
            keep_alive: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(30),
            in_flight_bytes: 256 << 20,
            stream_bytes: 32 << 20,
            stream_articles: 1024,
            calls: 16,
            drain: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Checks that the server can work with these limits.
    ///
    /// # Errors
    /// Names the setting that is out of range, and its range.
    pub fn validate(&self) -> Result<(), String> {
        /// The largest window that HTTP/2 allows.
        const MAX_WINDOW: usize = (1 << 31) - 1;
        const MAX_BYTES: usize = usize::MAX >> 4;
        const WEEK_MS: usize = 7 * 24 * 60 * 60 * 1000;
        let ms = |duration: Duration| usize::try_from(duration.as_millis()).unwrap_or(usize::MAX);
        let [stream, connection, headers] = [
            self.stream_window_bytes,
            self.connection_window_bytes,
            self.header_list_bytes,
        ]
        .map(|bytes| bytes as usize);
        let (message, timeout) = (self.message_bytes, ms(self.keep_alive_timeout));
        for (name, value, min, max) in [
            // Semaphores count bytes, and acquire up to u32::MAX of them at once.
            ("message_bytes", message, 1 << 10, 1 << 30),
            ("connections", self.connections, 1, 1 << 24),
            ("streams", self.streams as usize, 1, 1 << 20),
            ("stream_window_bytes", stream, 1 << 16, MAX_WINDOW),
            ("connection_window_bytes", connection, 1 << 16, MAX_WINDOW),
            ("header_list_bytes", headers, 1 << 10, 1 << 24),
            ("keep_alive_ms", ms(self.keep_alive), 1, WEEK_MS),
            ("keep_alive_timeout_ms", timeout, 1, WEEK_MS),
            ("deadline_ms", ms(self.deadline), 1, WEEK_MS),
            ("in_flight_bytes", self.in_flight_bytes, message, MAX_BYTES),
            ("stream_bytes", self.stream_bytes, message, MAX_BYTES),
            ("stream_articles", self.stream_articles, 1, 1 << 20),
            ("calls", self.calls, 1, 1 << 10),
            ("drain_ms", ms(self.drain), 1, WEEK_MS),
        ] {
            if !(min..=max).contains(&value) {
                return Err(format!("{name} is {value}, but must be {min} to {max}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_out_of_range_is_named() {
        assert_eq!(Limits::default().validate(), Ok(()));
        let check = |change: fn(&mut Limits), name: &str| {
            let mut limits = Limits::default();
            change(&mut limits);
            let fault = limits.validate().expect_err(name);
            assert!(fault.starts_with(name), "{fault}");
        };
        check(|limits| limits.calls = 0, "calls");
        check(|limits| limits.in_flight_bytes = 1 << 20, "in_flight_bytes");
        check(
            |limits| limits.stream_window_bytes = u32::MAX,
            "stream_window_bytes",
        );
        check(|limits| limits.drain = Duration::ZERO, "drain");
    }
}
