//! Streams: creating, opening, reading, writing, sizes.
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
    Code, CommitFlags, CompoundFile, ElementKind, Error, FileTime, Guid, Mode, SeekStream, Storage,
    Stream, StreamCursor,
};
use std::sync::Arc;

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("an error").code()
}

/// A stream of six bytes in a new root.
fn six() -> (CompoundFile, Arc<dyn Stream>) {
    let file = CompoundFile::memory();
    let stream = file.create_stream(&name("CONTENTS"), RW).unwrap();
    stream.write_at(0, b"sixsix").unwrap();
    (file, stream)
}

fn read(stream: &dyn Stream, offset: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0xEE; len];
    let got = stream.read_at(offset, &mut bytes).unwrap();
    bytes.truncate(got);
    bytes
}

/// What a C caller gives to `CreateStream`; each wrong thing is told before those after it.
struct Call<'a> {
    name: Option<&'a [u16]>,
    mode: u32,
    reserved: (u32, u32),
    out: bool,
}

impl Call<'_> {
    fn create(&self, storage: &dyn Storage) -> Result<StreamCursor, Code> {
        let held = CompoundFile::memory().create_stream(&name("held"), RW).unwrap();
        let mut out = Some(StreamCursor::new(held));
        let slot = if self.out { Some(&mut out) } else { None };
        let (one, two) = self.reserved;
        match members::create_stream(storage, self.name, self.mode, one, two, slot) {
            Ok(()) => Ok(out.expect("created")),
            Err(e) => {
                assert_eq!(out.is_none(), self.out, "the output is emptied");
                Err(e.code())
            }
        }
    }
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Spec: S-049, S-050
#[test]
fn a_stream_is_created_with_a_name_an_output_and_nothing_reserved() {
    let file = CompoundFile::memory();
    let x = units("x");
    for (reserved, mode) in [((1, 0), 0x12), ((0, 1), 0x12), ((1, 1), 0x1012), ((7, 0), 0)] {
        let call = Call { name: Some(&x), mode, reserved, out: true };
        assert_eq!(call.create(&file).err(), Some(Code::StgInvalidParameter));
    }
    for reserved in [(0, 0), (1, 0)] {
        let call = Call { name: Some(&x), mode: 0x12, reserved, out: false };
        assert_eq!(call.create(&file).err(), Some(Code::StgInvalidPointer));
        let call = Call { name: None, mode: 0x12, reserved, out: true };
        assert_eq!(call.create(&file).err(), Some(Code::StgInvalidName));
        let call = Call { name: None, mode: 0x12, reserved, out: false };
        assert_eq!(call.create(&file).err(), Some(Code::StgInvalidPointer));
    }
    assert_eq!(file.elements().unwrap(), []);
    let call = Call { name: Some(&x), mode: 0x12, reserved: (0, 0), out: true };
    assert_eq!(call.create(&file).unwrap().stat().unwrap().name, Some(name("x")));
}

/// Spec: S-051, structured-storage 2.2
#[test]
fn the_first_of_several_faults_is_told() {
    let (file, held) = six();
    let long = [0x78; 32];
    let create = |storage: &dyn Storage, name: &[u16], mode: u32| {
        Call { name: Some(name), mode, reserved: (0, 0), out: true }.create(storage).err()
    };
    assert_eq!(create(&file, &long[..31], 0x12), None);
    assert_eq!(create(&file, &long, 0x12), Some(Code::StgInvalidName));
    assert_eq!(create(&file, &units("a/b"), 0x12), Some(Code::StgInvalidName));
    assert_eq!(create(&file, &long, 0x2), Some(Code::StgInvalidFlag));
    assert_eq!(create(&file, &long, 0x1_0012), Some(Code::StgInvalidFunction));
    assert_eq!(create(&file, &units("contents"), 0x12), Some(Code::StgFileAlreadyExists));
    let inner = file.create_storage(&name("inner"), READ).unwrap();
    assert_eq!(create(&*inner, &long, 0x12), Some(Code::StgAccessDenied));
    assert_eq!(create(&*inner, &long, 0x42), Some(Code::StgInvalidFlag));
    file.destroy_element(&name("inner")).unwrap();
    assert_eq!(create(&*inner, &long, 0x42), Some(Code::StgInvalidFlag));
    assert_eq!(create(&*inner, &long, 0x1_0012), Some(Code::StgReverted));
    assert_eq!(create(&*inner, &long, 0x12), Some(Code::StgReverted));

    let open = |storage: &dyn Storage, name: Option<&[u16]>, one, mode, two, out: bool| {
        let mut slot = None;
        let slot = if out { Some(&mut slot) } else { None };
        members::open_stream(storage, name, one, mode, two, slot).err().map(|e| e.code())
    };
    let contents = units("contents");
    assert_eq!(open(&file, None, false, 0x12, 0, true), Some(Code::InvalidParameter));
    assert_eq!(open(&file, Some(&contents), true, 0, 0, false), Some(Code::InvalidParameter));
    assert_eq!(open(&file, Some(&contents), true, 0, 0, true), Some(Code::StgInvalidParameter));
    assert_eq!(open(&file, Some(&contents), false, 0, 9, true), Some(Code::StgInvalidParameter));
    assert_eq!(open(&file, Some(&long), false, 0, 0, true), Some(Code::StgInvalidFlag));
    assert_eq!(open(&file, Some(&long), false, 0x1_0012, 0, true), Some(Code::StgInvalidFunction));
    assert_eq!(open(&file, Some(&long), false, 0x12, 0, true), Some(Code::StgInvalidName));
    assert_eq!(open(&file, Some(&units("a/b")), false, 0x12, 0, true), Some(Code::StgFileNotFound));
    assert_eq!(open(&file, Some(&contents), false, 0x12, 0, true), Some(Code::StgAccessDenied));
    assert_eq!(open(&*inner, Some(&contents), false, 0x12, 0, true), Some(Code::StgReverted));
    drop(held);
    assert_eq!(open(&file, Some(&contents), false, 0x12, 0, true), None);
    file.commit(CommitFlags::empty()).unwrap();
    let read = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    for name in [&contents[..], &long, &units("none")] {
        assert_eq!(open(&read, Some(name), false, 0x12, 0, true), Some(Code::StgInvalidFlag));
    }
}

/// Spec: S-051
#[test]
fn a_name_has_at_most_31_units() {
    let file = CompoundFile::memory();
    assert!(file.create_stream(&name(&"x".repeat(31)), RW).is_ok());
    let long = openimsg::ElementName::new(&"x".repeat(32));
    assert_eq!(long.unwrap_err().code(), Code::StgInvalidName);
}

/// Spec: S-052
#[test]
fn streams_are_created_exclusively() {
    let file = CompoundFile::memory();
    for mode in [Mode::READWRITE, Mode::READ, Mode::WRITE, Mode::SHARE_DENY_NONE] {
        assert_eq!(code(file.create_stream(&name("x"), mode)), Code::StgInvalidFlag);
    }
    for bits in [3, 8, 0x80, 0x50, 0x800, 0x8000, 0x8_0000, 0x80_0000] {
        let mode = Mode::from_bits(bits).and(Mode::SHARE_EXCLUSIVE);
        assert_eq!(code(file.create_stream(&name("x"), mode)), Code::StgInvalidFlag, "{bits:#x}");
    }
    assert_eq!(file.elements().unwrap(), []);
}

/// Spec: S-054, S-055
#[test]
fn a_taken_name_is_free_again_after_destruction() {
    let (file, stream) = six();
    assert_eq!(code(file.create_stream(&name("CONTENTS"), RW)), Code::StgFileAlreadyExists);
    assert_eq!(code(file.create_storage(&name("contents"), RW)), Code::StgFileAlreadyExists);
    drop(stream);
    file.destroy_element(&name("CONTENTS")).unwrap();
    assert_eq!(code(file.destroy_element(&name("CONTENTS"))), Code::StgFileNotFound);
    assert!(file.create_stream(&name("CONTENTS"), RW).is_ok());
}

/// Spec: structured-storage 2.5
#[test]
fn reads_stop_at_the_end_and_never_fail_there() {
    let (_file, stream) = six();
    assert_eq!(read(&*stream, 3, 256), b"six");
    for past in [6, 10, 10_000, u64::MAX] {
        assert_eq!(read(&*stream, past, 256), b"");
    }
    stream.write_at(100, b"").unwrap();
    assert_eq!(stream.size().unwrap(), 6);
}

/// Spec: S-060
#[test]
fn sizes_grow_with_zeros_and_shrink_to_nothing() {
    let (_file, stream) = six();
    stream.set_size(5000).unwrap();
    assert_eq!(read(&*stream, 4997, 256), [0, 0, 0]);
    assert_eq!(read(&*stream, 5001, 256), b"");
    assert_eq!(read(&*stream, 10_000, 256), b"");
    stream.set_size(0).unwrap();
    assert_eq!((stream.size().unwrap(), read(&*stream, 0, 10)), (0, vec![]));
    stream.write_at(3, b"x").unwrap();
    assert_eq!(read(&*stream, 0, 10), b"\0\0\0x");
}

/// Spec: structured-storage 2.4
#[test]
fn creating_over_an_open_stream_reverts_the_old_handle() {
    let (file, old) = six();
    let new = file.create_stream(&name("CONTENTS"), RW.and(Mode::CREATE)).unwrap();
    assert_eq!(code(old.size()), Code::StgReverted);
    assert_eq!(code(old.write_at(0, b"x")), Code::StgReverted);
    assert_eq!(new.size().unwrap(), 0);
}

/// Spec: S-067
#[test]
fn a_wrong_mode_wins_over_a_missing_name() {
    let file = CompoundFile::memory();
    let missing = name("none");
    let with = |mode: Mode| code(file.open_stream(&missing, mode));
    assert_eq!(with(Mode::SHARE_DENY_NONE), Code::StgInvalidFlag);
    assert_eq!(with(READ.and(Mode::from_bits(0x400_0000))), Code::StgInvalidFunction);
    assert_eq!(with(READ.and(Mode::TRANSACTED)), Code::StgInvalidFunction);
    assert_eq!(with(READ.and(Mode::CREATE)), Code::StgInvalidFlag);
    assert_eq!(with(READ), Code::StgFileNotFound);
    let storage = |mode: Mode| code(file.open_storage(&missing, mode));
    assert_eq!(storage(Mode::SHARE_DENY_NONE), Code::StgInvalidFunction);
    assert_eq!(storage(READ.and(Mode::from_bits(0x400_0000))), Code::StgInvalidFunction);
    assert_eq!(storage(READ.and(Mode::from_bits(0x4_0000))), Code::StgInvalidFunction);
    assert_eq!(storage(READ), Code::StgFileNotFound);
}

/// Spec: S-068
#[test]
fn a_stream_is_no_storage_and_a_storage_no_stream() {
    let (file, stream) = six();
    drop(stream);
    file.create_storage(&name("storage"), RW).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    let read = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    for root in [&file, &read] {
        assert_eq!(code(root.open_stream(&name("storage"), READ)), Code::StgFileNotFound);
        assert_eq!(code(root.open_storage(&name("CONTENTS"), READ)), Code::StgFileNotFound);
    }
}

/// Spec: S-069
#[test]
fn a_stream_is_open_once_through_one_parent() {
    let (file, stream) = six();
    for mode in [RW, READ] {
        assert_eq!(code(file.open_stream(&name("CONTENTS"), mode)), Code::StgAccessDenied);
    }
    drop(stream);
    file.commit(CommitFlags::empty()).unwrap();
    let read = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
    let first = read.open_stream(&name("CONTENTS"), READ).unwrap();
    assert_eq!(code(read.open_stream(&name("CONTENTS"), READ)), Code::StgAccessDenied);
    drop(first);
    assert!(read.open_stream(&name("CONTENTS"), READ).is_ok());
}

/// Spec: S-073
#[test]
fn destroying_an_open_stream_reverts_its_handle() {
    let (file, stream) = six();
    file.destroy_element(&name("CONTENTS")).unwrap();
    assert_eq!(code(stream.write_at(0, b"x")), Code::StgReverted);
    assert_eq!(code(stream.stat()), Code::StgReverted);
    assert_eq!(code(stream.read_at(0, &mut [0])), Code::StgReverted);
    assert_eq!(code(stream.set_size(0)), Code::StgReverted);
}

/// Spec: S-165
#[test]
fn a_handle_kept_over_destruction_cannot_reach_a_later_element() {
    let (file, old) = six();
    file.destroy_element(&name("CONTENTS")).unwrap();
    let mut later = Vec::new();
    for at in 0..100 {
        let stream = file.create_stream(&name(&format!("{at}")), RW).unwrap();
        stream.write_at(0, b"mine").unwrap();
        later.push(stream);
    }
    let again = file.create_stream(&name("CONTENTS"), RW).unwrap();
    again.write_at(0, b"mine").unwrap();
    assert_eq!(code(old.write_at(0, b"evil")), Code::StgReverted);
    assert_eq!(code(old.set_size(0)), Code::StgReverted);
    for stream in later.iter().chain([&again]) {
        assert_eq!(read(&**stream, 0, 9), b"mine");
    }
    // Nor does letting the dead handle go free the living one's place.
    drop(old);
    assert_eq!(code(file.open_stream(&name("CONTENTS"), READ)), Code::StgAccessDenied);
}

/// Streams have no class, bits or times. Spec: structured-storage 2.5.
#[test]
fn stat_of_a_stream_tells_name_size_and_mode() {
    let (file, stream) = six();
    let stat = stream.stat().unwrap();
    assert_eq!((stat.name, stat.kind, stat.size), (Some(name("CONTENTS")), ElementKind::Stream, 6));
    assert_eq!((stat.mode, stat.class, stat.state_bits), (RW, Guid::NULL, 0));
    assert_eq!((stat.created, stat.modified), (FileTime::default(), FileTime::default()));
    drop(stream);
    let created = file.create_stream(&name("y"), RW.and(Mode::CREATE)).unwrap();
    assert_eq!(created.stat().unwrap().mode, RW, "CREATE is not reported");
}

/// A stream opened for reading is read; in a transacted root no more is asked.
#[test]
fn a_stream_opened_for_reading_cannot_be_written() {
    let (file, stream) = six();
    drop(stream);
    let stream = file.open_stream(&name("CONTENTS"), READ).unwrap();
    assert_eq!(code(stream.write_at(0, b"x")), Code::StgAccessDenied);
    assert_eq!(code(stream.set_size(1)), Code::StgAccessDenied);
    assert_eq!(read(&*stream, 0, 9), b"sixsix");
}

/// Spec: S-150
#[test]
fn sizes_around_every_boundary_round_trip() {
    for large in [false, true] {
        let sizes = [0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 65_536, 65_537, 200_000];
        let content = |size: usize| -> Vec<u8> { (0..size).map(|at| (at % 251) as u8).collect() };
        let file = openimsg::StorageOptions::new().large_sectors(large).memory();
        for size in sizes {
            let stream = file.create_stream(&name(&size.to_string()), RW).unwrap();
            stream.write_at(0, &content(size)).unwrap();
        }
        file.commit(CommitFlags::empty()).unwrap();
        let bytes = file.to_bytes().unwrap();
        let read_back = CompoundFile::from_bytes(bytes.clone()).unwrap();
        for size in sizes {
            for root in [&file, &read_back] {
                let found = common::stream_bytes(root, &name(&size.to_string()));
                assert!(found == Ok(content(size)), "{size}");
            }
        }
        let image = common::image::Image(bytes);
        let start = |text: &str| image.start(image.slot(text));
        // 4095 counts in mini sectors behind those before it; 4096 has sectors of its own.
        assert_eq!(image.chain(start("4096")).len(), 4096_usize.div_ceil(image.sector_len()));
        let minis: usize =
            [1, 63, 64, 65, 511, 512, 513].iter().map(|s: &usize| s.div_ceil(64)).sum();
        assert_eq!(start("4095") as usize, minis);
        assert_eq!(start("0"), common::image::END);
    }
}

/// Spec: structured-storage 2.5
#[test]
fn no_stream_grows_beyond_what_a_file_can_hold() {
    let (_file, stream) = six();
    assert_eq!(code(stream.set_size((1 << 44) + 1)), Code::StgMediumFull);
    assert_eq!(code(stream.write_at(u64::MAX, b"x")), Code::StgMediumFull);
    assert_eq!(stream.size().unwrap(), 6);
}

/// What no file can hold fails the commit; nothing is lost, and the commit works once it is cut.
#[test]
fn a_root_too_large_for_any_file_fails_the_commit_and_can_be_cut() {
    let (file, stream) = six();
    stream.set_size(1 << 44).unwrap();
    assert_eq!(code(file.commit(CommitFlags::empty())), Code::StgDocFileTooLarge);
    stream.set_size(6).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(read(&*stream, 0, 9), b"sixsix");
}
