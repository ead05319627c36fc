//! Which article of a cluster to keep where one is enough.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Core, PageRequest, Result};
use crate::cache::Cache;
use crate::id::{DocId, source_host_of};
use crate::record::{DocList, Document};

/// Followers of a lead that are read at once.
const FOLLOWERS: usize = 1000;
/// Bytes of kept articles that are remembered: those of some hundred thousand clusters.
const REMEMBERED_BYTES: usize = 4 << 20;

/// Which article of each cluster is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepRule {
    /// The earliest in the order of articles: the lead.
    Earliest,
    /// The one with the most text that counts; of several, the earliest.
    Longest,
    /// The earliest on the first of these hosts that has one; if none has, the lead.
    Hosts(Vec<String>),
}

impl KeepRule {
    /// Returns the rule of hosts, which may be named as people name them: with "www.", as a URL, or by the
    /// publisher where articles have no URL.
    pub fn hosts<S: AsRef<str>>(hosts: impl IntoIterator<Item = S>) -> Self {
        let hosts = hosts.into_iter().map(|host| source_host_of(host.as_ref()));
        Self::Hosts(hosts.collect())
    }

    /// Parses the value of a command-line option.
    ///
    /// # Errors
    /// Names the rules that exist.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        match text.split_once('=') {
            None if text == "earliest" => Ok(Self::Earliest),
            None if text == "longest" => Ok(Self::Longest),
            Some(("hosts", hosts)) if hosts.split(',').all(|host| !host.trim().is_empty()) => {
                Ok(Self::hosts(hosts.split(',')))
            }
            _ => Err("one of: earliest, longest, hosts=HOST,HOST,...".to_owned()),
        }
    }

    /// Returns the rank of an article in its cluster. The least is kept; of equal ones, the earliest.
    fn rank(&self, document: &Document) -> u32 {
        match self {
            Self::Earliest => 0,
            Self::Longest => u32::MAX - document.overlap().this,
            Self::Hosts(hosts) => {
                let named = hosts
                    .iter()
                    .position(|host| *host == document.put.source_host);
                named.map_or(u32::MAX, |place| place as u32)
            }
        }
    }
}

/// Finds the articles to keep by a rule. Remembers them, so that the members of a cluster are compared once.
#[derive(Debug)]
pub struct KeptArticles {
    rule: KeepRule,
    /// By cluster.
    found: Mutex<Cache<DocId, DocId>>,
}

impl KeptArticles {
    /// Begins to find articles by a rule.
    pub fn new(rule: KeepRule) -> Self {
        let found = Mutex::new(Cache::new(REMEMBERED_BYTES, |_| 0));
        Self { rule, found }
    }

    fn found(&self) -> MutexGuard<'_, Cache<DocId, DocId>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    /// Returns whether an article of a cluster of `size` members is the one to keep. Of every cluster exactly one
    /// is, as long as it does not change.
    pub(super) fn is_kept(
        &self,
        kept: &KeptArticles,
        document: &Document,
        size: u64,
    ) -> Result<bool> {
        if size <= 1 || kept.rule == KeepRule::Earliest {
            return Ok(document.leads());
        }
        let cluster = document.cluster();
        let found = kept.found().get(cluster);
        let doc = match found {
            Some(doc) if self.is_member(doc, cluster)? => doc,
            _ => {
                let doc = self.find_kept(&kept.rule, document)?;
                kept.found().put(cluster, doc);
                doc
            }
        };
        Ok(doc == document.doc())
    }

    /// Returns whether an article is still in a cluster.
    fn is_member(&self, doc: DocId, cluster: DocId) -> Result<bool> {
        let found = self.documents(&[doc])?.pop();
        Ok(found.is_some_and(|document| document.cluster() == cluster))
    }

    /// Finds the article to keep of the cluster of a member.
    fn find_kept(&self, rule: &KeepRule, member: &Document) -> Result<DocId> {
        let lead = self.index.document(member.lead)?;
        let mut kept = (rule.rank(&lead), lead.doc());
        let mut page = PageRequest {
            size: FOLLOWERS,
            ..PageRequest::default()
        };
        loop {
            let (followers, next) = self.page(DocList::Followers(lead.cluster()), &page, 0)?;
            for follower in &followers {
                let rank = rule.rank(follower);
                if rank < kept.0 {
                    kept = (rank, follower.doc());
                }
            }
            if next.is_empty() {
                return Ok(kept.1);
            }
            page.token = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_parsed() {
        let hosts =
            |hosts: &[&str]| KeepRule::Hosts(hosts.iter().map(|&host| host.to_owned()).collect());
        let check = |text: &str, expected: Option<KeepRule>| {
            assert_eq!(KeepRule::parse(text).ok(), expected, "{text}");
        };
        check("earliest", Some(KeepRule::Earliest));
        check("longest", Some(KeepRule::Longest));
        check(
            "hosts=www.A.example, b.example",
            Some(hosts(&["a.example", "b.example"])),
        );
        for bad in [
            "",
            "first",
            "hosts",
            "hosts=",
            "hosts=a.example,",
            "longest=",
        ] {
            check(bad, None);
        }
    }
}
