//! Writes the chosen blocks as a text, and finds the links in it.

use url::Url;

use super::Link;
use super::blocks::Blocks;
use super::element_names::Gap;
use super::metadata::join;
use super::tree::Tree;
use crate::text::Span;

/// Most links of a text.
const MAX_LINKS: usize = 10_000;

/// The main text of a page, and the links in it.
#[derive(Debug, Default)]
pub(super) struct MainText {
    pub text: String,
    pub links: Vec<Link>,
}

impl MainText {
    /// Writes the chosen blocks in page order. A block for which `alone` is true becomes a paragraph of
    /// its own.
    pub fn write(
        tree: &Tree,
        blocks: &Blocks,
        choice: &[bool],
        alone: &[bool],
        base: Option<&Url>,
    ) -> Self {
        let mut written = MainText::default();
        let mut anchors = blocks.anchors.iter().peekable();
        let mut last: Option<usize> = None;
        for (place, block) in blocks.blocks.iter().enumerate() {
            if !choice[place] {
                continue;
            }
            let gap = match last {
                None => Gap::None,
                Some(last) if last + 1 == place && !alone[last] && !alone[place] => block.gap,
                // Something was left out in between.
                Some(_) => Gap::Paragraph,
            };
            written.text.push_str(gap.as_str());
            let start = written.text.len();
            written.text.push_str(blocks.text_of(block));
            last = Some(place);
            while let Some(anchor) = anchors.next_if(|anchor| anchor.range.start < block.range.end)
            {
                if anchor.range.start < block.range.start || written.links.len() >= MAX_LINKS {
                    continue;
                }
                let element = tree.element(anchor.element);
                let href = element.map_or("", |element| element.attribute("href"));
                if let Some(url) = join(base, href) {
                    let at = |place: usize| (start + place - block.range.start) as u32;
                    let span = Span {
                        start: at(anchor.range.start),
                        end: at(anchor.range.end),
                    };
                    written.links.push(Link {
                        span,
                        href: url.into(),
                    });
                }
            }
        }
        written
    }
}
