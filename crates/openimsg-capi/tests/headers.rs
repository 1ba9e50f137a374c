//! The headers: alone and together, in every standard from C99 to C++20, without a warning; and what
//! they lay out.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test may panic and say why"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Kit, kit};

const C: [&str; 3] = ["c99", "c11", "c17"];
const CPP: [&str; 4] = ["c++11", "c++14", "c++17", "c++20"];
const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/headers")
}

/// The compilers of this machine, those that the environment names and both common ones.
fn compilers(kit: &Kit) -> Vec<(PathBuf, bool)> {
    let there = |name: &&&str| {
        Command::new(**name).arg("--version").output().is_ok_and(|run| run.status.success())
    };
    let others = ["gcc", "clang"].iter().filter(there).map(|name| (PathBuf::from(name), false));
    let plus = ["g++", "clang++"].iter().filter(there).map(|name| (PathBuf::from(name), true));
    let own = [(kit.cc().to_path_buf(), false), (kit.cxx().to_path_buf(), true)];
    own.into_iter().chain(others).chain(plus).collect()
}

/// Compiles a source and makes nothing of it.
fn compile(kit: &Kit, compiler: &Path, standard: &str, more: &[&str], source: &Path) {
    let language = if standard.starts_with("c++") { "c++" } else { "c" };
    let mut command = Command::new(compiler);
    command.args(STRICT).args(more).args(["-fsyntax-only", "-x", language]);
    command.arg(format!("-std={standard}"));
    kit.folders(&mut command);
    let run = command.arg(source).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{} {standard} {more:?}: {said}", compiler.display());
}

/// The names that programs include: every header at the top, and the system's names off Windows.
fn names(kit: &Kit) -> Vec<String> {
    let list = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
    };
    let all = list(kit.include()).chain(list(kit.include().join("posix")));
    let mut headers: Vec<String> =
        all.filter(|name| name.to_ascii_lowercase().ends_with(".h")).collect();
    headers.sort();
    headers.dedup();
    headers
}

#[test]
fn each_header_compiles_alone_and_twice() {
    let Some(kit) = kit() else { return };
    let names = names(kit);
    assert!(names.len() > 30, "{names:?}");
    let scratch = support::scratch("headers");
    for name in names {
        let source = scratch.join(format!("{name}.c"));
        let text = format!("#include <{name}>\n#include <{name}>\nint used;\nint used = 1;\n");
        std::fs::write(&source, text.replace("int used;\n", "extern int used;\n")).unwrap();
        compile(kit, kit.cc(), "c99", &[], &source);
        compile(kit, kit.cxx(), "c++11", &[], &source);
    }
}

#[test]
fn what_mapi_programs_write_compiles_in_every_standard() {
    let Some(kit) = kit() else { return };
    for (compiler, plus) in compilers(kit) {
        for standard in if plus { &CPP[..] } else { &C[..] } {
            let unicode: &[&str] = match *standard {
                // Strict C99 has no strings of 16-bit characters of its own.
                "c99" => &["-DUNICODE", "-D_UNICODE", "-fshort-wchar"],
                _ => &["-DUNICODE", "-D_UNICODE"],
            };
            for more in [&[][..], unicode, &["-fshort-wchar"]] {
                for file in ["conventions.c", "twice_a.c", "twice_b.c", "layout.c"] {
                    compile(kit, &compiler, standard, more, &folder().join(file));
                }
            }
        }
    }
}

/// Builds sources as one program and runs it.
fn run(kit: &Kit, plus: bool, more: &[&str], files: &[&str]) {
    let compiler = if plus { kit.cxx() } else { kit.cc() };
    let name = format!("{}-{plus}-{}", files[0].replace('.', "-"), more.len());
    let program = support::scratch("headers").join(name);
    let mut command = Command::new(compiler);
    command.args(STRICT).args(more).args(["-x", if plus { "c++" } else { "c" }]);
    kit.folders(&mut command);
    command.args(files.iter().map(|file| folder().join(file))).args(["-x", "none"]);
    kit.link_shared(&mut command);
    let built = command.arg("-o").arg(&program).output().unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{files:?}: {said}");
    let run = Command::new(&program).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{files:?} {more:?}: {:?}\n{said}", run.status);
}

/// That Rust has the same numbers is shown beside its structures, in `src/abi/layout_tests.rs`.
///
/// Spec: C-008, C-249, C-252
#[test]
fn structures_codes_and_identifiers_are_those_of_the_contract() {
    let Some(kit) = kit() else { return };
    for plus in [false, true] {
        run(kit, plus, &[], &["layout.c"]);
        run(kit, plus, &["-DUNICODE"], &["layout.c"]);
        run(kit, plus, &["-fshort-wchar"], &["layout.c"]);
    }
}

#[test]
fn programs_as_they_are_run() {
    let Some(kit) = kit() else { return };
    for plus in [false, true] {
        run(kit, plus, &[], &["conventions.c"]);
        run(kit, plus, &["-DUNICODE"], &["conventions.c"]);
        run(kit, plus, &[], &["twice_a.c", "twice_b.c"]);
    }
}
