//! Cuts a page into blocks: runs of text that contain only inline elements.
//!
//! All later steps judge blocks. The main text is a choice of blocks, in page order.

use std::borrow::Cow;
use std::num::NonZero;
use std::ops::Range;

use super::element_names::{Gap, gap_of, is_box};
use super::tokenizer::decode_again;
use super::tree::{NodeId, NodeKind, TextNode, Tree};

/// A run of text in a box of its own.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Its range in [`Blocks::text`].
    pub range: Range<usize>,
    /// What separates it from the block before.
    pub gap: Gap,
    /// The innermost box around it.
    pub parent: NodeId,
    /// Letters and digits. A character of a script written without spaces counts as three.
    pub letters: u32,
    /// Those letters that are part of links.
    pub linked: u32,
    /// Marks that end or divide sentences.
    pub stops: u32,
}

impl Block {
    pub fn link_share(&self) -> f64 {
        f64::from(self.linked) / f64::from(self.letters.max(1))
    }
}

/// A link, and its range in [`Blocks::text`].
pub(super) struct Anchor {
    pub range: Range<usize>,
    pub element: NodeId,
}

/// The text of a page in blocks.
#[derive(Default)]
pub(super) struct Blocks {
    pub text: String,
    pub blocks: Vec<Block>,
    pub anchors: Vec<Anchor>,
    /// For each node, the number of blocks that begin before it.
    before: Vec<u32>,
}

impl Blocks {
    pub fn text_of(&self, block: &Block) -> &str {
        &self.text[block.range.clone()]
    }

    /// Returns the text of some blocks, divided by spaces; `None` if there is none, or more than `limit`
    /// bytes.
    pub fn short_text(&self, range: Range<usize>, limit: usize) -> Option<String> {
        let blocks = self.blocks.get(range)?;
        let bytes = blocks.last()?.range.end - blocks.first()?.range.start;
        let texts = blocks.iter().map(|block| self.text_of(block));
        (bytes <= limit).then(|| texts.collect::<Vec<&str>>().join(" "))
    }

    /// Returns the blocks within a node.
    pub fn within(&self, tree: &Tree, node: NodeId) -> Range<usize> {
        let start = self.before[node as usize];
        start as usize..self.before[tree.end(node) as usize].max(start) as usize
    }
}

/// Returns for each block whether a link in it leads to another page.
pub(super) fn leading(tree: &Tree, blocks: &Blocks) -> Vec<bool> {
    let mut anchors = blocks.anchors.iter().peekable();
    let leads = |element: NodeId| {
        let element = tree.element(element);
        let href = element.map_or("", |element| element.attribute("href").trim_start());
        !href.is_empty() && !href.starts_with('#')
    };
    let mut leading = Vec::with_capacity(blocks.blocks.len());
    for block in &blocks.blocks {
        let mut found = false;
        while let Some(anchor) = anchors.next_if(|anchor| anchor.range.start < block.range.end) {
            found |= leads(anchor.element);
        }
        leading.push(found);
    }
    leading
}

/// Cuts a page into blocks, without the elements that `skip` returns true for.
pub(super) fn cut(tree: &Tree, skip: &dyn Fn(NodeId) -> bool) -> Blocks {
    let mut cutter = BlockCutter {
        out: Blocks::default(),
        gap: Gap::None,
        open: false,
        boxes: vec![0],
    };
    cutter.out.before.reserve(tree.nodes.len() + 1);
    let mut ends: Vec<(NodeId, Gap, bool)> = Vec::new();
    let mut id: NodeId = 0;
    let count = tree.nodes.len() as NodeId;
    while id < count {
        while let Some((_, gap, is_box)) = ends.pop_if(|(end, ..)| *end <= id) {
            cutter.edge(gap, is_box);
            if is_box {
                cutter.boxes.pop();
            }
        }
        let node = &tree.nodes[id as usize];
        let number = cutter.out.blocks.len() as u32;
        cutter.out.before.push(number);
        match &node.kind {
            NodeKind::Text(text) => cutter.text(text),
            NodeKind::Element(element) => {
                let name = &*element.name;
                let (mut gap, is_box) = (gap_of(name), is_box(name));
                if element.is_unseen() || skip(id) {
                    cutter.edge(gap, is_box);
                    cutter.out.before.resize(node.end as usize, number);
                    id = node.end;
                    continue;
                }
                if name == "br" {
                    cutter.line_break();
                    gap = Gap::None;
                } else {
                    cutter.edge(gap, is_box);
                }
                if is_box {
                    cutter.boxes.push(id);
                }
                ends.push((node.end, gap, is_box));
            }
        }
        id += 1;
    }
    cutter.out.before.push(cutter.out.blocks.len() as u32);
    cutter.out
}

struct BlockCutter {
    out: Blocks,
    /// What separates the next word from the last.
    gap: Gap,
    /// The next word continues the last block.
    open: bool,
    /// The boxes around, the innermost last.
    boxes: Vec<NodeId>,
}

impl BlockCutter {
    fn edge(&mut self, gap: Gap, is_box: bool) {
        self.gap = self.gap.max(gap);
        self.open &= !is_box;
    }

    /// Adds a line break. Two in a row separate paragraphs.
    fn line_break(&mut self) {
        if self.gap >= Gap::Line {
            self.edge(Gap::Paragraph, true);
        } else {
            self.edge(Gap::Line, false);
        }
    }

    fn text(&mut self, node: &TextNode) {
        let line_gap = if node.preformatted {
            Gap::Line
        } else {
            Gap::Space
        };
        let link = node.link.map(NonZero::get);
        for (index, line) in node.text.split('\n').enumerate() {
            if index > 0 {
                self.gap = self.gap.max(line_gap);
            }
            for (index, word) in line.split(char::is_whitespace).enumerate() {
                if index > 0 {
                    self.gap = self.gap.max(Gap::Space);
                }
                match node.preformatted {
                    true => self.word(link, word),
                    false => self.words(link, &decode_again(word)),
                }
            }
        }
    }

    /// Adds a word that may have been decoded into several.
    fn words(&mut self, link: Option<NodeId>, decoded: &str) {
        for (index, word) in decoded.split(char::is_whitespace).enumerate() {
            if index > 0 {
                self.gap = self.gap.max(Gap::Space);
            }
            self.word(link, word);
        }
    }

    fn word(&mut self, link: Option<NodeId>, word: &str) {
        // Soft hyphens only show where a word may be broken.
        let word = match word.contains('\u{ad}') {
            true => Cow::Owned(word.replace('\u{ad}', "")),
            false => Cow::Borrowed(word),
        };
        if word.is_empty() {
            return;
        }
        let gap = std::mem::take(&mut self.gap);
        let out = &mut self.out;
        if self.open {
            out.text.push_str(gap.as_str());
        } else {
            let start = out.text.len();
            out.blocks.push(Block {
                range: start..start,
                gap,
                parent: self.boxes.last().copied().unwrap_or(0),
                ..Block::default()
            });
            self.open = true;
        }
        let start = out.text.len();
        out.text.push_str(&word);
        let end = out.text.len();
        let Some(block) = out.blocks.last_mut() else {
            return;
        };
        block.range.end = end;
        let (letters, stops) = count(&word);
        block.letters += letters;
        block.stops += stops;
        let Some(element) = link else { return };
        block.linked += letters;
        match out.anchors.last_mut() {
            Some(last) if last.element == element && last.range.start >= block.range.start => {
                last.range.end = end;
            }
            _ => out.anchors.push(Anchor {
                range: start..end,
                element,
            }),
        }
    }
}

/// Counts the letters and digits of a text, and the marks that end or divide sentences.
pub(super) fn count(text: &str) -> (u32, u32) {
    let (mut letters, mut stops) = (0, 0);
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => letters += 1,
            '.' | ',' | '!' | '?' | ';' | ':' | '。' | '，' | '、' | '！' | '？' | '；' | '：'
            | '،' | '۔' | '؟' | '।' | '\u{37e}' | '\u{387}' | '…' | '։' | '።' | '፣' | '၊' | '။'
            | '។' => stops += 1,
            c if is_unspaced(c) => letters += 3,
            c if c.is_alphanumeric() => letters += 1,
            _ => {}
        }
    }
    (letters, stops)
}

/// Whether a character is of a script that is written without spaces, or of one with as much in a
/// character.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}')
}
