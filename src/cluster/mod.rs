//! Decides which article leads which. Pure: it asks its neighborhood for facts, and returns moves.
//!
//! The definition: articles are ordered by time, ties broken by id. In that order, an article that is a
//! copy of an earlier lead belongs to a lead; any other article is a lead itself. This is pivot
//! clustering, a greedy maximal independent set (N. Ailon, M. Charikar, A. Newman, "Aggregating
//! inconsistent information", JACM 2008, section 3), in the order of time. Of the earlier leads that it is
//! a copy of, an article belongs to the one that is most like it; of equally like ones, to the earliest.
//! So the clusters depend on the articles alone, not on the order of their arrival. Every member is a copy
//! of its lead: there are no chains.
//!
//! A change affects only its neighborhood, and is settled in the order of the articles: when an article
//! is looked at, everything earlier is final. A cluster keeps its number when its lead changes, so the
//! members of a large one follow a new lead at once, and are compared with it later, in portions.

mod settle;
#[cfg(test)]
mod tests;

pub use settle::settle;

use prost::Message;

use crate::id::{ArticleId, DocId};

/// Version of the definition, and of what makes two texts copies. In the first, an article belonged to the
/// earliest lead; in the second, half of two texts made copies under any titles; in the third, a title alone was a text.
pub const VERSION: u32 = 4;

/// Most articles placed in a turn, or in a portion between turns. The followers of a cluster that has
/// as many or more are left for portions. Does not change where articles end up.
pub const PORTION: usize = 8;

/// The position of an article in the order of articles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order {
    /// The article names another outlet as the first to have its text. Such articles come after all
    /// others; otherwise a reprint with an early date would lead its original.
    pub names_another: bool,
    /// When it was published, or else first seen; milliseconds since 1970.
    pub time_ms: i64,
    /// Breaks ties.
    pub id: ArticleId,
}

/// The resemblance of two texts (their Jaccard index), in units of 2^-32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resemblance(u64);

impl Resemblance {
    /// That of an article with itself.
    pub const WHOLE: Self = Self(1 << 32);

    /// Returns that of two texts by their weights, and that of what they share.
    pub fn new(shared: u32, this: u32, other: u32) -> Self {
        let [shared, this, other] = [shared, this, other].map(u64::from);
        Self((shared << 32) / (this + other - shared).max(1))
    }
}

/// An article and where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The article.
    pub doc: DocId,
    /// Its cluster.
    pub cluster: DocId,
    /// The lead that it was placed under, which may be itself. If the cluster has another lead by
    /// now, the article follows that one provisionally.
    pub lead: DocId,
    /// How like the two are.
    pub resemblance: Resemblance,
}

/// What is left to settle about an article. Stored, so that it is resumed after a crash.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Unsettled {
    /// The article.
    #[prost(uint64, tag = "1")]
    pub doc: u64,
    /// It must be placed anew.
    #[prost(bool, tag = "2")]
    pub misplaced: bool,
    /// Its followers after this position must be compared with it; empty: all.
    #[prost(bytes = "vec", optional, tag = "3")]
    pub followers_after: Option<Vec<u8>>,
    /// If it is misplaced: the lead that it was placed under. Without one, all its copies are asked for.
    #[prost(uint64, optional, tag = "4")]
    pub former_lead: Option<u64>,
    /// What it shares with its lead was counted by a former version of the program. It is counted again
    /// when the article is placed.
    #[prost(bool, tag = "5")]
    pub outdated: bool,
}

impl Unsettled {
    /// Whether nothing is left.
    pub fn is_settled(&self) -> bool {
        !self.misplaced && self.followers_after.is_none()
    }
}

/// What is to be settled.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'u> {
    /// An article is new, or replaces its former version.
    Put {
        /// The new article.
        new: DocId,
        /// The version that it replaces.
        former: Option<DocId>,
    },
    /// An article is removed.
    Removal(DocId),
    /// Something was left to settle.
    Left(&'u Unsettled),
}

/// The result of settling.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settled {
    /// The new articles and all others that now belong elsewhere, or under another lead, and those that
    /// were outdated, in their order.
    pub assigned: Vec<Assignment>,
    /// What is left to settle about articles, where that has changed.
    pub unsettled: Vec<Unsettled>,
}

/// Answers questions about the articles around a change.
pub trait Neighborhood {
    /// Why a question could not be answered.
    type Error;

    /// Returns the order of an article, also of the one that is removed.
    fn order(&mut self, doc: DocId) -> Result<Order, Self::Error>;

    /// Returns where an article belonged before the change, also the one that is removed; `None` if
    /// it is new or was removed earlier.
    fn assignment(&mut self, doc: DocId) -> Result<Option<Assignment>, Self::Error>;

    /// Returns the lead that a cluster had before the change, if it is not that of its number.
    fn other_lead(&mut self, cluster: DocId) -> Result<Option<DocId>, Self::Error>;

    /// Returns what was left to settle about an article.
    fn unsettled(&mut self, doc: DocId) -> Result<Unsettled, Self::Error>;

    /// Returns all copies of an article, with new articles and without the removed one, and how like they
    /// are.
    fn copies(&mut self, doc: DocId) -> Result<Vec<(DocId, Resemblance)>, Self::Error>;

    /// Returns how like an article and a lead are; `None` if they are no copies of each other, by the
    /// rules of [`Self::copies`].
    fn resemblance(&mut self, doc: DocId, lead: DocId) -> Result<Option<Resemblance>, Self::Error>;

    /// Returns at most `limit` articles that belonged to a cluster before the change, without its
    /// lead, in their order and with their positions. Begins after the position given.
    fn followers(
        &mut self,
        cluster: DocId,
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, DocId)>, Self::Error>;

    /// Returns a number that no document and no cluster has.
    fn unused(&mut self) -> Result<DocId, Self::Error>;
}
