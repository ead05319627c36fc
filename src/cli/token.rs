//! `wirecopy token`: makes access tokens.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use wirecopy::config::read_text;
use wirecopy::id::Collection;
use wirecopy::server::{NewToken, Permission};

use super::output;

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Make access tokens for a server
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    New(NewTokenArgs),
}

/// Make an access token
///
/// Prints the token on standard output: this once, because the server's file has its SHA-256 only. To
/// withdraw a token, remove its lines from the file; a running server notices within seconds.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy token new crawler --role write --file tokens.toml > crawler.token
  wirecopy token new desk --role read --collections news,sports --days 90 --file tokens.toml
  WIRECOPY_TOKEN=$(cat crawler.token) wirecopy ingest --server https://wirecopy.example:7717 a.jsonl")]
struct NewTokenArgs {
    /// The name of the token, which messages and logs call it by.
    name: String,
    /// What it allows: read (check, compare, watch), write (also ingest and remove), or admin (everything).
    #[arg(long, value_name = "ROLE", value_parser = permission)]
    role: Permission,
    /// The collections that it is for. Default: all.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = named_collection)]
    collections: Vec<Collection>,
    /// The number of days after which it expires. Default: it does not.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=36500))]
    days: Option<i64>,
    /// The most calls and articles a second. Default: as many as the server can.
    #[arg(long, value_name = "NUMBER")]
    per_second: Option<NonZeroU32>,
    /// The most calls and articles at once after a pause. Default: those of a second.
    #[arg(long, value_name = "NUMBER", requires = "per_second")]
    burst: Option<NonZeroU32>,
    /// The server's file of tokens, to which it is added. Default: print its lines on standard error.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

fn permission(name: &str) -> Result<Permission, serde::de::value::Error> {
    Permission::deserialize(name.into_deserializer())
}

/// Parses the name of a collection. An empty name is not the default collection, but a mistake of a script.
fn named_collection(name: &str) -> Result<Collection, String> {
    match name {
        "" => Err("the name of a collection is empty".to_owned()),
        name => Collection::parse(name).map_err(|why| why.to_string()),
    }
}

impl TokenArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let TokenCommand::New(command) = self.command;
        command.run()
    }
}

impl NewTokenArgs {
    fn run(self) -> Result<()> {
        let expires = self.days.map(|days| {
            let now = Timestamp::now().as_second();
            Timestamp::from_second(now + days * SECONDS_OF_A_DAY)
        });
        let new = NewToken {
            name: self.name,
            permission: self.role,
            collections: self.collections,
            expires: expires.transpose().context("--days")?,
            per_second: self.per_second,
            burst: self.burst,
        };
        let tokens = self
            .file
            .as_deref()
            .map_or(Ok(String::new()), read_tokens)?;
        let (token, lines) = new.issue(&tokens).map_err(|why| match &self.file {
            Some(file) => anyhow!("failed to add the token to `{}`: {why}", file.display()),
            None => anyhow!(why),
        })?;
        // Before it is stored: nobody could use a token that could not be printed.
        let mut out = output::stdout();
        writeln!(out, "{token}")?;
        out.flush()?;
        match &self.file {
            Some(file) => append(file, &lines)?,
            None => output::report(format_args!(
                "add these lines to the server's file of tokens:\n{lines}"
            )),
        }
        Ok(())
    }
}

/// Reads a file of tokens, if it is there.
fn read_tokens(file: &Path) -> Result<String> {
    match read_text(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("failed to read `{}`", file.display())),
    }
}

/// Adds lines to a file. A new one can be read by its owner only.
fn append(file: &Path, lines: &str) -> Result<()> {
    let failed = || {
        format!(
            "failed to add the token to `{}`: what was printed is of no use",
            file.display()
        )
    };
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file).with_context(failed)?;
    opened.write_all(lines.as_bytes()).with_context(failed)
}
