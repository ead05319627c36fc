//! Invented articles, and what is found of the copies among them, for the load generator, the benchmarks
//! and their tests.

pub mod quality;
pub mod synthetic;
