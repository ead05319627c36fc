//! Chooses between opinions of what is the article.
//!
//! The element that gathers most text is right on most pages. It is asked whether the page itself,
//! in JSON-LD, agrees; and where it found next to nothing, the blocks are judged without regard to
//! where they stand, and in the end all that is seen is the text: a page is never an empty article.

use super::blocks::{Blocks, cut};
use super::hints::Hint;
use super::metadata::Metadata;
use super::names::is_heading;
use super::select::{Choice, Judge};
use super::stated::Runs;
use super::text::{Written, write};
use super::title::letters as title_letters;
use super::tree::{Tree, fold, unescape};
use super::{Link, Method};

/// The main text of a page.
#[derive(Debug, Default)]
pub(super) struct Article {
    pub text: String,
    pub links: Vec<Link>,
    pub method: Method,
}

/// Fewer letters are next to nothing.
const LITTLE: u32 = 120;
/// A text that is stated counts if it has more letters than this.
const STATED_LEAST: usize = 250;

/// Finds the article.
pub(super) fn article(
    tree: &Tree,
    hints: &[Hint],
    metadata: &Metadata,
    keep: &dyn Fn(&str) -> bool,
) -> Article {
    let seen = cut(tree, &|node| hints[node as usize] == Hint::Hidden);
    let judge = Judge::new(tree, &seen, hints, &metadata.heading);
    let (mut choice, mut method) = first_choice(tree, &judge);
    if let Some(stated) = stated(metadata, &judge, &choice) {
        match stated {
            Stated::Seen(blocks) => (choice, method) = (blocks, Method::Stated),
            Stated::Unseen(text) => {
                return Article {
                    text,
                    links: Vec::new(),
                    method: Method::Unseen,
                };
            }
        }
    }
    if letters(&seen, &choice) == 0 && !tree.is_fragment {
        // All is hidden until a script shows it.
        let all = cut(tree, &|_| false);
        let judge = Judge::new(tree, &all, hints, &metadata.heading);
        let (choice, method) = first_choice(tree, &judge);
        return finish(tree, &judge, choice, method, metadata, keep);
    }
    finish(tree, &judge, choice, method, metadata, keep)
}

/// What is the article by the text alone.
fn first_choice(tree: &Tree, judge: &Judge<'_>) -> (Choice, Method) {
    let all = vec![true; judge.blocks.blocks.len()];
    if tree.is_fragment {
        return (all, Method::Whole);
    }
    let gathered = judge.gather();
    let found = letters(judge.blocks, &gathered);
    if found >= LITTLE {
        return (gathered, Method::Gathered);
    }
    let dense = judge.dense();
    if letters(judge.blocks, &dense) > found.max(LITTLE) * 2 {
        return (dense, Method::Dense);
    }
    if found > 0 {
        return (gathered, Method::Gathered);
    }
    (all, Method::Whole)
}

fn letters(blocks: &Blocks, choice: &[bool]) -> u32 {
    let chosen = blocks
        .blocks
        .iter()
        .zip(choice)
        .filter(|(_, chosen)| **chosen);
    chosen.map(|(block, _)| block.letters).sum()
}

enum Stated {
    Seen(Choice),
    Unseen(String),
}

/// What the page states to be the text, if that says more than was found and agrees with it.
fn stated(metadata: &Metadata, judge: &Judge<'_>, choice: &[bool]) -> Option<Stated> {
    let body = unescape(&metadata.body);
    let length = body.chars().filter(|c| c.is_alphanumeric()).count();
    if length < STATED_LEAST {
        return None;
    }
    let runs = Runs::of(&body);
    let mut covered = vec![false; choice.len()];
    let (mut seen, mut found, mut agreed) = (0usize, 0usize, 0usize);
    for (place, block) in judge.blocks.blocks.iter().enumerate() {
        let text = judge.blocks.of(block);
        let count = text.chars().filter(|c| c.is_alphanumeric()).count();
        let is_stated = runs.share(text).is_some_and(|share| share >= 0.7);
        if is_stated {
            covered[place] = true;
            seen += count;
        }
        if choice[place] {
            found += count;
            agreed += if is_stated { count } else { 0 };
        }
    }
    if seen * 10 < length * 7 {
        // The page shows a part only. What was found of it must be of the same text.
        let is_more = found * 10 < length * 6 && (agreed * 2 > found || found < 300);
        return is_more.then(|| Stated::Unseen(paragraphs(&metadata.body)));
    }
    // The text is stated in full and seen in full.
    if agreed * 10 < seen * 8 {
        let kept = covered
            .iter()
            .zip(choice)
            .map(|(covered, _)| *covered)
            .collect();
        return Some(Stated::Seen(kept));
    }
    None
}

/// A stated text, line breaks kept: some are stated as HTML.
fn paragraphs(body: &str) -> String {
    if body.contains('<') {
        let tree = super::build::build(body);
        let blocks = cut(&tree, &|_| false);
        let all = vec![true; blocks.blocks.len()];
        let alone = vec![false; blocks.blocks.len()];
        return write(&tree, &blocks, &all, &alone, None).text;
    }
    let mut text = String::with_capacity(body.len());
    for line in body.lines() {
        let line = fold(&unescape(line));
        if !line.is_empty() {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&line);
        }
    }
    text
}

fn finish(
    tree: &Tree,
    judge: &Judge<'_>,
    mut choice: Choice,
    method: Method,
    metadata: &Metadata,
    keep: &dyn Fn(&str) -> bool,
) -> Article {
    let blocks = judge.blocks;
    if !tree.is_fragment && method != Method::Whole {
        drop_title(judge, &mut choice, metadata);
    }
    let mut alone = vec![false; choice.len()];
    for (place, block) in blocks.blocks.iter().enumerate() {
        if !choice[place] && judge.may_keep(place) && keep(blocks.of(block)) {
            choice[place] = true;
            alone[place] = true;
        }
    }
    let Written { text, links } = write(tree, blocks, &choice, &alone, metadata.base.as_ref());
    Article {
        text,
        links,
        method,
    }
}

/// The title is told apart from the text, unless it is all there is. Its heading may be broken into
/// lines, or hold boxes.
fn drop_title(judge: &Judge<'_>, choice: &mut Choice, metadata: &Metadata) {
    let titles = [&metadata.title, &metadata.heading].map(|title| title_letters(title));
    let blocks = judge.blocks;
    for (id, element) in judge.tree.elements() {
        let range = blocks.within(judge.tree, id);
        if !is_heading(&element.name) || !choice[range.clone()].contains(&true) {
            continue;
        }
        let inner = &blocks.blocks[range.clone()];
        let text: Vec<&str> = inner
            .iter()
            .take(10)
            .map(|block| blocks.of(block))
            .collect();
        let own = title_letters(&text.concat());
        if !own.is_empty() && titles.contains(&own) {
            let is_all =
                !choice[..range.start].contains(&true) && !choice[range.end..].contains(&true);
            choice[range].fill(is_all);
            return;
        }
    }
}
