//! Streams of batches: many articles in a message, and many replies.

use crate::PATIENCE;
use crate::raw::{RawClient, framed};
use crate::support::{FERRY, Running, article, published, request, story, tagged, verdict};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::codegen::tokio_stream::{self, wrappers::ReceiverStream};
use tonic::{Code, Streaming};
use wirecopy::id::Collection;
use wirecopy::server::proto::article_response::Result as Outcome;
use wirecopy::server::proto::{
    ArticleBatch, ArticleReplies, ArticleRequest, ArticleResponse, StatsRequest, Verdict,
};

/// Returns the next message of a stream; `None` at its end.
async fn next(replies: &mut Streaming<ArticleReplies>) -> Option<Vec<ArticleResponse>> {
    let reply = timeout(PATIENCE, replies.message()).await;
    let reply = reply.expect("a reply in time").expect("no error")?;
    assert!(!reply.responses.is_empty());
    Some(reply.responses)
}

async fn all(mut replies: Streaming<ArticleReplies>) -> Vec<ArticleResponse> {
    let mut responses = Vec::new();
    while let Some(more) = next(&mut replies).await {
        responses.extend(more);
    }
    responses
}

#[tokio::test]
async fn batches_are_answered_as_single_articles_are() {
    let server = Running::start().await;
    let mut client = server.client().await;
    const BAD: u64 = 150;
    let mut requests: Vec<ArticleRequest> = (0..300)
        .map(|n| {
            tagged(
                n,
                published(
                    &format!("story-{n}"),
                    1_600_000_000 + n as i64,
                    &story(n / 2, 60),
                ),
            )
        })
        .collect();
    requests[BAD as usize].article = Some(article("", "neither an id nor a url"));
    requests[BAD as usize + 1].collection = "Not A Name".into();
    requests[BAD as usize + 2].article = None;
    for (n, request) in requests.iter_mut().enumerate() {
        request.placement_only = n % 5 == 0;
    }
    // Of one article, of none, of many.
    let (first, rest) = requests.split_at(1);
    let mut batches = vec![first, &[]];
    batches.extend(rest.chunks(70));
    let batches: Vec<ArticleBatch> = batches
        .into_iter()
        .map(|requests| ArticleBatch {
            requests: requests.to_vec(),
        })
        .collect();
    let checked = client.check_batches(tokio_stream::iter(batches.clone()));
    let checked = all(checked.await.unwrap().into_inner()).await;
    let in_other = |mut request: ArticleRequest| {
        if request.collection.is_empty() {
            request.collection = "other".to_owned();
        }
        request
    };
    let singly = requests.iter().cloned().map(in_other);
    let singly = client.ingest_stream(tokio_stream::iter(Vec::from_iter(singly)));
    let mut singly = singly.await.unwrap().into_inner();
    let ingested = client.ingest_batches(tokio_stream::iter(batches));
    let ingested = all(ingested.await.unwrap().into_inner()).await;
    assert_eq!((checked.len(), ingested.len()), (300, 300));
    for (n, (checked, ingested)) in checked.into_iter().zip(ingested).enumerate() {
        let single = singly.message().await.unwrap().expect("a reply for each");
        let tags = [checked.tag, ingested.tag, single.tag];
        assert_eq!(tags, [n as u64; 3]);
        if (BAD..BAD + 3).contains(&(n as u64)) {
            assert!(matches!(single.result, Some(Outcome::Error(_))));
            assert_eq!(
                (checked.result, &ingested.result),
                (single.result.clone(), &single.result)
            );
            continue;
        }
        let size = verdict(checked).placement.unwrap().size;
        assert_eq!(
            size, 1,
            "articles of a stream are not compared with each other"
        );
        let ingested = verdict(ingested);
        // Its partner was rejected.
        let is_copy = n % 2 == 1 && n as u64 != BAD + 3;
        assert_eq!(
            ingested.placement.as_ref().unwrap().size,
            1 + u64::from(is_copy)
        );
        assert_eq!(ingested.judgement.is_none(), n % 5 == 0);
        let single = Verdict {
            first_seen: ingested.first_seen, // it was stored at another time
            ..verdict(single)
        };
        assert_eq!(ingested, single);
    }
    let stats = client.stats(StatsRequest::default()).await.unwrap();
    assert_eq!(stats.into_inner().articles, 297);
    server.stop().await;
}

#[tokio::test]
async fn a_reply_waits_for_no_other_article() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let (sender, requests) = mpsc::channel(1);
    let replies = client.ingest_batches(ReceiverStream::new(requests));
    let mut replies = replies.await.unwrap().into_inner();
    for n in 0..3 {
        let one = tagged(n, article(&n.to_string(), &story(n, 60)));
        let batch = ArticleBatch {
            requests: vec![one],
        };
        sender.send(batch).await.unwrap();
        let responses = next(&mut replies).await.expect("a reply");
        let ids: Vec<String> = responses.into_iter().map(|one| verdict(one).id).collect();
        assert_eq!(ids, [n.to_string()]);
    }
    drop(sender);
    assert_eq!(next(&mut replies).await, None);
    server.stop().await;
}

#[tokio::test]
async fn what_comes_before_a_fault_in_a_batch_is_stored_and_answered() {
    let server = Running::start().await;
    let client = RawClient::connect(server.address).await;
    let batch = ArticleBatch {
        requests: vec![
            request("", article("first", FERRY)),
            request("", article("second", "b")),
        ],
    };
    let mut message = batch.encode_to_vec();
    message.extend([0x0a, 2, 0xc3, 0x28]);
    let body = framed(false, &message);
    let status = client.status("IngestBatches", &[], &body);
    let status = timeout(PATIENCE, status).await.unwrap();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    for id in ["first", "second"] {
        let stored = server.engine.get(&Collection::default(), id, false, false);
        assert!(stored.is_ok(), "{id}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_message_of_very_many_small_requests_is_answered() {
    let server = Running::start().await;
    let mut client = server.client().await;
    let empty = ArticleBatch {
        requests: vec![ArticleRequest::default(); 100_000],
    };
    let replies = client.check_batches(tokio_stream::iter([empty]));
    let responses = all(replies.await.unwrap().into_inner()).await;
    assert_eq!(responses.len(), 100_000);
    let are_errors = responses
        .iter()
        .all(|one| matches!(one.result, Some(Outcome::Error(_))));
    assert!(are_errors);
    server.stop().await;
}
