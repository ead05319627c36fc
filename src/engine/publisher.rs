//! Reports on a host: what it copies, from whom, how late and with which notices, and who copies it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::questions::read_token;
use super::{Core, Engine, Result};
use crate::id::{Collection, DocId, source_host_of};
use crate::record::{DocList, Document, ListPosition, RowReader};

/// Articles that one report reads, the host's and their followers together. The followers of the last
/// article may exceed it.
const READ: u64 = 20_000;
/// Most followers of one article that a report reads.
const FOLLOWERS: usize = 1000;
/// Most hosts and outlets that a report names.
const NAMED: usize = 100;
/// Articles that are read at once.
const BATCH: usize = 500;

/// What a host copies, and who copies it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PublisherReport {
    /// The host, or the publisher's name in lower case where articles have no URL.
    pub host: String,
    /// Number of its articles that were read.
    pub articles: u64,
    /// How many of them are leads.
    pub leads: u64,
    /// How many are copies of another host's articles.
    pub copies: u64,
    /// How many are copies of the host's own articles.
    pub own: u64,
    /// How many are walls instead of articles.
    pub blocked: u64,
    /// The hosts that it copies, most copied first.
    pub copies_from: Vec<HostCopies>,
    /// The hosts that copy it, most copies first.
    pub copied_by: Vec<HostCopies>,
    /// The outlets that its notices name, with the number of articles, most frequent first.
    pub credits: Vec<(String, u64)>,
    /// A story has more followers than were read: there may be more copies.
    pub truncated: bool,
    /// Token of the next page; empty on the last.
    pub next: String,
}

/// Copies between the host and another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostCopies {
    /// The other host.
    pub host: String,
    /// Number of copies.
    pub articles: u64,
    /// Median time from the lead to its copy, in milliseconds.
    pub median_lag_ms: i64,
    /// Number of copies that have a notice, by signal.
    pub notices: BTreeMap<String, u64>,
}

impl Engine {
    /// Reports on a host's articles since a time, in milliseconds since 1970, or from the token of the
    /// previous page on. `host` is a host, a URL on it, or the name of a publisher whose articles have
    /// no URL.
    ///
    /// # Errors
    /// [`super::Error::Invalid`] for a token of another report, and those of the store.
    pub fn publisher_report(
        &self,
        collection: &Collection,
        host: &str,
        since_ms: Option<i64>,
        token: &str,
    ) -> Result<PublisherReport> {
        let (core, host) = (&self.core, source_host_of(host));
        let collection = core.current(collection)?;
        let (collection, host) = (collection.as_str(), host.as_str());
        core.retry(|| {
            let list = DocList::Host(collection, host);
            let mut after = match since_ms {
                _ if !token.is_empty() => Some(read_token(list, token)?),
                Some(since) => Some(ListPosition::since(collection, host, since)),
                None => None,
            };
            let mut report = PublisherReport {
                host: host.to_owned(),
                ..PublisherReport::default()
            };
            let mut tally = ReportTally::default();
            loop {
                let batch = RowReader(&*core.store).list(list, after.as_ref(), BATCH)?;
                let docs: Vec<DocId> = batch.iter().map(|(_, doc)| *doc).collect();
                let documents = by_number(core.documents(&docs)?);
                let followers = documents.values().filter(|document| !document.leads());
                let mut leads: Vec<DocId> = followers.map(|one| one.lead).collect();
                leads.sort_unstable();
                leads.dedup();
                let leads = by_number(core.documents(&leads)?);
                let is_last = batch.len() < BATCH;
                for (position, doc) in batch {
                    if report.articles + tally.followers >= READ {
                        report.next = after.map(|after| after.token()).unwrap_or_default();
                        return Ok(tally.finish(report));
                    }
                    after = Some(position);
                    // It may have been removed since the list was read.
                    let Some(document) = documents.get(&doc) else {
                        continue;
                    };
                    report.articles += 1;
                    report.blocked += u64::from(document.put.blocked);
                    tally.credit(document);
                    if document.leads() {
                        report.leads += 1;
                        report.truncated |= core.tally_followers(document, &mut tally)?;
                    } else if let Some(lead) = leads.get(&document.lead) {
                        if lead.put.source_host == host {
                            report.own += 1;
                        } else {
                            report.copies += 1;
                            tally.from.add(&lead.put.source_host, document, lead);
                        }
                    }
                }
                if is_last {
                    return Ok(tally.finish(report));
                }
            }
        })
    }
}

impl Core {
    /// Counts the followers of a lead; returns whether there are more than were read.
    fn tally_followers(&self, lead: &Document, tally: &mut ReportTally) -> Result<bool> {
        if self.followers(lead.cluster())? == 0 {
            return Ok(false);
        }
        let list = DocList::Followers(lead.cluster());
        let followers = RowReader(&*self.store).list(list, None, FOLLOWERS + 1)?;
        let docs: Vec<DocId> = followers.iter().map(|(_, doc)| *doc).collect();
        tally.followers += docs.len() as u64;
        for follower in self.documents(&docs)? {
            if follower.put.source_host != lead.put.source_host {
                tally.by.add(&follower.put.source_host, &follower, lead);
            }
        }
        Ok(docs.len() > FOLLOWERS)
    }
}

fn by_number(documents: Vec<Document>) -> HashMap<DocId, Document> {
    let documents = documents.into_iter();
    documents
        .map(|document| (document.doc(), document))
        .collect()
}

/// The counts of a report while articles are read.
#[derive(Default)]
struct ReportTally {
    followers: u64,
    from: CopiesByHost,
    by: CopiesByHost,
    credits: HashMap<String, u64>,
}

/// Copies by the other host, with their lags.
#[derive(Default)]
struct CopiesByHost(HashMap<String, (HostCopies, Vec<i64>)>);

impl CopiesByHost {
    fn add(&mut self, other: &str, copy: &Document, lead: &Document) {
        let (copies, lags) = self.0.entry(other.to_owned()).or_default();
        copies.articles += 1;
        lags.push(copy.order().time_ms.saturating_sub(lead.order().time_ms));
        let signals = copy.put.notices.iter().map(|notice| notice.signal.as_str());
        for signal in signals.collect::<BTreeSet<_>>() {
            *copies.notices.entry(signal.to_owned()).or_default() += 1;
        }
    }

    fn finish(self) -> Vec<HostCopies> {
        let all = self.0.into_iter().map(|(host, (copies, mut lags))| {
            lags.sort_unstable();
            HostCopies {
                host,
                median_lag_ms: lags.get(lags.len() / 2).copied().unwrap_or_default(),
                ..copies
            }
        });
        let mut all: Vec<HostCopies> = all.collect();
        all.sort_by(|a, b| (b.articles, &a.host).cmp(&(a.articles, &b.host)));
        all.truncate(NAMED);
        all
    }
}

impl ReportTally {
    fn credit(&mut self, document: &Document) {
        let outlets = document.put.notices.iter().map(|notice| &notice.outlet);
        let outlets = outlets.filter(|outlet| !outlet.is_empty());
        for outlet in outlets.collect::<BTreeSet<_>>() {
            *self.credits.entry(outlet.clone()).or_default() += 1;
        }
    }

    fn finish(self, report: PublisherReport) -> PublisherReport {
        let mut credits: Vec<(String, u64)> = self.credits.into_iter().collect();
        credits.sort_by(|(a, n), (b, m)| (m, a).cmp(&(n, b)));
        credits.truncate(NAMED);
        PublisherReport {
            copies_from: self.from.finish(),
            copied_by: self.by.finish(),
            credits,
            ..report
        }
    }
}
