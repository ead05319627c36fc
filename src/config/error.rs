//! Errors of the configuration.

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
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file is not a valid configuration.
    #[error("failed to parse the configuration `{path}`: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// The position, and what is wrong there, in one line.
        why: String,
    },
    /// An environment variable or an assignment has an unknown key or an invalid value.
    #[error("failed to apply the setting `{name}`: {why}")]
    Setting {
        /// The variable or the key.
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
    /// A value is out of range.
    #[error("configuration, section `{section}`: {why}")]
    Invalid {
        /// The section.
        section: &'static str,
        /// What is wrong with the value.
        why: String,
    },
    /// The server would be open to other machines.
    #[error(
        "refusing to listen on {listen}: other machines could reach it, and {missing}; set what is missing (see \
         config/wirecopy.toml), listen on 127.0.0.1, or pass --insecure if the network itself is protected"
    )]
    Exposed {
        /// The address.
        listen: SocketAddr,
        /// What is not set.
        missing: &'static str,
    },
}
