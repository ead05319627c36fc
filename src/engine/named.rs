//! Finding the articles that clients name: by their ids, or by their URLs in any form.

use super::{Core, Engine, Result, SeenArticle};
use crate::id::{Collection, DocId, normal_url};
use crate::record::{self, Document, RowReader};

impl Engine {
    /// Returns which of some articles are stored, in the order of their names. A name is an id or a URL in
    /// any form. Costs a few rows for each, and compares nothing.
    ///
    /// # Errors
    /// Those of the store.
    pub fn seen(
        &self,
        collection: &Collection,
        names: &[String],
    ) -> Result<Vec<Option<SeenArticle>>> {
        let core = &self.core;
        let collection = core.current(collection)?;
        core.retry(|| core.seen(&collection, names))
    }
}

impl Core {
    fn seen(&self, collection: &Collection, names: &[String]) -> Result<Vec<Option<SeenArticle>>> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = self.find_all_named(collection.as_str(), &names)?;
        let leads: Vec<DocId> = found.iter().flatten().map(|one| one.lead).collect();
        let mut leads = self.present(&leads)?.into_iter();
        let seen = found.into_iter().map(|document| {
            // There is a lead for each document.
            let (document, lead) = document.and_then(|one| Some((one, leads.next()?)))?;
            Some(SeenArticle {
                id: document.id(),
                first_seen_ms: document.put.first_seen_ms,
                revision: document.put.revision,
                cluster: lead.id(),
            })
        });
        Ok(seen.collect())
    }

    /// Reads the document that a client names.
    pub(super) fn find_named(&self, collection: &str, name: &str) -> Result<Option<Document>> {
        Ok(self.find_all_named(collection, &[name])?.pop().flatten())
    }

    /// Reads the documents that a client names, in the order of the names. The article whose id is the name
    /// comes before the one whose URL is.
    fn find_all_named(&self, collection: &str, names: &[&str]) -> Result<Vec<Option<Document>>> {
        let rows = RowReader(&*self.store);
        let mut found = rows.find(collection, names)?;
        let missing = found.iter().zip(names).enumerate();
        let missing = missing.filter(|(_, (doc, _))| doc.is_none());
        let urls = missing.filter_map(|(at, (_, name))| {
            let normal = normal_url(name)?;
            (normal != *name).then_some((at, normal))
        });
        let urls: Vec<(usize, String)> = urls.collect();
        let normal: Vec<&str> = urls.iter().map(|(_, url)| url.as_str()).collect();
        for ((at, _), doc) in urls.iter().zip(rows.find(collection, &normal)?) {
            found[*at] = doc;
        }
        let docs: Vec<DocId> = found.iter().flatten().copied().collect();
        let mut documents = self.present(&docs)?.into_iter();
        let in_order = found
            .into_iter()
            .map(|doc| doc.and_then(|_| documents.next()));
        Ok(in_order.collect())
    }

    /// Reads the document that has an id, or whose URL has this normal form.
    pub(super) fn find(&self, collection: &str, id: &str) -> Result<Option<Document>> {
        let doc = RowReader(&*self.store).find(collection, &[id])?.pop();
        let document = doc.flatten().map(|doc| self.index.document(doc));
        Ok(document.transpose()?)
    }

    /// Reads documents that must be there, in their order.
    fn present(&self, docs: &[DocId]) -> Result<Vec<Document>> {
        let documents = self.index.documents(docs)?.into_iter().zip(docs);
        let present = documents.map(|(document, &doc)| {
            let missing = || record::Error::missing("document", doc).into();
            document.ok_or_else(missing)
        });
        present.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Article, Body, Params, Side};
    use super::*;
    use crate::store::Memory;

    const STORY: &str =
        "The ferry to Halm ran aground at dawn and all forty passengers walked ashore.";

    /// Two copies, the lead without an id, and an article whose id is the lead's URL in another form.
    fn engine() -> Engine {
        let engine = Engine::open(Arc::new(Memory::default()), Params::default()).unwrap();
        let ingest = |id: &str, url: &str, text: &str| {
            let article = Article {
                id: id.into(),
                url: url.into(),
                published_ms: Some(id.len() as i64),
                body: Body::Text(text.into()),
                ..Article::default()
            };
            engine.ingest(article).unwrap();
        };
        ingest("", "HTTPS://Paper.Example:443/a?utm_source=feed#top", STORY);
        ingest("copy", "https://other.example/a", STORY);
        ingest("https://paper.example/a?utm_source=x", "", "Another text.");
        engine
    }

    #[test]
    fn a_name_is_an_id_or_else_a_url_in_any_form() {
        let (engine, default) = (engine(), Collection::default());
        let check = |name: &str, expected: Option<&str>| {
            let found = engine.core.find_named(default.as_str(), name).unwrap();
            let found = found.map(|document| document.id().0);
            assert_eq!(found.as_deref(), expected, "{name}");
        };
        let id = "https://paper.example/a";
        check(id, Some(id));
        check("HTTPS://Paper.Example:443/a?utm_source=feed#top", Some(id));
        check(" https://paper.example./a?gclid=1 ", Some(id));
        // The id comes first.
        check(
            "https://paper.example/a?utm_source=x",
            Some("https://paper.example/a?utm_source=x"),
        );
        check("copy", Some("copy"));
        for unknown in [
            "",
            "a",
            "https://paper.example/b",
            "paper.example/a",
            "https://other.example/a",
        ] {
            check(unknown, None);
        }
    }

    #[test]
    fn what_was_seen_is_returned_in_the_order_of_the_names() {
        let (engine, default) = (engine(), Collection::default());
        let names = [
            "copy",
            "nothing",
            "http://paper.example/a",
            "https://paper.example/a#x",
            "copy",
        ];
        let seen = engine.seen(&default, &names.map(str::to_owned)).unwrap();
        let lead = "https://paper.example/a";
        let shown = seen.iter().map(|one| {
            let one = one.as_ref()?;
            assert!(one.first_seen_ms > 0 && one.revision == 1);
            Some((one.id.as_str(), one.cluster.as_str()))
        });
        let copy = Some(("copy", lead));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [copy, None, None, Some((lead, lead)), copy]
        );
        assert_eq!(engine.seen(&default, &[]).unwrap(), []);
        let other = Collection::parse("other").unwrap();
        assert_eq!(engine.seen(&other, &["copy".into()]).unwrap(), [None]);
    }

    #[test]
    fn every_use_case_takes_a_url_as_it_was_submitted() {
        let (engine, default) = (engine(), Collection::default());
        let url = "HTTPS://Paper.Example:443/a?utm_source=feed#top";
        let stored = engine.get(&default, url, false, false).unwrap();
        assert_eq!(stored.article.id, "https://paper.example/a");
        let cluster = engine.cluster(&default, url, &Default::default()).unwrap();
        assert_eq!(cluster.size, 2);
        let side = |name: &str| Side::Id(name.to_owned());
        let compared = engine.compare(&default, side(url), side("copy")).unwrap();
        assert!(compared.copy);
        let removed = engine.remove(&default, vec![url.into()]).unwrap();
        assert_eq!((removed.removed, removed.unknown), (1, 0));
    }
}
