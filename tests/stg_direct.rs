//! Direct, simple and transacted roots: when changes reach the file, and going on in another file.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, name, stream_bytes};
use openimsg::{
    Code, CommitFlags, CompoundFile, Guid, LockBytes, MemoryLockBytes, Mode, SeekOrigin,
    SeekStream, Storage, StorageOptions, StreamCursor,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const DEFAULT: CommitFlags = CommitFlags::empty();
const DIRECT: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);
const T: Mode = RW.and(Mode::TRANSACTED);

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.stg");
    (folder, path)
}

fn create(path: &Path, mode: Mode) -> CompoundFile {
    StorageOptions::new().create_mode(path, mode).unwrap()
}

fn open(path: &Path, mode: Mode) -> CompoundFile {
    StorageOptions::new().open_mode(path, mode).unwrap()
}

/// What is in a file, whoever has it open.
fn look(path: &Path) -> CompoundFile {
    CompoundFile::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

fn put(storage: &dyn Storage, stream: &str, bytes: &[u8]) {
    let stream = storage.create_stream(&name(stream), RW.and(Mode::CREATE)).unwrap();
    stream.write_at(0, bytes).unwrap();
}

fn names(storage: &dyn Storage) -> Vec<String> {
    storage.elements().unwrap().iter().map(|stat| stat.name.unwrap().to_string()).collect()
}

#[test]
fn a_direct_root_reaches_the_file_at_commit_and_finish() {
    let (_folder, path) = folder();
    let file = create(&path, DIRECT);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 1536, "an empty docfile at once");
    put(&file, "a", b"1");
    file.commit(DEFAULT).unwrap();
    assert_eq!(stream_bytes(&look(&path), &name("a")), Ok(b"1".to_vec()));
    let inner = file.create_storage(&name("s"), RW).unwrap();
    put(&*inner, "b", b"2");
    // A direct storage in a direct root has no transaction of its own either.
    inner.commit(DEFAULT).unwrap();
    let back = look(&path).open_storage(&name("s"), READ).unwrap();
    assert_eq!(stream_bytes(&*back, &name("b")), Ok(b"2".to_vec()));
    put(&file, "c", b"3");
    file.finish().unwrap();
    assert_eq!(inner.stat().unwrap_err().code(), Code::StgReverted, "finished is closed");
    assert_eq!(names(&look(&path)), ["a", "c", "s"]);
    let file = open(&path, DIRECT);
    put(&file, "d", b"4");
    drop(file);
    assert_eq!(names(&look(&path)), ["a", "c", "s"], "dropping writes nothing");
    open(&path, Mode::READ.and(Mode::SHARE_EXCLUSIVE)).finish().unwrap();
}

/// Spec: S-124
#[test]
fn reverting_a_direct_root_does_nothing() {
    let (_folder, path) = folder();
    let file = create(&path, DIRECT);
    let stream = file.create_stream(&name("x"), RW).unwrap();
    stream.write_at(0, b"abc").unwrap();
    file.revert().unwrap();
    stream.write_at(3, b"def").unwrap();
    drop(stream);
    file.finish().unwrap();
    assert_eq!(stream_bytes(&look(&path), &name("x")), Ok(b"abcdef".to_vec()));
}

/// Spec: S-128
#[test]
fn a_transacted_storage_in_a_direct_root_commits_into_the_file() {
    let (_folder, path) = folder();
    let file = create(&path, DIRECT);
    let outer = file.create_storage(&name("outer"), RW).unwrap();
    for parent in [&file as &dyn Storage, &*outer] {
        let inner = parent.create_storage(&name("t"), T).unwrap();
        put(&*inner, "kept", b"1");
        inner.commit(DEFAULT).unwrap();
        put(&*inner, "dropped", b"2");
        inner.revert().unwrap();
        assert_eq!(names(&*inner), ["kept"], "Revert drops");
        put(&*inner, "later", b"3");
        inner.commit(DEFAULT).unwrap();
        assert_eq!(names(&*inner), ["kept", "later"], "and it stays usable");
    }
    // Nobody committed the root, and nobody will.
    let inner = outer.open_storage(&name("t"), T);
    let deeper = inner.unwrap();
    let below = deeper.create_storage(&name("below"), T).unwrap();
    put(&*below, "x", b"4");
    below.commit(DEFAULT).unwrap();
    drop((below, deeper, outer, file));
    let back = look(&path);
    let outer = back.open_storage(&name("outer"), READ).unwrap();
    for parent in [&back as &dyn Storage, &*outer] {
        let inner = parent.open_storage(&name("t"), READ).unwrap();
        assert_eq!(names(&*inner), ["kept", "later"], "published, but not what is two levels down");
        assert_eq!(stream_bytes(&*inner, &name("kept")), Ok(b"1".to_vec()));
    }
}

/// Spec: S-170
#[test]
fn a_transacted_root_opened_for_reading_takes_changes_and_commits_none() {
    let (_folder, path) = folder();
    let file = create(&path, DIRECT);
    put(&file, "x", b"old");
    file.finish().unwrap();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let before = std::fs::read(&path).unwrap();
    for share in [Mode::SHARE_DENY_NONE, Mode::SHARE_DENY_WRITE, Mode::SHARE_EXCLUSIVE] {
        let file = open(&path, Mode::READ.and(Mode::TRANSACTED).and(share));
        let stream = file.open_stream(&name("x"), RW).unwrap();
        stream.write_at(0, b"new").unwrap();
        put(&file, "y", b"1");
        assert_eq!(names(&file), ["x", "y"]);
        assert_eq!(file.commit(DEFAULT).unwrap_err().code(), Code::StgAccessDenied);
        file.revert().unwrap();
        assert_eq!(stream_bytes(&file, &name("x")), Ok(b"old".to_vec()));
        drop(file);
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

/// Spec: S-088, S-089, S-090
#[test]
fn a_read_only_storage_in_a_shared_reading_root_refuses_in_order() {
    let (_folder, path) = folder();
    let file = create(&path, DIRECT);
    let inner = file.create_storage(&name("s"), RW).unwrap();
    put(&*inner, "there", b"1");
    file.finish().unwrap();
    let file = open(&path, Mode::READ.and(Mode::TRANSACTED));
    let inner = file.open_storage(&name("s"), READ).unwrap();
    let create = RW.and(Mode::CREATE);
    for (element, taken) in [("there", true), ("free", false)] {
        let element = name(element);
        let code = inner.create_stream(&element, create).err().unwrap().code();
        assert_eq!(code, Code::StgAccessDenied);
        let code = inner.create_storage(&element, create).err().unwrap().code();
        let wanted = if taken { Code::StgFileAlreadyExists } else { Code::StgAccessDenied };
        assert_eq!(code, wanted);
        let code = inner.destroy_element(&element).unwrap_err().code();
        assert_eq!(code, Code::StgAccessDenied);
    }
}

const SIMPLE: Mode = DIRECT.and(Mode::SIMPLE);

/// Spec: S-142
#[test]
fn a_simple_root_has_no_storages() {
    let (_folder, path) = folder();
    let file = create(&path, SIMPLE.and(Mode::CREATE));
    let refused = |file: &CompoundFile| {
        let create = file.create_storage(&name("s"), RW).err().unwrap();
        let open = file.open_storage(&name("s"), READ).err().unwrap();
        assert_eq!(
            (create.code(), open.code()),
            (Code::StgInvalidFunction, Code::StgInvalidFunction)
        );
    };
    refused(&file);
    file.finish().unwrap();
    for access in [Mode::READ, Mode::READWRITE] {
        refused(&open(&path, access.and(Mode::SHARE_EXCLUSIVE).and(Mode::SIMPLE)));
    }
}

/// Spec: S-143
#[test]
fn a_simple_root_replaces_no_stream_and_has_one_open() {
    let (_folder, path) = folder();
    let file = create(&path, SIMPLE.and(Mode::CREATE));
    let code = file.create_stream(&name("x"), RW.and(Mode::CREATE)).err().unwrap().code();
    assert_eq!(code, Code::StgInvalidFlag);
    let stream = file.create_stream(&name("x"), RW).unwrap();
    assert!(stream.is_simple());
    let code = file.create_stream(&name("y"), RW).err().unwrap().code();
    assert_eq!(code, Code::StgAccessDenied);
    drop(stream);
    assert!(file.create_stream(&name("y"), RW).is_ok());
}

/// Spec: S-144
#[test]
fn a_stream_of_a_simple_root_shows_its_position_as_its_size() {
    let (_folder, path) = folder();
    let file = create(&path, SIMPLE.and(Mode::CREATE));
    let stream = StreamCursor::new(file.create_stream(&name("x"), RW).unwrap());
    let size = || stream.stat().unwrap().size;
    SeekStream::write(&stream, b"foo").unwrap();
    assert_eq!(size(), 3);
    stream.seek(1, SeekOrigin::SET).unwrap();
    assert_eq!(size(), 1);
    stream.set_size(6000).unwrap();
    assert_eq!(size(), 1);
}

/// Spec: S-145
#[test]
fn streams_of_a_simple_root_have_a_least_size_on_disk() {
    let (_folder, path) = folder();
    let file = create(&path, SIMPLE.and(Mode::CREATE));
    file.create_stream(&name("large"), RW).unwrap().set_size(6000).unwrap();
    file.create_stream(&name("small"), RW).unwrap().write_at(0, b"foo").unwrap();
    file.commit(DEFAULT).unwrap();
    drop(file);
    let back = open(&path, READ.and(Mode::SIMPLE));
    let sizes: Vec<u64> = back.elements().unwrap().iter().map(|stat| stat.size).collect();
    assert_eq!((names(&back), sizes), (vec!["large".into(), "small".into()], vec![6000, 4096]));
    let bytes = stream_bytes(&back, &name("small")).unwrap();
    assert!(bytes.starts_with(b"foo") && bytes[3..].iter().all(|byte| *byte == 0));
}

/// Spec: S-175
#[test]
fn switching_to_a_file_goes_on_there_with_what_is_not_committed() {
    for mode in [T, DIRECT, Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_DENY_WRITE)] {
        for whole in [1 << 20, 0] {
            let (folder, path) = folder();
            let file = create(&path, DIRECT);
            put(&file, "x", b"committed");
            file.finish().unwrap();
            let before = std::fs::read(&path).unwrap();
            let file =
                StorageOptions::new().read_whole_up_to(whole).open_mode(&path, mode).unwrap();
            put(&file, "y", b"pending");
            let code = file.switch_to_file(Some(&path)).unwrap_err().code();
            assert_eq!(code, Code::StgFileAlreadyExists);
            assert_eq!(file.path(), Some(path.clone()));
            let new = folder.path().join("new.stg");
            file.switch_to_file(Some(&new)).unwrap();
            assert_eq!(file.path(), Some(new.clone()));
            assert_eq!(Storage::path(&file), Some(new.clone()));
            assert_eq!(std::fs::read(&new).unwrap(), before, "what is committed, no more");
            file.commit(DEFAULT).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), before, "the old file holds its last commit");
            assert_eq!(names(&look(&new)), ["x", "y"]);
            // The old file is free, the new one is locked.
            assert!(StorageOptions::new().open_mode(&path, DIRECT).is_ok());
            assert!(StorageOptions::new().open_mode(&new, DIRECT).is_err());
            drop(file);
            assert!(StorageOptions::new().open_mode(&new, DIRECT).is_ok());
        }
    }
}

#[test]
fn switching_without_a_name_makes_a_temporary_file_and_memory_cannot_switch() {
    let (_folder, path) = folder();
    let file = create(&path, DIRECT.and(Mode::DELETE_ON_RELEASE));
    file.switch_to_file(None).unwrap();
    let temporary = file.path().unwrap();
    assert!(temporary != path && temporary.exists());
    assert!(!path.exists(), "it was to go when it is released");
    put(&file, "x", b"1");
    file.finish().unwrap();
    assert_eq!(names(&CompoundFile::open(&temporary).unwrap()), ["x"]);
    let reader = CompoundFile::open(&temporary).unwrap();
    let copy = path.with_file_name("copy");
    reader.switch_to_file(Some(&copy)).unwrap();
    assert_eq!(reader.path(), Some(copy.clone()));
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&temporary).unwrap());
    std::fs::remove_file(&temporary).unwrap();
    let bytes: Arc<dyn LockBytes> = Arc::new(MemoryLockBytes::default());
    for file in [CompoundFile::memory(), CompoundFile::create_on(bytes).unwrap()] {
        let code = file.switch_to_file(None).unwrap_err().code();
        assert_eq!(code, Code::InterfaceNotSupported);
    }
    let nowhere = path.with_file_name("none").join("file");
    let code = reader.switch_to_file(Some(&nowhere)).unwrap_err().code();
    assert_eq!((code, reader.path()), (Code::StgPathNotFound, Some(copy)));
}

/// Spec: S-083
#[test]
fn a_relative_path_is_resolved_once() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let relative = PathBuf::from(folder.path().file_name().unwrap()).join("file.stg");
    let file = create(&relative, DIRECT);
    let full = std::env::current_dir().unwrap().join(&relative);
    assert_eq!(file.path(), Some(full.clone()));
    let storage: Arc<dyn Storage> = file.into();
    assert_eq!(storage.path(), Some(full.clone()));
    drop(storage);
    for mode in [READ, DIRECT, T] {
        let file = open(&relative, mode);
        assert_eq!(file.path(), Some(full.clone()), "also as opened");
        let inner = file.create_storage(&name("s"), RW);
        assert!(inner.is_err() || inner.unwrap().path().is_none(), "members have a name instead");
    }
}

/// Spec: S-084
#[test]
fn stat_of_a_shared_transacted_root() {
    let (_folder, path) = folder();
    let file = create(&path, DIRECT);
    let class = Guid::from_bytes([3; 16]);
    file.set_class(class).unwrap();
    file.finish().unwrap();
    let file = open(&path, Mode::from_bits(0x1_0022));
    let stat = file.stat().unwrap();
    assert_eq!((stat.size, stat.mode.bits(), stat.state_bits), (0, 0x1_0022, 0));
    assert_eq!(stat.class, class);
}
