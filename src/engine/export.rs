//! Lists all articles of a collection with what is reported of them.

use super::{Core, Engine, KeptArticles, PageRequest, Placement, Result};
use crate::id::{ArticleId, Collection, DocId};
use crate::record::DocList;
use crate::syndication::Judgement;

/// What is reported of an article of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedArticle {
    /// The article.
    pub id: ArticleId,
    /// Its URL, as it was submitted; may be empty.
    pub url: String,
    /// Its time in the order of articles; milliseconds since 1970.
    pub time_ms: i64,
    /// Where it belongs.
    pub placement: Placement,
    /// Its role as of now, without the evidence; `None` if it was not asked for.
    pub judgement: Option<Judgement>,
    /// Whether it is the one of its cluster to keep; `None` without a rule.
    pub keep: Option<bool>,
}

/// A page of the articles of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedArticles {
    /// The articles.
    pub articles: Vec<ExportedArticle>,
    /// Token of the next page; empty on the last.
    pub next: String,
}

impl Engine {
    /// Lists the articles of a collection in the order in which they were first seen: each once, also if their
    /// clusters change meanwhile. `with_roles` also judges them, which takes a search for each.
    ///
    /// # Errors
    /// [`Error::Invalid`](super::Error::Invalid) for an invalid page, and those of the store.
    pub fn export(
        &self,
        collection: &Collection,
        page: &PageRequest,
        kept: Option<&KeptArticles>,
        with_roles: bool,
    ) -> Result<ExportedArticles> {
        let core = &self.core;
        let collection = core.current(collection)?;
        let list = DocList::FirstSeen(collection.as_str());
        let (documents, next) = core.page(list, page, 0)?;
        let exported = documents
            .iter()
            .map(|document| core.retry(|| core.exported(document.doc(), kept, with_roles)));
        // Those that are gone by now are left out.
        let articles = exported.filter_map(Result::transpose);
        Ok(ExportedArticles {
            articles: articles.collect::<Result<_>>()?,
            next,
        })
    }

    /// Returns what is reported of one article, as [`Self::export`] does; `None` if it is not stored.
    ///
    /// # Errors
    /// Those of the store.
    pub fn exported(
        &self,
        collection: &Collection,
        id: &str,
        kept: Option<&KeptArticles>,
        with_roles: bool,
    ) -> Result<Option<ExportedArticle>> {
        let core = &self.core;
        let collection = core.current(collection)?;
        core.retry(|| match core.find(collection.as_str(), id)? {
            Some(document) => core.exported(document.doc(), kept, with_roles),
            None => Ok(None),
        })
    }
}

impl Core {
    fn exported(
        &self,
        doc: DocId,
        kept: Option<&KeptArticles>,
        with_roles: bool,
    ) -> Result<Option<ExportedArticle>> {
        let Some(document) = self.documents(&[doc])?.pop() else {
            return Ok(None);
        };
        let (placement, judgement) = match with_roles {
            true => {
                let (placement, mut found, _) = self.judge_again(&document, false)?;
                found.judgement.evidence.clear();
                (placement, Some(found.judgement))
            }
            false => (self.placement_of(&document)?, None),
        };
        let keep = kept.map(|kept| self.is_kept(kept, &document, placement.size));
        Ok(Some(ExportedArticle {
            id: document.id(),
            url: document.put.url.clone(),
            time_ms: document.order().time_ms,
            keep: keep.transpose()?,
            placement,
            judgement,
        }))
    }
}
