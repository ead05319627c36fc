//! Decides which article leads which. Pure: it asks its neighborhood for facts, and returns moves.
//!
//! The definition: articles are ordered by time, ties broken by id. In that order, an article that is a
//! copy of an earlier lead belongs to the earliest such lead; any other article is a lead itself. This
//! is pivot clustering, a greedy maximal independent set (N. Ailon, M. Charikar, A. Newman, "Aggregating
//! inconsistent information", JACM 2008, section 3), in the order of time. So the clusters depend on the
//! articles alone, not on the order of their arrival. Every member is a copy of its lead: there are no
//! chains.
//!
//! A change affects only its neighborhood, and is settled in the order of the articles: when an article
//! is looked at, everything earlier is final.

use std::collections::{BTreeSet, HashMap};

use crate::id::{ArticleId, DocId};

/// The position of an article in the order of articles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order {
    /// The article names another outlet as the first to have its text. Such articles come after all
    /// others; otherwise a reprint with an early date would lead its original.
    pub names_another: bool,
    /// When it was published, or else first seen; milliseconds since 1970.
    pub time_ms: i64,
    /// Breaks ties.
    pub id: ArticleId,
}

/// An article and the lead it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The article.
    pub doc: DocId,
    /// Its lead, which may be itself.
    pub lead: DocId,
}

/// Answers questions about the articles around a change.
pub trait Neighborhood {
    /// Why a question could not be answered.
    type Error;

    /// Returns the order of an article, also of one that is removed.
    fn order(&mut self, doc: DocId) -> Result<Order, Self::Error>;

    /// Returns the lead that an article had before the change, or `None` if it is new or removed.
    fn lead(&mut self, doc: DocId) -> Result<Option<DocId>, Self::Error>;

    /// Returns all copies of an article, with new articles and without removed ones.
    fn copies(&mut self, doc: DocId) -> Result<Vec<DocId>, Self::Error>;

    /// Whether an article and a lead are copies of each other, by the rules of [`Self::copies`].
    fn are_copies(&mut self, doc: DocId, lead: DocId) -> Result<bool, Self::Error>;

    /// Returns the articles that belonged to a lead before the change, without the lead.
    fn followers(&mut self, lead: DocId) -> Result<Vec<DocId>, Self::Error>;
}

/// Settles the clusters after a change. `unsettled` are the new articles, and the followers of removed
/// leads. Returns every new article and every other article whose lead has changed, with their leads,
/// in their order.
pub fn settle<N: Neighborhood>(
    unsettled: &[DocId],
    neighborhood: &mut N,
) -> Result<Vec<Assignment>, N::Error> {
    let mut settling = Settling {
        neighborhood,
        queued: BTreeSet::new(),
        settled: HashMap::new(),
        new_leads: Vec::new(),
    };
    for &doc in unsettled {
        settling.queue(doc)?;
    }
    let mut changed = Vec::new();
    while let Some((_, doc)) = settling.queued.pop_first() {
        let before = settling.neighborhood.lead(doc)?;
        let lead = settling.place(doc, before)?;
        settling.settled.insert(doc, lead);
        if before != Some(lead) {
            changed.push(Assignment { doc, lead });
            settling.queue_affected(doc, before, lead)?;
        }
    }
    Ok(changed)
}

struct Settling<'n, N> {
    neighborhood: &'n mut N,
    /// The articles to look at, the earliest first.
    queued: BTreeSet<(Order, DocId)>,
    /// The articles that were looked at, with their leads.
    settled: HashMap<DocId, DocId>,
    /// The articles that have become leads, the earliest first.
    new_leads: Vec<(Order, DocId)>,
}

impl<N: Neighborhood> Settling<'_, N> {
    fn queue(&mut self, doc: DocId) -> Result<(), N::Error> {
        let order = self.neighborhood.order(doc)?;
        self.queued.insert((order, doc));
        Ok(())
    }

    /// Finds the lead of an article. Everything before it is settled.
    ///
    /// All copies are needed only if the article is new, or its lead was removed or is no lead any more.
    /// For any other article only the new leads matter, because no other lead before it has changed.
    fn place(&mut self, doc: DocId, before: Option<DocId>) -> Result<DocId, N::Error> {
        let order = self.neighborhood.order(doc)?;
        let mut new_lead = None;
        if before.is_some() {
            for (theirs, lead) in &self.new_leads {
                if *theirs < order && self.neighborhood.are_copies(doc, *lead)? {
                    new_lead = Some((theirs.clone(), *lead));
                    break;
                }
            }
        }
        match before {
            // It was a lead: no earlier copy was a lead.
            Some(before) if before == doc => return Ok(new_lead.map_or(doc, |(_, lead)| lead)),
            Some(before) => {
                let still_leads = match self.settled.get(&before) {
                    Some(&lead) => lead == before,
                    None => self.neighborhood.lead(before)? == Some(before),
                };
                // A new version of a lead has the same order as the former.
                let new_lead_first = match &new_lead {
                    Some((theirs, _)) => *theirs <= self.neighborhood.order(before)?,
                    None => false,
                };
                match new_lead {
                    Some((_, lead)) if new_lead_first => return Ok(lead),
                    _ if still_leads => return Ok(before),
                    _ => {}
                }
            }
            None => {}
        }
        let mut best: Option<(Order, DocId)> = None;
        for copy in self.neighborhood.copies(doc)? {
            let theirs = self.neighborhood.order(copy)?;
            if theirs < order
                && best.as_ref().is_none_or(|(best, _)| theirs < *best)
                && self.leads(copy)?
            {
                best = Some((theirs, copy));
            }
        }
        Ok(best.map_or(doc, |(_, lead)| lead))
    }

    /// Whether an article is a lead, as far as settled.
    fn leads(&mut self, doc: DocId) -> Result<bool, N::Error> {
        match self.settled.get(&doc) {
            Some(&lead) => Ok(lead == doc),
            None => Ok(self.neighborhood.lead(doc)? == Some(doc)),
        }
    }

    /// Queues the later articles that the change of an article may affect.
    fn queue_affected(
        &mut self,
        doc: DocId,
        before: Option<DocId>,
        lead: DocId,
    ) -> Result<(), N::Error> {
        let order = self.neighborhood.order(doc)?;
        if lead == doc {
            for copy in self.neighborhood.copies(doc)? {
                if self.neighborhood.order(copy)? > order {
                    self.queue(copy)?;
                }
            }
            self.new_leads.push((order, doc));
        } else if before == Some(doc) {
            for follower in self.neighborhood.followers(doc)? {
                self.queue(follower)?;
            }
        }
        Ok(())
    }
}
