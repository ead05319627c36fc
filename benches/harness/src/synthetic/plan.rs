//! Plans an article before a word of it is written.

use super::random::{Purpose, Rng};
use super::script::Script;
use super::{Newswire, sites};

/// How a copy takes its text. Recall is measured for each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyKind {
    /// Word for word, with a credit line; or unchanged, on the same site.
    Verbatim,
    /// Word for word, with menus and teasers around it: 10 to 60 % more words.
    Boilerplate,
    /// With added paragraphs: 5 to 35 % more words.
    OwnParagraphs,
    /// 10 to 30 % of the sentences are cut out, and the rest is reordered.
    CutAndReorder,
    /// One word in 30 to 120 is replaced; at most a sixth of the shingles are lost.
    LightEdit,
    /// The first 20 to 40 %.
    Truncated,
    /// Another article that quotes 40 to 100 words.
    Quoted,
}

impl CopyKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Verbatim,
        Self::Boilerplate,
        Self::OwnParagraphs,
        Self::CutAndReorder,
        Self::LightEdit,
        Self::Truncated,
        Self::Quoted,
    ];

    /// Returns the name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verbatim => "verbatim",
            Self::Boilerplate => "boilerplate",
            Self::OwnParagraphs => "own-paragraphs",
            Self::CutAndReorder => "cut-and-reorder",
            Self::LightEdit => "light-edit",
            Self::Truncated => "truncated",
            Self::Quoted => "quoted-in-other",
        }
    }

    /// Whether such a text belongs to the cluster of its original: most of one text is in the other, and
    /// makes up at least half of it.
    pub fn is_copy(self) -> bool {
        !matches!(self, Self::Truncated | Self::Quoted)
    }

    pub(super) fn has_own_title(self) -> bool {
        matches!(
            self,
            Self::OwnParagraphs | Self::CutAndReorder | Self::Quoted
        )
    }
}

/// Which article is copied, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted {
    /// How it is copied.
    pub kind: CopyKind,
    /// The number of the first article with the text, which is no copy itself.
    pub original: u64,
}

/// The plan of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticlePlan {
    /// Its number.
    pub number: u64,
    /// The number of its site.
    pub site: u32,
    /// Its script.
    pub script: Script,
    /// How many words it has of its own.
    pub words: u32,
    /// What it copies, if anything.
    pub planted: Option<Planted>,
    /// Whether it credits the source.
    pub credits: bool,
}

impl ArticlePlan {
    /// The number of the first article with its text: its own if it copies nothing.
    pub fn original(&self) -> u64 {
        self.planted.map_or(self.number, |planted| planted.original)
    }
}

/// Quantiles of the number of words of an article, as measured.
const LENGTHS: [(f64, f64); 11] = [
    (0.0, 33.0),
    (0.05, 61.0),
    (0.1, 79.0),
    (0.25, 121.0),
    (0.5, 203.0),
    (0.75, 355.0),
    (0.9, 597.0),
    (0.95, 800.0),
    (0.99, 1_311.0),
    (0.999, 2_428.0),
    (1.0, 4_518.0),
];
/// Shorter articles are copied whole.
const LEAST_WORDS_TO_CHANGE: u32 = 120;
/// How far back a copy reaches, in articles: four days. Measured: the time between an article and its
/// copy has a log-uniform distribution up to four days.
const FURTHEST: u64 = 4_000_000;
/// Words of the story that many articles carry.
const STORY_WORDS: u32 = 300;

impl Newswire {
    /// Returns the plan of an article, which takes tens of nanoseconds.
    pub fn plan(&self, number: u64) -> ArticlePlan {
        let Some(original) = self.source(number).map(|source| self.original(source)) else {
            return self.plan_original(number);
        };
        let of_original = self.plan_original(original);
        let mut random = Rng::of(self.params.seed, number, Purpose::Plan);
        let kind = self.kind(number, of_original.words, &mut random);
        // Measured: four in ten clusters of two are on one site, and hardly any larger ones.
        let is_again = kind == CopyKind::Verbatim && !self.is_story(number) && random.below(4) == 0;
        ArticlePlan {
            number,
            site: if is_again {
                of_original.site
            } else {
                self.another_site(&of_original, &mut random)
            },
            words: length(random.unit()),
            planted: Some(Planted { kind, original }),
            credits: !is_again && (kind == CopyKind::Verbatim || random.below(4) == 0),
            ..of_original
        }
    }

    /// Returns the plan of an article that copies nothing.
    fn plan_original(&self, number: u64) -> ArticlePlan {
        let mut random = Rng::of(self.params.seed, number, Purpose::Plan);
        let script = self.script(&mut random);
        ArticlePlan {
            number,
            site: sites::number(script, self.site_ranks.rank(random.next() as u32)),
            script,
            words: if self.is_story(number) {
                STORY_WORDS
            } else {
                length(random.unit())
            },
            planted: None,
            credits: false,
        }
    }

    /// Returns the earlier article that an article takes text from, if any.
    ///
    /// If that is a copy itself, both have the same original. So popular stories become more popular, and
    /// the sizes of clusters follow a Yule-Simon distribution. With two copies in ten articles there are
    /// a quarter as many clusters of three as of two, a third as many of four as of three, 0.4 as many
    /// of five as of four, and so on. Measured: 0.2, 0.46, 0.48, 0.72, 0.65, 0.47.
    fn source(&self, number: u64) -> Option<u64> {
        if self.is_story(number) {
            return (number > self.params.story.start).then_some(self.params.story.start);
        }
        let mut random = Rng::of(self.params.seed, number, Purpose::Source);
        let earlier = number.min(self.params.known);
        if earlier == 0 || random.unit() >= self.params.copies {
            return None;
        }
        let furthest = earlier.min(FURTHEST) as f64;
        let back = (furthest.powf(random.unit()) as u64).clamp(1, earlier);
        Some(earlier - back)
    }

    /// Follows the sources of an article to its original.
    fn original(&self, number: u64) -> u64 {
        let mut original = number;
        while let Some(source) = self.source(original) {
            original = source;
        }
        original
    }

    fn is_story(&self, number: u64) -> bool {
        self.params.story.contains(&number)
    }

    fn kind(&self, number: u64, words: u32, random: &mut Rng) -> CopyKind {
        const LIGHT: [CopyKind; 4] = [
            CopyKind::Verbatim,
            CopyKind::Boilerplate,
            CopyKind::OwnParagraphs,
            CopyKind::LightEdit,
        ];
        let kinds: &[CopyKind] = if words < LEAST_WORDS_TO_CHANGE {
            &LIGHT[..1]
        } else if self.is_story(number) {
            &LIGHT
        } else {
            &CopyKind::ALL
        };
        kinds[random.below(kinds.len() as u32) as usize]
    }

    fn script(&self, random: &mut Rng) -> Script {
        let scripts = &self.params.scripts;
        let mut at = random.below(scripts.iter().map(|(_, share)| share).sum());
        for &(script, share) in scripts {
            if at < share {
                return script;
            }
            at -= share;
        }
        Script::Latin
    }

    /// Draws another site of the same script.
    fn another_site(&self, original: &ArticlePlan, random: &mut Rng) -> u32 {
        loop {
            let rank = self.site_ranks.rank(random.next() as u32);
            let site = sites::number(original.script, rank);
            if site != original.site {
                return site;
            }
        }
    }
}

/// Interpolates the number of words linearly between the quantiles.
fn length(uniform: f64) -> u32 {
    let above = LENGTHS.partition_point(|(share, _)| *share <= uniform);
    let above = above.clamp(1, LENGTHS.len() - 1);
    let ((share, words), (next_share, next_words)) = (LENGTHS[above - 1], LENGTHS[above]);
    let within = (uniform - share) / (next_share - share);
    (words + within * (next_words - words)) as u32
}
