//! Chooses the blocks that belong to the article.

use std::collections::HashMap;
use std::ops::Range;

use super::blocks::{Block, Blocks, leading};
use super::element_names::is_heading;
use super::frame::PageFrame;
use super::hints::Hint;
use super::other_articles::other_articles;
use super::title::{letters_of, shows_title};
use super::tree::{NodeId, Tree};

/// The factor for text before the title.
const BEFORE_TITLE: f64 = 0.3;
/// Letters of frame after which text counts for half.
const FAR: f64 = 500.0;
/// How much more the frame speaks against going up in the tree than text speaks for it.
const FRAME_WEIGHT: f64 = 6.0;
const ARTICLE_FRAME_WEIGHT: f64 = 1.5;
/// Most blocks between the title and the text among which a first paragraph is looked for.
const LEDE_WITHIN: usize = 30;
/// Fewest letters of a first paragraph; of one that is labelled so, or is a heading under the title;
/// and in an element whose label says frame ("teaser").
const MIN_LEDE: u32 = 60;
const MIN_MARKED_LEDE: u32 = 25;
const MIN_EXCLUDED_LEDE: u32 = 100;
/// How far out the label of a first paragraph is looked for.
const LEAD_WITHIN: usize = 3;
/// The fewest letters of a sentence directly under the title that is a first paragraph.
const MIN_FIRST_SENTENCE: u32 = 40;
/// Most short paragraphs at the end: "(With agencies)"; and most blocks after the text among which they
/// are looked for.
const MAX_CREDITS: usize = 2;
const CREDIT_WITHIN: usize = 10;
/// The fewest letters of a block that is looked for again; and of a run of such blocks that does not
/// stand twice in a text.
const REPEATED: u32 = 60;
const REPEATED_RUN: u32 = 1000;
/// Lists with a greater share of links are menus.
const MAX_LIST_LINKS: f64 = 0.75;
/// Letters below which a block without punctuation is a label ("Share", "Advertisement"): in a box of
/// its own, and at the end.
const LABEL: u32 = 20;
const LAST_LABEL: u32 = 40;

/// For each block, whether it is chosen.
pub(super) type Choice = Vec<bool>;

/// Chooses blocks of one page.
pub(super) struct BlockSelector<'a> {
    pub tree: &'a Tree,
    pub blocks: &'a Blocks,
    /// A hint for each node.
    hints: &'a [Hint],
    frame: PageFrame,
    /// For each block, how likely it is text of an article.
    scores: Vec<f64>,
    /// Running sums of the scores above and below 0, without the frame.
    sums: Vec<(f64, f64)>,
    /// The block that is the title.
    title: Option<usize>,
    /// For each block, whether it is in a list that has words besides links.
    in_text_list: Vec<bool>,
}

impl<'a> BlockSelector<'a> {
    pub fn new(tree: &'a Tree, blocks: &'a Blocks, hints: &'a [Hint], title: &str) -> Self {
        let leading = leading(tree, blocks);
        let scored = blocks.blocks.iter().zip(&leading);
        let scores: Vec<f64> = scored.map(|(block, leads)| score(block, *leads)).collect();
        let mut selector = BlockSelector {
            tree,
            blocks,
            hints,
            frame: PageFrame::find(tree, blocks, hints, &scores, &leading),
            scores,
            sums: Vec::new(),
            title: None,
            in_text_list: text_lists(tree, blocks),
        };
        selector.title = selector.find_title(title);
        if let Some(title) = selector.title {
            for other in other_articles(tree, blocks, title) {
                selector.frame.exclude_article(other);
            }
        }
        selector.lower_scores();
        selector.exclude_repeated();
        selector.sum_up();
        selector
    }

    fn within(&self, node: NodeId) -> Range<usize> {
        self.blocks.within(self.tree, node)
    }

    /// Finds the block that is the title: of several with the same words, the highest heading.
    fn find_title(&self, title: &str) -> Option<usize> {
        let letters = letters_of(title);
        if letters.len() < 8 {
            return None;
        }
        let mut best: Option<(u8, usize)> = None;
        for (place, block) in self.blocks.blocks.iter().enumerate() {
            if block.letters < 4 || block.letters > 400 || self.frame.discarded[place] {
                continue;
            }
            let rank = match self.tree.name(block.parent) {
                "h1" => 0,
                "h2" | "h3" => 1,
                _ if block.link_share() < 0.5 => 2,
                _ => continue,
            };
            if best.is_some_and(|(best, _)| best <= rank) {
                continue;
            }
            let text = self.blocks.text_of(block);
            let own = letters_of(text);
            let is_same = own == letters
                || (own.len() * 2 > letters.len() && letters.contains(&own))
                || (letters.len() * 2 > own.len() && own.contains(&letters))
                || (rank < 2 && shows_title(text, title));
            if is_same {
                best = Some((rank, place));
            }
        }
        best.map(|(_, place)| place)
    }

    /// Lowers the scores before the title and far after it: there is frame between the article and the
    /// next one.
    fn lower_scores(&mut self) {
        let Some(from) = self.title else { return };
        let mut frame = 0.0;
        for (place, score) in self.scores.iter_mut().enumerate() {
            let block = &self.blocks.blocks[place];
            if place < from {
                *score *= BEFORE_TITLE;
                continue;
            }
            if self.frame.excluded[place] || block.link_share() > 0.5 {
                frame += f64::from(block.letters.min(60));
            }
            if *score > 0.0 {
                *score /= 1.0 + frame / FAR;
            }
        }
    }

    /// Excludes the worse of two runs of blocks with the same sentences: some pages have a text once for
    /// each size of screen.
    fn exclude_repeated(&mut self) {
        let mut first: HashMap<&str, usize> = HashMap::new();
        // The places of a run, each with that of the same sentences before.
        let mut run: Vec<(usize, usize)> = Vec::new();
        let mut runs = Vec::new();
        for (place, block) in self.blocks.blocks.iter().enumerate() {
            if block.letters < REPEATED || block.stops == 0 || self.frame.excluded[place] {
                continue;
            }
            let before = *first.entry(self.blocks.text_of(block)).or_insert(place);
            let goes_on = run.last().is_none_or(|(_, last)| *last < before);
            if before == place || !goes_on {
                runs.push(std::mem::take(&mut run));
            }
            if before < place {
                run.push((place, before));
            }
        }
        runs.push(run);
        for run in runs {
            let letters = |&(place, _): &(usize, usize)| self.blocks.blocks[place].letters;
            if run.iter().map(letters).sum::<u32>() < REPEATED_RUN {
                continue;
            }
            let gain = |&(place, before): &(usize, usize)| self.scores[place] - self.scores[before];
            let is_better = run.iter().map(gain).sum::<f64>() > 0.0;
            for (place, before) in run {
                self.frame.excluded[if is_better { before } else { place }] = true;
            }
        }
    }

    fn sum_up(&mut self) {
        let scores = self.scores.iter().zip(&self.frame.excluded);
        let scores: Vec<f64> = scores
            .map(|(score, excluded)| if *excluded { 0.0 } else { *score })
            .collect();
        let good = running_sums(&scores, |score| score.max(0.0));
        let bad = running_sums(&scores, |score| -score.min(0.0));
        self.sums = good.into_iter().zip(bad).collect();
    }

    /// Chooses the text of the element with the most text, as the reader modes of browsers do.
    pub fn densest_element(&self) -> Choice {
        let mut choice = vec![false; self.scores.len()];
        let Some(top) = self.top() else {
            return choice;
        };
        for place in self.within(top) {
            choice[place] = !self.frame.excluded[place] && self.is_text(place);
        }
        self.trim(&mut choice);
        self.drop_loose_headings(&mut choice);
        self.add_lede(&mut choice);
        choice
    }

    /// Adds the sentences between the title and the text: many pages keep the first paragraph in the
    /// box of the title.
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
            let may_be_lede = match self.frame.hints[place] {
                Hint::None | Hint::Doubtful | Hint::Lead => true,
                Hint::Frame => block.letters >= MIN_EXCLUDED_LEDE,
                Hint::Main
                | Hint::Margin
                | Hint::Overlay
                | Hint::Comments
                | Hint::Body
                | Hint::Hidden => false,
            };
            let has_sentences = (block.stops > 0 && block.letters >= MIN_LEDE)
                || self.is_first_sentence(place, title);
            let is_marked = block.letters >= MIN_MARKED_LEDE
                && (self.is_labelled_lead(place) || self.is_subtitle(place, title));
            if may_be_lede
                && self.may_keep(place)
                && (has_sentences || is_marked)
                && block.link_share() < 0.3
            {
                *chosen = true;
            }
        }
    }

    fn is_labelled_lead(&self, place: usize) -> bool {
        let parent = self.blocks.blocks[place].parent;
        let outward = std::iter::successors(Some(parent), |&id| Some(self.tree.parent(id)));
        let mut near = outward.take(LEAD_WITHIN);
        near.any(|id| self.hints[id as usize] == Hint::Lead)
    }

    /// Whether a block is a sentence directly under the title.
    fn is_first_sentence(&self, place: usize, title: usize) -> bool {
        let block = &self.blocks.blocks[place];
        let ends = ['.', '!', '?', '…', '。', '！', '？', '؟', '।'];
        let is_sentence = self.blocks.text_of(block).ends_with(ends);
        place == title + 1 && block.letters >= MIN_FIRST_SENTENCE && is_sentence
    }

    /// Whether a block is a heading directly under the title.
    fn is_subtitle(&self, place: usize, title: usize) -> bool {
        let name = self.tree.name(self.blocks.blocks[place].parent);
        place == title + 1 && is_heading(name) && name != "h1"
    }

    /// Chooses the blocks that consist of sentences, wherever they are.
    pub fn dense_blocks(&self) -> Choice {
        (0..self.scores.len())
            .map(|place| self.scores[place] > 20.0 && self.may_keep(place))
            .collect()
    }

    /// Chooses all that is under the title in the element marked as its article, links too: a list of
    /// links may be the text.
    pub fn marked_article(&self) -> Choice {
        let mut choice = vec![false; self.scores.len()];
        let Some(title) = self.title else {
            return choice;
        };
        let mut node = self.blocks.blocks[title].parent;
        while node != 0 && !matches!(self.hints[node as usize], Hint::Main | Hint::Body) {
            node = self.tree.parent(node);
        }
        for place in self
            .within(node)
            .filter(|&place| node != 0 && place > title)
        {
            choice[place] = matches!(self.frame.hints[place], Hint::None | Hint::Doubtful);
        }
        choice
    }

    /// Whether a block outside the main text may still be kept, for a notice in it.
    pub fn may_keep(&self, place: usize) -> bool {
        !self.frame.discarded[place]
    }

    /// Finds the element that contains the article.
    fn top(&self) -> Option<NodeId> {
        let outermost = self.outermost();
        let element_scores = self.element_scores(&outermost);
        let mut weights: Vec<f64> = vec![1.0; self.tree.nodes.len()];
        for (id, _) in self.tree.elements() {
            let weight = match self.hints[id as usize] {
                Hint::Body => 2.0,
                Hint::Main => 1.2,
                _ => 1.0,
            };
            let outer = &mut weights[outermost[id as usize] as usize];
            *outer = outer.max(weight);
        }
        let mut best: Option<(f64, NodeId)> = None;
        for (id, _) in self.tree.elements() {
            let score = element_scores[id as usize] * weights[id as usize];
            if score > 0.0 && best.is_none_or(|(most, _)| score > most) {
                best = Some((score, id));
            }
        }
        let (_, mut top) = best?;
        // Goes up as long as there is much more text around: an article may be divided into several
        // boxes with advertisements in between.
        let mut own = self.sums(top);
        let mut node = top;
        while node != 0 {
            node = self.tree.parent(node);
            let around = self.sums(node);
            let (more, frame) = (around.0 - own.0, around.1 - own.1);
            let enough = match self.hints[node as usize] {
                Hint::Body => 0.02,
                Hint::Main => 0.15,
                _ => 0.3,
            };
            let frame_weight = match self.tree.name(node) {
                "article" => ARTICLE_FRAME_WEIGHT,
                _ => FRAME_WEIGHT,
            };
            if more > enough * own.0 && more > frame_weight * frame && more > 90.0 {
                own = around;
                top = node;
            }
        }
        Some(top)
    }

    /// Returns for each node the outermost element with the same blocks: page builders put every
    /// paragraph into several boxes.
    fn outermost(&self) -> Vec<NodeId> {
        let mut outermost: Vec<NodeId> = Vec::with_capacity(self.tree.nodes.len());
        for id in 0..self.tree.nodes.len() as NodeId {
            let parent = self.tree.parent(id);
            let is_same = id != parent && self.within(id) == self.within(parent);
            outermost.push(match is_same {
                true => outermost[parent as usize],
                false => id,
            });
        }
        outermost
    }

    /// Returns the score of each outermost element. A paragraph counts for the element around it, and
    /// less and less for those further out.
    fn element_scores(&self, outermost: &[NodeId]) -> Vec<f64> {
        let mut scores: Vec<f64> = vec![0.0; self.tree.nodes.len()];
        for (place, block) in self.blocks.blocks.iter().enumerate() {
            let score = self.scores[place];
            if self.frame.excluded[place] || score <= 0.0 {
                continue;
            }
            let mut node = block.parent;
            let is_paragraph = matches!(
                self.tree.name(node),
                "p" | "blockquote" | "li" | "pre" | "td" | "h2" | "h3"
            );
            if is_paragraph {
                node = self.tree.parent(node);
            }
            node = outermost[node as usize];
            if self.within(node).len() == 1 && node != 0 {
                scores[node as usize] += score;
                node = outermost[self.tree.parent(node) as usize];
            }
            let mut share = 1.0;
            for level in 0..6 {
                scores[node as usize] += score * share;
                if node == 0 {
                    break;
                }
                node = outermost[self.tree.parent(node) as usize];
                share = match level {
                    0 => 0.5,
                    _ => 1.0 / (f64::from(level) * 3.0),
                };
            }
        }
        scores
    }

    /// Returns the sums of the scores above and below 0 within a node.
    fn sums(&self, node: NodeId) -> (f64, f64) {
        let range = self.within(node);
        let (from, to) = (self.sums[range.start], self.sums[range.end]);
        (to.0 - from.0, to.1 - from.1)
    }

    /// Removes what follows the last block of sentences: labels, tags, links. Short paragraphs directly
    /// under it stay: they credit.
    fn trim(&self, choice: &mut Choice) {
        let is_label = |place: usize| {
            let block = &self.blocks.blocks[place];
            let is_short = block.letters < LAST_LABEL && block.stops == 0;
            let is_links = match block.letters >= MIN_LEDE && block.stops > 0 {
                true => block.link_share() > 0.66,
                false => block.link_share() > 0.5,
            };
            is_short || (is_links && !self.is_item(place))
        };
        let last = (0..choice.len()).rfind(|&place| choice[place] && !is_label(place));
        if let Some(last) = last {
            // An advertisement may stand in between.
            let after = (last + 1..choice.len()).take(CREDIT_WITHIN);
            let after = after.filter(|&place| !self.frame.excluded[place]);
            let credits = after
                .take(MAX_CREDITS)
                .take_while(|&place| choice[place] && self.goes_on(last, place));
            let end = credits.last().unwrap_or(last) + 1;
            choice[end..].fill(false);
        }
    }

    /// Whether a block is the paragraph of a text that goes on after another.
    fn goes_on(&self, last: usize, place: usize) -> bool {
        let [last, block] = [last, place].map(|place| &self.blocks.blocks[place]);
        let around = |block: &Block| (self.tree.name(block.parent), self.tree.parent(block.parent));
        let is_next = around(last) == around(block) && around(block).0 == "p";
        block.linked == 0 && (is_next || self.is_bracketed(place))
    }

    /// Whether a block is all in brackets.
    fn is_bracketed(&self, place: usize) -> bool {
        let text = self.blocks.text_of(&self.blocks.blocks[place]);
        [("(", ")"), ("[", "]"), ("（", "）")]
            .iter()
            .any(|(open, close)| text.starts_with(open) && text.ends_with(close))
    }

    fn is_text(&self, place: usize) -> bool {
        let block = &self.blocks.blocks[place];
        let share = block.link_share();
        let in_box = matches!(
            self.tree.name(block.parent),
            "div" | "section" | "article" | "main" | "header"
        );
        let is_label =
            block.letters < LABEL && block.stops == 0 && in_box && !self.is_bracketed(place);
        let is_links = share > 0.9 || (share > 0.66 && block.letters < 200);
        block.letters > 0
            && !is_label
            && (!is_links || self.is_item(place) || self.is_entry_title(place))
    }

    /// Whether a block is an item of a list that has words besides links.
    fn is_item(&self, place: usize) -> bool {
        let parent = self.blocks.blocks[place].parent;
        let mut near = [parent, self.tree.parent(parent)].into_iter();
        let item = near.find(|&id| self.tree.name(id) == "li");
        self.in_text_list[place] && item.is_some_and(|item| self.within(item).len() == 1)
    }

    /// Whether a block is a heading directly over sentences, as the entries of a list have, though it is
    /// a link.
    fn is_entry_title(&self, place: usize) -> bool {
        let name = self.tree.name(self.blocks.blocks[place].parent);
        let next = self
            .blocks
            .blocks
            .get(place + 1)
            .filter(|next| next.stops > 0 && next.letters >= MIN_LEDE && next.linked == 0);
        is_heading(name) && next.is_some() && !self.frame.excluded[place + 1]
    }

    /// Drops headings without text after them: their text was left out.
    fn drop_loose_headings(&self, choice: &mut Choice) {
        let mut has_text_after = false;
        for place in (0..choice.len()).rev() {
            if !choice[place] {
                continue;
            }
            if is_heading(self.tree.name(self.blocks.blocks[place].parent)) {
                choice[place] = has_text_after;
            } else {
                has_text_after = true;
            }
        }
    }
}

/// Returns for each block whether it is in a list that has words besides links.
fn text_lists(tree: &Tree, blocks: &Blocks) -> Vec<bool> {
    let count = blocks.blocks.len();
    let of = |of: fn(&Block) -> u32| -> Vec<f64> {
        let values: Vec<f64> = blocks
            .blocks
            .iter()
            .map(|block| f64::from(of(block)))
            .collect();
        running_sums(&values, |value| value)
    };
    let (letters, linked) = (of(|block| block.letters), of(|block| block.linked));
    let mut changes = vec![0i32; count + 1];
    for (id, element) in tree.elements() {
        let Range { start, end } = blocks.within(tree, id);
        if !matches!(&*element.name, "ul" | "ol") || start == end {
            continue;
        }
        let share = (linked[end] - linked[start]) / (letters[end] - letters[start]).max(1.0);
        if share < MAX_LIST_LINKS {
            changes[start] += 1;
            changes[end] -= 1;
        }
    }
    let mut open = 0;
    let inside = changes.iter().take(count).map(|change| {
        open += change;
        open > 0
    });
    inside.collect()
}

/// Returns running sums: the value at `n` is the sum of the first `n` values.
pub(super) fn running_sums(values: &[f64], of: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values {
        sum += of(*value);
        sums.push(sum);
    }
    sums
}

/// Returns how likely a block is text of an article: its letters, if they form sentences and are not
/// links. Menus and lists of links score below 0. `leads` tells whether a link in it leads to another
/// page, as those of a table of contents do not.
fn score(block: &Block, leads: bool) -> f64 {
    let letters = f64::from(block.letters);
    let free = letters - f64::from(block.linked);
    let share = block.link_share();
    if share > 0.5 && leads {
        return -letters.min(60.0);
    }
    if share > 0.5 || block.letters < 25 {
        return -5.0;
    }
    let sentences = if block.stops == 0 { 0.2 } else { 1.0 };
    let long = (letters / 80.0).min(1.0);
    free * (1.0 - share) * sentences * long
}
