//! What the name of an element says about it.

/// What separates two words of a text.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl Gap {
    /// Returns the characters that the gap is written with.
    pub fn as_str(self) -> &'static str {
        match self {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Line => "\n",
            Gap::Paragraph => "\n\n",
        }
    }
}

/// Returns the gap that the start or end of an element puts between words.
pub(super) fn gap_of(name: &str) -> Gap {
    match name {
        "address" | "article" | "aside" | "blockquote" | "body" | "center" | "details"
        | "dialog" | "dl" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "h1"
        | "h2" | "h3" | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "main" | "menu"
        | "nav" | "ol" | "p" | "pre" | "search" | "section" | "table" | "ul" => Gap::Paragraph,
        "br" | "caption" | "dd" | "div" | "dt" | "legend" | "li" | "option" | "summary"
        | "tbody" | "tfoot" | "thead" | "tr" | "head" | "html" => Gap::Line,
        "button" | "img" | "input" | "td" | "th" | "video" | "audio" | "select" | "picture" => {
            Gap::Space
        }
        _ => Gap::None,
    }
}

/// Whether an element is a box of its own, whose text does not continue the text around it.
pub(super) fn is_box(name: &str) -> bool {
    gap_of(name) >= Gap::Line && name != "br" || matches!(name, "td" | "th")
}

/// Among them what tells how words are pronounced (`rt`).
const HIDDEN: [&str; 19] = [
    "script", "style", "noscript", "template", "iframe", "noembed", "noframes", "object", "svg",
    "math", "canvas", "title", "textarea", "select", "datalist", "audio", "video", "rt", "rp",
];
const VOID: [&str; 19] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "image",
    "input", "keygen", "link", "meta", "param", "source", "track", "wbr",
];

/// Whether an element contains nothing that a reader sees as text.
pub(super) fn is_hidden(name: &str) -> bool {
    HIDDEN.contains(&name)
}

/// Whether an element has no content and no end tag.
pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Whether an element stays open at the end tag of an element around it (a "scope" in the standard).
pub(super) fn is_scope(name: &str) -> bool {
    matches!(
        name,
        "html" | "table" | "td" | "th" | "caption" | "template" | "marquee" | "object" | "applet"
    )
}

/// Whether an element is a heading.
pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}
