//! The evidence: what counts, for which question, and how much.
//!
//! Three questions are asked of an article, and each piece of evidence bears on one of them:
//!
//! * **Source**: was the text taken from elsewhere? Above 0 it was, below 0 it began here.
//! * **Agency**: did a news agency issue the text? Only above 0.
//! * **Contents**: is it an article at all? Above 0 it is a round-up, or a wall.
//!
//! Weights are log odds (natural): those of one question add up, and [`confidence`] turns the sum
//! into a share of certainty. So a person can check a verdict by adding what is listed.

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
    /// Is it an article, or a page of others, or a wall?
    Contents,
}

impl Question {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Agency => "agency",
            Self::Contents => "contents",
        }
    }
}

/// What kind of evidence it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceKind {
    /// A notice in the article, or, where `article` says so, in another.
    Notice(Signal),
    /// A notice that names an agency as the source of the text.
    AgencyNotice(Signal),
    /// The byline names an agency.
    BylineAgency,
    /// The publisher is an agency that notices name.
    IsAgency,
    /// Another agency is named for the same text.
    OtherAgency,
    /// The page's rel=canonical is on another outlet's site.
    Canonical,
    /// The byline names the outlet that is taken for the source.
    Byline,
    /// A credit of a picture.
    PhotoCredit,
    /// Others name one of the two compared as their source: the article (below 0), or the one that
    /// `article` names (above 0).
    CreditedByOthers,
    /// Others name a source that is not among the articles known.
    OthersNameAnother,
    /// It was published before the one it is compared with.
    PublishedFirst,
    /// It was published after the one it is compared with.
    PublishedLater,
    /// Of one publisher and one date: it was changed before the one it is compared with.
    ModifiedFirst,
    /// Of one publisher and one date: it was changed after the one it is compared with.
    ModifiedLater,
    /// We saw it before the one it is compared with.
    SeenFirst,
    /// We saw it after the one it is compared with.
    SeenLater,
    /// How much of the lead it carries.
    ShareCarried,
    /// How much it has that the lead has not.
    ShareAdded,
    /// The one it is compared with is of the same publisher.
    SamePublisher,
    /// Nobody else is known who could have been first.
    NoRival,
    /// Not all members of the cluster were looked at.
    Truncated,
    /// It is another, cut short.
    CutShort,
    /// It stands whole in an earlier article of another outlet, which holds much else.
    StandsInEarlier,
    /// Its text is disguised.
    Disguised,
    /// It holds the whole of an article of another cluster.
    HoldsOther,
    /// It is a wall.
    Wall,
    /// One short text, with no mark of an article, on many sites or many pages of one site: a wall
    /// by its form.
    SameShortText,
}

impl EvidenceKind {
    /// The word for it. Of notices the signal says the rest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice(_) => "notice",
            Self::AgencyNotice(_) => "agency_notice",
            Self::BylineAgency => "byline_agency",
            Self::IsAgency => "is_agency",
            Self::OtherAgency => "other_agency",
            Self::Canonical => "canonical",
            Self::Byline => "byline",
            Self::PhotoCredit => "photo_credit",
            Self::CreditedByOthers => "credited_by_others",
            Self::OthersNameAnother => "others_name_another",
            Self::PublishedFirst => "published_first",
            Self::PublishedLater => "published_later",
            Self::ModifiedFirst => "modified_first",
            Self::ModifiedLater => "modified_later",
            Self::SeenFirst => "seen_first",
            Self::SeenLater => "seen_later",
            Self::ShareCarried => "share_carried",
            Self::ShareAdded => "share_added",
            Self::SamePublisher => "same_publisher",
            Self::NoRival => "no_rival",
            Self::Truncated => "truncated",
            Self::CutShort => "cut_short",
            Self::StandsInEarlier => "stands_in_earlier",
            Self::Disguised => "disguised",
            Self::HoldsOther => "holds_other",
            Self::Wall => "wall",
            Self::SameShortText => "same_short_text",
        }
    }

    /// What a notice signals.
    pub fn signal(self) -> Option<Signal> {
        match self {
            Self::Notice(signal) | Self::AgencyNotice(signal) => Some(signal),
            _ => None,
        }
    }

    /// The question it bears on.
    pub fn question(self) -> Question {
        match self {
            Self::AgencyNotice(_) | Self::BylineAgency | Self::IsAgency | Self::OtherAgency => {
                Question::Agency
            }
            Self::HoldsOther | Self::Wall | Self::SameShortText => Question::Contents,
            _ => Question::Source,
        }
    }

    /// What it weighs at its full strength.
    pub(super) fn weight(self) -> f64 {
        match self {
            Self::Notice(signal) => of_signal(signal),
            Self::AgencyNotice(signal) => of_agency_signal(signal),
            // A byline is the newspaper's own word for who wrote the text.
            Self::BylineAgency | Self::IsAgency => 2.4,
            // One of the two is wrong, or the text is compiled of both.
            Self::OtherAgency => -0.8,
            // A page that yields to another in search engines seldom has the text first.
            Self::Canonical => 2.0,
            Self::Byline => 0.5,
            // Pictures are bought from elsewhere under every text.
            Self::PhotoCredit => 0.1,
            // For ever so many: see `credit`.
            Self::CreditedByOthers => 2.0,
            Self::OthersNameAnother => 0.8,
            // A page's own account of its time can be wrong, and can be a lie.
            Self::PublishedFirst | Self::ModifiedFirst => -0.9,
            Self::PublishedLater | Self::ModifiedLater => 0.9,
            // Our own clock does not lie, but tells more of the crawler's round than of the text.
            Self::SeenFirst => -0.5,
            Self::SeenLater => 0.5,
            // Copies are carried whole, and are cut more often than they are added to.
            Self::ShareCarried => 0.2,
            Self::ShareAdded => -0.2,
            Self::SamePublisher => 0.0,
            Self::NoRival => -0.6,
            Self::Truncated => 0.2,
            Self::CutShort => 2.0,
            // The one that holds it may have taken it from where this one has it, too.
            Self::StandsInEarlier => 0.8,
            // Who disguises a text hides that he copied it.
            Self::Disguised => 0.6,
            Self::HoldsOther => 1.0,
            Self::Wall => 3.0,
            // No word of it says so; a brief that many print looks much the same.
            Self::SameShortText => 1.1,
        }
    }
}

/// What a notice weighs that names another outlet.
fn of_signal(signal: Signal) -> f64 {
    match signal {
        // They say in so many words that the text was elsewhere before.
        Signal::Republished | Signal::Indexed => 2.4,
        Signal::FirstAppeared | Signal::Syndicated => 2.2,
        // A feed's own tail, which scrapers take along; but sister sites share feeds.
        Signal::FeedTail => 2.0,
        // Also under a summary with words of its own.
        Signal::ReadOriginal | Signal::Translated => 1.8,
        // A licence for all to use stands on originals too; one that names an outlet, less so.
        Signal::Licensed => 1.0,
        // "Source:" may be the source of the facts alone.
        Signal::Credit => 1.2,
        // Not an agency's: then it tells of a place or a paper.
        Signal::Dateline | Signal::AgencyRights => 0.6,
        // Part of the text, or the facts alone.
        Signal::Contributed => 0.25,
        Signal::Attribution => 0.2,
        // Only an original says who took it.
        Signal::ReprintedOn => -1.0,
    }
}

/// What a notice weighs that names an agency, on whether the agency issued the text; 0 where it says
/// nothing of it.
fn of_agency_signal(signal: Signal) -> f64 {
    match signal {
        // Agencies begin their items so, and newspapers leave it where they change little.
        Signal::Dateline => 2.6,
        Signal::AgencyRights | Signal::Credit => 2.2,
        // By the agency's leave, or through its feed.
        Signal::Syndicated | Signal::Licensed => 1.8,
        // They say where the text stood, not who issued it.
        Signal::Republished
        | Signal::FirstAppeared
        | Signal::Indexed
        | Signal::FeedTail
        | Signal::ReadOriginal
        | Signal::Translated => 0.0,
        // Part of the text, or the facts alone.
        Signal::Contributed | Signal::Attribution | Signal::ReprintedOn => 0.0,
    }
}

/// The kind of evidence that a notice is.
pub(super) fn kind_of(notice: &Notice) -> EvidenceKind {
    match notice.agency && of_agency_signal(notice.signal) > 0.0 {
        true => EvidenceKind::AgencyNotice(notice.signal),
        false => EvidenceKind::Notice(notice.signal),
    }
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// The article's words, or else ours for it.
    pub words: String,
    /// Where the words stand in the article, or in the one that `article` names.
    pub span: Option<Span>,
    /// The outlet it names; may be empty.
    pub outlet: String,
    /// The URL it names; may be empty.
    pub url: String,
    /// The other article that it is of, or that it points at.
    pub article: Option<ArticleId>,
    /// Log odds, for the question that its kind bears on: see [`Question`].
    pub weight: f64,
}

impl Evidence {
    /// Evidence at a share of its full strength.
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

    /// The same, naming an outlet.
    pub(super) fn naming(self, outlet: &str, url: &str) -> Self {
        Self {
            outlet: outlet.to_owned(),
            url: url.to_owned(),
            ..self
        }
    }

    /// The same, of or about an article.
    pub(super) fn of(self, article: &ArticleId) -> Self {
        Self {
            article: Some(article.clone()),
            ..self
        }
    }
}

/// Adds up what bears on a question.
pub(super) fn sum(evidence: &[Evidence], question: Question) -> f64 {
    evidence
        .iter()
        .filter(|one| one.kind.question() == question)
        .map(|one| one.weight)
        .sum()
}

/// Turns a sum of weights into a share of certainty: 0 is even, 1.1 three to one, 3.5 is .97.
/// Nothing is more certain than .99.
pub fn confidence(sum: f64) -> f64 {
    (1.0 / (1.0 + (-sum).exp())).clamp(0.01, 0.99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_become_certainty() {
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
    fn what_is_said_of_parts_and_pictures_decides_nothing() {
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
