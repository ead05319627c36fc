//! Cuts a page into blocks: stretches of text with nothing but inline elements in them.
//!
//! Everything that follows judges blocks; main text is a choice of blocks, in page order.

use std::borrow::Cow;
use std::ops::Range;

use super::names::{Gap, gap_of, is_box, is_hidden};
use super::tree::{Kind, NodeId, Text, Tree};

/// A stretch of text in a box of its own.
#[derive(Debug)]
pub(super) struct Block {
    /// Its place in [`Blocks::text`].
    pub range: Range<usize>,
    /// What stands between it and the block before.
    pub gap: Gap,
    /// The innermost box around it.
    pub parent: NodeId,
    /// Letters and digits; a character of a script written without spaces counts for three.
    pub letters: u32,
    /// Those of them that stand in links.
    pub linked: u32,
    /// Marks that end or divide sentences.
    pub stops: u32,
}

impl Block {
    fn new(start: usize, gap: Gap, parent: NodeId) -> Self {
        Block {
            range: start..start,
            gap,
            parent,
            letters: 0,
            linked: 0,
            stops: 0,
        }
    }

    pub fn link_share(&self) -> f64 {
        f64::from(self.linked) / f64::from(self.letters.max(1))
    }
}

/// A link, and where it stands in [`Blocks::text`].
pub(super) struct Anchor {
    pub range: Range<usize>,
    pub element: NodeId,
}

/// The visible text of a page in blocks.
#[derive(Default)]
pub(super) struct Blocks {
    pub text: String,
    pub blocks: Vec<Block>,
    pub anchors: Vec<Anchor>,
    /// Of each node, the number of blocks that began before it.
    before: Vec<u32>,
}

impl Blocks {
    pub fn of(&self, block: &Block) -> &str {
        &self.text[block.range.clone()]
    }

    /// The blocks within a node.
    pub fn within(&self, tree: &Tree, node: NodeId) -> Range<usize> {
        let end = tree.nodes[node as usize].end as usize;
        let start = self.before[node as usize];
        start as usize..self.before[end].max(start) as usize
    }
}

/// Cuts a page into blocks. `skip` tells of an element whether a reader does not see it.
pub(super) fn cut(tree: &Tree, skip: &dyn Fn(NodeId) -> bool) -> Blocks {
    let mut cutter = Cutter {
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
        while let Some(&(end, gap, boxed)) = ends.last()
            && end <= id
        {
            ends.pop();
            cutter.edge(gap, boxed);
            if boxed {
                cutter.boxes.pop();
            }
        }
        cutter.out.before.push(cutter.out.blocks.len() as u32);
        let node = &tree.nodes[id as usize];
        match &node.kind {
            Kind::Text(text) => cutter.words(text),
            Kind::Element(element) => {
                let name = &*element.name;
                let gap = gap_of(name);
                if is_hidden(name) || skip(id) {
                    cutter.edge(gap, is_box(name));
                    let skipped = node.end - id - 1;
                    let number = cutter.out.blocks.len() as u32;
                    cutter
                        .out
                        .before
                        .extend(std::iter::repeat_n(number, skipped as usize));
                    id = node.end;
                    continue;
                }
                let boxed = is_box(name);
                if name == "br" {
                    cutter.line_break();
                } else {
                    cutter.edge(gap, boxed);
                }
                if boxed {
                    cutter.boxes.push(id);
                }
                let gap = if name == "br" { Gap::None } else { gap };
                ends.push((node.end, gap, boxed));
            }
        }
        id += 1;
    }
    cutter.out.before.push(cutter.out.blocks.len() as u32);
    cutter.out
}

struct Cutter {
    out: Blocks,
    gap: Gap,
    /// The last block goes on.
    open: bool,
    /// The boxes around, the innermost last.
    boxes: Vec<NodeId>,
}

impl Cutter {
    fn edge(&mut self, gap: Gap, boxed: bool) {
        self.gap = self.gap.max(gap);
        self.open &= !boxed;
    }

    /// A line break. Two of them part paragraphs.
    fn line_break(&mut self) {
        if self.gap >= Gap::Line {
            self.edge(Gap::Paragraph, true);
        } else {
            self.edge(Gap::Line, false);
        }
    }

    fn words(&mut self, text: &Text) {
        for (index, line) in text.words.split('\n').enumerate() {
            if index > 0 {
                let gap = if text.preformatted {
                    Gap::Line
                } else {
                    Gap::Space
                };
                self.gap = self.gap.max(gap);
            }
            for (index, word) in line.split(char::is_whitespace).enumerate() {
                if index > 0 {
                    self.gap = self.gap.max(Gap::Space);
                }
                // Where a word may be parted at the end of a line.
                let word = if word.contains('\u{ad}') {
                    Cow::Owned(word.replace('\u{ad}', ""))
                } else {
                    Cow::Borrowed(word)
                };
                if !word.is_empty() {
                    self.word(text, &word);
                }
            }
        }
    }

    fn word(&mut self, text: &Text, word: &str) {
        let gap = std::mem::take(&mut self.gap);
        let out = &mut self.out;
        if self.open {
            out.text.push_str(gap.as_str());
        } else {
            let start = out.text.len();
            let parent = self.boxes.last().copied().unwrap_or(0);
            out.blocks.push(Block::new(start, gap, parent));
            self.open = true;
        }
        let start = out.text.len();
        out.text.push_str(word);
        let end = out.text.len();
        let Some(block) = out.blocks.last_mut() else {
            return;
        };
        block.range.end = end;
        let (letters, stops) = weigh(word);
        block.letters += letters;
        block.stops += stops;
        if text.link.is_some() {
            block.linked += letters;
        }
        let Some(element) = text.link else { return };
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

/// Letters and digits of a word, and the marks that end or divide sentences.
fn weigh(word: &str) -> (u32, u32) {
    let (mut letters, mut stops) = (0, 0);
    for c in word.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => letters += 1,
            '.' | ',' | '!' | '?' | ';' | ':' | '。' | '，' | '、' | '！' | '？' | '；' | '：'
            | '،' | '۔' | '؟' | '।' | '\u{37e}' | '\u{387}' | '…' => stops += 1,
            '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7af}' => letters += 3,
            c if c.is_alphanumeric() => letters += 1,
            _ => {}
        }
    }
    (letters, stops)
}
