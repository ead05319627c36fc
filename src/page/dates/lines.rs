//! Finds the dates that a page shows: in elements made for dates, and in lines of text that name one.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use super::conventions::Conventions;
use super::pieces::decimal;
use super::reader::dates_in;
use super::written::WrittenDate;
use crate::page::hints::{self, Hint};
use crate::page::names::{is_box, is_hidden};
use crate::page::tree::{Element, NodeId, NodeKind, Tree};

/// A date that a page shows, and what is beside it.
#[derive(Debug, Clone)]
pub(super) struct ShownDate {
    pub date: WrittenDate,
    /// The element or the words before it say what it is the date of.
    pub says: Says,
    /// How it is shown, the most telling first.
    pub form: DateForm,
    /// How much visible text is between the heading and the date, in bytes; `None` before the heading.
    pub after_heading: Option<usize>,
    /// The same, of a date before the heading.
    pub before_heading: Option<usize>,
    /// That heading is the title.
    pub is_under_title: bool,
    /// It belongs to a menu, a footer or the like.
    pub is_in_frame: bool,
    /// How many dates stand in elements that are labelled as its own: several make a list.
    pub alike: usize,
    /// The labels of its element, as a number.
    labels: u64,
    at: usize,
}

/// What a date is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Nothing,
    Published,
    Modified,
    /// Of a change, if there is one of publication as well: microformats call the only date `updated`.
    Updated,
}

/// How a date is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DateForm {
    /// In an element that is marked as the date of publication or of a change.
    Marked,
    /// In a `time` element, or in a line with a label of a date.
    Labelled,
    /// In a line that says little else.
    Line,
    /// At the beginning of a paragraph.
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
/// The longest line before another that can be its label: "Published on"; in bytes.
const MAX_LABEL: usize = 40;
/// A line says little but its date if it is at most this many times as long.
const MAX_TIMES: usize = 4;

/// Words in names of classes that say of an element that it has a date.
const DATE_LABELS: &str = "\
    date datum fecha data time timestamp datetime dateline byline posted published publish pubdate \
    pubtime publication created meta postmeta entrymeta submitted";
/// The same, of the date of publication, and of changes.
const PUBLISHED_LABELS: &str =
    "published publish pubdate pubtime publication datepublished posted issued";
const MODIFIED_LABELS: &str = "modified datemodified changed revised lastmod aktualisiert";
const UPDATED_LABELS: &str = "updated update";
/// Beginnings of the words by which pages say, before a date, that the article was changed then.
const CHANGES: &str = "\
    updat modif revis review edited changed aktuali geändert bearbeitet stand: jour actuali aggiorn \
    atuali bijgewerkt uppdat oppdat opdat päivit aktualiz обновл измен оновл ενημέρ güncel 更新 修改 \
    업데이트 수정 تحديث تعديل روزرسانی cập अपडेट diperbarui frissít actualizat актуал senest sidst";
/// The same, of publication.
const PUBLICATIONS: &str = "\
    publi posted issued released created written veröffentlicht erstellt erschienen datum gepubl geplaatst \
    postado pubblic opubl опубл дата δημοσ yayın 发布 发表 發佈 公開 掲載 入力 등록 入稿 نشر انتشار đăng \
    प्रकाशित julkaist utgitt udgivet megjelen zveřejn objav terbit";

/// The heading of an article.
#[derive(Debug)]
pub(super) struct Heading {
    pub nodes: Range<NodeId>,
    /// It is the title, and not just the first one.
    pub is_title: bool,
}

/// Finds the dates that a page shows, in page order; not those in its heading or in captions.
pub(super) fn shown_dates(
    tree: &Tree,
    hints: &[Hint],
    heading: Option<&Heading>,
    conventions: &Conventions,
) -> Vec<ShownDate> {
    let mut finder = LineFinder {
        tree,
        conventions,
        line: OpenLine::default(),
        last_line: String::new(),
        at: 0,
        is_in_frame: false,
        elements_left: MAX_ELEMENTS,
        lines_left: MAX_LINES,
        found: Vec::new(),
    };
    let place = finder.walk(hints, heading.map(|heading| &heading.nodes));
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
    line: OpenLine,
    /// The line before, if it is short.
    last_line: String,
    /// Bytes of visible text so far.
    at: usize,
    is_in_frame: bool,
    elements_left: usize,
    lines_left: usize,
    found: Vec<ShownDate>,
}

impl LineFinder<'_> {
    /// Goes through the page; returns where the text of the heading is.
    fn walk(&mut self, hints: &[Hint], heading: Option<&Range<NodeId>>) -> Option<Range<usize>> {
        let mut id: NodeId = 0;
        let mut frame_until = 0;
        let mut box_ends: Vec<NodeId> = Vec::new();
        let mut place: Option<Range<usize>> = None;
        while (id as usize) < self.tree.nodes.len() {
            while box_ends.last().is_some_and(|end| *end <= id) {
                box_ends.pop();
                self.end_line();
            }
            self.is_in_frame = id < frame_until;
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
                    let is_picture = matches!(&*element.name, "figure" | "figcaption");
                    let end = self.tree.end(id);
                    // No label makes the whole page a frame.
                    let has_heading =
                        heading.is_some_and(|heading| (id..end).contains(&heading.start));
                    let is_most = (end - id) as usize * 2 > self.tree.nodes.len();
                    let is_whole = has_heading || is_most;
                    let is_other = hint == Hint::Hidden || (hint == Hint::Comments && !is_whole);
                    if is_picture || is_other || is_hidden(&element.name) {
                        id = end.max(id + 1);
                        continue;
                    }
                    if matches!(hint, Hint::Frame | Hint::Overlay) && !is_whole {
                        frame_until = frame_until.max(end);
                        self.is_in_frame = true;
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
            line.length > MIN_SENTENCE && line.text.ends_with(['.', '!', '?', '。', '।']);
        let is_paragraph = line.length > MAX_LINE || is_sentence;
        let mut last = 0;
        for date in dates_in(&line.text, self.conventions, MAX_OF_LINE) {
            let words = &line.text[last..date.start];
            let has_words = last > 0 || words.contains(char::is_alphabetic);
            let labels = Labels::around(self.tree, line.node);
            let says = match says(if has_words { words } else { &before }) {
                Says::Nothing => labels.says,
                said => said,
            };
            let is_most = line.length <= MAX_TIMES * (date.end - date.start);
            let form = match (is_paragraph, labels.has_date || says == Says::Published) {
                (true, _) if date.start > MAX_DATELINE => break,
                (true, _) => DateForm::Dateline,
                (false, true) => DateForm::Labelled,
                (false, false) if is_most => DateForm::Line,
                (false, false) => DateForm::Dateline,
            };
            last = date.end;
            self.push(
                date.into(),
                says,
                form,
                labels.hash,
                self.at.saturating_sub(line.length),
            );
        }
    }

    /// Reads the date of an element made for one.
    fn read_element(&mut self, id: NodeId, element: &Element) {
        let is_time = element.is("time") || element.is("abbr");
        let is_dated = is_time || property_says(element) != Says::Nothing;
        if !is_dated || self.elements_left == 0 {
            return;
        }
        self.elements_left -= 1;
        let written = ["datetime", "content", "title"].map(|name| element.attribute(name));
        let stated = written
            .into_iter()
            .find_map(|text| WrittenDate::parse(text, self.conventions));
        let text = self.tree.text_of(id, MAX_LINE);
        let shown = dates_in(&text, self.conventions, 1).pop();
        let words = shown.map_or("", |shown| &text[..shown.start]);
        // What readers see is meant, if the two are different days.
        let date = match (stated, shown.map(WrittenDate::from)) {
            (Some(stated), Some(shown)) if shown.is_another_day(&stated) => Some(shown),
            (stated, shown) => stated.or(shown),
        };
        let Some(date) = date else { return };
        let labels = Labels::of(element);
        let is_marked = element.has("pubdate") || labels.says != Says::Nothing;
        let has_words = |words: &&str| words.contains(char::is_alphabetic);
        let words = [words, &self.line.text, &self.last_line];
        let words = words.into_iter().find(has_words).unwrap_or_default();
        let says = match labels.says {
            _ if element.has("pubdate") => Says::Published,
            Says::Nothing => says(words),
            said => said,
        };
        let form = if is_marked {
            DateForm::Marked
        } else {
            DateForm::Labelled
        };
        let labels = Labels::around(self.tree, id);
        self.push(date, says, form, labels.hash, self.at);
    }

    fn push(&mut self, date: WrittenDate, says: Says, form: DateForm, labels: u64, at: usize) {
        self.found.push(ShownDate {
            date,
            says,
            form,
            after_heading: None,
            before_heading: None,
            is_under_title: false,
            is_in_frame: self.is_in_frame,
            alike: 0,
            labels,
            at,
        });
    }

    /// Completes the dates with what is known at the end of the page.
    fn finish(mut self, heading: Option<Range<usize>>, is_title: bool) -> Vec<ShownDate> {
        if let Some(heading) = &heading {
            let is_of_title =
                |date: &ShownDate| heading.contains(&date.at) && date.says != Says::Published;
            self.found.retain(|date| !is_of_title(date));
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
                date.is_under_title = is_title;
                match date.at >= heading.start {
                    true => date.after_heading = Some(date.at.saturating_sub(heading.end)),
                    false => date.before_heading = Some(heading.start - date.at),
                }
            }
        }
        self.found
    }
}

/// What the classes of an element, or of those around it, say.
struct Labels {
    says: Says,
    has_date: bool,
    hash: u64,
}

impl Labels {
    fn of(element: &Element) -> Self {
        let labels = [element.attribute("class"), element.attribute("id")];
        let labels = labels
            .into_iter()
            .filter(|labels| labels.len() <= MAX_LABELS);
        let words: Vec<String> = labels
            .flat_map(str::split_ascii_whitespace)
            // WordPress and Plone: `status-publish`, `state-published`.
            .filter(|label| !label.starts_with("stat"))
            .flat_map(hints::words)
            .collect();
        let has = |list: &str| {
            let mut list = list.split_ascii_whitespace();
            list.any(|label| words.iter().any(|word| word == label))
        };
        let says = match property_says(element) {
            Says::Nothing if has(PUBLISHED_LABELS) => Says::Published,
            Says::Nothing if has(MODIFIED_LABELS) => Says::Modified,
            Says::Nothing if has(UPDATED_LABELS) => Says::Updated,
            said => said,
        };
        let mut hasher = DefaultHasher::new();
        (&*element.name, &words).hash(&mut hasher);
        Self {
            says,
            has_date: has(DATE_LABELS),
            hash: hasher.finish(),
        }
    }

    /// Returns the labels of a node and of the two elements around it.
    fn around(tree: &Tree, node: NodeId) -> Self {
        let mut found = Self {
            says: Says::Nothing,
            has_date: false,
            hash: 0,
        };
        let mut node = node;
        for _ in 0..3 {
            let Some(element) = tree.element(node) else {
                break;
            };
            let labels = Self::of(element);
            if found.says == Says::Nothing {
                found.says = labels.says;
            }
            found.has_date |= labels.has_date;
            found.hash = found.hash.rotate_left(7) ^ labels.hash;
            if node == tree.parent(node) {
                break;
            }
            node = tree.parent(node);
        }
        found
    }
}

/// Longer lists of labels are generated by programs.
const MAX_LABELS: usize = 400;

/// What `itemprop` and `property` say.
fn property_says(element: &Element) -> Says {
    let property = [element.attribute("itemprop"), element.attribute("property")].concat();
    if property.is_empty() {
        return Says::Nothing;
    }
    let property = property.to_ascii_lowercase();
    let has = |names: &[&str]| names.iter().any(|name| property.contains(name));
    if has(&["datepublished", "dc:date", "datecreated"]) {
        Says::Published
    } else if has(&["datemodified", "dc:modified"]) {
        Says::Modified
    } else {
        Says::Nothing
    }
}

/// What the words before a date say.
fn says(words: &str) -> Says {
    let words = words.to_lowercase();
    // Scripts without spaces have no beginnings of words.
    let is_said = |list: &str| {
        list.split_ascii_whitespace().any(|beginning| {
            words.match_indices(beginning).any(|(at, _)| {
                let before = words[..at].chars().next_back();
                !beginning.is_ascii() || before.is_none_or(|c| !c.is_alphanumeric())
            })
        })
    };
    if is_said(CHANGES) {
        Says::Modified
    } else if is_said(PUBLICATIONS) {
        Says::Published
    } else {
        Says::Nothing
    }
}
