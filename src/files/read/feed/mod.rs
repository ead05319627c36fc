//! Reads RSS (0.9x, 1.0, 2.0), Atom and the sitemaps of news.
//!
//! In goes XML in any character set; out come the records of its entries, one at a time. No entity of a DTD is
//! expanded and nothing is fetched. The entries of a sitemap have a title and a time, and no text.

mod element;
mod entry;
mod reader;
#[cfg(test)]
mod tests;
mod utf8;

use std::io;
use std::iter;
use std::sync::Arc;

use self::entry::{FeedHead, sitemap_record};
use self::reader::{FeedKind, FeedPart, FeedReader};
use self::utf8::Utf8Bytes;
use super::super::faults::NoArticle;
use super::super::lines::MAX_LINE_BYTES;
use super::super::{Faults, RecordPosition};
use super::{FileBytes, Records};
use crate::files::fields::RecordFields;

/// Reads a feed up to its first entry, and then its records. Pages of a sitemap that are no news are counted.
///
/// # Errors
/// A file that is no feed.
pub fn open(bytes: FileBytes, faults: &Arc<Faults>) -> io::Result<Records> {
    let mut feed = FeedRecords {
        reader: FeedReader::open(Utf8Bytes::new(bytes, MAX_LINE_BYTES)?)?,
        head: FeedHead::default(),
        faults: Arc::clone(faults),
    };
    Ok(Records {
        columns: Vec::new(),
        may_lack_text: true,
        records: Box::new(iter::from_fn(move || feed.next().transpose())),
    })
}

/// A record with its position; `Err` says what is wrong with it.
type FeedRecord = (RecordPosition, Result<RecordFields, String>);

/// The records of a feed.
struct FeedRecords {
    reader: FeedReader,
    head: FeedHead,
    faults: Arc<Faults>,
}

impl FeedRecords {
    fn next(&mut self) -> io::Result<Option<FeedRecord>> {
        while let Some((line, part)) = self.reader.next()? {
            let position = RecordPosition::Line(line);
            let element = match part {
                Err(why) => return Ok(Some((position, Err(why)))),
                Ok(FeedPart::Around(element)) => {
                    self.head.take_attributes(&element);
                    continue;
                }
                Ok(FeedPart::Within(element)) => element,
            };
            let kind = self.reader.kind();
            if !kind.has_entry(&element.name) {
                self.head.take(&element);
                continue;
            }
            let record = match kind {
                FeedKind::Sitemap => sitemap_record(&element),
                _ => Some(self.head.record(&element)),
            };
            match record {
                Some(record) => return Ok(Some((position, record))),
                None => self.faults.no_article(NoArticle::NotNews),
            }
        }
        Ok(None)
    }
}
