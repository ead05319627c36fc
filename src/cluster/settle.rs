//! Settles clusters after a change.

use std::collections::{BTreeSet, HashMap};

use crate::id::{ArticleId, DocId};

/// Where an article stands in the order of articles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order {
    /// The article says itself that another had its text first: it comes after all that do not, or a
    /// reprint with an early date would lead its original.
    pub names_another: bool,
    /// Published, or else first seen; milliseconds since 1970.
    pub time_ms: i64,
    /// Breaks ties.
    pub id: ArticleId,
}

/// An article and the lead it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The article.
    pub doc: DocId,
    /// Its lead; itself where it leads.
    pub lead: DocId,
}

/// What is asked of the articles around a change.
pub trait Neighborhood {
    /// Why a question may go unanswered.
    type Error;

    /// Where an article stands. Asked of those that go, too.
    fn order(&mut self, doc: DocId) -> Result<Order, Self::Error>;

    /// The lead it had before the change; `None` for one that is new, and for one that goes.
    fn lead(&mut self, doc: DocId) -> Result<Option<DocId>, Self::Error>;

    /// All its copies among the articles as they will be: new ones, but none that go.
    fn copies(&mut self, doc: DocId) -> Result<Vec<DocId>, Self::Error>;

    /// Whether an article and a lead are copies of each other, and would be among each other's
    /// [`Self::copies`].
    fn are_copies(&mut self, doc: DocId, lead: DocId) -> Result<bool, Self::Error>;

    /// Those that belonged to a lead before the change, without the lead.
    fn followers(&mut self, lead: DocId) -> Result<Vec<DocId>, Self::Error>;
}

/// Settles the clusters after a change: `unsettled` are the articles that came, and the followers
/// of the leads that went. Returns every new article with its lead, and every other article whose
/// lead is not what it was, in their order.
pub fn settle<N: Neighborhood>(
    unsettled: &[DocId],
    around: &mut N,
) -> Result<Vec<Assignment>, N::Error> {
    let mut settling = Settling {
        around,
        waiting: BTreeSet::new(),
        settled: HashMap::new(),
        risen: Vec::new(),
    };
    for &doc in unsettled {
        settling.wait(doc)?;
    }
    let mut placed = Vec::new();
    while let Some((_, doc)) = settling.waiting.pop_first() {
        let before = settling.around.lead(doc)?;
        let lead = settling.place(doc, before)?;
        settling.settled.insert(doc, lead);
        if before != Some(lead) {
            placed.push(Assignment { doc, lead });
            settling.pass_on(doc, before, lead)?;
        }
    }
    Ok(placed)
}

struct Settling<'n, N> {
    around: &'n mut N,
    /// Articles to look at, the earliest first.
    waiting: BTreeSet<(Order, DocId)>,
    /// Articles looked at, with their leads.
    settled: HashMap<DocId, DocId>,
    /// Those that lead now and did not before, the earliest first.
    risen: Vec<(Order, DocId)>,
}

impl<N: Neighborhood> Settling<'_, N> {
    fn wait(&mut self, doc: DocId) -> Result<(), N::Error> {
        let order = self.around.order(doc)?;
        self.waiting.insert((order, doc));
        Ok(())
    }

    /// Finds the lead of an article before which everything is settled.
    ///
    /// Only a new article, or one whose lead has gone or fallen, needs all its copies; for another
    /// it is enough to ask those that have risen, for no other lead before it has changed.
    fn place(&mut self, doc: DocId, before: Option<DocId>) -> Result<DocId, N::Error> {
        let order = self.around.order(doc)?;
        let mut risen = None;
        if before.is_some() {
            for (theirs, lead) in &self.risen {
                if *theirs < order && self.around.are_copies(doc, *lead)? {
                    risen = Some((theirs.clone(), *lead));
                    break;
                }
            }
        }
        match before {
            // It led: what was earlier was no copy, or no lead.
            Some(before) if before == doc => return Ok(risen.map_or(doc, |(_, lead)| lead)),
            Some(before) => {
                let still_leads = match self.settled.get(&before) {
                    Some(&lead) => lead == before,
                    None => self.around.lead(before)? == Some(before),
                };
                // A later version of a lead stands where the former stood.
                let risen_first = match &risen {
                    Some((theirs, _)) => *theirs <= self.around.order(before)?,
                    None => false,
                };
                match risen {
                    Some((_, lead)) if risen_first => return Ok(lead),
                    _ if still_leads => return Ok(before),
                    _ => {}
                }
            }
            None => {}
        }
        let mut best: Option<(Order, DocId)> = None;
        for copy in self.around.copies(doc)? {
            let theirs = self.around.order(copy)?;
            if theirs < order
                && best.as_ref().is_none_or(|(best, _)| theirs < *best)
                && self.leads(copy)?
            {
                best = Some((theirs, copy));
            }
        }
        Ok(best.map_or(doc, |(_, lead)| lead))
    }

    /// Whether an article leads, as far as is settled.
    fn leads(&mut self, doc: DocId) -> Result<bool, N::Error> {
        match self.settled.get(&doc) {
            Some(&lead) => Ok(lead == doc),
            None => Ok(self.around.lead(doc)? == Some(doc)),
        }
    }

    /// Makes those wait that the change of an article may concern: all of them later than it.
    fn pass_on(&mut self, doc: DocId, before: Option<DocId>, lead: DocId) -> Result<(), N::Error> {
        let order = self.around.order(doc)?;
        if lead == doc {
            for copy in self.around.copies(doc)? {
                if self.around.order(copy)? > order {
                    self.wait(copy)?;
                }
            }
            self.risen.push((order, doc));
        } else if before == Some(doc) {
            for follower in self.around.followers(doc)? {
                self.wait(follower)?;
            }
        }
        Ok(())
    }
}
