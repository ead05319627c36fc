//! What the server bears at most.

use std::time::Duration;

/// Bounds of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest message taken in, after decompression.
    pub message_bytes: usize,
    /// Connections open at once. At the limit nothing is accepted until one closes.
    pub connections: usize,
    /// Streams of one connection at once.
    pub streams: u32,
    /// What a client may send on one stream before it is read.
    pub stream_window_bytes: u32,
    /// What a client may send on one connection before it is read.
    pub connection_window_bytes: u32,
    /// Longest headers of a call.
    pub header_list_bytes: u32,
    /// A connection on which nothing comes in for this long is pinged.
    pub keep_alive: Duration,
    /// A ping unanswered for this long ends its connection.
    pub keep_alive_timeout: Duration,
    /// A call that is no stream is answered within this, or within its caller's `grpc-timeout`
    /// where that is shorter.
    pub deadline: Duration,
    /// Bytes of requests taken in and not yet answered, of all clients. Over it a call answers
    /// RESOURCE_EXHAUSTED, and a stream is not read.
    pub in_flight_bytes: usize,
    /// The same of one stream of articles, so that one client does not use up what is there for all.
    pub stream_bytes: usize,
    /// Articles of one stream taken in whose replies were not yet taken by the client.
    pub stream_articles: usize,
    /// Calls that are in the engine at once; as many submissions of articles may be beside them.
    pub calls: usize,
    /// How long a drain may take before connections are dropped.
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
    /// Says what is wrong with them.
    ///
    /// # Errors
    /// A sentence that names the limit.
    pub fn validate(&self) -> Result<(), String> {
        /// HTTP/2 allows no larger window.
        const MAX_WINDOW: u32 = (1 << 31) - 1;
        let ranges = [
            // Bytes are counted by semaphores, which take up to u32::MAX at once.
            ("message_bytes", self.message_bytes, 1 << 10, 1 << 30),
            ("connections", self.connections, 1, 1 << 24),
            ("streams", self.streams as usize, 1, 1 << 20),
            (
                "stream_window_bytes",
                self.stream_window_bytes as usize,
                1 << 16,
                MAX_WINDOW as usize,
            ),
            (
                "connection_window_bytes",
                self.connection_window_bytes as usize,
                1 << 16,
                MAX_WINDOW as usize,
            ),
            (
                "header_list_bytes",
                self.header_list_bytes as usize,
                1 << 10,
                1 << 24,
            ),
            (
                "in_flight_bytes",
                self.in_flight_bytes,
                self.message_bytes,
                usize::MAX >> 4,
            ),
            (
                "stream_bytes",
                self.stream_bytes,
                self.message_bytes,
                usize::MAX >> 4,
            ),
            ("stream_articles", self.stream_articles, 1, 1 << 20),
            ("calls", self.calls, 1, 1 << 10),
        ];
        for (name, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(format!("{name} is {value}, and must be {least} to {most}"));
            }
        }
        let durations = [
            ("keep_alive", self.keep_alive),
            ("keep_alive_timeout", self.keep_alive_timeout),
            ("deadline", self.deadline),
            ("drain", self.drain),
        ];
        for (name, value) in durations {
            if value.is_zero() {
                return Err(format!("{name} is zero"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senseless_limit_is_named() {
        assert_eq!(Limits::default().validate(), Ok(()));
        let check = |limits: Limits, name: &str| {
            let fault = limits.validate().expect_err(name);
            assert!(fault.starts_with(name), "{fault}");
        };
        check(
            Limits {
                calls: 0,
                ..Limits::default()
            },
            "calls",
        );
        check(
            Limits {
                in_flight_bytes: 1 << 20,
                ..Limits::default()
            },
            "in_flight_bytes",
        );
        check(
            Limits {
                stream_window_bytes: u32::MAX,
                ..Limits::default()
            },
            "stream_window_bytes",
        );
        check(
            Limits {
                drain: Duration::ZERO,
                ..Limits::default()
            },
            "drain",
        );
    }
}
