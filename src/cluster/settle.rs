//! Settles the clusters after a change, as far as one turn goes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Assignment, Cause, Neighborhood, Order, Resemblance, Settled, Unsettled};
use crate::id::DocId;

/// Articles that may have moved when a turn stops placing further ones.
const MOVES: usize = 64;

/// Settles what a cause affects, the earliest articles first, and returns what is left. An article about
/// which nothing is left is where the definition puts it, given the leads there are. `portion` is
/// [`PORTION`](super::PORTION), or less or more in tests.
///
/// # Errors
/// Those of the neighborhood.
pub fn settle<N: Neighborhood>(
    cause: Cause<'_>,
    portion: usize,
    neighborhood: &mut N,
) -> Result<Settled, N::Error> {
    let mut settling = Settling {
        neighborhood,
        portion,
        queued: BTreeSet::new(),
        placed: HashMap::new(),
        leads: HashMap::new(),
        new_leads: Vec::new(),
        unsettled: BTreeMap::new(),
    };
    let mut new_article = None;
    match cause {
        Cause::Put { new, former } => {
            if let Some(former) = former {
                settling.withdraw(former)?;
            }
            new_article = Some(new);
            settling.queue(new)?;
        }
        Cause::Removal(former) => settling.withdraw(former)?,
        Cause::Left(left) => settling.resume(left)?,
    }
    for _ in 0..portion {
        if settling.placed.len() > MOVES {
            break;
        }
        let Some((order, doc)) = settling.queued.pop_first() else {
            break;
        };
        settling.place(order, doc)?;
    }
    // The new article cannot wait.
    if let Some(doc) = new_article
        && !settling.placed.contains_key(&doc)
    {
        let order = settling.neighborhood.order(doc)?;
        settling.place(order, doc)?;
    }
    settling.finish()
}

/// A lead that an article is a copy of. The greatest is the one it belongs to.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    resemblance: Resemblance,
    order: Reverse<Order>,
    lead: DocId,
}

/// The clusters as they will be, over those before the change.
struct Settling<'n, N> {
    neighborhood: &'n mut N,
    portion: usize,
    /// The articles to place, the earliest first.
    queued: BTreeSet<(Order, DocId)>,
    /// Where articles belong now; `None` if they are withdrawn.
    placed: HashMap<DocId, Option<Assignment>>,
    /// The leads of clusters that have another now; `None` while a cluster has none.
    leads: HashMap<DocId, Option<DocId>>,
    /// The articles that have become leads.
    new_leads: Vec<DocId>,
    /// What is left to settle about articles: before the change, and now.
    unsettled: BTreeMap<DocId, (Unsettled, Unsettled)>,
}

impl<N: Neighborhood> Settling<'_, N> {
    /// Queues an article to be placed. What is still queued after the turn is left.
    fn queue(&mut self, doc: DocId) -> Result<(), N::Error> {
        if let Some(before) = self.neighborhood.assignment(doc)? {
            let left = self.left(doc)?;
            if !left.misplaced {
                (left.misplaced, left.former_lead) = (true, Some(before.lead.0));
            }
        }
        let order = self.neighborhood.order(doc)?;
        self.queued.insert((order, doc));
        Ok(())
    }

    /// Takes an article out of its cluster.
    fn withdraw(&mut self, doc: DocId) -> Result<(), N::Error> {
        *self.left(doc)? = Unsettled {
            doc: doc.0,
            ..Unsettled::default()
        };
        self.placed.insert(doc, None);
        match self.neighborhood.assignment(doc)? {
            Some(former) if former.lead == doc => self.behead(former.cluster),
            _ => Ok(()),
        }
    }

    /// Queues a part of what was left about an article.
    fn resume(&mut self, left: &Unsettled) -> Result<(), N::Error> {
        let doc = DocId(left.doc);
        if left.misplaced {
            return self.queue(doc);
        }
        let (Some(after), Some(own)) = (&left.followers_after, self.assignment(doc)?) else {
            return Ok(());
        };
        let followers = (self.neighborhood).followers(own.cluster, after, self.portion)?;
        self.left(doc)?.followers_after = match followers.last() {
            Some((last, _)) if followers.len() == self.portion => Some(last.clone()),
            _ => None,
        };
        for (_, follower) in followers {
            if self
                .assignment(follower)?
                .is_some_and(|one| one.lead != doc)
            {
                self.queue(follower)?;
            }
        }
        Ok(())
    }

    /// Places an article. Everything before it is settled, as far as it ever was.
    fn place(&mut self, order: Order, doc: DocId) -> Result<(), N::Error> {
        let left = self.unsettled.get_mut(&doc);
        let former = left.and_then(|(_, now)| {
            (now.misplaced, now.outdated) = (false, false);
            now.former_lead.take()
        });
        match self.find_lead(&order, doc, former.map(DocId))? {
            None => self.lead_itself(order, doc),
            Some(found) => self.follow(doc, found.lead, found.resemblance),
        }
    }

    /// Finds the lead of an article, which was placed under another before; `None` if it is a lead itself.
    ///
    /// No lead was more like it than that other, so while there is that, only the new leads matter. If it
    /// is no lead any more, and none of the new leads is as like, all copies are asked for.
    fn find_lead(
        &mut self,
        order: &Order,
        doc: DocId,
        former: Option<DocId>,
    ) -> Result<Option<Candidate>, N::Error> {
        // The leads that it was perhaps not compared with.
        let mut leads = self.new_leads.clone();
        for one in former.into_iter().chain([doc]) {
            if let Some(place) = self.assignment(one)? {
                leads.extend(self.lead(place.cluster)?);
            }
        }
        let mut best = None;
        for lead in leads {
            if Some(lead) != former
                && self.leads_before(lead, order)?
                && let Some(resemblance) = self.neighborhood.resemblance(doc, lead)?
            {
                best = best.max(Some(self.candidate(lead, resemblance)?));
            }
        }
        if let Some(former) = self.former(doc, former)? {
            let leads = self.leads(former.lead)?;
            let former = Some(former);
            if best >= former {
                return Ok(best);
            }
            if leads {
                return Ok(former);
            }
        }
        for (copy, resemblance) in self.neighborhood.copies(doc)? {
            if self.leads_before(copy, order)? {
                best = best.max(Some(self.candidate(copy, resemblance)?));
            }
        }
        Ok(best)
    }

    /// Returns the lead that an article was placed under; `None` if that is removed.
    fn former(&mut self, doc: DocId, lead: Option<DocId>) -> Result<Option<Candidate>, N::Error> {
        let Some(lead) = lead else { return Ok(None) };
        if self.assignment(lead)?.is_none() {
            return Ok(None);
        }
        let resemblance = match self.assignment(doc)? {
            Some(own) if own.lead == lead => Some(own.resemblance),
            _ => self.neighborhood.resemblance(doc, lead)?,
        };
        resemblance
            .map(|resemblance| self.candidate(lead, resemblance))
            .transpose()
    }

    fn candidate(&mut self, lead: DocId, resemblance: Resemblance) -> Result<Candidate, N::Error> {
        let order = Reverse(self.neighborhood.order(lead)?);
        Ok(Candidate {
            resemblance,
            order,
            lead,
        })
    }

    /// Whether an article is a lead, and earlier than an order.
    fn leads_before(&mut self, doc: DocId, order: &Order) -> Result<bool, N::Error> {
        Ok(self.neighborhood.order(doc)? < *order && self.leads(doc)?)
    }

    /// Makes an article a lead, if it is none yet, and moves the later articles that belong to it.
    fn lead_itself(&mut self, order: Order, doc: DocId) -> Result<(), N::Error> {
        let mut later = Vec::new();
        for (copy, resemblance) in self.neighborhood.copies(doc)? {
            // New articles are queued already.
            if let Some(theirs) = self.assignment(copy)?
                && self.neighborhood.order(copy)? > order
            {
                later.push((theirs, resemblance));
            }
        }
        if !self.leads(doc)? {
            match self.largest_without_lead(&order, &later)? {
                Some(cluster) => self.promote(doc, cluster)?,
                None => {
                    let is_first = self.assignment(doc)?.is_none() || self.lead(doc)? == Some(doc);
                    let cluster = match is_first {
                        true => doc,
                        false => self.neighborhood.unused()?,
                    };
                    self.set_lead(cluster, doc);
                }
            }
        }
        for (theirs, resemblance) in later {
            let lead = self.lead(theirs.cluster)?;
            if theirs.lead == theirs.doc {
                self.follow(theirs.doc, doc, resemblance)?;
            } else if lead == Some(doc) {
                // It is compared in its turn.
            } else if lead != Some(theirs.lead) {
                self.queue(theirs.doc)?;
            } else if self.candidate(doc, resemblance)?
                > self.candidate(theirs.lead, theirs.resemblance)?
            {
                self.follow(theirs.doc, doc, resemblance)?;
            }
        }
        self.new_leads.push(doc);
        Ok(())
    }

    /// Returns the largest of the clusters that have no lead, or will have none once these articles
    /// follow another, if all its followers are later.
    fn largest_without_lead(
        &mut self,
        order: &Order,
        docs: &[(Assignment, Resemblance)],
    ) -> Result<Option<DocId>, N::Error> {
        let (mut largest, mut most) = (None, 0);
        for (one, _) in docs {
            let is_led = one.lead != one.doc && self.lead(one.cluster)?.is_some();
            if !is_led && largest != Some(one.cluster) {
                let followers = self.followers(one.cluster)?;
                if followers.len() > most && self.neighborhood.order(followers[0])? >= *order {
                    (largest, most) = (Some(one.cluster), followers.len());
                }
            }
        }
        Ok(largest)
    }

    /// Puts an article under a lead.
    fn follow(
        &mut self,
        doc: DocId,
        lead: DocId,
        resemblance: Resemblance,
    ) -> Result<(), N::Error> {
        let before = self.assignment(doc)?;
        let cluster = self.assignment(lead)?.map_or(lead, |lead| lead.cluster);
        let own = Assignment {
            doc,
            cluster,
            lead,
            resemblance,
        };
        self.placed.insert(doc, Some(own));
        if let Some(before) = before.filter(|before| before.lead == doc) {
            self.left(doc)?.followers_after = None;
            if self.lead(before.cluster)? == Some(doc) {
                self.behead(before.cluster)?;
            }
        }
        Ok(())
    }

    /// Begins to place the followers of a lead that has gone: all, or the first of many.
    fn behead(&mut self, cluster: DocId) -> Result<(), N::Error> {
        self.leads.insert(cluster, None);
        let mut followers = self.followers(cluster)?;
        if followers.len() == self.portion {
            followers.truncate(1);
        }
        followers.into_iter().try_for_each(|one| self.queue(one))
    }

    /// Makes an article the lead of a cluster, whose followers are to be compared with it.
    fn promote(&mut self, doc: DocId, cluster: DocId) -> Result<(), N::Error> {
        self.set_lead(cluster, doc);
        let followers = self.followers(cluster)?;
        if followers.len() == self.portion {
            self.left(doc)?.followers_after = Some(Vec::new());
            return Ok(());
        }
        followers.into_iter().try_for_each(|one| self.queue(one))
    }

    fn set_lead(&mut self, cluster: DocId, doc: DocId) {
        let own = Assignment {
            doc,
            cluster,
            lead: doc,
            resemblance: Resemblance::WHOLE,
        };
        self.leads.insert(cluster, Some(doc));
        self.placed.insert(doc, Some(own));
    }

    /// Returns the result. A cluster without a lead is led by its first follower until that is placed.
    fn finish(mut self) -> Result<Settled, N::Error> {
        let headless = self.leads.iter().filter(|(_, lead)| lead.is_none());
        let headless: Vec<DocId> = headless.map(|(&cluster, _)| cluster).collect();
        for cluster in headless {
            if let [first, ..] = *self.followers(cluster)? {
                self.queue(first)?;
                self.promote(first, cluster)?;
            }
        }
        // The new leads of this turn will not be known any more.
        for (_, doc) in std::mem::take(&mut self.queued) {
            self.left(doc)?.former_lead = None;
        }
        let unsettled = self.unsettled.values();
        let renewed = unsettled.filter(|(before, now)| before.outdated && !now.outdated);
        let renewed: BTreeSet<DocId> = renewed.map(|(before, _)| DocId(before.doc)).collect();
        for &doc in &renewed {
            let own = self.assignment(doc)?;
            self.placed.insert(doc, own);
        }
        let mut assigned = BTreeMap::new();
        for (doc, placed) in self.placed {
            if let Some(placed) = placed
                && (renewed.contains(&doc) || self.neighborhood.assignment(doc)? != Some(placed))
            {
                assigned.insert((self.neighborhood.order(doc)?, doc), placed);
            }
        }
        let unsettled = self.unsettled.into_values();
        let changed = unsettled.filter(|(before, now)| before != now);
        Ok(Settled {
            assigned: assigned.into_values().collect(),
            unsettled: changed.map(|(_, now)| now).collect(),
        })
    }

    /// Returns where an article belongs now.
    fn assignment(&mut self, doc: DocId) -> Result<Option<Assignment>, N::Error> {
        match self.placed.get(&doc) {
            Some(&placed) => Ok(placed),
            None => self.neighborhood.assignment(doc),
        }
    }

    /// Returns the lead of a cluster; `None` while it has none.
    fn lead(&mut self, cluster: DocId) -> Result<Option<DocId>, N::Error> {
        match self.leads.get(&cluster) {
            Some(&lead) => Ok(lead),
            None => Ok(Some(
                self.neighborhood.other_lead(cluster)?.unwrap_or(cluster),
            )),
        }
    }

    /// Whether an article is a lead.
    fn leads(&mut self, doc: DocId) -> Result<bool, N::Error> {
        match self.assignment(doc)? {
            Some(own) => Ok(self.lead(own.cluster)? == Some(doc)),
            None => Ok(false),
        }
    }

    /// Returns the first followers of a cluster, at most a portion of them.
    fn followers(&mut self, cluster: DocId) -> Result<Vec<DocId>, N::Error> {
        let (mut stayed, mut after) = (Vec::new(), Vec::new());
        loop {
            let batch = (self.neighborhood).followers(cluster, &after, self.portion)?;
            let is_last = batch.len() < self.portion;
            for (position, doc) in batch {
                let placed = self.placed.get(&doc).copied().flatten();
                if placed.is_none_or(|own| own.cluster == cluster && own.lead != doc) {
                    stayed.push(doc);
                }
                after = position;
            }
            if is_last || stayed.len() >= self.portion {
                stayed.truncate(self.portion);
                return Ok(stayed);
            }
        }
    }

    /// What is left to settle about an article.
    fn left(&mut self, doc: DocId) -> Result<&mut Unsettled, N::Error> {
        if !self.unsettled.contains_key(&doc) {
            let before = self.neighborhood.unsettled(doc)?;
            self.unsettled.insert(doc, (before.clone(), before));
        }
        let (_, now) = self.unsettled.get_mut(&doc).expect("it was inserted above");
        Ok(now)
    }
}
