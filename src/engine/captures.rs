//! Which capture of an article counts.
//!
//! An article is captured once or more often: its content at a time, which the client states, or else the
//! time of the submission. The earliest capture says when the article was first seen, and the content of the
//! latest is stored. They may come in any order. A capture with the content that is stored is not recorded
//! unless it is the earliest: most of what a crawler submits is unchanged.

use super::article::ValidArticle;
use super::ingest::verdict;
use super::prepare::PreparedArticle;
use super::{Core, Result, State, Verdict, VerdictScope};
use crate::record::{Document, Put};

/// A submitted capture, as far as that tells whether it counts.
pub(super) struct Capture<'a> {
    content_hash: &'a [u8],
    /// When it was made, as the client states.
    fetched_ms: Option<i64>,
}

impl<'a> Capture<'a> {
    /// Returns that of an article that was not read yet.
    pub fn of(article: &'a ValidArticle) -> Self {
        Self {
            content_hash: &article.content_hash,
            fetched_ms: article.article.fetched_ms,
        }
    }

    /// Returns that of an article before its turn.
    pub fn of_put(put: &'a Put) -> Self {
        Self {
            content_hash: &put.content_hash,
            fetched_ms: put.fetched_ms,
        }
    }

    /// Returns the stored version, if its content stays.
    pub fn keeps(&self, stored: &Document) -> Option<KeptVersion> {
        let put = &stored.put;
        let is_earlier_than = |ms: i64| self.fetched_ms.filter(|&fetched_ms| fetched_ms < ms);
        let state = match put.content_hash == self.content_hash {
            true => State::Unchanged,
            false => is_earlier_than(put.captured_ms()).map(|_| State::Older)?,
        };
        Some(KeptVersion {
            document: stored.clone(),
            state,
            first_seen_ms: is_earlier_than(put.first_seen_ms),
        })
    }

    /// Returns what the content is stored as in place of the version before it.
    pub fn replaces(&self, former: Option<&Document>, now_ms: i64) -> NextVersion {
        match former.map(|former| &former.put) {
            None => {
                let captured_ms = self.fetched_ms.unwrap_or(now_ms);
                NextVersion {
                    state: State::New,
                    first_seen_ms: captured_ms,
                    captured_ms,
                    revision: 1,
                }
            }
            Some(put) => {
                // Clocks may be set back, and what comes without a time is the latest all the same.
                let latest_ms = now_ms.max(put.captured_ms());
                NextVersion {
                    state: State::Updated,
                    first_seen_ms: put.first_seen_ms,
                    captured_ms: self.fetched_ms.unwrap_or(latest_ms),
                    revision: put.revision + 1,
                }
            }
        }
    }
}

/// A stored version whose content stays when its article is captured again.
pub(super) struct KeptVersion {
    /// The version.
    pub document: Document,
    /// [`State::Unchanged`] or [`State::Older`].
    pub state: State,
    /// When the article was first seen, if that was earlier than is stored.
    first_seen_ms: Option<i64>,
}

impl KeptVersion {
    /// Returns what it is stored as anew; `None` if nothing changes.
    pub fn stored_anew(&self) -> Option<NextVersion> {
        let put = &self.document.put;
        Some(NextVersion {
            state: self.state,
            first_seen_ms: self.first_seen_ms?,
            captured_ms: put.captured_ms(),
            revision: put.revision,
        })
    }
}

/// What is stored with an article, beside its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct NextVersion {
    /// What the submission did.
    pub state: State,
    /// When the article was first seen.
    pub first_seen_ms: i64,
    /// When this version was captured.
    captured_ms: i64,
    /// Its revision.
    pub revision: u32,
}

impl NextVersion {
    /// Returns when it was captured, as a record states it.
    pub fn fetched_ms(&self) -> Option<i64> {
        Some(self.captured_ms).filter(|&ms| ms != self.first_seen_ms)
    }
}

impl Core {
    /// Returns the stored version of a submitted article, if its content stays.
    pub(super) fn kept(&self, article: &ValidArticle) -> Result<Option<KeptVersion>> {
        let stored = self.find(article.article.collection.as_str(), article.id.as_str())?;
        Ok(stored.and_then(|stored| Capture::of(article).keeps(&stored)))
    }

    /// Returns the verdict on a version that stays as it is.
    pub(super) fn verdict_on(&self, kept: &KeptVersion, scope: VerdictScope) -> Result<Verdict> {
        let document = &kept.document;
        match scope {
            VerdictScope::Placement => {
                let placement = self.placement_of(document)?;
                Ok(verdict(document, kept.state, placement, None))
            }
            VerdictScope::Matches | VerdictScope::Quotations => Ok(Verdict {
                state: kept.state,
                ..self.unchanged(document)?
            }),
        }
    }

    /// Reads a stored article as it was before its turn, to store it anew. Its furniture stays what it was.
    pub(super) fn prepare_again(&self, stored: &Document) -> Result<PreparedArticle> {
        let shingles = self.index.shingles(stored.doc())?;
        let (text, put) = (self.text(stored)?, Put::clone(&stored.put));
        Ok(PreparedArticle::again(put, text, shingles, &self.params))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::tests::{TestArticle, capture, clusters, engine, model, submit, undated};
    use super::super::{Article, Body, Engine};
    use super::*;
    use crate::id::Collection;

    fn fetched(paragraphs: u8, fetched_ms: i64) -> TestArticle {
        TestArticle {
            fetched_ms: Some(fetched_ms),
            ..undated(1, paragraphs)
        }
    }

    /// Returns when the article was first seen and captured, its revision, and the words of its text.
    fn stored(engine: &Engine) -> (i64, i64, u32, usize) {
        let stored = engine.get(&Collection::default(), "story-001", true, false);
        let stored = stored.unwrap();
        let Body::Text(text) = stored.article.body else {
            panic!("a page");
        };
        let captured_ms = stored.article.fetched_ms.unwrap();
        let words = text.split_whitespace().count();
        (stored.first_seen_ms, captured_ms, stored.revision, words)
    }

    #[test]
    fn the_earliest_capture_is_the_first_sight_and_the_latest_has_the_content() {
        let engine = engine();
        let check = |story: TestArticle, state: State, expected: (i64, i64, u32, usize)| {
            let verdict = submit(&engine, &story, 1000);
            assert_eq!((verdict.state, verdict.first_seen_ms), (state, expected.0));
            assert_eq!(stored(&engine), expected);
        };
        check(fetched(2, 500), State::New, (500, 500, 1, 40));
        check(fetched(3, 300), State::Older, (300, 500, 1, 40));
        check(fetched(4, 400), State::Older, (300, 500, 1, 40));
        check(fetched(2, 200), State::Unchanged, (200, 500, 1, 40));
        check(fetched(2, 600), State::Unchanged, (200, 500, 1, 40));
        check(fetched(3, 700), State::Updated, (200, 700, 2, 60));
        // A correction of the same capture.
        check(fetched(4, 700), State::Updated, (200, 700, 3, 80));
        // Nothing is captured later than it is submitted.
        check(fetched(5, 2000), State::Updated, (200, 1000, 4, 100));
        // What comes without a time is the latest.
        check(undated(1, 2), State::Updated, (200, 1000, 5, 40));
        let verdict = submit(&engine, &undated(1, 3), 900);
        assert_eq!(verdict.state, State::Updated, "the clock was set back");
        assert_eq!(stored(&engine), (200, 1000, 6, 60));
    }

    #[test]
    fn a_copy_of_an_earlier_capture_leads() {
        let engine = engine();
        submit(&engine, &undated(2, 3), 900);
        let lead = |id: &str| {
            let stored = engine.get(&Collection::default(), id, false, false);
            stored.unwrap().placement.cluster.0
        };
        submit(&engine, &fetched(3, 950), 1000);
        assert_eq!(lead("story-001"), "story-002");
        submit(&engine, &fetched(3, 100), 1001);
        assert_eq!(lead("story-002"), "story-001");
        submit(&engine, &undated(3, 3), 1002);
        assert_eq!(lead("story-003"), "story-001");
    }

    #[test]
    fn a_page_has_no_dates_after_its_capture() {
        let engine = engine();
        let published = |fetched_ms| {
            let page = "<html><meta property=article:published_time content='2024-03-05T10:00:00Z'>\
                        <body><p>The ferry to Halm ran aground at dawn, and all walked ashore.</p></body></html>";
            let article = Article {
                id: "ferry".into(),
                body: Body::Html(page.into()),
                fetched_ms,
                ..Article::default()
            };
            let verdict = engine.check(article, VerdictScope::Matches).unwrap();
            verdict.publication.map(|publication| publication.ms)
        };
        let stated = Some(1_709_632_800_000);
        assert_eq!(published(None), stated);
        assert_eq!(published(stated), stated);
        assert_eq!(published(Some(1_700_000_000_000)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// Captures of some articles, each of other content, come in any order.
        #[test]
        fn captures_may_come_in_any_order(
            captures in prop::collection::vec((0u8..5, prop::collection::vec(0u8..6, 1..6)), 1..25),
            seed in any::<u64>(),
        ) {
            let mut contents = BTreeSet::new();
            let captures = captures.into_iter().filter(|one| contents.insert(one.clone()));
            let captures = captures.zip(0..).map(|((id, paragraphs), at)| TestArticle {
                id,
                paragraphs,
                fetched_ms: Some(at),
                ..TestArticle::default()
            });
            let captures: Vec<TestArticle> = captures.collect();
            let mut stories: BTreeMap<u8, TestArticle> = BTreeMap::new();
            for one in captures.clone() {
                capture(&mut stories, one, 100);
            }
            let mut shuffled = captures;
            shuffled.sort_by_key(|one| (one.fetched_ms.unwrap_or(0) as u64 + 1).wrapping_mul(seed | 1) >> 7);
            let engine = engine();
            for one in &shuffled {
                submit(&engine, one, 100);
            }
            for (id, story) in &stories {
                let id = format!("story-{id:03}");
                let stored = engine.get(&Collection::default(), &id, false, false).unwrap();
                prop_assert_eq!(stored.first_seen_ms, story.first_seen_ms);
                prop_assert_eq!(stored.article.fetched_ms, Some(story.captured_ms));
            }
            prop_assert_eq!(clusters(&engine, &stories), model(&engine, &stories));
        }
    }
}
