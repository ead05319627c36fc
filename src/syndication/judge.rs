//! The verdict: an article's role, how sure it is, and why.
//!
//! The rules, the first that holds:
//!
//! 1. *blocked-page*: it is a wall by its wording; or by its form: one short text ([`SHORT`](super::walls::SHORT)) stands
//!    word for word on [`PAGES`](super::walls::PAGES) pages or more, which are of [`SITES`](super::walls::SITES) sites or more, or have as many
//!    URLs and headlines, and none of them has a byline or a notice.
//! 2. *round-up*: it holds the whole of earlier articles of other outlets, of two other clusters or
//!    more; unless it is a copy and says so.
//! 3. *wire*: the sum of what names an agency as the author is at least [`WIRE`].
//! 4. *excerpt*: it is an earlier article of another cluster, cut short.
//! 5. It says itself that another outlet had its text first: a *reprint* (an *excerpt*, where it is
//!    a short part and links to the whole).
//! 6. Otherwise it is compared with one rival: with the article that has the most to show for having
//!    been first, or, if it is that article itself, with the next best. Where the sum says that the
//!    text was taken, it is a *version* (the rival is of the same publisher) or a *reprint*; where it
//!    says that the text began here, it is the *original*. Where it stands whole in an earlier
//!    article of another outlet, that speaks for its being taken: it may be an *excerpt* of that one,
//!    and is no original.
//! 7. *unknown*: the sum is within [`EVEN`] of 0.
//!
//! The confidence is that of the sum of weights for the question that decided: see
//! [`Question`].

use super::Relation;
use super::evidence::{Evidence, EvidenceKind, Question, confidence, sum};
use super::facts::{Facts, Related, Story};
use super::origin::{Field, Mention};
use super::publisher::Outlet;
use super::walls::same_short_text;
use crate::id::ArticleId;
use crate::notices::Signal;

/// A sum of weights that is less than this either way decides nothing.
pub(super) const EVEN: f64 = 0.35;
/// From this sum on, a text is an agency's.
const WIRE: f64 = 1.0;
/// Clusters that a round-up holds articles of.
const ROUND_UP: usize = 2;
/// A copy that carries less of the lead than this, and adds less than [`ADDED`], is a part of it.
const CARRIED: f64 = 0.75;
/// See [`CARRIED`].
const ADDED: f64 = 0.2;

/// What an article is among those that have its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// The evidence is even.
    #[default]
    Unknown,
    /// The first, as far as the evidence goes.
    Original,
    /// A text that a news agency issued, wherever it stands.
    Wire,
    /// A copy on another publisher's site.
    Reprint,
    /// Another article, cut short, or a part of it.
    Excerpt,
    /// A later copy by the same publisher.
    Version,
    /// A page of several other articles.
    RoundUp,
    /// No article: a cookie notice, a login, an error.
    BlockedPage,
}

impl Role {
    /// The word for it.
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
    /// The article, where it is known here; the judged one itself, where it is the original.
    pub article: Option<ArticleId>,
    /// The outlet; may be empty.
    pub outlet: String,
    /// The URL; may be empty.
    pub url: String,
}

/// The verdict on an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What it is.
    pub role: Role,
    /// How sure that is, 0.5 to 0.99; 0.5 where it is unknown.
    pub confidence: f64,
    /// The earliest source, as far as evidence goes.
    pub original: Option<Source>,
    /// Share of the lead that it carries, 0 to 1.
    pub carried: f64,
    /// Share of it that the lead has not, 0 to 1.
    pub added: f64,
    /// How long after the original it was published, or else first seen, in milliseconds; below 0
    /// where it claims to be the earlier. `None` where it is the original, or that is not known here.
    pub lag_ms: Option<i64>,
    /// What speaks for what, the strongest first.
    pub evidence: Vec<Evidence>,
}

/// Judges an article among those that have its text. A function of the facts, whatever the order in
/// which they come.
pub fn judge(article: &Facts, story: &Story<'_>) -> Judgement {
    let (carried, added) = story.lead.map_or((1.0, 0.0), |(_, overlap)| {
        (overlap.containment_of_other(), 1.0 - overlap.containment())
    });
    let mut judgement = Judgement {
        role: Role::BlockedPage,
        confidence: 0.5,
        original: None,
        carried,
        added,
        lag_ms: None,
        evidence: Vec::new(),
    };
    let wall = match article.blocked {
        true => Some(Evidence::new(EvidenceKind::Wall, 1.0, "")),
        false => same_short_text(article, story),
    };
    if let Some(wall) = wall {
        judgement.evidence = vec![wall];
        judgement.confidence = confidence(sum(&judgement.evidence, Question::Contents));
        return judgement;
    }
    let case = Case {
        field: Field::new(article, story),
        story,
        carried,
        added,
    };
    let (held, agency, origin) = (case.held(), case.agency(), case.origin());
    let is_round_up = held.len() >= ROUND_UP && !(story.lead.is_some() && case.says_so());
    let issued = sum(&agency.evidence, Question::Agency);
    let taken = sum(&origin.evidence, Question::Source);
    let (outcome, certainty) = if is_round_up {
        let round_up = Outcome {
            role: Role::RoundUp,
            original: None,
        };
        (round_up, sum(&held, Question::Contents))
    } else if issued >= WIRE {
        (agency.outcome, issued)
    } else if taken >= EVEN && origin.taken.role != Role::Unknown {
        (origin.taken, taken)
    } else if taken <= -EVEN && origin.began.role != Role::Unknown {
        (origin.began, -taken)
    } else {
        let even = Outcome {
            role: Role::Unknown,
            original: origin.taken.original.filter(|_| case.says_so()),
        };
        (even, 0.0)
    };
    judgement.role = outcome.role;
    judgement.confidence = confidence(certainty);
    judgement.lag_ms = outcome
        .original
        .as_ref()
        .and_then(|source| case.lag(source));
    judgement.original = outcome.original;
    judgement.evidence = [held, agency.evidence, origin.evidence].concat();
    judgement.evidence.sort_by(|a, b| {
        let words = |one: &Evidence| (one.kind.as_str(), one.span.map(|span| span.start));
        (b.weight.abs().total_cmp(&a.weight.abs()))
            .then_with(|| words(a).cmp(&words(b)))
            .then_with(|| {
                (&a.words, &a.outlet, &a.url, &a.article)
                    .cmp(&(&b.words, &b.outlet, &b.url, &b.article))
            })
    });
    judgement
}

/// A role, and where the text then comes from.
#[derive(Default)]
struct Outcome {
    role: Role,
    original: Option<Source>,
}

/// Whether an agency issued the text.
struct Agency {
    evidence: Vec<Evidence>,
    outcome: Outcome,
}

/// Where the text was first.
struct Origin {
    evidence: Vec<Evidence>,
    /// What it comes to if the text was taken from elsewhere.
    taken: Outcome,
    /// What it comes to if the text began here.
    began: Outcome,
}

/// An article with all that is known around it.
struct Case<'a> {
    field: Field<'a>,
    story: &'a Story<'a>,
    carried: f64,
    added: f64,
}

impl Case<'_> {
    fn me(&self) -> &Facts {
        self.field.parties[self.field.me].facts
    }

    fn says_so(&self) -> bool {
        self.field.parties[self.field.me].says_so
    }

    /// Whether a related article is an earlier one of another outlet, as far as is known.
    fn is_anothers_earlier(&self, one: &Related) -> bool {
        let own = &self.field.parties[self.field.me].outlet;
        one.is_earlier && !Outlet::new(&one.publisher, &one.host).is(own)
    }

    /// The earlier articles of other clusters and outlets that it holds whole, the most of each
    /// cluster. Later ones may be parts of this one that others took.
    fn held(&self) -> Vec<Evidence> {
        let own = self.story.lead.map_or(&self.me().id, |(lead, _)| &lead.id);
        let mut held: Vec<&Related> = self
            .story
            .related
            .iter()
            .filter(|one| one.relation == Relation::Embeds && one.cluster != *own)
            .filter(|one| self.is_anothers_earlier(one))
            .collect();
        held.sort_by(|a, b| {
            let share = |one: &Related| one.overlap.containment_of_other();
            (&a.cluster, share(b))
                .partial_cmp(&(&b.cluster, share(a)))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| a.id.cmp(&b.id))
        });
        held.dedup_by(|a, b| a.cluster == b.cluster);
        held.iter()
            .map(|one| {
                let share = one.overlap.containment_of_other();
                Evidence::new(EvidenceKind::HoldsOther, share, percent(share))
                    .naming(name(&one.publisher, &one.host), "")
                    .of(&one.id)
            })
            .collect()
    }

    /// Whether an agency issued the text, and which.
    fn agency(&self) -> Agency {
        let Field {
            parties,
            mentions,
            me,
            ..
        } = &self.field;
        let own = &parties[*me].outlet;
        let mut evidence = self.field.account(*me).to_vec();
        evidence.retain(|one| one.kind.question() == Question::Agency);
        let strongest = evidence.iter().max_by(|a, b| {
            a.weight
                .total_cmp(&b.weight)
                .then_with(|| b.outlet.cmp(&a.outlet))
        });
        let agency = strongest.map(|one| Outlet::new(&one.outlet, &one.url));
        let mut original = strongest.map(|one| Source {
            article: one.article.clone(),
            outlet: one.outlet.clone(),
            url: String::new(),
        });
        let named_by_others = mentions
            .iter()
            .any(|one| one.is_agency && one.of.contains(me));
        if named_by_others || agency.as_ref().is_some_and(|agency| agency.is(own)) {
            let name = parties[*me].name();
            evidence.push(Evidence::new(EvidenceKind::IsAgency, 1.0, name).naming(name, ""));
            original = Some(self.source_of(*me));
        }
        if let Some(agency) = agency {
            let is_other = |outlet: &Outlet| !outlet.is_nobody() && !outlet.is(&agency);
            let named = mentions
                .iter()
                .filter(|one| one.is_agency && is_other(&one.outlet))
                .map(|one| (one.name, one.url))
                .min();
            let other = named.map(|(name, url)| {
                Evidence::new(EvidenceKind::OtherAgency, 1.0, name).naming(name, url)
            });
            evidence.extend(other);
        }
        Agency {
            evidence,
            outcome: Outcome {
                role: Role::Wire,
                original,
            },
        }
    }

    /// Where the text was first.
    fn origin(&self) -> Origin {
        let mut origin = match (self.excerpted(), self.stands_in()) {
            (Some(whole), _) => self.against_whole(whole),
            (None, within) => {
                let mut origin = match self.says_so() {
                    true => self.by_own_words(),
                    false => self.against_rival(within),
                };
                origin
                    .evidence
                    .extend(within.map(|one| of_whole(EvidenceKind::StandsInEarlier, one)));
                origin
            }
        };
        let own = self.field.account(self.field.me).iter();
        let own = own.filter(|one| one.kind.question() == Question::Source);
        origin.evidence.extend(own.cloned());
        origin
            .evidence
            .extend(self.bylines(origin.taken.original.as_ref()));
        origin
    }

    /// The earlier article that this one is, cut short.
    fn excerpted(&self) -> Option<&Related> {
        let related = self.story.related.iter();
        most_shared(related.filter(|one| one.relation == Relation::Excerpt && one.is_earlier))
    }

    /// The earlier article of another outlet that this one stands whole in.
    fn stands_in(&self) -> Option<&Related> {
        let related = self.story.related.iter();
        most_shared(
            related
                .filter(|one| one.relation == Relation::Embedded && self.is_anothers_earlier(one)),
        )
    }

    fn against_whole(&self, whole: &Related) -> Origin {
        Origin {
            evidence: vec![of_whole(EvidenceKind::CutShort, whole)],
            taken: part_of(whole),
            began: Outcome::default(),
        }
    }

    /// It says that the text is another's: only its times can speak against that.
    fn by_own_words(&self) -> Origin {
        let field = &self.field;
        let me = field.me;
        let mut evidence = self.shares();
        let rival = match field.source(me) {
            Some(_) => field.source_known(me),
            None => field.first(Some(me)),
        };
        evidence.extend(rival.iter().flat_map(|&rival| field.clocks(me, rival)));
        let original = match field.trace(me) {
            (_, Some(absent)) => Some(source_named(absent)),
            (known, None) if known != me => Some(self.source_of(known)),
            _ => rival.map(|rival| self.source_of(rival)),
        };
        let is_part = self.story.lead.is_some() && self.carried < CARRIED && self.added < ADDED;
        let mut notices = self.me().notices.iter();
        let links = notices.any(|notice| notice.signal == Signal::ReadOriginal);
        Origin {
            evidence,
            taken: Outcome {
                role: if is_part && links {
                    Role::Excerpt
                } else {
                    Role::Reprint
                },
                original,
            },
            began: Outcome::default(),
        }
    }

    /// It says nothing: the likeliest of the others is the measure. What stands within an earlier
    /// article is no original, even if it is the first of its cluster.
    fn against_rival(&self, within: Option<&Related>) -> Origin {
        let field = &self.field;
        let me = field.me;
        let rival = field.first(Some(me));
        let absent = field.absent_source();
        let mut evidence: Vec<Evidence> = field.credit(me, rival).into_iter().collect();
        evidence.extend(absent.map(|one| {
            Evidence::new(EvidenceKind::OthersNameAnother, 1.0, one.name).naming(one.name, one.url)
        }));
        match rival {
            Some(rival) => {
                let id = &field.parties[rival].facts.id;
                evidence.extend(field.clocks(me, rival));
                evidence.extend(against(field.account(rival).iter().cloned(), id));
                evidence.extend(against(field.credit(rival, Some(me)), id));
            }
            None if within.is_some() => {}
            None => evidence.push(Evidence::new(EvidenceKind::NoRival, 1.0, "")),
        }
        let (taken, began) = match rival {
            Some(rival) if field.first(None) != Some(me) => {
                evidence.extend(self.shares());
                let party = &field.parties[rival];
                let is_same = party.outlet.is(&field.parties[me].outlet);
                if is_same {
                    let same = Evidence::new(EvidenceKind::SamePublisher, 1.0, party.name());
                    evidence.push(same.of(&party.facts.id));
                }
                let role = if is_same {
                    Role::Version
                } else {
                    Role::Reprint
                };
                (outcome(role, self.source_of(rival)), Outcome::default())
            }
            // The first of those known, whose text may yet be from an outlet that others name.
            _ => {
                if self.story.truncated {
                    evidence.push(Evidence::new(EvidenceKind::Truncated, 1.0, ""));
                }
                let taken = absent.map(|one| outcome(Role::Reprint, source_named(one)));
                let taken = taken.or_else(|| within.map(part_of));
                let began = match within {
                    Some(_) => Outcome::default(),
                    None => outcome(Role::Original, self.source_of(me)),
                };
                (taken.unwrap_or_default(), began)
            }
        };
        Origin {
            evidence,
            taken,
            began,
        }
    }

    /// How much of the lead it has, and what it adds.
    fn shares(&self) -> Vec<Evidence> {
        let Some((lead, _)) = self.story.lead else {
            return Vec::new();
        };
        let share = |kind, share: f64| Evidence::new(kind, share, percent(share)).of(&lead.id);
        vec![
            share(EvidenceKind::ShareCarried, self.carried),
            share(EvidenceKind::ShareAdded, self.added),
        ]
    }

    /// Whom its byline and its pictures credit. They say something only where they credit the one
    /// that is taken for the source.
    fn bylines(&self, source: Option<&Source>) -> Vec<Evidence> {
        let me = self.me();
        let source = source.map(|source| Outlet::new(&source.outlet, &source.url));
        let agrees = |name: &str| {
            let source = source.as_ref();
            source.is_some_and(|source| Outlet::new(name, "").is(source))
        };
        let mut evidence = Vec::new();
        if agrees(&me.byline) {
            let byline = Evidence::new(EvidenceKind::Byline, 1.0, &me.byline);
            evidence.push(byline.naming(&me.byline, ""));
        }
        let mut strength = 1.0;
        for credit in &me.photo_credits {
            let agrees = agrees(&credit.outlet);
            let photo = match agrees {
                true => Evidence::new(EvidenceKind::PhotoCredit, strength, &credit.words),
                false => Evidence::new(EvidenceKind::PhotoCredit, 0.0, &credit.words),
            };
            strength = if agrees { 0.0 } else { strength };
            evidence.push(Evidence {
                span: Some(credit.span),
                ..photo.naming(&credit.outlet, "")
            });
        }
        evidence
    }

    fn source_of(&self, i: usize) -> Source {
        let party = &self.field.parties[i];
        Source {
            article: Some(party.facts.id.clone()),
            outlet: party.name().to_owned(),
            url: party.facts.url.clone(),
        }
    }

    fn lag(&self, original: &Source) -> Option<i64> {
        let me = self.me();
        let id = original.article.as_ref().filter(|&id| *id != me.id)?;
        let parties = &self.field.parties;
        let other = parties.iter().find(|party| party.facts.id == *id)?.facts;
        Some(match (me.published_ms, other.published_ms) {
            (Some(this), Some(other)) => this.saturating_sub(other),
            _ => me.first_seen_ms.saturating_sub(other.first_seen_ms),
        })
    }
}

/// The one that shares the most with the article.
fn most_shared<'r>(related: impl Iterator<Item = &'r Related>) -> Option<&'r Related> {
    related.max_by(|a, b| {
        let shared = a.overlap.shared.cmp(&b.overlap.shared);
        shared.then_with(|| b.id.cmp(&a.id))
    })
}

/// Evidence of an article that this one is a part of, as strong as the share that is.
fn of_whole(kind: EvidenceKind, whole: &Related) -> Evidence {
    let share = whole.overlap.containment();
    Evidence::new(kind, share, percent(share))
        .naming(name(&whole.publisher, &whole.host), "")
        .of(&whole.id)
}

fn part_of(whole: &Related) -> Outcome {
    let original = Source {
        article: Some(whole.id.clone()),
        outlet: name(&whole.publisher, &whole.host).to_owned(),
        url: String::new(),
    };
    outcome(Role::Excerpt, original)
}

/// What speaks for another's text being taken speaks against this one's, and the other way about.
fn against(
    evidence: impl IntoIterator<Item = Evidence>,
    of: &ArticleId,
) -> impl Iterator<Item = Evidence> {
    evidence
        .into_iter()
        .filter(|one| one.kind.question() == Question::Source && one.weight != 0.0)
        .map(|one| Evidence {
            weight: -one.weight,
            ..one.of(of)
        })
}

fn outcome(role: Role, original: Source) -> Outcome {
    Outcome {
        role,
        original: Some(original),
    }
}

fn source_named(mention: &Mention<'_>) -> Source {
    Source {
        article: None,
        outlet: mention.name.to_owned(),
        url: mention.url.to_owned(),
    }
}

fn name<'n>(publisher: &'n str, host: &'n str) -> &'n str {
    if publisher.is_empty() {
        host
    } else {
        publisher
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
