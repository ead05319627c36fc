//! Finds the heading of the article, beside which its date is shown.

use std::ops::Range;

use crate::page::element_names::is_hidden;
use crate::page::hints::Hint;
use crate::page::title::letters_of;
use crate::page::tree::{NodeId, NodeKind, Tree};

/// The heading of the article.
#[derive(Debug)]
pub(super) struct Heading {
    pub nodes: Range<NodeId>,
    /// It is the title, and not just the first one.
    pub is_title: bool,
}

/// Most headings that are compared with the title.
const MAX_HEADINGS: usize = 100;
/// How much longer a heading may be than twice the title, in bytes.
const MAX_HEADING: usize = 200;
/// The shortest beginning or end that two titles share by no chance, in bytes.
const MIN_TITLE: usize = 12;

/// Returns the heading that is the title, or else a text that is, or the first main heading, or the first
/// heading at all. The last three are not looked for in menus, footers and comments.
pub(super) fn heading(tree: &Tree, hints: &[Hint], title: &str) -> Option<Heading> {
    let title = letters_of(title);
    let (mut text, mut main, mut first) = (None, None, None);
    let mut left = MAX_HEADINGS;
    let mut frame_until = 0;
    let mut id: NodeId = 0;
    while (id as usize) < tree.nodes.len() && left > 0 {
        let end = tree.end(id).max(id + 1);
        let is_in_frame = id < frame_until;
        let heading = |is_title| Heading {
            nodes: id..end,
            is_title,
        };
        match &tree.nodes[id as usize].kind {
            NodeKind::Text(piece) => {
                let length = piece.text.len();
                let is_near =
                    !title.is_empty() && (title.len() / 2..2 * title.len()).contains(&length);
                let is_wanted = text.is_none() && !is_in_frame && is_near;
                if is_wanted && is_most_of(&title, &letters_of(&piece.text)) {
                    text = Some(heading(true));
                }
            }
            NodeKind::Element(element) => {
                let hint = hints[id as usize];
                if hint == Hint::Hidden || is_hidden(&element.name) {
                    id = end;
                    continue;
                }
                let is_most = (end - id) as usize * 2 > tree.nodes.len();
                if matches!(hint, Hint::Frame | Hint::Overlay | Hint::Comments) && !is_most {
                    frame_until = frame_until.max(end);
                }
                let is_main = element.is("h1") || element.attribute("itemprop") == "headline";
                if is_main || matches!(&*element.name, "h2" | "h3") {
                    left -= 1;
                    let letters = letters_of(&tree.text_of(id, 2 * title.len() + MAX_HEADING));
                    if is_same_title(&title, &letters) {
                        return Some(heading(true));
                    }
                    let is_own = !letters.is_empty() && !is_in_frame;
                    if is_own && is_main {
                        main = main.or_else(|| Some(heading(false)));
                    } else if is_own && element.is("h2") {
                        first = first.or_else(|| Some(heading(false)));
                    }
                }
            }
        }
        id += 1;
    }
    text.or(main).or(first)
}

/// Whether a text has the letters of the title, but for the name of a website before or after it.
fn is_most_of(title: &str, text: &str) -> bool {
    let is_part = title.starts_with(text) || title.ends_with(text);
    is_part && 2 * text.len() >= title.len().max(MIN_TITLE)
}

/// Whether a heading has the letters of the title, or one of the two begins with the other, or ends with
/// it and is at most twice as long.
fn is_same_title(title: &str, heading: &str) -> bool {
    let (shorter, longer) = match title.len() <= heading.len() {
        true => (title, heading),
        false => (heading, title),
    };
    let ends = longer.ends_with(shorter) && 2 * shorter.len() >= longer.len();
    !shorter.is_empty()
        && (title == heading
            || (shorter.len() >= MIN_TITLE && (longer.starts_with(shorter) || ends)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::build::build;
    use crate::page::hints::of_tree;

    #[test]
    fn the_heading_is_the_title_in_other_frames() {
        let check = |title: &str, html: &str, expected: Option<(&str, bool)>| {
            let tree = build(html);
            let found = heading(&tree, &of_tree(&tree), title);
            let text = found
                .as_ref()
                .map(|found| tree.text_of(found.nodes.start, 200));
            let found = text.as_deref().zip(found.map(|found| found.is_title));
            assert_eq!(found, expected, "{title} {html}");
        };
        let title = "Ferry landing to close";
        let own = Some((title, true));
        check(title, &format!("<h1>Menu</h1><h2>{title}</h2>"), own);
        // A label before it, or the name of the website.
        let labelled = "Harbour: Ferry landing to close";
        let html = format!("<h1>Menu</h1><h1>{labelled}</h1>");
        check(title, &html, Some((labelled, true)));
        let named = format!("Echo - News - {title}");
        check(&named, &format!("<h1>Search</h1><h1>{title}</h1>"), own);
        check(&named, &format!("<table><td>{title}</table>"), own);
        // A teaser in a footer is no heading of the page, nor is the heading of a menu.
        let words = "<p>Words of the article</p>".repeat(20);
        let teaser = format!("{words}<footer><a>Ferry landing to</a></footer>");
        check(title, &teaser, None);
        let menu = format!("<nav><h1>Search</h1></nav>{words}<h2>Else</h2>");
        check(title, &menu, Some(("Else", false)));
    }
}
