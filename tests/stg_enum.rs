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

use common::{READ, RW, mock, name};
use openimsg::com;
use openimsg::{Code, CommitFlags, CompoundFile, Elements, Error, Mode, StatStg, Storage};
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

/// The next name.
fn next(elements: &Elements) -> Option<String> {
    let stat = elements.next(1).unwrap().pop()?;
    stat.name.map(|name| name.to_string())
}

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("an error").code()
}

/// The same members in a new root, in a committed one, in a file opened for reading, seen through a
/// transacted storage, and in somebody else's.
fn each_kind(members: &[&str], test: impl Fn(&Arc<dyn Storage>)) {
    let file = CompoundFile::memory();
    fill(&file, members);
    let bytes = || file.to_bytes().unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    test(&CompoundFile::from_bytes(bytes()).unwrap().into());
    test(&CompoundFile::edit_bytes(bytes()).unwrap().into());
    test(&file.into());
    let outer = CompoundFile::memory();
    let inner = outer.create_storage(&name("inner"), RW).unwrap();
    fill(&*inner, members);
    drop(inner);
    outer.commit(CommitFlags::empty()).unwrap();
    test(&outer.open_storage(&name("inner"), RW.and(Mode::TRANSACTED)).unwrap());
    let (foreign, _) = mock::mock();
    fill(&*foreign, members);
    test(&foreign);
}

/// What the C door fills: the answer (true is `S_OK`), the count, the names.
fn fetch(elements: &Elements, count: usize) -> (bool, u32, Vec<Option<String>>) {
    let garbage = CompoundFile::memory().stat().unwrap();
    let mut slots: Vec<Option<StatStg>> = vec![Some(garbage); count];
    let mut fetched = 99;
    let all = com::elements::next(elements, Some(&mut slots), Some(&mut fetched)).unwrap();
    let names = slots.into_iter().map(|slot| Some(slot?.name?.to_string())).collect();
    (all, fetched, names)
}

/// Spec: S-098
#[test]
fn one_member_is_delivered_once() {
    each_kind(&["x"], |storage| {
        let all = storage.enumerate().unwrap();
        assert_eq!(fetch(&all, 1), (true, 1, vec![Some("x".to_owned())]));
        assert_eq!(fetch(&all, 1), (false, 0, vec![None]));
    });
}

/// Spec: S-108
#[test]
fn what_is_not_delivered_is_zeroed() {
    each_kind(&["x", "yy"], |storage| {
        let all = storage.enumerate().unwrap();
        let names = vec![Some("x".to_owned()), Some("yy".to_owned()), None, None];
        assert_eq!(fetch(&all, 4), (false, 2, names));
        assert_eq!(fetch(&all, 2), (false, 0, vec![None, None]));
        assert_eq!(fetch(&all, 0), (true, 0, vec![]));
    });
}

/// Spec: structured-storage 2.5
#[test]
fn the_count_may_be_missing_for_one_element_only() {
    let file = CompoundFile::memory();
    fill(&file, &["x", "yy"]);
    let all = file.enumerate().unwrap();
    let mut slots = vec![None, None];
    let answer = com::elements::next(&all, Some(&mut slots), None);
    assert_eq!((code(answer), slots), (Code::InvalidParameter, vec![None, None]));
    assert_eq!(code(com::elements::next(&all, None, Some(&mut 0))), Code::InvalidParameter);
    let mut one = [None];
    assert!(com::elements::next(&all, Some(&mut one), None).unwrap());
    assert_eq!(one[0].as_ref().unwrap().name, Some(name("x")));
    let file: Arc<dyn Storage> = file.into();
    assert_eq!(code(com::members::enum_elements(&file, None)), Code::InvalidParameter);
    let mut made = None;
    com::members::enum_elements(&file, Some(&mut made)).unwrap();
    assert_eq!(next(&made.unwrap()).as_deref(), Some("x"));
}

/// Spec: structured-storage 2.5
#[test]
fn enumerators_skip_start_again_and_multiply() {
    each_kind(&["a", "b", "c", "d", "e"], |storage| {
        let all = storage.enumerate().unwrap();
        assert!(com::elements::skip(&all, 2).unwrap());
        let clone = all.try_clone().unwrap();
        assert_eq!(next(&all).as_deref(), Some("c"));
        assert_eq!(next(&clone).as_deref(), Some("c"), "its own position, from there on");
        assert!(!com::elements::skip(&all, u32::MAX).unwrap());
        assert_eq!((next(&all), next(&clone).as_deref()), (None, Some("d")));
        assert_eq!(all.skip(0).unwrap(), 0);
        all.reset().unwrap();
        assert_eq!(next(&all).as_deref(), Some("a"));
        assert_eq!(clone.skip(9).unwrap(), 1);
    });
}

/// Spec: structured-storage 2.5
#[test]
fn a_loop_goes_over_all_members() {
    let many: Vec<String> = (0..2500).map(|at| format!("{at:04}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    each_kind(&many, |storage| {
        let names = storage.enumerate().unwrap().into_iter();
        let names: Vec<String> =
            names.map(|stat| stat.unwrap().name.unwrap().to_string()).collect();
        assert!(names == many);
        let all = storage.enumerate().unwrap();
        assert_eq!(all.skip(2000).unwrap(), 2000);
        assert_eq!(all.skip(2000).unwrap(), 500);
    });
}

/// Spec: S-103
#[test]
fn shorter_names_come_first() {
    each_kind(&["ABCDEFGHIJ", "CONTENTS", "ABCDEFGHI", "b", "A"], |storage| {
        assert_eq!(names(&**storage), ["A", "b", "CONTENTS", "ABCDEFGHI", "ABCDEFGHIJ"]);
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
    let all = file.enumerate().unwrap();
    file.destroy_element(&name("x")).unwrap();
    assert_eq!(fetch(&all, 1), (false, 0, vec![None]));
    all.reset().unwrap();
    assert_eq!(fetch(&all, 1), (false, 0, vec![None]));
}

/// Spec: S-100, S-101
#[test]
fn members_created_meanwhile_are_delivered_in_their_place() {
    let file = CompoundFile::memory();
    let all = file.enumerate().unwrap();
    fill(&file, &["m"]);
    assert_eq!(next(&all).as_deref(), Some("m"));
    fill(&file, &["a", "z"]);
    assert_eq!(next(&all).as_deref(), Some("z"));
    assert_eq!(next(&all), None);
    fill(&file, &["zz"]);
    assert_eq!(next(&all).as_deref(), Some("zz"));
}

/// Spec: S-102
#[test]
fn destruction_meanwhile_neither_repeats_nor_skips() {
    let file = CompoundFile::memory();
    fill(&file, &["a", "b", "c", "d", "e"]);
    let all = file.enumerate().unwrap();
    assert_eq!(next(&all).as_deref(), Some("a"));
    assert_eq!(next(&all).as_deref(), Some("b"));
    for gone in ["a", "b", "c"] {
        file.destroy_element(&name(gone)).unwrap();
    }
    assert_eq!(next(&all).as_deref(), Some("d"));
    file.rename_element(&name("e"), &name("ee")).unwrap();
    assert_eq!(next(&all).as_deref(), Some("ee"));
    assert_eq!(next(&all), None);
}

/// A root that was released is gone but for its enumerators: that the last handle goes with nothing
/// else holding it is what COM calls a count of 0.
///
/// Spec: S-104
#[test]
fn an_enumerator_outlives_its_storage() {
    each_kind(&["a", "b", "c"], |storage| {
        let all = storage.enumerate().unwrap();
        assert_eq!(next(&all).as_deref(), Some("a"));
        // Only our own storages are released; others are kept whole.
        if storage.for_elements().unwrap().is_some() {
            let stream = storage.open_stream(&name("a"), READ).unwrap();
            storage.release();
            assert_eq!(code(stream.size()), Code::StgReverted);
            assert_eq!(code(storage.stat()), Code::StgReverted);
        }
        let clone = all.try_clone().unwrap();
        assert_eq!(next(&clone).as_deref(), Some("b"));
        clone.reset().unwrap();
        assert_eq!(next(&clone).as_deref(), Some("a"));
        drop(all);
        assert_eq!(clone.next(9).unwrap().len(), 2);
    });
    let file: Arc<dyn Storage> = CompoundFile::memory().into();
    fill(&*file, &["a"]);
    let all = file.enumerate().unwrap();
    file.release();
    assert_eq!(Arc::strong_count(&file), 1, "the enumerator does not count");
    drop(file);
    assert_eq!((next(&all).as_deref(), next(&all)), (Some("a"), None));
}

/// Spec: S-106
#[test]
fn an_enumerator_keeps_its_storage_open() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    fill(&*inner, &["x"]);
    drop(inner);
    file.commit(CommitFlags::empty()).unwrap();
    let read = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    for (root, released) in [(&file, true), (&file, false), (&read, true), (&read, false)] {
        let inner = root.open_storage(&name("inner"), READ).unwrap();
        let all = inner.enumerate().unwrap();
        if released {
            inner.release();
        }
        drop(inner);
        for mode in [RW, READ] {
            let again = root.open_storage(&name("inner"), mode).err().map(|e| e.code());
            assert_eq!(again, Some(Code::StgAccessDenied));
        }
        assert_eq!(next(&all).as_deref(), Some("x"));
        let clone = all.try_clone().unwrap();
        drop(all);
        let again = root.open_storage(&name("inner"), READ);
        assert_eq!(code(again), Code::StgAccessDenied, "the clone keeps it open as well");
        drop(clone);
        assert!(root.open_storage(&name("inner"), READ).is_ok());
    }
    // Nor can it be renamed away under the enumerator.
    let all = file.open_storage(&name("inner"), READ).unwrap().enumerate().unwrap();
    assert_eq!(code(file.rename_element(&name("inner"), &name("y"))), Code::StgAccessDenied);
    drop(all);
    file.rename_element(&name("inner"), &name("y")).unwrap();
}

fn is_over(all: &Elements) {
    assert_eq!(code(all.reset()), Code::StgReverted);
    assert_eq!(code(all.next(1)), Code::StgReverted);
    assert_eq!(code(all.next(0)), Code::StgReverted);
    assert_eq!(code(all.skip(1)), Code::StgReverted);
    assert_eq!(code(all.skip(0)), Code::StgReverted);
    assert_eq!(code(all.try_clone()), Code::StgReverted);
}

/// Spec: S-107
#[test]
fn the_enumerator_of_a_destroyed_reverted_or_closed_storage_is_over() {
    let file = CompoundFile::memory();
    for held in [true, false] {
        let inner = file.create_storage(&name("inner"), RW).unwrap();
        fill(&*inner, &["a", "b"]);
        let all = inner.enumerate().unwrap();
        assert_eq!(next(&all).as_deref(), Some("a"));
        let inner = Some(inner).filter(|_| held);
        file.destroy_element(&name("inner")).unwrap();
        is_over(&all);
        // Nor does it stand in the way, or in for, of a later one.
        let later = file.create_storage(&name("inner"), RW).unwrap();
        fill(&*later, &["other"]);
        is_over(&all);
        drop((all, inner, later));
        file.destroy_element(&name("inner")).unwrap();
    }
    let inner = file.create_storage(&name("inner"), RW.and(Mode::TRANSACTED)).unwrap();
    let all = inner.enumerate().unwrap();
    inner.revert().unwrap();
    is_over(&all);
    let all = inner.enumerate().unwrap();
    let of_root = file.enumerate().unwrap();
    file.release();
    is_over(&all);
    assert_eq!(next(&of_root).as_deref(), Some("inner"), "its storage was released, not above it");
    let file = CompoundFile::memory();
    let all = file.enumerate().unwrap();
    file.close();
    is_over(&all);
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
