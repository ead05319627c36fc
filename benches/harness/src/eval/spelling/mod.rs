//! Whether a copy is found whose words are spelled as another keyboard, editor or program spells them.
//!
//! Copies of a set's articles are made with one kind of change each, and looked for among the articles.

mod changes;

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use wirecopy::config::Config;
use wirecopy::engine::{Article, Body, Engine, VerdictScope};
use wirecopy::files;
use wirecopy::store::Memory;
use wirecopy::syndication::Relation;

use self::changes::{SPELLING_CHANGES, SpellingChange};

/// At most this many copies of a kind are made.
const MAX_COPIES: usize = 200;
/// Fewest words of an article that is copied.
const MIN_WORDS: usize = 40;

/// How many copies with one kind of change were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpellingRow {
    /// The kind of change.
    pub change: &'static str,
    /// Copies that differ from their articles.
    pub copies: u64,
    /// Copies that are told to be copies of their article.
    pub found: u64,
}

/// An article that is copied.
#[derive(Deserialize)]
struct Spelled {
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    lang: String,
}

/// Makes copies of a set's articles with each kind of change, and looks for them.
pub fn score(docs: &Path, config: &Config) -> Result<Vec<SpellingRow>> {
    let articles = read(docs)?;
    let mut rows = Vec::new();
    for change in &SPELLING_CHANGES {
        let copied: Vec<&Spelled> = articles.iter().filter(|one| change.alters(one)).collect();
        let copied = &copied[..copied.len().min(MAX_COPIES)];
        if !copied.is_empty() {
            rows.push(look_for(change, copied, config)?);
        }
    }
    Ok(rows)
}

/// Reads enough articles of each language.
fn read(docs: &Path) -> Result<Vec<Spelled>> {
    let failed = || format!("failed to read `{}`", docs.display());
    let mut articles: Vec<Spelled> = Vec::new();
    let mut texts = HashSet::new();
    let mut lines = files::lines(docs).with_context(failed)?;
    while let Some(line) = lines.next_line().with_context(failed)? {
        let text = line.map_err(anyhow::Error::msg).with_context(failed)?;
        let one: Spelled = serde_json::from_str(text).with_context(failed)?;
        let is_long = one.text.split_whitespace().nth(MIN_WORDS - 1).is_some();
        let is_wanted = SPELLING_CHANGES
            .iter()
            .any(|change| change.is_of(&one.lang));
        if is_long && is_wanted && texts.insert(one.text.clone()) {
            articles.push(one);
        }
    }
    Ok(articles)
}

/// Stores the articles, and checks their copies.
fn look_for(change: &SpellingChange, copied: &[&Spelled], config: &Config) -> Result<SpellingRow> {
    let store = Arc::new(Memory::default());
    let engine = Engine::with_notices(store, config.engine, config.notice_table()?)?;
    for (number, one) in copied.iter().enumerate() {
        engine.ingest(article(
            number,
            "first",
            one.lang.clone(),
            &one.title,
            &one.text,
        ))?;
    }
    let mut row = SpellingRow {
        change: change.name,
        copies: 0,
        found: 0,
    };
    for (number, one) in copied.iter().enumerate() {
        let [title, text] = [&one.title, &one.text].map(|text| (change.spell)(text));
        let copy = article(number, "second", one.lang.clone(), &title, &text);
        let verdict = engine.check(copy, VerdictScope::Matches)?;
        let is_found = verdict.matches.iter().any(|one| {
            let is_copy = matches!(one.relation, Relation::Copy | Relation::Version);
            is_copy && one.article.id.as_str() == format!("first-{number}")
        });
        row.copies += 1;
        row.found += u64::from(is_found);
    }
    Ok(row)
}

/// Returns an article on a host of its own, so that no host repeats anything.
fn article(number: usize, side: &str, lang: String, title: &str, text: &str) -> Article {
    Article {
        id: format!("{side}-{number}"),
        url: format!("https://{side}{number}.example/{number}"),
        title: title.to_owned(),
        body: Body::Text(text.to_owned()),
        lang,
        ..Article::default()
    }
}

/// Writes the rows as text.
pub fn write(rows: &[SpellingRow], out: &mut impl Write) -> io::Result<()> {
    if !rows.is_empty() {
        writeln!(
            out,
            "\n{:<44} {:>8} {:>8}",
            "spelled otherwise", "copies", "found"
        )?;
    }
    for SpellingRow {
        change,
        copies,
        found,
    } in rows
    {
        writeln!(out, "{change:<44} {copies:>8} {found:>8}")?;
    }
    Ok(())
}
