//! Sites: their names, and what they put around their articles.

use super::plan::Plan;
use super::random::{Purpose, Random};
use super::script::Script;
use super::vocabulary::Vocabulary;
use super::zipf::Zipf;

/// Sites of each script.
const SITES: u32 = 500;
/// A few large sites, many small ones: the first has one article in 40.
const OFFSET: f64 = 10.0;
/// One site in this many leaves its furniture in the text.
const FURNISHED: u32 = 10;

#[derive(Debug)]
pub(super) struct Sites {
    /// Those of the first script, then those of the second, ...
    sites: Vec<Site>,
}

#[derive(Debug)]
pub(super) struct Site {
    pub name: String,
    pub host: String,
    head: String,
    foot: String,
}

impl Sites {
    pub fn new(seed: u64, vocabularies: &[Vocabulary]) -> Self {
        let mut random = Random::of(seed, 0, Purpose::Sites);
        let latin = &vocabularies[Script::Latin as usize];
        let mut sites = Vec::new();
        for vocabulary in vocabularies {
            for _ in 0..SITES {
                let number = sites.len();
                let (first, second) = (latin.slug(&mut random), latin.slug(&mut random));
                let mut site = Site {
                    name: vocabulary.line(&mut random, 2),
                    host: format!("{first}-{second}-{number}.example"),
                    head: String::new(),
                    foot: String::new(),
                };
                if random.below(FURNISHED) == 0 {
                    site.head = lines(vocabulary, &mut random, 2);
                    site.foot = lines(vocabulary, &mut random, 3);
                }
                sites.push(site);
            }
        }
        Self { sites }
    }

    pub fn of(&self, plan: &Plan) -> &Site {
        &self.sites[plan.site as usize]
    }
}

impl Site {
    /// Puts the furniture around a text.
    pub fn dress(&self, text: String) -> String {
        if self.head.is_empty() {
            return text;
        }
        [&self.head, text.trim_end(), "\n", &self.foot].concat()
    }
}

fn lines(vocabulary: &Vocabulary, random: &mut Random, count: u32) -> String {
    let line = |_| {
        let words = random.between(4, 12);
        vocabulary.line(random, words) + "\n"
    };
    (0..count).map(line).collect()
}

/// Draws sites.
pub(super) fn ranks() -> Zipf {
    Zipf::new(SITES, OFFSET)
}

/// The number of a site, by its script and its rank there.
pub(super) fn number(script: Script, rank: u32) -> u32 {
    script as u32 * SITES + rank
}
