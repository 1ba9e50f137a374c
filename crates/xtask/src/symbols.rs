//! The names that the C library exports: each is known, declared and tested.
//!
//! The list is `crates/openimsg-capi/symbols.txt`, so that a change of it is seen in review; this
//! check holds it against the sources (`--update` writes it anew), the headers and the tests. That the
//! built library exports these names and no other is shown by `tests/symbols.rs` of its crate.

mod exported;

pub(crate) use exported::all as exported;

use crate::files;
use crate::install::FOLDER;
use crate::lex::{Kind, lex};
use crate::outcome::{Outcome, only_flags, report};
use crate::say::say;
use std::collections::BTreeSet;
use std::fmt;

const HEAD: &str = "\
# What the library exports, one name in a line: `data` is no function, `not-windows` is the system's there.
# Made by `cargo xtask symbols --update`.
";

/// One exported name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) is_data: bool,
    pub(crate) on_windows: bool,
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        f.write_str(if self.is_data { " data" } else { "" })?;
        f.write_str(if self.on_windows { "" } else { " not-windows" })
    }
}

pub(crate) fn check(args: &[String]) -> Outcome {
    let update = only_flags(args, &["--update"])?.contains(&"--update");
    let symbols = exported()?;
    let list = format!("{FOLDER}/symbols.txt");
    let lines: Vec<String> = symbols.iter().map(Symbol::to_string).collect();
    let mut problems = Vec::new();
    if update {
        let text = format!("{HEAD}{}\n", lines.join("\n"));
        std::fs::write(files::root().join(&list), text).map_err(|e| format!("{list}: {e}"))?;
    } else {
        problems.extend(differences(&lines, &files::read(&list)?));
    }
    let (declared, tested) = (declared()?, tested()?);
    for Symbol { name, is_data, .. } in &symbols {
        if !declared.contains(&(name.clone(), *is_data)) {
            problems.push(format!("{name}: no header declares it"));
        }
        if !tested.contains(name) {
            problems.push(format!("{name}: no test of {FOLDER} names it"));
        }
    }
    if problems.is_empty() {
        say!("symbols: {} names, each listed, declared and tested", symbols.len());
    }
    report(&problems)
}

/// What the list says and the sources do not, and the other way.
fn differences(sources: &[String], list: &str) -> Vec<String> {
    let sources: BTreeSet<&str> = sources.iter().map(String::as_str).collect();
    let list: BTreeSet<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let gone =
        list.difference(&sources).map(|line| format!("symbols.txt: nothing exports `{line}`"));
    let new = sources
        .difference(&list)
        .map(|line| format!("symbols.txt: `{line}` is missing (`cargo xtask symbols --update`)"));
    gone.chain(new).collect()
}

/// The names that headers declare, and whether as data.
fn declared() -> Outcome<BTreeSet<(String, bool)>> {
    let mut found = BTreeSet::new();
    for path in files::under(&format!("{FOLDER}/include"), &["h"]) {
        found.extend(declared_in(&files::read(&path)?));
    }
    Ok(found)
}

/// A function's name stands before its arguments; a macro's does too, and declares nothing. An
/// identifier's is the first argument of what defines it.
fn declared_in(header: &str) -> BTreeSet<(String, bool)> {
    let tokens: Vec<Kind<'_>> = lex(header).into_iter().map(|token| token.kind).collect();
    let mut found = BTreeSet::new();
    for window in tokens.windows(3) {
        match window {
            [Kind::Ident("define"), ..] => {}
            [_, Kind::Ident(name), Kind::Punct('(')] => {
                found.insert(((*name).to_owned(), false));
            }
            [Kind::Ident("DEFINE_GUID" | "DEFINE_OLEGUID"), _, Kind::Ident(name)] => {
                found.insert(((*name).to_owned(), true));
            }
            _ => {}
        }
    }
    found
}

/// Every word of the crate's tests.
fn tested() -> Outcome<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for path in files::under(&format!("{FOLDER}/tests"), &["rs", "c", "h", "cpp"]) {
        found.extend(words(&files::read(&path)?));
    }
    for path in files::under(&format!("{FOLDER}/src"), &["rs"]) {
        let source = files::read(&path)?;
        if let Some((_, tests)) = source.split_once("#[cfg(test)]\nmod tests") {
            found.extend(words(tests));
        }
    }
    Ok(found)
}

fn words(source: &str) -> impl Iterator<Item = String> {
    lex(source).into_iter().filter_map(|token| match token.kind {
        Kind::Ident(name) => Some(name.to_owned()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prototype_declares_and_a_macro_does_not() {
        let header = "/* Gone(int) */\n#define Macro(a) (a)\nSCODE WINAPI Begin(void);\n\
                      STDAPI_(void) End(void);\nDEFINE_OLEGUID(IID_IThing, 1, 0, 0);\n";
        let found = declared_in(header);
        for (name, is_data) in [("Begin", false), ("End", false), ("IID_IThing", true)] {
            assert!(found.contains(&(name.to_owned(), is_data)), "{name}");
        }
        for name in ["Gone", "Macro"] {
            assert!(!found.contains(&(name.to_owned(), false)), "{name}");
        }
    }

    #[test]
    fn a_list_that_is_behind_is_told_line_by_line() {
        let sources = ["One".to_owned(), "Two data".to_owned()];
        assert!(differences(&sources, "# head\nOne\nTwo data\n").is_empty());
        let told = differences(&sources, "One\nTwo\n");
        assert_eq!(told.len(), 2);
        assert!(told.iter().any(|line| line.contains("`Two`")), "{told:?}");
    }
}
