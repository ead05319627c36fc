//! Settling in small portions against the definition, whatever is submitted and removed meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

type Answer<T> = Result<T, Infallible>;

/// StoredArticles, of which any two may be copies, and what is stored of their clusters.
#[derive(Default)]
struct StoredArticles {
    orders: BTreeMap<DocId, Order>,
    /// The pairs of numbers that are copies, the smaller first.
    copies: BTreeSet<(u64, u64)>,
    stored: BTreeMap<DocId, Assignment>,
    other_leads: BTreeMap<DocId, DocId>,
    left: BTreeMap<DocId, Unsettled>,
    withdrawn: Option<DocId>,
    next: u64,
    /// How many degrees of resemblance there are besides one.
    degrees: u64,
    /// The questions asked in a turn that need texts.
    comparisons: usize,
    /// Those that need all copies of an article, since the test began.
    searches: usize,
}

impl StoredArticles {
    fn copy(&self, a: DocId, b: DocId) -> bool {
        a != b && self.copies.contains(&(a.0.min(b.0), a.0.max(b.0)))
    }

    /// How like two copies are. Few are equal to no other.
    fn nearness_of(&self, a: DocId, b: DocId) -> Resemblance {
        let mixed = (a.0.min(b.0) << 32 | a.0.max(b.0)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let degree = mixed % (self.degrees + 1);
        Resemblance::new(100 - degree as u32, 100, 100)
    }

    /// The articles there are now.
    fn live(&self) -> impl Iterator<Item = DocId> {
        let live = self.orders.keys().copied();
        live.filter(|&doc| self.withdrawn != Some(doc))
    }

    fn in_order(&self) -> Vec<DocId> {
        let mut docs: Vec<DocId> = self.live().collect();
        docs.sort_by_key(|doc| &self.orders[doc]);
        docs
    }

    /// Adds an article that is a copy of those for which `copies` says so; returns its number.
    fn add(&mut self, order: Order, copies: impl Fn(DocId) -> bool) -> DocId {
        let doc = DocId(self.next);
        self.next += 1;
        let others: Vec<DocId> = self.live().filter(|&one| copies(one)).collect();
        self.copies
            .extend(others.into_iter().map(|one| (one.0, doc.0)));
        self.orders.insert(doc, order);
        doc
    }

    fn turn(&mut self, cause: Cause<'_>, portion: usize) {
        self.withdrawn = match cause {
            Cause::Put { former, .. } => former,
            Cause::Removal(former) => Some(former),
            Cause::Left(_) => None,
        };
        self.comparisons = 0;
        let Ok(settled) = settle(cause, portion, self);
        if let Some(former) = self.withdrawn.take() {
            self.orders.remove(&former);
            self.stored.remove(&former);
        }
        for placed in settled.assigned {
            self.stored.insert(placed.doc, placed);
            if placed.lead == placed.doc {
                self.other_leads.insert(placed.cluster, placed.doc);
            }
        }
        for left in settled.unsettled {
            match left.is_settled() {
                true => self.left.remove(&DocId(left.doc)),
                false => self.left.insert(DocId(left.doc), left),
            };
        }
        let clusters: BTreeSet<DocId> = self.stored.values().map(|one| one.cluster).collect();
        self.other_leads
            .retain(|cluster, lead| clusters.contains(cluster) && cluster != lead);
        self.check();
    }

    /// Checks what holds also while there is something left to settle.
    fn check(&self) {
        assert!(self.stored.keys().eq(self.orders.keys()));
        for one in self.stored.values() {
            let lead = self.other_leads.get(&one.cluster).unwrap_or(&one.cluster);
            assert_eq!(self.stored[lead].cluster, one.cluster, "{one:?} has a lead");
            assert_eq!(self.stored[lead].lead, *lead, "{one:?} has a lead");
            assert_eq!(one.lead == one.doc, *lead == one.doc, "{one:?}");
            let is_whole = one.resemblance == Resemblance::WHOLE;
            assert!(is_whole || one.lead != one.doc, "{one:?}");
            assert!(self.orders[lead] <= self.orders[&one.doc], "{one:?}");
            // Whoever was not compared with the lead will be.
            let will_be = self
                .left
                .get(lead)
                .and_then(|left| left.followers_after.as_ref());
            let is_after = |after: &Vec<u8>| *after < self.position(one.doc);
            let is_left = self.left.get(&one.doc).is_some_and(|left| left.misplaced);
            assert!(
                one.lead == *lead || is_left || will_be.is_some_and(is_after),
                "{one:?}"
            );
        }
        assert!(self.left.keys().all(|doc| self.orders.contains_key(doc)));
    }

    /// Settles the earliest of what is left.
    fn portion(&mut self, portion: usize) -> bool {
        let left = self.left.values();
        let first = left.min_by_key(|left| &self.orders[&DocId(left.doc)]);
        let Some(first) = first.cloned() else {
            return false;
        };
        self.turn(Cause::Left(&first), portion);
        true
    }

    /// The definition, word for word.
    fn model(&self) -> BTreeMap<DocId, DocId> {
        let mut leads: Vec<DocId> = Vec::new();
        let mut clusters = BTreeMap::new();
        for doc in self.in_order() {
            let copies = leads.iter().copied().filter(|&lead| self.copy(doc, lead));
            // The earliest of those that are most like.
            let lead = copies.rev().max_by_key(|&lead| self.nearness_of(doc, lead));
            if lead.is_none() {
                leads.push(doc);
            }
            clusters.insert(doc, lead.unwrap_or(doc));
        }
        clusters
    }

    fn clusters(&self) -> BTreeMap<DocId, DocId> {
        let stored = self.stored.values();
        stored.map(|one| (one.doc, one.lead)).collect()
    }

    fn position(&self, doc: DocId) -> Vec<u8> {
        let Order { time_ms, id, .. } = &self.orders[&doc];
        let time = time_ms.to_be_bytes();
        [&time, id.0.as_bytes(), &doc.0.to_be_bytes()].concat()
    }
}

impl Neighborhood for StoredArticles {
    type Error = Infallible;

    fn order(&mut self, doc: DocId) -> Answer<Order> {
        Ok(self.orders[&doc].clone())
    }

    fn assignment(&mut self, doc: DocId) -> Answer<Option<Assignment>> {
        Ok(self.stored.get(&doc).copied())
    }

    fn other_lead(&mut self, cluster: DocId) -> Answer<Option<DocId>> {
        Ok(self.other_leads.get(&cluster).copied())
    }

    fn unsettled(&mut self, doc: DocId) -> Answer<Unsettled> {
        let none = Unsettled {
            doc: doc.0,
            ..Unsettled::default()
        };
        Ok(self.left.get(&doc).cloned().unwrap_or(none))
    }

    fn copies(&mut self, doc: DocId) -> Answer<Vec<(DocId, Resemblance)>> {
        self.comparisons += 1;
        self.searches += 1;
        let copies = self.live().filter(|&other| self.copy(doc, other));
        Ok(copies
            .map(|other| (other, self.nearness_of(doc, other)))
            .collect())
    }

    fn resemblance(&mut self, doc: DocId, lead: DocId) -> Answer<Option<Resemblance>> {
        self.comparisons += 1;
        let is_copy = self.copy(doc, lead);
        Ok(is_copy.then(|| self.nearness_of(doc, lead)))
    }

    fn followers(
        &mut self,
        cluster: DocId,
        after: &[u8],
        limit: usize,
    ) -> Answer<Vec<(Vec<u8>, DocId)>> {
        let stored = self.stored.values();
        let followers = stored.filter(|one| {
            one.cluster == cluster && one.lead != one.doc && self.withdrawn != Some(one.doc)
        });
        let followers = followers.map(|one| (self.position(one.doc), one.doc));
        let mut followers: Vec<_> = followers.filter(|(at, _)| at.as_slice() > after).collect();
        followers.sort();
        followers.truncate(limit);
        Ok(followers)
    }

    fn unused(&mut self) -> Answer<DocId> {
        self.next += 1;
        Ok(DocId(self.next - 1))
    }
}

#[derive(Debug, Clone)]
enum ClusterStep {
    /// An article of a time, which is a copy of those whose numbers have one of the bits.
    Put(i64, u64),
    /// The same, instead of one of the articles there are.
    Update(usize, i64, u64),
    Remove(usize),
    /// Portions between turns.
    Settle(usize),
}

fn steps() -> impl Strategy<Value = Vec<ClusterStep>> {
    let step = prop_oneof![
        6 => (0i64..40, any::<u64>()).prop_map(|(time, copies)| ClusterStep::Put(time, copies)),
        1 => (0usize..40, 0i64..40, any::<u64>()).prop_map(|(at, time, copies)| ClusterStep::Update(at, time, copies)),
        2 => (0usize..40).prop_map(ClusterStep::Remove),
        2 => (1usize..6).prop_map(ClusterStep::Settle),
    ];
    prop::collection::vec(step, 1..60)
}

fn order(time_ms: i64) -> Order {
    Order {
        names_another: false,
        time_ms,
        id: ArticleId("id".into()),
    }
}

fn run(steps: Vec<ClusterStep>, density: u64, degrees: u64, portion: usize) -> StoredArticles {
    let mut articles = StoredArticles {
        degrees,
        ..StoredArticles::default()
    };
    for step in steps {
        let among = |articles: &StoredArticles, at: usize| {
            let live = articles.in_order();
            live.get(at % live.len().max(1)).copied()
        };
        let put = |articles: &mut StoredArticles, time, copies: u64, former| {
            articles.withdrawn = former;
            let is_copy =
                |one: DocId| (copies ^ one.0).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60 < density;
            let mut order = order(time);
            order.id = ArticleId(format!("{}", articles.next));
            let new = articles.add(order, is_copy);
            articles.turn(Cause::Put { new, former }, portion);
        };
        match step {
            ClusterStep::Put(time, copies) => put(&mut articles, time, copies, None),
            ClusterStep::Update(at, time, copies) => {
                if let Some(former) = among(&articles, at) {
                    put(&mut articles, time, copies, Some(former));
                }
            }
            ClusterStep::Remove(at) => {
                if let Some(former) = among(&articles, at) {
                    articles.turn(Cause::Removal(former), portion);
                }
            }
            ClusterStep::Settle(portions) => {
                for _ in 0..portions {
                    articles.portion(portion);
                }
            }
        }
    }
    articles
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_left_is_settled_as_defined(
        steps in steps(),
        density in 1u64..16,
        degrees in 0u64..12,
        portion in 1usize..6,
    ) {
        let mut articles = run(steps, density, degrees, portion);
        let mut portions = 0;
        while articles.portion(portion) {
            portions += 1;
            prop_assert!(portions < 10_000, "settling ends");
        }
        prop_assert_eq!(articles.clusters(), articles.model());
    }

    #[test]
    fn small_clusters_are_settled_in_the_turn(
        steps in steps(),
        density in 1u64..16,
        degrees in 0u64..12,
    ) {
        let articles = run(steps, density, degrees, 10_000);
        prop_assert!(articles.left.is_empty());
        prop_assert_eq!(articles.clusters(), articles.model());
    }
}

/// Adds a story of copies, the latest first; returns the most comparisons in one turn.
fn newest_first(articles: &mut StoredArticles, n: i64, portion: usize) -> usize {
    let mut most = 0;
    for time in (0..n).rev() {
        let new = articles.add(order(time), |_| true);
        articles.turn(Cause::Put { new, former: None }, portion);
        most = most.max(articles.comparisons);
    }
    most
}

#[test]
fn no_turn_depends_on_the_size_of_a_story() {
    let mut articles = StoredArticles::default();
    let most = newest_first(&mut articles, 300, PORTION);
    assert!(most < 100, "{most} comparisons");
    let settle = |articles: &mut StoredArticles| {
        let mut portions = 0;
        while articles.portion(PORTION) {
            assert!(
                articles.comparisons <= 4 * PORTION,
                "{}",
                articles.comparisons
            );
            portions += 1;
        }
        assert_eq!(articles.clusters(), articles.model());
        portions
    };
    let before = articles.searches;
    let portions = settle(&mut articles);
    assert!(
        (30..60).contains(&portions),
        "each article once: {portions}"
    );
    assert_eq!(
        articles.searches, before,
        "the new lead is earlier than all before"
    );
    let lead = articles.in_order()[0];
    articles.turn(Cause::Removal(lead), PORTION);
    assert!(articles.comparisons < 10, "{}", articles.comparisons);
    assert_eq!(articles.stored.len(), 299);
    let portions = settle(&mut articles);
    assert!(
        (30..60).contains(&portions),
        "each article once: {portions}"
    );
}

#[test]
fn a_turn_in_which_many_moved_places_no_more() {
    let mut articles = StoredArticles::default();
    let stories = 100;
    // The articles of a story are copies of one another, and of the one that comes last.
    for n in 0..4 * stories {
        let new = articles.add(order(1 + n), |one| one.0 as i64 % stories == n % stories);
        articles.turn(Cause::Put { new, former: None }, PORTION);
    }
    assert!(articles.left.is_empty());
    let new = articles.add(order(0), |_| true);
    articles.turn(Cause::Put { new, former: None }, PORTION);
    assert_eq!(
        articles.comparisons, 2,
        "the search for its lead, and for its followers"
    );
    let portions = (0..1000).take_while(|_| articles.portion(PORTION)).count();
    assert!(portions < 110, "one for each story: {portions}");
    assert_eq!(articles.clusters(), articles.model());
}
