//! Which statements of the specifications have a test that names them.
//!
//! `docs/spec-ids.txt` lists every id there is, so this runs without the
//! specifications. A test names what it proves in its doc line: `Spec:` and ids
//! between commas. The check fails on a claim that proves nothing (an id that does
//! not exist, a range, a line that stands over no test), not on a statement that
//! has no test yet: `--missing` lists those, `--bare` the tests without statement.

mod claim;
mod foreign;
mod rust;

use crate::files;
use crate::outcome::{Outcome, only_flags, report};
use crate::say::say;
use std::collections::BTreeSet;

const IDS: &str = "docs/spec-ids.txt";
/// The statements are about the product, not about its checks.
const OURSELVES: &str = "crates/xtask/";

/// What one source file says about statements.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Each test: where it is and which ids it names.
    tests: Vec<Test>,
    /// Ids named by anything else, with the line: they must exist, and prove nothing.
    mentions: Vec<(usize, String)>,
    /// Claims that are wrong by their form or place.
    problems: Vec<(usize, String)>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Test {
    line: usize,
    name: String,
    ids: Vec<String>,
    /// An ignored test cannot fail, so it proves nothing.
    ignored: bool,
}

pub(crate) fn check(args: &[String]) -> Outcome {
    let flags = only_flags(args, &["--missing", "--bare"])?;
    let text = files::read(IDS)?;
    let ids: Vec<&str> = text.lines().collect();
    let mut proven = BTreeSet::new();
    let mut problems = list_problems(&ids);
    let (mut tests, mut bare) = (0, Vec::new());
    let sources = files::under("", &["rs", "c", "cc", "cpp", "py"]);
    for path in sources.into_iter().filter(|path| !path.starts_with(OURSELVES)) {
        let said = read(&path, &files::read(&path)?);
        let named = said.tests.iter().flat_map(|test| test.ids.iter().map(|id| (test.line, id)));
        for (line, id) in named.chain(said.mentions.iter().map(|(line, id)| (*line, id))) {
            if !ids.contains(&id.as_str()) {
                problems.push(format!("{path}:{line}: there is no statement {id}"));
            }
        }
        problems.extend(said.problems.iter().map(|(line, text)| format!("{path}:{line}: {text}")));
        tests += said.tests.len();
        for test in said.tests {
            if test.ids.is_empty() {
                bare.push(format!("{path}:{}: {}", test.line, test.name));
            } else if !test.ignored {
                proven.extend(test.ids);
            }
        }
    }
    let mut explained = BTreeSet::new();
    for path in files::under("docs/decisions", &["md"]) {
        for (line, id) in explained_in(&files::read(&path)?) {
            if !ids.contains(&id.as_str()) {
                problems.push(format!("{path}:{line}: there is no statement {id}"));
            } else if proven.contains(&id) {
                problems.push(format!("{path}:{line}: {id} has a test by now"));
            }
            explained.insert(id);
        }
    }
    if flags.contains(&"--missing") {
        let missing = ids.iter().filter(|id| !proven.contains(**id) && !explained.contains(**id));
        missing.for_each(|id| say!("{id}"));
    }
    if flags.contains(&"--bare") {
        bare.iter().for_each(|test| say!("{test}"));
    }
    print_counts(&ids, &proven, &explained);
    say!("{tests} tests, {} of them name no statement", bare.len());
    report(&problems)
}

/// The ids with which rows of tables begin, each with its line.
fn explained_in(text: &str) -> Vec<(usize, String)> {
    let rows = text.lines().enumerate().filter_map(|(at, line)| {
        let id = line.strip_prefix("| ")?.split(' ').next()?;
        claim::is_id(id).then(|| (at + 1, id.to_owned()))
    });
    rows.collect()
}

fn print_counts(ids: &[&str], proven: &BTreeSet<String>, explained: &BTreeSet<String>) {
    say!("letter  statements  with a test  explained  without");
    for letter in ["C", "F", "S", "Q", "D"] {
        let of_letter: Vec<_> = ids.iter().filter(|id| id.starts_with(letter)).collect();
        let count = |set: &BTreeSet<String>| {
            of_letter.iter().filter(|id| set.contains(**id as &str)).count()
        };
        let (all, with, why) = (of_letter.len(), count(proven), count(explained));
        say!("{letter:<6}  {all:>10}  {with:>11}  {why:>9}  {:>7}", all.saturating_sub(with + why));
    }
}

/// The list itself: ids only, each once.
fn list_problems(ids: &[&str]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let wrong = ids.iter().filter(|id| !claim::is_id(id) || !seen.insert(**id));
    wrong.map(|id| format!("{IDS}: `{id}` is not an id, or stands there twice")).collect()
}

fn read(path: &str, text: &str) -> Said {
    let folders = path.split('/');
    let for_tests = folders.rev().any(|part| part == "tests" || part == "tests.rs");
    match path.rsplit('.').next() {
        Some("rs") => rust::read(text, for_tests),
        Some("py") => foreign::python(text, for_tests),
        _ => foreign::c(text, for_tests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_ids_only_and_each_once() {
        assert!(list_problems(&["C-001", "D-1", "Q-95"]).is_empty());
        assert_eq!(list_problems(&["C-001", "C-001", "a title", ""]).len(), 3);
    }

    #[test]
    fn a_record_explains_by_rows_that_begin_with_an_id() {
        let text = "S-001 in a sentence\n| S-146 | belongs to C |\n| id | why |\n|---|---|\n";
        assert_eq!(explained_in(text), [(2, "S-146".to_owned())]);
    }

    #[test]
    fn the_list_of_the_repository_is_in_order() {
        let text = files::read(IDS).expect("the list is in the repository");
        assert!(list_problems(&text.lines().collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn a_file_is_for_tests_by_its_folder_or_its_name() {
        let orphan = "/// Spec: C-001\nfn helper() {}";
        assert_eq!(read("tests/spec/open.rs", orphan).problems.len(), 1);
        assert_eq!(read("src/msg/tests.rs", orphan).problems.len(), 1);
        assert!(read("src/msg/save.rs", orphan).problems.is_empty());
    }
}
