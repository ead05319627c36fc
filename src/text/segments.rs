//! Text -> segments: the lines of a text, and the sentences of long lines. What a site repeats on its
//! pages is learned by the segment.

use super::Span;
use super::found::Found;
use super::scan::scan;

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
    let mut cutter = Cutter::new(text);
    scan(text, |tokens| cutter.take(tokens));
    cutter.finish()
}

/// Cuts a row of tokens into segments.
#[derive(Default)]
pub(super) struct Cutter<'t> {
    text: &'t str,
    segments: Vec<Segment>,
    line_is_long: bool,
    /// Where the segment at work begins, and how far it has come.
    start: u32,
    end: u32,
    hash: u64,
    tokens: u32,
}

impl<'t> Cutter<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// Takes the next tokens.
    #[inline]
    pub fn take(&mut self, tokens: &[Found]) {
        let text = self.text.as_bytes();
        let (mut hash, mut end) = (self.hash, self.end);
        for token in tokens {
            let gap = &text[end as usize..token.start as usize];
            let seen = match gap {
                [b' '] | [] => 0,
                _ => gap.iter().fold(0, |seen, &b| seen | IN_GAP[usize::from(b)]),
            };
            if seen != 0 || self.tokens == 0 {
                (self.hash, self.end) = (hash, end);
                self.pass_gap(seen, token.start);
                hash = self.hash;
            }
            end = token.end;
            self.tokens += 1;
            hash = combine(hash, token.hash);
        }
        (self.hash, self.end) = (hash, end);
    }

    /// Ends the segment where what stands before the next token does. Kept apart, so that the way of
    /// other gaps is short.
    #[inline(never)]
    fn pass_gap(&mut self, seen: u8, next: u32) {
        let is_new_line = self.tokens == 0 || seen & NEW_LINE != 0;
        if is_new_line {
            self.line_is_long = is_long(&self.text.as_bytes()[next as usize..]);
        }
        let ends_sentence = || {
            let gap = &self.text[self.end as usize..next as usize];
            seen & STOP != 0 || (seen & NOT_ASCII != 0 && gap.contains(STOPS))
        };
        if is_new_line || (self.line_is_long && ends_sentence()) {
            self.end();
            self.start = next;
        }
    }

    /// Returns the segments, after the last token.
    pub fn finish(mut self) -> Vec<Segment> {
        self.end();
        self.segments
    }

    fn end(&mut self) {
        if self.tokens > 0 {
            self.segments.push(Segment {
                span: Span {
                    start: self.start,
                    end: self.end,
                },
                hash: self.hash,
                tokens: self.tokens,
            });
        }
        (self.hash, self.tokens) = (0, 0);
    }
}

/// Whether the line that begins here is longer than is taken as one.
fn is_long(rest: &[u8]) -> bool {
    rest.get(..LONG_LINE)
        .is_some_and(|shown| !shown.contains(&b'\n'))
}

/// What ends a sentence between two tokens.
const STOPS: [char; 13] = [
    '.', '!', '?', '…', '。', '！', '？', '؟', '۔', '।', '|', '•', '·',
];

const NEW_LINE: u8 = 1;
/// One of [`STOPS`].
const STOP: u8 = 2;
/// Of a character that may be one.
const NOT_ASCII: u8 = 4;

/// What bytes between two tokens say.
static IN_GAP: [u8; 256] = {
    let mut says = [0; 256];
    let mut byte = 0x80;
    while byte < 256 {
        says[byte] = NOT_ASCII;
        byte += 1;
    }
    let mut stop = 0;
    while stop < STOPS.len() {
        if STOPS[stop].is_ascii() {
            says[STOPS[stop] as usize] = STOP;
        }
        stop += 1;
    }
    says[b'\n' as usize] = NEW_LINE;
    says
};

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
