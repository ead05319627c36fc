//! What can be done for an article before its turn comes: on any thread, alone.

use super::{Article, Body, Params, Result, body};
use crate::id::{ArticleId, host, normal_url, source_host};
use crate::index::{Ahead, Probe};
use crate::notices::{Notice, NoticeTable};
use crate::record::{Keys, Put, sketch_keys};
use crate::syndication::names_another;
use crate::text::{self, Segment, Shingles, Span, hash_bytes};

/// Most notices, and most photo credits, kept of an article.
const NOTICES: usize = 16;
/// Weight from which on a notice is taken at its word.
const STRONG: f32 = 0.6;

/// An article, read and sketched.
pub(super) struct Prepared {
    /// Its name.
    pub id: ArticleId,
    /// What will be kept of it; number, revision and first sight are filled in when its turn comes.
    pub put: Put,
    /// Its text.
    pub text: String,
    /// The lines and sentences of its text.
    pub segments: Vec<Segment>,
    /// Its text's shingles.
    pub shingles: Shingles,
    /// Its buckets.
    pub keys: Keys,
    /// What was found out ahead of its turn.
    pub ahead: Ahead,
}

impl Prepared {
    /// Packs its text, as it will be kept. What is only asked after needs no packing.
    pub fn packed(mut self) -> Self {
        self.put.text_zstd = Put::pack(&self.text);
        self
    }

    /// What its neighbors are looked for by.
    pub fn probe(&self) -> Probe<'_> {
        Probe {
            collection: &self.put.collection,
            shingles: &self.shingles,
            keys: &self.keys,
        }
    }

    /// Takes furniture out: stretches of the text that do not count. In order.
    pub fn mask(&mut self, furniture: &[Span], params: &Params) {
        if furniture.is_empty() || self.put.blocked {
            return;
        }
        let cuts = united([self.put.cuts().as_slice(), furniture].concat());
        self.put.set_cuts(&cuts);
        self.shingles = text::shingles(&self.put.title, &self.text, &cuts);
        self.keys = sketch_keys(&self.put.collection, &self.shingles, &params.sketch);
        self.ahead = Ahead::default();
    }
}

/// Checks, reads and sketches an article.
///
/// # Errors
/// A field at fault.
pub(super) fn prepare(
    article: Article,
    params: &Params,
    table: &NoticeTable,
    now_ms: i64,
) -> Result<Prepared> {
    let content_hash = content_hash(&article);
    let (id, article) = article.complete()?;
    let collection = article.collection.to_string();
    let page = body::read(article, table, now_ms);
    Article::check_text(&page.text)?;

    let blocked = table.is_blocked(&page.title, &page.text);
    let (mut notices, mut photo_credits) = table.search(&page.text, &page.links);
    let cut = notices.iter().filter(|notice| notice.cut);
    let mut cuts: Vec<Span> = cut.map(|notice| notice.span).collect();
    cuts.extend(under_notice(&page.text, &notices));
    let cuts = united(cuts);
    let host = host(&page.url).unwrap_or_default();
    let names_another = names_another(&page.publisher, &host, &page.canonical, &notices);
    keep_weightiest(&mut notices);
    photo_credits.truncate(NOTICES);
    let mut put = Put {
        collection,
        id: id.to_string(),
        content_hash: content_hash.to_le_bytes().to_vec(),
        names_another,
        notices,
        photo_credits,
        byline_agency: table.agency_in(&page.byline).unwrap_or_default(),
        disguised_words: text::disguised_words(&page.text),
        blocked,
        url: page.url,
        publisher: page.publisher,
        title: page.title,
        lang: page.lang,
        byline: page.byline,
        canonical: page.canonical,
        published_ms: page.published_ms,
        modified_ms: page.modified_ms,
        ..Put::default()
    };
    put.source_host = source_host(&put.url, &put.publisher);
    put.set_cuts(&cuts);
    // Furniture is neither learned from nor masked in a wall or an article without a host.
    let (shingles, segments) = match (blocked, put.source_host.is_empty()) {
        (true, _) => Default::default(),
        (false, true) => (text::shingles(&put.title, &page.text, &cuts), Vec::new()),
        (false, false) => text::shingles_and_segments(&put.title, &page.text, &cuts),
    };
    Ok(Prepared {
        id,
        keys: sketch_keys(&put.collection, &shingles, &params.sketch),
        segments,
        ahead: Ahead::default(),
        text: page.text,
        shingles,
        put,
    })
}

/// Drops all but the weightiest notices; those that stay keep the order of the text.
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

/// The teasers under a notice that ends the article: one that says that another had the text first, in
/// its second half.
fn under_notice(text: &str, notices: &[Notice]) -> Vec<Span> {
    let ends = notices.iter().find(|notice| {
        let says_so = notice.signal.names_earlier_source() && notice.weight >= STRONG;
        says_so && notice.cut && notice.span.start as usize > text.len() / 2
    });
    ends.map_or_else(Vec::new, |notice| {
        text::teasers(text, notice.span.end as usize)
    })
}

/// Puts stretches in order, and makes one of those that touch.
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

/// Hashes all that was submitted, but for the names of article and collection.
fn content_hash(article: &Article) -> u128 {
    let (kind, content_type, body) = match &article.body {
        Body::Text(text) => ("text", "", text.as_bytes()),
        Body::Html(page) => ("html", "", page.as_bytes()),
        Body::Raw {
            bytes,
            content_type,
        } => ("page", content_type.as_str(), bytes.as_slice()),
    };
    let published = article
        .published_ms
        .map_or(String::new(), |ms| ms.to_string());
    // A visit's tracking parameters make no new version.
    let url = normal_url(&article.url).unwrap_or_else(|| article.url.clone());
    let parts = [
        url.as_bytes(),
        article.publisher.as_bytes(),
        article.title.as_bytes(),
        article.lang.as_bytes(),
        published.as_bytes(),
        kind.as_bytes(),
        content_type.as_bytes(),
        body,
    ];
    let mut bytes = Vec::with_capacity(body.len() + 256);
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    hash_bytes(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_united() {
        let spans = |pairs: &[(u32, u32)]| -> Vec<Span> {
            pairs
                .iter()
                .map(|&(start, end)| Span { start, end })
                .collect()
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
