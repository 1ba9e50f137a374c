//! What C callers hold after a close by force. Spec: imessage-contract 1.3, 1.9.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

#[path = "common/com_session.rs"]
mod com_session;
mod common;

use com_session::*;
use common::mock::{Shared, over};
use common::msg::*;
use common::{RW, listing, name};
use openimsg::mapi::attach::{get_attachment_table, get_recipient_table};
use openimsg::mapi::props::{get_prop_list, get_props, save_changes};
use openimsg::mapi::session::close_session;
use openimsg::{
    CompoundFile, Elements, Error, Message, OpenStream, PropStream, Storage, Stream, tags::*,
};
use std::io::Read;
use std::sync::Arc;

/// Everything that can be held of a message.
struct Held {
    message: Message<'static>,
    attachment: openimsg::Attachment<'static>,
    inner: Message<'static>,
    table: openimsg::mapi::tables::ComTable<'static>,
    attachments: openimsg::mapi::tables::ComTable<'static>,
    stream: PropStream<'static>,
    written: PropStream<'static>,
    object: Arc<dyn Storage>,
    contents: Arc<dyn Stream>,
    shared: Arc<Shared>,
    storage: Arc<dyn Storage>,
    before: std::collections::BTreeMap<String, common::Item>,
}

fn hold(session: usize) -> Held {
    let (storage, shared) = over(CompoundFile::edit_bytes(build(everything)).unwrap().into());
    let before = listing(Arc::clone(&storage));
    let message = message_in(session, 0, Arc::clone(&storage));
    message.set(PR_SUBJECT_W, "dirty").unwrap();
    let attachment = message.open_attach(0).unwrap();
    let inner = message.open_attach(1).unwrap().open_message().unwrap();
    inner.set(PR_SUBJECT_W, "dirty").unwrap();
    let (mut table, mut attachments) = (None, None);
    get_recipient_table(&message, 0, Some(&mut table)).unwrap();
    get_attachment_table(&message, 0, Some(&mut attachments)).unwrap();
    let stream = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read).unwrap();
    let mut written = message.open_stream(PR_BODY_W.tag(), OpenStream::Modify).unwrap();
    std::io::Write::write_all(&mut written, b"d\0").unwrap();
    let object = message.open_attach(2).unwrap().open_storage().unwrap();
    let contents = object.open_stream(&name("CONTENTS"), RW).unwrap();
    let (table, attachments) = (table.unwrap(), attachments.unwrap());
    Held {
        message,
        attachment,
        inner,
        table,
        attachments,
        stream,
        written,
        object,
        contents,
        shared,
        storage,
        before,
    }
}

fn io_scode(error: &std::io::Error) -> u32 {
    error.get_ref().unwrap().downcast_ref::<Error>().unwrap().code().scode()
}

/// Spec: C-015, C-016, C-018, C-019, C-020
#[test]
fn after_the_close_everything_is_a_zombie_and_nothing_is_held() {
    let session = session(0);
    let mut held = hold(session);
    let values = held.message.get_props(&[PR_SUBJECT_W.tag()]).unwrap();
    close_session(session);

    assert_eq!((held.shared.changes(), held.shared.commits().len()), (0, 0));
    assert_eq!(held.shared.live(), (1, 0));
    assert_eq!(Arc::strong_count(&held.storage), 1);
    assert_eq!(listing(Arc::clone(&held.storage)), held.before);
    assert_eq!(values, [Ok(text("dirty"))]);

    for object in [&*held.message, &*held.attachment, &*held.inner] {
        let (mut count, mut array) = (7, Some(Vec::new()));
        let tags = [PR_SUBJECT_W.tag().value()];
        let got = get_props(object, Some(&tags), 0, Some(&mut count), Some(&mut array));
        assert_eq!((code(got).scode(), count, array), (0x8004_010A, 0, None));
        let mut list = Some(Vec::new());
        let listed = get_prop_list(object, 0, Some(&mut list));
        assert_eq!((code(listed).scode(), list), (0x8004_010A, None));
        assert_eq!(code(save_changes(object, 2)).scode(), 0x8004_010A);
        // Before flags are looked at.
        assert_eq!(code(save_changes(object, 0x10)).scode(), 0x8004_010A);
    }
    for table in [&mut held.table, &mut held.attachments] {
        let mut rows = Some(Vec::new());
        let queried = table.query_rows(1, 0, Some(&mut rows));
        assert_eq!((code(queried).scode(), rows), (0x8004_010A, None));
    }
    for stream in [&mut held.stream, &mut held.written] {
        assert_eq!(io_scode(&stream.read(&mut [0; 4]).unwrap_err()), 0x8003_0102);
        assert_eq!(code(stream.size()).scode(), 0x8003_0102);
        assert_eq!(code(stream.set_size(0)).scode(), 0x8003_0102);
    }
    let Held {
        message,
        attachment,
        inner,
        table,
        attachments,
        stream,
        written,
        object,
        contents,
        ..
    } = held;
    drop((message, attachment, inner));
    drop((table, attachments, stream, written, object, contents));
}

#[test]
fn a_storage_of_an_attachment_is_reverted() {
    let session = session(0);
    let file = CompoundFile::edit_bytes(build(everything)).unwrap();
    let message = message_in(session, 0, file);
    // It keeps its attachment.
    let object = message.open_attach(2).unwrap().open_storage().unwrap();
    let stream = object.open_stream(&name("CONTENTS"), RW).unwrap();
    let elements = Elements::new(&object).unwrap();
    close_session(session);
    assert_eq!(code(object.stat()).scode(), 0x8003_0102);
    assert_eq!(code(object.open_stream(&name("CONTENTS"), RW)).scode(), 0x8003_0102);
    assert_eq!(code(stream.read_at(0, &mut [0; 4])).scode(), 0x8003_0102);
    assert_eq!(code(elements.next(1)).scode(), 0x8003_0102);
    // A message on it would say the same in MAPI's words.
    assert_eq!(code(open_as(on(object))).scode(), 0x8004_010A);
}

/// Spec: C-020
#[test]
fn not_even_a_stream_for_reading_holds_the_file_after_the_close() {
    let session = session(0);
    let file = Arc::new(CompoundFile::from_bytes(build(everything)).unwrap());
    let message = message_in(session, 0, Arc::clone(&file) as Arc<dyn Storage>);
    let mut stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Read).unwrap();
    assert!(stream.size().unwrap() > 0);
    close_session(session);
    assert!(Arc::into_inner(file).is_some(), "the file is the caller's alone");
    assert_eq!(io_scode(&stream.read(&mut [0; 4]).unwrap_err()), 0x8003_0102);
}

/// A message on the storage of another message's attachment keeps that one, whoever is let go of
/// first, and ends with it when that is closed by force or the attachment deleted.
#[test]
fn a_message_on_the_storage_of_an_attachment() {
    let raw = |message: &Message<'static>| {
        let attachment = message.open_attach(1).unwrap();
        attachment.open_storage().unwrap()
    };
    let bytes = build(everything);
    let edited = || -> Arc<dyn Storage> { CompoundFile::edit_bytes(bytes.clone()).unwrap().into() };
    let read = || -> Arc<dyn Storage> { CompoundFile::from_bytes(bytes.clone()).unwrap().into() };
    for storage in [edited(), read()] {
        let outer = message_in(0, 0, storage);
        let inner = Message::open(raw(&outer)).unwrap();
        drop(outer);
        assert_eq!(inner.attachment_numbers().unwrap(), [0, 1]);
    }
    for (by_close, storage) in [(true, edited()), (true, read()), (false, edited())] {
        let session = session(0);
        let outer = message_in(session, 0, storage);
        let inner = Message::open(raw(&outer)).unwrap();
        let attachment = inner.open_attach(0).unwrap();
        let data = PR_ATTACH_DATA_BIN.tag();
        let mut stream = attachment.open_stream(data, OpenStream::Read).unwrap();
        let mut table = inner.recipient_table().unwrap();
        match by_close {
            true => close_session(session),
            false => outer.delete_attach(1).unwrap(),
        }
        for answer in [
            inner.get(PR_SUBJECT_W).map(drop),
            inner.prop_list().map(drop),
            inner.recipients().map(drop),
            inner.open_attach(0).map(drop),
            inner.set(PR_SUBJECT_W, "x"),
            inner.save_changes(KEEP),
            table.query_rows(1).map(drop),
        ] {
            assert_eq!(code(answer).scode(), 0x8004_010A);
        }
        assert_eq!(io_scode(&stream.read(&mut [0; 4]).unwrap_err()), 0x8003_0102);
        close_session(session);
    }
}
