//! Decides whether names and hosts mean the same outlet.
//!
//! An article says "The New York Times", and its page is on nytimes.com. The comparison is lenient,
//! because it decides whether a notice names another outlet: an outlet that is not recognised would be
//! called a reprint of itself. It is strict with short names, which are often alike by chance.
//!
//! A *site* is the registrable domain of a host, by the public suffix list: "nytimes.com" for
//! "cooking.nytimes.com". A few portals with several newspapers are divided further. The sites of one
//! distinctive name in several countries are one outlet's, and a page in an archive is on the site that it
//! was saved from.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::thread::LocalKey;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::words::{
    AGENCY, ARCHIVES, ARTICLES, CACHES, COMMON, FEED_PROXIES, GENERIC, PARTICLES, SHARED_SITES,
};
use crate::id;
use crate::text::floor_boundary;

/// Whether two articles have the same publisher: by their sites, or by the publishers' names as the
/// client gave them, which may be hosts. Hosts come without a leading "www.".
pub fn same_publisher(a_publisher: &str, a_host: &str, b_publisher: &str, b_host: &str) -> bool {
    // Most pairs are decided without spelling out names.
    if a_publisher == b_publisher && is_name(a_publisher) {
        return true;
    }
    let (a, b) = (OutletSite::parse(a_host), OutletSite::parse(b_host));
    if matches!((&a, &b), (Some(a), Some(b)) if a.is(b)) {
        return true;
    }
    let is_host = |publisher: &str, host: &str, has_site: bool| {
        publisher.is_empty() || (publisher == host && has_site)
    };
    if is_host(a_publisher, a_host, a.is_some()) && is_host(b_publisher, b_host, b.is_some()) {
        return false;
    }
    OutletIdentity::new(a_publisher, a_host).is(&OutletIdentity::new(b_publisher, b_host))
}

/// Returns the host of the site that a page is from, without a leading "www.": for a page in an archive or
/// a cache that of the original, and for one behind a feed proxy, whose site is not known, nothing.
pub fn site_host(url: &str) -> String {
    let host = id::host(url).unwrap_or_default();
    if FEED_PROXIES.contains(&host.as_str()) {
        return String::new();
    }
    if ARCHIVES.contains(&host.as_str()) {
        let mut urls = url.match_indices("http").map(|(at, _)| at);
        let saved = urls.find(|at| *at > 0);
        return saved.and_then(|at| id::host(&url[at..])).unwrap_or(host);
    }
    let cached = CACHES.iter().find_map(|cache| host.strip_suffix(cache));
    match cached.and_then(|label| label.strip_suffix('.')) {
        Some(label) => {
            // "www-halm--courier-example" for "www.halm-courier.example".
            let dotted = label
                .replace("--", "\0")
                .replace('-', ".")
                .replace('\0', "-");
            dotted.strip_prefix("www.").unwrap_or(&dotted).to_owned()
        }
        None => host,
    }
}

/// Whether a canonical URL is an article's own address: the article has no other, or the URL is on the
/// portal that its host belongs to, or on the outlet's site in another country.
pub(super) fn is_own_address(canonical: &str, host: &str) -> bool {
    let Some(own) = OutletSite::parse(host) else {
        return true;
    };
    let Some(stated) = OutletSite::parse(canonical) else {
        return false;
    };
    let is_above = |site: &str| {
        host.strip_suffix(site)
            .is_some_and(|above| above.ends_with('.'))
    };
    is_above(&stated.domain) || (stated.brand == own.brand && stated.brand.len() >= 3)
}

/// Most bytes of a name that are looked at.
const NAME_BYTES: usize = 200;
/// Fewest bytes of a name that newspapers of two countries hardly have by chance.
const DISTINCTIVE: usize = 8;
/// The longest host name that DNS allows, in bytes.
const HOST_BYTES: usize = 253;
/// Most bytes of a URL up to the end of its host. It may begin with a user name and password.
const URL_BYTES: usize = 1024;

/// Returns a name, cut if it is very long.
fn head_of(name: &str) -> &str {
    let name = name.trim();
    &name[..floor_boundary(name, NAME_BYTES)]
}

/// Whether a name contains any letter or digit, so that two outlets of that name are the same.
fn is_name(name: &str) -> bool {
    let mut folded = head_of(name).nfkd();
    folded.any(|c| c.is_alphanumeric() && !is_combining_mark(c))
}

/// Returns the host of a host or URL, in lower case. Returns `None` for other text, and for hosts that
/// are too long. A URL is read only up to the end of its host.
fn host_of(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    // Most texts have no slash, which is faster to find.
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

/// Returns the site of a host in lower case: its registrable domain, and one label more under a shared
/// domain ("folha.uol.com.br"). Returns `None` for what is not a host. An IP address is its own site.
fn site_of(host: &str) -> Option<&str> {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let (_, last) = host.rsplit_once('.')?;
    if !host.split('.').all(is_label) || last.chars().count() < 2 {
        return None;
    }
    if is_number(last) {
        return Some(host);
    }
    // A public suffix has no registrable domain.
    let site = psl::domain_str(host).unwrap_or(host);
    let mut brand = site.split('.').take(1);
    let is_shared = brand.any(|brand| SHARED_SITES.contains(&brand));
    let above = host[..host.len() - site.len()].strip_suffix('.');
    if let Some(above) = above.filter(|_| is_shared) {
        let at = above.rfind('.').map_or(0, |dot| dot + 1);
        if !GENERIC.contains(&&above[at..]) {
            return Some(&host[at..]);
        }
    }
    Some(site)
}

/// Whether the last label of a host makes it an IP address.
fn is_number(label: &str) -> bool {
    label.chars().all(|c| c.is_ascii_digit())
}

/// The names and sites by which an outlet is recognised.
#[derive(Debug, Clone, Default)]
pub(super) struct OutletIdentity {
    sites: Vec<Rc<OutletSite>>,
    name: Option<Rc<NameForms>>,
}

impl OutletIdentity {
    /// Takes a name, which may also be a host or URL, and a host or URL. Either may be empty. The cost
    /// is bounded, however long they are.
    pub(super) fn new(name: &str, place: &str) -> Self {
        let named = OutletSite::parse(name);
        Self {
            name: match named {
                Some(_) => None,
                None => cached(&NAMES, head_of(name), NameForms::parse),
            },
            sites: named.into_iter().chain(OutletSite::parse(place)).collect(),
        }
    }

    /// Whether nothing is known of the outlet.
    pub(super) fn is_nobody(&self) -> bool {
        self.sites.is_empty() && self.name.is_none()
    }

    /// Whether both are the same outlet. An unknown outlet is not the same as any. Symmetric.
    pub(super) fn is(&self, other: &Self) -> bool {
        let pairs = |f: &dyn Fn(&OutletSite, &OutletSite) -> bool| {
            self.sites
                .iter()
                .any(|one| other.sites.iter().any(|two| f(one, two)))
        };
        let on = |name: &Option<Rc<NameForms>>, sites: &[Rc<OutletSite>]| {
            name.as_ref()
                .is_some_and(|name| sites.iter().any(|site| name.is_of(site)))
        };
        pairs(&OutletSite::is)
            || on(&self.name, &other.sites)
            || on(&other.name, &self.sites)
            || matches!((&self.name, &other.name), (Some(one), Some(two)) if one.is(two))
    }
}

/// A site, and the forms of an outlet's name in it.
#[derive(Debug, Clone)]
struct OutletSite {
    /// "nytimes.com", "folha.uol.com.br".
    domain: String,
    /// Its first label without hyphens: "nytimes", "folha".
    brand: String,
    /// The brand without a generic word at its end: "ap" of apnews.
    stems: Vec<String>,
    /// The labels in front of the site. They may be the name of an outlet, too.
    subdomains: Vec<String>,
}

impl OutletSite {
    /// Whether both are one outlet's: the same site, or one of the same distinctive name in another country.
    fn is(&self, other: &Self) -> bool {
        let is_twin = || {
            self.brand == other.brand
                && self.brand.len() >= DISTINCTIVE
                && !COMMON.contains(&self.brand.as_str())
                && !SHARED_SITES.contains(&self.brand.as_str())
        };
        self.domain == other.domain || is_twin()
    }

    /// Parses a host or a URL. Returns `None` for other text.
    fn parse(text: &str) -> Option<Rc<Self>> {
        let host = host_of(text)?;
        match host.contains('.') {
            true => cached(&SITES, &host, Self::of_host),
            false => None,
        }
    }

    fn of_host(host: &str) -> Option<Self> {
        let domain = site_of(host)?;
        let subdomains = host[..host.len() - domain.len()].split('.');
        let is_address = host.rsplit('.').next().is_some_and(is_number);
        let brand = match domain.split('.').next() {
            Some(brand) if !is_address => brand.replace('-', ""),
            _ => String::new(),
        };
        let stems = GENERIC.iter().filter_map(|end| brand.strip_suffix(end));
        Some(Self {
            stems: stems.map(str::to_owned).collect(),
            subdomains: subdomains
                .filter(|label| label.chars().count() >= 4 && !GENERIC.contains(label))
                .map(|label| label.replace('-', ""))
                .collect(),
            domain: domain.to_owned(),
            brand,
        })
    }
}

/// The name of an outlet, in all its forms.
#[derive(Debug, Clone, Default)]
struct NameForms {
    /// The whole name as one word, in each spelling, with and without generic words.
    wholes: Vec<String>,
    /// The initials, if there are at least two words.
    initials: Vec<String>,
    /// Other forms, which only hosts have: "nytimes", "folha".
    labels: Vec<String>,
    /// The name is one word in capitals: "BBC", "AP".
    is_capitals: bool,
}

/// Most names, and most hosts, in the cache of a thread. Each takes some hundred bytes.
const MAX_CACHED: usize = 4096;

type FormsCache<T> = RefCell<HashMap<String, Option<Rc<T>>>>;

thread_local! {
    /// The forms of recent names and hosts. Finding them costs more than any comparison, and an outlet
    /// has thousands of articles.
    static NAMES: FormsCache<NameForms> = RefCell::default();
    static SITES: FormsCache<OutletSite> = RefCell::default();
}

/// Returns what `parse` returns for a text, from the cache if it is there.
fn cached<T>(
    cache: &'static LocalKey<FormsCache<T>>,
    text: &str,
    parse: fn(&str) -> Option<T>,
) -> Option<Rc<T>> {
    cache.with_borrow_mut(|cache| {
        if let Some(found) = cache.get(text) {
            return found.clone();
        }
        if cache.len() == MAX_CACHED {
            cache.clear();
        }
        let found = parse(text).map(Rc::new);
        cache.insert(text.to_owned(), found.clone());
        found
    })
}

impl NameForms {
    /// Returns the forms of a name, or `None` if it has no letters or digits.
    fn parse(text: &str) -> Option<Self> {
        let mut name = Self::default();
        name.add_forms(&fold(text));
        let letters = || text.chars().filter(|c| c.is_alphabetic());
        name.is_capitals = letters().count() >= 2
            && letters().all(char::is_uppercase)
            && !text.trim().contains(char::is_whitespace);
        if !text.is_ascii() {
            name.add_forms(&fold(&with_digraphs(text)));
        }
        (!name.wholes.is_empty()).then_some(name)
    }

    /// Adds the forms of one spelling, with and without grammatical articles at its beginning.
    fn add_forms(&mut self, folded: &str) {
        let words = folded.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let articles = words.iter().take_while(|word| ARTICLES.contains(word));
        // A name of nothing but articles keeps the last one.
        let first = articles.count().min(words.len().saturating_sub(1));
        for words in [&words[first..], &words[..]] {
            let forms = [words.concat(), essence(words).concat()];
            self.wholes
                .extend(forms.into_iter().filter(|form| !form.is_empty()));
            let mut capitalized = words.to_vec();
            capitalized.retain(|word| !PARTICLES.contains(word));
            for words in [words, &capitalized] {
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

    /// Whether two names are the same: "BBC" and "BBC News", "AFP" and "Agence France-Presse".
    fn is(&self, other: &Self) -> bool {
        let is_short = |short: &Self, long: &Self| {
            short.is_capitals && short.wholes.iter().any(|word| long.initials.contains(word))
        };
        self.wholes.iter().any(|one| other.wholes.contains(one))
            || is_short(self, other)
            || is_short(other, self)
    }

    /// Whether a site has this name.
    fn is_of(&self, site: &OutletSite) -> bool {
        let brand = &site.brand;
        let bare = brand.strip_prefix("the").unwrap_or(brand);
        let is_long = |word: &str, least: usize| word.chars().count() >= least;
        self.wholes.iter().any(|word| {
            word == brand
                || (word == bare && is_long(word, 3))
                // "Sun" is not sunnews, but "AP" is apnews.
                || ((self.is_capitals || is_long(word, 5)) && site.stems.contains(word))
                || site.subdomains.contains(word)
        }) || (is_long(brand, 3) && self.initials.contains(brand))
            || self.labels.contains(brand)
    }
}

fn initials(words: &[&str]) -> String {
    words.iter().flat_map(|word| word.chars().next()).collect()
}

/// Returns a name without generic words at its end and "Agency" at its beginning, if enough remains.
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

/// Returns "nytimes" for "New York Times": the initials, and the whole last word.
fn abbreviated(words: &[&str]) -> Option<String> {
    let (last, before) = words.split_last()?;
    (before.len() >= 2 && last.chars().count() >= 4).then(|| initials(before) + last)
}

/// Returns "folha" for "Folha de S.Paulo": the words before a particle.
fn beginning(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| PARTICLES.contains(word))?;
    let start = words[..at].concat();
    (start.chars().count() >= 5 && !COMMON.contains(&start.as_str())).then_some(start)
}

/// Folds a name: lower case, no accents, plain letters for those with strokes and for ligatures.
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

/// Spells a name as German hosts do: "Süddeutsche" as "sueddeutsche".
fn with_digraphs(text: &str) -> String {
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
        let (one, two) = (OutletIdentity::new(a, ""), OutletIdentity::new(b, ""));
        assert_eq!(one.is(&two), two.is(&one), "{a} / {b}");
        one.is(&two)
    }

    #[test]
    fn an_outlet_has_many_names() {
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
            ("Эхо", "эхо.msk.ru"),
            ("harborlantern.example", "harborlantern.co.uk"),
        ] {
            assert!(is_one(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn outlets_of_similar_names_are_distinguished() {
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
            ("independent.ie", "independent.co.uk"),
            ("halm.co.uk", "arden.co.uk"),
            ("halm.kiev.ua", "arden.kiev.ua"),
            ("halm.github.io", "arden.github.io"),
            ("halm.gc.ca", "gc.ca"),
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
    fn publishers_are_the_same_by_site_or_by_name() {
        let halm = "Halm Courier";
        assert!(same_publisher(
            "Halm",
            "halm.example",
            "",
            "news.halm.example"
        ));
        assert!(same_publisher(halm, "halm.example", halm, "hc.example"));
        assert!(same_publisher("halm.example", "", "Halm", ""));
        let (halm, arden) = ("halm.example", "arden.example");
        assert!(!same_publisher("Halm", halm, "Arden", arden));
        assert!(!same_publisher("", "", "", ""));
    }

    #[test]
    fn a_saved_page_is_on_its_own_site() {
        for (url, expected) in [
            ("https://www.halm.example/a", "halm.example"),
            (
                "https://web.archive.org/web/2019/http://www.halm.example/a",
                "halm.example",
            ),
            ("https://web.archive.org/about", "web.archive.org"),
            (
                "https://www-halm--courier-example.cdn.ampproject.org/v/s/a",
                "halm-courier.example",
            ),
            ("https://halm-example.translate.goog/a", "halm.example"),
            ("http://feedproxy.google.com/~r/halm/1", ""),
            ("no url", ""),
        ] {
            assert_eq!(site_host(url), expected, "{url}");
        }
    }

    #[test]
    fn a_canonical_url_may_be_the_own_address() {
        let check = |canonical: &str, host: &str, expected: bool| {
            assert_eq!(
                is_own_address(canonical, host),
                expected,
                "{canonical} {host}"
            );
        };
        check("https://halm.example/a", "", true);
        check("https://halm.example/a", "arden.example", false);
        check(
            "https://portal.example/home/post/1",
            "halm.portal.example",
            true,
        );
        check("https://halm.de/a", "halm.co.uk", true);
        check("https://halm.example/a", "not-halm.example", false);
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
        let (host, of_arden) = (long("halm.", "a."), url.replace("halm", "arden"));
        assert!(!same_publisher(&endless, "halm.example", &of_arden, ""));
        assert!(!same_publisher("", &host, "", "halm.example"));
        // Long, but not longer than hosts may be.
        let host = format!("{}halm.example", "a-name-of-a-part.".repeat(13));
        assert!(host.len() > NAME_BYTES && is_one(&host, "halm.example"));
    }

    #[test]
    fn shortcuts_give_the_same_answer() {
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
            let slowly = OutletIdentity::new(a.0, a.1).is(&OutletIdentity::new(b.0, b.1));
            assert_eq!(same_publisher(a.0, a.1, b.0, b.1), slowly, "{a:?} / {b:?}");
        }
    }

    proptest! {
        #[test]
        fn shortcuts_give_the_same_answer_for_any_name(
            names in prop::array::uniform4("(halm|arden|The |[A-Z]{0,2}|É|\\.|www|example|co|uk){0,4}"),
        ) {
            let [a, b, c, d] = names.each_ref();
            let slowly = OutletIdentity::new(a, b).is(&OutletIdentity::new(c, d));
            prop_assert_eq!(same_publisher(a, b, c, d), slowly);
            prop_assert_eq!(same_publisher(c, d, a, b), slowly);
        }

        #[test]
        fn comparison_is_symmetric_for_any_name(a in any::<String>(), b in ".{0,12}", c in "[a-zA-Z. ]{0,16}") {
            for (x, y) in [(&a, &b), (&b, &c), (&c, &a)] {
                is_one(x, y);
            }
            let outlet = OutletIdentity::new(&c, &a);
            prop_assert!(outlet.is_nobody() || outlet.is(&outlet));
        }
    }
}
