//! Accepts connections up to a limit, and drops them when the server has stopped.

use std::io;
use std::iter;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::codegen::tokio_stream::{self, Stream, StreamExt as _};
use tonic::transport::server::{Connected, TcpConnectInfo};
use tracing::warn;

/// The pause after a failed accept. Without file descriptors every accept fails at once, and the loop
/// would spin.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts at most `limit` connections at once. Further ones wait in the system's queue until one
/// closes.
pub(super) fn accept(
    listener: TcpListener,
    limit: usize,
    stopped: CancellationToken,
) -> impl Stream<Item = io::Result<Connection>> {
    let acceptor = Acceptor {
        listener,
        permits: Arc::new(Semaphore::new(limit)),
        stopped,
    };
    let acceptors = tokio_stream::iter(iter::repeat(Arc::new(acceptor)));
    acceptors.then(async |acceptor| acceptor.accept().await)
}

struct Acceptor {
    listener: TcpListener,
    permits: Arc<Semaphore>,
    stopped: CancellationToken,
}

impl Acceptor {
    async fn accept(&self) -> io::Result<Connection> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let stream = loop {
            match self.listener.accept().await {
                Ok((stream, _)) => break stream,
                Err(error) => {
                    warn!(%error, "failed to accept a connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            warn!(%error, "failed to set TCP_NODELAY");
        }
        Ok(Connection {
            stream,
            // A token of its own, so that connections do not contend for one lock.
            stopped: Box::pin(self.stopped.child_token().cancelled_owned()),
            _permit: permit.map_err(io::Error::other)?, // the semaphore is never closed
        })
    }
}

/// A connection that fails once the server has stopped.
pub(super) struct Connection {
    stream: TcpStream,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// Fails once the server has stopped. Checked by reads and writes alike, because a connection whose
    /// client takes no data is not read from.
    fn poll_open(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.stopped.as_mut().poll(context) {
            Poll::Pending => Ok(()),
            Poll::Ready(()) => Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the server has stopped",
            )),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_open(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_open(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_open(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
