//! What elements are, by their names.

/// What stands between two words of a text.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl Gap {
    /// The characters that it is in a text.
    pub fn as_str(self) -> &'static str {
        match self {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Line => "\n",
            Gap::Paragraph => "\n\n",
        }
    }
}

/// What an element's edge puts between the words before and after it.
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

/// Whether the element is a box of its own, so that the text within is not of the text around it.
pub(super) fn is_box(name: &str) -> bool {
    gap_of(name) >= Gap::Line && name != "br" || matches!(name, "td" | "th")
}

/// Elements that hold nothing a reader reads as text.
pub(super) fn is_hidden(name: &str) -> bool {
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
            | "math"
            | "canvas"
            | "title"
            | "textarea"
            | "select"
            | "datalist"
            | "audio"
            | "video"
    )
}

/// Elements that have no content and no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "image"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Elements that an end tag of something else does not close (the "scope" of the standard).
pub(super) fn is_scope(name: &str) -> bool {
    matches!(
        name,
        "html" | "table" | "td" | "th" | "caption" | "template" | "marquee" | "object" | "applet"
    )
}

/// Heading elements.
pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}
