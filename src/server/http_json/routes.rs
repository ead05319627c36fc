//! Which request of HTTP stands for which call of the proto.
//!
//! What only reads is a GET, and the fields of its request are parameters of the query. What writes, or takes a
//! text, is a POST with the request as its body. So a page of another site cannot write: a browser sends
//! it no JSON without asking first, and the server does not answer that question (CORS).

use prost_reflect::{DescriptorPool, MethodDescriptor};
use tonic::codegen::http::{Method, Uri};

/// The method, the path and the call.
const ROUTES: [(Method, &str, &str); 22] = [
    (Method::POST, "/v1/ingest", "Wirecopy/Ingest"),
    (Method::POST, "/v1/ingest/stream", "Wirecopy/IngestStream"),
    (Method::POST, "/v1/ingest/batches", "Wirecopy/IngestBatches"),
    (Method::POST, "/v1/check", "Wirecopy/Check"),
    (Method::POST, "/v1/check/stream", "Wirecopy/CheckStream"),
    (Method::POST, "/v1/check/batches", "Wirecopy/CheckBatches"),
    (Method::POST, "/v1/compare", "Wirecopy/Compare"),
    (Method::POST, "/v1/seen", "Wirecopy/Seen"),
    (Method::GET, "/v1/article", "Wirecopy/GetArticle"),
    (Method::GET, "/v1/cluster", "Wirecopy/GetCluster"),
    (Method::GET, "/v1/clusters", "Wirecopy/ListClusters"),
    (Method::GET, "/v1/export", "Wirecopy/Export"),
    (Method::POST, "/v1/remove", "Wirecopy/Remove"),
    (Method::GET, "/v1/watch", "Wirecopy/Watch"),
    (Method::GET, "/v1/publisher", "Wirecopy/PublisherReport"),
    (Method::GET, "/v1/furniture", "Wirecopy/ListFurniture"),
    (Method::GET, "/v1/stats", "Wirecopy/Stats"),
    (Method::GET, "/v1/collections", "Admin/ListCollections"),
    (Method::POST, "/v1/collections/drop", "Admin/DropCollection"),
    (
        Method::POST,
        "/v1/collections/retention",
        "Admin/SetRetention",
    ),
    (Method::POST, "/v1/compact", "Admin/Compact"),
    (Method::POST, "/v1/snapshot", "Admin/Snapshot"),
];

/// The package of the proto.
const PACKAGE: &str = "wirecopy.v1";

/// A request of HTTP, and the call that it stands for.
pub(super) struct HttpOperation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) rpc: MethodDescriptor,
    /// The path of the call in gRPC.
    pub(super) call: Uri,
}

impl HttpOperation {
    /// Returns all of them. A route of a call that the descriptor lacks is left out; a test finds it.
    pub(super) fn all(pool: &DescriptorPool) -> Vec<Self> {
        let routes = ROUTES.into_iter().filter_map(|(method, path, call)| {
            let (service, name) = call.split_once('/')?;
            let service = pool.get_service_by_name(&format!("{PACKAGE}.{service}"))?;
            let rpc = service.methods().find(|rpc| rpc.name() == name)?;
            Some(Self {
                method,
                path,
                rpc,
                call: format!("/{PACKAGE}.{call}").parse().ok()?,
            })
        });
        routes.collect()
    }

    /// Returns whether the fields of the request are in the query.
    pub(super) fn is_query(&self) -> bool {
        self.method == Method::GET
    }

    /// Returns the methods with which it may be asked for.
    pub(super) fn allowed(&self) -> &'static str {
        match self.is_query() {
            true => "GET, HEAD",
            false => "POST",
        }
    }

    /// Returns whether a method asks for it.
    pub(super) fn has(&self, method: &Method) -> bool {
        *method == self.method || self.is_query() && *method == Method::HEAD
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::server::proto;

    #[test]
    fn every_call_has_one_route() {
        let pool = DescriptorPool::decode(proto::DESCRIPTOR).unwrap();
        let operations = HttpOperation::all(&pool);
        let routed: BTreeSet<_> = operations.iter().map(|one| one.rpc.full_name()).collect();
        let calls = pool.services().flat_map(|service| {
            let methods = service.methods().map(|rpc| rpc.full_name().to_owned());
            methods.collect::<Vec<_>>()
        });
        let calls: Vec<_> = calls.collect();
        assert_eq!(routed, calls.iter().map(String::as_str).collect());
        assert_eq!(operations.len(), calls.len(), "a call has two routes");
        let paths: BTreeSet<_> = operations.iter().map(|one| one.path).collect();
        assert_eq!(paths.len(), operations.len(), "a path is of two calls");
    }
}
