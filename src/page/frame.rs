//! Finds the frame of a page: elements that are labelled as such, and rows of teasers.

use std::collections::HashMap;
use std::ops::Range;

use super::blocks::Blocks;
use super::hints::Hint;
use super::select::running_sums;
use super::tree::{NodeId, Tree};

/// The frame of a page, block by block.
pub(super) struct PageFrame {
    /// The block belongs to the frame.
    pub excluded: Vec<bool>,
    /// Nothing in the block can belong to the article, not even a notice.
    pub discarded: Vec<bool>,
    /// The hint for which the block was excluded.
    pub hints: Vec<Hint>,
}

/// The largest share of a page's text that an element may contain for its hint to be believed.
const MAX_FRAME: f64 = 0.5;
const MAX_COMMENTS: f64 = 0.9;
const MAX_DOUBTFUL: f64 = 0.05;
/// A teaser has at most this many blocks and letters, and a link of at least this many letters.
const TEASER_BLOCKS: usize = 12;
const TEASER_LETTERS: u32 = 600;
const TEASER_LINK: u32 = 12;
/// The fewest teasers that make a row.
const TEASERS_IN_ROW: u32 = 3;

impl PageFrame {
    /// Finds the frame. `scores` says for each block how likely it is text of an article.
    pub fn find(tree: &Tree, blocks: &Blocks, hints: &[Hint], scores: &[f64]) -> Self {
        let finder = FrameFinder {
            tree,
            blocks,
            hints,
            scores: running_sums(scores, |score| score.max(0.0)),
        };
        let count = blocks.blocks.len();
        let mut frame = PageFrame {
            excluded: vec![false; count],
            discarded: vec![false; count],
            hints: vec![Hint::None; count],
        };
        finder.exclude_labelled(&mut frame);
        finder.exclude_teasers(&mut frame);
        frame
    }
}

struct FrameFinder<'a> {
    tree: &'a Tree,
    blocks: &'a Blocks,
    hints: &'a [Hint],
    /// Running sums of the scores above 0.
    scores: Vec<f64>,
}

impl FrameFinder<'_> {
    fn within(&self, node: NodeId) -> Range<usize> {
        self.blocks.within(self.tree, node)
    }

    fn score(&self, range: &Range<usize>) -> f64 {
        self.scores[range.end] - self.scores[range.start]
    }

    /// Excludes what is labelled as frame, unless it contains much of the text, or of what is labelled
    /// as the article: a wrapper may be called "with-sidebar".
    fn exclude_labelled(&self, frame: &mut PageFrame) {
        let bodies = self.bodies();
        let all = self.all();
        let mut next = 0;
        while (next as usize) < self.tree.nodes.len() {
            let node = next;
            let range = self.within(node);
            let end = self.tree.end(node);
            if range.is_empty() {
                next = end;
                continue;
            }
            next += 1;
            let hint = self.hints[node as usize];
            let max_share = match hint {
                Hint::Frame | Hint::Margin => MAX_FRAME,
                Hint::Comments => MAX_COMMENTS,
                Hint::Doubtful => MAX_DOUBTFUL,
                Hint::None | Hint::Main | Hint::Body | Hint::Hidden => continue,
            };
            let own = self.score(&range);
            let body = bodies[end as usize] - bodies[node as usize + 1];
            if own > max_share * all || (body * 2.0 > own && body > 0.0) {
                continue;
            }
            let is_control = matches!(
                self.tree.name(node),
                "nav" | "footer" | "form" | "menu" | "button"
            );
            if hint == Hint::Comments || is_control {
                frame.discarded[range.clone()].fill(true);
            }
            frame.excluded[range.clone()].fill(true);
            frame.hints[range].fill(hint);
            next = end;
        }
    }

    /// Returns the score of the page without readers' comments.
    fn all(&self) -> f64 {
        let every = self.score(&(0..self.scores.len() - 1));
        let mut all = every;
        let mut node = 0;
        while (node as usize) < self.tree.nodes.len() {
            if self.hints[node as usize] == Hint::Comments {
                all -= self.score(&self.within(node));
                node = self.tree.end(node);
            } else {
                node += 1;
            }
        }
        if all < every * 0.1 { every } else { all }
    }

    /// Returns for each node the score of the article bodies before it, as far as they are labelled.
    fn bodies(&self) -> Vec<f64> {
        let mut until = 0;
        let mut bodies = Vec::with_capacity(self.hints.len());
        for (node, hint) in self.hints.iter().enumerate() {
            let node = node as NodeId;
            let is_outermost = *hint == Hint::Body && node >= until;
            if is_outermost {
                until = self.tree.end(node);
            }
            bodies.push(match is_outermost {
                true => self.score(&self.within(node)),
                false => 0.0,
            });
        }
        running_sums(&bodies, |score| score)
    }

    /// Excludes rows of boxes with a link and little text each: they lead to other articles.
    fn exclude_teasers(&self, frame: &mut PageFrame) {
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
            let blocks = &self.blocks.blocks[range];
            let letters: u32 = blocks.iter().map(|block| block.letters).sum();
            let has_link = blocks
                .iter()
                .any(|block| block.link_share() > 0.66 && block.letters >= TEASER_LINK);
            if !has_link || letters > TEASER_LETTERS {
                continue;
            }
            let class = element.attribute("class");
            let class = class.split_ascii_whitespace().next().unwrap_or("");
            let key = (self.tree.parent(id), &*element.name, class);
            *counts.entry(key).or_default() += 1;
            teasers.push((id, key));
        }
        for (id, key) in teasers {
            if counts[&key] >= TEASERS_IN_ROW {
                let range = self.within(id);
                frame.excluded[range.clone()].fill(true);
                frame.discarded[range].fill(true);
            }
        }
    }
}
