//! What is found out about an article: which others it holds, and where its text was first.

use super::Relation;
use super::evidence::{Evidence, EvidenceKind, Question, confidence};
use super::facts::{Facts, Related, Story, outlet_name};
use super::judgement::{Judgement, Role, Source};
use super::origin::{CreditedOutlet, Party, SourceGraph};
use super::publisher::OutletIdentity;
use crate::id::ArticleId;
use crate::notices::Signal;

/// A copy that carries less of the lead than this and adds less than [`MAX_ADDED`] is a part of it.
const MIN_CARRIED: f64 = 0.75;
/// See [`MIN_CARRIED`].
const MAX_ADDED: f64 = 0.2;
/// The share of its weight that the lack of a rival has if no other article has the text: a reprint without a
/// notice, whose original was never seen, looks the same.
const ALONE: f64 = 0.65;
/// The same if others share passages with it, or it may be an agency's.
const PARTLY_KNOWN: f64 = 0.3;

/// A role, and the source of the text in that case.
#[derive(Default)]
pub(super) struct Finding {
    pub(super) role: Role,
    pub(super) original: Option<Source>,
}

impl Finding {
    fn new(role: Role, original: Source) -> Self {
        Self {
            role,
            original: Some(original),
        }
    }

    /// The source is not known, or there is more than one.
    pub(super) fn without_source(role: Role) -> Self {
        let original = None;
        Self { role, original }
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
pub(super) struct Origin {
    pub(super) evidence: Vec<Evidence>,
    /// The finding if the text was taken from elsewhere.
    pub(super) taken: Finding,
    /// The finding if the text began here.
    pub(super) began: Finding,
}

/// An article, and all that is known around it.
pub(super) struct Inquiry<'a> {
    pub(super) graph: SourceGraph<'a>,
    story: &'a Story<'a>,
    /// The share of the lead that it carries.
    carried: f64,
    /// The share of it that is not in the lead.
    added: f64,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(article: &'a Facts, story: &'a Story<'a>) -> Self {
        let shares = story
            .lead
            .map(|(_, overlap)| (overlap.containment_of_other(), 1.0 - overlap.containment()));
        let (carried, added) = shares.unwrap_or((1.0, 0.0));
        Self {
            graph: SourceGraph::new(article, story),
            story,
            carried,
            added,
        }
    }

    pub(super) fn me(&self) -> &Party<'a> {
        &self.graph.parties[self.graph.me]
    }

    /// Returns the verdict with this finding and the evidence, the strongest first.
    pub(super) fn judgement(
        &self,
        finding: Finding,
        certainty: f64,
        mut evidence: Vec<Evidence>,
    ) -> Judgement {
        evidence.sort_by(Evidence::by_strength);
        let source = finding.original.as_ref();
        Judgement {
            role: finding.role,
            confidence: confidence(certainty),
            lag_ms: source.and_then(|source| self.lag(source)),
            original: finding.original,
            carried: self.carried,
            added: self.added,
            evidence,
        }
    }

    /// Whether a related article is earlier and, as far as is known, of another outlet.
    fn is_anothers_earlier(&self, one: &Related) -> bool {
        let own = &self.me().outlet;
        one.is_earlier && !OutletIdentity::new(&one.publisher, &one.host).is(own)
    }

    /// Returns the earlier articles of other clusters and outlets that the article contains, one of each
    /// cluster. Later ones may be parts of this article that others took.
    pub(super) fn held(&self) -> Vec<Evidence> {
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

    /// Finds where the text was first.
    pub(super) fn origin(&self) -> Origin {
        let mut origin = match self.excerpted() {
            Some(whole) => Origin {
                evidence: vec![of_whole(EvidenceKind::CutShort, whole)],
                taken: Finding::excerpt_of(whole),
                began: Finding::default(),
            },
            None => {
                let within = self.contained_in();
                let mut origin = match (self.me().names_another, self.carried_article()) {
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
    fn carried_article(&self) -> Option<&Related> {
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
        // A credit names an outlet, and so says nothing between two articles of it.
        let is_of_same =
            rival.is_some_and(|rival| graph.parties[rival].outlet.is(&self.me().outlet));
        let mut evidence: Vec<Evidence> = match is_of_same {
            true => Vec::new(),
            false => graph.credit(me, rival).into_iter().collect(),
        };
        evidence.extend(absent.map(|one| {
            Evidence::new(EvidenceKind::OthersNameAnother, 1.0, one.name).naming(one.name, one.url)
        }));
        match rival {
            Some(rival) => {
                let id = &graph.parties[rival].facts.id;
                evidence.extend(graph.times(me, rival));
                evidence.extend(against(graph.parties[rival].account.iter().cloned(), id));
                let credit = graph.credit(rival, Some(me)).filter(|_| !is_of_same);
                evidence.extend(against(credit, id));
            }
            None if within.is_some() => {}
            // They say that it is not theirs, and not whose it is.
            None if graph.parties.len() > 1 && evidence.is_empty() => {
                evidence.push(Evidence::new(EvidenceKind::OthersYield, 1.0, ""));
            }
            None => {
                let strength = match self.may_be_taken() {
                    _ if graph.parties.len() > 1 => 1.0,
                    true => PARTLY_KNOWN,
                    false => ALONE,
                };
                evidence.push(Evidence::new(EvidenceKind::NoRival, strength, ""));
            }
        }
        if let Some(rival) = rival.filter(|_| graph.first(None) != Some(me)) {
            evidence.extend(self.shares());
            let party = &graph.parties[rival];
            let role = match is_of_same {
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

    /// Whether something is known that the text may be from, though no other article has it: articles that
    /// share passages with it, or an agency that is named.
    fn may_be_taken(&self) -> bool {
        let me = self.me();
        let names_agency =
            |one: &Evidence| one.kind.question() == Question::Agency && one.weight > 0.0;
        !self.story.related.is_empty()
            || me.facts.own_agency.is_some()
            || me.account.iter().any(names_agency)
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

    pub(super) fn source_of(&self, i: usize) -> Source {
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
