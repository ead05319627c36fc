//! What an article will be, before a word of it is written.

use super::random::{Purpose, Random};
use super::script::Script;
use super::{Newswire, sites};

/// How a copy takes its text: the kinds of copies that are told apart when recall is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Word for word, with a line that credits the source; or as it was, on the same site.
    Verbatim,
    /// Word for word, in a page with menus and teasers: a tenth to six tenths as much again.
    Boilerplate,
    /// With paragraphs of its own: a twentieth to four tenths as much again.
    OwnParagraphs,
    /// A tenth to three tenths are cut out, and what remains is put in another order.
    CutAndReorder,
    /// One word in 30 to 120 is another; no more than a sixth of the runs of five are lost.
    LightEdit,
    /// The first fifth to two fifths.
    Truncated,
    /// Another article, which quotes 40 to 100 words.
    Quoted,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Verbatim,
        Self::Boilerplate,
        Self::OwnParagraphs,
        Self::CutAndReorder,
        Self::LightEdit,
        Self::Truncated,
        Self::Quoted,
    ];

    /// Its name in reports.
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

    /// Whether it is a copy by the definition of clusters: most of one text is in the other, and
    /// makes up half of that one.
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

/// What an article copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted {
    /// How.
    pub kind: Kind,
    /// The number of the article in which the text was first: itself no copy.
    pub original: u64,
}

/// What an article will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Its number.
    pub number: u64,
    /// The number of its site.
    pub site: u32,
    /// Its script.
    pub script: Script,
    /// Words that it has of its own.
    pub words: u32,
    /// What it copies, if it does.
    pub planted: Option<Planted>,
    /// Whether it names the source.
    pub credits: bool,
}

impl Plan {
    /// The number of the article that has its text first: its own, where it copies nothing.
    pub fn original(&self) -> u64 {
        self.planted.map_or(self.number, |planted| planted.original)
    }
}

/// Words of an article at quantiles, as measured.
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
/// Shorter articles are carried whole.
const LEAST_WORDS_TO_CHANGE: u32 = 120;
/// How far back a copy reaches: four days. Measured: the time between an article and its copy is
/// about as likely to be a minute as ten, as a hundred, ..., up to four days.
const FURTHEST: u64 = 4_000_000;
/// Words of the story that is carried by many.
const STORY_WORDS: u32 = 300;

impl Newswire {
    /// What the article of a number will be. Some tens of nanoseconds.
    pub fn plan(&self, number: u64) -> Plan {
        let Some(original) = self.source(number).map(|source| self.original(source)) else {
            return self.plan_original(number);
        };
        let of_original = self.plan_original(original);
        let mut random = Random::of(self.params.seed, number, Purpose::Plan);
        let kind = self.kind(number, of_original.words, &mut random);
        // Measured: of two copies that are alone, four in ten are on one site; of more, hardly any.
        let is_again = kind == Kind::Verbatim && !self.is_story(number) && random.below(4) == 0;
        Plan {
            number,
            site: if is_again {
                of_original.site
            } else {
                self.another_site(&of_original, &mut random)
            },
            words: length(random.unit()),
            planted: Some(Planted { kind, original }),
            credits: !is_again && (kind == Kind::Verbatim || random.below(4) == 0),
            ..of_original
        }
    }

    /// The plan of an article that copies nothing.
    fn plan_original(&self, number: u64) -> Plan {
        let mut random = Random::of(self.params.seed, number, Purpose::Plan);
        let script = self.script(&mut random);
        Plan {
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

    /// The earlier article that one takes text from, if it does.
    ///
    /// Where that is a copy itself, both come from its source: so what is carried by many is carried
    /// by more, and the sizes of clusters follow Yule and Simon. With two copies in ten articles
    /// there are a quarter as many clusters of three as of two, a third as many of four as of three,
    /// 0.4 as many of five as of four, ...; measured: 0.2, 0.46, 0.48, 0.72, 0.65, 0.47.
    fn source(&self, number: u64) -> Option<u64> {
        if self.is_story(number) {
            return (number > self.params.story.start).then_some(self.params.story.start);
        }
        let mut random = Random::of(self.params.seed, number, Purpose::Source);
        let earlier = number.min(self.params.known);
        if earlier == 0 || random.unit() >= self.params.copies {
            return None;
        }
        let furthest = earlier.min(FURTHEST) as f64;
        let back = (furthest.powf(random.unit()) as u64).clamp(1, earlier);
        Some(earlier - back)
    }

    /// The article in which the text of another was first.
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

    fn kind(&self, number: u64, words: u32, random: &mut Random) -> Kind {
        const LIGHT: [Kind; 4] = [
            Kind::Verbatim,
            Kind::Boilerplate,
            Kind::OwnParagraphs,
            Kind::LightEdit,
        ];
        let kinds: &[Kind] = if words < LEAST_WORDS_TO_CHANGE {
            &LIGHT[..1]
        } else if self.is_story(number) {
            &LIGHT
        } else {
            &Kind::ALL
        };
        kinds[random.below(kinds.len() as u32) as usize]
    }

    fn script(&self, random: &mut Random) -> Script {
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

    /// Another site of the same script: what one site does again is another matter.
    fn another_site(&self, original: &Plan, random: &mut Random) -> u32 {
        loop {
            let rank = self.site_ranks.rank(random.next() as u32);
            let site = sites::number(original.script, rank);
            if site != original.site {
                return site;
            }
        }
    }
}

/// Words of an article at a place of the distribution: straight between the quantiles.
fn length(uniform: f64) -> u32 {
    let above = LENGTHS.partition_point(|(share, _)| *share <= uniform);
    let above = above.clamp(1, LENGTHS.len() - 1);
    let ((share, words), (next_share, next_words)) = (LENGTHS[above - 1], LENGTHS[above]);
    let within = (uniform - share) / (next_share - share);
    (words + within * (next_words - words)) as u32
}
