//! The file of the table: lines -> agencies, words and rows. Its format is explained at the top of
//! `notices.tsv`.

use std::fmt;

use super::agency::Agencies;
use super::fold::fold;
use super::literals::findable;
use super::pattern::{Definitions, Node, expand, parse};
use super::place::Place;
use super::rows::Row;
use super::signal::Signal;
use super::words::{Part, Words};

/// What is wrong with a file of notices, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The line, counted from 1; 0 if it is the whole.
    pub line: usize,
    /// What is wrong with it.
    pub fault: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.fault),
            line => write!(f, "line {line}: {}", self.fault),
        }
    }
}

impl std::error::Error for TableError {}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Meaning {
    /// A notice.
    Notice {
        signal: Signal,
        cut: bool,
        weight: f32,
    },
    /// Looks like one, and is none.
    FalseFriend { weight: f32 },
    /// Credits a photo.
    Photo { weight: f32 },
}

impl Meaning {
    /// Whether a name is what it is about, not a link that leads on.
    pub fn names_whom(self) -> bool {
        let Self::Notice { signal, .. } = self else {
            return false;
        };
        matches!(
            signal,
            Signal::FirstAppeared | Signal::FeedTail | Signal::Credit
        )
    }

    /// Among readings of the same words, the weightier wins.
    pub fn weight(self) -> f32 {
        match self {
            Self::Notice { weight, .. } | Self::FalseFriend { weight } | Self::Photo { weight } => {
                weight
            }
        }
    }
}

/// The contents of one or more files.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub agencies: Agencies,
    pub words: Words,
    pub notices: Vec<Row<Meaning>>,
    pub walls: Vec<Row<f32>>,
    definitions: Definitions,
}

impl Contents {
    /// Adds what a file says.
    pub fn read(&mut self, file: &str) -> Result<(), TableError> {
        for (index, line) in file.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            self.line(line).map_err(|fault| TableError {
                line: index + 1,
                fault,
            })?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        match fields.as_slice() {
            ["agency", name, variants] => {
                self.agencies.add(name, &list(variants));
            }
            ["agency", name] => self.agencies.add(name, &[]),
            ["media", name, variants] => self.agencies.add_medium(name, &list(variants)),
            ["media", name] => self.agencies.add_medium(name, &[]),
            ["part", _, part, phrases] => {
                let part = Part::named(part).ok_or_else(|| format!("no part `{part}`"))?;
                phrases_of(phrases).for_each(|p| self.words.add_part(p, part));
            }
            ["define", name, pattern] => {
                let pattern = expand(pattern, &self.definitions)?;
                self.definitions.insert((*name).to_owned(), pattern);
            }
            ["stop", _, phrases] => phrases_of(phrases).for_each(|p| self.words.add_stop(p)),
            ["lead", _, phrases] => phrases_of(phrases).for_each(|p| self.words.add_lead(p)),
            ["nobody", _, phrases] => phrases_of(phrases).for_each(|p| self.words.add_nobody(p)),
            ["month", _, phrases] => phrases_of(phrases).for_each(|p| self.words.add_month(p)),
            ["notice", _, signal, weight, cut, place, pattern] => {
                let signal =
                    Signal::named(signal).ok_or_else(|| format!("no signal `{signal}`"))?;
                let weight = self::weight(weight)?;
                let cut = match *cut {
                    "cut" => true,
                    "keep" => false,
                    other => return Err(format!("`{other}` where cut or keep was expected")),
                };
                self.row(
                    place,
                    pattern,
                    Meaning::Notice {
                        signal,
                        cut,
                        weight,
                    },
                )?;
            }
            ["not", _, weight, place, pattern] => {
                let weight = self::weight(weight)?;
                self.row(place, pattern, Meaning::FalseFriend { weight })?;
            }
            ["photo", _, weight, place, pattern] => {
                let weight = self::weight(weight)?;
                self.row(place, pattern, Meaning::Photo { weight })?;
            }
            ["wall", _, weight, pattern] => {
                let meaning = self::weight(weight)?;
                let nodes = self.pattern(pattern)?;
                self.walls.push(Row {
                    place: Place::Any,
                    nodes,
                    meaning,
                });
            }
            [kind, ..] if KINDS.contains(kind) => {
                return Err(format!("{} fields are no `{kind}` row", fields.len()));
            }
            [kind, ..] => return Err(format!("no kind of row is called `{kind}`")),
            [] => {}
        }
        Ok(())
    }

    fn pattern(&self, pattern: &str) -> Result<Vec<Node>, String> {
        let nodes = parse(pattern, &self.definitions)?;
        if findable(&nodes) {
            Ok(nodes)
        } else {
            Err(
                "no word of three letters or more is sure to be there, so it cannot be found"
                    .to_owned(),
            )
        }
    }

    fn row(&mut self, place: &str, pattern: &str, meaning: Meaning) -> Result<(), String> {
        let place = Place::named(place).ok_or_else(|| format!("no place `{place}`"))?;
        let nodes = self.pattern(pattern)?;
        self.notices.push(Row {
            place,
            nodes,
            meaning,
        });
        Ok(())
    }
}

const KINDS: [&str; 12] = [
    "agency", "media", "part", "define", "stop", "lead", "nobody", "month", "notice", "not",
    "photo", "wall",
];

fn list(field: &str) -> Vec<&str> {
    field
        .split('|')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

fn phrases_of(field: &str) -> impl Iterator<Item = String> {
    list(field).into_iter().map(fold)
}

fn weight(field: &str) -> Result<f32, String> {
    let weight: f32 = field
        .parse()
        .map_err(|_| format!("`{field}` is no weight"))?;
    if (0.0..=1.0).contains(&weight) {
        Ok(weight)
    } else {
        Err(format!("weight {field} is not within 0 and 1"))
    }
}
