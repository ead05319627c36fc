//! Changes of clusters, posted to a receiver.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "support/server_process.rs"]
mod server_process;
mod support;

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use certificates::Authority;
use data_encoding::BASE64;
use receiver::{Post, ScriptedAnswer, TestReceiver, secret};
use serde_json::{Value, json};
use server_process::ServerProcess;
use support::{Running, article, ingest};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_util::sync::CancellationToken;
use wirecopy::server::client::Target;
use wirecopy::server::proto::{RemoveRequest, StatsRequest};
use wirecopy::webhook::{CursorFile, Error, Receiver, Retry, Secrets, Webhook};

const STORY: &str = "The tide mill at Low Wharf turns again after forty years, and grinds for the bakers of the \
    lower town on two days of each week, as long as the moon allows it.";

/// Prepares to deliver the changes of a server to a URL, with waits that suit a test.
fn webhook(server: SocketAddr, url: &str, cursor: &Path) -> Webhook {
    Webhook {
        server: Target {
            url: server.to_string(),
            ..Target::default()
        },
        collection: "default".into(),
        receiver: Receiver::new(url, None, Duration::from_millis(500)).unwrap(),
        secrets: Secrets::parse(&secret()).unwrap(),
        cursor: CursorFile::open(cursor, "default").unwrap(),
        from_oldest: true,
        max_changes: 100,
        linger: Duration::from_millis(50),
        retry: Retry {
            first: Duration::from_millis(10),
            longest: Duration::from_millis(40),
        },
    }
}

/// A delivery that runs until it is stopped.
struct Delivery {
    stop: CancellationToken,
    done: JoinHandle<Result<(), Error>>,
}

impl Delivery {
    fn start(webhook: Webhook) -> Self {
        let stop = CancellationToken::new();
        let done = tokio::spawn(webhook.run(stop.clone()));
        Self { stop, done }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.done.await.unwrap().unwrap();
    }
}

/// The ids of all changes that were posted, in order.
fn ids(posts: &[Post]) -> Vec<String> {
    let changes = posts.iter().flat_map(Post::changes);
    changes
        .map(|change| change["id"].as_str().unwrap().to_owned())
        .collect()
}

fn has(id: &'static str) -> impl Fn(&[Post]) -> bool {
    move |posts| ids(posts).iter().any(|posted| posted == id)
}

fn url(receiver: &TestReceiver) -> String {
    format!("http://{}/changes/of-a-desk?key=k", receiver.address)
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_posted_in_order_and_signed() {
    let (server, receiver) = (Running::start().await, TestReceiver::start().await);
    let dir = TempDir::new().unwrap();
    let mut client = server.client().await;
    for id in ["a", "b"] {
        ingest(&mut client, article(id, STORY)).await;
    }
    let cursor = dir.path().join("cursor");
    let delivery = Delivery::start(webhook(server.address, &url(&receiver), &cursor));
    receiver.wait_for(has("b")).await;
    let remove = RemoveRequest {
        ids: vec!["b".into()],
        ..RemoveRequest::default()
    };
    client.remove(remove).await.unwrap();
    let posts = receiver.wait_for(|posts| ids(posts).len() == 3).await;
    for post in &posts {
        assert!(post.is_signed(), "{post:?}");
        assert_eq!(post.line, "POST /changes/of-a-desk?key=k HTTP/1.1");
        assert_eq!(post.headers["content-type"], "application/json");
        assert_eq!(post.headers["host"], receiver.address.to_string());
        let body: Value = serde_json::from_slice(&post.body).unwrap();
        assert_eq!(
            (&body["type"], &body["data"]["collection"]),
            (&json!("wirecopy.changes"), &json!("default"))
        );
    }
    let changes: Vec<Value> = posts.iter().flat_map(Post::changes).collect();
    let of = |name: &str| -> Vec<&str> {
        changes
            .iter()
            .map(|it| it[name].as_str().unwrap_or(""))
            .collect()
    };
    assert_eq!(of("id"), ["a", "b", "b"]);
    assert_eq!(
        of("kind"),
        [
            "CHANGE_KIND_ADDED",
            "CHANGE_KIND_ADDED",
            "CHANGE_KIND_REMOVED"
        ]
    );
    assert_eq!(of("cluster"), ["a", "a", ""]);
    assert_eq!(of("previousCluster"), ["", "", "a"]);
    delivery.stop().await;
    let saved: Value = serde_json::from_slice(&fs::read(&cursor).unwrap()).unwrap();
    assert_eq!(
        saved,
        json!({"collection": "default", "cursor": changes[2]["cursor"]})
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_posted_until_it_is_taken() {
    let (server, receiver) = (Running::start().await, TestReceiver::start().await);
    let elsewhere = TestReceiver::start().await;
    let dir = TempDir::new().unwrap();
    let cursor = dir.path().join("cursor");
    let mut client = server.client().await;
    let redirect: &'static str = format!(
        "307 Temporary Redirect\r\nlocation: http://{}/\r\n",
        elsewhere.address
    )
    .leak();
    receiver.answer([
        ScriptedAnswer::Head("500 Internal Server Error\r\n"),
        ScriptedAnswer::Head("503 Service Unavailable\r\nretry-after: 1\r\n"),
        ScriptedAnswer::Head("429 Too Many Requests\r\n"),
        ScriptedAnswer::Head(redirect),
        ScriptedAnswer::Head("404 Not Found\r\n"),
        ScriptedAnswer::Close,
        ScriptedAnswer::Late(Duration::from_secs(5)),
    ]);
    ingest(&mut client, article("a", STORY)).await;
    let delivery = Delivery::start(webhook(server.address, &url(&receiver), &cursor));
    receiver.wait_for(|posts| posts.len() >= 7).await;
    assert!(!cursor.exists(), "nothing was taken");
    // What comes meanwhile waits behind it.
    ingest(&mut client, article("b", STORY)).await;
    let posts = receiver.wait_for(has("b")).await;
    assert_eq!(posts.len(), 9);
    let (first, last) = (&posts[0], &posts[8]);
    for post in &posts[..8] {
        assert_eq!(post.headers["webhook-id"], first.headers["webhook-id"]);
        assert_eq!(post.body, first.body);
        assert!(post.is_signed());
    }
    assert_eq!(ids(&posts[7..]), ["a", "b"]);
    assert_ne!(last.headers["webhook-id"], first.headers["webhook-id"]);
    let time = |post: &Post| post.headers["webhook-timestamp"].parse::<u64>().unwrap();
    assert!(time(&posts[2]) > time(&posts[1]), "Retry-After is honoured");
    assert!(elsewhere.posts().is_empty(), "a redirect was followed");
    delivery.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_no_more_changes_than_it_may() {
    let (server, receiver) = (Running::start().await, TestReceiver::start().await);
    let dir = TempDir::new().unwrap();
    let mut client = server.client().await;
    for number in 0..5 {
        ingest(
            &mut client,
            article(&number.to_string(), &format!("{number} {STORY}")),
        )
        .await;
    }
    let webhook = Webhook {
        max_changes: 2,
        ..webhook(server.address, &url(&receiver), &dir.path().join("cursor"))
    };
    let delivery = Delivery::start(webhook);
    let posts = receiver.wait_for(has("4")).await;
    let sizes: Vec<usize> = posts.iter().map(|post| post.changes().len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    delivery.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_and_a_cursor_out_of_range_end_the_delivery() {
    let (server, receiver) = (Running::start().await, TestReceiver::start().await);
    let dir = TempDir::new().unwrap();
    let cursor = dir.path().join("cursor");
    let mut client = server.client().await;
    ingest(&mut client, article("a", STORY)).await;
    receiver.always(ScriptedAnswer::Head("410 Gone\r\n"));
    let stop = CancellationToken::new();
    let ended = webhook(server.address, &url(&receiver), &cursor)
        .run(stop.clone())
        .await;
    let why = ended.unwrap_err().to_string();
    assert_eq!(
        why,
        format!(
            "http://{} answered 410 Gone: it wants no more changes",
            receiver.address
        )
    );
    assert!(!cursor.exists(), "the batch was not taken");

    let stats = client
        .stats(StatsRequest::default())
        .await
        .unwrap()
        .into_inner();
    let mut later = stats.cursor;
    *later.last_mut().unwrap() += 1;
    let file = webhook(server.address, &url(&receiver), &cursor);
    file.cursor.save(&later).unwrap();
    let why = file.run(stop).await.unwrap_err().to_string();
    let words = format!("Remove `{}` and start again", cursor.display());
    assert!(
        why.starts_with("changes were lost") && why.contains(&words),
        "{why}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_receiver_that_is_trusted_gets_changes() {
    let server = Running::start().await;
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let signed = ours.sign("localhost");
    let chain = CertificateDer::pem_slice_iter(signed.certificate.as_bytes());
    let chain: Vec<_> = chain.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(signed.key.as_bytes()).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let free = "127.0.0.1:0".parse().unwrap();
    let receiver = TestReceiver::start_at(free, Some(TlsAcceptor::from(Arc::new(tls)))).await;
    let dir = TempDir::new().unwrap();
    ingest(&mut server.client().await, article("a", STORY)).await;
    let url = format!("https://localhost:{}/", receiver.address.port());
    let trusting = |authority: &Authority, file: &str| {
        let ca = Some(authority.pem.as_bytes());
        Webhook {
            receiver: Receiver::new(&url, ca, Duration::from_secs(10)).unwrap(),
            ..webhook(
                server.address,
                "http://unused.example/",
                &dir.path().join(file),
            )
        }
    };
    let mistrusting = Delivery::start(trusting(&other, "one"));
    let delivery = Delivery::start(trusting(&ours, "two"));
    let posts = receiver.wait_for(has("a")).await;
    assert!(posts[0].is_signed());
    mistrusting.stop().await;
    delivery.stop().await;
    assert_eq!(receiver.posts().len(), 1);
    assert!(!dir.path().join("one").exists());
    server.stop().await;
}

/// The command as a process, killed when dropped.
struct WebhookProcess {
    process: Child,
    log: PathBuf,
}

impl WebhookProcess {
    fn start(dir: &Path, server: SocketAddr, url: &str) -> Self {
        let log = dir.join("webhook.log");
        fs::write(dir.join("secret"), secret()).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_wirecopy"))
            .args([
                "webhook",
                "--server",
                &format!("http://{server}"),
                "--url",
                url,
            ])
            .args([
                "--secret-file",
                "secret",
                "--cursor-file",
                "cursor",
                "--max-wait-ms",
                "10",
            ])
            .env("RUST_LOG", "info,wirecopy=trace")
            .current_dir(dir)
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(&log)
                    .unwrap(),
            )
            .spawn()
            .unwrap();
        Self { process, log }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log says something.
    async fn says(&self, words: &str) {
        for _ in 0..3000 {
            if self.log().contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no {words} in {}", self.log());
    }
}

impl Drop for WebhookProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until the file of the cursor has that of the last change.
async fn saved(path: &Path, posts: &[Post]) {
    let last = posts.iter().flat_map(Post::changes).last().unwrap();
    for _ in 0..3000 {
        let saved: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        if saved["cursor"] == last["cursor"] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the cursor is not saved");
}

/// Waits until a file exists.
async fn exists(path: &Path) {
    for _ in 0..3000 {
        if path.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} does not come", path.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_killed_goes_on_where_it_was() {
    let mut server = ServerProcess::start(&[]);
    let mut client = server.client().await;
    let dir = TempDir::new().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{free}/hidden-path?key=hidden");
    ingest(&mut client, article("before", &format!("before {STORY}"))).await;
    // Nobody listens yet. The first start notes where it begins.
    let process = WebhookProcess::start(dir.path(), server.address, &url);
    exists(&dir.path().join("cursor")).await;
    ingest(&mut client, article("a", STORY)).await;
    process.says("the receiver did not take a batch").await;
    drop(process);
    ingest(&mut client, article("b", STORY)).await;

    // It gets the batch and fails, and the process is killed.
    let receiver = TestReceiver::start_at(free, None).await;
    receiver.always(ScriptedAnswer::Head("500 Internal Server Error\r\n"));
    let process = WebhookProcess::start(dir.path(), server.address, &url);
    receiver.wait_for(|posts| !posts.is_empty()).await;
    drop(process);
    let failed = receiver.posts().len();

    receiver.answer([]);
    let process = WebhookProcess::start(dir.path(), server.address, &url);
    let posts = receiver.wait_for(|posts| has("b")(&posts[failed..])).await;
    // Before it, there may be what the killed process had sent.
    assert!(
        ids(&posts).ends_with(&["a".into(), "b".into()]),
        "{posts:?}"
    );
    saved(&dir.path().join("cursor"), &posts).await;
    drop(process);
    let taken = receiver.posts().len();

    // What was taken is not sent again.
    ingest(&mut client, article("c", STORY)).await;
    let process = WebhookProcess::start(dir.path(), server.address, &url);
    let posts = receiver.wait_for(has("c")).await;
    assert_eq!(ids(&posts[taken..]), ["c"]);
    let log = process.log();
    assert!(!log.contains("hidden") && !log.contains("whsec_"), "{log}");
    assert!(!log.contains(&BASE64.encode(&[7; 24])), "{log}");
    drop(process);
    server.stop().await;
}
