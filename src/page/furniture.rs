//! Finds the furniture of a page: what is said to be that, and rows of teasers.

use std::collections::HashMap;
use std::ops::Range;

use super::blocks::Blocks;
use super::hints::Hint;
use super::select::running;
use super::tree::{NodeId, Tree};

/// What of a page is furniture, block by block.
pub(super) struct Furniture {
    /// It is furniture.
    pub barred: Vec<bool>,
    /// Nothing in it can be of the article, not even a notice.
    pub lost: Vec<bool>,
    /// What the element around it is said to be, for which it was barred.
    pub said: Vec<Hint>,
}

/// Shares of a page's text that an element may hold and yet be believed to be what it is said to
/// be.
const MOST_FURNITURE: f64 = 0.5;
const MOST_COMMENTS: f64 = 0.9;
const MOST_DOUBTFUL: f64 = 0.05;
/// A teaser has no more blocks and letters than this, and a link of so many letters.
const TEASER_BLOCKS: usize = 12;
const TEASER_LETTERS: u32 = 600;
const TEASER_LINK: u32 = 12;
/// Teasers of a row, at least.
const ROW: u32 = 3;

/// Finds the furniture; `worth` tells of each block how much it speaks for being text.
pub(super) fn find(tree: &Tree, blocks: &Blocks, hints: &[Hint], worth: &[f64]) -> Furniture {
    let finder = Finder {
        tree,
        blocks,
        hints,
        worth: running(worth, |worth| worth.max(0.0)),
    };
    let count = blocks.blocks.len();
    let mut found = Furniture {
        barred: vec![false; count],
        lost: vec![false; count],
        said: vec![Hint::None; count],
    };
    finder.bar_said(&mut found);
    finder.bar_teasers(&mut found);
    found
}

struct Finder<'a> {
    tree: &'a Tree,
    blocks: &'a Blocks,
    hints: &'a [Hint],
    /// Running sums of what speaks for.
    worth: Vec<f64>,
}

impl Finder<'_> {
    fn within(&self, node: NodeId) -> Range<usize> {
        self.blocks.within(self.tree, node)
    }

    fn good(&self, range: &Range<usize>) -> f64 {
        self.worth[range.end] - self.worth[range.start]
    }

    /// Bars what is said to be furniture, unless it holds much of the text, or the text that is said
    /// to be the article: a wrapper may be called "with-sidebar".
    fn bar_said(&self, found: &mut Furniture) {
        let bodies = self.bodies();
        let all = self.all();
        let mut node = 0;
        while node < self.tree.nodes.len() {
            let here = node;
            let range = self.within(here as NodeId);
            let end = self.tree.nodes[here].end as usize;
            if range.is_empty() {
                node = end;
                continue;
            }
            node += 1;
            let most = match self.hints[here] {
                Hint::Furniture | Hint::Margin => MOST_FURNITURE,
                Hint::Comments => MOST_COMMENTS,
                Hint::Doubtful => MOST_DOUBTFUL,
                Hint::None | Hint::Main | Hint::Body | Hint::Hidden => continue,
            };
            let own = self.good(&range);
            let body = bodies[end] - bodies[here + 1];
            if own > most * all || (body * 2.0 > own && body > 0.0) {
                continue;
            }
            if self.hints[here] == Hint::Comments || self.is_control(here as NodeId) {
                found.lost[range.clone()].fill(true);
            }
            found.barred[range.clone()].fill(true);
            found.said[range].fill(self.hints[here]);
            node = end;
        }
    }

    /// How much text there is, without what readers wrote.
    fn all(&self) -> f64 {
        let every = self.good(&(0..self.worth.len() - 1));
        let mut all = every;
        let mut node = 0;
        while node < self.tree.nodes.len() {
            if self.hints[node] == Hint::Comments {
                all -= self.good(&self.within(node as NodeId));
                node = self.tree.nodes[node].end as usize;
            } else {
                node += 1;
            }
        }
        if all < every * 0.1 { every } else { all }
    }

    fn is_control(&self, node: NodeId) -> bool {
        let name = self.tree.element(node).map_or("", |element| &*element.name);
        matches!(name, "nav" | "footer" | "form" | "menu" | "button")
    }

    /// Of each node, how much text stands before it in elements that are said to be the text of an
    /// article.
    fn bodies(&self) -> Vec<f64> {
        let mut sums = Vec::with_capacity(self.tree.nodes.len() + 1);
        let mut until = 0;
        let mut sum = 0.0;
        for node in 0..self.tree.nodes.len() {
            sums.push(sum);
            if self.hints[node] == Hint::Body && node >= until {
                until = self.tree.nodes[node].end as usize;
                sum += self.good(&self.within(node as NodeId));
            }
        }
        sums.push(sum);
        sums
    }

    /// Bars rows of boxes that each hold a link and little text: they lead to other articles.
    fn bar_teasers(&self, found: &mut Furniture) {
        let mut counts: HashMap<(NodeId, &str, &str), u32> = HashMap::new();
        let mut teasers: Vec<(NodeId, (NodeId, &str, &str))> = Vec::new();
        for (id, element) in self.tree.elements() {
            if matches!(
                &*element.name,
                "p" | "td" | "span" | "a" | "b" | "strong" | "em" | "h2" | "h3" | "h4"
            ) {
                continue;
            }
            let range = self.within(id);
            if range.is_empty() || range.len() > TEASER_BLOCKS {
                continue;
            }
            let blocks = &self.blocks.blocks[range.clone()];
            let letters: u32 = blocks.iter().map(|block| block.letters).sum();
            let is_led = blocks
                .iter()
                .any(|block| block.link_share() > 0.66 && block.letters >= TEASER_LINK);
            if !is_led || letters > TEASER_LETTERS {
                continue;
            }
            let class = element
                .attribute("class")
                .split_ascii_whitespace()
                .next()
                .unwrap_or("");
            let key = (self.tree.nodes[id as usize].parent, &*element.name, class);
            *counts.entry(key).or_default() += 1;
            teasers.push((id, key));
        }
        for (id, key) in teasers {
            if counts[&key] >= ROW {
                let range = self.within(id);
                found.barred[range.clone()].fill(true);
                found.lost[range].fill(true);
            }
        }
    }
}
