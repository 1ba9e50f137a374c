//! Every check of the project, by name: `cargo xtask NAME`.
//!
//! CI runs these names and no others, so that what passes here passes there. The
//! table below is the whole list; each check is one file (or folder) beside this
//! one. Nothing has to be installed but Rust: a check that can use more says what
//! it found and what it skips.
//!
//! Exit code: 0 the check passed, 1 it found something, 2 it was called wrongly.

mod batch;
mod ci;
mod corpus;
mod deny;
mod files;
mod fuzz;
mod gates;
mod generate;
mod install;
mod layers;
mod lex;
mod links;
mod mails;
mod metadata;
mod mutations;
mod outcome;
mod peers;
mod programs;
mod run;
mod sanitize;
mod say;
mod sizes;
mod spec;
mod symbols;
mod windows;

use outcome::{Failure, Outcome};
use say::say;
use std::process::ExitCode;

/// One check: the name to call it by, what it does, and the function that does it.
struct Check {
    name: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Outcome,
}

static CHECKS: &[Check] = &[
    Check { name: "ci", help: "every gate, then a summary", run: ci::ci },
    Check { name: "fmt", help: "the formatting is rustfmt's", run: gates::fmt },
    Check { name: "clippy", help: "no lint fires, warnings denied", run: gates::clippy },
    Check { name: "doc", help: "the documentation builds, warnings denied", run: gates::doc },
    Check { name: "test", help: "all tests [arguments of cargo test]", run: gates::test },
    Check { name: "layers", help: "no module uses a layer above it", run: layers::check },
    Check { name: "sizes", help: "no hand-written file over 500 lines", run: sizes::check },
    Check { name: "links", help: "relative links in *.md lead somewhere", run: links::check },
    Check {
        name: "spec",
        help: "statements that tests name [--missing] [--bare]",
        run: spec::check,
    },
    Check {
        name: "symbols",
        help: "names that the C library exports [--update]",
        run: symbols::check,
    },
    Check { name: "deny", help: "licences and sources of dependencies", run: deny::check },
    Check { name: "generate", help: "files made from tables [--check]", run: generate_files },
    Check { name: "corpus", help: "dumps of real files against the truth", run: corpus::check },
    Check { name: "peers", help: "other readers on .msg files: DIR [-v]", run: peers::check },
    Check {
        name: "peers-storage",
        help: "our compound files before other readers [DIR] [--huge]",
        run: peers::storage,
    },
    Check {
        name: "mails",
        help: "mails of real messages, and messages of real mails, before other programs",
        run: mails::check,
    },
    Check {
        name: "mutations",
        help: "damaged files, read, edited and salvaged [N]",
        run: mutations::run_many,
    },
    Check {
        name: "batch",
        help: "N messages converted, killed half-way and resumed; speed and memory [N]",
        run: batch::check,
    },
    Check {
        name: "install",
        help: "the C library: --prefix P [--debug] [--destdir D] [--libraries DIR]",
        run: install::install,
    },
    Check {
        name: "sanitize",
        help: "the C programs under AddressSanitizer and valgrind",
        run: sanitize::check,
    },
    Check { name: "windows", help: "the C library under Wine", run: windows::check },
    Check { name: "fuzz-smoke", help: "each fuzz target for [SECONDS]", run: fuzz::smoke },
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "help".into());
    let rest: Vec<String> = args.collect();
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print_help();
        return ExitCode::SUCCESS;
    }
    let outcome = match find(&name) {
        Some(check) => (check.run)(&rest),
        None => Err(Failure::Usage("no such check; `cargo xtask help` lists them".into())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {name}: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn find(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

fn print_help() {
    say!("cargo xtask NAME [arguments]\n");
    for check in CHECKS {
        say!("  {:<13} {}", check.name, check.help);
    }
}

fn generate_files(args: &[String]) -> Outcome {
    let check = outcome::only_flags(args, &["--check"])?.contains(&"--check");
    Ok(generate::tags(check)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_found_by_its_own_name() {
        for check in CHECKS {
            assert!(find(check.name).is_some_and(|found| std::ptr::eq(found, check)));
        }
        assert!(find("nonsense").is_none());
    }
}
