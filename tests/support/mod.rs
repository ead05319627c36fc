//! A real server on a free port, over a store in memory, and texts to send to it.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wirecopy::engine::{Engine, Params};
use wirecopy::server::client::AuthorizedChannel;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    Article, ArticleRequest, ArticleResponse, Verdict, article::Body, article_response,
};
use wirecopy::server::{self, Access, Limits};
use wirecopy::store::Memory;

/// A server that runs until it is stopped.
pub struct Running {
    pub address: SocketAddr,
    pub engine: Arc<Engine>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), server::Error>>,
}

impl Running {
    pub async fn start() -> Self {
        Self::start_with(Limits::default()).await
    }

    pub async fn start_with(limits: Limits) -> Self {
        Self::start_for(limits, Access::default()).await
    }

    pub async fn start_for(limits: Limits, access: Access) -> Self {
        let engine = Engine::open(Arc::new(Memory::default()), Params::default());
        let engine = Arc::new(engine.expect("an engine over an empty store"));
        Self::start_over(engine, limits, access).await
    }

    /// Starts a server over an engine.
    pub async fn start_over(engine: Arc<Engine>, limits: Limits, access: Access) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port");
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { drop(stopped.await) };
        let serving = server::run(listener, Arc::clone(&engine), limits, access, shutdown);
        let done = tokio::spawn(serving);
        Self {
            address,
            engine,
            stop,
            done,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn client(&self) -> WirecopyClient<AuthorizedChannel> {
        server::client::connect(&self.url())
            .await
            .expect("a connection")
    }

    /// Begins the drain; the handle returns its outcome.
    pub fn begin_stop(self) -> JoinHandle<Result<(), server::Error>> {
        self.stop.send(()).expect("the server runs");
        self.done
    }

    /// Waits until the server ends on its own.
    pub async fn outcome(self) -> Result<(), server::Error> {
        let _keeps_it_running = self.stop;
        self.done.await.expect("no panic")
    }

    pub async fn stop(self) {
        self.begin_stop()
            .await
            .expect("no panic")
            .expect("a clean stop");
    }
}

/// Returns a plain-text article without a title.
pub fn article(id: &str, text: &str) -> Article {
    let body = Some(Body::Text(text.to_owned()));
    Article {
        id: id.to_owned(),
        body,
        ..Article::default()
    }
}

/// Returns such an article, published at a second since 1970.
pub fn published(id: &str, seconds: i64, text: &str) -> Article {
    let published = Some(prost_types::Timestamp { seconds, nanos: 0 });
    Article {
        published,
        ..article(id, text)
    }
}

/// Ingests an article into a collection.
pub async fn ingest_into(
    client: &mut WirecopyClient<AuthorizedChannel>,
    collection: &str,
    article: Article,
) -> Verdict {
    let reply = client.ingest(request(collection, article)).await;
    reply.expect("an ingest").into_inner()
}

/// Ingests an article into the default collection.
pub async fn ingest(client: &mut WirecopyClient<AuthorizedChannel>, article: Article) -> Verdict {
    ingest_into(client, "", article).await
}

/// Checks an article against the default collection.
pub async fn check(client: &mut WirecopyClient<AuthorizedChannel>, article: Article) -> Verdict {
    let reply = client.check(request("", article)).await;
    reply.expect("a check").into_inner()
}

/// Returns the request for an article in a collection.
pub fn request(collection: &str, article: Article) -> ArticleRequest {
    ArticleRequest {
        collection: collection.to_owned(),
        article: Some(article),
        ..ArticleRequest::default()
    }
}

/// Returns the request for one article of a stream.
pub fn tagged(tag: u64, article: Article) -> ArticleRequest {
    ArticleRequest {
        tag,
        ..request("", article)
    }
}

/// Returns the verdict in a reply; an error panics.
pub fn verdict(reply: ArticleResponse) -> Verdict {
    match reply.result {
        Some(article_response::Result::Verdict(verdict)) => verdict,
        other => panic!("reply {} has no verdict: {other:?}", reply.tag),
    }
}

/// 66 words.
pub const FERRY: &str = "The last ferry to the island left the old harbour on Sunday night with \
    forty passengers and a brass band on its upper deck. From next week a bridge of steel and glass \
    carries the traffic that the boat has carried for almost a century. Captain Rosa Lindqvist, who \
    steered it for thirty years, said she would miss the fog, the gulls and the late commuters.";

/// 61 words.
pub const ORCHARD: &str = "Growers in the northern valley expect the smallest apple harvest since \
    records began, after frost in May was followed by hail in July. Half of the trees bear no fruit \
    at all. The association of growers asked the ministry for loans without interest, while the cider \
    makers of the region look abroad for apples and warn that bottles will cost more.";

/// A sentence that is in none of the stories.
pub const ADDED: &str =
    "Readers on the mainland may still buy tickets for a farewell tour in spring.";

/// Returns a story of common words, chosen by a seed; stories of two seeds share no passage.
pub fn story(seed: u64, words: usize) -> String {
    const WORDS: [&str; 64] = [
        "river", "mayor", "train", "winter", "market", "school", "bridge", "doctor", "engine",
        "garden", "window", "letter", "summer", "police", "farmer", "museum", "singer", "valley",
        "forest", "harbour", "minister", "budget", "strike", "victory", "player", "season",
        "morning", "evening", "council", "village", "airport", "station", "library", "theatre",
        "painter", "teacher", "nurse", "driver", "captain", "island", "storm", "flood", "drought",
        "harvest", "factory", "worker", "union", "contract", "election", "party", "leader",
        "speech", "crowd", "street", "square", "church", "castle", "tower", "cellar", "kitchen",
        "bakery", "butcher", "tailor", "barber",
    ];
    // SplitMix64, with which neighbouring seeds differ in every word.
    let mut state = seed.wrapping_mul(0xA076_1D64_78BD_642F);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        WORDS[((z ^ (z >> 31)) % 64) as usize]
    };
    (0..words).map(|_| next()).collect::<Vec<_>>().join(" ")
}

/// Returns the number of shingles, runs of five words, of a text in which none repeats.
pub fn shingles(text: &str) -> usize {
    text.split_whitespace().count() - 4
}
