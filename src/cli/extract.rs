//! `wirecopy extract`: takes the article out of a page.

use std::io::Write;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use wirecopy::config::{Layer, Use};
use wirecopy::engine::{self, Extracted};
use wirecopy::files::InputArticle;
use wirecopy::page::DateSource;

use super::input::InputArgs;
use super::lines::{self, Line};
use super::output;
use super::settings::SettingsArgs;
use super::show::{moment, printable};

/// Print the main text of pages, and what the pages state about themselves
///
/// Accepts the same input as `ingest` and `cluster`, and does what they do before
/// they compare articles: takes the main text out of a page, with its title,
/// byline, times, rel=canonical and language, and finds the notices that name a
/// source. Stores nothing.
///
/// As text: the main text on standard output, without control characters,
/// everything else on standard error. As jsonl, one line for each article:
///
/// {"id","url","title","byline","publisher","lang","published","published_day",
/// "published_is_local","date_source","modified","canonical","blocked","text",
/// "notices":[{"signal","start","end","words","outlet","url","agency","weight",
/// "disguised"}],
/// "photo_credits":[{"start","end","words","outlet"}]}
///
/// Times are milliseconds since 1970. `published_day` is the day on the page's
/// own clock ("2024-03-05"), and `published_is_local` says that the page states
/// no offset from UTC: its local time is read as UTC. `date_source` says where
/// the date is stated: submitted, json_ld, meta, element, text or url. `start`
/// and `end` are byte offsets in `text`.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  wirecopy extract page.html
  wirecopy extract --url https://example.com/story page.html --format jsonl
  wirecopy extract crawl.jsonl.zst > extracted.jsonl"
)]
pub struct ExtractArgs {
    #[command(flatten)]
    input: InputArgs,
    /// The URL of the page, which its links are relative to. For single files.
    #[arg(
        long,
        value_name = "URL",
        default_value = "",
        hide_default_value = true
    )]
    url: String,
    /// Output format. Default: text for a single .txt or .html file, otherwise jsonl.
    #[arg(long, value_enum)]
    format: Option<ExtractFormat>,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// The format of an extracted article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ExtractFormat {
    /// The main text alone.
    Text,
    /// One JSON object per line.
    Jsonl,
}

impl ExtractArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let notices = self
            .settings
            .config(Use::Server, Layer::default())?
            .notice_table()?;
        let format = self.format.unwrap_or(match self.input.is_one_document() {
            true => ExtractFormat::Text,
            false => ExtractFormat::Jsonl,
        });
        let input = self.input.open()?;
        let faults = input.faults();
        let mut out = output::stdout();
        for submission in input {
            let InputArticle { mut article, place } = submission?;
            if article.url.is_empty() {
                article.url.clone_from(&self.url);
            }
            match engine::extract(article, &notices) {
                Ok(extracted) => match format {
                    ExtractFormat::Text => write_text(&mut out, &extracted)?,
                    ExtractFormat::Jsonl => lines::write(&mut out, &Line(&extracted))?,
                },
                Err(error @ engine::Error::Invalid { .. }) => faults.bad(&place, &error)?,
                Err(error) => {
                    return Err(error).with_context(|| format!("failed to extract {place}"));
                }
            }
        }
        faults.finish();
        out.flush()?;
        Ok(faults.require_articles()?)
    }
}

/// Writes the text to standard output, and everything else to standard error, for people.
fn write_text(out: &mut impl Write, extracted: &Extracted) -> Result<()> {
    let article = &extracted.article;
    let moment = |ms: Option<i64>| ms.map(moment).unwrap_or_default();
    let source = extracted.publication.as_ref().and_then(|date| date.source);
    let source = source
        .map(|source| format!(" ({})", source.as_str()))
        .unwrap_or_default();
    let published = moment(article.published_ms) + &source;
    let mut facts = vec![
        ("title", article.title.clone()),
        ("byline", article.byline.clone()),
        ("publisher", article.publisher.clone()),
        ("language", article.lang.clone()),
        ("published", published),
        ("modified", moment(extracted.modified_ms)),
        ("canonical", extracted.canonical_url.clone()),
    ];
    if extracted.blocked {
        facts.push(("blocked", "a wall, not an article".to_owned()));
    }
    for notice in &extracted.notices {
        let signal = notice.signal.as_str();
        let named = [notice.outlet.as_str(), notice.url.as_str()].join(" ");
        let line = format!("{signal} {}: “{}”", named.trim(), notice.words);
        facts.push(("notice", line));
    }
    for (name, value) in facts {
        if !value.is_empty() {
            eprintln!("{name:<10} {}", printable(&value));
        }
    }
    // Without control characters, which a terminal would obey, also behind a pager. JSON lines have them, escaped.
    for line in extracted.text.lines() {
        let parts: Vec<String> = line.split('\t').map(printable).collect();
        writeln!(out, "{}", parts.join("\t"))?;
    }
    Ok(())
}

impl Serialize for Line<'_, Extracted> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (extracted, article) = (self.0, &self.0.article);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &article.id)?;
        map.serialize_entry("url", &article.url)?;
        map.serialize_entry("title", &article.title)?;
        map.serialize_entry("byline", &article.byline)?;
        map.serialize_entry("publisher", &article.publisher)?;
        map.serialize_entry("lang", &article.lang)?;
        let publication = extracted.publication.as_ref();
        let day = publication
            .and_then(|date| date.day)
            .map(|day| day.to_string());
        let source = publication
            .and_then(|date| date.source)
            .map(DateSource::as_str);
        map.serialize_entry("published", &article.published_ms)?;
        map.serialize_entry("published_day", &day)?;
        map.serialize_entry("published_is_local", &publication.map(|date| date.is_local))?;
        map.serialize_entry("date_source", &source)?;
        map.serialize_entry("modified", &extracted.modified_ms)?;
        map.serialize_entry("canonical", &extracted.canonical_url)?;
        map.serialize_entry("blocked", &extracted.blocked)?;
        map.serialize_entry("text", &extracted.text)?;
        map.serialize_entry("notices", &extracted.notices)?;
        map.serialize_entry("photo_credits", &extracted.photo_credits)?;
        map.end()
    }
}
