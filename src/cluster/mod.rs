//! Says which article leads which. Pure: it asks its neighborhood for facts, and answers with
//! moves.
//!
//! The definition. Articles are ordered by time, ties broken by id. Going through them in that
//! order, an article that is a copy of an earlier lead belongs to the earliest such lead; else it
//! is a lead itself. That is pivot clustering, a greedy maximal independent set (N. Ailon, M.
//! Charikar, A. Newman, "Aggregating inconsistent information", JACM 2008, section 3), with time
//! for the order: a function of the articles, not of the order in which they came. Every member is
//! a copy of its lead, so nothing chains.
//!
//! A change touches only its neighborhood, and is settled in the order of the articles: when an
//! article is looked at, everything earlier is final.

mod settle;

pub use settle::{Assignment, Neighborhood, Order, settle};
