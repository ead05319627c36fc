//! Finds other articles under the one of the page: the next one, which a script added as the reader
//! scrolled, or the later posts of a blog.

use std::ops::Range;

use super::blocks::Blocks;
use super::hints::names_article;
use super::title::{MAX_TITLE, letters_of};
use super::tree::{NodeId, Tree};

/// Most headings that are looked at.
const MAX_HEADINGS: usize = 100;
/// Most letters in the box of an article before its title: a section, a date.
const BEFORE_TITLE: u32 = 120;
/// The fewest letters of an article: of the page's, and of another.
const ARTICLE: u32 = 200;

/// Returns the blocks of other articles: boxes that begin with a heading of the same level as the
/// title, and that are marked as articles or have the same labels as the box of the title.
pub(super) fn other_articles(tree: &Tree, blocks: &Blocks, title: usize) -> Vec<Range<usize>> {
    let Some(heading) = heading_of(tree, blocks.blocks[title].parent) else {
        return Vec::new();
    };
    let finder = ArticleFinder::new(tree, blocks, title, heading);
    let level = tree.name(heading);
    let headings = tree
        .elements()
        .filter(|(id, element)| *id > heading && element.is(level) && finder.is_other_title(*id));
    let mut found: Vec<Range<usize>> = Vec::new();
    for (id, _) in headings.take(MAX_HEADINGS) {
        let start = blocks.within(tree, id).start;
        let is_known = found.last().is_some_and(|last| last.contains(&start));
        if !is_known && let Some(range) = finder.article(id) {
            found.push(range);
        }
    }
    found
}

/// Returns the heading that contains a title.
fn heading_of(tree: &Tree, parent: NodeId) -> Option<NodeId> {
    let mut outward = std::iter::successors(Some(parent), |&id| Some(tree.parent(id)));
    let mut near = outward.by_ref().take(3);
    near.find(|&id| matches!(tree.name(id), "h1" | "h2" | "h3"))
}

struct ArticleFinder<'a> {
    tree: &'a Tree,
    blocks: &'a Blocks,
    /// The block that is the title, its letters, and the heading around it.
    title: usize,
    letters_of_title: String,
    heading: NodeId,
    /// Running sums of the letters of blocks that are not in links.
    free: Vec<u32>,
}

impl<'a> ArticleFinder<'a> {
    fn new(tree: &'a Tree, blocks: &'a Blocks, title: usize, heading: NodeId) -> Self {
        let mut sum = 0;
        let mut free = vec![sum];
        free.extend(blocks.blocks.iter().map(|block| {
            sum += block.letters - block.linked;
            sum
        }));
        ArticleFinder {
            tree,
            blocks,
            title,
            letters_of_title: letters_of(blocks.text_of(&blocks.blocks[title])),
            heading,
            free,
        }
    }

    /// Whether a heading has other words than the title, and does not contain it.
    fn is_other_title(&self, id: NodeId) -> bool {
        let range = self.blocks.within(self.tree, id);
        if range.start <= self.title {
            return false;
        }
        let heading = self.blocks.short_text(range, MAX_TITLE);
        heading.is_some_and(|heading| {
            let (own, title) = (letters_of(&heading), &self.letters_of_title);
            !own.contains(title) && !title.contains(&own)
        })
    }

    /// Returns the article that begins with a heading.
    fn article(&self, heading: NodeId) -> Option<Range<usize>> {
        let own = self.blocks.within(self.tree, heading);
        let mut node = heading;
        let mut is_marked = false;
        loop {
            let parent = self.tree.parent(node);
            let range = self.blocks.within(self.tree, parent);
            if range.start <= self.title || self.letters(range.start..own.start) > BEFORE_TITLE {
                break;
            }
            node = parent;
            is_marked |= self.is_marked(node);
        }
        let range = self.blocks.within(self.tree, node);
        let is_article = (is_marked || self.is_like_own(node))
            && self.letters(own.end..range.end) >= ARTICLE
            && self.letters(self.title + 1..range.start) >= ARTICLE;
        is_article.then_some(range)
    }

    fn is_marked(&self, node: NodeId) -> bool {
        self.tree.name(node) == "article" || self.tree.element(node).is_some_and(names_article)
    }

    /// Whether a box has the same labels as the box beside it that contains the title.
    fn is_like_own(&self, node: NodeId) -> bool {
        let around = self.tree.parent(node);
        let outward = std::iter::successors(Some(self.heading), |&id| Some(self.tree.parent(id)));
        let mut inside = outward.take_while(|&id| id > around);
        let Some(own) = inside.find(|&id| self.tree.parent(id) == around) else {
            return false;
        };
        let label = |id| {
            self.tree
                .element(id)
                .map(|one| (&one.name, one.attribute("class")))
        };
        self.tree.name(node) != "section" && node != self.heading && label(own) == label(node)
    }

    /// Counts the letters of some blocks that are not in links.
    fn letters(&self, range: Range<usize>) -> u32 {
        self.free[range.end].saturating_sub(self.free[range.start])
    }
}
