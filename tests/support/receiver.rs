//! A receiver of webhooks on the loopback interface, which answers as a test says.

#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::BASE64;
use ring::hmac;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The bytes of the secret that all tests use, and the secret.
const KEY: [u8; 24] = [7; 24];

pub fn secret() -> String {
    format!("whsec_{}", BASE64.encode(&KEY))
}

/// How a receiver answers a request.
#[derive(Debug, Clone)]
pub enum ScriptedAnswer {
    /// With a status line and headers, each with its line end.
    Head(&'static str),
    /// Not at all, for a time.
    Late(Duration),
    /// Not at all: it closes the connection.
    Close,
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub struct Post {
    pub line: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Post {
    /// The changes in the body.
    pub fn changes(&self) -> Vec<Value> {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body["data"]["changes"].as_array().unwrap().clone()
    }

    /// Whether one of the signatures is that of the secret.
    pub fn is_signed(&self) -> bool {
        let (id, time) = (
            &self.headers["webhook-id"],
            &self.headers["webhook-timestamp"],
        );
        let signed = [format!("{id}.{time}.").as_bytes(), &self.body].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &KEY);
        let mut signatures = self.headers["webhook-signature"].split(' ');
        signatures.any(|signature| {
            let signature = BASE64.decode(signature.strip_prefix("v1,").unwrap().as_bytes());
            hmac::verify(&key, &signed, &signature.unwrap()).is_ok()
        })
    }
}

/// What a receiver got, and how it answers.
#[derive(Default)]
struct Received {
    posts: Vec<Post>,
    answers: VecDeque<ScriptedAnswer>,
    /// When there are no more answers. `None`: 204.
    last: Option<ScriptedAnswer>,
}

/// A receiver that runs until its runtime ends.
pub struct TestReceiver {
    pub address: SocketAddr,
    exchange: Arc<Mutex<Received>>,
}

impl TestReceiver {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), None).await
    }

    /// Starts one at an address, with TLS if there is an acceptor.
    pub async fn start_at(address: SocketAddr, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            exchange: Arc::default(),
        };
        let exchange = Arc::clone(&receiver.exchange);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (exchange, tls) = (Arc::clone(&exchange), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, exchange).await,
                        Some(tls) => {
                            // Otherwise it is not trusted.
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, exchange).await;
                            }
                        }
                    }
                });
            }
        });
        receiver
    }

    /// Answers so from now on, in this order, and then with 204.
    pub fn answer(&self, answers: impl IntoIterator<Item = ScriptedAnswer>) {
        let mut exchange = self.exchange.lock().unwrap();
        exchange.answers = answers.into_iter().collect();
        exchange.last = None;
    }

    /// Answers so to all from now on.
    pub fn always(&self, answer: ScriptedAnswer) {
        self.exchange.lock().unwrap().last = Some(answer);
    }

    /// What was received so far.
    pub fn posts(&self) -> Vec<Post> {
        self.exchange.lock().unwrap().posts.clone()
    }

    /// Waits until something is so of what was received, and returns it all.
    pub async fn wait_for(&self, is_so: impl Fn(&[Post]) -> bool) -> Vec<Post> {
        for _ in 0..3000 {
            let posts = self.posts();
            if is_so(&posts) {
                return posts;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not received: {:#?}", self.posts());
    }
}

/// Answers one request.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, exchange: Arc<Mutex<Received>>) {
    let mut received = Vec::new();
    let head_end = loop {
        if let Some(at) = received.windows(4).position(|end| end == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut received).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let head = String::from_utf8(received[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    let headers: BTreeMap<String, String> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut body = received.split_off(head_end + 4);
    let length: usize = headers["content-length"].parse().unwrap();
    while body.len() < length {
        if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let answer = {
        let mut exchange = exchange.lock().unwrap();
        exchange.posts.push(Post {
            line,
            headers,
            body,
        });
        let next = exchange.answers.pop_front();
        next.or_else(|| exchange.last.clone())
    };
    match answer.unwrap_or(ScriptedAnswer::Head("204 No Content\r\n")) {
        ScriptedAnswer::Head(head) => {
            let answer = format!("HTTP/1.1 {head}content-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.flush().await;
        }
        ScriptedAnswer::Late(late) => tokio::time::sleep(late).await,
        ScriptedAnswer::Close => {}
    }
}
