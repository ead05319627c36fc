//! Makes articles up, to load a server with and to measure by: words that nobody wrote, in the
//! proportions of real news, and copies of which it is known what they copy.
//!
//! In go a seed and a number; out comes the article of that number, or only the [`Plan`] of it:
//! where it stands, and what it copies. Both are pure functions of seed and number. So a copy can be
//! made of any earlier article without keeping a text, ten million articles need no memory, and
//! whoever reads an answer of the server can tell from the numbers in it whether it is right.
//!
//! It knows nothing of engines or servers, and contains no sentence of any newspaper. What was
//! measured on real news (SaudiNewsNet, 15,361 articles) is a handful of numbers, each where it is
//! used.

mod copies;
mod plan;
mod prose;
mod random;
mod script;
mod sites;
#[cfg(test)]
mod tests;
mod vocabulary;
mod zipf;

use std::ops::Range;

pub use plan::{Kind, Plan, Planted};
pub use script::Script;

use copies::Copyist;
use prose::Prose;
use random::{Purpose, Random};
use sites::Sites;
use vocabulary::Vocabulary;
use wirecopy::engine::{Article, Body};
use zipf::Zipf;

/// Time of the article number 0, in milliseconds since 1970.
const FIRST_MS: i64 = 1_704_067_200_000;
/// Time between two articles: a large crawler's million a day.
const STEP_US: u64 = 86_400;

/// What is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Everything follows from it.
    pub seed: u64,
    /// Share of the articles that take text from an earlier one, 0 to 1.
    pub copies: f64,
    /// In which scripts, and how many articles of each among those of all.
    pub scripts: Vec<(Script, u32)>,
    /// Articles of this number and later copy only articles before it: what is to be checked
    /// against what was sent.
    pub known: u64,
    /// Whether one site in ten leaves its furniture in the text.
    pub furniture: bool,
    /// The first article of these numbers is a story, and all others carry it.
    pub story: Range<u64>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            seed: 0,
            copies: 0.2,
            scripts: Script::ALL.into(),
            known: u64::MAX,
            furniture: true,
            story: 0..0,
        }
    }
}

/// Makes articles.
///
/// ```
/// use wirecopy_bench::synthetic::{Newswire, Params, number_of};
///
/// let newswire = Newswire::new(Params::default());
/// let article = newswire.article(7);
/// assert_eq!(article, Newswire::new(Params::default()).article(7));
/// assert_eq!(number_of(&article.url), Some(7));
/// ```
#[derive(Debug)]
pub struct Newswire {
    params: Params,
    vocabularies: Vec<Vocabulary>,
    sites: Sites,
    site_ranks: Zipf,
}

impl Newswire {
    /// Invents the words and the sites; takes some tens of milliseconds.
    pub fn new(params: Params) -> Self {
        let vocabularies: Vec<Vocabulary> = Script::ALL
            .iter()
            .map(|&(script, _)| Vocabulary::new(script, params.seed))
            .collect();
        let sites = Sites::new(params.seed, &vocabularies);
        Self {
            params,
            vocabularies,
            sites,
            site_ranks: sites::ranks(),
        }
    }

    /// Makes the article of a number.
    pub fn article(&self, number: u64) -> Article {
        let plan = self.plan(number);
        let site = self.sites.of(&plan);
        let (title, body) = self.text(&plan);
        let text = if self.params.furniture {
            site.dress(body)
        } else {
            body
        };
        Article {
            url: self.url(&plan),
            publisher: site.name.clone(),
            published_ms: Some(FIRST_MS + (number * STEP_US / 1000) as i64),
            title,
            body: Body::Text(text),
            lang: plan.script.lang().to_owned(),
            ..Article::default()
        }
    }

    /// The address of an article, without the work of making it.
    pub fn url(&self, plan: &Plan) -> String {
        use std::fmt::Write as _;
        let mut random = Random::of(self.params.seed, plan.number, Purpose::Address);
        let mut url = format!("https://{}/news/", self.sites.of(plan).host);
        for _ in 0..3 {
            url.push_str(self.vocabulary(Script::Latin).slug(&mut random));
            url.push('-');
        }
        // To write to a String does not fail.
        let _ = write!(url, "{}", plan.number);
        url
    }

    /// Title and text, before the site puts anything around it.
    fn text(&self, plan: &Plan) -> (String, String) {
        let vocabulary = self.vocabulary(plan.script);
        let Some(planted) = plan.planted else {
            let mut own = Random::of(self.params.seed, plan.number, Purpose::Text);
            let title = vocabulary.title(&mut own);
            let prose = Prose::write(vocabulary, &mut own, plan.words, plan.number);
            return (title, prose.into_text());
        };
        let mut random = Random::of(self.params.seed, planted.original, Purpose::Text);
        let title = vocabulary.title(&mut random);
        let of_original = self.plan(planted.original);
        let original = Prose::write(
            vocabulary,
            &mut random,
            of_original.words,
            of_original.number,
        );
        let mut own = Random::of(self.params.seed, plan.number, Purpose::Text);
        let title = if planted.kind.has_own_title() {
            vocabulary.title(&mut own)
        } else {
            title
        };
        let credited = &self.sites.of(&of_original).name;
        let credit = plan.credits.then_some(credited.as_str());
        let copyist = Copyist {
            original: &original,
            plan,
            vocabulary,
            random: own,
            out: Vec::new(),
        };
        (title, copyist.copy(planted.kind, credit))
    }

    fn vocabulary(&self, script: Script) -> &Vocabulary {
        &self.vocabularies[script as usize]
    }
}

/// The text of an article made here.
pub fn text_of(article: &Article) -> &str {
    match &article.body {
        Body::Text(text) => text,
        Body::Html(_) | Body::Raw { .. } => "",
    }
}

/// The number of the article that has this address or id; `None` for one that was not made here.
pub fn number_of(url: &str) -> Option<u64> {
    let (_, number) = url.rsplit_once('-')?;
    number.parse().ok()
}
