//! Builds the C program and runs it, and runs `imsg`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The C compiler of this machine: `$CC`, or one of the usual names. Says so when there is none.
pub(crate) fn compiler() -> Option<OsString> {
    if !cfg!(unix) {
        println!("skipped: programs for this system are built by `cargo xtask windows`");
        return None;
    }
    let named = std::env::var_os("CC").filter(|cc| !cc.is_empty());
    let found = named.into_iter().chain(["cc", "gcc", "clang"].map(OsString::from)).find(|cc| {
        let answer = Command::new(cc).arg("--version").output();
        answer.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        println!("skipped: there is no C compiler");
    }
    found
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The name by which programs ask for the library when they start.
const NAME: &str =
    if cfg!(target_os = "macos") { "libopenimsg.0.dylib" } else { "libopenimsg.so.0" };
/// What cargo calls the same.
const MADE: &str =
    if cfg!(target_os = "macos") { "libopenimsg_capi.dylib" } else { "libopenimsg_capi.so" };

/// The shared library that this run of cargo made.
fn library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().skip(1).take(2).map(|folder| folder.join(MADE));
    found.into_iter().find(|path| path.is_file()).expect("cargo makes the library beside the tests")
}

/// Compiles sources to a program in `folder`.
pub(crate) fn program(
    cc: &OsString,
    standard: &str,
    sources: &[PathBuf],
    folder: &Path,
    name: &str,
) -> PathBuf {
    #[cfg(unix)]
    if !folder.join(NAME).exists() {
        std::os::unix::fs::symlink(library(), folder.join(NAME)).unwrap();
    }
    let program = folder.join(name);
    let mut command = Command::new(cc);
    command.arg(format!("-std={standard}"));
    // Older memory checkers do not read newer debug information.
    command.args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-gdwarf-4", "-O1"]);
    for include in ["include", "include/posix"] {
        command.arg("-I").arg(here().join(include));
    }
    command.args(sources).arg(folder.join(NAME)).arg("-lm").arg("-o").arg(&program);
    command.arg(format!("-Wl,-rpath,{}", folder.display()));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// The program that dumps.
pub(crate) fn dump(cc: &OsString, folder: &Path) -> PathBuf {
    let all = here().join("tests/c/dump").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut sources: Vec<PathBuf> =
        all.filter(|file| file.extension().is_some_and(|extension| extension == "c")).collect();
    sources.sort();
    program(cc, "c99", &sources, folder, "dump")
}

/// An example, of one file.
pub(crate) fn example(cc: &OsString, folder: &Path, name: &str) -> PathBuf {
    let source = here().join("examples-c").join(format!("{name}.c"));
    program(cc, "c11", &[source], folder, name)
}

/// Runs `imsg`, which cargo brings up to date before.
pub(crate) fn imsg(args: &[OsString]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "-q", "-p", "openimsg-cli", "--bin", "imsg", "--"]).args(args);
    command.env_remove("SOURCE_DATE_EPOCH").current_dir(here()).output().unwrap()
}
