//! Decides how texts relate, who had a text first, and why. Pure, and cannot fail.
//!
//! For two texts: in go their verified overlap and which one is earlier, out come their relation and
//! whether they are copies. For an article: in go the facts of it and of the articles around it, out
//! come its role, a confidence, and the evidence, with weights that a person can add up. It never
//! decides on clusters, and never reads a store.

mod agencies;
mod copies;
mod evidence;
mod facts;
mod inquiry;
mod judge;
mod judgement;
mod name;
mod origin;
mod parse_cache;
mod publisher;
mod relation;
mod site;
#[cfg(test)]
mod tests;
mod times;
mod walls;
mod words;

pub use evidence::{Evidence, EvidenceKind, Question, confidence};
pub use facts::{Facts, Related, Story, named_agency};
pub use judge::judge;
pub use judgement::{Judgement, Role, Source};
pub use origin::names_another;
pub use publisher::same_publisher;
pub use relation::{Kinship, Relation, TextPair, Thresholds};
pub use site::{site_host, site_of};
