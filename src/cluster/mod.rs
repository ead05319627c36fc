//! Decides which article leads which. Pure: it asks its neighborhood for facts, and returns moves.
//!
//! The definition: articles are ordered by time, ties broken by id. In that order, an article that is a
//! copy of an earlier lead belongs to the earliest such lead; any other article is a lead itself. This
//! is pivot clustering, a greedy maximal independent set (N. Ailon, M. Charikar, A. Newman, "Aggregating
//! inconsistent information", JACM 2008, section 3), in the order of time. So the clusters depend on the
//! articles alone, not on the order of their arrival. Every member is a copy of its lead: there are no
//! chains.
//!
//! A change affects only its neighborhood, and is settled in the order of the articles: when an article
//! is looked at, everything earlier is final.

mod settle;

pub use settle::{Assignment, Neighborhood, Order, settle};
