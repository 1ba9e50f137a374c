//! Storages: creating, opening, renaming, destroying, and what they know of themselves.
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
use openimsg::com::members;
use openimsg::{
    Clock, Code, CommitFlags, CompoundFile, ElementKind, ElementTimes, Error, FileTime, Guid, Mode,
    Storage, StorageOptions,
};
use std::sync::Arc;

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("an error").code()
}

/// A root with storage `s` that holds stream `x`.
fn sample() -> CompoundFile {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("s"), RW).unwrap();
    inner.create_stream(&name("x"), RW).unwrap().write_at(0, b"abc").unwrap();
    file
}

/// Spec: S-070
#[test]
fn a_storage_is_open_once_through_one_parent() {
    let file = sample();
    let inner = file.open_storage(&name("s"), RW).unwrap();
    for mode in [RW, READ, RW.and(Mode::TRANSACTED)] {
        assert_eq!(code(file.open_storage(&name("s"), mode)), Code::StgAccessDenied);
    }
    drop(inner);
    assert!(file.open_storage(&name("s"), RW).is_ok());
}

/// Spec: S-071
#[test]
fn what_is_open_cannot_be_renamed() {
    let file = sample();
    let inner = file.open_storage(&name("s"), READ).unwrap();
    assert_eq!(code(file.rename_element(&name("s"), &name("t"))), Code::StgAccessDenied);
    let stream = inner.open_stream(&name("x"), READ).unwrap();
    assert_eq!(inner.stat().unwrap().mode, READ);
    drop(inner);
    file.rename_element(&name("s"), &name("t")).unwrap();
    assert!(stream.size().is_ok(), "a stream below does not keep its storage's name");
}

/// Spec: S-072
#[test]
fn destroying_an_open_storage_reverts_all_handles_below() {
    let file = sample();
    let inner = file.open_storage(&name("s"), RW).unwrap();
    let deep = inner.create_storage(&name("deep"), RW.and(Mode::TRANSACTED)).unwrap();
    let stream = deep.create_stream(&name("y"), RW).unwrap();
    file.destroy_element(&name("s")).unwrap();
    assert_eq!(code(inner.create_stream(&name("z"), RW)), Code::StgReverted);
    assert_eq!(code(inner.stat()), Code::StgReverted);
    assert_eq!(code(deep.stat()), Code::StgReverted);
    assert_eq!(code(deep.commit(CommitFlags::empty())), Code::StgReverted);
    assert_eq!(code(deep.set_state_bits(1, 1)), Code::StgReverted);
    assert_eq!(code(stream.write_at(0, b"x")), Code::StgReverted);
    assert_eq!(file.elements().unwrap(), []);
}

/// Spec: S-085, S-086
#[test]
fn a_storage_created_for_reading_takes_no_members() {
    let file = CompoundFile::memory();
    let inner = file.create_storage(&name("Inner"), READ).unwrap();
    let stat = inner.stat().unwrap();
    assert!(stat.name.unwrap().is_identical(&name("Inner")));
    assert_eq!((stat.mode.bits(), stat.class, stat.kind), (0x10, Guid::NULL, ElementKind::Storage));
    assert_eq!(code(inner.create_storage(&name("x"), RW)), Code::StgAccessDenied);
    assert_eq!(
        code(inner.create_stream(&name("x"), READ.and(Mode::CREATE))),
        Code::StgAccessDenied
    );
}

/// Spec: structured-storage 2.4
#[test]
fn a_class_is_null_until_set_and_then_kept() {
    let file = CompoundFile::memory();
    assert_eq!(file.stat().unwrap().class, Guid::NULL);
    let class = Guid::from_bytes([9; 16]);
    file.create_storage(&name("s"), RW).unwrap().set_class(class).unwrap();
    file.set_class(class).unwrap();
    file.set_state_bits(0b1010, 0b1111).unwrap();
    file.set_state_bits(0b0101, 0b0110).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    let back = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    let stat = back.stat().unwrap();
    assert_eq!((stat.class, stat.state_bits), (class, 0b1100));
    assert_eq!(back.open_storage(&name("s"), READ).unwrap().stat().unwrap().class, class);
}

/// Spec: S-088, S-089, S-090
#[test]
fn a_storage_opened_for_reading_refuses_in_the_right_order() {
    let file = sample();
    let inner = file.open_storage(&name("s"), READ).unwrap();
    let create = READ.and(Mode::CREATE);
    for element in ["x", "free"] {
        assert_eq!(code(inner.create_stream(&name(element), create)), Code::StgAccessDenied);
        assert_eq!(code(inner.destroy_element(&name(element))), Code::StgAccessDenied);
    }
    assert_eq!(code(inner.create_storage(&name("x"), create)), Code::StgFileAlreadyExists);
    assert_eq!(code(inner.create_storage(&name("free"), create)), Code::StgAccessDenied);
    assert_eq!(code(inner.rename_element(&name("x"), &name("y"))), Code::StgAccessDenied);
    assert_eq!(code(inner.set_class(Guid::NULL)), Code::StgAccessDenied);
    assert_eq!(code(inner.open_stream(&name("x"), RW)), Code::StgInvalidFlag);
    // The same in a file opened for reading.
    file.commit(CommitFlags::empty()).unwrap();
    let read = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    let inner = read.open_storage(&name("s"), READ).unwrap();
    assert_eq!(code(inner.create_stream(&name("x"), create)), Code::StgAccessDenied);
    assert_eq!(code(inner.create_storage(&name("x"), create)), Code::StgFileAlreadyExists);
    assert_eq!(code(inner.create_storage(&name("free"), create)), Code::StgAccessDenied);
    assert_eq!(code(inner.destroy_element(&name("free"))), Code::StgAccessDenied);
    assert_eq!(code(read.open_storage(&name("s"), RW)), Code::StgAccessDenied);
}

/// Spec: S-092
#[test]
fn a_renamed_stream_is_found_under_its_new_name_only() {
    let file = sample();
    let inner = file.open_storage(&name("s"), RW).unwrap();
    inner.rename_element(&name("x"), &name("longer name")).unwrap();
    assert_eq!(code(inner.open_stream(&name("x"), READ)), Code::StgFileNotFound);
    assert_eq!(common::stream_bytes(&*inner, &name("longer name")), Ok(b"abc".to_vec()));
    assert_eq!(code(inner.rename_element(&name("x"), &name("y"))), Code::StgFileNotFound);
    inner.create_stream(&name("y"), RW).unwrap();
    let taken = inner.rename_element(&name("none"), &name("y"));
    assert_eq!(code(taken), Code::StgFileAlreadyExists, "checked before the old name");
}

/// Spec: S-093
#[test]
fn a_renamed_storage_keeps_members_class_and_times() {
    let file = sample();
    let class = Guid::from_bytes([3; 16]);
    file.open_storage(&name("s"), RW).unwrap().set_class(class).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    let before = file.elements().unwrap()[0].clone();
    file.rename_element(&name("s"), &name("t")).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    let back = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    for root in [&file, &back] {
        let after = root.elements().unwrap()[0].clone();
        assert_eq!(after.name, Some(name("t")));
        assert_eq!((after.class, after.created), (class, before.created));
        assert_eq!(after.modified, before.modified);
        let inner = root.open_storage(&name("t"), READ).unwrap();
        assert_eq!(common::stream_bytes(&*inner, &name("x")), Ok(b"abc".to_vec()));
    }
}

/// Spec: S-154
#[test]
fn letter_case_makes_no_other_element_and_can_be_renamed() {
    let file = CompoundFile::memory();
    file.create_stream(&name("abc"), RW).unwrap().write_at(0, b"1").unwrap();
    assert_eq!(code(file.create_stream(&name("ABC"), RW)), Code::StgFileAlreadyExists);
    file.rename_element(&name("abc"), &name("ABC")).unwrap();
    for _ in 0..2 {
        let names: Vec<_> = file.elements().unwrap().into_iter().map(|s| s.name.unwrap()).collect();
        assert!(names.len() == 1 && names[0].is_identical(&name("ABC")), "{names:?}");
        file.commit(CommitFlags::empty()).unwrap();
    }
    assert_eq!(common::stream_bytes(&file, &name("aBc")), Ok(b"1".to_vec()));
    let inner = file.create_storage(&name("t"), RW.and(Mode::TRANSACTED)).unwrap();
    inner.create_stream(&name("abc"), RW).unwrap();
    inner.commit(CommitFlags::empty()).unwrap();
    inner.rename_element(&name("abc"), &name("ABC")).unwrap();
    inner.commit(CommitFlags::empty()).unwrap();
    drop(inner);
    let inner = file.open_storage(&name("t"), READ).unwrap();
    assert!(inner.elements().unwrap()[0].name.unwrap().is_identical(&name("ABC")));
}

/// Spec: S-155
#[test]
fn names_with_reserved_characters_are_refused() {
    for bad in ["a/b", "a\\b", "a:b", "a!b", ""] {
        let refused = openimsg::ElementName::new(bad);
        assert_eq!(refused.unwrap_err().code(), Code::StgInvalidName, "{bad:?}");
    }
}

/// As the C door releases: when its count reaches zero it calls this, then lets go. That nothing else
/// holds the storage then is what COM calls a count of 0.
///
/// Spec: S-126
#[test]
fn a_released_storage_takes_what_was_opened_through_it_along() {
    let file = sample();
    for mode in [RW, RW.and(Mode::TRANSACTED)] {
        for close in [false, true] {
            let parent = file.open_storage(&name("s"), mode).unwrap();
            let stream = parent.open_stream(&name("x"), RW).unwrap();
            let created = parent.create_stream(&name("y"), RW.and(Mode::CREATE)).unwrap();
            let inner = parent.create_storage(&name("t"), RW.and(Mode::CREATE)).unwrap();
            let deep = inner.create_stream(&name("z"), RW).unwrap();
            if close {
                parent.close()
            } else {
                parent.release()
            }
            assert_eq!(Arc::strong_count(&parent), 1, "its children do not count");
            drop(parent);
            for stream in [&stream, &created, &deep] {
                assert_eq!(code(stream.write_at(0, b"x")), Code::StgReverted);
            }
            assert_eq!(code(inner.stat()), Code::StgReverted);
            assert_eq!(code(inner.set_state_bits(1, 1)), Code::StgReverted);
            // The dead children are no reason not to open it again.
            let again = file.open_storage(&name("s"), mode).unwrap();
            assert!(again.open_stream(&name("x"), RW).is_ok());
        }
    }
}

/// Spec: structured-storage 2.2, 2.4
#[test]
fn the_first_of_several_faults_is_told() {
    let file = sample();
    let units = |text: &str| -> Vec<u16> { text.encode_utf16().collect() };
    let (s, long) = (units("s"), [0x78; 32]);
    let (none, t, x) = (units("none"), units("t"), units("x"));
    let told = |answer: Result<(), Error>| answer.err().map(|e| e.code());
    let open = |storage: &dyn Storage, name: Option<&[u16]>, mode, snb, reserved, out: bool| {
        let mut slot = None;
        let slot = if out { Some(&mut slot) } else { None };
        told(members::open_storage(storage, name, false, mode, snb, reserved, slot))
    };
    assert_eq!(open(&file, None, 0, true, 1, true), Some(Code::InvalidParameter));
    assert_eq!(open(&file, Some(&s), 0, true, 1, false), Some(Code::InvalidParameter));
    assert_eq!(open(&file, Some(&s), 3, true, 0, true), Some(Code::StgInvalidParameter));
    assert_eq!(open(&file, Some(&s), 3, false, 1, true), Some(Code::StgInvalidParameter));
    assert_eq!(open(&file, Some(&long), 3, false, 0, true), Some(Code::StgInvalidFlag));
    assert_eq!(open(&file, Some(&long), 0x42, false, 0, true), Some(Code::StgInvalidFunction));
    assert_eq!(open(&file, Some(&long), 0x12, false, 0, true), Some(Code::StgInvalidName));
    assert_eq!(open(&file, Some(&x), 0x12, false, 0, true), Some(Code::StgFileNotFound));
    assert_eq!(open(&file, Some(&s), 0x12, false, 0, true), None);

    let create = |storage: &dyn Storage, name: Option<&[u16]>, mode, reserved, out: bool| {
        let mut slot = None;
        let slot = if out { Some(&mut slot) } else { None };
        told(members::create_storage(storage, name, mode, 0, reserved, slot))
    };
    assert_eq!(create(&file, None, 0, 1, false), Some(Code::StgInvalidPointer));
    assert_eq!(create(&file, None, 0, 1, true), Some(Code::StgInvalidName));
    assert_eq!(create(&file, Some(&s), 0, 1, true), Some(Code::StgInvalidParameter));
    assert_eq!(create(&file, Some(&long), 0x400_0012, 0, true), Some(Code::StgInvalidFlag));
    assert_eq!(create(&file, Some(&long), 0x12, 0, true), Some(Code::StgInvalidName));
    assert_eq!(create(&file, Some(&s), 0x12, 0, true), Some(Code::StgFileAlreadyExists));
    let inner = file.open_storage(&name("s"), READ).unwrap();
    let bad = units("a:b");
    assert_eq!(create(&*inner, Some(&x), 0x1012, 0, true), Some(Code::StgFileAlreadyExists));
    assert_eq!(create(&*inner, Some(&long), 0x12, 0, true), Some(Code::StgAccessDenied));
    assert_eq!(open(&*inner, Some(&long), 0x12, false, 0, true), Some(Code::StgAccessDenied));

    let destroy = |storage: &dyn Storage, name| told(members::destroy_element(storage, name));
    assert_eq!(destroy(&file, None), Some(Code::StgInvalidPointer));
    assert_eq!(destroy(&file, Some(&long)), Some(Code::StgInvalidName));
    assert_eq!(destroy(&file, Some(&none)), Some(Code::StgFileNotFound));
    assert_eq!(destroy(&*inner, Some(&long)), Some(Code::StgAccessDenied));
    let rename = |storage: &dyn Storage, old, new| told(members::rename_element(storage, old, new));
    assert_eq!(rename(&file, None, Some(&s)), Some(Code::StgInvalidPointer));
    assert_eq!(rename(&file, Some(&s), None), Some(Code::StgInvalidPointer));
    assert_eq!(rename(&file, Some(&s), Some(&bad)), Some(Code::StgInvalidName));
    assert_eq!(rename(&file, Some(&s), Some(&t)), Some(Code::StgAccessDenied));
    assert_eq!(rename(&*inner, Some(&x), Some(&bad)), Some(Code::StgAccessDenied));
    let times = ElementTimes::default();
    let set_times = |name| told(members::set_element_times(&file, name, times));
    assert_eq!((set_times(Some(&long)), set_times(None)), (Some(Code::StgInvalidName), None));
    assert_eq!(set_times(Some(&none)), Some(Code::StgFileNotFound));
    assert_eq!(told(members::set_class(&file, None)), Some(Code::StgInvalidPointer));
    assert_eq!(told(members::set_class(&file, Some(Guid::NULL))), None);
    assert_eq!(told(members::commit(&file, 0x10)), Some(Code::StgInvalidFlag));
    assert_eq!(told(members::commit(&file, 6)), None);
    let mut stat = None;
    assert_eq!(told(members::stat(&*inner, None, 0)), Some(Code::StgInvalidPointer));
    assert_eq!(told(members::stat(&*inner, Some(&mut stat), 2)), Some(Code::StgInvalidFlag));
    members::stat(&*inner, Some(&mut stat), 0).unwrap();
    assert_eq!(stat.clone().unwrap().name, Some(name("s")));
    members::stat(&*inner, Some(&mut stat), 1).unwrap();
    assert_eq!(stat.unwrap().name, None);
    file.destroy_element(&name("s")).unwrap();
    assert_eq!(told(members::commit(&*inner, 0x10)), Some(Code::StgReverted));
    assert_eq!(create(&*inner, Some(&long), 0x12, 0, true), Some(Code::StgReverted));
    assert_eq!(destroy(&*inner, Some(&long)), Some(Code::StgReverted));
}

/// Spec: S-173
#[test]
fn times_are_kept_for_storages_and_ignored_for_streams() {
    let (created, modified) = (FileTime::from_ticks(1000), FileTime::from_ticks(2000));
    let times = ElementTimes { created: Some(created), modified: Some(modified) };
    let file = sample();
    let inner = file.open_storage(&name("s"), RW).unwrap();
    inner.set_element_times(Some(&name("x")), times).unwrap();
    drop(inner);
    file.set_element_times(Some(&name("s")), times).unwrap();
    assert_eq!(code(file.set_element_times(Some(&name("none")), times)), Code::StgFileNotFound);
    file.commit(CommitFlags::empty()).unwrap();
    let back = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    let stat = back.elements().unwrap()[0].clone();
    assert_eq!((stat.created, stat.modified), (created, modified));
    let stat = back.open_storage(&name("s"), READ).unwrap().elements().unwrap()[0].clone();
    assert_eq!((stat.created, stat.modified), (FileTime::default(), FileTime::default()));
    let one = ElementTimes { modified: Some(created), ..ElementTimes::default() };
    file.set_element_times(Some(&name("s")), one).unwrap();
    let stat = file.elements().unwrap()[0].clone();
    assert_eq!((stat.created, stat.modified), (created, created), "the other one is unchanged");
}

/// The clock given to the root sets the times of what changes, and of nothing else.
/// Spec: structured-storage 1.9.
#[test]
fn only_what_changes_gets_a_new_time() {
    let clock = |ticks| StorageOptions::new().clock(Clock::Fixed(FileTime::from_ticks(ticks)));
    let file = clock(100).memory();
    for storage in ["touched", "other"] {
        file.create_storage(&name(storage), RW).unwrap();
    }
    file.commit(CommitFlags::empty()).unwrap();
    let file = clock(200).edit_bytes(file.to_bytes().unwrap()).unwrap();
    file.open_storage(&name("touched"), RW).unwrap().create_stream(&name("x"), RW).unwrap();
    file.open_storage(&name("other"), RW).unwrap().elements().unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    let back = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    let times = |at: usize| {
        let stat = back.elements().unwrap()[at].clone();
        (stat.created.ticks(), stat.modified.ticks())
    };
    assert_eq!((times(0), times(1)), ((100, 100), (100, 200)));
    let root = back.stat().unwrap();
    assert_eq!((root.created.ticks(), root.modified.ticks()), (0, 200));
}

/// Every handle may be used from every thread.
#[test]
fn members_of_one_root_are_written_side_by_side() {
    let file: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let file = Arc::clone(&file);
            scope.spawn(move || {
                let storage = file.create_storage(&name(&format!("s{thread}")), RW).unwrap();
                for at in 0..50 {
                    let stream = storage.create_stream(&name(&format!("{at}")), RW).unwrap();
                    stream.write_at(0, &[thread; 5000]).unwrap();
                    if at % 10 == 0 {
                        file.commit(CommitFlags::empty()).unwrap();
                    }
                    if at % 7 == 0 {
                        drop(stream);
                        storage.destroy_element(&name(&format!("{at}"))).unwrap();
                    }
                }
            });
        }
    });
    for thread in 0..4_u8 {
        let storage = file.open_storage(&name(&format!("s{thread}")), READ).unwrap();
        assert_eq!(storage.elements().unwrap().len(), 42);
        assert_eq!(common::stream_bytes(&*storage, &name("1")), Ok(vec![thread; 5000]));
    }
}
