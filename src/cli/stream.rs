//! Articles over a stream, and the server's replies to them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, bail};
use prost::Message as _;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;
use wirecopy::files::{Articles, InputArticle, Location};
use wirecopy::server::proto::article_response::Result as Outcome;
use wirecopy::server::proto::{self, ArticleRequest, ArticleResponse};

use super::output::report;

/// Articles that may be read and not yet sent.
const WAITING: usize = 256;
/// Articles that the connection has not taken yet.
const SENDING: usize = 16;
const BROKEN: &str = "the stream broke off";
/// How long the input may pause until the stream is ended, and another begun for what follows. A server ends
/// one on which nothing is sent for a minute.
const IDLE: Duration = Duration::from_secs(20);
/// How long to wait before what the server could not take is sent again: each time without any progress.
const WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// An article, and where it was read.
struct Submission {
    place: Location,
    request: ArticleRequest,
}

/// The articles that wait for a reply.
#[derive(Default)]
struct Exchange {
    /// Sent, and not answered. Replies come in the order of the requests.
    sent: VecDeque<Submission>,
    /// To be sent before what is read.
    unsent: VecDeque<Submission>,
    /// Whether there was a reply since the last wait.
    progress: bool,
}

/// How a stream ended.
enum Ended {
    /// All that was sent is answered.
    Answered,
    /// The server cannot take this one now.
    Busy {
        place: Option<Location>,
        status: Status,
    },
    /// A message is larger than the server's limit in bytes.
    TooLarge { limit: usize, status: Status },
}

/// Sends articles over the streams that `begin` begins, each in a copy of `request`. Passes each verdict on,
/// and each error that is the article's own, with where the article was read. What the server cannot take at
/// the moment is sent again for a time, with what was sent after it, which may then count as unchanged; any
/// other error ends all.
pub async fn send<S>(
    request: ArticleRequest,
    input: Articles,
    begin: impl AsyncFnMut(ReceiverStream<ArticleRequest>) -> Result<Response<S>, Status>,
    take: impl FnMut(&Location, Outcome) -> Result<()>,
) -> Result<()>
where
    S: Stream<Item = Result<ArticleResponse, Status>> + Unpin,
{
    send_with(request, input, begin, take, &WAITS).await
}

async fn send_with<S>(
    request: ArticleRequest,
    input: Articles,
    mut begin: impl AsyncFnMut(ReceiverStream<ArticleRequest>) -> Result<Response<S>, Status>,
    mut take: impl FnMut(&Location, Outcome) -> Result<()>,
    waits: &[Duration],
) -> Result<()>
where
    S: Stream<Item = Result<ArticleResponse, Status>> + Unpin,
{
    let (submissions, mut read) = tokio::sync::mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || -> Result<()> {
        for submission in input {
            let InputArticle { article, place } = submission?;
            let request = ArticleRequest {
                article: Some(article.into()),
                ..request.clone()
            };
            if submissions
                .blocking_send(Submission { place, request })
                .is_err()
            {
                break; // the stream has ended
            }
        }
        Ok(())
    });
    let replied = async move {
        let exchange = RefCell::<Exchange>::default();
        let mut waited = 0;
        loop {
            if exchange.borrow().unsent.is_empty() {
                let Some(first) = read.recv().await else {
                    return Ok(());
                };
                exchange.borrow_mut().unsent.push_back(first);
            }
            let ended = {
                let (stream, articles) = tokio::sync::mpsc::channel(SENDING);
                let replied = async {
                    match begin(ReceiverStream::new(articles)).await {
                        Ok(replies) => answer(replies.into_inner(), &exchange, &mut take).await,
                        Err(status) => of_status(status),
                    }
                };
                tokio::pin!(replied);
                tokio::select! {
                    biased;
                    ended = &mut replied => ended,
                    () = forward(&exchange, &mut read, stream, IDLE) => replied.await,
                }
            };
            exchange.borrow_mut().restart();
            match ended? {
                Ended::Answered => {}
                Ended::TooLarge { limit, status } => {
                    let larger = exchange.borrow_mut().remove_larger(limit, status)?;
                    for (place, message) in larger {
                        let error = proto::Error {
                            code: Code::InvalidArgument.into(),
                            message,
                            ..proto::Error::default()
                        };
                        take(&place, Outcome::Error(error))?;
                    }
                }
                Ended::Busy { place, status } => {
                    if std::mem::take(&mut exchange.borrow_mut().progress) {
                        waited = 0;
                    }
                    let Some(&wait) = waits.get(waited) else {
                        return Err(refused(place.as_ref(), status));
                    };
                    if waited == 0 {
                        let why = status.message();
                        report(format_args!(
                            "the server asks to wait: {why}; sending again"
                        ));
                    }
                    waited += 1;
                    tokio::time::sleep(wait).await;
                }
            }
        }
    };
    let replied: Result<()> = replied.await;
    // A failure to read ends the stream without an error; a failure of the stream ends the reading.
    let read = reading.await;
    replied.and(read.context("reading the input ended unexpectedly")?)
}

impl Exchange {
    /// Puts what was not answered before what was not sent.
    fn restart(&mut self) {
        self.sent.append(&mut self.unsent);
        std::mem::swap(&mut self.sent, &mut self.unsent);
    }

    /// Removes what is larger than the server's limit. Returns where it was read, and what to say of it.
    fn remove_larger(&mut self, limit: usize, status: Status) -> Result<Vec<(Location, String)>> {
        let mut larger = Vec::new();
        self.unsent.retain(|one| {
            let bytes = one.request.encoded_len();
            if bytes > limit {
                let why = format!(
                    "the article has {bytes} bytes, and the server accepts {limit} (its setting limits.message_bytes)"
                );
                larger.push((one.place.clone(), why));
            }
            bytes <= limit
        });
        match larger.is_empty() {
            true => Err(status).context(BROKEN),
            false => Ok(larger),
        }
    }
}

/// Passes on the replies of a stream.
async fn answer(
    mut replies: impl Stream<Item = Result<ArticleResponse, Status>> + Unpin,
    exchange: &RefCell<Exchange>,
    take: &mut impl FnMut(&Location, Outcome) -> Result<()>,
) -> Result<Ended> {
    while let Some(reply) = replies.next().await {
        let reply = match reply {
            Ok(reply) => reply,
            Err(status) => return of_status(status),
        };
        let outcome = reply.result.context("the server's reply is empty")?;
        let mut exchange = exchange.borrow_mut();
        let answered = exchange.sent.front();
        let place = &answered
            .context("the server replied to an article that was not sent")?
            .place;
        if let Outcome::Error(error) = &outcome {
            let (code, status) = (Code::from(error.code), || {
                Status::new(error.code.into(), &error.message)
            });
            match code {
                Code::InvalidArgument => {}
                Code::ResourceExhausted | Code::Unavailable => {
                    let (place, status) = (Some(place.clone()), status());
                    return Ok(Ended::Busy { place, status });
                }
                _ => return Err(refused(Some(place), status())),
            }
        }
        take(place, outcome)?;
        exchange.sent.pop_front();
        exchange.progress = true;
    }
    if !exchange.borrow().sent.is_empty() {
        bail!("the server ended the stream before it had replied to all articles");
    }
    Ok(Ended::Answered)
}

fn of_status(status: Status) -> Result<Ended> {
    if status.code() == Code::ResourceExhausted {
        if let Some(limit) = status
            .get_details_error_info()
            .and_then(|info| info.metadata.get("limit")?.parse().ok())
        {
            return Ok(Ended::TooLarge { limit, status });
        }
        if status.get_details_retry_info().is_some() {
            return Ok(Ended::Busy {
                place: None,
                status,
            });
        }
    }
    Err(status).context(BROKEN)
}

/// Returns the error for an article that the server does not take for a reason of its own.
fn refused(place: Option<&Location>, status: Status) -> Error {
    match place {
        Some(place) => Error::new(status).context(format!("failed to send {place}")),
        None => Error::new(status).context(BROKEN),
    }
}

/// Passes on what is to be sent to a stream, until nothing follows for a time.
async fn forward(
    exchange: &RefCell<Exchange>,
    read: &mut Receiver<Submission>,
    stream: Sender<ArticleRequest>,
    idle: Duration,
) {
    loop {
        let unsent = exchange.borrow_mut().unsent.pop_front();
        let next = match unsent {
            Some(next) => next,
            None => match timeout(idle, read.recv()).await {
                Ok(Some(next)) => next,
                Ok(None) | Err(_) => return,
            },
        };
        let request = next.request.clone();
        exchange.borrow_mut().sent.push_back(next);
        if stream.send(request).await.is_err() {
            return; // the stream has ended
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::Path;
    use std::sync::Arc;

    use wirecopy::files::RecordPosition;
    use wirecopy::server::proto::Verdict;

    use super::*;

    fn submission(line: u64) -> Submission {
        let file = Arc::from(Path::new("a"));
        Submission {
            place: Location {
                file,
                position: RecordPosition::Line(line),
            },
            request: ArticleRequest {
                tag: line,
                ..ArticleRequest::default()
            },
        }
    }

    #[tokio::test]
    async fn a_stream_ends_when_its_input_pauses_and_nothing_is_lost() {
        let (input, mut read) = tokio::sync::mpsc::channel(8);
        input.send(submission(2)).await.unwrap();
        let (stream, mut sent) = tokio::sync::mpsc::channel(8);
        let exchange = RefCell::<Exchange>::default();
        exchange.borrow_mut().unsent.push_back(submission(1));
        forward(&exchange, &mut read, stream, Duration::from_millis(20)).await;
        input.send(submission(3)).await.unwrap();
        assert_eq!(sent.recv().await.unwrap().tag, 1);
        assert_eq!(sent.recv().await.unwrap().tag, 2);
        assert!(sent.recv().await.is_none(), "the stream has ended");
        let next = read.recv().await.unwrap();
        assert_eq!(next.request.tag, 3, "what follows waits for another");
    }

    /// Sends three articles to a server that answers an article with `reply`, given its id. Returns the ids
    /// that it saw, the lines that were answered, and how the sending ended.
    async fn exchange(
        mut reply: impl FnMut(&str) -> Outcome,
    ) -> (Vec<String>, Vec<RecordPosition>, Result<()>) {
        const LINES: &str = "{\"id\":\"a\",\"text\":\"one\"}\n{\"id\":\"b\",\"text\":\"two\"}\n\
                             {\"id\":\"c\",\"text\":\"three\"}\n";
        let (seen, mut taken) = (RefCell::new(Vec::new()), Vec::new());
        let reply = RefCell::new(&mut reply);
        let (see, answer) = (&seen, &reply);
        let begin = async move |articles: ReceiverStream<ArticleRequest>| {
            let replies = articles.map(move |request: ArticleRequest| {
                let id = request.article.unwrap().id;
                let result = Some((*answer.borrow_mut())(&id));
                see.borrow_mut().push(id);
                Ok::<_, Status>(ArticleResponse { tag: 0, result })
            });
            Ok::<_, Status>(Response::new(replies))
        };
        let take = |place: &Location, _| {
            taken.push(place.position);
            Ok(())
        };
        let waits = [Duration::from_millis(1); 3];
        let input = Articles::of_text("a.jsonl", LINES);
        let done = send_with(ArticleRequest::default(), input, begin, take, &waits).await;
        (seen.into_inner(), taken, done)
    }

    fn error(code: Code) -> Outcome {
        Outcome::Error(proto::Error {
            code: code.into(),
            message: "the disk is full".to_owned(),
            ..proto::Error::default()
        })
    }

    #[tokio::test]
    async fn what_cannot_be_taken_now_is_sent_again_in_order() {
        let refusals = Cell::new(2);
        let (seen, taken, done) = exchange(|id| {
            if id == "b" && refusals.get() > 0 {
                refusals.set(refusals.get() - 1);
                return error(Code::ResourceExhausted);
            }
            Outcome::Verdict(Verdict::default())
        })
        .await;
        done.unwrap();
        assert_eq!(seen, ["a", "b", "b", "b", "c"]);
        assert_eq!(taken, [1, 2, 3].map(RecordPosition::Line));
    }

    #[tokio::test]
    async fn a_server_that_never_takes_an_article_ends_all() {
        let (seen, taken, done) = exchange(|_| error(Code::ResourceExhausted)).await;
        let why = format!("{:#}", done.unwrap_err());
        assert!(
            why.contains("a.jsonl:1") && why.contains("the disk is full"),
            "{why}"
        );
        assert_eq!((seen.len(), taken.len()), (4, 0));
    }

    #[tokio::test]
    async fn only_errors_of_an_article_are_passed_over() {
        let invalid = |id: &str| match id {
            "b" => error(Code::InvalidArgument),
            _ => Outcome::Verdict(Verdict::default()),
        };
        let (_, taken, done) = exchange(invalid).await;
        done.unwrap();
        assert_eq!(taken, [1, 2, 3].map(RecordPosition::Line));
        for code in [
            Code::PermissionDenied,
            Code::Unauthenticated,
            Code::Internal,
        ] {
            let (seen, taken, done) = exchange(|_| error(code)).await;
            let status = done.unwrap_err().downcast::<Status>().unwrap();
            assert_eq!((status.code(), seen.len(), taken.len()), (code, 1, 0));
        }
    }
}
