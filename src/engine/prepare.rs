//! What can be done for an article before its turn comes: on any thread, alone.

use super::{Article, Params, Result};
use crate::id::{ArticleId, normal_url};
use crate::record::{Keys, Put, sketch_keys};
use crate::text::{self, Body, Shingles, hash_bytes};

/// An article, read and sketched.
pub(super) struct Prepared {
    /// Its name.
    pub id: ArticleId,
    /// What will be kept of it; number, revision and first sight are filled in when its turn comes.
    pub put: Put,
    /// Its text's shingles.
    pub shingles: Shingles,
    /// Its buckets.
    pub keys: Keys,
}

/// Checks, reads and sketches an article.
///
/// # Errors
/// A field at fault.
pub(super) fn prepare(article: Article, params: &Params) -> Result<Prepared> {
    let content_hash = content_hash(&article);
    let (id, article) = article.complete()?;
    let text = text::plain(&article.body);
    Article::check_text(&text)?;
    let shingles = text::shingles(&article.title, &text);
    let keys = sketch_keys(article.collection.as_str(), &shingles, &params.sketch);
    let put = Put {
        collection: article.collection.to_string(),
        id: id.to_string(),
        text_zstd: Put::pack(&text),
        url: article.url,
        publisher: article.publisher,
        title: article.title,
        lang: article.lang,
        published_ms: article.published_ms,
        content_hash: content_hash.to_le_bytes().to_vec(),
        ..Put::default()
    };
    Ok(Prepared {
        id,
        put,
        shingles,
        keys,
    })
}

/// Hashes all that was submitted, but for the names of article and collection.
fn content_hash(article: &Article) -> u128 {
    let (kind, body) = match &article.body {
        Body::Text(text) => ("text", text),
        Body::Html(page) => ("html", page),
    };
    let published = article
        .published_ms
        .map_or(String::new(), |ms| ms.to_string());
    // A visit's tracking parameters make no new version.
    let url = normal_url(&article.url).unwrap_or_else(|| article.url.clone());
    let parts = [
        &url,
        &article.publisher,
        &article.title,
        &article.lang,
        &published,
        kind,
        body,
    ];
    let mut bytes = Vec::with_capacity(body.len() + 256);
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    hash_bytes(&bytes)
}
