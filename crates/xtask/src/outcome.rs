//! How a check ends, and the small helper that reads its flags.

use crate::say::say;
use std::fmt;

/// What a check answers.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a check did not pass.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It found something, or could not do its work.
    Found(String),
    /// It was called with arguments it does not know.
    Usage(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Found(_) => 1,
            Failure::Usage(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Found(text) | Failure::Usage(text) => f.write_str(text),
        }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Failure {
        Failure::Found(text)
    }
}

/// The arguments, if each of them is one of `known`.
pub(crate) fn only_flags<'a>(args: &'a [String], known: &[&str]) -> Outcome<Vec<&'a str>> {
    match args.iter().find(|arg| !known.contains(&arg.as_str())) {
        Some(other) => Err(Failure::Usage(format!("unknown argument `{other}`"))),
        None => Ok(args.iter().map(String::as_str).collect()),
    }
}

/// Prints the problems a check found and turns them into its outcome.
pub(crate) fn report(problems: &[String]) -> Outcome {
    for problem in problems {
        say!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => Err(Failure::Found("1 problem".into())),
        many => Err(Failure::Found(format!("{many} problems"))),
    }
}
