//! How a page writes dates: its language, and whether the day or the month comes first.

/// The order of day and month in a date in numbers that ends with the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayMonth {
    DayFirst,
    MonthFirst,
}

/// How dates are written on a page, or in a collection of articles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conventions {
    /// The language, without a region; empty if it is not known.
    language: String,
    order: Option<DayMonth>,
    /// Short dates in numbers begin with the year.
    year_first: bool,
    /// The Persian calendar is used.
    is_persian: bool,
}

/// Countries where the month comes first, by CLDR's short dates.
const MONTH_FIRST: [&str; 10] = ["us", "as", "gu", "mh", "mp", "ph", "pr", "um", "vi", "pa"];
/// Languages written in one such country.
const MONTH_FIRST_LANGUAGES: [&str; 3] = ["fil", "tl", "haw"];
/// Languages whose short dates begin with the year, by CLDR.
const YEAR_FIRST_LANGUAGES: [&str; 9] = ["zh", "ja", "ko", "hu", "lt", "sv", "fa", "mn", "ckb"];
/// Top-level domains of countries that everybody uses.
const GENERIC: [&str; 15] = [
    "ai", "am", "cc", "co", "eu", "fm", "gg", "io", "is", "ly", "me", "nu", "to", "tv", "ws",
];
/// Top-level domains of one country that are not named after it.
const AMERICAN: [&str; 3] = ["gov", "edu", "mil"];

impl Conventions {
    /// Returns the conventions of a language (`en`, `pt-BR`) and a host, which may both be empty.
    ///
    /// The language decides; English, which is written in both orders, does with its region, or else
    /// with the country of the host. If the two disagree, or in Canada, the order is left open.
    pub fn of(lang: &str, host: &str) -> Self {
        let lang = lang.to_ascii_lowercase();
        let mut subtags = lang.split(['-', '_']);
        let language = subtags.next().unwrap_or_default().to_owned();
        let region = subtags.find(|subtag| subtag.len() == 2).unwrap_or_default();
        let country = country(host);
        let order_of = |region: &str| match region {
            "" | "ca" => None,
            region if MONTH_FIRST.contains(&region) => Some(DayMonth::MonthFirst),
            _ => Some(DayMonth::DayFirst),
        };
        let order = match language.as_str() {
            "" => order_of(&country),
            "en" => match (order_of(region), order_of(&country)) {
                (Some(a), Some(b)) if a != b => None,
                (a, b) => a.or(b),
            },
            other if MONTH_FIRST_LANGUAGES.contains(&other) => Some(DayMonth::MonthFirst),
            _ => Some(DayMonth::DayFirst),
        };
        Self {
            order,
            year_first: YEAR_FIRST_LANGUAGES.contains(&language.as_str()),
            is_persian: matches!(language.as_str(), "fa" | "ps" | "ckb" | "prs")
                || matches!(country.as_str(), "ir" | "af"),
            language,
        }
    }

    /// The language, without a region; empty if it is not known.
    pub(super) fn language(&self) -> &str {
        &self.language
    }

    pub(super) fn order(&self) -> Option<DayMonth> {
        self.order
    }

    pub(super) fn is_year_first(&self) -> bool {
        self.year_first
    }

    pub(super) fn is_persian(&self) -> bool {
        self.is_persian
    }
}

/// Returns the country of a host, as its top-level domain says; empty if it does not.
fn country(host: &str) -> String {
    let domain = host
        .trim_end_matches('.')
        .rsplit('.')
        .next()
        .unwrap_or_default();
    let domain = domain.to_ascii_lowercase();
    if AMERICAN.contains(&domain.as_str()) {
        return "us".to_owned();
    }
    let is_country = domain.len() == 2 && domain.bytes().all(|b| b.is_ascii_lowercase());
    match is_country && !GENERIC.contains(&domain.as_str()) {
        true => domain,
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_or_country_decide_the_order() {
        let check = |lang: &str, host: &str, expected: Option<DayMonth>| {
            assert_eq!(
                Conventions::of(lang, host).order(),
                expected,
                "{lang} {host}"
            );
        };
        let (day, month) = (Some(DayMonth::DayFirst), Some(DayMonth::MonthFirst));
        check("de", "a.example", day);
        check("pt_BR", "", day);
        check("en-US", "a.example", month);
        check("en-GB", "a.example", day);
        check("en", "news.a.example.au", day);
        check("en", "a.gov", month);
        check("en", "a.io", None);
        check("en", "", None);
        check("en-US", "a.example.uk", None);
        check("en", "a.ca", None);
        check("fr-CA", "a.ca", day);
        check("", "a.fr", day);
        check("", "a.example", None);
        check("fil", "", month);
    }
}
