//! The sites: their names, hosts and furniture.

use super::plan::ArticlePlan;
use super::random::{Purpose, Rng};
use super::script::Script;
use super::vocabulary::ScriptVocabulary;
use super::zipf::Zipf;

/// Number of sites of each script.
const SITES: u32 = 500;
/// A few large sites and many small ones: the largest has one article in 40.
const OFFSET: f64 = 10.0;
/// One site in this many leaves its furniture in the text.
const FURNITURE_EVERY: u32 = 10;

#[derive(Debug)]
pub(super) struct NewsSites {
    /// Grouped by script.
    sites: Vec<NewsSite>,
}

#[derive(Debug)]
pub(super) struct NewsSite {
    pub name: String,
    pub host: String,
    head: String,
    foot: String,
}

impl NewsSites {
    pub fn new(seed: u64, vocabularies: &[ScriptVocabulary]) -> Self {
        let mut random = Rng::of(seed, 0, Purpose::Sites);
        let latin = &vocabularies[Script::Latin as usize];
        let mut sites = Vec::new();
        for vocabulary in vocabularies {
            for _ in 0..SITES {
                let number = sites.len();
                let (first, second) = (latin.slug(&mut random), latin.slug(&mut random));
                let mut site = NewsSite {
                    name: vocabulary.line(&mut random, 2),
                    host: format!("{first}-{second}-{number}.example"),
                    head: String::new(),
                    foot: String::new(),
                };
                if random.below(FURNITURE_EVERY) == 0 {
                    site.head = lines(vocabulary, &mut random, 2);
                    site.foot = lines(vocabulary, &mut random, 3);
                }
                sites.push(site);
            }
        }
        Self { sites }
    }

    pub fn of(&self, plan: &ArticlePlan) -> &NewsSite {
        &self.sites[plan.site as usize]
    }
}

impl NewsSite {
    /// Adds the furniture to a text.
    pub fn dress(&self, text: String) -> String {
        if self.head.is_empty() {
            return text;
        }
        [&self.head, text.trim_end(), "\n", &self.foot].concat()
    }
}

fn lines(vocabulary: &ScriptVocabulary, random: &mut Rng, count: u32) -> String {
    let line = |_| {
        let words = random.between(4, 12);
        vocabulary.line(random, words) + "\n"
    };
    (0..count).map(line).collect()
}

/// Returns the distribution of articles over the sites of a script.
pub(super) fn ranks() -> Zipf {
    Zipf::new(SITES, OFFSET)
}

/// Returns the number of a site by its script and its rank in it.
pub(super) fn number(script: Script, rank: u32) -> u32 {
    script as u32 * SITES + rank
}
