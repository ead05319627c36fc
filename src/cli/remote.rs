//! Calls to a server.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tonic::{Response, Status, Streaming};
use wirecopy::config::read_bytes;
use wirecopy::server::client::{AuthorizedChannel, Target};
use wirecopy::server::explain;
use wirecopy::server::proto::admin_client::AdminClient;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;

/// The environment variable that may hold an access token. Not an argument: other users of the machine
/// can see those.
const TOKEN: &str = "WIRECOPY_TOKEN";

/// The arguments of every command that talks to a server.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The address of the server: http://HOST:PORT, or https://HOST:PORT if it speaks TLS.
    #[arg(
        long,
        value_name = "URL",
        env = "WIRECOPY_SERVER",
        default_value = "http://127.0.0.1:7717"
    )]
    server: String,
    #[command(flatten)]
    credentials: CredentialArgs,
}

impl ServerArgs {
    /// Returns the server with what it asks for.
    pub fn target(&self) -> Result<Target> {
        self.credentials.target(&self.server)
    }
}

/// What a server may ask for.
#[derive(Debug, Args)]
pub struct CredentialArgs {
    /// Trust the authorities in this file (PEM) instead of those of the system.
    #[arg(long, value_name = "FILE", env = "WIRECOPY_CA")]
    ca: Option<PathBuf>,
    /// The certificate of this client (PEM), if the server asks for one.
    #[arg(long, value_name = "FILE", env = "WIRECOPY_CERT", requires = "key")]
    cert: Option<PathBuf>,
    /// The key of the certificate (PEM).
    #[arg(long, value_name = "FILE", env = "WIRECOPY_KEY", requires = "cert")]
    key: Option<PathBuf>,
    /// Read the access token from this file. Default: the environment variable WIRECOPY_TOKEN, if set.
    #[arg(long, value_name = "FILE", env = "WIRECOPY_TOKEN_FILE")]
    token_file: Option<PathBuf>,
}

impl CredentialArgs {
    /// Returns a server with what it asks for.
    pub fn target(&self, url: &str) -> Result<Target> {
        let identity = match (&self.cert, &self.key) {
            (Some(certificate), Some(key)) => Some((read(certificate)?, read(key)?)),
            _ => None,
        };
        Ok(Target {
            url: url.to_owned(),
            ca: self
                .ca
                .as_deref()
                .map(read)
                .transpose()?
                .unwrap_or_default(),
            identity,
            token: self.token()?,
        })
    }

    fn token(&self) -> Result<Option<String>> {
        let token = match &self.token_file {
            None => std::env::var(TOKEN).ok(),
            Some(file) => {
                let token = String::from_utf8(read(file)?).unwrap_or_default();
                if token.split_whitespace().count() != 1 {
                    bail!("`{}` does not hold one access token", file.display());
                }
                Some(token)
            }
        };
        Ok(token
            .map(|token| token.trim().to_owned())
            .filter(|token| !token.is_empty()))
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    read_bytes(file).with_context(|| format!("failed to read `{}`", file.display()))
}

/// Runs a future to completion.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the asynchronous runtime")?
        .block_on(work)
}

/// Connects to a server and makes one call; `failed` says what failed if it does.
pub fn call<T>(
    target: &Target,
    failed: &'static str,
    call: impl AsyncFnOnce(WirecopyClient<AuthorizedChannel>) -> Result<Response<T>, Status>,
) -> Result<T> {
    block_on(async {
        let client = target.connect().await?;
        Ok(call(client).await.context(failed)?.into_inner())
    })
}

/// Connects to the administration of a server and makes one call, as [`call`] does.
pub fn call_admin<T>(
    target: &Target,
    failed: &'static str,
    call: impl AsyncFnOnce(AdminClient<AuthorizedChannel>) -> Result<Response<T>, Status>,
) -> Result<T> {
    block_on(async {
        let client = target.connect_admin().await?;
        Ok(call(client).await.context(failed)?.into_inner())
    })
}

/// Makes a call to the administration of a server that sends messages until it is done, and returns the last
/// one, which must be `is_finished`.
pub fn call_late<T>(
    target: &Target,
    failed: &'static str,
    is_finished: impl Fn(&T) -> bool,
    call: impl AsyncFnOnce(AdminClient<AuthorizedChannel>) -> Result<Response<Streaming<T>>, Status>,
) -> Result<T> {
    block_on(async {
        let client = target.connect_admin().await?;
        let mut replies = call(client).await.context(failed)?.into_inner();
        let mut last = None;
        while let Some(reply) = replies.message().await.context(failed)? {
            last = Some(reply);
        }
        let last = last.filter(is_finished);
        last.context("the server ended the call before it was done")
            .context(failed)
    })
}

/// Returns what a status says to people.
pub fn of_status(status: &Status) -> String {
    explain(status).unwrap_or_else(|| match status.message() {
        "" => status.code().to_string(),
        // What hyper says of a connection that ended before its first reply.
        "operation was canceled" => {
            "the server closed the connection before it answered: it may speak TLS (use https), or ask for a client \
             certificate (--cert and --key)"
                .to_owned()
        }
        // No server says this, but the library of HTTP/2.
        message if message.starts_with("h2 protocol error") => {
            "the connection broke, or what answers at this address is not wirecopy".to_owned()
        }
        message => message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_says_is_not_said_to_people() {
        let check = |message: &str, words: &str| {
            let said = of_status(&Status::unknown(message));
            assert!(said.contains(words), "{said}");
        };
        check("h2 protocol error: http2 error", "is not wirecopy");
        let broken = "h2 protocol error: error reading a body from connection";
        check(broken, "the connection broke");
        check("operation was canceled", "--cert");
        check("no article `x`", "no article `x`");
    }
}
