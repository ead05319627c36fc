//! Invents articles to load a server with: random words in the proportions of real news, and copies
//! whose originals are known.
//!
//! In go a seed and a number; out comes the article of that number, or only its [`ArticlePlan`]: on
//! which site it appears, and what it copies. Both are pure functions of seed and number. So any
//! earlier article can be copied without keeping its text, ten million articles need no memory, and
//! an answer of the server can be checked by the numbers in it alone.
//!
//! It never contacts a server, and contains no sentence of any newspaper. The handful of numbers that
//! were measured on real news (SaudiNewsNet, 15,361 articles) stand where they are used.

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

pub use plan::{ArticlePlan, CopyKind, Planted};
pub use script::Script;

use copies::Copyist;
use prose::Prose;
use random::{Purpose, Rng};
use sites::NewsSites;
use vocabulary::ScriptVocabulary;
use wirecopy::engine::{Article, Body};
use zipf::Zipf;

/// When article 0 is published, in milliseconds since 1970.
const FIRST_MS: i64 = 1_704_067_200_000;
/// Time between two articles, in microseconds: a million a day, like a large crawler.
const STEP_US: u64 = 86_400;

/// What the articles are like.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Determines everything.
    pub seed: u64,
    /// Share of the articles that take text from an earlier one, 0 to 1.
    pub copies: f64,
    /// The scripts, each with its weight among them.
    pub scripts: Vec<(Script, u32)>,
    /// Articles from this number on copy only articles before it. Such articles can be checked against a
    /// server that has the earlier ones.
    pub known: u64,
    /// Whether one site in ten leaves its furniture (menus, footers) in the text.
    pub furniture: bool,
    /// Numbers of the articles that carry one story; the first is its original.
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

/// Invents articles.
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
    vocabularies: Vec<ScriptVocabulary>,
    sites: NewsSites,
    site_ranks: Zipf,
}

impl Newswire {
    /// Invents the words and the sites, which takes tens of milliseconds.
    pub fn new(params: Params) -> Self {
        let vocabularies: Vec<ScriptVocabulary> = Script::ALL
            .iter()
            .map(|&(script, _)| ScriptVocabulary::new(script, params.seed))
            .collect();
        let sites = NewsSites::new(params.seed, &vocabularies);
        Self {
            params,
            vocabularies,
            sites,
            site_ranks: sites::ranks(),
        }
    }

    /// Returns the article of a number.
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

    /// Returns the URL of an article without writing the article.
    pub fn url(&self, plan: &ArticlePlan) -> String {
        use std::fmt::Write as _;
        let mut random = Rng::of(self.params.seed, plan.number, Purpose::Address);
        let mut url = format!("https://{}/news/", self.sites.of(plan).host);
        for _ in 0..3 {
            url.push_str(self.vocabulary(Script::Latin).slug(&mut random));
            url.push('-');
        }
        // Writing to a String does not fail.
        let _ = write!(url, "{}", plan.number);
        url
    }

    /// Returns title and text, before the site adds its furniture.
    fn text(&self, plan: &ArticlePlan) -> (String, String) {
        let vocabulary = self.vocabulary(plan.script);
        let Some(planted) = plan.planted else {
            let mut own = Rng::of(self.params.seed, plan.number, Purpose::Text);
            let title = vocabulary.title(&mut own);
            let prose = Prose::write(vocabulary, &mut own, plan.words);
            return (title, prose.into_text());
        };
        let mut random = Rng::of(self.params.seed, planted.original, Purpose::Text);
        let title = vocabulary.title(&mut random);
        let of_original = self.plan(planted.original);
        let original = Prose::write(vocabulary, &mut random, of_original.words);
        let mut own = Rng::of(self.params.seed, plan.number, Purpose::Text);
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

    fn vocabulary(&self, script: Script) -> &ScriptVocabulary {
        &self.vocabularies[script as usize]
    }
}

/// Returns the text of an invented article.
pub fn text_of(article: &Article) -> &str {
    match &article.body {
        Body::Text(text) => text,
        Body::Html(_) | Body::Raw { .. } => "",
    }
}

/// Returns the number of the article with this URL or id; `None` if it was not invented here.
pub fn number_of(url: &str) -> Option<u64> {
    let (_, number) = url.rsplit_once('-')?;
    number.parse().ok()
}
