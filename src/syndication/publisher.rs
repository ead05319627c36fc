//! Decides whether names and hosts mean the same outlet.
//!
//! An article says "The New York Times", and its page is on nytimes.com. The comparison is lenient,
//! because it decides whether a notice names another outlet: an outlet that is not recognised would be
//! called a reprint of itself. It is strict with short names, which are often alike by chance.

use std::rc::Rc;

use super::name::{NameForms, is_name};
use super::site::OutletSite;

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
                None => NameForms::parse(name),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::name::NAME_BYTES;
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
            ("Gazeta Molowa", "molowa.example"),
            ("Landeshauptstadt Seehafen", "seehafen.example"),
            ("HRD Küste", "hrd.example"),
            ("Harbor Free Press print edition", "harborfreepress.example"),
            ("HALM arden", "halm.arden.example"),
            ("hrd.example", "h-rd.example"),
            ("示例网科技", "示例网"),
            ("示例網綜合", "示例網"),
        ] {
            assert!(is_one(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn outlets_of_similar_names_are_distinguished() {
        for (a, b) in [
            ("The Sun", "sunnews.example"),
            ("Washington Post", "washington.edu"),
            ("Chicago Tribune", "tribune.com.pk"),
            ("Daily Post", "post.example"),
            ("Hrd Times", "hrd.example"),
            ("示例晚报", "示例网"),
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
