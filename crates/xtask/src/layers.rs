//! Who may use whom: the arrows of the layer picture, held by a check.
//!
//! One crate holds all layers, so the compiler does not stop a lower layer from
//! naming a higher one. This check reads every file under `src/`, resolves each
//! path that starts at `crate`, `self` or `super`, and compares the layer it ends
//! in with the table below. `lib.rs` lies outside the layers: it re-exports them,
//! and a name taken from there counts as the layer it came from.

mod doors;
mod paths;

use crate::files;
use crate::outcome::{Outcome, only_flags, report};
use crate::say::say;
use paths::{FoundPath, declared_modules, paths};
use std::collections::BTreeMap;

/// The layers and what each may use besides itself; lowest first.
const LAYERS: &[(&str, &[&str])] = &[
    ("wire", BOTTOM),
    ("error", BOTTOM),
    ("limits", BOTTOM),
    ("finding", BOTTOM),
    ("body", BOTTOM),
    ("stg", BOTTOM),
    ("prop", &["wire", "error", "limits", "finding", "stg"]),
    ("msg", &["wire", "error", "limits", "finding", "stg", "prop", "body"]),
    ("mime", &["wire", "error", "limits", "finding", "stg", "prop", "body", "msg"]),
];
const BOTTOM: &[&str] = &["wire", "error", "limits", "finding"];

pub(crate) fn check(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    let mut problems = Vec::new();
    let root = files::read("src/lib.rs")?;
    problems.extend(modules_without_layer(&root));
    let names = names_of_root(&root);
    let sources = files::under("src", &["rs"]);
    for path in sources.iter().filter(|path| *path != "src/lib.rs") {
        problems.extend(check_source(path, &files::read(path)?, &names));
    }
    problems.extend(doors::check()?);
    if problems.is_empty() {
        say!("layers: {} files, every arrow points down", sources.len());
    }
    report(&problems)
}

/// The names that `lib.rs` gives again, each with the layer it comes from.
fn names_of_root(source: &str) -> BTreeMap<String, String> {
    let leaves = paths(source, &[]).into_iter().filter(|path| path.is_use);
    leaves
        .filter_map(|path| {
            Some((path.name?, path.written.into_iter().find(|s| s != "crate" && s != "self")?))
        })
        .collect()
}

fn modules_without_layer(root: &str) -> Vec<String> {
    let unknown = declared_modules(root).into_iter().filter(|name| uses_of(name).is_none());
    unknown
        .map(|name| {
            format!("src/lib.rs: module {name} has no layer; give it one in xtask's layers.rs")
        })
        .collect()
}

fn check_source(file: &str, source: &str, names: &BTreeMap<String, String>) -> Vec<String> {
    let module = module_of(file);
    let Some(own) = module.first() else { return Vec::new() };
    // A module without a layer is reported once, at its declaration.
    let Some(allowed) = uses_of(own) else { return Vec::new() };
    let found = paths(source, &module).into_iter().filter_map(|path| {
        let complaint = complaint(&path, own, allowed, names)?;
        Some(format!("{file}:{}: {complaint}", path.line))
    });
    found.collect()
}

/// What is wrong with one path in a file of layer `own`.
fn complaint(
    path: &FoundPath,
    own: &str,
    allowed: &[&str],
    names: &BTreeMap<String, String>,
) -> Option<String> {
    let absolute = path.absolute.as_ref()?;
    let written = path.written.join("::");
    let Some(first) = absolute.first() else {
        return path.is_use.then(|| {
            format!("`{written}` takes in the whole crate; name the module it is needed from")
        });
    };
    let target = if uses_of(first).is_some() { Some(first) } else { names.get(first) };
    match target {
        Some(target) if target == own || allowed.contains(&target.as_str()) => None,
        Some(target) => Some(format!(
            "{own} must not use {target} (`{written}`); it may use {}",
            allowed.join(", ")
        )),
        None if path.is_macro => None,
        None => Some(format!("`{written}`: {first} is no layer and no name that lib.rs gives")),
    }
}

fn uses_of(layer: &str) -> Option<&'static [&'static str]> {
    LAYERS.iter().find(|(name, _)| *name == layer).map(|(_, uses)| *uses)
}

/// `src/msg/table/mod.rs` is the module `msg::table`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
