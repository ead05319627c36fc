//! Finds the dates that a page shows: in elements made for dates, and in lines of text that name one.

use std::collections::HashMap;
use std::ops::Range;

use super::conventions::Conventions;
use super::date_element::DateElement;
use super::heading::Heading;
use super::pieces::decimal;
use super::reader::{DateInText, dates_in};
use super::says::{Labels, Says, says, says_after};
use super::weekdays::is_weekday;
use super::written::WrittenDate;
use crate::page::author_names::begins_with_by;
use crate::page::blocks::is_unspaced;
use crate::page::byline::is_author_page;
use crate::page::element_names::{is_box, is_heading, is_hidden};
use crate::page::hints::Hint;
use crate::page::title::letters_of;
use crate::page::tree::{Element, NodeId, NodeKind, Tree};

/// A date that a page shows, and what is beside it.
#[derive(Debug, Clone)]
pub(super) struct ShownDate {
    pub date: WrittenDate,
    /// What the element or the words beside it say that it is the date of.
    pub says: Says,
    /// How it is shown, the most telling first.
    pub form: DateForm,
    /// How much visible text is between the heading and the date, in bytes; `None` before the heading.
    pub after_heading: Option<usize>,
    /// The same, of a date before the heading.
    pub before_heading: Option<usize>,
    /// That heading is the title.
    pub is_by_title: bool,
    /// It belongs to a menu, a footer or the like.
    pub is_in_frame: bool,
    /// It belongs to the header of the page, which the heading is not part of.
    pub is_in_header: bool,
    /// It is in a frame, in one box with a link to another page, whose date it may be.
    pub is_of_teaser: bool,
    /// It is in the text of a link, beside other words: those name what the link leads to.
    pub is_in_link: bool,
    /// How many dates stand in elements that are labelled as its own: several make a list.
    pub alike: usize,
    /// Its line says nothing else than a dateline does.
    pub is_set_apart: bool,
    /// Its words are part of the title.
    is_of_title: bool,
    /// The labels of its element, as a number.
    labels: u64,
    at: usize,
}

impl ShownDate {
    /// Whether it stands above the title, and nothing else says whose date it is.
    pub fn is_bare_above(&self) -> bool {
        let is_bare = self.form == DateForm::Line && self.says == Says::Nothing;
        is_bare && self.before_heading.is_some()
    }
}

/// How a date is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DateForm {
    /// In an element that is marked as the date of publication or of a change.
    Marked,
    /// In an element that is made for a date, or in a line with a label of one.
    Labelled,
    /// In a line that says little else.
    Line,
    /// In a line that says more, or at the beginning of a paragraph, set apart from it.
    Dateline,
}

/// Most elements and lines that are looked at, and most dates of a line.
const MAX_ELEMENTS: usize = 200;
const MAX_LINES: usize = 600;
const MAX_OF_LINE: usize = 3;
/// The longest line that is not a paragraph, and where a date in a paragraph begins at the latest; bytes.
const MAX_LINE: usize = 160;
const MAX_DATELINE: usize = 24;
/// The shortest line that is a sentence if it ends like one; in bytes.
const MIN_SENTENCE: usize = 60;
/// What sentences end with in any script, and what may close a quotation after it.
const STOPS: [char; 13] = [
    '.', '!', '?', '。', '！', '？', '।', '॥', '۔', '؟', '።', '၊', '။',
];
const CLOSING: [char; 7] = ['"', '”', '“', '’', '»', '」', '』'];
/// The longest line before another that can be its label: "Published on"; in bytes.
const MAX_LABEL: usize = 40;
/// A line says little but its date if it is at most this many times as long.
const MAX_TIMES: usize = 4;
/// The most nodes, and the longest text in bytes, of an element that holds the parts of a date in boxes of their
/// own.
const MAX_PARTS: NodeId = 16;
const MAX_OF_PARTS: usize = 40;
/// How many elements around a date may be its teaser, and how many nodes that has at most.
const MAX_AROUND: usize = 3;
const MAX_TEASER: NodeId = 40;
/// The shortest link, in bytes, that is the title of an article and not the name of a section.
const MIN_TITLE: usize = 12;
/// How many nodes are searched for the heading of another article.
const MAX_TO_HEADING: usize = 64;
/// A discussion whose first post begins this near below the title is the article; bytes of visible text.
const MAX_BEFORE_POST: usize = 200;

/// Finds the dates that a page shows, in page order; not those that are part of its heading or in captions.
pub(super) fn shown_dates(
    tree: &Tree,
    hints: &[Hint],
    heading: Option<&Heading>,
    title: &str,
    conventions: &Conventions,
) -> Vec<ShownDate> {
    let mut finder = LineFinder {
        tree,
        conventions,
        title: letters_of(title),
        line: OpenLine::default(),
        last_line: String::new(),
        at: 0,
        is_in_frame: false,
        is_in_header: false,
        elements_left: MAX_ELEMENTS,
        lines_left: MAX_LINES,
        found: Vec::new(),
    };
    let place = finder.walk(hints, heading);
    finder.finish(place, heading.is_some_and(|heading| heading.is_title))
}

/// A line of text that is not complete.
#[derive(Default)]
struct OpenLine {
    /// Its beginning.
    text: String,
    /// Its whole length in bytes.
    length: usize,
    /// The element around its first text.
    node: NodeId,
    has_digit: bool,
}

struct LineFinder<'a> {
    tree: &'a Tree,
    conventions: &'a Conventions,
    /// The letters of the title.
    title: String,
    line: OpenLine,
    /// The line before, if it is short.
    last_line: String,
    /// Bytes of visible text so far.
    at: usize,
    is_in_frame: bool,
    is_in_header: bool,
    elements_left: usize,
    lines_left: usize,
    found: Vec<ShownDate>,
}

impl LineFinder<'_> {
    /// Goes through the page; returns where the text of the heading is.
    fn walk(&mut self, hints: &[Hint], heading: Option<&Heading>) -> Option<Range<usize>> {
        let is_title = heading.is_some_and(|heading| heading.is_title);
        let heading = heading.map(|heading| &heading.nodes);
        let mut id: NodeId = 0;
        let (mut frame_until, mut header_until) = (0, 0);
        let mut has_article = false;
        let mut box_ends: Vec<NodeId> = Vec::new();
        let mut place: Option<Range<usize>> = None;
        while (id as usize) < self.tree.nodes.len() {
            while box_ends.last().is_some_and(|end| *end <= id) {
                box_ends.pop();
                self.end_line();
            }
            self.is_in_frame = id < frame_until;
            self.is_in_header = id < header_until;
            if let Some(heading) = heading {
                if id == heading.start {
                    place = Some(self.at..self.at);
                } else if id <= heading.end
                    && let Some(place) = &mut place
                {
                    place.end = self.at;
                }
            }
            match &self.tree.nodes[id as usize].kind {
                NodeKind::Text(piece) => self.add(&piece.text, id),
                NodeKind::Element(element) => {
                    let hint = hints[id as usize];
                    let end = self.tree.end(id);
                    // No label makes the whole page a frame.
                    let has_heading =
                        heading.is_some_and(|heading| (id..end).contains(&heading.start));
                    let is_most = (end - id) as usize * 2 > self.tree.nodes.len();
                    let is_whole = has_heading || is_most;
                    let is_picture =
                        matches!(&*element.name, "figure" | "figcaption") && !has_heading;
                    let is_post = is_title
                        && place
                            .as_ref()
                            .is_some_and(|place| self.at <= place.end + MAX_BEFORE_POST);
                    let is_comment = hint == Hint::Comments && !is_whole && !is_post;
                    let is_quoted = element.is("blockquote") && !is_whole;
                    // The first that the title is in, or that is below it, is the page's own.
                    let is_article = is_title && element.is("article");
                    let has_own_heading = || {
                        (id..end)
                            .take(MAX_TO_HEADING)
                            .any(|node| is_heading(self.tree.name(node)))
                    };
                    let is_another = is_article && has_article && !has_heading && has_own_heading();
                    let is_below = heading.is_some_and(|heading| heading.start < end);
                    has_article |= is_article && is_below;
                    let is_other = hint == Hint::Hidden || is_comment || is_quoted || is_another;
                    if is_picture || is_other || is_hidden(&element.name) {
                        id = end.max(id + 1);
                        continue;
                    }
                    if matches!(hint, Hint::Frame | Hint::Overlay) && !is_whole {
                        frame_until = frame_until.max(end);
                        self.is_in_frame = true;
                    }
                    if element.is("header") && !is_whole {
                        header_until = header_until.max(end);
                    }
                    if is_box(&element.name) {
                        self.end_line();
                        box_ends.push(self.tree.end(id));
                    } else if element.is("br") {
                        self.end_line();
                    }
                    self.read_element(id, element);
                }
            }
            id += 1;
        }
        self.end_line();
        let is_last = heading.is_some_and(|heading| heading.end >= id);
        if let Some(place) = place.as_mut().filter(|_| is_last) {
            place.end = self.at;
        }
        place
    }

    fn add(&mut self, text: &str, id: NodeId) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if self.line.length == 0 {
            self.line.node = self.tree.parent(id);
        }
        if self.line.text.len() <= MAX_LINE {
            // Elements of one line may stand apart.
            self.line.text.push(' ');
            let end = (0..=MAX_LINE.min(text.len()))
                .rev()
                .find(|end| text.is_char_boundary(*end));
            let kept = &text[..end.unwrap_or(0)];
            self.line.has_digit |=
                kept.contains(|c| decimal(c).is_some() || ('一'..='龥').contains(&c));
            self.line.text.push_str(kept);
        }
        self.line.length += text.len() + 1;
        self.at += text.len() + 1;
    }

    /// Reads the dates of the line that ends here.
    fn end_line(&mut self) {
        if self.line.length == 0 {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let before = std::mem::take(&mut self.last_line);
        if line.length <= MAX_LABEL {
            self.last_line.clone_from(&line.text);
        }
        if !line.has_digit || self.lines_left == 0 {
            return;
        }
        self.lines_left -= 1;
        let is_sentence =
            line.length > MIN_SENTENCE && line.text.trim_end_matches(CLOSING).ends_with(STOPS);
        let is_paragraph = line.length > MAX_LINE || is_sentence;
        let dates = dates_in(&line.text, self.conventions, MAX_OF_LINE);
        if dates.is_empty() {
            return;
        }
        let labels = Labels::around(self.tree, line.node);
        let is_set_apart = !self.is_in_subheading(line.node) && is_line_of_date(&line.text, &dates);
        let is_in_link = self.is_in_link(line.node);
        let mut last = 0;
        for date in dates {
            let words = &line.text[last..date.start];
            let has_words = last > 0 || words.contains(char::is_alphabetic);
            let (after, length) = says_after(&line.text[date.end..]);
            let says = match (says(if has_words { words } else { &before }), after) {
                (Says::Nothing, Says::Nothing) => labels.says,
                (Says::Nothing, said) | (said, _) => said,
            };
            let is_most = line.length <= MAX_TIMES * (date.end - date.start);
            let form = match (is_paragraph, labels.has_date || says == Says::Published) {
                (true, _) if date.start > MAX_DATELINE => break,
                (true, _) if !is_dateline(&line.text, &date) => break,
                (true, _) => DateForm::Dateline,
                (false, true) => DateForm::Labelled,
                (false, false) if is_most => DateForm::Line,
                (false, false) => DateForm::Dateline,
            };
            last = date.end + length;
            let is_whole = line.text.trim().len() == date.end - date.start;
            self.found.push(ShownDate {
                date: date.into(),
                says,
                form,
                after_heading: None,
                before_heading: None,
                is_by_title: false,
                is_in_frame: self.is_in_frame,
                is_in_header: self.is_in_header,
                is_of_teaser: !begins_with_by(&line.text) && self.is_of_teaser(line.node),
                is_in_link: is_in_link && !is_whole,
                alike: 0,
                is_set_apart: is_set_apart || form == DateForm::Labelled,
                is_of_title: self.is_of_title(&line.text[date.start..date.end]),
                labels: labels.hash,
                at: self.at.saturating_sub(line.length),
            });
        }
    }

    /// Reads the date of an element made for one.
    fn read_element(&mut self, id: NodeId, element: &Element) {
        if self.elements_left == 0 {
            return;
        }
        let made = DateElement::of(element, self.conventions);
        let Some(made) = made.or_else(|| self.in_parts(id, element)) else {
            return;
        };
        self.elements_left -= 1;
        let text = self.tree.text_of(id, MAX_LINE);
        let dates = dates_in(&text, self.conventions, 1);
        // The element around an article may state its date.
        let shown = dates.first().filter(|_| text.len() <= MAX_LINE);
        let words = shown.map_or("", |shown| &text[..shown.start]);
        // What readers see is meant, if the two are different days.
        let date = match (made.stated, shown.copied().map(WrittenDate::from)) {
            (Some(stated), Some(shown)) if shown.is_another_day(&stated) => Some(shown),
            (stated, shown) => stated.or(shown),
        };
        let Some(date) = date else { return };
        let has_words = |words: &&str| words.contains(char::is_alphabetic);
        let words = [words, &self.line.text, &self.last_line];
        let words = words.into_iter().find(has_words).unwrap_or_default();
        let (form, says) = match made.says {
            Says::Nothing => (DateForm::Labelled, says(words)),
            said => (DateForm::Marked, said),
        };
        self.found.push(ShownDate {
            date,
            says,
            form,
            after_heading: None,
            before_heading: None,
            is_by_title: false,
            is_in_frame: self.is_in_frame,
            is_in_header: self.is_in_header,
            is_of_teaser: self.is_of_teaser(id),
            is_in_link: false,
            alike: 0,
            is_set_apart: true,
            is_of_title: self.is_of_title(&text),
            labels: Labels::around(self.tree, id).hash,
            at: self.at,
        });
    }

    /// Returns an element that is labelled as a date and shows little but one, whose day, month and year are
    /// in boxes of their own.
    fn in_parts(&self, id: NodeId, element: &Element) -> Option<DateElement> {
        let parts = id + 1..self.tree.end(id);
        let may_be_date = is_box(&element.name)
            && (4..=MAX_PARTS).contains(&(parts.end - parts.start))
            && parts.clone().any(|part| is_box(self.tree.name(part)));
        if !may_be_date {
            return None;
        }
        let text = self.tree.text_of(id, MAX_OF_PARTS);
        if text.len() > MAX_OF_PARTS || !text.contains(|c| decimal(c).is_some()) {
            return None;
        }
        let labels = Labels::of(element);
        let is_date = |date: DateInText| text.len() <= 2 * (date.end - date.start);
        let mut dates = dates_in(&text, self.conventions, 1).into_iter();
        (labels.has_date && dates.any(is_date)).then_some(DateElement {
            stated: None,
            says: labels.says,
        })
    }

    /// Whether a node is in a heading of a part of a page.
    fn is_in_subheading(&self, node: NodeId) -> bool {
        let mut node = node;
        while node > 0 {
            let name = self.tree.name(node);
            if is_box(name) {
                return is_heading(name) && name != "h1";
            }
            node = self.tree.parent(node);
        }
        false
    }

    /// Whether a node is in a link.
    fn is_in_link(&self, node: NodeId) -> bool {
        let around = std::iter::successors(Some(node), |node| Some(self.tree.parent(*node)));
        let mut near = around.take(MAX_AROUND);
        near.any(|node| self.tree.name(node) == "a")
    }

    /// Whether a date at a node in a frame is in one box with a link to another page than that of an author.
    fn is_of_teaser(&self, node: NodeId) -> bool {
        let mut around = node;
        for _ in 0..MAX_AROUND {
            let mut nodes = around..self.tree.end(around);
            if !self.is_in_frame || nodes.end - nodes.start > MAX_TEASER {
                break;
            }
            if nodes.any(|node| self.is_teaser_link(node)) {
                return true;
            }
            if is_box(self.tree.name(around)) {
                break;
            }
            around = self.tree.parent(around);
        }
        false
    }

    /// Whether a node is a link to another page than that of an author, with a text as long as a title.
    fn is_teaser_link(&self, node: NodeId) -> bool {
        let is_link = self.tree.element(node).is_some_and(leads_elsewhere);
        is_link && self.tree.text_of(node, MAX_LINE).len() >= MIN_TITLE
    }

    /// Whether the words of a date are part of the title.
    fn is_of_title(&self, words: &str) -> bool {
        let letters = letters_of(words);
        !letters.is_empty() && self.title.contains(&letters)
    }

    /// Completes the dates with what is known at the end of the page.
    fn finish(mut self, heading: Option<Range<usize>>, is_title: bool) -> Vec<ShownDate> {
        if let Some(heading) = &heading {
            let is_of_heading = |date: &ShownDate| {
                heading.contains(&date.at)
                    && date.says != Says::Published
                    && (date.is_of_title || !is_title)
            };
            self.found.retain(|date| !is_of_heading(date));
        }
        let says_published = |date: &ShownDate| date.says == Says::Published && !date.is_in_frame;
        let updated = match self.found.iter().any(says_published) {
            true => Says::Modified,
            false => Says::Nothing,
        };
        let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
        for date in &self.found {
            let places = alike.entry(date.labels).or_default();
            if !places.contains(&date.at) {
                places.push(date.at);
            }
        }
        for date in &mut self.found {
            if date.says == Says::Updated {
                date.says = updated;
            }
            date.alike = alike.get(&date.labels).map_or(0, Vec::len);
            if let Some(heading) = &heading {
                date.is_by_title = is_title;
                match date.at >= heading.start {
                    true => date.after_heading = Some(date.at.saturating_sub(heading.end)),
                    false => date.before_heading = Some(heading.start - date.at),
                }
            }
        }
        self.found
    }
}

/// Whether an element is a link to another page, which is not that of an author.
fn leads_elsewhere(element: &Element) -> bool {
    let href = element.attribute("href");
    let is_link = element.is("a") && !href.is_empty() && !href.starts_with('#');
    is_link && element.attribute("rel") != "author" && !is_author_page(element)
}

/// Whether a line with these dates says nothing else than a dateline does: who wrote the article, where, and
/// that it was published or changed then. A range of dates, a label of something else, and a date within a
/// sentence say more.
fn is_line_of_date(text: &str, dates: &[DateInText]) -> bool {
    let mut last = 0;
    dates.iter().all(|date| {
        let before = &text[last..date.start];
        let is_first = last == 0;
        let (after, length) = says_after(&text[date.end..]);
        last = date.end + length;
        if says(before) != Says::Nothing || after != Says::Nothing {
            return true;
        }
        is_first && leads_to_date(before) && !goes_on(&text[last..])
    })
}

/// Whether words before a date are those of a dateline.
fn leads_to_date(words: &str) -> bool {
    let part = words
        .rsplit(['|', '•', '·', '/'])
        .next()
        .unwrap_or("")
        .trim();
    let is_label = part
        .char_indices()
        .any(|(at, c)| ":：".contains(c) && part[..at].ends_with(char::is_alphabetic));
    if begins_with_by(part) || !part.contains(char::is_alphabetic) {
        return true;
    }
    if is_label {
        return false;
    }
    if part.ends_with(is_caseless) {
        return !is_caseless_clause(part.rsplit(is_clause_sign).next());
    }
    // "on 5 March", after a weekday as well.
    let mut words = part.split_whitespace().rev();
    let ends_in_sentence = part.ends_with(char::is_alphanumeric)
        && words
            .next()
            .is_some_and(|word| word.starts_with(char::is_lowercase));
    let is_short = words.all(|word| is_weekday(word.trim_end_matches(',')));
    is_short || !ends_in_sentence
}

/// Whether a sentence goes on after a date.
fn goes_on(rest: &str) -> bool {
    let rest = rest.trim_start();
    if begins_with_by(rest) || rest.contains(|c| decimal(c).is_some()) {
        return false;
    }
    let mut words = rest.split_whitespace();
    let is_word = |word: &str| word.starts_with(char::is_lowercase);
    let is_cased = words.next().is_some_and(is_word) && words.next().is_some_and(is_word);
    is_cased || is_caseless_clause(rest.split(is_clause_sign).next())
}

/// Whether words of a script without capitals are those of a sentence: more than a name or a place has.
fn is_caseless_clause(clause: Option<&str>) -> bool {
    let clause = clause.unwrap_or_default().trim();
    let letters = |word: &str| word.chars().filter(|c| is_unspaced(*c)).count();
    let mut words = clause.split_whitespace();
    clause.starts_with(is_caseless)
        && (words.clone().count() >= MIN_CLAUSE_WORDS
            || words.any(|word| letters(word) >= MIN_CLAUSE_LETTERS))
}

/// The fewest words of a sentence in a script without capitals, and the fewest letters of one without blanks.
const MIN_CLAUSE_WORDS: usize = 4;
const MIN_CLAUSE_LETTERS: usize = 8;

/// Whether a character is a letter that is neither a capital nor a small one.
fn is_caseless(c: char) -> bool {
    c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase()
}

/// Whether a sign ends a part of a line.
fn is_clause_sign(c: char) -> bool {
    "|•·/,:;()[]-–—،؛、，：；（）【】".contains(c)
}

/// Whether a date at the beginning of a paragraph is set apart from its sentences.
fn is_dateline(text: &str, date: &DateInText) -> bool {
    let is_first = text[..date.start].trim().is_empty();
    let next = text[date.end..].chars().find(|c| !c.is_whitespace());
    match next {
        None => true,
        // Sentences do not begin with a date and a time, nor with a date in numbers.
        Some(_) if is_first && date.clock.is_some() => true,
        Some(',') => is_first && !text[date.start..date.end].contains(char::is_alphabetic),
        Some(c) => "-–—―−()[]【】:：|/.·•»*电電讯訊".contains(c),
    }
}
