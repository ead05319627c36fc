//! Queries that change nothing.

use std::iter;
use std::sync::Arc;

use super::{
    Article, Body, Cluster, Clusters, ComparableText, Comparison, Core, Engine, Error, PageRequest,
    Publication, Result, Side, Stats, StoredArticle,
};
use crate::id::{Collection, DocId};
use crate::record::{
    self, Change, DocList, Document, Entry, ListPosition, Put, RowReader, oldest_change,
};
use crate::syndication::TextPair;
use crate::text::{self, Reading, Shingles, passages};

/// Most items of a page.
const MAX_PAGE_SIZE: usize = 1000;
/// Items of a page if the request has no size.
const PAGE_SIZE: usize = 100;
/// Documents of a page that are read at once.
const PORTION: usize = 25;
/// A page ends after the portion with which the names and titles on it reach this many bytes.
const PAGE_BYTES: usize = 512 << 10;
/// Most passages of a comparison.
const PASSAGES: usize = 100;
/// Most characters of a passage that are returned.
const PASSAGE_CHARS: usize = 400;

impl Engine {
    /// Compares two texts exactly, and finds the passages they share.
    ///
    /// # Errors
    /// [`Error::NotFound`], and those of the store.
    pub fn compare(&self, collection: &Collection, a: Side, b: Side) -> Result<Comparison> {
        let collection = &self.core.current(collection)?;
        let read = |side: &Side| self.core.retry(|| self.core.side(collection, side));
        let is_page = |side: &Side| match side {
            Side::Id(_) => false,
            Side::Text { body, .. } => !matches!(body, Body::Text(_)),
        };
        let (is_page_a, is_page_b) = (is_page(&a), is_page(&b));
        let (a, b) = (read(&a)?, read(&b)?);
        let pair = TextPair::of(&a.shingles, &b.shingles);
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
            main_text_a: if is_page_a { a.text } else { String::new() },
            main_text_b: if is_page_b { b.text } else { String::new() },
        })
    }

    /// Returns a stored article, with its text if `include_text`, and with quotations among its matches if
    /// `include_quotations`, as [`Self::check`] does.
    ///
    /// # Errors
    /// [`Error::NotFound`], and those of the store.
    pub fn get(
        &self,
        collection: &Collection,
        id: &str,
        include_text: bool,
        include_quotations: bool,
    ) -> Result<StoredArticle> {
        let core = &self.core;
        let stored = core.current(collection)?;
        core.retry(|| {
            let document = core.existing(&stored, id)?;
            let (placement, found, _) = core.judge_again(&document, include_quotations)?;
            let text = match include_text {
                true => core.text(&document)?,
                false => String::new(),
            };
            let put = &document.put;
            Ok(StoredArticle {
                placement,
                matches: found.matches,
                truncated: found.truncated,
                first_seen_ms: put.first_seen_ms,
                revision: put.revision,
                judgement: found.judgement,
                not_counted: put.cuts(),
                canonical_url: put.canonical.clone(),
                publication: Publication::of(put),
                modified_ms: put.modified_ms,
                article: Article::of(put, collection.clone(), Body::Text(text)),
            })
        })
    }

    /// Returns what of an article counts when it is compared; `None` if it is not stored.
    ///
    /// # Errors
    /// Those of the store.
    pub fn comparable_text(
        &self,
        collection: &Collection,
        id: &str,
    ) -> Result<Option<ComparableText>> {
        let core = &self.core;
        let collection = core.current(collection)?;
        core.retry(|| {
            let Some(document) = core.find_named(collection.as_str(), id)? else {
                return Ok(None);
            };
            Ok(Some(ComparableText {
                text: core.text(&document)?,
                not_counted: document.put.cuts(),
                blocked: document.put.blocked,
                title: document.put.title.clone(),
            }))
        })
    }

    /// Returns the cluster of an article: the lead first, then the others in the order of articles.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] for an invalid page, and those of the store.
    pub fn cluster(
        &self,
        collection: &Collection,
        id: &str,
        page: &PageRequest,
    ) -> Result<Cluster> {
        let core = &self.core;
        let collection = core.current(collection)?;
        let lead = core.retry(|| {
            let member = core.existing(&collection, id)?;
            Ok(core.index.document(member.lead)?)
        })?;
        let lead_first = usize::from(page.token.is_empty());
        let (followers, next) = core.page(DocList::Followers(lead.cluster()), page, lead_first)?;
        let members = iter::repeat_n(&lead, lead_first).chain(&followers);
        let members = members.map(|one| core.member(one, &lead));
        Ok(Cluster {
            lead: lead.id(),
            size: 1 + core.followers(lead.cluster())?,
            members: members.collect::<Result<_>>()?,
            next,
        })
    }

    /// Lists the clusters of two or more members, in the order of their leads.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid page, and those of the store.
    pub fn list(&self, collection: &Collection, page: &PageRequest) -> Result<Clusters> {
        let core = &self.core;
        let collection = core.current(collection)?;
        let (leads, next) = core.page(DocList::Clusters(collection.as_str()), page, 0)?;
        let clusters: Vec<DocId> = leads.iter().map(Document::cluster).collect();
        let clusters = RowReader(&*core.store).clusters(&clusters)?;
        let clusters = leads.iter().zip(clusters).map(|(lead, state)| {
            let followers = state.map_or(0, |state| state.followers);
            Ok((core.member(lead, lead)?, 1 + followers))
        });
        Ok(Clusters {
            clusters: clusters.collect::<Result<_>>()?,
            next,
        })
    }

    /// Returns the durable changes of a collection after a cursor, and the cursor to continue from.
    /// At most `limit` changes are read, of all collections together.
    ///
    /// # Errors
    /// [`Error::Cursor`] if the feed does not hold the cursor any more, or not yet; and those of the
    /// store.
    pub fn changes(
        &self,
        collection: &Collection,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<Change>, u64)> {
        let latest = self.head();
        let cut = RowReader(&*self.core.store).feed_cut()?;
        let oldest = oldest_change(latest).max(cut.min(latest));
        let out_of_range = Error::Cursor {
            cursor: after,
            oldest,
            latest,
        };
        if after > latest || after < oldest && after != 0 {
            return Err(out_of_range);
        }
        let from = after.max(oldest);
        let to = latest.min(from.saturating_add(limit as u64));
        let changes = RowReader(&*self.core.store).changes(from + 1..=to)?;
        // The oldest ones may have been dropped while the feed was read.
        let changes: Option<Vec<Change>> = changes.into_iter().collect();
        let mut changes = changes.ok_or(out_of_range)?;
        changes.retain(|change| change.is_of(collection));
        Ok((changes, to))
    }

    /// Counts a collection's articles and clusters, and returns what the store uses.
    ///
    /// # Errors
    /// Those of the store.
    pub fn stats(&self, collection: &Collection) -> Result<Stats> {
        let rows = RowReader(&*self.core.store);
        let collection = self.core.current(collection)?;
        let counts = rows.counts(collection.as_str())?.unwrap_or_default();
        let (publishers_estimate, anchors_estimate) = rows.distinct()?;
        Ok(Stats {
            articles: counts.articles,
            clusters: counts.articles.saturating_sub(counts.followers),
            cursor: self.head(),
            publishers_estimate,
            anchors_estimate,
            usage: self.core.store.usage()?,
        })
    }
}

impl Core {
    /// Reads the article that has an id.
    fn existing(&self, collection: &Collection, id: &str) -> Result<Document> {
        self.find_named(collection.as_str(), id)?
            .ok_or_else(|| Error::NotFound {
                id: id.to_owned(),
                collection: collection.to_string(),
            })
    }

    /// Reads a side of a comparison.
    fn side(&self, collection: &Collection, side: &Side) -> Result<ReadSide> {
        let (put, text) = match side {
            Side::Id(id) => {
                let document = self.existing(collection, id)?;
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
                let prepared = self.prepare(article.validate(i64::MAX)?, i64::MAX)?;
                (Arc::new(prepared.put), prepared.text)
            }
        };
        let (title, cuts) = (&put.title, put.cuts());
        let (reading, shingles) = match put.counts() {
            false => Default::default(),
            true => (
                text::read(title, &text, &cuts),
                text::shingles(title, &text, &cuts),
            ),
        };
        Ok(ReadSide {
            reading,
            shingles,
            source_host: put.source_host.clone(),
            text,
        })
    }

    /// Reads the text of a stored article.
    pub(super) fn text(&self, document: &Document) -> Result<String> {
        let missing = || record::Error::missing("text of document", document.doc());
        let entry = self.store.entries(&[document.put.doc])?.pop().flatten();
        let put = Entry::decode(&entry.ok_or_else(missing)?)?.put;
        Ok(put.ok_or_else(missing)?.read_text()?.into_owned())
    }

    /// Reads the documents of a page of a list, leaving `taken` places on it free, and the token of the next
    /// page.
    pub(super) fn page(
        &self,
        list: DocList<'_>,
        page: &PageRequest,
        taken: usize,
    ) -> Result<(Vec<Document>, String)> {
        let size = page_size(page.size)?;
        let after = match page.token.as_str() {
            "" => None,
            token => Some(read_token(list, token)?),
        };
        let size = size - taken;
        let mut found = RowReader(&*self.store).list(list, after.as_ref(), size + 1)?;
        let is_last = found.len() <= size;
        found.truncate(size);
        let (mut documents, mut bytes, mut last) = (Vec::new(), 0, list.start());
        let mut portions = found.chunks(PORTION).peekable();
        while bytes < PAGE_BYTES
            && let Some(portion) = portions.next()
        {
            let docs: Vec<DocId> = portion.iter().map(|(_, doc)| *doc).collect();
            let read = self.documents(&docs)?;
            bytes += read.iter().map(|one| shown_bytes(&one.put)).sum::<usize>();
            documents.extend(read);
            if let Some((position, _)) = portion.last() {
                last = position.clone();
            }
        }
        let next = match is_last && portions.peek().is_none() {
            true => String::new(),
            false => last.token(),
        };
        Ok((documents, next))
    }
}

/// Returns the number of items of a page.
pub(super) fn page_size(asked: usize) -> Result<usize> {
    match asked {
        0 => Ok(PAGE_SIZE),
        size if size <= MAX_PAGE_SIZE => Ok(size),
        size => {
            let why = format!("{size}, at most {MAX_PAGE_SIZE} are accepted");
            Err(Error::invalid("page_size", why))
        }
    }
}

/// One side of a comparison, read.
struct ReadSide {
    source_host: String,
    text: String,
    reading: Reading,
    shingles: Shingles,
}

/// Returns about how many bytes a list shows of an article.
fn shown_bytes(put: &Put) -> usize {
    put.id.len() + put.url.len() + put.publisher.len() + put.title.len()
}

fn shown(words: &str) -> String {
    match words.char_indices().nth(PASSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

/// Reads the token of a page of a list.
pub(super) fn read_token(list: DocList<'_>, token: &str) -> Result<ListPosition> {
    let why = "not a token that an earlier page returned";
    list.parse(token)
        .ok_or_else(|| Error::invalid("page_token", why))
}
