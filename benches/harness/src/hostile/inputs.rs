//! The kinds of hostile input.

use wirecopy::engine::Body;

/// A kind of hostile input.
#[derive(Debug, Clone, Copy)]
pub struct HostileKind {
    /// Its name, in a few words.
    pub name: &'static str,
    make: fn(usize) -> Body,
}

impl HostileKind {
    /// Returns an input of this kind, of at most this many bytes, and nearly as many.
    pub fn of_size(&self, bytes: usize) -> Body {
        (self.make)(bytes)
    }

    /// Returns whether its inputs are pages.
    pub fn is_page(&self) -> bool {
        matches!(self.of_size(0), Body::Html(_))
    }
}

/// Defines kinds: a name, and how an input of `$bytes` bytes is made.
macro_rules! kinds {
    ($bytes:ident; $($kind:ident { $($name:literal: $make:expr;)* })*) => {
        /// All kinds, texts first.
        pub const HOSTILE_KINDS: &[HostileKind] = &[$($(
            HostileKind { name: $name, make: |$bytes| Body::$kind($make) },
        )*)*];
    };
}

kinds! { bytes;
    Text {
        "one letter each": counted(bytes, |n| format!("{} ", letter(n)));
        "one word again and again": repeated("again ", bytes);
        "one token": repeated("a", bytes);
        "numbers": counted(bytes, |n| format!("{n} "));
        "combining marks in order": after("e", repeated("\u{301}", bytes.saturating_sub(1)));
        "combining marks out of order": after("e", repeated("\u{301}\u{323}\u{5b0}", bytes.saturating_sub(1)));
        "a mark after every letter": repeated("e\u{301}", bytes);
        "letters that expand": repeated("\u{fdfa}", bytes);
        "letters that expand, each a word": repeated("\u{fdfa} ", bytes);
        "words in a square": repeated("\u{3300}\u{3316}", bytes);
        "letters in brackets": repeated("\u{1f110}", bytes);
        "letters that shrink": repeated("\u{e4}\u{f6}", bytes);
        "half-width kana": repeated("\u{ff76}\u{ff9e}", bytes);
        "Hangul in parts": repeated("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8} ", bytes);
        "marks that spell, out of order": repeated("\u{915}\u{94d}\u{93c} ", bytes);
        "ligatures and full width": repeated("\u{fb03}\u{ff21} ", bytes);
        "joiners between letters": repeated("n\u{34f}e\u{200d}w\u{ad}s ", bytes);
        "bidirectional overrides": repeated("\u{202e}ab\u{2066}cd\u{2069} ", bytes);
        "tag characters": repeated("\u{e0041}\u{e0042}", bytes);
        "variation selectors": repeated("a\u{fe0f}\u{e0100}", bytes);
        "emoji": repeated("\u{1f469}\u{200d}\u{1f467}\u{1f3fd}", bytes);
        "punctuation": repeated(". , - ", bytes);
        "control characters": repeated("\u{1}\u{7f}\u{85}", bytes);
        "line breaks": repeated("\n", bytes);
        "a line for each letter": counted(bytes, |n| format!("{}\n", letter(n)));
        "one character of a script without spaces": repeated("\u{4eba}", bytes);
        "unlike scripts in a word": repeated("p\u{430}y\u{440}\u{3b1}l ", bytes);
        "unlike scripts and umlauts in a word": repeated("p\u{430}y\u{440}\u{3b1}loel ", bytes);
        "unlike scripts in one long word": repeated("p\u{430}", bytes);
        "capitals that grow": repeated("\u{130}\u{1e9e}\u{390}", bytes);
        "Thai without spaces": repeated("\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}", bytes);
        "credits": repeated("Source: ", bytes);
        "credits, each in a paragraph": repeated("Source: (AP) \u{2014}\n\n", bytes);
        "phrases of notices": repeated("originally published in the first published by ", bytes);
        "brackets": repeated("(", bytes);
        "links": repeated("https://example.com/a?b=c ", bytes);
        "dates": repeated("5 March 2024, 14:10 ", bytes);
        "escaped entities": repeated("&amp;amp;#039;", bytes);
        "short entities": repeated("&lt;", bytes);
        "numbered letters": repeated("&#65; ", bytes);
    }
    Html {
        "nested boxes": repeated("<div>", bytes);
        "nested inline elements": repeated("<b><i><a href=x>", bytes);
        "misnested elements": repeated("<a><b></a>", bytes);
        "nested tables": repeated("<table><tr><td>", bytes);
        "nested lists": repeated("<ul><li>x", bytes);
        "paragraphs never closed": repeated("<p>word ", bytes);
        "attributes": within("<p ", counted(bytes, |n| format!("a{n}=1 ")), ">text</p>");
        "one long attribute": within("<p title=\"", repeated("x ", bytes), "\">text</p>");
        "comment never closed": within("<p>text</p><!--", repeated("- ", bytes), "");
        "openings of comments": repeated("<!--", bytes);
        "openings of tags": repeated("<", bytes);
        "end tags": repeated("</div></p>", bytes);
        "script never closed": within("<script>", repeated("</scrip", bytes), "");
        "templates": repeated("<template><p>x", bytes);
        "foreign elements": repeated("<svg><math>", bytes);
        "numbered entities": repeated("&#x41;", bytes);
        "entities in entities": repeated("&amp;amp;", bytes);
        "statements nested": within(JSON_LD, repeated("{\"a\":[", bytes), "</script>");
        "statements never closed": within(JSON_LD, repeated("{\"@type\":\"NewsArticle\",", bytes), "</script>");
        "statements, many": repeated("<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-03-05\"}</script>", bytes);
        "metadata, many": repeated("<meta property=article:published_time content=2024-03-05>", bytes);
        "headings, many": repeated("<h1>A heading</h1>", bytes);
        "dates, many": repeated("<time datetime=2024-03-05>5 March 2024</time>", bytes);
        "bylines, many": repeated("<p class=byline>By Ada Byron</p>", bytes);
        "links, many": repeated("<a href=\"/story/1\">A story of six words here</a>", bytes);
        "short paragraphs, many": repeated("<p>A few words of text.</p>", bytes);
        "images, many": repeated("<figure><img src=x><figcaption>Photo: A. Byron</figcaption></figure>", bytes);
        "frames, many": repeated("<iframe srcdoc=\"<p>words</p>\"></iframe>", bytes);
        "hidden, many": repeated("<div hidden id=S:0>words</div>", bytes);
    }
}

const JSON_LD: &str = "<p>text</p><script type=\"application/ld+json\">";

/// Returns a unit as often as it fits.
fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len())
}

/// Returns as many units as fit, each made of its number.
fn counted(bytes: usize, unit: fn(usize) -> String) -> String {
    let mut text = String::with_capacity(bytes);
    for next in (0..).map(unit) {
        if text.len() + next.len() > bytes {
            break;
        }
        text.push_str(&next);
    }
    text
}

fn after(start: &str, mut text: String) -> String {
    text.insert_str(0, start);
    text
}

fn within(start: &str, text: String, end: &str) -> String {
    [start, &text, end].concat()
}

/// Returns one of many letters, in no order that repeats soon.
fn letter(n: usize) -> char {
    char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 7) as u8 % 26)
}
