//! What libraries are called: by cargo, and by those who link with them.

use super::{Plan, place};
use crate::outcome::{Failure, Outcome};

/// The kinds of systems that name libraries differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Linux and its like.
    Elf,
    /// macOS.
    Mac,
    /// Windows, by the GNU tools.
    Mingw,
    /// Windows, by Microsoft's.
    Msvc,
}

impl System {
    pub(crate) fn of_this_machine() -> System {
        if cfg!(target_vendor = "apple") {
            System::Mac
        } else if cfg!(all(windows, target_env = "msvc")) {
            System::Msvc
        } else if cfg!(windows) {
            System::Mingw
        } else {
            System::Elf
        }
    }

    pub(crate) fn is_windows(self) -> bool {
        matches!(self, System::Mingw | System::Msvc)
    }

    /// The files: cargo's name, ours and the folder it goes to.
    fn files(self, version: &str) -> Vec<Row> {
        let row = |from: &'static str, to: String, kind| Row { from, to, kind };
        match self {
            System::Elf => vec![
                row("libopenimsg_capi.so", format!("lib/libopenimsg.so.{version}"), Kind::Shared),
                row("libopenimsg_capi.a", "lib/libopenimsg.a".into(), Kind::Other),
            ],
            System::Mac => vec![
                row(
                    "libopenimsg_capi.dylib",
                    format!("lib/libopenimsg.{version}.dylib"),
                    Kind::Shared,
                ),
                row("libopenimsg_capi.a", "lib/libopenimsg.a".into(), Kind::Other),
            ],
            // The name is inside the DLL and its import library; see the crate's build.rs.
            System::Mingw => vec![
                row("openimsg_capi.dll", "bin/openimsg.dll".into(), Kind::Shared),
                row("libopenimsg_capi.dll.a", "lib/libopenimsg.dll.a".into(), Kind::Other),
                row("libopenimsg_capi.a", "lib/libopenimsg.a".into(), Kind::Other),
            ],
            // Import libraries carry the name that cargo gave the DLL.
            System::Msvc => vec![
                row("openimsg_capi.dll", "bin/openimsg_capi.dll".into(), Kind::Shared),
                row("openimsg_capi.dll.lib", "lib/openimsg.lib".into(), Kind::Other),
                row("openimsg_capi.lib", "lib/openimsg_static.lib".into(), Kind::Other),
            ],
        }
    }

    /// Names for the shared library: the one that programs ask for when they start, and the one
    /// that linkers look for.
    fn aliases(self, version: &str) -> Vec<String> {
        let major = version.split('.').next().unwrap_or(version);
        match self {
            System::Elf => vec![format!("libopenimsg.so.{major}"), "libopenimsg.so".into()],
            System::Mac => vec![format!("libopenimsg.{major}.dylib"), "libopenimsg.dylib".into()],
            System::Mingw | System::Msvc => Vec::new(),
        }
    }
}

/// One file to install.
#[derive(Debug)]
struct Row {
    from: &'static str,
    to: String,
    kind: Kind,
}

#[derive(Debug, PartialEq)]
enum Kind {
    Shared,
    Other,
}

pub(super) fn put_libraries(plan: &Plan<'_>, version: &str) -> Outcome {
    for Row { from, to, kind } in plan.system.files(version) {
        let (from, to) = (plan.libraries.join(from), plan.root.join(to));
        if !from.is_file() {
            return Err(Failure::Found(format!("{}: not there", from.display())));
        }
        if kind == Kind::Other {
            place::file(&from, &to)?;
            continue;
        }
        place::program(&from, &to)?;
        let target = to.file_name().unwrap_or_default().to_string_lossy();
        for alias in plan.system.aliases(version) {
            place::alias(&to.with_file_name(alias), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_library_has_its_version_in_its_name_and_two_names_more() {
        let names: Vec<_> = System::Elf.files("1.2.3").into_iter().map(|row| row.to).collect();
        assert_eq!(names, ["lib/libopenimsg.so.1.2.3", "lib/libopenimsg.a"]);
        assert_eq!(System::Elf.aliases("1.2.3"), ["libopenimsg.so.1", "libopenimsg.so"]);
        assert_eq!(System::Mac.aliases("0.2.3"), ["libopenimsg.0.dylib", "libopenimsg.dylib"]);
        assert!(System::Mingw.aliases("0.2.3").is_empty());
    }
}
