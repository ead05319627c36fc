//! The longer words of a text, by which it shows what it is about.
//!
//! Two articles on one subject name the same people and places, also where they share no sentence. Short
//! words are in texts on any subject.

use super::scan::ScannedToken;
use super::shingles::UNSPACED_WEIGHT;

/// Fewest letters of a longer word.
const LETTERS: u32 = 4;
/// Longer words of the beginning, which are kept in order; and of the first sentences, after which a short
/// article may end, and the text around it follow.
const OPENING: usize = 48;
const FIRST: usize = 16;
/// Bits of the set of all longer words.
const BITS: usize = 4096;
/// Fewest longer words of a title that say whether the text is about it.
const TITLE: usize = 2;

/// The longer words of a title and a text. In scripts without spaces two characters in a row are one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Those of the title and of the beginning of the text, as bits of the set.
    opening: Vec<u16>,
    /// The set of all, one bit for each, which a few others share.
    all: Vec<u64>,
    title_is_apart: bool,
}

/// Collects the longer words among the tokens of a title and of a text, which come in parts.
pub(super) struct TermCollector {
    opening: Vec<u16>,
    /// How many of them are of the title.
    of_title: usize,
    all: Vec<u64>,
    before: Option<u64>,
}

impl TermCollector {
    /// Takes the tokens of a title.
    pub fn new(title: &str, heading: &[ScannedToken]) -> Self {
        let mut opening = Vec::with_capacity(OPENING);
        each_term(title, heading, &mut None, |term, is_long| {
            opening.extend(is_long.then_some(term));
        });
        opening.truncate(OPENING);
        Self {
            of_title: opening.len(),
            opening,
            all: vec![0; BITS / 64],
            before: None,
        }
    }

    /// Takes the next tokens of the text.
    pub fn take(&mut self, text: &str, tokens: &[ScannedToken]) {
        each_term(text, tokens, &mut self.before, |term, is_long| {
            if self.opening.len() < OPENING {
                self.opening.extend(is_long.then_some(term));
            }
            insert(&mut self.all, term, is_long);
        });
    }

    /// Returns the longer words.
    pub fn finish(self) -> Terms {
        let Self {
            opening,
            of_title,
            mut all,
            ..
        } = self;
        let title = &opening[..of_title];
        let had = title.iter().filter(|term| contains(&all, **term)).count();
        let title_is_apart = title.len() >= TITLE && 4 * had <= title.len();
        title.iter().for_each(|term| insert(&mut all, *term, true));
        Terms {
            opening,
            all,
            title_is_apart,
        }
    }
}

impl Terms {
    /// Whether this text speaks of what another does: at least half of the longer words that it begins
    /// with are in the other, and of the first of them.
    pub fn speak_of(&self, other: &Self) -> bool {
        let has_most_of = |terms: &[u16]| {
            let had = terms.iter().filter(|term| contains(&other.all, **term));
            let had = had.count();
            had > 0 && 2 * had >= terms.len()
        };
        has_most_of(&self.opening[..self.opening.len().min(FIRST)]) && has_most_of(&self.opening)
    }

    /// Whether the text says nothing of its title: hardly any of the title's longer words are in it.
    pub fn title_is_apart(&self) -> bool {
        self.title_is_apart
    }

    /// Returns its size in memory, in bytes.
    pub fn size(&self) -> usize {
        self.opening.capacity() * size_of::<u16>() + self.all.capacity() * size_of::<u64>()
    }
}

/// Adds a term to a set, if it `is_long`. There is no branch, since none could be predicted.
#[inline]
fn insert(set: &mut [u64], term: u16, is_long: bool) {
    set[usize::from(term) / 64] |= u64::from(is_long) << (term % 64);
}

/// Whether a set, which may be empty, has a term.
fn contains(set: &[u64], term: u16) -> bool {
    let word = set.get(usize::from(term) / 64);
    word.is_some_and(|word| word >> (term % 64) & 1 == 1)
}

/// Passes on the words of a text, as bits of the set, each with whether it is a longer word. `before` is the hash of
/// the character before, in a script without spaces.
#[inline]
fn each_term(
    text: &str,
    tokens: &[ScannedToken],
    before: &mut Option<u64>,
    mut each: impl FnMut(u16, bool),
) {
    let bit = |hash: u64| (hash >> 32) as u16 % BITS as u16;
    for token in tokens {
        if token.weight == UNSPACED_WEIGHT {
            if let Some(before) = before.replace(token.hash) {
                each(bit(before.rotate_left(17) ^ token.hash), true);
            }
            continue;
        }
        *before = None;
        let first = text.as_bytes()[token.start as usize];
        let is_long = token.end - token.start >= LETTERS * bytes_of_character(first);
        each(bit(token.hash), is_long & !first.is_ascii_digit());
    }
}

/// Returns how many bytes a character has by its first one, in UTF-8. A word has letters of one length, most
/// often.
fn bytes_of_character(first: u8) -> u32 {
    first.leading_ones().max(1)
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan_all;
    use super::*;

    fn terms(title: &str, text: &str) -> Terms {
        let mut collector = TermCollector::new(title, &scan_all(title));
        let tokens = scan_all(text);
        tokens.chunks(3).for_each(|part| collector.take(text, part));
        collector.finish()
    }

    const FLOOD: &str = "The river Ondra rose two metres overnight and the mayor of Halm had the lower quarter \
        cleared before dawn.";

    #[test]
    fn texts_on_one_subject_speak_of_the_same() {
        let check = |one: &str, other: &str, expected: bool| {
            let is_same = terms("", one).speak_of(&terms("", other));
            assert_eq!(is_same, expected, "{one}");
        };
        let later = "In Halm the mayor let people back into the lower quarter, as the Ondra fell. The river had \
            taken two bridges overnight.";
        check(later, FLOOD, true);
        check(
            "A goat was elected to the parish council of Arden by a wide margin.",
            FLOOD,
            false,
        );
        // Words that are in any text do not count, and neither do years.
        check(
            "It is as if he had not been to the sea in 2024.",
            FLOOD,
            false,
        );
        check("河水一夜之間上漲", "鎮上河水一夜之間上漲兩米", true);
        check("河水一夜之間上漲", "兩米之間一水上河漲夜", false);
        check("", FLOOD, false);
        check(FLOOD, "", false);
    }

    #[test]
    fn a_text_may_say_nothing_of_its_title() {
        let check = |title: &str, expected: bool| {
            assert_eq!(terms(title, FLOOD).title_is_apart(), expected, "{title}");
        };
        check("Ondra floods lower Halm", false);
        check("Goat elected to parish council", true);
        check("Goat elected to parish council of Halm", true);
        check("Goats", false);
        check("", false);
    }

    #[test]
    fn only_the_beginning_must_be_elsewhere() {
        let long = format!("{FLOOD} {FLOOD} {FLOOD} {FLOOD} {FLOOD}");
        let tail = "Unrelated teasers follow here with several further subjects ".repeat(20);
        assert!(terms("", &format!("{long} {tail}")).speak_of(&terms("", FLOOD)));
    }
}
