//! Kills the server with `kill -9` while articles stream in, and checks that nothing acknowledged is lost and that the
//! clusters are those of the naive model.
//!
//! The server is the built binary with its embedded store; the ledger of acknowledged articles is kept here, outside
//! of it. `WIRECOPY_KILLS=1000 cargo test --release --test kill` runs it for longer.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use wirecopy::cluster::Order;
use wirecopy::id::ArticleId;
use wirecopy::index::{self, Index};
use wirecopy::record::{Keys, sketch_keys};
use wirecopy::server::client::{self, AuthorizedChannel};
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    Article, ArticleRequest, GetArticleRequest, article::Body, article_response,
};
use wirecopy::server::time::milliseconds;
use wirecopy::sketch;
use wirecopy::store::Memory;
use wirecopy::syndication::{TextPair, Thresholds};
use wirecopy::text::{Shingles, shingles};

/// The number of different ids: most articles are new versions.
const IDS: u64 = 300;

/// SplitMix64 (Steele and others), seeded, so that a failed run can be repeated except for the time of the kill.
struct SeededRandom(u64);

impl SeededRandom {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    /// Returns some paragraphs of one of sixty stories: an excerpt, a copy, or a round-up. One story is so
    /// large that it is not settled within a turn.
    fn article(&mut self) -> Article {
        let id = format!("article-{}", self.next(IDS));
        let story = self.next(60) * self.next(8).min(1);
        let paragraphs: Vec<String> = (0..2 + self.next(4))
            .map(|_| {
                let (story, paragraph) = (
                    if self.next(8) == 0 {
                        self.next(60)
                    } else {
                        story
                    },
                    self.next(5),
                );
                (0..25)
                    .map(|word| format!("s{story}p{paragraph}w{word} "))
                    .collect()
            })
            .collect();
        let published = (self.next(10) < 7).then(|| prost_types::Timestamp {
            seconds: 1_700_000_000 + self.next(50) as i64,
            nanos: 0,
        });
        let body = Some(Body::Text(paragraphs.concat()));
        Article {
            id,
            published,
            body,
            ..Article::default()
        }
    }
}

fn text(article: &Article) -> &str {
    match &article.body {
        Some(Body::Text(text)) => text,
        _ => "",
    }
}

/// The server, killed when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let process = Command::new(env!("CARGO_BIN_EXE_wirecopy"))
            .args(["serve", "--listen", &address, "--data"])
            .arg(data)
            // Little enough that memtables are flushed and runs compacted during the kills.
            .env("WIRECOPY_STORE_MEMORY_MIB", "1")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            process,
            url: format!("http://{address}"),
        }
    }

    async fn client(&mut self) -> WirecopyClient<AuthorizedChannel> {
        for _ in 0..600 {
            if let Ok(client) = client::connect(&self.url).await {
                return client;
            }
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "the server does not restart"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not answer");
    }

    fn kill(&mut self) {
        // On Unix this is SIGKILL.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The last acknowledged version of an id (`None`: no version was acknowledged), and those sent since.
type Versions = Vec<Option<Article>>;

/// Streams articles until the server is killed. Records in the ledger what was sent and acknowledged.
async fn stream_until_killed(
    server: &mut Server,
    random: &mut SeededRandom,
    ledger: &mut BTreeMap<String, Versions>,
) -> usize {
    let mut client = server.client().await;
    let sent: Vec<Article> = (0..4000).map(|_| random.article()).collect();
    let requests: Vec<ArticleRequest> = (0..)
        .zip(&sent)
        .map(|(tag, article)| ArticleRequest {
            tag,
            article: Some(article.clone()),
            ..Default::default()
        })
        .collect();
    // Counted in articles, so that a slow machine is killed at its work, too.
    let kill_at = random.next(300) as usize;
    let kill_after = Duration::from_millis(random.next(50));
    let reached = Notify::new();
    let mut acknowledged = 0;
    let replies = async {
        let Ok(replies) = client.ingest_stream(tokio_stream::iter(requests)).await else {
            return;
        };
        let mut replies = replies.into_inner();
        loop {
            if acknowledged >= kill_at {
                reached.notify_one();
            }
            let Ok(Some(reply)) = replies.message().await else {
                return;
            };
            assert_eq!(reply.tag, acknowledged as u64, "replies come in order");
            assert!(
                matches!(reply.result, Some(article_response::Result::Verdict(_))),
                "{reply:?}"
            );
            acknowledged += 1;
        }
    };
    let killed = async {
        reached.notified().await;
        tokio::time::sleep(kill_after).await;
    };
    // All articles may have been answered by then, or not.
    tokio::select! {
        () = replies => {}
        () = killed => {}
    }
    server.kill();
    for (at, article) in sent.into_iter().enumerate() {
        let versions = ledger
            .entry(article.id.clone())
            .or_insert_with(|| vec![None]);
        if at < acknowledged {
            versions.clear();
        }
        versions.push(Some(article));
    }
    acknowledged
}

/// An article as the server returns it after the kill.
struct StoredState {
    order: Order,
    shingles: Shingles,
    keys: Keys,
    cluster: String,
}

/// Reads every article back when all are settled, and compares it with the ledger.
async fn read_back(
    server: &mut Server,
    ledger: &mut BTreeMap<String, Versions>,
) -> Vec<StoredState> {
    let mut client = server.client().await;
    let mut passes = 0;
    // One article may unsettle another that was read before it.
    while passes < 2 {
        passes += 1;
        for id in ledger.keys() {
            let request = GetArticleRequest {
                id: id.clone(),
                ..Default::default()
            };
            let reply = client.get_article(request).await;
            if reply.is_ok_and(|reply| reply.into_inner().placement.unwrap().settling) {
                passes = 0;
            }
        }
    }
    let mut found = Vec::new();
    for (id, versions) in ledger {
        let request = GetArticleRequest {
            id: id.clone(),
            include_text: true,
            ..Default::default()
        };
        let reply = match client.get_article(request).await {
            Ok(reply) => reply.into_inner(),
            Err(status) => {
                assert_eq!(status.code(), tonic::Code::NotFound, "{status}");
                assert!(
                    versions.contains(&None),
                    "{id} was acknowledged and is lost"
                );
                *versions = vec![None];
                continue;
            }
        };
        let article = reply.article.unwrap();
        let known = versions
            .iter()
            .flatten()
            .find(|sent| text(sent) == text(&article) && sent.published == article.published);
        let known = known
            .unwrap_or_else(|| {
                panic!("{id} is neither the acknowledged version nor one sent since")
            })
            .clone();
        *versions = vec![Some(known)];
        let time = article.published.or(reply.first_seen).unwrap();
        let shingles = shingles("", text(&article), &[]);
        found.push(StoredState {
            order: Order {
                names_another: false,
                time_ms: milliseconds(&time).unwrap(),
                id: ArticleId(id.clone()),
            },
            keys: sketch_keys("default", &shingles, &sketch::Params::default()),
            shingles,
            cluster: reply.placement.unwrap().cluster,
        });
    }
    found
}

/// Checks the clusters against their definition; see also the engine's tests.
fn check_clusters(mut articles: Vec<StoredState>) {
    let thresholds = Thresholds::default();
    let index = Index::new(
        Arc::new(Memory::default()),
        index::Params::default(),
        thresholds,
    );
    articles.sort_by(|a, b| a.order.cmp(&b.order));
    let mut leads: Vec<&StoredState> = Vec::new();
    for article in &articles {
        let mut lead: Option<(f64, &StoredState)> = None;
        for &other in &leads {
            let pair = TextPair::of(&article.shingles, &other.shingles);
            let resemblance = pair.overlap.resemblance();
            if pair.is_copy(false, &thresholds)
                && index.proposes(&article.keys, &other.keys)
                && lead.is_none_or(|(most, _)| resemblance > most)
            {
                lead = Some((resemblance, other));
            }
        }
        let lead = lead.map(|(_, lead)| lead);
        let expected = lead.map_or(&article.order.id, |lead| &lead.order.id);
        assert_eq!(
            article.cluster,
            expected.as_str(),
            "the cluster of {}",
            article.order.id
        );
        if lead.is_none() {
            leads.push(article);
        }
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_clusters_are_those_of_the_model() {
    let kills = std::env::var("WIRECOPY_KILLS").map_or(20, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut random = SeededRandom(11);
    let mut ledger = BTreeMap::new();
    let mut acknowledged = 0;
    for kill in 0..kills {
        let mut server = Server::start(folder.path());
        acknowledged += stream_until_killed(&mut server, &mut random, &mut ledger).await;
        let mut server = Server::start(folder.path());
        let articles = read_back(&mut server, &mut ledger).await;
        check_clusters(articles);
        // Every other time, kill a server that has just recovered from a kill.
        if kill % 2 == 0 {
            server.kill();
        }
    }
    assert!(
        acknowledged > 50 * kills,
        "only {acknowledged} articles came in before {kills} kills"
    );
    eprintln!("{kills} kills, {acknowledged} articles acknowledged, 0 lost");
}
