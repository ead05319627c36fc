//! The evidence: which kinds there are, which question each bears on, and how much it weighs.
//!
//! Three questions are asked about an article, and each piece of evidence bears on one of them:
//!
//! * **Source**: was the text taken from elsewhere? Above 0 it was; below 0 it began here.
//! * **Agency**: did a news agency issue the text? Above 0 it did.
//! * **Contents**: is it an article at all? Above 0 it is a round-up or a wall.
//!
//! Weights are log odds (natural). Those of one question add up, and [`confidence`] turns the sum into
//! a probability. So a person can check a verdict by adding up the weights that are listed. Those that
//! the open sets have examples of are fitted by `benches/harness/fit/roles.py`; the others are estimates.

use std::cmp::Ordering;

use crate::id::ArticleId;
use crate::notices::{Notice, Signal};
use crate::text::Span;

/// The question that a piece of evidence bears on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// Was the text taken from elsewhere, or did it begin here?
    Source,
    /// Did a news agency issue the text?
    Agency,
    /// Is it an article, or a page of several articles, or a wall?
    Contents,
}

impl Question {
    /// Returns its name in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Agency => "agency",
            Self::Contents => "contents",
        }
    }
}

/// A kind of evidence. The *other* article is the one that the judged article is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceKind {
    /// A notice in the article, or, if `article` is set, in that one.
    Notice(Signal),
    /// A notice that names an agency as the source of the text.
    AgencyNotice(Signal),
    /// The byline names an agency.
    BylineAgency,
    /// The publisher is an agency that notices name.
    IsAgency,
    /// Another agency is named for the same text.
    OtherAgency,
    /// An article on an agency's own site has the text.
    AgencyHasIt,
    /// Other articles name an agency as the author of the text.
    OthersNameAgency,
    /// One of several agencies that the page names in places far apart.
    SeveralAgencies,
    /// The page's rel=canonical is on the host of another outlet.
    Canonical,
    /// The byline names the outlet that seems to be the source.
    Byline,
    /// A photo credit.
    PhotoCredit,
    /// Other articles name one of the two compared as their source: the judged article (below 0), or
    /// the one in `article` (above 0).
    CreditedByOthers,
    /// Other articles name a source that is not among the known articles.
    OthersNameAnother,
    /// It was published before the other.
    PublishedFirst,
    /// It was published after the other.
    PublishedLater,
    /// Both have the same publisher and date, and it was changed before the other.
    ModifiedFirst,
    /// Both have the same publisher and date, and it was changed after the other.
    ModifiedLater,
    /// We saw it before the other.
    SeenFirst,
    /// We saw it after the other.
    SeenLater,
    /// The share of the lead that it carries.
    ShareCarried,
    /// The share of it that is not in the lead.
    ShareAdded,
    /// The other has the same publisher.
    SamePublisher,
    /// No other article is known that can have been first.
    NoRival,
    /// All other articles with the text say that it is another's.
    OthersYield,
    /// Not all members of the cluster were looked at.
    Truncated,
    /// It is another article, cut short.
    CutShort,
    /// It has the headline, the opening and the whole of an earlier article of another outlet.
    CarriesEarlier,
    /// It is contained in an earlier article of another outlet, which contains much else.
    StandsInEarlier,
    /// Its text is disguised with look-alike letters.
    Disguised,
    /// It contains a whole article of another cluster.
    HoldsOther,
    /// It is a wall by its wording.
    Wall,
    /// A short text without any mark of an article is on many hosts or pages: a wall by its form.
    SameShortText,
}

impl EvidenceKind {
    /// Returns its name in replies. The signal of a notice comes in addition.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Returns the question it bears on.
    pub fn question(self) -> Question {
        self.row().1
    }

    /// Returns its weight at full strength.
    pub(super) fn weight(self) -> f64 {
        self.row().2
    }

    /// Returns the signal of a notice.
    pub fn signal(self) -> Option<Signal> {
        match self {
            Self::Notice(signal) | Self::AgencyNotice(signal) => Some(signal),
            _ => None,
        }
    }

    /// The table of all kinds: name, question, weight.
    fn row(self) -> (&'static str, Question, f64) {
        use Question::{Agency, Contents, Source};
        match self {
            Self::Notice(signal) => ("notice", Source, signal_weights(signal).0),
            Self::AgencyNotice(signal) => ("agency_notice", Agency, signal_weights(signal).1),
            // A byline is the newspaper's own statement of who wrote the text. Fitted: 3.9.
            Self::BylineAgency => ("byline_agency", Agency, 3.9),
            Self::IsAgency => ("is_agency", Agency, 2.4),
            // One of the two is wrong, or the text is compiled from both.
            Self::OtherAgency => ("other_agency", Agency, -0.8),
            // Agencies seldom carry the texts of newspapers, whatever the times say.
            Self::AgencyHasIt => ("agency_has_it", Agency, 2.0),
            // The limit for very many outlets: see `SourceGraph::agency_of_others`. Fitted: 3.9.
            Self::OthersNameAgency => ("others_name_agency", Agency, 3.9),
            Self::SeveralAgencies => ("several_agencies", Contents, 0.8),
            // A page that yields to another in search engines rarely has the text first.
            Self::Canonical => ("canonical", Source, 2.0),
            Self::Byline => ("byline", Source, 0.5),
            // Photos are bought from elsewhere for any text.
            Self::PhotoCredit => ("photo_credit", Source, 0.1),
            // The limit for very many outlets: see `SourceGraph::credit`.
            Self::CreditedByOthers => ("credited_by_others", Source, 2.0),
            Self::OthersNameAnother => ("others_name_another", Source, 0.8),
            // The times that a page states can be wrong, and can be lies.
            Self::PublishedFirst => ("published_first", Source, -0.9),
            Self::PublishedLater => ("published_later", Source, 0.9),
            Self::ModifiedFirst => ("modified_first", Source, -0.9),
            Self::ModifiedLater => ("modified_later", Source, 0.9),
            // Our own clock is right, but says more about the crawler's schedule than about the text.
            Self::SeenFirst => ("seen_first", Source, -0.5),
            Self::SeenLater => ("seen_later", Source, 0.5),
            // Copies are often carried whole, and are cut more often than extended.
            Self::ShareCarried => ("share_carried", Source, 0.2),
            Self::ShareAdded => ("share_added", Source, -0.2),
            Self::SamePublisher => ("same_publisher", Source, 0.0),
            Self::NoRival => ("no_rival", Source, -0.6),
            Self::OthersYield => ("others_yield", Source, -1.0),
            Self::Truncated => ("truncated", Source, 0.2),
            Self::CutShort => ("cut_short", Source, 2.0),
            // The page may have had the article first, under a date of its last change.
            Self::CarriesEarlier => ("carries_earlier", Source, 1.6),
            // The containing article may have taken it from the same place as this one.
            Self::StandsInEarlier => ("stands_in_earlier", Source, 0.8),
            // Whoever disguises a text hides that it is copied.
            Self::Disguised => ("disguised", Source, 0.6),
            Self::HoldsOther => ("holds_other", Contents, 1.0),
            Self::Wall => ("wall", Contents, 3.0),
            // No wording confirms it, and a brief that many newspapers print looks much the same.
            Self::SameShortText => ("same_short_text", Contents, 1.1),
        }
    }
}

/// Returns the weights of a notice: of one that names another outlet, as evidence that the text was
/// taken; and of one that names an agency, as evidence that the agency issued the text. The second is
/// 0 if such a notice does not say who issued it.
fn signal_weights(signal: Signal) -> (f64, f64) {
    match signal {
        // These say explicitly that the text was elsewhere before.
        Signal::Republished | Signal::Indexed => (2.4, 0.0),
        Signal::FirstAppeared => (2.2, 0.0),
        // Agencies syndicate their texts by permission or feed.
        Signal::Syndicated => (2.2, 1.8),
        // The tail of a feed, which scrapers copy along. But sister papers share feeds.
        Signal::FeedTail => (2.0, 0.0),
        // Also under a summary in other words.
        Signal::ReadOriginal | Signal::Translated => (1.8, 0.0),
        // Originals also carry a licence for everybody; one that names an outlet, less often.
        Signal::Licensed => (1.0, 1.8),
        // "Source:" may be the source of the facts alone.
        Signal::Credit => (1.2, 2.2),
        // Agencies begin their items so, and newspapers leave it where they change little. Networks do
        // the same: "(CNN)".
        Signal::Dateline => (1.6, 2.6),
        Signal::AgencyRights => (0.6, 2.2),
        // Part of the text, or the facts alone.
        Signal::Contributed => (0.25, 0.0),
        Signal::Attribution => (0.2, 0.0),
        // Only an original says who reprinted it.
        Signal::ReprintedOn => (-1.0, 0.0),
    }
}

/// Returns the kind of evidence that a notice is.
pub(super) fn kind_of(notice: &Notice) -> EvidenceKind {
    match notice.agency && signal_weights(notice.signal).1 > 0.0 {
        true => EvidenceKind::AgencyNotice(notice.signal),
        false => EvidenceKind::Notice(notice.signal),
    }
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The kind.
    pub kind: EvidenceKind,
    /// The words of the article, or else our own.
    pub words: String,
    /// Where the words are in the article, or in the one that `article` names.
    pub span: Option<Span>,
    /// The outlet it names. May be empty.
    pub outlet: String,
    /// The URL it names. May be empty.
    pub url: String,
    /// The other article that it is about or points to.
    pub article: Option<ArticleId>,
    /// Log odds for the question that its kind bears on: see [`Question`].
    pub weight: f64,
}

impl Evidence {
    /// Creates evidence at a share of its full strength.
    pub(super) fn new(kind: EvidenceKind, strength: f64, words: impl Into<String>) -> Self {
        Self {
            kind,
            words: words.into(),
            span: None,
            outlet: String::new(),
            url: String::new(),
            article: None,
            // Not "-0".
            weight: kind.weight() * strength + 0.0,
        }
    }

    /// Whether it says more than which article we met first, and what part of it may be from elsewhere.
    pub(super) fn says_something(&self) -> bool {
        let says_little = matches!(
            self.kind,
            EvidenceKind::Notice(Signal::Contributed | Signal::Attribution)
                | EvidenceKind::PhotoCredit
                | EvidenceKind::SeenFirst
                | EvidenceKind::SeenLater
                | EvidenceKind::ShareCarried
                | EvidenceKind::ShareAdded
                | EvidenceKind::SamePublisher
                | EvidenceKind::Truncated
        );
        self.weight != 0.0 && !says_little
    }

    /// Orders the strongest first, and those of one strength by what they say.
    pub(super) fn by_strength(a: &Self, b: &Self) -> Ordering {
        let start = |one: &Self| one.span.map(|span| span.start);
        (b.weight.abs().total_cmp(&a.weight.abs()))
            .then_with(|| a.kind.as_str().cmp(b.kind.as_str()))
            .then_with(|| start(a).cmp(&start(b)))
            .then_with(|| {
                (&a.words, &a.outlet, &a.url, &a.article)
                    .cmp(&(&b.words, &b.outlet, &b.url, &b.article))
            })
    }

    /// Sets the outlet that it names.
    pub(super) fn naming(self, outlet: &str, url: &str) -> Self {
        Self {
            outlet: outlet.to_owned(),
            url: url.to_owned(),
            ..self
        }
    }

    /// Sets the article that it is about.
    pub(super) fn about(self, article: &ArticleId) -> Self {
        Self {
            article: Some(article.clone()),
            ..self
        }
    }
}

/// Adds up the weights that bear on a question.
pub(super) fn sum(evidence: &[Evidence], question: Question) -> f64 {
    evidence
        .iter()
        .filter(|one| one.kind.question() == question)
        .map(|one| one.weight)
        .sum()
}

/// Turns a sum of weights into a probability: 0 is even, 1.1 three to one, 3.5 is .97. The result is at
/// most .99.
pub fn confidence(sum: f64) -> f64 {
    (1.0 / (1.0 + (-sum).exp())).clamp(0.01, 0.99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_become_confidence() {
        let check = |sum: f64, expected: f64| {
            assert!((confidence(sum) - expected).abs() < 0.005, "{sum}");
        };
        check(0.0, 0.5);
        check(1.1, 0.75);
        check(3.5, 0.97);
        check(-1.1, 0.25);
        check(1e9, 0.99);
        check(-1e9, 0.01);
    }

    #[test]
    fn weak_evidence_alone_decides_nothing() {
        for kind in [
            EvidenceKind::Notice(Signal::Contributed),
            EvidenceKind::Notice(Signal::Attribution),
            EvidenceKind::PhotoCredit,
            EvidenceKind::ShareCarried,
        ] {
            assert!(kind.weight() < super::super::judge::EVEN, "{kind:?}");
        }
    }
}
