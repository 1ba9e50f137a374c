//! The doors (command, C, Python) stand beside each other: none is built on another.

use crate::metadata::{self, Package};
use crate::outcome::Outcome;

const DOORS: &[&str] = &["openimsg-cli", "openimsg-capi", "openimsg-py"];

pub(super) fn check() -> Outcome<Vec<String>> {
    Ok(between_doors(&metadata::workspace()?.packages))
}

fn between_doors(packages: &[Package]) -> Vec<String> {
    let is_door = |name: &str| DOORS.contains(&name);
    let mut problems = Vec::new();
    for Package { name, dependencies, .. } in packages.iter().filter(|p| is_door(&p.name)) {
        let wrong = dependencies.iter().filter(|other| is_door(other));
        problems.extend(wrong.map(|other| format!("{name}: a door must not depend on {other}")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_may_use_the_library_but_no_other_door() {
        let package = |name: &str, dependency: &str| Package {
            name: name.into(),
            dependencies: vec![dependency.into()],
            ..Package::default()
        };
        let packages = [
            package("openimsg-cli", "openimsg"),
            package("openimsg-py", "openimsg-cli"),
            package("xtask", "openimsg-cli"),
        ];
        assert_eq!(between_doors(&packages).len(), 1);
    }
}
