//! Decides how texts relate, who had a text first, and why. Pure, and cannot fail.
//!
//! For two texts: in go their verified overlap and which one is earlier, out come their relation and
//! whether they are copies. For an article: in go the facts of it and of the articles around it, out
//! come its role, a confidence, and the evidence, with weights that a person can add up. It never
//! decides on clusters, and never reads a store.

mod evidence;
mod facts;
mod judge;
mod origin;
mod publisher;
mod relation;
#[cfg(test)]
mod tests;
mod walls;
mod words;

pub use evidence::{Evidence, EvidenceKind, Question, confidence};
pub use facts::{Facts, Related, Story, named_agency};
pub use judge::{Judgement, Role, Source, judge};
pub use origin::names_another;
pub use publisher::{same_publisher, site_host};
pub use relation::{Kinship, Relation, TextPair, Thresholds};
