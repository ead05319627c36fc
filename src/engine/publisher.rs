//! A host's account: what it copies, of whom, how late, with which notices; and who copies it.

use std::collections::{BTreeMap, HashMap};

use super::questions::{hex, read_token};
use super::{Core, Engine, Result};
use crate::id::{Collection, DocId, source_host_of};
use crate::record::{Document, decode_doc, host_prefix, host_since, member_prefix};

/// Articles that one report looks at, those of the host and those that follow them together; the last
/// article's followers may be over it.
const READ: u64 = 20_000;
/// Most followers of one article that a report looks at.
const FOLLOWERS: usize = 1000;
/// Most hosts and outlets that a report names.
const NAMED: usize = 100;
/// Articles read at once.
const BATCH: usize = 500;

/// What a host copies, and who copies it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PublisherReport {
    /// The host, or the publisher's name in lower case where articles have no URL.
    pub host: String,
    /// Articles of it that were looked at.
    pub articles: u64,
    /// Those of them that are no copy of any earlier lead.
    pub leads: u64,
    /// Those that are copies of an article of another host.
    pub copies: u64,
    /// Those that are copies of an article of its own.
    pub own: u64,
    /// Those that are walls, not articles.
    pub blocked: u64,
    /// Whose articles it copies, most first.
    pub copies_from: Vec<Traffic>,
    /// Who copies its articles, most first.
    pub copied_by: Vec<Traffic>,
    /// The outlets that its notices name, and how many of its articles do, most first.
    pub credits: Vec<(String, u64)>,
    /// Of a story that very many carry not all were looked at: it may be copied by more.
    pub truncated: bool,
    /// Token of the next page: there are more articles than were looked at. Empty where there are not.
    pub next: String,
}

/// Copies between the host and another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// The other host.
    pub host: String,
    /// How many articles.
    pub articles: u64,
    /// How long after the lead the copies came: the median, in milliseconds.
    pub median_lag_ms: i64,
    /// Signals of the notices in the copies, and how many copies have them.
    pub notices: BTreeMap<String, u64>,
}

impl Engine {
    /// Reports on a host's articles from a time on, milliseconds since 1970, or from where the page
    /// before ended. `host` is a host, a URL on it, or the name of a publisher whose articles have
    /// no URL.
    ///
    /// # Errors
    /// [`super::Error::Invalid`] for a token that no such report gave, and the store's.
    pub fn publisher_report(
        &self,
        collection: &Collection,
        host: &str,
        since_ms: Option<i64>,
        token: &str,
    ) -> Result<PublisherReport> {
        let (core, host) = (&self.core, source_host_of(host));
        core.unless_it_went(|| core.report(collection.as_str(), &host, since_ms, token))
    }
}

impl Core {
    fn report(
        &self,
        collection: &str,
        host: &str,
        since_ms: Option<i64>,
        token: &str,
    ) -> Result<PublisherReport> {
        let prefix = host_prefix(collection, host);
        let mut after = match since_ms {
            _ if !token.is_empty() => Some(read_token(token, &prefix)?),
            Some(since) => Some(host_since(collection, host, since)),
            None => None,
        };
        let mut report = PublisherReport {
            host: host.to_owned(),
            ..PublisherReport::default()
        };
        let mut books = Books::default();
        loop {
            let rows = self.store.scan(&prefix, after.as_deref(), BATCH)?;
            let docs: Vec<DocId> = rows
                .iter()
                .map(|(_, value)| Ok(DocId(decode_doc(value)?)))
                .collect::<Result<_>>()?;
            let documents = self.documents(&docs)?;
            let documents: HashMap<DocId, Document> = documents
                .into_iter()
                .map(|document| (document.doc(), document))
                .collect();
            let leads = self.leads_of(documents.values())?;
            let is_last = rows.len() < BATCH;
            for ((key, _), doc) in rows.into_iter().zip(docs) {
                if report.articles + books.followers >= READ {
                    report.next = after.as_deref().map(hex).unwrap_or_default();
                    return Ok(books.close(report));
                }
                after = Some(key);
                // It went while this was read.
                let Some(document) = documents.get(&doc) else {
                    continue;
                };
                report.articles += 1;
                report.blocked += u64::from(document.put.blocked);
                books.credit(document);
                if document.leads() {
                    report.leads += 1;
                    report.truncated |= self.book_followers(document, &mut books)?;
                } else if let Some(lead) = leads.get(&document.lead()) {
                    if lead.put.source_host == host {
                        report.own += 1;
                    } else {
                        report.copies += 1;
                        books.from.book(&lead.put.source_host, document, lead);
                    }
                }
            }
            if is_last {
                return Ok(books.close(report));
            }
        }
    }

    fn leads_of<'d>(
        &self,
        documents: impl Iterator<Item = &'d Document>,
    ) -> Result<HashMap<DocId, Document>> {
        let mut leads: Vec<DocId> = documents
            .filter(|document| !document.leads())
            .map(Document::lead)
            .collect();
        leads.sort_unstable();
        leads.dedup();
        let leads = self.documents(&leads)?.into_iter();
        Ok(leads.map(|lead| (lead.doc(), lead)).collect())
    }

    /// Books who follows a lead; tells whether there are more than were looked at.
    fn book_followers(&self, lead: &Document, books: &mut Books) -> Result<bool> {
        if self.followers(lead.doc())? == 0 {
            return Ok(false);
        }
        let rows = self
            .store
            .scan(&member_prefix(lead.doc()), None, FOLLOWERS + 1)?;
        let truncated = rows.len() > FOLLOWERS;
        books.followers += rows.len() as u64;
        let docs: Vec<DocId> = rows
            .iter()
            .map(|(_, value)| Ok(DocId(decode_doc(value)?)))
            .collect::<Result<_>>()?;
        for follower in self.documents(&docs)? {
            if follower.put.source_host != lead.put.source_host {
                books.by.book(&follower.put.source_host, &follower, lead);
            }
        }
        Ok(truncated)
    }
}

/// What is counted while articles are read.
#[derive(Default)]
struct Books {
    followers: u64,
    from: Ledger,
    by: Ledger,
    credits: HashMap<String, u64>,
}

/// Copies by the other host, with their lags.
#[derive(Default)]
struct Ledger(HashMap<String, (Traffic, Vec<i64>)>);

impl Ledger {
    fn book(&mut self, other: &str, copy: &Document, lead: &Document) {
        let (traffic, lags) = self.0.entry(other.to_owned()).or_default();
        traffic.articles += 1;
        lags.push(copy.order().time_ms.saturating_sub(lead.order().time_ms));
        let notices = copy.put.notices.iter();
        let mut signals: Vec<&str> = notices.map(|notice| notice.signal.as_str()).collect();
        signals.sort_unstable();
        signals.dedup();
        for signal in signals {
            *traffic.notices.entry(signal.to_owned()).or_default() += 1;
        }
    }

    fn close(self) -> Vec<Traffic> {
        let mut traffic: Vec<Traffic> = self
            .0
            .into_iter()
            .map(|(host, (traffic, mut lags))| {
                lags.sort_unstable();
                Traffic {
                    host,
                    median_lag_ms: lags.get(lags.len() / 2).copied().unwrap_or_default(),
                    ..traffic
                }
            })
            .collect();
        traffic.sort_by(|a, b| {
            b.articles
                .cmp(&a.articles)
                .then_with(|| a.host.cmp(&b.host))
        });
        traffic.truncate(NAMED);
        traffic
    }
}

impl Books {
    fn credit(&mut self, document: &Document) {
        let mut outlets: Vec<&String> = document
            .put
            .notices
            .iter()
            .map(|notice| &notice.outlet)
            .filter(|outlet| !outlet.is_empty())
            .collect();
        outlets.sort_unstable();
        outlets.dedup();
        for outlet in outlets {
            *self.credits.entry(outlet.clone()).or_default() += 1;
        }
    }

    fn close(self, report: PublisherReport) -> PublisherReport {
        let mut credits: Vec<(String, u64)> = self.credits.into_iter().collect();
        credits.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        credits.truncate(NAMED);
        PublisherReport {
            copies_from: self.from.close(),
            copied_by: self.by.close(),
            credits,
            ..report
        }
    }
}
