//! Finds the words of a text that name its source.
//!
//! A text and its links go in. Notices come out ("Originally published in ...", "Quelle: dpa",
//! "（本文来源：...）"): what each says, where it stands, and which outlet it names. Photo credits come
//! out beside them, and whether a page is a wall instead of an article. Pure; it cannot fail, except
//! for a table that cannot be read. It never judges what a notice is worth.
//!
//! All wordings are data: one table, `notices.tsv`, to which a user's file of the same format may add.
//! The search folds the text (`fold`), lets a prefilter find the few positions where a rare string of
//! some pattern stands (`prefilter`; `needles`, `spelling` and `rarity` choose the strings), and tries the pattern there (`rows`, `matcher`). Rows for words that
//! look like a notice and are none (rights footers, counters) compete for the same words, and win by their
//! weight.

mod agency;
mod credit;
mod disguise;
mod doubt;
mod file;
mod fold;
mod form;
mod link;
mod matcher;
mod needles;
mod notice;
mod outlet;
mod pattern;
mod position;
mod prefilter;
mod quotation;
mod rarity;
mod rows;
mod shifts;
mod signal;
mod slot;
mod spelling;
mod table;
mod vocabulary;
mod wall;

#[cfg(test)]
mod tests;

pub use file::TableError;
pub use notice::{Notice, NoticeFindings, PhotoCredit};
pub use signal::Signal;
pub use table::NoticeTable;
