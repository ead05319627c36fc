//! Derives the rows and postings that an entry changes.

use std::collections::HashMap;
use std::sync::Arc;

use prost::Message;

use super::row_keys::{
    change_row, cluster_row, counts_row, document_row, dropped_row, feed_cut_row, first_seen_row,
    follower_row, furniture_row, host_row, id_row, latest_change_row, listed_row, membership_row,
    other_name_row, rehashed_row, secret_row, settings_row, unsettled_row,
};
use super::rows::{ANCHORS_SEEN, ClusterState, PUBLISHERS_SEEN, RowReader, oldest_change};
use super::{
    Change, ChangeKind, CollectionCounts, CollectionSettings, Document, Entry, Error, FeedCut,
    KeptSegment, Keys, Membership, Purge, Put, RehashedSegment, Repeated, Result, Sighting, decode,
};
use crate::cluster::Unsettled;
use crate::id::{ArticleId, Collection, DocId, other_name};
use crate::sketch::Params;
use crate::store::{Read, Writes};
use crate::text::hash_bytes;

/// A new article without its text, and its buckets.
#[derive(Debug, Clone)]
pub struct PreparedPut {
    /// The article, without its text.
    pub put: Arc<Put>,
    /// Its buckets.
    pub keys: Keys,
}

/// What of a journal the rows before an entry come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// All of it.
    Whole,
    /// Perhaps what compaction has left of it. Documents may be missing: those that are gone by now.
    Compacted,
}

/// Derives what an entry changes, from the rows before it, which come from `rest`. `new` stands in for the
/// entry's `put`. `withdrawn` are the buckets of documents that are withdrawn or purged; those that are not
/// given are computed from their texts.
///
/// # Errors
/// A row that cannot be read, or is missing.
pub fn apply(
    (reader, rest): (&dyn Read, Rest),
    entry: &Entry,
    new: Option<&PreparedPut>,
    withdrawn: &[(DocId, Keys)],
    params: &Params,
) -> Result<Writes> {
    let mut draft = Draft {
        reader,
        writes: Writes::default(),
        documents: HashMap::new(),
        entry,
        withdrawn,
        params,
        rest,
    };
    draft.begin()?;
    let former = match entry.withdrawal {
        Some(withdrawal) => draft.present(DocId(withdrawal.doc))?,
        None => None,
    };
    if let Some(new) = new {
        draft.put(new)?;
        draft.learn(&new.put, &entry.sightings)?;
    }
    let put = new.map(|new| &*new.put);
    for membership in &entry.memberships {
        draft.place(membership, put, former.as_ref())?;
    }
    for left in &entry.unsettled {
        draft.leave_unsettled(left)?;
    }
    for segment in &entry.rehashed {
        draft.rehash(segment)?;
    }
    if let Some(former) = &former {
        draft.withdraw(former, put)?;
    }
    if let Some(settings) = &entry.settings {
        draft.set_collection(settings)?;
    }
    if let Some(purge) = &entry.purge {
        draft.purge(purge)?;
    }
    for kept in &entry.furniture {
        draft.keep_segment(kept);
    }
    if let Some(cut) = &entry.feed_cut {
        draft.cut_feed(cut);
    }
    if !entry.secret.is_empty() {
        let secret = entry.secret.clone();
        draft.writes.rows.insert(secret_row(), Some(secret));
    }
    Ok(draft.writes)
}

/// Decodes an entry and sketches its article: the part of a replay that needs no rows.
///
/// # Errors
/// An entry that cannot be read.
pub fn prepare(entry: &[u8], params: &Params) -> Result<(Entry, Option<PreparedPut>)> {
    let mut entry = Entry::decode(entry)?;
    let new = match entry.put.take() {
        Some(put) => Some(PreparedPut {
            keys: Keys::of(&put, params)?,
            put: Arc::new(put.without_text()?),
        }),
        None => None,
    };
    Ok((entry, new))
}

/// The rows as they will be: the drafted ones over the stored ones.
struct Draft<'r> {
    reader: &'r dyn Read,
    writes: Writes,
    /// Documents read or drafted, as they will be.
    documents: HashMap<DocId, Document>,
    entry: &'r Entry,
    /// Buckets of documents that go.
    withdrawn: &'r [(DocId, Keys)],
    params: &'r Params,
    rest: Rest,
}

impl Draft<'_> {
    /// Notes what the entry says of those before it, which may be left out.
    fn begin(&mut self) -> Result<()> {
        let clusters = self.entry.memberships.iter();
        let clusters = clusters.map(|one| one.cluster().0.saturating_add(1));
        self.writes.used_below = clusters.fold(self.entry.used_below, u64::max);
        let (row, cursor) = (latest_change_row(), self.entry.cursor);
        let latest: Option<u64> = self.get("a number", &row)?;
        let latest = latest.unwrap_or(0);
        if cursor > 0 && cursor != latest {
            // Where documents are missing, the entry before it reported other changes than it did live.
            (cursor + 1..=latest).for_each(|more| self.drop(change_row(more)));
            self.set(row, &cursor);
        }
        Ok(())
    }

    fn put(&mut self, PreparedPut { put, keys }: &PreparedPut) -> Result<()> {
        let doc = DocId(put.doc);
        self.set(id_row(&put.collection, &put.id), &put.doc);
        if let Some(name) = other_name(&put.id, &put.url) {
            let row = other_name_row(&put.collection, &name);
            self.writes.rows.insert(row, Some(put.id.clone().into()));
        }
        self.count(&put.collection, |counts| {
            counts.articles += 1;
            counts.bytes += u64::from(put.text_bytes);
        })?;
        self.writes.holds = Some(put.doc);
        let anchors = keys.anchors.iter().map(|&anchor| (ANCHORS_SEEN, anchor));
        self.writes.seen.extend(anchors);
        if !put.publisher.is_empty() {
            let publisher = hash_bytes(put.publisher.as_bytes()) as u64;
            self.writes.seen.push((PUBLISHERS_SEEN, publisher));
        }
        self.writes.posted.push(keys.posting(doc));
        self.set(document_row(doc), &**put);
        self.set(first_seen_row(put), &put.doc);
        let document = Document {
            put: Arc::clone(put),
            membership: Membership::of_lead(doc),
            lead: doc,
        };
        self.set(host_row(&document), &put.doc);
        self.set_membership(document);
        Ok(())
    }

    /// Counts the segments that the host has shown before.
    fn learn(&mut self, put: &Put, sightings: &[Sighting]) -> Result<()> {
        let row = |segment| furniture_row(&put.collection, &put.source_host, segment);
        for sighting in sightings {
            if let Some(forgotten) = sighting.instead_of {
                self.drop(row(forgotten));
            }
            let row = row(sighting.segment);
            let before = self.get("a segment", &row)?;
            let after = Repeated::seen_again(before, sighting, self.entry.time_ms);
            self.set(row, &after);
        }
        Ok(())
    }

    /// Moves the row of a segment whose hash has changed. Two segments that are read alike by now are the
    /// one of more clusters.
    fn rehash(&mut self, segment: &RehashedSegment) -> Result<()> {
        let row = rehashed_row(&segment.row, segment.hash);
        let moved: Option<Repeated> = self.get("a segment", &segment.row)?;
        let there: Option<Repeated> = self.get("a segment", &row)?;
        self.drop(segment.row.clone());
        if let Some(most) = moved
            .into_iter()
            .chain(there)
            .max_by_key(|one| one.clusters)
        {
            self.set(row, &most);
        }
        Ok(())
    }

    /// Moves a document to its new place.
    fn place(
        &mut self,
        membership: &Membership,
        put: Option<&Put>,
        former: Option<&Document>,
    ) -> Result<()> {
        let Some(mut document) = self.present(DocId(membership.doc))? else {
            return Ok(());
        };
        let is_new = put.is_some_and(|put| put.doc == membership.doc);
        let before = document.clone();
        document.membership = *membership;
        self.set_membership(document.clone());
        if !is_new {
            self.leave(&before)?;
        }
        if !document.leads() {
            self.follow(&document, 1)?;
        } else if !is_new || membership.cluster_number.is_some() {
            self.change_cluster(document.cluster(), Some(membership.doc), 0)?;
        }
        let (kind, previous) = match (is_new, former) {
            (true, Some(former)) => (ChangeKind::Updated, self.reported_lead(former)?),
            (true, None) => (ChangeKind::Added, None),
            (false, _) => (ChangeKind::Moved, self.reported_lead(&before)?),
        };
        // A new version of a lead keeps its followers: nothing changes for them.
        let cluster = self.reported_lead(&document)?;
        if kind != ChangeKind::Moved || previous != cluster {
            self.report(kind, &document, cluster, previous)?;
        }
        Ok(())
    }

    fn withdraw(&mut self, former: &Document, put: Option<&Put>) -> Result<()> {
        let lead = self.reported_lead(former)?;
        self.leave(former)?;
        self.count(&former.put.collection, |counts| {
            counts.articles = counts.articles.saturating_sub(1);
            counts.bytes = (counts.bytes).saturating_sub(former.put.text_bytes.into());
        })?;
        if put.is_none() {
            self.drop(id_row(&former.put.collection, &former.put.id));
            if let Some(name) = other_name(&former.put.id, &former.put.url) {
                self.drop(other_name_row(&former.put.collection, &name));
            }
            self.report(ChangeKind::Removed, former, None, lead)?;
        }
        self.take_away(former)
    }

    /// Drops the rows and postings that a document has wherever it belongs.
    fn take_away(&mut self, document: &Document) -> Result<()> {
        let doc = document.doc();
        self.drop(document_row(doc));
        self.drop(membership_row(doc));
        self.drop(host_row(document));
        self.drop(first_seen_row(&document.put));
        let posting = self.keys_of(doc)?.posting(doc);
        self.writes.withdrawn.push(posting);
        self.writes.gone.push(doc.0);
        Ok(())
    }

    /// Changes the settings of a collection. What a former generation has is left to be taken away.
    fn set_collection(&mut self, settings: &CollectionSettings) -> Result<()> {
        let (name, row) = (
            Collection::stored(&settings.name),
            settings_row(&settings.name),
        );
        let former: CollectionSettings = self.get("settings", &row)?.unwrap_or_default();
        self.set(row, settings);
        if former.generation == settings.generation {
            // It is listed from now on, even if it is empty.
            let stored = name.generation(settings.generation);
            return self.count(stored.as_str(), |_| {});
        }
        let former = name.generation(former.generation);
        let row = dropped_row(former.as_str());
        self.writes.rows.insert(row, Some(Vec::new()));
        self.append(Change {
            cursor: 0,
            time_ms: self.entry.time_ms,
            kind: ChangeKind::Dropped,
            collection: former.as_str().to_owned(),
            id: ArticleId::default(),
            cluster: None,
            previous_cluster: None,
            settling: false,
        })
    }

    /// Takes a portion of a dropped generation away. Its clusters are not settled, since all of them go.
    fn purge(&mut self, purge: &Purge) -> Result<()> {
        for &doc in &purge.docs {
            self.purge_document(DocId(doc))?;
        }
        for row in &purge.segments {
            self.drop(row.clone());
        }
        if purge.is_last {
            self.drop(counts_row(&purge.collection));
            self.drop(dropped_row(&purge.collection));
        }
        Ok(())
    }

    fn purge_document(&mut self, doc: DocId) -> Result<()> {
        let put: Option<Put> = self.get("a document", &document_row(doc))?;
        let membership: Option<Membership> = self.get("a membership", &membership_row(doc))?;
        let (Some(put), Some(membership)) = (put, membership) else {
            return self.absent(doc).map(drop);
        };
        // Its cluster may be gone already.
        let document = Document {
            put: Arc::new(put),
            membership,
            lead: DocId(membership.lead),
        };
        let Put {
            collection,
            id,
            url,
            ..
        } = &*document.put;
        self.drop(id_row(collection, id));
        if let Some(name) = other_name(id, url) {
            self.drop(other_name_row(collection, &name));
        }
        let (order, cluster) = (document.order(), document.cluster());
        self.drop(follower_row(cluster, &order, doc));
        self.drop(cluster_row(cluster));
        self.drop(listed_row(&document));
        self.drop(unsettled_row(&order, doc));
        self.take_away(&document)
    }

    /// Returns the buckets of a document that goes. Unless they are given, it is sketched again.
    fn keys_of(&self, doc: DocId) -> Result<Keys> {
        let given = self.withdrawn.iter().find(|(one, _)| *one == doc);
        if let Some((_, keys)) = given {
            return Ok(keys.clone());
        }
        let stored = self.reader.entries(&[doc.0])?.pop().flatten();
        let stored = stored.ok_or(Error::missing("entry of document", doc))?;
        let stored = Entry::decode(&stored)?.put;
        Keys::of(
            &stored.ok_or(Error::missing("text of document", doc))?,
            self.params,
        )
    }

    /// Adds a document to the followers of its cluster's lead, or removes it from them.
    fn follow(&mut self, document: &Document, followers: i64) -> Result<()> {
        let (doc, cluster) = (document.doc(), document.cluster());
        let row = follower_row(cluster, &document.order(), doc);
        self.set_if(followers > 0, row, &doc.0);
        self.change_cluster(cluster, None, followers)?;
        self.count(&document.put.collection, |counts| {
            counts.followers = counts.followers.saturating_add_signed(followers);
        })
    }

    /// Removes a document from its cluster.
    fn leave(&mut self, document: &Document) -> Result<()> {
        match document.leads() {
            true => self.change_cluster(document.cluster(), None, 0),
            false => self.follow(document, -1),
        }
    }

    /// Changes the lead of a cluster, or the number of its followers. It is listed while it has some,
    /// and forgotten when nobody is in it any more.
    fn change_cluster(&mut self, cluster: DocId, lead: Option<u64>, followers: i64) -> Result<()> {
        let row = cluster_row(cluster);
        let before = self.get("a cluster", &row)?.unwrap_or(ClusterState {
            lead: cluster.0,
            followers: 0,
        });
        let now = ClusterState {
            lead: lead.unwrap_or(before.lead),
            followers: before.followers.saturating_add_signed(followers),
        };
        let is_listed = |state: ClusterState| (state.followers > 0).then_some(state.lead);
        if is_listed(before) != is_listed(now) {
            for (state, is_now) in [(before, false), (now, true)] {
                let Some(lead) = is_listed(state) else {
                    continue;
                };
                if let Some(document) = self.present(DocId(lead))? {
                    self.set_if(is_now, listed_row(&document), &lead);
                }
            }
        }
        let is_kept =
            now.followers > 0 || now.lead != cluster.0 && self.is_led_by(cluster, now.lead)?;
        self.set_if(is_kept, row, &now);
        Ok(())
    }

    /// Whether a document is the lead of a cluster once the entry is applied.
    fn is_led_by(&mut self, cluster: DocId, lead: u64) -> Result<bool> {
        let withdrawal = self.entry.withdrawal.as_ref();
        let is_withdrawn = withdrawal.is_some_and(|withdrawal| withdrawal.doc == lead);
        let lead = self.find(DocId(lead))?;
        Ok(!is_withdrawn && lead.is_some_and(|one| one.leads() && one.cluster() == cluster))
    }

    /// Notes what is left to settle about a document.
    fn leave_unsettled(&mut self, left: &Unsettled) -> Result<()> {
        let doc = DocId(left.doc);
        if let Some(document) = self.present(doc)? {
            let row = unsettled_row(&document.order(), doc);
            self.set_if(!left.is_settled(), row, left);
        }
        Ok(())
    }

    /// Returns the lead of a document as the feed has reported it; `None` if it was removed since.
    fn reported_lead(&mut self, document: &Document) -> Result<Option<ArticleId>> {
        match document.leads() {
            true => Ok(Some(document.id())),
            false => {
                let lead = self.find(DocId(document.membership.lead))?;
                Ok(lead.map(|lead| lead.id()))
            }
        }
    }

    fn count(
        &mut self,
        collection: &str,
        change: impl FnOnce(&mut CollectionCounts),
    ) -> Result<()> {
        let row = counts_row(collection);
        let mut counts: CollectionCounts = self.get("counts", &row)?.unwrap_or_default();
        change(&mut counts);
        self.set(row, &counts);
        Ok(())
    }

    /// Reports a change of a document.
    fn report(
        &mut self,
        kind: ChangeKind,
        document: &Document,
        cluster: Option<ArticleId>,
        previous_cluster: Option<ArticleId>,
    ) -> Result<()> {
        let unsettled = self.entry.unsettled.iter();
        let mut left = unsettled.filter(|left| left.doc == document.put.doc);
        self.append(Change {
            cursor: 0,
            settling: left.any(|left| !left.is_settled()),
            time_ms: self.entry.time_ms,
            kind,
            collection: document.put.collection.clone(),
            id: document.id(),
            cluster,
            previous_cluster,
        })
    }

    /// Appends a change to the feed, and gives it its cursor.
    fn append(&mut self, mut change: Change) -> Result<()> {
        if self.entry.carried {
            return Ok(());
        }
        let latest: Option<u64> = self.get("a number", &latest_change_row())?;
        let cursor = latest.unwrap_or(0) + 1;
        change.cursor = cursor;
        let change = postcard::to_stdvec(&change).map_err(|e| Error::unreadable("a change", e))?;
        self.writes.rows.insert(change_row(cursor), Some(change));
        if oldest_change(cursor) > 0 {
            self.drop(change_row(oldest_change(cursor)));
        }
        self.set(latest_change_row(), &cursor);
        Ok(())
    }

    /// Sets or drops the row of a segment that a host repeats.
    fn keep_segment(&mut self, kept: &KeptSegment) {
        let row = kept.segment.as_ref().map(Message::encode_to_vec);
        self.writes.rows.insert(kept.row.clone(), row);
    }

    /// Drops changes from the feed.
    fn cut_feed(&mut self, cut: &FeedCut) {
        (cut.after + 1..=cut.until).for_each(|cursor| self.drop(change_row(cursor)));
        self.set(feed_cut_row(), &cut.until);
    }

    /// Returns a document that must be there, unless compaction has taken it out of the journal.
    fn present(&mut self, doc: DocId) -> Result<Option<Document>> {
        match self.find(doc)? {
            None => self.absent(doc),
            found => Ok(found),
        }
    }

    /// Says that a document is not there.
    fn absent(&self, doc: DocId) -> Result<Option<Document>> {
        match self.rest {
            Rest::Whole => Err(Error::missing("document", doc)),
            Rest::Compacted => Ok(None),
        }
    }

    fn find(&mut self, doc: DocId) -> Result<Option<Document>> {
        if let Some(document) = self.documents.get(&doc) {
            return Ok(Some(document.clone()));
        }
        let found = RowReader(self.reader).documents(&[doc], &[None])?;
        let found = found.into_iter().flatten().next();
        self.documents
            .extend(found.iter().map(|one| (doc, one.clone())));
        Ok(found)
    }

    fn set_membership(&mut self, document: Document) {
        self.set(membership_row(document.doc()), &document.membership);
        self.documents.insert(document.doc(), document);
    }

    fn get<M: Message + Default>(&self, what: &'static str, key: &[u8]) -> Result<Option<M>> {
        let row = match self.writes.rows.get(key) {
            Some(drafted) => drafted.clone(),
            None => self.reader.rows(&[key.to_vec()])?.pop().flatten(),
        };
        row.map(|row| decode(what, &row)).transpose()
    }

    fn set(&mut self, key: Vec<u8>, value: &impl Message) {
        self.set_if(true, key, value);
    }

    /// Sets a row, or drops it.
    fn set_if(&mut self, is_kept: bool, key: Vec<u8>, value: &impl Message) {
        let row = is_kept.then(|| value.encode_to_vec());
        self.writes.rows.insert(key, row);
    }

    fn drop(&mut self, key: Vec<u8>) {
        self.writes.rows.insert(key, None);
    }
}
