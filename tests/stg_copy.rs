//! Copying one storage into another.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{Item, READ, RW, listing, mock, name};
use openimsg::com::members;
use openimsg::{
    Clock, Code, CommitFlags, CompoundFile, ElementTimes, Error, Exclude, FileTime, Guid, Mode,
    Storage, StorageOptions, Transfer, copy_storage, move_element_to,
};
use std::collections::BTreeMap;
use std::sync::Arc;

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("an error").code()
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Streams StreamA, StreamB at the root; StorageA, StorageB with a StreamB and a StorageC.
fn source() -> Arc<dyn Storage> {
    let file = CompoundFile::memory();
    let write = |storage: &dyn Storage, stream: &str, content: &[u8]| {
        storage.create_stream(&name(stream), RW).unwrap().write_at(0, content).unwrap();
    };
    write(&file, "StreamA", b"a");
    write(&file, "StreamB", &[7; 9000]);
    file.create_storage(&name("StorageA"), RW).unwrap();
    let inner = file.create_storage(&name("StorageB"), RW).unwrap();
    inner.set_class(Guid::from_bytes([4; 16])).unwrap();
    inner.set_state_bits(5, 0xFF).unwrap();
    write(&*inner, "StreamB", b"inner");
    write(&*inner.create_storage(&name("StorageC"), RW).unwrap(), "deep", b"deep");
    Arc::new(file)
}

fn target() -> Arc<dyn Storage> {
    Arc::new(CompoundFile::memory())
}

fn copied(exclude: &Exclude) -> BTreeMap<String, Item> {
    let target = target();
    copy_storage(&source(), &target, exclude).unwrap();
    listing(target)
}

fn paths(items: &BTreeMap<String, Item>) -> Vec<&str> {
    items.keys().map(String::as_str).filter(|path| !path.is_empty()).collect()
}

/// Spec: S-110
#[test]
fn a_copy_holds_everything_with_class_and_state() {
    assert_eq!(copied(&Exclude::default()), listing(source()));
    // From a file opened for reading, too.
    let file = CompoundFile::memory();
    let file: Arc<dyn Storage> = Arc::new(file);
    copy_storage(&source(), &file, &Exclude::default()).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(listing(file), listing(source()));
}

/// Spec: S-111
#[test]
fn excluded_names_count_at_the_top_only() {
    let exclude = Exclude { names: vec![name("streamb"), name("StorageA")], ..Exclude::default() };
    let items = copied(&exclude);
    let expected =
        ["/StorageB", "/StorageB/StorageC", "/StorageB/StorageC/deep", "/StorageB/StreamB"];
    assert_eq!(paths(&items), [&expected[..], &["/StreamA"]].concat());
}

/// Spec: S-112
#[test]
fn without_storages_only_the_direct_streams_are_copied() {
    let items = copied(&Exclude { storages: true, ..Exclude::default() });
    assert_eq!(paths(&items), ["/StreamA", "/StreamB"]);
}

/// Spec: S-113
#[test]
fn without_streams_storages_are_copied_empty() {
    let items = copied(&Exclude { streams: true, ..Exclude::default() });
    assert_eq!(paths(&items), ["/StorageA", "/StorageB", "/StorageB/StorageC"]);
}

/// Spec: S-114
#[test]
fn members_of_the_source_may_be_open() {
    let (root, target) = (source(), target());
    let stream = root.open_stream(&name("StreamA"), RW).unwrap();
    let inner = root.open_storage(&name("StorageB"), RW).unwrap();
    copy_storage(&root, &target, &Exclude::default()).unwrap();
    stream.write_at(0, b"later").unwrap();
    assert!(inner.stat().is_ok());
    assert_eq!(listing(target), listing(source()));
    let taken = root.open_stream(&name("StreamA"), READ).err().unwrap();
    assert_eq!(taken.code(), Code::StgAccessDenied, "it stays open as before");
}

/// Spec: S-115
#[test]
fn copying_onto_a_copy_merges() {
    let target = target();
    target.create_storage(&name("StorageB"), RW).unwrap().create_stream(&name("mine"), RW).unwrap();
    let longer = target.create_stream(&name("StreamA"), RW).unwrap();
    longer.write_at(0, &[1; 500]).unwrap();
    for _ in 0..2 {
        copy_storage(&source(), &target, &Exclude::default()).unwrap();
    }
    let mut items = listing(Arc::clone(&target));
    assert_eq!(items.remove("/StorageB/mine"), Some(Item::Stream(Ok(Vec::new()))));
    assert_eq!(items, listing(source()));
    assert_eq!(longer.size().unwrap_err().code(), Code::StgReverted, "it was replaced");
}

/// Spec: S-116
#[test]
fn a_storage_cannot_be_copied_onto_or_into_itself() {
    let denied = |from: &Arc<dyn Storage>, to: &Arc<dyn Storage>| {
        let error = copy_storage(from, to, &Exclude::default()).unwrap_err();
        assert_eq!(error.code(), Code::StgAccessDenied);
    };
    let root = source();
    denied(&root, &root);
    for mode in [RW, RW.and(Mode::TRANSACTED)] {
        let child = root.open_storage(&name("StorageB"), mode).unwrap();
        denied(&root, &child);
        let grandchild = child.open_storage(&name("StorageC"), mode).unwrap();
        denied(&child, &grandchild);
        denied(&root, &grandchild);
    }
    // A handle below whose parent's handle is gone is no loophole.
    let child = root.open_storage(&name("StorageB"), RW).unwrap();
    let grandchild = child.open_storage(&name("StorageC"), RW).unwrap();
    drop(child);
    denied(&root, &grandchild);
    drop(grandchild);
    // Nor is one that no commit has shown to the source yet, unless the way there is left out.
    let child = root.open_storage(&name("StorageB"), RW.and(Mode::TRANSACTED)).unwrap();
    for mode in [RW, RW.and(Mode::TRANSACTED)] {
        let grandchild = child.create_storage(&name("new"), mode.and(Mode::CREATE)).unwrap();
        denied(&root, &grandchild);
        denied(&child, &grandchild);
        let great = grandchild.create_storage(&name("newer"), mode).unwrap();
        denied(&root, &great);
        let without = Exclude { names: vec![name("StorageB")], ..Exclude::default() };
        copy_storage(&root, &great, &without).unwrap();
    }
    child.revert().unwrap();
    drop(child);
    assert_eq!(listing(root), listing(source()), "nothing inside was harmed");
}

/// Spec: S-117
#[test]
fn without_storages_a_parent_can_be_copied_into_its_child() {
    let root = source();
    let child = root.open_storage(&name("StorageA"), RW).unwrap();
    copy_storage(&root, &child, &Exclude { storages: true, ..Exclude::default() }).unwrap();
    drop(child);
    let child = root.open_storage(&name("StorageA"), READ).unwrap();
    assert_eq!(common::stream_bytes(&*child, &name("StreamA")), Ok(b"a".to_vec()));
    assert_eq!(common::stream_bytes(&*child, &name("StreamB")), Ok(vec![7; 9000]));
}

/// Spec: S-109
#[test]
fn a_copy_needs_a_target() {
    let root = source();
    assert_eq!(code(members::copy_to(&root, &[], None, None)), Code::StgInvalidPointer);
    let to = target();
    members::copy_to(&root, &[], None, Some(&to)).unwrap();
    assert_eq!(listing(to), listing(source()));
}

/// What a C caller excludes: interfaces by their identifiers, names by an SNB that does not count
/// once storages are excluded. Spec: structured-storage 2.4.
#[test]
fn interfaces_and_names_are_excluded_as_com_says() {
    let iid = |text: &str| -> Guid { text.parse().unwrap() };
    let storages = iid("{0000000B-0000-0000-C000-000000000046}");
    let streams = iid("{0000000C-0000-0000-C000-000000000046}");
    let other = iid("{00000000-0000-0000-C000-000000000046}");
    let (streama, storageb, long) = (units("StreamA"), units("StorageB"), vec![0x78; 40]);
    let snb: &[&[u16]] = &[&streama, &storageb, &long];
    let copied = |interfaces: &[Guid], snb: Option<&[&[u16]]>| {
        let to = target();
        members::copy_to(&source(), interfaces, snb, Some(&to)).unwrap();
        paths(&listing(to)).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(copied(&[storages], None), ["/StreamA", "/StreamB"]);
    assert_eq!(copied(&[storages], Some(snb)), ["/StreamA", "/StreamB"], "the SNB is ignored");
    assert_eq!(copied(&[other], Some(snb)), ["/StorageA", "/StreamB"]);
    assert_eq!(copied(&[streams], Some(snb)), ["/StorageA"]);
    assert_eq!(copied(&[streams, storages], None), [""; 0]);
}

/// Spec: S-114
#[test]
fn members_of_a_source_opened_for_reading_may_be_open_too() {
    let bytes = {
        let file = CompoundFile::memory();
        file.create_stream(&name("open"), RW).unwrap().write_at(0, b"stream").unwrap();
        file.create_storage(&name("s"), RW).unwrap().create_stream(&name("x"), RW).unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        file.to_bytes().unwrap()
    };
    let read: Arc<dyn Storage> = CompoundFile::from_bytes(bytes).unwrap().into();
    let held = (
        read.open_stream(&name("open"), READ).unwrap(),
        read.open_storage(&name("s"), READ).unwrap(),
    );
    let to = target();
    copy_storage(&read, &to, &Exclude::default()).unwrap();
    assert_eq!(paths(&listing(to)), ["/open", "/s", "/s/x"]);
    drop(held);
}

/// Times are not copied: members get the time of the copy.
#[test]
fn a_copied_storage_is_new() {
    let at = |ticks| StorageOptions::new().clock(Clock::Fixed(FileTime::from_ticks(ticks)));
    let from: Arc<dyn Storage> = at(100).memory().into();
    from.create_storage(&name("s"), RW).unwrap();
    let to: Arc<dyn Storage> = at(200).memory().into();
    copy_storage(&from, &to, &Exclude::default()).unwrap();
    let stat = &to.elements().unwrap()[0];
    assert_eq!((stat.created.ticks(), stat.modified.ticks()), (200, 200));
}

/// Moves within one storage, between two of one root, and between roots: in memory, opened from a
/// committed file, transacted, and somebody else's.
fn each_pair(test: impl Fn(&Arc<dyn Storage>, &Arc<dyn Storage>)) {
    let committed = || -> Arc<dyn Storage> {
        let file: Arc<dyn Storage> = source();
        file.commit(CommitFlags::empty()).unwrap();
        file
    };
    test(&source(), &target());
    test(&committed(), &target());
    let root = target();
    for mode in [RW, RW.and(Mode::TRANSACTED)] {
        let from = root.create_storage(&name("from"), mode.and(Mode::CREATE)).unwrap();
        let to = root.create_storage(&name("to"), mode.and(Mode::CREATE)).unwrap();
        copy_storage(&source(), &from, &Exclude::default()).unwrap();
        test(&from, &to);
    }
    let root = source();
    test(&root, &root);
    let (foreign, _) = mock::mock();
    test(&source(), &foreign);
    let (foreign, _) = mock::over(committed());
    test(&foreign, &target());
}

/// The items at and below one path, by what follows it.
fn below(items: &BTreeMap<String, Item>, path: &str) -> BTreeMap<String, Item> {
    let part = items.iter().filter_map(|(at, item)| Some((at.strip_prefix(path)?, item.clone())));
    part.filter(|(at, _)| at.is_empty() || at.starts_with('/'))
        .map(|(at, item)| (at.to_owned(), item))
        .collect()
}

/// Spec: S-174
#[test]
fn a_move_takes_the_source_away_and_a_copy_leaves_it() {
    each_pair(|from, to| {
        let before = listing(Arc::clone(from));
        for (element, new) in [("StorageB", "moved"), ("StreamB", "a longer new name")] {
            let wanted = below(&before, &format!("/{element}"));
            let copy = name(&format!("{new}2"));
            move_element_to(from, &name(element), to, &copy, Transfer::Copy).unwrap();
            assert_eq!(below(&listing(Arc::clone(from)), &format!("/{element}")), wanted);
            move_element_to(from, &name(element), to, &name(new), Transfer::Move).unwrap();
            let after = listing(Arc::clone(to));
            assert_eq!(below(&after, &format!("/{new}")), wanted);
            assert_eq!(below(&after, &format!("/{new}2")), wanted);
            assert_eq!(below(&listing(Arc::clone(from)), &format!("/{element}")), BTreeMap::new());
            let gone = move_element_to(from, &name(element), to, &name("x"), Transfer::Move);
            assert_eq!(code(gone), Code::StgFileNotFound);
        }
        // What is there already is not touched.
        let content = listing(Arc::clone(to));
        for taken in ["moved", "A LONGER NEW NAME"] {
            for how in [Transfer::Move, Transfer::Copy] {
                for element in ["StreamA", "StorageA"] {
                    let refused = move_element_to(from, &name(element), to, &name(taken), how);
                    assert_eq!(code(refused), Code::StgFileAlreadyExists);
                }
            }
        }
        assert_eq!(listing(Arc::clone(to)), content);
    });
    // Onto itself, and into its own descendants.
    let root = source();
    let before = listing(Arc::clone(&root));
    for how in [Transfer::Move, Transfer::Copy] {
        for new in ["StorageB", "STORAGEB"] {
            let refused = move_element_to(&root, &name("StorageB"), &root, &name(new), how);
            assert_eq!(code(refused), Code::StgAccessDenied);
        }
        for mode in [RW, RW.and(Mode::TRANSACTED)] {
            let child = root.open_storage(&name("StorageB"), mode).unwrap();
            let grandchild = child.open_storage(&name("StorageC"), mode).unwrap();
            for target in [&child, &grandchild] {
                let refused = move_element_to(&root, &name("StorageB"), target, &name("x"), how);
                assert_eq!(code(refused), Code::StgAccessDenied);
            }
            // A handle below whose parent's handle is gone is no loophole.
            drop(child);
            let refused = move_element_to(&root, &name("StorageB"), &grandchild, &name("x"), how);
            assert_eq!(code(refused), Code::StgAccessDenied);
        }
    }
    assert_eq!(listing(root), before);
}

/// Spec: structured-storage 2.4
#[test]
fn what_is_open_is_not_moved_and_other_flags_are_refused() {
    let (root, to) = (source(), target());
    let stream = root.open_stream(&name("StreamA"), READ).unwrap();
    let storage = root.open_storage(&name("StorageA"), READ).unwrap();
    for element in ["StreamA", "StorageA"] {
        for how in [Transfer::Move, Transfer::Copy] {
            let refused = move_element_to(&root, &name(element), &to, &name("x"), how);
            assert_eq!(code(refused), Code::StgAccessDenied);
        }
    }
    drop((stream, storage));
    let (old, new) = (units("StreamA"), units("new"));
    for flags in [2, 3, 0x8000_0000] {
        let refused = members::move_element_to(&root, Some(&old), Some(&to), Some(&new), flags);
        assert_eq!(code(refused), Code::StgInvalidFlag);
    }
    let null = members::move_element_to(&root, None, Some(&to), Some(&new), 0);
    assert_eq!(code(null), Code::StgInvalidPointer);
    let null = members::move_element_to(&root, Some(&old), None, Some(&new), 0);
    assert_eq!(code(null), Code::StgInvalidPointer);
    let bad = members::move_element_to(&root, Some(&old), Some(&to), Some(&[0x78; 32]), 0);
    assert_eq!(code(bad), Code::StgInvalidName);
    members::move_element_to(&root, Some(&old), Some(&to), None, 1).unwrap();
    members::move_element_to(&root, Some(&old), Some(&to), Some(&new), 0).unwrap();
    assert_eq!(paths(&listing(to)), ["/StreamA", "/new"]);
}

/// Class, bits and times go along, of what lies below, too.
#[test]
fn a_moved_storage_keeps_class_bits_and_times_at_every_depth() {
    let at = |ticks| StorageOptions::new().clock(Clock::Fixed(FileTime::from_ticks(ticks)));
    let from: Arc<dyn Storage> = at(100).memory().into();
    let storage = from.create_storage(&name("s"), RW).unwrap();
    storage.set_class(Guid::from_bytes([7; 16])).unwrap();
    storage.set_state_bits(9, 0xFF).unwrap();
    storage.create_storage(&name("deep"), RW).unwrap().create_stream(&name("x"), RW).unwrap();
    let time = |ticks| Some(FileTime::from_ticks(ticks));
    let times = ElementTimes { created: time(11), modified: time(22) };
    storage.set_element_times(Some(&name("deep")), times).unwrap();
    drop(storage);
    let times = ElementTimes { created: time(33), modified: time(44) };
    from.set_element_times(Some(&name("s")), times).unwrap();
    let to: Arc<dyn Storage> = at(200).memory().into();
    move_element_to(&from, &name("s"), &to, &name("t"), Transfer::Move).unwrap();
    let stat = &to.elements().unwrap()[0];
    assert_eq!((stat.created.ticks(), stat.modified.ticks()), (33, 44));
    assert_eq!((stat.class, stat.state_bits), (Guid::from_bytes([7; 16]), 9));
    let deep = &to.open_storage(&name("t"), READ).unwrap().elements().unwrap()[0];
    assert_eq!((deep.created.ticks(), deep.modified.ticks()), (11, 22));
}

/// Whatever step of a move fails: the source is as it was, and no half copy is left.
#[test]
fn a_move_that_fails_on_the_way_leaves_both_sides_as_they_were() {
    // More than one piece of the copy.
    let root = source();
    let large = root.open_storage(&name("StorageB"), RW).unwrap();
    let stream = large.create_stream(&name("large"), RW).unwrap();
    stream.write_at(0, &vec![5; 300_000]).unwrap();
    drop((large, stream));
    let before = listing(Arc::clone(&root));
    let mut failed = 0;
    loop {
        let (to, shared) = mock::mock();
        to.create_stream(&name("mine"), RW).unwrap();
        let there = listing(Arc::clone(&to));
        shared.fail_change(failed + 1, Code::StgMediumFull);
        match move_element_to(&root, &name("StorageB"), &to, &name("new"), Transfer::Copy) {
            Ok(()) => break,
            Err(e) => assert_eq!(e.code(), Code::StgMediumFull),
        }
        assert_eq!(listing(to), there, "step {failed}");
        assert_eq!(listing(Arc::clone(&root)), before);
        failed += 1;
    }
    assert!(failed > 10, "{failed} steps");
    // A source that cannot give it away.
    let bytes = {
        let file: Arc<dyn Storage> = CompoundFile::memory().into();
        let (mock, shared) = mock::over(Arc::clone(&file));
        copy_storage(&root, &mock, &Exclude::default()).unwrap();
        let to = target();
        shared.fail_change(1, Code::StgAccessDenied);
        let answer = move_element_to(&mock, &name("StorageB"), &to, &name("new"), Transfer::Move);
        assert_eq!(code(answer), Code::StgAccessDenied);
        assert_eq!((to.elements().unwrap(), listing(mock)), (vec![], before.clone()));
        let whole = CompoundFile::memory();
        whole.create_stream(&name("x"), RW).unwrap();
        whole.commit(CommitFlags::empty()).unwrap();
        whole.to_bytes().unwrap()
    };
    let read: Arc<dyn Storage> = CompoundFile::from_bytes(bytes).unwrap().into();
    let to = target();
    let answer = move_element_to(&read, &name("x"), &to, &name("y"), Transfer::Move);
    assert_eq!((code(answer), to.elements().unwrap()), (Code::StgAccessDenied, vec![]));
    move_element_to(&read, &name("x"), &to, &name("y"), Transfer::Copy).unwrap();
}

/// A target opened for reading refuses, and nothing of it changes.
#[test]
fn a_target_opened_for_reading_refuses() {
    let root = source();
    let child = root.open_storage(&name("StorageA"), READ).unwrap();
    let error = copy_storage(&source(), &child, &Exclude::default()).unwrap_err();
    assert_eq!(error.code(), Code::StgAccessDenied);
    assert_eq!(child.elements().unwrap(), []);
}
