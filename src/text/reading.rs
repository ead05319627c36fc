//! Reads a title and a text: their shingles, with positions or without.

use super::figures::FigureCollector;
use super::references::DecodedText;
use super::scan::{ScannedToken, scan_all, scan_decoded};
use super::segments::{Segment, Segmenter};
use super::shingles::{RankedShingles, Shingler, each_shingle};
use super::terms::TermCollector;
use super::{Shingles, Span};

/// The shingles of an article in the order of its text, with their positions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Shingle hashes of the title, then of the text, with repetitions. No shingle spans both.
    pub shingles: Vec<u64>,
    /// The range of each, in the title or the text.
    pub spans: Vec<Span>,
    /// How many of them are of the title.
    pub title_shingles: usize,
}

/// Bytes of a text whose tokens are kept. In a longer one they are found anew each time, since all of them take up
/// to twelve times the bytes of the text.
const KEPT: usize = 1 << 16;

/// A text whose tokens are found: shingles and segments are made of them without a look for words again.
pub struct ScannedText<'t> {
    text: &'t str,
    /// The text with its references decoded, if it has some and its tokens are not kept.
    decoded: Option<DecodedText>,
    /// Its tokens, unless it is longer than [`KEPT`].
    tokens: Option<Vec<ScannedToken>>,
}

/// Reads a title and a text without its cuts: see [`shingles`].
pub fn read(title: &str, text: &str, cuts: &[Span]) -> Reading {
    let mut reading = Reading::default();
    each_shingle(&scan_all(title), |shingle, first, last| {
        reading.push(shingle, first, last);
    });
    reading.title_shingles = reading.shingles.len();
    let mut shingler =
        Shingler::new(|shingle, first: &_, last: &_| reading.push(shingle, first, last));
    ScannedText::new(text).each_part(cuts, |tokens| shingler.take(tokens));
    shingler.finish();
    reading
}

impl Reading {
    fn push(&mut self, shingle: u64, first: &ScannedToken, last: &ScannedToken) {
        self.shingles.push(shingle);
        let (start, end) = (first.start, last.end);
        self.spans.push(Span { start, end });
    }
}

/// Returns the set of shingles of a title and a text.
///
/// `cuts` are ranges of the text that are not the article's (notices, furniture), in order and without
/// overlaps. A token that begins in one is passed over, as if it were not there.
pub fn shingles(title: &str, text: &str, cuts: &[Span]) -> Shingles {
    ScannedText::new(text).shingles(title, cuts)
}

impl<'t> ScannedText<'t> {
    /// Finds the tokens of a text.
    pub fn new(text: &'t str) -> Self {
        let is_kept = text.len() <= KEPT;
        Self {
            text,
            tokens: is_kept.then(|| scan_all(text)),
            decoded: (!is_kept).then(|| DecodedText::of(text)).flatten(),
        }
    }

    /// Returns its segments: see [`segments`](super::segments).
    pub fn segments(&self) -> Vec<Segment> {
        let mut segmenter = Segmenter::new(self.text);
        self.each_part(&[], |tokens| segmenter.take(tokens));
        segmenter.finish()
    }

    /// Returns its shingles and those of a title: see [`shingles`].
    pub fn shingles(&self, title: &str, cuts: &[Span]) -> Shingles {
        let heading = scan_all(title);
        // Every token but the last few begins a shingle.
        let mut ranked = RankedShingles::with_capacity(heading.len() + self.count());
        each_shingle(&heading, |shingle, first, _| ranked.push(shingle, first));
        let opening = ranked.len();
        let mut terms = TermCollector::new(title, &heading);
        let mut figures = FigureCollector::default();
        let mut shingler = Shingler::new(|shingle, first: &_, _: &_| ranked.push(shingle, first));
        self.each_part(cuts, |tokens| {
            shingler.take(tokens);
            terms.take(self.text, tokens);
            figures.take(self.text, tokens);
        });
        shingler.finish();
        Shingles::new(ranked, opening).with(terms.finish(), figures.finish())
    }

    /// Passes on its tokens in order, in parts, without those that begin in a cut.
    fn each_part(&self, cuts: &[Span], mut each: impl FnMut(&[ScannedToken])) {
        match &self.tokens {
            Some(tokens) => each_uncut(tokens, cuts, &mut each),
            None => scan_decoded(self.text, self.decoded.as_ref(), |tokens| {
                each_uncut(tokens, cuts, &mut each);
            }),
        }
    }

    /// Returns the number of its tokens.
    fn count(&self) -> usize {
        let mut count = 0;
        self.each_part(&[], |tokens| count += tokens.len());
        count
    }
}

/// Passes on the runs of tokens that begin in no cut.
fn each_uncut(tokens: &[ScannedToken], cuts: &[Span], mut each: impl FnMut(&[ScannedToken])) {
    let Some(first) = tokens.first() else {
        return;
    };
    let passed = cuts.partition_point(|cut| cut.end <= first.start);
    let mut rest = tokens;
    for cut in &cuts[passed..] {
        if rest.is_empty() {
            return;
        }
        let before = rest.partition_point(|token| token.start < cut.start);
        each(&rest[..before]);
        rest = &rest[before..];
        rest = &rest[rest.partition_point(|token| token.start < cut.end)..];
    }
    each(rest);
}

#[cfg(test)]
mod tests {
    use super::super::segments;
    use super::*;

    fn check(title: &str, text: &str, shingles_and_places: &[(u64, &str)]) {
        let reading = read(title, text, &[]);
        let found: Vec<(u64, &str)> = reading
            .shingles
            .iter()
            .zip(&reading.spans)
            .enumerate()
            .map(|(index, (&hash, span))| {
                let is_title = index < reading.title_shingles;
                (hash, &[text, title][usize::from(is_title)][span.range()])
            })
            .collect();
        assert_eq!(found, shingles_and_places);
    }

    /// Known answers: a client in another programming language must get the same.
    #[test]
    fn known_answers() {
        check("", "", &[]);
        check("", "Fire!", &[(0xca08_7f27_0069_e526, "Fire")]);
        check(
            "River rises",
            "The river Ondra rose two metres overnight.",
            &[
                (0x1f8b_d00f_bf64_abb2, "River rises"),
                (0xb907_64dd_3775_c3ea, "The river Ondra rose two"),
                (0x8e22_7e22_23c8_2cb2, "river Ondra rose two metres"),
                (0xbe04_8f8b_822e_873c, "Ondra rose two metres overnight"),
            ],
        );
        check(
            "",
            "河水一夜之間上漲兩米",
            &[
                (0xa1a2_77e0_0aae_21d5, "河水一夜之間上漲"),
                (0x4cd0_4954_2f79_2f8d, "水一夜之間上漲兩"),
                (0x5717_3c79_85ad_b72b, "一夜之間上漲兩米"),
            ],
        );
        check(
            "",
            "Ondra 河水一夜 rose 二 m",
            &[
                (0xfe76_6189_4a20_d252, "Ondra 河水一夜 rose 二"),
                (0xb352_a845_3741_04f7, "河水一夜 rose 二 m"),
            ],
        );
    }

    #[test]
    fn a_passage_has_the_same_shingles_wherever_it_stands() {
        let passage = "nine ships lay in the harbour when the storm came over the hill 河水一夜之間上漲兩米 and left";
        let alone = read("", passage, &[]);
        let within = read(
            "",
            &format!("Some words before it. {passage} Some words after it."),
            &[],
        );
        let found = within
            .shingles
            .windows(alone.shingles.len())
            .any(|run| run == alone.shingles);
        assert!(found);
    }

    #[test]
    fn all_ways_of_reading_agree() {
        let (title, text) = (
            "A short title",
            "one two three four five six seven one two three four five",
        );
        let reading = read(title, text, &[]);
        let mut expected = reading.shingles.clone();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(shingles(title, text, &[]).as_slice(), expected);
        let cuts = [Span { start: 4, end: 9 }];
        let scanned = ScannedText::new(text);
        assert_eq!(scanned.shingles(title, &cuts), shingles(title, text, &cuts));
        assert_eq!(scanned.segments(), segments(text));
    }

    #[test]
    fn a_long_text_is_read_in_parts_and_the_same() {
        let line = |n: usize| {
            format!(
                "line {n} of 河水一夜之間上漲兩米 and &eacute;t&eacute; {}.\n",
                n * n
            )
        };
        let text: String = (0..2000).map(line).collect();
        let cuts: Vec<Span> = (0..200)
            .map(|n| Span::new(400 * n + 17, 400 * n + 17 + n))
            .filter(|cut| text.is_char_boundary(cut.start as usize))
            .collect();
        let long = ScannedText::new(&text);
        assert!(long.tokens.is_none() && cuts.len() > 50);
        let kept = ScannedText {
            text: &text,
            decoded: None,
            tokens: Some(scan_all(&text)),
        };
        assert_eq!(long.segments(), kept.segments());
        assert_eq!(
            long.shingles("A title", &cuts),
            kept.shingles("A title", &cuts)
        );
        let tokens = |text: &ScannedText<'_>| {
            let mut tokens = Vec::new();
            text.each_part(&cuts, |part| tokens.extend_from_slice(part));
            tokens
        };
        assert_eq!(tokens(&long), tokens(&kept));
        let is_cut = |token: &ScannedToken| {
            let begins_in = |cut: &Span| (cut.start..cut.end).contains(&token.start);
            cuts.iter().any(begins_in)
        };
        let mut uncut = scan_all(&text);
        uncut.retain(|token| !is_cut(token));
        assert_eq!(tokens(&long), uncut);
    }

    #[test]
    fn cuts_are_as_if_they_were_not_there() {
        let text =
            "LONDON (Wire) - one two three [Source: X] four five six. Source: The Other Paper";
        let cut = |words: &str| {
            let start = text.find(words).unwrap();
            Span::new(start, start + words.len())
        };
        let cuts = [
            cut("LONDON (Wire) -"),
            cut("[Source: X]"),
            cut("Source: The Other Paper"),
        ];
        let plain = shingles("A title", "one two three four five six", &[]);
        assert_eq!(shingles("A title", text, &cuts), plain);
        assert_eq!(read("", text, &cuts).shingles.len(), 2);
        assert!(shingles("", text, &[Span::new(0, text.len())]).is_empty());
    }
}
