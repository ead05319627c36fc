//! What a client is told that breaks the rules, is late, or does nothing: the statuses of requests that cannot be
//! read, deadlines in the writer's queue, idle streams, and the drain.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::raw::{RawClient, encoded, framed};
use crate::support::{FERRY, ORCHARD, Running, article, ingest, request, story, tagged};
use crossbeam_channel::bounded;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use wirecopy::engine::{self, Body, VerdictScope};
use wirecopy::id::Collection;
use wirecopy::server::Limits;
use wirecopy::server::proto::{GetClusterRequest, RemoveRequest, StatsRequest, WatchRequest};

/// The calls that take an article: a unary one, and the streams.
const CALLS: [&str; 4] = ["Ingest", "Check", "IngestStream", "IngestBatches"];
const MAX_MESSAGE: usize = 8 << 20;

/// Returns the status of a call with this body.
async fn told(
    client: &RawClient,
    call: &str,
    headers: &[(&'static str, &str)],
    body: &[u8],
) -> Status {
    let status = timeout(PATIENCE, client.status(call, headers, body)).await;
    status.expect("a status in time")
}

fn check_final(status: &Status, code: Code, reason: &str) {
    assert_eq!(status.code(), code, "{status}");
    let info = status.get_details_error_info();
    assert_eq!(info.expect("a reason").reason, reason, "{status}");
    assert!(status.get_details_retry_info().is_none(), "{status}");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_the_clients_fault() {
    let server = Running::start().await;
    let client = RawClient::connect(server.address).await;
    let bad_utf8 = framed(false, &[0x0a, 2, 0xc3, 0x28]);
    let garbage = framed(false, &[0xff; 20]);
    let bad_flag = [&[7], &[0, 0, 0, 1][..], &[0]].concat();
    let unnamed_encoding = framed(true, b"anything");
    let cut = [&framed(false, &[0; 10])[..8]].concat();
    let cut_header = vec![0, 0, 0];
    for call in CALLS {
        for body in [
            &bad_utf8,
            &garbage,
            &bad_flag,
            &unnamed_encoding,
            &cut,
            &cut_header,
        ] {
            let status = told(&client, call, &[], body).await;
            check_final(&status, Code::InvalidArgument, "MALFORMED_REQUEST");
        }
        for encoding in ["gzip", "zstd"] {
            let headers = [("grpc-encoding", encoding)];
            let body = framed(true, b"neither gzip nor zstd");
            let status = told(&client, call, &headers, &body).await;
            check_final(&status, Code::InvalidArgument, "MALFORMED_REQUEST");
        }
        let unknown = [("grpc-encoding", "brotli")];
        let status = told(&client, call, &unknown, &garbage).await;
        assert_eq!(status.code(), Code::Unimplemented, "{status}");
    }
    let nothing = told(&client, "Ingest", &[], &[]).await;
    check_final(&nothing, Code::InvalidArgument, "MALFORMED_REQUEST");
    let nothing = told(&client, "IngestStream", &[], &[]).await;
    assert_eq!(nothing.code(), Code::Ok, "an empty stream is one");

    let fine = encoded(&request("", article("ferry", FERRY)));
    let status = told(&client, "Ingest", &[], &fine).await;
    assert_eq!(
        status.code(),
        Code::Ok,
        "the connection serves on: {status}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_for_good_by_its_first_bytes() {
    let server = Running::start().await;
    let client = RawClient::connect(server.address).await;
    for call in CALLS {
        for bytes in [MAX_MESSAGE as u32 + 1, 9 << 20, u32::MAX] {
            // Nothing of the message itself is sent.
            let header = [&[0], &bytes.to_be_bytes()[..]].concat();
            let mut begun = client.begin(call, &[]).await;
            begun.send(&header, false).await.unwrap();
            let status = timeout(PATIENCE, begun.status()).await.unwrap();
            check_final(&status, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
            let facts = status.get_details_error_info().unwrap().metadata;
            assert_eq!(facts["bytes"], bytes.to_string());
            assert_eq!(facts["limit"], MAX_MESSAGE.to_string());
            for words in ["8388608", "limits.message_bytes"] {
                assert!(status.message().contains(words), "{status}");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_bomb_is_refused_at_the_limit() {
    let server = Running::start().await;
    let client = RawClient::connect(server.address).await;
    let zeros = vec![0; 64 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&zeros).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&zeros[..], 3).unwrap();
    for (encoding, bomb) in [("gzip", gzip), ("zstd", zstd)] {
        assert!(bomb.len() < 1 << 20);
        for call in CALLS {
            let headers = [("grpc-encoding", encoding)];
            let status = told(&client, call, &headers, &framed(true, &bomb)).await;
            check_final(&status, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn compressed_articles_are_read_like_plain_ones() {
    let server = Running::start().await;
    let client = RawClient::connect(server.address).await;
    let message = prost::Message::encode_to_vec(&request("", article("ferry", FERRY)));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&message).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&message[..], 3).unwrap();
    for (encoding, compressed) in [("gzip", gzip), ("zstd", zstd)] {
        let headers = [("grpc-encoding", encoding)];
        for call in CALLS {
            // A message of a compressed call may be plain.
            let body = [framed(true, &compressed), framed(false, &message)].concat();
            let status = told(&client, call, &headers, &body).await;
            assert_eq!(status.code(), Code::Ok, "{call}, {encoding}: {status}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn over_the_limit_in_flight_a_call_says_when_to_retry_and_others_are_served() {
    let limits = Limits {
        in_flight_bytes: 32 << 20,
        ..Limits::default()
    };
    let server = Running::start_with(limits).await;
    let part = [&[0], &(MAX_MESSAGE as u32).to_be_bytes()[..], &[0; 60_000]].concat();
    let (mut clients, mut calls) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let client = RawClient::connect(server.address).await;
        for _ in 0..25 {
            let mut call = client.begin("Ingest", &[]).await;
            // A call that is refused takes no more.
            let _ = call.send(&part, false).await;
            calls.push(tokio::spawn(call.status()));
        }
        clients.push(client);
    }
    sleep(Duration::from_millis(500)).await;
    let (refused, waiting): (Vec<_>, Vec<_>) = calls.into_iter().partition(JoinHandle::is_finished);
    assert!((1..4).contains(&waiting.len()), "{} wait", waiting.len());
    for status in refused {
        let status = status.await.unwrap();
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        assert!(status.get_details_retry_info().is_some(), "{status}");
    }
    let mut other = server.client().await;
    let begun = Instant::now();
    ingest(&mut other, article("ferry", FERRY)).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    // What they held is free when they are gone.
    waiting.iter().for_each(JoinHandle::abort);
    let large = request("", article("large", &story(1, 200_000)));
    let begun = Instant::now();
    while let Err(status) = other.ingest(large.clone()).await {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        assert!(begun.elapsed() < PATIENCE, "{status}");
        sleep(Duration::from_millis(50)).await;
    }
    server.stop().await;
}

/// Keeps the writer of an engine busy until the sender is dropped.
async fn busy(server: &Running) -> crossbeam_channel::Sender<()> {
    let (release, released) = bounded::<()>(0);
    let (begins, begun) = bounded(1);
    let waits = move || {
        let _ = begins.send(());
        released.recv().is_ok() // until the sender is gone; the article itself is not wanted
    };
    let article = engine::Article {
        id: "busy".into(),
        body: Body::Text(ORCHARD.into()),
        ..engine::Article::default()
    };
    let engine = server.engine.clone();
    let scope = VerdictScope::Placement;
    engine.submit_while(article, scope, Box::new(waits), Box::new(drop));
    tokio::task::spawn_blocking(move || begun.recv())
        .await
        .unwrap()
        .unwrap();
    release
}

fn is_stored(server: &Running, id: &str) -> bool {
    let found = server.engine.get(&Collection::default(), id, false, false);
    found.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_article_whose_deadline_passes_before_its_turn_is_not_stored() {
    let server = Running::start().await;
    let release = busy(&server).await;
    let client = RawClient::connect(server.address).await;
    let late = [("grpc-timeout", "300m")];
    let unary = encoded(&request("", article("unary", FERRY)));
    let streamed: Vec<u8> = (0..3)
        .flat_map(|n| encoded(&tagged(n, article(&format!("streamed-{n}"), &story(n, 60)))))
        .collect();
    let patient = encoded(&request("", article("patient", &story(9, 60))));
    let begun = Instant::now();
    let (unary, streamed, ()) = tokio::join!(
        told(&client, "Ingest", &late, &unary),
        told(&client, "IngestStream", &late, &streamed),
        async {
            sleep(Duration::from_millis(600)).await;
            drop(release);
        },
    );
    assert_eq!(unary.code(), Code::DeadlineExceeded, "{unary}");
    assert_eq!(streamed.code(), Code::DeadlineExceeded, "{streamed}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    // Its turn comes after theirs.
    let status = told(&client, "Ingest", &[("grpc-timeout", "20S")], &patient).await;
    assert_eq!(status.code(), Code::Ok, "{status}");
    for id in ["unary", "streamed-0", "streamed-1", "streamed-2", "busy"] {
        assert!(!is_stored(&server, id), "{id} is stored");
    }
    assert!(is_stored(&server, "patient"));
    server.stop().await;
}

#[tokio::test]
async fn a_stream_whose_client_sends_nothing_ends() {
    let limits = Limits {
        idle_ms: 200,
        ..Limits::default()
    };
    let server = Running::start_with(limits).await;
    let client = RawClient::connect(server.address).await;
    for begun in [&[][..], &[0, 0], &framed(false, &[0; 100])[..50]] {
        let mut call = client.begin("IngestStream", &[]).await;
        call.send(begun, false).await.unwrap();
        let status = timeout(PATIENCE, call.status()).await.unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
        assert!(status.message().contains("limits.idle_ms"), "{status}");
    }
    // A watch waits for the server, not for its client.
    let mut client = server.client().await;
    let watch = WatchRequest::default();
    let mut watch = client.watch(watch).await.unwrap().into_inner();
    sleep(Duration::from_millis(600)).await;
    ingest(&mut client, article("ferry", FERRY)).await;
    let event = timeout(PATIENCE, watch.message()).await.unwrap();
    assert_eq!(event.unwrap().unwrap().id, "ferry");
    server.stop().await;
}

/// Stores enough articles that neither their changes nor a page of their cluster fits into 64 KiB.
async fn fill(server: &Running) {
    let mut client = server.client().await;
    for n in 0..60 {
        let mut copy = article(&format!("{n:01000}"), FERRY);
        copy.publisher = "x".repeat(4000);
        ingest(&mut client, copy).await;
    }
}

/// Returns the bodies of three feeds of changes and of a cluster, with a connection that never reads them.
async fn never_read(server: &Running) -> (RawClient, Vec<impl Sized + use<>>) {
    let client = RawClient::connect(server.address).await;
    let feed = encoded(&WatchRequest {
        after: Some(Vec::new()),
        ..WatchRequest::default()
    });
    let cluster = encoded(&GetClusterRequest {
        id: format!("{:01000}", 0),
        ..GetClusterRequest::default()
    });
    let mut unread = Vec::new();
    for (call, body) in [
        ("Watch", &feed),
        ("Watch", &feed),
        ("Watch", &feed),
        ("GetCluster", &cluster),
    ] {
        let mut begun = client.begin(call, &[]).await;
        begun.send(body, true).await.unwrap();
        unread.push(begun.unread().await);
    }
    (client, unread)
}

#[tokio::test]
async fn a_connection_whose_client_takes_no_replies_is_closed() {
    let limits = Limits {
        idle_ms: 400,
        ..Limits::default()
    };
    let server = Running::start_with(limits).await;
    fill(&server).await;
    let mut other = server.client().await;
    let begun = Instant::now();
    let (client, _unread) = never_read(&server).await;
    timeout(PATIENCE, client.connection).await.unwrap().unwrap();
    let after = begun.elapsed();
    assert!(after >= Duration::from_millis(400), "{after:?}");
    assert!(after < Duration::from_secs(5), "{after:?}");
    // Others are served on.
    other.stats(StatsRequest::default()).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_drain_does_not_wait_for_clients_that_do_nothing() {
    let server = Running::start().await;
    fill(&server).await;
    let (_client, _unread) = never_read(&server).await;
    let endless = RawClient::connect(server.address).await;
    let mut upload = endless.begin("Ingest", &[]).await;
    let part = &framed(false, &[0; 100_000])[..50_000];
    upload.send(part, false).await.unwrap();
    let mut stream = endless.begin("IngestStream", &[]).await;
    stream.send(part, false).await.unwrap();
    let begun = Instant::now();
    let done = server.begin_stop();
    let status = timeout(PATIENCE, upload.status()).await.unwrap();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    timeout(PATIENCE, done).await.unwrap().unwrap().unwrap();
    let after = begun.elapsed();
    assert!(after < Duration::from_secs(5), "{after:?}");
}

#[tokio::test]
async fn names_that_reach_files_terminals_or_logs_are_refused() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let long = "x".repeat(65);
    for name in [
        "../etc",
        "..",
        "/etc/passwd",
        "a/../b",
        "a\0b",
        "\u{1b}[2J",
        "a\nb",
        "Ä",
        &long,
    ] {
        let refused = client.ingest(request(name, article("ferry", FERRY))).await;
        let status = refused.expect_err(name);
        assert_eq!(status.code(), Code::InvalidArgument, "{name:?}: {status}");
        let details = status.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, "collection");
    }
    for id in [
        "a\0",
        "\u{1b}]0;x\u{7}",
        "a\nb",
        "\u{85}",
        &"x".repeat(8193),
    ] {
        let status = client.ingest(request("", article(id, FERRY))).await;
        let status = status.expect_err(id);
        assert_eq!(status.code(), Code::InvalidArgument, "{id:?}: {status}");
        let details = status.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, "article.id");
    }
    // An id of a former version may have control characters, and can be removed.
    let removal = |id: String| RemoveRequest {
        ids: vec![id],
        ..RemoveRequest::default()
    };
    let reply = client.remove(removal("a\0".into())).await.unwrap();
    assert_eq!(reply.into_inner().unknown, 1);
    let status = client.remove(removal("x".repeat(8193))).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    server.stop().await;
}

#[tokio::test]
async fn a_page_of_long_names_ends_early_and_the_next_goes_on() {
    let server = Running::start().await;
    let mut client = server.client().await;
    const MEMBERS: u64 = 230;
    for n in 0..MEMBERS {
        let mut copy = article(&format!("copy-{n:03}"), FERRY);
        copy.publisher = "x".repeat(8000);
        ingest(&mut client, copy).await;
    }
    let mut request = GetClusterRequest {
        id: "copy-007".into(),
        page_size: 1000,
        ..GetClusterRequest::default()
    };
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let page = client.get_cluster(request.clone()).await.unwrap();
        let page = page.into_inner();
        assert!(prost::Message::encoded_len(&page) < 2 << 20);
        assert_eq!(page.size, MEMBERS);
        ids.extend(page.members.into_iter().map(|member| member.id));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert!(pages >= 2, "{pages}");
    let total = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((total, ids.len() as u64), (ids.len(), MEMBERS));
    server.stop().await;
}
