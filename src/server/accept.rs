//! Accepts connections: so many in all, so many of one address, each with a deadline until it speaks
//! HTTP.
//!
//! At the limit of all, or without file descriptors, nothing is accepted: further connections wait in
//! the system's queue. One over the limit of its address is closed, so that the others need not wait.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tonic::codegen::tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tracing::{info, warn};

use super::limits::Limits;
use super::peer::Peers;
use super::repeated::RepeatedLine;
use super::socket::{Connection, Transport};
use super::tls;

/// The pause after a failed accept. Without file descriptors every accept fails at once, and the loop
/// would spin.
const PAUSE: Duration = Duration::from_millis(50);
/// Of the files that the process may have open, connections take at most one in so many: the store
/// needs half, and the rest is for what is open for a moment only.
const SHARE_OF_FILES: usize = 4;

/// Accepts connections until the server drains.
pub(super) struct Acceptor {
    pub(super) listener: TcpListener,
    pub(super) limits: Limits,
    /// `None`: connections are in the clear.
    pub(super) tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    pub(super) draining: CancellationToken,
    pub(super) peers: Arc<Peers>,
}

impl Acceptor {
    /// Starts to accept. Returns the connections that are ready for HTTP.
    pub(super) fn start(self) -> impl Stream<Item = io::Result<Connection>> {
        let (ready, connections) = mpsc::channel(1);
        let draining = self.draining.clone();
        tokio::spawn(draining.run_until_cancelled_owned(self.accept(ready)));
        ReceiverStream::new(connections).map(Ok)
    }

    async fn accept(self, ready: mpsc::Sender<Connection>) {
        let places = Arc::new(Semaphore::new(within_open_files(self.limits.connections)));
        let addresses = Addresses::default();
        let (full, crowded, failed) = (
            RepeatedLine::new(),
            RepeatedLine::new(),
            RepeatedLine::new(),
        );
        let failed_handshakes = Arc::new(RepeatedLine::new());
        loop {
            let Some(permit) = wait_for_place(&places, &full).await else {
                return; // the semaphore is never closed
            };
            let (stream, peer) = accept_one(&self.listener, &failed).await;
            let limit = self.limits.connections_per_address;
            let Some(address) = addresses.take(peer.ip(), limit) else {
                if let Some(times) = crowded.occurred() {
                    let address = peer.ip();
                    warn!(%address, limit, times, "closed a connection: its address has too many");
                }
                continue;
            };
            let place = ConnectionPlace {
                _permit: permit,
                _address: address,
            };
            let opening = self.open(stream, peer, place, Arc::clone(&failed_handshakes));
            let ready = ready.clone();
            let opening = async move {
                if let Some(connection) = opening.await {
                    let _ = ready.send(connection).await; // fails once the server drains
                }
            };
            tokio::spawn(self.draining.clone().run_until_cancelled_owned(opening));
        }
    }

    /// Makes a connection ready for HTTP. `None` if its client failed to, or was too slow.
    fn open(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: ConnectionPlace,
        failed_handshakes: Arc<RepeatedLine>,
    ) -> impl Future<Output = Option<Connection>> + use<> {
        let deadline = Instant::now() + Duration::from_millis(self.limits.handshake_ms);
        let limits = self.limits;
        let tls = self.tls.as_ref().map(|tls| Arc::clone(&tls.borrow()));
        let (draining, peers) = (self.draining.child_token(), Arc::clone(&self.peers));
        async move {
            let transport = match tls {
                None => Transport::Plain(stream),
                Some(config) => match timeout_at(deadline, tls::accept(config, stream)).await {
                    Ok(Ok(stream)) => Transport::Tls(Box::new(stream)),
                    failed => {
                        let why = match failed {
                            Ok(Err(error)) => error.to_string(),
                            _ => "it took too long".to_owned(),
                        };
                        if let Some(times) = failed_handshakes.occurred() {
                            info!(%peer, why, times, "a TLS handshake failed");
                        }
                        return None;
                    }
                },
            };
            let too_late = async move {
                draining.run_until_cancelled(sleep_until(deadline)).await;
            };
            Some(Connection::new(
                transport,
                peers.enter(Some(peer)),
                &limits,
                too_late,
                place,
            ))
        }
    }
}

/// Waits until a connection may be accepted.
async fn wait_for_place(
    places: &Arc<Semaphore>,
    full: &RepeatedLine,
) -> Option<OwnedSemaphorePermit> {
    if let Ok(permit) = Arc::clone(places).try_acquire_owned() {
        return Some(permit);
    }
    if let Some(times) = full.occurred() {
        warn!(
            times,
            "as many connections are open as may be; further ones wait"
        );
    }
    Arc::clone(places).acquire_owned().await.ok()
}

async fn accept_one(listener: &TcpListener, failed: &RepeatedLine) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // An error here means that the client is gone already.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            // The client went away before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if let Some(times) = failed.occurred() {
                    warn!(%error, times, "failed to accept a connection; trying again");
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// Lowers the limit of connections to what the limit of open files allows.
fn within_open_files(connections: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current;
    let most = files.map_or(usize::MAX, |files| files as usize) / SHARE_OF_FILES;
    if most < connections {
        info!(
            connections = most,
            "fewer connections than set: few files may be open"
        );
    }
    connections.min(most.max(1))
}

/// The place of a connection among those that may be open; free again when dropped.
pub(super) struct ConnectionPlace {
    _permit: OwnedSemaphorePermit,
    _address: AddressPlace,
}

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Addresses {
    /// Takes a place of an address, unless it has `limit` already.
    fn take(&self, address: IpAddr, limit: usize) -> Option<AddressPlace> {
        let network = network(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        let addresses = self.clone();
        Some(AddressPlace { addresses, network })
    }
}

struct AddressPlace {
    addresses: Addresses,
    network: IpAddr,
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let counts = &self.addresses.0;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

/// Returns what counts as one address: of IPv6 the first 64 bits, which one customer has to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let addresses = Addresses::default();
        let take = |address: &str| addresses.take(address.parse().unwrap(), 2);
        let places = [take("10.0.0.1"), take("::ffff:10.0.0.1"), take("10.0.0.2")];
        assert!(places.iter().all(Option::is_some));
        assert!(take("10.0.0.1").is_none(), "a third of the same address");
        let places_v6 = [take("2001:db8::1"), take("2001:db8:0:0:9::2")];
        assert!(places_v6.iter().all(Option::is_some));
        assert!(take("2001:db8::3").is_none(), "a third of the same network");
        assert!(take("2001:db8:0:1::1").is_some());
        drop(places);
        assert!(take("10.0.0.1").is_some());
        drop(places_v6);
        assert!(addresses.0.lock().unwrap().is_empty(), "counts stay behind");
    }
}
