//! Questions that change nothing.

use std::sync::Arc;

use super::Body;
use super::matches::member;
use super::prepare::prepare;
use super::{
    Article, Cluster, Clusters, Comparison, Core, Counted, Engine, Error, Known, Page, Result,
    Side, Stats,
};
use crate::id::{ArticleId, Collection, DocId};
use crate::record::{
    self, ANCHORS_SEEN, Counts, Document, Entry, PUBLISHERS_SEEN, change_row, changes_kept,
    cluster_prefix, counts_row, decode_doc, followers_row, member_prefix,
};
use crate::store::Row;
use crate::syndication::TextPair;
use crate::text::{self, Reading, passages};

pub use crate::record::ChangeKind;

/// One change of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the feed.
    pub cursor: u64,
    /// When it happened; milliseconds since 1970.
    pub time_ms: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// The article.
    pub id: ArticleId,
    /// Its lead after the change; `None` where it was removed.
    pub cluster: Option<ArticleId>,
    /// Its lead before the change; `None` where it was added.
    pub previous_cluster: Option<ArticleId>,
}

/// Most items of a page.
const MOST: usize = 1000;
/// Items of a page where no number is given.
const USUAL: usize = 100;
/// Most passages of a comparison.
const PASSAGES: usize = 100;
/// Most characters shown of a passage.
const SHOWN: usize = 400;

impl Engine {
    /// Compares two texts exactly, and finds the passages they share.
    ///
    /// # Errors
    /// [`Error::NotFound`], and the store's.
    pub fn compare(&self, collection: &Collection, a: Side, b: Side) -> Result<Comparison> {
        let read = |side: &Side| {
            self.core
                .unless_it_went(|| self.core.side(collection, side))
        };
        let (a, b) = (read(&a)?, read(&b)?);
        let set = |side: &ReadSide| {
            text::Shingles::new(side.reading.shingles.clone(), side.reading.title_shingles)
        };
        let pair = TextPair::of(&set(&a), &set(&b));
        let same_host = !a.source_host.is_empty() && a.source_host == b.source_host;
        let mut shared = passages(&a.reading, &b.reading);
        shared.sort_by_key(|passage| std::cmp::Reverse(passage.this.end - passage.this.start));
        shared.truncate(PASSAGES);
        let words = |span: text::Span| shown(&a.text[span.start as usize..span.end as usize]);
        let passages = shared
            .into_iter()
            .map(|passage| (passage, words(passage.this)))
            .collect();
        Ok(Comparison {
            overlap: pair.overlap,
            copy: pair.is_copy(same_host, &self.core.params.thresholds),
            passages,
        })
    }

    /// Tells what is known of an article, with its text if that is wanted.
    ///
    /// # Errors
    /// [`Error::NotFound`], and the store's.
    pub fn get(&self, collection: &Collection, id: &str, include_text: bool) -> Result<Known> {
        self.core
            .unless_it_went(|| self.try_get(collection, id, include_text))
    }

    fn try_get(&self, collection: &Collection, id: &str, include_text: bool) -> Result<Known> {
        let document = self.core.known(collection, id)?;
        let shingles = self.core.stored_shingles(&document)?;
        let neighbors = self.core.neighbors_of(&document, &shingles)?;
        let judgement = self.core.judge(&document, &neighbors.found)?;
        let (matches, truncated) = self.core.matches(&document, neighbors)?;
        let text = if include_text {
            self.core.text(&document)?
        } else {
            String::new()
        };
        let put = &document.put;
        Ok(Known {
            placement: self.core.placement_of(&document)?,
            matches,
            truncated,
            first_seen_ms: put.first_seen_ms,
            revision: put.revision,
            judgement,
            not_counted: put.cuts(),
            byline: put.byline.clone(),
            canonical_url: put.canonical.clone(),
            modified_ms: put.modified_ms,
            article: Article {
                collection: collection.clone(),
                id: put.id.clone(),
                url: put.url.clone(),
                publisher: put.publisher.clone(),
                published_ms: put.published_ms,
                title: put.title.clone(),
                body: Body::Text(text),
                lang: put.lang.clone(),
            },
        })
    }

    /// Tells what of an article counts when it is compared; `None` where it is not known.
    ///
    /// # Errors
    /// The store's.
    pub fn counted(&self, collection: &Collection, id: &str) -> Result<Option<Counted>> {
        self.core
            .unless_it_went(|| match self.core.find(collection.as_str(), id)? {
                Some(document) => Ok(Some(Counted {
                    text: self.core.text(&document)?,
                    not_counted: document.put.cuts(),
                    blocked: document.put.blocked,
                    title: document.put.title.clone(),
                })),
                None => Ok(None),
            })
    }

    /// Tells the cluster of any of its members: the lead first, then the others in their order.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] where the page is at fault, and the store's.
    pub fn cluster(&self, collection: &Collection, id: &str, page: &Page) -> Result<Cluster> {
        let lead = self.core.unless_it_went(|| {
            let member = self.core.known(collection, id)?;
            self.core.document(member.lead())
        })?;
        let prefix = member_prefix(lead.doc());
        let lead_first = usize::from(page.token.is_empty());
        let (followers, next) = self.core.page(&prefix, page, lead_first)?;
        let mut members = vec![member(&lead, &lead); lead_first];
        let followers = self.core.documents(&followers)?;
        members.extend(followers.iter().map(|follower| member(follower, &lead)));
        Ok(Cluster {
            lead: lead.id(),
            size: 1 + self.core.followers(lead.doc())?,
            members,
            next,
        })
    }

    /// Lists the clusters of two members or more, in the order of their leads.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the page is at fault, and the store's.
    pub fn list(&self, collection: &Collection, page: &Page) -> Result<Clusters> {
        let (leads, next) = self
            .core
            .page(&cluster_prefix(collection.as_str()), page, 0)?;
        let documents = self.core.documents(&leads)?;
        let sizes: Vec<Vec<u8>> = documents
            .iter()
            .map(|lead| followers_row(lead.doc()))
            .collect();
        let mut clusters = Vec::with_capacity(documents.len());
        for (lead, followers) in documents.iter().zip(self.core.store.rows(&sizes)?) {
            let followers = followers.map_or(Ok(0), |value| decode_doc(&value))?;
            clusters.push((member(lead, lead), 1 + followers));
        }
        Ok(Clusters { clusters, next })
    }

    /// Tells the durable changes of a collection after a cursor, and the cursor to go on from. At
    /// most `limit` changes, of any collection, are looked at.
    ///
    /// # Errors
    /// [`Error::Cursor`] where the feed does not reach back to the cursor, or has not come to it;
    /// and the store's.
    pub fn changes(
        &self,
        collection: &Collection,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<Change>, u64)> {
        let latest = self.head();
        let oldest = changes_kept(latest);
        if after > latest || after < oldest && after != 0 {
            return Err(Error::Cursor {
                cursor: after,
                oldest,
                latest,
            });
        }
        let from = after.max(oldest);
        let to = latest.min(from.saturating_add(limit as u64));
        let rows: Vec<Vec<u8>> = (from + 1..=to).map(change_row).collect();
        let mut changes = Vec::new();
        for row in self.core.store.rows(&rows)? {
            // The feed went on, and let go of its end, while it was read.
            let row = row.ok_or(Error::Cursor {
                cursor: after,
                oldest,
                latest,
            })?;
            let change = record::Change::decode(&row)?;
            if change.collection == collection.as_str() {
                changes.push(Change::try_from(change)?);
            }
        }
        Ok((changes, to))
    }

    /// Counts a collection's articles and clusters, and tells what the store takes up.
    ///
    /// # Errors
    /// The store's.
    pub fn stats(&self, collection: &Collection) -> Result<Stats> {
        let counts = self
            .core
            .store
            .rows(&[counts_row(collection.as_str())])?
            .pop()
            .flatten();
        let counts = counts.map_or(Ok(Counts::default()), |row| Counts::decode(&row))?;
        Ok(Stats {
            articles: counts.articles,
            clusters: counts.articles.saturating_sub(counts.followers),
            cursor: self.head(),
            publishers_estimate: self.core.store.distinct(PUBLISHERS_SEEN)?,
            anchors_estimate: self.core.store.distinct(ANCHORS_SEEN)?,
            usage: self.core.store.usage()?,
        })
    }
}

impl Core {
    fn known(&self, collection: &Collection, id: &str) -> Result<Document> {
        self.find(collection.as_str(), id)?
            .ok_or_else(|| not_found(collection, id))
    }

    /// Reads a side of a comparison.
    fn side(&self, collection: &Collection, side: &Side) -> Result<ReadSide> {
        let (put, text) = match side {
            Side::Id(id) => {
                let document = self.known(collection, id)?;
                let text = self.text(&document)?;
                (document.put, text)
            }
            Side::Text { title, body } => {
                let article = Article {
                    id: "the text of a request".to_owned(),
                    title: title.clone(),
                    body: body.clone(),
                    ..Article::default()
                };
                let prepared = prepare(article, &self.params, &self.notices, i64::MAX)?;
                (Arc::new(prepared.put), prepared.text)
            }
        };
        // Nothing of a wall counts.
        let reading = match put.blocked {
            true => Reading::default(),
            false => text::read(&put.title, &text, &put.cuts()),
        };
        Ok(ReadSide {
            reading,
            source_host: put.source_host.clone(),
            text,
        })
    }

    fn text(&self, document: &Document) -> Result<String> {
        let missing = || record::Error::Missing {
            what: "text of document",
            doc: document.put.doc,
        };
        let entry = self
            .store
            .entries(&[document.put.doc])?
            .pop()
            .flatten()
            .ok_or_else(missing)?;
        Ok(Entry::decode(&entry)?.put.ok_or_else(missing)?.text()?)
    }

    /// Reads a page of document numbers, but for `taken` places on it, and the token of the next.
    fn page(&self, prefix: &[u8], page: &Page, taken: usize) -> Result<(Vec<DocId>, String)> {
        let size = match page.size {
            0 => USUAL,
            size if size <= MOST => size,
            size => {
                return Err(Error::invalid(
                    "page_size",
                    format!("{size}, at most {MOST} are given"),
                ));
            }
        };
        let after = match page.token.as_str() {
            "" => None,
            token => Some(read_token(token, prefix)?),
        };
        let size = size - taken;
        let mut rows: Vec<Row> = self.store.scan(prefix, after.as_deref(), size + 1)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().map_or(prefix, |(key, _)| key);
        let next = if more { hex(last) } else { String::new() };
        let docs = rows
            .iter()
            .map(|(_, value)| Ok(DocId(decode_doc(value)?)))
            .collect::<record::Result<_>>()?;
        Ok((docs, next))
    }
}

/// One side of a comparison, read.
struct ReadSide {
    source_host: String,
    text: String,
    reading: Reading,
}

impl TryFrom<record::Change> for Change {
    type Error = record::Error;

    fn try_from(change: record::Change) -> record::Result<Self> {
        let named = |id: String| Some(id).filter(|id| !id.is_empty()).map(ArticleId);
        Ok(Self {
            cursor: change.cursor,
            time_ms: change.time_ms,
            kind: change.kind_checked()?,
            id: ArticleId(change.id),
            cluster: named(change.cluster),
            previous_cluster: named(change.previous_cluster),
        })
    }
}

fn not_found(collection: &Collection, id: &str) -> Error {
    Error::NotFound {
        id: id.to_owned(),
        collection: collection.to_string(),
    }
}

fn shown(words: &str) -> String {
    match words.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

/// Reads the token of a page of rows under a prefix.
pub(super) fn read_token(token: &str, prefix: &[u8]) -> Result<Vec<u8>> {
    unhex(token)
        .filter(|key| key.starts_with(prefix))
        .ok_or_else(|| Error::invalid("page_token", "not a token that a page of this answer gave"))
}

/// Writes a row's key as a token.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .bytes()
        .map(|b| char::from(b).to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}
