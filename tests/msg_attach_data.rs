//! The data of an attachment, one kind in the place of another, and what is left in the file. Spec:
//! imessage-contract 3.1 (OpenProperty, DeleteProps), 3.3.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use common::{Item, listing};
use openimsg::{Attachment, Code, CommitFlags, CompoundFile, OpenStream, SeekStream, tags::*};

/// What an attachment can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    Nothing,
    Bytes,
    Message,
    Object,
}

const KINDS: [Data; 4] = [Data::Nothing, Data::Bytes, Data::Message, Data::Object];

/// How its data are begun anew, or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Set,
    Stream,
    Transacted,
    Message,
    Object,
    DeleteBytes,
    DeleteObject,
}

const CHANGES: [Change; 7] = [
    Change::Set,
    Change::Stream,
    Change::Transacted,
    Change::Message,
    Change::Object,
    Change::DeleteBytes,
    Change::DeleteObject,
];

impl Change {
    fn gives(self) -> Data {
        match self {
            Change::Set | Change::Stream | Change::Transacted => Data::Bytes,
            Change::Message => Data::Message,
            Change::Object => Data::Object,
            Change::DeleteBytes | Change::DeleteObject => Data::Nothing,
        }
    }

    fn make(self, attachment: &Attachment<'_>, had: Data) {
        let bytes = PR_ATTACH_DATA_BIN.tag();
        match self {
            Change::Set => attachment.set(PR_ATTACH_DATA_BIN, b"new bytes").unwrap(),
            Change::Stream => {
                let stream = attachment.open_stream(bytes, OpenStream::Create).unwrap();
                assert_eq!(stream.size().unwrap(), 0);
                stream.write(b"new bytes").unwrap();
            }
            Change::Transacted => {
                let stream = attachment.open_transacted_stream(bytes, OpenStream::Create).unwrap();
                stream.write(b"new bytes").unwrap();
                stream.commit().unwrap();
            }
            Change::Message => {
                let message = attachment.create_message().unwrap();
                assert_eq!(message.get(PR_SUBJECT_W).unwrap(), None);
                message.set(PR_SUBJECT_W, "new message").unwrap();
                message.save_changes(KEEP).unwrap();
            }
            Change::Object => {
                let object = attachment.create_storage().unwrap();
                assert!(object.elements().unwrap().is_empty());
                put(&*object, "new", b"object");
                object.commit(CommitFlags::empty()).unwrap();
            }
            Change::DeleteBytes | Change::DeleteObject => {
                let tag = if self == Change::DeleteBytes { bytes } else { tag(0x3701_000D) };
                let problems = attachment.delete_props(&[tag]).unwrap();
                let due = if had == Data::Nothing { vec![Code::NotFound] } else { vec![] };
                assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), due);
            }
        }
    }
}

/// A file with an attachment of each kind, by the number of the kind.
fn all_kinds() -> Vec<u8> {
    build(|message| {
        for kind in KINDS {
            let attachment = message.create_attach().unwrap();
            match kind {
                Data::Nothing => {}
                Data::Bytes => attachment.set(PR_ATTACH_DATA_BIN, &[7; 5000]).unwrap(),
                Data::Message => {
                    let inner = attachment.create_message().unwrap();
                    inner.set(PR_SUBJECT_W, "old message").unwrap();
                    attach(&inner, "deep", b"deep");
                    inner.save_changes(KEEP).unwrap();
                }
                Data::Object => ole(&attachment, "old", b"object"),
            }
            attachment.save_changes(KEEP).unwrap();
        }
    })
}

/// What lies in an attachment's storage, by the elements there and by the entry of its properties.
fn found(file: &[u8], number: usize) -> (Vec<String>, Vec<u32>) {
    let items = listing(CompoundFile::from_bytes(file.to_vec()).unwrap().into());
    let above = format!("/__attach_version1.0_#{number:08X}/");
    let below = |path: &String| path.strip_prefix(&above).map(str::to_owned);
    let data = items.keys().filter_map(below).filter(|path| path.contains("_3701"));
    let Item::Stream(Ok(props)) = &items[&format!("{above}{PROPS}")] else { panic!() };
    let tags = [0x3701_0102, 0x3701_000D];
    let entries = tags.into_iter().filter(|tag| entry_at(props, 8, *tag).is_some()).collect();
    (data.filter(|path| !path.contains('/')).collect(), entries)
}

fn check(file: &[u8], number: usize, data: Data, what: &str) {
    let due = match data {
        Data::Nothing => (vec![], vec![]),
        Data::Bytes => (vec!["__substg1.0_37010102".to_owned()], vec![0x3701_0102]),
        _ => (vec!["__substg1.0_3701000D".to_owned()], vec![0x3701_000D]),
    };
    assert_eq!(found(file, number), due, "{what}");
}

/// Spec: C-113, C-120, C-132
#[test]
fn whatever_an_attachment_holds_can_be_replaced_and_leaves_nothing_behind() {
    let bytes = all_kinds();
    for (number, had) in KINDS.into_iter().enumerate() {
        for change in CHANGES {
            for is_open in [false, true] {
                let what = format!("{had:?} {change:?}, open: {is_open}");
                let (message, file) = edit(&bytes);
                let attachment = message.open_attach(number as u32).unwrap();
                // What is open is the same object, so it is not begun anew.
                let same = matches!(
                    (had, change),
                    (Data::Message, Change::Message | Change::Object)
                        | (Data::Object, Change::Message | Change::Object)
                        | (Data::Bytes, Change::Stream | Change::Transacted)
                );
                let (mut inner, mut object, mut stream) = (None, None, None);
                if is_open && !same {
                    match had {
                        Data::Nothing => {}
                        Data::Bytes => {
                            let tag = PR_ATTACH_DATA_BIN.tag();
                            stream = Some(attachment.open_stream(tag, OpenStream::Modify).unwrap());
                        }
                        Data::Message => inner = Some(attachment.open_message().unwrap()),
                        Data::Object => object = Some(attachment.open_storage().unwrap()),
                    }
                }
                change.make(&attachment, had);
                if let Some(inner) = &inner {
                    assert_eq!(code(inner.prop_list()), Code::ObjectDeleted, "{what}");
                }
                if let Some(object) = &object {
                    assert_eq!(code(object.stat()), Code::StgReverted, "{what}");
                }
                if let Some(stream) = &stream {
                    assert_eq!(stream.size().unwrap(), 5000, "the snapshot: {what}");
                }
                attachment.save_changes(KEEP).unwrap();
                message.save_changes(KEEP).unwrap();
                drop((inner, object, stream, attachment, message));
                let saved = file.to_bytes().unwrap();
                check(&saved, number, change.gives(), &what);

                let message = open(&saved);
                let attachment = message.open_attach(number as u32).unwrap();
                match change.gives() {
                    Data::Nothing => assert_eq!(attachment.get(PR_ATTACH_DATA_BIN).unwrap(), None),
                    Data::Bytes => {
                        let bytes = attachment.get(PR_ATTACH_DATA_BIN).unwrap();
                        assert_eq!(bytes.as_deref(), Some(&b"new bytes"[..]), "{what}");
                    }
                    Data::Message => {
                        let inner = attachment.open_message().unwrap();
                        let subject = inner.get(PR_SUBJECT_W).unwrap();
                        assert_eq!(subject.as_deref(), Some("new message"), "{what}");
                        assert_eq!(inner.attachment_numbers().unwrap(), [], "{what}");
                    }
                    Data::Object => {
                        let object = attachment.open_storage().unwrap();
                        assert_eq!(object.elements().unwrap().len(), 1, "{what}");
                        assert_eq!(bytes_of(&*object, "new"), b"object");
                    }
                }
            }
        }
    }
}

/// Spec: C-117, C-118
#[test]
fn an_attachment_with_an_object_has_no_bytes_unless_they_are_created() {
    let (message, _file) = edit(&all_kinds());
    let bytes = PR_ATTACH_DATA_BIN.tag();
    for number in [0, 2, 3] {
        let attachment = message.open_attach(number).unwrap();
        for how in [OpenStream::Read, OpenStream::Modify] {
            assert_eq!(code(attachment.open_stream(bytes, how)), Code::NotFound, "{number}");
            let transacted = attachment.open_transacted_stream(bytes, how);
            assert_eq!(code(transacted), Code::NotFound, "{number}");
        }
        let stream = attachment.open_stream(bytes, OpenStream::Create).unwrap();
        assert_eq!(attachment.get(PR_ATTACH_DATA_BIN).unwrap(), Some(vec![]));
        drop(stream);
    }
}

#[test]
fn data_that_were_replaced_and_not_saved_are_what_they_were() {
    let bytes = all_kinds();
    let before = listing(CompoundFile::from_bytes(bytes.clone()).unwrap().into());
    for (number, had) in KINDS.into_iter().enumerate() {
        for change in CHANGES {
            let (message, file) = edit(&bytes);
            let attachment = message.open_attach(number as u32).unwrap();
            change.make(&attachment, had);
            drop(attachment);
            message.save_changes(KEEP).unwrap();
            assert_eq!(listing(file), before, "{had:?} {change:?}");
        }
    }
}
