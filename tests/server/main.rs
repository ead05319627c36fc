//! What the server answers, over gRPC, over HTTP, and to the commands of its operators.
//!
//! One program, because each that has clients of gRPC takes long to build. What measures the server or kills it is
//! apart: `connections`, `memory`, `faults` and `kill`.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

mod access;
mod admin;
mod batches;
#[path = "../support/certificates.rs"]
mod certificates;
mod clients;
mod grpc;
mod http;
#[path = "../support/http.rs"]
mod http_client;
#[path = "../support/raw.rs"]
mod raw;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/work_dir.rs"]
mod work_dir;

use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecopy");

/// Longer than any step takes, and short enough to wait for when a test hangs.
const PATIENCE: Duration = Duration::from_secs(20);
