//! Wirecopy finds near-duplicate and syndicated articles: it tells a crawler, for every article it
//! brings in, whether the text was seen before, where, who carried it first, how much of it is the
//! same, and which articles are copies of one another.
//!
//! Candidates are proposed by locality-sensitive hashing and decided on the texts themselves; see
//! `docs/architecture.md` for the plan of the rooms and the path of an article through them.

mod cache;
pub mod cluster;
#[cfg(feature = "server")]
pub mod config;
pub mod engine;
#[cfg(feature = "server")]
pub mod files;
#[cfg(all(feature = "server", any(test, fuzzing)))]
pub mod fuzz;
pub mod id;
pub mod index;
#[cfg(feature = "server")]
pub mod job;
pub mod meter;
pub mod notices;
pub mod page;
pub mod record;
#[cfg(feature = "server")]
pub mod server;
pub mod sketch;
pub mod store;
pub mod syndication;
pub mod text;
#[cfg(feature = "server")]
pub mod warc;
#[cfg(feature = "server")]
pub mod webhook;
