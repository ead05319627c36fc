//! Converts requests of the proto to arguments of the engine.
//!
//! Rejects only what the wire can get wrong: a missing message, an unset oneof, an invalid
//! timestamp. The limits of articles and pages are the engine's.

use prost_types::Timestamp;

use super::authorize::Caller;
use super::proto;
use super::status::{Fault, Field};
use super::time::milliseconds;
use crate::engine::{
    Article, Body, KeepRule, MAX_FIELD_BYTES, MAX_TEXT_BYTES, PageRequest, Side, VerdictScope,
    stated_time,
};
use crate::id::{ArticleId, Collection, MAX_ID_BYTES, MAX_URL_BYTES};

/// The longest page token: it may contain an id and more.
const MAX_TOKEN_BYTES: usize = 8 * MAX_ID_BYTES;
/// The most articles that one request names.
const MAX_NAMES: usize = 1000;
/// The most hosts of a rule.
const MAX_HOSTS: usize = 1000;

/// Parses the name of a collection; [`Caller::collection`] also asks whether the caller may use it.
pub(super) fn collection(name: &str) -> Result<Collection, Fault> {
    Collection::parse(name).map_err(|error| Fault::invalid("collection", error))
}

/// Returns the name of a collection, for a call that nobody should make by leaving it out.
pub(super) fn named(collection: &str) -> Result<&str, Fault> {
    required(
        "collection",
        Some(collection).filter(|name| !name.is_empty()),
    )
}

/// Converts a retention to milliseconds.
pub(super) fn retention(given: &prost_types::Duration) -> Result<u64, Fault> {
    let prost_types::Duration { seconds, nanos } = *given;
    let fault = |why: &str| Fault::invalid("retention", why);
    if seconds < 0 || !(0..1_000_000_000).contains(&nanos) {
        return Err(fault("not a duration of zero or more"));
    }
    let ms = (seconds as u64).checked_mul(1000);
    let ms = ms.and_then(|ms| ms.checked_add(nanos as u64 / 1_000_000));
    ms.ok_or_else(|| fault("too long"))
}

pub(super) fn article(caller: &Caller, request: proto::ArticleRequest) -> Result<Article, Fault> {
    let collection = caller.collection(&request.collection)?;
    let article = required("article", request.article)?;
    Ok(Article {
        collection,
        id: article.id,
        url: article.url,
        publisher: article.publisher,
        published_ms: time("article.published", article.published.as_ref())?.and_then(stated_time),
        title: article.title,
        byline: article.byline,
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
        fetched_ms: time("article.fetched", article.fetched.as_ref())?.and_then(stated_time),
    })
}

/// Returns what the reply to a request is to report.
pub(super) fn scope(request: &proto::ArticleRequest) -> VerdictScope {
    match (request.placement_only, request.include_quotations) {
        (true, _) => VerdictScope::Placement,
        (false, true) => VerdictScope::Quotations,
        (false, false) => VerdictScope::Matches,
    }
}

/// Converts an optional time to milliseconds since 1970.
pub(super) fn time(field: &'static str, time: Option<&Timestamp>) -> Result<Option<i64>, Fault> {
    let ms = time.map(milliseconds).transpose();
    ms.map_err(|why| Fault::invalid(field, why))
}

/// Converts one side of a comparison, the field `name` of the request.
pub(super) fn side(name: &str, side: Option<proto::Side>) -> Result<Side, Fault> {
    let field = |path: &str| format!("{name}{path}");
    let side = required(field(""), side)?;
    match side.side {
        Some(proto::side::Side::Id(id)) => Ok(Side::Id(self::name(field(".id"), id)?)),
        Some(proto::side::Side::Text(proto::TextSide { title, body })) => {
            let title = within(field(".text.title"), title, MAX_FIELD_BYTES)?;
            let body = match body {
                Some(proto::text_side::Body::Text(text)) => {
                    Body::Text(within(field(".text.text"), text, MAX_TEXT_BYTES)?)
                }
                Some(proto::text_side::Body::Html(html)) => {
                    Body::Html(within(field(".text.html"), html, 4 * MAX_TEXT_BYTES)?)
                }
                None => Body::default(),
            };
            Ok(Side::Text { title, body })
        }
        None => Err(Fault::invalid(field(".side"), "neither id nor text is set")),
    }
}

/// Returns the host that a report is about.
pub(super) fn host(host: String) -> Result<String, Fault> {
    required("host", Some(host.trim()).filter(|host| !host.is_empty()))?;
    within("host", host, MAX_FIELD_BYTES)
}

/// Returns the id or URL of an article, in the field `field`.
pub(super) fn name(field: impl Into<Field>, name: String) -> Result<String, Fault> {
    let field = field.into();
    let name = required(field.clone(), Some(name).filter(|name| !name.is_empty()))?;
    ArticleId::check(&name).map_err(|why| Fault::invalid(field.clone(), why))?;
    within(field, name, MAX_URL_BYTES)
}

pub(super) fn token(token: String) -> Result<String, Fault> {
    within("page_token", token, MAX_TOKEN_BYTES)
}

pub(super) fn page(size: u32, token: String) -> Result<PageRequest, Fault> {
    Ok(PageRequest {
        size: size as usize,
        token: self::token(token)?,
    })
}

/// Returns the rule by which articles are kept, if there is one.
pub(super) fn keep_rule(rule: i32, hosts: Vec<String>) -> Result<Option<KeepRule>, Fault> {
    at_most("keep_hosts", hosts.len(), MAX_HOSTS, "hosts")?;
    let rule = proto::KeepRule::try_from(rule);
    Ok(
        match rule.map_err(|_| Fault::invalid("keep", "not a rule"))? {
            proto::KeepRule::Unspecified => None,
            proto::KeepRule::Earliest => Some(KeepRule::Earliest),
            proto::KeepRule::Longest => Some(KeepRule::Longest),
            proto::KeepRule::Hosts => {
                required("keep_hosts", hosts.first())?;
                let hosts = hosts.into_iter().map(|host| {
                    let given = Some(&host).filter(|host| !host.trim().is_empty());
                    required("keep_hosts", given)?;
                    within("keep_hosts", host, MAX_FIELD_BYTES)
                });
                Some(KeepRule::hosts(hosts.collect::<Result<Vec<_>, _>>()?))
            }
        },
    )
}

/// Returns the ids or URLs of articles, in the field `ids`.
pub(super) fn names(ids: Vec<String>) -> Result<Vec<String>, Fault> {
    at_most("ids", ids.len(), MAX_NAMES, "ids")?;
    // Control characters are accepted: a former version may have stored an id that has them.
    ids.into_iter()
        .map(|name| within("ids", name, MAX_URL_BYTES))
        .collect()
}

fn required<T>(field: impl Into<Field>, value: Option<T>) -> Result<T, Fault> {
    value.ok_or_else(|| Fault::invalid(field, "missing"))
}

fn within(field: impl Into<Field>, value: String, max: usize) -> Result<String, Fault> {
    at_most(field, value.len(), max, "bytes")?;
    Ok(value)
}

fn at_most(field: impl Into<Field>, count: usize, max: usize, unit: &str) -> Result<(), Fault> {
    if count > max {
        let why = format!("{count} {unit}, at most {max} are allowed");
        return Err(Fault::invalid(field, why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_is_read_in_milliseconds() {
        let (seconds, nanos) = (3, 5_999_999);
        let given = prost_types::Duration { seconds, nanos };
        assert_eq!(retention(&given).ok(), Some(3005));
    }

    #[test]
    fn a_zero_time_is_no_time() {
        let published = |seconds| {
            let time = Some(Timestamp { seconds, nanos: 0 });
            let dated = proto::Article {
                published: time,
                fetched: time,
                ..Default::default()
            };
            let request = proto::ArticleRequest {
                article: Some(dated),
                ..proto::ArticleRequest::default()
            };
            let article = article(&Caller::anyone(), request).unwrap();
            assert_eq!(article.fetched_ms, article.published_ms);
            article.published_ms
        };
        assert_eq!(published(0), None);
        assert_eq!(published(-62_135_596_800), None); // the year 1
        assert_eq!(published(-2_208_988_801), None); // the last second of 1899
        assert_eq!(published(-2_208_988_800), Some(-2_208_988_800_000));
        assert_eq!(published(1), Some(1000));
    }

    #[test]
    fn faults_name_the_field() {
        let check = |outcome: Result<(), Fault>, expected: &str| {
            let error = proto::Error::from(outcome.expect_err(expected));
            assert_eq!(error.field, expected);
        };
        let article = |request| article(&Caller::anyone(), request);
        let request = |collection: &str, article| proto::ArticleRequest {
            collection: collection.into(),
            article,
            ..proto::ArticleRequest::default()
        };
        let dated = proto::Article {
            published: Some(Timestamp {
                seconds: 0,
                nanos: -1,
            }),
            ..Default::default()
        };
        let side_of = |side| Some(proto::Side { side });
        let long = proto::side::Side::Text(proto::TextSide {
            title: String::new(),
            body: Some(proto::text_side::Body::Text("x".repeat(MAX_TEXT_BYTES + 1))),
        });
        let unnamed = proto::side::Side::Id(String::new());
        let misnamed = request("Bad Name", Some(proto::Article::default()));
        check(collection("../etc").map(drop), "collection");
        check(named("").map(drop), "collection");
        for (seconds, nanos) in [(-1, 0), (0, -1), (0, 1_000_000_000), (i64::MAX, 0)] {
            let given = prost_types::Duration { seconds, nanos };
            check(retention(&given).map(drop), "retention");
        }
        check(article(misnamed).map(drop), "collection");
        check(article(request("", None)).map(drop), "article");
        check(
            article(request("", Some(dated))).map(drop),
            "article.published",
        );
        let fetched = proto::Article {
            fetched: Some(Timestamp {
                seconds: i64::MAX,
                nanos: 0,
            }),
            ..Default::default()
        };
        check(
            article(request("", Some(fetched))).map(drop),
            "article.fetched",
        );
        let keep = |rule, hosts: &[&str]| {
            let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
            keep_rule(rule, hosts).map(drop)
        };
        let by_hosts = proto::KeepRule::Hosts.into();
        check(keep(by_hosts, &[]), "keep_hosts");
        check(keep(by_hosts, &["a.example", " "]), "keep_hosts");
        check(keep(by_hosts, &["a.example"; MAX_HOSTS + 1]), "keep_hosts");
        check(keep(99, &[]), "keep");
        check(side("a", None).map(drop), "a");
        check(side("b", side_of(None)).map(drop), "b.side");
        check(side("b", side_of(Some(long))).map(drop), "b.text.text");
        check(side("a", side_of(Some(unnamed))).map(drop), "a.id");
        check(name("id", String::new()).map(drop), "id");
        check(name("id", "a\0".into()).map(drop), "id");
        check(name("id", "x".repeat(MAX_URL_BYTES + 1)).map(drop), "id");
        check(names(vec![String::new(); 1001]).map(drop), "ids");
        check(names(vec!["x".repeat(MAX_URL_BYTES + 1)]).map(drop), "ids");
        assert!(names(vec!["a\0".into()]).is_ok());
    }
}
