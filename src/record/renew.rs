//! What a new version of the program owes to a store of a former one.

use super::{Entry, RehashedSegment, Rest, Result, RowReader, VERSION, apply};
use crate::cluster::Unsettled;
use crate::sketch::Params;
use crate::store::Store;

/// Articles, or segments, in one entry.
const BATCH: usize = 1000;

/// Notes for every article that it must be placed anew, and compared with all its copies: the clusters in
/// the journal are those of a former version, which read texts, or chose leads, otherwise. What is known
/// of furniture moves to where its words are looked for now.
///
/// # Errors
/// Those of the store, and a row that cannot be read.
pub fn renew(store: &dyn Store, params: &Params) -> Result<()> {
    let stage = |entry: &Entry| {
        let writes = apply((store, Rest::Whole), entry, None, &[], params)?;
        store.stage(entry.encode(), writes)?;
        Ok(store.commit()?)
    };
    misplace_articles(store, stage)?;
    rehash_furniture(store, stage)
}

fn misplace_articles(store: &dyn Store, stage: impl Fn(&Entry) -> Result<()>) -> Result<()> {
    let mut last = None;
    loop {
        let docs = RowReader(store).documents_after(last, BATCH)?;
        last = docs.last().copied();
        if last.is_none() {
            return Ok(());
        }
        let unsettled = docs.iter().map(|doc| Unsettled {
            doc: doc.0,
            misplaced: true,
            outdated: true,
            ..Unsettled::default()
        });
        stage(&Entry {
            version: VERSION,
            cursor: RowReader(store).latest_change()?,
            unsettled: unsettled.collect(),
            ..Entry::default()
        })?;
    }
}

fn rehash_furniture(store: &dyn Store, stage: impl Fn(&Entry) -> Result<()>) -> Result<()> {
    let mut last: Option<Vec<u8>> = None;
    loop {
        let rows = RowReader(store).furniture_after(last.as_deref(), BATCH)?;
        let Some((row, _)) = rows.last() else {
            return Ok(());
        };
        last = Some(row.clone());
        let rehashed = rows.into_iter().filter_map(|(row, segment)| {
            let hash = segment.hash()?;
            (!row.ends_with(&hash.to_be_bytes())).then_some(RehashedSegment { row, hash })
        });
        let rehashed: Vec<RehashedSegment> = rehashed.collect();
        if !rehashed.is_empty() {
            stage(&Entry {
                version: VERSION,
                cursor: RowReader(store).latest_change()?,
                rehashed,
                ..Entry::default()
            })?;
        }
    }
}
