//! Chooses between several ways of finding the article.
//!
//! On most pages, the article is the element with the most text. The text that the page states in
//! JSON-LD is a second opinion. If the element has next to no text, the blocks are judged one by one,
//! wherever they are, or all that is marked as the article is taken, links too; then what is hidden
//! counts as well, and in the end all visible text is taken. If all that is
//! next to nothing, a document that the page holds without showing it is read: a page with words is
//! never an empty article.

use super::Method;
use super::blocks::{Blocks, count, cut};
use super::build::build;
use super::element_names::is_heading;
use super::embedded::documents;
use super::hints::{self, Hint};
use super::letter_runs::LetterRuns;
use super::main_text::MainText;
use super::metadata::Metadata;
use super::select::{BlockSelector, Choice};
use super::title::{MAX_TITLE, letters_of, shows_title};
use super::tree::{Tree, fold, unescape};

/// Fewer letters are next to no text.
const LITTLE: u32 = 120;
/// The fewest letters of a stated text that counts.
const MIN_STATED: usize = 250;

/// Finds the main text of a page, and says how.
pub(super) fn main_text(
    tree: &Tree,
    hints: &[Hint],
    metadata: &Metadata,
    keep: &dyn Fn(&str) -> bool,
) -> (MainText, Method) {
    let found = shown_text(tree, hints, metadata, keep);
    let letters = count(&found.0.text).0;
    if letters >= LITTLE {
        return found;
    }
    let mut best = (letters * 2, found);
    for document in documents(tree) {
        let mut inner = build(&document);
        inner.is_fragment = false;
        let (held, _) = shown_text(&inner, &hints::of_tree(&inner), metadata, keep);
        let letters = count(&held.text).0;
        if letters > best.0 {
            best = (letters, (held, Method::NotShown));
        }
    }
    best.1
}

/// Finds the main text among the texts that a page shows.
fn shown_text(
    tree: &Tree,
    hints: &[Hint],
    metadata: &Metadata,
    keep: &dyn Fn(&str) -> bool,
) -> (MainText, Method) {
    let visible = cut(tree, &|node| hints[node as usize] == Hint::Hidden);
    let everything;
    let mut selector = BlockSelector::new(tree, &visible, hints, &metadata.page.title);
    let (mut choice, mut method) = first_choice(&selector);
    match stated(metadata, &selector, &choice) {
        Some(Stated::Shown(blocks)) => (choice, method) = (blocks, Method::Stated),
        Some(Stated::NotShown(text)) => {
            let links = Vec::new();
            return (MainText { text, links }, Method::NotShown);
        }
        None => {}
    }
    let shown = letters(&visible, &choice);
    if shown < LITTLE && !tree.is_fragment {
        // The page hides everything until a script shows it.
        everything = cut(tree, &|_| false);
        let unhidden = BlockSelector::new(tree, &everything, hints, &metadata.page.title);
        let (all, how) = first_choice(&unhidden);
        if letters(&everything, &all) > shown * 2 {
            (selector, choice, method) = (unhidden, all, how);
        }
    }
    let blocks = selector.blocks;
    if !tree.is_fragment && method != Method::Whole {
        drop_title(&selector, &mut choice, metadata);
    }
    let mut alone = vec![false; choice.len()];
    for (place, block) in blocks.blocks.iter().enumerate() {
        if !choice[place] && selector.may_keep(place) && keep(blocks.text_of(block)) {
            choice[place] = true;
            alone[place] = true;
        }
    }
    let base = metadata.base.as_ref();
    let main_text = MainText::write(tree, blocks, &choice, &alone, base);
    (main_text, method)
}

/// Chooses by the visible text alone.
fn first_choice(selector: &BlockSelector<'_>) -> (Choice, Method) {
    let all = vec![true; selector.blocks.blocks.len()];
    if selector.tree.is_fragment {
        return (all, Method::Whole);
    }
    let element = selector.densest_element();
    let found = letters(selector.blocks, &element);
    if found >= LITTLE {
        return (element, Method::Element);
    }
    let dense = selector.dense_blocks();
    if letters(selector.blocks, &dense) > found.max(LITTLE) * 2 {
        return (dense, Method::Dense);
    }
    let marked = selector.marked_article();
    if letters(selector.blocks, &marked) > found.max(LITTLE) * 2 {
        return (marked, Method::Element);
    }
    if found > 0 {
        return (element, Method::Element);
    }
    (all, Method::Whole)
}

fn letters(blocks: &Blocks, choice: &[bool]) -> u32 {
    let blocks = blocks.blocks.iter().zip(choice);
    let chosen = blocks.filter(|(_, chosen)| **chosen);
    chosen.map(|(block, _)| block.letters).sum()
}

enum Stated {
    /// The page shows the stated text in these blocks.
    Shown(Choice),
    NotShown(String),
}

/// Returns the text that the page states in JSON-LD, if that is better than the choice.
fn stated(metadata: &Metadata, selector: &BlockSelector<'_>, choice: &[bool]) -> Option<Stated> {
    let length_of = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let body = unescape(&metadata.body);
    let length = length_of(&body);
    if length < MIN_STATED {
        return None;
    }
    let runs = LetterRuns::of(&body);
    let mut covered = Vec::with_capacity(choice.len());
    // Letters that are stated and shown; chosen; and both.
    let (mut shown, mut chosen, mut agreed) = (0usize, 0usize, 0usize);
    for (block, &is_chosen) in selector.blocks.blocks.iter().zip(choice) {
        let text = selector.blocks.text_of(block);
        let letters = length_of(text);
        let is_stated = runs.share(text).is_some_and(|share| share >= 0.7);
        covered.push(is_stated);
        shown += if is_stated { letters } else { 0 };
        chosen += if is_chosen { letters } else { 0 };
        agreed += if is_chosen && is_stated { letters } else { 0 };
    }
    if shown * 10 < length * 7 {
        // The page shows only a part. The stated text counts if the choice is a part of it.
        let is_more = chosen * 10 < length * 6 && (agreed * 2 > chosen || chosen < 300);
        return is_more.then(|| Stated::NotShown(paragraphs(&metadata.body)));
    }
    (agreed * 10 < shown * 8).then_some(Stated::Shown(covered))
}

/// Returns a stated text with its line breaks. It may be HTML.
fn paragraphs(body: &str) -> String {
    if body.contains('<') {
        let tree = build(body);
        let blocks = cut(&tree, &|_| false);
        let all = vec![true; blocks.blocks.len()];
        let alone = vec![false; blocks.blocks.len()];
        return MainText::write(&tree, &blocks, &all, &alone, None).text;
    }
    let lines = body.lines().map(|line| fold(&unescape(line)));
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n\n")
}

/// Takes the title out of the text, unless it is all there is. Its heading may contain line breaks or
/// boxes; a main heading may show the title with a label beside it.
fn drop_title(selector: &BlockSelector<'_>, choice: &mut Choice, metadata: &Metadata) {
    let title = &metadata.page.title;
    let letters = letters_of(title);
    let blocks = selector.blocks;
    for (id, element) in selector.tree.elements() {
        let range = blocks.within(selector.tree, id);
        if !is_heading(&element.name) || !choice[range.clone()].contains(&true) {
            continue;
        }
        let Some(heading) = blocks.short_text(range.clone(), MAX_TITLE) else {
            continue;
        };
        let own = letters_of(&heading);
        let is_same = !own.is_empty() && own == letters;
        if is_same || (element.is("h1") && shows_title(&heading, title)) {
            let is_all =
                !choice[..range.start].contains(&true) && !choice[range.end..].contains(&true);
            choice[range].fill(is_all);
            return;
        }
    }
}
