//! Enumeration: order, and members that come and go meanwhile.
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
use openimsg::{Code, CommitFlags, CompoundFile, ElementName, Mode, Storage};
use std::sync::Arc;

fn names(storage: &dyn Storage) -> Vec<String> {
    let elements = storage.elements().unwrap().into_iter();
    elements.map(|stat| stat.name.unwrap().to_string()).collect()
}

fn fill(storage: &dyn Storage, members: &[&str]) {
    for member in members {
        storage.create_stream(&name(member), RW).unwrap();
    }
}

/// What an enumerator does with the positions that the trait gives.
struct Enumerator<'a> {
    storage: &'a dyn Storage,
    last: Option<ElementName>,
}

impl Enumerator<'_> {
    fn next(&mut self) -> Option<String> {
        let stat = self.storage.elements_after(self.last.as_ref(), 1).unwrap().pop()?;
        self.last = stat.name;
        stat.name.map(|name| name.to_string())
    }
}

/// The same members in a new root, in a committed one, in a file opened for reading, and seen through
/// a transacted storage.
fn each_kind(members: &[&str], test: impl Fn(&dyn Storage)) {
    let file = CompoundFile::memory();
    fill(&file, members);
    test(&file);
    file.commit(CommitFlags::empty()).unwrap();
    test(&file);
    test(&CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap());
    let outer = CompoundFile::memory();
    let inner = outer.create_storage(&name("inner"), RW).unwrap();
    fill(&*inner, members);
    drop(inner);
    outer.commit(CommitFlags::empty()).unwrap();
    test(&*outer.open_storage(&name("inner"), RW.and(Mode::TRANSACTED)).unwrap());
}

/// Spec: S-098
#[test]
fn one_member_is_delivered_once() {
    each_kind(&["x"], |storage| {
        let mut all = Enumerator { storage, last: None };
        assert_eq!((all.next().as_deref(), all.next()), (Some("x"), None));
    });
}

/// Spec: S-103
#[test]
fn shorter_names_come_first() {
    each_kind(&["ABCDEFGHIJ", "CONTENTS", "ABCDEFGHI", "b", "A"], |storage| {
        assert_eq!(names(storage), ["A", "b", "CONTENTS", "ABCDEFGHI", "ABCDEFGHIJ"]);
        let after = storage.elements_after(Some(&name("contents")), 1).unwrap();
        assert_eq!(after[0].name, Some(name("ABCDEFGHI")));
        let between = storage.elements_after(Some(&name("AB")), 9).unwrap();
        assert_eq!(between.len(), 3, "the position need not be a member");
        assert_eq!(storage.elements_after(None, 0).unwrap(), []);
    });
}

/// Spec: S-099
#[test]
fn a_member_destroyed_before_it_is_delivered_is_not() {
    let file = CompoundFile::memory();
    fill(&file, &["x"]);
    let mut all = Enumerator { storage: &file, last: None };
    file.destroy_element(&name("x")).unwrap();
    assert_eq!(all.next(), None);
    all.last = None;
    assert_eq!(all.next(), None);
}

/// Spec: S-100, S-101
#[test]
fn members_created_meanwhile_are_delivered_in_their_place() {
    let file = CompoundFile::memory();
    let mut all = Enumerator { storage: &file, last: None };
    fill(&file, &["m"]);
    assert_eq!(all.next().as_deref(), Some("m"));
    fill(&file, &["a", "z"]);
    assert_eq!(all.next().as_deref(), Some("z"));
    assert_eq!(all.next(), None);
    fill(&file, &["zz"]);
    assert_eq!(all.next().as_deref(), Some("zz"));
}

/// Spec: S-102
#[test]
fn destruction_meanwhile_neither_repeats_nor_skips() {
    let file = CompoundFile::memory();
    fill(&file, &["a", "b", "c", "d", "e"]);
    let mut all = Enumerator { storage: &file, last: None };
    assert_eq!(all.next().as_deref(), Some("a"));
    assert_eq!(all.next().as_deref(), Some("b"));
    for gone in ["a", "b", "c"] {
        file.destroy_element(&name(gone)).unwrap();
    }
    assert_eq!(all.next().as_deref(), Some("d"));
    file.rename_element(&name("e"), &name("ee")).unwrap();
    assert_eq!(all.next().as_deref(), Some("ee"));
    assert_eq!(all.next(), None);
}

/// Spec: S-107
#[test]
fn a_destroyed_or_closed_storage_is_not_enumerated() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    file.destroy_element(&name("inner")).unwrap();
    assert_eq!(inner.elements().unwrap_err().code(), Code::StgReverted);
    let inner: Arc<dyn Storage> = file.create_storage(&name("inner"), RW).unwrap();
    let held = file.open_storage(&name("inner"), READ).err().unwrap();
    assert_eq!(held.code(), Code::StgAccessDenied);
    file.close();
    assert_eq!(inner.elements().unwrap_err().code(), Code::StgReverted);
}

/// What `Stat` tells in an enumeration is what the opened element tells.
#[test]
fn enumeration_and_stat_agree() {
    each_kind(&["x", "yy", "zzz"], |storage| {
        for listed in storage.elements().unwrap() {
            let stream = storage.open_stream(&listed.name.unwrap(), READ).unwrap();
            let stat = stream.stat().unwrap();
            assert_eq!((listed.name, listed.kind, listed.size), (stat.name, stat.kind, stat.size));
        }
    });
}
