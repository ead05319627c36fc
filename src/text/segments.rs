//! Text -> segments: the lines of a text, and the sentences of long lines. Furniture is learned by the
//! segment.

use super::scan::ScannedToken;
use super::{ScannedText, Span};

/// A longer line is divided into sentences; in bytes.
const LONG_LINE: usize = 240;
/// Segments of a text in which furniture is looked for, the first ones. No article has as many lines, and a segment
/// may take twelve times the bytes of its text.
const MOST: usize = 1 << 14;

/// A line of a text, or a sentence of a long one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The range from its first token to the end of its last.
    pub span: Span,
    /// The hash of its tokens in order: equal for segments with the same tokens.
    pub hash: u64,
    /// The number of its tokens, at least 1.
    pub tokens: u32,
}

/// Returns the segments of a text, in order. Each has a token.
pub fn segments(text: &str) -> Vec<Segment> {
    ScannedText::new(text).segments()
}

/// Divides the tokens of a text, which come in parts, into segments.
#[derive(Default)]
pub(super) struct Segmenter<'t> {
    text: &'t str,
    segments: Vec<Segment>,
    line_is_long: bool,
    /// The segment so far.
    start: u32,
    end: u32,
    hash: u64,
    tokens: u32,
}

impl<'t> Segmenter<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// Returns all segments.
    pub fn finish(mut self) -> Vec<Segment> {
        self.end();
        self.segments
    }

    /// Takes the next tokens.
    pub fn take(&mut self, tokens: &[ScannedToken]) {
        let text = self.text.as_bytes();
        let (mut hash, mut end) = (self.hash, self.end);
        for token in tokens {
            let gap = &text[end as usize..token.start as usize];
            let seen = match gap {
                [b' '] | [] => 0,
                _ => gap.iter().fold(0, |seen, &b| seen | in_gap(b)),
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

    /// Ends the segment if the gap before the next token does. Kept apart, so that the path of other gaps
    /// is short.
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

    fn end(&mut self) {
        if self.tokens > 0 && self.segments.len() < MOST {
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

/// Whether the line that begins here is divided into sentences.
fn is_long(rest: &[u8]) -> bool {
    rest.get(..LONG_LINE)
        .is_some_and(|shown| !shown.contains(&b'\n'))
}

/// Characters beyond ASCII that end a sentence between two tokens.
const STOPS: [char; 9] = ['…', '。', '！', '？', '؟', '۔', '।', '•', '·'];

const NEW_LINE: u8 = 1;
/// Ends a sentence.
const STOP: u8 = 2;
/// A byte of a character that may be one of [`STOPS`].
const NOT_ASCII: u8 = 4;

/// Returns what a byte between two tokens may end.
fn in_gap(byte: u8) -> u8 {
    match byte {
        b'\n' => NEW_LINE,
        b'.' | b'!' | b'?' | b'|' => STOP,
        0x80.. => NOT_ASCII,
        _ => 0,
    }
}

/// Combines the hash of a segment with that of its next token. Their order matters.
fn combine(hash: u64, token: u64) -> u64 {
    (hash.rotate_left(23) ^ token).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = segments(text)
            .iter()
            .map(|s| &text[s.span.range()])
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
    fn long_lines_are_divided_into_sentences() {
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
    fn only_so_many_lines_are_segments() {
        assert_eq!(segments(&"a\n".repeat(MOST + 3)).len(), MOST);
    }

    #[test]
    fn the_first_line_may_be_long_too() {
        let text = format!("{} end. Subscribe now", "word ".repeat(60));
        assert_eq!(segments(&text).len(), 2);
    }

    #[test]
    fn segments_with_the_same_tokens_are_equal() {
        let of = |text: &str| segments(text)[0].hash;
        assert_eq!(of("Sign up for our “News”"), of("* SIGN UP: for our news!"));
        assert_ne!(of("sign up for our news"), of("up sign for our news"));
        assert_ne!(of("a a"), of("a"));
    }
}
