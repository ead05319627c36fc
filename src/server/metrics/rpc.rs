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
use tracing::{Instrument as _, Span, debug, info_span};

use super::text::{Metric, Series, family};
use crate::meter::Histogram;
use crate::server::request_id::{RequestId, RequestIds};
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

    fn begin(self: &Arc<Self>, path: &str, id: RequestId) -> MeteredCall {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let place = self
            .places
            .get(path)
            .copied()
            .unwrap_or(self.durations.len() - 1);
        MeteredCall {
            span: info_span!("request", request_id = %id, rpc = self.durations[place].0.as_str()),
            id,
            place,
            meters: Arc::clone(self),
            begun: Instant::now(),
            code: Code::Cancelled,
        }
    }
}

/// A call, from its beginning until it is dropped.
struct MeteredCall {
    meters: Arc<RpcMeters>,
    id: RequestId,
    /// What the lines of the log about the call have in common.
    span: Span,
    place: usize,
    begun: Instant,
    /// The status, once it is there.
    code: Code,
}

impl MeteredCall {
    /// Notes the status among headers or trailers, if it is there. A failure gets the id of the request.
    fn note(&mut self, headers: &mut HeaderMap) {
        if let Some(code) = headers.get(Status::GRPC_STATUS) {
            self.code = Code::from_bytes(code.as_bytes());
            if self.code != Code::Ok {
                self.id.explain(headers);
            }
        }
    }
}

impl Drop for MeteredCall {
    fn drop(&mut self) {
        let (_, codes) = &self.meters.durations[self.place];
        let histogram = codes[self.code as usize].get_or_init(Histogram::default);
        let took = self.begun.elapsed();
        histogram.add(took);
        let (status, took_ms) = (code_name(self.code), took.as_millis() as u64);
        debug!(parent: &self.span, status, took_ms, "answered a call");
        self.meters.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All services, with meters and ids of requests before them.
#[derive(Clone)]
pub(in crate::server) struct MeteredRoutes {
    pub(in crate::server) routes: Routes,
    pub(in crate::server) meters: Arc<RpcMeters>,
    pub(in crate::server) ids: Arc<RequestIds>,
}

impl MeteredRoutes {
    /// Answers a call.
    pub(in crate::server) fn call(
        &mut self,
        request: Request<Body>,
    ) -> BoxFuture<Response<Body>, Infallible> {
        let id = self.ids.of(&request);
        let mut call = self.meters.begin(request.uri().path(), id);
        let answered = call.span.in_scope(|| self.routes.call(request));
        let answered = answered.instrument(call.span.clone());
        Box::pin(async move {
            let mut response = answered.await?;
            call.note(response.headers_mut());
            call.id.mark(response.headers_mut());
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
        let Self { inner, call } = &mut *self;
        let mut polled = call.span.in_scope(|| Pin::new(inner).poll_frame(context));
        match &mut polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_mut() {
                    call.note(trailers);
                }
            }
            Poll::Ready(Some(Err(status))) => call.code = status.code(),
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
        let ids = RequestIds::new().unwrap();
        let begin = |path: &str| meters.begin(path, ids.of(&Request::new(())));
        let headers = |code: &str| {
            HeaderMap::from_iter([(
                tonic::codegen::http::HeaderName::from_static("grpc-status"),
                code.parse().unwrap(),
            )])
        };
        let mut call = begin("/wirecopy.v1.Wirecopy/Check");
        assert_eq!(meters.in_flight(), 1);
        call.note(&mut HeaderMap::new());
        call.note(&mut headers("0"));
        drop(call);
        begin("/wirecopy.v1.Admin/Compact").note(&mut headers("16"));
        drop(begin("/wirecopy.v1.Wirecopy/Watch"));
        for path in ["/no.such.Service/Call", "", "/wirecopy.v1.Wirecopy/"] {
            begin(path).note(&mut headers("12"));
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
