//! Converts answers of the engine to replies of the proto.

use super::time::{duration, timestamp};
use super::{positions, proto};
use crate::engine::{
    Article, Body, Change, ChangeKind, Cluster, Clusters, CollectionSummary, Collections,
    Comparison, DateSource, ExportedArticle, ExportedArticles, HostCopies, Match, Member,
    Placement, Publication, PublisherReport, Removed, RepeatedSegment, SeenArticle, State, Stats,
    StoredArticle, Verdict,
};
use crate::id::ArticleId;
use crate::notices::Signal;
use crate::syndication::{Evidence, Judgement, Relation, Role};
use crate::text::{Overlap, Passage, Span};

/// Converts enums to the proto's enums of the same name and variants.
macro_rules! convert_enums {
    ($($name:ident: $($variant:ident),*;)*) => {
        $(impl From<$name> for proto::$name {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => Self::$variant,)*
                }
            }
        })*
    };
}

convert_enums! {
    State: New, Unchanged, Updated, Older;
    Relation: Lead, Copy, Excerpt, Embedded, Embeds, Overlap, Version, Template, Carries;
    ChangeKind: Added, Updated, Moved, Removed, Dropped;
    DateSource: Submitted, JsonLd, Meta, Element, Text, Url;
    Role: Unknown, Original, Wire, Reprint, Excerpt, Version, RoundUp, BlockedPage;
}

/// Converts answers to messages. A field without an expression has the same name in the answer.
macro_rules! convert_messages {
    (@ $answer:ident $field:ident) => { $answer.$field };
    (@ $answer:ident $field:ident $value:expr) => { $value };
    ($($answer:ident: $from:ty => $to:ident { $($field:ident $(: $value:expr)?),* $(,)? })*) => {
        $(impl From<$from> for proto::$to {
            fn from($answer: $from) -> Self {
                Self {
                    $($field: convert_messages!(@ $answer $field $($value)?),)*
                }
            }
        })*
    };
}

convert_messages! {
    overlap: Overlap => Figures {
        resemblance: overlap.resemblance(),
        containment: overlap.containment(),
        containment_of_other: overlap.containment_of_other(),
    }

    publication: Publication => Publication {
        time: Some(timestamp(publication.ms)),
        source: publication.source.map_or(proto::DateSource::Unspecified, Into::into).into(),
        day: publication.day.map(|day| day.to_string()).unwrap_or_default(),
        is_local: publication.is_local,
    }

    placement: Placement => Placement {
        size, settling,
        cluster: placement.cluster.0,
        relation: proto::Relation::from(placement.relation).into(),
        figures: Some(placement.overlap.into()),
    }

    found: Match => Match {
        id: found.article.id.0,
        url: found.article.url,
        publisher: found.article.publisher,
        time: Some(timestamp(found.article.time_ms)),
        title: found.article.title,
        site: found.article.site,
        cluster: found.cluster.0,
        relation: proto::Relation::from(found.relation).into(),
        figures: Some(found.overlap.into()),
    }

    evidence: Evidence => Evidence {
        words, outlet, url, weight,
        kind: evidence.kind.as_str().to_owned(),
        signal: evidence.kind.signal().map_or("", Signal::as_str).to_owned(),
        question: evidence.kind.question().as_str().to_owned(),
        span: evidence.span.map(Into::into),
        article: name(evidence.article),
    }

    verdict: Verdict => Verdict {
        truncated, shingles,
        id: verdict.id.0,
        state: proto::State::from(verdict.state).into(),
        placement: Some(verdict.placement.into()),
        matches: all(verdict.matches),
        judgement: verdict.judgement.map(Into::into),
        first_seen: Some(timestamp(verdict.first_seen_ms)),
        publication: verdict.publication.map(Into::into),
    }

    span: Span => Span { start, end }

    passage: (Passage, String) => Passage {
        a: Some(passage.0.this.into()),
        b: Some(passage.0.other.into()),
        words: passage.1,
    }

    comparison: Comparison => CompareResponse {
        copy,
        figures: Some(comparison.overlap.into()),
        passages: all(comparison.passages),
        text_a: comparison.main_text_a,
        text_b: comparison.main_text_b,
    }

    seen: SeenArticle => SeenArticle {
        revision,
        known: true,
        id: seen.id.0,
        first_seen: Some(timestamp(seen.first_seen_ms)),
        cluster: seen.cluster.0,
    }

    seen: Vec<Option<SeenArticle>> => SeenResponse {
        articles: seen.into_iter().map(|one| one.map(Into::into).unwrap_or_default()).collect(),
    }

    known: StoredArticle => GetArticleResponse {
        revision, truncated, canonical_url,
        byline: known.article.byline.clone(),
        article: Some(known.article.into()),
        first_seen: Some(timestamp(known.first_seen_ms)),
        placement: Some(known.placement.into()),
        matches: all(known.matches),
        judgement: Some(known.judgement.into()),
        modified: known.modified_ms.map(timestamp),
        publication: known.publication.map(Into::into),
        not_counted: all(known.not_counted),
    }

    article: Article => Article {
        id, url, publisher, title, byline, lang,
        published: article.published_ms.map(timestamp),
        fetched: article.fetched_ms.map(timestamp),
        body: Some(article.body.into()),
    }

    member: Member => Member {
        settling,
        id: member.article.id.0,
        url: member.article.url,
        publisher: member.article.publisher,
        time: Some(timestamp(member.article.time_ms)),
        title: member.article.title,
        site: member.article.site,
        relation: proto::Relation::from(member.relation).into(),
        figures: Some(member.overlap.into()),
    }

    cluster: Cluster => GetClusterResponse {
        size,
        cluster: cluster.lead.0,
        members: all(cluster.members),
        next_page_token: cluster.next,
    }

    summary: (Member, u64) => ClusterSummary {
        lead: Some(summary.0.into()),
        size: summary.1,
    }

    list: Clusters => ListClustersResponse {
        clusters: all(list.clusters),
        next_page_token: list.next,
    }

    one: ExportedArticle => ExportedArticle {
        keep,
        url: one.url,
        id: one.id.0,
        time: Some(timestamp(one.time_ms)),
        placement: Some(one.placement.into()),
        judgement: one.judgement.map(Into::into),
    }

    page: ExportedArticles => ExportResponse {
        articles: all(page.articles),
        next_page_token: page.next,
    }

    removal: Removed => RemoveResponse { removed, unknown }

    one: CollectionSummary => CollectionInfo {
        name, articles, clusters,
        text_bytes: one.bytes,
        oldest: one.oldest_ms.map(timestamp),
        newest: one.newest_ms.map(timestamp),
        retention: one.retain_ms.map(duration),
    }

    list: Collections => ListCollectionsResponse {
        collections: all(list.collections),
        next_page_token: list.next,
    }

    change: Change => WatchResponse {
        settling,
        cursor: positions::encode(change.cursor),
        time: Some(timestamp(change.time_ms)),
        kind: proto::ChangeKind::from(change.kind).into(),
        id: change.id.0,
        cluster: name(change.cluster),
        previous_cluster: name(change.previous_cluster),
    }

    copies: HostCopies => Traffic {
        host, articles, median_lag_ms,
        notices: copies.notices.into_iter().collect(),
    }

    credit: (String, u64) => Credit {
        outlet: credit.0,
        articles: credit.1,
    }

    report: PublisherReport => PublisherReportResponse {
        host, articles, leads, copies, own, blocked, truncated,
        copies_from: all(report.copies_from),
        copied_by: all(report.copied_by),
        credits: all(report.credits),
        next_page_token: report.next,
    }

    segment: RepeatedSegment => Furniture {
        words, clusters, masked,
        first_seen: Some(timestamp(segment.first_ms)),
        last_seen: Some(timestamp(segment.last_ms)),
    }

    furniture: Vec<RepeatedSegment> => ListFurnitureResponse { furniture: all(furniture) }

    stats: Stats => StatsResponse {
        articles, clusters, publishers_estimate, anchors_estimate,
        cursor: positions::encode(stats.cursor),
        journal_bytes: stats.usage.journal_bytes,
        index_bytes: stats.usage.index_bytes,
        memory_bytes: stats.usage.memory_bytes,
    }
}

/// Removes what concerns all collections together.
pub(super) fn of_one_collection(stats: proto::StatsResponse) -> proto::StatsResponse {
    proto::StatsResponse {
        articles: stats.articles,
        clusters: stats.clusters,
        cursor: stats.cursor,
        ..proto::StatsResponse::default()
    }
}

impl From<Body> for proto::article::Body {
    fn from(body: Body) -> Self {
        match body {
            Body::Text(text) => Self::Text(text),
            Body::Html(html) => Self::Html(html),
            Body::Raw {
                bytes,
                content_type,
            } => Self::Page(proto::RawPage {
                content: bytes,
                content_type,
            }),
        }
    }
}

impl From<Judgement> for proto::Judgement {
    fn from(judgement: Judgement) -> Self {
        let original = judgement.original.unwrap_or_default();
        Self {
            role: proto::Role::from(judgement.role).into(),
            confidence: judgement.confidence,
            original: name(original.article),
            source: original.outlet,
            source_url: original.url,
            carried: judgement.carried,
            added: judgement.added,
            lag_ms: judgement.lag_ms,
            evidence: all(judgement.evidence),
        }
    }
}

/// Returns an id, or an empty string for none.
fn name(id: Option<ArticleId>) -> String {
    id.map(|id| id.0).unwrap_or_default()
}

/// Converts each item of a list.
fn all<A: Into<M>, M>(answers: Vec<A>) -> Vec<M> {
    answers.into_iter().map(Into::into).collect()
}
