//! News agencies and other media, by all their names.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use gxhash::GxHasher;

use super::fold::{SearchText, fold};
use super::vocabulary::NoticeWords;
use crate::text::floor_boundary;

/// The agencies of a table, and the papers and stations it knows by name.
#[derive(Debug, Default)]
pub(super) struct Agencies {
    /// Canonical short names, and whether each is that of an agency.
    names: Vec<(String, bool)>,
    /// All names of agencies, in search form.
    folded: Vec<String>,
    of_agencies: NameIndex,
    of_media: NameIndex,
    /// Agencies by their own sites.
    by_site: HashMap<String, usize>,
}

/// The names of outlets, found by their first two characters.
#[derive(Debug, Default)]
struct NameIndex {
    /// Longer names first.
    by_start: HashMap<(char, char), Vec<NameVariant>, BuildHasherDefault<GxHasher>>,
    starts: StartSet,
}

#[derive(Debug)]
struct NameVariant {
    folded: String,
    agency: usize,
    capitals: Capitals,
    is_ambiguous: bool,
}

/// A name found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NameMatch {
    pub agency: usize,
    /// Where it ends in the search form.
    pub end: usize,
    /// It is also a word, a place or something else: only a form makes it an agency.
    pub is_ambiguous: bool,
}

/// How a name must be written: `AP` is an agency, `ap` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Capitals {
    Any,
    First,
    All,
}

/// Acronyms of at most this many letters must be written in capitals.
const ACRONYM: usize = 5;
/// Names of at most this many letters must begin with a capital.
const SHORT_NAME: usize = 8;
/// How far into a line a dateline may name an agency, in bytes.
const DATELINE: usize = 110;

impl Capitals {
    fn of(name: &str) -> Self {
        let length = name.chars().count();
        let mut letters = name.chars().filter(|c| c.is_alphabetic());
        if length <= ACRONYM && letters.clone().all(char::is_uppercase) {
            Self::All
        } else if length <= SHORT_NAME && letters.next().is_some_and(char::is_uppercase) {
            Self::First
        } else {
            Self::Any
        }
    }

    fn allow(self, written: &str) -> bool {
        let mut letters = written.chars().filter(|c| c.is_alphabetic());
        match self {
            Self::Any => true,
            Self::First => letters.next().is_none_or(|c| !c.is_lowercase()),
            Self::All => !letters.any(char::is_lowercase),
        }
    }
}

impl Agencies {
    /// Adds an agency, or a paper or station: its canonical name, and other names.
    pub fn add(&mut self, canonical: &str, variants: &[&str], is_agency: bool) {
        let known = self.names.iter().position(|(name, _)| name == canonical);
        let agency = known.unwrap_or_else(|| {
            self.names.push((canonical.to_owned(), is_agency));
            self.names.len() - 1
        });
        for name in std::iter::once(&canonical).chain(variants) {
            let folded = fold(name);
            if is_agency && !self.folded.contains(&folded) && first_two(&folded).is_some() {
                self.folded.push(folded.clone());
            }
            let index = match is_agency {
                true => &mut self.of_agencies,
                false => &mut self.of_media,
            };
            index.insert(NameVariant {
                folded,
                agency,
                capitals: Capitals::of(name),
                is_ambiguous: false,
            });
        }
    }

    /// Notes that names of agencies are also words, places or other things.
    pub fn mark_ambiguous(&mut self, names: &[&str]) {
        for name in names {
            let folded = fold(name);
            if let Some(start) = first_two(&folded) {
                let alike = self.of_agencies.by_start.get_mut(&start);
                let alike = alike.into_iter().flatten();
                // "EP" is a record, too, but "ep" is no name at all.
                let alike = alike.filter(|variant| variant.folded == folded);
                alike.for_each(|variant| variant.is_ambiguous = true);
            }
        }
    }

    /// Adds the sites of an agency: domains, whose subdomains are its own, too.
    pub fn add_sites(&mut self, canonical: &str, sites: &[&str]) -> Result<(), String> {
        let known = self.names.iter().position(|(name, _)| name == canonical);
        let agency = known.ok_or_else(|| format!("no agency is called `{canonical}`"))?;
        let sites = sites.iter().map(|site| ((*site).to_owned(), agency));
        self.by_site.extend(sites);
        Ok(())
    }

    /// Returns the agency on whose site a host is.
    pub fn of_host(&self, host: &str) -> Option<usize> {
        let mut site = host;
        loop {
            if let Some(agency) = self.by_site.get(site) {
                return Some(*agency);
            }
            (_, site) = site.split_once('.')?;
        }
    }

    /// Returns the agency that has exactly this name, if it can mean nothing else.
    pub fn called(&self, name: &str) -> Option<usize> {
        let folded = SearchText::new(name);
        let found = self.at(&folded, 0, false)?;
        (found.end == folded.text.len() && !found.is_ambiguous).then_some(found.agency)
    }

    /// Returns the canonical name of an agency.
    pub fn name(&self, agency: usize) -> &str {
        &self.names[agency].0
    }

    /// Returns all names of agencies, in search form.
    pub fn folded(&self) -> &[String] {
        &self.folded
    }

    /// Whether this is an agency, and not a paper or a station.
    pub fn is_agency(&self, agency: usize) -> bool {
        self.names[agency].1
    }

    /// Returns the agency whose name is at a position; `inflected` if an ending may follow.
    pub fn at(&self, text: &SearchText<'_>, at: usize, inflected: bool) -> Option<NameMatch> {
        self.of_agencies.at(text, at, inflected)
    }

    /// Returns the agency, paper or station whose name is at a position: the longest.
    pub fn at_any(&self, text: &SearchText<'_>, at: usize) -> Option<NameMatch> {
        let agency = self.of_agencies.at(text, at, false);
        let medium = self.of_media.at(text, at, false);
        match (agency, medium) {
            (Some(agency), Some(medium)) if medium.end > agency.end => Some(medium),
            (agency, medium) => agency.or(medium),
        }
    }

    /// Whether an agency, paper or station is named in the first words of the line at a position.
    pub fn named_near(&self, text: &SearchText<'_>, at: usize) -> bool {
        let rest = text.text.get(at..).unwrap_or_default();
        let mut characters = rest.char_indices().peekable();
        let mut before = ' ';
        while let Some((offset, character)) = characters.next() {
            let Some(&(_, next)) = characters.peek() else {
                return false;
            };
            if offset > DATELINE || character == '\n' {
                return false;
            }
            let may_begin = |names: &NameIndex| names.starts.contains((character, next));
            if (may_begin(&self.of_agencies) || may_begin(&self.of_media))
                && is_edge(Some(before), Some(character))
                && self.at_any(text, at + offset).is_some()
            {
                return true;
            }
            before = character;
        }
        false
    }

    /// Returns the agency with whose name a text begins. A name that is ambiguous must end there, or with a
    /// sign: "AA, Reuters", and not "AA Garages".
    pub fn leading(&self, text: &str) -> Option<usize> {
        let folded = SearchText::new(text);
        let name = self.at(&folded, 0, false)?;
        let rest = folded.text[name.end..].trim_start();
        let fits =
            !name.is_ambiguous || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '"');
        fits.then_some(name.agency)
    }

    /// Returns the first agency that is named in a byline. A name of one word must be a whole part of it, as
    /// persons are called so, too; one that is ambiguous must stand apart from other words by signs.
    pub fn in_byline(&self, text: &str, vocabulary: &NoticeWords) -> Option<usize> {
        let folded = SearchText::new(text);
        let mut before = None;
        folded.text.char_indices().find_map(|(at, character)| {
            let begins = is_edge(before.replace(character), Some(character));
            let name = begins.then(|| self.at(&folded, at, false))??;
            let is_word = !folded.text[at..name.end].contains(|c: char| c == ' ' || is_unspaced(c));
            let fits = match name.is_ambiguous {
                true => stands_apart(&folded.text, at, name.end),
                false => !is_word || is_part(&folded.text, at, name.end, vocabulary),
            };
            fits.then_some(name.agency)
        })
    }
}

/// Words between a writer and the agency that the text was written for, in search form.
const WRITTEN_FOR: [&str; 9] = [
    "for", "fur", "pour", "para", "per", "voor", "til", "dla", "для",
];
/// The longest part of a byline after the name of an agency; in bytes.
const MAX_PART: usize = 80;
/// Articles before the name of an agency.
const ARTICLES: [&str; 7] = ["the", "l'", "l’", "la", "die", "der", "el"];

/// Whether what is beside a part of a byline are signs, words that join names, or what agencies call their
/// staff.
fn is_part(text: &str, start: usize, end: usize, vocabulary: &NoticeWords) -> bool {
    let is_sign = |c: char| !c.is_alphanumeric() && !" '’.".contains(c);
    let is_credit_word = |word: &str| {
        let said = vocabulary.credit_word(&format!("{word} "));
        WRITTEN_FOR.contains(&word) || said.is_some_and(|(length, _)| length >= word.len())
    };
    let before = text[..start].trim_end();
    let after = text[end..].trim_start();
    let after = &after[..floor_boundary(after, MAX_PART)];
    let word_before = before.rsplit(' ').next().unwrap_or("");
    let part_after = after.split(is_sign).next().unwrap_or("").trim();
    let mut words_after = part_after.split(' ');
    let joins_after = words_after.next().is_some_and(is_credit_word)
        || words_after.next_back().is_some_and(is_credit_word);
    (before.is_empty()
        || before.ends_with(is_sign)
        || ARTICLES.contains(&word_before)
        || is_credit_word(word_before))
        && (part_after.is_empty() || part_after.starts_with(['.', '\'', '’']) || joins_after)
}

impl NameIndex {
    fn insert(&mut self, name: NameVariant) {
        if let Some(start) = first_two(&name.folded) {
            self.starts.insert(start);
            let names = self.by_start.entry(start).or_default();
            let longer = |other: &NameVariant| other.folded.len() >= name.folded.len();
            names.insert(names.partition_point(longer), name);
        }
    }

    fn at(&self, text: &SearchText<'_>, at: usize, inflected: bool) -> Option<NameMatch> {
        let rest = text.text.get(at..)?;
        let start = first_two(rest).filter(|start| self.starts.contains(*start))?;
        self.by_start.get(&start)?.iter().find_map(|name| {
            let after = rest.strip_prefix(name.folded.as_str())?;
            let end = at + name.folded.len();
            let last = name.folded.chars().next_back();
            let is_whole = inflected || is_edge(last, after.chars().next());
            let fits = name.capitals.allow(text.written(at, end)) || text.is_disguised(at, end);
            (is_whole && fits).then_some(NameMatch {
                agency: name.agency,
                end,
                is_ambiguous: name.is_ambiguous,
            })
        })
    }
}

/// Whether no word stands beside a part of a line: "Ann Lee / AA", and not "Erie, PA".
fn stands_apart(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end_matches(' ');
    let after = text[end..].trim_start_matches(' ');
    (before.is_empty() || before.ends_with(['/', '(', '[', '-', '|', ':', '\n']))
        && (after.is_empty() || after.starts_with(['/', ')', ']', '-', '|', ':', '\n', ',']))
}

fn first_two(text: &str) -> Option<(char, char)> {
    let mut characters = text.chars();
    Some((characters.next()?, characters.next()?))
}

/// The first two characters of names, as a set of bits by their hash: a quick no, and a few false
/// positives.
#[derive(Debug)]
struct StartSet(Box<[u64; 512]>);

impl Default for StartSet {
    fn default() -> Self {
        Self(Box::new([0; 512]))
    }
}

impl StartSet {
    fn hash((first, second): (char, char)) -> usize {
        let hash = u32::from(first).wrapping_mul(0x9e37_79b9)
            ^ u32::from(second).wrapping_mul(0x85eb_ca6b);
        (hash >> 17) as usize
    }

    fn insert(&mut self, start: (char, char)) {
        let hash = Self::hash(start);
        self.0[hash / 64] |= 1 << (hash % 64);
    }

    fn contains(&self, start: (char, char)) -> bool {
        let hash = Self::hash(start);
        self.0[hash / 64] >> (hash % 64) & 1 == 1
    }
}

/// Whether a word may begin or end between two characters.
pub(super) fn is_edge(before: Option<char>, after: Option<char>) -> bool {
    !(before.is_some_and(is_spaced) && after.is_some_and(is_spaced))
}

/// Whether a character is a letter or digit of a script that puts spaces between words and does not
/// attach particles to them.
pub(super) fn is_spaced(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    match character {
        // A shortcut for the letters that most texts are made of.
        '\u{e0}'..='\u{f6}'
        | '\u{3b1}'..='\u{3c9}'
        | '\u{430}'..='\u{45f}'
        | '\u{5d0}'..='\u{5ea}' => true,
        '\u{620}'..='\u{64a}' => character != '\u{640}',
        _ => character.is_alphanumeric() && !is_unspaced(character),
    }
}

/// Whether a character is of a script written without spaces, or of Korean.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(
        u32::from(character),
        0xe00..=0xeff | 0xf00..=0xfff | 0x1000..=0x109f | 0x1100..=0x11ff | 0x1780..=0x17ff
            | 0x2e80..=0x2fdf | 0x3005..=0x31ff | 0x3400..=0x9fff | 0xa960..=0xa97f
            | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff
    )
}
