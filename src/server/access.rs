//! Who may connect: the files of certificates and access tokens.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::tokens::Tokens;
use super::{reload, tls};

/// The files that decide who may connect; `config/wirecopy.toml` documents them as settings. An empty
/// path stands for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The certificate of the server, and those between it and an authority (PEM).
    pub certificate: PathBuf,
    /// The key of the certificate (PEM).
    pub key: PathBuf,
    /// The authorities of clients' certificates (PEM). If set, every client must have one.
    pub client_ca: PathBuf,
    /// The access tokens. If set, every call must have one.
    pub tokens: PathBuf,
    /// Whether the network itself is protected: without TLS and access tokens, the server may then listen on an
    /// address that other machines can reach, and be asked by any name over HTTP.
    pub insecure: bool,
    /// How often the files are compared with what was read, in milliseconds.
    pub reload_ms: u64,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            client_ca: PathBuf::new(),
            tokens: PathBuf::new(),
            insecure: false,
            reload_ms: 5000,
        }
    }
}

/// A receiver of a value that is read from files, if there are any.
type Reloaded<T> = Option<watch::Receiver<Arc<T>>>;

impl Access {
    /// Checks that the files belong together.
    ///
    /// # Errors
    /// Names the setting that is missing or out of range.
    pub fn validate(&self) -> Result<(), String> {
        let missing = |setting, of| Err(format!("{setting} is not set, but {of} is"));
        let is_set = |path: &Path| !path.as_os_str().is_empty();
        match (is_set(&self.certificate), is_set(&self.key)) {
            (true, false) => missing("key", "certificate"),
            (false, true) => missing("certificate", "key"),
            (false, false) if is_set(&self.client_ca) => missing("certificate", "client_ca"),
            _ if self.reload_ms == 0 => Err("reload_ms is 0, but must be at least 1".to_owned()),
            _ => Ok(()),
        }
    }

    /// Returns whether connections are under TLS.
    pub fn has_tls(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    /// Returns whether every call must have an access token.
    pub fn has_tokens(&self) -> bool {
        !self.tokens.as_os_str().is_empty()
    }

    /// Returns whether requests over HTTP may name any host; if not, only addresses and localhost, so that no page
    /// of another site can pass for one of this server.
    pub(super) fn takes_any_host(&self) -> bool {
        self.insecure || self.has_tls() || self.has_tokens()
    }

    /// Reads the certificates, and again when they change.
    pub(super) async fn tls(
        &self,
        stopped: &CancellationToken,
    ) -> Result<Reloaded<ServerConfig>, String> {
        if !self.has_tls() {
            return Ok(None);
        }
        let mut files = vec![self.certificate.clone(), self.key.clone()];
        if !self.client_ca.as_os_str().is_empty() {
            files.push(self.client_ca.clone());
        }
        let parse = |files: &[reload::Contents], former: Option<&ServerConfig>| {
            let config = tls::config(&files[0], &files[1], files.get(2))?;
            match (tls::check_validity(&files[0]), former) {
                (Err(why), Some(_)) => return Err(why),
                // A wrong clock must not keep the server from its other clients.
                (Err(why), None) => warn!("clients will refuse the certificate: {why}"),
                (Ok(()), _) => {}
            }
            Ok(config)
        };
        let started = reload::start(
            "certificates",
            files,
            self.interval(),
            stopped.clone(),
            parse,
        );
        started.await.map(Some)
    }

    /// Reads the access tokens, and again when they change.
    pub(super) async fn tokens(
        &self,
        stopped: &CancellationToken,
    ) -> Result<Reloaded<Tokens>, String> {
        if !self.has_tokens() {
            return Ok(None);
        }
        let parse = |files: &[reload::Contents], former: Option<&Tokens>| {
            let text = String::from_utf8_lossy(&files[0].bytes);
            Tokens::parse(&text, former).map_err(|why| files[0].fault(why))
        };
        let files = vec![self.tokens.clone()];
        let started = reload::start(
            "access tokens",
            files,
            self.interval(),
            stopped.clone(),
            parse,
        );
        started.await.map(Some)
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(self.reload_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_belong_together_are_asked_for() {
        let check = |change: fn(&mut Access), missing: &str| {
            let mut access = Access::default();
            change(&mut access);
            let fault = access.validate().expect_err(missing);
            assert!(fault.starts_with(missing), "{fault}");
        };
        assert_eq!(Access::default().validate(), Ok(()));
        check(|access| access.certificate = "a".into(), "key");
        check(|access| access.key = "a".into(), "certificate");
        check(|access| access.client_ca = "a".into(), "certificate");
        check(|access| access.reload_ms = 0, "reload_ms");
    }
}
