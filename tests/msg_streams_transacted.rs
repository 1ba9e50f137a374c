//! Transacted streams, and streams as COM's `IStream`. Spec: imessage-contract 3.1 (OpenProperty).
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
use openimsg::com::streams;
use openimsg::mapi::{self, open_property};
use openimsg::{
    Code, ElementKind, MapiProp, MemoryStream, Mode, OpenStream, PropStream, SaveFlags, SeekOrigin,
    SeekStream, tags::*,
};

fn opened<'s>(object: &MapiProp<'s>, tag: u32, options: u32, flags: u32) -> PropStream<'s> {
    let mut out = None;
    let iid = Some(mapi::IID_ISTREAM);
    open_property::open_property(object, tag, iid, options, flags, Some(&mut out)).unwrap();
    match out {
        Some(open_property::Opened::Stream(stream)) => stream,
        other => panic!("{other:?}"),
    }
}

const TRANSACTED: u32 = 0x1_0000;

/// Spec: C-125
#[test]
fn what_a_transacted_stream_writes_waits_for_its_commit() {
    let (message, file) = edit(&build(|message| message.set(PR_BODY_W, "old").unwrap()));
    let body = || message.get(PR_BODY_W).unwrap();
    let stream = opened(&message, 0x1000_001F, TRANSACTED, 1);
    stream.write(b"O\0").unwrap();
    stream.set_size(4).unwrap();
    assert_eq!((body().as_deref(), stream.size().unwrap()), (Some("old"), 4));
    drop(stream);
    assert_eq!(body().as_deref(), Some("old"));

    let stream = opened(&message, 0x1000_001F, TRANSACTED, 1);
    stream.write(b"O\0").unwrap();
    SeekStream::commit(&stream, 0).unwrap();
    assert_eq!(body().as_deref(), Some("Old"));
    // What follows waits again, for a save too.
    stream.write(b"L\0").unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(open(&file.to_bytes().unwrap()).get(PR_BODY_W).unwrap().as_deref(), Some("Old"));
    drop(stream);
    message.save_changes(KEEP).unwrap();
    assert_eq!(open(&file.to_bytes().unwrap()).get(PR_BODY_W).unwrap().as_deref(), Some("Old"));
}

/// Spec: C-125
#[test]
fn what_a_transacted_stream_creates_waits_too() {
    let message = fresh();
    for how in ["drop", "commit"] {
        let stream = opened(&message, 0x1013_0102, TRANSACTED | 2, 3);
        assert_eq!(message.get(PR_HTML).unwrap(), None);
        if how == "commit" {
            stream.commit().unwrap();
        }
    }
    // An empty value is one.
    assert_eq!(message.get(PR_HTML).unwrap(), Some(Vec::new()));
    message.set(PR_HTML, b"old").unwrap();
    let stream = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Create).unwrap();
    assert_eq!(stream.size().unwrap(), 0);
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"old".to_vec()));
    stream.commit().unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(Vec::new()));
}

#[test]
fn a_transacted_stream_goes_back_to_its_last_commit() {
    let message = fresh();
    message.set(PR_HTML, b"abc").unwrap();
    let stream = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Modify).unwrap();
    stream.write(b"A").unwrap();
    stream.commit().unwrap();
    stream.write(b"B").unwrap();
    stream.set_size(9).unwrap();
    stream.revert().unwrap();
    stream.seek(0, SeekOrigin::SET).unwrap();
    let mut bytes = [0; 9];
    assert_eq!((stream.read(&mut bytes).unwrap(), &bytes[..3]), (3, &b"Abc"[..]));
    stream.commit().unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"Abc".to_vec()));
    // A direct one has nothing to go back to.
    drop(stream);
    let direct = message.open_stream(PR_HTML.tag(), OpenStream::Modify).unwrap();
    direct.write(b"x").unwrap();
    SeekStream::revert(&direct).unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"xbc".to_vec()));
}

#[test]
fn a_transacted_stream_of_text_has_the_width_of_its_tag() {
    for ansi in [false, true] {
        let write = |message: &openimsg::Message<'_>| {
            let stream = message.open_transacted_stream(PR_BODY_W.tag(), OpenStream::Create);
            let stream = stream.unwrap();
            stream.write(b"\xE9\0").unwrap();
            stream.commit().unwrap();
            assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("\u{E9}"));
        };
        let bytes = if ansi { build_ansi(1252, write) } else { build(write) };
        assert_eq!(open(&bytes).get(PR_BODY_W).unwrap().as_deref(), Some("\u{E9}"));
    }
}

#[test]
fn a_commit_into_what_was_set_or_saved_meanwhile() {
    let message = fresh();
    message.set(PR_HTML, b"abc").unwrap();
    let stream = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Modify).unwrap();
    message.set(PR_HTML, b"set meanwhile").unwrap();
    stream.commit().unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"set meanwhile".to_vec()), "nothing to commit");
    stream.write(b"X").unwrap();
    stream.commit().unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"Xbc".to_vec()), "the last writer wins");
    stream.write(b"Y").unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    assert_eq!(code(stream.commit()), Code::StgAccessDenied);
    assert_eq!(code(stream.write(b"Z").map(drop)), Code::StgAccessDenied);
    let read = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Modify);
    assert!(read.is_ok(), "it is the open one");
    drop((stream, read));
    let refused = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Modify);
    assert_eq!(code(refused), Code::NoAccess);
    let read = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Read).unwrap();
    assert_eq!(code(read.write(b"Z").map(drop)), Code::StgAccessDenied);
}

/// Spec: C-124
#[test]
fn access_comes_from_the_flags_and_not_from_the_options() {
    let message = fresh();
    message.set(PR_HTML, b"abc").unwrap();
    for options in [1, 2, 0x1_0002] {
        let stream = opened(&message, 0x1013_0102, options, 0);
        assert_eq!(code(stream.write(b"x").map(drop)).scode(), 0x8003_0005);
    }
    for options in [0, 1, 0x40] {
        assert_eq!(opened(&message, 0x1013_0102, options, 1).write(b"x").unwrap(), 1);
    }
}

/// Spec: C-134
#[test]
fn a_stream_on_a_property_is_an_istream() {
    let message = fresh();
    message.set(PR_HTML, b"0123456789").unwrap();
    let stream = message.open_stream(PR_HTML.tag(), OpenStream::Modify).unwrap();
    stream.seek(4, SeekOrigin::SET).unwrap();
    let mut at = 0;
    let refused = streams::seek(&stream, -1, 0, Some(&mut at));
    assert_eq!((code(refused).scode(), at), (0x8003_0001, 4));
    assert_eq!(code(streams::seek(&stream, -5, 1, None)).scode(), 0x8003_0001);
    assert_eq!(stream.seek(0, SeekOrigin::CURRENT).unwrap(), 4);
    stream.set_size(12).unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"0123456789\0\0".to_vec()));
    assert_eq!(stream.seek(0, SeekOrigin::CURRENT).unwrap(), 4);

    let clone = stream.clone_stream().unwrap();
    let mut two = [0; 2];
    assert_eq!((clone.read(&mut two).unwrap(), two), (2, *b"45"));
    assert_eq!((stream.read(&mut two).unwrap(), two), (2, *b"45"));
    clone.write(b"X").unwrap();
    assert_eq!((stream.read(&mut two).unwrap(), two), (2, *b"X7"), "the bytes are the same");
    assert_eq!(code(stream.lock_region(0, 1, 1)).scode(), 0x8003_0001);
    assert_eq!(code(stream.unlock_region(0, 1, 1)).scode(), 0x8003_0001);

    let mut count = 7;
    assert_eq!(code(streams::read(&stream, None, Some(&mut count))).scode(), 0x8003_0009);
    stream.seek(20, SeekOrigin::SET).unwrap();
    assert_eq!(stream.read(&mut two).unwrap(), 0, "past the end is no error");
}

#[test]
fn a_stream_says_what_it_is_and_copies() {
    let message = fresh();
    message.set(PR_HTML, b"0123456789").unwrap();
    let stream = message.open_stream(PR_HTML.tag(), OpenStream::Read).unwrap();
    let stat = stream.stat().unwrap();
    assert_eq!((stat.kind, stat.size), (ElementKind::Stream, 10));
    assert_eq!(stat.name, Some(common::name("__substg1.0_10130102")));
    assert_eq!(stat.mode, Mode::SHARE_EXCLUSIVE);
    let target = MemoryStream::new();
    stream.seek(2, SeekOrigin::SET).unwrap();
    assert_eq!(stream.copy_to(&target, 3).ok().unwrap(), 3);
    assert_eq!(stream.copy_to(&target, u64::MAX).ok().unwrap(), 5);
    assert_eq!(target.to_vec(), b"23456789");

    // Onto itself, by a clone: as through a buffer.
    drop(stream);
    let stream = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Modify).unwrap();
    assert_eq!(stream.stat().unwrap().mode.bits(), 0x1_0012);
    let clone = stream.clone_cursor().unwrap();
    clone.seek(3, SeekOrigin::SET).unwrap();
    assert_eq!(stream.copy_to(&clone, 5).ok().unwrap(), 5);
    stream.commit().unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), Some(b"0120123489".to_vec()));
}
