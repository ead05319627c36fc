//! The built server on a damaged index, a damaged journal, a folder in use, and a full disk.
//!
//! The full disk is a small tmpfs. Where none can be mounted, its test is ignored, and listed with the
//! reason.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;
use wirecopy::server::client::{self, AuthorizedChannel};
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    Article, ArticleRequest, GetArticleRequest, GetArticleResponse, article::Body,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecopy");
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let can_mount = SmallDisk::mount().is_some();
    let full_disk = trial(
        "a_full_disk_stops_writes_only",
        a_full_disk_stops_writes_only,
    );
    let trials = vec![
        trial(
            "a_damaged_index_is_rebuilt_while_the_server_serves",
            a_damaged_index_is_rebuilt_while_the_server_serves,
        ),
        trial(
            "a_second_server_is_told_who_has_the_folder",
            a_second_server_is_told_who_has_the_folder,
        ),
        trial(
            "a_damaged_journal_is_opened_after_a_repair_only",
            a_damaged_journal_is_opened_after_a_repair_only,
        ),
        match can_mount {
            true => full_disk,
            false => full_disk
                .with_kind("a tmpfs cannot be mounted here")
                .with_ignored_flag(true),
        },
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &str, test: impl AsyncFnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(test());
        Ok::<(), Failed>(())
    })
}

fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg(data).stderr(Stdio::piped());
    command
}

/// Runs the program to its end. Returns its exit code and its messages.
fn run(arguments: &[&str], data: &Path) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command(arguments, data).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// The server, killed when dropped.
struct FolderServer {
    process: Child,
    url: String,
}

impl FolderServer {
    fn start(data: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let process = command(&["serve", "--listen", &address, "--data"], data)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("http://{address}");
        Self { process, url }
    }

    async fn client(&mut self) -> WirecopyClient<AuthorizedChannel> {
        let start = Instant::now();
        loop {
            if let Ok(client) = client::connect(&self.url).await {
                return client;
            }
            let exited = self.process.try_wait().unwrap();
            assert!(exited.is_none(), "the server does not start: {exited:?}");
            assert!(start.elapsed() < PATIENCE, "the server does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks the server to stop, and waits for that.
    fn stop(&mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        self.process.wait().unwrap()
    }
}

impl Drop for FolderServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn id(n: usize) -> String {
    format!("story-{n}")
}

async fn ingest(client: &mut WirecopyClient<AuthorizedChannel>, n: usize) -> Result<(), Status> {
    let words: Vec<String> = (0..60).map(|word| format!("s{n}w{word}")).collect();
    let article = Article {
        id: id(n),
        body: Some(Body::Text(words.join(" "))),
        ..Article::default()
    };
    let request = ArticleRequest {
        article: Some(article),
        ..ArticleRequest::default()
    };
    client.ingest(request).await.map(drop)
}

async fn get(
    client: &mut WirecopyClient<AuthorizedChannel>,
    n: usize,
) -> Result<GetArticleResponse, Status> {
    let request = GetArticleRequest {
        id: id(n),
        ..GetArticleRequest::default()
    };
    client
        .get_article(request)
        .await
        .map(tonic::Response::into_inner)
}

/// Fills a store with so many articles, and stops its server.
async fn fill(data: &Path, articles: usize) {
    let mut server = FolderServer::start(data);
    let mut client = server.client().await;
    for n in 0..articles {
        ingest(&mut client, n).await.unwrap();
    }
    assert!(server.stop().success());
}

/// Overwrites all that is stored of the index, in place.
fn damage_index(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage_index(&path);
            continue;
        }
        let mut file = std::fs::File::options().write(true).open(&path).unwrap();
        let length = file.metadata().unwrap().len();
        file.write_all(&vec![0; length as usize]).unwrap();
    }
}

async fn a_damaged_index_is_rebuilt_while_the_server_serves() {
    const ARTICLES: usize = 400;
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), ARTICLES).await;
    let mut server = FolderServer::start(dir.path());
    let mut client = server.client().await;
    let channel = Channel::from_shared(server.url.clone())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let watch = HealthClient::new(channel)
        .watch(HealthCheckRequest::default())
        .await;
    let mut health = watch.unwrap().into_inner();
    let mut status = async || health.message().await.unwrap().unwrap().status();
    assert_eq!(status().await, ServingStatus::Serving);

    damage_index(&dir.path().join("index"));
    let refused = get(&mut client, ARTICLES / 2).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    assert!(
        refused.get_details_retry_info().is_some(),
        "no hint when to try again"
    );
    // A rebuild that is over before health is polled is not reported; reads go on then.
    if let Ok(reported) = tokio::time::timeout(Duration::from_secs(1), status()).await {
        assert_eq!(reported, ServingStatus::NotServing);
        let reported = tokio::time::timeout(PATIENCE, status()).await;
        assert_eq!(reported.unwrap(), ServingStatus::Serving);
    }

    for n in 0..ARTICLES {
        get(&mut client, n).await.unwrap();
    }
    ingest(&mut client, ARTICLES).await.unwrap();
    assert!(server.stop().success());
    let (code, messages) = run(&["verify"], dir.path());
    assert_eq!(code, Some(0), "{messages}");
}

async fn a_second_server_is_told_who_has_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = FolderServer::start(dir.path());
    server.client().await;
    let holder = format!("is open in process {}, since 20", server.process.id());
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0", "--data"][..],
        &["verify"],
        &["repair"],
    ] {
        let (code, message) = run(arguments, dir.path());
        assert_eq!(code, Some(1), "{arguments:?}: {message}");
        assert!(message.contains(&holder), "{arguments:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{arguments:?}: {message}");
    }
}

async fn a_damaged_journal_is_opened_after_a_repair_only() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 10).await;
    assert_eq!(run(&["verify"], dir.path()).0, Some(0));
    let segment = dir.path().join("journal/00000000000000000001.journal");
    let bytes = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &bytes[..bytes.len() - 1]).unwrap();

    let (code, message) = run(&["serve", "--listen", "127.0.0.1:0", "--data"], dir.path());
    assert_eq!(code, Some(1), "{message}");
    assert!(message.contains("wirecopy repair"), "{message}");
    let (code, message) = run(&["verify"], dir.path());
    assert_eq!(code, Some(4), "{message}");
    assert!(message.contains("00001.journal` at byte "), "{message}");
    let (code, message) = run(&["repair"], dir.path());
    assert_eq!(code, Some(0), "{message}");
    assert!(
        message.contains("given up: 1 entries, from number 10 on"),
        "{message}"
    );
    assert_eq!(run(&["verify"], dir.path()).0, Some(0));

    let mut server = FolderServer::start(dir.path());
    let mut client = server.client().await;
    for n in 0..9 {
        get(&mut client, n).await.unwrap();
    }
    assert_eq!(
        get(&mut client, 9).await.unwrap_err().code(),
        Code::NotFound
    );
    ingest(&mut client, 9).await.unwrap();
    assert!(server.stop().success());
}

/// A file system of 64 MiB, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
            .arg(dir.path());
        let mounted = mount.stderr(Stdio::null()).status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(dir))
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Leaves so many bytes free, or fewer.
    fn leave_free(&self, bytes: u64) {
        let ballast = self.0.path().join("ballast");
        let _ = std::fs::remove_file(&ballast);
        let space = rustix::fs::statvfs(self.0.path()).unwrap();
        let used = (space.f_bavail * space.f_frsize).saturating_sub(bytes);
        let mut file = std::fs::File::create(ballast).unwrap();
        // It may be too much by a page.
        let _ = file.write_all(&vec![1; used as usize]);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

async fn a_full_disk_stops_writes_only() {
    let disk = SmallDisk::mount().unwrap();
    fill(&disk.data(), 20).await;
    // A twentieth of the disk is kept free.
    for free in [2 << 20, 0] {
        disk.leave_free(32 << 20);
        let mut server = FolderServer::start(&disk.data());
        let mut client = server.client().await;
        ingest(&mut client, 20).await.unwrap();
        disk.leave_free(free);
        refuses_writes_only(&mut client).await;
        assert!(server.stop().success(), "{free} bytes free");

        let mut server = FolderServer::start(&disk.data());
        let mut client = server.client().await;
        refuses_writes_only(&mut client).await;
        disk.leave_free(32 << 20);
        ingest(&mut client, 21).await.unwrap();
        disk.leave_free(free);
        refuses_writes_only(&mut client).await;
        assert!(server.stop().success(), "{free} bytes free");
    }
}

/// Sends new articles, and reads the old ones. One that is refused may be stored later, when there is space,
/// so each is sent once.
async fn refuses_writes_only(client: &mut WirecopyClient<AuthorizedChannel>) {
    static NEXT: AtomicUsize = AtomicUsize::new(1_000);
    let first = NEXT.fetch_add(3, Ordering::Relaxed);
    for n in first..first + 3 {
        let refused = ingest(client, n).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
        assert!(refused.get_details_retry_info().is_some());
    }
    for n in 0..21 {
        get(client, n).await.unwrap();
    }
}
