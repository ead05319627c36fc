//! `wirecopy extract`: what of a page is the article.

use std::io::{IsTerminal as _, Write};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use wirecopy::config::Layer;
use wirecopy::engine::{self, Extracted};
use wirecopy::files::Submission;
use wirecopy::notices::{Notice, PhotoCredit};

use super::input::Input;
use super::lines;
use super::output;
use super::settings::Settings;
use super::show::{moment, printable};

/// Print the main text of pages, and what they say of themselves
///
/// Takes what `ingest` and `cluster` take, and does with it what they do before anything is compared:
/// the main text is taken out of a page, with its title, byline, times, rel=canonical and language,
/// and notices that name a source are looked for. Nothing is stored.
///
/// As text: the main text alone, with the rest on standard error. As jsonl, one line for each article:
///
/// {"id","url","title","byline","publisher","lang","published","modified","canonical","blocked","text",
/// "notices":[{"signal","start","end","words","outlet","url","agency","weight","disguised"}],
/// "photo_credits":[{"start","end","words","outlet"}]}
///
/// Times are milliseconds since 1970; `start` and `end` are bytes of `text`.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  wirecopy extract page.html
  wirecopy extract --url https://example.com/story page.html --format jsonl
  wirecopy extract crawl.jsonl.zst > extracted.jsonl"
)]
pub struct Extract {
    #[command(flatten)]
    input: Input,
    /// Where the page was found: its links are relative to it. For single files.
    #[arg(long, value_name = "URL", default_value = "")]
    url: String,
    /// The form of the output. Default: text for a single .txt or .html file, and else jsonl.
    #[arg(long, value_enum)]
    format: Option<Form>,
    #[command(flatten)]
    settings: Settings,
}

/// In which form a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// The main text alone.
    Text,
    /// One JSON object a line.
    Jsonl,
}

impl Extract {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let config = self.settings.config(Layer::default())?;
        let notices = config.notice_table()?;
        let is_document = self.input.is_one_document();
        let form = self.format.unwrap_or(match is_document {
            true => Form::Text,
            false => Form::Jsonl,
        });
        let input = self.input.open()?;
        let faults = input.faults();
        let mut out = output::stdout();
        for submission in input {
            let Submission { mut article, place } = submission?;
            if article.url.is_empty() {
                article.url.clone_from(&self.url);
            }
            match engine::extract(article, &notices) {
                Ok(extracted) => match form {
                    Form::Text => write_text(&mut out, &extracted)?,
                    Form::Jsonl => lines::write(&mut out, &Line::from(&extracted))?,
                },
                Err(error @ engine::Error::Invalid { .. }) => faults.bad(&place, &error)?,
                Err(error) => {
                    return Err(error).with_context(|| format!("failed to extract {place}"));
                }
            }
        }
        faults.finish();
        Ok(out.flush()?)
    }
}

/// Writes the text to standard output, and what else there is to standard error, for people.
fn write_text(out: &mut impl Write, extracted: &Extracted) -> Result<()> {
    let article = &extracted.article;
    let mut facts = vec![
        ("title", article.title.clone()),
        ("byline", extracted.byline.clone()),
        ("publisher", article.publisher.clone()),
        ("language", article.lang.clone()),
        (
            "published",
            article.published_ms.map(moment).unwrap_or_default(),
        ),
        (
            "modified",
            extracted.modified_ms.map(moment).unwrap_or_default(),
        ),
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
    if std::io::stdout().is_terminal() {
        // What a terminal would obey is no text.
        for line in extracted.text.lines() {
            writeln!(out, "{}", printable(line))?;
        }
    } else {
        out.write_all(extracted.text.as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    byline: &'a str,
    publisher: &'a str,
    lang: &'a str,
    published: Option<i64>,
    modified: Option<i64>,
    canonical: &'a str,
    blocked: bool,
    text: &'a str,
    notices: &'a [Notice],
    photo_credits: &'a [PhotoCredit],
}

impl<'a> From<&'a Extracted> for Line<'a> {
    fn from(extracted: &'a Extracted) -> Self {
        let article = &extracted.article;
        Self {
            id: &article.id,
            url: &article.url,
            title: &article.title,
            byline: &extracted.byline,
            publisher: &article.publisher,
            lang: &article.lang,
            published: article.published_ms,
            modified: extracted.modified_ms,
            canonical: &extracted.canonical_url,
            blocked: extracted.blocked,
            text: &extracted.text,
            notices: &extracted.notices,
            photo_credits: &extracted.photo_credits,
        }
    }
}
