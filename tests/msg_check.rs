//! The checker of messages: what it says of our own files, of real ones, and of one broken rule each.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::image::Image;
use common::msg::*;
use common::{RW, corpus_files, name};
use openimsg::{
    CompoundFile, Finding, Guid, Message, PropValue, RawAttachment, RawData, RawMember, RawMessage,
    RawProp, RawStorage, Severity, Storage, check_file, check_message, tags::*,
};
use std::collections::BTreeSet;
use std::sync::Arc;

fn findings(bytes: &[u8]) -> Vec<Finding> {
    let file: Arc<dyn Storage> = CompoundFile::from_bytes(bytes.to_vec()).unwrap().into();
    check_message(&file).unwrap()
}

fn serious(bytes: &[u8]) -> Vec<String> {
    let all = findings(bytes);
    let serious = all.iter().filter(|finding| finding.severity() != Note);
    serious.map(ToString::to_string).collect()
}

/// The codes of what breaking one rule adds.
fn broken(f: impl FnOnce(&dyn Storage)) -> Vec<(Severity, &'static str)> {
    let bytes = build(everything);
    let before: BTreeSet<_> = findings(&bytes).iter().map(|f| (f.severity(), f.code())).collect();
    let after = findings(&tamper(&bytes, f));
    let codes: BTreeSet<_> = after.iter().map(|f| (f.severity(), f.code())).collect();
    codes.difference(&before).copied().collect()
}

#[track_caller]
fn breaks(severity: Severity, code: &'static str, f: impl FnOnce(&dyn Storage)) {
    let found = broken(f);
    assert!(found.contains(&(severity, code)), "{code}: {found:?}");
}

const RECIPIENT: &str = "__recip_version1.0_#00000001";
const FILE: &str = "__attach_version1.0_#00000000";
const MESSAGE: &str = "__attach_version1.0_#00000001";
const OBJECT: &str = "__attach_version1.0_#00000002";
const DATA: &str = "__substg1.0_3701000D";
const MAP: &str = "__nameid_version1.0";
use Severity::{Error, Note, Warning};

/// Spec: F-003
#[test]
fn classes() {
    breaks(Note, "class-null", |root| root.set_class(Guid::NULL).unwrap());
    breaks(Warning, "class-foreign", |root| root.set_class(Guid::mapi(7)).unwrap());
}

/// Spec: F-005, F-006, F-031
#[test]
fn property_streams() {
    breaks(Error, "props-missing", |root| {
        within(root, &[FILE], |file| file.destroy_element(&name(PROPS)).unwrap());
    });
    breaks(Error, "element-kind", |root| {
        within(root, &[FILE], |file| {
            file.destroy_element(&name(PROPS)).unwrap();
            drop(file.create_storage(&name(PROPS), RW).unwrap());
        });
    });
    breaks(Error, "props-short", |root| {
        within(root, &[RECIPIENT], |row| put(row, PROPS, &[0; 7]));
    });
    breaks(Error, "props-header", |root| {
        within(root, &[MESSAGE, DATA], |inner| {
            change(inner, PROPS, |props| drop(props.splice(24..24, [0; 8])));
        });
    });
    breaks(Note, "props-reserved", |root| change(root, PROPS, |props| props[30] = 1));
    breaks(Warning, "props-trailing", |root| change(root, PROPS, |props| props.extend([0; 4])));
    breaks(Warning, "header-count", |root| change(root, PROPS, |props| props[16] = 9));
    breaks(Warning, "header-next", |root| change(root, PROPS, |props| props[8] = 0));
    breaks(Warning, "header-next", |root| change(root, PROPS, |props| props[15] = 0xFF));
    let twice = |root: &dyn Storage, from: u32, to: u32| {
        change(root, PROPS, |props| {
            let at = entry_at(props, 32, from).unwrap();
            let mut entry = props[at..at + 16].to_vec();
            entry[..4].copy_from_slice(&to.to_le_bytes());
            props.extend(entry);
        });
    };
    breaks(Warning, "prop-duplicate", |root| twice(root, 0x0E07_0003, 0x0E07_0003));
    breaks(Warning, "prop-both-widths", |root| twice(root, 0x0037_001F, 0x0037_001E));
    breaks(Warning, "text-mixed", |root| twice(root, 0x0037_001F, 0x0037_001E));
    breaks(Warning, "prop-type", |root| twice(root, 0x0E07_0003, 0x6610_0123));
    breaks(Warning, "prop-type", |root| twice(root, 0x0E07_0003, 0x6610_3003));
    breaks(Warning, "prop-id", |root| twice(root, 0x0E07_0003, 0x0000_0003));
    breaks(Error, "name-unknown", |root| twice(root, 0x0E07_0003, 0x8123_0003));
    breaks(Warning, "prop-flags", |root| {
        change_entry(root, 32, 0x0E07_0003, |entry| entry[5] = 1);
    });
    breaks(Note, "prop-garbage", |root| {
        change_entry(root, 32, 0x0E07_0003, |entry| entry[15] = 1);
    });
    breaks(Note, "prop-reserved", |root| {
        change_entry(root, 32, 0x1000_001F, |entry| entry[12] = 3);
    });
}

/// Spec: F-022, F-026, F-030
#[test]
fn values() {
    for lie in [0_u32, 7, u32::MAX] {
        breaks(Warning, "prop-size", |root| {
            change_entry(root, 32, 0x1000_001F, |e| e[8..12].copy_from_slice(&lie.to_le_bytes()));
        });
    }
    breaks(Error, "value-missing", |root| {
        root.destroy_element(&name("__substg1.0_1000001F")).unwrap();
    });
    breaks(Error, "value-orphan", |root| put(root, "__substg1.0_6FFF0102", b"x"));
    breaks(Error, "value-orphan", |root| put(root, "__substg1.0_6FFF1102-00000000", b"x"));
    breaks(Error, "element-kind", |root| {
        root.destroy_element(&name("__substg1.0_1000001F")).unwrap();
        drop(root.create_storage(&name("__substg1.0_1000001F"), RW).unwrap());
    });
    breaks(Warning, "name-case", |root| {
        let (old, new) = ("__substg1.0_300B0102", "__substg1.0_300b0102");
        root.rename_element(&name(old), &name(new)).unwrap();
    });
    assert!(findings(&build(everything)).iter().any(|f| f.code() == "text-empty"));
    breaks(Note, "text-terminator", |root| {
        change(root, "__substg1.0_1000001F", |text| text.extend([0; 2]));
    });
    breaks(Note, "text-nul", |root| {
        change(root, "__substg1.0_1000001F", |text| text.extend([0; 6]));
    });
    breaks(Warning, "text-odd", |root| change(root, "__substg1.0_1000001F", |text| text.push(65)));
    breaks(Warning, "text-surrogate", |root| put(root, "__substg1.0_1000001F", &[0, 0xD8, 65, 0]));
    breaks(Warning, "value-size", |root| put(root, "__substg1.0_660A0048", &[0; 15]));
    breaks(Warning, "value-size", |root| put(root, "__substg1.0_660E1003", &[0; 7]));
    let lengths = "__substg1.0_6614101F";
    breaks(Warning, "mv-lengths", |root| change(root, lengths, |bytes| bytes.push(0)));
    breaks(Warning, "mv-length", |root| change(root, lengths, |bytes| bytes[0] = 99));
    breaks(Error, "mv-missing", |root| {
        root.destroy_element(&name("__substg1.0_6614101F-00000001")).unwrap();
    });
    breaks(Error, "mv-extra", |root| change(root, lengths, |bytes| bytes.truncate(8)));
    // A stored terminator that is counted is another sound way.
    let found = broken(|root| {
        change(root, "__substg1.0_1000001F", |text| text.extend([0; 2]));
    });
    assert_eq!(found, [(Note, "text-terminator")]);
}

/// Spec: F-030
#[test]
fn unreadable_streams() {
    let bytes = build(|message| message.set(PR_BODY_W, &"long ".repeat(3000)[..]).unwrap());
    let mut image = Image(bytes);
    let start = image.start(image.slot("__substg1.0_1000001F"));
    image.set_fat(start, 0x00FF_FFF0);
    let found = findings(&image.0);
    assert!(found.iter().any(|f| f.severity() == Error && f.code() == "value-unreadable"));
}

/// Spec: F-041, F-042, F-043
#[test]
fn name_maps() {
    let in_map = |f: fn(&dyn Storage)| move |root: &dyn Storage| within(root, &[MAP], f);
    breaks(Warning, "nameid-missing", |root| root.destroy_element(&name(MAP)).unwrap());
    breaks(Error, "name-unknown", |root| root.destroy_element(&name(MAP)).unwrap());
    breaks(
        Warning,
        "nameid-stream",
        in_map(|map| {
            map.destroy_element(&name("__substg1.0_00040102")).unwrap();
        }),
    );
    breaks(
        Warning,
        "nameid-size",
        in_map(|map| change(map, "__substg1.0_00020102", |b| b.push(0))),
    );
    breaks(
        Warning,
        "nameid-size",
        in_map(|map| change(map, "__substg1.0_00030102", |b| b.push(0))),
    );
    breaks(
        Warning,
        "nameid-index",
        in_map(|map| change(map, "__substg1.0_00030102", |b| b[6] = 9)),
    );
    breaks(
        Error,
        "nameid-guid",
        in_map(|map| change(map, "__substg1.0_00030102", |b| b[12] = 0x40)),
    );
    breaks(Error, "nameid-string", in_map(|map| change(map, "__substg1.0_00030102", |b| b[1] = 9)));
    breaks(
        Warning,
        "nameid-duplicate",
        in_map(|map| {
            change(map, "__substg1.0_00030102", |b| {
                let first = b[8..14].to_vec();
                b.extend(first);
                b.extend([4, 0]);
            });
        }),
    );
    breaks(
        Note,
        "nameid-case",
        in_map(|map| {
            change(map, "__substg1.0_00040102", |b| {
                let at = b.len() - 12;
                b[at] = b'X';
            });
        }),
    );
    breaks(
        Note,
        "nameid-no-buckets",
        in_map(|map| {
            for stat in map.elements().unwrap() {
                let name = stat.name.unwrap();
                if name.to_string().starts_with("__substg1.0_10") {
                    map.destroy_element(&name).unwrap();
                }
            }
        }),
    );
    breaks(
        Warning,
        "nameid-bucket",
        in_map(|map| change(map, "__substg1.0_10150102", |b| b[0] ^= 1)),
    );
    breaks(
        Warning,
        "nameid-bucket",
        in_map(|map| {
            map.destroy_element(&name("__substg1.0_10150102")).unwrap();
        }),
    );
    breaks(Warning, "nameid-embedded", |root| {
        within(root, &[MESSAGE, DATA], |inner| drop(inner.create_storage(&name(MAP), RW).unwrap()));
    });
}

/// Spec: F-007, F-010, F-014
#[test]
fn rows() {
    let rename = |old: &str, new: &str| {
        let (old, new) = (old.to_owned(), new.to_owned());
        move |root: &dyn Storage| root.rename_element(&name(&old), &name(&new)).unwrap()
    };
    breaks(Warning, "row-name", rename(RECIPIENT, "__recip_version1.0_#0000000X"));
    breaks(Note, "row-gap", rename(RECIPIENT, "__recip_version1.0_#00000009"));
    breaks(Warning, "row-id", rename(RECIPIENT, "__recip_version1.0_#00000009"));
    breaks(Warning, "row-id", rename(FILE, "__attach_version1.0_#00000009"));
    breaks(Warning, "name-case", rename(RECIPIENT, "__recip_version1.0_#0000000a"));
    breaks(Error, "element-kind", |root| {
        root.destroy_element(&name(RECIPIENT)).unwrap();
        put(root, RECIPIENT, b"x");
    });
    let retag = |row: &'static str, from: u32, to: u32| {
        move |root: &dyn Storage| {
            within(root, &[row], |row| {
                change_entry(row, 8, from, |e| e[..4].copy_from_slice(&to.to_le_bytes()));
            });
        }
    };
    breaks(Warning, "row-id", retag(RECIPIENT, 0x3000_0003, 0x6600_0003));
    breaks(Warning, "recipient-type", retag(RECIPIENT, 0x0C15_0003, 0x6600_0003));
    breaks(Warning, "recipient-type", |root| {
        within(root, &[RECIPIENT], |row| change_entry(row, 8, 0x0C15_0003, |e| e[8] = 9));
    });
    breaks(Warning, "attach-method", retag(FILE, 0x3705_0003, 0x6600_0003));
    let method = |row: &'static str, method: u8| {
        move |root: &dyn Storage| {
            within(root, &[row], |row| change_entry(row, 8, 0x3705_0003, |e| e[8] = method));
        }
    };
    breaks(Warning, "attach-method", method(FILE, 9));
    breaks(Error, "attach-data", method(FILE, 5));
    breaks(Error, "attach-data", method(MESSAGE, 1));
    breaks(Error, "attach-data", method(OBJECT, 5));
    breaks(Error, "attach-data", method(OBJECT, 2));
    breaks(Warning, "attach-extra", method(FILE, 0));
    breaks(Warning, "attach-extra", method(MESSAGE, 0));
}

/// Spec: F-033
#[test]
fn forms_and_code_pages() {
    breaks(Warning, "mask-text", |root| {
        change_entry(root, 32, 0x340D_0003, |entry| entry[10] = 0);
    });
    let ansi = build_ansi(1252, everything);
    let with = |f: &dyn Fn(&dyn Storage)| -> Vec<&'static str> {
        findings(&tamper(&ansi, f)).iter().map(Finding::code).collect()
    };
    let page = |id: u32, page: u32| {
        with(&move |root: &dyn Storage| {
            change(root, PROPS, |props| {
                if let Some(at) = entry_at(props, 32, id) {
                    props.drain(at..at + 16);
                }
                let value = page.to_le_bytes();
                props.extend(
                    id.to_le_bytes().into_iter().chain([6, 0, 0, 0]).chain(value).chain([0; 4]),
                );
            });
        })
    };
    assert!(page(0x3FFD_0003, 12345).contains(&"page-unknown"));
    assert!(page(0x3FF1_0003, 1041).contains(&"page-conflict"));
    assert!(page(0x340D_0003, 0x0004_0E79).contains(&"mask-text"));
    let malformed = with(&|root| {
        change_entry(root, 32, 0x3FFD_0003, |e| e[8..12].copy_from_slice(&932_u32.to_le_bytes()));
        put(root, "__substg1.0_1000001E", b"\x81");
    });
    assert!(malformed.contains(&"text-page"));
}

/// Spec: F-003, C-256
#[test]
fn real_files_have_the_findings_that_are_known_of_them() {
    let mut trailing = 0;
    let mut null = 0;
    for path in corpus_files("real_files_have_the_findings_that_are_known_of_them", "msg") {
        let found = check_file(&path).unwrap();
        let codes: BTreeSet<_> = found.iter().map(Finding::code).collect();
        trailing += usize::from(codes.contains("props-trailing"));
        null += usize::from(codes.contains("class-null"));
        let lost = found.iter().filter(|f| f.severity() == Error).count();
        let known_bad = path.to_string_lossy().contains("personal_From_header");
        let from_message =
            found.iter().any(|f| f.severity() == Error && f.code().contains("value-"));
        assert_eq!(from_message, known_bad, "{} {lost}", path.display());
    }
    if !corpus_files("real_files", "msg").is_empty() {
        assert_eq!((trailing, null), (8, 13));
    }
}

#[test]
fn places_name_element_byte_and_rule() {
    let bytes = tamper(&build(everything), |root| {
        within(root, &[MESSAGE, DATA, FILE], |inner| {
            change_entry(inner, 8, 0x3705_0003, |entry| entry[5] = 1);
        });
    });
    let found = findings(&bytes);
    let flags = found.iter().find(|finding| finding.code() == "prop-flags").unwrap();
    assert_eq!(flags.place().path(), format!("/{MESSAGE}/{DATA}/{FILE}/{PROPS}"));
    assert!(flags.place().offset().is_some_and(|at| at >= 8 && (at - 8) % 16 == 0));
    assert_eq!(flags.place().broken_rule(), Some("MS-OXMSG 2.4"));
}

/// Spec: F-137
#[test]
fn what_is_restored_breaks_no_rule() {
    let raw = |tag: u32, value| RawProp { tag: openimsg::PropTag::new(tag), flags: 6, value };
    let long = |tag: u32, value| raw(tag, PropValue::Long(value));
    let message = |extra: Vec<RawProp>| RawMessage {
        props: [vec![long(0x340D_0003, 0x0004_0E79), raw(0x0037_001F, text("x"))], extra].concat(),
        recipients: vec![vec![
            long(0x3000_0003, 0),
            long(0x0C15_0003, 1),
            raw(0x3003_001F, text("a@b.c")),
        ]],
        attachments: Vec::new(),
    };
    let attached = |number, method, data| RawAttachment {
        props: vec![
            long(0x0E21_0003, number),
            long(0x3705_0003, method),
            raw(0x3701_000D, PropValue::Object),
        ],
        data,
    };
    let mut top = message(vec![raw(0x8002_001F, text("named")), raw(0x8007_001F, text("too"))]);
    let object = RawStorage {
        members: vec![(name("CONTENTS"), RawMember::Stream(b"x".to_vec()))],
        ..RawStorage::default()
    };
    top.attachments = vec![
        attached(0, 5, RawData::Message(Box::new(message(vec![])))),
        attached(4, 6, RawData::Storage(object)),
    ];
    let names = [
        (openimsg::PropId::new(0x8002), some_names()[0].clone()),
        (openimsg::PropId::new(0x8007), some_names()[3].clone()),
    ];
    let file = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::clone(&file) as _;
    openimsg::restore(&top, Guid::CLSID_MAIL_MESSAGE, &names, &storage).unwrap();
    file.commit(openimsg::CommitFlags::empty()).unwrap();
    let bytes = file.to_bytes().unwrap();
    assert_eq!(serious(&bytes), Vec::<String>::new());
    let message = open(&bytes);
    let all: Vec<u16> = message.all_names().unwrap().iter().map(|(id, _)| id.value()).collect();
    assert_eq!(all, [0x8002, 0x8007]);
    assert_eq!(message.attachment_numbers().unwrap(), [0, 4]);
    let stored: Vec<_> = message.stored_entries().unwrap();
    assert_eq!(stored.len(), top.props.len());
    let _: &Message<'_> = &message;
}

#[test]
fn our_own_output_breaks_no_rule() {
    let bytes = build(everything);
    assert_eq!(serious(&bytes), Vec::<String>::new());
    let bytes = build_ansi(1252, everything);
    assert_eq!(serious(&bytes), Vec::<String>::new());
    let (message, file) = edit(&bytes);
    message.delete_attach(0).unwrap();
    message.modify_recipients(openimsg::Modify::Add, &three()).unwrap();
    message.set(openimsg::named::PID_LID_LOCATION, "x").unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(serious(&file.to_bytes().unwrap()), Vec::<String>::new());
}
