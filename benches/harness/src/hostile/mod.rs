//! Texts and pages that are made to cost much, at any size, and what they cost.

mod cost;
mod inputs;

pub use cost::{Cost, HostileBench, HostileCosts};
pub use inputs::{HOSTILE_KINDS, HostileKind};
