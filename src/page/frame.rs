//! Finds the frame of a page: elements that are labelled as such, and rows of teasers.

use std::collections::HashMap;
use std::ops::Range;

use super::blocks::Blocks;
use super::element_names::is_heading;
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
const MAX_COMMENTS: f64 = 0.95;
const MAX_OVERLAY: f64 = 0.9;
const MAX_DOUBTFUL: f64 = 0.05;
/// The largest share of it in all elements with one label, if that is no strong one.
const MAX_ALL_MARGIN: f64 = 0.5;
const MAX_ALL_DOUBTFUL: f64 = 0.1;
/// A teaser has at most this many blocks and letters, and a link of at least this many letters.
const TEASER_BLOCKS: usize = 12;
const TEASER_LETTERS: u32 = 600;
const TEASER_LINK: u32 = 12;
/// The fewest teasers that make a row.
const TEASERS_IN_ROW: u32 = 3;
/// Boxes of a row with more letters outside links are entries of an article; and if the row has most of
/// the page's text, even with fewer.
const ENTRY: u32 = 300;
const MAIN_ENTRY: u32 = 80;

impl PageFrame {
    /// Finds the frame. `scores` says for each block how likely it is text of an article.
    pub fn find(
        tree: &Tree,
        blocks: &Blocks,
        hints: &[Hint],
        scores: &[f64],
        leading: &[bool],
    ) -> Self {
        let finder = FrameFinder {
            tree,
            blocks,
            hints,
            leading,
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

    /// Excludes another article.
    pub fn exclude_article(&mut self, blocks: Range<usize>) {
        self.excluded[blocks.clone()].fill(true);
        self.discarded[blocks].fill(true);
    }
}

/// A row of boxes that may be teasers.
#[derive(Default)]
struct TeaserRow {
    boxes: u32,
    /// Letters outside links.
    free: u32,
    score: f64,
}

/// The name and the first class of an element.
type LabelKey<'t> = (&'t str, &'t str);
/// What the boxes of a row have in common: the element around them, and the labels.
type RowKey<'t> = (NodeId, LabelKey<'t>);

/// Returns the largest share of a page's text for which a hint is believed: in one element, and in all
/// with its label.
fn limits(hint: Hint) -> (f64, f64) {
    match hint {
        Hint::Doubtful => (MAX_DOUBTFUL, MAX_ALL_DOUBTFUL),
        _ => (MAX_FRAME, MAX_ALL_MARGIN),
    }
}

struct FrameFinder<'a> {
    tree: &'a Tree,
    blocks: &'a Blocks,
    hints: &'a [Hint],
    /// For each block, whether a link in it leads to another page.
    leading: &'a [bool],
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
        let every = self.score(&(0..self.scores.len() - 1));
        let mut elements = self.tree.elements();
        let title = elements.find(|(_, element)| element.is("h1"));
        let title = title.map(|(id, _)| id);
        let of_labels = self.labelled(all);
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
            let has_title = title.is_some_and(|title| (node..end).contains(&title));
            let most = match hint {
                // Readers may write much more than the article has, and lawyers around it.
                Hint::Comments if !has_title => MAX_COMMENTS * every,
                Hint::Overlay if !has_title => MAX_OVERLAY * all,
                Hint::Frame | Hint::Overlay | Hint::Comments => MAX_FRAME * all,
                Hint::Margin | Hint::Doubtful => {
                    let (most, most_in_all) = limits(hint);
                    let of_label = of_labels.get(&(hint, self.key(node)));
                    // A label that is all over the page says nothing.
                    if of_label.is_some_and(|&score| score > most_in_all * all) {
                        continue;
                    }
                    most * all
                }
                Hint::None | Hint::Lead | Hint::Main | Hint::Body | Hint::Hidden => continue,
            };
            let own = self.score(&range);
            let body = bodies[end as usize] - bodies[node as usize + 1];
            if own > most || (body * 2.0 > own && body > 0.0) {
                continue;
            }
            let is_control = matches!(
                self.tree.name(node),
                "nav" | "footer" | "form" | "menu" | "button"
            );
            if hint == Hint::Comments || is_control {
                frame.discarded[range.clone()].fill(true);
            }
            let is_header = self.tree.name(node) == "header" && hint == Hint::Doubtful;
            for place in range {
                // The header of a section is a heading of the text.
                if !(is_header && self.is_section_heading(place)) {
                    frame.excluded[place] = true;
                    frame.hints[place] = hint;
                }
            }
            next = end;
        }
    }

    fn is_section_heading(&self, place: usize) -> bool {
        let block = &self.blocks.blocks[place];
        let name = self.tree.name(block.parent);
        is_heading(name) && name != "h1"
    }

    /// Returns the score of the elements that have one label and little text each. Of nested ones, the
    /// outermost counts.
    fn labelled(&self, all: f64) -> HashMap<(Hint, LabelKey<'_>), f64> {
        let mut scores: HashMap<(Hint, LabelKey<'_>), (f64, NodeId)> = HashMap::new();
        for node in 0..self.tree.nodes.len() as NodeId {
            let hint = self.hints[node as usize];
            if !matches!(hint, Hint::Margin | Hint::Doubtful) {
                continue;
            }
            let own = self.score(&self.within(node));
            let (sum, until) = scores.entry((hint, self.key(node))).or_default();
            if own <= limits(hint).0 * all && node >= *until {
                *sum += own;
                *until = self.tree.end(node);
            }
        }
        let sums = scores.into_iter().map(|(key, (sum, _))| (key, sum));
        sums.collect()
    }

    /// Returns the name and the first class of an element.
    fn key(&self, node: NodeId) -> LabelKey<'_> {
        let element = self.tree.element(node);
        let class = element.map_or("", |element| element.attribute("class"));
        let first = class.split_ascii_whitespace().next().unwrap_or("");
        (self.tree.name(node), first)
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
        let mut rows: HashMap<RowKey<'_>, TeaserRow> = HashMap::new();
        let mut teasers: Vec<(NodeId, RowKey<'_>)> = Vec::new();
        let mut body_until = 0;
        for (id, element) in self.tree.elements() {
            if self.hints[id as usize] == Hint::Body {
                body_until = body_until.max(self.tree.end(id));
            }
            // A plain list within a text is part of it.
            if id < body_until && element.is("li") && !element.has("class") {
                continue;
            }
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
            let linked: u32 = blocks.iter().map(|block| block.linked).sum();
            let has_link = blocks
                .iter()
                .zip(&self.leading[range.clone()])
                .any(|(block, leads)| {
                    *leads && block.link_share() > 0.66 && block.letters >= TEASER_LINK
                });
            if !has_link || letters > TEASER_LETTERS {
                continue;
            }
            let key = (self.tree.parent(id), self.key(id));
            let row = rows.entry(key).or_default();
            row.boxes += 1;
            row.free += letters - linked;
            row.score += self.score(&range);
            teasers.push((id, key));
        }
        let all = self.all();
        for (id, key) in teasers {
            let row = &rows[&key];
            let entry = if row.score * 3.0 > all {
                MAIN_ENTRY
            } else {
                ENTRY
            };
            if row.boxes >= TEASERS_IN_ROW && row.free < entry * row.boxes {
                let range = self.within(id);
                frame.excluded[range.clone()].fill(true);
                frame.discarded[range].fill(true);
            }
        }
    }
}
