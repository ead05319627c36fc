//! Says how texts relate, who had a text first, and why. Pure; cannot fail.
//!
//! In go what is verified of two texts and which of them is earlier; out comes the relation, and
//! whether they are copies. In go what is known of an article and of those around it; out come its
//! role, how sure that is, and the evidence, with weights that a person can add up. It never decides
//! on clusters, and never looks into a store.

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
pub use facts::{Facts, Related, Story};
pub use judge::{Judgement, Role, Source, judge};
pub use origin::names_another;
pub use publisher::same_publisher;
pub use relation::{Kinship, Pair, Relation, Thresholds};
