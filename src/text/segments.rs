//! Text -> segments: the lines of a text, and the sentences of long lines. What a site repeats on its
//! pages is learned by the segment.

use super::Span;
use super::scan::{Found, scan};

/// A line longer than this is taken sentence by sentence, in bytes.
const LONG_LINE: usize = 240;

/// A line of a text, or a sentence of a long one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// From its first token to the end of its last.
    pub span: Span,
    /// Hash of its tokens in their order: equal for segments that read the same.
    pub hash: u64,
    /// How many tokens it has; at least 1.
    pub tokens: u32,
}

/// Returns the segments of a text, in order. What has no token is none.
pub fn segments(text: &str) -> Vec<Segment> {
    let bytes = text.as_bytes();
    let mut segments = Vec::new();
    let mut segment: Option<Segment> = None;
    let mut line_is_long = false;
    let mut after = 0;
    scan(text, |found| {
        let gap = &bytes[after..found.start];
        // Between most tokens stands a space, or nothing.
        let is_plain = matches!(gap, [] | [b' ']);
        let is_new_line = segment.is_none() || (!is_plain && gap.contains(&b'\n'));
        if is_new_line {
            line_is_long = is_long(&bytes[found.start..]);
        }
        let begins = is_new_line
            || (!is_plain && line_is_long && ends_sentence(&text[after..found.start]));
        after = found.end;
        match &mut segment {
            Some(segment) if !begins => segment.add(&found),
            _ => segments.extend(segment.replace(Segment::new(&found))),
        }
    });
    segments.extend(segment);
    segments
}

impl Segment {
    fn new(first: &Found) -> Self {
        Self {
            span: first.span(),
            hash: combine(0, first.hash),
            tokens: 1,
        }
    }

    fn add(&mut self, next: &Found) {
        self.span.end = next.span().end;
        self.hash = combine(self.hash, next.hash);
        self.tokens += 1;
    }
}

/// Whether the line that begins here is longer than is taken as one.
fn is_long(rest: &[u8]) -> bool {
    rest.get(..LONG_LINE)
        .is_some_and(|shown| !shown.contains(&b'\n'))
}

/// Whether what stands between two tokens ends a sentence.
fn ends_sentence(gap: &str) -> bool {
    gap.contains([
        '.', '!', '?', '…', '。', '！', '？', '؟', '۔', '।', '|', '•', '·',
    ])
}

/// Adds a token's hash to those before it; which comes first matters.
fn combine(hash: u64, token: u64) -> u64 {
    (hash.rotate_left(23) ^ token).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = segments(text)
            .iter()
            .map(|s| &text[s.span.start as usize..s.span.end as usize])
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_segments() {
        check("", &[]);
        check("— … !", &[]);
        check(
            "One line. Of two sentences\n\n- Sign up!\r\n",
            &["One line. Of two sentences", "Sign up"],
        );
    }

    #[test]
    fn long_lines_are_taken_by_the_sentence() {
        let sentence =
            "the tide came in over the wall at dawn and the men of the harbour went home";
        let text =
            format!("short line\n{sentence}. {sentence}! {sentence}; {sentence}. Subscribe now");
        check(
            &text,
            &[
                "short line",
                sentence,
                sentence,
                &format!("{sentence}; {sentence}"),
                "Subscribe now",
            ],
        );
    }

    #[test]
    fn the_first_line_may_be_long_too() {
        let text = format!("{} end. Subscribe now", "word ".repeat(60));
        assert_eq!(segments(&text).len(), 2);
    }

    #[test]
    fn segments_that_read_the_same_are_the_same() {
        let of = |text: &str| segments(text)[0].hash;
        assert_eq!(of("Sign up for our “News”"), of("* SIGN UP: for our news!"));
        assert_ne!(of("sign up for our news"), of("up sign for our news"));
        assert_ne!(of("a a"), of("a"));
    }
}
