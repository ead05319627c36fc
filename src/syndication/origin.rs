//! Who was first, as far as the articles known and their words tell.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, EvidenceKind, Question, kind_of, sum};
use super::facts::{Facts, Story};
use super::publisher::Outlet;
use crate::id::ArticleId;
use crate::notices::{Notice, Signal};

/// A notice counts as strong from this weight on.
const STRONG: f32 = 0.6;
/// What a further notice of the same tenor counts for: it is seldom independent of the first.
const FURTHER: f64 = 0.25;
/// How much a notice says that names nobody.
const UNNAMED: f64 = 0.75;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Times that differ by less say nothing: pages come in batches, and clocks differ.
const SLACK_MS: i64 = 5 * MINUTE_MS;

/// Whether an article says itself that another outlet had its text first: by a strong notice that
/// names an earlier source, or by a rel=canonical on another outlet's site. What credits an agency
/// does not count: that text is first wherever it is first printed. Nor does a rel=canonical where
/// nothing is known of the article's own outlet: it may be the article's own URL.
pub fn names_another<'n>(
    publisher: &str,
    host: &str,
    canonical: &str,
    notices: impl IntoIterator<Item = &'n Notice>,
) -> bool {
    let own = Outlet::new(publisher, host);
    let whom = |name: &str, place: &str| Named::of(&Outlet::new(name, place), |one| one.is(&own));
    (!own.is_nobody() && whom("", canonical) == Named::Another)
        || notices
            .into_iter()
            .any(|notice| says_so(notice, || whom(&notice.outlet, &notice.url)))
}

/// Whether a notice alone says that the text was another outlet's first.
fn says_so(notice: &Notice, whom: impl FnOnce() -> Named) -> bool {
    notice.signal.names_earlier_source()
        && notice.weight >= STRONG
        && !matches!(notice.signal, Signal::Dateline | Signal::AgencyRights)
        && matches!(kind_of(notice), EvidenceKind::Notice(_))
        && match whom() {
            Named::Another => true,
            Named::Nobody => is_of_another(notice.signal),
            Named::Own => false,
        }
}

/// Whether a notice speaks of another outlet even where it names none.
fn is_of_another(signal: Signal) -> bool {
    matches!(signal, Signal::Republished | Signal::Indexed)
}

/// How strongly a notice says what it says, 0 to 1.
fn strength(notice: &Notice) -> f64 {
    match notice.weight > 0.0 {
        true => f64::from(notice.weight).min(1.0),
        false => 0.0,
    }
}

/// Whom an article names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Own,
    Another,
    Nobody,
}

impl Named {
    fn of(outlet: &Outlet, is_own: impl FnOnce(&Outlet) -> bool) -> Self {
        match outlet.is_nobody() {
            true => Self::Nobody,
            false if is_own(outlet) => Self::Own,
            false => Self::Another,
        }
    }
}

/// An article among those known of a story.
pub(super) struct Party<'a> {
    pub(super) facts: &'a Facts,
    pub(super) outlet: Outlet,
    /// It says itself that another outlet had its text first.
    pub(super) says_so: bool,
    /// The mention of that outlet, where it is named.
    source: Option<usize>,
    /// What it says of itself.
    account: Vec<Evidence>,
}

impl<'a> Party<'a> {
    fn new(facts: &'a Facts) -> Self {
        Self {
            facts,
            outlet: Outlet::new(&facts.publisher, &facts.host),
            says_so: false,
            source: None,
            account: Vec::new(),
        }
    }

    /// The order in which a tie is broken: the earlier first.
    fn order(&self) -> (i64, &ArticleId) {
        let facts = self.facts;
        let time = facts.published_by().unwrap_or(facts.first_seen_ms);
        (time, &facts.id)
    }

    /// The name to call it by.
    pub(super) fn name(&self) -> &str {
        match self.facts.publisher.as_str() {
            "" => &self.facts.host,
            name => name,
        }
    }
}

/// An outlet that articles name.
pub(super) struct Mention<'a> {
    pub(super) name: &'a str,
    pub(super) url: &'a str,
    pub(super) outlet: Outlet,
    /// It is named as the agency that issued the text.
    pub(super) is_agency: bool,
    /// The articles that name it, strongly, as where their text comes from; and the words of the
    /// first.
    by: BTreeSet<usize>,
    words: &'a str,
    /// The articles that are its own, the earliest first.
    pub(super) of: Vec<usize>,
}

/// All articles known of a story, and whom they name.
pub(super) struct Field<'a> {
    /// In the order of their ids.
    pub(super) parties: Vec<Party<'a>>,
    pub(super) mentions: Vec<Mention<'a>>,
    /// Where in `mentions` a name and a URL are.
    places: BTreeMap<(&'a str, &'a str), usize>,
    /// The article that is asked about.
    pub(super) me: usize,
    /// The articles that name no other as their source, those with the most to show for having been
    /// first before the others.
    ranked: Vec<usize>,
}

impl<'a> Field<'a> {
    pub(super) fn new(article: &'a Facts, story: &Story<'a>) -> Self {
        let lead = story.lead.map(|(lead, _)| lead);
        let others = lead.into_iter().chain(story.members);
        let mut all: BTreeMap<&ArticleId, &Facts> = others
            .filter(|one| !one.blocked)
            .map(|one| (&one.id, one))
            .collect();
        all.insert(&article.id, article);
        let mut field = Self {
            me: all.keys().filter(|&&id| *id < article.id).count(),
            parties: all.into_values().map(Party::new).collect(),
            mentions: Vec::new(),
            places: BTreeMap::new(),
            ranked: Vec::new(),
        };
        for i in 0..field.parties.len() {
            field.gather(field.parties[i].facts);
        }
        for mention in &mut field.mentions {
            mention.of = (0..field.parties.len())
                .filter(|&i| field.parties[i].outlet.is(&mention.outlet))
                .collect();
            mention.of.sort_by_key(|&i| field.parties[i].order());
        }
        for i in 0..field.parties.len() {
            field.read(i);
        }
        for i in 0..field.parties.len() {
            field.parties[i].account = field.accounted(i);
        }
        field.ranked = field.rank();
        field
    }

    /// Gathers whom an article names.
    fn gather(&mut self, facts: &'a Facts) {
        let notices = facts.notices.iter();
        let notices = notices.map(|one| (one.outlet.as_str(), one.url.as_str()));
        let byline = facts.byline_agency.iter().map(|name| (name.as_str(), ""));
        for (name, url) in notices
            .chain(byline)
            .chain([("", facts.canonical.as_str())])
        {
            let mentions = &mut self.mentions;
            self.places.entry((name, url)).or_insert_with(|| {
                mentions.push(Mention {
                    name,
                    url,
                    outlet: Outlet::new(name, url),
                    is_agency: false,
                    by: BTreeSet::new(),
                    words: "",
                    of: Vec::new(),
                });
                mentions.len() - 1
            });
        }
    }

    /// The mention by a name and a URL that an article gives, and whether it means another.
    fn whom(&self, i: usize, name: &str, url: &str) -> (usize, Named) {
        let place = self.places[&(name, url)];
        let mention = &self.mentions[place];
        let named = Named::of(&mention.outlet, |_| mention.of.contains(&i));
        (place, named)
    }

    /// The mention by rel=canonical, and whether it means another: nobody, where the article's own
    /// outlet is not known.
    fn canonical(&self, i: usize) -> (usize, Named) {
        let party = &self.parties[i];
        match self.whom(i, "", &party.facts.canonical) {
            (place, _) if party.outlet.is_nobody() => (place, Named::Nobody),
            whom => whom,
        }
    }

    /// Reads where an article says, strongly, that its text comes from.
    fn read(&mut self, i: usize) {
        let facts = self.parties[i].facts;
        let mut sources = Vec::new();
        for notice in &facts.notices {
            let kind = kind_of(notice);
            let (place, named) = self.whom(i, &notice.outlet, &notice.url);
            let is_agency = kind.question() == Question::Agency && notice.weight >= STRONG;
            if says_so(notice, || named) || (is_agency && named == Named::Another) {
                sources.push((place, named, kind, strength(notice), notice.words.as_str()));
            }
        }
        let (place, named) = self.canonical(i);
        if named == Named::Another {
            sources.push((place, named, EvidenceKind::Canonical, 1.0, &facts.canonical));
        }
        if let Some(agency) = &facts.byline_agency {
            let (place, named) = self.whom(i, agency, "");
            if named == Named::Another {
                sources.push((place, named, EvidenceKind::BylineAgency, 1.0, &facts.byline));
            }
        }
        let mut best = 0.0;
        for (place, named, kind, strength, words) in sources {
            let is_agency = kind.question() == Question::Agency;
            let weight = strength * kind.weight();
            self.parties[i].says_so |= !is_agency;
            if named == Named::Another {
                let mention = &mut self.mentions[place];
                if mention.by.is_empty() {
                    mention.words = words;
                }
                mention.by.insert(i);
                mention.is_agency |= is_agency;
                if !is_agency && weight > best {
                    best = weight;
                    self.parties[i].source = Some(place);
                }
            }
        }
    }

    /// The source that an article names, where it names one.
    pub(super) fn source(&self, i: usize) -> Option<&Mention<'a>> {
        self.parties[i].source.map(|place| &self.mentions[place])
    }

    /// The article that an article says its text comes from, where it is known.
    pub(super) fn source_known(&self, i: usize) -> Option<usize> {
        self.source(i)?.of.iter().copied().find(|&of| of != i)
    }

    /// Follows what articles say of their sources, from one on, to the last that is known; and the
    /// outlet that this one names, if it names one that is not known here.
    pub(super) fn trace(&self, from: usize) -> (usize, Option<&Mention<'a>>) {
        let mut seen = BTreeSet::from([from]);
        let mut at = from;
        while let Some(next) = self.source_known(at) {
            if !seen.insert(next) {
                return (at, None);
            }
            at = next;
        }
        (at, self.source(at))
    }

    /// Of the articles that name no other as their source, the one with the most to show for having
    /// been first; without the one that is to be left out.
    pub(super) fn first(&self, except: Option<usize>) -> Option<usize> {
        let mut ranked = self.ranked.iter().copied();
        ranked.find(|&i| Some(i) != except)
    }

    fn rank(&self) -> Vec<usize> {
        let candidates = (0..self.parties.len()).filter(|&i| !self.parties[i].says_so);
        let mut ranked: Vec<usize> = candidates.collect();
        let candidates = ranked.clone();
        ranked.sort_by_cached_key(|&i| {
            // What differs in the last bits is equal.
            let taken = (self.taken(i, &candidates) * 1e6).round() as i64;
            (taken, self.parties[i].order())
        });
        ranked
    }

    /// How much speaks for an article's text being taken from elsewhere: its own words, less what
    /// others credit it with, and where it stands in time among the candidates.
    fn taken(&self, i: usize, candidates: &[usize]) -> f64 {
        let (mut stated, mut seen) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for &other in candidates.iter().filter(|&&other| other != i) {
            stated = stated.max(self.stated(i, other).weight());
            seen = seen.max(self.seen(i, other).weight());
        }
        let worst = |weight: f64| if weight.is_finite() { weight } else { 0.0 };
        sum(self.account(i), Question::Source)
            + self.credit(i, None).map_or(0.0, |credit| credit.weight)
            + worst(stated)
            + worst(seen)
    }

    /// What an article says of itself.
    pub(super) fn account(&self, i: usize) -> &[Evidence] {
        &self.parties[i].account
    }

    fn accounted(&self, i: usize) -> Vec<Evidence> {
        let facts = self.parties[i].facts;
        let notices = facts.notices.iter();
        let mut evidence: Vec<Evidence> = notices.map(|notice| self.weigh(i, notice)).collect();
        dampen(&mut evidence);
        if self.canonical(i).1 == Named::Another {
            let canonical = Evidence::new(EvidenceKind::Canonical, 1.0, &facts.canonical);
            evidence.push(self.point(i, canonical.naming("", &facts.canonical)));
        }
        if let Some(agency) = &facts.byline_agency {
            let byline = Evidence::new(EvidenceKind::BylineAgency, 1.0, &facts.byline);
            evidence.push(self.point(i, byline.naming(agency, "")));
        }
        if facts.disguised {
            evidence.push(Evidence::new(EvidenceKind::Disguised, 1.0, ""));
        }
        evidence
    }

    fn weigh(&self, i: usize, notice: &Notice) -> Evidence {
        let kind = kind_of(notice);
        let weight = strength(notice);
        let strength = match self.whom(i, &notice.outlet, &notice.url).1 {
            Named::Another => weight,
            // An agency is its own agency, too.
            Named::Own if kind.question() == Question::Agency => weight,
            Named::Nobody if is_of_another(notice.signal) => weight * UNNAMED,
            Named::Nobody if notice.signal == Signal::ReprintedOn => weight,
            Named::Own | Named::Nobody => 0.0,
        };
        let evidence = Evidence {
            span: Some(notice.span),
            ..Evidence::new(kind, strength, &notice.words)
        };
        self.point(i, evidence.naming(&notice.outlet, &notice.url))
    }

    /// Adds the article that evidence points at by naming its outlet.
    fn point(&self, i: usize, evidence: Evidence) -> Evidence {
        let place = self.places[&(evidence.outlet.as_str(), evidence.url.as_str())];
        match self.mentions[place].of.iter().find(|&&of| of != i) {
            Some(&of) => evidence.of(&self.parties[of].facts.id),
            None => evidence,
        }
    }

    /// That others credit an article as their source, apart from one of them. The first outlet that
    /// does says the most, and ever so many say no more than twice that.
    pub(super) fn credit(&self, i: usize, except: Option<usize>) -> Option<Evidence> {
        let mut by = BTreeSet::new();
        let mut words = "";
        for mention in self.mentions.iter().filter(|one| one.of.contains(&i)) {
            for &one in mention
                .by
                .iter()
                .filter(|&&one| one != i && Some(one) != except)
            {
                by.insert(self.parties[one].name());
                words = if words.is_empty() {
                    mention.words
                } else {
                    words
                };
            }
        }
        let strength = 1.0 - 0.5f64.powf(by.len() as f64);
        let party = &self.parties[i];
        (!by.is_empty()).then(|| {
            Evidence::new(EvidenceKind::CreditedByOthers, -strength, words)
                .naming(party.name(), &party.facts.url)
                .of(&party.facts.id)
        })
    }

    /// The outlet that most others name as their source, and that no article known is of.
    pub(super) fn absent_source(&self) -> Option<&Mention<'a>> {
        let by_others = |one: &&Mention| one.by.iter().filter(|&&by| by != self.me).count();
        self.mentions
            .iter()
            .filter(|one| one.of.is_empty() && by_others(one) > 0)
            .max_by(|a, b| {
                let names = (b.name, b.url).cmp(&(a.name, a.url));
                by_others(a).cmp(&by_others(b)).then(names)
            })
    }

    /// What two articles' times say.
    pub(super) fn clocks(&self, i: usize, rival: usize) -> Vec<Evidence> {
        let other = &self.parties[rival];
        [self.stated(i, rival), self.seen(i, rival)]
            .into_iter()
            .filter(|clock| clock.strength > 0.0)
            .map(|clock| {
                Evidence::new(clock.kind, clock.strength, lasting(clock.gap_ms))
                    .naming(other.name(), &other.facts.url)
                    .of(&other.facts.id)
            })
            .collect()
    }

    /// What two articles say of their times. A publisher that revises an article may keep its date:
    /// then the time of the change tells the versions apart.
    fn stated(&self, i: usize, other: usize) -> Clock {
        let (this, other) = (&self.parties[i], &self.parties[other]);
        let published = Clock::published(this.facts, other.facts);
        match published.strength > 0.0 || !this.outlet.is(&other.outlet) {
            true => published,
            false => Clock::modified(this.facts, other.facts),
        }
    }

    fn seen(&self, i: usize, other: usize) -> Clock {
        Clock::seen(self.parties[i].facts, self.parties[other].facts)
    }
}

/// What two times say of which is the earlier.
#[derive(Debug, Clone, Copy)]
struct Clock {
    kind: EvidenceKind,
    /// Half as soon as there is a difference, for a wire's copies come within minutes; the rest after
    /// a day.
    strength: f64,
    gap_ms: i64,
}

impl Clock {
    fn new(first: EvidenceKind, later: EvidenceKind, this: i64, other: i64, slack: i64) -> Self {
        let gap_ms = this.saturating_sub(other);
        let beyond = gap_ms.saturating_abs().saturating_sub(slack);
        Self {
            kind: if gap_ms < 0 { first } else { later },
            strength: match beyond > 0 {
                true => 0.5 + 0.5 * (beyond as f64 / DAY_MS as f64).min(1.0),
                false => 0.0,
            },
            gap_ms,
        }
    }

    fn published(this: &Facts, other: &Facts) -> Self {
        // A date without a time of day: midnight.
        let is_date = |one: &Facts| one.published_ms.is_some_and(|time| time % DAY_MS == 0);
        let is_rough = is_date(this) || is_date(other);
        let slack = if is_rough { DAY_MS } else { SLACK_MS };
        let times = this.published_by().zip(other.published_by());
        let (this, other) = times.unwrap_or_default();
        let (first, later) = (EvidenceKind::PublishedFirst, EvidenceKind::PublishedLater);
        Self::new(first, later, this, other, slack)
    }

    fn modified(this: &Facts, other: &Facts) -> Self {
        let time = |one: &Facts| one.modified_ms.or(one.published_ms);
        let (this, other) = time(this).zip(time(other)).unwrap_or_default();
        let (first, later) = (EvidenceKind::ModifiedFirst, EvidenceKind::ModifiedLater);
        Self::new(first, later, this, other, SLACK_MS)
    }

    fn seen(this: &Facts, other: &Facts) -> Self {
        let (this, other) = (this.first_seen_ms, other.first_seen_ms);
        let (first, later) = (EvidenceKind::SeenFirst, EvidenceKind::SeenLater);
        Self::new(first, later, this, other, SLACK_MS)
    }

    fn weight(self) -> f64 {
        self.kind.weight() * self.strength
    }
}

/// Lets the strongest notice of each tenor count whole, and the others for less.
fn dampen(notices: &mut [Evidence]) {
    for question in [Question::Source, Question::Agency] {
        for sign in [1.0, -1.0] {
            let mut alike: Vec<&mut Evidence> = notices
                .iter_mut()
                .filter(|one| one.kind.question() == question && one.weight * sign > 0.0)
                .collect();
            alike.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
            for further in alike.into_iter().skip(1) {
                further.weight *= FURTHER;
            }
        }
    }
}

/// A length of time in words: "3 d 4 h".
fn lasting(ms: i64) -> String {
    let minutes = ms.unsigned_abs() / MINUTE_MS.unsigned_abs();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
