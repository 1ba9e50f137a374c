//! What OLE keeps in storages: classes, user types, the conversion flag, property sets, times.
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
use openimsg::com;
use openimsg::ole::{self, ClipFormat, UserType};
use openimsg::{
    Code, CommitFlags, CompoundFile, ElementKind, ElementTimes, Error, FileTime, Guid,
    MemoryStream, Mode, SeekOrigin, SeekStream, Storage, StreamCursor, Text,
};
use std::sync::Arc;

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("an error").code()
}

fn root() -> Arc<dyn Storage> {
    CompoundFile::memory().into()
}

fn names(storage: &Arc<dyn Storage>) -> Vec<String> {
    let names = storage.elements().unwrap().into_iter();
    names.map(|stat| stat.name.unwrap().to_string()).collect()
}

fn bytes(storage: &Arc<dyn Storage>, stream: &str) -> Vec<u8> {
    common::stream_bytes(&**storage, &name(stream)).unwrap()
}

const CLASS: Guid = Guid::from_fields(0x0102_0304, 0x0506, 0x0708, [9, 10, 11, 12, 13, 14, 15, 16]);
const SUMMARY: &str = "{F29F85E0-4FF9-1068-AB91-08002B27B3D9}";
const DOCUMENT: &str = "{D5CDD502-2E9C-101B-9397-08002B2CF9AE}";
const USER: &str = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}";

fn guid(text: &str) -> Guid {
    text.parse().unwrap()
}

/// Spec: S-087
#[test]
fn the_class_of_a_storage_is_null_until_written() {
    let storage = root();
    assert_eq!(code(com::ole::write_class_stg(None, Some(CLASS))), Code::InvalidParameter);
    assert_eq!(code(com::ole::write_class_stg(None, None)), Code::InvalidParameter);
    assert_eq!(code(com::ole::write_class_stg(Some(&storage), None)), Code::StgInvalidPointer);
    let mut class = CLASS;
    assert_eq!(code(com::ole::read_class_stg(None, Some(&mut class))), Code::InvalidParameter);
    assert_eq!(code(com::ole::read_class_stg(Some(&storage), None)), Code::InvalidParameter);
    assert_eq!(class, CLASS);
    com::ole::read_class_stg(Some(&storage), Some(&mut class)).unwrap();
    assert_eq!(class, Guid::NULL);
    com::ole::write_class_stg(Some(&storage), Some(CLASS)).unwrap();
    com::ole::read_class_stg(Some(&storage), Some(&mut class)).unwrap();
    assert_eq!((class, ole::read_class_stg(&*storage).unwrap()), (CLASS, CLASS));
    ole::write_class_stg(&*storage, Guid::NULL).unwrap();
    assert_eq!(storage.stat().unwrap().class, Guid::NULL);
}

/// Spec: S-078
#[test]
fn a_class_that_is_cut_short_reads_as_null() {
    let file = root();
    let stream = StreamCursor::new(file.create_stream(&name("x"), RW).unwrap());
    for stream in [&stream as &dyn SeekStream, &MemoryStream::new()] {
        com::ole::write_class_stm(Some(stream), Some(CLASS)).unwrap();
        for (at, wanted) in [(0, Some(CLASS)), (1, None), (16, None), (99, None)] {
            stream.seek(at, SeekOrigin::SET).unwrap();
            let mut class = guid(SUMMARY);
            let read = com::ole::read_class_stm(Some(stream), Some(&mut class));
            assert_eq!(
                read.err().map(|e| e.code()),
                wanted.map_or(Some(Code::StgReadFault), |_| None)
            );
            assert_eq!(class, wanted.unwrap_or(Guid::NULL), "{at}");
        }
        stream.seek(0, SeekOrigin::SET).unwrap();
        assert_eq!(code(com::ole::read_class_stm(Some(stream), None)), Code::InvalidParameter);
        assert_eq!(code(com::ole::write_class_stm(Some(stream), None)), Code::InvalidParameter);
        assert_eq!(ole::read_class_stm(stream).unwrap(), CLASS, "it was not moved");
    }
    let mut class = CLASS;
    assert_eq!(code(com::ole::read_class_stm(None, Some(&mut class))), Code::InvalidParameter);
    assert_eq!(class, CLASS, "untouched");
    assert_eq!(code(com::ole::read_class_stm(None, None)), Code::InvalidParameter);
    assert_eq!(code(com::ole::write_class_stm(None, Some(CLASS))), Code::InvalidParameter);
}

/// Spec: S-094
#[test]
fn a_user_type_is_one_stream_and_may_be_written_again() {
    let storage = root();
    storage.create_stream(&name("mine"), RW).unwrap();
    storage.set_class(CLASS).unwrap();
    assert_eq!(code(ole::read_fmt_user_type_stg(&storage)), Code::StgFileNotFound);
    let types = [
        UserType { name: Text::from("A type"), format: ClipFormat::None },
        UserType {
            name: Text::from("Ça € 日"), format: ClipFormat::Named(Text::from("Biff8"))
        },
        UserType { name: Text::from(""), format: ClipFormat::Windows(13) },
        UserType { name: Text::from("mac"), format: ClipFormat::Macintosh(0x5445_5854) },
    ];
    for written in &types {
        ole::write_fmt_user_type_stg(&storage, written).unwrap();
        assert_eq!(names(&storage), ["mine", "\u{1}CompObj"]);
        assert_eq!(&ole::read_fmt_user_type_stg(&storage).unwrap(), written);
    }
    let name: Vec<u16> = "x".encode_utf16().collect();
    for (format, name, wanted) in [(0, None, ""), (3, Some(&name[..]), "x"), (0xC0DE, None, "")] {
        com::ole::write_fmt_user_type_stg(Some(&storage), format, name).unwrap();
        let (mut number, mut read) = (99, None);
        com::ole::read_fmt_user_type_stg(Some(&storage), Some(&mut number), Some(&mut read))
            .unwrap();
        assert_eq!((number, read), (format, Some(Text::from(wanted))));
        com::ole::read_fmt_user_type_stg(Some(&storage), None, None).unwrap();
    }
    assert_eq!(names(&storage), ["mine", "\u{1}CompObj"]);
    assert_eq!(code(com::ole::write_fmt_user_type_stg(None, 0, None)), Code::InvalidParameter);
    assert_eq!(code(com::ole::read_fmt_user_type_stg(None, None, None)), Code::InvalidParameter);
}

/// Every field where MS-OLEDS 2.3.8 has it.
#[test]
fn a_user_type_is_laid_out_as_published() {
    let storage = root();
    storage.set_class(CLASS).unwrap();
    let format = ClipFormat::Named(Text::from("F"));
    let written = UserType { name: Text::from("é"), format };
    ole::write_fmt_user_type_stg(&storage, &written).unwrap();
    let wanted: Vec<u8> = [
        &[1, 0, 0xFE, 0xFF, 3, 0x0A, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..],
        &[4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16], // the class
        &[2, 0, 0, 0, 0xE9, 0],                                   // name, 8-bit
        &[2, 0, 0, 0, b'F', 0],                                   // format, 8-bit
        &[1, 0, 0, 0, 0],                                         // reserved, empty but there
        &[0xF4, 0x39, 0xB2, 0x71],                                // the rest is there
        &[2, 0, 0, 0, 0xE9, 0, 0, 0],                             // name, UTF-16
        &[2, 0, 0, 0, b'F', 0, 0, 0],                             // format, UTF-16
        &[0, 0, 0, 0],                                            // reserved
    ]
    .concat();
    assert_eq!(bytes(&storage, "\u{1}CompObj"), wanted);
    // Cut anywhere in the 8-bit part it is refused, later the 8-bit part counts.
    for len in 0..=wanted.len() {
        let stream = storage.open_stream(&name("\u{1}CompObj"), RW).unwrap();
        stream.set_size(0).unwrap();
        stream.write_at(0, &wanted[..len]).unwrap();
        drop(stream);
        let read = ole::read_fmt_user_type_stg(&storage);
        match len {
            0..40 => assert_eq!(code(read), Code::StgReadFault, "{len}"),
            _ => assert_eq!(read.unwrap(), written, "{len}"),
        }
    }
}

/// The streams that other programs wrote: the 8-bit fields are looked up where they must be.
#[test]
fn user_types_of_real_files_are_read() {
    let Some(corpus) = common::corpus("user_types_of_real_files_are_read") else { return };
    let mut found = 0;
    for entry in std::fs::read_dir(corpus.join("cfb")).unwrap() {
        let Ok(file) = CompoundFile::open(entry.unwrap().path()) else { continue };
        let storage: Arc<dyn Storage> = file.into();
        let Ok(raw) = common::stream_bytes(&*storage, &name("\u{1}CompObj")) else { continue };
        let read = ole::read_fmt_user_type_stg(&storage).unwrap();
        // The 8-bit name stands at a fixed place.
        let len = u32::from_le_bytes(raw[28..32].try_into().unwrap()) as usize;
        let ansi = raw[32..32 + len].split(|byte| *byte == 0).next().unwrap();
        if ansi.is_ascii() && !ansi.is_empty() {
            assert_eq!(read.name.to_string().as_bytes(), ansi);
            found += 1;
        }
    }
    assert!(found >= 5, "{found}");
}

/// Spec: S-095
#[test]
fn the_conversion_flag_is_absent_set_or_cleared() {
    let storage = root();
    assert_eq!(code(com::ole::get_convert_stg(None)), Code::InvalidParameter);
    assert_eq!(code(com::ole::set_convert_stg(None, true)), Code::InvalidParameter);
    assert_eq!(code(com::ole::get_convert_stg(Some(&storage))), Code::StgFileNotFound);
    for convert in [true, true, false, false, true] {
        com::ole::set_convert_stg(Some(&storage), convert).unwrap();
        assert_eq!(com::ole::get_convert_stg(Some(&storage)).unwrap(), convert);
        let flags = if convert { 4 } else { 0 };
        let mut wanted = vec![1, 0, 0, 2, flags];
        wanted.resize(20, 0);
        assert_eq!(bytes(&storage, "\u{1}Ole"), wanted, "MS-OLEDS 2.3.3");
    }
    // What somebody else wrote stays, but for the one bit.
    let stream = storage.open_stream(&name("\u{1}Ole"), RW).unwrap();
    stream.write_at(4, &[0x01, 0x10, 0, 0, 7, 8, 9]).unwrap();
    drop(stream);
    assert!(!ole::get_convert_stg(&storage).unwrap());
    ole::set_convert_stg(&storage, true).unwrap();
    assert_eq!(bytes(&storage, "\u{1}Ole")[4..11], [0x05, 0x10, 0, 0, 7, 8, 9]);
    storage.open_stream(&name("\u{1}Ole"), RW).unwrap().set_size(7).unwrap();
    assert_eq!(code(ole::get_convert_stg(&storage)), Code::StgReadFault);
    assert_eq!(code(ole::set_convert_stg(&storage, true)), Code::StgReadFault);
}

const CREATE: Mode = RW.and(Mode::CREATE);

/// Spec: S-096
#[test]
fn a_property_set_is_created_replaced_and_deleted() {
    let other = guid("{01020304-0506-0708-090A-0B0C0D0E0F10}");
    for format in [guid(SUMMARY), guid(DOCUMENT), other] {
        let storage = root();
        let open = |mode: Mode| ole::open_property_set(&storage, format, mode);
        for mode in [READ, RW, Mode::default()] {
            assert_eq!(code(open(mode)), Code::StgFileNotFound);
        }
        assert_eq!(code(ole::delete_property_set(&storage, format)), Code::StgFileNotFound);
        for mode in [
            RW,
            READ,
            READ.and(Mode::CREATE),
            Mode::CREATE,
            Mode::CREATE.and(Mode::READWRITE),
            Mode::CREATE.and(Mode::WRITE).and(Mode::SHARE_EXCLUSIVE),
            CREATE.and(Mode::TRANSACTED),
            Mode::CREATE.and(Mode::READWRITE).and(Mode::SHARE_DENY_WRITE),
        ] {
            let refused = ole::create_property_set(&storage, format, CLASS, mode);
            assert_eq!(code(refused), Code::StgInvalidFlag, "{mode:?}");
            assert_eq!(names(&storage), [""; 0]);
        }
        let create = || ole::create_property_set(&storage, format, CLASS, CREATE).unwrap();
        let first = create();
        first.write_at(72, b"properties").unwrap();
        let second = create();
        assert_eq!((code(first.size()), second.size().unwrap()), (Code::StgReverted, 72));
        drop(second);
        for mode in [READ, RW] {
            assert_eq!(open(mode).unwrap().size().unwrap(), 72);
        }
        assert_eq!(names(&storage), [ole::property_set_name(format).to_string()]);
        ole::delete_property_set(&storage, format).unwrap();
        assert_eq!(code(open(READ)), Code::StgFileNotFound);
        assert_eq!(code(ole::delete_property_set(&storage, format)), Code::StgFileNotFound);
    }
}

/// Spec: S-097
#[test]
fn a_property_set_is_opened_by_its_identifier_without_create() {
    let storage = root();
    let summary = Some(guid(SUMMARY));
    let mut set = None;
    let mut open = |format, mode| {
        let answer = com::ole::open_property_set(&storage, format, mode, Some(&mut set));
        answer.map(|()| set.take().expect("opened"))
    };
    for mode in [0, 0x10, 0x12] {
        assert_eq!(code(open(None, mode)), Code::InvalidParameter);
        assert_eq!(code(open(summary, mode)), Code::StgFileNotFound);
        assert_eq!(code(open(summary, mode | 0x1000)), Code::StgInvalidFlag);
    }
    let created = ole::create_property_set(&storage, guid(SUMMARY), Guid::NULL, CREATE).unwrap();
    assert_eq!(code(open(summary, 0x10)), Code::StgAccessDenied);
    drop(created);
    for mode in [0x10, 0x12] {
        assert_eq!(code(open(None, mode)), Code::InvalidParameter);
        assert_eq!(code(open(Some(guid(DOCUMENT)), mode)), Code::StgFileNotFound);
        assert_eq!(code(open(summary, mode | 0x1000)), Code::StgInvalidFlag);
        assert_eq!(open(summary, mode).unwrap().stat().unwrap().size, 72);
    }
    assert_eq!(
        code(com::ole::open_property_set(&storage, summary, 0x10, None)),
        Code::InvalidParameter
    );
    let mut set = None;
    let mut create = |format, flags, mode| {
        com::ole::create_property_set(&storage, format, None, flags, mode, Some(&mut set))
            .map(|()| set.take().expect("created"))
    };
    assert_eq!(code(create(None, 0, 0x1012)), Code::InvalidParameter);
    assert_eq!(code(create(summary, 1, 0x1012)), Code::StgUnimplementedFunction);
    assert_eq!(code(create(summary, 0x10, 0x1012)), Code::StgInvalidFlag);
    assert_eq!(code(create(summary, 2, 0x12)), Code::StgInvalidFlag);
    drop(create(summary, 2, 0x1012).unwrap());
    assert_eq!(bytes(&storage, "\u{5}SummaryInformation")[68..70], 1252_u16.to_le_bytes());
    assert_eq!(code(com::ole::delete_property_set(&storage, None)), Code::InvalidParameter);
    com::ole::delete_property_set(&storage, summary).unwrap();
    for refused in [
        ole::open_property_set(&storage, guid(USER), READ).err(),
        ole::delete_property_set(&storage, guid(USER)).err(),
        ole::create_property_set(&storage, guid(USER), Guid::NULL, CREATE).err(),
    ] {
        assert_eq!(refused.unwrap().code(), Code::StgUnimplementedFunction);
    }
}

/// An empty set as MS-OLEPS 2.21 has it: one section, whose only property is the code page.
#[test]
fn a_new_property_set_is_valid_and_empty() {
    let storage = root();
    ole::create_property_set(&storage, guid(DOCUMENT), CLASS, CREATE).unwrap();
    let set = bytes(&storage, "\u{5}DocumentSummaryInformation");
    let u32_at = |at: usize| u32::from_le_bytes(set[at..at + 4].try_into().unwrap());
    assert_eq!(set[..4], [0xFE, 0xFF, 0, 0]);
    assert_eq!(set[8..24], CLASS.to_bytes());
    assert_eq!(u32_at(24), 1, "one set");
    assert_eq!(set[28..44], guid(DOCUMENT).to_bytes());
    let section = u32_at(44) as usize;
    assert_eq!(section + u32_at(section) as usize, set.len());
    assert_eq!((u32_at(section + 4), u32_at(section + 8)), (1, 1), "one property, the code page");
    let value = section + u32_at(section + 12) as usize;
    assert_eq!((u32_at(value), u32_at(value + 4)), (2, 1200));
}

/// MS-OLEPS 2.24: five bits to a letter, the lowest first, a to z and 0 to 5.
#[test]
fn property_sets_have_the_published_names() {
    let of = |format: Guid| ole::property_set_name(format).to_string();
    assert_eq!(of(guid(SUMMARY)), "\u{5}SummaryInformation");
    assert_eq!(of(guid(DOCUMENT)), "\u{5}DocumentSummaryInformation");
    assert_eq!(of(guid(USER)), "\u{5}DocumentSummaryInformation");
    assert_eq!(of(Guid::NULL), format!("\u{5}{}", "a".repeat(26)));
    assert_eq!(of(Guid::from_bytes([0xFF; 16])), format!("\u{5}{}h", "5".repeat(25)));
    let bit = |at: usize| {
        let mut bytes = [0; 16];
        bytes[at / 8] = 1 << (at % 8);
        of(Guid::from_bytes(bytes)).chars().skip(1).collect::<Vec<_>>()
    };
    for at in 0..128 {
        let mut wanted = vec!['a'; 26];
        wanted[at / 5] = ['b', 'c', 'e', 'i', 'q'][at % 5];
        assert_eq!(bit(at), wanted);
    }
}

/// Spec: structured-storage 2.3
#[test]
fn the_times_of_a_file_are_set_without_touching_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("times");
    let file = CompoundFile::create(&path).unwrap();
    file.create_stream(&name("x"), RW).unwrap().write_at(0, b"abc").unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    drop(file);
    let time = |ticks| Some(FileTime::from_ticks(ticks));
    ole::set_times(&path, ElementTimes { created: None, modified: time(5) }).unwrap();
    ole::set_times(&path, ElementTimes { created: time(7), modified: None }).unwrap();
    let file = CompoundFile::open(&path).unwrap();
    let stat = file.stat().unwrap();
    let none = "the format has no creation time of a root";
    assert_eq!((stat.created.ticks(), stat.modified.ticks()), (0, 5), "{none}");
    assert_eq!(file.elements().unwrap()[0].kind, ElementKind::Stream);
    assert_eq!(common::stream_bytes(&file, &name("x")), Ok(b"abc".to_vec()));
    let missing = ole::set_times(folder.path().join("none"), ElementTimes::default());
    assert_eq!(code(missing), Code::StgFileNotFound);
}
