//! Reads the heads of HTTP/2 frames, and bounds how many frames a client may send that carry no data.
//!
//! The library that speaks HTTP/2 limits resets, continuations and empty data, but answers every
//! SETTINGS and PING. A flood of them costs the sender little and the other clients a core.

use std::time::Instant;

/// What a client sends before its first frame.
pub(super) const PREFACE: [u8; PREFACE_LEN] = *b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub(super) const PREFACE_LEN: usize = 24;
/// The bytes of a frame before its payload.
const HEAD_LEN: usize = 9;
/// For each frame of ours that carries headers or data, a client may send this many without: some
/// measure the connection with a PING for each reply, and open its window again.
const FOR_A_REPLY: f64 = 2.0;
/// One frame of a stream carries many replies, and clients on gRPC's C core open the window for each.
/// Hardly a reply to an article has fewer bytes.
const REPLY_BYTES: f64 = 64.0;
/// The most that is saved up for replies: a mebibyte of them may be under way before the client reads the first.
const MOST_FOR_REPLIES: f64 = 16_384.0;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const END_STREAM: u8 = 1;

/// Why a connection is ended (RFC 9113, section 7).
#[derive(Debug, Clone, Copy)]
pub(super) enum Reason {
    /// ENHANCE_YOUR_CALM: the client sends too much.
    EnhanceYourCalm = 0xb,
    /// INADEQUATE_SECURITY: the client must use TLS.
    InadequateSecurity = 0xc,
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHead {
    /// The bytes of its payload.
    pub(super) len: usize,
    kind: u8,
    flags: u8,
    /// The stream; 0: the connection.
    pub(super) stream: u32,
}

impl FrameHead {
    fn parse(bytes: [u8; HEAD_LEN]) -> Self {
        let [a, b, c, kind, flags, d, e, f, g] = bytes;
        Self {
            len: u32::from_be_bytes([0, a, b, c]) as usize,
            kind,
            flags,
            stream: u32::from_be_bytes([d & 0x7f, e, f, g]),
        }
    }

    /// Returns whether the frame opens a stream, or ends one.
    pub(super) fn is_headers(self) -> bool {
        self.kind == HEADERS
    }

    /// Returns whether the frame carries headers or data, or ends a stream.
    pub(super) fn carries(self) -> bool {
        let is_data = self.kind == DATA && (self.len > 0 || self.flags & END_STREAM != 0);
        is_data || self.is_headers()
    }
}

/// Finds the heads of frames in a sequence of bytes that comes in pieces.
#[derive(Debug)]
pub(super) struct FrameReader {
    /// How many bytes come before the next head.
    skip: usize,
    head: [u8; HEAD_LEN],
    filled: usize,
    has_begun: bool,
}

impl FrameReader {
    /// Creates a reader of a sequence whose first frame comes after `prefix` bytes.
    pub(super) fn after(prefix: usize) -> Self {
        Self {
            skip: prefix,
            head: [0; HEAD_LEN],
            filled: 0,
            has_begun: false,
        }
    }

    /// Reads the next bytes, and passes on the head of each frame that begins in them.
    pub(super) fn read(&mut self, mut bytes: &[u8], mut found: impl FnMut(FrameHead)) {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let taken = (HEAD_LEN - self.filled).min(bytes.len());
            self.head[self.filled..][..taken].copy_from_slice(&bytes[..taken]);
            self.filled += taken;
            bytes = &bytes[taken..];
            if self.filled == HEAD_LEN {
                let head = FrameHead::parse(self.head);
                (self.filled, self.skip) = (0, head.len);
                self.has_begun = true;
                found(head);
            }
        }
    }

    /// Returns whether the head of a frame was read.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Returns whether the bytes so far end with a whole frame, or with the prefix.
    pub(super) fn is_between_frames(&self) -> bool {
        self.skip == 0 && self.filled == 0
    }
}

/// The frames without headers or data that a client may still send.
#[derive(Debug)]
pub(super) struct FrameBudget {
    per_second: f64,
    left: f64,
    /// What it may send for frames of ours, apart from that.
    for_replies: f64,
    filled: Instant,
}

impl FrameBudget {
    /// Creates the budget of a new connection: what it gets in a second.
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            left: per_second,
            for_replies: 0.0,
            filled: now,
        }
    }

    /// Takes frames from the budget. Returns whether there were enough.
    pub(super) fn spend(&mut self, frames: u32, now: Instant) -> bool {
        let seconds = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.left = (self.left + seconds * self.per_second).min(self.per_second);
        let frames = f64::from(frames);
        let for_replies = frames.min(self.for_replies);
        self.for_replies -= for_replies;
        self.left -= frames - for_replies;
        self.left >= 0.0
    }

    /// Adds what a client may send for a frame of ours with `len` bytes.
    pub(super) fn replied(&mut self, len: usize) {
        let earned = FOR_A_REPLY + len as f64 / REPLY_BYTES;
        self.for_replies = (self.for_replies + earned).min(MOST_FOR_REPLIES);
    }
}

/// Returns a GOAWAY frame: no stream after `last` was or will be answered.
pub(super) fn go_away(last: u32, reason: Reason, why: &str) -> Vec<u8> {
    let payload = [
        &last.to_be_bytes()[..],
        &(reason as u32).to_be_bytes(),
        why.as_bytes(),
    ]
    .concat();
    [&frame_head(GO_AWAY, payload.len())[..], &payload].concat()
}

/// Returns a SETTINGS frame without settings, with which every server begins.
pub(super) fn no_settings() -> [u8; HEAD_LEN] {
    frame_head(SETTINGS, 0)
}

/// Returns the head of a frame about the connection. `len` is less than 2^24.
fn frame_head(kind: u8, len: usize) -> [u8; HEAD_LEN] {
    let [.., a, b, c] = len.to_be_bytes();
    [a, b, c, kind, 0, 0, 0, 0, 0]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let [_, a, b, c] = (payload.len() as u32).to_be_bytes();
        let head = [&[a, b, c, kind, flags][..], &stream.to_be_bytes()].concat();
        [&head[..], payload].concat()
    }

    #[test]
    fn heads_are_found_however_the_bytes_are_cut() {
        let bytes = [
            vec![b'x'; PREFACE_LEN],
            frame(SETTINGS, 0, 0, &[7; 6]),
            frame(HEADERS, 4, 1, &[7; 300]),
            frame(DATA, 0, 1, &[]),
            frame(DATA, END_STREAM, 1, &[]),
            frame(6, 0, 0, &[7; 8]),
        ]
        .concat();
        for piece in [1, 2, 8, 9, 10, 33, bytes.len()] {
            let mut reader = FrameReader::after(PREFACE_LEN);
            assert!(!reader.is_between_frames());
            let mut heads = Vec::new();
            for bytes in bytes.chunks(piece) {
                reader.read(bytes, |head| heads.push(head));
            }
            let kinds: Vec<u8> = heads.iter().map(|head| head.kind).collect();
            assert_eq!(kinds, [SETTINGS, HEADERS, DATA, DATA, 6], "{piece}");
            let carry: Vec<bool> = heads.iter().map(|head| head.carries()).collect();
            assert_eq!(carry, [false, true, false, true, false]);
            assert_eq!((heads[1].len, heads[1].stream), (300, 1));
            assert!(reader.is_between_frames());
            reader.read(&[0], |_| ());
            assert!(!reader.is_between_frames());
        }
    }

    #[test]
    fn a_budget_is_spent_and_filled_again() {
        let start = Instant::now();
        let mut budget = FrameBudget::new(100, start);
        assert!(budget.spend(100, start));
        assert!(!budget.spend(1, start));
        assert!(budget.spend(40, start + Duration::from_millis(500)));
        let mut budget = FrameBudget::new(100, start);
        // A PING and an update of a window for each reply are never too many.
        for _ in 0..10_000 {
            budget.replied(0);
            assert!(budget.spend(2, start));
        }
        // A pause saves up no more than a second.
        assert!(!budget.spend(101, start + Duration::from_secs(60)));
        // Nor is an update for each of many replies in a few frames, however late.
        let mut budget = FrameBudget::new(100, start);
        for _ in 0..1_000 {
            (0..4).for_each(|_| budget.replied(100 * 64));
            assert!(budget.spend(400, start));
        }
        for _ in 0..1_000 {
            budget.replied(1 << 20);
        }
        assert!(!budget.spend(16_384 + 101, start));
    }

    #[test]
    fn what_is_sent_can_be_read() {
        let sent = [
            &no_settings()[..],
            &go_away(9, Reason::EnhanceYourCalm, "slower"),
        ]
        .concat();
        let mut heads = Vec::new();
        let mut reader = FrameReader::after(0);
        reader.read(&sent, |head| heads.push(head));
        assert!(reader.is_between_frames());
        assert_eq!((heads[0].kind, heads[0].len), (SETTINGS, 0));
        assert_eq!((heads[1].kind, heads[1].len), (GO_AWAY, 8 + 6));
        assert!(sent.ends_with(b"\0\0\0\x09\0\0\0\x0bslower"));
    }
}
