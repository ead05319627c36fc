//! Which credits may not be for the text: to a person, who took the picture or wrote the page; to an office,
//! whose figures are quoted; to several outlets on one page, as charts have. Translators are no outlets.

use std::collections::BTreeSet;

use super::agency::{Agencies, is_unspaced};
use super::fold::{SearchText, fold};
use super::notice::Notice;
use super::outlet::CONJUNCTIONS;
use super::signal::Signal;
use super::slot::SMALL_WORDS;
use super::vocabulary::NoticeWords;

/// The most weight of such a credit: too little to name the source of a text by itself.
const DOUBTFUL: f32 = 0.45;
/// The fewest outlets that are credited on a page for its pictures or figures.
const SEVERAL: usize = 3;
/// "Sources", in search form.
const SOURCES: [&str; 8] = [
    "sources",
    "quellen",
    "fuentes",
    "fontes",
    "fonti",
    "bronnen",
    "источники",
    "zrodła",
];
/// Words of a person's name, without those that have no capital.
const PERSON_WORDS: std::ops::RangeInclusive<usize> = 2..=3;
/// Letters from which on a press word may end a longer word: "Hafenzeitung".
const COMPOUND: usize = 5;

/// Lowers the weight of credits that may be for something else than the text; an agency's are for it. Takes
/// away the names of translators (the outlet that a text was translated from is another), and lists of names,
/// which are no outlet.
pub(super) fn doubt(notices: &mut [Notice], agencies: &Agencies, vocabulary: &NoticeWords) {
    let is_credit = |notice: &Notice| notice.signal == Signal::Credit && !notice.agency;
    let credits = notices.iter().filter(|notice| is_credit(notice));
    let outlets: BTreeSet<&str> = credits.map(|credit| credit.outlet.as_str()).collect();
    let are_several = outlets.len() >= SEVERAL;
    for notice in notices {
        let words: Vec<&str> = notice.outlet.split_whitespace().collect();
        let is_known = || {
            agencies
                .at_any(&SearchText::new(&notice.outlet), 0)
                .is_some()
        };
        let may_be_a_persons =
            notice.url.is_empty() && is_person(&words, vocabulary) && !is_known();
        let is_doubtful = are_several
            || may_be_a_persons
            || is_list(&notice.words)
            || is_office(&words, vocabulary);
        if is_credit(notice) && is_doubtful {
            notice.weight = notice.weight.min(DOUBTFUL);
            if is_list(&notice.words) {
                notice.outlet.clear();
            }
        } else if notice.signal == Signal::Translated && may_be_a_persons {
            notice.outlet.clear();
        }
    }
}

/// Whether the words of a credit are a list of sources: those of its figures.
fn is_list(words: &str) -> bool {
    let folded = fold(words);
    let names = SOURCES
        .iter()
        .find_map(|sources| folded.strip_prefix(sources));
    let is_divided = |names: &str| {
        names.contains([',', ';']) || CONJUNCTIONS.iter().any(|between| names.contains(between))
    };
    names.is_some_and(|names| names.starts_with([':', ' ']) && is_divided(names))
}

/// Whether a name may be that of a person: two or three words in title case, of which none is one that
/// papers, stations and sites have.
fn is_person(words: &[&str], vocabulary: &NoticeWords) -> bool {
    let mut names = words.to_vec();
    names.retain(|word| !SMALL_WORDS.contains(word));
    PERSON_WORDS.contains(&names.len())
        && names.iter().all(|word| is_in_title_case(word))
        && !names
            .iter()
            .any(|word| is_of_press(&fold(word), vocabulary))
}

/// Whether a word is a capital and small letters, with a hyphen or not, or an initial. Vietnamese writes
/// every syllable of any name so, which says nothing.
fn is_in_title_case(word: &str) -> bool {
    let is_vietnamese = |c: char| matches!(c, '\u{1ea0}'..='\u{1ef9}' | 'ơ' | 'ư' | 'đ' | 'Đ');
    let is_name = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase)
    };
    !word.contains(is_vietnamese)
        && !word.contains(is_unspaced)
        && word
            .trim_end_matches('.')
            .split(['-', '\'', '’'])
            .all(is_name)
}

fn is_of_press(word: &str, vocabulary: &NoticeWords) -> bool {
    let press = &vocabulary.press;
    let ends = word.char_indices().map(|(at, _)| &word[at..]);
    let mut ends = ends.skip(1).filter(|end| end.chars().count() >= COMPOUND);
    press.contains(word) || ends.any(|end| press.contains(end))
}

/// Whether a name has a word of an office whose figures are quoted.
fn is_office(words: &[&str], vocabulary: &NoticeWords) -> bool {
    let is_of_office = |word: &&str| {
        let word = fold(word);
        vocabulary
            .offices
            .iter()
            .any(|start| word.starts_with(start))
    };
    words.iter().any(is_of_office)
}

#[cfg(test)]
mod tests {
    use super::super::file::TableFile;
    use super::*;

    fn credit(outlet: &str) -> Notice {
        Notice {
            signal: Signal::Credit,
            outlet: outlet.to_owned(),
            weight: 0.9,
            ..Notice::default()
        }
    }

    fn is_doubted(outlets: &[&str]) -> bool {
        let mut file = TableFile::default();
        file.read(include_str!("notices.tsv")).expect("sound");
        let mut credits: Vec<Notice> = outlets.iter().map(|outlet| credit(outlet)).collect();
        doubt(&mut credits, &file.agencies, &file.vocabulary);
        credits.iter().all(|credit| credit.weight <= DOUBTFUL)
    }

    #[test]
    fn people_and_offices_are_doubtful_sources() {
        for outlet in [
            "Ann Poe",
            "Anna-Lena Kern",
            "Jan von Kern",
            "J. R. Poe",
            "Иван Петров",
            "Statistisches Amt des Nordlands",
            "Instituto Nacional de Estadística",
        ] {
            assert!(is_doubted(&[outlet]), "{outlet}");
        }
        for outlet in [
            "Harbor Post",
            "Skärgård Hafenblatt",
            "La Marea Alta",
            "Lantern",
            "harbor.example",
            "ARD",
            "Bến Đò",
            "港口日报",
            "Deutscher Hafenverband",
            "Новая газета",
            "De Kade",
            "Al Jazeera",
        ] {
            assert!(!is_doubted(&[outlet]), "{outlet}");
        }
    }

    #[test]
    fn a_translator_is_no_outlet() {
        let mut translated = ["Ann Poe", "Harbor Post"].map(|outlet| Notice {
            signal: Signal::Translated,
            ..credit(outlet)
        });
        let mut file = TableFile::default();
        file.read(include_str!("notices.tsv")).expect("sound");
        doubt(&mut translated, &file.agencies, &file.vocabulary);
        assert_eq!(translated.map(|one| one.outlet), ["", "Harbor Post"]);
    }

    #[test]
    fn a_list_of_sources_is_doubtful() {
        let doubted = |words: &str| {
            let mut listed = [Notice {
                words: words.to_owned(),
                ..credit("HPO, Quay Bank")
            }];
            doubt(&mut listed, &Agencies::default(), &NoticeWords::default());
            (listed[0].weight <= DOUBTFUL, listed[0].outlet.is_empty())
        };
        assert_eq!(doubted("Sources: HPO, Quay Bank"), (true, true));
        assert_eq!(doubted("Quellen: HPO und Quay Bank"), (true, true));
        assert_eq!(doubted("Source: HPO"), (false, false));
        assert_eq!(doubted("Sources: HPO"), (false, false));
    }

    #[test]
    fn sources_of_several_figures_are_doubtful() {
        assert!(!is_doubted(&["Lantern", "Quay"]));
        assert!(!is_doubted(&["Lantern", "Lantern", "Quay"]));
        assert!(is_doubted(&["Lantern", "Quay", "harbor.example"]));
    }

    #[test]
    fn a_link_makes_a_name_an_outlet() {
        let mut linked = [Notice {
            url: "https://poe.example/1".to_owned(),
            ..credit("Ann Poe")
        }];
        doubt(&mut linked, &Agencies::default(), &NoticeWords::default());
        assert!(linked[0].weight > DOUBTFUL);
        let mut bare = [credit("Ann Poe")];
        doubt(&mut bare, &Agencies::default(), &NoticeWords::default());
        assert!(bare[0].weight <= DOUBTFUL);
        let mut agency = [Notice {
            agency: true,
            ..credit("Ann Poe")
        }];
        doubt(&mut agency, &Agencies::default(), &NoticeWords::default());
        assert!(agency[0].weight > DOUBTFUL);
    }
}
