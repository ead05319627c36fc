//! What the name of a `meta` element says about the date in it.

/// What a stated date is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateMeaning {
    Published,
    /// Of creation, of upload, or of what is not said.
    Created,
    Modified,
}

/// Parts of names of dates that are none of the article's own.
const OTHERS: [&str; 15] = [
    "bookrelease",
    "musicrelease",
    "videorelease",
    "expir",
    "valid",
    "event",
    "cache",
    "generat",
    "verif",
    "unpublish",
    "copyright",
    "birth",
    "start",
    "endtime",
    "enddate",
];

impl DateMeaning {
    /// Returns what the name of a `meta` element says: `article:published_time`, `parsely-pub-date`,
    /// `dc.date.issued`, `lastmod`. `None` if it names no date.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let parts = || name.split(|c: char| !c.is_ascii_alphanumeric());
        let letters: String = parts().collect();
        let has = |beginnings: &[&str]| beginnings.iter().any(|one| letters.contains(one));
        let ends = |ends: &[&str]| ends.iter().any(|one| letters.ends_with(one));
        let is_time = has(&["date", "time"]);
        let last = parts().next_back().unwrap_or_default();
        if has(&OTHERS) {
            None
        } else if has(&[
            "modif", "update", "lastmod", "lastpub", "revision", "revised", "review",
        ]) {
            Some(Self::Modified)
        } else if matches!(last, "published" | "issued" | "pubdate")
            || ends(&["publishat", "publishedat"])
            || (is_time && has(&["publi", "pubd", "issued", "posted", "released"]))
        {
            Some(Self::Published)
        } else if is_time
            || matches!(last, "created" | "uploaded")
            || ends(&["createat", "createdat"])
        {
            Some(Self::Created)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_metas_say_what_the_date_is() {
        use DateMeaning::{Created, Modified, Published};
        let check = |names: &str, expected: Option<DateMeaning>| {
            for name in names.split(' ') {
                assert_eq!(DateMeaning::of_name(name), expected, "{name}");
            }
        };
        check(
            "article:published_time og:published_time datePublished publish-date parsely-pub-date pubdate \
             dc.date.issued DCTERMS.issued published article:published cXenseParse:recs:publishtime \
             citation_publication_date published-date bt:pubDate og:article:published_time \
             published_at rnews:datePublished",
            Some(Published),
        );
        check(
            "date dc.date dcterms.created sailthru.date article.created citation_date uploadDate displaydate \
             weibo:article:create_at created_at",
            Some(Created),
        );
        check(
            "article:modified_time og:updated_time last-modified lastmod dcterms.modified dateModified \
             weibo:article:update_at update_time lastPublishedDate dc.date.reviewed",
            Some(Modified),
        );
        check(
            "publisher article:publisher description publication expires article:expiration_time \
             book:release_date",
            None,
        );
    }
}
