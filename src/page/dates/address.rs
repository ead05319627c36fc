//! Finds the date in a URL.

use jiff::civil::Date;
use url::Url;

use super::month_names::named_month;
use super::pieces::folded;

/// The day, or at least the month, that a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateInUrl {
    pub year: i16,
    pub month: i8,
    pub day: Option<i8>,
    /// It is a part of the path, or begins one: no number or name that looks like a date.
    pub is_folder: bool,
}

impl DateInUrl {
    /// Returns the day, if the URL names one.
    pub fn day(self) -> Option<Date> {
        Date::new(self.year, self.month, self.day?).ok()
    }

    /// Whether a day is the one that the URL names, or the day before or after it, or in its month.
    pub fn agrees(self, day: Date) -> bool {
        match self.day() {
            Some(own) => (day - own).get_days().abs() <= 1,
            None => (self.year, self.month) == (day.year(), day.month()),
        }
    }
}

/// Finds the date in the path of a URL: `/2024/03/05/`, `/2024-03-05-ferry`, `/20240305/`, `/2024/0305/`,
/// `/202403/05/`, `/2024/mar/05/`, `/05-03-2024-ferry`; or the year and the month in `/2024/03/`. A value in the query that
/// begins like a path counts as one. In the URL of a copy in an archive, the date is that of the URL within.
pub(super) fn date_in_url(url: &str) -> Option<DateInUrl> {
    let mut url = Url::parse(url).ok()?;
    let inner = ["/http:/", "/https:/"].map(|scheme| url.path().rfind(scheme));
    if let Some(at) = inner.into_iter().flatten().max() {
        url = Url::parse(&url.path()[at + 1..]).ok()?;
    }
    date_in_path(url.path()).or_else(|| {
        let values = url.query_pairs().map(|(_, value)| value);
        let mut paths = values.filter(|value| value.starts_with('/'));
        paths.find_map(|path| date_in_path(&path))
    })
}

fn date_in_path(path: &str) -> Option<DateInUrl> {
    let numbers = numbers(after_capture(path));
    let days = (0..numbers.len()).find_map(|at| day_at(&numbers[at..]));
    let days = days.or_else(|| named_day(path));
    days.or_else(|| (0..numbers.len()).find_map(|at| month_at(&numbers[at..])))
}

/// Returns the path without the second at which an archive made its copy, if the host of the original follows:
/// `/web/20240305120000/halm.example/ferry`.
fn after_capture(path: &str) -> &str {
    let is_second = |part: &str| {
        part.len() >= CAPTURE_DIGITS
            && part
                .bytes()
                .take(CAPTURE_DIGITS)
                .all(|b| b.is_ascii_digit())
    };
    let mut at = 0;
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        at += part.len() + 1;
        let has_host = parts.peek().is_some_and(|next| next.contains('.'));
        if is_second(part) && has_host && at < path.len() && path[at..].contains('/') {
            return &path[at..];
        }
    }
    path
}

/// Digits of a second, to which archives name their copies.
const CAPTURE_DIGITS: usize = 14;

/// Finds `/2024/mar/05/` in a path.
fn named_day(path: &str) -> Option<DateInUrl> {
    let parts: Vec<&str> = path.split('/').take(MAX_NUMBERS).collect();
    parts.windows(3).find_map(|parts| {
        let [year, month, day] = parts else {
            return None;
        };
        if year.len() != 4 || month.len() < 3 || !(1..=2).contains(&day.len()) {
            return None;
        }
        let month = named_month(&folded(month), "en")?.month.to_string();
        let found = self::day(year, &month, day)?;
        Some(DateInUrl {
            is_folder: true,
            ..found
        })
    })
}

/// A row of digits in a path, and what stands before and after it.
struct PathNumber<'a> {
    digits: &'a str,
    before: char,
    after: char,
    /// One character divides it from the next number.
    is_joined: bool,
}

/// Most numbers of a path that are looked at.
const MAX_NUMBERS: usize = 40;

fn numbers(path: &str) -> Vec<PathNumber<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = path[at..]
        .find(|c: char| c.is_ascii_digit())
        .map(|start| at + start)
    {
        let rest = &path[start..];
        let end = start
            + rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
        found.push(PathNumber {
            digits: &path[start..end],
            before: path[..start].chars().next_back().unwrap_or('/'),
            after: path[end..].chars().next().unwrap_or('/'),
            is_joined: path[end..]
                .chars()
                .nth(1)
                .is_some_and(|c| c.is_ascii_digit()),
        });
        at = end;
        if found.len() == MAX_NUMBERS {
            break;
        }
    }
    found
}

fn day_at(numbers: &[PathNumber]) -> Option<DateInUrl> {
    let [first, rest @ ..] = numbers else {
        return None;
    };
    let is_divider = |c: char| matches!(c, '/' | '-' | '_' | '.');
    if first.before.is_ascii_hexdigit() || first.before == '%' {
        return None;
    }
    let in_folder = |found: DateInUrl| DateInUrl {
        is_folder: first.before == '/',
        ..found
    };
    match (first.digits.len(), rest) {
        (8 | 12 | 14, _) => day(&first.digits[..4], &first.digits[4..6], &first.digits[6..8]),
        (4, [second, ..]) if second.digits.len() == 4 && first.after == '/' && first.is_joined => {
            day(first.digits, &second.digits[..2], &second.digits[2..]).map(in_folder)
        }
        (6, [second, ..]) if first.is_joined && first.after == '/' && is_folder_of_day(second) => {
            day(&first.digits[..4], &first.digits[4..], second.digits).map(in_folder)
        }
        (4, [second, third, ..])
            if first.is_joined
                && second.is_joined
                && is_divider(first.after)
                && is_divider(second.after)
                && third.digits.len() <= 2 =>
        {
            // `/2024/03/5-reasons`: the number belongs to the name.
            let is_of_name = second.after == '/' && !matches!(third.after, '/' | '.');
            let found = day(first.digits, second.digits, third.digits).filter(|_| !is_of_name);
            found.map(in_folder)
        }
        (2, [second, third, ..])
            if first.is_joined
                && second.is_joined
                && first.after == second.after
                && matches!(first.after, '-' | '.' | '_')
                && third.digits.len() == 4 =>
        {
            day(third.digits, second.digits, first.digits)
        }
        _ => None,
    }
}

/// Whether a number is a day in a folder of a month.
fn is_folder_of_day(number: &PathNumber) -> bool {
    number.digits.len() == 2 && number.after == '/'
}

fn day(year: &str, month: &str, day: &str) -> Option<DateInUrl> {
    let found = DateInUrl {
        day: Some(day.parse().ok()?),
        is_folder: false,
        ..month_of(year, month)?
    };
    let is_day = Date::new(found.year, found.month, found.day?).is_ok();
    is_day.then_some(found)
}

fn month_at(numbers: &[PathNumber]) -> Option<DateInUrl> {
    let [first, second, ..] = numbers else {
        return None;
    };
    let is_part =
        first.before == '/' && first.after == '/' && first.is_joined && second.after == '/';
    is_part.then(|| month_of(first.digits, second.digits))?
}

fn month_of(year: &str, month: &str) -> Option<DateInUrl> {
    let is_number = (year.len(), month.len()) == (4, 2) || (year.len(), month.len()) == (4, 1);
    let (year, month) = (year.parse().ok()?, month.parse().ok()?);
    let is_month = is_number && (1990..2100).contains(&year) && (1..=12).contains(&month);
    is_month.then_some(DateInUrl {
        year,
        month,
        day: None,
        is_folder: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_urls_are_found() {
        let check = |path: &str, expected: Option<(i16, i8, Option<i8>)>| {
            let found = date_in_url(&format!("https://a.example{path}"));
            assert_eq!(
                found.map(|date| (date.year, date.month, date.day)),
                expected,
                "{path}"
            );
        };
        let day = Some((2024, 3, Some(5)));
        check("/2024/03/05/ferry.html", day);
        check("/news/2024/3/5/1234567/ferry", day);
        check("/2024-03-05-ferry", day);
        check("/local/2024-03/05/c_112559792.htm", day);
        check("/20240305/ferry", day);
        check("/t20240305_5512.html", day);
        check("/2024/0305/c1001.html", day);
        check("/202403/05/c1001.html", day);
        check("/202403/05-reasons", None);
        check("/article?AID=/20240305/NEWS/5512", day);
        check("/article?date=2024-03-05", None);
        check("/~05-03-2024-ferry", day);
        check("/2024/03/ferry", Some((2024, 3, None)));
        check("/world/2024/mar/05/ferry", day);
        check("/world/2024/mar/ferry/10/", None);
        check("/2024/quay/10/", None);
        check("/2024/03/5-reasons", Some((2024, 3, None)));
        check("/web/20190101000000/http://b.example/2024/03/05/", day);
        check("/web/20190101000000/https://b.example/ferry", None);
        check("/web/20190101000000id_/b.example/ferry", None);
        check("/web/20190101000000/b.example/2024/03/05/ferry", day);
        check("/ferry-2024", None);
        check("/120240305120908039/ferry", None);
        check("/a1b20240305c", None);
        check("/2024/13/05/", None);
        check("/1985/03/05/", None);
        check("/wp/2024/02/31/", Some((2024, 2, None)));
    }

    #[test]
    fn a_date_of_its_own_is_told_from_one_in_a_name() {
        let is_folder = |path: &str| {
            let found = date_in_url(&format!("https://a.example{path}"));
            found.is_some_and(|date| date.is_folder)
        };
        assert!(is_folder("/2024/03/05/ferry") && is_folder("/news/2024-03-05-ferry"));
        assert!(!is_folder("/ferry-of-2024-03-05") && !is_folder("/20240305"));
    }
}
