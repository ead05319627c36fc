//! Which words of this text name its source?
//!
//! In goes a text with its links, out come notices: "Originally published in ...", "Quelle: dpa",
//! "（本文来源：...）", with what each says, where it stands, and whom it names. Pure; cannot fail.
//!
//! All wordings are data: one table (`notices.tsv`), to which a user's file of the same format may
//! add. A prefilter finds the few places where a rare word of some pattern stands; only there is a
//! pattern tried. Rows for what looks like a notice and is none (rights footers, photo credits)
//! compete with the others for the same words, and win by their weight.

mod agency;
mod credit;
mod file;
mod fold;
mod link;
mod literals;
mod lookalike;
mod matcher;
mod notice;
mod outlet;
mod pattern;
mod place;
mod prefilter;
mod rows;
mod signal;
mod slot;
mod starts;
mod table;
mod wall;
mod words;

#[cfg(test)]
mod tests;

pub use file::TableError;
pub use notice::{Notice, PhotoCredit};
pub use signal::Signal;
pub use table::NoticeTable;
