//! Admits calls by their access tokens: the role before the call, the collection where the request is
//! read.

use std::convert::Infallible;
use std::future::ready;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::header::AUTHORIZATION;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;
use tracing::info;

use super::peer::Peer;
use super::repeated::RepeatedLine;
use super::requests;
use super::status::Fault;
use super::tokens::{Grant, Permission, TokenDigest, Tokens, digest_of};
use crate::id::Collection;

/// The calls of the service that need no more than to read.
const READS: [&str; 13] = [
    "Check",
    "CheckBatches",
    "CheckStream",
    "Compare",
    "Export",
    "GetArticle",
    "GetCluster",
    "ListClusters",
    "ListFurniture",
    "PublisherReport",
    "Seen",
    "Stats",
    "Watch",
];
/// The calls that change what is stored.
const WRITES: [&str; 4] = ["Ingest", "IngestBatches", "IngestStream", "Remove"];
/// Services that say how the server is and what it offers: free to clients on the same machine.
const PROBES: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/openapi.json",
];

/// How often refusals that are not logged yet are looked for.
const REPORT: Duration = Duration::from_secs(60);
/// Where the counts of all collections are, over HTTP.
const METRICS: &str = "/metrics";

/// Returns what a call needs. Calls that are in no list need the most.
fn needed(path: &str) -> Permission {
    let call = path.strip_prefix("/wirecopy.v1.Wirecopy/");
    match call {
        Some(call) if READS.contains(&call) => Permission::Read,
        Some(call) if WRITES.contains(&call) => Permission::Write,
        _ if is_probe(path) || path == METRICS => Permission::Read,
        _ => Permission::Admin,
    }
}

fn is_probe(path: &str) -> bool {
    PROBES.iter().any(|probe| path.starts_with(probe))
}

/// Decides who may call. Without tokens, everyone who can connect.
#[derive(Clone)]
pub(super) struct Gate {
    tokens: Option<watch::Receiver<Arc<Tokens>>>,
    refused: Arc<RepeatedLine>,
}

impl Gate {
    pub(super) fn new(tokens: Option<watch::Receiver<Arc<Tokens>>>) -> Self {
        Self {
            tokens,
            refused: Arc::new(RepeatedLine::new()),
        }
    }

    /// Logs, each minute, the calls that were refused since the last line about them, so that their number does
    /// not wait for the next refusal. Never ends.
    pub(super) async fn report_rest(self) {
        loop {
            sleep(REPORT).await;
            if let Some(times) = self.refused.rest() {
                info!(times, "refused further calls");
            }
        }
    }

    /// Puts the gate before a service.
    pub(super) fn before<S>(&self, inner: S) -> Authorized<S> {
        let gate = self.clone();
        Authorized { gate, inner }
    }

    /// Admits a call from an address by its headers.
    pub(super) fn admit(
        &self,
        path: &str,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Result<Caller, Fault> {
        let Some(tokens) = &self.tokens else {
            return Ok(Caller::anyone());
        };
        if is_probe(path) && peer.is_some_and(|peer| peer.to_canonical().is_loopback()) {
            return Ok(Caller::anyone());
        }
        let admitted = admit(tokens.clone(), headers, needed(path));
        if let Err(fault) = &admitted
            && let Some(times) = self.refused.occurred()
        {
            let peer = peer.map(tracing::field::display);
            info!(peer, times, "refused a call: {}", fault.message());
        }
        Ok(Caller(Some(admitted?)))
    }
}

fn admit(
    tokens: watch::Receiver<Arc<Tokens>>,
    headers: &HeaderMap,
    needed: Permission,
) -> Result<Holder, Fault> {
    let digest = digest_of(bearer(headers)?);
    let holder = Holder::of(tokens, digest)?;
    let (name, permission) = (&holder.grant.name, holder.grant.permission);
    if permission < needed {
        let (has, needs) = (permission.name(), needed.name());
        let why = format!("the access token `{name}` has the role {has}; this call needs {needs}");
        return Err(Fault::denied(why));
    }
    holder.grant.count().map_err(|wait| {
        Fault::too_fast(format!("the access token `{name}` is over its rate"), wait)
    })?;
    Ok(holder)
}

/// Returns the token that a call brings.
fn bearer(headers: &HeaderMap) -> Result<&[u8], Fault> {
    let token = headers.get(AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.as_bytes().split_at_checked("Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
    });
    token.ok_or_else(|| {
        Fault::unauthenticated("no access token: send the header `authorization: Bearer TOKEN`")
    })
}

/// Who calls.
#[derive(Clone)]
pub(super) struct Caller(Option<Holder>);

/// The holder of a token.
#[derive(Clone)]
struct Holder {
    grant: Arc<Grant>,
    tokens: watch::Receiver<Arc<Tokens>>,
}

impl Holder {
    fn of(mut tokens: watch::Receiver<Arc<Tokens>>, digest: TokenDigest) -> Result<Self, Fault> {
        let grant = tokens.borrow_and_update().find(&digest).cloned();
        let grant = grant
            .ok_or_else(|| Fault::unauthenticated("this server does not know the access token"))?;
        let holder = Self { grant, tokens };
        holder.check_expiry()?;
        Ok(holder)
    }

    fn check_expiry(&self) -> Result<(), Fault> {
        let Some(when) = self.grant.expired() else {
            return Ok(());
        };
        let name = &self.grant.name;
        let why = format!("the access token `{name}` expired on {when}");
        Err(Fault::unauthenticated(why))
    }
}

impl Caller {
    /// Returns a caller who may do everything.
    pub(super) fn anyone() -> Self {
        Self(None)
    }

    /// Returns who makes a call.
    ///
    /// # Errors
    /// The call did not come through the gate.
    pub(super) fn of<T>(request: &tonic::Request<T>) -> Result<Self, Fault> {
        let caller = request.extensions().get().cloned();
        caller.ok_or_else(|| Fault::unauthenticated("the call came past the check of its token"))
    }

    /// Returns a collection that the caller may use.
    pub(super) fn collection(&self, name: &str) -> Result<Collection, Fault> {
        let collection = requests::collection(name)?;
        match &self.0 {
            Some(holder) if !holder.grant.includes(&collection) => {
                let (token, collection) = (&holder.grant.name, collection.as_str());
                Err(Fault::denied(format!(
                    "the access token `{token}` is not for the collection `{collection}`"
                )))
            }
            _ => Ok(collection),
        }
    }

    /// Returns the name of the caller's token, if it has one.
    pub(super) fn token(&self) -> Option<String> {
        self.0.as_ref().map(|holder| holder.grant.name.clone())
    }

    /// Returns whether the caller may see figures of all collections together.
    pub(super) fn sees_all(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|holder| !holder.grant.is_bound())
    }

    /// Checks that the caller may do what concerns all collections.
    pub(super) fn whole_store(&self) -> Result<(), Fault> {
        match &self.0 {
            Some(holder) if holder.grant.is_bound() => {
                let token = &holder.grant.name;
                Err(Fault::denied(format!(
                    "the access token `{token}` is for some collections; this call concerns all"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the token is still valid, in a call that goes on for long.
    pub(super) fn check(&mut self) -> Result<(), Fault> {
        let Some(holder) = &mut self.0 else {
            return Ok(());
        };
        // An error means that the server has stopped.
        if holder.tokens.has_changed().unwrap_or(false) {
            *holder = Holder::of(holder.tokens.clone(), holder.grant.digest)?;
        }
        holder.check_expiry()
    }

    /// Waits until the token's rate allows another article of a stream.
    pub(super) async fn wait_for_turn(&self) {
        let Some(holder) = &self.0 else {
            return;
        };
        while let Err(wait) = holder.grant.count() {
            tokio::time::sleep(wait).await;
        }
    }
}

/// A service behind the gate.
#[derive(Clone)]
pub(super) struct Authorized<S> {
    gate: Gate,
    inner: S,
}

impl<S: NamedService> NamedService for Authorized<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Authorized<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let peer = request.extensions().get::<Arc<Peer>>();
        let peer = peer.and_then(|peer| Some(peer.address?.ip()));
        match self
            .gate
            .admit(request.uri().path(), request.headers(), peer)
        {
            Ok(caller) => {
                // The token has done its work; nothing behind the gate can log it.
                request.headers_mut().remove(AUTHORIZATION);
                request.extensions_mut().insert(caller);
                Box::pin(self.inner.call(request))
            }
            Err(fault) => Box::pin(ready(Ok(Status::from(fault).into_http()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::FileDescriptorSet;
    use tonic::Code;

    use super::super::proto;
    use super::super::tokens::NewToken;
    use super::*;

    fn new(name: &str, permission: Permission, collections: &[&str]) -> NewToken {
        let collections = collections
            .iter()
            .map(|name| Collection::parse(name).unwrap());
        NewToken {
            name: name.into(),
            permission,
            collections: collections.collect(),
            expires: None,
            per_second: None,
            burst: None,
        }
    }

    /// Returns a gate with these tokens, the tokens, and what changes them.
    fn gate(new: &[NewToken]) -> (Gate, Vec<String>, watch::Sender<Arc<Tokens>>) {
        let mut file = String::new();
        let issue = |new: &NewToken| {
            let (token, lines) = new.issue(&file).unwrap();
            file += &lines;
            token
        };
        let issued = new.iter().map(issue).collect();
        let (sender, tokens) = watch::channel(Arc::new(Tokens::parse(&file, None).unwrap()));
        (Gate::new(Some(tokens)), issued, sender)
    }

    fn headers(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, authorization.parse().unwrap())])
    }

    fn call(name: &str) -> String {
        format!("/wirecopy.v1.Wirecopy/{name}")
    }

    /// Checks the code of a fault and what its message says.
    #[track_caller]
    fn refused(outcome: Result<impl Sized, Fault>, code: Code, words: &str) {
        let status = Status::from(outcome.err().expect(words));
        assert_eq!(status.code(), code, "{status}");
        assert!(status.message().contains(words), "{status}");
    }

    #[test]
    fn every_call_of_the_proto_is_in_one_list() {
        let files = FileDescriptorSet::decode(proto::DESCRIPTOR).unwrap();
        let services = files.file.iter().flat_map(|file| &file.service);
        let service = services
            .into_iter()
            .find(|one| one.name() == "Wirecopy")
            .unwrap();
        let calls: Vec<&str> = service.method.iter().map(|method| method.name()).collect();
        let mut listed = [&READS[..], &WRITES].concat();
        listed.sort_unstable();
        let mut sorted = calls.clone();
        sorted.sort_unstable();
        assert_eq!(listed, sorted);
    }

    #[test]
    fn a_call_needs_a_token_of_its_role() {
        let roles = [
            ("reader", Permission::Read),
            ("writer", Permission::Write),
            ("admin", Permission::Admin),
        ];
        let (gate, tokens, _sender) = gate(&roles.map(|(name, role)| new(name, role, &[])));
        let calls = [
            call("Stats"),
            call("Remove"),
            "/wirecopy.v1.Admin/Snapshot".into(),
        ];
        for (holder, token) in tokens.iter().enumerate() {
            for (needs, path) in calls.iter().enumerate() {
                for scheme in ["Bearer", "bearer"] {
                    let outcome = gate.admit(path, &headers(&format!("{scheme} {token}")), None);
                    match holder >= needs {
                        true => assert!(outcome.is_ok()),
                        false => refused(outcome, Code::PermissionDenied, "this call needs"),
                    }
                }
            }
        }
        let unauthenticated = |headers: &HeaderMap, words| {
            let outcome = gate.admit(&calls[0], headers, None);
            refused(outcome, Code::Unauthenticated, words);
        };
        unauthenticated(&HeaderMap::new(), "no access token");
        unauthenticated(&headers("Basic YTpi"), "no access token");
        unauthenticated(&headers("Bearer"), "no access token");
        unauthenticated(&headers("Bearer "), "does not know");
        unauthenticated(&headers("Bearer wirecopy_00"), "does not know");
    }

    #[test]
    fn probes_are_free_on_the_same_machine_only() {
        let (gate, tokens, _sender) = gate(&[new("reader", Permission::Read, &[])]);
        for path in [
            "/grpc.health.v1.Health/Check",
            "/grpc.reflection.v1.ServerReflection/X",
            "/openapi.json",
        ] {
            let admit = |peer: Option<&str>, headers: &HeaderMap| {
                gate.admit(path, headers, peer.map(|peer| peer.parse().unwrap()))
            };
            let none = HeaderMap::new();
            for near in ["127.0.0.1", "::1", "::ffff:127.0.0.9"] {
                assert!(admit(Some(near), &none).is_ok(), "{near}");
            }
            for far in [Some("192.0.2.1"), Some("2001:db8::1"), None] {
                refused(admit(far, &none), Code::Unauthenticated, "no access token");
                let token = headers(&format!("Bearer {}", tokens[0]));
                assert!(admit(far, &token).is_ok());
            }
        }
        let near = Some([127, 0, 0, 1].into());
        for path in [call("Stats"), METRICS.to_owned()] {
            let outcome = gate.admit(&path, &HeaderMap::new(), near);
            refused(outcome, Code::Unauthenticated, "no access token");
            let token = headers(&format!("Bearer {}", tokens[0]));
            assert!(gate.admit(&path, &token, near).is_ok());
        }
    }

    #[test]
    fn a_bound_token_is_for_its_collections() {
        let bound = new("bound", Permission::Admin, &["news", "default"]);
        let (gate, tokens, _sender) = gate(&[bound, new("free", Permission::Read, &[])]);
        let admit = |token: &str| {
            let headers = headers(&format!("Bearer {token}"));
            gate.admit(&call("Stats"), &headers, None).ok().unwrap()
        };
        let caller = admit(&tokens[0]);
        assert!(!caller.sees_all());
        refused(caller.whole_store(), Code::PermissionDenied, "concerns all");
        assert!(caller.collection("news").is_ok() && caller.collection("").is_ok());
        refused(
            caller.collection("new"),
            Code::PermissionDenied,
            "collection `new`",
        );
        refused(
            caller.collection("../x"),
            Code::InvalidArgument,
            "collection",
        );
        let free = admit(&tokens[1]);
        assert!(free.sees_all() && free.collection("new").is_ok());
        let open = Gate::new(None).admit(&call("Remove"), &HeaderMap::new(), None);
        let open = open.ok().unwrap();
        assert!(open.sees_all() && open.collection("new").is_ok());
    }

    #[test]
    fn a_token_that_is_withdrawn_ends_the_calls_that_go_on() {
        let (gate, tokens, sender) = gate(&[new("reader", Permission::Read, &[])]);
        let headers = headers(&format!("Bearer {}", tokens[0]));
        let mut caller = gate.admit(&call("Watch"), &headers, None).ok().unwrap();
        assert!(caller.check().is_ok());
        sender.send_replace(Arc::new(Tokens::default()));
        refused(caller.check(), Code::Unauthenticated, "does not know");
        let again = gate.admit(&call("Watch"), &headers, None);
        refused(again, Code::Unauthenticated, "does not know");
    }

    #[test]
    fn a_call_over_the_rate_says_when_to_come_back() {
        use tonic_types::StatusExt as _;
        let slow = NewToken {
            per_second: std::num::NonZeroU32::new(2),
            ..new("slow", Permission::Read, &[])
        };
        let (gate, tokens, _sender) = gate(&[slow]);
        let headers = headers(&format!("Bearer {}", tokens[0]));
        let admit = || gate.admit(&call("Stats"), &headers, None);
        assert!(admit().is_ok() && admit().is_ok());
        let status = Status::from(admit().err().expect("a third"));
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        let delay = status
            .get_details_retry_info()
            .unwrap()
            .retry_delay
            .unwrap();
        assert!(
            delay.as_millis() > 0 && delay.as_millis() <= 500,
            "{delay:?}"
        );
    }
}
