//! TLS of the server: its certificate, the authority of its clients' certificates, and the handshake.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::verify_server_cert_signed_by_trust_anchor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::explain::explain;
use super::frames::{PREFACE_LEN, Reason, go_away, no_settings};
use super::reload::Contents;

/// The first byte of a TLS connection: the type of a handshake record.
const HANDSHAKE: u8 = 0x16;
/// The most that a client may send after the answer that it must use TLS, or that the handshake failed.
const MAX_UNREAD: u64 = 1 << 20;
/// What a client is told that speaks HTTP without TLS.
const USE_TLS: &str = "this server speaks TLS: use https";

/// Makes the configuration of TLS from PEM files: a chain of certificates, its key, and the
/// authorities of clients' certificates, which every client must then have.
///
/// # Errors
/// Says which file cannot be used.
pub(super) fn config(
    certificate: &Contents,
    key: &Contents,
    client_ca: Option<&Contents>,
) -> Result<ServerConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut authorities = RootCertStore::empty();
            for authority in certificates(file)? {
                let added = authorities.add(authority);
                added.map_err(|error| file.fault(error))?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider)
                    .build();
            builder.with_client_cert_verifier(verifier.map_err(|error| file.fault(error))?)
        }
    };
    let private = PrivateKeyDer::from_pem_slice(&key.bytes)
        .map_err(|_| key.fault("no private key in PEM form"))?;
    let mut config = builder
        .with_single_cert(certificates(certificate)?, private)
        .map_err(|error| {
            let (certificate, key) = (certificate.path.display(), key.path.display());
            format!("`{certificate}` and `{key}` are no certificate and its key: {error}")
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Checks that a certificate of the server is valid now: every client refuses one that is not.
///
/// # Errors
/// Says since when or until when it is not.
pub(super) fn check_validity(certificate: &Contents) -> Result<(), String> {
    let certificates = certificates(certificate)?;
    let verified = certificates.first().map_or(Ok(()), |first| {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(first)?,
            // Without authorities this always fails, but the validity is checked before.
            &RootCertStore::empty(),
            &[],
            UnixTime::now(),
            algorithms.all,
        )
    });
    match verified {
        Err(
            error @ Error::InvalidCertificate(
                CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYetContext { .. },
            ),
        ) => Err(certificate.fault(explain(&error).unwrap_or_else(|| error.to_string()))),
        _ => Ok(()),
    }
}

fn certificates(file: &Contents) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&file.bytes).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(file.fault("no certificate in PEM form")),
    }
}

/// Makes the handshake with a client. One that speaks HTTP in the clear is told to use TLS.
pub(super) async fn accept(
    config: Arc<ServerConfig>,
    mut stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    match stream.peek(&mut first).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ if first == [HANDSHAKE] => {
            let accepting = TlsAcceptor::from(config).accept(stream).into_fallible();
            match accepting.await {
                Ok(stream) => Ok(stream),
                Err((error, stream)) => {
                    // The alert has been written, and says why.
                    let _ = close(stream).await; // the client may be gone
                    Err(error)
                }
            }
        }
        _ => {
            let mut first = [0; PREFACE_LEN];
            stream.read_exact(&mut first).await?;
            let answer = match first.starts_with(b"PRI * HTTP/2.0") {
                true => {
                    let farewell = go_away(0, Reason::InadequateSecurity, USE_TLS);
                    [&no_settings()[..], &farewell].concat()
                }
                false => {
                    let length = USE_TLS.len();
                    format!(
                        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\
                         connection: close\r\n\r\n{USE_TLS}"
                    )
                    .into_bytes()
                }
            };
            stream.write_all(&answer).await?;
            close(stream).await?;
            let why = "the client speaks without TLS";
            Err(io::Error::new(io::ErrorKind::InvalidData, why))
        }
    }
}

/// Closes a connection whose client may still send: what is left unread when a socket is closed destroys what was
/// sent on it.
async fn close(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = stream.take(MAX_UNREAD);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}
