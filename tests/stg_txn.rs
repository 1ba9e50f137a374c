//! Transactions: what is seen when, what reaches the file, what dies.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, listing, name, stream_bytes};
use openimsg::{
    Code, CommitFlags, CompoundFile, Error, Guid, Mode, Storage, StorageOptions, Stream,
};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

const T: Mode = RW.and(Mode::TRANSACTED);
const DEFAULT: CommitFlags = CommitFlags::empty();

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("an error").code()
}

/// Read, write, transacted, and everybody else too.
const SHARED: Mode = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_DENY_NONE);

/// What is in a file, whoever has it open.
fn look(path: &std::path::Path) -> CompoundFile {
    CompoundFile::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

fn write(storage: &dyn Storage, stream: &str, content: &[u8]) -> Arc<dyn Stream> {
    let stream = storage.create_stream(&name(stream), RW.and(Mode::CREATE)).unwrap();
    stream.write_at(0, content).unwrap();
    stream
}

fn read(storage: &dyn Storage, stream: &str) -> Vec<u8> {
    stream_bytes(storage, &name(stream)).unwrap()
}

fn names(storage: &dyn Storage) -> Vec<String> {
    storage.elements().unwrap().into_iter().map(|stat| stat.name.unwrap().to_string()).collect()
}

fn reopened(file: &CompoundFile) -> CompoundFile {
    CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap()
}

/// The transaction signature in a file's header.
fn signature(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[52..56].try_into().unwrap())
}

fn on_disk(content: &[u8]) -> (TempDir, PathBuf, CompoundFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let file = CompoundFile::create(&path).unwrap();
    write(&file, "x", content);
    file.commit(DEFAULT).unwrap();
    (folder, path, file)
}

/// Spec: S-118
#[test]
fn a_commit_publishes_what_is_there_and_later_changes_go_with_the_root() {
    let (_folder, path, file) = on_disk(b"1");
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    write(&*inner, "y", b"2");
    file.commit(DEFAULT).unwrap();
    write(&*inner, "z", b"3");
    write(&file, "x", b"changed");
    drop((inner, file));
    let back = CompoundFile::open(&path).unwrap();
    assert_eq!((names(&back), read(&back, "x")), (vec!["x".into(), "inner".into()], b"1".to_vec()));
    assert_eq!(names(&*back.open_storage(&name("inner"), READ).unwrap()), ["y"]);
}

/// Spec: S-119
#[test]
fn a_commit_leaves_handles_open_and_they_go_on() {
    let (_folder, path, file) = on_disk(b"1");
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    let stream = write(&*inner, "y", b"first");
    for round in 0..3_u8 {
        file.commit(DEFAULT).unwrap();
        stream.write_at(1, &[round; 9000]).unwrap();
        write(&*inner, "z", &[round]);
    }
    file.commit(DEFAULT).unwrap();
    let back = look(&path).open_storage(&name("inner"), READ).unwrap();
    let mut expected = b"f".to_vec();
    expected.extend([2; 9000]);
    assert_eq!((read(&*back, "y"), read(&*back, "z")), (expected, vec![2]));
}

/// Spec: S-121
#[test]
fn a_transacted_root_asks_for_no_access() {
    let file = CompoundFile::memory();
    write(&file, "x", b"1");
    file.commit(DEFAULT).unwrap();
    write(&*file.create_storage(&name("t"), RW).unwrap(), "y", b"1");
    file.commit(DEFAULT).unwrap();
    let inner = file.open_storage(&name("t"), READ.and(Mode::TRANSACTED)).unwrap();
    assert!(
        inner.open_stream(&name("y"), RW).is_ok() && inner.create_stream(&name("z"), RW).is_ok()
    );
    assert!(file.open_stream(&name("x"), RW).is_ok());
}

/// Spec: S-122, S-123
#[test]
fn a_revert_kills_all_handles_and_brings_back_what_was_committed() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    let deep = inner.create_storage(&name("deep"), RW).unwrap();
    let kept = write(&*deep, "kept", b"1");
    file.commit(DEFAULT).unwrap();
    kept.write_at(0, b"2").unwrap();
    let lost = write(&*deep, "lost", b"x");
    let gone = write(&file, "gone", b"x");
    file.revert().unwrap();
    for stream in [&kept, &lost, &gone] {
        assert_eq!(code(stream.write_at(0, b"x")), Code::StgReverted);
    }
    for storage in [&inner, &deep] {
        assert_eq!(code(storage.stat()), Code::StgReverted);
    }
    assert_eq!(names(&file), ["inner"]);
    assert_eq!(code(file.open_stream(&name("gone"), READ)), Code::StgFileNotFound);
    let inner = file.open_storage(&name("inner"), RW).unwrap();
    let deep = inner.open_storage(&name("deep"), RW).unwrap();
    assert_eq!((names(&*deep), read(&*deep, "kept")), (vec!["kept".into()], b"1".to_vec()));
    write(&*deep, "next", b"x");
    file.commit(DEFAULT).unwrap();
    assert_eq!(listing(Arc::new(reopened(&file))).len(), 5);
}

/// Spec: S-122
#[test]
fn a_new_root_reverts_to_nothing() {
    let file = CompoundFile::memory();
    write(&file, "x", b"1");
    file.set_class(Guid::from_bytes([1; 16])).unwrap();
    file.revert().unwrap();
    assert_eq!((names(&file), file.stat().unwrap().class), (vec![], Guid::NULL));
}

/// Spec: S-124
#[test]
fn a_direct_storage_has_nothing_to_revert_or_commit() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    let stream = write(&*inner, "x", b"1");
    inner.revert().unwrap();
    inner.commit(DEFAULT).unwrap();
    stream.write_at(0, b"2").unwrap();
    assert_eq!(names(&reopened(&file)), Vec::<String>::new());
}

/// Spec: S-125
#[test]
fn closing_a_root_kills_all_that_was_opened_through_it() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("inner"), T).unwrap();
    let stream = write(&*inner, "x", b"1");
    file.close();
    assert_eq!(code(stream.stat()), Code::StgReverted);
    assert_eq!(code(stream.write_at(0, b"x")), Code::StgReverted);
    assert_eq!(code(stream.read_at(0, &mut [0])), Code::StgReverted);
    assert_eq!(code(inner.set_state_bits(1, 1)), Code::StgReverted);
    assert_eq!(code(inner.commit(DEFAULT)), Code::StgReverted);
}

/// Spec: S-127
#[test]
fn a_transacted_storage_in_a_transacted_root_commits_and_reverts_on_its_own() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("inner"), T).unwrap();
    write(&*inner, "kept", b"1");
    file.commit(DEFAULT).unwrap();
    let seen = reopened(&file).open_storage(&name("inner"), READ).unwrap();
    assert_eq!(names(&*seen), Vec::<String>::new(), "uncommitted in the inner level");
    inner.commit(DEFAULT).unwrap();
    write(&*inner, "lost", b"1");
    inner.revert().unwrap();
    assert_eq!(names(&*inner), ["kept"]);
    write(&*inner, "more", b"1");
    inner.commit(DEFAULT).unwrap();
    file.commit(DEFAULT).unwrap();
    let seen = reopened(&file).open_storage(&name("inner"), READ).unwrap();
    assert_eq!(names(&*seen), ["kept", "more"]);
}

/// Spec: S-129
#[test]
fn a_transacted_storage_opened_for_reading_takes_changes_and_refuses_to_commit() {
    let file = CompoundFile::memory();
    drop(file.create_storage(&name("inner"), RW).unwrap());
    let inner = file.open_storage(&name("inner"), READ.and(Mode::TRANSACTED)).unwrap();
    write(&*inner, "x", b"1");
    inner.set_class(Guid::from_bytes([1; 16])).unwrap();
    assert_eq!(names(&*inner), ["x"]);
    assert_eq!(code(inner.commit(DEFAULT)), Code::StgAccessDenied);
    drop(inner);
    assert_eq!(names(&*file.open_storage(&name("inner"), RW).unwrap()), Vec::<String>::new());
}

/// Spec: S-130, S-131, S-132, S-133
#[test]
fn two_openers_keep_their_own_state_and_the_last_commit_wins() {
    let unnamed = Mode::READWRITE.and(Mode::TRANSACTED);
    for (threshold, mode) in [(1 << 20, SHARED), (0, SHARED), (0, unnamed)] {
        let (_folder, path, file) = on_disk(b"aaa");
        drop(file);
        let options = StorageOptions::new().read_whole_up_to(threshold);
        let first = options.open_mode(&path, mode).unwrap();
        let second = options.open_mode(&path, mode).unwrap();
        write(&first, "x", b"ccc");
        first.commit(DEFAULT).unwrap();
        assert_eq!(read(&second, "x"), b"aaa", "its opening state");
        write(&second, "x", b"bbb");
        assert_eq!(code(second.commit(CommitFlags::ONLY_IF_CURRENT)), Code::StgNotCurrent);
        second.commit(DEFAULT).unwrap();
        second.commit(CommitFlags::ONLY_IF_CURRENT).unwrap();
        assert_eq!(read(&look(&path), "x"), b"bbb");
        first.revert().unwrap();
        assert_eq!(read(&first, "x"), b"ccc", "its own last commit");
        assert_eq!(code(first.commit(CommitFlags::ONLY_IF_CURRENT)), Code::StgNotCurrent);
        write(&first, "y", b"1");
        assert_eq!(code(first.commit(CommitFlags::ONLY_IF_CURRENT)), Code::StgNotCurrent);
    }
}

/// Spec: S-134, S-135
#[test]
fn overwriting_commits_do_not_grow_the_file() {
    let content: Vec<u8> = (0..16_384_u32).map(|at| (at % 253) as u8).collect();
    let (_folder, path, file) = on_disk(&content);
    let len = std::fs::metadata(&path).unwrap().len();
    let stream = file.open_stream(&name("x"), RW).unwrap();
    stream.write_at(5000, b"!").unwrap();
    file.commit(CommitFlags::OVERWRITE).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), len);
    drop(stream);
    file.rename_element(&name("x"), &name("y")).unwrap();
    file.commit(CommitFlags::OVERWRITE).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), len);
    let mut expected = content;
    expected[5000] = b'!';
    assert!(read(&look(&path), "y") == expected);
}

/// Spec: S-139, S-140
#[cfg(unix)] // Elsewhere the system keeps others from writing to a file that is open.
#[test]
fn a_file_overwritten_by_others_is_noticed_once_there_was_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let file = CompoundFile::create(&path).unwrap();
    let zeros = vec![0; 1536];
    std::fs::write(&path, &zeros).unwrap();
    file.commit(DEFAULT).unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(&[0xD0, 0xCF, 0x11, 0xE0]));
    std::fs::write(&path, &zeros).unwrap();
    assert_eq!(code(file.commit(DEFAULT)), Code::StgInvalidHeader);
    write(&file, "x", b"1");
    assert_eq!(code(file.commit(DEFAULT)), Code::StgInvalidHeader);
    assert_eq!(std::fs::read(&path).unwrap(), zeros);
    assert_eq!(read(&file, "x"), b"1", "the changes are still there");
}

/// Spec: S-168
#[test]
fn the_signature_grows_with_each_commit_of_the_root_only() {
    let file = CompoundFile::memory();
    assert_eq!(signature(&file.to_bytes().unwrap()), 0);
    let inner = file.create_storage(&name("inner"), T).unwrap();
    for round in 1..4_u8 {
        write(&*inner, "x", &[round]);
        inner.commit(DEFAULT).unwrap();
        inner.commit(DEFAULT).unwrap();
        file.commit(DEFAULT).unwrap();
        assert_eq!(signature(&file.to_bytes().unwrap()), u32::from(round));
    }
    let edited = CompoundFile::edit_bytes(file.to_bytes().unwrap()).unwrap();
    write(&edited, "y", b"1");
    edited.commit(DEFAULT).unwrap();
    assert_eq!(signature(&edited.to_bytes().unwrap()), 4);
}

/// Spec: S-169
#[test]
fn only_the_outermost_commit_reaches_the_file() {
    let (_folder, path, file) = on_disk(b"0");
    let middle = file.create_storage(&name("middle"), T).unwrap();
    let inner = middle.create_storage(&name("inner"), T).unwrap();
    let before = std::fs::read(&path).unwrap();
    write(&*inner, "x", b"1");
    inner.commit(DEFAULT).unwrap();
    middle.commit(DEFAULT).unwrap();
    assert!(std::fs::read(&path).unwrap() == before);
    file.commit(DEFAULT).unwrap();
    write(&*inner, "x", b"2");
    inner.commit(DEFAULT).unwrap();
    middle.revert().unwrap();
    assert_eq!(code(inner.stat()), Code::StgReverted);
    middle.commit(DEFAULT).unwrap();
    file.commit(DEFAULT).unwrap();
    let back = look(&path).open_storage(&name("middle"), READ).unwrap();
    assert_eq!(read(&*back.open_storage(&name("inner"), READ).unwrap(), "x"), b"1");
}

/// Destroying, renaming and creating anew inside a level, in every order, published level by level.
#[test]
fn names_that_change_hands_inside_levels_come_out_right() {
    let file = CompoundFile::memory();
    let outer = file.create_storage(&name("outer"), T).unwrap();
    for stream in ["a", "b", "c"] {
        write(&*outer, stream, stream.as_bytes());
    }
    write(&*outer.create_storage(&name("s"), RW).unwrap(), "in", b"s");
    outer.commit(DEFAULT).unwrap();
    file.commit(DEFAULT).unwrap();
    drop(outer);
    let outer = file.open_storage(&name("outer"), T).unwrap();
    let rename = |old, new| outer.rename_element(&name(old), &name(new)).unwrap();
    for (old, new) in [("a", "tmp"), ("b", "a"), ("tmp", "b")] {
        rename(old, new);
    }
    outer.destroy_element(&name("c")).unwrap();
    rename("s", "c");
    write(&*outer, "s", b"now a stream");
    assert_eq!(names(&*outer), ["a", "b", "c", "s"]);
    outer.commit(DEFAULT).unwrap();
    file.commit(DEFAULT).unwrap();
    drop(outer);
    for root in [&reopened(&file), &file] {
        let outer = root.open_storage(&name("outer"), READ).unwrap();
        assert_eq!((read(&*outer, "a"), read(&*outer, "b")), (b"b".to_vec(), b"a".to_vec()));
        assert_eq!(read(&*outer, "s"), b"now a stream");
        assert_eq!(read(&*outer.open_storage(&name("c"), READ).unwrap(), "in"), b"s");
    }
}

/// A handle of an inner level works on over commits of the root, in any order.
#[test]
fn an_inner_level_outlives_commits_of_its_root() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("inner"), T).unwrap();
    let stream = write(&*inner, "x", b"000");
    for round in 1..5_u8 {
        stream.write_at(0, &[b'0' + round]).unwrap();
        file.commit(DEFAULT).unwrap();
        inner.commit(DEFAULT).unwrap();
        write(&*inner, &format!("{round}"), &[round]);
        file.commit(DEFAULT).unwrap();
        let back = reopened(&file).open_storage(&name("inner"), READ).unwrap();
        assert_eq!(read(&*back, "x"), [b'0' + round, b'0', b'0']);
        assert_eq!(names(&*back).len(), usize::from(round));
    }
}

/// Spec: S-176
#[test]
fn consolidating_writes_even_without_changes_and_unknown_flags_are_refused() {
    let file = CompoundFile::memory();
    write(&file, "x", b"1");
    file.commit(DEFAULT).unwrap();
    file.commit(DEFAULT).unwrap();
    assert_eq!(signature(&file.to_bytes().unwrap()), 1, "nothing to write");
    file.commit(CommitFlags::CONSOLIDATE).unwrap();
    assert_eq!(signature(&file.to_bytes().unwrap()), 2);
    let unknown = CommitFlags::from_bits_retain(0x10);
    assert_eq!(code(file.commit(unknown)), Code::StgInvalidFlag);
    // Padding after the end and gaps are gone.
    let mut bytes = file.to_bytes().unwrap();
    let len = bytes.len();
    bytes.resize(len + 10_000, 0);
    let padded = CompoundFile::edit_bytes(bytes).unwrap();
    padded.commit(CommitFlags::CONSOLIDATE).unwrap();
    assert_eq!(padded.to_bytes().unwrap().len(), len);
}

/// Spec: S-172
#[test]
fn what_a_commit_does_not_touch_stays_as_it_is() {
    let file = CompoundFile::memory();
    for at in 0..20 {
        write(&file, &format!("foreign {at}"), &vec![at; usize::from(at) * 700]);
    }
    let inner = file.create_storage(&name("foreign storage"), RW).unwrap();
    inner.set_class(Guid::from_bytes([2; 16])).unwrap();
    inner.set_state_bits(77, u32::MAX).unwrap();
    write(&*inner, "in it", b"1");
    drop(inner);
    file.commit(DEFAULT).unwrap();
    let mut before = listing(Arc::new(reopened(&file)));
    write(&file, "__substg1.0_0037001F", b"s");
    file.commit(DEFAULT).unwrap();
    let mut after = listing(Arc::new(reopened(&file)));
    assert!(after.remove("/__substg1.0_0037001F").is_some());
    assert_eq!(before.remove(""), after.remove(""));
    assert!(before == after);
}

/// A level on a level on a level: no stack is used up by opening them or by letting them go.
#[test]
fn levels_may_be_as_deep_as_a_caller_likes() {
    let file = CompoundFile::memory();
    let mut levels: Vec<Arc<dyn Storage>> = vec![file.create_storage(&name("d"), T).unwrap()];
    for _ in 0..20_000 {
        levels.push(levels.last().unwrap().create_storage(&name("d"), T).unwrap());
    }
    let stream = write(&**levels.last().unwrap(), "x", b"deep");
    assert_eq!(names(&*levels[0]), ["d"]);
    // The outermost first: the innermost then holds all of them alone.
    levels.drain(..).for_each(drop);
    drop(stream);
}

/// Each level asks the one below, and publishes to it.
#[test]
fn many_levels_read_and_commit_through_each_other() {
    let depth = 60;
    let file = CompoundFile::memory();
    for round in 0..3_u8 {
        let open = |above: &dyn Storage| match round {
            0 => above.create_storage(&name("d"), T).unwrap(),
            _ => above.open_storage(&name("d"), T).unwrap(),
        };
        let mut levels = vec![open(&file)];
        for at in 1..depth {
            levels.push(open(&*levels[at - 1]));
        }
        let last = levels.last().unwrap();
        if round > 0 {
            assert_eq!(read(&**last, "x"), [round - 1]);
        }
        write(&**last, "x", &[round]);
        levels.iter().rev().for_each(|level| level.commit(DEFAULT).unwrap());
        file.commit(DEFAULT).unwrap();
    }
    let mut at: Arc<dyn Storage> = reopened(&file).open_storage(&name("d"), READ).unwrap();
    for _ in 1..depth {
        at = at.open_storage(&name("d"), READ).unwrap();
    }
    assert_eq!(read(&*at, "x"), [2]);
}
