//! Who may connect, and what they may see: TLS, certificates of clients, and access tokens, over real
//! connections.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::certificates::{Authority, KeyedCertificate};
use crate::support::{Running, article, published, request, story, tagged, verdict};
use crate::work_dir::{CommandRun, WorkDir, three};
use prost::Message;
use tokio::time::{sleep, timeout};
use tonic::codegen::tokio_stream;
use tonic::{Code, Response, Status};
use wirecopy::server::client::{AuthorizedChannel, Target};
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    ArticleBatch, ArticleResponse, CompareRequest, GetArticleRequest, GetClusterRequest,
    ListClustersRequest, ListCollectionsRequest, ListFurnitureRequest, PublisherReportRequest,
    RemoveRequest, Side, StatsRequest, WatchRequest, article_response, side,
};
use wirecopy::server::{Access, Limits, NewToken, Permission};

/// How often the server of a test looks for changed files.
const RELOAD: Duration = Duration::from_millis(20);

type AuthorizedClient = WirecopyClient<AuthorizedChannel>;

/// The files of a server.
struct Files {
    dir: WorkDir,
    authority: Authority,
    access: Access,
}

impl Files {
    /// Makes no files.
    fn none() -> Self {
        let access = Access {
            reload_ms: RELOAD.as_millis() as u64,
            ..Access::default()
        };
        Self {
            dir: WorkDir::new(),
            authority: Authority::new("the authority of a test"),
            access,
        }
    }

    /// Makes the certificate of a server on 127.0.0.1.
    fn with_tls() -> Self {
        let mut files = Self::none();
        files.dir.write("ca.pem", &files.authority.pem);
        files.certify(&files.authority.sign("127.0.0.1"));
        files.access.certificate = files.path("server.pem");
        files.access.key = files.path("server.key");
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn certify(&self, certificate: &KeyedCertificate) {
        self.dir.write("server.pem", &certificate.certificate);
        self.dir.write("server.key", &certificate.key);
    }

    /// Adds a token to the file of tokens.
    fn issue(&mut self, new: &NewToken) -> String {
        self.access.tokens = self.path("tokens.toml");
        let file = std::fs::read_to_string(&self.access.tokens).unwrap_or_default();
        let (token, lines) = new.issue(&file).unwrap();
        self.dir.write("tokens.toml", file + &lines);
        token
    }

    async fn serve(&self) -> Running {
        Running::start_for(Limits::default(), self.access.clone()).await
    }

    /// Returns a target with TLS that trusts the authority.
    fn target(&self, server: &Running) -> Target {
        Target {
            url: server.url().replace("http:", "https:"),
            ca: self.authority.pem.clone().into(),
            ..Target::default()
        }
    }
}

fn new_token(name: &str, permission: Permission, collections: &[&str]) -> NewToken {
    let parse = |name: &&str| wirecopy::id::Collection::parse(name).unwrap();
    NewToken {
        name: name.to_owned(),
        permission,
        collections: collections.iter().map(parse).collect(),
        expires: None,
        per_second: None,
        burst: None,
    }
}

/// Returns a server in the clear, with a token.
fn target_in_the_clear(server: &Running, token: &str) -> Target {
    Target {
        url: server.url(),
        token: Some(token.to_owned()),
        ..Target::default()
    }
}

/// Connects in the clear with a token.
async fn with_token(server: &Running, token: &str) -> AuthorizedClient {
    let target = target_in_the_clear(server, token);
    target.connect().await.expect("a connection")
}

async fn stats(client: &mut AuthorizedClient, collection: &str) -> Result<Response<()>, Status> {
    let collection = collection.to_owned();
    let stats = client.stats(StatsRequest { collection }).await;
    stats.map(|reply| reply.map(drop))
}

#[track_caller]
fn refused<T>(outcome: Result<T, Status>, code: Code, words: &str) {
    let status = outcome.err().expect(words);
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(words), "{status}");
}

/// Connects, makes a call, and returns why that failed.
async fn why_not(target: &Target) -> String {
    match target.connect().await {
        Err(error) => error.to_string(),
        Ok(mut client) => {
            let status = stats(&mut client, "").await.expect_err("a failure");
            wirecopy::server::explain(&status).unwrap_or_else(|| format!("unexplained: {status:?}"))
        }
    }
}

#[tokio::test]
async fn a_token_that_is_missing_wrong_or_expired_is_unauthenticated() {
    let mut files = Files::with_tls();
    let reader = files.issue(&new_token("reader", Permission::Read, &[]));
    let expired = files.issue(&NewToken {
        expires: Some("2020-01-31T00:00:00Z".parse().unwrap()),
        ..new_token("expired", Permission::Admin, &[])
    });
    let server = files.serve().await;
    let connect = async |token: Option<&str>| {
        let token = token.map(str::to_owned);
        let target = Target {
            token,
            ..files.target(&server)
        };
        target.connect().await.unwrap()
    };
    let other = if reader.ends_with('0') { '1' } else { '0' };
    let wrong = format!("{}{other}", &reader[..reader.len() - 1]);
    for (token, words) in [
        (None, "no access token"),
        (Some(""), "does not know the access token"),
        (Some(wrong.as_str()), "does not know the access token"),
        (Some("reader"), "does not know the access token"),
        (Some(&expired), "`expired` expired on 2020-01-31T00:00:00Z"),
    ] {
        let mut client = connect(token).await;
        refused(stats(&mut client, "").await, Code::Unauthenticated, words);
        let ingest = client.ingest(request("", article("a", "b"))).await;
        refused(ingest, Code::Unauthenticated, words);
        let streamed = client.ingest_stream(tokio_stream::empty()).await;
        refused(streamed, Code::Unauthenticated, words);
    }
    let mut client = connect(Some(&reader)).await;
    stats(&mut client, "").await.unwrap();
    let ingest = client.ingest(request("", article("a", "b"))).await;
    refused(
        ingest,
        Code::PermissionDenied,
        "has the role read; this call needs write",
    );
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_fails_by_its_certificates_says_why() {
    let files = Files::with_tls();
    let server = files.serve().await;
    let target = files.target(&server);
    let mut client = target.connect().await.unwrap();
    stats(&mut client, "").await.unwrap();

    let in_the_clear = Target {
        url: server.url(),
        ..target.clone()
    };
    assert_eq!(
        why_not(&in_the_clear).await,
        "the server speaks TLS: use https"
    );
    let stranger = Authority::new("a stranger");
    let by_a_stranger = Target {
        ca: stranger.pem.clone().into(),
        ..target.clone()
    };
    let why = why_not(&by_a_stranger).await;
    assert!(
        why.contains("an authority that is not trusted here"),
        "{why}"
    );
    let no_certificate = Target {
        ca: b"nothing".into(),
        ..target.clone()
    };
    let why = why_not(&no_certificate).await;
    assert!(why.contains("no certificate in PEM form"), "{why}");
    let other_name = Target {
        url: target.url.replace("127.0.0.1", "localhost"),
        ..target.clone()
    };
    let why = why_not(&other_name).await;
    assert!(why.contains("is not for `localhost`, but for"), "{why}");

    server.stop().await;

    files.certify(&files.authority.sign_until("127.0.0.1", 2021));
    let server = files.serve().await;
    let why = why_not(&files.target(&server)).await;
    assert!(why.contains("expired on 2021-01-01T00:00:00Z"), "{why}");
    server.stop().await;

    let open = Files::none().serve().await;
    let why = why_not(&files.target(&open)).await;
    assert!(
        why.ends_with("the server does not speak TLS: use http"),
        "{why}"
    );
    open.stop().await;
}

#[tokio::test]
async fn every_client_needs_a_certificate_of_the_authority_that_is_set() {
    let mut files = Files::with_tls();
    files.access.client_ca = files.path("ca.pem");
    let server = files.serve().await;
    let with = |certificate: KeyedCertificate| {
        let identity = Some((certificate.certificate.into(), certificate.key.into()));
        Target {
            identity,
            ..files.target(&server)
        }
    };
    // Each time, whichever of the two sides is faster.
    for _ in 0..20 {
        let why = why_not(&files.target(&server)).await;
        assert!(why.contains("asks for a client certificate"), "{why}");
    }
    let stranger = Authority::new("a stranger");
    let why = why_not(&with(stranger.sign("client"))).await;
    assert!(
        why.contains("does not accept the client certificate"),
        "{why}"
    );
    let why = why_not(&with(files.authority.sign_until("client", 2021))).await;
    assert!(
        why.contains("does not accept the client certificate: it has expired"),
        "{why}"
    );
    let mut client = with(files.authority.sign("client"))
        .connect()
        .await
        .unwrap();
    stats(&mut client, "").await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_server_does_not_start_with_files_that_it_cannot_use() {
    let check = async |change: fn(&mut Files), words: &str| {
        let mut files = Files::with_tls();
        change(&mut files);
        let error = files.serve().await.outcome().await.unwrap_err().to_string();
        assert!(
            error.contains(words) && !error.contains('\n'),
            "{words}: {error}"
        );
    };
    check(
        |files| files.access.key = files.path("none"),
        "none`: No such file",
    )
    .await;
    check(
        |files| drop(files.dir.write("server.key", "x")),
        "server.key`: no private key",
    )
    .await;
    check(
        |files| drop(files.dir.write("server.pem", "")),
        "server.pem`: no certificate",
    )
    .await;
    let swap = |files: &mut Files| {
        files
            .dir
            .write("server.key", Authority::new("x").sign("y").key);
    };
    check(swap, "are no certificate and its key").await;
    check(
        |files| files.access.tokens = files.path("ca.pem"),
        "ca.pem`: line 1",
    )
    .await;
    check(
        |files| files.access.certificate = PathBuf::new(),
        "certificate is not set",
    )
    .await;
}

#[tokio::test]
async fn files_are_read_again_without_a_restart_and_bad_ones_are_not_used() {
    let mut files = Files::with_tls();
    let token = files.issue(&new_token("first", Permission::Write, &[]));
    let server = files.serve().await;
    let target = |token: &str| Target {
        token: Some(token.to_owned()),
        ..files.target(&server)
    };
    let mut client = target(&token).connect().await.unwrap();
    let watch = WatchRequest {
        collection: String::new(),
        after: Some(Vec::new()),
    };
    let mut events = client.watch(watch).await.unwrap().into_inner();
    client
        .ingest(request("", article("a", &story(1, 60))))
        .await
        .unwrap();
    assert_eq!(events.message().await.unwrap().unwrap().id, "a");

    files.dir.write("tokens.toml", "not a token");
    files.dir.write("server.pem", "not a certificate");
    sleep(RELOAD * 10).await;
    let mut other = target(&token).connect().await.unwrap();
    stats(&mut other, "").await.unwrap();
    files.certify(&files.authority.sign_until("127.0.0.1", 2020));
    sleep(RELOAD * 10).await;
    let mut other = target(&token).connect().await.unwrap();
    stats(&mut other, "").await.unwrap();

    // Another token, another certificate.
    let (second, lines) = new_token("second", Permission::Write, &[])
        .issue("")
        .unwrap();
    files.dir.write("tokens.toml", lines);
    files.certify(&files.authority.sign("localhost"));
    sleep(RELOAD * 10).await;
    refused(
        stats(&mut client, "").await,
        Code::Unauthenticated,
        "does not know",
    );
    let why = why_not(&target(&second)).await;
    assert!(why.contains("is not for `127.0.0.1`"), "{why}");
    let localhost = target(&second).url.replace("127.0.0.1", "localhost");
    let second = Target {
        url: localhost,
        ..target(&second)
    };
    let mut second = second.connect().await.unwrap();
    second
        .ingest(request("", article("b", &story(2, 60))))
        .await
        .unwrap();
    // The stream that the first token began ends with the next change.
    let end = timeout(PATIENCE, events.message()).await.unwrap();
    refused(end, Code::Unauthenticated, "does not know");
    server.stop().await;
}

#[tokio::test]
async fn a_stream_is_read_at_the_rate_of_its_token() {
    let mut files = Files::none();
    let slow = NewToken {
        per_second: 20.try_into().ok(),
        burst: 5.try_into().ok(),
        ..new_token("slow", Permission::Write, &[])
    };
    let token = files.issue(&slow);
    let server = files.serve().await;
    let mut client = with_token(&server, &token).await;
    let begun = Instant::now();
    let requests = (0..14).map(|n| tagged(n, article(&format!("a{n}"), &story(n, 60))));
    let requests = tokio_stream::iter(Vec::from_iter(requests));
    let mut replies = client.ingest_stream(requests).await.unwrap().into_inner();
    let mut stored = 0;
    while let Some(reply) = timeout(PATIENCE, replies.message()).await.unwrap().unwrap() {
        verdict(reply);
        stored += 1;
    }
    assert_eq!(stored, 14);
    // The call and fourteen articles, of which five are free.
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(450), "{took:?}");
    // In one message, they are read no faster.
    let begun = Instant::now();
    let requests = (0..14).map(|n| tagged(n, article(&format!("a{n}"), &story(n, 60))));
    let batch = ArticleBatch {
        requests: requests.collect(),
    };
    let replies = loop {
        match client
            .ingest_batches(tokio_stream::iter([batch.clone()]))
            .await
        {
            Ok(replies) => break replies,
            Err(_) => sleep(Duration::from_millis(20)).await, // the call itself is over the rate
        }
    };
    let (mut replies, mut stored) = (replies.into_inner(), 0);
    while let Some(reply) = timeout(PATIENCE, replies.message()).await.unwrap().unwrap() {
        stored += reply.responses.len();
    }
    assert_eq!(stored, 14);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(650), "{took:?}");
    refused(
        stats(&mut client, "").await,
        Code::ResourceExhausted,
        "`slow` is over its rate",
    );
    server.stop().await;
}

/// Makes calls at random, but the same ones in each run.
struct Calls {
    state: u64,
    client: AuthorizedClient,
    own: &'static str,
    other: &'static str,
    ingested: Vec<String>,
}

/// What came of a call.
struct Outcome {
    /// Whether the call named the other's collection.
    foreign: bool,
    /// The reply as bytes, or the refusal.
    reply: Result<Vec<u8>, Status>,
}

impl Calls {
    fn next(&mut self, below: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    /// Returns an article whose id, host and words name its owner. Both owners have the same stories
    /// otherwise, under the same titles.
    fn article(&mut self, owner: &str) -> wirecopy::server::proto::Article {
        let story = story(self.next(12), 40).replace(' ', &format!(" {owner} "));
        let mut article = published(&self.id(owner), 1_700_000_000 + self.next(9) as i64, &story);
        article.url = format!("https://{owner}.example/{}", self.next(50));
        article.title = "One title for all".into();
        article
    }

    fn id(&mut self, owner: &str) -> String {
        format!("{owner}-{}", self.next(40))
    }

    async fn call(&mut self) -> Outcome {
        let foreign = self.next(3) == 0;
        let owner = if foreign { self.other } else { self.own };
        let collection = owner.to_owned();
        // Ids of the other, in a collection of one's own, must not be found either.
        let named = [self.own, self.other][self.next(2) as usize];
        let id = self.id(named);
        let host = format!("{named}.example");
        let kind = self.next(12);
        let article = self.article(self.own);
        let mut client = self.client.clone();
        let client = &mut client;
        let reply = match kind {
            0 | 1 => {
                let sent = article.id.clone();
                let reply = bytes(client.ingest(request(&collection, article)).await);
                if reply.is_ok() && !self.ingested.contains(&sent) {
                    self.ingested.push(sent);
                }
                reply
            }
            2 => bytes(client.check(request(&collection, article)).await),
            3 => {
                let mut check = request(&collection, article);
                check.include_quotations = true;
                let requests = tokio_stream::iter(vec![check]);
                streamed(client.check_stream(requests).await).await
            }
            4 => {
                let sent = article.id.clone();
                let requests = tokio_stream::iter(vec![request(&collection, article)]);
                let reply = streamed(client.ingest_stream(requests).await).await;
                if reply.is_ok() && !self.ingested.contains(&sent) {
                    self.ingested.push(sent);
                }
                reply
            }
            5 => {
                let side = |id: String| {
                    Some(Side {
                        side: Some(side::Side::Id(id)),
                    })
                };
                let (a, b) = (side(id.clone()), side(id));
                bytes(client.compare(CompareRequest { collection, a, b }).await)
            }
            6 => {
                let get = GetArticleRequest {
                    collection,
                    id,
                    include_text: true,
                    include_quotations: true,
                };
                bytes(client.get_article(get).await)
            }
            7 => {
                let get = GetClusterRequest {
                    collection,
                    id,
                    ..Default::default()
                };
                bytes(client.get_cluster(get).await)
            }
            8 => {
                let list = ListClustersRequest {
                    collection,
                    ..Default::default()
                };
                bytes(client.list_clusters(list).await)
            }
            9 => {
                let report = PublisherReportRequest {
                    collection,
                    host,
                    ..Default::default()
                };
                let reply = client.publisher_report(report).await;
                reply.map(|reply| {
                    let mut report = reply.into_inner();
                    report.host.clear(); // it is the caller's own word
                    report.encode_to_vec()
                })
            }
            10 => {
                let list = ListFurnitureRequest { collection, host };
                bytes(client.list_furniture(list).await)
            }
            _ => {
                let reply = client.stats(StatsRequest { collection }).await;
                reply.map(|reply| {
                    let stats = reply.into_inner();
                    assert_eq!(
                        stats.articles,
                        self.ingested.len() as u64,
                        "articles of others"
                    );
                    let of_all = [
                        stats.publishers_estimate,
                        stats.anchors_estimate,
                        stats.journal_bytes,
                        stats.index_bytes,
                        stats.memory_bytes,
                    ];
                    assert_eq!(of_all, [0; 5], "figures of all collections");
                    stats.encode_to_vec()
                })
            }
        };
        Outcome { foreign, reply }
    }
}

fn bytes(reply: Result<Response<impl Message>, Status>) -> Result<Vec<u8>, Status> {
    reply.map(|reply| reply.get_ref().encode_to_vec())
}

/// Returns the one reply of a stream; an error in it counts as that of the call.
async fn streamed(
    replies: Result<Response<tonic::Streaming<ArticleResponse>>, Status>,
) -> Result<Vec<u8>, Status> {
    let reply = replies?.into_inner().message().await?.unwrap();
    match &reply.result {
        Some(article_response::Result::Error(error)) => {
            Err(Status::new(Code::from(error.code), error.message.clone()))
        }
        _ => Ok(reply.encode_to_vec()),
    }
}

fn contains(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_collections_under_two_tokens_see_nothing_of_each_other() {
    const CASES: u64 = 5000; // of each token
    let mut files = Files::none();
    let names = [("alpha", "bravo"), ("bravo", "alpha")];
    let tokens = names.map(|(own, _)| files.issue(&new_token(own, Permission::Admin, &[own])));
    let server = files.serve().await;
    for token in &tokens {
        let admin = target_in_the_clear(&server, token).connect_admin().await;
        let all = ListCollectionsRequest::default();
        refused(
            admin.unwrap().list_collections(all).await,
            Code::PermissionDenied,
            "this call concerns all",
        );
    }
    let mut running = Vec::new();
    for ((own, other), token) in names.into_iter().zip(tokens) {
        let mut calls = Calls {
            state: own.len() as u64 + u64::from(own.as_bytes()[0]),
            client: with_token(&server, &token).await,
            own,
            other,
            ingested: Vec::new(),
        };
        running.push(tokio::spawn(async move {
            let (mut refusals, mut replies) = (0, 0);
            for case in 0..CASES {
                let Outcome { foreign, reply } = calls.call().await;
                match reply {
                    Ok(_) if foreign => panic!("case {case}: {own} was let into {other}"),
                    Ok(reply) => {
                        replies += 1;
                        assert!(!contains(&reply, other), "case {case}: {own} sees {other}");
                    }
                    Err(status) if foreign => {
                        refusals += 1;
                        assert_eq!(
                            status.code(),
                            Code::PermissionDenied,
                            "case {case}: {status}"
                        );
                    }
                    // An id of the other, or one that does not exist yet.
                    Err(status) => assert_eq!(status.code(), Code::NotFound, "{case}: {status}"),
                }
            }
            assert!(
                refusals > CASES / 4 && replies > CASES / 4,
                "{refusals}, {replies}"
            );
            // All changes so far, of which none may be the other's.
            let watch = |collection: &str| WatchRequest {
                collection: collection.to_owned(),
                after: Some(Vec::new()),
            };
            let foreign = calls.client.watch(watch(other)).await;
            refused(
                foreign.map(drop),
                Code::PermissionDenied,
                "is not for the collection",
            );
            let mut events = calls.client.watch(watch(own)).await.unwrap().into_inner();
            for _ in 0..calls.ingested.len() {
                let event = timeout(PATIENCE, events.message())
                    .await
                    .unwrap()
                    .unwrap()
                    .unwrap();
                let event = event.encode_to_vec();
                assert!(!contains(&event, other) && contains(&event, own), "{own}");
            }
            let ids = vec![format!("{other}-1")];
            let collection = own.to_owned();
            let removed = calls
                .client
                .remove(RemoveRequest { collection, ids })
                .await
                .unwrap();
            assert_eq!(removed.get_ref().removed, 0);
        }));
    }
    for calls in running {
        calls.await.unwrap();
    }
    server.stop().await;
}

/// Returns the cursors of all changes of a collection, and of the latest one.
async fn cursors(client: &mut AuthorizedClient, collection: &str, changes: usize) -> Vec<Vec<u8>> {
    let watch = WatchRequest {
        collection: collection.to_owned(),
        after: Some(Vec::new()),
    };
    let mut events = client.watch(watch).await.unwrap().into_inner();
    let mut cursors = Vec::new();
    for _ in 0..changes {
        let event = timeout(PATIENCE, events.message()).await.unwrap();
        cursors.push(event.unwrap().unwrap().cursor);
    }
    let collection = collection.to_owned();
    let stats = client.stats(StatsRequest { collection }).await.unwrap();
    cursors.push(stats.into_inner().cursor);
    cursors
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_tell_a_token_nothing_of_other_collections() {
    const ARTICLES: usize = 5;
    let mut files = Files::none();
    let all = files.issue(&new_token("all", Permission::Admin, &[]));
    let own = files.issue(&new_token("own", Permission::Admin, &["alpha"]));
    let server = files.serve().await;
    let mut all = with_token(&server, &all).await;
    let mut own = with_token(&server, &own).await;
    for n in 0..2 * ARTICLES {
        let collection = ["alpha", "bravo"][n % 2];
        let article = article(&format!("{n}"), &story(n as u64 % 2, 60));
        all.ingest(request(collection, article)).await.unwrap();
    }

    let watch = |after: &[u8]| WatchRequest {
        collection: "alpha".to_owned(),
        after: Some(after.to_vec()),
    };
    let plain = cursors(&mut all, "alpha", ARTICLES).await;
    let mut sealed = cursors(&mut own, "alpha", ARTICLES).await;
    // Nothing has happened meanwhile.
    sealed.extend(cursors(&mut own, "alpha", ARTICLES).await);
    for (at, cursor) in sealed.iter().enumerate() {
        assert!(
            sealed[..at].iter().all(|other| other != cursor),
            "two are alike"
        );
        assert_eq!(cursor.len(), sealed[0].len());
        // The one that was guessed.
        assert!(plain.iter().all(|plain| !cursor.ends_with(&plain[1..])));
    }
    for cursor in plain {
        all.watch(watch(&cursor)).await.unwrap();
        let guessed = own.watch(watch(&cursor)).await.map(drop);
        refused(guessed, Code::InvalidArgument, "to this caller");
    }
    let mut rest = own.watch(watch(&sealed[1])).await.unwrap().into_inner();
    let next = timeout(PATIENCE, rest.message()).await.unwrap();
    assert_eq!(next.unwrap().unwrap().id, "4");

    let pages = |token: String| GetClusterRequest {
        collection: "alpha".to_owned(),
        id: "0".to_owned(),
        page_size: 2,
        page_token: token,
    };
    let (mut members, mut tokens) = (Vec::new(), vec![String::new()]);
    while let Some(token) = tokens
        .last()
        .filter(|token| members.is_empty() || !token.is_empty())
    {
        let page = own
            .get_cluster(pages(token.clone()))
            .await
            .unwrap()
            .into_inner();
        members.extend(page.members.into_iter().map(|member| member.id));
        tokens.push(page.next_page_token);
    }
    assert_eq!(members, ["0", "2", "4", "6", "8"]);
    let page = all.get_cluster(pages(String::new())).await.unwrap();
    let plain = page.into_inner().next_page_token;
    assert!(tokens[1].len() > plain.len() && !tokens[1].contains(&plain));
    let guessed = own.get_cluster(pages(plain)).await.map(drop);
    refused(guessed, Code::InvalidArgument, "page_token");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_says_in_one_sentence_what_a_server_asks_for() {
    let mut files = Files::with_tls();
    let dir = WorkDir::new();
    dir.write("ca.pem", &files.authority.pem);
    let made = dir.run(&[
        "token",
        "new",
        "desk",
        "--role",
        "read",
        "--file",
        "tokens.toml",
    ]);
    let made = made.succeeded();
    dir.write("desk.token", &made.out);
    dir.run(&[
        "token",
        "new",
        "desk",
        "--role",
        "read",
        "--file",
        "tokens.toml",
    ])
    .failed(1, "there is a token `desk` already");
    dir.run(&["token", "new", "x", "--role", "king"])
        .failed(2, "king");
    let printed = dir
        .run(&["token", "new", "crawler", "--role", "write"])
        .succeeded();
    assert!(printed.err.contains("[crawler]\nsha256 = "), "{printed:?}");
    assert!(!printed.err.contains(printed.out.trim()), "{printed:?}");
    files.access.tokens = dir.path().join("tokens.toml");
    let server = files.serve().await;
    let url = files.target(&server).url;
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = dir.command(&[arguments, &["--server", &url]].concat());
        command.envs(variables.iter().copied());
        let run = tokio::task::block_in_place(|| command.output().unwrap());
        CommandRun::new(run)
    };
    let ca = ("WIRECOPY_CA", "ca.pem");
    let token = ["--token-file", "desk.token"];
    run(&["stats", "--ca", "ca.pem", token[0], token[1]], &[]).succeeded();
    run(&["stats"], &[ca, ("WIRECOPY_TOKEN", made.out.trim())]).succeeded();
    dir.write("a.jsonl", three());
    for (arguments, variables, words) in [
        (
            &["stats"][..],
            &[ca][..],
            "no access token: send the header",
        ),
        (
            &["stats"],
            &[ca, ("WIRECOPY_TOKEN", "wrong")],
            "does not know the access token",
        ),
        (
            &["ingest", "a.jsonl", token[0], token[1]],
            &[ca],
            "has the role read; this call needs write",
        ),
        (
            &["check", "a.jsonl", token[0], "a.jsonl"],
            &[ca],
            "does not hold one access token",
        ),
        (
            &["stats", "--ca", "none.pem"],
            &[],
            "failed to read `none.pem`: No such file",
        ),
        (
            &["stats", "--ca", "a.jsonl"],
            &[],
            "no certificate in PEM form",
        ),
        (
            &["compare", "a", "b"],
            &[("WIRECOPY_CA", "desk.token")],
            "no certificate in PEM form",
        ),
    ] {
        let run = run(arguments, variables).failed(1, words);
        assert_eq!(run.err.lines().count(), 1, "one sentence: {run:#?}");
    }
    run(&["stats", "--cert", "ca.pem"], &[]).failed(2, "--key");
    server.stop().await;
}
