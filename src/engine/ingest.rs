//! One article's turn: find its neighbors, place it, stage it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::article::ValidArticle;
use super::captures::{Capture, KeptVersion, NextVersion};
use super::matches::{Findings, placement};
use super::neighborhood::{LiveNeighborhood, Newcomer};
use super::prepare::{PreparedArticle, prepare};
use super::{Article, Core, Error, Placement, Publication, Result, State, Verdict, VerdictScope};
use crate::cluster::Cause;
use crate::id::{Collection, DocId};
use crate::index::Neighbors;
use crate::record::{self, Document, Entry, Keys, Membership, PreparedPut, Put, Rest, Sighting};
use crate::store::{Read, TAG_BITS};
use crate::text::{Segment, Shingles, Span};

/// The answer of one turn, and the cursor of its last change if it staged anything.
pub(super) type Turn<A> = (A, Option<u64>);

/// A submitted article, after a reader thread is done with it.
pub(super) enum ReadArticle {
    /// What was stored stayed, when `verdict` was given after the change `staged`; or it is to be stored anew,
    /// as `again`. Neither if that failed.
    Stored {
        article: Box<ValidArticle>,
        verdict: Option<Box<Verdict>>,
        staged: u64,
        again: Option<Box<PreparedArticle>>,
    },
    /// It is new, or a new version.
    Prepared(Box<PreparedArticle>),
}

/// The result of placing an article, before it is staged. The article and its neighbors belong where
/// they will after this turn.
struct PlannedPut {
    document: Document,
    neighbors: Neighbors,
    state: State,
    placement: Placement,
    /// What changes, without the article itself.
    entry: Entry,
}

impl Core {
    /// Does everything for an article that can be done before its turn.
    ///
    /// Most of what a crawler submits is stored already. For such an article only its verdict is
    /// looked up. It is the answer, unless another article is staged before its turn.
    pub(super) fn read(
        &self,
        article: Article,
        scope: VerdictScope,
        now_ms: i64,
    ) -> Result<ReadArticle> {
        let mut article = article.validate(now_ms)?;
        let staged = self.index.latest_change();
        // Errors of the store are ignored here: the turn hits the same error and reports it.
        if let Ok(current) = self.current(&article.article.collection) {
            article.article.collection = current;
        }
        if let Ok(Some(kept)) = self.kept(&article) {
            let (verdict, again) = match kept.stored_anew() {
                None => (self.verdict_on(&kept, scope).ok(), None),
                Some(_) => (None, self.prepare_again(&kept.document).ok()),
            };
            return Ok(ReadArticle::Stored {
                article: Box::new(article),
                verdict: verdict.map(Box::new),
                staged,
                again: again.map(|again| self.with_neighbors(again)),
            });
        }
        let prepared = self.prepare(article, now_ms)?;
        Ok(ReadArticle::Prepared(self.with_neighbors(prepared)))
    }

    /// Looks for the neighbors of an article before its turn.
    fn with_neighbors(&self, mut article: PreparedArticle) -> Box<PreparedArticle> {
        article.neighbors = self.index.prepare(article.probe()).ok();
        Box::new(article)
    }

    /// Ingests an article: staged, not yet durable.
    pub(super) fn ingest(
        &self,
        article: ReadArticle,
        scope: VerdictScope,
        now_ms: i64,
    ) -> Result<Turn<Verdict>> {
        let mut article = match article {
            ReadArticle::Prepared(prepared) => *prepared,
            ReadArticle::Stored {
                mut article,
                verdict,
                staged,
                again,
            } => {
                if let (Some(verdict), true) = (verdict, self.index.latest_change() == staged) {
                    return Ok((*verdict, None));
                }
                // The collection may have been dropped since it was read.
                article.article.collection = self.current(&article.article.collection)?;
                match self.kept(&article)? {
                    Some(kept) => return self.keep_version(kept, again, scope, now_ms),
                    // It was updated or removed since it was read.
                    None => self.prepare(*article, now_ms)?,
                }
            }
        };
        let current = self.current(&Collection::stored(&article.put.collection))?;
        article.move_to(&current, &self.params);
        let former = self.find(&article.put.collection, &article.put.id)?;
        let capture = Capture::of_put(&article.put);
        if let Some(kept) = former.as_ref().and_then(|former| capture.keeps(former)) {
            return self.keep_version(kept, None, scope, now_ms);
        }
        let next = capture.replaces(former.as_ref(), now_ms);
        // More may be known of its host by now.
        let furniture = self.furniture_of(&article.put, &article.segments, now_ms)?;
        self.meters.furniture.add(furniture.len() as u64);
        article.mask(furniture, &self.params);
        self.put(article, next, former, scope, now_ms)
    }

    /// Ingests a capture that leaves the stored content as it is. `again`: what was stored before its turn,
    /// prepared to be stored anew.
    fn keep_version(
        &self,
        kept: KeptVersion,
        again: Option<Box<PreparedArticle>>,
        scope: VerdictScope,
        now_ms: i64,
    ) -> Result<Turn<Verdict>> {
        let Some(next) = kept.stored_anew() else {
            return Ok((self.verdict_on(&kept, scope)?, None));
        };
        let article = match again.filter(|again| again.put.doc == kept.document.put.doc) {
            Some(again) => *again,
            None => self.prepare_again(&kept.document)?,
        };
        self.put(article, next, Some(kept.document), scope, now_ms)
    }

    /// Stores an article in place of its former version.
    fn put(
        &self,
        mut article: PreparedArticle,
        next: NextVersion,
        former: Option<Document>,
        scope: VerdictScope,
        now_ms: i64,
    ) -> Result<Turn<Verdict>> {
        let doc = DocId(self.store.reserve(1)?);
        let mut plan = self.plan(&article, doc, next, former, now_ms)?;
        let sightings = self.sightings(&article, &plan, now_ms)?;
        let put = Arc::clone(&plan.document.put);
        let entry = Entry {
            put: Some(Put {
                doc: put.doc,
                id: put.id.clone(),
                first_seen_ms: put.first_seen_ms,
                fetched_ms: put.fetched_ms,
                revision: put.revision,
                text: std::mem::take(&mut article.text),
                ..std::mem::take(&mut article.put)
            }),
            sightings,
            ..std::mem::take(&mut plan.entry)
        };
        // The verdict comes first: once the entry is staged nothing may fail any more.
        let (document, shingles, neighbors) = (plan.document, article.shingles, plan.neighbors);
        let (state, placement, found) = (plan.state, plan.placement, neighbors.clone());
        let findings = self.findings_in(scope, &document, placement.size, &shingles, found)?;
        let verdict = verdict(&document, state, placement, findings);
        let new = PreparedPut {
            put: Arc::clone(&put),
            keys: article.keys,
        };
        let cursor = self.stage(&entry, Some(&new), &[])?;
        self.furniture.note(&*self.store, &put, &entry.sightings);
        self.remember_new(&verdict, &document, &neighbors);
        self.index.keep(put, shingles);
        Ok((verdict, cursor))
    }

    /// Returns the verdict that [`Self::ingest`] would, and stages nothing.
    pub(super) fn check(
        &self,
        article: Article,
        scope: VerdictScope,
        now_ms: i64,
    ) -> Result<Verdict> {
        self.meters.checked.add(1);
        let mut article = article.validate(now_ms)?;
        article.article.collection = self.current(&article.article.collection)?;
        let kept = self.retry(|| {
            let kept = self.kept(&article)?;
            let verdict = kept.map(|kept| self.check_kept(kept, scope, now_ms));
            verdict.transpose()
        })?;
        if let Some(verdict) = kept {
            return Ok(verdict);
        }
        let mut article = self.prepare(article, now_ms)?;
        article.quotations = scope == VerdictScope::Quotations;
        self.retry(|| {
            let former = self.find(&article.put.collection, &article.put.id)?;
            let next = Capture::of_put(&article.put).replaces(former.as_ref(), now_ms);
            self.check_put(&article, next, former, scope, now_ms)
        })
    }

    /// Checks a capture that leaves the stored content as it is.
    fn check_kept(&self, kept: KeptVersion, scope: VerdictScope, now_ms: i64) -> Result<Verdict> {
        if let Some(next) = kept.stored_anew() {
            let mut article = self.prepare_again(&kept.document)?;
            article.quotations = scope == VerdictScope::Quotations;
            return self.check_put(&article, next, Some(kept.document), scope, now_ms);
        }
        match scope {
            VerdictScope::Quotations => {
                let (placement, findings, _) = self.judge_again(&kept.document, true)?;
                Ok(verdict(
                    &kept.document,
                    kept.state,
                    placement,
                    Some(findings),
                ))
            }
            VerdictScope::Matches | VerdictScope::Placement => self.verdict_on(&kept, scope),
        }
    }

    /// Returns the verdict that [`Self::put`] would.
    fn check_put(
        &self,
        article: &PreparedArticle,
        next: NextVersion,
        former: Option<Document>,
        scope: VerdictScope,
        now_ms: i64,
    ) -> Result<Verdict> {
        // No document has this number.
        let doc = DocId(u64::MAX);
        let plan = self.plan(article, doc, next, former, now_ms)?;
        let (document, placement, shingles) = (&plan.document, plan.placement, &article.shingles);
        let findings =
            self.findings_in(scope, document, placement.size, shingles, plan.neighbors)?;
        Ok(verdict(document, plan.state, placement, findings))
    }

    /// Reads and sketches an article without the furniture of its host, as far as that is known.
    pub(super) fn prepare(&self, article: ValidArticle, now_ms: i64) -> Result<PreparedArticle> {
        let furniture_of =
            |put: &Put, segments: &[Segment]| self.furniture_of(put, segments, now_ms);
        prepare(article, &self.params, &self.notices, now_ms, furniture_of)
    }

    /// Repeats a query that found a document missing: the writer may have removed it meanwhile.
    pub(super) fn retry<T>(&self, query: impl Fn() -> Result<T>) -> Result<T> {
        for _ in 1..5 {
            match query() {
                Err(Error::Record(record::Error::Missing { .. })) => {}
                answer => return answer,
            }
        }
        query()
    }

    /// Returns the furniture among the segments of an article.
    fn furniture_of(&self, put: &Put, segments: &[Segment], now_ms: i64) -> Result<Vec<Span>> {
        self.furniture.mask(&*self.store, put, segments, now_ms)
    }

    /// Returns what an article teaches about its host's furniture: nothing if the host has carried
    /// the story before.
    fn sightings(
        &self,
        article: &PreparedArticle,
        plan: &PlannedPut,
        now_ms: i64,
    ) -> Result<Vec<Sighting>> {
        let put = &article.put;
        let members = || {
            let others = plan.neighbors.found.iter().map(|one| &one.document);
            others.filter(|other| other.lead == plan.document.lead)
        };
        // If the story has more members than were compared, the host may be among the others.
        let all_are_known = members().count() as u64 + 1 >= plan.placement.size;
        let carried_before = members().any(|other| other.put.source_host == put.source_host);
        if plan.state != State::New || put.blocked || carried_before || !all_are_known {
            return Ok(Vec::new());
        }
        let (text, segments) = (&article.text, &article.segments);
        self.furniture
            .sightings(&*self.store, put, text, segments, now_ms)
    }

    fn plan(
        &self,
        article: &PreparedArticle,
        doc: DocId,
        next: NextVersion,
        former: Option<Document>,
        now_ms: i64,
    ) -> Result<PlannedPut> {
        // The former version may have been named by a former normal form.
        let named = former.as_ref().map_or(&article.put, |former| &former.put);
        let document = Document {
            put: Arc::new(Put {
                doc: doc.0,
                id: named.id.clone(),
                first_seen_ms: next.first_seen_ms,
                fetched_ms: next.fetched_ms(),
                revision: next.revision,
                ..article.put.clone()
            }),
            membership: Membership::of_lead(doc),
            lead: doc,
        };
        let withdrawn: Vec<DocId> = former.iter().map(Document::doc).collect();
        let probe = article.probe();
        let mut neighbors = self
            .index
            .neighbors(article.neighbors.as_ref(), probe, &withdrawn)?;
        let newcomer = Newcomer {
            document: &document,
            shingles: &article.shingles,
            keys: &article.keys,
            neighbors: &neighbors.found,
        };
        let mut around = LiveNeighborhood::new(self, Some(newcomer), former.as_ref());
        let cause = Cause::Put {
            new: doc,
            former: withdrawn.first().copied(),
        };
        let entry = self.settle(cause, &mut around, now_ms)?;
        let mut document = document.clone();
        document.settle(&entry.memberships);
        let cluster = document.cluster();
        let follows = |one: &Membership| u64::from(one.cluster() == cluster && !one.leads());
        let mut size = 1 + self.followers(cluster)?;
        // A check may read an older count than the members it sees.
        let leaves = former.as_ref().map_or(0, |one| follows(&one.membership));
        size = size.saturating_sub(leaves).max(1);
        for other in &entry.memberships {
            let before = around.find(DocId(other.doc))?;
            let leaves = before.map_or(0, |one| follows(&one.membership));
            size = (size + follows(other)).saturating_sub(leaves).max(1);
        }
        let left = entry.unsettled.iter().find(|left| left.doc == doc.0);
        let settling = left.is_some_and(|left| !left.is_settled());
        let lead = around.document(document.lead)?;
        let placement = placement(&document, lead, size, settling);
        let found = neighbors.found.iter_mut();
        found.for_each(|found| found.document.settle(&entry.memberships));
        Ok(PlannedPut {
            document,
            neighbors,
            state: next.state,
            placement,
            entry,
        })
    }

    /// Stages an entry, and returns the cursor of its last change. `withdrawn` are the buckets of
    /// articles that go, if they are known.
    pub(super) fn stage(
        &self,
        entry: &Entry,
        new: Option<&PreparedPut>,
        withdrawn: &[(DocId, Keys)],
    ) -> Result<Option<u64>> {
        let rows = (&*self.store as &dyn Read, Rest::Whole);
        let writes = record::apply(rows, entry, new, withdrawn, &self.params.sketch)?;
        let gone = writes.gone.len() as u64;
        let cursor = record::latest_change(&writes)?;
        if let Some(row) = record::first_left(&writes) {
            self.leave_unsettled(row);
        }
        let new = new.map(|new| new.put.doc);
        let moves = entry.memberships.iter().any(|one| Some(one.doc) != new);
        let posted = writes.posted.iter().chain(&writes.withdrawn);
        let keys = posted.flat_map(|posting| &posting.keys);
        let buckets = keys.map(|key| key >> TAG_BITS).collect();
        self.store.stage(entry.encode(), writes)?;
        self.withdrawn.fetch_add(gone, Ordering::Relaxed);
        if entry.settings.is_some() {
            self.note_settings();
        }
        self.index.note(buckets, moves);
        Ok(cursor)
    }

    /// Returns what the neighbors of an article say about it, if its verdict reports that.
    fn findings_in(
        &self,
        scope: VerdictScope,
        document: &Document,
        size: u64,
        shingles: &Shingles,
        neighbors: Neighbors,
    ) -> Result<Option<Findings>> {
        match scope {
            VerdictScope::Placement => Ok(None),
            VerdictScope::Matches | VerdictScope::Quotations => {
                self.findings(document, size, shingles, neighbors).map(Some)
            }
        }
    }
}

/// Returns the verdict on an article that has this place.
pub(super) fn verdict(
    document: &Document,
    state: State,
    placement: Placement,
    findings: Option<Findings>,
) -> Verdict {
    let mut verdict = Verdict {
        id: document.id(),
        doc: document.doc(),
        state,
        first_seen_ms: document.put.first_seen_ms,
        publication: Publication::of(&document.put),
        placement,
        matches: Vec::new(),
        truncated: false,
        shingles: 0,
        judgement: None,
    };
    if let Some(findings) = findings {
        verdict.matches = findings.matches;
        verdict.truncated = findings.truncated;
        verdict.shingles = findings.shingles;
        verdict.judgement = Some(findings.judgement);
    }
    verdict
}
