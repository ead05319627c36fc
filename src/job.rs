//! Clusters files of articles in one process.
//!
//! In go articles from files and an engine; out come the cluster, the matches and the role of each article,
//! as they are when all articles are ingested. Only names and figures are kept in memory, never texts.

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;

use indexmap::IndexSet;

use crate::engine::{
    self, Engine, JudgedArticle, KeptArticles, MAX_MATCHES, Match, Matched, Verdict,
};
use crate::files::{self, Articles, Faults, InputArticle, Location};
use crate::id::{Collection, DocId};
use crate::syndication::Relation;

/// At most this many matches of an article are judged, the nearest ones.
const MAX_JUDGED: usize = 64;
/// Articles that a worker judges at once.
const SHARE: usize = 256;
/// Shares of each worker that may wait to be taken.
const SHARES_WAITING: usize = 4;

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
pub struct Names(IndexSet<String>);

impl Names {
    /// Returns the number of a name; a new name gets a new number.
    fn number(&mut self, name: &str) -> Number {
        let found = self.find(name);
        found.unwrap_or_else(|| self.0.insert_full(name.to_owned()).0 as Number)
    }

    /// Returns the name of a number.
    pub fn name(&self, number: Number) -> &str {
        &self.0[number as usize]
    }

    /// Returns the number of a name, if it has one.
    pub fn find(&self, name: &str) -> Option<Number> {
        self.0.get_index_of(name).map(|number| number as Number)
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
    /// The URL of the version that counts, as the input has it; may be empty.
    pub url: String,
    /// Its cluster, its role, and whether it is to be kept, after the last article.
    pub judged: JudgedArticle,
    /// Its matches, nearest first.
    pub matches: Vec<JobMatch>,
}

/// Ingests all articles, clusters them, converts the result of each on the engine's threads, and hands the
/// converted ones to `take`, in the order of the articles' first lines. Meanwhile the next are converted.
/// `kept` decide which article of each cluster is to be kept.
///
/// Returns the ids of all articles and their matches.
pub fn run<T: Send, E: From<Error>>(
    engine: &Engine,
    collection: &Collection,
    input: Articles,
    kept: Option<&KeptArticles>,
    convert: impl Fn(&Names, ClusteredArticle) -> T + Sync,
    take: impl FnMut(T) -> Result<(), E>,
) -> Result<Names, E> {
    let collector = ingest(engine, input)?;
    engine.settle().map_err(Error::Settle)?;
    collector.settle(engine, collection, kept, convert, take)
}

/// Ingests all articles, and collects their verdicts.
fn ingest(engine: &Engine, input: Articles) -> Result<Collector, Error> {
    let faults = input.faults();
    let (sender, replies) = mpsc::channel();
    let mut collector = Collector::default();
    let start_ms = jiff::Timestamp::now().as_millisecond();
    let mut submitted = 0;
    for submission in input {
        let InputArticle { article, place } = submission?;
        let sender = sender.clone();
        // Articles without a date or a time of capture come after all others, in the order of the input.
        let time_ms = start_ms + submitted;
        submitted += 1;
        let url = article.url.clone();
        let reply = move |verdict| drop(sender.send((place, url, verdict)));
        engine.submit_at(article, time_ms, Box::new(reply));
        for (place, url, verdict) in replies.try_iter() {
            collector.take(&place, url, verdict, &faults)?;
        }
        if submitted % 1024 == 0 {
            faults.progress(format!("{} articles", files::count(submitted as u64)));
        }
    }
    drop(sender);
    for (place, url, verdict) in replies {
        collector.take(&place, url, verdict, &faults)?;
    }
    faults.finish();
    faults.require_articles()?;
    Ok(collector)
}

/// A match as a verdict reported it. It is valid for the versions of both articles that it names.
#[derive(Debug, Clone, Copy)]
struct ReportedMatch {
    /// The document whose verdict reported it.
    doc: DocId,
    reversed: Relation,
    found: JobMatch,
}

/// Collects verdicts as they arrive.
#[derive(Debug, Default)]
struct Collector {
    names: Names,
    /// Articles of the input, in the order of their first lines.
    order: Vec<Number>,
    /// By number: the document of the article's last version; `None` for articles that are not in the
    /// input.
    docs: Vec<Option<DocId>>,
    /// By number: the URL of that version, as the input has it; `None` if it is the article's name.
    urls: Vec<Option<Box<str>>>,
    reported: HashMap<(Number, Number), ReportedMatch>,
    /// By number: the result for an article that has no match so far.
    alone: Vec<Option<JudgedArticle>>,
    /// Whether any article had more matches than a verdict lists.
    cut: bool,
}

impl Collector {
    fn take(
        &mut self,
        place: &Location,
        url: String,
        verdict: engine::Result<Verdict>,
        faults: &Faults,
    ) -> Result<(), Error> {
        match verdict {
            Ok(verdict) => self.add(verdict, url),
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

    fn add(&mut self, verdict: Verdict, url: String) {
        self.cut |= verdict.matches.len() >= MAX_MATCHES;
        let this = self.number(verdict.id.as_str());
        match self.docs[this as usize].replace(verdict.doc) {
            // Its matches are known, and later articles have reported theirs with it.
            Some(former) if former == verdict.doc => return,
            Some(_) => {}
            None => self.order.push(this),
        }
        let is_name = url == verdict.id.as_str();
        self.urls[this as usize] = (!is_name).then(|| url.into_boxed_str());
        for one in &verdict.matches {
            self.report((this, verdict.doc), one);
        }
        let is_alone = verdict.matches.is_empty();
        let published_ms = verdict.publication.map(|publication| publication.ms);
        let judgement = verdict.judgement.filter(|_| is_alone);
        self.alone[this as usize] = judgement.map(|judgement| JudgedArticle {
            time_ms: published_ms.unwrap_or(verdict.first_seen_ms),
            placement: verdict.placement,
            judgement,
            keep: None,
        });
    }

    fn report(&mut self, (this, doc): (Number, DocId), one: &Match) {
        let other = self.number(one.article.id.as_str());
        self.alone[other as usize] = None;
        let reported = ReportedMatch {
            doc,
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
        if self.docs.len() <= number as usize {
            self.docs.resize(number as usize + 1, None);
            self.urls.resize(number as usize + 1, None);
            self.alone.resize(number as usize + 1, None);
        }
        number
    }

    /// Returns the matches whose articles have not changed since they were reported.
    fn holding(&self) -> impl Iterator<Item = (&(Number, Number), &ReportedMatch)> {
        let is_last = |article: Number, doc: DocId| {
            let last = self.docs[article as usize];
            last.is_none_or(|last| last == doc)
        };
        self.reported
            .iter()
            .filter(move |((this, other), reported)| {
                is_last(*this, reported.doc) && is_last(*other, reported.found.matched.doc)
            })
    }

    /// Gives each match to both of its articles, judges every article, converts the results, and hands
    /// them on.
    fn settle<T: Send, E: From<Error>>(
        self,
        engine: &Engine,
        collection: &Collection,
        kept: Option<&KeptArticles>,
        convert: impl Fn(&Names, ClusteredArticle) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<Names, E> {
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
            let (matches, judged) = match &self.alone[article as usize] {
                // An article without any match is still where it was placed, in a cluster of its own.
                Some(alone) if !self.cut => {
                    let keep = kept.map(|_| true);
                    let alone = JudgedArticle {
                        keep,
                        ..alone.clone()
                    };
                    (Vec::new(), alone)
                }
                _ => {
                    let matches = matches.get(&article).cloned().unwrap_or_default();
                    let name = self.names.name(article);
                    let judged = judge(engine, collection, name, &matches, kept)?;
                    (matches, judged)
                }
            };
            let url = match &self.urls[article as usize] {
                Some(url) => url.to_string(),
                None => self.names.name(article).to_owned(),
            };
            let clustered = ClusteredArticle {
                article,
                url,
                judged,
                matches,
            };
            Ok(convert(&self.names, clustered))
        };
        let judge = &judge;
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let workers = processors.min(engine.threads());
        thread::scope(|scope| {
            // Workers judge shares in turn, which are taken in the same turn.
            let mut from_workers = Vec::new();
            for worker in 0..workers {
                let (sender, judged) = mpsc::sync_channel(SHARES_WAITING);
                let mut shares = self.order.chunks(SHARE).skip(worker).step_by(workers);
                scope.spawn(move || {
                    let judged = |share: &[Number]| share.iter().map(judge).collect();
                    shares.all(|share| sender.send(judged(share)).is_ok())
                });
                from_workers.push(judged);
            }
            // If a worker panicked, its panic resumes when the scope ends.
            for share in from_workers.iter().cycle().map_while(|of| of.recv().ok()) {
                let share: Result<Vec<T>, Error> = share;
                share?.into_iter().try_for_each(&mut take)?;
            }
            Ok::<(), E>(())
        })?;
        Ok(self.names)
    }
}

/// Returns the placement of an article and judges its role by its nearest matches.
fn judge(
    engine: &Engine,
    collection: &Collection,
    name: &str,
    matches: &[JobMatch],
    kept: Option<&KeptArticles>,
) -> Result<JudgedArticle, Error> {
    let nearest = matches.iter().take(MAX_JUDGED).map(|found| found.matched);
    let judged = engine.judge(collection, name, &nearest.collect::<Vec<_>>(), kept);
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
    use crate::engine::{ArticleSummary, Placement, State};
    use crate::id::ArticleId;
    use crate::syndication::{self, Facts, Story};
    use crate::text::Overlap;

    fn id(name: &str) -> ArticleId {
        ArticleId(name.to_owned())
    }

    /// Returns a verdict on version `doc` of an article that matches versions of others.
    fn verdict(name: &str, doc: u64, state: State, others: &[(&str, u64)]) -> Verdict {
        let overlap = Overlap {
            shared: 4,
            this: 5,
            other: 6,
        };
        let matches = others.iter().map(|&(other, doc)| Match {
            article: ArticleSummary {
                id: id(other),
                ..ArticleSummary::default()
            },
            doc: DocId(doc),
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
            judgement: Some(syndication::judge(
                &Facts::new(id(name), 0),
                &Story::default(),
            )),
            id: id(name),
            doc: DocId(doc),
            state,
            first_seen_ms: 0,
            publication: None,
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
        collector.add(verdict("a", 1, State::New, &[]), String::new());
        collector.add(verdict("b", 2, State::New, &[("a", 1)]), String::new());
        collector.add(
            verdict("c", 3, State::New, &[("a", 1), ("b", 2)]),
            String::new(),
        );
        assert_eq!(holding(&collector), ["b>a", "c>a", "c>b"]);
        collector.add(
            verdict("a", 1, State::Unchanged, &[("b", 2), ("c", 3)]),
            String::new(),
        );
        assert_eq!(holding(&collector), ["b>a", "c>a", "c>b"]);
        collector.add(verdict("b", 4, State::Updated, &[("c", 3)]), String::new());
        assert_eq!(holding(&collector), ["b>c", "c>a"]);
        assert_eq!(collector.order.len(), 3, "one line for each article");
    }

    #[test]
    fn an_article_of_an_earlier_run_is_matched_but_not_listed() {
        let mut collector = Collector::default();
        collector.add(
            verdict("a", 2, State::Unchanged, &[("earlier", 1)]),
            String::new(),
        );
        assert_eq!(holding(&collector), ["a>earlier"]);
        assert_eq!(collector.order.len(), 1);
        // Its first version in this job may replace one of an earlier run, too.
        collector.add(verdict("earlier", 3, State::Updated, &[]), String::new());
        assert!(holding(&collector).is_empty());
    }
}
