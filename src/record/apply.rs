//! What an entry changes.

use std::collections::HashMap;
use std::sync::Arc;

use prost::Message;

use super::rows::{
    ANCHORS_SEEN, PUBLISHERS_SEEN, after_cluster, after_member, change_row, changes_kept,
    counts_row, decode_doc, document_row, followers_row, furniture_row, host_row, id_row,
    latest_change_row, place_row,
};
use super::{
    Change, ChangeKind, Counts, Document, Entry, Error, Keys, Placing, Put, Repeated, Result,
    Sighting,
};
use crate::id::DocId;
use crate::sketch::Params;
use crate::store::{Posting, Read, Writes};
use crate::text::hash_bytes;

/// The article that comes: what will be kept of it, and its buckets.
#[derive(Debug, Clone)]
pub struct Coming {
    /// It, without its text.
    pub put: Arc<Put>,
    /// Its buckets.
    pub keys: Keys,
}

/// Derives what an entry changes, from the rows before it. `coming` stands for the entry's `put`, of
/// which it is made; `going` are the buckets of the article that goes, where they are known: else they
/// are worked out of its text once more.
///
/// # Errors
/// A row that cannot be read, or that should be there and is not.
pub fn apply(
    reader: &dyn Read,
    entry: &Entry,
    coming: Option<&Coming>,
    going: Option<&Keys>,
    params: &Params,
) -> Result<Writes> {
    let mut draft = Draft {
        reader,
        writes: Writes::default(),
        documents: HashMap::new(),
        time_ms: entry.time_ms,
    };
    let former = match entry.gone {
        Some(gone) => Some(draft.document(DocId(gone.doc))?),
        None => None,
    };
    if let Some(coming) = coming {
        draft.put(coming)?;
        draft.learn(&coming.put, &entry.sightings)?;
    }
    let put = coming.map(|coming| &*coming.put);
    for placing in &entry.placed {
        draft.place(placing, put, former.as_ref())?;
    }
    if let Some(former) = &former {
        let keys = match going {
            Some(keys) => keys.clone(),
            None => draft.keys_of(former.doc(), params)?,
        };
        draft.take_out(former, put, &keys)?;
    }
    Ok(draft.writes)
}

/// Reads a packed entry and works the buckets of the article that comes out of its text: all of
/// [`derive()`] that needs no row.
///
/// # Errors
/// An entry that cannot be read.
pub fn prepare(entry: &[u8], params: &Params) -> Result<(Entry, Option<Coming>)> {
    let mut entry = Entry::decode(entry)?;
    let coming = match entry.put.take() {
        Some(put) => Some(Coming {
            keys: Keys::of(&put, params)?,
            put: Arc::new(put.without_text()),
        }),
        None => None,
    };
    Ok((entry, coming))
}

/// Derives what a packed entry changes: [`prepare`], and [`apply`].
///
/// # Errors
/// As these.
pub fn derive(reader: &dyn Read, entry: &[u8], params: &Params) -> Result<Writes> {
    let (entry, coming) = prepare(entry, params)?;
    apply(reader, &entry, coming.as_ref(), None, params)
}

/// Rows as they will be: what is drafted, over what is stored.
struct Draft<'r> {
    reader: &'r dyn Read,
    writes: Writes,
    /// Documents read or drafted, as they will be.
    documents: HashMap<DocId, Document>,
    time_ms: i64,
}

impl Draft<'_> {
    fn put(&mut self, Coming { put, keys }: &Coming) -> Result<()> {
        let doc = DocId(put.doc);
        self.set(
            id_row(&put.collection, &put.id),
            put.doc.to_be_bytes().to_vec(),
        );
        self.count(&put.collection, 1, 0)?;
        self.writes.holds = Some(put.doc);
        self.writes
            .seen
            .extend(keys.anchors.iter().map(|&anchor| (ANCHORS_SEEN, anchor)));
        if !put.publisher.is_empty() {
            self.writes
                .seen
                .push((PUBLISHERS_SEEN, hash_bytes(put.publisher.as_bytes()) as u64));
        }
        self.writes.posted.push(Posting {
            doc: keys.posted(doc),
            keys: keys.all(),
        });
        self.set(document_row(doc), put.to_row());
        let document = Document {
            put: Arc::clone(put),
            // Its own lead until a placing says otherwise.
            place: Placing {
                doc: put.doc,
                lead: put.doc,
                ..Placing::default()
            },
        };
        self.set(host_row(&document), put.doc.to_be_bytes().to_vec());
        self.set_place(document);
        Ok(())
    }

    /// Counts what its host has shown before.
    fn learn(&mut self, put: &Put, sightings: &[Sighting]) -> Result<()> {
        for sighting in sightings {
            if let Some(forgotten) = sighting.instead_of {
                self.drop(furniture_row(&put.collection, &put.source_host, forgotten));
            }
            let row = furniture_row(&put.collection, &put.source_host, sighting.segment);
            let before = self
                .row(&row)?
                .map(|value| Repeated::decode(&value))
                .transpose()?;
            let after = Repeated::seen_again(before, sighting, self.time_ms);
            self.set(row, after.encode_to_vec());
        }
        Ok(())
    }

    fn place(
        &mut self,
        placing: &Placing,
        put: Option<&Put>,
        former: Option<&Document>,
    ) -> Result<()> {
        let mut document = self.document(DocId(placing.doc))?;
        let is_new = put.is_some_and(|put| put.doc == placing.doc);
        let before = self.lead_of(&document)?;
        if !is_new {
            self.leave(&document)?;
        }
        document.place = *placing;
        self.join(&document)?;
        let after = self.lead_of(&document)?;
        let (kind, previous) = match (is_new, former) {
            (true, Some(former)) => (ChangeKind::Updated, self.lead_of(former)?.put.id.clone()),
            (true, None) => (ChangeKind::Added, String::new()),
            (false, _) => (ChangeKind::Moved, before.put.id.clone()),
        };
        let id = document.put.id.clone();
        self.set_place(document);
        // A new version of a lead takes its followers along: to them nothing happened.
        if kind != ChangeKind::Moved || previous != after.put.id {
            self.tell(
                kind,
                &after.put.collection,
                id,
                after.put.id.clone(),
                previous,
            )?;
        }
        Ok(())
    }

    fn take_out(&mut self, former: &Document, put: Option<&Put>, keys: &Keys) -> Result<()> {
        let lead = self.lead_of(former)?;
        self.leave(former)?;
        self.count(&former.put.collection, -1, 0)?;
        if put.is_none() {
            self.drop(id_row(&former.put.collection, &former.put.id));
            self.tell(
                ChangeKind::Removed,
                &former.put.collection,
                former.put.id.clone(),
                String::new(),
                lead.put.id.clone(),
            )?;
        }
        self.drop(document_row(former.doc()));
        self.drop(place_row(former.doc()));
        self.drop(host_row(former));
        self.writes.withdrawn.push(Posting {
            doc: keys.posted(former.doc()),
            keys: keys.all(),
        });
        Ok(())
    }

    /// Reads a stored document once more, and sketches it.
    fn keys_of(&self, doc: DocId, params: &Params) -> Result<Keys> {
        let missing = |what| Error::Missing { what, doc: doc.0 };
        let stored = self.reader.entries(&[doc.0])?.pop().flatten();
        let stored = stored.ok_or_else(|| missing("entry of document"))?;
        let stored = Entry::decode(&stored)?.put;
        Keys::of(&stored.ok_or_else(|| missing("text of document"))?, params)
    }

    /// Counts a document among the followers of its lead.
    fn join(&mut self, document: &Document) -> Result<()> {
        if document.leads() {
            return Ok(());
        }
        let lead = self.document(document.lead())?;
        let followers = self.followers(lead.doc())?;
        if followers == 0 {
            self.set(
                after_cluster(&lead.put.collection, &lead.order(), lead.doc()),
                lead.put.doc.to_be_bytes().to_vec(),
            );
        }
        self.set(
            followers_row(lead.doc()),
            (followers + 1).to_be_bytes().to_vec(),
        );
        self.set(
            after_member(lead.doc(), &document.order(), document.doc()),
            document.put.doc.to_be_bytes().to_vec(),
        );
        self.count(&document.put.collection, 0, 1)
    }

    /// Strikes a document from the followers of its lead.
    fn leave(&mut self, document: &Document) -> Result<()> {
        if document.leads() {
            return Ok(());
        }
        let lead = self.document(document.lead())?;
        match self.followers(lead.doc())?.saturating_sub(1) {
            0 => {
                self.drop(followers_row(lead.doc()));
                self.drop(after_cluster(
                    &lead.put.collection,
                    &lead.order(),
                    lead.doc(),
                ));
            }
            left => self.set(followers_row(lead.doc()), left.to_be_bytes().to_vec()),
        }
        self.drop(after_member(lead.doc(), &document.order(), document.doc()));
        self.count(&document.put.collection, 0, -1)
    }

    fn lead_of(&mut self, document: &Document) -> Result<Document> {
        if document.leads() {
            Ok(document.clone())
        } else {
            self.document(document.lead())
        }
    }

    fn followers(&self, lead: DocId) -> Result<u64> {
        self.row(&followers_row(lead))?
            .map_or(Ok(0), |value| decode_doc(&value))
    }

    fn count(&mut self, collection: &str, articles: i64, followers: i64) -> Result<()> {
        let row = counts_row(collection);
        let counts = match self.row(&row)? {
            Some(value) => Counts::decode(&value)?,
            None => Counts::default(),
        };
        let counts = Counts {
            articles: counts.articles.saturating_add_signed(articles),
            followers: counts.followers.saturating_add_signed(followers),
        };
        self.set(row, counts.encode_to_vec());
        Ok(())
    }

    fn tell(
        &mut self,
        kind: ChangeKind,
        collection: &str,
        id: String,
        cluster: String,
        previous: String,
    ) -> Result<()> {
        let latest = self
            .row(&latest_change_row())?
            .map_or(Ok(0), |value| decode_doc(&value))?;
        let cursor = latest + 1;
        let change = Change {
            cursor,
            time_ms: self.time_ms,
            kind: kind.into(),
            collection: collection.to_owned(),
            id,
            cluster,
            previous_cluster: previous,
        };
        self.set(change_row(cursor), change.encode_to_vec());
        if changes_kept(cursor) > 0 {
            self.drop(change_row(changes_kept(cursor)));
        }
        self.set(latest_change_row(), cursor.to_be_bytes().to_vec());
        Ok(())
    }

    fn document(&mut self, doc: DocId) -> Result<Document> {
        if let Some(document) = self.documents.get(&doc) {
            return Ok(document.clone());
        }
        let rows = self.reader.rows(&[document_row(doc), place_row(doc)])?;
        let [Some(put), Some(place)] = rows.as_slice() else {
            return Err(Error::Missing {
                what: "document",
                doc: doc.0,
            });
        };
        let document = Document::from_rows(doc, put, place)?;
        self.documents.insert(doc, document.clone());
        Ok(document)
    }

    /// Puts a document where it says that it stands.
    fn set_place(&mut self, document: Document) {
        self.set(place_row(document.doc()), document.place.to_row());
        self.documents.insert(document.doc(), document);
    }

    fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.writes.rows.get(key) {
            Some(drafted) => Ok(drafted.clone()),
            None => Ok(self.reader.rows(&[key.to_vec()])?.pop().flatten()),
        }
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.rows.insert(key, Some(value));
    }

    fn drop(&mut self, key: Vec<u8>) {
        self.writes.rows.insert(key, None);
    }
}
