//! There are short ways to read what lies in memory. They must tell the same as the long ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

mod common;

use common::{READ, corpus_files};
use openimsg::{
    CompoundFile, ElementKind, Message, Modify, PropTag, Recipient, SaveFlags, Storage,
    StorageOptions,
};
use std::path::Path;
use std::sync::Arc;

fn rows_agree(bytes: &[u8], what: &Path) {
    let Ok(file) = CompoundFile::from_bytes(bytes.to_vec()) else { return };
    let Ok(quick) = Message::open(file) else { return };
    let slow = Message::open(CompoundFile::edit_bytes(bytes.to_vec()).unwrap()).unwrap();
    assert_eq!(quick.recipients().unwrap(), slow.recipients().unwrap(), "{}", what.display());
}

#[test]
fn recipients_are_the_same_open_for_reading_and_for_change() {
    let test = "recipients_are_the_same_open_for_reading_and_for_change";
    for kind in ["msg", "hostile"] {
        for path in corpus_files(test, kind) {
            rows_agree(&std::fs::read(&path).unwrap(), &path);
        }
    }
}

#[test]
fn rows_with_values_of_every_kind_are_the_same_both_ways() {
    use openimsg::{Prop, PropValue as V};
    let file = CompoundFile::memory();
    let message = Message::create(file).unwrap();
    let mut row = Recipient::new("Zoë", "zoe@example.org").cc();
    for (tag, value) in [
        (0x3A58_101F, V::MvUnicode(vec!["a".into(), "".into()])),
        (0x3A59_1003, V::MvLong(vec![1, 2, 3])),
        (0x3A5A_0102, V::Binary(vec![7; 5000])),
        (0x3A5B_0102, V::Binary(vec![7; 100_000])),
        (0x3A5C_0102, V::Binary(Vec::new())),
        (0x3A5D_001F, V::Unicode("\u{1F600}".into())),
    ] {
        row.set(Prop { tag: PropTag::new(tag), value });
    }
    message.modify_recipients(Modify::Add, &[row, Recipient::new("", "")]).unwrap();
    let target: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    message.write_to(&target).unwrap();
    target.commit(Default::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.msg");
    let copy: Arc<dyn Storage> = Arc::new(CompoundFile::create(&path).unwrap());
    openimsg::copy_storage(&target, &copy, &Default::default()).unwrap();
    copy.commit(Default::default()).unwrap();
    drop(copy);
    let whole = Message::open(CompoundFile::open(&path).unwrap()).unwrap().recipients().unwrap();
    let window = StorageOptions::new().read_whole_up_to(0).open(&path).unwrap();
    assert_eq!(Message::open(window).unwrap().recipients().unwrap(), whole);
    assert_eq!(whole.len(), 2);
    rows_agree(&std::fs::read(&path).unwrap(), &path);
}

/// Members are found quickest in their order; every other order must find them too.
#[test]
fn every_member_is_found_in_any_order() {
    for path in corpus_files("every_member_is_found_in_any_order", "msg") {
        let file: Arc<dyn Storage> = Arc::new(CompoundFile::open(&path).unwrap());
        let members = file.elements().unwrap();
        let backwards = members.iter().rev();
        let jumping = (0..members.len()).map(|at| &members[at * 7919 % members.len()]);
        for stat in members.iter().chain(backwards).chain(jumping) {
            let name = stat.name.unwrap();
            match stat.kind {
                ElementKind::Stream => {
                    let size = file.open_stream(&name, READ).unwrap().size().unwrap();
                    assert_eq!(size, stat.size, "{} {name}", path.display());
                }
                ElementKind::Storage => drop(file.open_storage(&name, READ).unwrap()),
            }
        }
        assert!(file.open_stream(&"not there".parse().unwrap(), READ).is_err());
    }
}
