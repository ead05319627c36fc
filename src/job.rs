//! The whole job in one process: articles in, verified matches gathered, clusters read when all is
//! in.
//!
//! Only names, figures and places in the input are kept in memory; texts are the engine's.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::HumanCount;

use crate::engine::{self, Engine, MAX_MATCHES, Match, Matched, Placement, State, Verdict};
use crate::files::{self, Articles, Faults, Place, Submission};
use crate::id::{Collection, DocId};
use crate::syndication::{Judgement, Relation, Role};
use crate::text::Overlap;

/// Most matches of an article that its verdict hears.
const JUDGED: usize = 64;

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be read.
    #[error(transparent)]
    Input(#[from] files::Error),
    /// An article could not be stored.
    #[error("failed to take in {place}")]
    Ingest {
        /// Where it was read.
        place: Place,
        /// What the engine reported.
        source: Box<engine::Error>,
    },
    /// The role of an article could not be judged.
    #[error("failed to judge `{id}`")]
    Judge {
        /// The article.
        id: String,
        /// What the engine reported.
        source: Box<engine::Error>,
    },
    /// An article was removed while the job ran.
    #[error("article `{id}` was taken in and is not there")]
    Missing {
        /// The article.
        id: String,
    },
}

/// Number of a name in [`Names`].
pub type Number = u32;

/// Names, each kept once.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<String, Number>,
    names: Vec<String>,
}

impl Names {
    /// Returns the number of a name, a new one for a new name.
    pub fn number(&mut self, name: &str) -> Number {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as Number;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The name of a number.
    pub fn name(&self, number: Number) -> &str {
        &self.names[number as usize]
    }

    /// The number of a name, if it has one.
    pub fn find(&self, name: &str) -> Option<Number> {
        self.numbers.get(name).copied()
    }
}

/// A verified match from one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The other.
    pub other: Number,
    /// Its version.
    pub doc: DocId,
    /// How this article relates to it.
    pub relation: Relation,
    /// Exact figures, this article first.
    pub overlap: Overlap,
}

/// An article's part of the outcome.
#[derive(Debug)]
pub struct Clustered {
    /// The article.
    pub article: Number,
    /// Where it belongs, when all is in.
    pub placement: Placement,
    /// Its matches, nearest first.
    pub matches: Vec<Found>,
    /// Its role, when all is in.
    pub judgement: Judgement,
}

/// What a job came to.
#[derive(Debug)]
pub struct Outcome {
    /// All names that occur.
    pub names: Names,
    /// One for each article, at the place of its first line.
    pub articles: Vec<Clustered>,
}

impl Outcome {
    /// The ids of the articles that are walls.
    pub fn blocked(&self) -> Vec<String> {
        let walls = self
            .articles
            .iter()
            .filter(|one| one.judgement.role == Role::BlockedPage);
        walls
            .map(|one| self.names.name(one.article).to_owned())
            .collect()
    }
}

/// Takes all articles in and clusters them.
pub fn run(engine: &Engine, collection: &Collection, input: Articles) -> Result<Outcome, Error> {
    let faults = input.faults();
    let (sender, replies) = mpsc::channel();
    let mut gathered = Gathered::default();
    let start_ms = now_ms();
    let mut submitted = 0;
    for submission in input {
        let Submission { article, place } = submission?;
        let sender = sender.clone();
        // Articles without a date come after those with one, in the order of the input.
        let time_ms = start_ms + submitted;
        submitted += 1;
        let reply = move |verdict| drop(sender.send((place, verdict)));
        engine.submit_at(article, time_ms, Box::new(reply));
        for (place, verdict) in replies.try_iter() {
            gathered.take(&place, verdict, &faults)?;
        }
        if submitted % 1024 == 0 {
            faults.progress(format!("{} articles", HumanCount(submitted as u64)));
        }
    }
    drop(sender);
    for (place, verdict) in replies {
        gathered.take(&place, verdict, &faults)?;
    }
    faults.finish();
    gathered.settle(engine, collection)
}

fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}

/// A match as it was told, and the versions of the two that it holds for.
#[derive(Debug, Clone, Copy)]
struct Told {
    version: u32,
    /// The one that told.
    doc: DocId,
    version_of_other: u32,
    reversed: Relation,
    found: Found,
}

/// Verdicts as they come in.
#[derive(Debug, Default)]
struct Gathered {
    names: Names,
    /// Articles of the input, in the order of their first lines, each with its place there.
    order: Vec<Number>,
    /// By number: how often the article was replaced by new content in this run; `None`: not of the
    /// input.
    versions: Vec<Option<u32>>,
    told: HashMap<(Number, Number), Told>,
    /// By number: what became of an article that matched nothing when it came.
    alone: Vec<Option<(Placement, Judgement)>>,
    /// An article had more matches than a verdict tells.
    cut: bool,
}

impl Gathered {
    fn take(
        &mut self,
        place: &Place,
        verdict: engine::Result<Verdict>,
        faults: &Faults,
    ) -> Result<(), Error> {
        match verdict {
            Ok(verdict) => {
                self.add(verdict);
                Ok(())
            }
            // One article's fault. Every other error is the store's.
            Err(error @ engine::Error::Invalid { .. }) => Ok(faults.bad(place, &error)?),
            Err(source) => Err(Error::Ingest {
                place: place.clone(),
                source: Box::new(source),
            }),
        }
    }

    fn add(&mut self, verdict: Verdict) {
        self.cut |= verdict.matches.len() >= MAX_MATCHES;
        let this = self.number(verdict.id.as_str());
        match &mut self.versions[this as usize] {
            Some(version) if verdict.state == State::Updated => *version += 1,
            // Its matches are known, and those that came later have told of it themselves.
            Some(_) => return,
            first => {
                *first = Some(0);
                self.order.push(this);
            }
        }
        for one in &verdict.matches {
            self.tell((this, verdict.doc), one);
        }
        self.alone[this as usize] = match verdict.matches.is_empty() {
            true => Some((verdict.placement, verdict.judgement)),
            false => None,
        };
    }

    fn tell(&mut self, (this, doc): (Number, DocId), one: &Match) {
        let other = self.number(one.article.id.as_str());
        self.alone[other as usize] = None;
        let told = Told {
            version: self.version(this),
            doc,
            version_of_other: self.version(other),
            reversed: one.reversed,
            found: Found {
                other,
                doc: one.doc,
                relation: one.relation,
                overlap: one.overlap,
            },
        };
        // The same pair told from the other side before is the same pair: the later word counts.
        self.told.remove(&(other, this));
        self.told.insert((this, other), told);
    }

    fn number(&mut self, name: &str) -> Number {
        let number = self.names.number(name);
        if self.versions.len() <= number as usize {
            self.versions.resize(number as usize + 1, None);
            self.alone.resize(number as usize + 1, None);
        }
        number
    }

    fn version(&self, number: Number) -> u32 {
        self.versions[number as usize].unwrap_or(0)
    }

    /// Reads where everything belongs, and gives each match to both of its sides.
    fn settle(self, engine: &Engine, collection: &Collection) -> Result<Outcome, Error> {
        let mut matches: HashMap<Number, Vec<Found>> = HashMap::new();
        for (&(this, other), told) in &self.told {
            let holds =
                told.version == self.version(this) && told.version_of_other == self.version(other);
            if !holds {
                continue; // one of them has other content by now
            }
            matches.entry(this).or_default().push(told.found);
            let back = Found {
                other: this,
                doc: told.doc,
                relation: told.reversed,
                overlap: told.found.overlap.reversed(),
            };
            matches.entry(other).or_default().push(back);
        }
        for found in matches.values_mut() {
            found.sort_by(|a, b| {
                let nearness = b.overlap.resemblance().total_cmp(&a.overlap.resemblance());
                nearness.then_with(|| self.names.name(a.other).cmp(self.names.name(b.other)))
            });
        }
        let judge = |&article: &Number| {
            // What nothing was found for, and what was never found, is still where it was.
            if let (false, Some((placement, judgement))) = (self.cut, &self.alone[article as usize])
            {
                return Ok(Clustered {
                    article,
                    placement: placement.clone(),
                    matches: Vec::new(),
                    judgement: judgement.clone(),
                });
            }
            let matches = matches.get(&article).cloned().unwrap_or_default();
            judge(engine, collection, &self.names, article, matches)
        };
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = self.order.len().div_ceil(threads).max(1);
        let judged: Vec<Result<Vec<Clustered>, Error>> = thread::scope(|scope| {
            let shares = self.order.chunks(share);
            let judging: Vec<_> = shares
                .map(|share| scope.spawn(move || share.iter().map(judge).collect()))
                .collect();
            let judged = judging.into_iter();
            judged
                .map(|judging| judging.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        let mut articles = Vec::with_capacity(self.order.len());
        for share in judged {
            articles.extend(share?);
        }
        Ok(Outcome {
            names: self.names,
            articles,
        })
    }
}

/// Tells where an article belongs, and judges it by its matches, of which the nearest are enough.
fn judge(
    engine: &Engine,
    collection: &Collection,
    names: &Names,
    article: Number,
    matches: Vec<Found>,
) -> Result<Clustered, Error> {
    let matched: Vec<Matched> = matches
        .iter()
        .take(JUDGED)
        .map(|found| Matched {
            doc: found.doc,
            relation: found.relation,
            overlap: found.overlap,
        })
        .collect();
    let name = names.name(article);
    let judged = engine.judge(collection, name, &matched);
    let judged = judged.map_err(|source| Error::Judge {
        id: name.to_owned(),
        source: Box::new(source),
    })?;
    let (placement, judgement) = judged.ok_or_else(|| Error::Missing {
        id: name.to_owned(),
    })?;
    Ok(Clustered {
        article,
        placement,
        matches,
        judgement,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ArticleSummary;
    use crate::id::ArticleId;
    use crate::syndication::{self, Facts, Story};

    fn id(name: &str) -> ArticleId {
        ArticleId(name.to_owned())
    }

    fn verdict(name: &str, state: State, others: &[&str]) -> Verdict {
        let overlap = Overlap {
            shared: 4,
            this: 5,
            other: 6,
        };
        let matches = others.iter().map(|other| Match {
            article: ArticleSummary {
                id: id(other),
                url: String::new(),
                publisher: String::new(),
                time_ms: 0,
                title: String::new(),
            },
            doc: DocId(0),
            cluster: id(other),
            relation: Relation::Embedded,
            reversed: Relation::Embeds,
            overlap,
        });
        let placement = Placement {
            cluster: id(name),
            size: 1,
            relation: Relation::Lead,
            overlap,
        };
        let alone = Story {
            lead: None,
            members: &[],
            truncated: false,
            related: &[],
        };
        Verdict {
            judgement: syndication::judge(&Facts::new(id(name), 0), &alone),
            id: id(name),
            doc: DocId(0),
            state,
            first_seen_ms: 0,
            placement,
            matches: matches.collect(),
            truncated: false,
            shingles: 5,
        }
    }

    /// Returns the matches that hold, as "this>other".
    fn holding(gathered: &Gathered) -> Vec<String> {
        let mut holding: Vec<String> = gathered
            .told
            .iter()
            .filter(|((this, other), told)| {
                told.version == gathered.version(*this)
                    && told.version_of_other == gathered.version(*other)
            })
            .map(|((this, other), _)| {
                format!(
                    "{}>{}",
                    gathered.names.name(*this),
                    gathered.names.name(*other)
                )
            })
            .collect();
        holding.sort();
        holding
    }

    #[test]
    fn a_new_version_takes_its_old_matches_away() {
        let mut gathered = Gathered::default();
        gathered.add(verdict("a", State::New, &[]));
        gathered.add(verdict("b", State::New, &["a"]));
        gathered.add(verdict("c", State::New, &["a", "b"]));
        assert_eq!(holding(&gathered), ["b>a", "c>a", "c>b"]);
        gathered.add(verdict("a", State::Unchanged, &["b", "c"]));
        assert_eq!(holding(&gathered), ["b>a", "c>a", "c>b"]);
        gathered.add(verdict("b", State::Updated, &["c"]));
        assert_eq!(holding(&gathered), ["b>c", "c>a"]);
        assert_eq!(gathered.order.len(), 3, "one line for each article");
    }

    #[test]
    fn an_article_of_an_earlier_run_is_matched_but_not_listed() {
        let mut gathered = Gathered::default();
        gathered.add(verdict("a", State::Unchanged, &["earlier"]));
        assert_eq!(holding(&gathered), ["a>earlier"]);
        assert_eq!(gathered.order.len(), 1);
    }
}
