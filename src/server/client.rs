//! A client with this server's limits, for the command line and for tests.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

use super::proto::{self, wirecopy_client::WirecopyClient};
pub use super::replies::timestamp;
use crate::engine::{Article, Body};

/// Longest reply taken: a page of a thousand members with the longest fields.
const MAX_REPLY_BYTES: usize = 64 << 20;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an address of a server.
    #[error("`{url}` is not an address such as `http://127.0.0.1:50051`")]
    Address {
        /// What was given.
        url: String,
    },
    /// No server answers there.
    #[error("failed to connect to `{url}`: {why}")]
    Connect {
        /// Where.
        url: String,
        /// The innermost cause: the system's answer.
        why: String,
    },
}

/// Connects to a server. A missing scheme means `http`.
///
/// # Errors
/// Says which address it was, and why.
pub async fn connect(url: &str) -> Result<WirecopyClient<Channel>, Error> {
    let url = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    let endpoint = match Endpoint::from_shared(url.clone()) {
        Ok(endpoint) if endpoint.uri().scheme_str() == Some("http") => endpoint,
        _ => return Err(Error::Address { url }),
    };
    let channel = endpoint
        .connect_timeout(Duration::from_secs(10))
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10))
        .connect()
        .await
        .map_err(|error| Error::Connect {
            url,
            why: innermost(&error),
        })?;
    Ok(WirecopyClient::new(channel).max_decoding_message_size(MAX_REPLY_BYTES))
}

/// Converts an article to the form of the API.
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

/// tonic's own message is "transport error"; what went wrong is at the end of the chain.
fn innermost(error: &tonic::transport::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
