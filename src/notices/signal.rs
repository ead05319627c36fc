//! What a notice says.

use serde::{Serialize, Serializer};

/// What a notice says about where a text comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Taken over from another outlet: "republished with permission from".
    Republished,
    /// Stood in another outlet first: "originally published in".
    FirstAppeared,
    /// Collected by a machine: "indexed to our site".
    Indexed,
    /// Leads to the original: "read the original article".
    ReadOriginal,
    /// Made with material of an agency: "AP contributed to this report".
    Contributed,
    /// An agency in the dateline: "LONDON (Reuters) -".
    Dateline,
    /// Names its source: "Source: ...".
    Credit,
    /// Distributed: "distributed by Tribune Content Agency".
    Syndicated,
    /// May be carried by others: "published under Creative Commons".
    Licensed,
    /// A translation of what stood elsewhere.
    Translated,
    /// What a feed adds to its items: "The post ... appeared first on".
    FeedTail,
    /// A sentence of the text names an agency: "сообщает РИА Новости". Weak.
    #[default]
    Attribution,
    /// The rights line of an agency: its copy is inside.
    AgencyRights,
    /// The reverse: "this article was reprinted by". It stands on the original.
    ReprintedOn,
}

impl Signal {
    /// All signals.
    pub const ALL: [Self; 14] = [
        Self::Republished,
        Self::FirstAppeared,
        Self::Indexed,
        Self::ReadOriginal,
        Self::Contributed,
        Self::Dateline,
        Self::Credit,
        Self::Syndicated,
        Self::Licensed,
        Self::Translated,
        Self::FeedTail,
        Self::Attribution,
        Self::AgencyRights,
        Self::ReprintedOn,
    ];

    /// Its name in the table and in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Republished => "republished",
            Self::FirstAppeared => "first_appeared",
            Self::Indexed => "indexed",
            Self::ReadOriginal => "read_original",
            Self::Contributed => "contributed",
            Self::Dateline => "dateline",
            Self::Credit => "credit",
            Self::Syndicated => "syndicated",
            Self::Licensed => "licensed",
            Self::Translated => "translated",
            Self::FeedTail => "feed_tail",
            Self::Attribution => "attribution",
            Self::AgencyRights => "agency_rights",
            Self::ReprintedOn => "reprinted_on",
        }
    }

    /// Whether a notice of this kind says that another outlet had the text first. Material of an
    /// agency, an attribution and a licence do not: part of the text, or nothing of it, may be
    /// theirs.
    pub fn names_earlier_source(self) -> bool {
        match self {
            Self::Republished
            | Self::FirstAppeared
            | Self::Indexed
            | Self::ReadOriginal
            | Self::Dateline
            | Self::Credit
            | Self::Syndicated
            | Self::Translated
            | Self::FeedTail
            | Self::AgencyRights => true,
            Self::Contributed | Self::Licensed | Self::Attribution | Self::ReprintedOn => false,
        }
    }

    /// Returns the signal of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.as_str() == name)
    }
}

impl Serialize for Signal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
