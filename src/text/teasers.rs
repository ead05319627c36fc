//! Finds the teasers of other articles under an article.
//!
//! They are recognised by their form alone, in any language: a short line that is repeated ("Read
//! more"), each time under a short paragraph with its headline. They are looked for only after the end of
//! the article, because in a live report the same form may be the article.

use std::collections::HashMap;

use super::Span;
use super::tokens::{Token, tokens};

/// Most words of a line that leads to another article.
const LEADS_ON: usize = 4;
/// How often it must be repeated.
const TIMES: usize = 3;
/// Most weight of a teaser's paragraph: a hundred words. A longer one is an article in full.
const PARAGRAPH: u32 = 800;
/// Most weight of a headline, or of the name of a list: thirty words.
const HEADLINE: u32 = 240;
/// Most lines over a paragraph: among them a picture's description, and the headline.
const HEADLINES: usize = 3;

/// Returns the teasers in a text after an offset, which is on a character boundary, and the short lines
/// under the last of them. In order.
pub fn teasers(text: &str, after: usize) -> Vec<Span> {
    let lines = lines(text, after);
    let mut times: HashMap<&[String], usize> = HashMap::new();
    for line in lines.iter().filter(|line| line.words.len() <= LEADS_ON) {
        *times.entry(&line.words).or_default() += 1;
    }
    let leads_on = |line: &TeaserLine| {
        times
            .get(line.words.as_slice())
            .is_some_and(|&n| n >= TIMES)
    };
    let mut cuts = Vec::new();
    let mut last = None;
    for (at, line) in lines.iter().enumerate() {
        if !leads_on(line) {
            continue;
        }
        let first = last.map_or(0, |last: usize| last + 1);
        let mut from = at;
        if from > first && lines[from - 1].weight <= PARAGRAPH {
            from -= 1;
            let before = lines[first..from].iter().rev().take(HEADLINES);
            from -= before.take_while(|line| line.weight <= HEADLINE).count();
        }
        cuts.push(Span {
            start: lines[from].span.start,
            end: line.span.end,
        });
        last = Some(at);
    }
    // A name or a count under the list.
    if let Some(last) = last {
        let rest = &lines[last + 1..];
        if let (Some(first), Some(end)) = (rest.first(), rest.last())
            && rest.iter().all(|line| line.words.len() <= LEADS_ON)
        {
            cuts.push(Span {
                start: first.span.start,
                end: end.span.end,
            });
        }
    }
    cuts
}

/// A line with at least one word.
struct TeaserLine {
    span: Span,
    words: Vec<String>,
    weight: u32,
}

fn lines(text: &str, after: usize) -> Vec<TeaserLine> {
    let mut lines = Vec::new();
    let mut start = after;
    for line in text[after..].split_inclusive('\n') {
        let found = tokens(line);
        if let (Some(first), Some(last)) = (found.first(), found.last()) {
            let (from, to) = (first.span.range().start, last.span.range().end);
            lines.push(TeaserLine {
                span: Span::new(start + from, start + to),
                weight: found.iter().map(|token: &Token| token.weight).sum(),
                words: found.into_iter().map(|token| token.normal).collect(),
            });
        }
        start += line.len();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = teasers(text, 0)
            .iter()
            .map(|span| &text[span.range()])
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn teasers_are_known_by_the_line_that_leads_on() {
        let long = "word ".repeat(150);
        check(
            &format!(
                "More news\nFerry sails\nThe ferry sails again.\nRead on\n\nA whole story\n{long}\n\
                 Read on\nBridge opens\nIt opens on Monday.\n» Read on\nIndex of all\nShare"
            ),
            &[
                "More news\nFerry sails\nThe ferry sails again.\nRead on",
                "Read on",
                "Bridge opens\nIt opens on Monday.\n» Read on",
                "Index of all\nShare",
            ],
        );
    }

    #[test]
    fn lines_that_are_not_repeated_are_text() {
        check("", &[]);
        check("He said no.\nHe said no.\nThe end of it all", &[]);
        check("One\nTwo\nThree\nFour", &[]);
    }
}
