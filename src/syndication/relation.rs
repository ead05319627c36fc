//! How the texts of two articles relate, and whether they are copies.

use crate::text::{Overlap, SHINGLE_WEIGHT, Shingles};

/// How an article's text relates to another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It is the lead itself. Only used for the article's own cluster.
    Lead,
    /// Each is a copy of the other.
    Copy,
    /// They share as much as copies, have the same publisher, and are not the same word for word: one is
    /// a revision, or a new article based on the old one. Two pages of one host that have nothing in
    /// common but what the host puts around them are no copies.
    Version,
    /// They share as much as copies, but are one form, filled in otherwise: bulletins that differ in their
    /// figures, or one short text under headlines that it has nothing to do with.
    Template,
    /// It is under the title of the other, earlier article, and has its opening and the whole of it, and much
    /// else: a copy on a page whose other half is not the article.
    Carries,
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
            Self::Template => "template",
            Self::Carries => "carries",
            Self::Excerpt => "excerpt",
            Self::Embedded => "embedded",
            Self::Embeds => "embeds",
            Self::Overlap => "overlap",
        }
    }
}

/// The fewest figures that differ between two bulletins.
const FIGURES: u32 = 2;
/// The most weight that two bulletins do not share, for each figure that differs: that of the shingles
/// with the figure, and as much for the name of a day or a place.
const AROUND_FIGURE: u32 = 2 * SHINGLE_WEIGHT;
/// The weight of a hundred and sixty words: what a host shows in place of an article is shorter.
const SHORT: u32 = 1280;

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
    /// The least resemblance of copies under one title that share at least [`Self::copy_shared`].
    pub copy_resemblance: f64,
    /// The least weight of shared shingles of copies by their title and resemblance.
    pub copy_shared: u32,
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
            copy_larger: 0.75,
            copy_smaller: 0.5,
            copy_resemblance: 0.5,
            // The weight of sixty words in a row.
            copy_shared: 448,
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
            ("copy_resemblance", self.copy_resemblance),
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
        if self.report > self.copy_resemblance {
            return Err(format!(
                "copy_resemblance = {}: report = {} may not be more",
                self.copy_resemblance, self.report
            ));
        }
        let weights = [
            ("copy_shared", self.copy_shared),
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
    /// substantial part of the other, too; or they share a title and half of what both have, and that is
    /// more than a table or a phrase. Symmetric.
    pub fn is_copy(&self, overlap: &Overlap, shares_title: bool) -> bool {
        let (a, b) = (overlap.containment(), overlap.containment_of_other());
        a.max(b) >= self.copy_larger && a.min(b) >= self.copy_smaller
            || shares_title
                && overlap.shared >= self.copy_shared
                && overlap.resemblance() >= self.copy_resemblance
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
    /// The first has the title of the other.
    pub has_title: bool,
    /// The other has the title of the first.
    pub title_is_had: bool,
    /// One of them speaks of what the other does: see [`Shingles::speaks_of`].
    pub same_subject: bool,
    /// They are one form, filled in otherwise, if they share as much as copies.
    pub is_template: bool,
}

impl TextPair {
    /// Compares two texts.
    pub fn of(this: &Shingles, other: &Shingles) -> Self {
        Self::of_overlap(this.overlap(other), this, other)
    }

    /// Compares two texts whose overlap is known.
    pub fn of_overlap(overlap: Overlap, this: &Shingles, other: &Shingles) -> Self {
        let (has_title, title_is_had) = (this.has_title_of(other), other.has_title_of(this));
        let shares_title = has_title || title_is_had;
        Self {
            overlap,
            has_opening: this.has_opening_of(other),
            opening_is_had: other.has_opening_of(this),
            has_title,
            title_is_had,
            same_subject: this.speaks_of(other) || other.speaks_of(this),
            is_template: is_bulletin(&overlap, this, other)
                || !shares_title && is_wall(&overlap, this, other),
        }
    }

    /// Whether one of them has the title of the other.
    fn shares_title(&self) -> bool {
        self.has_title || self.title_is_had
    }

    /// Whether the two share enough to be copies: see [`Thresholds::is_copy`]. Symmetric.
    pub fn shares_enough(&self, thresholds: &Thresholds) -> bool {
        thresholds.is_copy(&self.overlap, self.shares_title())
    }

    /// Whether the two are copies of each other. Symmetric.
    ///
    /// Two pages of one host share the text around their articles, which may outweigh the articles. So
    /// they must also have a title, an opening or a subject in common, as versions and follow-ups have.
    pub fn is_copy(&self, same_host: bool, thresholds: &Thresholds) -> bool {
        let begin_alike = self.has_opening || self.opening_is_had || self.shares_title();
        let are_articles = !same_host || begin_alike || self.same_subject;
        are_articles && !self.is_template && self.shares_enough(thresholds)
    }

    /// Returns the same comparison with the texts exchanged.
    pub fn reversed(&self) -> Self {
        Self {
            overlap: self.overlap.reversed(),
            has_opening: self.opening_is_had,
            opening_is_had: self.has_opening,
            has_title: self.title_is_had,
            title_is_had: self.has_title,
            ..*self
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
        let titles_are_alike = self.has_title && self.title_is_had;
        match (within, around) {
            _ if self.is_copy(kinship == Kinship::SameHost, thresholds) => {
                Relation::of_copies(&self.overlap, kinship)
            }
            _ if self.shares_enough(thresholds) && self.is_template => Relation::Template,
            _ if self.shares_enough(thresholds) => Relation::Version,
            (true, _) if other_is_earlier && self.has_opening => Relation::Excerpt,
            (true, _) => Relation::Embedded,
            (_, true) if other_is_earlier && self.has_opening && titles_are_alike => {
                Relation::Carries
            }
            (_, true) => Relation::Embeds,
            (false, false) => Relation::Overlap,
        }
    }
}

/// Whether all that two texts do not share is figures and a word for each: most of their figures differ, in
/// the same places.
fn is_bulletin(overlap: &Overlap, this: &Shingles, other: &Shingles) -> bool {
    let figures = this.figures_agree(other);
    let own = overlap.this.min(overlap.other) - overlap.shared;
    figures.different >= FIGURES
        && figures.different >= 2 * figures.same
        && own <= AROUND_FIGURE * figures.different
}

/// Whether two texts are one short text under headlines of which it says nothing, as what a host shows in
/// place of articles. The headlines differ.
fn is_wall(overlap: &Overlap, this: &Shingles, other: &Shingles) -> bool {
    let has_little_else = |text: &Shingles, weight: u32| {
        let own = weight - overlap.shared;
        weight <= SHORT && own <= text.title_weight() + weight / 8 && text.title_is_apart()
    };
    has_little_else(this, overlap.this) && has_little_else(other, overlap.other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::shingles;

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

    /// Returns `count` words of which none is in another list.
    fn words(of: &str, count: usize) -> String {
        let words = (0..count).map(|n| format!("{of}word{n}"));
        words.collect::<Vec<_>>().join(" ")
    }

    fn relation(
        this: &Shingles,
        other: &Shingles,
        other_is_earlier: bool,
        kinship: Kinship,
    ) -> Relation {
        TextPair::of(this, other).relation(other_is_earlier, kinship, &Thresholds::default())
    }

    #[test]
    fn pages_of_one_host_are_copies_only_if_their_articles_have_something_in_common() {
        let frame = words("frame", 90);
        let page = |title: &str, article: &str| shingles(title, &format!("{article} {frame}"), &[]);
        let check = |this: &Shingles, other: &Shingles, kinship, expected: bool| {
            let pair = TextPair::of(this, other);
            let is_copy = pair.is_copy(kinship == Kinship::SameHost, &Thresholds::default());
            assert_eq!(is_copy, expected);
            assert_eq!(
                pair.reversed()
                    .is_copy(kinship == Kinship::SameHost, &Thresholds::default()),
                expected
            );
        };
        let goat = page(
            "A goat is elected",
            "The parish council of Arden counted the votes twice and then \
            swore the animal in, wearing its chain of office, before a cheering crowd.",
        );
        let ferry = page(
            "Ferry aground off Halm",
            "Forty passengers walked ashore at low tide after the Marlin \
            missed the channel in thick morning fog and came to rest upon the sandbank.",
        );
        // The frame around the articles is more than both.
        check(&goat, &ferry, Kinship::SameHost, false);
        assert_eq!(
            relation(&goat, &ferry, true, Kinship::SameHost),
            Relation::Version
        );
        check(&goat, &ferry, Kinship::SamePublisher, true);
        assert_eq!(
            relation(&goat, &ferry, true, Kinship::Strangers),
            Relation::Copy
        );
        // A new article about the same, with a new headline and a new beginning.
        let follow_up = page(
            "Animal resigns",
            "The elected goat of Arden ate the chain of office, so the parish \
            council counted votes again and swore in a cheering duck.",
        );
        check(&goat, &follow_up, Kinship::SameHost, true);
        let retitled = page("Ferry aground off Halm", &words("other", 20));
        check(&retitled, &ferry, Kinship::SameHost, true);
    }

    #[test]
    fn a_form_that_is_filled_in_otherwise_is_a_template() {
        let quake = |size: &str, distance: &str, day: &str, more: &str| {
            let text = format!(
                "A magnitude {size} earthquake shook the coast {distance} kilometres off Veldania on {day}, \
                 the survey of the islands said. It asked residents to remain calm and to report what they \
                 felt, and said that no wave was expected anywhere on the eastern shore, where boats had \
                 been called back to harbour as a precaution by the wardens, who keep a list of all of them and \
                 of whoever is still out. {more}"
            );
            shingles("", &text, &[])
        };
        let check = |other: &Shingles, expected: Relation| {
            let first = quake("3.4", "30", "Friday", "");
            for kinship in [Kinship::Strangers, Kinship::SameHost] {
                let found = relation(&first, other, true, kinship);
                let is_version = kinship == Kinship::SameHost && expected == Relation::Copy;
                assert_eq!(
                    found,
                    if is_version {
                        Relation::Version
                    } else {
                        expected
                    }
                );
                assert_eq!(relation(other, &first, true, kinship), found);
            }
        };
        check(&quake("5.1", "80", "Monday", ""), Relation::Template);
        // A correction, and a copy that goes on.
        check(&quake("3.5", "30", "Friday", ""), Relation::Copy);
        check(
            &quake("3.4", "30", "Friday", &words("more", 30)),
            Relation::Copy,
        );
        // More differs than the figures.
        check(
            &quake("5.1", "80", "Monday", &words("more", 30)),
            Relation::Template,
        );
        let first = quake("3.4", "30", "Friday", &words("one", 30));
        let second = quake("5.1", "80", "Monday", &words("two", 30));
        assert_eq!(
            relation(&first, &second, true, Kinship::Strangers),
            Relation::Overlap
        );
    }

    #[test]
    fn a_short_text_that_says_nothing_of_its_headline_is_a_template() {
        let wall = "Vi bryr oss om ditt privatliv. Vi og våre partnere lagrer opplysninger om besøket. Velg hva \
            du godtar, eller les mer om hvordan valget kan endres senere.";
        let of = |title: &str, text: &str| shingles(title, text, &[]);
        let one = of("Ferja går på grunn utenfor Halm", wall);
        let check = |other: &Shingles, expected: Relation| {
            assert_eq!(relation(&one, other, true, Kinship::Strangers), expected);
            assert_eq!(relation(other, &one, true, Kinship::Strangers), expected);
        };
        check(&of("Skolen får nytt bibliotek", wall), Relation::Template);
        check(&of("Ferja går på grunn utenfor Halm", wall), Relation::Copy);
        check(&of("", wall), Relation::Copy);
        check(&of("Vi bryr oss om ditt privatliv", wall), Relation::Copy);
        let brief = |title: &str| {
            of(
                title,
                "Ferja Marlin står på grunn utenfor Halm etter en natt med tett tåke, \
            og førti passasjerer gikk i land da vannet sank.",
            )
        };
        let copy = relation(
            &brief("Ferja står fast ved Halm"),
            &brief("Marlin på grunn i tåke"),
            true,
            Kinship::Strangers,
        );
        assert_eq!(copy, Relation::Copy);
    }

    #[test]
    fn a_page_with_a_whole_article_under_its_title_carries_it() {
        let article = words("story", 60);
        let page = |title: &str, text: &str| shingles(title, text, &[]);
        let first = page("Ferry aground off Halm", &article);
        let check = |other: &Shingles, is_later: bool, expected: Relation| {
            assert_eq!(
                relation(other, &first, is_later, Kinship::Strangers),
                expected
            );
        };
        let around = words("teaser", 120);
        let reprint = page("Ferry aground off Halm", &format!("{article} {around}"));
        check(&reprint, true, Relation::Carries);
        check(&reprint, false, Relation::Embeds);
        check(
            &page("News of the day", &format!("{article} {around}")),
            true,
            Relation::Embeds,
        );
        check(
            &page(
                "Ferry aground off Halm",
                &format!("{around} {article} {around}"),
            ),
            true,
            Relation::Carries,
        );
        // A digest under another title has those of its parts as headings.
        let digest = format!("Ferry aground off Halm. {article} {around}");
        check(
            &page("All the news of Halm", &digest),
            true,
            Relation::Embeds,
        );
        let part = words("story", 30);
        check(
            &page("Ferry aground off Halm", &format!("{part} {around}")),
            true,
            Relation::Overlap,
        );
    }

    #[test]
    fn copies_share_most_of_one_text_or_a_title_and_half_of_both() {
        let check = |shared: u64, [this, other]: [u64; 2], without_title: bool, with: bool| {
            let overlap = text(0, this).overlap(&text(this - shared, this - shared + other));
            for (shares_title, expected) in [(false, without_title), (true, with)] {
                let is_copy = Thresholds::default().is_copy(&overlap, shares_title);
                assert_eq!(is_copy, expected, "{shared} of {this} and {other}");
            }
        };
        // Three quarters of one, and half of the other.
        check(75, [100, 150], true, true);
        check(74, [100, 100], false, true);
        check(75, [100, 151], false, false);
        check(9, [12, 18], true, true);
        // Sixty words, and half of all there is.
        check(56, [84, 84], false, true);
        check(56, [85, 84], false, false);
        check(54, [81, 81], false, false);
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
            odd(|one| one.copy_resemblance = 0.0),
            odd(|one| one.copy_resemblance = 0.1),
            odd(|one| one.copy_shared = 0),
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
