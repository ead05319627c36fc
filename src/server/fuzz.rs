//! What the target of fuzzing does with the bytes of a request.

use prost::Message;

use super::authorize::Caller;
use super::{batches, http_json, positions, proto, requests};

/// Decodes bytes as each kind of request, and converts it as its call does.
pub fn requests(bytes: &[u8]) {
    each::<proto::ArticleRequest>(bytes, |request| {
        requests::article(&Caller::anyone(), request).is_ok()
    });
    batch(bytes);
    each::<proto::CompareRequest>(bytes, |request| {
        let a = requests::side("a", request.a).is_ok();
        a && requests::side("b", request.b).is_ok()
    });
    each::<proto::SeenRequest>(bytes, |request| requests::names(request.ids).is_ok());
    each::<proto::GetArticleRequest>(bytes, |request| requests::name("id", request.id).is_ok());
    each::<proto::GetClusterRequest>(bytes, |request| {
        requests::page(request.page_size, request.page_token).is_ok()
    });
    each::<proto::ListClustersRequest>(bytes, |request| {
        requests::page(request.page_size, request.page_token).is_ok()
    });
    each::<proto::RemoveRequest>(bytes, |request| requests::names(request.ids).is_ok());
    each::<proto::WatchRequest>(bytes, |request| {
        request
            .after
            .is_none_or(|after| positions::decode(&after).is_some())
    });
    each::<proto::PublisherReportRequest>(bytes, |request| requests::host(request.host).is_ok());
    each::<proto::ListFurnitureRequest>(bytes, |request| requests::host(request.host).is_ok());
}

/// Translates JSON, and the query of a URL, into the message of each operation, and back.
pub fn json_requests(bytes: &[u8]) {
    http_json::fuzz::json_requests(bytes);
}

/// Takes the requests of a batch one by one: those of the batch as a whole.
fn batch(bytes: &[u8]) {
    if let Ok(batch) = proto::ArticleBatch::decode(bytes) {
        assert_eq!(batches::requests_of(bytes).ok(), Some(batch.requests));
    }
}

/// Decodes a request; one that is decoded is converted or refused, and the same after another round.
fn each<M: Message + Default + Clone>(bytes: &[u8], is_accepted: fn(M) -> bool) {
    let Ok(request) = M::decode(bytes) else {
        return;
    };
    let again = M::decode(request.encode_to_vec().as_slice()).expect("its own encoding");
    assert_eq!(is_accepted(request), is_accepted(again));
}
