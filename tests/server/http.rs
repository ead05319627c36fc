//! The API over HTTP and JSON, as its clients see it: every operation, problems, and what a server must survive.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::certificates::Authority;
use crate::http_client::HttpClient;
use crate::support::{ADDED, FERRY, ORCHARD, Running, article, ingest, story};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wirecopy::server::proto::{GetArticleRequest, StatsRequest};
use wirecopy::server::{Access, Limits, NewToken, Permission};

fn limits(change: impl Fn(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn submitted(id: &str, text: &str) -> Value {
    json!({"article": {"id": id, "text": text}})
}

/// Ingests a story, a copy of it, and another story.
async fn ingest_three(client: &mut HttpClient) {
    for (id, text) in [
        ("ferry", FERRY.to_owned()),
        ("copy", format!("{FERRY} {ADDED}")),
        ("orchard", ORCHARD.to_owned()),
    ] {
        client
            .post("/v1/ingest", &submitted(id, &text))
            .await
            .message();
        // Of articles that come in one millisecond, the lead is the one whose id comes first.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Returns everything that the server says until it ends the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let reading = timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    let _ = reading.expect("the server ends the connection"); // it may break off
    String::from_utf8_lossy(&all).into_owned()
}

/// Connects, and sends these bytes.
async fn raw(server: &Running, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let _ = stream.write_all(bytes.as_ref()).await; // the server may not take them
    stream
}

/// Returns the head of a request with a body of JSON.
fn head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn articles_go_in_and_their_clusters_come_out() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    let url = "https://news.example/ferry?id=1&utm_source=x";
    let first =
        json!({"article": {"url": url, "text": FERRY, "published": "2026-01-05T08:00:00Z"}});
    let verdict = client.post("/v1/ingest", &first).await.message();
    assert_eq!(verdict["state"], "STATE_NEW");
    assert_eq!(verdict["placement"]["size"], "1");
    let lead = verdict["id"].as_str().unwrap();
    assert_eq!(lead, "https://news.example/ferry?id=1");

    let copy = submitted("copy", &format!("{FERRY} {ADDED}"));
    let checked = client.post("/v1/check", &copy).await.message();
    assert_eq!(checked["placement"]["cluster"], lead);
    let verdict = client.post("/v1/ingest", &copy).await.message();
    assert_eq!(verdict["placement"]["relation"], "RELATION_COPY");
    assert_eq!(verdict["matches"][0]["figures"]["containmentOfOther"], 1.0);
    assert_eq!(verdict["matches"][0]["site"], "news.example");

    let compared = json!({"a": {"id": "copy"}, "b": {"text": {"text": FERRY}}});
    let compared = client.post("/v1/compare", &compared).await.message();
    assert_eq!(compared["copy"], true);
    assert!(
        compared["passages"][0]["words"]
            .as_str()
            .unwrap()
            .starts_with("The last ferry")
    );
    assert_eq!(compared.get("textB"), None, "the client has the text");
    let page =
        format!("<body><nav>Home</nav><h1>Ferry</h1><article><p>{FERRY}</p></article></body>");
    let compared = json!({"a": {"id": "copy"}, "b": {"text": {"html": page}}});
    let compared = client.post("/v1/compare", &compared).await.message();
    let text = compared["textB"].as_str().unwrap();
    let span = &compared["passages"][0]["b"];
    let at = |end: &str| span[end].as_u64().unwrap_or_default() as usize;
    assert!(text[at("start")..at("end")].starts_with("The last ferry"));
    assert_eq!(compared.get("textA"), None, "it is stored");

    let seen = json!({"ids": [url, "nothing"]});
    let seen = client.post("/v1/seen", &seen).await.message();
    assert_eq!(seen["articles"][0]["known"], true);
    assert_eq!(seen["articles"][1], json!({}));

    let query = "https%3A%2F%2Fnews.example%2Fferry%3Fid%3D1%26utm_source%3Dx";
    let stored = client
        .get(&format!("/v1/article?id={query}&includeText=true"))
        .await
        .message();
    assert_eq!(stored["article"]["text"], FERRY);
    assert_eq!(stored["article"]["published"], "2026-01-05T08:00:00Z");
    let stored = client
        .get(&format!("/v1/article?id={query}"))
        .await
        .message();
    assert_eq!(stored["article"].get("text"), None);

    let page = client
        .get("/v1/cluster?id=copy&page_size=1")
        .await
        .message();
    assert_eq!(
        (&page["cluster"], &page["size"]),
        (&json!(lead), &json!("2"))
    );
    assert_eq!(page["members"].as_array().unwrap().len(), 1);
    let token = page["nextPageToken"].as_str().unwrap();
    let page = client
        .get(&format!("/v1/cluster?id=copy&pageSize=1&pageToken={token}"))
        .await;
    assert_eq!(page.message()["members"][0]["id"], "copy");
    let clusters = client.get("/v1/clusters").await.message();
    assert_eq!(clusters["clusters"][0]["lead"]["id"], lead);

    let report = client
        .get("/v1/publisher?host=news.example&since=2026-01-01T00%3A00%3A00Z")
        .await;
    assert_eq!(report.message()["leads"], "1");
    let furniture = client
        .get("/v1/furniture?host=news.example")
        .await
        .message();
    assert_eq!(furniture, json!({}));
    let exported = client.get("/v1/export?omitRoles=true").await.lines();
    let exported: Vec<_> = exported
        .iter()
        .flat_map(|page| page["articles"].as_array().unwrap())
        .collect();
    assert_eq!(
        (exported.len(), &exported[0]["placement"]["cluster"]),
        (2, &json!(lead))
    );
    let stats = client.get("/v1/stats").await.message();
    assert_eq!(
        (&stats["articles"], &stats["clusters"]),
        (&json!("2"), &json!("1"))
    );
    let removed = client
        .post("/v1/remove", &json!({"ids": ["copy", "none"]}))
        .await
        .message();
    assert_eq!(removed, json!({"removed": 1, "unknown": 1}));
    server.stop().await;
}

#[tokio::test]
async fn both_protocols_give_one_answer() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    ingest_three(&mut client).await;
    let mut grpc = server.client().await;
    let request = GetArticleRequest {
        id: "copy".into(),
        include_text: true,
        ..GetArticleRequest::default()
    };
    let theirs = grpc.get_article(request).await.unwrap().into_inner();
    let ours = client
        .get("/v1/article?id=copy&includeText=true")
        .await
        .message();
    let matched = &theirs.matches[0];
    assert_eq!(ours["matches"][0]["id"], matched.id.as_str());
    let near = |ours: &Value, theirs: f64| assert!((ours.as_f64().unwrap() - theirs).abs() < 1e-12);
    let figures = matched.figures.unwrap();
    near(
        &ours["matches"][0]["figures"]["resemblance"],
        figures.resemblance,
    );
    let judgement = theirs.judgement.unwrap();
    near(&ours["judgement"]["confidence"], judgement.confidence);
    near(&ours["judgement"]["carried"], judgement.carried);
    assert_eq!(ours["revision"], theirs.revision);
    server.stop().await;
}

#[tokio::test]
async fn collections_are_administered() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    let mut request = submitted("a", FERRY);
    request["collection"] = "news".into();
    client.post("/v1/ingest", &request).await.message();
    let retention = json!({"collection": "news", "retention": "86400.5s"});
    let set = client.post("/v1/collections/retention", &retention).await;
    assert_eq!(set.message(), json!({}));
    let listed = client.get("/v1/collections").await.message();
    let listed = &listed["collections"][0];
    assert_eq!(
        (&listed["name"], &listed["retention"]),
        (&json!("news"), &json!("86400.500s"))
    );
    let compacted = client.post("/v1/compact", &json!({})).await.lines();
    assert_eq!(compacted.last(), Some(&json!({"finished": true})));
    let snapshot = client
        .post("/v1/snapshot", &json!({"name": "one"}))
        .await
        .lines();
    let problem = snapshot.last().unwrap();
    assert_eq!(
        problem["status"], 400,
        "no directory is configured: {problem}"
    );
    assert_eq!(problem["code"], "INVALID_ARGUMENT");
    let unnamed = client
        .post("/v1/collections/drop", &json!({}))
        .await
        .problem(400);
    assert_eq!(unnamed["field"], "collection");
    let dropped = client
        .post("/v1/collections/drop", &json!({"collection": "news"}))
        .await;
    assert_eq!(dropped.message(), json!({"articles": "1"}));
    server.stop().await;
}

#[tokio::test]
async fn a_stream_is_answered_line_by_line() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    let lines = |requests: &[Value]| {
        requests
            .iter()
            .map(|one| format!("{one}\r\n"))
            .collect::<String>()
    };
    let tagged =
        |tag: u64, id: &str, text: &str| json!({"tag": tag, "article": {"id": id, "text": text}});
    let stream = [
        tagged(1, "a", FERRY),
        tagged(2, "", ""),
        tagged(3, "b", ORCHARD),
    ];
    let replies = client
        .post_lines("/v1/ingest/stream", lines(&stream))
        .await
        .lines();
    assert_eq!(replies.len(), 3);
    assert_eq!(replies[0]["verdict"]["state"], "STATE_NEW");
    assert_eq!(
        (&replies[1]["tag"], &replies[1]["error"]["code"]),
        (&json!("2"), &json!(3))
    );
    assert_eq!(replies[2]["verdict"]["id"], "b");
    // Without a line break at the end, and with an empty line.
    let text = format!("\n{}\n{}", tagged(7, "c", FERRY), tagged(8, "d", FERRY));
    let replies = client.post_lines("/v1/check/stream", text).await.lines();
    assert_eq!(replies.len(), 2);
    assert_eq!(replies[1]["verdict"]["placement"]["cluster"], "a");
    // What came before a line that cannot be read is answered.
    let text = format!("{}\n{{\"artikel\": 1}}\n", tagged(9, "e", FERRY));
    let replies = client.post_lines("/v1/ingest/stream", text).await.lines();
    assert_eq!(replies[0]["tag"], "9");
    let problem = &replies[1];
    assert_eq!(
        (&problem["status"], &problem["reason"]),
        (&json!(400), &json!("MALFORMED_REQUEST"))
    );
    assert!(
        problem["detail"].as_str().unwrap().contains("'artikel'"),
        "{problem}"
    );
    assert!(
        problem["detail"].as_str().unwrap().contains("at line 2 "),
        "{problem}"
    );
    assert_eq!(replies.len(), 2);
    let batch = json!({"requests": [stream[0].clone(), stream[0].clone()]});
    let replies = client
        .post_lines("/v1/check/batches", lines(&[batch]))
        .await
        .lines();
    let responses = replies
        .iter()
        .flat_map(|reply| reply["responses"].as_array().unwrap());
    assert_eq!(responses.count(), 2);
    let empty = client.post_lines("/v1/ingest/stream", "").await.lines();
    assert!(empty.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_stream_is_answered_while_it_is_sent() {
    let server = Running::start().await;
    let request = "POST /v1/ingest/stream HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
        transfer-encoding: chunked\r\n\r\n";
    let mut stream = raw(&server, request).await;
    let mut said = String::new();
    for id in ["first", "second"] {
        // In two parts: a line need not come whole.
        let line = format!("{}\n", submitted(id, FERRY));
        let (begin, end) = line.split_at(20);
        for part in [begin, end] {
            let chunk = format!("{:x}\r\n{part}\r\n", part.len());
            stream.write_all(chunk.as_bytes()).await.unwrap();
        }
        let begun = Instant::now();
        while !said.contains(&format!("\"id\":\"{id}\"")) {
            assert!(begun.elapsed() < PATIENCE, "{said}");
            let mut buffer = [0; 4096];
            let length = timeout(PATIENCE, stream.read(&mut buffer))
                .await
                .unwrap()
                .unwrap();
            assert!(length > 0, "{said}");
            said += &String::from_utf8_lossy(&buffer[..length]);
        }
    }
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn changes_are_watched_from_a_cursor() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    ingest_three(&mut client).await;
    let mut watcher = raw(
        &server,
        "GET /v1/watch?after= HTTP/1.1\r\nhost: localhost\r\n\r\n",
    )
    .await;
    let mut said = String::new();
    // A line may come in parts.
    while !said.contains("\"id\":\"late\",\"cluster\":\"ferry\"") {
        let mut buffer = [0; 4096];
        let read = timeout(PATIENCE, watcher.read(&mut buffer)).await;
        let length = read
            .unwrap_or_else(|_| panic!("nothing after {said}"))
            .unwrap();
        assert!(length > 0, "{said}");
        said += &String::from_utf8_lossy(&buffer[..length]);
        if said.matches("CHANGE_KIND_ADDED").count() == 3 && !said.contains("\"late\"") {
            client
                .post("/v1/ingest", &submitted("late", FERRY))
                .await
                .message();
        }
    }
    let cursor = client.get("/v1/stats").await.message();
    let cursor = cursor["cursor"].as_str().unwrap();
    assert!(said.contains(cursor), "{cursor} is not the last of {said}");
    let problem = client
        .get("/v1/watch?after=bm9uc2Vuc2U%3D")
        .await
        .problem(400);
    assert_eq!(problem["code"], "INVALID_ARGUMENT");
    // The shutdown is the last line.
    let stopping = server.begin_stop();
    let last = rest(&mut watcher).await;
    assert!(last.contains("\"status\":503"), "{last}");
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_cannot_be_answered_is_a_problem() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    for path in [
        "/index.php",
        "/v1",
        "/v1/ingest/",
        "/v2/ingest",
        "/wirecopy.v1.Wirecopy/Stats",
    ] {
        client.get(path).await.problem(404);
    }
    for (method, path, allow) in [
        (Method::GET, "/v1/ingest", "POST"),
        (Method::DELETE, "/v1/article", "GET, HEAD"),
        (Method::OPTIONS, "/v1/ingest", "POST"),
        (Method::PUT, "/openapi.json", "GET, HEAD"),
    ] {
        let origin = [("origin", "https://other.example")];
        let reply = client.send(method, path, &origin, "").await;
        reply.problem(405);
        assert_eq!(reply.headers["allow"], allow);
        let is_cors = |name: &http::HeaderName| name.as_str().starts_with("access-control");
        assert!(!reply.headers.keys().any(is_cors), "{:?}", reply.headers);
    }
    let body = submitted("a", FERRY).to_string();
    let send = async |client: &mut HttpClient, headers: &[(&'static str, &str)]| {
        client
            .send(Method::POST, "/v1/check", headers, body.clone())
            .await
    };
    send(&mut client, &[]).await.problem(415);
    for kind in [
        "text/plain",
        "application/jsonp",
        "application/x-ndjson",
        "application/grpc",
    ] {
        send(&mut client, &[("content-type", kind)])
            .await
            .problem(415);
    }
    let compressed = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    send(&mut client, &compressed).await.problem(415);
    for kind in ["application/json", "Application/JSON; charset=utf-8"] {
        send(
            &mut client,
            &[("content-type", kind), ("content-encoding", "identity")],
        )
        .await
        .message();
    }
    let problem = client
        .post(
            "/v1/check",
            &json!({"article": {"id": "a", "content": "b"}}),
        )
        .await;
    assert!(
        problem.problem(400)["detail"]
            .as_str()
            .unwrap()
            .contains("'content'")
    );
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{}{}",
        "\u{0}",
        "{\"article\": {\"id\": 1}}",
    ] {
        let problem = client.post_text("/v1/check", text).await.problem(400);
        assert_eq!(problem["reason"], "MALFORMED_REQUEST", "{text}: {problem}");
    }
    let problem = client.post("/v1/ingest", &json!({})).await.problem(400);
    assert_eq!(problem["field"], "article");
    let problem = client.get("/v1/article?name=x").await.problem(400);
    assert_eq!(problem["field"], "name");
    for path in ["/v1/ingest?collection=news", "/v1/check/stream?collection="] {
        let kind = match path.contains("stream") {
            true => "application/x-ndjson",
            false => "application/json",
        };
        let problem = client
            .send(Method::POST, path, &[("content-type", kind)], body.clone())
            .await
            .problem(400);
        assert_eq!(problem["field"], "collection");
    }
    let problem = client
        .post_text(
            "/v1/ingest",
            "{\"collection\": \"a\", \"collection\": \"b\"}",
        )
        .await
        .problem(400);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("duplicate field `collection`"), "{problem}");
    assert_eq!(client.get("/v1/article").await.problem(400)["field"], "id");
    assert_eq!(
        client.get("/v1/article?id=none").await.problem(404)["code"],
        "NOT_FOUND"
    );
    let reply = client.send(Method::HEAD, "/v1/stats", &[], "").await;
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    server.stop().await;
}

#[tokio::test]
async fn a_page_that_names_its_own_site_is_refused() {
    let ask = async |access: Access, hosts: &str| {
        let server = Running::start_for(Limits::default(), access).await;
        let body = submitted("a", FERRY).to_string();
        let request = format!(
            "POST /v1/ingest HTTP/1.1\r\n{hosts}content-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let said = rest(&mut raw(&server, request).await).await;
        let stored = server.client().await.stats(StatsRequest::default()).await;
        let stored = stored.unwrap().into_inner().articles;
        server.stop().await;
        (said[9..12].parse::<u16>().unwrap(), stored)
    };
    let foreign = "host: evil.example:7717\r\norigin: http://evil.example:7717\r\n";
    assert_eq!(ask(Access::default(), foreign).await, (403, 0));
    assert_eq!(ask(Access::default(), "").await, (400, 0));
    assert_eq!(
        ask(Access::default(), "host: localhost:9\r\n").await,
        (200, 1)
    );
    let insecure = Access {
        insecure: true,
        ..Access::default()
    };
    assert_eq!(
        ask(insecure.clone(), "host: proxy.example\r\n").await,
        (200, 1)
    );
    let two = "host: proxy.example\r\nhost: proxy.example\r\n";
    assert_eq!(ask(insecure, two).await, (400, 0));
}

#[tokio::test]
async fn json_goes_over_http2_and_grpc_only_over_http2() {
    let server = Running::start().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (requests, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut requests = requests.ready().await.unwrap();
    let request = Request::get(format!("{}/v1/stats", server.url()))
        .body(())
        .unwrap();
    let (response, _) = requests.send_request(request, true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let data = response.into_body().data().await.unwrap().unwrap();
    let stats: Value = serde_json::from_slice(&data).unwrap();
    assert!(stats["cursor"].is_string());

    let mut client = HttpClient::connect(server.address).await;
    let grpc = [("content-type", "application/grpc"), ("te", "trailers")];
    let call = "/wirecopy.v1.Wirecopy/Stats";
    client
        .send(Method::POST, call, &grpc, Bytes::from_static(&[0; 5]))
        .await
        .problem(404);
    server.stop().await;
}

#[tokio::test]
async fn the_api_describes_itself() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    let document = client.get("/openapi.json").await.message();
    assert_eq!(document["openapi"], "3.1.0");
    // What it describes is there.
    for (path, operation) in document["paths"].as_object().unwrap() {
        for method in operation.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let kind = [("content-type", "text/plain")];
            let status = match path.as_str() {
                "/v1/watch" => continue, // has no end
                _ => client.send(method, path, &kind, "").await.status,
            };
            assert!([200, 400, 415].contains(&status), "{path}: {status}");
        }
    }
    server.stop().await;
}

/// Files of access tokens.
struct TokenFile {
    dir: tempfile::TempDir,
    lines: String,
}

impl TokenFile {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            lines: String::new(),
        }
    }

    fn issue(
        &mut self,
        name: &str,
        permission: Permission,
        change: impl Fn(&mut NewToken),
    ) -> String {
        let mut new = NewToken {
            name: name.into(),
            permission,
            collections: Vec::new(),
            expires: None,
            per_second: None,
            burst: None,
        };
        change(&mut new);
        let (token, lines) = new.issue(&self.lines).unwrap();
        self.lines += &lines;
        token
    }

    fn access(&self) -> Access {
        let tokens = self.dir.path().join("tokens.toml");
        std::fs::write(&tokens, &self.lines).unwrap();
        Access {
            tokens,
            ..Access::default()
        }
    }
}

#[tokio::test]
async fn the_page_is_served_without_a_token_and_by_get_alone() {
    let mut tokens = TokenFile::new();
    tokens.issue("reader", Permission::Read, |_| ());
    let server = Running::start_for(Limits::default(), tokens.access()).await;
    let mut client = HttpClient::connect(server.address).await;
    client.get("/v1/stats").await.problem(401);
    let index = client.get("/").await;
    assert_eq!(index.status, 200);
    assert_eq!(index.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(index.headers["cache-control"], "no-cache");
    let html = String::from_utf8(index.body.to_vec()).unwrap();
    let assets: Vec<&str> = html
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    assert!(assets.len() >= 2, "{html}");
    for path in assets {
        let asset = client.get(path).await;
        assert_eq!(asset.status, 200, "{path}");
        assert!(!asset.body.is_empty());
        let cache = asset.headers["cache-control"].to_str().unwrap();
        assert!(cache.contains("immutable"), "{cache}");
        assert_eq!(asset.headers["x-content-type-options"], "nosniff");
        let head = client.send(Method::HEAD, path, &[], "").await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        let length = head.headers["content-length"].to_str().unwrap();
        assert_eq!(length, asset.body.len().to_string());
    }
    let policy = index.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(index.headers["referrer-policy"], "no-referrer");

    let posted = client.post("/", &json!({})).await;
    posted.problem(405);
    assert_eq!(posted.headers["allow"], "GET, HEAD");
    for path in [
        "/assets/",
        "/assets/none.js",
        "/index.html",
        "/assets/../index.html",
    ] {
        client.get(path).await.problem(404);
    }
}

#[tokio::test]
async fn tokens_are_asked_for_and_bound() {
    let mut tokens = TokenFile::new();
    let reader = tokens.issue("reader", Permission::Read, |_| ());
    let writer = tokens.issue("writer", Permission::Write, |new| {
        new.collections = vec![wirecopy::id::Collection::parse("news").unwrap()];
    });
    let slow = tokens.issue("slow", Permission::Read, |new| {
        new.per_second = NonZeroU32::new(1);
    });
    let server = Running::start_for(Limits::default(), tokens.access()).await;
    let mut client = HttpClient::connect(server.address).await;
    let reply = client.get("/v1/stats").await;
    assert_eq!(reply.problem(401)["code"], "UNAUTHENTICATED");
    assert_eq!(reply.headers["www-authenticate"], "Bearer");
    client.token = Some("wirecopy_0000".into());
    client.get("/v1/stats").await.problem(401);
    // From the same machine, as reflection.
    client.token = None;
    client.get("/openapi.json").await.message();

    client.token = Some(reader);
    client.get("/v1/stats").await.message();
    let denied = client
        .post("/v1/ingest", &submitted("a", FERRY))
        .await
        .problem(403);
    assert!(
        denied["detail"].as_str().unwrap().contains("needs write"),
        "{denied}"
    );
    client.get("/v1/collections").await.problem(403);
    client.token = Some(writer);
    client
        .post("/v1/ingest", &submitted("a", FERRY))
        .await
        .problem(403);
    let mut request = submitted("a", FERRY);
    request["collection"] = "news".into();
    client.post("/v1/ingest", &request).await.message();
    client.get("/v1/stats?collection=other").await.problem(403);

    client.token = Some(slow);
    client.get("/v1/stats").await.message();
    let reply = client.get("/v1/stats").await;
    assert_eq!(reply.problem(429)["code"], "RESOURCE_EXHAUSTED");
    let wait: u64 = reply.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    server.stop().await;
}

#[tokio::test]
async fn a_refused_body_is_not_kept_and_the_connection_goes_on() {
    let mut tokens = TokenFile::new();
    tokens.issue("reader", Permission::Read, |_| ());
    let limits = limits(|limits| {
        limits.message_bytes = 1 << 20;
        limits.in_flight_bytes = 2 << 20;
    });
    let server = Running::start_for(limits, tokens.access()).await;
    let mut client = HttpClient::connect(server.address).await;
    let body = submitted("a", &story(1, 100_000)).to_string();
    assert!(body.len() > 600_000 && body.len() < 1 << 20);
    for _ in 0..5 {
        client
            .post_text("/v1/check", body.clone())
            .await
            .problem(401);
    }
    // A client that asks first is told before it sends.
    let request =
        head("/v1/check", 500_000).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    let told = rest(&mut raw(&server, request).await).await;
    assert!(told.starts_with("HTTP/1.1 401"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let limits = limits(|limits| {
        limits.message_bytes = 1 << 16;
        limits.handshake_ms = 1000; // so long the server takes what is still sent
    });
    let server = Running::start_with(limits).await;
    let told = rest(&mut raw(&server, head("/v1/check", 1 << 40)).await).await;
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    assert!(
        told.contains("MESSAGE_TOO_LARGE") && told.contains("limits.message_bytes"),
        "{told}"
    );
    let chunked = "POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n";
    let mut stream = raw(&server, chunked).await;
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    for _ in 0..5 {
        let _ = stream.write_all(chunk.as_bytes()).await;
    }
    let told = rest(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    // A line of a stream, after one that is answered.
    let mut client = HttpClient::connect(server.address).await;
    let lines = format!("{}\n{}\n", submitted("a", FERRY), " ".repeat(1 << 17));
    let replies = client.post_lines("/v1/check/stream", lines).await.lines();
    assert_eq!(replies[0]["verdict"]["id"], "a");
    assert_eq!(replies[1]["status"], 413);
    server.stop().await;
}

#[tokio::test]
async fn bombs_are_refused_at_once() {
    let server = Running::start().await;
    let mut client = HttpClient::connect(server.address).await;
    let begun = Instant::now();
    let deep = format!("{{\"article\": {}", "{\"page\":".repeat(500_000));
    client.post_text("/v1/check", deep).await.problem(400);
    let nested = "[".repeat(4 << 20);
    client.post_text("/v1/check", nested).await.problem(400);
    let many = format!("{{\"ids\": [{}\"\"]}}", "\"\",".repeat(2_000_000));
    let problem = client.post_text("/v1/seen", many).await.problem(400);
    assert_eq!(problem["reason"], "MALFORMED_REQUEST");
    let many = json!({"ids": vec![""; 1001]});
    let problem = client.post("/v1/seen", &many).await.problem(400);
    assert_eq!(problem["field"], "ids");
    let name = format!("{{\"{}\": 1}}", "n".repeat(4 << 20));
    let problem = client.post_text("/v1/check", name).await;
    assert!(problem.body.len() < 1000, "{}", problem.body.len());
    problem.problem(400);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn bytes_in_flight_are_bounded() {
    let limits = limits(|limits| {
        limits.message_bytes = 1 << 20;
        limits.in_flight_bytes = 2 << 20;
    });
    let server = Running::start_with(limits).await;
    let mut holding = raw(&server, head("/v1/check", 1 << 20)).await;
    holding.write_all(&vec![b' '; (1 << 20) - 1]).await.unwrap();
    let mut client = HttpClient::connect(server.address).await;
    let body = submitted("a", &story(1, 100_000)).to_string();
    let begun = Instant::now();
    let reply = loop {
        let reply = client.post_text("/v1/check", body.clone()).await;
        if reply.status == 429 || begun.elapsed() > PATIENCE {
            break reply; // the other body has arrived
        }
    };
    assert_eq!(reply.problem(429)["code"], "RESOURCE_EXHAUSTED");
    assert_eq!(reply.headers["retry-after"], "1");
    client
        .post("/v1/check", &submitted("a", "small"))
        .await
        .message();
    drop(holding);
    let begun = Instant::now();
    while client.post_text("/v1/check", body.clone()).await.status != 200 {
        assert!(begun.elapsed() < PATIENCE, "the bytes are not released");
    }
    server.stop().await;
}

#[tokio::test]
async fn slow_heads_and_bodies_are_ended() {
    let limits = limits(|limits| {
        limits.handshake_ms = 300;
        limits.deadline_ms = 500;
    });
    let server = Running::start_with(limits).await;
    let begun = Instant::now();
    for first in ["G", "PRI * HTTP/1.1\r\n", "GET /v1/stats HTTP/1.1\r\nhost:"] {
        let told = rest(&mut raw(&server, first).await).await;
        assert!(!told.contains("200"), "{told}");
    }
    // In bytes that never stop coming.
    let mut dribbling = raw(&server, "GET /v1/stats HTTP/1.1\r\n").await;
    while dribbling.write_all(b"a: b\r\n").await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "a head without end is read");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let request = format!("{}{{\"article\":", head("/v1/check", 1000));
    let mut slow = raw(&server, request).await;
    let told = rest(&mut slow).await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    assert!(told.contains("nothing was done"), "{told}");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_fault_of_the_client() {
    let server = Running::start().await;
    let chunked = "POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n";
    for request in [
        format!("{}{{\"article\":", head("/v1/check", 1000)),
        format!("{chunked}\r\nxyz\r\n{{}}\r\n0\r\n\r\n"),
        format!("{chunked}\r\n5\r\n{{}}"),
        format!("{chunked}content-length: 2\r\n\r\n{{}}"),
    ] {
        let mut stream = raw(&server, &request).await;
        stream.shutdown().await.unwrap();
        let told = rest(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 400"), "{request}: {told}");
        assert!(told.contains("\"code\":\"INVALID_ARGUMENT\""), "{told}");
    }
    // In the middle of a stream, after a line that is answered.
    let lines = format!("{}\n{{", submitted("a", FERRY));
    let request = head("/v1/check/stream", 1000).replace("json", "x-ndjson");
    let mut stream = raw(&server, request + &lines).await;
    stream.shutdown().await.unwrap();
    let told = rest(&mut stream).await;
    assert!(told.contains("\"verdict\""), "{told}");
    assert!(told.contains("\"status\":400"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_closes_its_side_is_answered() {
    let server = Running::start().await;
    let body = submitted("a", &story(1, 100_000)).to_string();
    let chunked = "POST /v1/ingest HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n";
    let post = head("/v1/ingest", body.len()) + &body;
    for request in [
        post.replace("localhost", "localhost\r\nconnection: close"),
        post,
        format!("{chunked}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
        "GET /v1/stats HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /v1/article?id=a&includeText=true HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /v1/export HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
    ] {
        let mut stream = raw(&server, &request).await;
        stream.shutdown().await.unwrap();
        let told = rest(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 200"), "{told}");
        let (_, told) = told.split_once("\r\n\r\n").unwrap();
        assert!(
            told.trim_end().ends_with('}') || told.ends_with("\r\n0\r\n\r\n"),
            "the answer is not whole: {told}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_has_gone_is_not_waited_for() {
    let limits = limits(|limits| limits.deadline_ms = 500);
    let server = Running::start_with(limits).await;
    let mut watcher = raw(
        &server,
        "GET /v1/watch?after= HTTP/1.1\r\nhost: localhost\r\n\r\n",
    )
    .await;
    watcher.shutdown().await.unwrap();
    rest(&mut watcher).await;
    server.stop().await;
}

#[tokio::test]
async fn a_head_has_a_limit() {
    let server = Running::start_with(limits(|limits| limits.header_list_bytes = 4096)).await;
    let mut stream = raw(&server, "GET /v1/stats HTTP/1.1\r\n").await;
    let line = format!("a: {}\r\n", "b".repeat(1000));
    let mut sent = 0;
    while stream.write_all(line.as_bytes()).await.is_ok() {
        sent += line.len();
        assert!(sent < 1 << 20, "a head without end is read");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // One that ends is answered: of the first request, of a later one, and in the target.
    let head = format!(
        "GET /v1/stats HTTP/1.1\r\nhost: localhost\r\n{}\r\n",
        line.repeat(100)
    );
    let short = "GET /v1/stats HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let target = format!(
        "GET /v1/article?id={} HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "b".repeat(100_000)
    );
    for (before, head) in [("", &head), (short, &head), ("", &target)] {
        let mut stream = raw(&server, before).await;
        if !before.is_empty() {
            let mut first = [0; 12];
            stream.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
        }
        stream.write_all(head.as_bytes()).await.unwrap();
        let told = rest(&mut stream).await;
        let told = &told[told
            .find("HTTP/1.1 431 ")
            .unwrap_or_else(|| panic!("{told}"))..];
        let (head, problem) = told.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains("content-type: application/problem+json"),
            "{head}"
        );
        assert!(head.contains("connection: close"), "{head}");
        let problem: Value = serde_json::from_str(problem).unwrap();
        assert_eq!(problem["status"], 431);
        assert_eq!(problem["reason"], "MESSAGE_TOO_LARGE");
    }
    // A long body is no head, and what follows it is counted anew.
    let mut client = HttpClient::connect(server.address).await;
    for _ in 0..3 {
        client
            .post("/v1/check", &submitted("a", &story(1, 10_000)))
            .await
            .message();
        client.get("/v1/stats").await.message();
    }
    server.stop().await;
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Running::start_with(limits(|limits| limits.handshake_ms = 500)).await;
    let mut client = HttpClient::connect(server.address).await;
    for _ in 0..3 {
        ingest_three(&mut client).await;
        client.get("/nowhere").await.problem(404);
    }
    // One that has spoken may be silent.
    tokio::time::sleep(Duration::from_millis(800)).await;
    client.get("/v1/stats").await.message();
    // Without waiting for the answers.
    let request = "GET /v1/stats HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let last = "GET /v1/clusters HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let told = rest(&mut raw(&server, format!("{request}{request}{last}")).await).await;
    assert_eq!(told.matches("HTTP/1.1 200 OK").count(), 3, "{told}");
    assert!(told.contains("\"clusters\":["), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn connections_of_http1_count_as_others() {
    let server = Running::start_with(limits(|limits| limits.connections_per_address = 2)).await;
    let request = "GET /v1/stats HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut first = HttpClient::connect(server.address).await;
    let mut second = HttpClient::connect(server.address).await;
    first.get("/v1/stats").await.message();
    second.get("/v1/stats").await.message();
    let told = rest(&mut raw(&server, request).await).await;
    assert_eq!(told, "", "a third of one address");
    drop(first);
    let begun = Instant::now();
    let closing = request.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    while rest(&mut raw(&server, &closing).await).await.is_empty() {
        assert!(begun.elapsed() < PATIENCE, "its place is not given back");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_connection() {
    let server = Running::start_with(limits(|limits| limits.idle_ms = 400)).await;
    let mut grpc = server.client().await;
    let text = story(1, 100_000);
    ingest(&mut grpc, article("large", &text)).await;
    let request = "GET /v1/article?id=large&includeText=true HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut unread = raw(&server, request.repeat(60)).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let told = rest(&mut unread).await;
    let answers = told.matches("HTTP/1.1 200 OK").count();
    assert!((1..60).contains(&answers), "{answers} answers of 60");
    server.stop().await;
}

#[tokio::test]
async fn a_drain_answers_what_has_come_and_waits_for_nobody() {
    let server = Running::start().await;
    let mut idle = HttpClient::connect(server.address).await;
    idle.get("/v1/stats").await.message();
    let mut silent = raw(&server, "").await;
    let mut half = raw(&server, "GET /v1/stats HT").await;
    let body = submitted("a", FERRY).to_string();
    let mut begun = raw(&server, head("/v1/ingest", body.len())).await;
    begun.write_all(&body.as_bytes()[..10]).await.unwrap();
    let mut stuck = raw(&server, format!("{}{{", head("/v1/ingest", 100))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let clock = Instant::now();
    let stopping = server.begin_stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    begun.write_all(&body.as_bytes()[10..]).await.unwrap();
    let told = rest(&mut begun).await;
    assert!(told.starts_with("HTTP/1.1 200 OK"), "{told}");
    let told = rest(&mut stuck).await;
    assert!(
        told.is_empty() || told.starts_with("HTTP/1.1 503"),
        "{told}"
    );
    rest(&mut silent).await;
    rest(&mut half).await;
    stopping.await.unwrap().unwrap();
    assert!(
        clock.elapsed() < Duration::from_secs(10),
        "{:?}",
        clock.elapsed()
    );
}

/// Makes a certificate for 127.0.0.1, and a client of TLS that trusts it and offers these protocols.
fn tls(protocols: &[&str]) -> (tempfile::TempDir, Access, TlsConnector) {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("the authority of a test");
    let signed = authority.sign("127.0.0.1");
    let (certificate, key) = (dir.path().join("server.pem"), dir.path().join("server.key"));
    std::fs::write(&certificate, &signed.certificate).unwrap();
    std::fs::write(&key, &signed.key).unwrap();
    let access = Access {
        certificate,
        key,
        ..Access::default()
    };
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    (dir, access, TlsConnector::from(Arc::new(config)))
}

#[tokio::test]
async fn tls_is_agreed_with_clients_of_http1() {
    let name: ServerName<'static> = "127.0.0.1".try_into().unwrap();
    for (offered, agreed) in [
        (&["http/1.1"][..], Some(&b"http/1.1"[..])),
        (&["http/1.1", "h2"][..], Some(b"h2")),
        (&[], None),
    ] {
        let (_dir, access, connector) = tls(offered);
        let server = Running::start_for(Limits::default(), access).await;
        let stream = TcpStream::connect(server.address).await.unwrap();
        let stream = connector.connect(name.clone(), stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed, "{offered:?}");
        if agreed != Some(b"h2") {
            let mut client = HttpClient::over(stream).await;
            ingest_three(&mut client).await;
            assert_eq!(client.get("/v1/stats").await.message()["articles"], "3");
        }
        // In the clear, nothing is answered but that TLS is needed.
        let request = "GET /v1/stats HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let told = rest(&mut raw(&server, request).await).await;
        assert!(told.starts_with("HTTP/1.1 400"), "{told}");
        assert!(told.contains("this server speaks TLS"), "{told}");
        server.stop().await;
    }
}
