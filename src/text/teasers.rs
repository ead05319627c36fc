//! Teasers under an article: what a page shows of others, and leads to.
//!
//! They are told by their form alone, in whatever language: a short line that comes again and again
//! ("Read more"), each time under a short paragraph with its headline. That is looked for only where
//! the article has ended, for in a live report the same form may be the article.

use std::collections::HashMap;

use super::Span;
use super::tokens::{Token, tokens};

/// Words of a line that leads on, at most.
const LEADS_ON: usize = 4;
/// How often it must come.
const TIMES: usize = 3;
/// Weight of a teaser's paragraph, at most: a hundred words. What is longer is told whole, and is no
/// teaser.
const PARAGRAPH: u32 = 800;
/// Weight of a line that is a headline, or a name of a list, at most: thirty words.
const HEADLINE: u32 = 240;
/// Headlines over a paragraph, at most: a picture's description, and the headline itself.
const HEADLINES: usize = 3;

/// Returns the teasers that stand in a text after an offset, in order, and the short lines under the
/// last of them. The offset is on a character boundary.
pub fn teasers(text: &str, after: usize) -> Vec<Span> {
    let lines = lines(text, after);
    let mut times: HashMap<&[String], usize> = HashMap::new();
    for line in lines.iter().filter(|line| line.words.len() <= LEADS_ON) {
        *times.entry(&line.words).or_default() += 1;
    }
    let leads_on = |line: &Line| {
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
    // What names the list, or counts, under it.
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

/// A line that has a word.
struct Line {
    span: Span,
    words: Vec<String>,
    weight: u32,
}

fn lines(text: &str, after: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = after;
    for line in text[after..].split_inclusive('\n') {
        let found = tokens(line);
        if let (Some(first), Some(last)) = (found.first(), found.last()) {
            let at = |offset: u32| start as u32 + offset;
            lines.push(Line {
                span: Span {
                    start: at(first.span.start),
                    end: at(last.span.end),
                },
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
            .map(|span| &text[span.start as usize..span.end as usize])
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn teasers_are_told_by_what_leads_on() {
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
    fn what_does_not_come_again_and_again_is_text() {
        check("", &[]);
        check("He said no.\nHe said no.\nThe end of it all", &[]);
        check("One\nTwo\nThree\nFour", &[]);
    }
}
