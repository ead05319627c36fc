//! Recognises walls by their form: the same short text everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::Relation;
use super::evidence::{Evidence, EvidenceKind};
use super::facts::{Facts, Related, Story};
use crate::id::ArticleId;
use crate::text::Overlap;

/// Only a text of fewer words can be a wall by its form.
pub(super) const SHORT: u32 = 80;
/// The fewest pages with the same short text that make it a wall.
pub(super) const PAGES: usize = 5;
/// The fewest hosts of such pages that make it a wall.
pub(super) const HOSTS: usize = 4;
/// Weight of a word: no headline has a shingle for more than each.
const WORD_WEIGHT: u32 = 8;

/// Returns evidence that an article is a wall by its form: a short text without any mark of an article
/// on many pages. Under headlines that it says nothing of, the pages gather in no cluster. A brief that
/// several newspapers print is none: its headlines are alike, and it has a date.
pub(super) fn same_short_text(article: &Facts, story: &Story<'_>) -> Option<Evidence> {
    let is_short = (1..SHORT).contains(&article.words);
    if !is_short {
        return None;
    }
    let members = members_with_text(article, story);
    let apart: Vec<&Related> = (story.related.iter())
        .filter(|one| has_same_body(article, one))
        .collect();
    let distinct = |field: fn(&Facts) -> &str, of_apart: fn(&Related) -> &str| -> BTreeSet<&str> {
        let all = members.values().map(|one| field(one));
        let all = all.chain(apart.iter().map(|one| of_apart(one)));
        all.filter(|text| !text.is_empty()).collect()
    };
    let is_marked = |one: &&Facts| {
        !one.byline.is_empty() || one.byline_agency.is_some() || !one.notices.is_empty()
    };
    let pages = members.len() + apart.len();
    let hosts = distinct(|one| &one.host, |one| &one.host).len();
    let stories = unlike(distinct(|one| &one.title, |one| &one.title));
    let urls = distinct(|one| &one.url, |one| one.id.as_str()).len();
    let is_brief = stories == 1
        && (members.values()).all(|one| !one.title.is_empty() && one.published_ms.is_some());
    let on_many_hosts = hosts >= HOSTS && !is_brief;
    let under_many_titles = stories.min(urls) >= PAGES;
    let is_everywhere = pages >= PAGES && (on_many_hosts || under_many_titles);
    if !is_everywhere || members.values().any(is_marked) {
        return None;
    }
    let words = article.words;
    let words = format!("{pages} pages on {hosts} hosts, {words} words each");
    Some(Evidence::new(EvidenceKind::SameShortText, 1.0, words))
}

/// Returns the article, and the members of its cluster that have its text.
fn members_with_text<'s>(
    article: &'s Facts,
    story: &Story<'s>,
) -> BTreeMap<&'s ArticleId, &'s Facts> {
    let has_text_of_lead = story
        .lead
        .is_none_or(|(_, overlap)| article.same_text_as_lead || overlap.resemblance() >= 1.0);
    let members = story.members.iter().filter(|one| one.same_text_as_lead);
    let lead = story.lead.map(|(lead, _)| lead);
    let members = members.chain(lead).filter(|_| has_text_of_lead);
    members.chain([article]).map(|one| (&one.id, one)).collect()
}

/// Whether an article outside the cluster has the same text under another headline.
fn has_same_body(article: &Facts, one: &Related) -> bool {
    let Overlap {
        shared,
        this,
        other,
    } = one.overlap;
    let headline = |title: &str| WORD_WEIGHT * title.split_whitespace().count() as u32;
    one.relation == Relation::Template
        && this - shared <= headline(&article.title)
        && other - shared <= headline(&one.title)
}

/// Counts the headlines that are unlike all others: fewer than half of the words of two are in both.
fn unlike(headlines: BTreeSet<&str>) -> usize {
    let words = |headline: &str| -> BTreeSet<String> {
        let words = headline.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let mut kept: Vec<BTreeSet<String>> = Vec::new();
    for headline in headlines {
        let these = words(headline);
        let is_alike = |those: &BTreeSet<String>| {
            2 * these.intersection(those).count() >= these.union(those).count()
        };
        if !kept.iter().any(is_alike) {
            kept.push(these);
        }
    }
    kept.len()
}
