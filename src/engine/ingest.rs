//! One article's turn: look up, verify, place, stage.

use std::sync::Arc;

use super::around::{Around, Coming};
use super::judge::kinship;
use super::prepare::Prepared;
use super::{Core, Error, Placement, Result, State, Verdict};
use crate::cluster::{Neighborhood, Placed, settle};
use crate::id::DocId;
use crate::index::{Ahead, Neighbors};
use crate::record::{
    self, Document, Entry, Gone, Keys, Placing, Put, Sighting, VERSION, decode_doc, followers_row,
    id_row, latest_change_row,
};
use crate::syndication::Relation;
use crate::text::Shingles;

/// What one turn gave: an answer, and the cursor that the feed has come to, where anything was
/// staged.
pub(super) type Turn<A> = (A, Option<u64>);

/// What would become of an article.
struct Plan {
    document: Document,
    neighbors: Neighbors,
    placed: Vec<Placing>,
    former: Option<Document>,
    placement: Placement,
}

impl Core {
    /// Takes an article in: staged, not yet durable.
    pub(super) fn ingest(&self, mut prepared: Prepared, now_ms: i64) -> Result<Turn<Verdict>> {
        let former = self.find(&prepared.put.collection, prepared.id.as_str())?;
        if let Some(former) = former
            .as_ref()
            .filter(|former| former.put.content_hash == prepared.put.content_hash)
        {
            return Ok((self.unchanged(&prepared, former)?, None));
        }
        self.mask(&mut prepared, now_ms)?;
        let doc = DocId(self.store.reserve(1)?);
        let text_zstd = std::mem::take(&mut prepared.put.text_zstd);
        let ahead = std::mem::take(&mut prepared.ahead);
        let mut plan = self.plan(&prepared, &ahead, doc, former, now_ms)?;
        let sightings = self.sightings(&prepared, &plan, now_ms)?;
        let put = Arc::clone(&plan.document.put);
        let entry = Entry {
            version: VERSION,
            time_ms: now_ms,
            put: Some(Put {
                doc: put.doc,
                first_seen_ms: put.first_seen_ms,
                revision: put.revision,
                text_zstd,
                ..std::mem::take(&mut prepared.put)
            }),
            gone: plan.former.as_ref().map(|former| Gone {
                doc: former.put.doc,
            }),
            placed: std::mem::take(&mut plan.placed),
            sightings,
        };
        // The answer first: once it is staged nothing may fail any more.
        let verdict = self.verdict(&prepared, plan, &entry.placed)?;
        let coming = record::Coming {
            put: Arc::clone(&put),
            keys: prepared.keys,
        };
        let cursor = self.stage(&entry, Some(&coming), None)?;
        self.furniture.note(&*self.store, &put, &entry.sightings);
        self.index.keep(put, prepared.shingles);
        Ok((verdict, cursor))
    }

    /// Answers what [`Self::ingest`] would, and stages nothing.
    pub(super) fn check(&self, mut prepared: Prepared, now_ms: i64) -> Result<Verdict> {
        self.mask(&mut prepared, now_ms)?;
        self.unless_it_went(|| self.try_check(&prepared, now_ms))
    }

    /// Takes out of an article what its host is known to repeat.
    fn mask(&self, prepared: &mut Prepared, now_ms: i64) -> Result<()> {
        let Prepared { put, segments, .. } = &*prepared;
        let furniture = self.furniture.mask(&*self.store, put, segments, now_ms)?;
        prepared.mask(&furniture, &self.params);
        Ok(())
    }

    /// What an article teaches of its host's furniture: nothing, where the host has carried its story
    /// before.
    fn sightings(&self, prepared: &Prepared, plan: &Plan, now_ms: i64) -> Result<Vec<Sighting>> {
        let host = &prepared.put.source_host;
        let lead = |doc: u64| {
            let placed = plan.placed.iter().find(|placed| placed.doc == doc);
            placed.map(|placed| DocId(placed.lead))
        };
        let own_lead = lead(plan.document.put.doc);
        let members = || {
            let others = plan
                .neighbors
                .found
                .iter()
                .map(|neighbor| &neighbor.document);
            others.filter(|other| {
                let lead = lead(other.put.doc).unwrap_or_else(|| other.lead());
                Some(lead) == own_lead
            })
        };
        // Of a story that more carry than were looked at, nobody knows whether the host is among them.
        let all_are_known = members().count() as u64 + 1 >= plan.placement.size;
        let carried_before = members().any(|other| other.put.source_host == *host);
        let is_first = all_are_known && !carried_before;
        if plan.former.is_some() || !is_first || prepared.put.blocked {
            return Ok(Vec::new());
        }
        let Prepared {
            put,
            text,
            segments,
            ..
        } = prepared;
        self.furniture
            .sightings(&*self.store, put, text, segments, now_ms)
    }

    /// Asks again where what was just read went away: the writer goes on meanwhile.
    pub(super) fn unless_it_went<T>(&self, ask: impl Fn() -> Result<T>) -> Result<T> {
        let mut attempts = 5;
        loop {
            attempts -= 1;
            match ask() {
                Err(Error::Record(record::Error::Missing { .. })) if attempts > 0 => {}
                answer => return answer,
            }
        }
    }

    /// Reads the document that has an id.
    pub(super) fn find(&self, collection: &str, id: &str) -> Result<Option<Document>> {
        match self.store.rows(&[id_row(collection, id)])?.pop().flatten() {
            Some(doc) => self.document(DocId(decode_doc(&doc)?)).map(Some),
            None => Ok(None),
        }
    }

    /// How many follow a lead.
    pub(super) fn followers(&self, lead: DocId) -> Result<u64> {
        let row = self.store.rows(&[followers_row(lead)])?.pop().flatten();
        Ok(row.map_or(Ok(0), |value| decode_doc(&value))?)
    }

    fn try_check(&self, prepared: &Prepared, now_ms: i64) -> Result<Verdict> {
        let former = self.find(&prepared.put.collection, prepared.id.as_str())?;
        if let Some(former) = former
            .as_ref()
            .filter(|former| former.put.content_hash == prepared.put.content_hash)
        {
            return self.unchanged(prepared, former);
        }
        // A number that no document has.
        let ahead = Ahead::default();
        let mut plan = self.plan(prepared, &ahead, DocId(u64::MAX), former, now_ms)?;
        let placed = std::mem::take(&mut plan.placed);
        self.verdict(prepared, plan, &placed)
    }

    fn plan(
        &self,
        prepared: &Prepared,
        ahead: &Ahead,
        doc: DocId,
        former: Option<Document>,
        now_ms: i64,
    ) -> Result<Plan> {
        let (first_seen_ms, revision) = match &former {
            Some(former) => (former.put.first_seen_ms, former.put.revision + 1),
            None => (now_ms, 1),
        };
        let put = Put {
            doc: doc.0,
            first_seen_ms,
            revision,
            text_zstd: Vec::new(),
            ..prepared.put.clone()
        };
        let place = Placing {
            doc: doc.0,
            lead: doc.0,
            ..Placing::default()
        };
        let document = Document {
            put: Arc::new(put),
            place,
        };

        let going: Vec<DocId> = former.iter().map(Document::doc).collect();
        let probe = prepared.probe();
        let neighbors = self.index.neighbors_after(ahead, probe, &going)?;
        let coming = Coming {
            document: &document,
            shingles: &prepared.shingles,
            keys: &prepared.keys,
            neighbors: &neighbors.found,
        };
        let mut around = Around::new(self, Some(coming), former.as_ref());
        let mut unsettled = vec![doc];
        if former.as_ref().is_some_and(Document::leads) {
            unsettled.extend(around.followers(going[0])?);
        }
        let placed = settle(&unsettled, &mut around)?;
        let placement = self.placement(&document, former.as_ref(), &placed, &mut around)?;
        let placed = placings(&placed, &around)?;
        Ok(Plan {
            document,
            neighbors,
            placed,
            former,
            placement,
        })
    }

    /// Where the article that comes will belong, and how large that cluster will be.
    fn placement(
        &self,
        document: &Document,
        former: Option<&Document>,
        placed: &[Placed],
        around: &mut Around<'_>,
    ) -> Result<Placement> {
        let doc = document.doc();
        let lead = placed
            .iter()
            .find(|placed| placed.doc == doc)
            .map_or(doc, |placed| placed.lead);
        // Nobody can follow what has only come.
        let followers = match lead == doc {
            true => 0,
            false => self.followers(lead)?,
        };
        let mut size = 1 + followers;
        for other in placed {
            size += u64::from(other.lead == lead && other.doc != lead);
            let leaves = around.lead(other.doc)? == Some(lead) && other.doc != lead;
            size = size.saturating_sub(u64::from(leaves));
        }
        let leaves = former.is_some_and(|former| former.lead() == lead && !former.leads());
        // A check may find the count a moment older than the members.
        let size = size.saturating_sub(u64::from(leaves)).max(1);
        let overlap = around.overlap(doc, lead)?;
        let lead = around.document(lead)?;
        let relation = if lead.doc() == doc {
            Relation::Lead
        } else {
            Relation::of_copies(&overlap, kinship(document, lead))
        };
        Ok(Placement {
            cluster: lead.id(),
            size,
            relation,
            overlap,
        })
    }

    /// Stages an entry, and returns the cursor that the feed has come to. `going` are the buckets of
    /// the article that goes, where they are known.
    pub(super) fn stage(
        &self,
        entry: &Entry,
        coming: Option<&record::Coming>,
        going: Option<&Keys>,
    ) -> Result<Option<u64>> {
        let params = &self.params.sketch;
        let writes = record::apply(&*self.store, entry, coming, going, params)?;
        let cursor = writes.rows.get(&latest_change_row()).cloned().flatten();
        self.store.stage(&entry.encode(), writes)?;
        Ok(cursor.map(|value| decode_doc(&value)).transpose()?)
    }

    fn verdict(&self, prepared: &Prepared, plan: Plan, placed: &[Placing]) -> Result<Verdict> {
        let Plan {
            mut document,
            mut neighbors,
            former,
            placement,
            ..
        } = plan;
        // All stand where they stand now, not where they were found.
        let found = neighbors.found.iter_mut().map(|found| &mut found.document);
        for document in found.chain([&mut document]) {
            if let Some(placing) = placed
                .iter()
                .find(|placing| placing.doc == document.put.doc)
            {
                document.place = *placing;
            }
        }
        let judgement = self.judge(&document, &neighbors.found)?;
        let (matches, truncated) = self.matches(&document, neighbors)?;
        Ok(Verdict {
            id: prepared.id.clone(),
            doc: document.doc(),
            state: if former.is_some() {
                State::Updated
            } else {
                State::New
            },
            matches,
            truncated,
            shingles: prepared.shingles.len() as u32,
            placement,
            judgement,
        })
    }

    fn unchanged(&self, prepared: &Prepared, former: &Document) -> Result<Verdict> {
        let shingles = self.stored_shingles(former)?;
        let neighbors = self.neighbors_of(former, &shingles)?;
        let judgement = self.judge(former, &neighbors.found)?;
        let (matches, truncated) = self.matches(former, neighbors)?;
        Ok(Verdict {
            id: prepared.id.clone(),
            doc: former.doc(),
            state: State::Unchanged,
            placement: self.placement_of(former)?,
            matches,
            truncated,
            shingles: shingles.len() as u32,
            judgement,
        })
    }

    /// The shingles of a stored document.
    pub(super) fn stored_shingles(&self, document: &Document) -> Result<Arc<Shingles>> {
        let stored = self.index.shingles(&[document.doc()])?.pop().flatten();
        Ok(stored.ok_or(record::Error::Missing {
            what: "text of document",
            doc: document.put.doc,
        })?)
    }
}

/// What is written of placed documents: with what they share with their leads.
pub(super) fn placings(placed: &[Placed], around: &Around<'_>) -> Result<Vec<Placing>> {
    let placing = |placed: &Placed| {
        let overlap = around.overlap(placed.doc, placed.lead)?;
        let (doc, lead) = (placed.doc.0, placed.lead.0);
        Ok(Placing {
            doc,
            lead,
            shared: overlap.shared,
            this: overlap.this,
            other: overlap.other,
        })
    };
    placed.iter().map(placing).collect()
}
