//! Which modes roots and members are created and opened with, through the functions of COM.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, name};
use openimsg::com::roots::{
    Opening, RootFormat, RootSuccess, stg_create_docfile, stg_create_docfile_on_ilock_bytes,
    stg_create_storage_ex, stg_open_storage, stg_open_storage_on_ilock_bytes,
};
use openimsg::{
    Code, CommitFlags, CompoundFile, LockBytes, MemoryLockBytes, Mode, Storage, StorageOptions,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const W: u32 = 1;
const RW_: u32 = 2;
const X: u32 = 0x10;
const DW: u32 = 0x20;
const DR: u32 = 0x30;
const DN: u32 = 0x40;
const CR: u32 = 0x1000;
const T: u32 = 0x1_0000;
const CONVERT: u32 = 0x2_0000;
const PRIORITY: u32 = 0x4_0000;
const NOSCRATCH: u32 = 0x10_0000;
const NOSNAPSHOT: u32 = 0x20_0000;
const SWMR: u32 = 0x40_0000;
const DELETE: u32 = 0x400_0000;
const SIMPLE: u32 = 0x800_0000;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.stg");
    (folder, path)
}

fn wide(path: &Path) -> Vec<u16> {
    path.to_str().unwrap().encode_utf16().collect()
}

/// The code of a creation, or success; what was created is released.
fn create(path: &Path, mode: u32) -> Result<RootSuccess, Code> {
    let mut out = Some(CompoundFile::memory());
    let answer = stg_create_docfile(Some(&wide(path)), mode, 0, Some(&mut out));
    assert_eq!(answer.is_ok(), out.is_some(), "the out place holds a root or nothing");
    answer.map_err(|e| e.code())
}

fn open(path: &Path, mode: u32) -> Result<CompoundFile, Code> {
    let mut out = Some(CompoundFile::memory());
    let answer = stg_open_storage(Some(&wide(path)), Opening::default(), mode, Some(&mut out));
    assert_eq!(answer.is_ok(), out.is_some(), "the out place holds a root or nothing");
    answer.map(|_| out.unwrap()).map_err(|e| e.code())
}

const FLAG: Result<RootSuccess, Code> = Err(Code::StgInvalidFlag);
const FINE: Result<RootSuccess, Code> = Ok(RootSuccess::Ok);

/// Spec: S-001, S-003, S-004
#[test]
fn creation_checks_pointers_then_the_reserved_argument_then_the_mode() {
    let code = |name: Option<&[u16]>, mode, reserved, out: Option<&mut Option<CompoundFile>>| {
        stg_create_docfile(name, mode, reserved, out).unwrap_err().code()
    };
    assert_eq!(code(None, 0, 0, Some(&mut None)), Code::StgInvalidFlag);
    let (_folder, path) = folder();
    let file = wide(&path);
    assert_eq!(code(Some(&file), X | RW_, 0, None), Code::StgInvalidPointer);
    assert_eq!(code(Some(&file), X | RW_, 1, Some(&mut None)), Code::StgInvalidParameter);
    assert_eq!(code(Some(&file), 0, 1, None), Code::StgInvalidPointer);
    assert_eq!(code(Some(&file), 0, 1, Some(&mut None)), Code::StgInvalidParameter);
    assert!(!path.exists());
}

/// Spec: S-002, S-005, S-006, S-007, S-008, S-009, S-010
#[test]
fn modes_that_are_not_legal_create_nothing() {
    let (_folder, path) = folder();
    let mut modes = vec![0, CR, CR | RW_, CR | X, CR | DW | RW_, X, T | DW, PRIORITY];
    modes.push(X | T | 3);
    modes.extend([0x8, 0x80, 0x800, 0x8000, 0x8_0000, 0x80_0000].map(|bit| X | RW_ | T | bit));
    modes.extend([0x50, 0x60, 0x70].map(|share| share | RW_ | T));
    modes.extend([
        T | SIMPLE | CR | X | RW_,
        SIMPLE | X | RW_,
        SIMPLE | CR | X | W,
        SIMPLE | CR | DW | RW_,
        CR | CONVERT | X | RW_,
        CONVERT | DELETE | X | RW_,
        NOSCRATCH | X | RW_,
        NOSNAPSHOT | DN | RW_,
        NOSNAPSHOT | T | X | RW_,
        NOSNAPSHOT | T | DW | RW_,
        SWMR | X | RW_,
        SWMR | DW | W,
        SWMR | T | DW | RW_,
        SWMR | SIMPLE | CR | X | RW_,
        PRIORITY | X | RW_,
    ]);
    for mode in modes {
        assert_eq!(create(&path, mode), FLAG, "{mode:#x}");
        assert!(!path.exists(), "{mode:#x}");
    }
}

/// Spec: S-012, S-013, S-014
#[test]
fn an_existing_file_is_refused_after_the_flags() {
    let (_folder, path) = folder();
    std::fs::write(&path, b"old").unwrap();
    for mode in [X | RW_ | T, X | W, X | RW_, T | DW | RW_, T | RW_] {
        assert_eq!(create(&path, mode), Err(Code::StgFileAlreadyExists), "{mode:#x}");
    }
    for mode in [0, X, DW, DN, DN | T, DN | RW_, DN | W, DW | W, DW] {
        assert_eq!(create(&path, mode), FLAG, "{mode:#x}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
}

/// Spec: S-011, S-016, S-017, S-018, S-019, S-020, S-021, S-044
#[test]
fn what_programs_create_roots_with_is_legal() {
    let modes = [
        X | RW_,
        CR | RW_ | T,
        T | CR | DW | RW_,
        CR | DN | RW_ | T,
        T | DW | RW_,
        T | CR | DW | W,
        CR | X | RW_,
        CR | RW_ | DW | SWMR,
        X | W,
        CR | DR | RW_ | T,
        T | CR | NOSCRATCH | X | RW_,
        T | CR | NOSNAPSHOT | DN | RW_,
        SIMPLE | CR | X | RW_,
    ];
    for mode in modes {
        let (_folder, path) = folder();
        assert_eq!(create(&path, mode), FINE, "{mode:#x}");
        let empty = CompoundFile::open(&path).unwrap();
        assert_eq!(empty.elements().unwrap(), [], "an empty compound file at once: {mode:#x}");
    }
}

/// Spec: S-015
#[test]
fn creation_replaces_a_file_at_once_or_at_the_commit() {
    for (mode, at_once) in [(CR | X | RW_, true), (CR | X | RW_ | T, false)] {
        let (_folder, path) = folder();
        std::fs::write(&path, b"old").unwrap();
        let mut root = None;
        stg_create_docfile(Some(&wide(&path)), mode, 0, Some(&mut root)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap() != b"old", at_once);
        let root = root.unwrap();
        assert_eq!(root.stat().unwrap().mode.bits(), mode & !CR);
        root.finish().unwrap();
        assert_eq!(CompoundFile::open(&path).unwrap().elements().unwrap(), []);
    }
}

/// Spec: S-022
#[test]
fn the_sector_size_is_an_option_of_the_extended_function() {
    let options = [(Some(4096), 12), (Some(512), 9), (None, 9)];
    for (size, shift) in options {
        for format in [RootFormat::Storage, RootFormat::DocFile] {
            let (_folder, path) = folder();
            let mut out = None;
            let file = wide(&path);
            stg_create_storage_ex(Some(&file), X | RW_, format, size, 0, Some(&mut out)).unwrap();
            assert_eq!(std::fs::read(&path).unwrap()[30], shift);
        }
    }
    let (_folder, path) = folder();
    let code = |format, size| {
        let file = wide(&path);
        let answer = stg_create_storage_ex(Some(&file), X | RW_, format, size, 0, Some(&mut None));
        answer.unwrap_err().code()
    };
    assert_eq!(code(RootFormat::Storage, Some(1024)), Code::StgInvalidParameter);
    assert_eq!(code(RootFormat::File, None), Code::StgInvalidParameter);
    assert!(!path.exists());
}

/// Spec: S-023
#[test]
fn an_empty_file_is_no_compound_file_and_stays_empty() {
    let (_folder, path) = folder();
    std::fs::write(&path, b"").unwrap();
    for mode in [T | DW | RW_, T | DN, X | RW_, DW, X] {
        assert_eq!(open(&path, mode).unwrap_err(), Code::StgFileAlreadyExists, "{mode:#x}");
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }
}

/// Spec: S-024
#[test]
fn a_missing_file_is_not_found_by_any_mode() {
    let (_folder, path) = folder();
    for mode in [X, X | RW_, T | DW | RW_, DW, PRIORITY] {
        assert_eq!(open(&path, mode).unwrap_err(), Code::StgFileNotFound, "{mode:#x}");
        assert!(!path.exists());
    }
}

/// Spec: S-025, S-026, S-027, S-028, S-029, S-030
#[test]
fn opening_checks_name_pointer_reserved_argument_and_mode() {
    let (_folder, path) = folder();
    assert_eq!(create(&path, X | RW_), FINE);
    let code = |name: Option<&[u16]>, reserved, out: Option<&mut Option<CompoundFile>>| {
        let opening = Opening { reserved, ..Opening::default() };
        stg_open_storage(name, opening, DW, out).unwrap_err().code()
    };
    let file = wide(&path);
    assert_eq!(code(None, 0, Some(&mut None)), Code::StgInvalidName);
    assert_eq!(code(None, 1, None), Code::StgInvalidName);
    assert_eq!(code(Some(&file), 0, None), Code::StgInvalidPointer);
    assert_eq!(code(Some(&file), 1, Some(&mut None)), Code::StgInvalidParameter);
    let illegal = [
        0,
        CR | X | RW_,
        CR | T | DW | RW_,
        CONVERT | X | RW_,
        DN,
        DR,
        DW | RW_,
        DW | W,
        DN | RW_,
        X | 3,
        X | 0x8,
        SIMPLE | X | W,
        SIMPLE | DW,
        SWMR | DW,
        SWMR | DN | RW_,
        SWMR | T | DN,
    ];
    for mode in illegal {
        assert_eq!(open(&path, mode).unwrap_err(), Code::StgInvalidFlag, "{mode:#x}");
    }
}

/// Spec: S-031, S-032, S-033
#[test]
fn what_programs_open_roots_with_is_legal() {
    let (_folder, path) = folder();
    assert_eq!(create(&path, X | RW_), FINE);
    let modes = [
        DN | T,
        DW,
        NOSCRATCH | T | DW | RW_,
        X,
        X | W,
        X | RW_,
        T,
        T | X | RW_,
        T | DR | W,
        T | DN | RW_ | NOSNAPSHOT,
        SIMPLE | X,
        SIMPLE | X | RW_,
        SWMR | DN,
        SWMR | DW | RW_,
    ];
    for mode in modes {
        let file = open(&path, mode).unwrap_or_else(|code| panic!("{mode:#x}: {code}"));
        assert_eq!(file.stat().unwrap().mode.bits(), mode);
        assert_eq!(file.elements().unwrap(), []);
    }
}

/// Spec: S-035, S-066
#[test]
fn direct_parents_grant_no_more_than_they_have() {
    let (_folder, path) = folder();
    let file = StorageOptions::new().create_mode(&path, Mode::from_bits(X | RW_)).unwrap();
    file.create_stream(&name("x"), RW).unwrap();
    file.create_storage(&name("s"), RW).unwrap();
    file.finish().unwrap();
    let write = Mode::WRITE.and(Mode::SHARE_EXCLUSIVE);
    for mode in [X, DW] {
        let file = open(&path, mode).unwrap();
        for access in [write, RW] {
            let code = file.create_stream(&name("new"), access).err().unwrap().code();
            assert_eq!(code, Code::StgAccessDenied);
            let code = file.create_storage(&name("new"), access).err().unwrap().code();
            assert_eq!(code, Code::StgAccessDenied);
            let code = file.open_storage(&name("s"), access).err().unwrap().code();
            assert_eq!(code, Code::StgAccessDenied);
            let code = file.open_stream(&name("x"), access).err().unwrap().code();
            assert_eq!(code, Code::StgInvalidFlag);
        }
        assert!(file.open_stream(&name("x"), READ).is_ok());
    }
    // A root that may only be written gives no stream to read and write.
    let file = open(&path, X | W).unwrap();
    assert_eq!(file.open_stream(&name("x"), RW).err().unwrap().code(), Code::StgInvalidFlag);
    assert_eq!(file.create_stream(&name("y"), RW).err().unwrap().code(), Code::StgAccessDenied);
    file.create_stream(&name("y"), write).unwrap().write_at(0, b"abc").unwrap();
    file.finish().unwrap();
    let back = CompoundFile::open(&path).unwrap();
    assert_eq!(common::stream_bytes(&back, &name("y")), Ok(b"abc".to_vec()));
}

/// Spec: S-036, S-037, S-038, S-039
#[test]
fn priority_only_looks_and_asks_for_no_share_mode() {
    let (_folder, path) = folder();
    assert_eq!(create(&path, X | RW_), FINE);
    for share in [DN, X, DW, DR, 0] {
        let first = open(&path, PRIORITY | share).unwrap();
        let second = open(&path, PRIORITY | share).unwrap();
        assert_eq!((first.elements().unwrap(), second.elements().unwrap()), (vec![], vec![]));
    }
    for bits in [RW_, W, T, SIMPLE | X, NOSCRATCH, NOSNAPSHOT, SWMR, RW_ | X] {
        let answer = open(&path, PRIORITY | bits);
        assert_eq!(answer.unwrap_err(), Code::StgInvalidFlag, "{bits:#x}");
    }
    assert_eq!(open(&path, PRIORITY | DELETE).unwrap_err(), Code::StgInvalidFunction);
    assert!(path.exists());
}

/// Old content becomes a stream, at once or at the commit.
#[test]
fn converting_puts_old_content_into_a_stream() {
    for mode in [CONVERT | X | RW_, CONVERT | X | RW_ | T, CONVERT | X | W] {
        let (_folder, path) = folder();
        std::fs::write(&path, b"whatever it held").unwrap();
        let mut root = None;
        let answer = stg_create_docfile(Some(&wide(&path)), mode, 0, Some(&mut root)).unwrap();
        assert_eq!((answer, answer.scode()), (RootSuccess::Converted, 0x0003_0200));
        let root = root.unwrap();
        if mode & T != 0 {
            assert_eq!(std::fs::read(&path).unwrap(), b"whatever it held");
            root.commit(CommitFlags::empty()).unwrap();
        }
        drop(root);
        let back = CompoundFile::open(&path).unwrap();
        let bytes = common::stream_bytes(&back, &name("CONTENTS"));
        assert_eq!(bytes, Ok(b"whatever it held".to_vec()), "{mode:#x}");
    }
    let (_folder, path) = folder();
    assert_eq!(create(&path, CONVERT | X | RW_), FINE, "there was nothing to convert");
    let bytes = Arc::new(MemoryLockBytes::new(b"in memory".to_vec()));
    let mut root = None;
    let bytes = Arc::clone(&bytes) as Arc<dyn LockBytes>;
    let answer =
        stg_create_docfile_on_ilock_bytes(Some(bytes), CONVERT | X | RW_, 0, Some(&mut root));
    assert_eq!(answer.unwrap(), RootSuccess::Converted);
    let root = root.unwrap();
    assert_eq!(common::stream_bytes(&root, &name("CONTENTS")), Ok(b"in memory".to_vec()));
}

#[test]
fn a_file_without_a_name_is_temporary_and_goes_when_it_is_told_to() {
    let create = |mode| {
        let mut out = None;
        stg_create_docfile(None, mode, 0, Some(&mut out)).unwrap();
        out.unwrap()
    };
    let (kept, other) = (create(X | RW_), create(X | RW_ | DELETE));
    let (path, gone) = (kept.path().unwrap(), other.path().unwrap());
    assert!(path.is_absolute() && path.exists() && gone.exists() && path != gone);
    let stream = other.create_stream(&name("x"), RW).unwrap();
    other.commit(CommitFlags::empty()).unwrap();
    drop((kept, other));
    assert!(path.exists(), "temporary is only its name");
    assert!(gone.exists(), "a stream keeps the root open");
    drop(stream);
    assert!(!gone.exists());
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn deleting_on_release_is_for_files_that_are_opened_too() {
    for mode in [DELETE | DW, DELETE | X | RW_, DELETE | T | DN] {
        let (_folder, path) = folder();
        assert_eq!(create(&path, X | RW_), FINE);
        let file = open(&path, mode).unwrap();
        assert!(path.exists());
        file.close();
        assert!(!path.exists(), "{mode:#x}");
    }
    let bytes: Arc<dyn LockBytes> = Arc::new(MemoryLockBytes::default());
    let answer =
        stg_create_docfile_on_ilock_bytes(Some(bytes), DELETE | X | RW_, 0, Some(&mut None));
    assert_eq!(answer.unwrap_err().code(), Code::StgInvalidFunction);
}

/// Spec: S-041
#[test]
fn reopening_from_a_priority_storage_consumes_it_and_empties_what_is_excluded() {
    let (_folder, path) = folder();
    let file = StorageOptions::new().create_mode(&path, Mode::from_bits(X | RW_)).unwrap();
    for stream in ["kept", "emptied"] {
        file.create_stream(&name(stream), RW).unwrap().write_at(0, b"abc").unwrap();
    }
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    inner.create_stream(&name("x"), RW).unwrap();
    file.finish().unwrap();
    let peek = open(&path, PRIORITY).unwrap();
    let held = peek.open_stream(&name("kept"), READ).unwrap();
    let exclude = [name("emptied"), name("inner"), name("absent")];
    let opening = Opening { priority: Some(peek), exclude: Some(&exclude), ..Opening::default() };
    let mut root = None;
    stg_open_storage(None, opening, T | DW | RW_, Some(&mut root)).unwrap();
    assert_eq!(held.size().unwrap_err().code(), Code::StgReverted, "the peeking root is gone");
    let root = root.unwrap();
    assert_eq!(root.path(), Some(path.clone()));
    assert_eq!(common::stream_bytes(&root, &name("kept")), Ok(b"abc".to_vec()));
    assert_eq!(common::stream_bytes(&root, &name("emptied")), Ok(vec![]));
    assert_eq!(root.open_storage(&name("inner"), READ).unwrap().elements().unwrap(), []);
    drop(root);
    // Released in every case: also if the new mode is refused.
    let peek = open(&path, PRIORITY).unwrap();
    let opening = Opening { priority: Some(peek), ..Opening::default() };
    let answer = stg_open_storage(None, opening, 0, Some(&mut None));
    assert_eq!(answer.unwrap_err().code(), Code::StgInvalidFlag);
    assert!(open(&path, X | RW_).is_ok());
}

#[test]
fn a_name_that_is_no_text_is_no_name() {
    let broken = [0x61, 0xD800, 0x62];
    if cfg!(not(windows)) {
        let answer = stg_create_docfile(Some(&broken), X | RW_, 0, Some(&mut None));
        assert_eq!(answer.unwrap_err().code(), Code::StgInvalidName);
        let answer = stg_open_storage(Some(&broken), Opening::default(), DW, Some(&mut None));
        assert_eq!(answer.unwrap_err().code(), Code::StgInvalidName);
    }
    let answer = stg_open_storage_on_ilock_bytes(None, Opening::default(), X, Some(&mut None));
    assert_eq!(answer.unwrap_err().code(), Code::StgInvalidPointer);
}
