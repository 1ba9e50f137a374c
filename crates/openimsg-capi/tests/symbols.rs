//! The built library exports the names of `symbols.txt`, all of them declared, and no other.
//!
//! Where there is no compiler or no `nm`, a test says so and is done.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test may panic and say why"
)]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A name of the list, and whether it is data.
fn listed() -> Vec<(String, bool)> {
    let text = std::fs::read_to_string(Path::new(HERE).join("symbols.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter(|line| !(cfg!(windows) && line.ends_with(" not-windows")));
    lines
        .map(|line| {
            let mut words = line.split(' ');
            (words.next().unwrap().to_owned(), words.any(|word| word == "data"))
        })
        .collect()
}

fn tool(variable: &str, names: &[&str]) -> Option<OsString> {
    let named = std::env::var_os(variable).into_iter();
    let found = named.chain(names.iter().map(Into::into)).find(|tool| {
        let mut command = Command::new(tool);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    });
    if found.is_none() {
        eprintln!("skipped: none of {names:?} is here (set {variable})");
    }
    found
}

fn done(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The shared library that this test run has built.
fn library() -> PathBuf {
    let name = if cfg!(target_vendor = "apple") {
        "libopenimsg_capi.dylib"
    } else {
        "libopenimsg_capi.so"
    };
    std::env::current_exe().unwrap().parent().unwrap().join(name)
}

/// What leaks out binds programs to names that are nobody's promise, and meets those of other
/// libraries in the same process.
#[cfg(unix)]
#[test]
fn the_library_exports_the_list_and_nothing_else() {
    let Some(nm) = tool("NM", &["nm"]) else { return };
    let mut command = Command::new(nm);
    let apple = cfg!(target_vendor = "apple");
    command.args(if apple { ["-g", "-U"] } else { ["-D", "--defined-only"] }).arg(library());
    let said = done(command);
    let exported: BTreeSet<&str> = said
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(|name| if apple { name.trim_start_matches('_') } else { name })
        .collect();
    let listed = listed();
    let listed: BTreeSet<&str> = listed.iter().map(|(name, _)| name.as_str()).collect();
    let more: Vec<_> = exported.difference(&listed).collect();
    let fewer: Vec<_> = listed.difference(&exported).collect();
    assert!(more.is_empty() && fewer.is_empty(), "exported too: {more:?}; not exported: {fewer:?}");
}

/// A program takes the address of every name, as the headers declare it; in C and in C++.
#[cfg(unix)]
#[test]
fn a_program_that_includes_the_headers_links_with_every_name() {
    let (Some(cc), Some(cxx)) =
        (tool("CC", &["cc", "gcc", "clang"]), tool("CXX", &["c++", "g++", "clang++"]))
    else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let mut source = String::new();
    for header in
        ["windows", "objbase", "mapix", "mapiguid", "mapiutil", "mapispi", "imessage", "openimsg"]
    {
        writeln!(source, "#include <{header}.h>").unwrap();
    }
    let listed = listed();
    source += "typedef void (*any)(void);\nint main(void) {\n    int found = 0;\n";
    // Volatile, so that no compiler knows an address from its declaration.
    source += "    any volatile function;\n    const GUID *volatile data;\n";
    for (name, is_data) in &listed {
        if *is_data {
            writeln!(source, "    data = &{name}; found += data != 0;").unwrap();
        } else {
            // Some are macros too.
            writeln!(
                source,
                "#undef {name}\n    function = (any)({name}); found += function != 0;"
            )
            .unwrap();
        }
    }
    writeln!(source, "    return found == {} ? 0 : 1;\n}}", listed.len()).unwrap();
    let include = Path::new(HERE).join("include");
    let library = library();
    for (compiler, name, standard) in [(&cc, "all.c", "-std=c99"), (&cxx, "all.cpp", "-std=c++11")]
    {
        let file = folder.path().join(name);
        std::fs::write(&file, &source).unwrap();
        let program = file.with_extension(format!("{name}.out"));
        let mut command = Command::new(compiler);
        command.args([standard, "-Wall", "-Werror", "-I"]).arg(&include);
        command.arg("-I").arg(include.join("posix")).arg(&file).arg("-o").arg(&program);
        // By its path: the name that it asks for when it starts is the link's below.
        command.arg(&library);
        done(command);
        let mut command = Command::new(&program);
        let major = env!("CARGO_PKG_VERSION_MAJOR");
        for link in [format!("libopenimsg.so.{major}"), format!("libopenimsg.{major}.dylib")] {
            let link = folder.path().join(link);
            if !link.exists() {
                std::os::unix::fs::symlink(&library, link).unwrap();
            }
        }
        for variable in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            command.env(variable, folder.path());
        }
        done(command);
    }
}
