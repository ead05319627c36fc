//! How many calls there were, how they ended, and how long they took.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use prost_reflect::DescriptorPool;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::service::Routes;
use tonic::{Code, Status};

use super::text::{Metric, Series, family};
use crate::meter::Histogram;
use crate::server::status::code_name;

/// The number of status codes.
const CODES: usize = 17;
/// The calls of services that are not in our proto.
const FOREIGN: [&str; 3] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
];
/// The label of calls that no service has. A client may call anything, so they share one.
const OTHER: &str = "other";

/// The durations of calls by their names and their statuses.
pub(in crate::server) struct RpcMeters {
    /// The places of calls in `durations`, by their paths.
    places: HashMap<String, usize>,
    /// The labels and the durations of each call. A histogram is made when it is needed first.
    durations: Vec<(String, [OnceLock<Histogram>; CODES])>,
    in_flight: AtomicU64,
}

impl RpcMeters {
    /// Returns meters for the calls of a proto.
    pub(in crate::server) fn new(pool: &DescriptorPool) -> Arc<Self> {
        let own = pool.services().flat_map(|service| {
            let methods = service.methods();
            let path = |rpc: prost_reflect::MethodDescriptor| {
                format!("/{}/{}", rpc.parent_service().full_name(), rpc.name())
            };
            methods.map(path).collect::<Vec<_>>()
        });
        let paths: Vec<String> = own.chain(FOREIGN.map(str::to_owned)).collect();
        // The service without its package, and the method.
        let labels = paths
            .iter()
            .map(|path| path.rsplit('.').next().unwrap_or(path).to_owned());
        let labels = labels.chain([OTHER.to_owned()]);
        Arc::new(Self {
            durations: labels.map(|label| (label, Default::default())).collect(),
            places: paths
                .into_iter()
                .enumerate()
                .map(|(at, path)| (path, at))
                .collect(),
            in_flight: AtomicU64::new(0),
        })
    }

    /// Returns how many calls are in flight.
    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Returns the durations.
    pub(super) fn durations(&self) -> Metric {
        let mut series = Vec::new();
        for (label, codes) in &self.durations {
            for (code, histogram) in codes.iter().enumerate() {
                if let Some(histogram) = histogram.get() {
                    let code = Code::from_i32(i32::try_from(code).unwrap_or_default());
                    let labels = vec![
                        ("rpc", label.clone()),
                        ("status", code_name(code).to_owned()),
                    ];
                    series.push(Series::times(labels, histogram.distribution()));
                }
            }
        }
        family(
            "wirecopy_rpc_duration_seconds",
            "From the headers of a call to the end of its reply, over gRPC and over HTTP and JSON. A call whose \
             client went away before the end is CANCELLED.",
            series,
        )
    }

    fn begin(self: &Arc<Self>, path: &str) -> MeteredCall {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        MeteredCall {
            place: self
                .places
                .get(path)
                .copied()
                .unwrap_or(self.durations.len() - 1),
            meters: Arc::clone(self),
            begun: Instant::now(),
            code: Code::Cancelled,
        }
    }
}

/// A call, from its beginning until it is dropped.
struct MeteredCall {
    meters: Arc<RpcMeters>,
    place: usize,
    begun: Instant,
    /// The status, once it is there.
    code: Code,
}

impl MeteredCall {
    /// Notes the status among headers or trailers, if it is there.
    fn note(&mut self, headers: &HeaderMap) {
        if let Some(code) = headers.get(Status::GRPC_STATUS) {
            self.code = Code::from_bytes(code.as_bytes());
        }
    }
}

impl Drop for MeteredCall {
    fn drop(&mut self) {
        let (_, codes) = &self.meters.durations[self.place];
        let histogram = codes[self.code as usize].get_or_init(Histogram::default);
        histogram.add(self.begun.elapsed());
        self.meters.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All services, with meters before them.
#[derive(Clone)]
pub(in crate::server) struct MeteredRoutes {
    pub(in crate::server) routes: Routes,
    pub(in crate::server) meters: Arc<RpcMeters>,
}

impl MeteredRoutes {
    /// Answers a call.
    pub(in crate::server) fn call(
        &mut self,
        request: Request<Body>,
    ) -> BoxFuture<Response<Body>, Infallible> {
        let mut call = self.meters.begin(request.uri().path());
        let answered = self.routes.call(request);
        Box::pin(async move {
            let response = answered.await?;
            call.note(response.headers());
            Ok(response.map(|inner| Body::new(MeteredBody { inner, call })))
        })
    }
}

/// The body of a reply; the call ends with it.
struct MeteredBody {
    inner: Body,
    call: MeteredCall,
}

impl HttpBody for MeteredBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.call.note(trailers);
                }
            }
            Poll::Ready(Some(Err(status))) => self.call.code = status.code(),
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::proto;

    #[test]
    fn a_call_is_counted_by_its_name_and_its_status() {
        let meters = RpcMeters::new(&DescriptorPool::decode(proto::DESCRIPTOR).unwrap());
        let count = |label: &str, code: Code| {
            let (_, codes) = meters
                .durations
                .iter()
                .find(|(one, _)| one == label)
                .expect(label);
            codes[code as usize]
                .get()
                .map_or(0, |histogram| histogram.distribution().count())
        };
        let headers = |code: &str| {
            HeaderMap::from_iter([(
                tonic::codegen::http::HeaderName::from_static("grpc-status"),
                code.parse().unwrap(),
            )])
        };
        let mut call = meters.begin("/wirecopy.v1.Wirecopy/Check");
        assert_eq!(meters.in_flight(), 1);
        call.note(&HeaderMap::new());
        call.note(&headers("0"));
        drop(call);
        meters
            .begin("/wirecopy.v1.Admin/Compact")
            .note(&headers("16"));
        drop(meters.begin("/wirecopy.v1.Wirecopy/Watch"));
        for path in ["/no.such.Service/Call", "", "/wirecopy.v1.Wirecopy/"] {
            meters.begin(path).note(&headers("12"));
        }
        assert_eq!(count("Wirecopy/Check", Code::Ok), 1);
        assert_eq!(count("Admin/Compact", Code::Unauthenticated), 1);
        assert_eq!(count("Wirecopy/Watch", Code::Cancelled), 1);
        assert_eq!(count(OTHER, Code::Unimplemented), 3);
        assert_eq!(count("Health/Check", Code::Ok), 0);
        assert_eq!(meters.in_flight(), 0);
    }

    #[test]
    fn every_status_has_a_place_and_a_name() {
        let names: std::collections::BTreeSet<&str> = (0..CODES as i32)
            .map(|code| code_name(Code::from_i32(code)))
            .collect();
        assert_eq!(names.len(), CODES);
        assert_eq!(Code::Unauthenticated as usize, CODES - 1);
    }
}
