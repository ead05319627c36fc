//! The kinds of notices.

use serde::Serialize;

/// What a notice says about the source of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The text is republished from another outlet: "republished with permission from".
    Republished,
    /// It appeared in another outlet first: "originally published in".
    FirstAppeared,
    /// It was collected by a program: "indexed to our site".
    Indexed,
    /// A link to the original: "read the original article".
    ReadOriginal,
    /// It was written with material of an agency: "AP contributed to this report".
    Contributed,
    /// The dateline names an agency: "LONDON (Reuters) -".
    Dateline,
    /// A credit line: "Source: ...".
    Credit,
    /// It is syndicated: "distributed by Tribune Content Agency".
    Syndicated,
    /// Others may carry it: "published under Creative Commons".
    Licensed,
    /// It is a translation of another text.
    Translated,
    /// The line that a feed adds to its items: "The post ... appeared first on".
    FeedTail,
    /// A sentence of the text names an agency: "сообщает РИА Новости". Weak.
    #[default]
    Attribution,
    /// The rights line of an agency, whose copy the text has.
    AgencyRights,
    /// The reverse, on the original: "this article was reprinted by".
    ReprintedOn,
}

impl Signal {
    /// All signals, in the order of their declaration, with their names.
    const NAMES: [(Self, &'static str); 14] = [
        (Self::Republished, "republished"),
        (Self::FirstAppeared, "first_appeared"),
        (Self::Indexed, "indexed"),
        (Self::ReadOriginal, "read_original"),
        (Self::Contributed, "contributed"),
        (Self::Dateline, "dateline"),
        (Self::Credit, "credit"),
        (Self::Syndicated, "syndicated"),
        (Self::Licensed, "licensed"),
        (Self::Translated, "translated"),
        (Self::FeedTail, "feed_tail"),
        (Self::Attribution, "attribution"),
        (Self::AgencyRights, "agency_rights"),
        (Self::ReprintedOn, "reprinted_on"),
    ];

    /// Returns all signals.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.into_iter().map(|(signal, _)| signal)
    }

    /// Returns its name in the table, in records and in replies.
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// Whether a notice of this kind says that another outlet had the text first. Material of an agency,
    /// an attribution and a licence do not: only part of the text, or none, may be from there.
    pub fn names_earlier_source(self) -> bool {
        !matches!(
            self,
            Self::Contributed | Self::Licensed | Self::Attribution | Self::ReprintedOn
        )
    }

    /// Returns the signal with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|signal| signal.as_str() == name)
    }
}
