//! C and C++ programs that use the door as MAPI programs do. Each runs as C and as C++ with the
//! shared library, with the static one, and with the address sanitizer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test may panic and say why"
)]

mod support;

use std::path::{Path, PathBuf};
use support::Way::{C, Cpp, Sanitized, Static};
use support::{check, run};

const ALL: &[support::Way] = &[C, Cpp, Static, Sanitized];

/// The life of a session to its end by force, with everything still open.
///
#[test]
fn life() {
    check(&["life.c"], ALL, &[]);
}

/// Messages on a storage that the program implements itself, and failures of that storage.
#[test]
fn own_storage() {
    check(&["own_storage.c"], &[C, Static, Sanitized], &[]);
}

/// Under valgrind: no wrong address, nothing lost.
#[test]
fn under_valgrind() {
    const PROGRAMS: &[&[&str]] = &[
        &["life.c"],
        &["own_storage.c"],
        &["own_allocators.c"],
        &["bad_calls.c"],
        &["bad_exports.c"],
        &["identity.c"],
        &["tables.c"],
        &["save_to_msg.cpp"],
        &["edit.c"],
        &["copy_foreign.cpp"],
        &["own_lock_bytes.c"],
        &["mixed.cpp", "mixed_c.c"],
    ];
    if !support::installed("valgrind") {
        eprintln!("skipped: no valgrind here");
        return;
    }
    let Some(kit) = support::kit() else { return };
    let folder = support::scratch(&format!("valgrind-{}", std::process::id()));
    for files in PROGRAMS {
        let Some(program) = kit.build_as(files, C, "valgrind") else { continue };
        // "Possibly lost" is what only a pointer into its middle holds, as hash tables have it.
        let kinds = "--errors-for-leak-kinds=definite,indirect";
        let show = "--show-leak-kinds=definite,indirect";
        let tool = ["valgrind", "--quiet", "--leak-check=full", kinds, show, "--error-exitcode=9"];
        run(&tool, &program, &[&folder]);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Memory of the caller's: routines, an `IMalloc` and an `IMAPISupport`, which also fail.
///
/// Spec: C-030, C-095, C-234
#[test]
fn own_allocators() {
    check(&["own_allocators.c"], &[C, Static, Sanitized], &[]);
}

/// Every method by the number of its slot.
///
/// Spec: C-250
#[test]
fn vtable_slots() {
    check(&["vtable_slots.c"], ALL, &[]);
}

/// Functions called wrongly, and sessions that are closed or never were.
///
/// Spec: C-008
#[test]
fn bad_exports() {
    check(&["bad_exports.c"], ALL, &[]);
}

/// Methods called wrongly, objects released once too often, interfaces that are not there.
///
/// Spec: C-017, C-253
#[test]
fn bad_calls() {
    check(&["bad_calls.c"], ALL, &[]);
}

/// The same pointers, counts, and callbacks at the end of messages, in every order of releases.
#[test]
fn identity() {
    check(&["identity.c"], ALL, &[]);
}

/// Tables: restrictions of every kind, orders, bookmarks, rows read and written back.
#[test]
fn tables() {
    check(&["tables.c"], ALL, &[]);
}

/// The sequence of MAPI samples that saves a message as a file.
#[test]
fn save_to_msg() {
    let folder = support::scratch(&format!("save-{}", std::process::id()));
    check(&["save_to_msg.cpp"], &[Cpp, Static, Sanitized], &[&folder]);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Files opened and edited: one of the program's own, and all of the corpus if it is there.
#[test]
fn edit() {
    let folder = support::scratch(&format!("edit-{}", std::process::id()));
    check(&["edit.c"], ALL, &[&folder]);
    let copies = support::corpus(&folder);
    if !copies.is_empty() {
        let files: Vec<&Path> =
            [&folder].into_iter().chain(&copies).map(PathBuf::as_path).collect();
        check(&["edit.c"], &[C], &files);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// One program of C and C++: what one makes the other uses.
///
/// Spec: C-251
#[test]
fn mixed() {
    check(&["mixed.cpp", "mixed_c.c"], &[C, Static, Sanitized], &[]);
}

/// Compound files on an `ILockBytes` of the program's own, which also fails.
#[test]
fn own_lock_bytes() {
    check(&["own_lock_bytes.c"], &[C, Static, Sanitized], &[]);
}

/// Sessions on threads of their own, one message on many, and sessions closed while others call.
#[test]
fn threads() {
    check(&["threads.cpp"], &[Cpp, Static, Sanitized], &[]);
}

/// Copies to messages that the program implements itself, which also fail.
#[test]
fn copy_foreign() {
    check(&["copy_foreign.cpp"], &[Cpp, Static, Sanitized], &[]);
}
