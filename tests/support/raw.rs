//! A client that speaks HTTP/2 frame by frame, so that it can do what the clients of tonic never do.

#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::future::poll_fn;
use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request};
use prost::Message;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tonic::Status;

/// A connection.
pub struct RawClient {
    requests: SendRequest<Bytes>,
    /// Ends with the connection.
    pub connection: JoinHandle<()>,
}

impl RawClient {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        // Else a small frame waits 40 ms until the server has acknowledged the one before.
        stream.set_nodelay(true).unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        let connection = tokio::spawn(async { drop(connection.await) });
        Self {
            requests,
            connection,
        }
    }

    /// Begins a call with these headers beside the usual ones.
    pub async fn begin(&self, method: &str, headers: &[(&'static str, &str)]) -> RawCall {
        let path = format!("http://localhost/wirecopy.v1.Wirecopy/{method}");
        let mut request = Request::post(path)
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut requests = self.requests.clone().ready().await.unwrap();
        let request = request.body(()).unwrap();
        let (response, stream) = requests.send_request(request, false).unwrap();
        RawCall { response, stream }
    }

    /// Makes a call with these bytes as its body, and returns its status.
    pub async fn status(
        &self,
        method: &str,
        headers: &[(&'static str, &str)],
        body: &[u8],
    ) -> Status {
        let mut call = self.begin(method, headers).await;
        let _ = call.send(body, true).await;
        call.status().await
    }
}

/// A call. As long as nothing of the response is read, nothing of it is taken beyond the first 64 KiB.
pub struct RawCall {
    response: ResponseFuture,
    stream: SendStream<Bytes>,
}

impl RawCall {
    /// Sends bytes as the server takes them; an error if it does not take them all.
    pub async fn send(&mut self, bytes: &[u8], is_last: bool) -> Result<(), h2::Error> {
        let mut bytes = Bytes::copy_from_slice(bytes);
        while !bytes.is_empty() {
            self.stream.reserve_capacity(bytes.len());
            let capacity = match poll_fn(|context| self.stream.poll_capacity(context)).await {
                Some(capacity) => capacity?,
                None => return Err(h2::Reason::CANCEL.into()),
            };
            let part = bytes.split_to(capacity.min(bytes.len()));
            let ends = is_last && bytes.is_empty();
            self.stream.send_data(part, ends)?;
            if ends {
                return Ok(());
            }
        }
        match is_last {
            true => self.stream.send_data(Bytes::new(), true),
            false => Ok(()),
        }
    }

    /// Waits for the headers of the response; what follows stays unread.
    pub async fn unread(self) -> (HeaderMap, RecvStream, SendStream<Bytes>) {
        let (headers, body) = self.response.await.unwrap().into_parts();
        (headers.headers, body, self.stream)
    }

    /// Reads the response to its end, and returns its status.
    pub async fn status(self) -> Status {
        let (head, mut body) = self.response.await.unwrap().into_parts();
        if let Some(status) = Status::from_header_map(&head.headers) {
            return status;
        }
        while let Some(data) = body.data().await {
            let length = data.unwrap().len();
            body.flow_control().release_capacity(length).unwrap();
        }
        let trailers = body.trailers().await.unwrap().unwrap();
        Status::from_header_map(&trailers).unwrap()
    }
}

/// Returns bytes as one message of gRPC.
pub fn framed(is_compressed: bool, message: &[u8]) -> Vec<u8> {
    [
        &[u8::from(is_compressed)],
        &(message.len() as u32).to_be_bytes()[..],
        message,
    ]
    .concat()
}

/// Returns a message as it is sent.
pub fn encoded(message: &impl Message) -> Vec<u8> {
    framed(false, &message.encode_to_vec())
}
