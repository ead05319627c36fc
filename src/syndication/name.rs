//! The forms that the name of an outlet has: in other spellings, abbreviated, and as part of a host.

use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::parse_cache::{ParseCache, cached};
use super::site::{DISTINCTIVE, OutletSite};
use super::words::{AGENCY, ARTICLES, COMMON, GENERIC, PARTICLES};
use crate::text::floor_boundary;

/// Most bytes of a name that are looked at.
pub(super) const NAME_BYTES: usize = 200;

thread_local! {
    static NAMES: ParseCache<NameForms> = ParseCache::default();
}

/// Returns a name, cut if it is very long.
fn head_of(name: &str) -> &str {
    let name = name.trim();
    &name[..floor_boundary(name, NAME_BYTES)]
}

/// Whether a name contains any letter or digit, so that two outlets of that name are the same.
pub(super) fn is_name(name: &str) -> bool {
    let mut folded = head_of(name).nfkd();
    folded.any(|c| c.is_alphanumeric() && !is_combining_mark(c))
}

/// The name of an outlet, in all its forms.
#[derive(Debug, Clone, Default)]
pub(super) struct NameForms {
    /// The whole name as one word, in each spelling, with and without generic words.
    wholes: Vec<String>,
    /// The initials, if there are at least two words.
    initials: Vec<String>,
    /// Other forms, which only hosts have: "nytimes", "folha".
    labels: Vec<String>,
    /// The name is one word in capitals: "BBC", "AP".
    is_capitals: bool,
}

impl NameForms {
    /// Returns the forms of a name, or `None` if it has no letters or digits. The cost is bounded, however
    /// long it is.
    pub(super) fn parse(text: &str) -> Option<Rc<Self>> {
        cached(&NAMES, head_of(text), Self::of_head)
    }

    fn of_head(text: &str) -> Option<Self> {
        let mut name = Self::default();
        name.add_forms(&fold(text));
        name.labels.extend(capitals_before_more(text));
        let letters = || text.chars().filter(|c| c.is_alphabetic());
        name.is_capitals = letters().count() >= 2
            && letters().all(char::is_uppercase)
            && !text.trim().contains(char::is_whitespace);
        if !text.is_ascii() {
            name.add_forms(&fold(&with_digraphs(text)));
        }
        (!name.wholes.is_empty()).then_some(name)
    }

    /// Adds the forms of one spelling, with and without grammatical articles at its beginning.
    fn add_forms(&mut self, folded: &str) {
        let words = folded.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let articles = words.iter().take_while(|word| ARTICLES.contains(word));
        // A name of nothing but articles keeps the last one.
        let first = articles.count().min(words.len().saturating_sub(1));
        for words in [&words[first..], &words[..]] {
            let forms = [words.concat(), essence(words).concat()];
            self.wholes
                .extend(forms.into_iter().filter(|form| !form.is_empty()));
            let mut capitalized = words.to_vec();
            capitalized.retain(|word| !PARTICLES.contains(word));
            for words in [words, &capitalized] {
                if words.len() >= 2 {
                    self.initials.push(initials(words));
                }
            }
            self.labels.extend(abbreviated(words));
            self.labels.extend(beginning(words));
            self.labels.extend(first_words(words));
            self.labels.extend(last_word(words));
        }
        for forms in [&mut self.wholes, &mut self.initials, &mut self.labels] {
            forms.sort_unstable();
            forms.dedup();
        }
    }

    /// Whether two names are the same: "BBC" and "BBC News", "AFP" and "Agence France-Presse", `示例网` and
    /// `示例网科技`.
    pub(super) fn is(&self, other: &Self) -> bool {
        let is_short = |short: &Self, long: &Self| {
            short.is_capitals && short.wholes.iter().any(|word| long.initials.contains(word))
        };
        let is_part = |whole: &Self, part: &Self| {
            part.wholes.iter().any(|name| {
                is_unspaced_name(name) && whole.wholes.iter().any(|word| word.starts_with(name))
            })
        };
        self.wholes.iter().any(|one| other.wholes.contains(one))
            || is_part(self, other)
            || is_part(other, self)
            || is_short(self, other)
            || is_short(other, self)
    }

    /// Whether a site has this name.
    pub(super) fn is_of(&self, site: &OutletSite) -> bool {
        let brand = &site.brand;
        let bare = brand.strip_prefix("the").unwrap_or(brand);
        let is_long = |word: &str, least: usize| word.chars().count() >= least;
        self.wholes.iter().any(|word| {
            word == brand
                || (word == bare && is_long(word, 3))
                // "Sun" is not sunnews, but "AP" is apnews.
                || ((self.is_capitals || is_long(word, 5)) && site.stems.contains(word))
                || site.subdomains.contains(word)
                || site.subdomains.iter().any(|label| word.strip_prefix(label.as_str()) == Some(brand))
        }) || (is_long(brand, 3) && self.initials.contains(brand))
            || self.labels.contains(brand)
    }
}

/// Whether a name of three Chinese characters or more stands before that of a section without a space.
fn is_unspaced_name(name: &str) -> bool {
    name.chars().count() >= 3 && name.ends_with(['网', '網', '报', '報'])
}

fn initials(words: &[&str]) -> String {
    words.iter().flat_map(|word| word.chars().next()).collect()
}

/// Returns a name without generic words at its end and "Agency" at its beginning, if enough remains.
fn essence<'w, 'n>(words: &'w [&'n str]) -> &'w [&'n str] {
    let generic = words.iter().rev().take_while(|word| GENERIC.contains(word));
    let rest = &words[..words.len() - generic.count()];
    let letters = |words: &[&str]| -> usize { words.iter().map(|w| w.chars().count()).sum() };
    match rest {
        [first, name @ ..] if AGENCY.contains(first) && letters(name) >= 5 => name,
        _ if letters(rest) >= 2 => rest,
        _ => words,
    }
}

/// Returns "nytimes" for "New York Times": the initials, and the whole last word.
fn abbreviated(words: &[&str]) -> Option<String> {
    let (last, before) = words.split_last()?;
    (before.len() >= 2 && last.chars().count() >= 4).then(|| initials(before) + last)
}

/// Returns "folha" for "Folha de S.Paulo": the words before a particle.
fn beginning(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| PARTICLES.contains(word))?;
    let start = words[..at].concat();
    (start.chars().count() >= 5 && !COMMON.contains(&start.as_str())).then_some(start)
}

/// Returns "winnipegfreepress" for "Winnipeg Free Press print edition": the first words of a longer name.
fn first_words(words: &[&str]) -> impl Iterator<Item = String> {
    let ends = 2..words.len();
    let starts = ends.map(|end| words[..end].concat());
    starts.filter(|start| start.chars().count() >= DISTINCTIVE)
}

/// Returns "wyborcza" for "Gazeta Wyborcza".
fn last_word(words: &[&str]) -> Option<String> {
    let (last, before) = words.split_last()?;
    let is_distinctive =
        last.chars().count() >= 5 && !COMMON.contains(last) && !GENERIC.contains(last);
    (!before.is_empty() && is_distinctive).then(|| (*last).to_owned())
}

/// Returns "mdr" for "MDR Thüringen": a first word in capitals, before others.
fn capitals_before_more(text: &str) -> Option<String> {
    let (first, rest) = text.trim().split_once(' ')?;
    let is_capitals = first.chars().count() >= 3 && first.chars().all(char::is_uppercase);
    (is_capitals && !rest.is_empty()).then(|| fold(first))
}

/// Folds a name: lower case, no accents, plain letters for those with strokes and for ligatures.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let letters = text.nfkd().filter(|&c| !is_combining_mark(c));
    let mut folded = String::with_capacity(text.len());
    for c in letters.flat_map(char::to_lowercase) {
        match c {
            'ø' => folded.push('o'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            other => folded.push(other),
        }
    }
    folded
}

/// Spells a name as German hosts do: "Süddeutsche" as "sueddeutsche".
fn with_digraphs(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    for c in text.nfc().flat_map(char::to_lowercase) {
        match c {
            'ä' => spelled.push_str("ae"),
            'ö' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            other => spelled.push(other),
        }
    }
    spelled
}
