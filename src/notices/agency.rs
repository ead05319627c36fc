//! News agencies, by all their names.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::fold::{Folded, fold};
use super::prefilter::Mixed;

/// The agencies of a table.
#[derive(Debug, Default)]
pub(super) struct Agencies {
    /// Canonical short names.
    names: Vec<String>,
    /// Which of them are papers and stations, not agencies.
    media: Vec<bool>,
    folded: Vec<String>,
    of_agencies: Variants,
    of_media: Variants,
}

/// The ways names are written.
#[derive(Debug, Default)]
struct Variants {
    /// By their first two characters; longer ones first.
    by_start: HashMap<(char, char), Vec<Variant>, BuildHasherDefault<Mixed>>,
    firsts: Firsts,
}

fn first_two(text: &str) -> Option<(char, char)> {
    let mut characters = text.chars();
    Some((characters.next()?, characters.next()?))
}

/// First characters of names: a small set that says no quickly.
#[derive(Debug)]
struct Firsts(Box<[u64; 512]>);

impl Default for Firsts {
    fn default() -> Self {
        Self(Box::new([0; 512]))
    }
}

impl Firsts {
    fn place((first, second): (char, char)) -> usize {
        let hash = u32::from(first).wrapping_mul(0x9e37_79b9)
            ^ u32::from(second).wrapping_mul(0x85eb_ca6b);
        (hash >> 17) as usize
    }

    fn insert(&mut self, start: (char, char)) {
        let place = Self::place(start);
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn contains(&self, start: (char, char)) -> bool {
        let place = Self::place(start);
        self.0[place / 64] >> (place % 64) & 1 == 1
    }
}

/// As far into a line as a dateline goes, in bytes.
const NEAR: usize = 110;

#[derive(Debug)]
struct Variant {
    folded: String,
    agency: usize,
    case: Case,
}

/// How a name must be written: `AP` is an agency, `ap` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Any,
    Upper,
    Capital,
}

/// Acronyms up to this length must be written in capitals.
const ACRONYM: usize = 5;

impl Case {
    fn of(name: &str) -> Self {
        let mut letters = name.chars().filter(|c| c.is_alphabetic());
        let upper = letters.clone().all(char::is_uppercase);
        if upper && name.chars().count() <= ACRONYM {
            Self::Upper
        } else if letters.next().is_some_and(char::is_uppercase) && name.chars().count() <= 8 {
            Self::Capital
        } else {
            Self::Any
        }
    }

    fn allows(self, written: &str) -> bool {
        let mut letters = written.chars().filter(|c| c.is_alphabetic());
        match self {
            Self::Any => true,
            Self::Upper => !letters.any(char::is_lowercase),
            Self::Capital => letters.next().is_none_or(|c| !c.is_lowercase()),
        }
    }
}

/// An agency found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub agency: usize,
    /// Where its name ends in the searched form.
    pub end: usize,
}

impl Agencies {
    /// Adds an agency: its canonical name and its variants.
    pub fn add(&mut self, canonical: &str, variants: &[&str]) {
        self.add_as(canonical, variants, false);
    }

    /// Adds a paper or a station: known by name, and no agency.
    pub fn add_medium(&mut self, canonical: &str, variants: &[&str]) {
        self.add_as(canonical, variants, true);
    }

    fn add_as(&mut self, canonical: &str, variants: &[&str], medium: bool) {
        let known = self.names.iter().position(|name| name == canonical);
        let agency = known.unwrap_or_else(|| {
            self.names.push(canonical.to_owned());
            self.media.push(medium);
            self.names.len() - 1
        });
        for name in std::iter::once(&canonical).chain(variants) {
            let folded = fold(name);
            let Some(start) = first_two(&folded) else {
                continue;
            };
            if !medium && !self.folded.contains(&folded) {
                self.folded.push(folded.clone());
            }
            let variants = if medium {
                &mut self.of_media
            } else {
                &mut self.of_agencies
            };
            variants.firsts.insert(start);
            let same_first = variants.by_start.entry(start).or_default();
            same_first.push(Variant {
                folded,
                agency,
                case: Case::of(name),
            });
            same_first.sort_by_key(|variant| std::cmp::Reverse(variant.folded.len()));
        }
    }

    /// The canonical name of an agency.
    pub fn name(&self, agency: usize) -> &str {
        self.names.get(agency).map_or("", String::as_str)
    }

    /// All names, in searched form.
    pub fn folded(&self) -> &[String] {
        &self.folded
    }

    /// Whether this is an agency, and not a paper or a station.
    pub fn is_agency(&self, agency: usize) -> bool {
        self.media.get(agency) == Some(&false)
    }

    /// The agency whose name stands at this place; `inflected`: an ending may follow.
    pub fn at(&self, text: &Folded, original: &str, at: usize, inflected: bool) -> Option<Named> {
        self.of_agencies.at(text, original, at, inflected)
    }

    /// The agency, paper or station whose name stands at this place: the longer one.
    pub fn at_any(&self, text: &Folded, original: &str, at: usize) -> Option<Named> {
        let agency = self.of_agencies.at(text, original, at, false);
        let medium = self.of_media.at(text, original, at, false);
        match (agency, medium) {
            (Some(agency), Some(medium)) if medium.end > agency.end => Some(medium),
            (agency, medium) => agency.or(medium),
        }
    }

    /// Whether an agency is named in the words of the line that begin here.
    pub fn named_near(&self, text: &Folded, original: &str, at: usize) -> bool {
        let Some(rest) = text.text.get(at..) else {
            return false;
        };
        let mut characters = rest.char_indices().peekable();
        let mut before = ' ';
        while let Some((offset, character)) = characters.next() {
            if offset > NEAR || character == '\n' {
                return false;
            }
            let Some(&(_, next)) = characters.peek() else {
                return false;
            };
            if self.of_agencies.firsts.contains((character, next))
                && is_edge(Some(before), Some(character))
                && self.at(text, original, at + offset, false).is_some()
            {
                return true;
            }
            before = character;
        }
        false
    }

    /// The agency with whose name a text begins.
    pub fn leading(&self, text: &str) -> Option<usize> {
        self.at(&Folded::new(text), text, 0, false)
            .map(|named| named.agency)
    }

    /// The agency, paper or station with whose name a text begins.
    pub fn leading_any(&self, text: &str) -> Option<usize> {
        self.at_any(&Folded::new(text), text, 0)
            .map(|named| named.agency)
    }

    /// The first agency named anywhere in a short text, at the beginning of a word.
    pub fn anywhere(&self, text: &str) -> Option<usize> {
        let folded = Folded::new(text);
        let mut before = None;
        for (at, character) in folded.text.char_indices() {
            if is_edge(before, Some(character))
                && let Some(named) = self.at(&folded, text, at, false)
            {
                return Some(named.agency);
            }
            before = Some(character);
        }
        None
    }
}

impl Variants {
    fn at(&self, text: &Folded, original: &str, at: usize, inflected: bool) -> Option<Named> {
        let rest = text.text.get(at..)?;
        let start = first_two(rest).filter(|start| self.firsts.contains(*start))?;
        let same_first = self.by_start.get(&start)?;
        same_first.iter().find_map(|variant| {
            let after = rest.strip_prefix(variant.folded.as_str())?;
            let end = at + variant.folded.len();
            let whole =
                inflected || is_edge(variant.folded.chars().next_back(), after.chars().next());
            let span = text.span(at, end, original);
            let written = original.get(span.start as usize..span.end as usize)?;
            let fits = variant.case.allows(written) || text.disguised(at, end);
            (whole && fits).then_some(Named {
                agency: variant.agency,
                end,
            })
        })
    }
}

/// Whether a word may end between these two characters.
pub(super) fn is_edge(before: Option<char>, after: Option<char>) -> bool {
    !(before.is_some_and(is_spaced) && after.is_some_and(is_spaced))
}

/// A letter or digit of a script that is written with spaces and does not hang its particles on
/// words.
pub(super) fn is_spaced(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    match character {
        // The letters most texts are made of.
        '\u{e0}'..='\u{f6}'
        | '\u{3b1}'..='\u{3c9}'
        | '\u{430}'..='\u{45f}'
        | '\u{5d0}'..='\u{5ea}' => true,
        '\u{620}'..='\u{64a}' => character != '\u{640}',
        _ => character.is_alphanumeric() && !is_unspaced(character),
    }
}

/// A character of a script written without spaces, or of Korean.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(
        u32::from(character),
        0xe00..=0xeff | 0xf00..=0xfff | 0x1000..=0x109f | 0x1100..=0x11ff | 0x1780..=0x17ff
            | 0x2e80..=0x2fdf | 0x3005..=0x31ff | 0x3400..=0x9fff | 0xa960..=0xa97f
            | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff
    )
}
