//! Recognizes elements that are made for a date, and reads the one in their attributes.

use super::conventions::Conventions;
use super::meta_names::DateMeaning;
use super::says::{Labels, Says, property_says};
use super::written::WrittenDate;
use crate::page::tree::Element;

/// Attributes whose value scripts replace by words such as "two days ago".
const DATE_ATTRIBUTES: [&str; 3] = ["datetime", "content", "title"];
/// Beginning of the names that programs make up for attributes.
const OF_PROGRAMS: &str = "data-";

/// An element that is made for a date.
pub(super) struct DateElement {
    /// The date in its attributes.
    pub stated: Option<WrittenDate>,
    /// What its names and labels say that it is the date of.
    pub says: Says,
}

impl DateElement {
    /// Returns the element, if it is made for a date: `time` and `abbr`, one whose property or attribute is
    /// named after a date, or one that is labelled as a date and has one as its title.
    pub fn of(element: &Element, conventions: &Conventions) -> Option<Self> {
        let parse = |text: &str| WrittenDate::parse(text, conventions);
        let is_time = matches!(&*element.name, "time" | "abbr");
        if is_time || property_says(element) != Says::Nothing {
            let mut written = DATE_ATTRIBUTES.iter().map(|name| element.attribute(name));
            let stated = written.find_map(parse);
            let named = || named_attribute(element, conventions).map(|(date, _)| date);
            return Some(Self {
                stated: stated.or_else(named),
                says: says_of(element),
            });
        }
        // Those of `ins` and `del` are of a change in the text.
        if element.has("datetime") && !matches!(&*element.name, "ins" | "del") {
            return Some(Self {
                stated: Some(parse(element.attribute("datetime"))?),
                says: says_of(element),
            });
        }
        if let Some((date, meaning)) = named_attribute(element, conventions) {
            let says = match meaning {
                DateMeaning::Published => Says::Published,
                DateMeaning::Modified => Says::Modified,
                // It may be when a program ran.
                DateMeaning::Created if Labels::of(element).has_date => says_of(element),
                DateMeaning::Created => return None,
            };
            return Some(Self {
                stated: Some(date),
                says,
            });
        }
        let title = element.attribute("title");
        let may_be_date = title.contains(|c: char| c.is_ascii_digit());
        (may_be_date && Labels::of(element).has_date).then_some(Self {
            stated: Some(parse(title)?),
            says: says_of(element),
        })
    }
}

/// Returns the first attribute that a program named after a date and that is one: `data-publish-date`.
fn named_attribute(
    element: &Element,
    conventions: &Conventions,
) -> Option<(WrittenDate, DateMeaning)> {
    element.attributes.iter().find_map(|(name, value)| {
        let meaning = DateMeaning::of_name(name.strip_prefix(OF_PROGRAMS)?)?;
        Some((WrittenDate::parse(value, conventions)?, meaning))
    })
}

fn says_of(element: &Element) -> Says {
    match element.has("pubdate") {
        true => Says::Published,
        false => Labels::of(element).says,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::build::build;

    #[test]
    fn elements_made_for_a_date_are_recognized() {
        let check = |html: &str, expected: Option<(&str, Says)>| {
            let tree = build(html);
            let element = tree.element(1).expect("there is a tag");
            let found = DateElement::of(element, &Conventions::default());
            let found = found.map(|made| {
                let day = made.stated.map(|date| date.day.day.to_string());
                (day.unwrap_or_default(), made.says)
            });
            let expected = expected.map(|(day, says)| (day.to_owned(), says));
            assert_eq!(found, expected, "{html}");
        };
        let (nothing, published) = (Says::Nothing, Says::Published);
        let day = "2024-03-05";
        check("<time>", Some(("", nothing)));
        check("<time datetime=2024-03-05>", Some((day, nothing)));
        check("<time data-timestamp=1709632800>", Some((day, nothing)));
        check("<time pubdate datetime=2024-03-05>", Some((day, published)));
        check(
            "<abbr class=published title=2024-03-05>",
            Some((day, published)),
        );
        check(
            "<relative-time datetime=2024-03-05T10:00:00Z>",
            Some((day, nothing)),
        );
        check("<span datetime=yesterday>", None);
        check("<ins datetime=2024-03-05>", None);
        check(
            "<article data-publish-date=2024-03-05>",
            Some((day, published)),
        );
        check(
            "<p data-update-time=2024-03-05>",
            Some((day, Says::Modified)),
        );
        check(
            "<p class=post-date data-time=1709632800>",
            Some((day, nothing)),
        );
        check("<p class=clock data-time=1709632800>", None);
        check("<p data-validate=2024-03-05>", None);
        check(
            "<p class=timeago title='March 5, 2024'>",
            Some((day, nothing)),
        );
        check("<a title='March 5, 2024'>", None);
        check(
            "<i property='dcterms:issued' content=2024-03-05>",
            Some((day, published)),
        );
    }
}
