//! Connects to a server, with settings that match its limits.

use std::error::Error as StdError;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

use super::explain::explain;
use super::proto::admin_client::AdminClient;
use super::proto::wirecopy_client::WirecopyClient;

/// The largest reply accepted: a page of a thousand members with the longest fields.
const MAX_REPLY_BYTES: usize = 64 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why no connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not a URL that the client supports.
    #[error("`{url}` is not an address such as `http://127.0.0.1:7717`")]
    Address {
        /// The address given.
        url: String,
    },
    /// A certificate, a key or the token cannot be used.
    #[error("{what} cannot be used: {why}")]
    Credentials {
        /// Which of them.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// No server answers at the address.
    #[error("failed to connect to `{url}`: {why}")]
    Connect {
        /// The address.
        url: String,
        /// The innermost cause, usually an error of the operating system.
        why: String,
    },
}

/// A connection that brings the access token with every call.
pub type AuthorizedChannel = InterceptedService<Channel, Bearer>;

/// Adds the access token to calls, if there is one.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            let metadata = request.metadata_mut();
            metadata.insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// A server, and what it asks of its clients.
#[derive(Clone, Default)]
pub struct Target {
    /// Its address; without a scheme, `http`.
    pub url: String,
    /// The authorities of its certificate, in PEM form. Empty: those of the system.
    pub ca: Vec<u8>,
    /// The certificate and the key of this client, in PEM form.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The access token.
    pub token: Option<String>,
}

/// Connects to a server that asks for nothing.
///
/// # Errors
/// Returns the address and the reason.
pub async fn connect(url: &str) -> Result<WirecopyClient<AuthorizedChannel>, Error> {
    let target = Target {
        url: url.to_owned(),
        ..Target::default()
    };
    target.connect().await
}

impl Target {
    /// Connects to the server.
    ///
    /// # Errors
    /// Returns what cannot be used, or the address and the reason.
    pub async fn connect(&self) -> Result<WirecopyClient<AuthorizedChannel>, Error> {
        let channel = self.channel().await?;
        Ok(WirecopyClient::new(channel).max_decoding_message_size(MAX_REPLY_BYTES))
    }

    /// Connects to the administration of the server.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_admin(&self) -> Result<AdminClient<AuthorizedChannel>, Error> {
        let channel = self.channel().await?;
        Ok(AdminClient::new(channel).max_decoding_message_size(MAX_REPLY_BYTES))
    }

    async fn channel(&self) -> Result<AuthorizedChannel, Error> {
        let bearer = self.bearer()?;
        let endpoint = self.endpoint()?;
        let channel = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .connect()
            .await
            .map_err(|error| {
                let url = self.full_url();
                let why = explain(&error).unwrap_or_else(|| innermost(&error));
                Error::Connect { url, why }
            })?;
        Ok(InterceptedService::new(channel, bearer))
    }

    fn full_url(&self) -> String {
        match self.url.contains("://") {
            true => self.url.clone(),
            false => format!("http://{}", self.url),
        }
    }

    fn endpoint(&self) -> Result<Endpoint, Error> {
        let url = self.full_url();
        let Ok(endpoint) = Endpoint::from_shared(url.clone()) else {
            return Err(Error::Address { url });
        };
        match endpoint.uri().scheme_str() {
            Some("http") => Ok(endpoint),
            Some("https") => {
                let endpoint = endpoint.tls_config(self.tls()?);
                endpoint.map_err(|error| Error::Credentials {
                    what: "the certificates",
                    why: innermost(&error),
                })
            }
            _ => Err(Error::Address { url }),
        }
    }

    fn tls(&self) -> Result<ClientTlsConfig, Error> {
        let mut config = ClientTlsConfig::new().timeout(CONNECT_TIMEOUT);
        config = match self.ca.is_empty() {
            true => config.with_native_roots(),
            false => {
                check_certificates("the certificate of the authority", &self.ca)?;
                config.ca_certificate(Certificate::from_pem(&self.ca))
            }
        };
        if let Some((certificate, key)) = &self.identity {
            check_certificates("the client certificate", certificate)?;
            let parsed = PrivateKeyDer::from_pem_slice(key);
            parsed.map_err(|_| Error::Credentials {
                what: "the key of the client certificate",
                why: "no private key in PEM form".to_owned(),
            })?;
            config = config.identity(Identity::from_pem(certificate, key));
        }
        Ok(config)
    }

    fn bearer(&self) -> Result<Bearer, Error> {
        let Some(token) = &self.token else {
            return Ok(Bearer(None));
        };
        let value = format!("Bearer {}", token.trim()).parse();
        let mut value: MetadataValue<Ascii> = value.map_err(|_| Error::Credentials {
            what: "the access token",
            why: "it has characters other than ASCII".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok(Bearer(Some(value)))
    }
}

/// Checks that a file has certificates: a file without any would be used as if it were trusted by none.
fn check_certificates(what: &'static str, pem: &[u8]) -> Result<(), Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(()),
        _ => Err(Error::Credentials {
            what,
            why: "no certificate in PEM form".to_owned(),
        }),
    }
}

/// Returns the innermost cause: tonic's own message is only "transport error".
fn innermost(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
