//! Tells what a quoted person says from what the page says.

use crate::text::{Span, ceil_boundary, floor_boundary};

/// How far from its words the quotes of a quotation are looked for, in bytes.
const WITHIN: usize = 600;

/// Whether words are within a quotation, in a paragraph that has other words as well: they are a person's, and
/// about something that the article tells of. A notice that stands in quotes by itself is the page's.
pub(super) fn is_quoted(text: &str, words: Span) -> bool {
    let (start, end) = (words.start as usize, words.end as usize);
    let from = ceil_boundary(text, start.saturating_sub(WITHIN));
    let to = floor_boundary(text, end + WITHIN);
    let paragraph = text[from..start].rfind('\n').map(|at| from + at + 1);
    let before = &text[paragraph.unwrap_or(from)..start];
    let after = text[end..to].split('\n').next().unwrap_or_default();
    let is_whole = paragraph.is_some() || from == 0;
    let Some((opened, closing)) = open_quotation(before, is_whole) else {
        return false;
    };
    let Some(closed) = after.find(closing) else {
        return false;
    };
    let says_more = |rest: &str| rest.contains(char::is_alphabetic);
    says_more(&before[..opened]) || says_more(&after[closed..])
}

/// Returns where the quotation begins that is open at the end of a text, and what closes it. Quotes that are
/// alike at both ends are only told apart from the beginning of a paragraph on.
fn open_quotation(text: &str, is_whole: bool) -> Option<(usize, &'static [char])> {
    let at = |quotes: &'static [char]| text.rfind(quotes);
    let count = |quotes: &'static [char]| text.matches(quotes).count();
    let is_open = |opening, closing| count(opening) > count(closing);
    let german = (['„'].as_slice(), ['“', '”'].as_slice());
    let pairs: [(&[char], &[char]); 6] = [
        german,
        (&['“'], &['”']),
        (&['«'], &['»']),
        (&['»'], &['«']),
        (&['「'], &['」']),
        (&['『'], &['』']),
    ];
    let mut pairs = pairs
        .into_iter()
        .filter(|pair| !text.contains('„') || *pair == german);
    let pair = pairs.find(|(opening, closing)| is_open(opening, closing));
    let straight = || {
        let is_odd = is_whole && count(&['"']) % 2 == 1;
        is_odd.then(|| Some((at(&['"'])?, ['"'].as_slice())))?
    };
    pair.and_then(|(opening, closing)| Some((at(opening)?, closing)))
        .or_else(straight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_persons_are_told_from_those_of_the_page() {
        let check = |text: &str, expected: bool| {
            let words = "it first appeared in the Echo";
            let start = text.find(words).expect("the words");
            let span = Span::new(start, start + words.len());
            assert_eq!(is_quoted(text, span), expected, "{text}");
        };
        check(
            "“I know it first appeared in the Echo,” the mayor said.",
            true,
        );
        check("The mayor said: “it first appeared in the Echo.”", true);
        check("\"Well, it first appeared in the Echo,\" she said.", true);
        check("« Hélas, it first appeared in the Echo », dit-il.", true);
        check("„Ja, it first appeared in the Echo“, sagte er.", true);
        check("»Ja, it first appeared in the Echo«, sagte er.", true);
        check("彼は「it first appeared in the Echo」と述べた。", true);
        // Nobody says it.
        check("“it first appeared in the Echo.”", false);
        check("\n\"it first appeared in the Echo\"\nMore", false);
        check(
            "“Ferry” is a column; it first appeared in the Echo, then in “Quay”.",
            false,
        );
        check(
            "\"Ferry\" is old: it first appeared in the Echo and in \"Quay\".",
            false,
        );
        check(
            "« Ferry », it first appeared in the Echo, puis « Quay ».",
            false,
        );
        check(
            "„Ferry“: it first appeared in the Echo, „Quay“ kam später.",
            false,
        );
        check("A 5\" nail, it first appeared in the Echo", false);
        check(
            "“We saw it.\nNow it first appeared in the Echo” he said",
            false,
        );
    }
}
