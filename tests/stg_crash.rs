//! Commits that are interrupted: killed processes, full disks, folders that may not be written.
//!
//! Children are this very program, run again for one test with a path in the environment.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, name, stream_bytes};
use openimsg::{
    Code, CommitFlags, CompoundFile, Mode, Severity, Storage, StorageOptions, Validation, Writer,
};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const PATH: &str = "OPENIMSG_CRASH_PATH";
/// Set for a child that commits in place.
const IN_PLACE: &str = "OPENIMSG_CRASH_IN_PLACE";

/// This program, to run one of its tests as a child.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(PATH, path);
    command
}

/// The path for a child; `None` in the ordinary run.
fn path_of_child() -> Option<PathBuf> {
    std::env::var_os(PATH).map(PathBuf::from)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn put(storage: &dyn Storage, stream: &str, content: &[u8]) {
    let stream = storage.create_stream(&name(stream), RW.and(Mode::CREATE)).unwrap();
    stream.write_at(0, content).unwrap();
}

/// State number `round`: two streams and a storage that belong together.
fn set_state(file: &CompoundFile, round: u32) {
    put(file, "number", &round.to_le_bytes());
    put(file, "content", &content(round));
    let inner = match file.open_storage(&name("inner"), RW) {
        Ok(inner) => inner,
        Err(_) => file.create_storage(&name("inner"), RW).unwrap(),
    };
    put(&*inner, "number", &round.to_le_bytes());
}

fn content(round: u32) -> Vec<u8> {
    let len = 1000 + round.wrapping_mul(7919) % 300_000;
    (0..len).map(|at| (at ^ round) as u8).collect()
}

/// The number of the state in a file; a state that is no state fails.
fn state(path: &Path) -> u32 {
    state_by(&StorageOptions::new().validation(Validation::Strict), path)
}

/// After a commit in place that was killed: no FAT knows the sectors that it had appended.
fn state_after_a_kill(path: &Path, in_place: bool) -> u32 {
    if !in_place {
        return state(path);
    }
    let bytes = fs::read(path).unwrap();
    let findings = CompoundFile::from_bytes(bytes).unwrap().check().unwrap();
    let bad = findings.iter().filter(|it| it.severity() != Severity::Note);
    let bad: Vec<_> = bad.filter(|it| !["fat-short", "file-length"].contains(&it.code())).collect();
    assert!(bad.is_empty(), "{bad:?}");
    state_by(&StorageOptions::new(), path)
}

fn state_by(options: &StorageOptions, path: &Path) -> u32 {
    // The bytes, whoever has the file open.
    let file = options.from_bytes(fs::read(path).unwrap()).unwrap();
    let number = stream_bytes(&file, &name("number")).unwrap();
    let round = u32::from_le_bytes(number.clone().try_into().unwrap());
    assert!(stream_bytes(&file, &name("content")).unwrap() == content(round), "{round}");
    let inner = file.open_storage(&name("inner"), READ).unwrap();
    assert_eq!(stream_bytes(&*inner, &name("number")).unwrap(), number);
    round
}

fn new_file(path: &Path) {
    let file = CompoundFile::create(path).unwrap();
    set_state(&file, 0);
    file.commit(CommitFlags::empty()).unwrap();
}

fn writer(in_place: bool) -> StorageOptions {
    StorageOptions::new().writer(if in_place { Writer::InPlace } else { Writer::Replace })
}

/// Not a test of its own: commits until it is killed, telling each commit.
#[test]
fn child_commits_until_it_is_killed() {
    let Some(path) = path_of_child() else { return };
    let in_place = std::env::var_os(IN_PLACE).is_some();
    let mut round = state_after_a_kill(&path, in_place);
    // Now whole in memory, now by windows.
    let threshold = if round.is_multiple_of(2) { 0 } else { 1 << 25 };
    let file = writer(in_place).read_whole_up_to(threshold).edit(&path).unwrap();
    let cache = CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE;
    loop {
        round += 1;
        set_state(&file, round);
        let flags = match round % 7 {
            1 | 3 | 5 => cache,
            6 => CommitFlags::CONSOLIDATE,
            _ => CommitFlags::empty(),
        };
        file.commit(flags).unwrap();
        println!("committed {round}");
        std::io::stdout().flush().unwrap();
    }
}

/// Kills so many children while they commit, each at a random moment; how many of them left a
/// temporary, and how many a commit that had not been told yet.
fn kill(in_place: bool, kills: u32) -> (usize, u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.msg");
    new_file(&path);
    let mut random = 1_u64 + u64::from(in_place);
    let (mut left_over, mut untold) = (0, 0);
    for _ in 0..kills {
        let before = state_after_a_kill(&path, in_place);
        let mut child = child("child_commits_until_it_is_killed", &path);
        if in_place {
            child.env(IN_PLACE, "1");
        }
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut last = before;
        let mut told = |line: std::io::Result<String>| {
            let number = line.ok().and_then(|line| Some(line.rsplit_once("committed ")?.1.parse()));
            if let Some(Ok(number)) = number {
                last = number;
            }
        };
        // Let it commit once, then strike anywhere.
        for line in lines.by_ref() {
            let begun = line.as_ref().is_ok_and(|line| line.contains("committed"));
            told(line);
            if begun {
                break;
            }
        }
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros(random >> 32 & 0x1FFF));
        child.kill().unwrap();
        child.wait().unwrap();
        lines.for_each(told);
        let after = state_after_a_kill(&path, in_place);
        assert!(after == last || after == last + 1, "told {last}, found {after}");
        untold += after - last;
        left_over += names(folder.path()).len() - 1;
        let file = writer(in_place).edit(&path).unwrap();
        set_state(&file, after + 1);
        file.commit(CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE).unwrap();
        assert_eq!(state_after_a_kill(&path, in_place), after + 1);
        assert_eq!(names(folder.path()), ["file.msg"], "the next commit clears up");
    }
    (left_over, untold)
}

/// Random moments, with real processes; every moment is in `stg_replay.rs`.
///
/// Spec: S-179
#[test]
fn a_killed_commit_leaves_the_old_state_or_the_new_one() {
    let (left_over, untold) = kill(false, 40);
    eprintln!("40 kills: {left_over} left a temporary, {untold} struck after the switch");
}

#[test]
fn a_killed_commit_in_place_leaves_the_old_state_or_the_new_one() {
    let (left_over, untold) = kill(true, 40);
    assert_eq!(left_over, 0);
    eprintln!("40 kills in place: {untold} struck after the switch");
}

/// Not a test of its own: runs where no file may grow beyond some ten thousand bytes.
#[test]
fn child_meets_a_full_disk() {
    let Some(path) = path_of_child() else { return };
    let file = CompoundFile::edit(&path).unwrap();
    set_state(&file, 77);
    put(&file, "large", &[1; 1 << 20]);
    for _ in 0..2 {
        let error = file.commit(CommitFlags::empty()).unwrap_err();
        assert_eq!(error.code(), Code::StgMediumFull, "{error}");
        assert_eq!(state(&path), 0, "the old state is intact");
        assert_eq!(names(path.parent().unwrap()), ["file.msg"]);
        assert_eq!(stream_bytes(&file, &name("large")).unwrap().len(), 1 << 20);
    }
    file.destroy_element(&name("large")).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(state(&path), 77, "some space was freed, and the next commit went through");
    println!("the child was there");
}

/// Spec: S-167
#[test]
fn a_commit_on_a_full_disk_fails_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.msg");
    new_file(&path);
    // The shell limits the size of files; with the signal ignored, writing says that it is too large.
    let inner = child("child_meets_a_full_disk", &path);
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 800; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env(PATH, &path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("the child was there"), "{text}");
    assert_eq!(state(&path), 77);
}

/// Not a test of its own: runs as a user for whom permissions count.
#[test]
fn child_meets_a_folder_that_may_not_be_written() {
    let Some(path) = path_of_child() else { return };
    let folder = path.parent().unwrap();
    let allow = |mode| fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    let shared = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_DENY_NONE);
    let replacing = StorageOptions::new().writer(Writer::Replace);
    let file = replacing.open_mode(&path, shared).unwrap();
    set_state(&file, 5);
    allow(0o555);
    let error = file.commit(CommitFlags::empty()).unwrap_err();
    assert_eq!(error.code(), Code::StgAccessDenied, "{error}");
    let create = CompoundFile::create(folder.join("new")).unwrap_err();
    assert_eq!(create.code(), Code::StgAccessDenied);
    assert_eq!(state(&path), 0);
    // Where the library may choose, it changes the file itself.
    let auto = StorageOptions::new().open_mode(&path, shared).unwrap();
    set_state(&auto, 4);
    auto.commit(CommitFlags::empty()).unwrap();
    assert_eq!(state(&path), 4);
    allow(0o755);
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(state(&path), 5);
    println!("the child was there");
}

#[test]
fn a_folder_that_may_not_be_written_keeps_the_old_file() {
    const NOBODY: u32 = 65_534;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.msg");
    new_file(&path);
    let mut command = child("child_meets_a_folder_that_may_not_be_written", &path);
    if fs::metadata(&path).unwrap().uid() == 0 {
        // Permissions do not bind the superuser; somebody else has to try.
        for path in [folder.path(), &path] {
            std::os::unix::fs::chown(path, Some(NOBODY), None).unwrap();
        }
        std::os::unix::process::CommandExt::uid(&mut command, NOBODY);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("a_folder_that_may_not_be_written: skipped, no other user may run: {error}");
            return;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("the child was there"), "{text}");
}

/// Spec: structured-storage part 3
#[test]
fn permissions_are_kept_and_new_files_get_the_usual_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = folder.path().join("file.msg");
    new_file(&path);
    for wanted in [0o600, 0o640, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
        let file = CompoundFile::edit(&path).unwrap();
        set_state(&file, wanted);
        file.commit(CommitFlags::empty()).unwrap();
        assert_eq!((mode(&path), state(&path)), (wanted, wanted));
    }
    let (plain, new) = (folder.path().join("plain"), folder.path().join("new"));
    fs::write(&plain, b"").unwrap();
    let file = CompoundFile::create_or_replace(&new).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(mode(&new), mode(&plain));
    fs::remove_file(&new).unwrap();
    file.commit(CommitFlags::CONSOLIDATE).unwrap();
    assert_eq!(mode(&new), mode(&plain), "also when the file went away meanwhile");
}

#[test]
fn the_file_behind_a_link_is_replaced_and_the_link_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (home, elsewhere) = (folder.path().join("home"), folder.path().join("elsewhere"));
    fs::create_dir(&home).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    let target = elsewhere.join("target.msg");
    new_file(&target);
    let link = home.join("link.msg");
    std::os::unix::fs::symlink("../elsewhere/target.msg", &link).unwrap();
    let file = CompoundFile::edit(&link).unwrap();
    set_state(&file, 9);
    file.commit(CommitFlags::empty()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::symlink_metadata(&target).unwrap().is_file());
    assert_eq!((state(&target), state(&link)), (9, 9));
    assert_eq!(
        (names(&home), names(&elsewhere)),
        (vec!["link.msg".into()], vec!["target.msg".into()])
    );
}

/// A target that has gone or become a folder: an error or a new file, never a lost change.
#[test]
fn a_commit_onto_nothing_or_onto_a_folder_loses_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.msg");
    new_file(&path);
    let file = CompoundFile::edit(&path).unwrap();
    set_state(&file, 3);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(file.commit(CommitFlags::empty()).is_err());
    assert_eq!(names(folder.path()), ["file.msg"]);
    fs::remove_dir(&path).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(state(&path), 3);
}

/// Openers in many threads: the last commit wins, and every file on the way is a whole one.
#[test]
fn commits_of_many_openers_never_mix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.msg");
    new_file(&path);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for round in 0..15 {
                    let shared = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_DENY_NONE);
                    let file = StorageOptions::new().open_mode(path, shared).unwrap();
                    set_state(&file, thread * 1000 + round);
                    file.commit(CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE).unwrap();
                    state(path);
                }
            });
        }
    });
    assert_eq!(names(folder.path()), ["file.msg"]);
}
