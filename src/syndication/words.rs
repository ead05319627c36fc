//! Words and hosts that outlets share, and that tell none from another.

/// Under these, each name is an outlet of its own: hosts of blogs, and portals that carry several
/// newspapers.
pub(super) const SHARED: &[&str] = &[
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
    "hatenablog",
    "wixsite",
    "weebly",
    "github",
    "altervista",
    "canalblog",
    "ghost",
    "beehiiv",
    "uol",
    "globo",
    "indiatimes",
    "ampproject",
];

/// Second levels under which a country gives out names: co.uk, com.br.
pub(super) const SECOND_LEVELS: &[&str] = &[
    "co", "com", "org", "net", "gov", "gob", "edu", "ac", "or", "ne", "go", "info",
];

/// Words that say what an outlet is, and not which.
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

/// Words for a news agency that stand before its name.
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

/// Names of newspapers that are told apart by what follows.
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
];

/// Articles, which come and go.
pub(super) const ARTICLES: &[&str] = &[
    "the", "el", "la", "los", "las", "le", "les", "l", "der", "die", "das", "il", "lo", "o", "os",
    "a", "as", "al",
];

/// Words between the words of a name.
pub(super) const SMALL: &[&str] = &[
    "of", "and", "de", "di", "da", "do", "del", "della", "delle", "des", "du", "von", "fur", "y",
    "e", "et", "und", "for", "in", "d",
];
