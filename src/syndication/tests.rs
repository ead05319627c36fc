//! Verdicts on invented articles.
//!
//! Most cases are rows of tables, with cells separated by `|`: what the case is about; the article;
//! articles around it; and the expected role, confidence and original. [`facts`] and [`related`]
//! describe the cells.

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

/// Returns an article on `name`.example, published and seen so many hours after the start.
fn article(name: &str, published: i64, seen: i64) -> Facts {
    let url = format!("https://{name}.example/story");
    Facts {
        publisher: format!("{name}.example"),
        host: host(&url).unwrap(),
        url,
        published_ms: Some(START + published * HOUR),
        ..Facts::new(ArticleId(name.to_owned()), START + seen * HOUR)
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

/// Returns a notice that is written as its signal, and an outlet or a URL.
fn notice_of(text: &str, agency: bool, weight: f32) -> Notice {
    let (name, value) = text.split_once(' ').unwrap_or((text, ""));
    let mut signals = Signal::all();
    let signal = signals.find(|signal| signal.as_str() == name).expect(name);
    match value.starts_with("https://") {
        true => notice(signal, "", value, agency, weight),
        false => notice(signal, value, "", agency, weight),
    }
}

/// Parses an article: "name published seen", or "name" for one of an unknown outlet, and then fields
/// and notices.
fn facts(text: &str) -> Facts {
    let mut items = text.split(", ");
    let head: Vec<&str> = items.next().unwrap().split(' ').collect();
    let mut facts = match head[..] {
        [name, published, seen] => article(name, published.parse().unwrap(), seen.parse().unwrap()),
        _ => Facts::new(ArticleId(head.concat()), START),
    };
    for item in items {
        let (key, value) = item.split_once(' ').unwrap_or((item, ""));
        let owned = || value.to_owned();
        let number = || value.parse::<i64>().unwrap();
        match key {
            "id" => facts.id = ArticleId(owned()),
            "publisher" => facts.publisher = owned(),
            "host" => (facts.host, facts.publisher) = (owned(), String::new()),
            "canonical" => facts.canonical = owned(),
            "byline" => facts.byline = owned(),
            "byline-agency" => (facts.byline, facts.byline_agency) = (owned(), Some(owned())),
            "own-agency" => facts.own_agency = Some(owned()),
            "blocked" => facts.blocked = true,
            "empty" => facts.is_empty = true,
            "disguised" => facts.disguised = true,
            "day" => facts.published_ms = Some((START / DAY + number()) * DAY),
            "modified" => facts.modified_ms = Some(START + number() * HOUR),
            "photo" => facts.photo_credits.push(photo(value)),
            "agency" => facts.notices.push(notice_of(value, true, 0.9)),
            "weak-agency" => facts.notices.push(notice_of(value, true, 0.3)),
            _ => facts.notices.push(notice_of(item, false, 0.95)),
        }
    }
    facts
}

fn photo(outlet: &str) -> PhotoCredit {
    PhotoCredit {
        outlet: outlet.to_owned(),
        words: format!("Photo: {outlet}"),
        ..PhotoCredit::default()
    }
}

/// Returns an overlap in which `carried` hundredths of the lead are `own` hundredths of the article.
fn overlap(carried: u32, own: u32) -> Overlap {
    Overlap {
        shared: carried * own,
        this: carried * 100,
        other: own * 100,
    }
}

/// The overlap of a copy that differs in a word.
const WHOLE: (u32, u32) = (98, 98);

fn shares(text: &str) -> (u32, u32) {
    let (carried, own) = text.split_once('/').unwrap();
    (carried.parse().unwrap(), own.parse().unwrap())
}

/// Parses a related article: "relation id/cluster carried/own", and then perhaps "later", "on host", or "of
/// agency".
fn related(text: &str) -> Related {
    let words: Vec<&str> = text.split(' ').collect();
    let (id, cluster) = words[1].split_once('/').unwrap();
    let (carried, own) = shares(words[2]);
    Related {
        id: ArticleId(id.to_owned()),
        cluster: ArticleId(cluster.to_owned()),
        publisher: String::new(),
        agency: match words[3..] {
            ["of", agency] => Some(agency.to_owned()),
            _ => None,
        },
        host: match words[3..] {
            ["on", host] => host.to_owned(),
            _ => format!("{id}.example"),
        },
        relation: match words[0] {
            "excerpt" => Relation::Excerpt,
            "embeds" => Relation::Embeds,
            "embedded" => Relation::Embedded,
            "carries" => Relation::Carries,
            "template" => Relation::Template,
            _ => Relation::Overlap,
        },
        title: format!("Story of {id}"),
        overlap: overlap(carried, own),
        is_earlier: words[3..] != ["later"],
    }
}

/// An article among others, and the expected verdict.
struct VerdictCase<'a> {
    name: &'a str,
    article: Facts,
    /// The lead, and the shares of it; `None` if the article is the lead.
    lead: Option<(Facts, (u32, u32))>,
    members: Vec<Facts>,
    related: Vec<Related>,
    role: &'a str,
    confidence: RangeInclusive<f64>,
    /// The original: the id of an article, or else an outlet or URL; empty if there is none.
    original: &'a str,
}

impl<'a> VerdictCase<'a> {
    fn parse(row: &'a str) -> Self {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [name, of_article, around @ .., expected] = &cells[..] else {
            panic!("{row}")
        };
        let mut expected = expected.splitn(3, ' ');
        let role = expected.next().unwrap();
        let confidence = expected.next().map_or(0.5..=0.5, |range| {
            let (low, high) = range.split_once('-').unwrap();
            low.parse().unwrap()..=high.parse().unwrap()
        });
        let mut case = Self {
            name,
            article: facts(of_article),
            lead: None,
            members: Vec::new(),
            related: Vec::new(),
            role,
            confidence,
            original: expected.next().unwrap_or(""),
        };
        for cell in around {
            let (key, value) = cell.split_once(": ").expect(row);
            match key {
                "lead" => case.lead = Some((facts(value), WHOLE)),
                "part of" => {
                    let (of_lead, shared) = value.rsplit_once(", ").unwrap();
                    case.lead = Some((facts(of_lead), shares(shared)));
                }
                "member" => case.members.push(facts(value)),
                _ => case.related.push(related(value)),
            }
        }
        case
    }

    fn judge(&self) -> Judgement {
        let lead = self.lead.as_ref();
        let story = Story {
            lead: lead.map(|(lead, (carried, own))| (lead, overlap(*carried, *own))),
            related: &self.related,
            ..alone(&self.members, false)
        };
        judge(&self.article, &story)
    }
}

fn judged(row: &str) -> Judgement {
    VerdictCase::parse(row).judge()
}

fn check(table: &str) {
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let case = VerdictCase::parse(row);
        let (name, found) = (case.name, case.judge());
        let original = match &found.original {
            None => "",
            Some(Source {
                article: Some(id), ..
            }) => id.as_str(),
            Some(source) if source.outlet.is_empty() => &source.url,
            Some(source) => &source.outlet,
        };
        let is_expected = (found.role.as_str(), original) == (case.role, case.original)
            && case.confidence.contains(&found.confidence);
        assert!(is_expected, "{name}: {found:#?}");
    }
}

#[test]
fn dates_alone_are_weak_evidence() {
    check(
        "
        nobody else has it              | halm 0 0                                  | original .59-.61 halm
        another shares a passage        | halm 0 0 | related: overlap vell/vell 9/9   | unknown
        it has no text                  | halm 0 0, empty, agency dateline Norpress | unknown
        crawled days later, undated     | arden 0 72 | lead: halm 0 0               | unknown
        crawled days before             | halm 0 0 | member: arden 0 72             | unknown
        the same day, and seen together | arden 0 0         | lead: halm 0 0        | unknown
        the same from the other side    | halm 0 0          | member: arden 0 0     | unknown
        a date after it was seen        | arden 72 0        | lead: halm 0 0        | unknown
        published days later            | arden 72 100      | lead: halm 0 100      | reprint .73-.77 halm
        published days before           | halm 0 100        | member: arden 72 100  | original .69-.73 halm
        both clocks agree               | arden 72 72       | lead: halm 0 0        | reprint .80-.86 halm
        the same day, without a time    | arden 0 40, day 1 | lead: halm 0 40, day 1 | unknown
        the day after, without a time   | arden 0 40, day 1 | lead: halm 0 40, day 0 | reprint .64-.67 halm
        the day after a time of day     | arden 0 40, day 1 | lead: halm 0 40 | unknown
        ",
    );
}

#[test]
fn an_article_that_names_another_is_a_reprint() {
    check(
        "
        names the lead's host      | arden 30 30, republished halm.example | lead: halm 0 0 | reprint .96-.99 halm
        names the lead by name     | arden 30 30, feed_tail Halm           | lead: halm 0 0 | reprint .96-.98 halm
        an aggregator's note with a link | arden 30 30, indexed https://www.halm.example/story?x=1 | lead: halm 0 0 \
            | reprint .96-.99 halm
        an aggregator's note that names nobody | arden 30 30, indexed              | reprint .80-.88
        the original is not known here | arden 30 30, first_appeared Vell Tribune  | reprint .86-.92 Vell Tribune
        a credit line names a newspaper | arden 30 30, credit Vell Tribune         | reprint .70-.80 Vell Tribune
        a translation              | arden 30 30, translated Vell Tribune          | reprint .80-.88 Vell Tribune
        a chain: arden from halm, halm from elsewhere | arden 30 30, republished halm.example \
            | lead: halm 0 0, republished Vell Tribune | reprint .90-.99 Vell Tribune
        each names the other       | arden 30 30, republished halm.example \
            | lead: halm 0 0, republished arden.example | reprint .90-.99 halm
        names another than the lead | arden 30 30, republished Vell Tribune | lead: halm 0 0 \
            | reprint .88-.95 Vell Tribune
        rel=canonical on another host | arden 30 30, canonical https://vell.example/1 \
            | reprint .86-.90 https://vell.example/1
        rel=canonical on the lead's host | arden 30 30, canonical https://halm.example/story | lead: halm 0 0 \
            | reprint .94-.98 halm
        ",
    );
}

#[test]
fn a_page_of_an_unknown_outlet_may_be_its_own_canonical() {
    check(
        "
        alone | page, canonical https://halm.example/story | original .59-.61 page
        of an article on the canonical's host | page, canonical https://halm.example/story | lead: halm 0 0 | unknown
        a notice names another all the same | page, canonical https://halm.example/story, republished Vell \
            | reprint .90-.93 Vell
        ",
    );
    let canonical = "https://halm.example/story";
    assert!(!names_another("", "", canonical, []));
    assert!(!names_another("!", "localhost", canonical, []));
    assert!(!names_another("Halm", "", canonical, []));
    assert!(!names_another("Arden", "", canonical, []));
    assert!(names_another("Arden", "arden.example", canonical, []));
    let named = notice(Signal::Republished, "Vell", "", false, 0.9);
    assert!(names_another("", "", canonical, [&named]));
}

#[test]
fn an_article_that_names_its_own_outlet_is_no_reprint() {
    check(
        "
        its own name | halm-courier 0 0, publisher The Halm Courier, first_appeared Halm Courier | member: arden 30 30 \
            | original .70-.85 halm-courier
        its own host | halm-courier 0 0, publisher The Halm Courier, feed_tail https://halm-courier.example/ \
            | original .59-.61 halm-courier
        rel=canonical on its own host | halm-courier 0 0, publisher The Halm Courier, \
            canonical https://www.halm-courier.example/a | original .59-.61 halm-courier
        rel=canonical of another country | halm 0 0, host halm.co.uk, canonical https://halm.de/a \
            | original .59-.61 halm
        rel=canonical of its portal | halm 0 0, host halm.portal.example, canonical https://portal.example/p/1 \
            | original .59-.61 halm
        rel=canonical in an archive | halm 0 0, \
            canonical https://web.archive.org/web/2019/https://halm.example/story | original .59-.61 halm
        rel=canonical in an archive, of another | arden 30 30, \
            canonical https://web.archive.org/web/2019/https://halm.example/story | lead: halm 0 0 \
            | reprint .94-.98 halm
        a notice that names nobody | halm-courier 0 0, publisher The Halm Courier, first_appeared \
            | original .59-.61 halm-courier
        it says who reprinted it | halm-courier 0 0, publisher The Halm Courier, reprinted_on Arden Post \
            | original .78-.82 halm-courier
        ",
    );
}

#[test]
fn an_agencys_text_is_wire_wherever_it_is_published() {
    check(
        "
        a dateline             | halm 0 0, agency dateline Norpress                   | wire .88-.93 Norpress
        a credit line below    | arden 5 5, agency credit Norpress | lead: halm 0 0   | wire .85-.90 Norpress
        dateline and rights line | halm 0 0, agency dateline Norpress, agency agency_rights Norpress \
            | wire .93-.96 Norpress
        the byline             | halm 0 0, byline-agency Norpress                     | wire .97-.99 Norpress
        the agency's own page is known | arden 5 5, agency dateline Norpress | lead: norpress 0 0 \
            | wire .88-.93 norpress
        the agency's own page  | norpress 0 0 | member: arden 5 5, agency dateline Norpress | wire .90-.93 norpress
        its site, and nobody carries it | norpress 0 0, own-agency Norpress          | unknown
        its site, and the rights line of the site | norpress 0 0, own-agency Norpress, agency agency_rights Norpress \
            | unknown
        its site, and others carry it | norpress 0 0, own-agency Norpress | member: arden 5 5 | wire .85-.93 norpress
        it is on an agency's site, too | arden 0 0 | member: wire 5 5, own-agency Norpress | wire .80-.93 wire
        one copy says so       | halm 0 0 | member: arden 5 5, agency credit Norpress | wire .86-.89 Norpress
        copies of many say so  | halm 0 0 | member: arden 5 5, agency credit Norpress \
            | member: vell 5 5, byline-agency Norpress | wire .94-.96 Norpress
        it names another outlet itself | halm 0 0, republished Vell | member: arden 5 5, agency credit Norpress \
            | reprint .88-.97 Vell
        two agencies for one text | halm 0 0, agency dateline Norpress | member: arden 5 5, agency dateline Sudwire \
            | wire .78-.85 Norpress
        two agencies for one text, the other side | arden 5 5, agency dateline Sudwire \
            | lead: halm 0 0, agency dateline Norpress | wire .78-.85 Sudwire
        compiled from two      | halm 0 0, agency credit Norpress, agency credit Sudwire | wire .74-.80 Norpress
        a copy without mark of a marked lead | arden 5 5 | lead: halm 0 0, agency dateline Norpress \
            | wire .86-.89 Norpress
        with files from        | halm 0 0, agency contributed Norpress                | unknown
        says Norpress          | halm 0 0, agency attribution Norpress                | unknown
        a photo by Norpress    | halm 0 0, photo Norpress                             | original .59-.61 halm
        a weak mark, as under a photo | halm 0 0, weak-agency credit Norpress         | unknown
        ",
    );
}

#[test]
fn a_page_that_names_several_agencies_apart_is_a_round_up() {
    let dateline = |agency: &str, start: u32| {
        let span = Span {
            start,
            end: start + 20,
        };
        Notice {
            span,
            ..notice(Signal::Dateline, agency, "", true, 0.9)
        }
    };
    let judged = |notices: Vec<Notice>| {
        let page = Facts {
            notices,
            ..article("halm", 0, 0)
        };
        judge(&page, &alone(&[], false))
    };
    let (first, near, far) = (
        dateline("Norpress", 0),
        dateline("Sudwire", 40),
        dateline("Sudwire", 900),
    );
    assert_eq!(judged(vec![first.clone(), near]).role, Role::Wire);
    assert_eq!(
        judged(vec![first.clone(), dateline("Norpress", 900)]).role,
        Role::Wire
    );
    let found = judged(vec![first, far]);
    assert_eq!((found.role, found.original), (Role::RoundUp, None));
    let several = |one: &&Evidence| one.kind == EvidenceKind::SeveralAgencies;
    assert_eq!(found.evidence.iter().filter(several).count(), 2);
}

#[test]
fn the_first_is_found_against_the_clocks() {
    check(
        "
        seen late, credited by others | arden 0 50 | member: halm 30 30 | member: cross 40 40, feed_tail Arden \
            | original .78-.84 arden
        the former original          | halm 30 30 | lead: arden 0 50   | reprint .60-.70 arden
        seen late, nothing against it | arden 0 50 | member: halm 30 30 | original .57-.62 arden
        back-dated, with a notice    | scrape -48 20, read_original halm.example | lead: halm 0 0 \
            | reprint .75-.90 halm
        back-dated, with rel=canonical | scrape -48 20, canonical https://halm.example/story | lead: halm 0 0 \
            | reprint .80-.90 halm
        back-dated, and others credit the other | scrape -48 20 | member: halm 0 0 \
            | member: arden 9 9, republished halm.example | member: vell 9 9, republished halm.example \
            | reprint .70-.80 halm
        the original behind it       | halm 0 0 | lead: scrape -48 20 | reprint .60-.70 scrape
        the original, credited       | halm 0 0 | lead: scrape -48 20, republished halm.example \
            | original .80-.85 halm
        the other says that it is no original | halm 0 0 | lead: arden -9 9, indexed | original .70-.80 halm
        all others name an outlet not known here | halm 0 0 | member: arden 5 5, republished Vell Tribune | unknown
        the same, and times speak for the others | halm 0 20 | member: arden 0 0 \
            | member: cross 5 5, republished Vell Tribune | reprint .75-.85 arden
        words with look-alike letters | scrape 0 0, disguised | member: halm 0 0 | reprint .64-.66 halm
        ",
    );
}

#[test]
fn photos_and_bylines_support_but_never_decide() {
    check(
        "
        only a photo        | arden 0 0, photo Halm  | lead: halm 0 0   | unknown
        a photo of another  | arden 72 0, photo Vell | lead: halm -72 0 | reprint .74-.76 halm
        photo and byline of the lead's outlet | arden 72 0, byline Halm, photo Halm, photo Halm | lead: halm -72 0 \
            | reprint .83-.86 halm
        ",
    );
}

#[test]
fn parts_and_wholes_are_distinguished() {
    check(
        "
        a teaser | arden 40 40 | related: excerpt halm/halm 30/97 | excerpt .85-.90 halm
        a teaser that links to the whole | arden 40 40, read_original https://halm.example/story \
            | related: excerpt halm/halm 30/97 | excerpt .95-.99 halm
        most of the lead, and a link to the whole | arden 40 40, read_original https://halm.example/story \
            | part of: halm 0 0, 60/95 | excerpt .90-.97 halm
        a round-up | arden 40 40 | related: embeds halm/halm 99/25 | related: embeds vell/vell 99/25 | round-up .85-.90
        a round-up of three | arden 40 40 | related: embeds halm/halm 99/25 | related: embeds vell/vell 99/25 \
            | related: embeds cross/cross 99/25 | round-up .93-.96
        two copies of one article | arden 40 40 | related: embeds halm/halm 99/25 | related: embeds vell/halm 99/25 \
            | unknown
        a story with its earlier versions | arden 40 40, agency dateline Norpress \
            | related: embeds halm/halm 99/25 of Norpress | related: embeds vell/vell 99/25 of Norpress | wire .88-.93 Norpress
        a reprint above two other articles | arden 40 40, indexed https://halm.example/story | lead: halm 0 0 \
            | related: embeds vell/vell 99/25 | related: embeds cross/cross 99/25 | reprint .95-.99 halm
        a page that begins with an article | arden 40 40 | related: carries halm/halm 99/45 | reprint .80-.85 halm
        the same, of its own outlet | arden 40 40 | related: carries 1/1 99/45 on www2.arden.example | unknown
        the same, which came later | arden 40 40 | related: carries halm/halm 99/45 later | unknown
        with two copies of an article | arden 40 40 | related: carries vell/halm 99/45 | related: carries halm/halm 90/45 \
            | reprint .80-.85 halm
        with an article and a notice | arden 40 40, republished Vell | related: carries halm/halm 99/45 \
            | reprint .88-.97 Vell
        a wall | arden 40 40, republished Halm, blocked | blocked-page .95-.96
        ",
    );
}

#[test]
fn an_article_that_contains_later_ones_is_no_round_up() {
    check(
        "
        others take parts of it later | halm 0 0 | related: embeds arden/arden 99/20 later \
            | related: embeds vell/vell 99/20 later | unknown
        over its own shorter articles | halm 0 0 | related: embeds 1/1 99/20 on www2.halm.example \
            | related: embeds 2/2 99/20 on www2.halm.example | unknown
        one of each kind, and one of another outlet | halm 0 0 | related: embeds arden/arden 99/20 later \
            | related: embeds 1/1 99/20 on www2.halm.example | related: embeds vell/vell 99/20 | unknown
        two of other outlets, and a later one | halm 0 0 | related: embeds arden/arden 99/20 \
            | related: embeds vell/vell 99/20 | related: embeds cross/cross 99/20 later | round-up .85-.90
        of an unknown outlet | page | related: embeds arden/arden 99/20 | related: embeds vell/vell 99/20 \
            | round-up .85-.90
        ",
    );
}

#[test]
fn an_article_within_an_earlier_one_is_no_original() {
    check(
        "
        alone | arden 48 48 | related: embedded halm/halm 20/99 | excerpt .68-.70 halm
        others took it from there | arden 48 48 | member: vell 90 90 | related: embedded halm/halm 20/99 | unknown
        others credit it | arden 48 48 | member: vell 90 90, republished arden.example \
            | related: embedded halm/halm 20/99 | unknown
        it says who reprinted it | arden 48 48, reprinted_on Vell | related: embedded halm/halm 20/99 | unknown
        a copy of another | arden 48 48 | lead: vell 0 0 | related: embedded halm/halm 20/99 | reprint .88-.92 vell
        it says so, too | arden 48 48, republished Halm | related: embedded halm/halm 20/99 | reprint .95-.97 Halm
        in a later one | arden 48 48 | related: embedded halm/halm 20/99 later | unknown
        in one of its own | arden 48 48 | related: embedded arden-1/arden-1 20/99 on www2.arden.example \
            | unknown
        ",
    );
    let found = judged(
        "| arden 48 48 | related: embedded vell/vell 20/99 | related: embedded halm/halm 20/99 | excerpt",
    );
    let halm = ArticleId("halm".to_owned());
    let expected = Evidence::new(EvidenceKind::StandsInEarlier, 0.99, "99 %");
    let expected = expected.naming("halm.example", "").about(&halm);
    assert_eq!(found.evidence, [expected]);
}

/// Returns pages with one short text, by their hosts and headlines.
fn pages(count: usize, host: fn(usize) -> String, title: fn(usize) -> String) -> Vec<Facts> {
    let page = |i| Facts {
        id: ArticleId(format!("page {i}")),
        title: title(i),
        words: 40,
        same_text_as_lead: true,
        url: format!("https://{}.example/{i}", host(i)),
        ..article(&host(i), 0, 0)
    };
    (0..count).map(page).collect()
}

#[test]
fn one_short_text_everywhere_is_a_wall() {
    let (a_title, one_title) = (|i| format!("Title {i}"), |_| "Just a moment".to_owned());
    let (a_host, one_host) = (|i| format!("host-{i}"), |_| "halm".to_owned());
    let changed = |mut pages: Vec<Facts>, which: std::ops::Range<usize>, change: fn(&mut Facts)| {
        pages[which].iter_mut().for_each(change);
        pages
    };
    let nine = || pages(9, a_host, a_title);
    let of_three_hosts = pages(9, |i| format!("host-{}", i % 3), one_title);
    let untitled = pages(5, a_host, |_| String::new());
    let of_unknown_length = changed(nine(), 0..9, |page| page.words = 0);
    let with_byline = changed(nine(), 3..4, |page| page.byline = "A. Writer".to_owned());
    let dated_brief = pages(5, a_host, one_title);
    let undated = changed(dated_brief, 0..5, |page| page.published_ms = None);
    let partly = changed(nine(), 4..9, |page| page.same_text_as_lead = false);
    let credited = |page: &mut Facts| {
        page.notices
            .push(notice(Signal::Credit, "Vell", "", false, 0.3))
    };
    for (name, pages, is_wall) in [
        ("many hosts", pages(5, a_host, a_title), true),
        ("without headlines", untitled, true),
        ("many pages of one host", pages(5, one_host, a_title), true),
        ("one headline, no date", undated, true),
        ("a brief", pages(9, a_host, one_title), false),
        ("too few", pages(4, a_host, a_title), false),
        (
            "one host and headline",
            pages(9, one_host, one_title),
            false,
        ),
        ("three hosts", of_three_hosts, false),
        ("only some alike", partly, false),
        ("long", changed(nine(), 0..9, |page| page.words = 80), false),
        ("of unknown length", of_unknown_length, false),
        ("a byline", with_byline, false),
        ("a notice", changed(nine(), 3..4, credited), false),
    ] {
        let (first, rest) = pages.split_first().unwrap();
        let is_found = |article: &Facts, lead: Option<&Facts>, shared: u32| {
            let (this, other) = (100, 100);
            let share = Overlap {
                shared,
                this,
                other,
            };
            let story = Story {
                lead: lead.map(|lead| (lead, share)),
                ..alone(rest, false)
            };
            let found = judge(article, &story);
            if found.role == Role::BlockedPage {
                assert_eq!(found.evidence[0].kind, EvidenceKind::SameShortText);
                assert!((0.7..0.8).contains(&found.confidence), "{name}");
            }
            found.role == Role::BlockedPage
        };
        assert_eq!(is_found(first, None, 0), is_wall, "{name}");
        assert_eq!(is_found(&rest[0], Some(first), 90), is_wall, "{name}");
        let other = Facts {
            same_text_as_lead: false,
            ..rest[0].clone()
        };
        assert_eq!(is_found(&other, Some(first), 100), is_wall, "{name}");
        assert!(!is_found(&other, Some(first), 99), "{name}");
    }
    let members = &pages(5, a_host, a_title);
    let found = judge(&members[0], &alone(members, false));
    assert_eq!(found.evidence[0].words, "5 pages on 5 hosts, 40 words each");
}

#[test]
fn one_short_text_under_unrelated_headlines_is_a_wall_though_in_no_cluster() {
    let page = Facts {
        words: 40,
        title: "Goat elected to council".to_owned(),
        ..article("halm", 0, 0)
    };
    let found = |others: usize, change: fn(&mut Related)| {
        let other = |n: usize| {
            let mut one = Related {
                title: format!("Headline{n} of something{n} else{n}"),
                overlap: Overlap {
                    shared: 280,
                    this: 300,
                    other: 296,
                },
                ..related(&format!("template {n}/{n} 0/0"))
            };
            change(&mut one);
            one
        };
        let related: Vec<Related> = (0..others).map(other).collect();
        let story = Story {
            related: &related,
            ..alone(&[], false)
        };
        judge(&page, &story)
    };
    let wall = found(4, |_| ());
    assert_eq!(wall.role, Role::BlockedPage);
    assert_eq!(wall.evidence[0].words, "5 pages on 5 hosts, 40 words each");
    for (others, change) in [
        (3, (|_| ()) as fn(&mut Related)),
        // Bulletins differ in more than their headlines.
        (9, |one| one.overlap.shared = 240),
        (9, |one| one.overlap.shared = 260),
        (9, |one| one.relation = Relation::Overlap),
    ] {
        assert_ne!(found(others, change).role, Role::BlockedPage, "{others}");
    }
}

/// Returns the story of a lead.
fn alone(members: &[Facts], truncated: bool) -> Story<'_> {
    Story {
        members,
        truncated,
        ..Story::default()
    }
}

#[test]
fn an_original_is_less_certain_in_a_truncated_cluster() {
    let (halm, arden) = (article("halm", 0, 0), article("arden", 72, 72));
    let members = std::slice::from_ref(&arden);
    let all = judge(&halm, &alone(members, false));
    let some = judge(&halm, &alone(members, true));
    assert_eq!((all.role, some.role), (Role::Original, Role::Original));
    assert!(some.confidence < all.confidence, "{some:#?}");
    let is_listed = |one: &Evidence| one.kind == EvidenceKind::Truncated;
    assert!(some.evidence.iter().any(is_listed) && !all.evidence.iter().any(is_listed));
    // A copy is a copy whatever the members that were not looked at.
    let copy = |truncated| Story {
        lead: Some((&halm, overlap(98, 98))),
        ..alone(&[], truncated)
    };
    assert_eq!(judge(&arden, &copy(true)), judge(&arden, &copy(false)));
}

#[test]
fn a_publishers_own_copy_is_a_version() {
    check(
        "
        revised the day after | halm 30 30, id halm-2 | lead: halm 0 0 | version .75-.85 halm
        on another host of its own | halm 30 30, id halm-2, host m.halm.example | lead: halm 0 0 \
            | version .75-.85 halm
        the earlier version   | halm 0 0 | member: halm 30 30, id halm-2 | original .75-.85 halm
        of one date, changed later | halm 0 0, id halm-2, modified 9 | lead: halm 0 0 | version .69-.73 halm
        which is which is unclear | halm 0 0, id halm-2 | lead: halm 0 0 | unknown
        a reprint, twice | halm 30 30, id halm-2 | lead: arden 0 0 | member: halm 20 20, id halm-1 \
            | reprint .75-.85 arden
        ",
    );
}

#[test]
fn figures_are_those_of_the_texts_and_times() {
    let found = judged("| arden 30 31 | part of: halm 0 0, 80/50 | reprint");
    assert_eq!((found.carried, found.added), (0.8, 0.5));
    assert_eq!(found.lag_ms, Some(30 * HOUR));
    let sum: f64 = found.evidence.iter().map(|one| one.weight).sum();
    assert_eq!(found.confidence, confidence(sum));
    let strongest = &found.evidence[0];
    assert_eq!(strongest.kind, EvidenceKind::PublishedLater);
    assert_eq!(strongest.words, "1 d 6 h");
    assert_eq!(strongest.article, Some(ArticleId("halm".to_owned())));
    let found = judged("| halm 0 0 | unknown");
    assert_eq!((found.carried, found.added, found.lag_ms), (1.0, 0.0, None));
}

#[test]
fn evidence_has_the_words_and_the_range_of_its_notice() {
    let found = judged("| arden 1 1, republished Halm | lead: halm 0 0 | reprint");
    let notice = &found.evidence[0];
    assert_eq!(notice.kind, EvidenceKind::Notice(Signal::Republished));
    assert_eq!(notice.words, "republished Halm");
    assert_eq!(notice.span, Some(Span { start: 10, end: 60 }));
    assert_eq!(notice.article, Some(ArticleId("halm".to_owned())));
}

#[test]
fn articles_that_name_another_are_recognised() {
    let (name, host) = ("The Halm Courier", "halm-courier.example");
    let names = |url: &str, notice: Option<Notice>| names_another(name, host, url, &notice);
    assert!(!names("", None));
    assert!(!names("/story", None));
    assert!(!names("https://m.halm-courier.example/story", None));
    assert!(names("https://vell.example/story", None));
    for (notice, agency, weight, expected) in [
        ("republished Vell", false, 0.6, true),
        ("indexed", false, 0.9, true),
        ("credit Vell", false, 0.8, true),
        ("first_appeared", false, 0.9, false),
        ("republished Vell", false, 0.5, false),
        ("republished Halm Courier", false, 0.9, false),
        ("attribution Vell", false, 0.9, false),
        ("reprinted_on Vell", false, 0.9, false),
        ("dateline Norpress", true, 0.9, false),
        ("credit Norpress", true, 0.9, false),
        ("agency_rights Norpress", true, 0.9, false),
        ("republished Norpress", true, 0.9, true),
    ] {
        let found = names("", Some(notice_of(notice, agency, weight)));
        assert_eq!(found, expected, "{notice}");
    }
}

/// Names, hosts and URLs, some of the same outlet.
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
        select(Signal::all().collect::<Vec<_>>()),
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
        name in select(vec!["halm", "arden", "vell", "norpress", "cross"]),
        published in prop::option::of(any_time()),
        seen in any_time(),
        notices in prop::collection::vec(any_notice(), 0..3),
        canonical in select(PLACES.to_vec()),
        credited in select(PLACES.to_vec()),
        agency in prop::option::weighted(0.1, Just("Norpress".to_owned())),
        (blocked, disguised) in (prop::bool::weighted(0.05), prop::bool::weighted(0.1)),
        is_of_nobody in prop::bool::weighted(0.1),
    ) -> Facts {
        let known = article(name, 0, 0);
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
            canonical: canonical.to_owned(),
            photo_credits: vec![photo(credited)],
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
            "embeds", "embedded", "excerpt", "overlap", "carries", "template",
        ]),
        (0u32..=100, 1u32..=100),
        any::<bool>(),
    )
        .prop_map(
            |(id, cluster, relation, (carried, own), is_earlier)| Related {
                is_earlier,
                ..related(&format!("{relation} {id}/{cluster} {carried}/{own}"))
            },
        )
}

proptest! {
    #[test]
    fn a_verdict_depends_only_on_the_facts(
        facts in prop::collection::vec(any_facts(), 1..7),
        related in prop::collection::vec(any_related(), 0..4),
        shares in (0u32..=100, 0u32..=100),
        leads in any::<bool>(),
        turn in 0usize..7,
    ) {
        let numbered = facts.into_iter().enumerate();
        let numbered = numbered.map(|(i, one)| Facts { id: ArticleId(i.to_string()), ..one });
        let facts: Vec<Facts> = numbered.collect();
        let (article, others) = facts.split_first().unwrap();
        let verdict = |members: &[Facts], related: &[Related]| {
            let lead = others.first().filter(|_| !leads);
            let lead = lead.map(|lead| (lead, overlap(shares.0, shares.1)));
            judge(article, &Story { lead, related, ..alone(members, false) })
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
        // The order of articles agrees.
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
    fn a_further_notice_never_lowers_the_confidence_of_a_reprint(
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
            let story = Story { lead: Some((&lead, overlap(98, 98))), ..alone(&[], false) };
            let found = judge(&arden, &story);
            let confidence = if found.role == Role::Reprint { found.confidence } else { 0.0 };
            prop_assert!(confidence >= before - 1e-9, "{before} {confidence} {found:#?}");
            before = confidence;
        }
    }
}
