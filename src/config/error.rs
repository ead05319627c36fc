//! What can be wrong with a configuration.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("failed to read the configuration `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not what a configuration looks like.
    #[error("failed to parse the configuration `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Where, and what was expected.
        source: Box<toml::de::Error>,
    },
    /// A variable of the environment has no such key, or not such a value.
    #[error("failed to take `{name}` from the environment: {why}")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file of notices cannot be read.
    #[error("failed to read the notices in `{path}`: {why}")]
    Notices {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A value that cannot be worked with.
    #[error("configuration, section `{section}`: {why}")]
    Invalid {
        /// The section at fault.
        section: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The server would be open to other machines.
    #[error(
        "refusing to listen on {listen}: other machines could reach it, and there are no access tokens yet, so anyone \
         could read and delete articles; listen on 127.0.0.1, or say --insecure where the network itself is guarded"
    )]
    Exposed {
        /// Where it was to listen.
        listen: SocketAddr,
    },
}
