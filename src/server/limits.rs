//! The limits of the server.

use std::fmt::Display;
use std::ops::RangeInclusive;

/// Defines each limit once: its type, default and range. `$limits` stands for all of them in a range.
macro_rules! limits {
    ($limits:ident: $($(#[$doc:meta])* $name:ident: $type:ty = $default:expr, $range:expr;)*) => {
        /// Limits of the server; `config/wirecopy.toml` documents them as settings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Limits {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            /// Checks that the server can work with these limits.
            ///
            /// # Errors
            /// Names the setting that is out of range, and its range.
            pub fn validate(&self) -> Result<(), String> {
                let $limits = self;
                $(within(stringify!($name), $limits.$name, $range)?;)*
                Ok(())
            }
        }
    };
}

/// The largest window that HTTP/2 allows.
const MAX_WINDOW: u32 = (1 << 31) - 1;
/// More bytes than any machine has.
const MAX_BYTES: usize = usize::MAX >> 4;
const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1000;

limits! { limits:
    /// The largest message accepted, after decompression.
    message_bytes: usize = 8 << 20, 1 << 10..=1 << 30;
    /// The most connections open at once. At the limit none is accepted until one closes.
    connections: usize = 10_000, 1..=1 << 24;
    /// The most connections open at once from one address (of IPv6: from one network of 64 bits).
    connections_per_address: usize = 256, 1..=1 << 24;
    /// How long a client may take until it speaks HTTP, TLS handshake included.
    handshake_ms: u64 = 10_000, 1..=WEEK_MS;
    /// The most frames a second that carry neither headers nor data, of one connection, beyond two for
    /// each frame of the server that does, and one for each 64 bytes of it. One that sends more is ended.
    control_frames: u32 = 1000, 1..=1 << 30;
    /// The most concurrent streams of one connection.
    streams: u32 = 100, 1..=1 << 20;
    /// The HTTP/2 flow-control window of a stream.
    stream_window_bytes: u32 = 1 << 20, 1 << 16..=MAX_WINDOW;
    /// The HTTP/2 flow-control window of a connection.
    connection_window_bytes: u32 = 4 << 20, 1 << 16..=MAX_WINDOW;
    /// The largest header list of a call; over HTTP/1.1, of the head of a request.
    header_list_bytes: u32 = 16 << 10, 1 << 10..=1 << 24;
    /// How long a connection may be idle before it is pinged.
    keep_alive_ms: u64 = 30_000, 1..=WEEK_MS;
    /// How long a ping may stay unanswered before its connection is closed.
    keep_alive_timeout_ms: u64 = 10_000, 1..=WEEK_MS;
    /// The deadline of unary calls; a shorter `grpc-timeout` of the caller takes precedence.
    deadline_ms: u64 = 30_000, 1..=WEEK_MS;
    /// The most bytes of requests received and not yet answered, of all clients. A connection has at most
    /// as many as all of them leave free. Beyond that, unary calls return RESOURCE_EXHAUSTED, and streams
    /// are not read.
    in_flight_bytes: usize = 256 << 20, 2 * limits.message_bytes..=MAX_BYTES;
    /// The same of replies that clients have not taken.
    reply_bytes: usize = 16 << 20, 16 << 20..=MAX_BYTES;
    /// The most articles of one stream whose replies the client has not yet received.
    stream_articles: usize = 1024, 1..=1 << 20;
    /// The most calls that run in the engine at once; as many submissions of articles may run beside
    /// them.
    calls: usize = 16, 1..=1 << 10;
    /// How long a client may send nothing of a request or a stream of articles before it is ended, and take
    /// nothing of its replies before its connection is closed.
    idle_ms: u64 = 60_000, 1..=WEEK_MS;
    /// The same during a drain.
    drain_idle_ms: u64 = 1_000, 1..=WEEK_MS;
    /// How long a drain may take before the remaining connections are dropped.
    drain_ms: u64 = 30_000, 1..=WEEK_MS;
}

fn within<T: PartialOrd + Display>(
    name: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    let (min, max) = range.into_inner();
    Err(format!("{name} is {value}, but must be {min} to {max}"))
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
        check(|limits| limits.reply_bytes = 1 << 20, "reply_bytes");
        check(|limits| limits.idle_ms = 0, "idle_ms");
        check(|limits| limits.drain_idle_ms = 0, "drain_idle_ms");
        check(|limits| limits.drain_ms = 0, "drain_ms");
    }
}
