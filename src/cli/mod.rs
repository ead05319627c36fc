//! The command line: parses arguments, calls the rooms below, and prints the results.
//!
//! Results go to standard output, everything else (progress, errors, counts) to standard error. Exit
//! codes: 0 success, 1 failure, 2 invalid arguments or configuration; `verify` has more.

mod check;
mod cluster;
mod collections;
mod compact;
mod compare;
mod dedup_warc;
mod demo;
mod export;
mod extract;
mod failure;
mod furniture;
mod ingest;
mod input;
mod lines;
mod log;
mod output;
mod publisher;
mod reindex;
mod remote;
mod repair;
mod restore;
mod results;
mod serve;
mod settings;
mod shell;
mod show;
mod show_config;
mod signals;
mod snapshot;
mod stats;
mod stream;
mod token;
mod verify;
mod webhook;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wirecopy::config;

const ABOUT: &str = "Finds near-duplicate and syndicated articles: which of them are copies of one another, and who \
carried the text first.";

const EXAMPLES: &str = "\
Examples:
  wirecopy demo                          send a small newswire through the real server
  wirecopy cluster articles.jsonl.zst    cluster files in one process, one JSON line per article
  wirecopy serve --data ./store          run the server
  wirecopy ingest articles.jsonl         send articles to the server
  wirecopy export -o clusters.parquet    write its clusters to a file
  wirecopy extract page.html             take the article out of a page
  wirecopy compare page.html story.txt   compare two files, and show the passages they share

Input files are JSON lines or CSV (plain, .gz or .zst) or Parquet, with the fields id, url, title, text, html, \
published, fetched, publisher, byline (or author), lang (all optional, except that id or url is required; other \
fields of JSON lines are reported), or other names for them (--text-field body); or the archives of a crawl (.warc, \
.wet, plain, .gz or .zst); or feeds (RSS, Atom and sitemaps of news: .xml, .rss, .atom, .rdf, or --feed); or single \
.txt and .html files, whose path is their id. `-` reads JSON lines from standard input.";

/// The arguments of the program.
#[derive(Debug, Parser)]
#[command(name = "wirecopy", version, about = ABOUT, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    Ingest(ingest::IngestArgs),
    Webhook(webhook::WebhookArgs),
    Check(check::CheckArgs),
    Compare(compare::CompareArgs),
    Cluster(cluster::ClusterArgs),
    Export(export::ExportArgs),
    DedupWarc(dedup_warc::DedupWarcArgs),
    Extract(extract::ExtractArgs),
    Publisher(publisher::PublisherArgs),
    Furniture(furniture::FurnitureArgs),
    Stats(stats::StatsArgs),
    Collections(collections::CollectionsArgs),
    Reindex(reindex::ReindexArgs),
    Verify(verify::VerifyArgs),
    Repair(repair::RepairArgs),
    Token(token::TokenArgs),
    Compact(compact::CompactArgs),
    Snapshot(snapshot::SnapshotArgs),
    Restore(restore::RestoreArgs),
    Config(show_config::ConfigArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Parses the arguments and runs the command.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Ingest(command) => command.run(),
        Command::Webhook(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Compare(command) => command.run(),
        Command::Cluster(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::DedupWarc(command) => command.run(),
        Command::Extract(command) => command.run(),
        Command::Publisher(command) => command.run(),
        Command::Furniture(command) => command.run(),
        Command::Stats(command) => command.run(),
        Command::Collections(command) => command.run(),
        Command::Reindex(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Repair(command) => command.run(),
        Command::Token(command) => command.run(),
        Command::Compact(command) => command.run(),
        Command::Snapshot(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has seen enough (`| head`).
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            log::report_failure(format_args!("{}", failure::line(&error)));
            if let Some(damage) = error.downcast_ref::<verify::DamageFound>() {
                return ExitCode::from(damage.code());
            }
            let is_invalid = match error.downcast_ref() {
                // A file that the configuration names is input, not configuration.
                Some(config::Error::Notices { .. }) => false,
                Some(_) => true,
                None => error.is::<failure::InvalidArguments>(),
            };
            ExitCode::from(if is_invalid { 2 } else { 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    /// A paragraph is one line, which is wrapped at the width of the terminal, or lines that fit any.
    #[test]
    fn help_is_not_wrapped_twice() {
        let command = Arguments::command();
        let commands = command.get_subcommands().chain([&command]);
        for command in commands.flat_map(|one| one.get_subcommands().chain([one])) {
            let texts = [
                command.get_about(),
                command.get_long_about(),
                command.get_after_help(),
                command.get_after_long_help(),
            ];
            for text in texts.into_iter().flatten().map(ToString::to_string) {
                let lines: Vec<&str> = text.lines().collect();
                for pair in lines.windows(2) {
                    let goes_on = !pair[1].is_empty() && !pair[1].starts_with(' ');
                    let is_long = pair[0].chars().count() > 80;
                    assert!(!(goes_on && is_long), "{}: {}", command.get_name(), pair[0]);
                }
            }
        }
    }
}
