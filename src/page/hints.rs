//! What the names that authors give to their elements say of them.
//!
//! Class and id are split into words (`relatedLinks_box` is related, links, box): the generic words
//! that templates everywhere use. No site is named here, and what the words say is an opinion only:
//! the text is asked as well.

use super::tree::{Element, Kind, Tree};

/// What an element is said to be.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    #[default]
    None,
    /// Perhaps not of the article: believed of little text only.
    Doubtful,
    /// Holds an article, perhaps with furniture.
    Main,
    /// Not of the text, but of the article: caption, credit, byline, tags.
    Margin,
    /// Not of the article.
    Furniture,
    /// What readers wrote.
    Comments,
    /// The text of an article.
    Body,
    /// Not shown.
    Hidden,
}

/// Returns of each node what it is said to be.
pub(super) fn of_tree(tree: &Tree) -> Vec<Hint> {
    let of_node = |kind: &Kind| match kind {
        Kind::Element(element) => hint(element),
        Kind::Text(_) => Hint::None,
    };
    tree.nodes.iter().map(|node| of_node(&node.kind)).collect()
}

/// Returns what an element is said to be.
fn hint(element: &Element) -> Hint {
    if is_unseen(element) {
        return Hint::Hidden;
    }
    match &*element.name {
        "nav" | "footer" | "form" | "button" | "menu" | "dialog" | "aside" | "search" | "label" => {
            return Hint::Furniture;
        }
        "figcaption" | "figure" => return Hint::Margin,
        "html" | "body" | "head" => return Hint::None,
        _ => {}
    }
    match element.attribute("role") {
        "navigation" | "complementary" | "banner" | "contentinfo" | "search" | "dialog"
        | "alertdialog" | "menu" | "menubar" | "toolbar" | "alert" => return Hint::Furniture,
        _ => {}
    }
    let property = element.attribute("itemprop");
    if property.contains("articleBody") || property == "reviewBody" {
        return Hint::Body;
    }
    if property == "caption" {
        return Hint::Margin;
    }
    let mut found = Hint::None;
    for attribute in ["class", "id", "data-component", "data-testid"] {
        let value = element.attribute(attribute);
        if value.is_empty() || value.len() > MAX_LABELS {
            continue;
        }
        for label in value.split_ascii_whitespace() {
            found = found.max(label_hint(label));
        }
    }
    match (&*element.name, found) {
        // What holds an article is not called off by a word.
        ("article" | "main", Hint::None | Hint::Doubtful | Hint::Margin) => Hint::Main,
        ("article" | "main", Hint::Furniture) => Hint::Doubtful,
        ("p" | "blockquote" | "pre", Hint::Furniture) => Hint::Doubtful,
        ("header", Hint::None) => Hint::Doubtful,
        _ => found,
    }
}

/// Longer lists of labels are made by programs.
const MAX_LABELS: usize = 400;

fn is_unseen(element: &Element) -> bool {
    if element.has("hidden") && element.attribute("hidden") != "until-found" {
        return true;
    }
    if element
        .attribute("aria-hidden")
        .eq_ignore_ascii_case("true")
    {
        return true;
    }
    let style = element.attribute("style");
    if style.len() < 12 {
        return false;
    }
    let letters = style.chars().take(1000).filter(|c| !c.is_whitespace());
    let style = letters.collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

/// What one class or id says.
fn label_hint(label: &str) -> Hint {
    if label.len() < 2 {
        return Hint::None;
    }
    let words = words(label);
    let mut found = Hint::None;
    for word in &words {
        found = found.max(word_hint(word));
    }
    let joined = words.concat();
    if matches!(found, Hint::None | Hint::Doubtful)
        && joined.len() >= SHORTEST_BODY
        && BODIES.iter().any(|body| joined.contains(body))
    {
        return Hint::Body;
    }
    if found == Hint::None && MAINS.contains(&joined.as_str()) {
        return Hint::Main;
    }
    if words.len() > 1
        && matches!(
            &*words[0],
            "category" | "tag" | "type" | "format" | "status" | "has"
        )
    {
        // WordPress tells of what a post is about.
        return Hint::None;
    }
    found
}

fn word_hint(word: &str) -> Hint {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|one| word.starts_with(one));
    if begins(&COMMENTS) {
        Hint::Comments
    } else if begins(&FURNITURE) || FURNITURE_WORDS.contains(&word) {
        Hint::Furniture
    } else if begins(&MARGIN) {
        Hint::Margin
    } else if DOUBTFUL_WORDS.contains(&word) {
        Hint::Doubtful
    } else {
        Hint::None
    }
}

/// Labels that hold one of these (written together) name the text of an article.
const BODIES: [&str; 36] = [
    "articlebody",
    "articlecontent",
    "articletext",
    "articlemaincontent",
    "articlefulltext",
    "entrycontent",
    "entrybody",
    "entrytext",
    "postcontent",
    "postbody",
    "posttext",
    "postentry",
    "storybody",
    "storycontent",
    "storytext",
    "newscontent",
    "newsbody",
    "newstext",
    "bodytext",
    "bodycopy",
    "bodycontent",
    "contentbody",
    "contenttext",
    "textbody",
    "textcontent",
    "fulltext",
    "maintext",
    "fieldnamebody",
    "fieldbody",
    "blogcontent",
    "singlecontent",
    "detailcontent",
    "detailtext",
    "storyfull",
    "artcontent",
    "pagecontent",
];
const SHORTEST_BODY: usize = 8;
/// Labels that are one of these name what holds an article.
const MAINS: [&str; 14] = [
    "article",
    "story",
    "post",
    "entry",
    "content",
    "main",
    "maincontent",
    "contentmain",
    "primary",
    "text",
    "singlepost",
    "hentry",
    "body",
    "artikel",
];
/// Beginnings of words.
const COMMENTS: [&str; 12] = [
    "comment",
    "disqus",
    "respond",
    "replies",
    "livefyre",
    "dsq",
    "commenti",
    "kommentar",
    "comentario",
    "commentaire",
    "komentarz",
    "komment",
];
const FURNITURE: [&str; 27] = [
    "nav",
    "menu",
    "foot",
    "sidebar",
    "breadcrumb",
    "share",
    "sharing",
    "social",
    "related",
    "recommend",
    "recirc",
    "promo",
    "newsletter",
    "subscri",
    "sponsor",
    "advert",
    "cookie",
    "outbrain",
    "taboola",
    "teaser",
    "trending",
    "pagin",
    "carousel",
    "toolbar",
    "addthis",
    "addtoany",
    "sharedaddy",
];
const FURNITURE_WORDS: [&str; 34] = [
    "ad",
    "ads",
    "adv",
    "banner",
    "banners",
    "masthead",
    "login",
    "signin",
    "signup",
    "consent",
    "gdpr",
    "popup",
    "modal",
    "popular",
    "rail",
    "rating",
    "ratings",
    "pager",
    "donate",
    "donation",
    "poll",
    "survey",
    "toc",
    "skip",
    "noprint",
    "crumbs",
    "mostread",
    "upsell",
    "partners",
    "widgets",
    "socials",
    "shariff",
    "registration",
    "dialog",
];
const MARGIN: [&str; 13] = [
    "caption",
    "author",
    "byline",
    "tags",
    "taglist",
    "credit",
    "copyright",
    "timestamp",
    "dateline",
    "postmeta",
    "entrymeta",
    "pubdate",
    "metadata",
];
const DOUBTFUL_WORDS: [&str; 48] = [
    "hidden",
    "hide",
    "paywall",
    "more",
    "readmore",
    "like",
    "likes",
    "facebook",
    "twitter",
    "whatsapp",
    "pinterest",
    "email",
    "print",
    "search",
    "marketing",
    "cta",
    "callout",
    "partner",
    "widget",
    "feedback",
    "bio",
    "bottom",
    "next",
    "prev",
    "previous",
    "viral",
    "syndication",
    "overlay",
    "tools",
    "meta",
    "date",
    "time",
    "published",
    "photo",
    "gallery",
    "slideshow",
    "video",
    "player",
    "embed",
    "media",
    "image",
    "img",
    "header",
    "tag",
    "picture",
    "aside",
    "avatar",
    "infobox",
];

/// The words of a label, in lower case: parted by signs and at capitals.
fn words(label: &str) -> Vec<String> {
    // Two or three letters within capitals are of a name that a program made up.
    let is_plain = !label.bytes().any(|b| b.is_ascii_uppercase());
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in label.chars() {
        let is_word = c.is_ascii_alphabetic();
        if (!is_word || (c.is_ascii_uppercase() && was_lower)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if is_word {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words.retain(|word| is_plain || word.len() > 3);
    words
}

#[cfg(test)]
mod tests {
    use super::super::build::build;
    use super::*;

    fn check(tag: &str, expected: Hint) {
        let tree = build(tag);
        assert_eq!(of_tree(&tree)[1], expected, "{tag}");
    }

    #[test]
    fn labels_are_read_word_by_word() {
        check("<div class='relatedLinks_box'>", Hint::Furniture);
        check("<div class='c1 post-comments'>", Hint::Comments);
        check("<div id=articleBody>", Hint::Body);
        check("<div class='entry-content'>", Hint::Body);
        check("<div class='entry-content-share'>", Hint::Furniture);
        check("<div class='caption'>", Hint::Margin);
        check("<div class='shadow brand lead navy-blue'>", Hint::Furniture);
        check("<div class='shadow brand lead'>", Hint::None);
        // Short words within capitals are of names that programs make up.
        check("<div class='hJpAdRP'>", Hint::None);
        check("<div class='ad'>", Hint::Furniture);
        // WordPress tells what a post is about.
        check("<div class='category-media tag-video'>", Hint::None);
    }

    #[test]
    fn elements_speak_for_themselves() {
        check("<nav class=article-body>", Hint::Furniture);
        check("<div role=navigation>", Hint::Furniture);
        check("<article>", Hint::Main);
        check("<article class='promo'>", Hint::Doubtful);
        check("<p class=share>", Hint::Doubtful);
        check("<div itemprop=articleBody class=sidebar>", Hint::Body);
        check("<div style='color: red; DISPLAY : none'>", Hint::Hidden);
        check("<div aria-hidden=true>", Hint::Hidden);
        check("<div hidden>", Hint::Hidden);
    }
}
