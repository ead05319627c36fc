//! The way to a server: connecting, and articles as the API wants them.

use anyhow::{Context as _, Result};
use clap::Args;
use tonic::transport::Channel;
use wirecopy::engine::Article;
use wirecopy::engine::Body;
use wirecopy::server::client;
use wirecopy::server::proto::{self, wirecopy_client::WirecopyClient};

/// The arguments of every command that talks to a server.
#[derive(Debug, Args)]
pub struct Remote {
    /// The server.
    #[arg(
        long,
        value_name = "URL",
        env = "WIRECOPY_SERVER",
        default_value = "http://127.0.0.1:7717"
    )]
    pub server: String,
}

/// Runs asynchronous work to its end.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the asynchronous runtime")?
        .block_on(work)
}

/// Connects to a server.
pub async fn connect(url: &str) -> Result<WirecopyClient<Channel>> {
    Ok(client::connect(url).await?)
}

/// An article as the API wants it.
pub fn article(article: Article) -> proto::Article {
    let body = match article.body {
        Body::Text(text) => proto::article::Body::Text(text),
        Body::Html(html) => proto::article::Body::Html(html),
        Body::Raw {
            bytes,
            content_type,
        } => proto::article::Body::Page(proto::RawPage {
            content: bytes,
            content_type,
        }),
    };
    proto::Article {
        id: article.id,
        url: article.url,
        publisher: article.publisher,
        published: article.published_ms.map(timestamp),
        title: article.title,
        body: Some(body),
        lang: article.lang,
    }
}

/// A point in time as the API wants it.
pub fn timestamp(ms: i64) -> prost_types::Timestamp {
    let nanos = ms.rem_euclid(1000) as i32 * 1_000_000;
    prost_types::Timestamp {
        seconds: ms.div_euclid(1000),
        nanos,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_keep_their_order() {
        let check = |ms, seconds, nanos| {
            assert_eq!(
                timestamp(ms),
                prost_types::Timestamp { seconds, nanos },
                "{ms}"
            );
        };
        check(1500, 1, 500_000_000);
        check(-1, -1, 999_000_000);
        check(-1000, -1, 0);
    }
}
