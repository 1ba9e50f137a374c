//! `IMessage` and copying as C callers reach them: raw flags, in the order of checks.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::foreign::Foreign;
use common::msg::*;
use openimsg::mapi::copy::{GivenCopy, GivenTarget, copy_props, copy_to};
use openimsg::mapi::given::{GivenProp, GivenValue};
use openimsg::mapi::recipients::{GivenRow, modify_recipients};
use openimsg::mapi::{self, Status, attach as door};
use openimsg::{
    Code, CopyTarget, Guid, Message, Progress, PropProblem, PropTag, PropValue, tags::*,
};

fn create(message: &Message<'_>, iid: Option<Guid>, flags: u32) -> openimsg::Result<u32> {
    let (mut number, mut made) = (77, None);
    let done = door::create_attach(message, iid, flags, Some(&mut number), Some(&mut made));
    assert_eq!(made.is_some(), done.is_ok());
    done.map(|()| number)
}

/// Spec: C-179
#[test]
fn attachments_are_numbered() {
    let message = fresh();
    for wanted in 0..3 {
        assert_eq!(create(&message, None, 0).unwrap(), wanted);
    }
    assert_eq!(create(&message, Some(mapi::IID_IATTACHMENT), 8).unwrap(), 3);
    let mut made = None;
    let refused = door::create_attach(&message, None, 0, None, Some(&mut made));
    assert_eq!((code(refused).scode(), made.is_none()), (0x8007_0057, true));
    let mut number = 77;
    let refused = door::create_attach(&message, None, 0, Some(&mut number), None);
    assert_eq!((code(refused).scode(), number), (0x8007_0057, 0));
    assert_eq!(code(create(&message, None, 1)).scode(), 0x8004_0106);
    assert_eq!(code(create(&message, Some(mapi::IID_IMESSAGE), 0)).scode(), 0x8000_4002);
    assert_eq!(code(create(&open(&build(|_| ())), None, 0)).scode(), 0x8007_0005);
}

fn opened(
    message: &Message<'_>,
    number: u32,
    iid: Option<Guid>,
    flags: u32,
) -> openimsg::Result<i32> {
    let mut out = None;
    let done = door::open_attach(message, number, iid, flags, Some(&mut out));
    assert_eq!(out.is_some(), done.is_ok());
    done.map(|()| out.unwrap().get(PR_ACCESS_LEVEL).unwrap().unwrap())
}

/// Spec: C-183, C-184
#[test]
fn attachments_are_opened_with_the_access_asked_for() {
    let message = fresh();
    attach(&message, "a", b"abc");
    assert_eq!(code(opened(&message, 99, None, 0)).scode(), 0x8004_010F);
    assert_eq!(code(opened(&message, 0, Some(mapi::IID_IMESSAGE), 0)).scode(), 0x8000_4002);
    assert_eq!(code(opened(&message, 99, Some(mapi::IID_IMESSAGE), 0)), Code::NotFound);
    assert_eq!(code(opened(&message, 0, None, 2)).scode(), 0x8004_0106);
    assert_eq!(code(opened(&message, 99, None, 2)), Code::UnknownFlags);
    assert_eq!(code(door::open_attach(&message, 0, None, 0, None)), Code::InvalidParameter);
    for iid in [mapi::IID_IATTACHMENT, mapi::IID_IMAPIPROP, mapi::IID_IUNKNOWN] {
        assert_eq!(opened(&message, 0, Some(iid), 0).unwrap(), 0);
    }
    assert_eq!(opened(&message, 0, None, 1).unwrap(), 1);
    assert_eq!(opened(&message, 0, None, 0x10).unwrap(), 1);
    let attachment = message.open_attach_with(0, openimsg::Access::Read).unwrap();
    assert_eq!(code(attachment.set(PR_DISPLAY_NAME_W, "x")).scode(), 0x8007_0005);
    let read = open(&build(|message| {
        attach(message, "a", b"abc");
    }));
    assert_eq!(code(opened(&read, 0, None, 1)).scode(), 0x8007_0005);
    assert_eq!(opened(&read, 0, None, 0x10).unwrap(), 0);
    assert_eq!(opened(&read, 0, None, 0x11).unwrap(), 0);
}

#[derive(Default)]
struct Told(Vec<u32>);

impl Progress for Told {
    fn progress(&mut self, value: u32, _: u32, _: u32) {
        self.0.push(value);
    }
}

/// Spec: C-186
#[test]
fn attachments_are_deleted() {
    let message = fresh();
    attach(&message, "a", b"abc");
    attach(&message, "b", b"abc");
    assert_eq!(code(door::delete_attach(&message, 9, None, 0)).scode(), 0x8004_010F);
    assert_eq!(code(door::delete_attach(&message, 0, None, 2)).scode(), 0x8004_0106);
    let mut told = Told::default();
    door::delete_attach(&message, 0, Some(&mut told), 0).unwrap();
    assert_eq!(told.0.len(), 0);
    door::delete_attach(&message, 1, Some(&mut told), 1).unwrap();
    assert!(told.0.len() >= 2 && told.0.iter().all(|value| *value <= 1000));
    assert!(message.attachment_numbers().unwrap().is_empty());
}

fn row(props: &[(u32, PropValue)]) -> GivenRow {
    GivenRow::new(props.iter().map(|(tag, value)| GivenProp::new(*tag, value.clone())).collect())
}

fn named(name: &str) -> GivenRow {
    row(&[(0x3001_001F, text(name)), (0x0C15_0003, PropValue::Long(1))])
}

/// Spec: C-189, C-192, C-194, C-196
#[test]
fn what_modify_recipients_refuses() {
    let message = fresh();
    modify_recipients(&message, 2, Some(&[named("Ana"), named("Ben"), named("Cem")])).unwrap();
    let before = message.recipients().unwrap();
    let refused = |flags, rows: Option<&[GivenRow]>| {
        let refused = code(modify_recipients(&message, flags, rows)).scode();
        assert_eq!(message.recipients().unwrap(), before);
        refused
    };
    assert_eq!(refused(0, None), 0x8007_0057);
    assert_eq!(refused(1, Some(&[])), 0x8004_0106);
    for flags in [0x6, 0xA, 0xC, 0xE] {
        assert_eq!(refused(flags, Some(&[])), 0x8007_0057, "{flags:#x}");
    }
    for flags in [4, 8] {
        assert_eq!(refused(flags, Some(&[named("x")])), 0x8007_0057);
        let unknown = row(&[(0x3000_0003, PropValue::Long(9))]);
        assert_eq!(refused(flags, Some(&[unknown])), 0x8004_010F);
    }
    let with = |prop| GivenRow::new(vec![GivenProp::new(0x3001_001F, text("x")), prop]);
    for bad in [
        GivenProp::untyped(0x3002_0001),
        GivenProp::untyped(0x3002_000D),
        GivenProp::new(0x3002_101F, PropValue::MvUnicode(Vec::new())),
        GivenProp { tag: 0x3002_001F, value: GivenValue::NullPointer },
    ] {
        // The first row is sound, and not added either.
        assert_eq!(refused(2, Some(&[named("y"), with(bad.clone())])), 0x8007_0057, "{bad:?}");
    }
    assert_eq!(refused(2, Some(&[GivenRow { count: 1, props: None }])), 0x8007_0057);
    // Rows without values are passed over, values of type PT_ERROR too.
    let error = GivenProp::untyped(0x3002_000A);
    let empty = GivenRow { count: 0, props: None };
    modify_recipients(&message, 2, Some(&[empty, with(error)])).unwrap();
    assert_eq!(message.recipient_count().unwrap(), 4);
    assert_eq!(message.recipients().unwrap()[3].get(PropTag::new(0x3002_001F)), None);
    let read = open(&build(|_| ()));
    assert_eq!(code(modify_recipients(&read, 0, Some(&[]))).scode(), 0x8007_0005);
    // 8-bit text is in the caller's page.
    let narrow = row(&[(0x3001_001E, PropValue::String8(b"Zo\xC3\xAB".to_vec()))]);
    modify_recipients(&message, 0, Some(&[narrow])).unwrap();
    assert_eq!(message.recipients().unwrap()[0].display_name().as_deref(), Some("Zoë"));
}

/// Spec: C-201
#[test]
fn a_message_is_never_sent() {
    let message = fresh();
    everything(&message);
    let before = common::tree::tree(&message);
    assert_eq!(code(door::submit_message(&message, 0)).scode(), 0x8004_0102);
    assert_eq!(code(door::submit_message(&message, 1)).scode(), 0x8004_0102);
    assert_eq!(code(door::submit_message(&message, 2)).scode(), 0x8004_0106);
    assert_eq!(common::tree::tree(&message), before);
}

/// Spec: C-202, C-203
#[test]
fn the_flags_of_the_read_mark() {
    let message = fresh();
    let read = || message.get(PR_MESSAGE_FLAGS).unwrap().unwrap() & 1;
    door::set_read_flag(&message, 8).unwrap();
    assert_eq!(read(), 1);
    door::set_read_flag(&message, 4).unwrap();
    assert_eq!(read(), 0);
    for flags in [0x5, 0x14, 0x15] {
        assert_eq!(code(door::set_read_flag(&message, flags)).scode(), 0x8007_0057, "{flags:#x}");
    }
    for flags in [0x2, 0x80] {
        assert_eq!(code(door::set_read_flag(&message, flags)).scode(), 0x8004_0106, "{flags:#x}");
    }
    let read_only = open(&build(|_| ()));
    assert_eq!(code(door::set_read_flag(&read_only, 0)).scode(), 0x8007_0005);
}

/// A copy to one of our own objects.
fn to<'a, 't>(target: &'a dyn CopyTarget<'t>, iid: Guid, flags: u32) -> GivenCopy<'a, 't> {
    let target = Some(GivenTarget::own(target, iid).unwrap());
    GivenCopy { progress: None, iid: Some(iid), target, flags }
}

fn copied(
    from: &Message<'_>,
    exclude: Option<&[u32]>,
    given: GivenCopy<'_, '_>,
) -> openimsg::Result<Option<Vec<PropProblem>>> {
    let mut problems = Some(Vec::new());
    let status = copy_to(from, 0, None, exclude, given, Some(&mut problems))?;
    assert_eq!(status, Status::Ok);
    Ok(problems)
}

/// Spec: C-146, C-147
#[test]
fn what_a_copy_must_be_given() {
    let (from, target) = (fresh(), fresh());
    from.set(PR_SUBJECT_W, "x").unwrap();
    let whole = || to(&target, mapi::IID_IMESSAGE, 0);
    let refused = code(copied(&from, None, GivenCopy { iid: None, ..whole() }));
    assert_eq!(refused.scode(), 0x8007_0057);
    let refused = code(copied(&from, None, GivenCopy { target: None, ..whole() }));
    assert_eq!(refused.scode(), 0x8007_0057);
    assert_eq!(code(copied(&from, Some(&[]), whole())).scode(), 0x8007_0057);
    assert_eq!(code(copied(&from, Some(&[0x0037_001F, 1]), whole())).scode(), 0x8007_0057);
    let refused = copy_to(&from, 1, None, None, whole(), None);
    assert_eq!(code(refused).scode(), 0x8007_0057);
    assert_eq!(target.get(PR_SUBJECT_W).unwrap(), None);
    assert_eq!(copied(&from, None, whole()).unwrap(), None);
    assert_eq!(target.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
}

/// Spec: C-148, C-149, C-150, C-151
#[test]
fn flags_and_interfaces_of_a_copy() {
    let (from, target) = (fresh(), fresh());
    from.set(PR_SUBJECT_W, "x").unwrap();
    let message = mapi::IID_IMESSAGE;
    assert_eq!(code(copied(&from, None, to(&target, message, 0x10))).scode(), 0x8004_0106);
    assert_eq!(copied(&from, None, to(&target, message, 4)).unwrap(), None);
    assert_eq!(target.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    assert_eq!(code(copied(&from, None, to(&from, message, 0))).scode(), 0x8007_0005);
    let table = to(&target, mapi::IID_IMAPITABLE, 0);
    assert_eq!(code(copied(&from, None, table)).scode(), 0x8000_4002);
    let attachment = to(&target, mapi::IID_IATTACHMENT, 0);
    assert_eq!(code(copied(&from, None, attachment)).scode(), 0x8000_4002);
    for iid in [mapi::IID_IMAPIPROP, mapi::IID_IUNKNOWN, message] {
        let given = to(&target, message, 0);
        let refused = copy_to(&from, 1, Some(&[iid]), None, given, None);
        assert_eq!(code(refused).scode(), 0x8000_4002);
    }
    // Other interfaces leave something to copy.
    let given = to(&target, message, 0);
    copy_to(&from, 1, Some(&[mapi::IID_IMAPITABLE]), None, given, None).unwrap();
    embed(&from, |inner| inner.set(PR_SUBJECT_W, "inner").unwrap());
    let inner = from.open_attach(0).unwrap().open_message().unwrap();
    assert_eq!(code(copied(&from, None, to(&inner, message, 0))).scode(), 0x8004_060B);
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inner"));
}

/// Spec: C-160
#[test]
fn progress_is_told_only_with_a_dialog() {
    let (from, target) = (fresh(), fresh());
    attach(&from, "a", b"abc");
    let mut told = Told::default();
    let given = to(&target, mapi::IID_IMESSAGE, 0);
    copied(&from, None, GivenCopy { progress: Some(&mut told), ..given }).unwrap();
    assert!(told.0.is_empty());
    let given = to(&target, mapi::IID_IMESSAGE, 8);
    copied(&from, None, GivenCopy { progress: Some(&mut told), ..given }).unwrap();
    assert!(told.0.len() >= 2 && told.0.iter().all(|value| *value <= 1000));
    // A dialog without anybody to tell is nothing.
    copied(&from, None, to(&target, mapi::IID_IMESSAGE, 8)).unwrap();
}

/// Spec: C-162
#[test]
fn what_copy_props_must_be_given() {
    let (from, target) = (fresh(), fresh());
    let whole = || to(&target, mapi::IID_IMESSAGE, 0);
    assert_eq!(code(copy_props(&from, None, whole(), None)).scode(), 0x8007_0057);
    assert_eq!(code(copy_props(&from, Some(&[]), whole(), None)).scode(), 0x8007_0057);
    assert_eq!(code(copy_props(&from, Some(&[1]), whole(), None)).scode(), 0x8007_0057);
    let list = [0x1000_001F, 0x0E04_001F];
    let mut problems = None;
    let status = copy_props(&from, Some(&list), whole(), Some(&mut problems)).unwrap();
    let told: Vec<_> = problems.unwrap().iter().map(|p| (p.index, p.code.scode())).collect();
    assert_eq!((status, told), (Status::Ok, vec![(0, 0x8004_010F), (1, 0x8004_011A)]));
    let bad = GivenCopy { flags: 0x10, ..whole() };
    assert_eq!(code(copy_props(&from, Some(&list), bad, None)).scode(), 0x8004_0106);
    // A foreign destination says itself what it is.
    let foreign = Foreign::message();
    let given = |has_interface| GivenCopy {
        progress: None,
        iid: Some(mapi::IID_IMAPIPROP),
        target: Some(GivenTarget { object: &foreign, has_interface }),
        flags: 0,
    };
    from.set(PR_SUBJECT_W, "x").unwrap();
    copy_props(&from, Some(&[0x0037_0000]), given(true), None).unwrap();
    assert_eq!(foreign.get(0x0037_001F), Some(text("x")));
    let refused = copy_props(&from, Some(&[0x0037_0000]), given(false), None);
    assert_eq!(code(refused).scode(), 0x8000_4002);
}
