//! What clients can make the server hold: the memory of the built server, with clients that never read, never end a
//! message, or send the largest articles.
//!
//! `WIRECOPY_LARGEST_SECONDS=60 WIRECOPY_LARGEST_CLIENTS=200 cargo test --release --test memory` runs the last one as long
//! as it is meant.
#![cfg(all(feature = "server", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

#[path = "support/raw.rs"]
mod raw;
#[path = "support/server_process.rs"]
mod server_process;
mod support;

use std::time::{Duration, Instant};

use raw::{RawCall, RawClient, encoded};
use server_process::ServerProcess;
use support::{FERRY, article, ingest, request, story, tagged};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};
use tonic::Code;
use tonic::codegen::tokio_stream;
use wirecopy::server::client::AuthorizedChannel;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{Article, GetClusterRequest, StatsRequest, WatchRequest};

const MIB: u64 = 1 << 20;
/// The allocator gives back what the threads of calls had when these end, ten seconds after their last one. A test
/// goes on as soon as it has.
const GIVEN_BACK: Duration = Duration::from_secs(20);

/// The tests measure one after another: each has the machine to itself.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Returns a number from the environment, for the long form of a test.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// Sends articles over one stream, and waits for their verdicts.
async fn send(client: &mut WirecopyClient<AuthorizedChannel>, articles: Vec<Article>) {
    let requests = (0..)
        .zip(articles)
        .map(|(tag, article)| tagged(tag, article));
    let requests: Vec<_> = requests.collect();
    let mut replies = client
        .ingest_stream(tokio_stream::iter(requests))
        .await
        .unwrap()
        .into_inner();
    while let Some(reply) = replies.message().await.unwrap() {
        support::verdict(reply);
    }
}

/// Returns copies of one story with names of some kilobytes.
fn copies(count: u64, id_bytes: usize, publisher_bytes: usize) -> Vec<Article> {
    let copy = |n: u64| Article {
        publisher: "x".repeat(publisher_bytes),
        ..article(&format!("{n:0id_bytes$}"), FERRY)
    };
    (0..count).map(copy).collect()
}

/// Returns the median and the longest of the times that `Stats` takes for a while.
async fn stats_times(
    client: &mut WirecopyClient<AuthorizedChannel>,
    time: Duration,
) -> (Duration, Duration) {
    let begun = Instant::now();
    let mut times = Vec::new();
    while begun.elapsed() < time {
        let called = Instant::now();
        client.stats(StatsRequest::default()).await.unwrap();
        times.push(called.elapsed());
        sleep(Duration::from_millis(2)).await;
    }
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn report(what: &str, before: u64, most: u64, after: u64) {
    let mib = |bytes: u64| bytes / MIB;
    eprintln!(
        "{what}: {} MiB before, {} at most, {} after",
        mib(before),
        mib(most),
        mib(after)
    );
}

/// Asks for a page of the cluster 160 times over two connections, and reads none.
async fn ask_for_pages(server: &ServerProcess) -> Vec<(RawClient, Vec<RawCall>)> {
    let question = encoded(&GetClusterRequest {
        id: format!("{:08}", 0),
        page_size: 1000,
        ..GetClusterRequest::default()
    });
    let mut unread = Vec::new();
    for _ in 0..2 {
        let raw = RawClient::connect(server.address).await;
        let mut calls = Vec::new();
        for _ in 0..80 {
            let mut call = raw.begin("GetCluster", &[]).await;
            call.send(&question, true).await.unwrap();
            calls.push(call);
        }
        unread.push((raw, calls));
    }
    unread
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_nobody_reads_take_at_most_64_mib() {
    let _alone = ALONE.lock().await;
    let mut server = ServerProcess::start(&[]);
    let mut client = server.client().await;
    send(&mut client, copies(150, 8, 8000)).await;
    let quiet = stats_times(&mut client, Duration::from_secs(1)).await;
    let before = server.memory();
    // What the first time leaves behind may not add to the second.
    for _ in 0..2 {
        let unread = ask_for_pages(&server).await;
        let attacked = stats_times(&mut client, Duration::from_secs(2)).await;
        let most = server.memory();
        eprintln!("Stats, median and 99th percentile: {quiet:?} before, {attacked:?} meanwhile");
        let mut refused = 0;
        for (raw, calls) in unread {
            for call in calls {
                let (headers, ..) = call.unread().await;
                refused += usize::from(headers.contains_key("grpc-status"));
            }
            drop(raw);
        }
        let what = "160 pages of clusters that nobody reads";
        report(what, before, most, server.memory());
        // Beside the replies, the allocator keeps what was used to make them.
        assert!(most < before + 64 * MIB, "{} MiB", (most - before) / MIB);
        assert!(refused > 80, "only {refused} were refused");
        // Far from the seconds that an unfair queue takes; the figures are printed.
        assert!(attacked.1 < Duration::from_secs(1), "{attacked:?}");
    }
    let (code, _) = server.stop().await;
    assert_eq!(code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_of_changes_that_nobody_reads_take_at_most_64_mib() {
    let _alone = ALONE.lock().await;
    let mut server = ServerProcess::start(&[]);
    let mut client = server.client().await;
    send(&mut client, copies(400, 1000, 0)).await;
    let quiet = stats_times(&mut client, Duration::from_secs(1)).await;
    let before = server.memory();
    let question = encoded(&WatchRequest {
        after: Some(Vec::new()),
        ..WatchRequest::default()
    });
    let mut unread = Vec::new();
    for _ in 0..5 {
        let raw = RawClient::connect(server.address).await;
        let mut feeds = Vec::new();
        for _ in 0..100 {
            let mut call = raw.begin("Watch", &[]).await;
            call.send(&question, true).await.unwrap();
            feeds.push(call.unread().await);
        }
        unread.push((raw, feeds));
    }
    let attacked = stats_times(&mut client, Duration::from_secs(2)).await;
    let most = server.memory();
    eprintln!("Stats, median and 99th percentile: {quiet:?} before, {attacked:?} meanwhile");
    drop(unread);
    let after = server.memory_below(before + 32 * MIB, GIVEN_BACK).await;
    report("500 feeds that nobody reads", before, most, after);
    assert!(most < before + 64 * MIB, "{} MiB", (most - before) / MIB);
    assert!(after < before + 32 * MIB, "{} MiB", (after - before) / MIB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_never_end_stay_within_the_limit_in_flight() {
    let _alone = ALONE.lock().await;
    const LIMIT: u64 = 64 * MIB;
    let limit = format!("limits.in_flight_bytes={LIMIT}");
    let mut server = ServerProcess::start(&[&limit]);
    let mut client = server.client().await;
    ingest(&mut client, article("first", FERRY)).await;
    let before = server.memory();
    let body = [
        &[0],
        &(8_u32 << 20).to_be_bytes()[..],
        &vec![b'x'; 8_380_000],
    ]
    .concat();
    let address = server.address;
    let sending = (0..4).map(|n| {
        let body = body.clone();
        tokio::spawn(async move {
            let raw = RawClient::connect(address).await;
            let mut held = Vec::new();
            for _ in 0..25 {
                let method = ["Ingest", "IngestStream"][n % 2];
                let mut call = raw.begin(method, &[]).await;
                // Those that wait, or are refused, take no more.
                let _ = timeout(Duration::from_millis(200), call.send(&body, false)).await;
                held.push(call);
            }
            held
        })
    });
    let sending: Vec<_> = sending.collect();
    let mut held = Vec::new();
    for one in sending {
        held.push(one.await.unwrap());
    }
    let most = server.memory();
    let begun = Instant::now();
    ingest(&mut client, article("second", &story(2, 60))).await;
    assert!(begun.elapsed() < Duration::from_secs(1));
    drop(held);
    let after = server.memory_below(before + 32 * MIB, GIVEN_BACK).await;
    report("100 unfinished messages of 8 MiB", before, most, after);
    // What waits within the windows of four connections comes on top: 4 MiB each.
    assert!(most < before + LIMIT + 4 * 4 * MIB + 16 * MIB);
    assert!(after < before + 32 * MIB, "{} MiB", (after - before) / MIB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_articles_of_many_clients_stay_within_the_memory_budget() {
    let _alone = ALONE.lock().await;
    let seconds = setting("WIRECOPY_LARGEST_SECONDS", 3);
    let clients = setting("WIRECOPY_LARGEST_CLIENTS", 12);
    let budget = setting("WIRECOPY_LARGEST_MIB", 2048) * MIB;
    let budget_mib = format!("memory.mib={}", budget / MIB);
    let mut server = ServerProcess::start(&[&budget_mib]);
    let mut first = server.client().await;
    let before = server.memory();
    // Two mebibytes of text each, of which no two are alike.
    let pad = story(0, 300_000);
    let large = |seed: u64| {
        let mut text = story(seed, 200);
        text.push_str(&pad[..(2 << 20) - text.len()]);
        article(&format!("large-{}", seed % 40), &text)
    };
    let mut most = before;
    let end = Instant::now() + Duration::from_secs(seconds);
    let sending = (0..clients).map(|n| {
        let url = server.address.to_string();
        let article = large(n + 1);
        tokio::spawn(async move {
            let mut client = wirecopy::server::client::connect(&url).await.unwrap();
            let mut sent = 0;
            while Instant::now() < end {
                // Checked, so that the store, which is in memory here, does not grow.
                match client.check(request("", article.clone())).await {
                    Ok(_) => sent += 1,
                    Err(status) => {
                        let told = [Code::ResourceExhausted, Code::DeadlineExceeded];
                        assert!(told.contains(&status.code()), "{status}");
                        sleep(Duration::from_millis(50)).await;
                    }
                }
            }
            sent
        })
    });
    let sending: Vec<_> = sending.collect();
    while Instant::now() < end {
        most = most.max(server.memory());
        sleep(Duration::from_millis(20)).await;
    }
    let mut sent = 0;
    for one in sending {
        sent += one.await.unwrap();
    }
    first.stats(StatsRequest::default()).await.unwrap();
    let what =
        format!("{clients} clients with the largest articles, {sent} checked in {seconds} s");
    report(&what, before, most, server.memory());
    assert!(most < budget / 100 * 115, "{} MiB", most / MIB);
    assert!(sent > 0);
}
