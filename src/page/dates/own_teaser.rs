//! Finds the date of a page in a list of teasers ("latest news") that the page itself is among.

use super::conventions::Conventions;
use super::heading::Heading;
use super::reader::dates_in;
use super::written::WrittenDate;
use crate::page::title::letters_of;
use crate::page::tree::{NodeId, NodeKind, Tree};

/// The shortest title, in bytes, that is not the name of a section.
const MIN_TITLE: usize = 12;
/// How much longer a teaser may be than its title, in bytes: it may have a summary.
const MAX_BESIDE: usize = 400;
/// Most elements around a title that may be its teaser.
const MAX_DEPTH: usize = 8;
/// The fewest other teasers of a list, and the most that are looked at.
const MIN_OTHERS: usize = 2;
const MAX_OTHERS: usize = 20;
/// Most places of the title that are looked at.
const MAX_PLACES: usize = 10;

/// Returns the date in a teaser that has the title of the page, in a list of teasers with a date each.
pub(super) fn date(
    tree: &Tree,
    heading: Option<&Heading>,
    title: &str,
    conventions: &Conventions,
) -> Option<WrittenDate> {
    let limit = title.len() + MAX_BESIDE;
    let letters = letters_of(title);
    let mut left = MAX_PLACES;
    let mut id: NodeId = 0;
    while letters.len() >= MIN_TITLE && left > 0 && (id as usize) < tree.nodes.len() {
        let is_heading = heading.is_some_and(|heading| heading.nodes.start == id);
        match &tree.nodes[id as usize].kind {
            NodeKind::Element(element) if is_heading || element.is_unseen() => {
                id = tree.end(id).max(id + 1);
                continue;
            }
            NodeKind::Text(text) if !is_heading && text.text.len() <= limit => {
                if letters_of(&text.text) == letters {
                    left -= 1;
                    if let Some(date) = date_of_teaser(tree, id, limit, conventions) {
                        return Some(date);
                    }
                }
            }
            NodeKind::Element(_) | NodeKind::Text(_) => {}
        }
        id += 1;
    }
    None
}

/// Returns the date of the teaser around a title, if its neighbours have a date each as well.
fn date_of_teaser(
    tree: &Tree,
    title: NodeId,
    limit: usize,
    conventions: &Conventions,
) -> Option<WrittenDate> {
    let only_date = |id: NodeId| {
        let text = tree.text_of(id, limit);
        let mut dates = dates_in(&text, conventions, 2);
        dates
            .pop()
            .filter(|_| dates.is_empty() && text.len() <= limit)
    };
    let mut teaser = title;
    for _ in 0..MAX_DEPTH {
        let list = tree.parent(teaser);
        if list == teaser {
            break;
        }
        if let Some(date) = only_date(teaser) {
            let others = children(tree, list)
                .filter(|other| *other != teaser && tree.name(*other) == tree.name(teaser));
            let dated = others
                .take(MAX_OTHERS)
                .filter(|other| only_date(*other).is_some());
            if dated.take(MIN_OTHERS).count() == MIN_OTHERS {
                return Some(date.into());
            }
        }
        teaser = list;
    }
    None
}

/// Returns the children of a node.
fn children(tree: &Tree, parent: NodeId) -> impl Iterator<Item = NodeId> {
    let first = Some(parent + 1).filter(|first| *first < tree.end(parent));
    std::iter::successors(first, move |child| {
        let next = tree.end(*child).max(child + 1);
        (next < tree.end(parent)).then_some(next)
    })
}
