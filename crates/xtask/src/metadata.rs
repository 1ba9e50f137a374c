//! What `cargo metadata` says, as far as the checks need it.

use crate::outcome::{Failure, Outcome};
use crate::run::cargo;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;

#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
}

#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The licence expression; empty if the package gives none.
    pub(crate) license: String,
    /// Empty if the package says none, as the next.
    pub(crate) description: String,
    pub(crate) repository: String,
    /// The registry or repository it comes from; `None` for a folder of this machine.
    pub(crate) source: Option<String>,
    /// The packages its manifest asks for, under their own names.
    pub(crate) dependencies: Vec<String>,
}

/// The packages of this workspace.
pub(crate) fn workspace() -> Outcome<Metadata> {
    ask("--no-deps")
}

/// Those and all they depend on, with every feature and for every platform.
pub(crate) fn everything() -> Outcome<Metadata> {
    ask("--all-features")
}

fn ask(which: &str) -> Outcome<Metadata> {
    let mut command = cargo(&["metadata", "--format-version=1", "--locked", which]);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(Failure::Found(format!("cargo metadata: {}", output.status)));
    }
    let value = serde_json::from_slice(&output.stdout);
    Ok(parse(&value.map_err(|error| format!("cargo metadata: {error}"))?))
}

fn parse(value: &Value) -> Metadata {
    let packages = list(value, "packages").map(|package| Package {
        name: text(package, "name").unwrap_or_default(),
        version: text(package, "version").unwrap_or_default(),
        license: text(package, "license").unwrap_or_default(),
        description: text(package, "description").unwrap_or_default(),
        repository: text(package, "repository").unwrap_or_default(),
        source: text(package, "source"),
        dependencies: list(package, "dependencies").filter_map(|d| text(d, "name")).collect(),
    });
    let target = text(value, "target_directory").unwrap_or_else(|| "target".into());
    Metadata { packages: packages.collect(), target: target.into() }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_renamed_dependency_keeps_its_own_name() {
        let value = json!({"target_directory": "/t", "packages": [{
            "name": "a", "version": "1.0.0", "license": null, "source": null,
            "dependencies": [{"name": "b", "rename": "c"}],
        }]});
        let metadata = parse(&value);
        let package = metadata.packages.first().expect("one package");
        assert_eq!(package.dependencies, ["b"]);
        assert_eq!((package.license.as_str(), &package.source), ("", &None));
        assert_eq!(metadata.target, PathBuf::from("/t"));
    }

    #[test]
    fn cargo_answers_for_this_workspace() {
        let metadata = workspace().expect("cargo runs here");
        assert!(metadata.packages.iter().any(|package| package.name == "xtask"));
    }
}
