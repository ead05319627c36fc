//! The service as its users see it: a real server, a real client, and a store in memory.

use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::support::{
    ADDED, FERRY, ORCHARD, Running, article, check, ingest, ingest_into, published, request,
    shingles, story, tagged, verdict,
};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::codegen::tokio_stream::{self, wrappers::ReceiverStream};
use tonic::transport::Channel;
use tonic::{Code, Response, Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
use wirecopy::id::Collection;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    self, ArticleRequest, ChangeKind, Figures, GetArticleResponse, Relation, State, Verdict,
};
use wirecopy::server::{self, Limits};

type Client = WirecopyClient<server::client::AuthorizedChannel>;

/// Returns the reply of a call that succeeds.
async fn ok<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> T {
    call.await.expect("the call succeeds").into_inner()
}

/// Returns the next reply of a stream.
async fn next<T>(stream: &mut Streaming<T>) -> T {
    let reply = timeout(PATIENCE, stream.message()).await;
    let reply = reply.expect("a reply in time").expect("no error");
    reply.expect("the stream goes on")
}

/// Waits for the end of a server.
async fn ended(server: tokio::task::JoinHandle<Result<(), server::Error>>) {
    let ended = timeout(PATIENCE, server).await.expect("an end in time");
    ended.expect("no panic").expect("a clean end");
}

/// Returns the number of articles in a collection.
async fn articles(client: &mut Client, collection: &str) -> u64 {
    let collection = collection.to_owned();
    ok(client.stats(proto::StatsRequest { collection }))
        .await
        .articles
}

/// Reads an article of the default collection, with its text.
async fn get(client: &mut Client, id: &str) -> Result<GetArticleResponse, Status> {
    let request = proto::GetArticleRequest {
        id: id.to_owned(),
        include_text: true,
        ..Default::default()
    };
    Ok(client.get_article(request).await?.into_inner())
}

fn check_figures(figures: Option<Figures>, resemblance: f64, containment: f64, of_other: f64) {
    let figures = figures.expect("figures");
    let close = |given: f64, expected: f64| (given - expected).abs() < 1e-9;
    assert!(
        close(figures.resemblance, resemblance)
            && close(figures.containment, containment)
            && close(figures.containment_of_other, of_other),
        "{figures:?}, expected {resemblance}, {containment}, {of_other}"
    );
}

fn check_fault<T: std::fmt::Debug>(outcome: Result<T, Status>, field: &str) {
    let status = outcome.expect_err(field);
    assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status}");
    assert!(
        status.message().contains(field),
        "`{field}` is not named in: {status}"
    );
    assert!(!status.details().is_empty(), "{field}: no details");
}

#[tokio::test]
async fn an_article_is_new_then_unchanged_then_updated() {
    let server = Running::start().await;
    let mut client = server.client().await;

    let first = ingest(&mut client, article("ferry", FERRY)).await;
    assert_eq!((first.id.as_str(), first.state()), ("ferry", State::New));
    assert_eq!(first.shingles as usize, shingles(FERRY));
    let placement = first.placement.expect("a placement");
    assert_eq!((placement.cluster.as_str(), placement.size), ("ferry", 1));
    assert_eq!(placement.relation(), Relation::Lead);

    assert_eq!(
        ingest(&mut client, article("ferry", FERRY)).await.state(),
        State::Unchanged
    );
    assert_eq!(
        ingest(&mut client, article("ferry", ORCHARD)).await.state(),
        State::Updated
    );
    assert_eq!(articles(&mut client, "").await, 1);

    let known = get(&mut client, "ferry").await.unwrap();
    assert_eq!(known.revision, 2);
    assert!(known.first_seen.is_some());
    let shown = known.article.unwrap();
    assert_eq!(shown.body, Some(proto::article::Body::Text(ORCHARD.into())));
    let without = proto::GetArticleRequest {
        id: "ferry".into(),
        ..Default::default()
    };
    let known = ok(client.get_article(without)).await;
    assert_eq!(known.article.unwrap().body, None);
    server.stop().await;
}

#[tokio::test]
async fn a_url_is_an_id_in_its_normal_form() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let from_page = proto::Article {
        url: "HTTPS://www.Example.com:443/news/1?utm_source=feed#top".into(),
        title: "Last ferry leaves".into(),
        body: Some(proto::article::Body::Html(format!(
            "<html><body><p>{FERRY}</p></body></html>"
        ))),
        lang: "en".into(),
        published: Some(prost_types::Timestamp {
            seconds: 1_700_000_000,
            nanos: 123_000_000,
        }),
        ..Default::default()
    };
    let id = ingest(&mut client, from_page.clone()).await.id;
    assert_eq!(id, "https://www.example.com/news/1");
    let known = get(&mut client, &id).await.unwrap().article.unwrap();
    assert_eq!((known.id, known.publisher.as_str()), (id, "example.com"));
    assert_eq!((known.title, known.lang), (from_page.title, from_page.lang));
    assert_eq!(known.published, from_page.published);

    let mut named = from_page.url.clone();
    assert!(get(&mut client, &named).await.is_ok());
    named += &"x".repeat(8192);
    let long = get(&mut client, &named).await.unwrap_err();
    assert_eq!(long.code(), Code::InvalidArgument);
    // As long as a URL may be.
    let fragment = "x".repeat(8192 - from_page.url.len());
    let request = proto::RemoveRequest {
        ids: vec![from_page.url + &fragment],
        ..Default::default()
    };
    assert_eq!(ok(client.remove(request)).await.removed, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_crawler_learns_what_is_stored() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let url = "https://paper.example/ferry?utm_source=feed";
    let ferry = proto::Article {
        url: url.into(),
        ..published("", 1, FERRY)
    };
    let lead = ingest(&mut client, ferry.clone()).await;
    ingest(&mut client, article("copy", FERRY)).await;
    ingest(&mut client, article("copy", &format!("{FERRY} {ADDED}"))).await;
    ingest_into(&mut client, "other", article("elsewhere", FERRY)).await;
    let mut seen = async |ids: Vec<String>| {
        let collection = String::new();
        client.seen(proto::SeenRequest { collection, ids }).await
    };
    let ids = ["copy", "elsewhere", "", "https://PAPER.example/ferry", url];
    let reply = seen(ids.map(str::to_owned).to_vec()).await.unwrap();
    let known = proto::SeenArticle {
        known: true,
        id: lead.id.clone(),
        first_seen: lead.first_seen,
        revision: 1,
        cluster: lead.id.clone(),
    };
    let [copy, elsewhere, unnamed, by_url, as_submitted] = &reply.into_inner().articles[..] else {
        panic!("one for each");
    };
    assert_eq!(
        (&copy.id, copy.revision, &copy.cluster),
        (&"copy".to_owned(), 2, &lead.id)
    );
    let unknown = proto::SeenArticle::default();
    assert_eq!((elsewhere, unnamed), (&unknown, &unknown));
    assert_eq!((by_url, as_submitted), (&known, &known));
    let many = seen(vec![url.to_owned(); 1000]).await.unwrap().into_inner();
    assert_eq!(many.articles, vec![known; 1000]);
    for ids in [vec![String::new(); 1001], vec!["x".repeat(8193)]] {
        let refused = seen(ids).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_article_stands_at_the_time_of_its_earliest_capture() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let captured = |text: &str, seconds| proto::Article {
        fetched: time(seconds),
        ..article("ferry", text)
    };
    let first = ingest(&mut client, captured(FERRY, 1_600_000_000)).await;
    assert_eq!(
        (first.state(), first.first_seen),
        (State::New, time(1_600_000_000))
    );
    let older = ingest(&mut client, captured(ORCHARD, 1_500_000_000)).await;
    assert_eq!(
        (older.state(), older.first_seen),
        (State::Older, time(1_500_000_000))
    );
    let stored = get(&mut client, "ferry").await.unwrap();
    assert_eq!(
        (stored.first_seen, stored.revision),
        (time(1_500_000_000), 1)
    );
    let article = stored.article.unwrap();
    assert_eq!(article.fetched, time(1_600_000_000));
    assert_eq!(article.body, Some(proto::article::Body::Text(FERRY.into())));
    server.stop().await;
}

#[tokio::test]
async fn a_date_of_publication_says_where_it_is_stated() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let page = |published| proto::Article {
        id: "ferry".into(),
        body: Some(proto::article::Body::Html(format!(
            "<html><meta property=article:published_time content='2024-03-05T23:30:00-05:00'>\
             <body><p>{FERRY}</p></body></html>"
        ))),
        published,
        ..Default::default()
    };
    let time = Some(prost_types::Timestamp {
        seconds: 1_709_699_400,
        nanos: 0,
    });
    let mut stated = proto::Publication {
        time,
        source: proto::DateSource::Meta.into(),
        day: "2024-03-05".into(),
        is_local: false,
    };
    let checked = check(&mut client, page(None)).await;
    assert_eq!(checked.publication.as_ref(), Some(&stated));
    let ingested = ingest(&mut client, page(None)).await;
    assert_eq!(ingested.publication.as_ref(), Some(&stated));
    let stored = get(&mut client, "ferry").await.unwrap();
    assert_eq!(stored.publication.as_ref(), Some(&stated));
    // The client's time comes before the page's.
    stated.source = proto::DateSource::Submitted.into();
    stated.day = String::new();
    let ingested = ingest(&mut client, page(time)).await;
    assert_eq!(ingested.publication, Some(stated));
    let without = ingest(&mut client, article("bridge", FERRY)).await;
    assert_eq!(without.publication, None);
    server.stop().await;
}

#[tokio::test]
async fn check_answers_as_ingest_would_and_writes_nothing() {
    let server = Running::start().await;
    let mut client = server.client().await;
    ingest(&mut client, article("ferry", FERRY)).await;

    let copy = article("reprint", &format!("{FERRY} {ADDED}"));
    let checked = check(&mut client, copy.clone()).await;
    assert_eq!(checked.state(), State::New);
    assert_eq!(checked.placement.as_ref().unwrap().cluster, "ferry");
    assert_eq!(articles(&mut client, "").await, 1);
    let missing = get(&mut client, "reprint").await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);

    let ingested = ingest(&mut client, copy).await;
    // A new article is first seen at the time of its request, so the two times differ.
    let time = |verdict: &Verdict| verdict.first_seen.map(|time| (time.seconds, time.nanos));
    assert!(time(&checked).is_some() && time(&checked) <= time(&ingested));
    let expected = Verdict {
        first_seen: ingested.first_seen,
        ..checked
    };
    assert_eq!(ingested, expected, "check and ingest differ");
    server.stop().await;
}

#[tokio::test]
async fn a_verdict_may_be_the_placement_alone() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let captured = |text: &str, seconds| proto::Article {
        fetched: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        ..published("copy", 1_600_000_100, text)
    };
    ingest(&mut client, published("lead", 1_600_000_000, FERRY)).await;
    let longer = format!("{FERRY} {ADDED}");
    for (copy, state) in [
        (captured(FERRY, 1_600_001_000), State::New),
        (captured(FERRY, 1_600_001_000), State::Unchanged),
        (captured(&longer, 1_600_002_000), State::Updated),
        (captured(FERRY, 1_600_001_500), State::Older),
        (captured(&longer, 1_600_000_500), State::Unchanged), // the earliest capture: stored anew
    ] {
        let whole = check(&mut client, copy.clone()).await;
        assert_eq!(whole.state(), state);
        assert_eq!((whole.matches.len(), whole.judgement.is_some()), (1, true));
        let expected = Verdict {
            matches: Vec::new(),
            shingles: 0,
            judgement: None,
            ..whole
        };
        let request = ArticleRequest {
            placement_only: true,
            include_quotations: true,
            ..request("", copy)
        };
        assert_eq!(ok(client.check(request.clone())).await, expected);
        assert_eq!(ok(client.ingest(request)).await, expected);
    }
    // What was stored without its matches has them, and so has the lead, whose verdict was remembered.
    for id in ["copy", "lead"] {
        assert_eq!(get(&mut client, id).await.unwrap().matches.len(), 1);
    }
    let lead = ingest(&mut client, published("lead", 1_600_000_000, FERRY)).await;
    assert_eq!((lead.state(), lead.matches.len()), (State::Unchanged, 1));
    server.stop().await;
}

#[tokio::test]
async fn copies_are_clustered_with_exact_figures() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let longer = format!("{FERRY} {ADDED}");
    ingest(&mut client, published("ferry", 1_700_000_000, FERRY)).await;
    ingest(&mut client, published("orchard", 1_700_000_001, ORCHARD)).await;
    let verdict = ingest(&mut client, published("reprint", 1_700_000_002, &longer)).await;

    let share = shingles(FERRY) as f64 / shingles(&longer) as f64;
    let placement = verdict.placement.clone().unwrap();
    assert_eq!((placement.cluster.as_str(), placement.size), ("ferry", 2));
    assert_eq!(placement.relation(), Relation::Copy);
    check_figures(placement.figures, share, share, 1.0);

    let [found] = verdict.matches.as_slice() else {
        panic!("{:?}", verdict.matches)
    };
    assert_eq!(
        (found.id.as_str(), found.cluster.as_str()),
        ("ferry", "ferry")
    );
    assert_eq!(found.relation(), Relation::Copy);
    assert_eq!(found.time.unwrap().seconds, 1_700_000_000);
    check_figures(found.figures, share, share, 1.0);
    assert!(!verdict.truncated);

    // An earlier copy that comes later takes the lead.
    let original = ingest(&mut client, published("original", 1_600_000_000, FERRY)).await;
    let placement = original.placement.unwrap();
    assert_eq!(
        (placement.cluster.as_str(), placement.size),
        ("original", 3)
    );
    assert_eq!(placement.relation(), Relation::Lead);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_of_checks_answers_like_single_checks_and_writes_nothing() {
    let server = Running::start().await;
    let mut client = server.client().await;
    ingest(&mut client, published("ferry", 1_600_000_000, FERRY)).await;
    const BAD: u64 = 40;
    const CHECKS: u64 = 90;
    let request = |tag| {
        // Copies within the stream do not count either.
        let text = if tag % 3 == 0 {
            FERRY.to_owned()
        } else {
            story(tag / 3, 60)
        };
        let id = if tag == BAD {
            String::new()
        } else {
            format!("check-{tag}")
        };
        tagged(tag, article(&id, &text))
    };
    let requests = tokio_stream::iter((0..CHECKS).map(request));
    let mut replies = ok(client.check_stream(requests)).await;
    for tag in 0..CHECKS {
        use proto::article_response::Result;
        let reply = replies.message().await.unwrap().expect("a reply for each");
        assert_eq!(reply.tag, tag);
        let alone = client.check(request(tag)).await;
        match (reply.result.expect("a result"), alone) {
            (Result::Verdict(verdict), Ok(alone)) => {
                let alone = alone.into_inner();
                let cluster = |verdict: &proto::Verdict| verdict.placement.clone().unwrap().cluster;
                assert_eq!(cluster(&verdict), cluster(&alone));
                assert_eq!(cluster(&verdict) == "ferry", tag % 3 == 0);
            }
            (Result::Error(error), Err(status)) => {
                assert_eq!((tag, error.code), (BAD, i32::from(status.code())));
                assert_eq!(error.field, "article.id");
            }
            (result, alone) => panic!("{tag}: {result:?}, alone {alone:?}"),
        }
    }
    assert_eq!(replies.message().await.unwrap(), None);
    assert_eq!(articles(&mut client, "").await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_answers_in_order_and_survives_a_bad_article() {
    let server = Running::start().await;
    let mut client = server.client().await;
    const BAD: u64 = 150;
    let mut requests: Vec<_> = (0..300)
        .map(|n| tagged(n, article(&format!("story-{n}"), &story(n, 60))))
        .collect();
    requests[BAD as usize].article = Some(article("", "neither an id nor a url"));
    requests[BAD as usize + 1].collection = "Not A Name".into();
    requests[BAD as usize + 2].article = None;
    let mut replies = ok(client.ingest_stream(tokio_stream::iter(requests))).await;
    let fields = ["article.id", "collection", "article"];
    for n in 0..300 {
        let reply = replies
            .message()
            .await
            .unwrap()
            .expect("a reply for each request");
        assert_eq!(reply.tag, n);
        if (BAD..BAD + 3).contains(&n) {
            let Some(proto::article_response::Result::Error(error)) = reply.result else {
                panic!("{reply:?} is no error");
            };
            assert_eq!(Code::from(error.code), Code::InvalidArgument);
            assert_eq!(error.field, fields[(n - BAD) as usize]);
        } else {
            let verdict = verdict(reply);
            assert_eq!(
                (verdict.id, verdict.state),
                (format!("story-{n}"), State::New.into())
            );
        }
    }
    assert_eq!(replies.message().await.unwrap(), None);
    assert_eq!(articles(&mut client, "").await, 297);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_answers_without_waiting_for_its_end() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let (sender, requests) = mpsc::channel(1);
    let mut replies = ok(client.ingest_stream(ReceiverStream::new(requests))).await;
    for n in 0..3 {
        sender
            .send(tagged(n, article(&n.to_string(), &story(n, 60))))
            .await
            .unwrap();
        let reply = next(&mut replies).await;
        assert_eq!(verdict(reply).id, n.to_string());
    }
    drop(sender);
    assert_eq!(replies.message().await.unwrap(), None);
    server.stop().await;
}

#[tokio::test]
async fn compare_shows_the_passages_that_two_texts_share() {
    let server = Running::start().await;
    let mut client = server.client().await;
    // A character of two bytes before the passage: offsets are bytes, on character boundaries.
    let page = format!("Café news. {FERRY} {ADDED}");
    ingest(&mut client, article("page", &page)).await;

    let text = |text: &str| proto::Side {
        side: Some(proto::side::Side::Text(proto::TextSide {
            title: String::new(),
            body: Some(proto::text_side::Body::Text(text.into())),
        })),
    };
    let known = proto::Side {
        side: Some(proto::side::Side::Id("page".into())),
    };
    let request = proto::CompareRequest {
        collection: String::new(),
        a: Some(text(FERRY)),
        b: Some(known.clone()),
    };
    let reply = ok(client.compare(request)).await;
    let share = shingles(FERRY) as f64 / shingles(&page) as f64;
    check_figures(reply.figures, share, 1.0, share);
    assert!(reply.copy);
    let passage = &reply.passages[0];
    let cut = |text: &str, span: Option<proto::Span>| {
        let span = span.expect("a span");
        text[span.start as usize..span.end as usize]
            .trim_end_matches('.')
            .to_owned()
    };
    let whole = FERRY.trim_end_matches('.');
    assert_eq!(cut(FERRY, passage.a), whole);
    assert_eq!(cut(&page, passage.b), whole);
    assert!(
        passage.words.starts_with("The last ferry"),
        "{}",
        passage.words
    );
    assert_eq!(articles(&mut client, "").await, 1, "compare wrote");

    let request = proto::CompareRequest {
        collection: String::new(),
        a: Some(text(ORCHARD)),
        b: Some(known),
    };
    let reply = ok(client.compare(request)).await;
    check_figures(reply.figures, 0.0, 0.0, 0.0);
    assert!(!reply.copy && reply.passages.is_empty());

    let unknown = proto::Side {
        side: Some(proto::side::Side::Id("nowhere".into())),
    };
    let request = proto::CompareRequest {
        collection: String::new(),
        a: Some(text(FERRY)),
        b: Some(unknown),
    };
    assert_eq!(
        client.compare(request).await.unwrap_err().code(),
        Code::NotFound
    );
    server.stop().await;
}

#[tokio::test]
async fn clusters_are_read_by_any_member_and_in_pages() {
    let server = Running::start().await;
    let mut client = server.client().await;
    for (cluster, text) in [("ferry", FERRY), ("orchard", ORCHARD)] {
        for n in 0..3 {
            ingest(
                &mut client,
                published(&format!("{cluster}-{n}"), 1_700_000_000 + n, text),
            )
            .await;
        }
    }
    ingest(&mut client, article("alone", &story(1, 60))).await;

    let mut request = proto::GetClusterRequest {
        id: "ferry-2".into(),
        page_size: 2,
        ..Default::default()
    };
    let first = ok(client.get_cluster(request.clone())).await;
    assert_eq!((first.cluster.as_str(), first.size), ("ferry-0", 3));
    assert_eq!(first.members[0].relation(), Relation::Lead);
    assert_eq!(first.members[1].relation(), Relation::Copy);
    check_figures(first.members[1].figures, 1.0, 1.0, 1.0);
    request.page_token = first.next_page_token;
    let second = ok(client.get_cluster(request.clone())).await;
    let members: Vec<_> = first
        .members
        .iter()
        .chain(&second.members)
        .map(|m| &m.id)
        .collect();
    assert_eq!(members, ["ferry-0", "ferry-1", "ferry-2"]);
    assert_eq!(second.next_page_token, "");
    request.id = "nowhere".into();
    assert_eq!(
        client.get_cluster(request).await.unwrap_err().code(),
        Code::NotFound
    );

    let mut request = proto::ListClustersRequest {
        page_size: 1,
        ..Default::default()
    };
    let mut leads = Vec::new();
    loop {
        let page = ok(client.list_clusters(request.clone())).await;
        assert!(page.clusters.len() <= 1);
        leads.extend(
            page.clusters
                .into_iter()
                .map(|c| (c.lead.expect("a lead").id, c.size)),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(
        leads,
        [("ferry-0".to_owned(), 3), ("orchard-0".to_owned(), 3)]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_removed_lead_gives_its_members_back() {
    let server = Running::start().await;
    let mut client = server.client().await;
    for n in 0..3 {
        ingest(
            &mut client,
            published(&format!("ferry-{n}"), 1_700_000_000 + n, FERRY),
        )
        .await;
    }
    let request = proto::RemoveRequest {
        collection: String::new(),
        ids: vec!["ferry-0".into(), "nowhere".into()],
    };
    let reply = ok(client.remove(request.clone())).await;
    assert_eq!((reply.removed, reply.unknown), (1, 1));
    let reply = ok(client.remove(request)).await;
    assert_eq!((reply.removed, reply.unknown), (0, 2));

    let request = proto::GetClusterRequest {
        id: "ferry-2".into(),
        ..Default::default()
    };
    let cluster = ok(client.get_cluster(request)).await;
    assert_eq!((cluster.cluster.as_str(), cluster.size), ("ferry-1", 2));
    server.stop().await;
}

#[tokio::test]
async fn watch_resumes_from_a_cursor() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let request = |after| proto::WatchRequest {
        collection: String::new(),
        after,
    };
    ingest(&mut client, published("ferry", 1_700_000_001, FERRY)).await;

    let mut from_now = ok(client.watch(request(None))).await;
    ingest(&mut client, published("orchard", 1_700_000_002, ORCHARD)).await;
    ingest_into(
        &mut client,
        "other",
        published("elsewhere", 1_700_000_002, FERRY),
    )
    .await;
    ingest(&mut client, published("original", 1_700_000_000, FERRY)).await;
    let event = next(&mut from_now).await;
    assert_eq!(
        (event.id.as_str(), event.kind()),
        ("orchard", ChangeKind::Added)
    );

    let mut all = client
        .watch(request(Some(Vec::new())))
        .await
        .unwrap()
        .into_inner();
    let mut events = Vec::new();
    while events.len() < 4 {
        events.push(next(&mut all).await);
    }
    assert!(
        events.iter().all(|event| event.id != "elsewhere"),
        "{events:?}"
    );
    assert!(
        events.is_sorted_by(|a, b| a.cursor < b.cursor),
        "{events:?}"
    );
    let moved = events
        .iter()
        .find(|event| event.kind() == ChangeKind::Moved)
        .expect("a move");
    assert_eq!(moved.id, "ferry");
    assert_eq!(
        (moved.previous_cluster.as_str(), moved.cluster.as_str()),
        ("ferry", "original")
    );

    let mut resumed = client
        .watch(request(Some(events[1].cursor.clone())))
        .await
        .unwrap()
        .into_inner();
    for expected in &events[2..] {
        let event = next(&mut resumed).await;
        assert_eq!(&event, expected);
    }

    let ids = vec!["orchard".into()];
    client
        .remove(proto::RemoveRequest {
            collection: String::new(),
            ids,
        })
        .await
        .unwrap();
    for stream in [&mut all, &mut resumed] {
        let event = next(stream).await;
        assert_eq!(
            (event.id.as_str(), event.kind()),
            ("orchard", ChangeKind::Removed)
        );
        assert_eq!(
            (event.previous_cluster.as_str(), event.cluster.as_str()),
            ("orchard", "")
        );
    }
    let mut future = events[1].cursor.clone();
    future[1] = 0xff;
    for (cursor, code) in [
        (future, Code::OutOfRange),
        (b"not a cursor".to_vec(), Code::InvalidArgument),
    ] {
        let status = client.watch(request(Some(cursor))).await.unwrap_err();
        assert_eq!(status.code(), code, "{status}");
    }
    server.stop().await;
}

#[tokio::test]
async fn invalid_input_is_named() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let wrap = |article| ArticleRequest {
        article,
        ..Default::default()
    };
    let with = |change: fn(&mut proto::Article)| {
        let mut changed = article("ferry", FERRY);
        change(&mut changed);
        wrap(Some(changed))
    };
    check_fault(client.ingest(wrap(None)).await, "article");
    check_fault(
        client.ingest(with(|a| a.id = String::new())).await,
        "article.id",
    );
    check_fault(
        client.ingest(with(|a| a.id = "x".repeat(1025))).await,
        "article.id",
    );
    check_fault(
        client.ingest(with(|a| a.url = "x".repeat(8193))).await,
        "article.url",
    );
    let unnamed = |a: &mut proto::Article| {
        a.id = String::new();
        a.url = "javascript:alert(1)".into();
    };
    check_fault(client.ingest(with(unnamed)).await, "article.url");
    let ages_ago = |a: &mut proto::Article| {
        a.published = Some(prost_types::Timestamp {
            seconds: i64::MIN,
            nanos: 0,
        });
    };
    check_fault(client.ingest(with(ages_ago)).await, "article.published");
    let long = |a: &mut proto::Article| {
        a.body = Some(proto::article::Body::Text("x".repeat((2 << 20) + 1)));
    };
    check_fault(client.ingest(with(long)).await, "article.text");

    let elsewhere = ArticleRequest {
        collection: "../etc".into(),
        ..Default::default()
    };
    check_fault(client.check(elsewhere).await, "collection");
    check_fault(client.compare(proto::CompareRequest::default()).await, "a");
    let unset = Some(proto::Side { side: None });
    let request = proto::CompareRequest {
        a: unset,
        ..Default::default()
    };
    check_fault(client.compare(request).await, "a.side");
    check_fault(
        client
            .get_article(proto::GetArticleRequest::default())
            .await,
        "id",
    );
    check_fault(
        client
            .get_cluster(proto::GetClusterRequest::default())
            .await,
        "id",
    );
    let request = proto::ListClustersRequest {
        page_size: 1001,
        ..Default::default()
    };
    check_fault(client.list_clusters(request).await, "page_size");
    let request = proto::ListClustersRequest {
        page_token: "no token".into(),
        ..Default::default()
    };
    check_fault(client.list_clusters(request).await, "page_token");
    let request = proto::RemoveRequest {
        collection: String::new(),
        ids: vec!["x".into(); 1001],
    };
    check_fault(client.remove(request).await, "ids");
    let request = proto::WatchRequest {
        collection: "A".into(),
        after: None,
    };
    check_fault(client.watch(request).await.map(drop), "collection");
    let request = proto::StatsRequest {
        collection: "A".into(),
    };
    check_fault(client.stats(request).await, "collection");

    assert_eq!(articles(&mut client, "").await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_rejected_alone() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let large = || article("large", &"word ".repeat(2 << 20));
    let refused = client.ingest(request("", large())).await;
    let status = refused.expect_err("ten megabytes");
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");

    let requests = vec![tagged(1, article("ferry", FERRY)), tagged(2, large())];
    let mut replies = ok(client.ingest_stream(tokio_stream::iter(requests))).await;
    let reply = replies
        .message()
        .await
        .unwrap()
        .expect("what came before is answered");
    assert_eq!(verdict(reply).id, "ferry");
    assert_eq!(
        replies.message().await.unwrap_err().code(),
        Code::ResourceExhausted
    );

    assert_eq!(
        articles(&mut client, "").await,
        1,
        "the connection still serves"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_never_ends_times_out() {
    let limits = Limits {
        deadline_ms: 200,
        ..Limits::default()
    };
    let server = Running::start_with(limits).await;
    let (_open, frames) = mpsc::channel::<ArticleRequest>(1);
    let mut client =
        tonic::client::Grpc::new(Channel::from_shared(server.url()).unwrap().connect_lazy());
    client.ready().await.unwrap();
    let path = tonic::codegen::http::uri::PathAndQuery::from_static("/wirecopy.v1.Wirecopy/Ingest");
    let codec: tonic_prost::ProstCodec<_, Verdict> = Default::default();
    let request = tonic::Request::new(ReceiverStream::new(frames));
    let answer = timeout(PATIENCE, client.client_streaming(request, path, codec))
        .await
        .unwrap();
    assert_eq!(answer.unwrap_err().code(), Code::DeadlineExceeded);
    server.stop().await;
}

#[tokio::test]
async fn health_is_reported_until_the_end() {
    let server = Running::start().await;
    let channel = Channel::from_shared(server.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut health = HealthClient::new(channel);
    for service in ["", "wirecopy.v1.Wirecopy"] {
        let request = HealthCheckRequest {
            service: service.into(),
        };
        let reply = health.check(request).await.unwrap().into_inner();
        assert_eq!(reply.status(), ServingStatus::Serving, "{service:?}");
    }
    let request = HealthCheckRequest {
        service: "wirecopy.v1.Wirecopy".into(),
    };
    let mut watch = health.watch(request).await.unwrap().into_inner();
    assert_eq!(
        watch.message().await.unwrap().unwrap().status(),
        ServingStatus::Serving
    );
    let done = server.begin_stop();
    let last = next(&mut watch).await;
    assert_eq!(last.status(), ServingStatus::NotServing);
    ended(done).await;
}

#[tokio::test]
async fn reflection_lists_the_service_and_its_messages() {
    let server = Running::start().await;
    let channel = Channel::from_shared(server.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut reflection = ServerReflectionClient::new(channel);
    let ask = |message_request| ServerReflectionRequest {
        host: String::new(),
        message_request: Some(message_request),
    };
    let requests = vec![
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol(
            "wirecopy.v1.Wirecopy".into(),
        )),
    ];
    let mut replies = reflection
        .server_reflection_info(tokio_stream::iter(requests))
        .await
        .unwrap()
        .into_inner();
    let answer = |reply: Option<ServerReflectionResponse>| reply.unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer(replies.message().await.unwrap())
    else {
        panic!("no list");
    };
    let names: Vec<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert!(names.contains(&"wirecopy.v1.Wirecopy"), "{names:?}");
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
    let file = answer(replies.message().await.unwrap());
    assert!(
        matches!(file, MessageResponse::FileDescriptorResponse(_)),
        "{file:?}"
    );
    drop(replies);
    server.stop().await;
}

#[tokio::test]
async fn collections_are_independent() {
    let server = Running::start().await;
    let mut client = server.client().await;
    ingest_into(&mut client, "one", article("ferry", FERRY)).await;
    let other = ingest_into(&mut client, "two", article("reprint", FERRY)).await;
    assert_eq!(other.placement.unwrap().cluster, "reprint");
    assert_eq!(other.matches, []);
    let request = proto::GetArticleRequest {
        collection: "two".into(),
        id: "ferry".into(),
        ..Default::default()
    };
    assert_eq!(
        client.get_article(request).await.unwrap_err().code(),
        Code::NotFound
    );
    let ids = vec!["ferry".into()];
    let request = proto::RemoveRequest {
        collection: "two".into(),
        ids,
    };
    assert_eq!(ok(client.remove(request)).await.removed, 0);
    assert_eq!(articles(&mut client, "one").await, 1);
    assert_eq!(articles(&mut client, "two").await, 1);
    assert_eq!(articles(&mut client, "").await, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_answers_everything_accepted() {
    let server = Running::start().await;
    let engine = server.engine.clone();
    let mut client = server.client().await;
    let (sender, requests) = mpsc::channel(64);
    tokio::spawn(async move {
        // Goes on until the server has ended the stream.
        for n in 0.. {
            let request = tagged(n, article(&format!("story-{n}"), &story(n, 60)));
            if sender.send(request).await.is_err() {
                return;
            }
        }
    });
    let mut replies = ok(client.ingest_stream(ReceiverStream::new(requests))).await;
    let mut answered = 0;
    while answered < 200 {
        let reply = replies.message().await.unwrap().unwrap();
        assert_eq!(reply.tag, answered);
        verdict(reply);
        answered += 1;
    }
    let done = server.begin_stop();
    let end = loop {
        match timeout(PATIENCE, replies.message())
            .await
            .expect("the drain goes on")
        {
            Ok(Some(reply)) => {
                assert_eq!(reply.tag, answered);
                verdict(reply);
                answered += 1;
            }
            Ok(None) => panic!("a stream that is cut short ends with a status"),
            Err(status) => break status,
        }
    };
    assert_eq!(end.code(), Code::Unavailable, "{end}");
    ended(done).await;
    // The engine is closed to writes, and holds what was answered: no more, no less.
    let known = engine.stats(&Collection::default()).unwrap().articles;
    assert_eq!(known, answered);
    assert!(!engine.healthy());
    for n in 0..answered {
        engine
            .get(&Collection::default(), &format!("story-{n}"), false, false)
            .unwrap();
    }
}

#[tokio::test]
async fn idle_streams_do_not_hold_up_a_drain() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let watch = proto::WatchRequest {
        collection: String::new(),
        after: None,
    };
    let mut watch = ok(client.watch(watch)).await;
    let (_sender, requests) = mpsc::channel(1);
    let mut replies = ok(client.ingest_stream(ReceiverStream::new(requests))).await;
    let begun = Instant::now();
    let done = server.begin_stop();
    assert_eq!(watch.message().await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(
        replies.message().await.unwrap_err().code(),
        Code::Unavailable
    );
    ended(done).await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_drain_ends_in_time() {
    let limits = Limits {
        drain_ms: 200,
        ..Limits::default()
    };
    let server = Running::start_with(limits).await;
    // A request that never arrives in full would keep its connection for the whole deadline.
    let (_open, frames) = mpsc::channel::<ArticleRequest>(1);
    let mut client =
        tonic::client::Grpc::new(Channel::from_shared(server.url()).unwrap().connect_lazy());
    client.ready().await.unwrap();
    let path = tonic::codegen::http::uri::PathAndQuery::from_static("/wirecopy.v1.Wirecopy/Ingest");
    let codec: tonic_prost::ProstCodec<_, Verdict> = Default::default();
    let call = tokio::spawn(async move {
        let request = tonic::Request::new(ReceiverStream::new(frames));
        client.client_streaming(request, path, codec).await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    ended(server.begin_stop()).await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert!(timeout(PATIENCE, call).await.unwrap().unwrap().is_err());
}

#[tokio::test]
async fn a_client_reports_where_no_server_answers() {
    let server = Running::start().await;
    let url = server.url();
    server.stop().await;
    let error = server::client::connect(&url)
        .await
        .expect_err("nobody is there")
        .to_string();
    assert!(
        error.starts_with(&format!("failed to connect to `{url}`: ")),
        "{error}"
    );
    assert!(error.contains("refused"), "{error}");
    for bad in ["ftp://a", "http://", "not a url"] {
        let error = server::client::connect(bad)
            .await
            .expect_err(bad)
            .to_string();
        assert!(error.contains("is not an address"), "{bad}: {error}");
    }
}

#[tokio::test]
async fn invalid_limits_are_rejected_before_anything_is_served() {
    let limits = Limits {
        calls: 0,
        ..Limits::default()
    };
    let server = Running::start_with(limits).await;
    let error = timeout(PATIENCE, server.outcome())
        .await
        .unwrap()
        .expect_err("no calls at all");
    assert!(error.to_string().contains("calls"), "{error}");
}

fn on_host(host: &str, seconds: i64, text: &str) -> proto::Article {
    let url = format!("https://{host}/story");
    proto::Article {
        id: String::new(),
        url,
        ..published("", seconds, text)
    }
}

#[tokio::test]
async fn a_verdict_has_the_role_and_its_reasons() {
    let server = Running::start().await;
    let mut client = server.client().await;
    ingest(
        &mut client,
        on_host("harbourpost.example", 1_000_000, FERRY),
    )
    .await;
    let text = format!("{FERRY}\n\nThis story was first published by Harbour Post.");
    let copy = on_host("islandnews.example", 1_100_000, &text);
    let checked = check(&mut client, copy.clone()).await;
    let ingested = ingest(&mut client, copy).await;
    let known = get(&mut client, "https://islandnews.example/story").await;
    let known = known.unwrap();
    assert_eq!(known.not_counted.len(), 1, "the notice is no text");
    for judgement in [checked.judgement, ingested.judgement, known.judgement] {
        let judgement = judgement.unwrap();
        assert_eq!(judgement.role(), proto::Role::Reprint);
        assert_eq!(judgement.original, "https://harbourpost.example/story");
        assert_eq!(judgement.carried, 1.0);
        assert_eq!(judgement.lag_ms, Some(100_000_000));
        let notice = judgement
            .evidence
            .iter()
            .find(|one| one.kind == "notice")
            .unwrap();
        assert_eq!(
            (notice.signal.as_str(), notice.question.as_str()),
            ("first_appeared", "source")
        );
        assert!(notice.outlet.ends_with("Harbour Post"));
        let span = notice.span.unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], notice.words);
        assert!(notice.weight > 1.0 && judgement.confidence > 0.9);
    }
}

#[tokio::test]
async fn a_host_is_reported_on_and_its_furniture_listed() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let boxed = "Sign up for the evening letter of the Harbour Post, every day at six.";
    for n in 0..6 {
        let text = format!("{}\n{boxed}", story(n, 60));
        let url = format!("https://harbourpost.example/{n}");
        let article = proto::Article {
            url,
            ..published("", 1_000_000 + n as i64, &text)
        };
        ingest(&mut client, article).await;
    }
    ingest(
        &mut client,
        on_host("islandnews.example", 2_000_000, &story(0, 60)),
    )
    .await;

    let report = |host: &str, since: Option<i64>| proto::PublisherReportRequest {
        collection: String::new(),
        host: host.into(),
        since: since.map(|seconds| prost_types::Timestamp { seconds, nanos: 0 }),
        page_token: String::new(),
    };
    let reply = client
        .publisher_report(report("harbourpost.example", None))
        .await;
    let reply = reply.unwrap().into_inner();
    assert_eq!((reply.articles, reply.leads, reply.copies), (6, 6, 0));
    assert_eq!(reply.copied_by[0].host, "islandnews.example");
    let reply = client
        .publisher_report(report("https://harbourpost.example/x", Some(1_000_004)))
        .await;
    assert_eq!(reply.unwrap().into_inner().articles, 2);
    check_fault(client.publisher_report(report(" ", None)).await, "host");

    let list = |host: &str| proto::ListFurnitureRequest {
        collection: String::new(),
        host: host.into(),
    };
    let listed = client.list_furniture(list("harbourpost.example")).await;
    let listed = listed.unwrap().into_inner().furniture;
    assert_eq!(listed.len(), 1);
    assert!(boxed.starts_with(&listed[0].words), "{listed:?}");
    assert!(listed[0].clusters >= 5 && listed[0].masked);
    let elsewhere = client.list_furniture(list("islandnews.example")).await;
    assert_eq!(elsewhere.unwrap().into_inner().furniture, []);
    check_fault(client.list_furniture(list("")).await, "host");
}

#[tokio::test]
async fn a_page_may_come_in_any_character_set() {
    let server = Running::start().await;
    let mut client = server.client().await;
    // "Ночь" in windows-1251, sixty times, each with a number.
    let words: Vec<u8> = (0..60)
        .flat_map(|n| [&[0xcd, 0xee, 0xf7, 0xfc][..], format!("{n} ").as_bytes()].concat())
        .collect();
    let page = [b"<html><body><p>".as_slice(), &words, b"</p></body></html>"].concat();
    let body = proto::article::Body::Page(proto::RawPage {
        content: page,
        content_type: "text/html; charset=windows-1251".into(),
    });
    let article = proto::Article {
        id: "night".into(),
        body: Some(body),
        ..Default::default()
    };
    ingest(&mut client, article).await;
    let known = get(&mut client, "night").await.unwrap();
    match known.article.unwrap().body.unwrap() {
        proto::article::Body::Text(text) => assert!(text.starts_with("Ночь0 Ночь1 "), "{text}"),
        other => panic!("no text: {other:?}"),
    }
}
