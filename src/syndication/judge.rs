//! The verdict: an article's role, how certain it is, and why.
//!
//! The first rule that applies decides. An article without text is *unknown*.
//!
//! 1. *blocked-page*: the article is a wall by its wording, or by its form: one short text (of fewer
//!    than [`SHORT`](super::walls::SHORT) words) is on at least [`PAGES`](super::walls::PAGES) pages
//!    without byline or notice, which are on at least [`HOSTS`](super::walls::HOSTS) hosts or have as
//!    many URLs and headlines as pages are needed, in one cluster or in none.
//! 2. *round-up*: it contains whole earlier articles of other outlets, from at least two other clusters,
//!    and is not a copy that says so; or it has the datelines of two agencies, or the credits of three,
//!    in places far apart. The versions of an agency's story do not count in a later one.
//! 3. *wire*: the evidence for an agency as the author adds up to at least [`WIRE`]: its own words, or, if
//!    they name nobody, those of the other articles.
//! 4. *excerpt*: it is an earlier article of another cluster, cut short.
//! 5. It names another outlet as the first to have its text: a *reprint*, or an *excerpt* if it is a
//!    short part and links to the whole. It is also a *reprint* if it has the headline, the
//!    opening and the whole of an earlier article of another outlet.
//! 6. Otherwise it is compared with one rival: the article most likely to be first, or, if that is the
//!    judged article itself, the next one. If the sum says that the text was taken, it is a *version*
//!    (the rival has the same publisher) or a *reprint*. If the sum says that the text began here, it is
//!    the *original*. Being contained in an earlier article of another outlet counts as taken: then it
//!    may be an *excerpt*, and is never the original.
//! 7. *unknown*: the sum is within [`EVEN`] of 0, or rests on nothing but what says little: that no rival is
//!    known, the order of crawling, the shares.
//!
//! The confidence follows from the sum of weights for the question that decided: see [`Question`].

use super::Relation;
use super::evidence::{Evidence, EvidenceKind, Question, confidence, sum};
use super::facts::{Facts, Related, Story, outlet_name};
use super::origin::{CreditedOutlet, Party, SourceGraph};
use super::publisher::OutletIdentity;
use super::walls::same_short_text;
use crate::id::ArticleId;
use crate::notices::Signal;

/// A sum of weights below this, either way, decides nothing.
pub(super) const EVEN: f64 = 0.35;
/// The least sum of weights that makes a text an agency's.
const WIRE: f64 = 1.0;
/// The share of its weight that an agency's site has as evidence where nothing else speaks for a text to be
/// carried by others.
const ON_ITS_SITE: f64 = 0.4;
/// The fewest clusters whose articles a round-up contains.
const ROUND_UP: usize = 2;
/// Bytes between two names of agencies on one page that belong to different items.
const APART: u32 = 400;
/// A copy that carries less of the lead than this and adds less than [`MAX_ADDED`] is a part of it.
const MIN_CARRIED: f64 = 0.75;
/// See [`MIN_CARRIED`].
const MAX_ADDED: f64 = 0.2;

/// What an article is among those that have its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// The evidence is even.
    #[default]
    Unknown,
    /// The first, as far as the evidence goes.
    Original,
    /// A text that a news agency issued, wherever it is published.
    Wire,
    /// A copy by another publisher.
    Reprint,
    /// Another article, cut short, or a part of it.
    Excerpt,
    /// A later copy by the same publisher.
    Version,
    /// A page of several other articles.
    RoundUp,
    /// Not an article: a cookie notice, a login, an error.
    BlockedPage,
}

impl Role {
    /// Returns its name in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Original => "original",
            Self::Wire => "wire",
            Self::Reprint => "reprint",
            Self::Excerpt => "excerpt",
            Self::Version => "version",
            Self::RoundUp => "round-up",
            Self::BlockedPage => "blocked-page",
        }
    }
}

/// Where a text comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The article, if it is known here. For an original, the judged article itself.
    pub article: Option<ArticleId>,
    /// The outlet. May be empty.
    pub outlet: String,
    /// The URL. May be empty.
    pub url: String,
}

/// The verdict on an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Its role.
    pub role: Role,
    /// The probability of the role, 0.5 to 0.99; 0.5 if it is unknown.
    pub confidence: f64,
    /// The earliest source, as far as the evidence goes.
    pub original: Option<Source>,
    /// The share of the lead that it carries, 0 to 1.
    pub carried: f64,
    /// The share of it that is not in the lead, 0 to 1.
    pub added: f64,
    /// How long after the original it was published, or else first seen, in milliseconds; below 0 if it
    /// claims to be earlier. `None` if it is the original, or the original is not known here.
    pub lag_ms: Option<i64>,
    /// The evidence, the strongest first.
    pub evidence: Vec<Evidence>,
}

/// Judges an article among those that have its text. The verdict depends only on the facts, not on their
/// order.
pub fn judge(article: &Facts, story: &Story<'_>) -> Judgement {
    let (carried, added) = story.lead.map_or((1.0, 0.0), |(_, overlap)| {
        (overlap.containment_of_other(), 1.0 - overlap.containment())
    });
    if article.is_empty {
        return Judgement {
            role: Role::Unknown,
            confidence: confidence(0.0),
            original: None,
            carried,
            added,
            lag_ms: None,
            evidence: Vec::new(),
        };
    }
    let wall = match article.blocked {
        true => Some(Evidence::new(EvidenceKind::Wall, 1.0, "")),
        false => same_short_text(article, story),
    };
    if let Some(wall) = wall {
        return Judgement {
            role: Role::BlockedPage,
            confidence: confidence(wall.weight),
            original: None,
            carried,
            added,
            lag_ms: None,
            evidence: vec![wall],
        };
    }
    let inquiry = Inquiry {
        graph: SourceGraph::new(article, story),
        story,
        carried,
        added,
    };
    let names_another = inquiry.me().names_another;
    let held = inquiry.held();
    let several = inquiry.several_agencies();
    let (agency, wire) = inquiry.agency();
    let origin = inquiry.origin();
    let holds_others = held.len() >= ROUND_UP && !(story.lead.is_some() && names_another);
    let is_round_up = holds_others || !several.is_empty();
    let held = [held, several].concat();
    let issued = sum(&agency, Question::Agency);
    let taken = match origin.evidence.iter().any(|one| one.says_something()) {
        true => sum(&origin.evidence, Question::Source),
        false => 0.0,
    };
    let (finding, certainty) = if is_round_up {
        let (role, original) = (Role::RoundUp, None);
        (Finding { role, original }, sum(&held, Question::Contents))
    } else if issued >= WIRE {
        (wire, issued)
    } else if taken >= EVEN && origin.taken.role != Role::Unknown {
        (origin.taken, taken)
    } else if taken <= -EVEN && origin.began.role != Role::Unknown {
        (origin.began, -taken)
    } else {
        let original = origin.taken.original.filter(|_| names_another);
        let role = Role::Unknown;
        (Finding { role, original }, 0.0)
    };
    let source = finding.original.as_ref();
    let lag_ms = source.and_then(|source| inquiry.lag(source));
    let mut evidence = [held, agency, origin.evidence].concat();
    evidence.sort_by(|a, b| {
        let (kind, start) = (
            |one: &Evidence| one.kind.as_str(),
            |one: &Evidence| one.span.map(|span| span.start),
        );
        (b.weight.abs().total_cmp(&a.weight.abs()))
            .then_with(|| (kind(a), start(a)).cmp(&(kind(b), start(b))))
            .then_with(|| {
                (&a.words, &a.outlet, &a.url, &a.article)
                    .cmp(&(&b.words, &b.outlet, &b.url, &b.article))
            })
    });
    Judgement {
        role: finding.role,
        confidence: confidence(certainty),
        original: finding.original,
        carried,
        added,
        lag_ms,
        evidence,
    }
}

/// A role, and the source of the text in that case.
#[derive(Default)]
struct Finding {
    role: Role,
    original: Option<Source>,
}

impl Finding {
    fn new(role: Role, original: Source) -> Self {
        Self {
            role,
            original: Some(original),
        }
    }

    /// The article is an excerpt of another.
    fn excerpt_of(whole: &Related) -> Self {
        Self::new(Role::Excerpt, source_at(whole))
    }

    /// The article is another, on a page with much else.
    fn reprint_of(article: &Related) -> Self {
        Self::new(Role::Reprint, source_at(article))
    }
}

/// Where the text was first.
struct Origin {
    evidence: Vec<Evidence>,
    /// The finding if the text was taken from elsewhere.
    taken: Finding,
    /// The finding if the text began here.
    began: Finding,
}

/// An article, and all that is known around it.
struct Inquiry<'a> {
    graph: SourceGraph<'a>,
    story: &'a Story<'a>,
    carried: f64,
    added: f64,
}

impl<'a> Inquiry<'a> {
    fn me(&self) -> &Party<'a> {
        &self.graph.parties[self.graph.me]
    }

    /// Whether a related article is earlier and, as far as is known, of another outlet.
    fn is_anothers_earlier(&self, one: &Related) -> bool {
        let own = &self.me().outlet;
        one.is_earlier && !OutletIdentity::new(&one.publisher, &one.host).is(own)
    }

    /// Whether a related article is a text of the same agency: an earlier version of a rolling story.
    fn is_of_same_agency(&self, one: &Related) -> bool {
        let agency = self.me().facts.agency();
        agency.is_some() && one.agency.as_deref() == agency
    }

    /// Returns the agencies that the article names as authors in places far apart, as a page of several
    /// items does; nothing if it is one.
    fn several_agencies(&self) -> Vec<Evidence> {
        let mut named: Vec<(&str, u32, &Evidence)> = Vec::new();
        for one in &self.me().account {
            let is_author = matches!(
                one.kind,
                EvidenceKind::AgencyNotice(Signal::Dateline | Signal::Credit)
            );
            let Some(span) = one.span.filter(|_| is_author) else {
                continue;
            };
            let is_known = named.iter().any(|(name, ..)| *name == one.outlet);
            let is_near = |at: &u32| at.abs_diff(span.start) < APART;
            if !is_known && !named.iter().any(|(_, at, _)| is_near(at)) {
                named.push((&one.outlet, span.start, one));
            }
        }
        // A compiled text may have the dateline of one and the credit of another.
        let is_dateline = |(.., one): &&(&str, u32, &Evidence)| {
            one.kind == EvidenceKind::AgencyNotice(Signal::Dateline)
        };
        let datelines = named.iter().filter(is_dateline).count();
        if datelines < ROUND_UP && named.len() <= ROUND_UP {
            return Vec::new();
        }
        let evidence = named.into_iter().map(|(name, _, one)| Evidence {
            span: one.span,
            ..Evidence::new(EvidenceKind::SeveralAgencies, 1.0, &one.words).naming(name, "")
        });
        evidence.collect()
    }

    /// Returns the earlier articles of other clusters and outlets that the article contains, one of each
    /// cluster. Later ones may be parts of this article that others took.
    fn held(&self) -> Vec<Evidence> {
        let own = self
            .story
            .lead
            .map_or(&self.me().facts.id, |(lead, _)| &lead.id);
        let share = |one: &Related| one.overlap.containment_of_other();
        let related = self.story.related.iter();
        let mut held: Vec<&Related> = related
            .filter(|one| one.relation == Relation::Embeds && one.cluster != *own)
            .filter(|one| self.is_anothers_earlier(one) && !self.is_of_same_agency(one))
            .collect();
        held.sort_by(|a, b| {
            (&a.cluster, share(b))
                .partial_cmp(&(&b.cluster, share(a)))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| a.id.cmp(&b.id))
        });
        held.dedup_by(|a, b| a.cluster == b.cluster);
        held.into_iter()
            .map(|one| of_part(EvidenceKind::HoldsOther, one))
            .collect()
    }

    /// Returns the evidence that an agency issued the text, and the finding in that case. What the article
    /// says itself comes first; if it names nobody, the agency that others name is the source.
    fn agency(&self) -> (Vec<Evidence>, Finding) {
        let outlets = &self.graph.outlets;
        let me = self.me();
        let mut evidence = me.account.clone();
        evidence.retain(|one| one.kind.question() == Question::Agency);
        let named_by_others = outlets
            .iter()
            .any(|one| one.is_agency && one.articles.contains(&self.graph.me));
        let is_own = me.facts.own_agency.is_some() || named_by_others;
        if evidence.is_empty() && !is_own && !me.names_another {
            evidence = self.graph.agency_of_others();
        }
        let says_so = !evidence.is_empty();
        let strongest = evidence.iter().max_by(|a, b| {
            a.weight
                .total_cmp(&b.weight)
                .then_with(|| b.outlet.cmp(&a.outlet))
        });
        let agency = strongest.map(|one| OutletIdentity::new(&one.outlet, ""));
        let mut original = strongest.map(|one| Source {
            article: one.article.clone(),
            outlet: one.outlet.clone(),
            url: String::new(),
        });
        if is_own || agency.as_ref().is_some_and(|one| one.is(&me.outlet)) {
            let name = me.name();
            // An agency's page that nobody carries need not be a text for others.
            let strength = match says_so || named_by_others || self.graph.others_carry() {
                true => 1.0,
                false => ON_ITS_SITE,
            };
            evidence.push(Evidence::new(EvidenceKind::IsAgency, strength, name).naming(name, ""));
            original = Some(self.source_of(self.graph.me));
        }
        if let Some(agency) = agency {
            let is_other = |outlet: &OutletIdentity| !outlet.is_nobody() && !outlet.is(&agency);
            let other = outlets
                .iter()
                .filter(|one| one.is_agency && is_other(&one.outlet))
                .map(|one| (one.name, one.url))
                .min();
            evidence.extend(other.map(|(name, url)| {
                Evidence::new(EvidenceKind::OtherAgency, 1.0, name).naming(name, url)
            }));
        }
        let role = Role::Wire;
        (evidence, Finding { role, original })
    }

    /// Finds where the text was first.
    fn origin(&self) -> Origin {
        let mut origin = match self.excerpted() {
            Some(whole) => Origin {
                evidence: vec![of_whole(EvidenceKind::CutShort, whole)],
                taken: Finding::excerpt_of(whole),
                began: Finding::default(),
            },
            None => {
                let within = self.contained_in();
                let mut origin = match (self.me().names_another, self.carried()) {
                    (true, _) => self.by_own_words(),
                    (false, Some(article)) => Origin {
                        evidence: vec![of_part(EvidenceKind::CarriesEarlier, article)],
                        taken: Finding::reprint_of(article),
                        began: Finding::default(),
                    },
                    (false, None) => self.against_rival(within),
                };
                let within = within.map(|one| of_whole(EvidenceKind::StandsInEarlier, one));
                origin.evidence.extend(within);
                origin
            }
        };
        let own = self.me().account.iter();
        let own = own.filter(|one| one.kind.question() == Question::Source);
        origin.evidence.extend(own.cloned());
        let source = origin.taken.original.as_ref();
        origin.evidence.extend(self.credits(source));
        origin
    }

    /// Returns the earlier article that this one is, cut short.
    fn excerpted(&self) -> Option<&Related> {
        let related = self.story.related.iter();
        most_shared(related.filter(|one| one.relation == Relation::Excerpt && one.is_earlier))
    }

    /// Returns the earlier article of another outlet whose headline, opening and whole text this one has: best
    /// the lead of a cluster.
    fn carried(&self) -> Option<&Related> {
        let carries = |one: &&Related| one.relation == Relation::Carries;
        let carried = self.story.related.iter().filter(carries);
        let carried: Vec<&Related> = carried
            .filter(|one| self.is_anothers_earlier(one))
            .collect();
        let leads = carried.iter().copied().filter(|one| one.id == one.cluster);
        most_shared(leads).or_else(|| most_shared(carried.into_iter()))
    }

    /// Returns the earlier article of another outlet that contains this one.
    fn contained_in(&self) -> Option<&Related> {
        let embedded = |one: &&Related| one.relation == Relation::Embedded;
        let related = self.story.related.iter().filter(embedded);
        most_shared(related.filter(|one| self.is_anothers_earlier(one)))
    }

    /// The article says that the text is another's. Only its times can speak against that.
    fn by_own_words(&self) -> Origin {
        let graph = &self.graph;
        let me = graph.me;
        let mut evidence = self.shares();
        let rival = match graph.source(me) {
            Some(_) => graph.source_article(me),
            None => graph.first(Some(me)),
        };
        evidence.extend(rival.iter().flat_map(|&rival| graph.times(me, rival)));
        let original = match graph.trace(me) {
            (_, Some(absent)) => Some(source_named(absent)),
            (known, None) if known != me => Some(self.source_of(known)),
            _ => rival.map(|rival| self.source_of(rival)),
        };
        let is_part =
            self.story.lead.is_some() && self.carried < MIN_CARRIED && self.added < MAX_ADDED;
        let mut notices = self.me().facts.notices.iter();
        let links_to_whole = notices.any(|notice| notice.signal == Signal::ReadOriginal);
        let role = match is_part && links_to_whole {
            true => Role::Excerpt,
            false => Role::Reprint,
        };
        Origin {
            evidence,
            taken: Finding { role, original },
            began: Finding::default(),
        }
    }

    /// The article names no source: it is compared with the other one most likely to be first. An
    /// article that is contained in an earlier one is no original, even as the first of its cluster.
    fn against_rival(&self, within: Option<&Related>) -> Origin {
        let graph = &self.graph;
        let me = graph.me;
        let rival = graph.first(Some(me));
        let absent = graph.absent_source();
        let mut evidence: Vec<Evidence> = graph.credit(me, rival).into_iter().collect();
        evidence.extend(absent.map(|one| {
            Evidence::new(EvidenceKind::OthersNameAnother, 1.0, one.name).naming(one.name, one.url)
        }));
        match rival {
            Some(rival) => {
                let id = &graph.parties[rival].facts.id;
                evidence.extend(graph.times(me, rival));
                evidence.extend(against(graph.parties[rival].account.iter().cloned(), id));
                evidence.extend(against(graph.credit(rival, Some(me)), id));
            }
            None if within.is_some() => {}
            // They say that it is not theirs, and not whose it is.
            None if graph.parties.len() > 1 && evidence.is_empty() => {
                evidence.push(Evidence::new(EvidenceKind::OthersYield, 1.0, ""));
            }
            None => evidence.push(Evidence::new(EvidenceKind::NoRival, 1.0, "")),
        }
        if let Some(rival) = rival.filter(|_| graph.first(None) != Some(me)) {
            evidence.extend(self.shares());
            let party = &graph.parties[rival];
            let role = match party.outlet.is(&self.me().outlet) {
                true => {
                    let same = Evidence::new(EvidenceKind::SamePublisher, 1.0, party.name());
                    evidence.push(same.about(&party.facts.id));
                    Role::Version
                }
                false => Role::Reprint,
            };
            return Origin {
                evidence,
                taken: Finding::new(role, self.source_of(rival)),
                began: Finding::default(),
            };
        }
        // The first of the known articles. Its text may still come from an outlet that others name.
        if self.story.truncated {
            evidence.push(Evidence::new(EvidenceKind::Truncated, 1.0, ""));
        }
        let taken = absent.map(|one| Finding::new(Role::Reprint, source_named(one)));
        let taken = taken.or_else(|| within.map(Finding::excerpt_of));
        let began = match within {
            Some(_) => Finding::default(),
            None => Finding::new(Role::Original, self.source_of(me)),
        };
        Origin {
            evidence,
            taken: taken.unwrap_or_default(),
            began,
        }
    }

    /// Returns how much of the lead the article carries, and how much it adds.
    fn shares(&self) -> Vec<Evidence> {
        let Some((lead, _)) = self.story.lead else {
            return Vec::new();
        };
        let share = |kind, share: f64| Evidence::new(kind, share, percent(share)).about(&lead.id);
        vec![
            share(EvidenceKind::ShareCarried, self.carried),
            share(EvidenceKind::ShareAdded, self.added),
        ]
    }

    /// Returns the credits in the byline and of photos. They weigh only if they name the source.
    fn credits(&self, source: Option<&Source>) -> Vec<Evidence> {
        let me = self.me().facts;
        let source = source.map(|source| OutletIdentity::new(&source.outlet, &source.url));
        let is_source = |name: &str| {
            let source = source.as_ref();
            source.is_some_and(|source| OutletIdentity::new(name, "").is(source))
        };
        let mut evidence = Vec::new();
        if is_source(&me.byline) {
            let byline = Evidence::new(EvidenceKind::Byline, 1.0, &me.byline);
            evidence.push(byline.naming(&me.byline, ""));
        }
        let mut counts = true;
        for credit in &me.photo_credits {
            let weighs = is_source(&credit.outlet);
            let strength = if weighs && counts { 1.0 } else { 0.0 };
            counts &= !weighs;
            let photo = Evidence::new(EvidenceKind::PhotoCredit, strength, &credit.words);
            evidence.push(Evidence {
                span: Some(credit.span),
                ..photo.naming(&credit.outlet, "")
            });
        }
        evidence
    }

    fn source_of(&self, i: usize) -> Source {
        let party = &self.graph.parties[i];
        Source {
            article: Some(party.facts.id.clone()),
            outlet: party.name().to_owned(),
            url: party.facts.url.clone(),
        }
    }

    fn lag(&self, original: &Source) -> Option<i64> {
        let me = self.me().facts;
        let id = original.article.as_ref().filter(|&id| *id != me.id)?;
        let mut parties = self.graph.parties.iter();
        let other = parties.find(|party| party.facts.id == *id)?.facts;
        Some(match (me.published_ms, other.published_ms) {
            (Some(this), Some(other)) => this.saturating_sub(other),
            _ => me.first_seen_ms.saturating_sub(other.first_seen_ms),
        })
    }
}

/// Returns the article that shares most with the judged one.
fn most_shared<'r>(related: impl Iterator<Item = &'r Related>) -> Option<&'r Related> {
    related.max_by(|a, b| {
        let shared = a.overlap.shared.cmp(&b.overlap.shared);
        shared.then_with(|| b.id.cmp(&a.id))
    })
}

/// Returns evidence about a related article, as strong as a share.
fn of_related(kind: EvidenceKind, one: &Related, share: f64) -> Evidence {
    Evidence::new(kind, share, percent(share))
        .naming(outlet_name(&one.publisher, &one.host), "")
        .about(&one.id)
}

/// Returns evidence about an article that contains the judged one.
fn of_whole(kind: EvidenceKind, whole: &Related) -> Evidence {
    of_related(kind, whole, whole.overlap.containment())
}

/// Reverses evidence: what says that a rival's text was taken says that the judged article's was not.
fn against(
    evidence: impl IntoIterator<Item = Evidence>,
    rival: &ArticleId,
) -> impl Iterator<Item = Evidence> {
    evidence
        .into_iter()
        .filter(|one| one.kind.question() == Question::Source && one.weight != 0.0)
        .map(|one| Evidence {
            weight: -one.weight,
            ..one.about(rival)
        })
}

/// Returns evidence about an article that the judged one contains.
fn of_part(kind: EvidenceKind, part: &Related) -> Evidence {
    of_related(kind, part, part.overlap.containment_of_other())
}

fn source_at(article: &Related) -> Source {
    Source {
        article: Some(article.id.clone()),
        outlet: outlet_name(&article.publisher, &article.host).to_owned(),
        url: String::new(),
    }
}

fn source_named(outlet: &CreditedOutlet<'_>) -> Source {
    Source {
        article: None,
        outlet: outlet.name.to_owned(),
        url: outlet.url.to_owned(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
