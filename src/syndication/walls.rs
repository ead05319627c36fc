//! Recognises walls by their form: the same short text everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, EvidenceKind};
use super::facts::{Facts, Story};
use crate::id::ArticleId;

/// Only a text of fewer words can be a wall by its form.
pub(super) const SHORT: u32 = 80;
/// The fewest pages with the same short text that make it a wall.
pub(super) const PAGES: usize = 5;
/// The fewest hosts of such pages that make it a wall.
pub(super) const HOSTS: usize = 4;

/// Returns evidence that an article is a wall by its form: a short text without any mark of an article
/// on many pages. A brief that several newspapers print is none: its headlines are alike, and it has a
/// date.
pub(super) fn same_short_text(article: &Facts, story: &Story<'_>) -> Option<Evidence> {
    let is_short = (1..SHORT).contains(&article.words);
    let has_text_of_lead = story
        .lead
        .is_none_or(|(_, overlap)| article.same_text_as_lead || overlap.resemblance() >= 1.0);
    if !is_short || !has_text_of_lead {
        return None;
    }
    let members = story.members.iter().filter(|one| one.same_text_as_lead);
    let lead = story.lead.map(|(lead, _)| lead);
    let pages: BTreeMap<&ArticleId, &Facts> = members
        .chain(lead)
        .chain([article])
        .map(|one| (&one.id, one))
        .collect();
    let distinct = |field: fn(&Facts) -> &str| -> BTreeSet<&str> {
        let all = pages.values().map(|one| field(one));
        all.filter(|text| !text.is_empty()).collect()
    };
    let is_marked = |one: &&Facts| {
        !one.byline.is_empty() || one.byline_agency.is_some() || !one.notices.is_empty()
    };
    let hosts = distinct(|one| &one.host).len();
    let stories = unlike(distinct(|one| &one.title));
    let is_brief = stories == 1
        && (pages.values()).all(|one| !one.title.is_empty() && one.published_ms.is_some());
    let on_many_hosts = hosts >= HOSTS && !is_brief;
    let under_many_titles = stories.min(distinct(|one| &one.url).len()) >= PAGES;
    let is_everywhere = pages.len() >= PAGES && (on_many_hosts || under_many_titles);
    if !is_everywhere || pages.values().any(is_marked) {
        return None;
    }
    let (pages, words) = (pages.len(), article.words);
    let words = format!("{pages} pages on {hosts} hosts, {words} words each");
    Some(Evidence::new(EvidenceKind::SameShortText, 1.0, words))
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
