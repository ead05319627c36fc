//! How the texts of two articles relate, and whether they are copies.

use crate::text::{Overlap, Shingles};

/// How an article's text relates to another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It is the lead itself. Only used for the article's own cluster.
    Lead,
    /// Each is a copy of the other.
    Copy,
    /// They share as much as copies, have the same publisher, and are not the same word for word: one is
    /// a revision, or a new article based on the old one. Two articles of one host that begin
    /// differently are no copies.
    Version,
    /// It is a part of the other, earlier article, and has its opening: the other, cut short.
    Excerpt,
    /// It is contained in the other, which contains much else.
    Embedded,
    /// It contains the other and much else, as a round-up does.
    Embeds,
    /// They share passages.
    Overlap,
}

impl Relation {
    /// Returns how two copies relate: by the same publisher they are versions, unless they are the same
    /// word for word.
    pub fn of_copies(overlap: &Overlap, kinship: Kinship) -> Self {
        if kinship != Kinship::Strangers && overlap.resemblance() < 1.0 {
            Self::Version
        } else {
            Self::Copy
        }
    }

    /// Returns its name in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Copy => "copy",
            Self::Version => "version",
            Self::Excerpt => "excerpt",
            Self::Embedded => "embedded",
            Self::Embeds => "embeds",
            Self::Overlap => "overlap",
        }
    }
}

/// The least share of a text that is nearly all of it.
const WHOLE: f64 = 0.85;
/// The weight of a hundred words: more than what a host shows in place of an article (a wall, a form).
const LONG: u32 = 800;

/// How the publishers of two articles relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// They are different, as far as is known.
    Strangers,
    /// They are the same, on different hosts: see [`same_publisher`](super::same_publisher).
    SamePublisher,
    /// They are the same: both articles are on one host.
    SameHost,
}

/// The thresholds for matches and copies. Shares are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// The least value of the larger containment of copies.
    pub copy_larger: f64,
    /// The least value of the smaller containment of copies.
    pub copy_smaller: f64,
    /// The least value of the larger containment of a match.
    pub report: f64,
    /// The least weight of shared shingles that makes a match whatever the shares: a long passage in two
    /// long articles is a small share of both.
    pub report_shared: u32,
    /// The least value of the larger containment of a passage, which is a match.
    pub passage: f64,
    /// The least weight of shared shingles of a passage.
    pub passage_shared: u32,
    /// The least weight of shared shingles that makes a match, whatever the shares, where quotations are
    /// asked for.
    pub quotation_shared: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            copy_larger: 0.8,
            copy_smaller: 0.5,
            report: 0.2,
            // The weights of fifty, twenty and ten words in a row.
            report_shared: 368,
            passage: 0.05,
            passage_shared: 128,
            quotation_shared: 48,
        }
    }
}

impl Thresholds {
    /// Checks the thresholds.
    ///
    /// # Errors
    /// A message that names the invalid threshold.
    pub fn validate(&self) -> Result<(), String> {
        let shares = [
            ("copy_larger", self.copy_larger),
            ("copy_smaller", self.copy_smaller),
            ("report", self.report),
            ("passage", self.passage),
        ];
        for (name, share) in shares {
            if !(share > 0.0 && share <= 1.0) {
                return Err(format!("{name} = {share}: more than 0, at most 1"));
            }
        }
        if self.copy_smaller > self.copy_larger || self.report > self.copy_larger {
            return Err(format!(
                "copy_larger = {}: neither copy_smaller = {} nor report = {} may be more",
                self.copy_larger, self.copy_smaller, self.report
            ));
        }
        let weights = [
            ("report_shared", self.report_shared),
            ("passage_shared", self.passage_shared),
            ("quotation_shared", self.quotation_shared),
        ];
        match weights.into_iter().find(|(_, weight)| *weight == 0) {
            Some((name, _)) => Err(format!("{name} = 0: at least 1")),
            None => Ok(()),
        }
    }

    /// Whether two texts share enough to be copies: most of one is in the other, and that is a
    /// substantial part of the other, too. Symmetric.
    pub fn is_copy(&self, overlap: &Overlap) -> bool {
        let (a, b) = (overlap.containment(), overlap.containment_of_other());
        a.max(b) >= self.copy_larger && a.min(b) >= self.copy_smaller
    }

    /// Whether two texts share enough to be reported, or `quotations` that are shorter. Symmetric.
    pub fn is_match(&self, overlap: &Overlap, quotations: bool) -> bool {
        let larger = overlap.containment().max(overlap.containment_of_other());
        larger >= self.report
            || overlap.shared >= self.report_shared
            || overlap.shared >= self.passage_shared && larger >= self.passage
            || overlap.shared >= self.quotation_shared && quotations
    }
}

/// The verified comparison of two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextPair {
    /// What they share. The first text is the one asked about.
    pub overlap: Overlap,
    /// The first has the opening of the other.
    pub has_opening: bool,
    /// The other has the opening of the first.
    pub opening_is_had: bool,
    /// One of them has the title of the other.
    pub shares_title: bool,
}

impl TextPair {
    /// Compares two texts.
    pub fn of(this: &Shingles, other: &Shingles) -> Self {
        Self::of_overlap(this.overlap(other), this, other)
    }

    /// Compares two texts whose overlap is known.
    pub fn of_overlap(overlap: Overlap, this: &Shingles, other: &Shingles) -> Self {
        Self {
            overlap,
            has_opening: this.has_opening_of(other),
            opening_is_had: other.has_opening_of(this),
            shares_title: this.has_title_of(other) || other.has_title_of(this),
        }
    }

    /// Whether the two are copies of each other. Symmetric.
    ///
    /// Two pages of one host share the text around their articles, which may outweigh the articles. So
    /// they must also have the same title or opening, as the versions of one article do, unless both are
    /// long and nearly all of one is in the other.
    pub fn is_copy(&self, same_host: bool, thresholds: &Thresholds) -> bool {
        let begin_alike = self.has_opening || self.opening_is_had || self.shares_title;
        let (a, b) = (
            self.overlap.containment(),
            self.overlap.containment_of_other(),
        );
        let is_whole = a.max(b) >= WHOLE && self.overlap.this.min(self.overlap.other) >= LONG;
        (!same_host || begin_alike || is_whole) && thresholds.is_copy(&self.overlap)
    }

    /// Returns the same comparison with the texts exchanged.
    pub fn reversed(&self) -> Self {
        Self {
            overlap: self.overlap.reversed(),
            has_opening: self.opening_is_had,
            opening_is_had: self.has_opening,
            shares_title: self.shares_title,
        }
    }

    /// Returns how the first text relates to the other.
    pub fn relation(
        &self,
        other_is_earlier: bool,
        kinship: Kinship,
        thresholds: &Thresholds,
    ) -> Relation {
        let within = self.overlap.containment() >= thresholds.copy_larger;
        let around = self.overlap.containment_of_other() >= thresholds.copy_larger;
        match (within, around) {
            _ if self.is_copy(kinship == Kinship::SameHost, thresholds) => {
                Relation::of_copies(&self.overlap, kinship)
            }
            _ if thresholds.is_copy(&self.overlap) => Relation::Version,
            (true, _) if other_is_earlier && self.has_opening => Relation::Excerpt,
            (true, _) => Relation::Embedded,
            (_, true) => Relation::Embeds,
            (false, false) => Relation::Overlap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a text of the shingles `from..to`, each a word.
    fn text(from: u64, to: u64) -> Shingles {
        Shingles::of_hashes((from..to).map(|n| n * 2).collect(), 0)
    }

    fn check(this: &Shingles, other: &Shingles, other_is_earlier: bool, expected: Relation) {
        let pair = TextPair::of(this, other);
        assert_eq!(
            pair.relation(other_is_earlier, Kinship::Strangers, &Thresholds::default()),
            expected
        );
        assert_eq!(TextPair::of(other, this), pair.reversed());
    }

    #[test]
    fn relations_follow_from_shares_and_order() {
        let story = text(0, 100);
        check(&text(0, 100), &story, true, Relation::Copy);
        check(&text(0, 190), &story, true, Relation::Copy);
        check(&text(0, 210), &story, true, Relation::Embeds);
        check(&text(0, 40), &story, true, Relation::Excerpt);
        check(&text(0, 40), &story, false, Relation::Embedded);
        check(&text(50, 90), &story, true, Relation::Embedded);
        check(&text(70, 170), &story, true, Relation::Overlap);
    }

    #[test]
    fn a_revision_by_the_same_publisher_is_a_version() {
        let story = text(0, 100);
        let check = |other: &Shingles, expected: Relation| {
            let pair = TextPair::of(&story, other);
            for kinship in [Kinship::SamePublisher, Kinship::SameHost] {
                let relation = |earlier| pair.relation(earlier, kinship, &Thresholds::default());
                assert_eq!((relation(true), relation(false)), (expected, expected));
            }
        };
        check(&text(0, 100), Relation::Copy);
        check(&text(0, 101), Relation::Version);
        check(&text(10, 120), Relation::Version);
        check(&text(70, 170), Relation::Overlap);
    }

    #[test]
    fn pages_of_one_host_are_copies_only_if_they_begin_alike() {
        // The text after the article is longer than the article itself.
        let page = |from: u64, title: u64| {
            let title = (title..title + 3).map(|n| n * 2);
            let body = (from..from + 10).chain(500..570).map(|n| n * 2);
            Shingles::of_hashes(title.chain(body).collect(), 3)
        };
        let check = |this: &Shingles, other: &Shingles, kinship, expected: Relation| {
            let relation =
                TextPair::of(this, other).relation(true, kinship, &Thresholds::default());
            assert_eq!(relation, expected);
        };
        let (one, two) = (page(0, 900), page(100, 800));
        check(&one, &two, Kinship::SameHost, Relation::Version);
        let is_copy = |kinship| {
            TextPair::of(&one, &two).is_copy(kinship == Kinship::SameHost, &Thresholds::default())
        };
        assert!(!is_copy(Kinship::SameHost) && is_copy(Kinship::SamePublisher));
        check(&one, &two, Kinship::SamePublisher, Relation::Version);
        check(&one, &two, Kinship::Strangers, Relation::Copy);
        check(&one, &page(100, 900), Kinship::SameHost, Relation::Version);
        check(&one, &page(0, 800), Kinship::SameHost, Relation::Version);
    }

    #[test]
    fn in_longer_articles_a_match_takes_more_words() {
        let matched = |length: u64, shared: u64, quotations| {
            let overlap = text(0, length).overlap(&text(length - shared, 2000));
            Thresholds::default().is_match(&overlap, quotations)
        };
        assert!(matched(1000, 46, false) && matched(1000, 400, false));
        assert!(!matched(1000, 45, false) && !matched(1000, 0, false));
        assert!(matched(320, 16, false) && !matched(320, 15, false));
        assert!(!matched(330, 16, false));
        assert!(matched(20, 4, false) && !matched(20, 3, false));
        assert!(matched(1000, 6, true) && !matched(1000, 5, true));
    }

    #[test]
    fn invalid_thresholds_are_rejected() {
        let base = Thresholds::default();
        assert!(base.validate().is_ok());
        let odd = |change: fn(&mut Thresholds)| {
            let mut thresholds = base;
            change(&mut thresholds);
            thresholds
        };
        for odd in [
            odd(|one| one.copy_larger = f64::NAN),
            odd(|one| one.copy_smaller = 0.9),
            odd(|one| one.report = 0.0),
            odd(|one| one.report_shared = 0),
            odd(|one| one.passage = 0.0),
            odd(|one| one.passage_shared = 0),
            odd(|one| one.quotation_shared = 0),
            odd(|one| one.copy_larger = 1.1),
        ] {
            assert!(odd.validate().is_err(), "{odd:?}");
        }
    }
}
