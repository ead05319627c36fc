//! Scores what is found of single wordings: notices, and words that look like one and are none. Each stands
//! in an invented article, where its kind stands in papers.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use wirecopy::config::Config;
use wirecopy::engine::{Article, Body, Engine, VerdictScope};
use wirecopy::notices::{Notice, Signal};
use wirecopy::store::Memory;
use wirecopy::syndication::Role;

/// The article around the wordings. A shorter line than its paragraphs may be a caption.
const PARAGRAPHS: [&str; 3] = [
    "The council of Halm voted late on Tuesday to close the old ferry landing for two years while the stone quay is \
     rebuilt, a job that its engineers expect to cost four million.",
    "Residents who cross the river every morning said that they had not been told of the plan until last week, and \
     several of them asked the mayor to keep one boat running at dawn.",
    "A bus will run every twenty minutes between the market and the far bank, although the way round by road takes \
     half an hour longer than the crossing does on a calm day.",
];
/// Words in a description, and the signals that it allows with them.
const DESCRIPTIONS: [(&[&str], &[Signal]); 8] = [
    (&["dateline"], &[Signal::Dateline]),
    (
        &["footer", "copyright line", "item id", "own page"],
        &[Signal::AgencyRights, Signal::Credit],
    ),
    (
        &["attribution", "two-hop", "rewrite"],
        &[Signal::Attribution, Signal::Contributed, Signal::Credit],
    ),
    (
        &["partial", "compiled", "several agencies"],
        &[Signal::Contributed, Signal::Credit, Signal::Attribution],
    ),
    (
        &["permitted", "allowed", "licensed", "ban"],
        &[Signal::Licensed],
    ),
    (&["translat"], &[Signal::Translated, Signal::Credit]),
    (
        &[
            "republication",
            "reprint",
            "full copy",
            "names original",
            "cross-post",
            "excerpt",
            "partner",
            "courtesy",
            "reused",
        ],
        &[
            Signal::Republished,
            Signal::FirstAppeared,
            Signal::FeedTail,
            Signal::Credit,
            Signal::ReadOriginal,
            Signal::Indexed,
            Signal::Syndicated,
        ],
    ),
    (&["source line", "credit", "byline"], &[Signal::Credit]),
];
/// Words in a description of a wording that names an outlet.
const NAMING: [&str; 6] = [
    "names",
    "dateline",
    "source line",
    "credit",
    "byline",
    "chain",
];

/// A wording that was not read as it is described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MisreadWording {
    /// The words.
    pub words: String,
    /// What they are.
    pub description: String,
    /// The notices that were found: signal and outlet.
    pub found: Vec<String>,
    /// The role of an article with them.
    pub role: &'static str,
}

/// The scores of a list of wordings.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WordingScores {
    /// Notices.
    pub notices: u64,
    /// Those of which the signal and the outlet are right.
    pub right: u64,
    /// Words that are none.
    pub false_friends: u64,
    /// Those with which an article is called a reprint or an agency's text.
    pub misleading: u64,
    /// What was not read as described.
    pub misread: Vec<MisreadWording>,
}

/// Scores a list: a tab-separated file whose columns `phrase` and `signal`, and `outlet` if it has one,
/// are named in its first line. The signal is the name of one, or a description in words; one that begins
/// with "FALSE FRIEND" is of words that are no notice.
pub fn score(list: &Path, config: &Config) -> Result<WordingScores> {
    let failed = || format!("failed to read `{}`", list.display());
    let text = std::fs::read_to_string(list).with_context(failed)?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let heading: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| heading.iter().position(|one| *one == name);
    let (Some(phrase), Some(signal)) = (column("phrase"), column("signal")) else {
        bail!(
            "the first line of `{}` names no phrase and signal",
            list.display()
        );
    };
    let outlet = column("outlet");
    let table = config.notice_table()?;
    let store = Arc::new(Memory::default());
    let engine = Engine::with_notices(store, config.engine, Arc::clone(&table))?;
    let mut scores = WordingScores::default();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        let wording = Wording {
            words: field(phrase),
            description: field(signal),
            outlet: outlet.map(field),
        };
        let text = wording.article();
        let role = role(&text, &engine)?;
        scores.add(&wording, &table.find(&text, &[]), role);
    }
    Ok(scores)
}

/// Returns the role of an article that is the only one known.
fn role(text: &str, engine: &Engine) -> Result<Role> {
    let article = Article {
        url: "https://halm-courier.example/landing".to_owned(),
        title: "Ferry landing to close".to_owned(),
        body: Body::Text(text.to_owned()),
        ..Article::default()
    };
    let judgement = engine.check(article, VerdictScope::Matches)?.judgement;
    Ok(judgement.map_or(Role::Unknown, |judgement| judgement.role))
}

/// Words, and what they are.
struct Wording<'l> {
    words: &'l str,
    description: &'l str,
    /// The outlet that they name, if the list says so.
    outlet: Option<&'l str>,
}

impl Wording<'_> {
    fn describes(&self, words: &[&str]) -> bool {
        let description = self.description.to_lowercase();
        words.iter().any(|word| description.contains(word))
    }

    fn is_false_friend(&self) -> bool {
        self.description.starts_with("FALSE FRIEND") || self.describes(&["photo credit only"])
    }

    /// Returns an article with the words before its first sentence, if they are a dateline, or below it.
    fn article(&self) -> String {
        let text = PARAGRAPHS.join("\n\n");
        match self.describes(&["dateline"]) {
            true => format!("{} {text}", self.words),
            false => format!("{text}\n\n{}", self.words),
        }
    }

    fn allows(&self, signal: Signal) -> bool {
        match Signal::named(self.description) {
            Some(named) => named == signal,
            None => DESCRIPTIONS
                .iter()
                .any(|(words, signals)| self.describes(words) && signals.contains(&signal)),
        }
    }

    /// Whether an outlet is the one that is named. An agency goes by its short name. What is permitted to
    /// those who give credit names nobody.
    fn names(&self, notice: &Notice) -> bool {
        let is_licence = notice.signal == Signal::Licensed;
        match self.outlet {
            Some(outlet) => notice.outlet == outlet,
            None if notice.outlet.is_empty() => is_licence || !self.describes(&NAMING),
            None => notice.agency || self.words.contains(&notice.outlet),
        }
    }

    fn is_read(&self, notices: &[Notice]) -> bool {
        let is_right = |notice: &Notice| self.allows(notice.signal) && self.names(notice);
        notices.iter().any(is_right)
    }
}

impl WordingScores {
    fn add(&mut self, wording: &Wording<'_>, notices: &[Notice], role: Role) {
        let is_right = match wording.is_false_friend() {
            true => {
                let misleads = matches!(role, Role::Reprint | Role::Wire);
                self.false_friends += 1;
                self.misleading += u64::from(misleads);
                !misleads
            }
            false => {
                let is_read = wording.is_read(notices);
                self.notices += 1;
                self.right += u64::from(is_read);
                is_read
            }
        };
        let in_words = |notice: &Notice| format!("{} {}", notice.signal.as_str(), notice.outlet);
        if !is_right {
            self.misread.push(MisreadWording {
                words: wording.words.to_owned(),
                description: wording.description.to_owned(),
                found: notices.iter().map(in_words).collect(),
                role: role.as_str(),
            });
        }
    }

    /// Writes the scores as text.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "notices, signal and outlet right: {} of {} ({:.3})\nfalse friends called reprint or wire: {} of {}",
            self.right,
            self.notices,
            self.right as f64 / self.notices.max(1) as f64,
            self.misleading,
            self.false_friends
        )?;
        for MisreadWording {
            words,
            description,
            found,
            role,
        } in &self.misread
        {
            writeln!(out, "  {words:?} ({description}): {role}, {found:?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(list: &str) -> WordingScores {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("list.tsv");
        std::fs::write(&file, list).unwrap();
        score(&file, &Config::default()).unwrap()
    }

    #[test]
    fn wordings_are_scored_by_what_the_list_says() {
        let list = "lang\tphrase\tsignal\n\
            en\tThis story first appeared in The Lantern.\trepublication, names original\n\
            en\tHALM (Reuters) -\tagency dateline\n\
            en\tA fine day on the quay.\tagency source line\n\
            en\tFree to republish with credit.\treprint permitted with credit\n\
            en\tAll rights reserved.\tFALSE FRIEND: rights footer\n\
            en\tSource: The Lantern\tFALSE FRIEND: not really\n";
        let found = scores(list);
        assert_eq!((found.notices, found.right), (4, 3));
        assert_eq!((found.false_friends, found.misleading), (2, 1));
        assert_eq!(found.misread.len(), 2);
        let list = "phrase\tsignal\toutlet\n\
            Source: The Lantern\tcredit\tLantern\n\
            Source: The Lantern\tcredit\tThe Lantern\n\
            Source: The Lantern\tdateline\tThe Lantern\n";
        let found = scores(list);
        assert_eq!((found.notices, found.right), (3, 1));
    }
}
