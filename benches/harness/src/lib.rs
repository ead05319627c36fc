//! Invented articles, for the load generator, the benchmarks and their tests.

pub mod synthetic;
