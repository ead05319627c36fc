//! What those who run a server use: its settings, completions, manual pages, metrics, dashboard, log.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

#[path = "support/http.rs"]
mod http_client;
#[path = "support/logged_server.rs"]
mod logged_server;
mod support;
#[path = "support/work_dir.rs"]
mod work_dir;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http_client::HttpClient;
use logged_server::LoggedServer;
use serde_json::{Value, json};
use support::{Running, article, ingest, story};
use tonic::{Code, Request};
use tonic_types::StatusExt as _;
use wirecopy::engine::{Engine, Params};
use wirecopy::server::client;
use wirecopy::server::proto::GetArticleRequest;
use wirecopy::server::{Access, Limits, NewToken, Permission};
use wirecopy::store::{Embedded, EmbeddedParams, SelfRebuilding};
use work_dir::WorkDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecopy");

#[test]
fn the_settings_in_effect_are_printed_with_their_origins() {
    let dir = WorkDir::new();
    let tokens = "wirecopy_0123456789abcdef";
    dir.write("tokens.toml", tokens);
    dir.write(
        "c.toml",
        "[access]\ntokens = 'tokens.toml'\n[limits]\ncalls = 5\n",
    );
    let arguments = ["config", "--config", "c.toml", "--set", "limits.streams=3"];
    let mut command = dir.command(&arguments);
    command.env("WIRECOPY_MEMORY_MIB", "512");
    let run = work_dir::CommandRun::new(command.output().unwrap()).succeeded();
    assert!(!run.out.contains(tokens));
    let has = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut lines = run.out.lines();
        assert!(
            lines.any(|one| one.split_whitespace().collect::<Vec<_>>() == words),
            "no `{line}` in {}",
            run.out
        );
    };
    has("tokens = \"tokens.toml\" # file c.toml");
    has("calls = 5 # file c.toml");
    has("mib = 512 # environment WIRECOPY_MEMORY_MIB");
    has("streams = 3 # flag");
    has("listen = \"127.0.0.1:7717\" # default");

    // What is printed is a configuration file of the same settings.
    dir.write("again.toml", &run.out);
    let json = |arguments: &[&str]| -> Value {
        let run = dir
            .run(&[&["config", "--format", "json"], arguments].concat())
            .succeeded();
        serde_json::from_str(&run.out).unwrap()
    };
    let again = json(&["--config", "again.toml"]);
    let expected = json!({"value": 512, "origin": "file", "source": "again.toml"});
    assert_eq!(again["memory"]["mib"], expected);
    assert_eq!(again["limits"]["streams"]["value"], 3);
    let default = json(&[]);
    assert_eq!(
        default["serve"]["listen"],
        json!({"value": "127.0.0.1:7717", "origin": "default"})
    );

    dir.write("bad.toml", "[limits]\ncalls = 0\n");
    dir.run(&["config", "--config", "bad.toml"])
        .failed(2, "calls");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let dir = WorkDir::new();
    let help = dir.run(&["--help"]).succeeded().out;
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.split("Options:").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(
        commands.len() > 20 && commands.contains(&"serve"),
        "{commands:?}"
    );
    for shell in ["bash", "zsh", "fish"] {
        let script = dir.run(&["completions", shell]).succeeded().out;
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    dir.run(&["man", "share/man1"]).succeeded();
    let page = |name: &str| {
        let path = dir.path().join("share/man1").join(name);
        std::fs::read_to_string(&path).expect(name)
    };
    assert!(page("wirecopy.1").contains("near\\-duplicate"));
    for command in &commands {
        assert!(
            page(&format!("wirecopy-{command}.1")).contains(".SH SYNOPSIS"),
            "{command}"
        );
    }
}

/// Starts a server with a store on disk.
async fn serve(dir: &WorkDir) -> Running {
    let params = Params::default();
    let (shape, store) = (params.shape(), EmbeddedParams::default());
    let path = dir.path().join("store");
    let opened = Embedded::open(&path, &store, &shape, &params.derive()).unwrap();
    let store = SelfRebuilding::new(opened.store, shape, params.derive());
    let engine = Engine::open(Arc::new(store), params).unwrap();
    Running::start_over(Arc::new(engine), Limits::default(), Access::default()).await
}

/// Calls a server in several ways, and returns its metrics once it has counted all of them.
async fn metrics_of(server: &Running) -> String {
    let mut client = server.client().await;
    let mut http = HttpClient::connect(server.address).await;
    for id in ["hidden-one", "hidden-two"] {
        ingest(&mut client, article(id, &story(1, 80))).await;
    }
    let body = json!({"article": {"id": "hidden-three", "text": story(1, 80)}});
    assert_eq!(http.post("/v1/check", &body).await.status, 200);
    let missing = GetArticleRequest {
        id: "hidden-four".into(),
        ..Default::default()
    };
    assert_eq!(
        client.get_article(missing).await.unwrap_err().code(),
        Code::NotFound
    );
    assert_eq!(http.get("/v1/article?id=").await.status, 400);
    let expected = [
        "wirecopy_rpc_duration_seconds_count{rpc=\"Wirecopy/Ingest\",status=\"OK\"} 2",
        "wirecopy_rpc_duration_seconds_count{rpc=\"Wirecopy/Check\",status=\"OK\"} 1",
        "wirecopy_rpc_duration_seconds_count{rpc=\"Wirecopy/GetArticle\",status=\"NOT_FOUND\"} 1",
        "wirecopy_rpc_duration_seconds_count{rpc=\"Wirecopy/GetArticle\",status=\"INVALID_ARGUMENT\"} 1",
        "wirecopy_rpcs_in_flight 0.0",
    ];
    // A client has its reply before the server has noticed its end.
    let mut text = String::new();
    for _ in 0..500 {
        let reply = http.get("/metrics").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(
            reply.headers["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        text = String::from_utf8(reply.body.to_vec()).unwrap();
        if expected
            .iter()
            .all(|line| text.lines().any(|one| one == *line))
        {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not counted: {text}");
}

/// A sample: its name, its labels and its value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Reads the text format of Prometheus, without escapes in labels.
fn samples(text: &str) -> Vec<Sample> {
    let sample = |line: &str| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}').unwrap().split_terminator("\",");
        let labels = labels.filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once("=\"").unwrap();
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        });
        (
            name.to_owned(),
            labels.collect(),
            value.parse().expect(line),
        )
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(sample)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_say_what_was_served() {
    let dir = WorkDir::new();
    let server = serve(&dir).await;
    let text = metrics_of(&server).await;
    let samples = samples(&text);
    let value = |name: &str, label: &str, wanted: &str| -> f64 {
        let found = samples.iter().find(|(one, labels, _)| {
            one == name && (label.is_empty() || labels.get(label).is_some_and(|it| it == wanted))
        });
        found
            .unwrap_or_else(|| panic!("no {name} {wanted} in {text}"))
            .2
    };
    for (name, label, wanted, expected) in [
        ("wirecopy_healthy", "", "", 1.0),
        (
            "wirecopy_build_info",
            "version",
            env!("CARGO_PKG_VERSION"),
            1.0,
        ),
        ("wirecopy_articles", "collection", "default", 2.0),
        ("wirecopy_clusters", "collection", "default", 1.0),
        ("wirecopy_collections_left_out", "", "", 0.0),
        ("wirecopy_articles_submitted_total", "outcome", "new", 2.0),
        (
            "wirecopy_articles_submitted_total",
            "outcome",
            "failed",
            0.0,
        ),
        ("wirecopy_articles_checked_total", "", "", 1.0),
        ("wirecopy_queue_articles", "queue", "write", 0.0),
        ("wirecopy_request_bytes", "", "", 0.0),
        ("wirecopy_connections", "", "", 2.0),
        ("wirecopy_store_rebuilding", "", "", 0.0),
        ("wirecopy_store_runs", "kind", "rows", 0.0),
    ] {
        assert_eq!(value(name, label, wanted), expected, "{name} {wanted}");
    }
    for name in [
        "wirecopy_searches_total",
        "wirecopy_candidates_compared_total",
        "wirecopy_writer_turn_seconds_count",
        "wirecopy_store_fsync_seconds_count",
        "wirecopy_store_journal_bytes",
        "wirecopy_store_memtable_bytes",
        "wirecopy_text_bytes",
        "wirecopy_uptime_seconds",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
    ] {
        assert!(value(name, "", "") > 0.0, "{name}");
    }
    assert!(!text.contains("hidden"), "a label has an id: {text}");

    // Each metric is described once, before its samples.
    let mut described = BTreeSet::new();
    for line in text.lines() {
        match line.strip_prefix("# TYPE ") {
            Some(name) => assert!(described.insert(name.split(' ').next().unwrap()), "{line}"),
            None if line.starts_with('#') => {}
            None => {
                let name = line.split(['{', ' ']).next().unwrap();
                let suffixes = ["", "_bucket", "_sum", "_count"];
                let is_described = suffixes.iter().any(|suffix| {
                    name.strip_suffix(suffix)
                        .is_some_and(|name| described.contains(name))
                });
                assert!(is_described, "{line}");
            }
        }
    }

    let mut http = HttpClient::connect(server.address).await;
    let head = http.send(Method::HEAD, "/metrics", &[], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let post = http.send(Method::POST, "/metrics", &[], "").await;
    assert_eq!(post.problem(405)["code"], "UNIMPLEMENTED");
    assert_eq!(post.headers["allow"], "GET, HEAD");

    // HTTP/2, as Prometheus asks over TLS.
    let stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let (mut requests, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("http://127.0.0.1/metrics")
        .body(())
        .unwrap();
    let (response, _) = requests.send_request(request, true).unwrap();
    let mut body = response.await.unwrap().into_body();
    let first = body.data().await.unwrap().unwrap();
    assert!(
        first.starts_with(b"# HELP wirecopy_build_info "),
        "{first:?}"
    );
    drop((requests, body, http));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_those_who_may_see_all_collections() {
    let dir = WorkDir::new();
    let mut file = String::new();
    let mut issue = |name: &str, permission, collections: &[&str]| {
        let parse = |name: &&str| wirecopy::id::Collection::parse(name).unwrap();
        let new = NewToken {
            name: name.to_owned(),
            permission,
            collections: collections.iter().map(parse).collect(),
            expires: None,
            per_second: None,
            burst: None,
        };
        let (token, lines) = new.issue(&file).unwrap();
        file += &lines;
        token
    };
    let reader = issue("prometheus", Permission::Read, &[]);
    let bound = issue("desk", Permission::Admin, &["news"]);
    let tokens = dir.write("tokens.toml", &file);
    let access = Access {
        tokens,
        ..Access::default()
    };
    let server = Running::start_for(Limits::default(), access).await;
    let mut http = HttpClient::connect(server.address).await;
    let refused = http.get("/metrics").await;
    assert_eq!(refused.problem(401)["code"], "UNAUTHENTICATED");
    http.token = Some(bound);
    assert_eq!(
        http.get("/metrics").await.problem(403)["code"],
        "PERMISSION_DENIED"
    );
    http.token = Some(reader);
    let reply = http.get("/metrics").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    for hidden in ["prometheus", "desk", "127.0.0.1"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    drop(http);
    server.stop().await;
}

/// What a query of Prometheus uses: metrics, and labels with the value that they must have, if it is one.
#[derive(Debug, Default)]
struct Query {
    metrics: Vec<String>,
    labels: Vec<(String, Option<String>)>,
}

/// Labels that Prometheus itself adds.
const OF_PROMETHEUS: [&str; 2] = ["job", "instance"];

impl Query {
    /// Reads a query: names, matchers in braces, and labels after `by`.
    fn parse(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text;
        let mut last_word = String::new();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
            if first.is_ascii_alphabetic() {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                last_word = rest[..end].to_owned();
                if last_word.starts_with("wirecopy_") || last_word.starts_with("process_") {
                    query.metrics.push(last_word.clone());
                }
                rest = &rest[end..];
                continue;
            }
            let close = match first {
                '{' => Some('}'),
                '(' if last_word == "by" => Some(')'),
                '[' => Some(']'),
                _ => None,
            };
            let Some(close) = close else {
                rest = &rest[first.len_utf8()..];
                continue;
            };
            let inside = &rest[1..rest.find(close).expect(text)];
            rest = &rest[inside.len() + 2..];
            for part in inside.split(',').map(str::trim).filter(|_| first != '[') {
                let name: String = part.chars().take_while(|&c| is_word(c)).collect();
                let exact = part[name.len()..].strip_prefix("=\"");
                let exact = exact.map(|value| value.trim_end_matches('"').to_owned());
                query.labels.push((name, exact));
            }
            last_word.clear();
        }
        query
    }

    /// Checks that a scrape has everything that it uses.
    #[track_caller]
    fn check(&self, text: &str, samples: &[Sample]) {
        for metric in &self.metrics {
            assert!(
                samples.iter().any(|(name, ..)| name == metric),
                "no {metric}: {text}"
            );
        }
        let of_metrics = |name: &String| self.metrics.contains(name);
        for (label, exact) in &self.labels {
            if OF_PROMETHEUS.contains(&label.as_str()) {
                continue;
            }
            let mut labelled = samples.iter().filter(|(name, ..)| of_metrics(name));
            let is_there = labelled.any(|(_, labels, _)| match exact {
                // A status that no call has had yet.
                Some(_) if label == "status" => labels.contains_key(label),
                Some(exact) => labels.get(label) == Some(exact),
                None => labels.contains_key(label),
            });
            assert!(is_there, "no label {label} {exact:?}: {text}");
        }
    }
}

#[test]
fn queries_are_read() {
    let query = Query::parse(
        "histogram_quantile(0.99, sum by (le, rpc) (rate(wirecopy_a_bucket{job=~\"$job\",kind=\"x\"}[5m]))) \
         / process_b",
    );
    assert_eq!(query.metrics, ["wirecopy_a_bucket", "process_b"]);
    let labels: Vec<_> = query
        .labels
        .iter()
        .map(|(name, value)| (&**name, value.as_deref()))
        .collect();
    assert_eq!(
        labels,
        [
            ("le", None),
            ("rpc", None),
            ("job", None),
            ("kind", Some("x"))
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_of_the_dashboard_and_the_alerts_has_what_it_asks_for() {
    let dir = WorkDir::new();
    let server = serve(&dir).await;
    let samples = samples(&metrics_of(&server).await);
    server.stop().await;

    let dashboard: Value =
        serde_json::from_str(include_str!("../ops/grafana/wirecopy.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array())
        .flatten();
    let mut used = BTreeSet::new();
    for target in targets {
        let text = target["expr"].as_str().unwrap();
        let query = Query::parse(text);
        assert!(!query.metrics.is_empty(), "{text}");
        query.check(text, &samples);
        // A legend shows labels that the query leaves.
        let legend = target["legendFormat"].as_str().unwrap();
        for label in legend
            .split("{{")
            .skip(1)
            .filter_map(|part| part.split("}}").next())
        {
            let (metric, has_by) = (&query.metrics[0], text.contains(" by ("));
            let is_left = match has_by {
                true => query.labels.iter().any(|(name, _)| name == label),
                false => samples
                    .iter()
                    .any(|(name, labels, _)| name == metric && labels.contains_key(label)),
            };
            assert!(is_left, "no {label} for the legend of {text}");
        }
        used.extend(query.metrics);
    }
    assert!(used.len() > 30, "{used:?}");
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if let Some(text) = variable["query"]["query"].as_str() {
            Query::parse(text).check(text, &samples);
        }
    }

    let rules = include_str!("../ops/prometheus/wirecopy.rules.yml");
    let queries = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "));
    let queries: Vec<&str> = queries.collect();
    assert!(queries.len() > 5);
    for text in queries {
        Query::parse(text).check(text, &samples);
    }
}

/// Returns the lines of a log of JSON, once one of them fulfils a condition.
async fn log_with(server: &LoggedServer, is_it: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut log = String::new();
    for _ in 0..500 {
        log = server.log();
        // The last line may not be whole.
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines: Vec<Value> = whole
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
            .collect();
        if lines.iter().any(&is_it) {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not logged: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_id_in_the_log_the_reply_and_the_error() {
    let dir = WorkDir::new();
    let mut server = LoggedServer::start(
        dir.path(),
        &["--log-format", "json"],
        "wirecopy=debug",
        None,
    );
    let mut http = HttpClient::connect(server.address).await;

    let reply = http
        .send(Method::GET, "/v1/stats", &[("x-request-id", "desk/42")], "")
        .await;
    assert_eq!(
        (reply.status, reply.headers["x-request-id"].as_bytes()),
        (200, &b"desk/42"[..])
    );
    let of_call = |line: &Value, id: &str| {
        line["message"] == "answered a call" && line["span"]["request_id"] == id
    };
    let lines = log_with(&server, |line| of_call(line, "desk/42")).await;
    let line = lines.iter().find(|line| of_call(line, "desk/42")).unwrap();
    assert_eq!(
        (&line["span"]["rpc"], &line["status"]),
        (&json!("Wirecopy/Stats"), &json!("OK"))
    );
    assert!(
        line["took_ms"].is_u64() && line["timestamp"].is_string(),
        "{line}"
    );
    assert_eq!(line["level"], "DEBUG");

    // One that is not plain is replaced, and so is none.
    let mut made = BTreeSet::new();
    for headers in [&[("x-request-id", "a b")][..], &[]] {
        let reply = http
            .send(Method::GET, "/v1/article?id=none", headers, "")
            .await;
        let problem = reply.problem(404);
        let id = problem["request_id"].as_str().unwrap().to_owned();
        assert_eq!(reply.headers["x-request-id"], id.as_str());
        log_with(&server, |line| {
            of_call(line, &id) && line["status"] == "NOT_FOUND"
        })
        .await;
        made.insert(id);
    }
    assert!(made.len() == 2 && !made.contains("a b"), "{made:?}");
    let nowhere = http
        .send(Method::GET, "/nowhere", &[("x-request-id", "n1")], "")
        .await;
    assert_eq!(nowhere.problem(404)["request_id"], "n1");

    // Over gRPC it is in the metadata, and in the details of a failure.
    let mut grpc = client::connect(&format!("http://{}", server.address))
        .await
        .unwrap();
    let mut request = Request::new(GetArticleRequest {
        id: "none".into(),
        ..Default::default()
    });
    request
        .metadata_mut()
        .insert("x-request-id", "g1".parse().unwrap());
    let status = grpc.get_article(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.metadata().get("x-request-id").unwrap(), "g1");
    let details = status.get_error_details();
    assert_eq!(details.request_info().unwrap().request_id, "g1");
    let reply = grpc.stats(Request::new(Default::default())).await.unwrap();
    let id = reply
        .metadata()
        .get("x-request-id")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    log_with(&server, |line| of_call(line, &id)).await;

    drop((http, grpc));
    assert_eq!(server.terminate(), Some(0));
    log_with(&server, |line| line["message"] == "stopped").await;
}

#[test]
fn a_failure_to_start_is_json_too() {
    let dir = WorkDir::new();
    dir.write("store/shape", "not a store");
    let arguments = [
        "serve",
        "--data",
        "store",
        "--listen",
        "127.0.0.1:0",
        "--log-format",
        "json",
    ];
    let run = dir.run(&arguments).failed(1, "failed to open the store");
    for line in run.err.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert!(line["message"].is_string(), "{line}");
    }
}
