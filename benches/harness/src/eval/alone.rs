//! What is said of a page that is the only one known: that it is a reprint or an agency's text is then
//! the word of its notices alone, and each such page is listed, so that people can judge.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;
use wirecopy::config::Config;
use wirecopy::engine::{Engine, VerdictScope};
use wirecopy::store::Memory;
use wirecopy::syndication::{Evidence, Role};

use super::marked_page;

/// Longest words of evidence that are listed; in characters.
const MAX_WORDS: usize = 100;

/// A page that is called a reprint or an agency's text though it is the only one known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CreditingPage {
    /// The page.
    pub id: String,
    /// Its role.
    pub role: &'static str,
    /// The probability of the role.
    pub confidence: f64,
    /// The outlet that is named as the source; may be empty.
    pub outlet: String,
    /// The evidence: kind, signal, words and weight, the strongest first.
    pub evidence: Vec<String>,
}

/// The verdicts on pages, each judged as if no other were known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AloneVerdicts {
    /// Number of pages.
    pub pages: u64,
    /// Those called a reprint or an agency's text.
    pub crediting: Vec<CreditingPage>,
}

/// Judges every page of a set as if no other were known; `None` if the set has no pages.
pub fn judge(docs: &Path, config: &Config) -> Result<Option<AloneVerdicts>> {
    let store = Arc::new(Memory::default());
    let engine = Engine::with_notices(store, config.engine, config.notice_table()?)?;
    let mut verdicts = AloneVerdicts::default();
    marked_page::for_each(docs, |mut page| {
        let id = page.id.clone();
        let checked = engine.check(page.take_article(), VerdictScope::Matches)?;
        verdicts.pages += 1;
        if let Some(judgement) = checked.judgement
            && matches!(judgement.role, Role::Reprint | Role::Wire)
        {
            let outlet = judgement.original.map(|source| source.outlet);
            verdicts.crediting.push(CreditingPage {
                id,
                role: judgement.role.as_str(),
                confidence: judgement.confidence,
                outlet: outlet.unwrap_or_default(),
                evidence: judgement.evidence.iter().map(in_words).collect(),
            });
        }
        Ok(())
    })?;
    Ok((verdicts.pages > 0).then_some(verdicts))
}

fn in_words(evidence: &Evidence) -> String {
    let kind = evidence.kind.as_str();
    let signal = evidence.kind.signal();
    let signal = signal.map_or(String::new(), |signal| format!(" {}", signal.as_str()));
    let words: String = evidence.words.chars().take(MAX_WORDS).collect();
    format!("{kind}{signal} {:+.2}: {words}", evidence.weight)
}

impl AloneVerdicts {
    /// Writes the pages as text.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "\nalone, {} of {} pages are called reprint or wire",
            self.crediting.len(),
            self.pages
        )?;
        for page in &self.crediting {
            writeln!(
                out,
                "  {} {:.2} {}: {:?}",
                page.role, page.confidence, page.id, page.outlet
            )?;
            for evidence in &page.evidence {
                writeln!(out, "      {evidence}")?;
            }
        }
        Ok(())
    }
}
