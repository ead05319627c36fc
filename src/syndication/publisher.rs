//! Whether two names, or two hosts, or a name and a host, mean one outlet.
//!
//! An article says "The New York Times"; its page stands on nytimes.com. The comparison is lenient,
//! for what hangs on it is whether a notice accuses an article: an outlet that is taken for itself
//! keeps its own text, while one that is not would be called a reprint of itself. It is strict with
//! short names, of which two are soon alike.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::words::{AGENCY, ARTICLES, COMMON, GENERIC, SECOND_LEVELS, SHARED, SMALL};
use crate::id;

/// Whether two articles are of one publisher: by the sites they stand on, or by the publishers'
/// names as the client gave them, which may be hosts. Hosts are without a leading "www.".
pub fn same_publisher(a_publisher: &str, a_host: &str, b_publisher: &str, b_host: &str) -> bool {
    // What most pairs of articles come to is told without spelling names.
    if a_publisher == b_publisher && is_name(a_publisher) {
        return true;
    }
    let (a, b) = (host_of(a_host), host_of(b_host));
    let (a, b) = (
        a.as_deref().and_then(site_of),
        b.as_deref().and_then(site_of),
    );
    if a.is_some() && a == b {
        return true;
    }
    let is_host = |publisher: &str, host: &str, site: Option<&str>| {
        publisher.is_empty() || (publisher == host && site.is_some())
    };
    if is_host(a_publisher, a_host, a) && is_host(b_publisher, b_host, b) {
        return false;
    }
    Outlet::new(a_publisher, a_host).is(&Outlet::new(b_publisher, b_host))
}

/// Most bytes of a name that are looked at. Who gives a longer one gives no name.
const NAME_BYTES: usize = 200;
/// Most bytes of a host; the net has no longer ones.
const HOST_BYTES: usize = 253;
/// Most bytes of a URL before its host ends: it may begin with a name and a password.
const URL_BYTES: usize = 1024;

/// A name's beginning, if it is very long.
fn head_of(name: &str) -> &str {
    let name = name.trim();
    let most = NAME_BYTES.min(name.len());
    let end = (0..=most).rev().find(|&at| name.is_char_boundary(at));
    &name[..end.unwrap_or(0)]
}

/// Whether an outlet may go by a name: then it is the one that has the same.
fn is_name(name: &str) -> bool {
    let mut folded = head_of(name).nfkd();
    folded.any(|c| c.is_alphanumeric() && !is_combining_mark(c))
}

/// The host that a host or a URL names, in small letters; `None` where it is neither, or no site
/// could have it. A URL is read no farther than its host goes.
fn host_of(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    // Most have no slash, and that is found out sooner.
    let scheme = text.contains('/').then(|| text.find("://")).flatten();
    let host = match scheme {
        Some(at) => {
            let from = text.len() - text[at + 3..].trim_start_matches(['/', '\\']).len();
            let length = text[from..].find(['/', '?', '#']);
            let end = length.map_or(text.len(), |length| from + length);
            if end > URL_BYTES {
                return None;
            }
            Cow::Owned(id::host(&text[..end])?)
        }
        None => {
            let host = text.trim_end_matches('.');
            if host.len() > HOST_BYTES {
                return None;
            }
            let is_small = |c: char| c.is_ascii() && !c.is_ascii_uppercase();
            match host.chars().all(is_small) {
                true => Cow::Borrowed(host),
                false => Cow::Owned(host.to_lowercase()),
            }
        }
    };
    (host.len() <= HOST_BYTES).then_some(host)
}

/// As much of a host as is one outlet's: "nytimes.com", "folha.uol.com.br".
fn site_of(host: &str) -> Option<&str> {
    let plain =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let (before, last) = host.rsplit_once('.')?;
    if !host.split('.').all(plain) || last.chars().count() < 2 {
        return None;
    }
    if is_number(last) {
        return Some(host);
    }
    let last_of = |text: &str| text.rfind('.').map_or(0, |dot| dot + 1);
    let mut at = last_of(before);
    if at > 0 && last.len() == 2 && SECOND_LEVELS.contains(&&before[at..]) {
        at = last_of(&before[..at - 1]);
    }
    let brand = host[at..].split('.').next()?;
    if at > 0 && SHARED.contains(&brand) {
        let further = last_of(&host[..at - 1]);
        if !GENERIC.contains(&&host[further..at - 1]) {
            at = further;
        }
    }
    Some(&host[at..])
}

/// Whether a host's last label makes it an address of numbers.
fn is_number(label: &str) -> bool {
    label.chars().all(|c| c.is_ascii_digit())
}

/// An outlet, by what is known of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Outlet {
    sites: Vec<Site>,
    name: Option<Rc<Name>>,
}

impl Outlet {
    /// Takes a name, which may be a host or URL, and a host or URL. Either may be empty. What it
    /// costs does not grow with what is given.
    pub(super) fn new(name: &str, place: &str) -> Self {
        let named = Site::parse(name);
        Self {
            name: match named {
                Some(_) => None,
                None => Name::of(head_of(name)),
            },
            sites: named.into_iter().chain(Site::parse(place)).collect(),
        }
    }

    /// Whether nothing is known of it.
    pub(super) fn is_nobody(&self) -> bool {
        self.sites.is_empty() && self.name.is_none()
    }

    /// Whether both are one. Nobody is no one. Symmetric.
    pub(super) fn is(&self, other: &Self) -> bool {
        let pairs = |f: &dyn Fn(&Site, &Site) -> bool| {
            self.sites
                .iter()
                .any(|one| other.sites.iter().any(|two| f(one, two)))
        };
        let on = |name: &Option<Rc<Name>>, sites: &[Site]| {
            name.as_ref()
                .is_some_and(|name| sites.iter().any(|site| name.is_of(site)))
        };
        pairs(&|one, two| one.domain == two.domain)
            || on(&self.name, &other.sites)
            || on(&other.name, &self.sites)
            || matches!((&self.name, &other.name), (Some(one), Some(two)) if one.is(two))
    }
}

/// A site: as much of a host as is one outlet's.
#[derive(Debug, Clone)]
struct Site {
    /// "nytimes.com", "folha.uol.com.br".
    domain: String,
    /// "nytimes", "folha"; without hyphens.
    brand: String,
    /// The brand without what is generic at its end: "ap" of apnews.
    stems: Vec<String>,
    /// What stands before it and may be an outlet's name too.
    under: Vec<String>,
}

impl Site {
    /// Takes a host or a URL; `None` where it is neither.
    fn parse(text: &str) -> Option<Self> {
        let host = host_of(text)?;
        let domain = site_of(&host)?;
        let under = host[..host.len() - domain.len()].split('.');
        let is_address = host.rsplit('.').next().is_some_and(is_number);
        let brand = match domain.split('.').next() {
            Some(brand) if !is_address => brand.replace('-', ""),
            _ => String::new(),
        };
        let stems = GENERIC.iter().filter_map(|end| brand.strip_suffix(end));
        Some(Self {
            stems: stems.map(str::to_owned).collect(),
            under: under
                .filter(|label| label.chars().count() >= 4 && !GENERIC.contains(label))
                .map(|label| label.replace('-', ""))
                .collect(),
            domain: domain.to_owned(),
            brand,
        })
    }
}

/// An outlet's name, in all forms that it may take.
#[derive(Debug, Clone, Default)]
struct Name {
    /// As one word, in each spelling, with and without what is generic in it.
    wholes: Vec<String>,
    /// The initials of two words or more.
    initials: Vec<String>,
    /// Other forms that only hosts have: "nytimes", "folha".
    labels: Vec<String>,
    /// It is one word in capitals: "BBC", "AP".
    is_capitals: bool,
}

/// Most names that a thread remembers; each takes some hundred bytes.
const REMEMBERED: usize = 4096;

thread_local! {
    /// Names that were spelled lately: an outlet's articles come by the thousand, and to spell its name
    /// takes longer than all else that is asked of it.
    static SPELLED: RefCell<HashMap<String, Option<Rc<Name>>>> = RefCell::default();
}

impl Name {
    /// Spells a name; `None` where nothing is left of it.
    fn of(text: &str) -> Option<Rc<Self>> {
        SPELLED.with_borrow_mut(|spelled| {
            if let Some(name) = spelled.get(text) {
                return name.clone();
            }
            if spelled.len() == REMEMBERED {
                spelled.clear();
            }
            let name = Self::parse(text).map(Rc::new);
            spelled.insert(text.to_owned(), name.clone());
            name
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut name = Self::default();
        name.spell(&fold(text));
        let letters = || text.chars().filter(|c| c.is_alphabetic());
        name.is_capitals = letters().count() >= 2
            && letters().all(char::is_uppercase)
            && !text.trim().contains(char::is_whitespace);
        if !text.is_ascii() {
            name.spell(&fold(&in_digraphs(text)));
        }
        (!name.wholes.is_empty()).then_some(name)
    }

    /// Adds the forms of one spelling, with its articles and without.
    fn spell(&mut self, folded: &str) {
        let words = folded.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let articles = words.iter().take_while(|word| ARTICLES.contains(word));
        // A name of nothing but articles keeps its last.
        let first = articles.count().min(words.len().saturating_sub(1));
        for words in [&words[first..], &words[..]] {
            let forms = [words.concat(), essence(words).concat()];
            self.wholes
                .extend(forms.into_iter().filter(|form| !form.is_empty()));
            let large: Vec<&str> = words
                .iter()
                .copied()
                .filter(|word| !SMALL.contains(word))
                .collect();
            for words in [words, &large] {
                if words.len() >= 2 {
                    self.initials.push(initials(words));
                }
            }
            self.labels.extend(abbreviated(words));
            self.labels.extend(beginning(words));
        }
        for forms in [&mut self.wholes, &mut self.initials, &mut self.labels] {
            forms.sort_unstable();
            forms.dedup();
        }
    }

    /// Whether two names are one: "BBC" and "BBC News", "AFP" and "Agence France-Presse".
    fn is(&self, other: &Self) -> bool {
        let is_short = |short: &Self, long: &Self| {
            short.is_capitals && short.wholes.iter().any(|word| long.initials.contains(word))
        };
        self.wholes.iter().any(|one| other.wholes.contains(one))
            || is_short(self, other)
            || is_short(other, self)
    }

    /// Whether a site is called so.
    fn is_of(&self, site: &Site) -> bool {
        let brand = &site.brand;
        let bare = brand.strip_prefix("the").unwrap_or(brand);
        let is_long = |word: &str, least: usize| word.chars().count() >= least;
        self.wholes.iter().any(|word| {
            word == brand
                || (word == bare && is_long(word, 3))
                // "Sun" is not sunnews, but "AP" is apnews.
                || ((self.is_capitals || is_long(word, 5)) && site.stems.contains(word))
                || site.under.contains(word)
        }) || (is_long(brand, 3) && self.initials.contains(brand))
            || self.labels.contains(brand)
    }
}

fn initials(words: &[&str]) -> String {
    words
        .iter()
        .filter_map(|word| word.chars().next())
        .collect()
}

/// A name without the generic words at its end, and without "Agency" before it, if enough remains.
fn essence<'w, 'n>(words: &'w [&'n str]) -> &'w [&'n str] {
    let generic = words.iter().rev().take_while(|word| GENERIC.contains(word));
    let rest = &words[..words.len() - generic.count()];
    let letters = |words: &[&str]| -> usize { words.iter().map(|w| w.chars().count()).sum() };
    match rest {
        [first, name @ ..] if AGENCY.contains(first) && letters(name) >= 5 => name,
        _ if letters(rest) >= 2 => rest,
        _ => words,
    }
}

/// "New York Times" as nytimes: initials, and the last word whole.
fn abbreviated(words: &[&str]) -> Option<String> {
    let (last, before) = words.split_last()?;
    (before.len() >= 2 && last.chars().count() >= 4).then(|| initials(before) + last)
}

/// "Folha de S.Paulo" as folha: the first words, where the rest says only of what place.
fn beginning(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| SMALL.contains(word))?;
    let start = words[..at].concat();
    (start.chars().count() >= 5 && !COMMON.contains(&start.as_str())).then_some(start)
}

/// Folds a name: case, accents, letters with strokes.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let letters = text.nfkd().filter(|&c| !is_combining_mark(c));
    let mut folded = String::with_capacity(text.len());
    for c in letters.flat_map(char::to_lowercase) {
        match c {
            'ø' => folded.push('o'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            other => folded.push(other),
        }
    }
    folded
}

/// A name as German sites spell it: "Süddeutsche" as "sueddeutsche".
fn in_digraphs(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    for c in text.nfc().flat_map(char::to_lowercase) {
        match c {
            'ä' => spelled.push_str("ae"),
            'ö' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            other => spelled.push(other),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_one(a: &str, b: &str) -> bool {
        let (one, two) = (Outlet::new(a, ""), Outlet::new(b, ""));
        assert_eq!(one.is(&two), two.is(&one), "{a} / {b}");
        one.is(&two)
    }

    #[test]
    fn one_outlet_goes_by_many_names() {
        for (a, b) in [
            ("The New York Times", "nytimes.com"),
            ("New York Times", "https://www.nytimes.com/2026/a.html"),
            ("Folha de S.Paulo", "folha.uol.com.br"),
            ("Folha de S.Paulo", "www1.folha.uol.com.br"),
            ("sciencealert", "www.sciencealert.com"),
            ("ScienceAlert", "sciencealert.com"),
            ("G1", "g1.globo.com"),
            ("JTA", "JTA.org"),
            ("TIME", "time.com"),
            ("The Guardian", "theguardian.com"),
            ("The Guardian", "guardian.co.uk"),
            ("Süddeutsche Zeitung", "sueddeutschezeitung.de"),
            ("El País", "elpais.com"),
            ("Clarín", "clarin.com"),
            ("Frankfurter Allgemeine Zeitung", "faz.net"),
            ("DIE ZEIT", "zeit.de"),
            ("Corriere della Sera", "corriere.it"),
            ("BBC News", "BBC"),
            ("BBC", "bbc.co.uk"),
            ("AP", "apnews.com"),
            ("Associated Press", "AP"),
            ("Agence France-Presse", "AFP"),
            ("Voice of America", "VOA"),
            ("The Times of India", "timesofindia.indiatimes.com"),
            ("edition.cnn.com", "cnn.com"),
            ("m.halm-courier.example", "halm-courier.example"),
            ("Halm Courier", "halm-courier.example"),
            ("Газета.ru", "газета.ru"),
            ("新華網", "新華網"),
            ("Rzeczpospolita", "\"Rzeczpospolita\""),
            ("Agência Vertente", "vertente.example"),
        ] {
            assert!(is_one(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn outlets_of_like_names_are_kept_apart() {
        for (a, b) in [
            ("The Sun", "sunnews.example"),
            ("Washington Post", "washington.edu"),
            ("Chicago Tribune", "chicago.suntimes.com"),
            ("Times of India", "times.co.uk"),
            ("Daily Mail", "dailynews.com"),
            ("New York Post", "nytimes.com"),
            ("O Globo", "g1.globo.com"),
            ("g1.globo.com", "oglobo.globo.com"),
            ("alpha.blogspot.com", "beta.blogspot.com"),
            ("alpha.blogspot.com", "beta.blogspot.com.br"),
            ("express.de", "express.co.uk"),
            ("halm.co.uk", "arden.co.uk"),
            ("halm.com.br", "arden.com.br"),
            ("UPI", "UP"),
            ("AP", "ap-hogeschool.be"),
            ("News", "news.163.com"),
            ("10.0.0.1", "10.0.0.2"),
            ("G1", "g2.globo.com"),
            ("", ""),
            ("", "halm.example"),
            ("!", "!"),
        ] {
            assert!(!is_one(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn publishers_are_one_by_site_or_by_name() {
        assert!(same_publisher(
            "Halm",
            "halm.example",
            "",
            "news.halm.example"
        ));
        assert!(same_publisher(
            "Halm Courier",
            "halm.example",
            "Halm Courier",
            "hc.example"
        ));
        assert!(same_publisher("halm.example", "", "Halm", ""));
        assert!(!same_publisher(
            "Halm",
            "halm.example",
            "Arden",
            "arden.example"
        ));
        assert!(!same_publisher("", "", "", ""));
    }

    #[test]
    fn only_the_beginning_of_a_long_name_counts() {
        let long = |start: &str, filling: &str| start.to_owned() + &filling.repeat(100_000);
        let endless = long("Halm Courier ", "Ǻ the é.");
        assert!(is_one(&endless, &(endless.clone() + "x")));
        assert!(!is_one(&endless, "Halm Courier"));
        assert!(!is_one(&long("halm.", "a."), "halm.example"));
        let url = long("https://www.halm.example/", "a.é/");
        assert!(is_one(&url, "halm.example"));
        assert!(same_publisher(&endless, "", &endless, "halm.example"));
        assert!(!same_publisher(
            &endless,
            "halm.example",
            &url.replace("halm", "arden"),
            ""
        ));
        assert!(!same_publisher(
            "",
            &long("halm.", "a."),
            "",
            "halm.example"
        ));
        // Long, and no longer than hosts are.
        let host = format!("{}halm.example", "a-name-of-a-part.".repeat(13));
        assert!(host.len() > NAME_BYTES && is_one(&host, "halm.example"));
    }

    #[test]
    fn hosts_and_equal_names_are_told_at_once() {
        for (a, b) in [
            (("halm.example", "halm.example"), ("", "m.halm.example")),
            (("", "halm.example"), ("arden.example", "arden.example")),
            (("localhost", "localhost"), ("localhost", "localhost")),
            (("localhost", "localhost"), ("localhost", "arden.example")),
            (("halm", "localhost"), ("", "halm.example")),
            (("新華網", ""), ("新華網", "")),
            (("!", "!"), ("!", "!")),
            (("!", "-.--"), ("!", "-.--")),
            (("Halm", "halm.example"), ("Arden", "halm.example")),
        ] {
            let slowly = Outlet::new(a.0, a.1).is(&Outlet::new(b.0, b.1));
            assert_eq!(same_publisher(a.0, a.1, b.0, b.1), slowly, "{a:?} / {b:?}");
        }
    }

    proptest! {
        #[test]
        fn publishers_are_compared_as_outlets_are(
            names in prop::array::uniform4("(halm|arden|The |[A-Z]{0,2}|É|\\.|www|example|co|uk){0,4}"),
        ) {
            let [a, b, c, d] = names.each_ref();
            let slowly = Outlet::new(a, b).is(&Outlet::new(c, d));
            prop_assert_eq!(same_publisher(a, b, c, d), slowly);
            prop_assert_eq!(same_publisher(c, d, a, b), slowly);
        }

        #[test]
        fn any_two_are_compared_alike_both_ways(a in any::<String>(), b in ".{0,12}", c in "[a-zA-Z. ]{0,16}") {
            for (x, y) in [(&a, &b), (&b, &c), (&c, &a)] {
                is_one(x, y);
            }
            let outlet = Outlet::new(&c, &a);
            prop_assert!(outlet.is_nobody() || outlet.is(&outlet) );
        }
    }
}
