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

use common::{Item, READ, RW, listing, name};
use openimsg::{Code, CommitFlags, CompoundFile, Exclude, Guid, Mode, Storage, copy_storage};
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// A target opened for reading refuses, and nothing of it changes.
#[test]
fn a_target_opened_for_reading_refuses() {
    let root = source();
    let child = root.open_storage(&name("StorageA"), READ).unwrap();
    let error = copy_storage(&source(), &child, &Exclude::default()).unwrap_err();
    assert_eq!(error.code(), Code::StgAccessDenied);
    assert_eq!(child.elements().unwrap(), []);
}
