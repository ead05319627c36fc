//! The roles of articles whose source is plain without our verdict: copies of what stands on an agency's
//! own host, and texts that name an agency at their head or tail in the form that agencies prescribe.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use wirecopy::files;
use wirecopy::job::Number;
use wirecopy::syndication::Role;

use super::calibration::Calibration;
use super::reported::ReportedPairs;
use super::truth::{self, TruthPair};

/// Hosts of agencies.
const HOSTS: [&str; 24] = [
    "spa.gov.sa",
    "reuters.com",
    "apnews.com",
    "afp.com",
    "dpa.com",
    "ansa.it",
    "efe.com",
    "lusa.pt",
    "tass.com",
    "tass.ru",
    "interfax.ru",
    "interfax.com",
    "xinhuanet.com",
    "english.news.cn",
    "kyodonews.net",
    "yna.co.kr",
    "pap.pl",
    "belga.be",
    "aa.com.tr",
    "wam.ae",
    "kuna.net.kw",
    "petra.gov.jo",
    "ptinews.com",
    "antaranews.com",
];
/// Names of agencies as they stand in brackets or before a dash.
const NAMES: [&str; 29] = [
    "Reuters",
    "AFP",
    "AP",
    "Associated Press",
    "The Associated Press",
    "dpa",
    "DPA",
    "ANSA",
    "EFE",
    "Lusa",
    "LUSA",
    "Xinhua",
    "TASS",
    "ТАСС",
    "Interfax",
    "Интерфакс",
    "PTI",
    "IANS",
    "UPI",
    "Kyodo",
    "PAP",
    "Belga",
    "ANP",
    "NTB",
    "واس",
    "رويترز",
    "أ ف ب",
    "ا ف ب",
    "د ب أ",
];
/// Marks of a network's copies, anywhere near the end.
const MARKS: [&str; 4] = [
    "The-CNN-Wire",
    "The CNN Wire",
    "CNN Newsource",
    "CNN NewSource",
];
/// Characters of the head and of the tail.
const HEAD: usize = 150;
const TAIL: usize = 200;

/// The roles of articles that one rule says to be an agency's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgencyRoles {
    /// The rule.
    pub rule: &'static str,
    /// Number of articles.
    pub articles: u64,
    /// Those called a reprint or an agency's text.
    pub credited: u64,
    /// The articles by role.
    pub roles: BTreeMap<&'static str, u64>,
    /// The articles called anything else than reprint, wire or unknown.
    pub wrong: Vec<String>,
    /// How well the confidence of those with a role fits.
    pub calibration: Calibration,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AgencyArticle {
    #[serde(deserialize_with = "truth::id")]
    id: String,
    url: String,
    text: String,
}

/// Returns the roles by each rule that holds for an article of the set.
pub fn roles(
    docs: &Path,
    found: &ReportedPairs<'_>,
    known: &[(TruthPair, (Number, Number))],
) -> Result<Vec<AgencyRoles>> {
    let mut on_agency_host = HashSet::new();
    let mut names_agency = HashSet::new();
    let failed = || format!("failed to read `{}`", docs.display());
    let mut lines = files::lines(docs).with_context(failed)?;
    while let Some(line) = lines.next_line().with_context(failed)? {
        let text = line.map_err(anyhow::Error::msg).with_context(failed)?;
        let article: AgencyArticle = serde_json::from_str(text).with_context(failed)?;
        if let Some(number) = found.outcome.names.find(&article.id) {
            if is_agency_host(&article.url) {
                on_agency_host.insert(number);
            }
            if names_agency_at_an_end(&article.text) {
                names_agency.insert(number);
            }
        }
    }
    let copies = known.iter().filter(|(row, _)| row.is_reprint());
    let pairs = copies.flat_map(|&(_, (a, b))| [(a, b), (b, a)]);
    let copies = pairs.filter(|(a, b)| on_agency_host.contains(a) && !on_agency_host.contains(b));
    let copies: HashSet<Number> = copies.map(|(_, copy)| copy).collect();
    let rules = [
        ("copies of articles on an agency's host", copies),
        ("agency named at head or tail", names_agency),
    ];
    let rules = rules
        .into_iter()
        .filter(|(_, articles)| !articles.is_empty());
    Ok(rules
        .map(|(rule, articles)| count(rule, &articles, found))
        .collect())
}

fn count(rule: &'static str, articles: &HashSet<Number>, found: &ReportedPairs<'_>) -> AgencyRoles {
    let mut counts = AgencyRoles {
        rule,
        articles: articles.len() as u64,
        credited: 0,
        roles: BTreeMap::new(),
        wrong: Vec::new(),
        calibration: Calibration::default(),
    };
    let mut verdicts = Vec::new();
    let judged = found.outcome.articles.iter();
    for one in judged.filter(|one| articles.contains(&one.article)) {
        let role = one.judged.judgement.role;
        let is_credited = matches!(role, Role::Reprint | Role::Wire);
        counts.credited += u64::from(is_credited);
        *counts.roles.entry(role.as_str()).or_default() += 1;
        if role != Role::Unknown {
            verdicts.push((one.judged.judgement.confidence, is_credited));
        }
        if !is_credited && role != Role::Unknown {
            let name = found.outcome.names.name(one.article);
            counts.wrong.push(format!("{name} {}", role.as_str()));
        }
    }
    counts.calibration = Calibration::of(&verdicts);
    counts
}

/// Whether a URL is on the host of an agency.
fn is_agency_host(url: &str) -> bool {
    let host = url.split('/').nth(2).unwrap_or_default();
    HOSTS.iter().any(|agency| {
        let before = host.strip_suffix(agency);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// Whether a text names an agency in its dateline or in its last words.
fn names_agency_at_an_end(text: &str) -> bool {
    let text = text.trim();
    let head: String = text.chars().take(HEAD).collect();
    let skipped = text.chars().count().saturating_sub(TAIL);
    let tail: String = text.chars().skip(skipped).collect();
    let ends = tail.trim_end_matches(|c: char| !c.is_alphanumeric() && c != ')');
    let is_named = |name: &str| {
        let bracketed = format!("({name})");
        let in_dateline = head
            .split_once(&bracketed)
            .is_some_and(|(_, after)| begins_with_dash(after));
        let at_beginning = head.strip_prefix(name).is_some_and(begins_with_dash);
        in_dateline || at_beginning || ends.ends_with(&bracketed)
    };
    NAMES.iter().any(|name| is_named(name)) || MARKS.iter().any(|mark| tail.contains(mark))
}

fn begins_with_dash(text: &str) -> bool {
    text.trim_start().starts_with(['-', '–', '—', ':'])
}

/// Writes the rows as text.
pub fn write(rows: &[AgencyRoles], out: &mut impl Write) -> io::Result<()> {
    for AgencyRoles {
        rule,
        articles,
        credited,
        roles,
        wrong,
        calibration,
    } in rows
    {
        let roles = roles.iter().map(|(role, count)| format!("{role} {count}"));
        writeln!(
            out,
            "\n{rule}: {credited} of {articles} are called reprint or wire ({})",
            roles.collect::<Vec<_>>().join(", ")
        )?;
        writeln!(
            out,
            "  expected calibration error {:.3} of {} verdicts",
            calibration.error, calibration.verdicts
        )?;
        if !wrong.is_empty() {
            writeln!(out, "  neither these nor unknown: {}", wrong.join(", "))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agencies_are_named_in_prescribed_forms() {
        let check = |text: &str, expected: bool| {
            assert_eq!(names_agency_at_an_end(text), expected, "{text}");
        };
        check("MILLTOWN, March 5 (Reuters) - The mill burns.", true);
        check("واس- احترقت الطاحونة.", true);
        check("The mill burns. (AFP).", true);
        check("The mill burns. The-CNN-Wire ™ & © 2024", true);
        check("The mill (AP) burns, it says.", false);
        check("Reuters reports that the mill burns.", false);
    }

    #[test]
    fn hosts_of_agencies_are_whole_labels() {
        assert!(is_agency_host("https://www.spa.gov.sa/1") && is_agency_host("https://dpa.com"));
        assert!(!is_agency_host("https://snafp.com/1") && !is_agency_host(""));
    }
}
