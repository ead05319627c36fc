//! Chooses the blocks that are the article.

use std::ops::Range;

use super::blocks::{Block, Blocks};
use super::furniture::{self, Furniture};
use super::hints::Hint;
use super::names::is_heading;
use super::tree::{NodeId, Tree};

/// What text before the title counts for.
const BEFORE_TITLE: f64 = 0.3;
/// Letters of furniture after which text counts for half.
const FAR: f64 = 500.0;
/// How much more furniture speaks against going up in the tree than text speaks for it.
const JUNK_WEIGHS: f64 = 4.0;
/// Blocks between the title and the text that are looked through for a first paragraph.
const LEDE_WITHIN: usize = 30;
/// Letters of a first paragraph, at least; and where an element calls it furniture ("teaser").
const LEDE_LEAST: u32 = 60;
const LEDE_LEAST_IF_BARRED: u32 = 100;
/// Letters of a label ("Share", "Advertisement"), at most: in a box of its own, and at the end.
const LABEL: u32 = 20;
const LAST_LABEL: u32 = 40;

/// A choice of blocks.
pub(super) type Choice = Vec<bool>;

/// The page, and what was found out about it.
pub(super) struct Judge<'a> {
    pub tree: &'a Tree,
    pub blocks: &'a Blocks,
    /// Of each node, what it is said to be.
    pub hints: &'a [Hint],
    /// Of each block, whether it is furniture by what is said of the elements around it.
    pub barred: Vec<bool>,
    /// Of each block, how much it speaks for being text of an article.
    pub worth: Vec<f64>,
    /// Running sums of what speaks for and against, without what is barred.
    sums: Vec<(f64, f64)>,
    /// Of each block, whether nothing in it can be of the article, not even a notice.
    lost: Vec<bool>,
    /// Of each block, what it was barred for.
    said: Vec<Hint>,
    /// The block that is the title.
    title: Option<usize>,
}

impl<'a> Judge<'a> {
    pub fn new(tree: &'a Tree, blocks: &'a Blocks, hints: &'a [Hint], title: &str) -> Self {
        let worth: Vec<f64> = blocks.blocks.iter().map(worth).collect();
        let Furniture { barred, lost, said } = furniture::find(tree, blocks, hints, &worth);
        let sums = Vec::new();
        let mut judge = Judge {
            tree,
            blocks,
            hints,
            barred,
            worth,
            sums,
            lost,
            said,
            title: None,
        };
        judge.look_from(title);
        judge.sum_up();
        judge
    }

    fn within(&self, node: NodeId) -> Range<usize> {
        self.blocks.within(self.tree, node)
    }

    /// Makes less of what stands before the title, and of what stands far behind it: between the
    /// article and the next one there is furniture.
    fn look_from(&mut self, title: &str) {
        self.title = self.heading(title);
        let Some(from) = self.title else { return };
        let mut junk = 0.0;
        for place in 0..self.worth.len() {
            let block = &self.blocks.blocks[place];
            if place < from {
                self.worth[place] *= BEFORE_TITLE;
                continue;
            }
            if self.barred[place] || block.link_share() > 0.5 {
                junk += f64::from(block.letters.min(60));
            }
            if self.worth[place] > 0.0 {
                self.worth[place] /= 1.0 + junk / FAR;
            }
        }
    }

    /// The block that is the title: the highest heading of those that say the same.
    fn heading(&self, title: &str) -> Option<usize> {
        let title = letters_of(title);
        if title.len() < 8 {
            return None;
        }
        let mut best: Option<(u8, usize)> = None;
        for (place, block) in self.blocks.blocks.iter().enumerate() {
            if block.letters < 4 || block.letters > 400 || self.lost[place] {
                continue;
            }
            let element = self.tree.element(block.parent);
            let rank = match element.map_or("", |element| &*element.name) {
                "h1" => 0,
                "h2" | "h3" => 1,
                _ if block.link_share() < 0.5 => 2,
                _ => continue,
            };
            if best.is_some_and(|(best, _)| best <= rank) {
                continue;
            }
            let own = letters_of(self.blocks.of(block));
            let is_same = own == title
                || (own.len() * 2 > title.len() && title.contains(&own))
                || (title.len() * 2 > own.len() && own.contains(&title));
            if is_same {
                best = Some((rank, place));
            }
        }
        best.map(|(_, place)| place)
    }

    /// Sums up what is not barred.
    fn sum_up(&mut self) {
        let open: Vec<f64> = self
            .worth
            .iter()
            .zip(&self.barred)
            .map(|(w, barred)| if *barred { 0.0 } else { *w })
            .collect();
        let good = running(&open, |w| w.max(0.0));
        let bad = running(&open, |w| -w.min(0.0));
        self.sums = good.into_iter().zip(bad).collect();
    }

    /// Chooses by the element that gathers most text, as readers' modes of browsers do.
    pub fn gather(&self) -> Choice {
        let Some(top) = self.top() else {
            return vec![false; self.worth.len()];
        };
        let mut choice = self.clean(top);
        self.add_lede(&mut choice);
        choice
    }

    /// Adds what stands between the title and the text and makes sentences: many pages keep the
    /// first paragraph in the box of the title.
    fn add_lede(&self, choice: &mut Choice) {
        let first = choice.iter().position(|chosen| *chosen);
        let (Some(title), Some(first)) = (self.title, first) else {
            return;
        };
        if title >= first || first - title > LEDE_WITHIN {
            return;
        }
        for (place, chosen) in choice.iter_mut().enumerate().take(first).skip(title + 1) {
            let block = &self.blocks.blocks[place];
            let is_open = match self.said[place] {
                Hint::None | Hint::Doubtful => true,
                Hint::Furniture => block.letters >= LEDE_LEAST_IF_BARRED,
                Hint::Main | Hint::Margin | Hint::Comments | Hint::Body | Hint::Hidden => false,
            };
            let makes_sentences = block.stops > 0 && block.letters >= LEDE_LEAST;
            if is_open && !self.lost[place] && makes_sentences && block.link_share() < 0.3 {
                *chosen = true;
            }
        }
    }

    /// Chooses the blocks that make sentences, wherever they stand.
    pub fn dense(&self) -> Choice {
        (0..self.worth.len())
            .map(|place| self.worth[place] > 20.0 && !self.lost[place])
            .collect()
    }

    /// Whether a block outside the main text may still be one that must not be lost.
    pub fn may_keep(&self, place: usize) -> bool {
        !self.lost[place]
    }

    /// The element that holds the article.
    fn top(&self) -> Option<NodeId> {
        let mut scores: Vec<f64> = vec![0.0; self.tree.nodes.len()];
        for (block, (&worth, &barred)) in self
            .blocks
            .blocks
            .iter()
            .zip(self.worth.iter().zip(&self.barred))
        {
            if barred || worth <= 0.0 {
                continue;
            }
            // A paragraph speaks for what holds it, and less and less for what is around that.
            let mut node = block.parent;
            let paragraph = self.tree.element(node).is_some_and(|e| {
                matches!(
                    &*e.name,
                    "p" | "blockquote" | "li" | "pre" | "td" | "h2" | "h3"
                )
            });
            if paragraph && node != 0 {
                node = self.tree.nodes[node as usize].parent;
            }
            let mut share = 1.0;
            for level in 0..6 {
                scores[node as usize] += worth * share;
                if node == 0 {
                    break;
                }
                node = self.tree.nodes[node as usize].parent;
                share = if level == 0 {
                    0.5
                } else {
                    1.0 / (f64::from(level) * 3.0)
                };
            }
        }
        let mut best: Option<(f64, NodeId)> = None;
        for (id, _) in self.tree.elements() {
            let score = scores[id as usize] * self.weight(id);
            if score > 0.0 && best.is_none_or(|(most, _)| score > most) {
                best = Some((score, id));
            }
        }
        let (_, mut top) = best?;
        // Up, as long as there is much more of the same around: an article may be cut into several
        // boxes, with advertisements between.
        let mut own = self.sums(top);
        let mut node = top;
        while node != 0 {
            node = self.tree.nodes[node as usize].parent;
            let around = self.sums(node);
            let (more, junk) = (around.0 - own.0, around.1 - own.1);
            let enough = match self.hints[node as usize] {
                Hint::Body => 0.02,
                Hint::Main => 0.15,
                _ => 0.2,
            };
            if more > enough * own.0 && more > JUNK_WEIGHS * junk && more > 90.0 {
                own = around;
                top = node;
            }
        }
        Some(top)
    }

    /// How much within a node speaks for being text of an article, and how much against.
    fn sums(&self, node: NodeId) -> (f64, f64) {
        let range = self.within(node);
        let (from, to) = (self.sums[range.start], self.sums[range.end]);
        (to.0 - from.0, to.1 - from.1)
    }

    fn weight(&self, node: NodeId) -> f64 {
        match self.hints[node as usize] {
            Hint::Body => 2.0,
            Hint::Main => 1.2,
            Hint::None
            | Hint::Doubtful
            | Hint::Margin
            | Hint::Furniture
            | Hint::Comments
            | Hint::Hidden => 1.0,
        }
    }

    /// The blocks within the element that are text of the article.
    fn clean(&self, top: NodeId) -> Choice {
        let mut choice = vec![false; self.worth.len()];
        for place in self.within(top) {
            choice[place] = !self.barred[place] && self.is_text(place);
        }
        self.trim(&mut choice);
        self.drop_loose_headings(&mut choice);
        choice
    }

    /// Takes off what stands after the last block that makes sentences: labels, tags, links.
    fn trim(&self, choice: &mut Choice) {
        let is_label = |place: usize| {
            let block = &self.blocks.blocks[place];
            (block.letters < LAST_LABEL && block.stops == 0) || block.link_share() > 0.5
        };
        let taken: Vec<usize> = (0..choice.len()).filter(|&place| choice[place]).collect();
        if taken.iter().all(|&place| is_label(place)) {
            return;
        }
        for &place in taken.iter().rev().take_while(|&&place| is_label(place)) {
            choice[place] = false;
        }
    }

    fn is_text(&self, place: usize) -> bool {
        let is_box = |name: &str| matches!(name, "div" | "section" | "article" | "main" | "header");
        let block = &self.blocks.blocks[place];
        let share = block.link_share();
        let parent = self.tree.element(block.parent);
        let is_label = block.letters < LABEL && block.stops == 0;
        if block.letters == 0 || (is_label && parent.is_some_and(|parent| is_box(&parent.name))) {
            return false;
        }
        if share > 0.66 && block.letters < 200 {
            return false;
        }
        share < 0.9
    }

    /// Headings with no text after them belong to something that was left out.
    fn drop_loose_headings(&self, choice: &mut Choice) {
        let mut follows = false;
        for place in (0..choice.len()).rev() {
            if !choice[place] {
                continue;
            }
            let parent = self.blocks.blocks[place].parent;
            if self
                .tree
                .element(parent)
                .is_some_and(|e| is_heading(&e.name))
            {
                choice[place] = follows;
            } else {
                follows = true;
            }
        }
    }
}

/// The letters and digits of a title, in lower case.
fn letters_of(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(600)
        .collect()
}

/// Running sums: the place `n` holds the sum of the first `n` values.
pub(super) fn running(values: &[f64], of: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values {
        sum += of(*value);
        sums.push(sum);
    }
    sums
}

/// How much a block speaks for being text of an article: letters, if they make sentences and are
/// not links. Menus and lists of links speak against.
fn worth(block: &Block) -> f64 {
    let letters = f64::from(block.letters);
    let free = letters - f64::from(block.linked);
    let share = block.link_share();
    if share > 0.5 {
        return -letters.min(60.0);
    }
    if block.letters < 25 {
        return -5.0;
    }
    let sentences = if block.stops == 0 { 0.2 } else { 1.0 };
    let long = (letters / 80.0).min(1.0);
    free * (1.0 - share) * sentences * long
}
