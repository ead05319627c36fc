//! Takes the text out of a page: what a reader sees of it, in order, without judging what of it is
//! the article.
//!
//! The tokenizer of html5ever reads the page as browsers do (entities, comments, raw text); no tree
//! is built, so depth costs nothing.

use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Returns the text of a page. Blocks stand on lines of their own, white space is folded.
pub(super) fn strip(page: &str) -> String {
    let sink = Sink(RefCell::new(Text {
        out: String::with_capacity(page.len() / 4),
        ..Text::default()
    }));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(page));
    // The tokenizer stops at the end of each script, for those who would run it.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let mut text = tokenizer.sink.0.into_inner().out;
    text.truncate(text.trim_end().len());
    text
}

struct Sink(RefCell<Text>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut text = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => return text.tag(&tag),
            Token::CharacterTokens(characters) => text.characters(&characters),
            Token::NullCharacterToken
            | Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

/// The text so far.
#[derive(Default)]
struct Text {
    out: String,
    /// What stands between the last word and the next.
    gap: Gap,
    /// The element whose content is passed over, and how often it was opened within itself.
    hidden: Option<(LocalName, usize)>,
    /// Open `pre` elements, in which line breaks count.
    preformatted: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl Text {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let opens = tag.kind == TagKind::StartTag;
        if let Some((hidden, depth)) = &mut self.hidden {
            if *hidden == tag.name {
                *depth = if opens {
                    *depth + usize::from(!tag.self_closing)
                } else {
                    *depth - 1
                };
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return TokenSinkResult::Continue;
        }
        self.widen(gap_of(name));
        if name == "pre" {
            self.preformatted = if opens {
                self.preformatted + 1
            } else {
                self.preformatted.saturating_sub(1)
            };
        }
        if !opens || !is_hidden(name) {
            return TokenSinkResult::Continue;
        }
        // Foreign elements may close themselves; others may not, whatever they say.
        if name == "svg" && tag.self_closing {
            return TokenSinkResult::Continue;
        }
        self.hidden = Some((tag.name.clone(), 1));
        match name {
            "script" => TokenSinkResult::RawData(ScriptData),
            "style" | "noscript" | "iframe" | "noembed" | "noframes" => {
                TokenSinkResult::RawData(Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn characters(&mut self, characters: &str) {
        if self.hidden.is_some() {
            return;
        }
        for (index, line) in characters.split('\n').enumerate() {
            if index > 0 {
                self.widen(if self.preformatted > 0 {
                    Gap::Line
                } else {
                    Gap::Space
                });
            }
            for (index, word) in line.split([' ', '\t', '\r', '\u{c}']).enumerate() {
                if index > 0 {
                    self.widen(Gap::Space);
                }
                if !word.is_empty() {
                    self.close_gap();
                    self.out.push_str(word);
                }
            }
        }
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn close_gap(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if !self.out.is_empty() {
            self.out.push_str(match gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
    }
}

/// Elements that hold nothing a reader reads as text.
fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "iframe"
            | "noembed"
            | "noframes"
            | "object"
            | "svg"
            | "title"
            | "textarea"
            | "select"
            | "datalist"
    )
}

/// What an element's edge puts between the words before and after it.
fn gap_of(name: &str) -> Gap {
    match name {
        "address" | "article" | "aside" | "blockquote" | "body" | "center" | "details"
        | "dialog" | "dl" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "h1"
        | "h2" | "h3" | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "main" | "menu"
        | "nav" | "ol" | "p" | "pre" | "search" | "section" | "table" | "ul" => Gap::Paragraph,
        "br" | "caption" | "dd" | "div" | "dt" | "legend" | "li" | "option" | "summary"
        | "tbody" | "tfoot" | "thead" | "tr" => Gap::Line,
        "button" | "img" | "input" | "td" | "th" | "video" | "audio" | "select" => Gap::Space,
        _ => Gap::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, expected: &str) {
        assert_eq!(strip(page), expected, "{page}");
    }

    #[test]
    fn text_is_what_a_reader_sees() {
        check(
            "<p>One &amp; two,<br>three</p><p>four</p>",
            "One & two,\nthree\n\nfour",
        );
        check("<h1>A</h1>\n <div> b\n<b>c</b>d </div>", "A\n\nb cd");
        check("plain  text\nwithout tags", "plain text without tags");
        check(
            "<title>t</title><style>p { }</style>a<script>if (a < b) '</p>'</script>b",
            "ab",
        );
        check("x<svg><title>no</title><path/></svg>y<svg/>z", "xyz");
        check("a<!-- <p>no</p> -->b", "ab");
        check("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3");
        check("<pre>a\n  b</pre>", "a\nb");
        check(
            "caf&eacute; &#x6c49; &nosuch; 5 < 6",
            "café 汉 &nosuch; 5 < 6",
        );
    }

    #[test]
    fn odd_pages_are_read_too() {
        check("", "");
        check("<p", "");
        check("a <b", "a");
        check("a<script>never closed <p>b", "a");
        check("</div></p>a</script>", "a");
        check("<template><template>a</template>b</template>c", "c");
        check(&"<div>".repeat(100_000), "");
        check(&format!("{}x", "<b a=1>".repeat(100_000)), "x");
    }
}
