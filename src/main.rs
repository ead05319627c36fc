//! The `wirecopy` program: the server, its clients, and clustering in one process.

mod cli;
mod cpu;

use std::process::ExitCode;

/// The exit code of a run that cannot start: invalid arguments, or an unsupported machine.
const CANNOT_BEGIN: u8 = 2;

/// Articles are allocated in many small pieces, on several threads.
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

// A separate function, so that none of its instructions is moved before the check.
#[inline(never)]
fn run() -> ExitCode {
    cli::run()
}
