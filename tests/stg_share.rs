//! Share modes: which lock bytes an opener takes, whom they keep out, and when they are given back.
//!
//! The other opener is one of ours, a bare open file with locks of its own, or another process.
#![cfg(any(target_os = "linux", target_os = "android"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, name};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use openimsg::{Code, CommitFlags, CompoundFile, Mode, Storage, StorageOptions, Writer};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const W: u32 = 1;
const RW_: u32 = 2;
const X: u32 = 0x10;
const DW: u32 = 0x20;
const DR: u32 = 0x30;
const DN: u32 = 0x40;
const CR: u32 = 0x1000;
const T: u32 = 0x1_0000;
const PRIORITY: u32 = 0x4_0000;
const NOSNAPSHOT: u32 = 0x20_0000;
const SWMR: u32 = 0x40_0000;

/// Offsets of the specification's table are from here.
const BASE: libc::off_t = 0x7FFF_FE00;
/// The bytes that have a meaning.
const BYTES: std::ops::RangeInclusive<libc::off_t> = 0x158..=0x1E2;
const MUTEX: libc::off_t = 0x192;

fn new_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.stg");
    let file = CompoundFile::create(&path).unwrap();
    file.create_stream(&name("x"), RW).unwrap().write_at(0, b"abc").unwrap();
    file.create_storage(&name("s"), RW).unwrap();
    file.finish().unwrap();
    (folder, path)
}

fn open(path: &Path, mode: u32) -> Result<CompoundFile, Code> {
    StorageOptions::new().open_mode(path, Mode::from_bits(mode)).map_err(|e| e.code())
}

/// An opener that is not ours: a file, and locks on its bytes.
struct Other(File);

impl Other {
    fn new(path: &Path) -> Other {
        Other(File::options().read(true).write(true).open(path).unwrap())
    }

    fn region(kind: libc::c_int, at: libc::off_t) -> libc::flock {
        libc::flock {
            l_type: kind.try_into().unwrap(),
            l_whence: libc::SEEK_SET.try_into().unwrap(),
            l_start: BASE + at,
            l_len: 1,
            l_pid: 0,
        }
    }

    fn lock(&self, at: libc::off_t) {
        fcntl(&self.0, FcntlArg::F_OFD_SETLK(&Other::region(libc::F_WRLCK, at))).unwrap();
    }

    fn unlock(&self, at: libc::off_t) {
        fcntl(&self.0, FcntlArg::F_OFD_SETLK(&Other::region(libc::F_UNLCK, at))).unwrap();
    }

    /// The kind of lock that somebody else has on a byte.
    fn taken(&self, at: libc::off_t) -> Option<libc::c_int> {
        // What an exclusive lock would meet.
        let mut region = Other::region(libc::F_WRLCK, at);
        fcntl(&self.0, FcntlArg::F_OFD_GETLK(&mut region)).unwrap();
        let kind = libc::c_int::from(region.l_type);
        (kind != libc::F_UNLCK).then_some(kind)
    }

    fn all_taken(&self) -> Vec<libc::off_t> {
        (0x100..=0x1FF).filter(|at| self.taken(*at).is_some()).collect()
    }
}

/// Modes, the bytes that they take, and the ranges of others that keep them out.
type Row = (u32, &'static [libc::off_t], &'static [(libc::off_t, libc::off_t)]);
const TABLE: &[Row] = &[
    (PRIORITY, &[0x158, 0x181, 0x193], &[(0x180, 0x180), (0x1BB, 0x1CE)]),
    (X | RW_, &[0x193, 0x1A7, 0x1BB, 0x1CF], &[(0x193, 0x1E2)]),
    (T | RW_, &[0x193, 0x1A7], &[(0x1BB, 0x1E2)]),
    (T | RW_ | DN, &[0x193, 0x1A7], &[(0x1BB, 0x1E2)]),
    (T | RW_ | DW, &[0x193, 0x1A7, 0x1CF], &[(0x1A7, 0x1E2)]),
    (DW, &[], &[(0x1A7, 0x1CE)]),
    (T, &[0x193], &[(0x1BB, 0x1CE)]),
    (X, &[0x193, 0x1BB, 0x1CF], &[(0x158, 0x1E2)]),
    (NOSNAPSHOT | T | RW_, &[0x16C, 0x193, 0x1A7, 0x1CF], &[(0x1BB, 0x1E2)]),
    (T | W | DW, &[0x1A7, 0x1CF], &[(0x1A7, 0x1BA), (0x1CF, 0x1E2)]),
    (SWMR | DN, &[0x193], &[(0x1BB, 0x1CE)]),
    (SWMR | RW_ | DW, &[0x193, 0x1A7, 0x1CF], &[(0x1A7, 0x1E2)]),
];

/// Spec: S-046, S-047
#[test]
fn each_mode_takes_its_bytes_alone_and_gives_them_back() {
    let (_folder, path) = new_file();
    let other = Other::new(&path);
    for (mode, bytes, _) in TABLE {
        let file = open(&path, *mode).unwrap();
        assert_eq!(other.all_taken(), *bytes, "{mode:#x}");
        for byte in *bytes {
            assert_eq!(other.taken(*byte), Some(libc::F_WRLCK), "exclusive: {mode:#x} {byte:#x}");
        }
        drop(file);
        assert_eq!(other.all_taken(), [0; 0], "{mode:#x}");
    }
    // The next opener takes the next byte of each range.
    let first = open(&path, T | RW_).unwrap();
    let second = open(&path, T | RW_).unwrap();
    assert_eq!(other.all_taken(), [0x193, 0x194, 0x1A7, 0x1A8]);
    drop(first);
    assert_eq!(other.all_taken(), [0x194, 0x1A8]);
    drop(second);
}

/// Spec: S-048
#[test]
fn a_byte_in_a_conflicting_range_keeps_an_opener_out_and_no_other_does() {
    let (_folder, path) = new_file();
    let other = Other::new(&path);
    for (mode, _, conflicts) in TABLE {
        // Others just opening hold the mutex for a moment only; that is waited for.
        for at in BYTES.filter(|at| *at != MUTEX) {
            other.lock(at);
            let answer = open(&path, *mode);
            other.unlock(at);
            let conflict = conflicts.iter().any(|(first, last)| (*first..=*last).contains(&at));
            match answer {
                Ok(_) => assert!(!conflict, "{mode:#x} {at:#x}"),
                Err(Code::StgLockViolation | Code::StgShareViolation) => {
                    assert!(conflict, "{mode:#x} {at:#x}");
                }
                Err(code) => panic!("{mode:#x} {at:#x}: {code}"),
            }
        }
    }
    // A lock that stays on the mutex keeps everybody out who takes locks.
    other.lock(MUTEX);
    assert_eq!(open(&path, X).unwrap_err(), Code::StgLockViolation);
    assert!(open(&path, DW).is_ok());
}

/// Spec: S-034
#[test]
fn who_reads_alone_is_alone() {
    let (_folder, path) = new_file();
    let first = open(&path, X).unwrap();
    assert_eq!(open(&path, X).unwrap_err(), Code::StgShareViolation);
    drop(first);
    assert!(open(&path, X).is_ok());
}

/// Spec: S-040
#[test]
fn a_priority_opener_keeps_only_exclusive_ones_out() {
    let (_folder, path) = new_file();
    let priority = open(&path, PRIORITY).unwrap();
    assert_eq!(open(&path, X | RW_).unwrap_err(), Code::StgLockViolation);
    assert!(open(&path, DW).is_ok());
    let edit = open(&path, T | DW | RW_).unwrap();
    // It reads the file as it is: a commit waits until it is gone.
    edit.create_stream(&name("y"), RW).unwrap();
    assert_eq!(edit.commit(CommitFlags::empty()).unwrap_err().code(), Code::StgLockViolation);
    drop(priority);
    edit.commit(CommitFlags::empty()).unwrap();
}

/// Spec: S-042, S-043
#[test]
fn one_direct_writer_works_beside_readers() {
    let (_folder, path) = new_file();
    let reader = open(&path, SWMR | DN).unwrap();
    assert!(reader.writer_lock().is_none());
    let writer = open(&path, SWMR | RW_ | DW).unwrap();
    assert!(open(&path, SWMR | RW_ | DW).is_err(), "one writer");
    let later = open(&path, SWMR | DN).unwrap();
    let lock = writer.writer_lock().unwrap();
    assert!(!lock.have_write_access());
    lock.wait_for_write_access(Duration::ZERO).unwrap();
    lock.wait_for_write_access(Duration::ZERO).unwrap();
    assert!(lock.have_write_access() && writer.writer_lock().unwrap().have_write_access());
    writer.create_stream(&name("y"), RW).unwrap().write_at(0, b"new").unwrap();
    lock.release_write_access().unwrap();
    assert!(!lock.have_write_access());
    for old in [&reader, &later] {
        assert_eq!(old.elements().unwrap().len(), 2, "readers keep what they opened");
    }
    assert_eq!(open(&path, SWMR | DN).unwrap().elements().unwrap().len(), 3);
    // Either keeps the root open: the count is one for both.
    let other = Other::new(&path);
    drop((reader, later, writer));
    assert_eq!(other.all_taken(), [0x193, 0x1A7, 0x1CF]);
    lock.wait_for_write_access(Duration::ZERO).unwrap();
    drop(lock);
    assert_eq!(other.all_taken(), [0; 0]);
    assert!(open(&path, X | RW_).is_ok());
}

#[test]
fn while_the_writer_has_access_nobody_opens_and_it_gives_up_in_time() {
    let (_folder, path) = new_file();
    let writer = open(&path, SWMR | RW_ | DW).unwrap();
    let lock = writer.writer_lock().unwrap();
    let other = Other::new(&path);
    other.lock(0x185);
    let code = lock.wait_for_write_access(Duration::from_millis(1)).unwrap_err().code();
    assert_eq!(code, Code::StgInUse);
    other.unlock(0x185);
    lock.wait_for_write_access(Duration::ZERO).unwrap();
    assert_eq!(open(&path, SWMR | DN).unwrap_err(), Code::StgLockViolation);
    // Its own commits go through, also when they replace the file; the access moves along.
    writer.create_stream(&name("y"), RW).unwrap();
    writer.commit(CommitFlags::empty()).unwrap();
    assert!(lock.have_write_access() && Other::new(&path).taken(MUTEX).is_some());
    writer.close();
    assert!(!lock.have_write_access());
    assert_eq!(lock.wait_for_write_access(Duration::ZERO).unwrap_err().code(), Code::StgReverted);
    assert!(open(&path, X | RW_).is_ok());
}

#[test]
fn locks_stay_as_long_as_a_handle_and_go_with_the_last() {
    for mode in [T | DW | RW_, X | RW_, X] {
        let (_folder, path) = new_file();
        let file = open(&path, mode).unwrap();
        let storage = file.open_storage(&name("s"), READ).unwrap();
        let stream = file.open_stream(&name("x"), READ).unwrap();
        let alone = || open(&path, X | RW_).map(drop);
        assert!(alone().is_err());
        drop(file);
        assert!(alone().is_err(), "members keep the root open");
        drop(storage);
        assert!(alone().is_err());
        drop(stream);
        assert_eq!(alone(), Ok(()));
        // Closing gives everything back, whoever still holds a dead handle.
        let file = open(&path, mode).unwrap();
        let stream = file.open_stream(&name("x"), READ).unwrap();
        file.close();
        assert_eq!(alone(), Ok(()));
        assert_eq!(stream.size().unwrap_err().code(), Code::StgReverted);
    }
}

/// Spec: S-105
#[test]
fn an_enumerator_keeps_the_file_locked_until_it_goes() {
    for (first, again) in [(X | RW_, X | RW_), (X | RW_ | T, X | RW_), (X, X)] {
        let (_folder, path) = new_file();
        let root = open(&path, first).unwrap();
        let members = root.enumerate().unwrap();
        drop(root);
        let refused = open(&path, again).unwrap_err();
        assert!(matches!(refused, Code::StgShareViolation | Code::StgLockViolation), "{refused:?}");
        assert_eq!(members.next(9).unwrap().len(), 2, "it still works");
        drop(members);
        open(&path, again).unwrap();
    }
}

/// Spec: S-091
#[test]
fn a_sub_storage_neither_keeps_nor_closes_the_root() {
    let (_folder, path) = new_file();
    let file = open(&path, T | DW | RW_).unwrap();
    let root: Arc<dyn Storage> = file.into();
    for round in 0..3 {
        let inner = root.create_storage(&name(&format!("{round}")), RW).unwrap();
        assert_eq!(Arc::strong_count(&root), 1);
        drop(inner);
        assert_eq!(Arc::strong_count(&root), 1);
        assert!(root.stat().is_ok(), "the root is open");
        assert!(open(&path, X | RW_).is_err());
    }
    drop(root);
    assert!(open(&path, X | RW_).is_ok());
}

/// The locks are on the file that the name leads to, also after a commit put a new one there.
#[test]
fn locks_move_along_when_a_commit_replaces_the_file() {
    for (mode, bytes, _) in TABLE.iter().filter(|(mode, ..)| mode & 3 != 0) {
        for writer in [Writer::Replace, Writer::InPlace] {
            let (_folder, path) = new_file();
            let before = Other::new(&path);
            let options = StorageOptions::new().writer(writer);
            let file = options.open_mode(&path, Mode::from_bits(*mode)).unwrap();
            for round in 0..3_u8 {
                let write = Mode::WRITE.and(Mode::SHARE_EXCLUSIVE);
                let stream = file.create_stream(&name(&format!("{round}")), write).unwrap();
                stream.write_at(0, &[round; 100]).unwrap();
                file.commit(CommitFlags::empty()).unwrap();
                assert_eq!(Other::new(&path).all_taken(), *bytes, "{mode:#x} {writer:?}");
            }
            drop(file);
            assert_eq!(Other::new(&path).all_taken(), [0; 0]);
            assert_eq!(before.all_taken(), [0; 0], "nothing stays on the old file");
        }
    }
}

/// Two who share a file commit by turns, each following the other to the new file.
#[test]
fn shared_writers_exclude_each_other_from_commits_on_whatever_file_there_is() {
    let (_folder, path) = new_file();
    let (first, second) = (open(&path, T | RW_ | DN).unwrap(), open(&path, T | RW_ | DN).unwrap());
    for (who, file) in [("a", &first), ("b", &second), ("c", &first)] {
        let stream = file.create_stream(&name(who), RW).unwrap();
        stream.write_at(0, b"abc").unwrap();
        if who != "a" {
            // Somebody commits right now, on the file that is there now.
            let other = Other::new(&path);
            other.lock(0x180);
            let busy = file.commit(CommitFlags::empty()).unwrap_err();
            assert_eq!(busy.code(), Code::StgLockViolation);
        }
        file.commit(CommitFlags::empty()).unwrap();
    }
    assert_eq!(open(&path, X | RW_).unwrap_err(), Code::StgLockViolation);
    drop((first, second));
    assert!(open(&path, X | RW_).is_ok());
}

/// A reader that denies writing takes no lock, so here a later writer is not kept out; the reader
/// keeps what it opened. Record 11 says so.
#[test]
fn a_plain_reader_keeps_what_it_opened() {
    for whole in [1 << 20, 0] {
        let (_folder, path) = new_file();
        let reader = StorageOptions::new().read_whole_up_to(whole).open(&path).unwrap();
        for writer in [Writer::Replace, Writer::InPlace] {
            let edit = StorageOptions::new().writer(writer).edit(&path).unwrap();
            assert_eq!(CompoundFile::open(&path).unwrap_err().code(), Code::StgLockViolation);
            let stream = edit.open_stream(&name("x"), RW).unwrap();
            stream.write_at(0, b"changed, and longer").unwrap();
            edit.commit(CommitFlags::empty()).unwrap();
        }
        assert_eq!(common::stream_bytes(&reader, &name("x")), Ok(b"abc".to_vec()));
    }
}

/// A file that may only be read is locked all the same, by locks that are shared.
#[test]
fn files_that_may_only_be_read_are_shared_as_well() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = new_file();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    if File::options().write(true).open(&path).is_ok() {
        eprintln!(
            "files_that_may_only_be_read_are_shared_as_well: skipped, this user may write all"
        );
        return;
    }
    let first = open(&path, X).unwrap();
    assert_eq!(open(&path, X).unwrap_err(), Code::StgShareViolation);
    assert_eq!(open(&path, T).unwrap_err(), Code::StgShareViolation);
    drop(first);
    let (one, two) = (open(&path, T).unwrap(), open(&path, T | DN).unwrap());
    assert_eq!(open(&path, X).unwrap_err(), Code::StgLockViolation);
    drop((one, two));
    assert!(open(&path, X).is_ok());
}

/// Many who open at once: each range has twenty bytes, and nobody gets in twice.
#[test]
fn openers_in_many_threads_take_turns() {
    let (_folder, path) = new_file();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    match open(&path, X | RW_) {
                        Ok(file) => {
                            assert!(open(&path, T).is_err(), "alone");
                            drop(file);
                        }
                        Err(Code::StgShareViolation | Code::StgLockViolation) => {}
                        Err(code) => panic!("{code}"),
                    }
                }
            });
        }
    });
    let shared: Vec<_> = (0..20).map(|_| open(&path, T).unwrap()).collect();
    assert!(open(&path, T).is_err(), "there is no twenty-first byte");
    drop(shared);
    assert!(open(&path, X | RW_).is_ok());
}

#[test]
fn creating_over_a_file_that_is_open_fails_and_leaves_it() {
    let (_folder, path) = new_file();
    let before = std::fs::read(&path).unwrap();
    let reader = open(&path, T).unwrap();
    for mode in [CR | X | RW_, CR | X | RW_ | T] {
        let answer = StorageOptions::new().create_mode(&path, Mode::from_bits(mode));
        assert_eq!(answer.unwrap_err().code(), Code::StgLockViolation);
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    drop(reader);
    let made = StorageOptions::new().create_mode(&path, Mode::from_bits(CR | X | RW_)).unwrap();
    assert_eq!(Other::new(&path).all_taken(), [0x193, 0x1A7, 0x1BB, 0x1CF]);
    drop(made);
}

const PATH: &str = "OPENIMSG_TEST_SHARE_PATH";
const MODE: &str = "OPENIMSG_TEST_SHARE_MODE";

/// Not a test of its own: holds a root open until its input ends.
#[test]
fn child_holds_a_root_open() {
    let (Ok(path), Ok(mode)) = (std::env::var(PATH), std::env::var(MODE)) else { return };
    let file = open(Path::new(&path), mode.parse().unwrap()).unwrap();
    println!("the child has it open");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    drop(file);
}

/// Openers in different processes meet; what a killed one held is free.
#[test]
fn openers_in_different_processes_meet() {
    let (_folder, path) = new_file();
    // What the child has, what then fails, what goes.
    let cases: [(u32, &[u32], &[u32]); 4] = [
        (X, &[X, X | RW_, T, T | DN | RW_], &[]),
        (T | DW | RW_, &[DW, X, T | RW_], &[T, PRIORITY, SWMR | DN]),
        (PRIORITY, &[X | RW_], &[DW, T | DW | RW_, PRIORITY]),
        (T | DR | RW_, &[T, DW], &[T | W]),
    ];
    for (at, (mode, refused, accepted)) in cases.into_iter().enumerate() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_holds_a_root_open", "--nocapture"])
            .env(PATH, &path)
            .env(MODE, mode.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let there =
            lines.by_ref().map_while(Result::ok).any(|line| line.contains("the child has it open"));
        assert!(there, "{mode:#x}");
        for other in refused {
            let code = open(&path, *other).unwrap_err();
            let in_use = matches!(code, Code::StgShareViolation | Code::StgLockViolation);
            assert!(in_use, "{mode:#x} {other:#x}: {code}");
        }
        for other in accepted {
            assert!(open(&path, *other).is_ok(), "{mode:#x} {other:#x}");
        }
        if at % 2 == 0 {
            child.kill().unwrap();
        } else {
            child.stdin.take().unwrap().write_all(b"\n").unwrap();
        }
        child.wait().unwrap();
        assert!(open(&path, X | RW_).is_ok(), "{mode:#x}");
    }
}
