//! Says how two texts relate, from verified facts. Pure; cannot fail.
//!
//! In go what is verified of two texts and which of them is earlier; out comes the relation, and
//! whether they are copies. It never decides on clusters, and never looks into a store.

mod relation;

pub use relation::{Pair, Relation, Thresholds};
