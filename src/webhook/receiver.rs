//! Posts batches to a URL.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::batch::Batch;
use super::{Error, Secrets};
use crate::page::parse_date;
use crate::server::explain;

/// How much of an answer is read, so that the receiver can finish it.
const ANSWER_BYTES: usize = 64 << 10;

/// A URL that takes batches.
pub struct Receiver {
    url: Url,
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    timeout: Duration,
}

/// Shows scheme, host and port. The path may be a secret.
impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url.origin().ascii_serialization())
    }
}

/// Why a batch was not taken.
#[derive(Debug)]
pub(super) struct PostFailure {
    pub why: String,
    /// How long the receiver asks to wait.
    pub retry_after: Option<Duration>,
    /// The receiver does not want it to be sent again.
    pub is_final: bool,
}

impl Receiver {
    /// Prepares to post to a URL. `ca` has the authorities of its certificate in PEM form; without it, those of the
    /// system count. An answer must begin within `timeout`.
    ///
    /// # Errors
    /// Says what cannot be used, and does not quote the URL.
    pub fn new(url: &str, ca: Option<&[u8]>, timeout: Duration) -> Result<Self, Error> {
        let invalid = |why: &str| Error::Setting {
            what: "the URL of the webhook",
            why: why.to_owned(),
        };
        let url = Url::parse(url).map_err(|error| invalid(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                "it has a user or a password; batches are signed instead",
            ));
        }
        let is_tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(invalid("it is neither http nor https")),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err(invalid("it has no host")),
        };
        let tls = match is_tls {
            false => None,
            true => {
                let name = ServerName::try_from(host.clone());
                let name = name.map_err(|error| invalid(&error.to_string()))?;
                Some((TlsConnector::from(Arc::new(tls(ca)?)), name))
            }
        };
        let port = url.port_or_known_default().unwrap_or(443);
        Ok(Self {
            url,
            host,
            port,
            tls,
            timeout,
        })
    }

    /// Posts a batch. It is taken if the answer is a status of 2xx.
    pub(super) async fn post(&self, batch: &Batch, secrets: &Secrets) -> Result<(), PostFailure> {
        let failed = |why: String| PostFailure {
            why,
            retry_after: None,
            is_final: false,
        };
        let answered = timeout(self.timeout, self.send(batch, secrets)).await;
        let Ok(answered) = answered else {
            let seconds = self.timeout.as_secs_f64();
            return Err(failed(format!("no answer within {seconds} s")));
        };
        let (status, headers) = answered.map_err(failed)?;
        if status.is_success() {
            return Ok(());
        }
        let hint = match status {
            _ if status.is_redirection() => "; redirects are not followed",
            StatusCode::PAYLOAD_TOO_LARGE => "; a smaller --max-changes makes batches smaller",
            _ => "",
        };
        Err(PostFailure {
            why: format!("it answered {status}{hint}"),
            retry_after: retry_after(&headers),
            is_final: status == StatusCode::GONE,
        })
    }

    async fn send(
        &self,
        batch: &Batch,
        secrets: &Secrets,
    ) -> Result<(StatusCode, HeaderMap), String> {
        let request = self.request(batch, secrets)?;
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|error| format!("failed to connect: {error}"))?;
        let response = match &self.tls {
            None => exchange(stream, request).await?,
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                let stream =
                    stream.map_err(|error| explain(&error).unwrap_or_else(|| error.to_string()))?;
                exchange(stream, request).await?
            }
        };
        Ok(response)
    }

    fn request(&self, batch: &Batch, secrets: &Secrets) -> Result<Request<Full<Bytes>>, String> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let timestamp = now.unwrap_or_default().as_secs() as i64;
        let target = match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        };
        let host = match self.url.port() {
            Some(port) => format!("{}:{port}", self.url.host_str().unwrap_or_default()),
            None => self.url.host_str().unwrap_or_default().to_owned(),
        };
        let request = Request::post(target)
            .header(HOST, host)
            .header(USER_AGENT, concat!("wirecopy/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &batch.id)
            .header("webhook-timestamp", timestamp)
            .header(
                "webhook-signature",
                secrets.sign(&batch.id, timestamp, &batch.body),
            )
            .body(Full::new(batch.body.clone()));
        request.map_err(|error| error.to_string())
    }
}

/// Sends a request on a connection of its own, and returns the status and the headers of the answer.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, HeaderMap), String> {
    let failed = |error: hyper::Error| format!("the connection broke off: {error}");
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // Ended with this call.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let response: Response<Incoming> = sender.send_request(request).await.map_err(failed)?;
    let (head, body) = response.into_parts();
    // What the answer says does not count, nor whether it ends.
    let rest = Limited::new(body, ANSWER_BYTES).collect();
    let _ = timeout(Duration::from_secs(1), rest).await;
    Ok((head.status, head.headers))
}

/// Makes the configuration of TLS.
fn tls(ca: Option<&[u8]>) -> Result<ClientConfig, Error> {
    let invalid = |why: String| Error::Setting {
        what: "the authorities of the receiver",
        why,
    };
    let authorities: Vec<CertificateDer<'static>> = match ca {
        Some(pem) => CertificateDer::pem_slice_iter(pem)
            .filter_map(Result::ok)
            .collect(),
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(authorities);
    if added == 0 {
        return Err(invalid(match ca {
            Some(_) => "no certificate in PEM form".to_owned(),
            None => "the system has none".to_owned(),
        }));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Returns how long an answer asks to wait: in seconds, or until a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait_ms = parse_date(value)? - Timestamp::now().as_millisecond();
    u64::try_from(wait_ms).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_cannot_be_used_is_refused_and_not_quoted() {
        for (url, why) in [
            ("hooks.example/hidden", "relative URL"),
            ("ftp://hooks.example/hidden", "neither http nor https"),
            ("https://me:hidden@hooks.example/", "a user or a password"),
        ] {
            let Err(error) = Receiver::new(url, None, Duration::ZERO) else {
                panic!("{url} is taken");
            };
            let error = error.to_string();
            assert!(error.contains(why) && !error.contains("hidden"), "{error}");
        }
        let no_authority = Receiver::new("https://hooks.example/", Some(b"x"), Duration::ZERO);
        let error = no_authority.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("no certificate in PEM form"), "{error}");
    }

    #[test]
    fn only_the_origin_is_shown() {
        let url = "http://hooks.example:8080/services/hidden?key=hidden";
        let receiver = Receiver::new(url, None, Duration::ZERO).unwrap();
        assert_eq!(receiver.to_string(), "http://hooks.example:8080");
    }

    #[test]
    fn retry_after_is_in_seconds_or_a_date() {
        let wait = |value: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            retry_after(&headers)
        };
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("Mon, 05 Jan 2015 08:00:00 GMT"), None);
        let later = wait("Mon, 05 Jan 2099 08:00:00 GMT").unwrap();
        assert!(later > Duration::from_secs(1 << 30), "{later:?}");
    }
}
