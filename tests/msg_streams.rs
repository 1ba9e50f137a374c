//! Streams on properties, and the objects of attachments. Spec: imessage-contract 3.1 (OpenProperty).
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
use openimsg::{Code, Error, Message, OpenStream, PropTag, SaveFlags, tags::*};
use std::io::{Read, Seek, SeekFrom, Write};

fn io_code(error: &std::io::Error) -> Code {
    error.get_ref().unwrap().downcast_ref::<Error>().unwrap().code()
}

fn read_all(mut stream: openimsg::PropStream<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn streams_are_for_texts_and_bytes_that_are_there() {
    let message = fresh();
    message.set(PR_IMPORTANCE, 1).unwrap();
    let opened = |tag: u32, how| code(message.open_stream(PropTag::new(tag), how));
    for typeless in [0x0037_0000, 0x0037_0001, 0x0037_000A] {
        assert_eq!(opened(typeless, OpenStream::Create), Code::InvalidParameter);
    }
    assert_eq!(opened(0x1000_001F, OpenStream::Read), Code::NotFound);
    assert_eq!(opened(0x1000_001F, OpenStream::Modify), Code::NotFound);
    assert_eq!(opened(0x0017_0003, OpenStream::Read), Code::NoSupport);
    assert_eq!(opened(0x6600_1003, OpenStream::Create), Code::NoSupport);
    assert_eq!(opened(0x0E13_000D, OpenStream::Read), Code::InterfaceNotSupported);
    assert_eq!(opened(0x3701_000D, OpenStream::Create), Code::InterfaceNotSupported);
    assert_eq!(opened(0x0017_0102, OpenStream::Read), Code::UnexpectedType);
    assert_eq!(opened(0x0E04_001F, OpenStream::Create), Code::NoAccess);
    assert_eq!(opened(0x8123_001F, OpenStream::Create), Code::UnexpectedId);
}

#[test]
fn create_begins_empty_and_is_seen_at_once() {
    let message = fresh();
    let mut stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Create).unwrap();
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some(""));
    stream.write_all(b"a\0b\0").unwrap();
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("ab"));
    drop(stream);
    message.save_changes(KEEP).unwrap();
    let stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Create).unwrap();
    assert_eq!(stream.size().unwrap(), 0);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some(""));
}

#[test]
fn a_stream_for_reading_cannot_be_written() {
    let message = fresh();
    message.set(PR_BODY_W, "body").unwrap();
    let mut stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Read).unwrap();
    assert_eq!(io_code(&stream.write(b"x").unwrap_err()), Code::StgAccessDenied);
    assert_eq!(code(stream.set_size(0)), Code::StgAccessDenied);
    drop(stream);
    let mut stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Modify).unwrap();
    stream.write_all(b"B\0").unwrap();
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("Body"));
    message.save_changes(SaveFlags::empty()).unwrap();
    assert_eq!(io_code(&stream.write(b"x").unwrap_err()), Code::StgAccessDenied);
}

#[test]
fn a_text_stream_has_the_width_of_its_tag() {
    for bytes in [
        build(|message| message.set(PR_BODY_W, "caf\u{E9}").unwrap()),
        build_ansi(1252, |message| message.set(PR_BODY_W, "caf\u{E9}").unwrap()),
    ] {
        let message = open(&bytes);
        let wide = message.open_stream(PR_BODY_W.tag(), OpenStream::Read).unwrap();
        assert_eq!(read_all(wide), b"c\0a\0f\0\xE9\0");
        let narrow = message.open_stream(tag(0x1000_001E), OpenStream::Read).unwrap();
        let due: &[u8] = if message.is_unicode().unwrap() { b"caf\xC3\xA9" } else { b"caf\xE9" };
        assert_eq!(read_all(narrow), due);
    }
}

#[test]
fn a_stream_writes_text_in_either_width_into_either_form() {
    let narrow: (u32, &[u8], &[u8]) = (0x1000_001E, b"\xFCber", b"\xC3\xBCber");
    for ansi in [true, false] {
        for (tag_value, data) in [
            (narrow.0, if ansi { narrow.1 } else { narrow.2 }),
            (0x1000_001F, &b"\xFC\0b\0e\0r\0"[..]),
        ] {
            let write = |message: &Message<'_>| {
                let mut stream = message.open_stream(tag(tag_value), OpenStream::Create).unwrap();
                stream.write_all(data).unwrap();
                assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("\u{FC}ber"));
                drop(stream);
                let mut stream = message.open_stream(tag(tag_value), OpenStream::Modify).unwrap();
                stream.seek(SeekFrom::End(0)).unwrap();
                stream.write_all(if tag_value & 1 == 0 { b"!" } else { b"!\0" }).unwrap();
            };
            let bytes = if ansi { build_ansi(1252, write) } else { build(write) };
            let message = open(&bytes);
            assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("\u{FC}ber!"));
            let tags: Vec<u32> =
                message.stored_entries().unwrap().iter().map(|e| e.0.value()).collect();
            assert!(tags.contains(if ansi { &0x1000_001E } else { &0x1000_001F }));
        }
    }
}

#[test]
fn a_property_set_under_an_open_stream_wins_until_the_stream_writes() {
    let (message, file) = edit(&build(everything));
    let tag = PR_BODY_W.tag();
    let mut stream = message.open_stream(tag, OpenStream::Modify).unwrap();
    message.set(PR_BODY_W, "set").unwrap();
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("set"));
    message.save_changes(KEEP).unwrap();
    assert_eq!(open(&file.to_bytes().unwrap()).get(PR_BODY_W).unwrap().as_deref(), Some("set"));
    let mut start = [0; 8];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"S\0o\0m\0e\0", "the stream keeps its snapshot");
    stream.rewind().unwrap();
    stream.write_all(b"T\0").unwrap();
    let body = message.get(PR_BODY_W).unwrap().unwrap();
    assert!(body.starts_with("Tome text"), "the last writer wins: {body}");
    assert_eq!(message.delete_props(&[tag]).unwrap(), []);
    assert_eq!(message.get(PR_BODY_W).unwrap(), None);
    message.save_changes(KEEP).unwrap();
    assert_eq!(open(&file.to_bytes().unwrap()).get(PR_BODY_W).unwrap(), None);
    stream.set_size(2).unwrap();
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("T"));
    message.save_changes(KEEP).unwrap();
    assert_eq!(open(&file.to_bytes().unwrap()).get(PR_BODY_W).unwrap().as_deref(), Some("T"));
}

#[test]
fn a_save_writes_what_an_open_stream_wrote_and_the_stream_goes_on() {
    let (message, file) = edit(&build(everything));
    let body = || open(&file.to_bytes().unwrap()).get(PR_BODY_W).unwrap().unwrap();
    let mut stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Create).unwrap();
    let mut html = message.open_stream(PR_HTML.tag(), OpenStream::Create).unwrap();
    for (at, c) in ["a", "b", "c"].into_iter().enumerate() {
        stream.write_all(&[c.as_bytes()[0], 0]).unwrap();
        html.write_all(&vec![7; 5000]).unwrap();
        message.save_changes(KEEP).unwrap();
        assert_eq!(body(), "abc"[..=at]);
        let again = open(&file.to_bytes().unwrap());
        assert_eq!(again.get(PR_HTML).unwrap().unwrap().len(), 5000 * (at + 1));
    }
    // Reading keeps nobody from saving either.
    let subject = message.open_stream(PR_SUBJECT_W.tag(), OpenStream::Read).unwrap();
    message.set(PR_SUBJECT_W, "new").unwrap();
    assert!(message.stored_props().unwrap().iter().all(|prop| prop.value.is_ok()));
    message.save_changes(KEEP).unwrap();
    assert_eq!(subject.size().unwrap(), 28);
}

#[test]
fn opening_a_stream_for_change_is_no_change() {
    let bytes = build(everything);
    let (message, file) = edit(&bytes);
    let stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Modify).unwrap();
    message.save_changes(KEEP).unwrap();
    assert!(file.to_bytes().unwrap() == bytes);
    drop(stream);
}

#[test]
fn a_stream_seeks_grows_and_refuses_to_go_before_its_start() {
    let message = fresh();
    let mut stream = message.open_stream(PR_HTML.tag(), OpenStream::Create).unwrap();
    stream.write_all(b"abc").unwrap();
    let error = stream.seek(SeekFrom::Current(-4)).unwrap_err();
    assert_eq!(io_code(&error), Code::StgInvalidFunction);
    assert_eq!(stream.stream_position().unwrap(), 3);
    stream.set_size(5).unwrap();
    stream.seek(SeekFrom::Start(7)).unwrap();
    assert_eq!(stream.read(&mut [0; 4]).unwrap(), 0);
    stream.write_all(b"x").unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"abc\0\0\0\0x".to_vec()));
    stream.set_size(2).unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"ab".to_vec()));
}

#[test]
fn appending_lands_after_what_is_there() {
    let (message, _file) = edit(&build(|message| message.set(PR_HTML, b"abc").unwrap()));
    let mut stream = message.open_stream(PR_HTML.tag(), OpenStream::Modify).unwrap();
    stream.seek(SeekFrom::End(0)).unwrap();
    stream.write_all(b"d").unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"abcd".to_vec()));
}

#[test]
fn an_embedded_message_needs_the_whole_chain_of_saves() {
    for (attachment_saved, found) in [(true, true), (false, false)] {
        let bytes = build(|message| {
            let attachment = message.create_attach().unwrap();
            attachment.set(PR_ATTACH_METHOD, 5).unwrap();
            let inner = attachment.create_message().unwrap();
            assert_eq!(inner.get(PR_OBJECT_TYPE).unwrap(), Some(5));
            inner.set(PR_SUBJECT_W, "inner").unwrap();
            inner.save_changes(KEEP).unwrap();
            if attachment_saved {
                attachment.save_changes(KEEP).unwrap();
            }
        });
        let message = open(&bytes);
        assert_eq!(message.attachment_numbers().unwrap().len(), usize::from(found));
        if found {
            let inner = message.open_attach(0).unwrap().open_message().unwrap();
            assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inner"));
        }
    }
    // An unsaved change of a saved one stays out too.
    let (message, file) = edit(&build(everything));
    let attachment = message.open_attach(1).unwrap();
    let inner = attachment.open_message().unwrap();
    inner.set(PR_SUBJECT_W, "not saved").unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "renamed").unwrap();
    attachment.save_changes(KEEP).unwrap();
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    let inner = again.open_attach(1).unwrap().open_message().unwrap();
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inner"));
}

#[test]
fn an_object_storage_survives_the_whole_chain() {
    let bytes = build(|message| {
        let attachment = message.create_attach().unwrap();
        ole(&attachment, "CONTENTS", b"picture");
        attachment.save_changes(KEEP).unwrap();
    });
    let message = open(&bytes);
    let attachment = message.open_attach(0).unwrap();
    let raw = attachment.open_storage().unwrap();
    assert_eq!(bytes_of(&*raw, "CONTENTS"), b"picture");
    assert!(attachment.prop_list().unwrap().contains(&tag(0x3701_000D)));
    assert!(attachment.has_storage().unwrap() && !attachment.has_message().unwrap());
}
