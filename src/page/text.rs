//! Writes the chosen blocks out as a text, and says where the links stand in it.

use url::Url;

use super::Link;
use super::blocks::Blocks;
use super::metadata::join;
use super::names::Gap;
use super::tree::Tree;
use crate::text::Span;

/// Links, at most.
const MAX_LINKS: usize = 10_000;

/// A text, and the links in it.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub text: String,
    pub links: Vec<Link>,
}

/// Writes the chosen blocks, in page order. `alone` tells of a block whether it stands for itself.
pub(super) fn write(
    tree: &Tree,
    blocks: &Blocks,
    choice: &[bool],
    alone: &[bool],
    base: Option<&Url>,
) -> Written {
    let mut written = Written::default();
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
        written.text.push_str(blocks.of(block));
        last = Some(place);
        while let Some(anchor) = anchors.next_if(|anchor| anchor.range.start < block.range.end) {
            if anchor.range.start < block.range.start {
                continue;
            }
            let element = tree.element(anchor.element);
            let href = element.map_or("", |element| element.attribute("href"));
            if written.links.len() < MAX_LINKS
                && let Some(url) = join(base, href)
            {
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
