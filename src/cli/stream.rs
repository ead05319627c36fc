//! Articles over one stream, and the server's replies to them.

use std::sync::mpsc;

use anyhow::{Context as _, Result};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status, Streaming};
use wirecopy::files::{Articles, InputArticle, Location};
use wirecopy::server::proto::article_response::Result as Outcome;
use wirecopy::server::proto::{ArticleRequest, ArticleResponse};

/// Articles that may be read and not yet sent.
const WAITING: usize = 256;
const BROKEN: &str = "the stream broke off";

/// Sends articles over the stream that `begin` begins, each in a copy of `request`. Passes each outcome
/// on, with where its article was read.
pub async fn send(
    request: ArticleRequest,
    input: Articles,
    begin: impl AsyncFnOnce(
        ReceiverStream<ArticleRequest>,
    ) -> Result<Response<Streaming<ArticleResponse>>, Status>,
    mut take: impl FnMut(&Location, Outcome) -> Result<()>,
) -> Result<()> {
    let (requests, stream) = tokio::sync::mpsc::channel(WAITING);
    let (places, sent) = mpsc::channel();
    let reading = tokio::task::spawn_blocking(move || -> Result<()> {
        for submission in input {
            let InputArticle { article, place } = submission?;
            let request = ArticleRequest {
                article: Some(article.into()),
                ..request.clone()
            };
            if places.send(place).is_err() || requests.blocking_send(request).is_err() {
                break; // the stream has ended
            }
        }
        Ok(())
    });
    let replied = async {
        let mut replies = begin(ReceiverStream::new(stream))
            .await
            .context(BROKEN)?
            .into_inner();
        // They come in the order of the requests, and so in the order of the places.
        while let Some(reply) = replies.message().await.context(BROKEN)? {
            let place = sent.try_recv();
            let place = place.context("the server replied to an article that was not sent")?;
            take(&place, reply.result.context("the server's reply is empty")?)?;
        }
        Ok(())
    };
    let replied = replied.await;
    // A failure to read ends the stream without an error; a failure of the stream ends the reading.
    let read = reading.await;
    replied.and(read.context("reading the input ended unexpectedly")?)
}
