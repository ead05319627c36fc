//! Clusters files of articles in one process.
//!
//! In go articles from files and an engine; out come the cluster, the matches and the role of each article,
//! as they are when all articles are ingested. Only names and figures are kept in memory, never texts.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::HumanCount;

use crate::engine::{self, Engine, MAX_MATCHES, Match, Matched, Placement, State, Verdict};
use crate::files::{self, Articles, Faults, InputArticle, Location};
use crate::id::{Collection, DocId};
use crate::syndication::{Judgement, Relation};

/// At most this many matches of an article are judged, the nearest ones.
const MAX_JUDGED: usize = 64;

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be read.
    #[error(transparent)]
    Input(#[from] files::Error),
    /// An article could not be stored.
    #[error("failed to ingest {place}")]
    Ingest {
        /// Where it was read.
        place: Location,
        /// What the engine reported.
        source: Box<engine::Error>,
    },
    /// The clusters could not be settled.
    #[error("failed to settle the clusters")]
    Settle(#[source] engine::Error),
    /// The role of an article could not be judged.
    #[error("failed to judge `{id}`")]
    Judge {
        /// The article.
        id: String,
        /// What the engine reported.
        source: Box<engine::Error>,
    },
    /// An article was removed while the job ran.
    #[error("article `{id}` was ingested but is not in the store")]
    Missing {
        /// The article.
        id: String,
    },
}

/// The number of a name in [`Names`].
pub type Number = u32;

/// Article ids, each kept once and numbered.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<String, Number>,
    names: Vec<String>,
}

impl Names {
    /// Returns the number of a name; a new name gets a new number.
    pub fn number(&mut self, name: &str) -> Number {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as Number;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// Returns the name of a number.
    pub fn name(&self, number: Number) -> &str {
        &self.names[number as usize]
    }

    /// Returns the number of a name, if it has one.
    pub fn find(&self, name: &str) -> Option<Number> {
        self.numbers.get(name).copied()
    }
}

/// A verified match, seen from one of its articles.
#[derive(Debug, Clone, Copy)]
pub struct JobMatch {
    /// The other article.
    pub other: Number,
    /// Its version, how this article relates to it, and the exact figures.
    pub matched: Matched,
}

/// An article, and what was found for it.
#[derive(Debug)]
pub struct ClusteredArticle {
    /// The article.
    pub article: Number,
    /// Its cluster, after the last article.
    pub placement: Placement,
    /// Its matches, nearest first.
    pub matches: Vec<JobMatch>,
    /// Its role, after the last article.
    pub judgement: Judgement,
}

/// The result of a job: the clustered articles, or what each was converted to.
#[derive(Debug)]
pub struct JobOutcome<T = ClusteredArticle> {
    /// The ids of all articles and their matches.
    pub names: Names,
    /// One for each article, in the order of their first lines.
    pub articles: Vec<T>,
}

/// Ingests all articles, clusters them, and converts the result of each, on all processors.
pub fn run<T: Send>(
    engine: &Engine,
    collection: &Collection,
    input: Articles,
    convert: impl Fn(&Names, ClusteredArticle) -> T + Sync,
) -> Result<JobOutcome<T>, Error> {
    let faults = input.faults();
    let (sender, replies) = mpsc::channel();
    let mut collector = Collector::default();
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let start_ms = since_1970.map_or(0, |since| since.as_millis() as i64);
    let mut submitted = 0;
    for submission in input {
        let InputArticle { article, place } = submission?;
        let sender = sender.clone();
        // Articles without a date come after those with one, in the order of the input.
        let time_ms = start_ms + submitted;
        submitted += 1;
        let reply = move |verdict| drop(sender.send((place, verdict)));
        engine.submit_at(article, time_ms, Box::new(reply));
        for (place, verdict) in replies.try_iter() {
            collector.take(&place, verdict, &faults)?;
        }
        if submitted % 1024 == 0 {
            faults.progress(format!("{} articles", HumanCount(submitted as u64)));
        }
    }
    drop(sender);
    for (place, verdict) in replies {
        collector.take(&place, verdict, &faults)?;
    }
    faults.finish();
    engine.settle().map_err(Error::Settle)?;
    collector.settle(engine, collection, convert)
}

/// A match as a verdict reported it, and the versions of both articles that it is valid for.
#[derive(Debug, Clone, Copy)]
struct ReportedMatch {
    version: u32,
    /// The document whose verdict reported it.
    doc: DocId,
    version_of_other: u32,
    reversed: Relation,
    found: JobMatch,
}

/// Collects verdicts as they arrive.
#[derive(Debug, Default)]
struct Collector {
    names: Names,
    /// Articles of the input, in the order of their first lines.
    order: Vec<Number>,
    /// By number: how often new content replaced the article during this job; `None` for articles that are
    /// not in the input.
    versions: Vec<Option<u32>>,
    reported: HashMap<(Number, Number), ReportedMatch>,
    /// By number: the result for an article that has no match so far.
    alone: Vec<Option<(Placement, Judgement)>>,
    /// Whether any article had more matches than a verdict lists.
    cut: bool,
}

impl Collector {
    fn take(
        &mut self,
        place: &Location,
        verdict: engine::Result<Verdict>,
        faults: &Faults,
    ) -> Result<(), Error> {
        match verdict {
            Ok(verdict) => self.add(verdict),
            // Only this article is at fault. All other errors concern the store.
            Err(error @ engine::Error::Invalid { .. }) => faults.bad(place, &error)?,
            Err(source) => {
                return Err(Error::Ingest {
                    place: place.clone(),
                    source: Box::new(source),
                });
            }
        }
        Ok(())
    }

    fn add(&mut self, verdict: Verdict) {
        self.cut |= verdict.matches.len() >= MAX_MATCHES;
        let this = self.number(verdict.id.as_str());
        match &mut self.versions[this as usize] {
            Some(version) if verdict.state == State::Updated => *version += 1,
            // Its matches are known, and later articles have reported theirs with it.
            Some(_) => return,
            first => {
                *first = Some(0);
                self.order.push(this);
            }
        }
        for one in &verdict.matches {
            self.report((this, verdict.doc), one);
        }
        self.alone[this as usize] = match verdict.matches.is_empty() {
            true => Some((verdict.placement, verdict.judgement)),
            false => None,
        };
    }

    fn report(&mut self, (this, doc): (Number, DocId), one: &Match) {
        let other = self.number(one.article.id.as_str());
        self.alone[other as usize] = None;
        let reported = ReportedMatch {
            version: self.version(this),
            doc,
            version_of_other: self.version(other),
            reversed: one.reversed,
            found: JobMatch {
                other,
                matched: Matched {
                    doc: one.doc,
                    relation: one.relation,
                    overlap: one.overlap,
                },
            },
        };
        // The later report of a pair replaces one from the other side.
        self.reported.remove(&(other, this));
        self.reported.insert((this, other), reported);
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

    /// Returns the matches whose articles have not changed since they were reported.
    fn holding(&self) -> impl Iterator<Item = (&(Number, Number), &ReportedMatch)> {
        self.reported.iter().filter(|((this, other), reported)| {
            reported.version == self.version(*this)
                && reported.version_of_other == self.version(*other)
        })
    }

    /// Gives each match to both of its articles, judges every article, and converts the results.
    fn settle<T: Send>(
        self,
        engine: &Engine,
        collection: &Collection,
        convert: impl Fn(&Names, ClusteredArticle) -> T + Sync,
    ) -> Result<JobOutcome<T>, Error> {
        let mut matches: HashMap<Number, Vec<JobMatch>> = HashMap::new();
        for (&(this, other), reported) in self.holding() {
            matches.entry(this).or_default().push(reported.found);
            let back = JobMatch {
                other: this,
                matched: Matched {
                    doc: reported.doc,
                    relation: reported.reversed,
                    overlap: reported.found.matched.overlap.reversed(),
                },
            };
            matches.entry(other).or_default().push(back);
        }
        for found in matches.values_mut() {
            found.sort_by(|a, b| {
                let [near, nearer] = [a, b].map(|one| one.matched.overlap.resemblance());
                nearer
                    .total_cmp(&near)
                    .then_with(|| self.names.name(a.other).cmp(self.names.name(b.other)))
            });
        }
        let judge = |&article: &Number| -> Result<T, Error> {
            let (matches, (placement, judgement)) = match &self.alone[article as usize] {
                // An article without any match is still where it was placed.
                Some(alone) if !self.cut => (Vec::new(), alone.clone()),
                _ => {
                    let matches = matches.get(&article).cloned().unwrap_or_default();
                    let name = self.names.name(article);
                    let judged = judge(engine, collection, name, &matches)?;
                    (matches, judged)
                }
            };
            let clustered = ClusteredArticle {
                article,
                placement,
                matches,
                judgement,
            };
            Ok(convert(&self.names, clustered))
        };
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = self.order.len().div_ceil(threads).max(1);
        let mut articles = Vec::with_capacity(self.order.len());
        thread::scope(|scope| {
            let judge = |share: &[Number]| share.iter().map(judge).collect::<Result<Vec<_>, _>>();
            let shares = self.order.chunks(share);
            let judging: Vec<_> = shares
                .map(|share| scope.spawn(move || judge(share)))
                .collect();
            for share in judging {
                let judged = share.join().unwrap_or_else(|panic| resume_unwind(panic));
                articles.extend(judged?);
            }
            Ok::<(), Error>(())
        })?;
        Ok(JobOutcome {
            names: self.names,
            articles,
        })
    }
}

/// Returns the placement of an article and judges its role by its nearest matches.
fn judge(
    engine: &Engine,
    collection: &Collection,
    name: &str,
    matches: &[JobMatch],
) -> Result<(Placement, Judgement), Error> {
    let nearest = matches.iter().take(MAX_JUDGED).map(|found| found.matched);
    let judged = engine.judge(collection, name, &nearest.collect::<Vec<_>>());
    let judged = judged.map_err(|source| Error::Judge {
        id: name.to_owned(),
        source: Box::new(source),
    })?;
    judged.ok_or_else(|| Error::Missing {
        id: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ArticleSummary;
    use crate::id::ArticleId;
    use crate::syndication::{self, Facts, Story};
    use crate::text::Overlap;

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
                ..ArticleSummary::default()
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
            settling: false,
        };
        Verdict {
            judgement: syndication::judge(&Facts::new(id(name), 0), &Story::default()),
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

    /// Returns the valid matches, as "this>other".
    fn holding(collector: &Collector) -> Vec<String> {
        let name = |number: &Number| collector.names.name(*number);
        let holding = collector.holding();
        let mut holding: Vec<String> = holding
            .map(|((this, other), _)| format!("{}>{}", name(this), name(other)))
            .collect();
        holding.sort();
        holding
    }

    #[test]
    fn a_new_version_invalidates_old_matches() {
        let mut collector = Collector::default();
        collector.add(verdict("a", State::New, &[]));
        collector.add(verdict("b", State::New, &["a"]));
        collector.add(verdict("c", State::New, &["a", "b"]));
        assert_eq!(holding(&collector), ["b>a", "c>a", "c>b"]);
        collector.add(verdict("a", State::Unchanged, &["b", "c"]));
        assert_eq!(holding(&collector), ["b>a", "c>a", "c>b"]);
        collector.add(verdict("b", State::Updated, &["c"]));
        assert_eq!(holding(&collector), ["b>c", "c>a"]);
        assert_eq!(collector.order.len(), 3, "one line for each article");
    }

    #[test]
    fn an_article_of_an_earlier_run_is_matched_but_not_listed() {
        let mut collector = Collector::default();
        collector.add(verdict("a", State::Unchanged, &["earlier"]));
        assert_eq!(holding(&collector), ["a>earlier"]);
        assert_eq!(collector.order.len(), 1);
    }
}
