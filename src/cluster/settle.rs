//! Settles the clusters after a change, as far as one turn goes.

use std::collections::{BTreeMap, HashMap};

use super::{Assignment, Cause, Neighborhood, Order, Params, Settled, Unsettled};
use crate::id::DocId;

/// Settles what a cause affects, the earliest articles first, and returns what is left. An article about
/// which nothing is left is where the definition puts it, given the leads there are.
///
/// # Errors
/// Those of the neighborhood.
pub fn settle<N: Neighborhood>(
    cause: Cause<'_>,
    params: &Params,
    neighborhood: &mut N,
) -> Result<Settled, N::Error> {
    let mut settling = Settling {
        neighborhood,
        at_once: params.at_once,
        queued: BTreeMap::new(),
        placed: HashMap::new(),
        leads: HashMap::new(),
        new_leads: Vec::new(),
        unsettled: HashMap::new(),
    };
    let (mut new_article, mut most) = (None, params.turn);
    match cause {
        Cause::Put { new, former } => {
            if let Some(former) = former {
                settling.withdraw(former)?;
            }
            new_article = Some((settling.neighborhood.order(new)?, new));
            settling.queue(new, true)?;
        }
        Cause::Removal(former) => settling.withdraw(former)?,
        Cause::Left(left) => {
            most = params.portion;
            settling.resume(left, most)?;
        }
    }
    for _ in 0..most {
        let Some(((order, doc), anew)) = settling.queued.pop_first() else {
            break;
        };
        settling.place(order, doc, anew)?;
    }
    // The new article cannot wait.
    if let Some((order, doc)) = new_article
        && settling.queued.remove(&(order.clone(), doc)).is_some()
    {
        settling.place(order, doc, true)?;
    }
    settling.finish()
}

/// The clusters as they will be, over those before the change.
struct Settling<'n, N> {
    neighborhood: &'n mut N,
    at_once: usize,
    /// The articles to place, the earliest first, and whether all their copies are needed.
    queued: BTreeMap<(Order, DocId), bool>,
    /// Where articles belong now.
    placed: HashMap<DocId, Assignment>,
    /// The leads of clusters that have another now; `None` while a cluster has none.
    leads: HashMap<DocId, Option<DocId>>,
    /// The articles that have become leads.
    new_leads: Vec<DocId>,
    /// What is left to settle about articles: before the change, and now.
    unsettled: HashMap<DocId, (Unsettled, Unsettled)>,
}

impl<N: Neighborhood> Settling<'_, N> {
    fn queue(&mut self, doc: DocId, anew: bool) -> Result<(), N::Error> {
        let order = self.neighborhood.order(doc)?;
        *self.queued.entry((order, doc)).or_default() |= anew;
        Ok(())
    }

    /// Takes an article out of its cluster.
    fn withdraw(&mut self, doc: DocId) -> Result<(), N::Error> {
        let left = self.left(doc)?;
        (left.misplaced, left.followers_after) = (false, None);
        match self.neighborhood.assignment(doc)? {
            Some(former) if former.lead == doc => self.behead(former.cluster),
            _ => Ok(()),
        }
    }

    /// Queues a part of what was left about an article.
    fn resume(&mut self, left: &Unsettled, most: usize) -> Result<(), N::Error> {
        let doc = DocId(left.doc);
        if left.misplaced {
            return self.queue(doc, true);
        }
        let (Some(after), Some(own)) = (&left.followers_after, self.assignment(doc)?) else {
            return Ok(());
        };
        let followers = self.neighborhood.followers(own.cluster, after, most)?;
        self.left(doc)?.followers_after = match followers.last() {
            Some((last, _)) if followers.len() == most => Some(last.clone()),
            _ => None,
        };
        for (_, follower) in followers {
            if self
                .assignment(follower)?
                .is_some_and(|one| one.lead != doc)
            {
                self.queue(follower, false)?;
            }
        }
        Ok(())
    }

    /// Places an article. Everything before it is settled, as far as it ever was.
    fn place(&mut self, order: Order, doc: DocId, anew: bool) -> Result<(), N::Error> {
        let before = self.assignment(doc)?;
        let lead = self.find_lead(&order, doc, before, anew)?;
        if anew && before.is_some() {
            self.left(doc)?.misplaced = false;
        }
        match lead == doc {
            true => self.lead_itself(order, doc, before),
            false => self.follow(doc, lead),
        }
    }

    /// Finds the lead of an article.
    ///
    /// All copies are needed only if the article is to be placed `anew`, or if its lead was removed or
    /// is no lead any more. For any other article only the new leads matter, because no other lead
    /// before it has changed.
    fn find_lead(
        &mut self,
        order: &Order,
        doc: DocId,
        before: Option<Assignment>,
        anew: bool,
    ) -> Result<DocId, N::Error> {
        let mut best = None;
        for (theirs, lead) in self.new_leads_for(doc, before)? {
            if theirs < *order && self.neighborhood.are_copies(doc, lead)? {
                best = Some((theirs, lead));
                break;
            }
        }
        if let (Some(Assignment { lead: former, .. }), false) = (before, anew) {
            // A new version of a lead has the same order as the former.
            let is_first = match &best {
                Some((theirs, _)) if self.assignment(former)?.is_some() => {
                    *theirs <= self.neighborhood.order(former)?
                }
                _ => false,
            };
            match best {
                Some((_, lead)) if is_first => return Ok(lead),
                _ if self.leads(former)? => return Ok(former),
                _ => {}
            }
        }
        for copy in self.neighborhood.copies(doc)? {
            let theirs = self.neighborhood.order(copy)?;
            if theirs < *order
                && best.as_ref().is_none_or(|(best, _)| theirs < *best)
                && self.leads(copy)?
            {
                best = Some((theirs, copy));
            }
        }
        Ok(best.map_or(doc, |(_, lead)| lead))
    }

    /// Returns the leads that an article was perhaps not compared with, the earliest first: those that
    /// are new, and those that its cluster, and its former lead, have now.
    fn new_leads_for(
        &mut self,
        doc: DocId,
        before: Option<Assignment>,
    ) -> Result<Vec<(Order, DocId)>, N::Error> {
        let mut leads = self.new_leads.clone();
        if let Some(before) = before {
            let former = self.assignment(before.lead)?;
            for place in former.into_iter().chain([before]) {
                leads.extend(self.lead(place.cluster)?);
            }
            leads.retain(|&lead| lead != before.lead);
        }
        leads.sort_unstable();
        leads.dedup();
        let mut ordered = Vec::with_capacity(leads.len());
        for lead in leads {
            if lead != doc && self.leads(lead)? {
                ordered.push((self.neighborhood.order(lead)?, lead));
            }
        }
        ordered.sort_unstable();
        Ok(ordered)
    }

    /// Makes an article a lead, if it is none yet, and moves the later articles that belong to it.
    fn lead_itself(
        &mut self,
        order: Order,
        doc: DocId,
        before: Option<Assignment>,
    ) -> Result<(), N::Error> {
        let mut later = Vec::new();
        let mut copies = self.neighborhood.copies(doc)?;
        // A follower that was promoted just now is not always found.
        for lead in self.new_leads.clone() {
            if self.neighborhood.order(lead)? > order
                && !copies.contains(&lead)
                && self.neighborhood.are_copies(doc, lead)?
            {
                copies.push(lead);
            }
        }
        for copy in copies {
            if self.neighborhood.order(copy)? > order {
                later.push(copy);
            }
        }
        if before.is_none_or(|before| before.lead != doc) {
            let large = match before {
                Some(_) => None,
                None => self.large_cluster(&later)?,
            };
            if let Some((cluster, former)) = large {
                self.promote(doc, cluster)?;
                self.follow(former, doc)?;
            } else {
                let is_taken = before.is_some() && self.neighborhood.other_lead(doc)?.is_some();
                let cluster = match is_taken {
                    true => self.neighborhood.unused()?,
                    false => doc,
                };
                self.set_lead(cluster, doc);
            }
        }
        for copy in later {
            // New articles, and those whose lead has gone, are queued already.
            let Some(theirs) = self.assignment(copy)? else {
                continue;
            };
            match self.lead(theirs.cluster)? {
                Some(lead) if lead == doc => {}
                Some(lead) if lead != theirs.lead => self.queue(copy, true)?,
                Some(lead) if self.neighborhood.order(lead)? > order => self.follow(copy, doc)?,
                _ => {}
            }
        }
        self.new_leads.push(doc);
        Ok(())
    }

    /// Returns the first large cluster that one of the articles leads, and its lead.
    fn large_cluster(&mut self, docs: &[DocId]) -> Result<Option<(DocId, DocId)>, N::Error> {
        for &doc in docs {
            if let Some(Assignment { cluster, lead, .. }) = self.assignment(doc)?
                && lead == doc
                && self.followers(cluster, self.at_once + 1)?.len() > self.at_once
            {
                return Ok(Some((cluster, doc)));
            }
        }
        Ok(None)
    }

    /// Puts an article under a lead.
    fn follow(&mut self, doc: DocId, lead: DocId) -> Result<(), N::Error> {
        let before = self.assignment(doc)?;
        let cluster = self.assignment(lead)?.map_or(lead, |lead| lead.cluster);
        self.placed.insert(doc, Assignment { doc, cluster, lead });
        if let Some(before) = before.filter(|before| before.lead == doc) {
            self.left(doc)?.followers_after = None;
            if self.lead(before.cluster)? == Some(doc) {
                self.behead(before.cluster)?;
            }
        }
        Ok(())
    }

    /// Finds other leads for the followers of a lead that has gone.
    fn behead(&mut self, cluster: DocId) -> Result<(), N::Error> {
        self.leads.insert(cluster, None);
        let followers = self.followers(cluster, self.at_once + 1)?;
        if followers.len() > self.at_once {
            return self.promote_follower(cluster, followers[0]);
        }
        for follower in followers {
            self.queue(follower, false)?;
        }
        Ok(())
    }

    /// Makes a follower the lead of its cluster until it is placed.
    fn promote_follower(&mut self, cluster: DocId, doc: DocId) -> Result<(), N::Error> {
        self.promote(doc, cluster)?;
        self.new_leads.push(doc);
        self.queue(doc, true)
    }

    /// Makes an article the lead of a cluster, whose followers are still to be compared with it.
    fn promote(&mut self, doc: DocId, cluster: DocId) -> Result<(), N::Error> {
        self.set_lead(cluster, doc);
        self.left(doc)?.followers_after = Some(Vec::new());
        Ok(())
    }

    fn set_lead(&mut self, cluster: DocId, doc: DocId) {
        let lead = doc;
        self.leads.insert(cluster, Some(lead));
        self.placed.insert(doc, Assignment { doc, cluster, lead });
    }

    /// Returns the result, with everything that is still queued as left to settle.
    fn finish(mut self) -> Result<Settled, N::Error> {
        if !self.queued.is_empty() {
            let headless = self.leads.iter().filter(|(_, lead)| lead.is_none());
            let headless: Vec<DocId> = headless.map(|(&cluster, _)| cluster).collect();
            for cluster in headless {
                if let [first, ..] = *self.followers(cluster, 1)? {
                    self.promote_follower(cluster, first)?;
                }
            }
            for (_, doc) in std::mem::take(&mut self.queued).into_keys() {
                self.left(doc)?.misplaced = true;
            }
        }
        let mut assigned = Vec::with_capacity(self.placed.len());
        for (&doc, &placed) in &self.placed {
            if self.neighborhood.assignment(doc)? != Some(placed) {
                assigned.push((self.neighborhood.order(doc)?, placed));
            }
        }
        assigned.sort_unstable_by(|(a, one), (b, other)| (a, one.doc).cmp(&(b, other.doc)));
        let unsettled = self.unsettled.into_values();
        let changed = unsettled.filter_map(|(before, now)| (before != now).then_some(now));
        let mut unsettled: Vec<Unsettled> = changed.collect();
        unsettled.sort_unstable_by_key(|left| left.doc);
        Ok(Settled {
            assigned: assigned.into_iter().map(|(_, placed)| placed).collect(),
            unsettled,
        })
    }

    /// Returns where an article belongs now.
    fn assignment(&mut self, doc: DocId) -> Result<Option<Assignment>, N::Error> {
        match self.placed.get(&doc) {
            Some(&placed) => Ok(Some(placed)),
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

    /// Returns the first articles that have stayed in a cluster, without its lead.
    fn followers(&mut self, cluster: DocId, most: usize) -> Result<Vec<DocId>, N::Error> {
        let (mut stayed, mut after) = (Vec::new(), Vec::new());
        while stayed.len() < most {
            let batch = self.neighborhood.followers(cluster, &after, most)?;
            let is_last = batch.len() < most;
            for (position, doc) in batch {
                let placed = self.placed.get(&doc);
                if placed.is_none_or(|own| own.cluster == cluster && own.lead != doc) {
                    stayed.push(doc);
                }
                after = position;
            }
            if is_last {
                break;
            }
        }
        stayed.truncate(most);
        Ok(stayed)
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
