//! Reads a file of the table: lines -> agencies, words and rows. The format is explained at the top of
//! `notices.tsv`.

use super::agency::Agencies;
use super::fold::fold;
use super::needles::{names_source, needles};
use super::pattern::{Definitions, expand, has_words, parse, variant};
use super::rows::{Meaning, MeaningKind, NoticeRow};
use super::signal::Signal;
use super::vocabulary::NoticeWords;

/// What is wrong with a file of notices, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct TableError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: String,
}

/// The contents of one or more files.
#[derive(Debug, Default)]
pub(super) struct TableFile {
    pub agencies: Agencies,
    pub vocabulary: NoticeWords,
    pub rows: Vec<NoticeRow>,
    definitions: Definitions,
}

const ROW_KINDS: [&str; 16] = [
    "agency",
    "ambiguous",
    "site",
    "media",
    "part",
    "define",
    "stop",
    "lead",
    "nobody",
    "press",
    "office",
    "month",
    "notice",
    "not",
    "photo",
    "wall",
];

/// Languages that are not written with Latin letters.
const OTHER_SCRIPTS: [&str; 27] = [
    "ar", "fa", "he", "ur", "ru", "uk", "be", "bg", "mk", "sr", "el", "zh", "zh-Hant", "ja", "ko",
    "hi", "bn", "ta", "te", "mr", "th", "ka", "hy", "am", "my", "km", "ne",
];

impl TableFile {
    /// Adds the contents of a file.
    pub fn read(&mut self, file: &str) -> Result<(), TableError> {
        for (line, text) in (1..).zip(file.lines().map(str::trim_end)) {
            if !text.is_empty() && !text.starts_with('#') {
                let fields: Vec<&str> = text.split('\t').map(str::trim).collect();
                self.read_row(&fields)
                    .map_err(|fault| TableError { line, fault })?;
            }
        }
        Ok(())
    }

    fn read_row(&mut self, fields: &[&str]) -> Result<(), String> {
        match fields {
            [kind @ ("agency" | "media"), name, variants @ ..] if variants.len() < 2 => {
                let is_agency = *kind == "agency";
                self.agencies.add(name, &list(variants), is_agency);
            }
            ["ambiguous", names] => self.agencies.mark_ambiguous(&list(&[names])),
            ["site", name, sites] => self.agencies.add_sites(name, &list(&[sites]))?,
            ["define", name, pattern] => {
                let pattern = expand(pattern, &self.definitions)?;
                self.definitions.insert((*name).to_owned(), pattern);
            }
            ["part", _, role, phrases] => {
                let word = variant(role).ok_or_else(|| format!("no part `{role}`"))?;
                for phrase in folded(phrases) {
                    self.vocabulary.add_credit_word(phrase, word);
                }
            }
            ["stop", _, phrases] => folded(phrases).for_each(|p| self.vocabulary.add_stop(p)),
            ["lead", _, phrases] => folded(phrases).for_each(|p| self.vocabulary.add_lead(&p)),
            ["nobody", _, phrases] => self.vocabulary.nobody.extend(folded(phrases)),
            ["press", _, words] => self.vocabulary.press.extend(folded(words)),
            ["office", _, words] => self.vocabulary.offices.extend(folded(words)),
            ["month", _, phrases] => self.vocabulary.months.extend(folded(phrases)),
            ["notice", languages, signal, weight, cut, position, pattern] => {
                let kind = MeaningKind::Notice {
                    signal: Signal::named(signal).ok_or_else(|| format!("no signal `{signal}`"))?,
                    cut: match *cut {
                        "cut" => true,
                        "keep" => false,
                        other => return Err(format!("`{other}` where cut or keep was expected")),
                    },
                };
                self.add_row(kind, weight, position, pattern)?;
                if let Some(row) = self.rows.last_mut() {
                    let mut languages = languages.split(' ');
                    row.is_of_other_script = languages.all(|one| OTHER_SCRIPTS.contains(&one));
                }
            }
            ["not", _, weight, position, pattern] => {
                self.add_row(MeaningKind::FalseFriend, weight, position, pattern)?;
            }
            ["photo", _, weight, position, pattern] => {
                self.add_row(MeaningKind::Photo, weight, position, pattern)?;
            }
            ["wall", _, weight, pattern] => {
                self.add_row(MeaningKind::Wall, weight, "any", pattern)?;
            }
            [kind, ..] if ROW_KINDS.contains(kind) => {
                return Err(format!("{} fields are no `{kind}` row", fields.len()));
            }
            [kind, ..] => return Err(format!("no kind of row is called `{kind}`")),
            [] => {}
        }
        Ok(())
    }

    fn add_row(
        &mut self,
        kind: MeaningKind,
        weight: &str,
        position: &str,
        pattern: &str,
    ) -> Result<(), String> {
        let number = weight.parse().ok();
        let number: f32 = number.ok_or_else(|| format!("`{weight}` is no weight"))?;
        if !(0.0..=1.0).contains(&number) {
            return Err(format!("weight {weight} is not within 0 and 1"));
        }
        let named = variant(position);
        let nodes = parse(pattern, &self.definitions)?;
        let needles = match names_source(&nodes) {
            true => None,
            false => Some(needles(&nodes, &[]).ok_or(
                "no word of three letters or more is sure to be there, so it cannot be found",
            )?),
        };
        self.rows.push(NoticeRow {
            position: named.ok_or_else(|| format!("no place `{position}`"))?,
            is_labelled: has_words(&nodes),
            is_of_other_script: false,
            nodes,
            needles,
            meaning: Meaning {
                kind,
                weight: number,
            },
        });
        Ok(())
    }
}

/// Returns the names in fields, which are divided by `|`.
fn list<'f>(fields: &[&'f str]) -> Vec<&'f str> {
    let names = fields.iter().flat_map(|field| field.split('|'));
    names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

fn folded(field: &str) -> impl Iterator<Item = String> {
    list(&[field]).into_iter().map(fold)
}
