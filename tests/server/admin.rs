//! The administration of a server as operators see it: the service `Admin`, and the commands for it.

use std::process::{Child, Command};
use std::time::Duration;

use crate::PROGRAM;
use crate::support::{FERRY, ORCHARD, Running, article, ingest_into};
use crate::work_dir::{STORY, WorkDir, lines, three};
use serde_json::json;
use tonic::{Code, Response, Status, Streaming};
use wirecopy::server::client::Target;
use wirecopy::server::proto::{
    CompactRequest, DropCollectionRequest, ListCollectionsRequest, SetRetentionRequest,
    SnapshotRequest, State,
};
use wirecopy::server::time::duration;

fn fault<T: std::fmt::Debug>(answer: Result<Response<T>, Status>, field: &str) {
    let status = answer.expect_err(field);
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    assert!(status.message().contains(field), "{status}");
}

async fn last<T>(mut replies: Streaming<T>) -> Result<Option<T>, Status> {
    let mut last = None;
    while let Some(reply) = replies.message().await? {
        last = Some(reply);
    }
    Ok(last)
}

#[tokio::test]
async fn collections_are_listed_limited_and_dropped() {
    let server = Running::start().await;
    let mut articles = server.client().await;
    let target = Target {
        url: server.url(),
        ..Target::default()
    };
    let mut admin = target.connect_admin().await.unwrap();
    for (collection, id, text) in [
        ("news", "ferry", FERRY),
        ("news", "again", FERRY),
        ("trial", "orchard", ORCHARD),
    ] {
        ingest_into(&mut articles, collection, article(id, text)).await;
    }
    let day = duration(24 * 3600 * 1000);
    let retention = |collection: &str, retention| SetRetentionRequest {
        collection: collection.into(),
        retention,
    };
    admin
        .set_retention(retention("news", Some(day)))
        .await
        .unwrap();
    admin
        .set_retention(retention("later", Some(day)))
        .await
        .unwrap();
    let page = |page_size, page_token| ListCollectionsRequest {
        page_size,
        page_token,
    };
    let first = admin
        .list_collections(page(2, String::new()))
        .await
        .unwrap();
    let first = first.into_inner();
    let second = admin.list_collections(page(2, first.next_page_token)).await;
    let second = second.unwrap().into_inner();
    assert_eq!(second.next_page_token, "");
    let all: Vec<_> = first
        .collections
        .into_iter()
        .chain(second.collections)
        .collect();
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["later", "news", "trial"]);
    assert_eq!((all[0].articles, all[0].oldest), (0, None));
    let news = &all[1];
    assert_eq!((news.articles, news.clusters), (2, 1));
    assert_eq!(news.text_bytes, 2 * FERRY.len() as u64);
    assert_eq!(news.retention, Some(day));
    let seconds = |time: &Option<prost_types::Timestamp>| time.as_ref().unwrap().seconds;
    assert!(seconds(&news.oldest) <= seconds(&news.newest));
    assert_eq!(all[2].retention, None);

    let named = |collection: &str| DropCollectionRequest {
        collection: collection.into(),
    };
    for articles in [2, 0] {
        let dropped = admin.drop_collection(named("news")).await.unwrap();
        assert_eq!(dropped.into_inner().articles, articles);
    }
    let again = ingest_into(&mut articles, "news", article("ferry", FERRY)).await;
    assert_eq!((again.state(), again.matches.len()), (State::New, 0));
    fault(admin.drop_collection(named("")).await, "collection");
    fault(admin.drop_collection(named("../news")).await, "collection");
    let negative = prost_types::Duration {
        seconds: -1,
        nanos: 0,
    };
    fault(
        admin.set_retention(retention("news", Some(negative))).await,
        "retention",
    );
    fault(
        admin
            .set_retention(retention("news", Some(duration(0))))
            .await,
        "retention",
    );
    fault(
        admin.list_collections(page(1001, String::new())).await,
        "page_size",
    );
    let compacted = admin.compact(CompactRequest {}).await.unwrap();
    assert!(
        last(compacted.into_inner())
            .await
            .unwrap()
            .unwrap()
            .finished
    );
    for name in ["../a", "/tmp/a", "a\0b", "nightly"] {
        let request = SnapshotRequest { name: name.into() };
        let refused = admin.snapshot(request).await.unwrap().into_inner();
        let status = last(refused).await.expect_err(name);
        assert_eq!(status.code(), Code::InvalidArgument, "{name:?}: {status}");
    }
}

/// A server of the built binary, killed when dropped.
struct AdminServer {
    process: Child,
    url: String,
}

impl AdminServer {
    fn start(dir: &WorkDir) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let process = Command::new(PROGRAM)
            .current_dir(dir.path())
            .args(["serve", "--listen", &address, "--data", "store"])
            .args(["--set", "serve.snapshots=snapshots"])
            .stderr(std::fs::File::create(dir.path().join("server.log")).unwrap())
            .spawn()
            .unwrap();
        let url = format!("http://{address}");
        for _ in 0..600 {
            if std::net::TcpStream::connect(&address).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { process, url }
    }
}

impl Drop for AdminServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_commands_work_on_a_server_and_on_a_store() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    let server = AdminServer::start(&dir);
    let with_server = |arguments: &[&str]| {
        let arguments = [arguments, &["--server", &server.url]].concat();
        dir.run(&arguments)
    };
    with_server(&["ingest", "three.jsonl"]).succeeded();
    with_server(&["collections", "retain", "default", "--days", "90"]).succeeded();
    let listed = with_server(&["collections", "list"]).succeeded().out;
    let line = listed
        .lines()
        .find(|line| line.starts_with("default"))
        .unwrap();
    assert!(line.contains(" 3 ") && line.ends_with("90 days"), "{line}");
    with_server(&["snapshot", "nightly"]).succeeded();
    with_server(&["snapshot", "../nightly"]).failed(1, "name");
    let compacted = with_server(&["compact"]).succeeded();
    assert_eq!(compacted.err, "wirecopy: compacted the server's store\n");
    let dropped = with_server(&["collections", "drop", "default"]).succeeded();
    assert!(dropped.err.contains("3 articles"));
    with_server(&["collections", "drop", "No Name"]).failed(2, "collection");
    // A name that was mistyped.
    let none = "collection `defualt` has no articles";
    for command in [
        &["collections", "drop", "defualt"][..],
        &["collections", "retain", "defualt", "--days", "1"],
        &["export", "--collection", "defualt"],
    ] {
        let said = with_server(command).succeeded().err;
        assert!(said.contains(none), "{said}");
        assert!(!said.contains("dropped"), "{said}");
    }
    drop(server);
    let log = std::fs::read_to_string(dir.path().join("server.log")).unwrap();
    for line in [
        "dropped a collection collection=default articles=3",
        "set the retention of a collection collection=default retain_ms=7776000000",
        "compacted the store",
        "made a snapshot name=\"nightly\"",
    ] {
        assert!(log.contains(line), "no `{line}` in {log}");
    }

    dir.run(&["restore", "snapshots/nightly", "restored"])
        .succeeded();
    dir.run(&["restore", "snapshots/nightly", "restored"])
        .failed(1, "not empty");
    dir.run(&["restore", "nowhere", "other"])
        .failed(1, "nowhere");
    dir.run(&["snapshot", "--data", "restored", "copies/one"])
        .succeeded();
    dir.run(&["restore", "copies/one", "again"]).succeeded();
    let compacted = dir.run(&["compact", "--data", "again"]).succeeded();
    assert!(
        compacted
            .err
            .ends_with("wirecopy: compacted the store in `again`\n"),
        "{compacted:#?}"
    );
    dir.run(&["compact", "--data", "nowhere"])
        .failed(1, "no store");
    dir.run(&["reindex", "--data", "again"]).succeeded();
    assert!(!dir.path().join("nowhere").exists());
    let manifest = dir.path().join("copies/one/manifest");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replacen('a', "b", 1)).unwrap();
    dir.run(&["restore", "copies/one", "damaged"])
        .failed(1, "manifest");
}

#[test]
fn what_is_not_read_or_not_stored_of_a_file_is_reported() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    let odd = json!({"id": "bridge", "text": STORY, "fetched": "2026-01-05", "Body": ""});
    dir.write("odd.jsonl", lines(&[odd]));
    let server = AdminServer::start(&dir);
    let with_server = |arguments: &[&str]| {
        let arguments = [arguments, &["--server", &server.url]].concat();
        dir.run(&arguments)
    };
    with_server(&["ingest", "three.jsonl"]).succeeded();
    let unknown = "odd.jsonl:1: unknown field `Body`";
    for command in ["ingest", "check"] {
        with_server(&[command, "odd.jsonl", "--strict"]).failed(1, unknown);
    }
    let checked = with_server(&["check", "odd.jsonl", "--format", "table"]).succeeded();
    let stored = "stored as of a later capture, first seen 2026-01-05";
    assert!(checked.out.contains(stored), "{checked:#?}");
    let ingested = with_server(&["ingest", "odd.jsonl"]).succeeded();
    let counts = "0 new, 0 unchanged, 0 updated, 1 older, 0 rejected";
    assert!(ingested.out.contains(counts), "{ingested:#?}");
    assert!(ingested.err.contains(unknown), "{ingested:#?}");
}
