//! `wirecopy`: the server, its clients, and the whole job in one process.

mod cli;
mod cpu;

use std::process::ExitCode;

/// Exit code of a run that cannot begin: wrong arguments, or the wrong machine.
const CANNOT_BEGIN: u8 = 2;

/// Articles come and go in many small pieces, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(missing) = cpu::missing() {
        eprintln!(
            "wirecopy: this build needs processor instructions that this machine does not have: {missing}."
        );
        return ExitCode::from(CANNOT_BEGIN);
    }
    run()
}

// Apart from `main`, so that none of its instructions is moved before the check.
#[inline(never)]
fn run() -> ExitCode {
    cli::run()
}
