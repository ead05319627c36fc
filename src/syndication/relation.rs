//! How an article's text relates to another's.

use crate::text::{Overlap, Shingles};

/// How an article's text relates to another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It is the lead itself; only towards its own cluster.
    Lead,
    /// Each is a copy of the other.
    Copy,
    /// As much as a copy, by the same publisher, and not word for word: one of the two is a revision, or
    /// a new article on the old one's ground. Two of one site that begin differently are no copies.
    Version,
    /// It is the other, cut short: a part of an earlier article that opens as that one does.
    Excerpt,
    /// It stands whole within the other, which holds much else.
    Embedded,
    /// It holds the whole of the other, and much else: a round-up.
    Embeds,
    /// They share passages.
    Overlap,
}

impl Relation {
    /// How a copy relates to what it is a copy of: the same publisher's is a version, unless it is the
    /// same word for word.
    pub fn of_copies(overlap: &Overlap, kinship: Kinship) -> Self {
        if kinship != Kinship::Strangers && overlap.resemblance() < 1.0 {
            Self::Version
        } else {
            Self::Copy
        }
    }

    /// The word for it.
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

/// Share of a text that is nearly the whole of it.
const WHOLE: f64 = 0.85;
/// Weight of a text that is longer than what a site shows in place of an article (a wall, a form): a
/// hundred words.
const LONG: u32 = 800;

/// What the publishers of two articles are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// Different ones, as far as is known.
    Strangers,
    /// The same, on different sites: see [`same_publisher`](super::same_publisher).
    SamePublisher,
    /// The same: both articles stand on one site.
    SameHost,
}

/// Where the lines are drawn. Shares are of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Of a copy: the larger containment is at least this.
    pub copy_larger: f64,
    /// Of a copy: the smaller containment is at least this.
    pub copy_smaller: f64,
    /// Of any match: the larger containment is at least this.
    pub report: f64,
    /// Of any match, whatever the shares: what is shared weighs at least this, in weights of
    /// shingles. A quotation in two long articles is a small share of both.
    pub report_shared: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            copy_larger: 0.8,
            copy_smaller: 0.5,
            report: 0.2,
            // Six shingles of words: ten words in a row.
            report_shared: 48,
        }
    }
}

impl Thresholds {
    /// Checks that the thresholds can be worked with.
    ///
    /// # Errors
    /// A sentence that names the threshold at fault.
    pub fn validate(&self) -> Result<(), String> {
        let shares = [
            ("copy_larger", self.copy_larger),
            ("copy_smaller", self.copy_smaller),
            ("report", self.report),
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
        if self.report_shared == 0 {
            return Err("report_shared = 0: at least 1".to_owned());
        }
        Ok(())
    }

    /// Whether two texts are copies of each other: most of one is in the other, and what they share
    /// is a substantial part of that one too. Symmetric.
    pub fn is_copy(&self, overlap: &Overlap) -> bool {
        let (a, b) = (overlap.containment(), overlap.containment_of_other());
        a.max(b) >= self.copy_larger && a.min(b) >= self.copy_smaller
    }

    /// Whether two texts share enough to tell anyone. Symmetric.
    pub fn is_match(&self, overlap: &Overlap) -> bool {
        overlap.containment().max(overlap.containment_of_other()) >= self.report
            || overlap.shared >= self.report_shared
    }
}

/// What is verified of two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// What they share; the first is the one that is asked about.
    pub overlap: Overlap,
    /// The first has the opening of the other.
    pub has_opening: bool,
    /// The other has the opening of the first.
    pub opening_is_had: bool,
    /// One of them has the title of the other.
    pub shares_title: bool,
}

impl Pair {
    /// Compares two texts.
    pub fn of(this: &Shingles, other: &Shingles) -> Self {
        Self {
            overlap: this.overlap(other),
            has_opening: this.has_opening_of(other),
            opening_is_had: other.has_opening_of(this),
            shares_title: this.has_title_of(other) || other.has_title_of(this),
        }
    }

    /// Whether the two are copies of each other. Symmetric.
    ///
    /// Two pages of one site share what the site puts around its articles, and where that outweighs
    /// the articles it is no reason to call them copies: they must also have a title or an opening in
    /// common, as the versions of one article do, unless nearly the whole of one is in the other, and
    /// both are long.
    pub fn is_copy(&self, same_host: bool, thresholds: &Thresholds) -> bool {
        let begin_alike = self.has_opening || self.opening_is_had || self.shares_title;
        let (a, b) = (
            self.overlap.containment(),
            self.overlap.containment_of_other(),
        );
        let is_whole = a.max(b) >= WHOLE && self.overlap.this.min(self.overlap.other) >= LONG;
        (!same_host || begin_alike || is_whole) && thresholds.is_copy(&self.overlap)
    }

    /// The same from the other side.
    pub fn reversed(&self) -> Self {
        Self {
            overlap: self.overlap.reversed(),
            has_opening: self.opening_is_had,
            opening_is_had: self.has_opening,
            shares_title: self.shares_title,
        }
    }

    /// How the first relates to the other, of which it is known whether it is the earlier of the
    /// two, and who published them.
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

    /// A text of shingles `from..to`, all of them words.
    fn text(from: u64, to: u64) -> Shingles {
        Shingles::new((from..to).map(|n| n * 2).collect(), 0)
    }

    fn check(this: &Shingles, other: &Shingles, other_is_earlier: bool, expected: Relation) {
        let pair = Pair::of(this, other);
        assert_eq!(
            pair.relation(other_is_earlier, Kinship::Strangers, &Thresholds::default()),
            expected
        );
        assert_eq!(Pair::of(other, this), pair.reversed());
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
    fn a_publishers_own_copy_is_a_version_where_it_was_revised() {
        let story = text(0, 100);
        let check = |other: &Shingles, expected: Relation| {
            let pair = Pair::of(&story, other);
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
    fn pages_of_one_site_are_copies_only_if_they_begin_alike() {
        // What follows the article is longer than the article itself.
        let page = |from: u64, title: u64| {
            let title = (title..title + 3).map(|n| n * 2);
            let body = (from..from + 10).chain(500..570).map(|n| n * 2);
            Shingles::new(title.chain(body).collect(), 3)
        };
        let check = |this: &Shingles, other: &Shingles, kinship, expected: Relation| {
            let relation = Pair::of(this, other).relation(true, kinship, &Thresholds::default());
            assert_eq!(relation, expected);
        };
        let (one, two) = (page(0, 900), page(100, 800));
        check(&one, &two, Kinship::SameHost, Relation::Version);
        let is_copy = |kinship| {
            Pair::of(&one, &two).is_copy(kinship == Kinship::SameHost, &Thresholds::default())
        };
        assert!(!is_copy(Kinship::SameHost) && is_copy(Kinship::SamePublisher));
        check(&one, &two, Kinship::SamePublisher, Relation::Version);
        check(&one, &two, Kinship::Strangers, Relation::Copy);
        check(&one, &page(100, 900), Kinship::SameHost, Relation::Version);
        check(&one, &page(0, 800), Kinship::SameHost, Relation::Version);
    }

    #[test]
    fn a_quotation_is_told_however_long_the_articles() {
        let matched = |shared: u64| {
            let overlap = text(0, 1000).overlap(&text(1000 - shared, 2000));
            Thresholds::default().is_match(&overlap)
        };
        assert!(matched(6) && matched(400));
        assert!(!matched(5) && !matched(0));
        // Of short articles a smaller share of words is enough.
        let overlap = text(0, 20).overlap(&text(16, 36));
        assert!(Thresholds::default().is_match(&overlap));
    }

    #[test]
    fn odd_thresholds_are_refused() {
        let base = Thresholds::default();
        assert!(base.validate().is_ok());
        for odd in [
            Thresholds {
                copy_larger: f64::NAN,
                ..base
            },
            Thresholds {
                copy_smaller: 0.9,
                ..base
            },
            Thresholds {
                report: 0.0,
                ..base
            },
            Thresholds {
                report_shared: 0,
                ..base
            },
            Thresholds {
                copy_larger: 1.1,
                ..base
            },
        ] {
            assert!(odd.validate().is_err(), "{odd:?}");
        }
    }
}
