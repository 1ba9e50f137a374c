//! All gates in one go. Every gate runs even when an earlier one failed: one run
//! shows all there is to repair.

use crate::outcome::{Failure, Outcome, only_flags};
use crate::say::say;
use std::time::{Duration, Instant};

/// The gates and their arguments: quick ones first, so that their news comes early.
const GATES: &[(&str, &[&str])] = &[
    ("fmt", &[]),
    ("layers", &[]),
    ("sizes", &[]),
    ("links", &[]),
    ("spec", &[]),
    ("symbols", &[]),
    ("generate", &["--check"]),
    ("deny", &[]),
    ("clippy", &[]),
    ("doc", &[]),
    ("test", &[]),
];

/// How one gate went.
struct Ran {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

pub(crate) fn ci(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    let results: Vec<Ran> = GATES.iter().map(|(name, args)| pass(name, args)).collect();
    let (text, outcome) = summary(&results);
    say!("{text}");
    outcome
}

fn pass(name: &'static str, args: &[&str]) -> Ran {
    say!("\n== {name} ==");
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let start = Instant::now();
    let outcome = match crate::find(name) {
        Some(check) => (check.run)(&args),
        None => Err(Failure::Usage("this gate is not in the table of checks".into())),
    };
    Ran { name, outcome, took: start.elapsed() }
}

fn summary(results: &[Ran]) -> (String, Outcome) {
    let mut text = "\n== summary ==\n".to_owned();
    let mut failed = Vec::new();
    for Ran { name, outcome, took } in results {
        let verdict = match outcome {
            Ok(()) => "passed".to_owned(),
            Err(failure) => {
                failed.push(*name);
                format!("FAILED: {failure}")
            }
        };
        text += &format!("  {name:<9} {:>6.1} s  {verdict}\n", took.as_secs_f32());
    }
    text += &format!("{} of {} gates passed", results.len() - failed.len(), results.len());
    if failed.is_empty() {
        return (text, Ok(()));
    }
    (text, Err(Failure::Found(format!("failed: {}", failed.join(", ")))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gate_is_a_check_of_the_table() {
        for (name, _) in GATES {
            assert!(crate::find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn one_failed_gate_fails_the_whole_and_is_named() {
        let gate = |name, outcome| Ran { name, outcome, took: Duration::ZERO };
        let (text, outcome) = summary(&[gate("fmt", Ok(()))]);
        assert!(outcome.is_ok() && text.ends_with("1 of 1 gates passed"));
        let failed = gate("doc", Err(Failure::Found("broken link".into())));
        let (text, outcome) = summary(&[gate("fmt", Ok(())), failed]);
        assert_eq!(outcome.expect_err("doc failed").to_string(), "failed: doc");
        assert!(text.contains("FAILED: broken link") && text.ends_with("1 of 2 gates passed"));
    }
}
