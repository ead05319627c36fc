//! The part of an ingest that reads the article alone, on any thread.

use std::sync::Arc;

use super::article::ValidArticle;
use super::{Article, Params, Result, body};
use crate::id::Collection;
use crate::index::{PreparedNeighbors, Probe};
use crate::notices::{Notice, NoticeFindings, NoticeTable};
use crate::record::{Keys, Put, sketch_keys};
use crate::syndication::{names_another, site_host};
use crate::text::{self, ScannedText, Segment, Shingles, Span};

/// Most notices, and most photo credits, kept of an article.
const NOTICES: usize = 16;

/// An article, read and sketched.
pub(super) struct PreparedArticle {
    /// Its record. Number, revision and first sight are set in its turn; until then it says when it was
    /// captured only if the client did.
    pub put: Put,
    /// Its text.
    pub text: String,
    /// The lines and sentences of its text.
    pub segments: Vec<Segment>,
    /// What does not count of its text by itself, and furniture of its host.
    cuts: Vec<Span>,
    furniture: Vec<Span>,
    /// Its text's shingles.
    pub shingles: Arc<Shingles>,
    /// Its buckets.
    pub keys: Keys,
    /// What was found out about its neighbors before its turn.
    pub neighbors: Option<PreparedNeighbors>,
    /// Whether quotations are asked for.
    pub quotations: bool,
}

impl PreparedArticle {
    /// Returns a stored article as it was before its turn. Nothing is learned from it again.
    pub fn again(put: Put, text: String, shingles: Arc<Shingles>, params: &Params) -> Self {
        Self {
            keys: sketch_keys(&put.collection, &shingles, &params.sketch),
            cuts: put.cuts(),
            segments: Vec::new(),
            furniture: Vec::new(),
            neighbors: None,
            quotations: false,
            text,
            shingles,
            put,
        }
    }

    /// Returns what its neighbors are looked for by.
    pub fn probe(&self) -> Probe<'_> {
        Probe {
            collection: &self.put.collection,
            shingles: &self.shingles,
            keys: &self.keys,
            quotations: self.quotations,
        }
    }

    /// Moves it to another generation of its collection.
    pub fn move_to(&mut self, collection: &Collection, params: &Params) {
        if self.put.collection != collection.as_str() {
            self.put.collection = collection.as_str().to_owned();
            self.keys = sketch_keys(&self.put.collection, &self.shingles, &params.sketch);
            self.neighbors = None;
        }
    }

    /// Removes furniture, in place of what was removed before: ordered spans of the text that do not count.
    pub fn mask(&mut self, furniture: Vec<Span>, params: &Params) {
        if furniture == self.furniture {
            return;
        }
        let cuts = with_furniture(&self.cuts, &furniture);
        self.furniture = furniture;
        self.put.set_cuts(&cuts);
        self.shingles = Arc::new(text::shingles(&self.put.title, &self.text, &cuts));
        self.keys = sketch_keys(&self.put.collection, &self.shingles, &params.sketch);
        self.neighbors = None;
    }
}

/// Reads and sketches an article. `furniture_of` returns the furniture among its segments: ordered spans of
/// the text that do not count.
///
/// # Errors
/// [`super::Error::Invalid`] for a page whose text is too long, and those of `furniture_of`.
pub(super) fn prepare(
    article: ValidArticle,
    params: &Params,
    table: &NoticeTable,
    now_ms: i64,
    furniture_of: impl FnOnce(&Put, &[Segment]) -> Result<Vec<Span>>,
) -> Result<PreparedArticle> {
    let ValidArticle {
        id,
        content_hash,
        article,
    } = article;
    let (mut put, text, links) = body::read(article, table, now_ms);
    Article::check_text(&text)?;
    let NoticeFindings {
        mut notices,
        mut photo_credits,
        is_blocked,
    } = table.search(&put.title, &text, &links);
    let cut = notices.iter().filter(|notice| notice.cut);
    let mut cuts: Vec<Span> = cut.map(|notice| notice.span).collect();
    cuts.extend(under_notice(&text, &notices));
    let cuts = united(cuts);
    // What names its writer names no other outlet.
    notices.retain(|notice| notice.agency || !names(&put.byline, &notice.outlet));
    let host = site_host(&put.url);
    put.own_agency = table.agency_of(&put.publisher, &host).unwrap_or_default();
    put.names_another = names_another(&put.publisher, &host, &put.canonical, &notices);
    keep_weightiest(&mut notices);
    photo_credits.truncate(NOTICES);
    (put.notices, put.photo_credits) = (notices, photo_credits);
    (put.id, put.content_hash) = (id.0, content_hash);
    put.byline_agency = table.agency_in(&put.byline).unwrap_or_default();
    put.disguised_words = text::disguised_words(&text);
    put.blocked = is_blocked;
    put.is_empty = text.trim().is_empty();
    put.text_bytes = text.len() as u32;
    // Without a host there is no furniture to learn or to mask.
    let scanned = put.counts().then(|| ScannedText::new(&text));
    let segments = match &scanned {
        Some(scanned) if !put.source_host.is_empty() => scanned.segments(),
        _ => Vec::new(),
    };
    let furniture = furniture_of(&put, &segments)?;
    let all_cuts = with_furniture(&cuts, &furniture);
    put.set_cuts(&all_cuts);
    let shingles = scanned.map(|scanned| scanned.shingles(&put.title, &all_cuts));
    let shingles = shingles.unwrap_or_default();
    Ok(PreparedArticle {
        keys: sketch_keys(&put.collection, &shingles, &params.sketch),
        segments,
        cuts,
        furniture,
        neighbors: None,
        quotations: false,
        text,
        shingles: Arc::new(shingles),
        put,
    })
}

/// Whether a byline is a name, whatever the capitals.
fn names(byline: &str, name: &str) -> bool {
    !name.is_empty() && byline.to_lowercase() == name.to_lowercase()
}

/// Drops all but the weightiest notices. The rest keep the order of the text.
fn keep_weightiest(notices: &mut Vec<Notice>) {
    let mut weights: Vec<f32> = notices.iter().map(|notice| notice.weight).collect();
    weights.sort_unstable_by(|a, b| b.total_cmp(a));
    if let Some(&least) = weights.get(NOTICES - 1) {
        let mut equal = weights[..NOTICES].iter().filter(|&&w| w == least).count();
        notices.retain(|notice| {
            let has_place = notice.weight == least && equal > 0;
            equal -= usize::from(has_place);
            notice.weight > least || has_place
        });
    }
}

/// Returns the teasers under a notice that ends the article: one in the second half of the text that
/// names an earlier source.
fn under_notice(text: &str, notices: &[Notice]) -> Vec<Span> {
    let ends = notices.iter().find(|notice| {
        let says_so = notice.signal.names_earlier_source() && notice.is_strong();
        says_so && notice.cut && notice.span.start as usize > text.len() / 2
    });
    ends.map_or_else(Vec::new, |notice| {
        text::teasers(text, notice.span.end as usize)
    })
}

/// Returns all that does not count of a text.
fn with_furniture(cuts: &[Span], furniture: &[Span]) -> Vec<Span> {
    match furniture.is_empty() {
        true => cuts.to_vec(),
        false => united([cuts, furniture].concat()),
    }
}

/// Sorts spans, and unites those that touch.
fn united(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| span.start);
    let mut united: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match united.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => united.push(span),
        }
    }
    united
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_spans_are_united() {
        let spans = |pairs: &[(u32, u32)]| -> Vec<Span> {
            let spans = pairs.iter().map(|&(start, end)| Span { start, end });
            spans.collect()
        };
        let check = |given: &[(u32, u32)], expected: &[(u32, u32)]| {
            assert_eq!(united(spans(given)), spans(expected));
            let mut put = Put::default();
            put.set_cuts(&spans(expected));
            assert_eq!(put.cuts(), spans(expected));
        };
        check(&[], &[]);
        check(&[(5, 9), (0, 3), (8, 12), (12, 13)], &[(0, 3), (5, 13)]);
        check(&[(0, 10), (2, 4), (20, 30)], &[(0, 10), (20, 30)]);
    }
}
