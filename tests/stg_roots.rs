//! Creating and opening roots.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, name};
use openimsg::{Code, CommitFlags, CompoundFile, FileTime, Guid, Mode, Storage, StorageOptions};
use std::path::PathBuf;
use tempfile::TempDir;

const OLD_BYTES: &[u8] = b"something else";

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.msg");
    (folder, path)
}

/// A compound file on disk with one stream.
fn with_stream(path: &std::path::Path) {
    let file = CompoundFile::create(path).unwrap();
    file.create_stream(&name("x"), RW).unwrap().write_at(0, b"abc").unwrap();
    file.commit(CommitFlags::empty()).unwrap();
}

/// Spec: S-011
#[test]
fn creating_on_a_free_name_leaves_an_empty_compound_file_at_once() {
    let (_folder, path) = folder();
    drop(CompoundFile::create(&path).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 1536);
    assert_eq!(CompoundFile::open(&path).unwrap().elements().unwrap(), []);
}

/// Spec: S-010, S-012
#[test]
fn creating_over_a_file_fails_and_leaves_it() {
    let (_folder, path) = folder();
    std::fs::write(&path, OLD_BYTES).unwrap();
    assert_eq!(CompoundFile::create(&path).unwrap_err().code(), Code::StgFileAlreadyExists);
    assert_eq!(std::fs::read(&path).unwrap(), OLD_BYTES);
    let nowhere = path.with_file_name("none").join("file.msg");
    assert_eq!(CompoundFile::create(&nowhere).unwrap_err().code(), Code::StgPathNotFound);
    assert!(!nowhere.exists());
}

/// Spec: S-015
#[test]
fn replacing_a_file_waits_for_the_first_commit() {
    let (_folder, path) = folder();
    std::fs::write(&path, OLD_BYTES).unwrap();
    let file = CompoundFile::create_or_replace(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), OLD_BYTES);
    file.finish().unwrap();
    assert_eq!(CompoundFile::open(&path).unwrap().elements().unwrap(), []);
}

/// Spec: S-022, F-111
#[test]
fn the_sector_size_is_a_choice() {
    for (large, shift, version) in [(false, 9, 3), (true, 12, 4)] {
        let (_folder, path) = folder();
        let file = StorageOptions::new().large_sectors(large).create(&path).unwrap();
        file.create_stream(&name("x"), RW).unwrap();
        let uncommitted = file.to_bytes().unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        for bytes in [uncommitted, std::fs::read(&path).unwrap()] {
            assert_eq!(bytes[..8], [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
            assert_eq!((bytes[24], bytes[26], bytes[30], bytes[32]), (0x3E, version, shift, 6));
            assert_eq!(bytes[56..60], 4096_u32.to_le_bytes());
        }
    }
}

/// Spec: S-023
#[test]
fn what_is_no_compound_file_is_refused_and_stays_as_it_is() {
    let (_folder, path) = folder();
    for bytes in [&b""[..], b"ten bytes!", OLD_BYTES] {
        std::fs::write(&path, bytes).unwrap();
        for answer in [CompoundFile::open(&path), CompoundFile::edit(&path)] {
            assert_eq!(answer.unwrap_err().code(), Code::StgFileAlreadyExists);
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        let answer = CompoundFile::from_bytes(bytes.to_vec());
        assert_eq!(answer.unwrap_err().code(), Code::StgFileAlreadyExists);
    }
}

/// Spec: S-024
#[test]
fn a_missing_file_is_not_found_and_not_created() {
    let (folder, path) = folder();
    assert_eq!(CompoundFile::open(&path).unwrap_err().code(), Code::StgFileNotFound);
    assert_eq!(CompoundFile::edit(&path).unwrap_err().code(), Code::StgFileNotFound);
    assert!(!path.exists());
    let nowhere = folder.path().join("none/file.msg");
    assert_eq!(CompoundFile::open(nowhere).unwrap_err().code(), Code::StgPathNotFound);
    assert_eq!(CompoundFile::open(folder.path()).unwrap_err().code(), Code::StgAccessDenied);
}

/// Spec: S-032, S-035, S-066
#[test]
fn a_root_opened_for_reading_takes_no_change() {
    let (_folder, path) = folder();
    with_stream(&path);
    let file = CompoundFile::open(&path).unwrap();
    let write = Mode::WRITE.and(Mode::SHARE_EXCLUSIVE);
    let denied = Some(Code::StgAccessDenied);
    let code = |answer: Option<openimsg::Error>| answer.map(|error| error.code());
    assert_eq!(code(file.create_stream(&name("new"), write).err()), denied);
    assert_eq!(code(file.create_storage(&name("new"), write).err()), denied);
    assert_eq!(code(file.open_stream(&name("x"), RW).err()), Some(Code::StgInvalidFlag));
    assert_eq!(code(file.destroy_element(&name("x")).err()), denied);
    assert_eq!(code(file.rename_element(&name("x"), &name("y")).err()), denied);
    assert_eq!(code(file.set_class(Guid::NULL).err()), denied);
    assert_eq!(code(file.set_state_bits(1, 1).err()), denied);
    assert_eq!(code(file.set_element_times(None, Default::default()).err()), denied);
    let stream = file.open_stream(&name("x"), READ).unwrap();
    assert_eq!(code(stream.write_at(0, b"x").err()), denied);
    assert_eq!(code(stream.set_size(0).err()), denied);
    assert!(file.commit(CommitFlags::empty()).is_ok() && file.revert().is_ok());
}

/// Spec: S-083, S-084
#[test]
fn stat_tells_mode_class_and_full_path_of_a_root() {
    let (folder, path) = folder();
    let class = Guid::from_bytes([7; 16]);
    let file = CompoundFile::create(&path).unwrap();
    file.set_class(class).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(file.stat().unwrap().mode.bits(), 0x1_0012);
    drop(file);
    let file = CompoundFile::edit(folder.path().join(".").join("file.msg")).unwrap();
    let stat = file.stat().unwrap();
    assert_eq!((stat.size, stat.state_bits, stat.name), (0, 0, None));
    assert_eq!((stat.mode.bits(), stat.class), (0x1_0022, class));
    assert_eq!(stat.created, FileTime::default());
    assert!(file.path().unwrap().is_absolute());
    drop(file);
    let memory = CompoundFile::memory();
    let stat = memory.stat().unwrap();
    assert_eq!((stat.mode.bits(), stat.name, stat.class), (0x1_0012, None, Guid::NULL));
    assert_eq!(memory.path(), None);
    let file = CompoundFile::open(&path).unwrap();
    assert_eq!(file.stat().unwrap().mode.bits(), 0x20);
}

/// Spec: S-079
#[test]
fn bytes_of_a_new_root_in_memory_are_a_compound_file() {
    let file = CompoundFile::memory();
    let empty = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    assert_eq!(empty.elements().unwrap(), []);
    file.create_stream(&name("x"), RW).unwrap();
    let uncommitted = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    assert_eq!(uncommitted.elements().unwrap(), []);
}

/// Spec: S-178
#[test]
fn each_kind_of_wrong_header_has_its_code() {
    let good = CompoundFile::memory().to_bytes().unwrap();
    let code = |patch: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        patch(&mut bytes);
        CompoundFile::from_bytes(bytes).unwrap_err().code()
    };
    assert_eq!(code(&|bytes| bytes[30] = 10), Code::StgInvalidHeader);
    assert_eq!(code(&|bytes| bytes[32] = 7), Code::StgInvalidHeader);
    assert_eq!(code(&|bytes| bytes[57] = 0x20), Code::StgInvalidHeader);
    assert_eq!(code(&|bytes| bytes.truncate(511)), Code::StgFileAlreadyExists);
    assert_eq!(code(&|bytes| bytes[0] = 0), Code::StgFileAlreadyExists);
    let old = [0xD0, 0xCF, 0x11, 0xE0, 0x0E, 0x11, 0xFC, 0x0D];
    assert_eq!(code(&|bytes| bytes[..8].copy_from_slice(&old)), Code::StgOldFormat);
    assert_eq!(code(&|bytes| bytes[76..80].fill(0xFF)), Code::StgDocFileCorrupt);
    assert_eq!(code(&|bytes| bytes[48..52].fill(0xFF)), Code::StgDocFileCorrupt);
}

/// A file that may not be written is refused when it is opened for change, not at the commit.
#[cfg(unix)]
#[test]
fn a_read_only_file_cannot_be_opened_for_change() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    with_stream(&path);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    if std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("a_read_only_file_cannot_be_opened_for_change: skipped, this user may write all");
        return;
    }
    assert_eq!(CompoundFile::edit(&path).unwrap_err().code(), Code::StgAccessDenied);
    assert!(CompoundFile::open(&path).is_ok());
}
