//! What class names, ids and roles say about an element.
//!
//! Labels are split into words (`relatedLinks_box` is related, links, box), and compared with the
//! generic words that templates everywhere use. No website is named here. A hint is only an opinion:
//! the text of the element counts as well.

use std::sync::LazyLock;

use super::element_names::is_heading;
use super::tree::{Element, NodeId, NodeKind, Tree};

/// Words, looked up for every label.
type WordList = LazyLock<Vec<&'static str>>;

fn words_of(list: &'static str) -> Vec<&'static str> {
    list.split(' ').collect()
}

/// What an element is labelled as. Of several labels, the greatest counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Hint {
    #[default]
    None,
    /// Perhaps not part of the article: believed only of elements with little text.
    Doubtful,
    /// The first paragraph, set apart from the others.
    Lead,
    /// Contains an article, perhaps with some of the page's frame.
    Main,
    /// Part of the article but not of its text: caption, credit, byline, tags.
    Margin,
    /// Not part of the article: menus, teasers.
    Frame,
    /// Not part of it however long it is: dialogs, notices on cookies, footers.
    Overlay,
    /// What readers wrote.
    Comments,
    /// The text of an article.
    Body,
    /// Not shown.
    Hidden,
}

/// Returns a hint for each node.
pub(super) fn of_tree(tree: &Tree) -> Vec<Hint> {
    let of_node = |kind: &NodeKind| match kind {
        NodeKind::Element(element) => of_element(element),
        NodeKind::Text(_) => Hint::None,
    };
    let mut hints: Vec<Hint> = tree.nodes.iter().map(|node| of_node(&node.kind)).collect();
    for (id, element) in tree.elements() {
        if matches!(&*element.name, "table" | "pre")
            && let Some(figure) = figure_around(tree, id)
        {
            hints[figure as usize] = Hint::None;
        }
        if hints[id as usize] == Hint::Hidden && is_folded(tree, id) {
            hints[id as usize] = Hint::None;
        }
    }
    hints
}

/// Whether an element hides the rest of a text that a control under it shows ("Read more").
fn is_folded(tree: &Tree, id: NodeId) -> bool {
    let control = tree.end(id);
    let elements = control..tree.nodes.len() as NodeId;
    let mut beside = elements
        .take(BESIDE)
        .filter(|&next| tree.parent(next) == tree.parent(id));
    let Some(control) = beside.find_map(|next| tree.element(next)) else {
        return false;
    };
    let href = control.attribute("href");
    let is_control = match &*control.name {
        "button" => true,
        "a" => href.is_empty() || href.starts_with('#') || href.starts_with("javascript:"),
        _ => false,
    };
    is_control && tree.text_of(id, MIN_FOLDED).len() >= MIN_FOLDED
}

/// How many nodes after an element its control is looked for among.
const BESIDE: usize = 3;
/// The fewest bytes of a text that a control shows.
const MIN_FOLDED: usize = 200;

/// Returns the figure that shows a table or a listing: it is part of the text, as no picture is.
fn figure_around(tree: &Tree, id: NodeId) -> Option<NodeId> {
    let around = std::iter::successors(Some(id), |&id| Some(tree.parent(id)));
    let mut near = around.skip(1).take(FIGURE_WITHIN);
    near.find(|&id| tree.name(id) == "figure")
}

/// How far above a table its figure is looked for.
const FIGURE_WITHIN: usize = 3;

fn of_element(element: &Element) -> Hint {
    if is_hidden(element) {
        return Hint::Hidden;
    }
    match &*element.name {
        "footer" | "dialog" => return Hint::Overlay,
        "nav" | "form" | "button" | "menu" | "aside" | "search" | "label" => return Hint::Frame,
        "figcaption" | "figure" => return Hint::Margin,
        "html" | "body" | "head" => return Hint::None,
        _ => {}
    }
    match element.attribute("role") {
        "contentinfo" | "dialog" | "alertdialog" => return Hint::Overlay,
        "navigation" | "complementary" | "banner" | "search" | "menu" | "menubar" | "toolbar"
        | "alert" => return Hint::Frame,
        _ => {}
    }
    let property = element.attribute("itemprop");
    if property.contains("articleBody") || property == "reviewBody" {
        return Hint::Body;
    }
    if property == "caption" {
        return Hint::Margin;
    }
    if property == "comment" || element.attribute("itemtype").ends_with("/Comment") {
        return Hint::Comments;
    }
    // Programs name their own elements for what they are: `amp-ad`, `comment-list`.
    let mut found = match element.name.contains('-') {
        true => of_label(&element.name),
        false => Hint::None,
    };
    for attribute in ["class", "id", "data-component", "data-testid"] {
        let value = element.attribute(attribute);
        // The ids of sections are often their headings.
        let is_heading = attribute == "id" && value.matches(['-', '_']).count() >= MAX_ID_WORDS;
        if value.len() <= MAX_LABELS && !is_heading {
            let labels = value.split_ascii_whitespace();
            found = labels.map(of_label).fold(found, Hint::max);
        }
    }
    if is_silent(element) {
        found = match found {
            Hint::Frame | Hint::Overlay => Hint::Hidden,
            other => other.max(Hint::Frame),
        };
    }
    match (&*element.name, found) {
        // A word does not outweigh these elements.
        ("article" | "main", Hint::None | Hint::Doubtful | Hint::Margin) => Hint::Main,
        (heading, Hint::Doubtful) if is_heading(heading) => Hint::None,
        ("article" | "main" | "p" | "blockquote" | "pre", Hint::Frame | Hint::Overlay) => {
            Hint::Doubtful
        }
        ("header", Hint::None) => Hint::Doubtful,
        _ => found,
    }
}

/// Ids of more words are no labels.
const MAX_ID_WORDS: usize = 4;
/// Longer lists of labels are generated by programs.
const MAX_LABELS: usize = 400;

/// Whether screen readers are to skip an element. It is shown nonetheless: a page under a dialog is
/// marked so.
fn is_silent(element: &Element) -> bool {
    let hidden = element.attribute("aria-hidden");
    hidden.eq_ignore_ascii_case("true")
}

fn is_hidden(element: &Element) -> bool {
    // React streams parts of a page in hidden boxes with these ids, and moves them to their places.
    let is_streamed = element.attribute("id").starts_with("S:");
    if element.has("hidden") && element.attribute("hidden") != "until-found" {
        return !is_streamed;
    }
    let style = element.attribute("style");
    if style.len() < 12 {
        return false;
    }
    let letters = style.chars().take(1000).filter(|c| !c.is_whitespace());
    let style = letters.collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

/// Returns what one class or id says.
fn of_label(label: &str) -> Hint {
    if label.len() < 2 {
        return Hint::None;
    }
    let words = words(label);
    let found = words.iter().map(|word| of_word(word)).max();
    let mut found = found.unwrap_or_default();
    if found == Hint::Comments
        && words
            .iter()
            .any(|word| ABOUT_COMMENTS.contains(&word.as_str()))
    {
        found = Hint::Doubtful;
    }
    if words.windows(2).any(is_notice) {
        return Hint::Overlay.max(found);
    }
    let joined = words.concat();
    if UNSEEN.contains(&joined.as_str()) {
        return Hint::Frame;
    }
    if matches!(found, Hint::None | Hint::Doubtful | Hint::Lead)
        && joined.len() >= MIN_BODY
        && BODIES.iter().any(|body| joined.contains(body))
    {
        return Hint::Body;
    }
    if found == Hint::None && MAINS.contains(&joined.as_str()) {
        return Hint::Main;
    }
    match words.first().map(String::as_str) {
        // WordPress: what the post is about.
        Some("category" | "tag" | "type" | "format" | "status" | "has") if words.len() > 1 => {
            Hint::None
        }
        _ => found,
    }
}

/// Whether two words of a label name a notice on privacy or a paywall, and not what is behind it.
fn is_notice(words: &[String]) -> bool {
    let [subject, form] = words else { return false };
    match subject.as_str() {
        "privacy" | "datenschutz" | "paywall" | "cc" => matches!(
            form.as_str(),
            "banner"
                | "barrier"
                | "box"
                | "gate"
                | "hinweis"
                | "layer"
                | "manager"
                | "message"
                | "notice"
                | "offer"
                | "overlay"
                | "prompt"
                | "window"
        ),
        "sp" => form == "message",
        _ => false,
    }
}

/// Whether a label of an element names an article.
pub(super) fn names_article(element: &Element) -> bool {
    ["class", "id"].iter().any(|attribute| {
        let value = element.attribute(attribute);
        let labels = value.split_ascii_whitespace().take(10).flat_map(words);
        value.len() <= MAX_LABELS
            && labels
                .into_iter()
                .any(|word| ARTICLES.contains(&word.as_str()))
    })
}

/// Returns what one word of a label says: letters from a to z, in lower case.
fn of_word(word: &str) -> Hint {
    let letter = word
        .bytes()
        .next()
        .map_or(0, |first| first.wrapping_sub(b'a'));
    let beginnings = BY_LETTER
        .get(usize::from(letter))
        .map_or(&[][..], Vec::as_slice);
    let found = beginnings
        .iter()
        .find(|(beginning, _)| word.starts_with(beginning));
    if let Some((_, hint)) = found
        && !["commentar", "footnote"]
            .iter()
            .any(|other| word.starts_with(other))
    {
        return *hint;
    }
    match word {
        "isso" | "remark" | "responses" | "reactions" => Hint::Comments,
        "cmp" | "truste" => Hint::Overlay,
        "ad" | "ads" | "adv" | "banner" | "banners" | "masthead" | "login" | "signin"
        | "signup" | "popular" | "rail" | "rating" | "ratings" | "pager" | "donate"
        | "donation" | "poll" | "survey" | "toc" | "skip" | "noprint" | "crumbs" | "mostread"
        | "upsell" | "partners" | "widgets" | "socials" | "shariff" | "registration" => Hint::Frame,
        _ if LEADS.contains(&word) => Hint::Lead,
        "hidden" | "hide" | "paywall" | "more" | "readmore" | "like" | "likes" | "facebook"
        | "twitter" | "whatsapp" | "pinterest" | "email" | "print" | "search" | "marketing"
        | "cta" | "callout" | "partner" | "widget" | "feedback" | "bio" | "bottom" | "next"
        | "prev" | "previous" | "viral" | "syndication" | "overlay" | "tools" | "meta" | "date"
        | "time" | "published" | "photo" | "gallery" | "slideshow" | "video" | "player"
        | "embed" | "media" | "image" | "img" | "header" | "tag" | "picture" | "aside"
        | "avatar" | "infobox" => Hint::Doubtful,
        _ => Hint::None,
    }
}

/// Labels that contain one of these (without separators) name the text of an article.
static BODIES: WordList = LazyLock::new(|| {
    words_of(
        "\
        articlebody articlecontent articletext articlemaincontent entrycontent entrybody \
        entrytext postcontent postbody posttext postentry storybody storycontent storytext \
        newscontent newsbody newstext bodytext bodycopy bodycontent contentbody contenttext \
        textbody textcontent fulltext maintext fieldnamebody fieldbody blogcontent singlecontent \
        detailcontent detailtext storyfull artcontent pagecontent",
    )
});
/// The shortest of [`BODIES`].
const MIN_BODY: usize = 8;
/// Labels that are one of these name an element that contains an article.
static MAINS: WordList = LazyLock::new(|| {
    words_of(
        "\
        article story post entry content main maincontent contentmain primary text singlepost \
        hentry body artikel",
    )
});
/// Words that name an article.
static ARTICLES: WordList =
    LazyLock::new(|| words_of("article post story entry news hentry artikel"));
/// Labels that are one of these name an element that is read aloud but not seen.
static UNSEEN: WordList = LazyLock::new(|| {
    words_of(
        "\
        sronly visuallyhidden screenreadertext screenreaderonly elementinvisible wconditioninvisible \
        invisible offscreen",
    )
});
/// Words beside "comments" in labels of a page or an article that has some.
static ABOUT_COMMENTS: WordList = LazyLock::new(|| {
    words_of("count counter number open closed has no with without enabled disabled allowed")
});
/// Words that name a first paragraph set apart.
static LEADS: WordList = LazyLock::new(|| {
    words_of(
        "\
        lead lede standfirst dek deck subtitle subheadline subheading subhead chapo sapo intro \
        entradilla bajada copete sommario vorspann ingress manchet perex abstract leadtext",
    )
});
/// Beginnings of words, by what they say; where several fit, the first counts. Names of programs that
/// put comments or questions of consent into pages are among them.
const BEGINNINGS: [(Hint, &str); 4] = [
    (
        Hint::Comments,
        "\
        comment disqus respond replies livefyre dsq comentari komentar komment reactie yorum \
        leserbrief leserkommentar hozzaszol talkback webmention diskuse otzyv obsuzhden pinglun \
        binhluan giscus utterances hypercomments hyvor cackle spcv",
    ),
    (
        Hint::Overlay,
        "\
        footer cookie consent gdpr dsgvo rgpd lgpd ccpa popup modal dialog onetrust didomi \
        usercentrics klaro tarteaucitron iubenda axeptio evidon cmpbox",
    ),
    (
        Hint::Frame,
        "\
        nav menu foot sidebar breadcrumb share sharing social related recommend recirc promo \
        newsletter subscri sponsor advert outbrain taboola teaser trending pagin carousel \
        toolbar addthis addtoany",
    ),
    (
        Hint::Margin,
        "\
        caption author byline tags taglist credit copyright timestamp dateline postmeta entrymeta \
        pubdate metadata signature postauthor postprofile userinfo",
    ),
];
/// [`BEGINNINGS`] by the first letter of the beginning.
static BY_LETTER: LazyLock<Vec<Vec<(&'static str, Hint)>>> = LazyLock::new(|| {
    let mut by_letter = vec![Vec::new(); 26];
    for (hint, beginnings) in BEGINNINGS {
        for beginning in beginnings.split(' ') {
            let letter = beginning.bytes().next().map_or(0, |first| first - b'a');
            by_letter[usize::from(letter)].push((beginning, hint));
        }
    }
    by_letter
});

/// Splits a label into words, in lower case: at punctuation and at capitals.
pub(super) fn words(label: &str) -> Vec<String> {
    // Two or three letters between capitals are part of a generated name.
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
        check("<div class='relatedLinks_box'>", Hint::Frame);
        check("<div class='c1 post-comments'>", Hint::Comments);
        check("<div id=articleBody>", Hint::Body);
        check("<div class='entry-content'>", Hint::Body);
        check("<div class='entry-content-share'>", Hint::Frame);
        check("<div class='caption'>", Hint::Margin);
        check("<div class='shadow brand lead navy-blue'>", Hint::Frame);
        check("<div class='shadow brand'>", Hint::None);
        check("<div class='article-lead'>", Hint::Lead);
        check("<div class='reader-commentary'>", Hint::None);
        check("<div class='comments-open comment_count'>", Hint::Doubtful);
        check("<span class='sr-only'>", Hint::Frame);
        check("<div class='site-footer'>", Hint::Overlay);
        check("<div class='cookie-bar menu'>", Hint::Overlay);
        check("<ol class='footnotes'>", Hint::None);
        // Short words between capitals are parts of generated names.
        check("<div class='hJpAdRP'>", Hint::None);
        check("<div class='ad'>", Hint::Frame);
        // WordPress: what the post is about.
        check("<div class='category-media tag-video'>", Hint::None);
        for comments in [
            "id=remark42",
            "class=leserbriefe",
            "id='isso-thread'",
            "class=otzyvy",
        ] {
            check(&format!("<div {comments}>"), Hint::Comments);
        }
        for notice in [
            "id=didomi-host",
            "class=privacy-manager",
            "id=sp_message_container_7",
        ] {
            check(&format!("<div {notice}>"), Hint::Overlay);
        }
        check("<div class='paywall-overlay'>", Hint::Overlay);
        check("<div class='paywall article-text'>", Hint::Body);
        check("<div class=privacy>", Hint::None);
    }

    #[test]
    fn elements_and_attributes_are_hints() {
        check("<nav class=article-body>", Hint::Frame);
        check("<div role=navigation>", Hint::Frame);
        check("<article>", Hint::Main);
        check("<article class='promo'>", Hint::Doubtful);
        check("<p class=share>", Hint::Doubtful);
        check("<div itemprop=articleBody class=sidebar>", Hint::Body);
        check("<div style='color: red; DISPLAY : none'>", Hint::Hidden);
        check("<div hidden>", Hint::Hidden);
        check("<div hidden id=S:0>", Hint::None);
        check("<div aria-hidden=true>", Hint::Frame);
        check("<div aria-hidden=true class=modal>", Hint::Hidden);
        check("<footer>", Hint::Overlay);
        check("<amp-ad>", Hint::Frame);
        check("<amp-consent>", Hint::Overlay);
        check("<comment-list>", Hint::Comments);
        check("<story-page>", Hint::None);
        check("<div itemprop=comment>", Hint::Comments);
        check("<li itemtype='https://schema.org/Comment'>", Hint::Comments);
        check("<h2 class=header-anchor>", Hint::None);
    }
}
