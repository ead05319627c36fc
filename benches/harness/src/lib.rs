//! Invented articles, and what is found of the copies among them, and hostile ones, and what they cost: for the
//! commands, the benchmarks and their tests.

pub mod hostile;
pub mod memory;
pub mod process;
pub mod quality;
pub mod synthetic;
