//! Many damaged files: the test of `tests/stg_mutations.rs`, with more seeds and optimised.

use crate::outcome::{Failure, Outcome};
use crate::run::{cargo, run};

const COUNT: u64 = 200_000;

pub(crate) fn run_many(args: &[String]) -> Outcome {
    let count = count(args)?;
    let mut command = cargo(&["test", "--release", "--package", "openimsg"]);
    command.args(["--test", "stg_mutations", "--", "--nocapture"]);
    command.env("OPENIMSG_MUTATIONS", count.to_string());
    // Numbers that overflow are finds too.
    command.env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true");
    run(&mut command)
}

fn count(args: &[String]) -> Outcome<u64> {
    match args {
        [] => Ok(COUNT),
        [number] => number.parse().map_err(|_| Failure::Usage(format!("`{number}` mutations?"))),
        _ => Err(Failure::Usage("one argument at most: how many mutations".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_hundred_thousand_unless_given() {
        assert_eq!(count(&[]).expect("default"), 200_000);
        assert_eq!(count(&["5".into()]).expect("number"), 5);
        assert_eq!(count(&["many".into()]).expect_err("no number").exit_code(), 2);
    }
}
