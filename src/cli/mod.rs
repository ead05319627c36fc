//! The command line: arguments in, one call into the rooms below, words or JSON lines out.
//!
//! Results go to standard output; everything else (progress, faults, counts) to standard error.
//! Exit codes: 0 done, 1 the run failed, 2 the arguments or the configuration cannot be used.

mod check;
mod cluster;
mod compare;
mod demo;
mod extract;
mod furniture;
mod ingest;
mod input;
mod lines;
mod output;
mod publisher;
mod reindex;
mod remote;
mod serve;
mod settings;
mod show;
mod stats;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const ABOUT: &str = "Finds near-duplicate and syndicated articles: which are copies of one another, and who carried \
the text first.";

const EXAMPLES: &str = "\
Examples:
  wirecopy demo                          a small newswire through the real server, in a few seconds
  wirecopy cluster articles.jsonl.zst    the whole job in one process, one JSON line for each article
  wirecopy serve --data ./store          the server
  wirecopy ingest articles.jsonl         send articles to it
  wirecopy extract page.html             what of a page is the article
  wirecopy compare page.html story.txt   two files, and the passages they share

Input files are JSON lines, plain or .gz or .zst, one article each, with the fields id, url, title,
text, html, published, publisher, lang (all optional, but an id or a url is needed); or single .txt and
.html files, whose path is their id; `-` is standard input, as JSON lines.";

/// The arguments of the program.
#[derive(Debug, Parser)]
#[command(name = "wirecopy", version, about = ABOUT, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Ingest(ingest::Ingest),
    Check(check::Check),
    Compare(compare::Compare),
    Cluster(cluster::Cluster),
    Extract(extract::Extract),
    Publisher(publisher::Publisher),
    Furniture(furniture::Furniture),
    Stats(stats::Stats),
    Reindex(reindex::Reindex),
}

/// Reads the arguments and does what they say.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Ingest(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Compare(command) => command.run(),
        Command::Cluster(command) => command.run(),
        Command::Extract(command) => command.run(),
        Command::Publisher(command) => command.run(),
        Command::Furniture(command) => command.run(),
        Command::Stats(command) => command.run(),
        Command::Reindex(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough (`| head`).
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wirecopy: {error:#}");
            let unusable = error.is::<wirecopy::config::Error>();
            ExitCode::from(if unusable { 2 } else { 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
