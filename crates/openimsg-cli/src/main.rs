//! The `imsg` command. Everything is in the library part, so that tests can call in.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(openimsg_cli::run(std::env::args_os()))
}
