//! Words and hosts that several outlets share.

/// Blog hosts and portals with several newspapers, by the first label of their site. Under these, each
/// name is a site of its own. The public suffix list has some blog hosts, but not these.
pub(super) const SHARED_SITES: &[&str] = &[
    "blogspot",
    "blogger",
    "wordpress",
    "substack",
    "medium",
    "tumblr",
    "livejournal",
    "typepad",
    "over-blog",
    "overblog",
    "weebly",
    "github",
    "canalblog",
    "ghost",
    "beehiiv",
    "uol",
    "globo",
    "indiatimes",
    "ampproject",
];

/// Words that say what an outlet is, but not which one.
pub(super) const GENERIC: &[&str] = &[
    "www",
    "m",
    "mobile",
    "amp",
    "news",
    "online",
    "com",
    "tv",
    "net",
    "media",
    "web",
    "website",
    "newspaper",
    "agency",
    "blog",
    "blogs",
    "edition",
    "international",
    "en",
    "channel",
];

/// Words for a news agency in front of its name.
pub(super) const AGENCY: &[&str] = &[
    "agency",
    "agence",
    "agencia",
    "agenzia",
    "agentur",
    "agentia",
    "agentstvo",
    "агентство",
];

/// Words that begin the names of many newspapers.
pub(super) const COMMON: &[&str] = &[
    "the",
    "daily",
    "times",
    "post",
    "journal",
    "herald",
    "gazette",
    "tribune",
    "telegraph",
    "courier",
    "morning",
    "evening",
    "sunday",
    "national",
    "world",
    "business",
    "financial",
    "radio",
    "press",
    "diario",
    "jornal",
    "giornale",
    "zeitung",
    "news",
    "today",
    "independent",
    "guardian",
    "standard",
    "observer",
    "express",
    "chronicle",
    "examiner",
    "republic",
    "republica",
    "sentinel",
    "advocate",
    "register",
    "citizen",
    "reporter",
    "universal",
    "economist",
    "advertiser",
    "dispatch",
    "inquirer",
    "enquirer",
    "messenger",
    "spectator",
    "liberation",
    "libertad",
    "repubblica",
    "nacional",
    "internet",
    "football",
    "magazine",
];

/// Grammatical articles, which are often left out.
pub(super) const ARTICLES: &[&str] = &[
    "the", "el", "la", "los", "las", "le", "les", "l", "der", "die", "das", "il", "lo", "o", "os",
    "a", "as", "al",
];

/// Prepositions and conjunctions within a name.
pub(super) const PARTICLES: &[&str] = &[
    "of", "and", "de", "di", "da", "do", "del", "della", "delle", "des", "du", "von", "fur", "y",
    "e", "et", "und", "for", "in", "d",
];
