//! The gates that are cargo's own commands: fmt, clippy, doc, test.

use crate::outcome::{Outcome, only_flags};
use crate::run::{cargo, run};

pub(crate) fn fmt(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

pub(crate) fn clippy(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-Dwarnings"]))
}

pub(crate) fn doc(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    run(command.env("RUSTDOCFLAGS", "-Dwarnings"))
}

/// Further arguments go to `cargo test`, so that one test can be run by name.
pub(crate) fn test(args: &[String]) -> Outcome {
    run(cargo(&["test", "--workspace", "--locked"]).args(args))
}
