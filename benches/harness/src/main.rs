//! `wirecopy-bench`: measures the speed of wirecopy, and the quality of what it finds.

mod eval;
mod hostile_cost;
mod load;
mod output;
mod params;
mod phrases;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use wirecopy_bench::memory::CountingAllocator;

/// The allocator of the server, so that measurements in this process are comparable.
#[global_allocator]
static ALLOCATOR: CountingAllocator<MiMalloc> = CountingAllocator(MiMalloc);

/// Measures wirecopy: its speed, and how much it finds
#[derive(Debug, Parser)]
#[command(
    name = "wirecopy-bench",
    version,
    after_help = "\
Examples:
  wirecopy-bench load --articles 1000000    send invented articles to a running server
  wirecopy-bench eval data/saudinewsnet     score a labelled set
  wirecopy-bench params --bands 20          how likely a pair is to be proposed"
)]
struct HarnessArgs {
    #[command(subcommand)]
    command: HarnessCommand,
}

#[derive(Debug, Subcommand)]
enum HarnessCommand {
    Load(load::LoadArgs),
    Eval(eval::EvalArgs),
    Hostile(hostile_cost::HostileArgs),
    Params(params::ParamsArgs),
    Phrases(phrases::PhrasesArgs),
}

fn main() -> ExitCode {
    let done = match HarnessArgs::parse().command {
        HarnessCommand::Load(command) => command.run(),
        HarnessCommand::Eval(command) => command.run(),
        HarnessCommand::Hostile(command) => command.run(),
        HarnessCommand::Params(command) => command.run(),
        HarnessCommand::Phrases(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wirecopy-bench: {error:#}");
            let is_unusable = error.is::<wirecopy::config::Error>();
            ExitCode::from(if is_unusable { 2 } else { 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::HarnessArgs::command().debug_assert();
    }
}
