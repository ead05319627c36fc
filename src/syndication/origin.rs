//! Finds who had a text first, as far as the known articles and their words say.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, EvidenceKind, Question, kind_of, sum};
use super::facts::{Facts, Story, outlet_name, place_of};
use super::publisher::OutletIdentity;
use super::site::is_own_address;
use super::times::TimeGap;
use crate::id::ArticleId;
use crate::notices::{Notice, Signal};

/// The factor for further notices to the same effect: they are rarely independent of the first.
const FURTHER: f64 = 0.25;
/// The factor for a notice that names no outlet.
const UNNAMED: f64 = 0.75;

/// Whether an article itself names another outlet as the first to have its text.
///
/// It does so by a strong notice that names an earlier source, or by a rel=canonical on another
/// outlet's site. A credit of an agency does not count, because an agency's text is original wherever
/// it is printed first. The rel=canonical of an article without a host is its own address.
pub fn names_another<'n>(
    publisher: &str,
    host: &str,
    canonical: &str,
    notices: impl IntoIterator<Item = &'n Notice>,
) -> bool {
    let own = OutletIdentity::new(publisher, place_of(host, canonical));
    let referent = |(name, url): (&str, &str)| {
        Referent::of(&OutletIdentity::new(name, url), |outlet| outlet.is(&own))
    };
    (!is_own_address(canonical, host) && referent(("", canonical)) == Referent::Another)
        || notices
            .into_iter()
            .any(|notice| notice_names_another(notice, || referent(named_by_notice(notice))))
}

/// Whether a notice alone says that the text was another outlet's first.
fn notice_names_another(notice: &Notice, referent: impl FnOnce() -> Referent) -> bool {
    notice.signal.names_earlier_source()
        && notice.is_strong()
        && notice.signal != Signal::AgencyRights
        && matches!(kind_of(notice), EvidenceKind::Notice(_))
        && match referent() {
            Referent::Another => true,
            Referent::Nobody => implies_another(notice.signal),
            Referent::Itself => false,
        }
}

/// Whether a notice is about another outlet even if it names none.
fn implies_another(signal: Signal) -> bool {
    matches!(signal, Signal::Republished | Signal::Indexed)
}

/// Whom an article names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Referent {
    Itself,
    Another,
    Nobody,
}

impl Referent {
    fn of(outlet: &OutletIdentity, is_own: impl FnOnce(&OutletIdentity) -> bool) -> Self {
        match outlet.is_nobody() {
            true => Self::Nobody,
            false if is_own(outlet) => Self::Itself,
            false => Self::Another,
        }
    }
}

/// A known article of a story.
pub(super) struct Party<'a> {
    pub(super) facts: &'a Facts,
    pub(super) outlet: OutletIdentity,
    /// It names another outlet as the first to have its text.
    pub(super) names_another: bool,
    /// The outlet that it names as its source, with the weight of that.
    source: Option<(usize, f64)>,
    /// What it says about itself.
    pub(super) account: Vec<Evidence>,
}

impl Party<'_> {
    /// Orders articles where nothing else does: the earlier first.
    fn order(&self) -> (i64, &ArticleId) {
        let facts = self.facts;
        let time = facts.published_by().unwrap_or(facts.first_seen_ms);
        (time, &facts.id)
    }

    pub(super) fn name(&self) -> &str {
        outlet_name(&self.facts.publisher, &self.facts.host)
    }
}

/// An outlet that articles name.
#[derive(Default)]
pub(super) struct CreditedOutlet<'a> {
    pub(super) name: &'a str,
    pub(super) url: &'a str,
    pub(super) outlet: OutletIdentity,
    /// It is named as the agency that issued the text.
    pub(super) is_agency: bool,
    /// The articles that strongly name it as the source of their text, and the words of the first.
    named_by: BTreeSet<usize>,
    words: &'a str,
    /// Its own articles, the earliest first.
    pub(super) articles: Vec<usize>,
}

/// The known articles of a story, and the outlets that they name. Articles and outlets are numbered.
pub(super) struct SourceGraph<'a> {
    /// The articles in the order of their ids.
    pub(super) parties: Vec<Party<'a>>,
    pub(super) outlets: Vec<CreditedOutlet<'a>>,
    /// The number of each outlet by its name and URL.
    numbers: BTreeMap<(&'a str, &'a str), usize>,
    /// The article that is judged.
    pub(super) me: usize,
    /// The articles that name no other as their source. The one most likely to be first comes first.
    ranked: Vec<usize>,
}

impl<'a> SourceGraph<'a> {
    pub(super) fn new(article: &'a Facts, story: &Story<'a>) -> Self {
        let lead = story.lead.map(|(lead, _)| lead);
        let others = lead.into_iter().chain(story.members);
        let others = others.filter(|one| !one.blocked);
        let mut all: BTreeMap<_, _> = others.map(|one| (&one.id, one)).collect();
        all.insert(&article.id, article);
        let me = all.keys().filter(|&&id| *id < article.id).count();
        let parties = all.into_values().map(|facts| Party {
            facts,
            outlet: OutletIdentity::new(&facts.publisher, facts.place()),
            names_another: false,
            source: None,
            account: Vec::new(),
        });
        let mut graph = Self {
            me,
            parties: parties.collect(),
            outlets: Vec::new(),
            numbers: BTreeMap::new(),
            ranked: Vec::new(),
        };
        for i in 0..graph.parties.len() {
            graph.collect_outlets(graph.parties[i].facts);
        }
        for outlet in &mut graph.outlets {
            let is_its_own = |party: &Party| {
                party.outlet.is(&outlet.outlet)
                    || party.facts.own_agency.as_deref() == Some(outlet.name)
            };
            outlet.articles = (0..graph.parties.len())
                .filter(|&i| is_its_own(&graph.parties[i]))
                .collect();
            outlet.articles.sort_by_key(|&i| graph.parties[i].order());
        }
        for i in 0..graph.parties.len() {
            graph.read_account(i);
        }
        graph.ranked = graph.rank();
        graph
    }

    /// Adds the outlets that an article names.
    fn collect_outlets(&mut self, facts: &'a Facts) {
        let notices = facts.notices.iter();
        let notices = notices.map(named_by_notice);
        let byline = facts.byline_agency.iter().map(|name| (name.as_str(), ""));
        let canonical = [("", facts.canonical.as_str())];
        for (name, url) in notices.chain(byline).chain(canonical) {
            let outlets = &mut self.outlets;
            self.numbers.entry((name, url)).or_insert_with(|| {
                outlets.push(CreditedOutlet {
                    name,
                    url,
                    outlet: OutletIdentity::new(name, url),
                    ..CreditedOutlet::default()
                });
                outlets.len() - 1
            });
        }
    }

    /// Returns the number of the outlet that an article names, and whether it is another one.
    fn referent(&self, i: usize, name: &str, url: &str) -> (usize, Referent) {
        let number = self.numbers[&(name, url)];
        let named = &self.outlets[number];
        let referent = Referent::of(&named.outlet, |_| named.articles.contains(&i));
        (number, referent)
    }

    /// Reads what an article says about itself: evidence, and the outlets it names as its source.
    fn read_account(&mut self, i: usize) {
        let facts = self.parties[i].facts;
        let mut account = Vec::new();
        for notice in &facts.notices {
            let kind = kind_of(notice);
            let is_agency = kind.question() == Question::Agency;
            let (name, url) = named_by_notice(notice);
            let (number, referent) = self.referent(i, name, url);
            // Not above 0 for NaN.
            let weight = match notice.weight > 0.0 {
                true => f64::from(notice.weight).min(1.0),
                false => 0.0,
            };
            let is_strong_agency = is_agency && notice.is_strong();
            if notice_names_another(notice, || referent) || is_strong_agency {
                self.add_source(i, number, referent, kind, weight, &notice.words);
            }
            let strength = match referent {
                Referent::Another => weight,
                // An agency's own pages name it, too; but their rights line is that of the site.
                Referent::Itself if is_agency && notice.signal != Signal::AgencyRights => weight,
                Referent::Nobody if implies_another(notice.signal) => weight * UNNAMED,
                Referent::Nobody if notice.signal == Signal::ReprintedOn => weight,
                Referent::Itself | Referent::Nobody => 0.0,
            };
            let evidence = Evidence {
                span: Some(notice.span),
                ..Evidence::new(kind, strength, &notice.words)
            };
            let evidence = self.naming(i, evidence, name, url);
            account.push(evidence.naming(&notice.outlet, &notice.url));
        }
        dampen(&mut account);
        let canonical = facts.canonical.as_str();
        let (number, referent) = self.referent(i, "", canonical);
        if referent == Referent::Another && !is_own_address(canonical, &facts.host) {
            let kind = EvidenceKind::Canonical;
            self.add_source(i, number, referent, kind, 1.0, canonical);
            account.push(self.naming(i, Evidence::new(kind, 1.0, canonical), "", canonical));
        }
        if let Some(agency) = &facts.byline_agency {
            let kind = EvidenceKind::BylineAgency;
            let (number, referent) = self.referent(i, agency, "");
            self.add_source(i, number, referent, kind, 1.0, &facts.byline);
            account.push(self.naming(i, Evidence::new(kind, 1.0, &facts.byline), agency, ""));
        }
        if facts.disguised {
            account.push(Evidence::new(EvidenceKind::Disguised, 1.0, ""));
        }
        self.parties[i].account = account;
    }

    /// Notes that an article strongly names an outlet as the source of its text.
    fn add_source(
        &mut self,
        i: usize,
        number: usize,
        referent: Referent,
        kind: EvidenceKind,
        strength: f64,
        words: &'a str,
    ) {
        let (party, outlet) = (&mut self.parties[i], &mut self.outlets[number]);
        let is_agency = kind.question() == Question::Agency;
        party.names_another |= !is_agency;
        if referent != Referent::Another {
            return;
        }
        if outlet.named_by.is_empty() {
            outlet.words = words;
        }
        outlet.named_by.insert(i);
        outlet.is_agency |= is_agency;
        let weight = strength * kind.weight();
        if !is_agency && weight > party.source.map_or(0.0, |(_, best)| best) {
            party.source = Some((number, weight));
        }
    }

    /// Sets the outlet that evidence names, and the article of that outlet, if one is known.
    fn naming(&self, i: usize, evidence: Evidence, name: &str, url: &str) -> Evidence {
        let evidence = evidence.naming(name, url);
        let named = &self.outlets[self.numbers[&(name, url)]];
        match named.articles.iter().find(|&&article| article != i) {
            Some(&article) => evidence.about(&self.parties[article].facts.id),
            None => evidence,
        }
    }

    /// Returns the outlet that an article names as its source.
    pub(super) fn source(&self, i: usize) -> Option<&CreditedOutlet<'a>> {
        let (number, _) = self.parties[i].source?;
        Some(&self.outlets[number])
    }

    /// Returns the article that an article names as its source, if it is known.
    pub(super) fn source_article(&self, i: usize) -> Option<usize> {
        let mut articles = self.source(i)?.articles.iter().copied();
        articles.find(|&article| article != i)
    }

    /// Follows the sources that articles name, beginning with those of `from`. Returns the last known
    /// article, and the source that it names, if that is not known here.
    pub(super) fn trace(&self, from: usize) -> (usize, Option<&CreditedOutlet<'a>>) {
        let mut seen = BTreeSet::from([from]);
        let mut at = from;
        while let Some(next) = self.source_article(at) {
            if !seen.insert(next) {
                return (at, None);
            }
            at = next;
        }
        (at, self.source(at))
    }

    /// Returns the article most likely to be first among those that name no other as their source,
    /// without `except`.
    pub(super) fn first(&self, except: Option<usize>) -> Option<usize> {
        let mut ranked = self.ranked.iter().copied();
        ranked.find(|&i| Some(i) != except)
    }

    fn rank(&self) -> Vec<usize> {
        let candidates = (0..self.parties.len()).filter(|&i| !self.parties[i].names_another);
        let mut ranked: Vec<usize> = candidates.collect();
        let candidates = ranked.clone();
        ranked.sort_by_cached_key(|&i| {
            // Differences in the last bits do not count.
            let taken = (self.taken(i, &candidates) * 1e6).round() as i64;
            (taken, self.parties[i].order())
        });
        ranked
    }

    /// Returns how much speaks for an article's text being taken: its own words, less the credit by
    /// others, and its times among the candidates.
    fn taken(&self, i: usize, candidates: &[usize]) -> f64 {
        let (mut stated, mut seen) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for &other in candidates.iter().filter(|&&other| other != i) {
            stated = stated.max(self.stated_gap(i, other).weight());
            seen = seen.max(self.seen_gap(i, other).weight());
        }
        let worst = |weight: f64| if weight.is_finite() { weight } else { 0.0 };
        sum(&self.parties[i].account, Question::Source)
            + self.credit(i, None).map_or(0.0, |credit| credit.weight)
            + worst(stated)
            + worst(seen)
    }

    /// Returns evidence that other articles, without `except`, name an article as their source. The
    /// first outlet weighs most, and very many weigh at most twice as much.
    pub(super) fn credit(&self, i: usize, except: Option<usize>) -> Option<Evidence> {
        let mut outlets = BTreeSet::new();
        let mut words = "";
        for named in self.outlets.iter().filter(|one| one.articles.contains(&i)) {
            let others = named.named_by.iter().copied();
            for other in others.filter(|&other| other != i && Some(other) != except) {
                outlets.insert(self.parties[other].name());
                words = if words.is_empty() { named.words } else { words };
            }
        }
        let strength = 1.0 - 0.5f64.powf(outlets.len() as f64);
        let party = &self.parties[i];
        (!outlets.is_empty()).then(|| {
            Evidence::new(EvidenceKind::CreditedByOthers, -strength, words)
                .naming(party.name(), &party.facts.url)
                .about(&party.facts.id)
        })
    }

    /// Returns the outlet that most other articles name as their source, of those without a known
    /// article.
    pub(super) fn absent_source(&self) -> Option<&CreditedOutlet<'a>> {
        let others =
            |one: &&CreditedOutlet| one.named_by.iter().filter(|&&by| by != self.me).count();
        self.outlets
            .iter()
            .filter(|one| one.articles.is_empty() && others(one) > 0)
            .max_by(|a, b| {
                let names = (b.name, b.url).cmp(&(a.name, a.url));
                others(a).cmp(&others(b)).then(names)
            })
    }

    /// Returns evidence that the text is an agency's though the judged article does not say so: the agency
    /// has the text itself, or other articles name it as their author. The first outlet weighs most.
    pub(super) fn agency_of_others(&self) -> Vec<Evidence> {
        let others = (0..self.parties.len()).filter(|&i| i != self.me);
        let own = others.filter(|&i| self.parties[i].facts.own_agency.is_some());
        let own = own.min_by_key(|&i| self.parties[i].order());
        let named = self.outlets.iter().filter(|one| one.is_agency);
        let named = named.map(|one| (self.outlets_naming(one), one));
        let named = named.filter(|(outlets, _)| *outlets > 0).max_by(|a, b| {
            let (a_name, b_name) = (a.1.name, b.1.name);
            a.0.cmp(&b.0).then_with(|| b_name.cmp(a_name))
        });
        let mut evidence = Vec::new();
        if let Some(i) = own {
            let party = &self.parties[i];
            let name = party.facts.own_agency.as_deref().unwrap_or_default();
            let member = Evidence::new(EvidenceKind::AgencyHasIt, 1.0, party.name());
            evidence.push(member.naming(name, &party.facts.url).about(&party.facts.id));
        }
        if let Some((outlets, named)) = named {
            let strength = 1.0 - 0.5f64.powf(outlets as f64);
            let kind = EvidenceKind::OthersNameAgency;
            let others = Evidence::new(kind, strength, named.words).naming(named.name, "");
            let article = named.articles.iter().find(|&&article| article != self.me);
            evidence.push(match article {
                Some(&article) => others.about(&self.parties[article].facts.id),
                None => others,
            });
        }
        evidence
    }

    /// Counts the outlets whose articles, without the judged one, name an agency as their author.
    fn outlets_naming(&self, agency: &CreditedOutlet<'a>) -> usize {
        let others = agency.named_by.iter().filter(|&&i| i != self.me);
        let names: BTreeSet<&str> = others.map(|&i| self.parties[i].name()).collect();
        names.len()
    }

    /// Whether an article of another outlet is known.
    pub(super) fn others_carry(&self) -> bool {
        let own = &self.parties[self.me].outlet;
        let mut others = (0..self.parties.len()).filter(|&i| i != self.me);
        others.any(|i| !self.parties[i].outlet.is(own))
    }

    /// Returns the evidence of the times of two articles.
    pub(super) fn times(&self, i: usize, rival: usize) -> Vec<Evidence> {
        let other = &self.parties[rival];
        [self.stated_gap(i, rival), self.seen_gap(i, rival)]
            .into_iter()
            .filter(|gap| gap.is_known())
            .map(|gap| {
                let evidence = gap.evidence().naming(other.name(), &other.facts.url);
                evidence.about(&other.facts.id)
            })
            .collect()
    }

    /// Compares the times that two articles state. A publisher that revises an article may keep its
    /// date: then the times of the last change count.
    fn stated_gap(&self, i: usize, other: usize) -> TimeGap {
        let (this, other) = (&self.parties[i], &self.parties[other]);
        let published = TimeGap::published(this.facts, other.facts);
        match published.is_known() || !this.outlet.is(&other.outlet) {
            true => published,
            false => TimeGap::modified(this.facts, other.facts),
        }
    }

    fn seen_gap(&self, i: usize, other: usize) -> TimeGap {
        TimeGap::seen(self.parties[i].facts, self.parties[other].facts)
    }
}

/// Returns the name and URL by which a notice names an outlet. An agency is known by its name: a link on it
/// may lead to a page about it.
fn named_by_notice(notice: &Notice) -> (&str, &str) {
    let url = if notice.agency { "" } else { &notice.url };
    (&notice.outlet, url)
}

/// Reduces the weight of all notices to the same effect but the strongest. Further ones of one kind do not
/// count: a page that credits ten charts does not say ten times where its text is from.
fn dampen(notices: &mut [Evidence]) {
    for question in [Question::Source, Question::Agency] {
        for sign in [1.0, -1.0] {
            let mut alike: Vec<&mut Evidence> = notices.iter_mut().collect();
            alike.retain(|one| one.kind.question() == question && one.weight * sign > 0.0);
            alike.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
            let mut counted = Vec::new();
            for one in alike {
                if !counted.is_empty() {
                    one.weight *= FURTHER;
                }
                match counted.contains(&one.kind) {
                    true => one.weight = 0.0,
                    false => counted.push(one.kind),
                }
            }
        }
    }
}
