//! Connects to a server, with settings that match its limits.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

use super::proto::wirecopy_client::WirecopyClient;

/// The largest reply accepted: a page of a thousand members with the longest fields.
const MAX_REPLY_BYTES: usize = 64 << 20;

/// Why no connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not a URL that the client supports.
    #[error("`{url}` is not an address such as `http://127.0.0.1:7717`")]
    Address {
        /// The address given.
        url: String,
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

/// Connects to a server. Without a scheme, `url` means `http`.
///
/// # Errors
/// Returns the address and the reason.
pub async fn connect(url: &str) -> Result<WirecopyClient<Channel>, Error> {
    let url = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    let endpoint = match Endpoint::from_shared(url.clone()) {
        Ok(endpoint) if endpoint.uri().scheme_str() == Some("http") => endpoint,
        _ => return Err(Error::Address { url }),
    };
    let channel = endpoint
        .connect_timeout(Duration::from_secs(10))
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10))
        .connect()
        .await
        .map_err(|error| {
            // tonic's own message is only "transport error".
            let mut cause: &dyn std::error::Error = &error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            let why = cause.to_string();
            Error::Connect { url, why }
        })?;
    Ok(WirecopyClient::new(channel).max_decoding_message_size(MAX_REPLY_BYTES))
}
