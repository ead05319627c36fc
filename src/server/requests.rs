//! Requests of the proto as what the engine takes.
//!
//! What only the wire can get wrong is refused here: an absent message, an unset oneof, a time that
//! is none, a page too long. The limits of an article are the engine's.

use prost_types::Timestamp;

use super::proto;
use super::status::Fault;
use crate::engine::Body;
use crate::engine::{Article, Error, MAX_FIELD_BYTES, MAX_TEXT_BYTES, Page, Side};
use crate::id::{Collection, MAX_ID_BYTES};

/// Most items of a page.
const MAX_PAGE_SIZE: u32 = 1000;
/// Longest page token: it may hold an id, and then some.
const MAX_TOKEN_BYTES: usize = 8 * MAX_ID_BYTES;
/// Most ids of one removal.
const MAX_REMOVED: usize = 1000;
/// The first and the last second of the years 1 to 9999, between which a Timestamp may lie.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

pub(super) fn collection(name: &str) -> Result<Collection, Fault> {
    Collection::parse(name).map_err(|error| invalid("collection", error.to_string()))
}

pub(super) fn article(name: &str, article: Option<proto::Article>) -> Result<Article, Fault> {
    let collection = collection(name)?;
    let article = article.ok_or_else(|| invalid("article", "none is given"))?;
    Ok(Article {
        collection,
        id: article.id,
        url: article.url,
        publisher: article.publisher,
        published_ms: time("article.published", article.published.as_ref())?,
        title: article.title,
        body: match article.body {
            Some(proto::article::Body::Text(text)) => Body::Text(text),
            Some(proto::article::Body::Html(html)) => Body::Html(html),
            Some(proto::article::Body::Page(page)) => Body::Raw {
                bytes: page.content,
                content_type: page.content_type,
            },
            None => Body::default(),
        },
        lang: article.lang,
    })
}

/// A time, in milliseconds since 1970, where there is one.
pub(super) fn time(field: &'static str, time: Option<&Timestamp>) -> Result<Option<i64>, Fault> {
    time.map(|time| milliseconds(field, time)).transpose()
}

fn milliseconds(field: &'static str, time: &Timestamp) -> Result<i64, Fault> {
    if !SECONDS.contains(&time.seconds) {
        return Err(invalid(
            field,
            format!("{} s is not in the years 1 to 9999", time.seconds),
        ));
    }
    if !(0..1_000_000_000).contains(&time.nanos) {
        return Err(invalid(
            field,
            format!("{} ns, 0 to 999999999 are taken", time.nanos),
        ));
    }
    Ok(time.seconds * 1000 + i64::from(time.nanos) / 1_000_000)
}

/// How the fields of one side of a comparison are named.
pub(super) struct SideNames {
    side: &'static str,
    oneof: &'static str,
    id: &'static str,
    title: &'static str,
    text: &'static str,
    html: &'static str,
}

/// The first side.
pub(super) const A: SideNames = SideNames {
    side: "a",
    oneof: "a.side",
    id: "a.id",
    title: "a.text.title",
    text: "a.text.text",
    html: "a.text.html",
};
/// The second side.
pub(super) const B: SideNames = SideNames {
    side: "b",
    oneof: "b.side",
    id: "b.id",
    title: "b.text.title",
    text: "b.text.text",
    html: "b.text.html",
};

pub(super) fn side(names: &SideNames, side: Option<proto::Side>) -> Result<Side, Fault> {
    let side = side.ok_or_else(|| invalid(names.side, "none is given"))?;
    match side.side {
        Some(proto::side::Side::Id(id)) => Ok(Side::Id(known_id(names.id, id)?)),
        Some(proto::side::Side::Text(proto::TextSide { title, body })) => {
            within(names.title, &title, MAX_FIELD_BYTES)?;
            let body = match body {
                Some(proto::text_side::Body::Text(text)) => {
                    within(names.text, &text, MAX_TEXT_BYTES)?;
                    Body::Text(text)
                }
                Some(proto::text_side::Body::Html(html)) => {
                    within(names.html, &html, 4 * MAX_TEXT_BYTES)?;
                    Body::Html(html)
                }
                None => Body::default(),
            };
            Ok(Side::Text { title, body })
        }
        None => Err(invalid(names.oneof, "neither id nor text is given")),
    }
}

/// The site that is asked about.
pub(super) fn site(site: String) -> Result<String, Fault> {
    if site.trim().is_empty() {
        return Err(invalid("site", "none is given"));
    }
    within("site", &site, MAX_FIELD_BYTES)?;
    Ok(site)
}

/// The id of an article that is asked for.
pub(super) fn id(id: String) -> Result<String, Fault> {
    known_id("id", id)
}

fn known_id(field: &'static str, id: String) -> Result<String, Fault> {
    if id.is_empty() {
        return Err(invalid(field, "none is given"));
    }
    within(field, &id, MAX_ID_BYTES)?;
    Ok(id)
}

/// The token of a page.
pub(super) fn token(token: String) -> Result<String, Fault> {
    within("page_token", &token, MAX_TOKEN_BYTES)?;
    Ok(token)
}

pub(super) fn page(size: u32, token: String) -> Result<Page, Fault> {
    if size > MAX_PAGE_SIZE {
        return Err(invalid(
            "page_size",
            format!("{size}, at most {MAX_PAGE_SIZE} are given"),
        ));
    }
    let token = self::token(token)?;
    Ok(Page {
        size: size as usize,
        token,
    })
}

pub(super) fn removal(ids: Vec<String>) -> Result<Vec<String>, Fault> {
    if ids.len() > MAX_REMOVED {
        return Err(invalid(
            "ids",
            format!("{} ids, at most {MAX_REMOVED} are taken", ids.len()),
        ));
    }
    Ok(ids)
}

fn within(field: &'static str, value: &str, most: usize) -> Result<(), Fault> {
    if value.len() <= most {
        Ok(())
    } else {
        Err(invalid(
            field,
            format!("{} bytes, at most {most} are taken", value.len()),
        ))
    }
}

fn invalid(field: &'static str, why: impl Into<String>) -> Fault {
    let why = why.into();
    Error::Invalid { field, why }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds() {
        let check = |seconds: i64, nanos: i32, expected: Option<i64>| {
            let time = Timestamp { seconds, nanos };
            assert_eq!(
                milliseconds("since", &time).ok(),
                expected,
                "{seconds} s {nanos} ns"
            );
        };
        check(0, 0, Some(0));
        check(1, 999_999_999, Some(1999));
        check(-1, 1_000_000, Some(-999));
        check(253_402_300_799, 999_999_999, Some(253_402_300_799_999));
        check(253_402_300_800, 0, None);
        check(-62_135_596_801, 0, None);
        check(0, -1, None);
        check(0, 1_000_000_000, None);
        check(i64::MIN, i32::MIN, None);
    }

    #[test]
    fn faults_name_the_field() {
        let check = |outcome: Result<(), Fault>, expected: &str| {
            let error = proto::Error::from(outcome.expect_err(expected));
            assert_eq!(error.field, expected);
        };
        let time = Timestamp {
            seconds: 0,
            nanos: -1,
        };
        let dated = proto::Article {
            published: Some(time),
            ..Default::default()
        };
        let text = proto::text_side::Body::Text("x".repeat(MAX_TEXT_BYTES + 1));
        let long = proto::TextSide {
            title: String::new(),
            body: Some(text),
        };
        let long = proto::Side {
            side: Some(proto::side::Side::Text(long)),
        };
        let unnamed = proto::Side {
            side: Some(proto::side::Side::Id(String::new())),
        };
        check(collection("../etc").map(drop), "collection");
        check(
            article("Bad Name", Some(proto::Article::default())).map(drop),
            "collection",
        );
        check(article("", None).map(drop), "article");
        check(article("", Some(dated)).map(drop), "article.published");
        check(side(&A, None).map(drop), "a");
        check(
            side(&B, Some(proto::Side { side: None })).map(drop),
            "b.side",
        );
        check(side(&B, Some(long)).map(drop), "b.text.text");
        check(side(&A, Some(unnamed)).map(drop), "a.id");
        check(id(String::new()).map(drop), "id");
        check(page(1001, String::new()).map(drop), "page_size");
        check(removal(vec![String::new(); 1001]).map(drop), "ids");
    }
}
