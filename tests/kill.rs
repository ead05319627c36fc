//! `kill -9` while articles stream in: nothing acknowledged is lost, and the clusters are those of the naive model.
//!
//! The server is the built binary, over its embedded store; the ledger of what was acknowledged is here, outside
//! of it. `WIRECOPY_KILLS=1000 cargo test --release --test kill` runs it for longer.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tonic::transport::Channel;
use wirecopy::cluster::Order;
use wirecopy::id::ArticleId;
use wirecopy::index::{self, Index};
use wirecopy::record::{Keys, sketch_keys};
use wirecopy::server::client;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    Article, GetArticleRequest, IngestStreamRequest, article::Body, ingest_stream_response,
};
use wirecopy::sketch;
use wirecopy::store::Memory;
use wirecopy::syndication::Thresholds;
use wirecopy::text::{Shingles, shingles};

/// Ids that the articles have among them: most articles are new versions.
const IDS: u64 = 300;

/// SplitMix64 (Steele and others), seeded: a run that fails can be repeated, but for the moment of the kill.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    /// Some paragraphs of one of sixty stories: parts of it, copies, round-ups.
    fn article(&mut self) -> Article {
        let id = format!("article-{}", self.next(IDS));
        let story = self.next(60);
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
            // So little that tables are written out and runs merged while the kills fall.
            .env("WIRECOPY_STORE_MEMORY_MIB", "1")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            process,
            url: format!("http://{address}"),
        }
    }

    async fn client(&mut self) -> WirecopyClient<Channel> {
        for _ in 0..600 {
            if let Ok(client) = client::connect(&self.url).await {
                return client;
            }
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "the server does not start again"
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

/// What was sent under an id since its last acknowledged version, that one first (`None`: nothing was).
type Versions = Vec<Option<Article>>;

/// Streams articles in until the server is killed. Notes what was sent, and what of it was acknowledged.
async fn stream_until_killed(
    server: &mut Server,
    random: &mut Random,
    ledger: &mut BTreeMap<String, Versions>,
) -> usize {
    let mut client = server.client().await;
    let sent: Vec<Article> = (0..4000).map(|_| random.article()).collect();
    let requests: Vec<IngestStreamRequest> = (0..)
        .zip(&sent)
        .map(|(tag, article)| IngestStreamRequest {
            tag,
            article: Some(article.clone()),
            ..Default::default()
        })
        .collect();
    let kill_after = Duration::from_millis(20 + random.next(400));
    let mut acknowledged = 0;
    let replies = async {
        let Ok(replies) = client.ingest_stream(tokio_stream::iter(requests)).await else {
            return;
        };
        let mut replies = replies.into_inner();
        while let Ok(Some(reply)) = replies.message().await {
            assert_eq!(reply.tag, acknowledged as u64, "replies come in order");
            assert!(
                matches!(
                    reply.result,
                    Some(ingest_stream_response::Result::Verdict(_))
                ),
                "{reply:?}"
            );
            acknowledged += 1;
        }
    };
    // Whether all is answered first or not: then the server dies.
    let _ = tokio::time::timeout(kill_after, replies).await;
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

/// An article as the server has it after the kill.
struct Found {
    order: Order,
    shingles: Shingles,
    keys: Keys,
    cluster: String,
}

/// Reads every article back, and holds it against the ledger.
async fn read_back(server: &mut Server, ledger: &mut BTreeMap<String, Versions>) -> Vec<Found> {
    let mut client = server.client().await;
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
                    "{id} was acknowledged, and is lost"
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
            .unwrap_or_else(|| panic!("{id} is neither as acknowledged nor as sent since"))
            .clone();
        *versions = vec![Some(known)];
        let time = article.published.or(reply.first_seen).unwrap();
        let shingles = shingles("", text(&article), &[]);
        found.push(Found {
            order: Order {
                names_another: false,
                time_ms: time.seconds * 1000 + i64::from(time.nanos) / 1_000_000,
                id: ArticleId(id.clone()),
            },
            keys: sketch_keys("default", &shingles, &sketch::Params::default()),
            shingles,
            cluster: reply.placement.unwrap().cluster,
        });
    }
    found
}

/// The definition, word for word; see the engine's tests.
fn check_clusters(mut articles: Vec<Found>) {
    let thresholds = Thresholds::default();
    let index = Index::new(
        Arc::new(Memory::default()),
        index::Params::default(),
        thresholds,
    );
    articles.sort_by(|a, b| a.order.cmp(&b.order));
    let mut leads: Vec<&Found> = Vec::new();
    for article in &articles {
        let lead = leads.iter().find(|lead| {
            thresholds.is_copy(&article.shingles.overlap(&lead.shingles))
                && index.proposes(&article.keys, &lead.keys)
        });
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
    let mut random = Random(11);
    let mut ledger = BTreeMap::new();
    let mut acknowledged = 0;
    for kill in 0..kills {
        let mut server = Server::start(folder.path());
        acknowledged += stream_until_killed(&mut server, &mut random, &mut ledger).await;
        let mut server = Server::start(folder.path());
        let articles = read_back(&mut server, &mut ledger).await;
        check_clusters(articles);
        // Every other time the next kill falls on a store that was just opened after one.
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
