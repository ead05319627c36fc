//! Articles over a stream, and the server's replies to them.

use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status, Streaming};
use wirecopy::files::{Articles, InputArticle, Location};
use wirecopy::server::proto::article_response::Result as Outcome;
use wirecopy::server::proto::{ArticleRequest, ArticleResponse};

/// Articles that may be read and not yet sent.
const WAITING: usize = 256;
const BROKEN: &str = "the stream broke off";
/// How long the input may pause until the stream is ended, and another begun for what follows. A server ends
/// one on which nothing is sent for a minute.
const IDLE: Duration = Duration::from_secs(20);

/// Sends articles over the streams that `begin` begins, each in a copy of `request`. Passes each outcome
/// on, with where its article was read.
pub async fn send(
    request: ArticleRequest,
    input: Articles,
    mut begin: impl AsyncFnMut(
        ReceiverStream<ArticleRequest>,
    ) -> Result<Response<Streaming<ArticleResponse>>, Status>,
    mut take: impl FnMut(&Location, Outcome) -> Result<()>,
) -> Result<()> {
    let (requests, mut read) = tokio::sync::mpsc::channel(WAITING);
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
    let replied = async move {
        while let Some(first) = read.recv().await {
            let (stream, articles) = tokio::sync::mpsc::channel(WAITING);
            let replied = async {
                let replies = begin(ReceiverStream::new(articles)).await;
                let mut replies = replies.context(BROKEN)?.into_inner();
                // They come in the order of the requests, and so in the order of the places.
                while let Some(reply) = replies.message().await.context(BROKEN)? {
                    let place = sent.try_recv();
                    let place =
                        place.context("the server replied to an article that was not sent")?;
                    take(&place, reply.result.context("the server's reply is empty")?)?;
                }
                Ok::<_, anyhow::Error>(())
            };
            tokio::pin!(replied);
            tokio::select! {
                biased;
                broken = &mut replied => broken?,
                () = forward(first, &mut read, stream, IDLE) => replied.await?,
            }
        }
        Ok(())
    };
    let replied: Result<()> = replied.await;
    // A failure to read ends the stream without an error; a failure of the stream ends the reading.
    let read = reading.await;
    replied.and(read.context("reading the input ended unexpectedly")?)
}

/// Passes on what is read to a stream, until nothing follows for a time.
async fn forward<T>(first: T, read: &mut Receiver<T>, stream: Sender<T>, idle: Duration) {
    let mut next = Some(first);
    while let Some(request) = next {
        if stream.send(request).await.is_err() {
            return; // the stream has ended
        }
        next = timeout(idle, read.recv()).await.ok().flatten();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stream_ends_when_its_input_pauses_and_nothing_is_lost() {
        let (input, mut read) = tokio::sync::mpsc::channel(8);
        input.send(2).await.unwrap();
        let (stream, mut sent) = tokio::sync::mpsc::channel(8);
        forward(1, &mut read, stream, Duration::from_millis(20)).await;
        input.send(3).await.unwrap();
        assert_eq!(sent.recv().await, Some(1));
        assert_eq!(sent.recv().await, Some(2));
        assert_eq!(sent.recv().await, None, "the stream has ended");
        assert_eq!(read.recv().await, Some(3), "what follows waits for another");
    }
}
