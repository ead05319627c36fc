//! Walls that no wording tells: one short text, everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, EvidenceKind};
use super::facts::{Facts, Story};
use crate::id::ArticleId;
use crate::text::Overlap;

/// A text of fewer words than this may be what sites show in place of an article.
pub(super) const SHORT: u32 = 80;
/// Pages with one short text, from which on it is a wall.
pub(super) const PAGES: usize = 5;
/// Sites that such pages stand on, from which on it is a wall.
pub(super) const SITES: usize = 4;

/// Whether an article is a wall by its form: one short text, with no mark of an article, on many
/// pages. A brief that newspapers print alike is none: its headlines are alike, and it has a date.
pub(super) fn same_short_text(article: &Facts, story: &Story<'_>) -> Option<Evidence> {
    let is_leads = |overlap: &Overlap| article.same_text_as_lead || overlap.resemblance() >= 1.0;
    let is_short = (1..SHORT).contains(&article.words);
    if !is_short || !story.lead.is_none_or(|(_, overlap)| is_leads(&overlap)) {
        return None;
    }
    let members = story.members.iter().filter(|one| one.same_text_as_lead);
    let lead = story.lead.map(|(lead, _)| lead);
    let pages: BTreeMap<&ArticleId, &Facts> = members
        .chain(lead)
        .chain([article])
        .map(|one| (&one.id, one))
        .collect();
    let of_all = |of: fn(&Facts) -> &str| -> BTreeSet<&str> {
        let all = pages.values().map(|one| of(one));
        all.filter(|text| !text.is_empty()).collect()
    };
    let has_author = |one: &Facts| !one.byline.is_empty() || one.byline_agency.is_some();
    let is_marked = |one: &Facts| has_author(one) || !one.notices.is_empty();
    let sites = of_all(|one| &one.host);
    let stories = unlike(of_all(|one| &one.title));
    let is_brief = stories == 1
        && (pages.values()).all(|one| !one.title.is_empty() && one.published_ms.is_some());
    let on_many_sites = sites.len() >= SITES && !is_brief;
    let under_many_titles = stories.min(of_all(|one| &one.url).len()) >= PAGES;
    let is_everywhere = pages.len() >= PAGES && (on_many_sites || under_many_titles);
    if !is_everywhere || pages.values().any(|one| is_marked(one)) {
        return None;
    }
    let (pages, sites, words) = (pages.len(), sites.len(), article.words);
    let words = format!("pages: {pages}, sites: {sites}, words: {words}");
    Some(Evidence::new(EvidenceKind::SameShortText, 1.0, words))
}

/// How many headlines are unlike one another: half of the words of two, taken together, are in only
/// one of them.
fn unlike(headlines: BTreeSet<&str>) -> usize {
    let words = |headline: &str| -> BTreeSet<String> {
        let words = headline.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let mut told: Vec<BTreeSet<String>> = Vec::new();
    for headline in headlines {
        let these = words(headline);
        let alike = |those: &BTreeSet<String>| {
            2 * these.intersection(those).count() >= these.union(those).count()
        };
        if !told.iter().any(alike) {
            told.push(these);
        }
    }
    told.len()
}
