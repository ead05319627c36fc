//! Invented articles, and what is to be said of them.

use std::ops::RangeInclusive;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::id::{ArticleId, host};
use crate::notices::{Notice, PhotoCredit, Signal};
use crate::text::{Overlap, Span};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Some day, at 8 in the morning.
const START: i64 = 20_833 * DAY + 8 * HOUR;

/// An article on `site`.example, published and seen so many hours after the start.
fn article(site: &str, published: i64, seen: i64) -> Facts {
    let url = format!("https://{site}.example/story");
    Facts {
        publisher: format!("{site}.example"),
        host: host(&url).unwrap(),
        url,
        published_ms: Some(START + published * HOUR),
        ..Facts::new(ArticleId(site.to_owned()), START + seen * HOUR)
    }
}

fn notice(signal: Signal, outlet: &str, url: &str, agency: bool, weight: f32) -> Notice {
    Notice {
        signal,
        span: Span { start: 10, end: 60 },
        words: format!("{} {outlet}", signal.as_str()),
        outlet: outlet.to_owned(),
        url: url.to_owned(),
        agency,
        cut: true,
        weight,
        disguised: false,
    }
}

impl Facts {
    fn says(mut self, signal: Signal, outlet: &str) -> Self {
        self.notices.push(notice(signal, outlet, "", false, 0.95));
        self
    }

    fn links(mut self, signal: Signal, url: &str) -> Self {
        self.notices.push(notice(signal, "", url, false, 0.95));
        self
    }

    fn agency(mut self, signal: Signal, outlet: &str) -> Self {
        self.notices.push(notice(signal, outlet, "", true, 0.9));
        self
    }

    fn photo(mut self, outlet: &str) -> Self {
        self.photo_credits.push(PhotoCredit {
            span: Span::default(),
            outlet: outlet.to_owned(),
            words: format!("Photo: {outlet}"),
        });
        self
    }

    fn canonical(mut self, url: &str) -> Self {
        self.canonical = url.to_owned();
        self
    }

    fn named(mut self, id: &str) -> Self {
        self.id = ArticleId(id.to_owned());
        self
    }
}

/// What an article shares with its lead: it carries so many hundredths of the lead, and that is so
/// many hundredths of it.
fn overlap(carried: u32, own: u32) -> Overlap {
    Overlap {
        shared: carried * own,
        this: carried * 100,
        other: own * 100,
    }
}

/// A copy that differs in a word.
const WHOLE: (u32, u32) = (98, 98);

fn related(id: &str, cluster: &str, relation: Relation, overlap: Overlap) -> Related {
    Related {
        id: ArticleId(id.to_owned()),
        cluster: ArticleId(cluster.to_owned()),
        publisher: String::new(),
        host: format!("{id}.example"),
        relation,
        overlap,
        is_earlier: true,
    }
}

/// An article among others, and what is expected of it.
struct Case<'a> {
    name: &'a str,
    article: Facts,
    /// The lead, where the article does not lead.
    lead: Option<Facts>,
    shares: (u32, u32),
    members: Vec<Facts>,
    related: Vec<Related>,
    role: Role,
    confidence: RangeInclusive<f64>,
    /// The original: an article's id, or else an outlet or URL; empty where there is none.
    original: &'a str,
}

impl Case<'_> {
    fn judge(&self) -> Judgement {
        let story = Story {
            lead: self
                .lead
                .as_ref()
                .map(|lead| (lead, overlap(self.shares.0, self.shares.1))),
            members: &self.members,
            truncated: false,
            related: &self.related,
        };
        judge(&self.article, &story)
    }

    fn check(&self) {
        let found = self.judge();
        let original = match &found.original {
            None => "",
            Some(Source {
                article: Some(id), ..
            }) => id.as_str(),
            Some(source) if source.outlet.is_empty() => &source.url,
            Some(source) => &source.outlet,
        };
        assert_eq!(
            (found.role, original),
            (self.role, self.original),
            "{}: {found:#?}",
            self.name
        );
        assert!(
            self.confidence.contains(&found.confidence),
            "{}: {found:#?}",
            self.name
        );
    }
}

/// A follower of a lead.
fn follower<'a>(name: &'a str, article: Facts, lead: Facts) -> Case<'a> {
    Case {
        name,
        article,
        lead: Some(lead),
        shares: WHOLE,
        members: Vec::new(),
        related: Vec::new(),
        role: Role::Unknown,
        confidence: 0.5..=0.5,
        original: "",
    }
}

/// An article that leads others, or stands alone.
fn lead<'a>(name: &'a str, article: Facts, members: impl Into<Vec<Facts>>) -> Case<'a> {
    Case {
        lead: None,
        members: members.into(),
        ..follower(name, article.clone(), article)
    }
}

impl<'a> Case<'a> {
    fn is(self, role: Role, confidence: RangeInclusive<f64>, original: &'a str) -> Self {
        Self {
            role,
            confidence,
            original,
            ..self
        }
    }
}

fn check(cases: impl IntoIterator<Item = Case<'static>>) {
    for case in cases {
        case.check();
    }
}

#[test]
fn dates_alone_tell_little() {
    let halm = || article("halm", 0, 0);
    check([
        lead("nobody else has it", halm(), []).is(Role::Original, 0.6..=0.7, "halm"),
        follower(
            "the same day, and seen together",
            article("arden", 0, 0),
            halm(),
        ),
        lead(
            "the same from the other side",
            halm(),
            [article("arden", 0, 0)],
        ),
        follower("a date after it was seen", article("arden", 72, 0), halm()),
        follower(
            "published days later",
            article("arden", 72, 100),
            article("halm", 0, 100),
        )
        .is(Role::Reprint, 0.73..=0.77, "halm"),
        lead(
            "published days before",
            article("halm", 0, 100),
            [article("arden", 72, 100)],
        )
        .is(Role::Original, 0.69..=0.73, "halm"),
        follower(
            "both clocks agree",
            article("arden", 72, 72),
            article("halm", 0, 0),
        )
        .is(Role::Reprint, 0.8..=0.86, "halm"),
        follower(
            "dates without a time of day",
            Facts {
                published_ms: Some(START / DAY * DAY + DAY),
                ..article("arden", 0, 40)
            },
            Facts {
                published_ms: Some(START / DAY * DAY),
                ..article("halm", 0, 40)
            },
        ),
    ]);
}

#[test]
fn an_article_says_itself_that_it_is_a_reprint() {
    let halm = || article("halm", 0, 0);
    let arden = || article("arden", 30, 30);
    check([
        follower(
            "names the lead's site",
            arden().says(Signal::Republished, "halm.example"),
            halm(),
        )
        .is(Role::Reprint, 0.96..=0.99, "halm"),
        follower(
            "names the lead by name",
            arden().says(Signal::FeedTail, "Halm"),
            halm(),
        )
        .is(Role::Reprint, 0.96..=0.98, "halm"),
        follower(
            "an aggregator's note in bad English, with a link",
            arden().links(Signal::Indexed, "https://www.halm.example/story?x=1"),
            halm(),
        )
        .is(Role::Reprint, 0.96..=0.99, "halm"),
        lead(
            "an aggregator's note that names nobody",
            arden().links(Signal::Indexed, ""),
            [],
        )
        .is(Role::Reprint, 0.8..=0.88, ""),
        lead(
            "the original is not known here",
            arden().says(Signal::FirstAppeared, "Vell Tribune"),
            [],
        )
        .is(Role::Reprint, 0.86..=0.92, "Vell Tribune"),
        lead(
            "a credit line names a newspaper",
            arden().says(Signal::Credit, "Vell Tribune"),
            [],
        )
        .is(Role::Reprint, 0.7..=0.8, "Vell Tribune"),
        lead(
            "a translation",
            arden().says(Signal::Translated, "Vell Tribune"),
            [],
        )
        .is(Role::Reprint, 0.8..=0.88, "Vell Tribune"),
        follower(
            "a chain: arden from halm, halm from elsewhere",
            arden().says(Signal::Republished, "halm.example"),
            halm().says(Signal::Republished, "Vell Tribune"),
        )
        .is(Role::Reprint, 0.9..=0.99, "Vell Tribune"),
        follower(
            "each names the other",
            arden().says(Signal::Republished, "halm.example"),
            halm().says(Signal::Republished, "arden.example"),
        )
        .is(Role::Reprint, 0.9..=0.99, "halm"),
        follower(
            "names another than the lead",
            arden().says(Signal::Republished, "Vell Tribune"),
            halm(),
        )
        .is(Role::Reprint, 0.88..=0.95, "Vell Tribune"),
        lead(
            "rel=canonical on another site",
            arden().canonical("https://vell.example/1"),
            [],
        )
        .is(Role::Reprint, 0.86..=0.9, "https://vell.example/1"),
        follower(
            "rel=canonical on the lead's site",
            arden().canonical("https://halm.example/story"),
            halm(),
        )
        .is(Role::Reprint, 0.94..=0.98, "halm"),
    ]);
}

#[test]
fn a_page_of_no_known_site_may_be_its_own_canonical() {
    let page = |id: &str| {
        let page = Facts::new(ArticleId(id.to_owned()), START);
        page.canonical("https://halm.example/story")
    };
    check([
        lead("alone", page("page"), []).is(Role::Original, 0.6..=0.7, "page"),
        follower(
            "of an article on the canonical's site",
            page("page"),
            article("halm", 0, 0),
        ),
        lead(
            "a notice names another all the same",
            page("page").says(Signal::Republished, "Vell"),
            [],
        )
        .is(Role::Reprint, 0.9..=0.93, "Vell"),
    ]);
    let canonical = "https://halm.example/story";
    assert!(!names_another("", "", canonical, []));
    assert!(!names_another("!", "localhost", canonical, []));
    assert!(!names_another("Halm", "", canonical, []));
    assert!(names_another("Arden", "", canonical, []));
    let named = notice(Signal::Republished, "Vell", "", false, 0.9);
    assert!(names_another("", "", canonical, [&named]));
}

#[test]
fn what_names_its_own_outlet_is_no_reprint() {
    let paper = |published| Facts {
        publisher: "The Halm Courier".to_owned(),
        ..article("halm-courier", published, published)
    };
    let arden = || article("arden", 30, 30);
    check([
        lead(
            "its own name",
            paper(0).says(Signal::FirstAppeared, "Halm Courier"),
            [arden()],
        )
        .is(Role::Original, 0.7..=0.85, "halm-courier"),
        lead(
            "its own host",
            paper(0).links(Signal::FeedTail, "https://halm-courier.example/"),
            [],
        )
        .is(Role::Original, 0.6..=0.7, "halm-courier"),
        lead(
            "rel=canonical on its own site",
            paper(0).canonical("https://www.halm-courier.example/a"),
            [],
        )
        .is(Role::Original, 0.6..=0.7, "halm-courier"),
        lead(
            "a notice that names nobody",
            paper(0).says(Signal::FirstAppeared, ""),
            [],
        )
        .is(Role::Original, 0.6..=0.7, "halm-courier"),
        lead(
            "it says who reprinted it",
            paper(0).says(Signal::ReprintedOn, "Arden Post"),
            [],
        )
        .is(Role::Original, 0.8..=0.85, "halm-courier"),
    ]);
}

#[test]
fn an_agencys_text_is_wire_wherever_it_stands() {
    let halm = || article("halm", 0, 0);
    let arden = || article("arden", 5, 5);
    check([
        lead(
            "a dateline",
            halm().agency(Signal::Dateline, "Norpress"),
            [],
        )
        .is(Role::Wire, 0.88..=0.93, "Norpress"),
        follower(
            "a credit line below",
            arden().agency(Signal::Credit, "Norpress"),
            halm(),
        )
        .is(Role::Wire, 0.85..=0.9, "Norpress"),
        lead(
            "dateline and rights line",
            halm()
                .agency(Signal::Dateline, "Norpress")
                .agency(Signal::AgencyRights, "Norpress"),
            [],
        )
        .is(Role::Wire, 0.93..=0.96, "Norpress"),
        lead(
            "the byline",
            Facts {
                byline: "Norpress".to_owned(),
                byline_agency: Some("Norpress".to_owned()),
                ..halm()
            },
            [],
        )
        .is(Role::Wire, 0.9..=0.93, "Norpress"),
        follower(
            "the agency's own page is known",
            arden().agency(Signal::Dateline, "Norpress"),
            article("norpress", 0, 0),
        )
        .is(Role::Wire, 0.88..=0.93, "norpress"),
        lead(
            "the agency's own page",
            article("norpress", 0, 0),
            [arden().agency(Signal::Dateline, "Norpress")],
        )
        .is(Role::Wire, 0.9..=0.93, "norpress"),
        lead(
            "two agencies for one text",
            halm().agency(Signal::Dateline, "Norpress"),
            [arden().agency(Signal::Dateline, "Sudwire")],
        )
        .is(Role::Wire, 0.78..=0.85, "Norpress"),
        follower(
            "two agencies for one text, the other side",
            arden().agency(Signal::Dateline, "Sudwire"),
            halm().agency(Signal::Dateline, "Norpress"),
        )
        .is(Role::Wire, 0.78..=0.85, "Sudwire"),
        lead(
            "compiled of two",
            halm()
                .agency(Signal::Credit, "Norpress")
                .agency(Signal::Credit, "Sudwire"),
            [],
        )
        .is(Role::Wire, 0.78..=0.86, "Norpress"),
        follower(
            "not marked, of a marked lead",
            arden(),
            halm().agency(Signal::Dateline, "Norpress"),
        )
        .is(Role::Reprint, 0.8..=0.88, "halm"),
        lead(
            "with files from",
            halm().agency(Signal::Contributed, "Norpress"),
            [],
        )
        .is(Role::Original, 0.55..=0.62, "halm"),
        lead(
            "says Norpress",
            halm().agency(Signal::Attribution, "Norpress"),
            [],
        )
        .is(Role::Original, 0.55..=0.62, "halm"),
        lead("a picture of Norpress's", halm().photo("Norpress"), []).is(
            Role::Original,
            0.6..=0.7,
            "halm",
        ),
        lead(
            "a weak mark, as under a picture",
            Facts {
                notices: vec![notice(Signal::Credit, "Norpress", "", true, 0.3)],
                ..halm()
            },
            [],
        )
        .is(Role::Original, 0.6..=0.7, "halm"),
    ]);
}

#[test]
fn the_first_is_found_against_the_clocks() {
    let cross = || article("cross", 40, 40).says(Signal::FeedTail, "Arden");
    check([
        lead(
            "seen late, credited by others",
            article("arden", 0, 50),
            [article("halm", 30, 30), cross()],
        )
        .is(Role::Original, 0.78..=0.84, "arden"),
        follower(
            "what was taken for the original before",
            article("halm", 30, 30),
            article("arden", 0, 50),
        )
        .is(Role::Reprint, 0.6..=0.7, "arden"),
        lead(
            "seen late, nothing against it",
            article("arden", 0, 50),
            [article("halm", 30, 30)],
        )
        .is(Role::Original, 0.57..=0.62, "arden"),
        follower(
            "back-dated, with a notice",
            article("scrape", -48, 20).says(Signal::ReadOriginal, "halm.example"),
            article("halm", 0, 0),
        )
        .is(Role::Reprint, 0.75..=0.9, "halm"),
        follower(
            "back-dated, with rel=canonical",
            article("scrape", -48, 20).canonical("https://halm.example/story"),
            article("halm", 0, 0),
        )
        .is(Role::Reprint, 0.8..=0.9, "halm"),
        lead(
            "back-dated, and others credit the other",
            article("scrape", -48, 20),
            [
                article("halm", 0, 0),
                article("arden", 9, 9).says(Signal::Republished, "halm.example"),
                article("vell", 9, 9).says(Signal::Republished, "halm.example"),
            ],
        )
        .is(Role::Reprint, 0.7..=0.8, "halm"),
        follower(
            "the original behind it",
            article("halm", 0, 0),
            article("scrape", -48, 20),
        )
        .is(Role::Reprint, 0.6..=0.7, "scrape"),
        follower(
            "the original, credited",
            Facts {
                notices: Vec::new(),
                ..article("halm", 0, 0)
            },
            article("scrape", -48, 20).says(Signal::Republished, "halm.example"),
        )
        .is(Role::Original, 0.8..=0.85, "halm"),
        lead(
            "all others name an outlet not known here",
            article("halm", 0, 0),
            [article("arden", 5, 5).says(Signal::Republished, "Vell Tribune")],
        ),
        lead(
            "the same, and times speak for the others",
            article("halm", 0, 20),
            [
                article("arden", 0, 0),
                article("cross", 5, 5).says(Signal::Republished, "Vell Tribune"),
            ],
        )
        .is(Role::Reprint, 0.75..=0.85, "arden"),
        lead(
            "words of letters that look alike",
            Facts {
                disguised: true,
                ..article("scrape", 0, 0)
            },
            [article("halm", 0, 0)],
        )
        .is(Role::Reprint, 0.64..=0.66, "halm"),
    ]);
}

#[test]
fn pictures_and_bylines_support_and_never_decide() {
    let halm = || article("halm", 0, 0);
    check([
        follower(
            "nothing but a picture",
            article("arden", 0, 0).photo("Halm"),
            halm(),
        ),
        follower(
            "a picture of another's",
            article("arden", 72, 0).photo("Vell"),
            article("halm", -72, 0),
        )
        .is(Role::Reprint, 0.74..=0.76, "halm"),
        follower(
            "picture and byline of the lead's",
            Facts {
                byline: "Halm".to_owned(),
                ..article("arden", 72, 0).photo("Halm").photo("Halm")
            },
            article("halm", -72, 0),
        )
        .is(Role::Reprint, 0.83..=0.86, "halm"),
    ]);
}

#[test]
fn parts_and_wholes_are_told_apart() {
    let halm = || article("halm", 0, 0);
    let teaser = related("halm", "halm", Relation::Excerpt, overlap(30, 97));
    let holds = |id: &str, cluster: &str| related(id, cluster, Relation::Embeds, overlap(99, 25));
    let page = || article("arden", 40, 40);
    let with = |case: Case<'static>, related: &[Related]| Case {
        related: related.to_vec(),
        ..case
    };
    check([
        with(lead("a teaser", page(), []), std::slice::from_ref(&teaser)).is(
            Role::Excerpt,
            0.85..=0.9,
            "halm",
        ),
        with(
            lead(
                "a teaser that links to the whole",
                page().links(Signal::ReadOriginal, "https://halm.example/story"),
                [],
            ),
            &[teaser],
        )
        .is(Role::Excerpt, 0.95..=0.99, "halm"),
        Case {
            shares: (60, 95),
            ..follower(
                "most of the lead, and a link to the whole",
                page().links(Signal::ReadOriginal, "https://halm.example/story"),
                halm(),
            )
        }
        .is(Role::Excerpt, 0.9..=0.97, "halm"),
        with(
            lead("a round-up", page(), []),
            &[holds("halm", "halm"), holds("vell", "vell")],
        )
        .is(Role::RoundUp, 0.85..=0.9, ""),
        with(
            lead("a round-up of three", page(), []),
            &[
                holds("halm", "halm"),
                holds("vell", "vell"),
                holds("cross", "cross"),
            ],
        )
        .is(Role::RoundUp, 0.93..=0.96, ""),
        with(
            lead("two copies of one article", page(), []),
            &[holds("halm", "halm"), holds("vell", "halm")],
        )
        .is(Role::Original, 0.6..=0.7, "arden"),
        with(
            follower(
                "a reprint above two other articles",
                page().links(Signal::Indexed, "https://halm.example/story"),
                halm(),
            ),
            &[holds("vell", "vell"), holds("cross", "cross")],
        )
        .is(Role::Reprint, 0.95..=0.99, "halm"),
        lead(
            "a wall",
            Facts {
                blocked: true,
                ..page().says(Signal::Republished, "Halm")
            },
            [],
        )
        .is(Role::BlockedPage, 0.95..=0.96, ""),
    ]);
}

#[test]
fn what_holds_later_articles_is_no_round_up() {
    let holds = |id: &str| related(id, id, Relation::Embeds, overlap(99, 20));
    let later = |id: &str| Related {
        is_earlier: false,
        ..holds(id)
    };
    let own = |id: &str| Related {
        host: "www2.halm.example".to_owned(),
        ..holds(id)
    };
    let with = |name, related: &[Related]| Case {
        related: related.to_vec(),
        ..lead(name, article("halm", 0, 0), [])
    };
    check([
        with(
            "others lift parts of it later",
            &[later("arden"), later("vell")],
        )
        .is(Role::Original, 0.6..=0.7, "halm"),
        with("over its own shorter pieces", &[own("1"), own("2")]).is(
            Role::Original,
            0.6..=0.7,
            "halm",
        ),
        with(
            "one of each kind, and one of another's",
            &[later("arden"), own("1"), holds("vell")],
        )
        .is(Role::Original, 0.6..=0.7, "halm"),
        with(
            "two of others', and a later one",
            &[holds("arden"), holds("vell"), later("cross")],
        )
        .is(Role::RoundUp, 0.85..=0.9, ""),
        Case {
            related: vec![holds("arden"), holds("vell")],
            ..lead(
                "of an outlet that is not known",
                Facts::new(ArticleId("page".to_owned()), START),
                [],
            )
        }
        .is(Role::RoundUp, 0.85..=0.9, ""),
    ]);
}

#[test]
fn what_stands_in_an_earlier_article_is_no_original() {
    let within = |id: &str| related(id, id, Relation::Embedded, overlap(20, 99));
    let later = || Related {
        is_earlier: false,
        ..within("halm")
    };
    let own = || Related {
        host: "www2.arden.example".to_owned(),
        ..within("arden-1")
    };
    let arden = || article("arden", 48, 48);
    let with = |case: Case<'static>, related: &[Related]| Case {
        related: related.to_vec(),
        ..case
    };
    check([
        with(lead("alone", arden(), []), &[within("halm")]).is(Role::Excerpt, 0.68..=0.7, "halm"),
        with(
            lead(
                "others took it from there",
                arden(),
                [article("vell", 90, 90)],
            ),
            &[within("halm")],
        ),
        with(
            lead(
                "others credit it for it",
                arden(),
                [article("vell", 90, 90).says(Signal::Republished, "arden.example")],
            ),
            &[within("halm")],
        ),
        with(
            lead(
                "it says who reprinted it",
                arden().says(Signal::ReprintedOn, "Vell"),
                [],
            ),
            &[within("halm")],
        ),
        with(
            follower("a copy of another", arden(), article("vell", 0, 0)),
            &[within("halm")],
        )
        .is(Role::Reprint, 0.88..=0.92, "vell"),
        with(
            lead(
                "it says so, too",
                arden().says(Signal::Republished, "Halm"),
                [],
            ),
            &[within("halm")],
        )
        .is(Role::Reprint, 0.95..=0.97, "Halm"),
        with(lead("in a later one", arden(), []), &[later()]).is(
            Role::Original,
            0.6..=0.7,
            "arden",
        ),
        with(lead("in one of its own", arden(), []), &[own()]).is(
            Role::Original,
            0.6..=0.7,
            "arden",
        ),
    ]);
    let found = with(lead("", arden(), []), &[within("vell"), within("halm")]).judge();
    assert_eq!(found.evidence.len(), 1);
    let evidence = &found.evidence[0];
    assert_eq!(evidence.kind, EvidenceKind::StandsInEarlier);
    assert_eq!(
        (evidence.words.as_str(), evidence.outlet.as_str()),
        ("99 %", "halm.example")
    );
    assert_eq!(evidence.article, Some(ArticleId("halm".to_owned())));
}

/// So many pages of one short text: their sites, and their headlines.
fn pages(count: usize, site: fn(usize) -> String, title: fn(usize) -> String) -> Vec<Facts> {
    let page = |i| Facts {
        title: title(i),
        words: 40,
        same_text_as_lead: true,
        url: format!("https://{}.example/{i}", site(i)),
        ..article(&site(i), 0, 0).named(&format!("page {i}"))
    };
    (0..count).map(page).collect()
}

#[test]
fn one_short_text_everywhere_is_a_wall() {
    let one = |name: &str| name.to_owned();
    let (a_title, one_title) = (|i| format!("Title {i}"), |_| "Just a moment".to_owned());
    let (a_site, one_site) = (|i| format!("site-{i}"), |_| "halm".to_owned());
    let undated = |mut pages: Vec<Facts>| {
        pages.iter_mut().for_each(|page| page.published_ms = None);
        pages
    };
    let changed = |change: fn(&mut Facts)| {
        let mut pages = pages(9, a_site, a_title);
        change(&mut pages[3]);
        pages
    };
    let shortened = |words: u32| {
        let mut pages = pages(9, a_site, a_title);
        pages.iter_mut().for_each(|page| page.words = words);
        pages
    };
    let parted = || {
        let mut pages = pages(9, a_site, a_title);
        pages[4..]
            .iter_mut()
            .for_each(|page| page.same_text_as_lead = false);
        pages
    };
    for (name, pages, is_wall) in [
        ("many sites", pages(5, a_site, a_title), true),
        (
            "without headlines",
            pages(5, a_site, |_| String::new()),
            true,
        ),
        ("many pages of one site", pages(5, one_site, a_title), true),
        (
            "one headline, no date",
            undated(pages(5, a_site, one_title)),
            true,
        ),
        ("a brief", pages(9, a_site, one_title), false),
        ("too few", pages(4, a_site, a_title), false),
        (
            "one site, one headline",
            pages(9, one_site, one_title),
            false,
        ),
        (
            "three sites",
            pages(9, |i| format!("site-{}", i % 3), one_title),
            false,
        ),
        ("only some alike", parted(), false),
        ("long", shortened(80), false),
        ("how long is not known", shortened(0), false),
        (
            "a byline",
            changed(|page| page.byline = "A. Writer".to_owned()),
            false,
        ),
        (
            "a notice",
            changed(|page| page.notices = vec![notice(Signal::Credit, "Vell", "", false, 0.3)]),
            false,
        ),
    ] {
        let (first, rest) = pages.split_first().unwrap();
        let wall = |article: &Facts, lead: Option<&Facts>, shared: u32| {
            let share = Overlap {
                shared,
                this: 100,
                other: 100,
            };
            let story = Story {
                lead: lead.map(|lead| (lead, share)),
                members: rest,
                truncated: false,
                related: &[],
            };
            let found = judge(article, &story);
            if found.role == Role::BlockedPage {
                assert_eq!(found.evidence[0].kind, EvidenceKind::SameShortText);
                assert!((0.7..0.8).contains(&found.confidence), "{name}");
            }
            found.role == Role::BlockedPage
        };
        assert_eq!(wall(first, None, 0), is_wall, "{name}");
        assert_eq!(wall(&rest[0], Some(first), 90), is_wall, "{name}");
        let other = Facts {
            same_text_as_lead: false,
            ..rest[0].clone()
        };
        assert_eq!(wall(&other, Some(first), 100), is_wall, "{name}");
        assert!(!wall(&other, Some(first), 99), "{name}");
    }
    let found = lead(
        "",
        pages(5, a_site, a_title)[0].clone(),
        pages(5, a_site, a_title),
    )
    .judge();
    assert_eq!(
        found.evidence[0].words,
        one("pages: 5, sites: 5, words: 40")
    );
}

#[test]
fn an_original_is_less_sure_where_not_all_were_heard() {
    let judged = |article: &Facts, lead: Option<&Facts>, members: &[Facts], truncated| {
        let lead = lead.map(|lead| (lead, overlap(98, 98)));
        let (members, related) = (members, &[]);
        let story = Story {
            lead,
            members,
            truncated,
            related,
        };
        judge(article, &story)
    };
    let (halm, arden) = (article("halm", 0, 0), article("arden", 72, 72));
    let members = [arden.clone()];
    for members in [&[][..], &members] {
        let all = judged(&halm, None, members, false);
        let some = judged(&halm, None, members, true);
        assert_eq!((all.role, some.role), (Role::Original, Role::Original));
        assert!(some.confidence < all.confidence, "{some:#?}");
        let is_told = |one: &Evidence| one.kind == EvidenceKind::Truncated;
        assert!(some.evidence.iter().any(is_told) && !all.evidence.iter().any(is_told));
    }
    // That a copy is one does not hang on those that were not heard.
    let all = judged(&arden, Some(&halm), &[], false);
    assert_eq!(judged(&arden, Some(&halm), &[], true), all);
}

#[test]
fn a_publishers_own_copy_is_a_version() {
    let halm = |at| article("halm", at, at);
    check([
        follower("revised the day after", halm(30).named("halm-2"), halm(0)).is(
            Role::Version,
            0.75..=0.85,
            "halm",
        ),
        follower(
            "on another host of its own",
            Facts {
                host: "m.halm.example".to_owned(),
                publisher: String::new(),
                ..halm(30).named("halm-2")
            },
            halm(0),
        )
        .is(Role::Version, 0.75..=0.85, "halm"),
        lead("the earlier version", halm(0), [halm(30).named("halm-2")]).is(
            Role::Original,
            0.75..=0.85,
            "halm",
        ),
        follower(
            "of one date, changed later",
            Facts {
                modified_ms: Some(START + 9 * HOUR),
                ..halm(0).named("halm-2")
            },
            halm(0),
        )
        .is(Role::Version, 0.69..=0.73, "halm"),
        follower(
            "which is which cannot be told",
            halm(0).named("halm-2"),
            halm(0),
        ),
        Case {
            members: vec![halm(20).named("halm-1")],
            ..follower(
                "a reprint, twice",
                halm(30).named("halm-2"),
                article("arden", 0, 0),
            )
        }
        .is(Role::Reprint, 0.75..=0.85, "arden"),
    ]);
}

#[test]
fn numbers_are_those_of_the_texts_and_times() {
    let case = Case {
        shares: (80, 50),
        ..follower("", article("arden", 30, 31), article("halm", 0, 0))
    };
    let found = case.judge();
    assert_eq!((found.carried, found.added), (0.8, 0.5));
    assert_eq!(found.lag_ms, Some(30 * HOUR));
    let sum: f64 = found.evidence.iter().map(|one| one.weight).sum();
    assert_eq!(found.confidence, confidence(sum));
    let strongest = &found.evidence[0];
    assert_eq!(strongest.kind, EvidenceKind::PublishedLater);
    assert_eq!(strongest.words, "1 d 6 h");
    assert_eq!(strongest.article, Some(ArticleId("halm".to_owned())));
    let found = lead("", article("halm", 0, 0), []).judge();
    assert_eq!((found.carried, found.added, found.lag_ms), (1.0, 0.0, None));
}

#[test]
fn evidence_stands_where_the_words_do() {
    let arden = article("arden", 1, 1).says(Signal::Republished, "Halm");
    let found = follower("", arden, article("halm", 0, 0)).judge();
    let notice = &found.evidence[0];
    assert_eq!(notice.kind, EvidenceKind::Notice(Signal::Republished));
    assert_eq!(notice.words, "republished Halm");
    assert_eq!(notice.span, Some(Span { start: 10, end: 60 }));
    assert_eq!(notice.article, Some(ArticleId("halm".to_owned())));
}

#[test]
fn articles_that_name_another_are_known() {
    let names = |canonical: &str, said: Option<Notice>| {
        names_another("The Halm Courier", "halm-courier.example", canonical, &said)
    };
    let said = |signal, outlet: &str, weight| Some(notice(signal, outlet, "", false, weight));
    assert!(!names("", None));
    assert!(!names("/story", None));
    assert!(!names("https://m.halm-courier.example/story", None));
    assert!(names("https://vell.example/story", None));
    assert!(names("", said(Signal::Republished, "Vell", 0.6)));
    assert!(names("", said(Signal::Indexed, "", 0.9)));
    assert!(names("", said(Signal::Credit, "Vell", 0.8)));
    assert!(!names("", said(Signal::FirstAppeared, "", 0.9)));
    assert!(!names("", said(Signal::Republished, "Vell", 0.5)));
    assert!(!names("", said(Signal::Republished, "Halm Courier", 0.9)));
    assert!(!names("", said(Signal::Attribution, "Vell", 0.9)));
    assert!(!names("", said(Signal::ReprintedOn, "Vell", 0.9)));
    let agency = |signal| Some(notice(signal, "Norpress", "", true, 0.9));
    assert!(!names("", agency(Signal::Dateline)));
    assert!(!names("", agency(Signal::Credit)));
    assert!(!names("", agency(Signal::AgencyRights)));
    assert!(names("", agency(Signal::Republished)));
}

/// Names, hosts and URLs that may mean one another.
const PLACES: [&str; 8] = [
    "",
    "halm",
    "Halm",
    "arden.example",
    "https://halm.example/a",
    "https://vell.example/",
    "Norpress",
    "://",
];

fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => (0i64..200).prop_map(|hours| START + hours * HOUR),
        1 => any::<i64>(),
    ]
}

fn any_notice() -> impl Strategy<Value = Notice> {
    (
        select(Signal::ALL.to_vec()),
        select(PLACES.to_vec()),
        select(PLACES.to_vec()),
        any::<bool>(),
        prop_oneof![9 => 0f32..1.0, 1 => any::<f32>()],
    )
        .prop_map(|(signal, outlet, url, agency, weight)| {
            notice(signal, outlet, url, agency, weight)
        })
}

prop_compose! {
    fn any_facts()(
        site in select(vec!["halm", "arden", "vell", "norpress", "cross"]),
        published in prop::option::of(any_time()),
        seen in any_time(),
        notices in prop::collection::vec(any_notice(), 0..3),
        canonical in select(PLACES.to_vec()),
        credited in select(PLACES.to_vec()),
        agency in prop::option::weighted(0.1, Just("Norpress".to_owned())),
        (blocked, disguised) in (prop::bool::weighted(0.05), prop::bool::weighted(0.1)),
        is_of_nobody in prop::bool::weighted(0.1),
    ) -> Facts {
        let known = article(site, 0, 0).canonical(canonical).photo(credited);
        let known = match is_of_nobody {
            true => Facts {
                publisher: String::new(),
                host: String::new(),
                url: String::new(),
                ..known
            },
            false => known,
        };
        Facts {
            published_ms: published,
            first_seen_ms: seen,
            notices,
            byline: credited.to_owned(),
            byline_agency: agency,
            blocked,
            disguised,
            ..known
        }
    }
}

fn any_related() -> impl Strategy<Value = Related> {
    (
        select(vec!["rush", "dune", "halm"]),
        select(vec!["rush", "dune", "0"]),
        select(vec![
            Relation::Embeds,
            Relation::Embedded,
            Relation::Excerpt,
            Relation::Overlap,
        ]),
        (0u32..=100, 1u32..=100),
        any::<bool>(),
    )
        .prop_map(
            |(id, cluster, relation, (carried, own), is_earlier)| Related {
                is_earlier,
                ..related(id, cluster, relation, overlap(carried, own))
            },
        )
}

proptest! {
    #[test]
    fn a_verdict_is_a_function_of_the_facts(
        facts in prop::collection::vec(any_facts(), 1..7),
        related in prop::collection::vec(any_related(), 0..4),
        shares in (0u32..=100, 0u32..=100),
        leads in any::<bool>(),
        turn in 0usize..7,
    ) {
        let numbered = facts.into_iter().enumerate();
        let facts: Vec<Facts> = numbered.map(|(i, one)| one.named(&i.to_string())).collect();
        let (article, others) = facts.split_first().unwrap();
        let verdict = |members: &[Facts], related: &[Related]| {
            let lead = others.first().filter(|_| !leads);
            judge(article, &Story {
                lead: lead.map(|lead| (lead, overlap(shares.0, shares.1))),
                members,
                truncated: false,
                related,
            })
        };
        let found = verdict(others, &related);
        prop_assert!((0.5..=0.99).contains(&found.confidence), "{found:?}");
        prop_assert!((0.0..=1.0).contains(&found.carried) && (0.0..=1.0).contains(&found.added));
        prop_assert!(found.evidence.iter().all(|one| one.weight.is_finite()));
        let mut turned = facts[1..].to_vec();
        let turns = turn.min(turned.len());
        turned.rotate_left(turns);
        turned.extend(facts.first().cloned());
        let reversed: Vec<Related> = related.iter().rev().cloned().collect();
        prop_assert_eq!(&verdict(&turned, &reversed), &found);
        // And it agrees with what the order of articles is made by.
        let notices = &article.notices;
        if found.role == Role::Original {
            prop_assert!(!names_another(&article.publisher, &article.host, &article.canonical, notices));
            let stands_in = |one: &Related| {
                one.relation == Relation::Embedded
                    && one.is_earlier
                    && !same_publisher(&article.publisher, &article.host, &one.publisher, &one.host)
            };
            prop_assert!(!related.iter().any(stands_in));
        }
    }

    #[test]
    fn a_notice_more_never_makes_a_reprint_less_sure(
        notices in prop::collection::vec(any_notice(), 1..5), hours in (-90i64..90, -90i64..90),
    ) {
        let lead = article("halm", 0, 0);
        let mut arden = article("arden", hours.0, hours.1);
        let mut before = 0.0;
        for mut one in notices {
            one.outlet = "Halm".to_owned();
            one.url.clear();
            one.agency = false;
            if one.signal == Signal::ReprintedOn {
                continue;
            }
            arden.notices.push(one);
            let found = judge(&arden, &Story {
                lead: Some((&lead, overlap(98, 98))),
                members: &[],
                truncated: false,
                related: &[],
            });
            let sure = if found.role == Role::Reprint { found.confidence } else { 0.0 };
            prop_assert!(sure >= before - 1e-9, "{before} {sure} {found:#?}");
            before = sure;
        }
    }
}
