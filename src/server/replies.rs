//! Converts answers of the engine to replies of the proto.

use super::time::timestamp;
use super::{cursor, proto};
use crate::engine::{
    Article, Body, Change, ChangeKind, Cluster, Clusters, Comparison, HostCopies, Match, Member,
    Placement, PublisherReport, Removed, RepeatedSegment, State, Stats, StoredArticle, Verdict,
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
    State: New, Unchanged, Updated;
    Relation: Lead, Copy, Excerpt, Embedded, Embeds, Overlap, Version;
    ChangeKind: Added, Updated, Moved, Removed;
    Role: Unknown, Original, Wire, Reprint, Excerpt, Version, RoundUp, BlockedPage;
}

impl From<Overlap> for proto::Figures {
    fn from(overlap: Overlap) -> Self {
        Self {
            resemblance: overlap.resemblance(),
            containment: overlap.containment(),
            containment_of_other: overlap.containment_of_other(),
        }
    }
}

impl From<Placement> for proto::Placement {
    fn from(placement: Placement) -> Self {
        Self {
            cluster: placement.cluster.0,
            size: placement.size,
            relation: proto::Relation::from(placement.relation).into(),
            figures: Some(placement.overlap.into()),
        }
    }
}

impl From<Match> for proto::Match {
    fn from(found: Match) -> Self {
        Self {
            id: found.article.id.0,
            url: found.article.url,
            publisher: found.article.publisher,
            time: Some(timestamp(found.article.time_ms)),
            title: found.article.title,
            cluster: found.cluster.0,
            relation: proto::Relation::from(found.relation).into(),
            figures: Some(found.overlap.into()),
        }
    }
}

impl From<Evidence> for proto::Evidence {
    fn from(evidence: Evidence) -> Self {
        let signal = evidence.kind.signal().map_or("", Signal::as_str);
        Self {
            kind: evidence.kind.as_str().to_owned(),
            signal: signal.to_owned(),
            question: evidence.kind.question().as_str().to_owned(),
            words: evidence.words,
            span: evidence.span.map(Into::into),
            outlet: evidence.outlet,
            url: evidence.url,
            article: evidence.article.map(|id| id.0).unwrap_or_default(),
            weight: evidence.weight,
        }
    }
}

impl From<Judgement> for proto::Judgement {
    fn from(judgement: Judgement) -> Self {
        let original = judgement.original.unwrap_or_default();
        Self {
            role: proto::Role::from(judgement.role).into(),
            confidence: judgement.confidence,
            original: original.article.map(|id| id.0).unwrap_or_default(),
            source: original.outlet,
            source_url: original.url,
            carried: judgement.carried,
            added: judgement.added,
            lag_ms: judgement.lag_ms,
            evidence: judgement.evidence.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Verdict> for proto::Verdict {
    fn from(verdict: Verdict) -> Self {
        Self {
            id: verdict.id.0,
            state: proto::State::from(verdict.state).into(),
            placement: Some(verdict.placement.into()),
            matches: verdict.matches.into_iter().map(Into::into).collect(),
            truncated: verdict.truncated,
            shingles: verdict.shingles,
            judgement: Some(verdict.judgement.into()),
            first_seen: Some(timestamp(verdict.first_seen_ms)),
        }
    }
}

impl From<Span> for proto::Span {
    fn from(span: Span) -> Self {
        Self {
            start: span.start,
            end: span.end,
        }
    }
}

impl From<(Passage, String)> for proto::Passage {
    fn from((passage, words): (Passage, String)) -> Self {
        Self {
            a: Some(passage.this.into()),
            b: Some(passage.other.into()),
            words,
        }
    }
}

impl From<Comparison> for proto::CompareResponse {
    fn from(comparison: Comparison) -> Self {
        Self {
            figures: Some(comparison.overlap.into()),
            copy: comparison.copy,
            passages: comparison.passages.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<StoredArticle> for proto::GetArticleResponse {
    fn from(known: StoredArticle) -> Self {
        Self {
            article: Some(known.article.into()),
            first_seen: Some(timestamp(known.first_seen_ms)),
            revision: known.revision,
            placement: Some(known.placement.into()),
            matches: known.matches.into_iter().map(Into::into).collect(),
            truncated: known.truncated,
            judgement: Some(known.judgement.into()),
            byline: known.byline,
            canonical_url: known.canonical_url,
            modified: known.modified_ms.map(timestamp),
            not_counted: known.not_counted.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Article> for proto::Article {
    fn from(article: Article) -> Self {
        Self {
            id: article.id,
            url: article.url,
            publisher: article.publisher,
            published: article.published_ms.map(timestamp),
            title: article.title,
            body: Some(match article.body {
                Body::Text(text) => proto::article::Body::Text(text),
                Body::Html(html) => proto::article::Body::Html(html),
                Body::Raw {
                    bytes,
                    content_type,
                } => proto::article::Body::Page(proto::RawPage {
                    content: bytes,
                    content_type,
                }),
            }),
            lang: article.lang,
        }
    }
}

impl From<Member> for proto::Member {
    fn from(member: Member) -> Self {
        Self {
            id: member.article.id.0,
            url: member.article.url,
            publisher: member.article.publisher,
            time: Some(timestamp(member.article.time_ms)),
            title: member.article.title,
            relation: proto::Relation::from(member.relation).into(),
            figures: Some(member.overlap.into()),
        }
    }
}

impl From<Cluster> for proto::GetClusterResponse {
    fn from(cluster: Cluster) -> Self {
        Self {
            cluster: cluster.lead.0,
            size: cluster.size,
            members: cluster.members.into_iter().map(Into::into).collect(),
            next_page_token: cluster.next,
        }
    }
}

impl From<Clusters> for proto::ListClustersResponse {
    fn from(clusters: Clusters) -> Self {
        let summary = |(lead, size): (Member, u64)| proto::ClusterSummary {
            lead: Some(lead.into()),
            size,
        };
        Self {
            clusters: clusters.clusters.into_iter().map(summary).collect(),
            next_page_token: clusters.next,
        }
    }
}

impl From<Removed> for proto::RemoveResponse {
    fn from(removed: Removed) -> Self {
        Self {
            removed: removed.removed,
            unknown: removed.unknown,
        }
    }
}

impl From<Change> for proto::WatchResponse {
    fn from(change: Change) -> Self {
        let name = |id: Option<ArticleId>| id.map(|id| id.0).unwrap_or_default();
        Self {
            cursor: cursor::encode(change.cursor),
            time: Some(timestamp(change.time_ms)),
            kind: proto::ChangeKind::from(change.kind).into(),
            id: change.id.0,
            cluster: name(change.cluster),
            previous_cluster: name(change.previous_cluster),
        }
    }
}

impl From<HostCopies> for proto::Traffic {
    fn from(traffic: HostCopies) -> Self {
        Self {
            host: traffic.host,
            articles: traffic.articles,
            median_lag_ms: traffic.median_lag_ms,
            notices: traffic.notices.into_iter().collect(),
        }
    }
}

impl From<PublisherReport> for proto::PublisherReportResponse {
    fn from(report: PublisherReport) -> Self {
        let credits = report.credits.into_iter();
        Self {
            host: report.host,
            articles: report.articles,
            leads: report.leads,
            copies: report.copies,
            own: report.own,
            blocked: report.blocked,
            copies_from: report.copies_from.into_iter().map(Into::into).collect(),
            copied_by: report.copied_by.into_iter().map(Into::into).collect(),
            credits: credits
                .map(|(outlet, articles)| proto::Credit { outlet, articles })
                .collect(),
            next_page_token: report.next,
            truncated: report.truncated,
        }
    }
}

impl From<RepeatedSegment> for proto::Furniture {
    fn from(segment: RepeatedSegment) -> Self {
        Self {
            words: segment.words,
            clusters: segment.clusters,
            masked: segment.masked,
            first_seen: Some(timestamp(segment.first_ms)),
            last_seen: Some(timestamp(segment.last_ms)),
        }
    }
}

impl From<Vec<RepeatedSegment>> for proto::ListFurnitureResponse {
    fn from(furniture: Vec<RepeatedSegment>) -> Self {
        Self {
            furniture: furniture.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Stats> for proto::StatsResponse {
    fn from(stats: Stats) -> Self {
        Self {
            articles: stats.articles,
            clusters: stats.clusters,
            cursor: cursor::encode(stats.cursor),
            publishers_estimate: stats.publishers_estimate,
            anchors_estimate: stats.anchors_estimate,
            journal_bytes: stats.usage.journal_bytes,
            index_bytes: stats.usage.index_bytes,
            memory_bytes: stats.usage.memory_bytes,
        }
    }
}
