//! Each fuzz target for a few seconds: does it still build, does it stand a little.

use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::run::{cargo, run, works};
use crate::say::say;

const SECONDS: u32 = 20;

pub(crate) fn smoke(args: &[String]) -> Outcome {
    let seconds = seconds(args)?;
    let targets = files::under("fuzz/fuzz_targets", &["rs"]);
    if targets.is_empty() {
        say!("fuzz-smoke: skipped, there is no target under fuzz/fuzz_targets");
        return Ok(());
    }
    if !works(&mut cargo(&["fuzz", "--version"])) {
        say!("fuzz-smoke: skipped, cargo-fuzz is not installed");
        return Ok(());
    }
    for path in &targets {
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
        let mut command = cargo(&["fuzz", "run", name, "--"]);
        // The sanitizer needs an unstable flag, which the stable compiler takes so.
        command.env("RUSTC_BOOTSTRAP", "1").arg(format!("-max_total_time={seconds}"));
        run(&mut command)?;
    }
    Ok(())
}

fn seconds(args: &[String]) -> Outcome<u32> {
    match args {
        [] => Ok(SECONDS),
        [number] => number.parse().map_err(|_| Failure::Usage(format!("`{number}` seconds?"))),
        _ => Err(Failure::Usage("one argument at most: seconds for each target".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_twenty_seconds_unless_given() {
        assert_eq!(seconds(&[]).expect("default"), 20);
        assert_eq!(seconds(&["5".into()]).expect("number"), 5);
        assert_eq!(seconds(&["soon".into()]).expect_err("no number").exit_code(), 2);
    }
}
