//! What is left in a caller's hands when a session closes.
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
use common::{RW, listing, name, stream_bytes};
use openimsg::{
    Code, CommitFlags, CompoundFile, CopyOptions, Guid, SaveFlags, Session, StatStg, Storage,
    tags::PR_SUBJECT_W,
};
use std::sync::Arc;

/// Spec: C-048
#[test]
fn what_the_caller_opened_on_its_own_storage_outlives_the_session() {
    let file: Arc<dyn Storage> = CompoundFile::memory().into();
    let own = file.create_stream(&name("Notes"), RW).unwrap();
    let session = Session::new();
    let message = session.create_message(Arc::clone(&file)).unwrap();
    message.set(PR_SUBJECT_W, "never saved").unwrap();
    session.close();
    own.write_at(0, b"mine").unwrap();
    drop(own);
    assert_eq!(file.elements().unwrap().len(), 1);
    assert_eq!(stream_bytes(&*file, &name("Notes")).unwrap(), b"mine");
}

/// Spec: C-018
#[test]
fn an_object_storage_is_reverted_when_its_session_closes() {
    let session = Session::new();
    let message = session.create_message(CompoundFile::memory()).unwrap();
    let attachment = message.create_attach().unwrap();
    let object = attachment.create_storage().unwrap();
    let stream = object.create_stream(&name("CONTENTS"), RW).unwrap();
    stream.write_at(0, b"x").unwrap();
    session.close();
    assert_eq!(stream.write_at(1, b"y").unwrap_err().code(), Code::StgReverted);
    assert_eq!(object.stat().unwrap_err().code(), Code::StgReverted);
}

/// Names that are not ours: everything but two underscores at the start.
const OWN_NAMES: [&str; 6] = [
    "Notes",
    "_one",
    "\u{5}SummaryInformation",
    "substg1.0_0037001F",
    "Olk__10",
    "\u{41F}\u{1F600}",
];

/// Fills a storage with elements of a caller's, two levels deep.
fn fill(storage: &dyn Storage, depth: u32) {
    for (at, own) in OWN_NAMES.iter().enumerate() {
        put(storage, own, &vec![7; at * 1500]);
    }
    if depth < 2 {
        for own in ["Olk10", "_storage", "\u{1}Ole"] {
            let below = storage.create_storage(&name(own), RW).unwrap();
            below.set_class(Guid::mapi(0x1234 + depth)).unwrap();
            below.set_state_bits(0x55AA, u32::MAX).unwrap();
            // Below a name of the caller's, every name is the caller's.
            put(&*below, PROPS, b"mine too");
            fill(&*below, depth + 1);
        }
    }
}

/// Spec: C-048
#[test]
fn every_element_of_the_caller_survives_any_work_bit_for_bit() {
    let file: Arc<dyn Storage> = CompoundFile::memory().into();
    fill(&*file, 0);
    file.commit(CommitFlags::empty()).unwrap();
    let stats = || {
        let below = file.elements().unwrap().into_iter();
        let own = below.filter(|stat| !stat.name.unwrap().to_string().starts_with("__"));
        let of = |stat: StatStg| {
            (stat.name, stat.size, stat.class, stat.state_bits, stat.created, stat.modified)
        };
        own.map(of).collect::<Vec<_>>()
    };
    let own = || {
        let mut items = listing(Arc::clone(&file));
        items.retain(|path, _| !path.starts_with("/__") && !path.is_empty());
        items
    };
    let (before, stats_before) = (own(), stats());
    assert_eq!(before.len(), 6 + 3 * (1 + 1 + 6 + 3 * (1 + 1 + 6)));

    let session = Session::new();
    let message = session.create_message(Arc::clone(&file)).unwrap();
    everything(&message);
    message.save_changes(KEEP).unwrap();
    assert_eq!((own(), stats()), (before.clone(), stats_before.clone()));
    message.delete_attach(1).unwrap();
    message.delete_props(&[tag(0x0E12_000D), tag(0x0E13_000D)]).unwrap();
    let tags = message.prop_list().unwrap();
    message.delete_props(&tags).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let source = open(&build(everything));
    let message = session.open_message(Arc::clone(&file)).unwrap();
    source.copy_to(&message, CopyOptions::new()).unwrap();
    message.save_changes(KEEP).unwrap();
    message.set(PR_SUBJECT_W, "never saved").unwrap();
    session.close();
    assert_eq!((own(), stats()), (before, stats_before));
    let again = Session::new();
    let message = again.open_message(Arc::clone(&file)).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: everything"));
    assert_eq!(message.attachment_numbers().unwrap().len(), 3);
}
