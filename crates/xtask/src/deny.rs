//! What we depend on: licences and sources.
//!
//! `cargo deny` does this well and also knows of advisories; where it is not
//! installed, a small check of our own holds the same list. The list is in
//! `deny.toml` and only there. `--advisories` asks for the advisories too, for
//! which `cargo deny` fetches their database.

mod licence;

use crate::files;
use crate::metadata::{self, Package};
use crate::outcome::{Failure, Outcome, only_flags, report};
use crate::run::{cargo, run, works};
use crate::say::say;

/// How cargo's name for the registry ends, whatever mirror serves it.
const CRATES_IO: &str = "github.com/rust-lang/crates.io-index";

pub(crate) fn check(args: &[String]) -> Outcome {
    let advisories = only_flags(args, &["--advisories"])?.contains(&"--advisories");
    if works(&mut cargo(&["deny", "--version"])) {
        let mut command = cargo(&["deny", "--locked", "check"]);
        command.args(["bans", "licenses", "sources"]);
        return run(command.args(advisories.then_some("advisories")));
    }
    if advisories {
        return Err(Failure::Found("advisories need cargo-deny, which is not installed".into()));
    }
    let allowed = allowed_licences(&files::read("deny.toml")?);
    if allowed.is_empty() {
        return Err(Failure::Found("deny.toml has no list `allow` under [licenses]".into()));
    }
    let packages = metadata::everything()?.packages;
    let problems = judge(&packages, &allowed);
    if problems.is_empty() {
        say!("deny: {} packages, licences and sources as deny.toml allows", packages.len());
        say!("deny: cargo-deny is not installed, so advisories were not looked at");
    }
    report(&problems)
}

fn judge(packages: &[Package], allowed: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for Package { name, version, license, source, .. } in packages {
        if !licence::satisfiable(license, |id| allowed.iter().any(|known| known == id)) {
            problems.push(format!("{name} {version}: licence `{license}` is not allowed"));
        }
        if source.as_ref().is_some_and(|source| !source.ends_with(CRATES_IO)) {
            problems.push(format!("{name} {version}: comes from outside crates.io"));
        }
    }
    problems
}

/// The strings of `allow = [..]` in the section `[licenses]`.
fn allowed_licences(config: &str) -> Vec<String> {
    let section = config.split("\n[").find_map(|section| section.strip_prefix("licenses]"));
    let list = section.and_then(|section| section.split_once("\nallow = [")).map(|(_, list)| list);
    let list = list.and_then(|list| list.split_once(']')).map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_repository_is_found() {
        let config = files::read("deny.toml").expect("deny.toml is in the repository");
        let allowed = allowed_licences(&config);
        assert!(allowed.contains(&"MIT".to_owned()));
        assert!(allowed.contains(&"Apache-2.0 WITH LLVM-exception".to_owned()));
        assert!(!allowed.iter().any(|id| id.contains("GPL") || id.contains("MPL")));
    }

    #[test]
    fn a_package_needs_an_allowed_licence_and_a_known_source() {
        let package = |name: &str, license: &str, source: Option<&str>| Package {
            name: name.into(),
            license: license.into(),
            source: source.map(|source| source.to_owned()),
            ..Package::default()
        };
        let crates_io = Some("registry+https://github.com/rust-lang/crates.io-index");
        let packages = [
            package("ours", "MIT OR Apache-2.0", None),
            package("fine", "MIT", crates_io),
            package("left", "GPL-3.0-only", crates_io),
            package("bare", "", crates_io),
            package("fork", "MIT", Some("git+https://example.org/fork")),
        ];
        let problems = judge(&packages, &["MIT".to_owned()]);
        let named: Vec<_> = problems.iter().filter_map(|p| p.split(' ').next()).collect();
        assert_eq!(named, ["left", "bare", "fork"]);
    }
}
