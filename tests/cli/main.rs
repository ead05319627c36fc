//! The built program, run in temporary directories: its commands, and the files that it reads and writes.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

mod commands;
#[path = "../support/logged_server.rs"]
mod logged_server;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod warc;
#[path = "../support/work_dir.rs"]
mod work_dir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecopy");
