//! Whether an agency issued the text, and which.

use super::evidence::{Evidence, EvidenceKind, Question};
use super::facts::Related;
use super::inquiry::{Finding, Inquiry};
use super::judge::ROUND_UP;
use super::judgement::{Role, Source};
use super::publisher::OutletIdentity;
use crate::notices::Signal;

/// The share of its weight that an agency's site has as evidence where nothing else speaks for a text to be
/// carried by others.
const ON_ITS_SITE: f64 = 0.4;
/// Bytes between two names of agencies on one page that belong to different items.
const APART: u32 = 400;

impl Inquiry<'_> {
    /// Whether a related article is a text of the same agency: an earlier version of a rolling story.
    pub(super) fn is_of_same_agency(&self, one: &Related) -> bool {
        let agency = self.me().facts.agency();
        agency.is_some() && one.agency.as_deref() == agency
    }

    /// Returns the agencies that the article names as authors in places far apart, as a page of several
    /// items does; nothing if it is one.
    pub(super) fn several_agencies(&self) -> Vec<Evidence> {
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

    /// Returns the evidence that an agency issued the text, and the finding in that case. What the article
    /// says itself comes first; if it names nobody, the agency that others name is the source.
    pub(super) fn agency(&self) -> (Vec<Evidence>, Finding) {
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
        let says_so = evidence.iter().any(|one| one.weight > 0.0);
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
}
