//! TNEF streams made by hand: what every attribute becomes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

mod common;
#[path = "common/tnef.rs"]
mod tnef;

use common::msg::{code, fresh};
use common::{Item, RW, listing, name};
use openimsg::mime::{Conversion, ImportOptions, read_tnef};
use openimsg::{
    Attachment, Code, CodePage, CommitFlags, CompoundFile, EntryId, FileTime, Guid, Limits,
    Message, MessageOptions, NamedProp, OpenStream, PropSet, PropTag, PropValue, RecipientType,
    SaveFlags, SessionOptions, Storage, Text, tags::*,
};
use std::io::Cursor;
use tnef::*;

fn read_into(message: &Message<'_>, tnef: &Tnef) -> Conversion {
    read_tnef(Cursor::new(tnef.bytes()), message, &ImportOptions::default()).unwrap()
}

/// The message of a sound stream.
#[track_caller]
fn read(tnef: &Tnef) -> Message<'static> {
    let message = fresh();
    let report = read_into(&message, tnef);
    assert_eq!(report, Conversion::default());
    message
}

/// The message of a stream that is not sound, and the codes of findings and losses.
fn lenient(tnef: &Tnef) -> (Message<'static>, Vec<&'static str>, Vec<&'static str>) {
    let message = fresh();
    let report = read_into(&message, tnef);
    let findings = report.findings.iter().map(openimsg::Finding::code).collect();
    (message, findings, report.losses.iter().map(|loss| loss.code).collect())
}

fn attachments<'m>(message: &Message<'m>) -> Vec<Attachment<'m>> {
    let numbers = message.attachment_numbers().unwrap();
    numbers.into_iter().map(|number| message.open_attach(number).unwrap()).collect()
}

fn text(object: &openimsg::MapiProp<'_>, tag: u32) -> Option<String> {
    match object.get_prop(PropTag::new(tag)).unwrap() {
        Some(PropValue::Unicode(text)) => Some(text.into_string_lossy()),
        None => None,
        other => panic!("{other:?}"),
    }
}

fn value(object: &openimsg::MapiProp<'_>, tag: u32) -> Option<PropValue> {
    object.get_prop(PropTag::new(tag)).unwrap()
}

fn at(date: &str) -> FileTime {
    let seconds = match date {
        "2020-02-29T23:59:58" => 1_583_020_798,
        "2020-03-01T10:00:00" => 1_583_056_800,
        "2020-03-01T11:30:00" => 1_583_062_200,
        other => panic!("{other}"),
    };
    FileTime::from_unix(seconds, 0).unwrap()
}

#[test]
fn old_texts_are_in_the_page_of_the_stream() {
    let stream = Tnef::usual(1251)
        .message(0x0001_8004, b"\xCF\xF0\xE8\xE2\xE5\xF2\0")
        .message(0x0002_800C, b"\xCC\xE8\xF0\r\n\0");
    let message = read(&stream);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Привет"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("Мир\r\n"));
    assert_eq!(message.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1251));
}

#[test]
fn the_page_may_come_behind_the_text_or_not_at_all() {
    let late = Tnef::new()
        .message(0x0001_8004, b"\xCF\0")
        .message(0x0006_9007, &[0xE3, 4, 0, 0, 0, 0, 0, 0]);
    assert_eq!(read(&late).get(PR_SUBJECT_W).unwrap().as_deref(), Some("П"));
    let none = Tnef::new().message(0x0001_8004, b"\xCF\0");
    assert_eq!(read(&none).get(PR_SUBJECT_W).unwrap().as_deref(), Some("Ï"));
    let message = fresh();
    let options = ImportOptions { code_page: CodePage::new(1253), ..ImportOptions::default() };
    read_tnef(Cursor::new(none.bytes()), &message, &options).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Ο"));
    let (message, findings, _) = lenient(&Tnef::usual(4711).message(0x0001_8004, b"\xE9\0"));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("é"));
    assert_eq!(findings, ["tnef-page"]);
}

#[test]
fn an_ansi_message_keeps_its_own_page() {
    let options = MessageOptions::new().ansi(CodePage::WINDOWS_1252);
    let message = Message::create_with(CompoundFile::memory(), options).unwrap();
    let list = List::new().text(0x1000, "Zoë").text8(0x0070, "na\u{EF}ve").long(0x3FFD, 65001);
    let stream = Tnef::usual(1252).message(0x0001_8004, b"\xE9t\xE9\0").props(&list);
    assert_eq!(read_into(&message, &stream), Conversion::default());
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("été"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("Zoë"));
    assert_eq!(message.get(PR_CONVERSATION_TOPIC_W).unwrap().as_deref(), Some("naïve"));
    assert_eq!(message.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1252));
    assert!(!message.is_unicode().unwrap());
}

#[test]
fn old_classes_get_the_names_of_mapi() {
    for (old, new) in [
        ("IPM.Microsoft Mail.Note", "IPM.Note"),
        ("IPM.Microsoft Mail.Read Receipt", "Report.IPM.Note.IPNRN"),
        ("IPM.Microsoft Mail.Non-Delivery", "Report.IPM.Note.NDR"),
        ("IPM.Microsoft Schedule.MtgRespP", "IPM.Schedule.Meeting.Resp.Pos"),
        ("IPM.Microsoft Schedule.MtgRespN", "IPM.Schedule.Meeting.Resp.Neg"),
        ("IPM.Microsoft Schedule.MtgRespA", "IPM.Schedule.Meeting.Resp.Tent"),
        ("IPM.Microsoft Schedule.MtgReq", "IPM.Schedule.Meeting.Request"),
        ("IPM.Microsoft Schedule.MtgCncl", "IPM.Schedule.Meeting.Canceled"),
        ("Microsoft Mail v3.0 IPM.Microsoft Mail.Note", "IPM.Note"),
        ("IPM.Note.Custom", "IPM.Note.Custom"),
    ] {
        let message = read(&Tnef::usual(1252).message(0x0007_8008, &narrow(old)));
        assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some(new));
        // The number of the documents, and the one that Outlook writes.
        for id in [0x0007_0600, 0x0007_0006] {
            let message = read(&Tnef::usual(1252).message(id, &narrow(old)));
            assert_eq!(text(&message, 0x004B_001F).as_deref(), Some(new));
        }
    }
}

#[test]
fn from_is_the_sender() {
    let person = triple("Zo\u{EB} Ross", "SMTP:zoe@example.org");
    let message = read(&Tnef::usual(1252).message(0x0000_8000, &person));
    assert_eq!(message.get(PR_SENDER_NAME_W).unwrap().as_deref(), Some("Zoë Ross"));
    assert_eq!(message.get(PR_SENDER_ADDRTYPE_W).unwrap().as_deref(), Some("SMTP"));
    assert_eq!(message.get(PR_SENDER_EMAIL_ADDRESS_W).unwrap().as_deref(), Some("zoe@example.org"));
    assert_eq!(message.get(PR_SENDER_SMTP_ADDRESS_W).unwrap().as_deref(), Some("zoe@example.org"));
    let key = message.get(PR_SENDER_SEARCH_KEY).unwrap().unwrap();
    assert_eq!(key, b"SMTP:ZOE@EXAMPLE.ORG\0");
    let entry = message.get(PR_SENDER_ENTRYID).unwrap().unwrap();
    let EntryId::OneOff(one) = EntryId::parse(&entry).unwrap() else { panic!("a one-off") };
    assert_eq!((&*one.name, &*one.address), ("Zoë Ross", "zoe@example.org"));
}

#[test]
fn sent_for_delegate_and_owner_are_those_who_are_represented() {
    let person = counted("Ana", "EX:/o=Org/cn=ana");
    let message = read(&Tnef::usual(1252).message(0x0006_0001, &person));
    assert_eq!(text(&message, 0x0042_001F).as_deref(), Some("Ana"));
    assert_eq!(text(&message, 0x0064_001F).as_deref(), Some("EX"));
    assert_eq!(text(&message, 0x0065_001F).as_deref(), Some("/o=Org/cn=ana"));
    let message = read(&Tnef::usual(1252).message(0x0006_0002, &person));
    assert_eq!(text(&message, 0x0044_001F).as_deref(), Some("Ana"));
    assert_eq!(text(&message, 0x0078_001F).as_deref(), Some("/o=Org/cn=ana"));
    // attOwner is who is represented; in a response, for whom it was received.
    for (class, tag) in [
        ("IPM.Microsoft Schedule.MtgReq", 0x0042_001F),
        ("IPM.Microsoft Schedule.MtgCncl", 0x0042_001F),
        ("IPM.Microsoft Schedule.MtgRespA", 0x0044_001F),
    ] {
        let stream = Tnef::usual(1252).message(0x0006_0000, &person);
        let message = read(&stream.message(0x0007_8008, &narrow(class)));
        assert_eq!(text(&message, tag).as_deref(), Some("Ana"), "{class}");
    }
}

#[test]
fn numbers_and_keys_of_old_attributes() {
    let stream = Tnef::usual(1252)
        .message(0x0005_0008, &(-7_i32).to_le_bytes())
        .message(0x0004_0009, &1_u16.to_le_bytes())
        .message(0x0001_8009, b"0123456789ABCDEF0123456789abcdef\0")
        .message(0x0001_800A, b"FF00\0")
        .message(0x0001_800B, b"0A\0");
    let message = read(&stream);
    let bytes = |bytes: &[u8]| Some(PropValue::Binary(bytes.to_vec()));
    assert_eq!(value(&message, 0x0062_0003), Some(PropValue::Long(-7)));
    assert_eq!(value(&message, 0x0063_000B), Some(PropValue::Boolean(true)));
    let key = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF].repeat(2);
    assert_eq!(value(&message, 0x300B_0102), bytes(&key));
    assert_eq!(value(&message, 0x0025_0102), bytes(&[0xFF, 0]));
    assert_eq!(value(&message, 0x000B_0102), bytes(&[10]));
    for (old, new) in [(1_u16, 2), (2, 1), (3, 0)] {
        let message = read(&Tnef::usual(1252).message(0x0004_800D, &old.to_le_bytes()));
        assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(new));
    }
    // Modified 1, local 2, submitted 4, read 0x20, with attachments 0x80 (which nobody has here).
    for (old, new) in [(0x00, 0x2), (0x21, 0x1), (0x02, 0xA), (0x24, 0x7), (0x81, 0x0)] {
        let message = read(&Tnef::usual(1252).message(0x0006_8007, &[old]));
        assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap().unwrap() & !0x10, new, "{old:02x}");
    }
}

#[test]
fn dates_of_old_attributes() {
    let (sent, start) = ([2020, 2, 29, 23, 59, 58, 6], [2020, 3, 1, 10, 0, 0, 0]);
    let end = [2020, 3, 1, 11, 30, 0, 0];
    let stream = Tnef::usual(1252)
        .message(0x0003_8005, &date(sent))
        .message(0x0003_8006, &date(start))
        .message(0x0003_8020, &date(end))
        .message(0x0003_0006, &date(start))
        .message(0x0003_0007, &date(end));
    let message = read(&stream);
    assert_eq!(message.get(PR_CLIENT_SUBMIT_TIME).unwrap(), Some(at("2020-02-29T23:59:58")));
    assert_eq!(message.get(PR_MESSAGE_DELIVERY_TIME).unwrap(), Some(at("2020-03-01T10:00:00")));
    assert_eq!(message.get(PR_LAST_MODIFICATION_TIME).unwrap(), Some(at("2020-03-01T11:30:00")));
    assert_eq!(message.get(PR_START_DATE).unwrap(), Some(at("2020-03-01T10:00:00")));
    assert_eq!(message.get(PR_END_DATE).unwrap(), Some(at("2020-03-01T11:30:00")));
    let (message, _, losses) = lenient(&Tnef::usual(1252).message(0x0003_8005, &[0; 14]));
    assert_eq!(
        (message.get(PR_CLIENT_SUBMIT_TIME).unwrap(), losses),
        (None, vec!["tnef-attribute"])
    );
}

/// Outlook writes old dates by its own clock: a date that attMsgProps has in UTC shows how far it is off.
#[test]
fn old_dates_are_moved_to_utc_where_one_date_is_there_in_both_forms() {
    let inner = Tnef::new().message(0x0003_8005, &date([2020, 3, 1, 8, 30, 0, 0]));
    let known = List::new().fixed(0x40, 0x0039, &at("2020-03-01T10:00:00").ticks().to_le_bytes());
    let stream = Tnef::usual(1252)
        .message(0x0003_8005, &date([2020, 3, 1, 8, 30, 0, 0]))
        .message(0x0003_0007, &date([2020, 3, 1, 10, 0, 0, 0]))
        .props(&known)
        .rendering(1, 0)
        .attachment(0x0003_8013, &date([2020, 3, 1, 8, 30, 0, 0]))
        .rendering(1, 0)
        .attach_props(&List::new().object(0x3701, IID_MESSAGE, &inner.bytes()));
    let message = read(&stream);
    assert_eq!(message.get(PR_CLIENT_SUBMIT_TIME).unwrap(), Some(at("2020-03-01T10:00:00")));
    assert_eq!(message.get(PR_END_DATE).unwrap(), Some(at("2020-03-01T11:30:00")));
    let modified = attachments(&message)[0].get(PR_LAST_MODIFICATION_TIME).unwrap();
    assert_eq!(modified, Some(at("2020-03-01T10:00:00")));
    let inside = attachments(&message)[1].open_message().unwrap();
    assert_eq!(inside.get(PR_CLIENT_SUBMIT_TIME).unwrap(), Some(at("2020-03-01T10:00:00")));
}

#[test]
fn property_lists_go_before_old_attributes_in_either_order() {
    let list = List::new().text(0x0037, "from the list").text(0x001A, "IPM.Note.New");
    let old = |stream: Tnef| {
        let class = narrow("IPM.Microsoft Mail.Note");
        stream.message(0x0001_8004, b"old\0").message(0x0007_8008, &class)
    };
    for stream in [old(Tnef::usual(1252)).props(&list), old(Tnef::usual(1252).props(&list))] {
        let message = read(&stream);
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("from the list"));
        assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Note.New"));
    }
}

#[test]
fn every_type_of_property() {
    let guid = [7; 16];
    let time = at("2020-03-01T10:00:00");
    let list = List::new()
        .fixed(0x0002, 0x6601, &(-2_i16).to_le_bytes())
        .fixed(0x0003, 0x6602, &(-3_i32).to_le_bytes())
        .fixed(0x0004, 0x6603, &1.5_f32.to_le_bytes())
        .fixed(0x0005, 0x6604, &2.5_f64.to_le_bytes())
        .fixed(0x0006, 0x6605, &(-6_i64).to_le_bytes())
        .fixed(0x0007, 0x6606, &3.5_f64.to_le_bytes())
        .fixed(0x000B, 0x6607, &1_u16.to_le_bytes())
        .fixed(0x0014, 0x6608, &(-8_i64).to_le_bytes())
        .fixed(0x0040, 0x6609, &time.ticks().to_le_bytes())
        .fixed(0x0048, 0x660A, &guid)
        .text8(0x660B, "na\u{EF}ve")
        .text(0x660C, "日本")
        .binary(0x660D, &[1, 2, 3, 4, 5])
        .variable(0x00FB, 0x660E, &[1, 9])
        .fixed_array(0x1002, 0x6611, &[&1_i16.to_le_bytes(), &(-1_i16).to_le_bytes()])
        .fixed_array(0x1003, 0x6612, &[&1_i32.to_le_bytes(), &(-1_i32).to_le_bytes()])
        .fixed_array(0x1004, 0x6613, &[&1.5_f32.to_le_bytes()])
        .fixed_array(0x1005, 0x6614, &[&1.5_f64.to_le_bytes()])
        .fixed_array(0x1006, 0x6615, &[&5_i64.to_le_bytes()])
        .fixed_array(0x1007, 0x6616, &[&2.5_f64.to_le_bytes()])
        .fixed_array(0x1014, 0x6617, &[&7_i64.to_le_bytes()])
        .fixed_array(0x1040, 0x6618, &[&time.ticks().to_le_bytes()])
        .fixed_array(0x1048, 0x6619, &[&guid, &[8; 16]])
        .variable_array(0x101E, 0x661A, &[narrow("a\u{E9}"), narrow("")])
        .variable_array(0x101F, 0x661B, &[wide("日"), wide("本")])
        .variable_array(0x1102, 0x661C, &[vec![1], vec![], vec![2, 3, 4, 5, 6]])
        .long(0x661D, 99);
    let message = read(&Tnef::usual(1252).props(&list));
    let expected = [
        PropValue::I2(-2),
        PropValue::Long(-3),
        PropValue::R4(1.5),
        PropValue::Double(2.5),
        PropValue::Currency(-6),
        PropValue::AppTime(3.5),
        PropValue::Boolean(true),
        PropValue::I8(-8),
        PropValue::SysTime(time),
        PropValue::Clsid(Guid::from_bytes(guid)),
        PropValue::Unicode("naïve".into()),
        PropValue::Unicode("日本".into()),
        PropValue::Binary(vec![1, 2, 3, 4, 5]),
        PropValue::Opaque(openimsg::PropType::PT_SVREID, vec![1, 9]),
        PropValue::MvI2(vec![1, -1]),
        PropValue::MvLong(vec![1, -1]),
        PropValue::MvR4(vec![1.5]),
        PropValue::MvDouble(vec![1.5]),
        PropValue::MvCurrency(vec![5]),
        PropValue::MvAppTime(vec![2.5]),
        PropValue::MvI8(vec![7]),
        PropValue::MvSysTime(vec![time]),
        PropValue::MvClsid(vec![Guid::from_bytes(guid), Guid::from_bytes([8; 16])]),
        PropValue::MvUnicode(vec![Text::from("aé"), Text::from("")]),
        PropValue::MvUnicode(vec![Text::from("日"), Text::from("本")]),
        PropValue::MvBinary(vec![vec![1], vec![], vec![2, 3, 4, 5, 6]]),
        PropValue::Long(99),
    ];
    let ids = (0x6601..=0x660E).chain(0x6611..=0x661D);
    for (id, expected) in ids.zip(expected) {
        assert_eq!(value(&message, id << 16), Some(expected), "{id:04x}");
    }
}

#[test]
fn named_properties_get_identifiers_of_the_file() {
    let appointment = PropSet::PSETID_APPOINTMENT.0.to_bytes();
    let public = PropSet::PS_PUBLIC_STRINGS.0.to_bytes();
    let own = [9; 16];
    let list = List::new()
        .named(appointment, 0x8208, |list| list.text(0x8003, "Room 7"))
        .named_text(public, "Keywords", |list| {
            list.variable_array(0x101F, 0x8002, &[wide("boat"), wide("harbour")])
        })
        .named_text(own, "odd", |list| list.long(0x8001, 5));
    let message = read(&Tnef::usual(1252).props(&list));
    let location = message.get(openimsg::named::PID_LID_LOCATION).unwrap();
    assert_eq!(location.as_deref(), Some("Room 7"));
    let keywords = message.get(openimsg::named::PID_NAME_KEYWORDS).unwrap();
    assert_eq!(keywords, Some(vec!["boat".to_owned(), "harbour".to_owned()]));
    let odd = NamedProp::text(Guid::from_bytes(own), "odd");
    let id = message.ids_from_names(&[odd], false).unwrap()[0].unwrap();
    let tag = PropTag::from_parts(id, openimsg::PropType::PT_LONG);
    assert_eq!(message.get_prop(tag).unwrap(), Some(PropValue::Long(5)));
}

#[test]
fn html_and_compressed_rtf_keep_their_bytes() {
    let html = b"<p>\xE9\xFF</p>";
    let rtf: Vec<u8> = (0..200_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let message =
        read(&Tnef::usual(1252).props(&List::new().binary(0x1013, html).binary(0x1009, &rtf)));
    assert_eq!(message.get(PR_HTML).unwrap().as_deref(), Some(&html[..]));
    assert_eq!(message.get(PR_RTF_COMPRESSED).unwrap(), Some(rtf));
    // As 8-bit text it is bytes all the same.
    let list = List::new().variable(0x001E, 0x1013, b"<p>\xE9</p>\0");
    let message = read(&Tnef::usual(1252).props(&list));
    assert_eq!(message.get(PR_HTML).unwrap().as_deref(), Some(&b"<p>\xE9</p>"[..]));
}

#[test]
fn what_the_library_computes_is_left_to_it() {
    let list = List::new()
        .long(0x0FF4, 99)
        .long(0x0E08, 12)
        .fixed(0x000B, 0x0E1B, &1_u16.to_le_bytes())
        .long(0x340D, 0)
        .text(0x0E1D, "wrong")
        .fixed(0x000A, 0x6601, &0x8004_010F_u32.to_le_bytes())
        .text(0x0037, "RE: right");
    let message = read(&Tnef::usual(1252).props(&list));
    assert_eq!(message.get(PR_NORMALIZED_SUBJECT_W).unwrap().as_deref(), Some("right"));
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(false));
    assert_eq!(message.get(PR_ACCESS).unwrap(), Some(3));
    assert!(message.is_unicode().unwrap());
}

#[test]
fn recipients_are_rows() {
    let keywords = PropSet::PS_PUBLIC_STRINGS.0.to_bytes();
    let rows = [
        List::new()
            .long(0x0C15, 1)
            .text(0x3001, "Ana")
            .text(0x3002, "SMTP")
            .text(0x3003, "ana@example.org"),
        List::new()
            .long(0x0C15, 2)
            .text8(0x3001, "Zo\u{EB}")
            .text8(0x3002, "SMTP")
            .text8(0x3003, "zoe@example.org")
            .named_text(keywords, "Keywords", |list| {
                list.variable_array(0x101F, 0x8000, &[wide("x")])
            }),
        List::new().long(0x0C15, 3).text(0x3001, "Bob"),
    ];
    let message = read(&Tnef::usual(1252).recipients(&rows));
    let rows = message.recipients().unwrap();
    let seen: Vec<_> =
        rows.iter().map(|row| (row.kind(), row.display_name().unwrap(), row.address())).collect();
    let row = |kind, name: &str, address: Option<&str>| {
        (kind, name.to_owned(), address.map(str::to_owned))
    };
    assert_eq!(
        seen,
        [
            row(RecipientType::To, "Ana", Some("ana@example.org")),
            row(RecipientType::Cc, "Zoë", Some("zoe@example.org")),
            row(RecipientType::Bcc, "Bob", None),
        ]
    );
    let name = NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "Keywords");
    let id = message.ids_from_names(&[name], false).unwrap()[0].unwrap();
    let tag = PropTag::from_parts(id, openimsg::PropType::PT_MV_UNICODE);
    assert_eq!(rows[1].get(tag), Some(&PropValue::MvUnicode(vec!["x".into()])));
    assert_eq!(message.get(PR_DISPLAY_TO_W).unwrap().as_deref(), Some("Ana"));
}

#[test]
fn a_file_is_an_attachment() {
    let meta = vec![1, 0, 9, 0];
    let stream = Tnef::usual(1252)
        .rendering(1, 17)
        .attachment(0x0001_8010, b"PLAN.TXT\0")
        .attachment(0x0003_8012, &date([2020, 3, 1, 10, 0, 0, 0]))
        .attachment(0x0003_8013, &date([2020, 3, 1, 11, 30, 0, 0]))
        .attachment(0x0006_800F, b"first this")
        .attachment(0x0006_8011, &meta)
        .attachment(0x0006_9001, b"transport.txt\0")
        .rendering(1, 0xFFFF_FFFF)
        .attachment(0x0001_8010, b"a longer name.t\xEBxt\0")
        .attachment(0x0006_800F, b"");
    let message = read(&stream);
    let found = attachments(&message);
    assert_eq!(found.len(), 2);
    let [file, empty] = &found[..] else { panic!("two") };
    assert_eq!(file.method().unwrap(), 1);
    assert_eq!(file.get(PR_ATTACH_FILENAME_W).unwrap().as_deref(), Some("PLAN.TXT"));
    assert_eq!(file.get(PR_ATTACH_LONG_FILENAME_W).unwrap().as_deref(), Some("PLAN.TXT"));
    assert_eq!(file.get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"first this"[..]));
    assert_eq!(file.get(PR_RENDERING_POSITION).unwrap(), Some(17));
    assert_eq!(file.get(PR_CREATION_TIME).unwrap(), Some(at("2020-03-01T10:00:00")));
    assert_eq!(file.get(PR_LAST_MODIFICATION_TIME).unwrap(), Some(at("2020-03-01T11:30:00")));
    assert_eq!(file.get(PR_ATTACH_RENDERING).unwrap(), Some(meta));
    assert_eq!(text(file, 0x370C_001F).as_deref(), Some("transport.txt"));
    assert_eq!(empty.file_name().unwrap().as_deref(), Some("a longer name.tëxt"));
    assert_eq!(empty.get(PR_ATTACH_FILENAME_W).unwrap(), None);
    assert_eq!(empty.get(PR_ATTACH_DATA_BIN).unwrap(), Some(Vec::new()));
    assert_eq!(empty.get(PR_RENDERING_POSITION).unwrap(), Some(-1));
}

#[test]
fn att_attachment_goes_before_the_old_attributes() {
    let list = List::new()
        .text(0x3707, "the long name.txt")
        .text(0x3704, "THELON~1.TXT")
        .long(0x3705, 1)
        .long(0x370B, 3)
        .text(0x3712, "id@example.org");
    let stream = |before: bool| {
        let begun = Tnef::usual(1252).rendering(1, 17);
        let begun = if before { begun.attach_props(&list) } else { begun };
        let named = begun.attachment(0x0001_8010, b"WRONG.TXT\0").attachment(0x0006_800F, b"data");
        if before { named } else { named.attach_props(&list) }
    };
    for before in [true, false] {
        let message = read(&stream(before));
        let file = &attachments(&message)[0];
        assert_eq!(file.get(PR_ATTACH_FILENAME_W).unwrap().as_deref(), Some("THELON~1.TXT"));
        assert_eq!(file.file_name().unwrap().as_deref(), Some("the long name.txt"));
        assert_eq!(file.get(PR_ATTACH_CONTENT_ID_W).unwrap().as_deref(), Some("id@example.org"));
        assert_eq!(file.get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"data"[..]));
    }
}

#[test]
fn data_in_the_property_list_may_be_long() {
    let bytes: Vec<u8> = (0..300_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    let list = List::new().binary(0x3701, &bytes).text(0x3707, "long.bin");
    let stream = Tnef::usual(1252).rendering(1, 0).attach_props(&list);
    let message = read(&stream);
    let file = &attachments(&message)[0];
    assert_eq!(file.get(PR_ATTACH_DATA_BIN).unwrap(), Some(bytes.clone()));
    // And as an object that is a stream.
    let list = List::new().object(0x3701, IID_STREAM, &bytes).long(0x3705, 1);
    let message = read(&Tnef::usual(1252).rendering(1, 0).attach_props(&list));
    let file = &attachments(&message)[0];
    assert_eq!(file.get(PR_ATTACH_DATA_BIN).unwrap(), Some(bytes));
    assert_eq!(file.method().unwrap(), 1);
}

#[test]
fn a_message_inside_is_an_embedded_message() {
    let innermost = Tnef::usual(1252).message(0x0001_8004, b"innermost\0");
    let inner = Tnef::usual(1251)
        .message(0x0001_8004, b"\xCF\0")
        .props(&List::new().named([9; 16], 1, |list| list.long(0x8000, 5)))
        .recipients(&[List::new().text(0x3001, "Bob")])
        .rendering(1, 0)
        .attachment(0x0001_8010, b"in.txt\0")
        .attachment(0x0006_800F, b"inner data")
        .rendering(1, 0)
        .attach_props(&List::new().object(0x3701, IID_MESSAGE, &innermost.bytes()));
    let list = List::new()
        .long(0x3705, 5)
        .object(0x3701, IID_MESSAGE, &inner.bytes())
        .text(0x3001, "the title");
    let stream = Tnef::usual(1252)
        .message(0x0001_8004, b"outer\0")
        .rendering(1, 0)
        .attach_props(&list)
        .rendering(1, 0)
        .attachment(0x0006_800F, b"outer data");
    let message = read(&stream);
    let found = attachments(&message);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].method().unwrap(), 5);
    assert_eq!(found[0].file_name().unwrap().as_deref(), Some("the title"));
    let embedded = found[0].open_message().unwrap();
    assert_eq!(embedded.get(PR_SUBJECT_W).unwrap().as_deref(), Some("П"));
    assert_eq!(embedded.recipients().unwrap()[0].display_name().as_deref(), Some("Bob"));
    assert_eq!(embedded.get(PR_MESSAGE_FLAGS).unwrap().unwrap() & 0x9, 1);
    let below = attachments(&embedded);
    assert_eq!(below[0].get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"inner data"[..]));
    assert_eq!(below[1].method().unwrap(), 5);
    let last = below[1].open_message().unwrap();
    assert_eq!(last.get(PR_SUBJECT_W).unwrap().as_deref(), Some("innermost"));
    assert_eq!(found[1].get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"outer data"[..]));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("outer"));
    message.save_changes(SaveFlags::empty()).unwrap();
}

fn compound_file() -> Vec<u8> {
    let file = CompoundFile::memory();
    file.create_stream(&name("CONTENTS"), RW).unwrap().write_at(0, b"a picture").unwrap();
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    inner.create_stream(&name("deep"), RW).unwrap().write_at(0, &[7; 5000]).unwrap();
    inner.commit(CommitFlags::empty()).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    file.to_bytes().unwrap()
}

#[test]
fn an_object_is_a_storage() {
    let bytes = compound_file();
    let in_list = Tnef::usual(1252).rendering(2, 5).attach_props(&List::new().object(
        0x3701,
        IID_STORAGE,
        &bytes,
    ));
    let in_data = Tnef::usual(1252).rendering(2, 5).attachment(0x0006_800F, &bytes);
    let both = Tnef::usual(1252)
        .rendering(2, 5)
        .attachment(0x0006_800F, b"a shadow of it")
        .attach_props(&List::new().long(0x3705, 6).object(0x3701, IID_STORAGE, &bytes));
    for stream in [in_list, in_data, both] {
        let message = read(&stream);
        let object = &attachments(&message)[0];
        assert_eq!(object.method().unwrap(), 6);
        let storage = object.open_storage().unwrap();
        let items = listing(storage);
        assert_eq!(items["/CONTENTS"], Item::Stream(Ok(b"a picture".to_vec())));
        assert_eq!(items["/inner/deep"], Item::Stream(Ok(vec![7; 5000])));
    }
}

#[test]
fn an_old_object_is_bytes_with_a_tag() {
    let stream = Tnef::usual(1252).rendering(2, 5).attachment(0x0006_800F, b"an OLE 1 stream");
    let message = read(&stream);
    let object = &attachments(&message)[0];
    assert_eq!(object.method().unwrap(), 6);
    assert_eq!(object.get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"an OLE 1 stream"[..]));
    let ole_1 = vec![0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0A, 0x01];
    assert_eq!(object.get(PR_ATTACH_TAG).unwrap(), Some(ole_1));
}

#[test]
fn objects_that_cannot_be_read_are_kept_as_bytes() {
    for interface in [IID_MESSAGE, IID_STORAGE] {
        let list = List::new().long(0x3705, 5).object(0x3701, interface, b"neither this nor that");
        let (message, findings, _) =
            lenient(&Tnef::usual(1252).rendering(1, 0).attach_props(&list));
        let kept = &attachments(&message)[0];
        assert_eq!(kept.method().unwrap(), 1);
        let bytes = kept.get(PR_ATTACH_DATA_BIN).unwrap();
        assert_eq!(bytes.as_deref(), Some(&b"neither this nor that"[..]));
        assert_eq!(findings.len(), 1);
    }
}

#[test]
fn attachments_without_a_beginning_begin_with_what_repeats() {
    let stream = Tnef::usual(1252)
        .attachment(0x0006_800F, b"one")
        .attachment(0x0001_8010, b"1.TXT\0")
        .attachment(0x0006_800F, b"two")
        .attachment(0x0001_8010, b"2.TXT\0")
        .attachment(0x0001_8010, b"3.TXT\0")
        .attachment(0x0006_800F, b"three");
    let message = read(&stream);
    let found: Vec<_> = attachments(&message)
        .iter()
        .map(|file| {
            (file.file_name().unwrap().unwrap(), file.get(PR_ATTACH_DATA_BIN).unwrap().unwrap())
        })
        .collect();
    let file = |name: &str, data: &[u8]| (name.to_owned(), data.to_vec());
    assert_eq!(found, [file("1.TXT", b"one"), file("2.TXT", b"two"), file("3.TXT", b"three")]);
}

#[test]
fn version_and_unknown_attributes() {
    // No version; one with its words swapped; one that is cut. None of them matters.
    for version in [&[][..], &[1, 0, 0, 0], &[0, 0]] {
        let stream = Tnef::new().message(0x0008_9006, version).message(0x0001_8004, b"x\0");
        assert_eq!(read(&stream).get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    }
    let stream = Tnef::usual(1252)
        .message(0x0006_1234, b"??")
        .message(0x0001_8004, b"x\0")
        .rendering(1, 0)
        .attachment(0x0006_4321, b"???");
    let (message, findings, losses) = lenient(&stream);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    assert_eq!((findings.len(), losses), (0, vec!["tnef-attribute"; 2]));
    let report = read_into(&fresh(), &stream);
    let losses: Vec<_> = report.losses.iter().map(|loss| (&*loss.place, &*loss.item)).collect();
    assert_eq!(losses, [("", "0x00061234"), ("attachment 0", "0x00064321")]);
}

#[test]
fn a_wrong_checksum_is_told_and_costs_nothing() {
    let mut bytes = Tnef::usual(1252).message(0x0001_8004, b"x\0").bytes();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x55;
    let (message, findings, _) = lenient(&Tnef::from(bytes));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    assert_eq!(findings, ["tnef-checksum"]);
}

#[test]
fn a_stream_that_is_cut_gives_what_is_there() {
    let whole = Tnef::usual(1252)
        .message(0x0001_8004, b"x\0")
        .rendering(1, 0)
        .attachment(0x0001_8010, b"A.TXT\0")
        .attachment(0x0006_800F, b"0123456789")
        .bytes();
    let (message, findings, _) = lenient(&Tnef::from(whole[..whole.len() - 7].to_vec()));
    assert_eq!(findings, ["tnef-truncated"]);
    let file = &attachments(&message)[0];
    assert_eq!(file.file_name().unwrap().as_deref(), Some("A.TXT"));
    assert_eq!(file.get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"01234"[..]));
    // A property list that is cut, too, even in the middle of a value.
    let list = List::new().text(0x0037, "subject").binary(0x1013, b"<p>0123456789</p>");
    let whole = Tnef::usual(1252).props(&list).bytes();
    let (message, findings, _) = lenient(&Tnef::from(whole[..whole.len() - 14].to_vec()));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("subject"));
    assert_eq!(message.get(PR_HTML).unwrap().as_deref(), Some(&b"<p>01234"[..]));
    assert!(findings.contains(&"tnef-truncated") && findings.contains(&"tnef-properties"));
}

#[test]
fn what_is_no_tnef_is_refused() {
    for bytes in [&b""[..], b"\x78\x9F\x3E", b"From: ana@example.org\r\n\r\n"] {
        let read = read_tnef(Cursor::new(bytes.to_vec()), &fresh(), &ImportOptions::default());
        assert_eq!(code(read), Code::CorruptData);
    }
    // A signature is enough.
    assert_eq!(read_into(&fresh(), &Tnef::new()), Conversion::default());
}

/// 70 messages one inside the other: the configured depth, and a finding.
#[test]
fn messages_that_lie_too_deep_are_kept_as_bytes() {
    let mut stream = Tnef::usual(1252).message(0x0001_8004, b"70\0");
    for depth in (0..70).rev() {
        let list = List::new().object(0x3701, IID_MESSAGE, &stream.bytes());
        let subject = narrow(&depth.to_string());
        stream =
            Tnef::usual(1252).message(0x0001_8004, &subject).rendering(1, 0).attach_props(&list);
    }
    for limit in [0, 3, 16, 40, 60] {
        let mut options = ImportOptions::default();
        options.limits.embedded_depth = limit;
        // What a message may hold is the session's limit: that of the last one is lower.
        let mut limits = Limits::default();
        limits.embedded_depth = if limit == 60 { 50 } else { 64 };
        let session = SessionOptions::new().limits(limits).open();
        let message = session.create_message(CompoundFile::memory()).unwrap();
        let report = read_tnef(Cursor::new(stream.bytes()), &message, &options).unwrap();
        let codes: Vec<_> = report.findings.iter().map(openimsg::Finding::code).collect();
        assert_eq!(codes[0], "tnef-depth", "{limit}");
        let (mut at, mut depth) = (message, 0);
        while attachments(&at)[0].has_message().unwrap() {
            at = attachments(&at)[0].open_message().unwrap();
            depth += 1;
            assert_eq!(at.get(PR_SUBJECT_W).unwrap(), Some(depth.to_string()));
        }
        assert_eq!(depth, limit.min(50));
        let kept = attachments(&at)[0].get(PR_ATTACH_DATA_BIN).unwrap().unwrap();
        assert!(kept.starts_with(&[0x78, 0x9F, 0x3E, 0x22]));
    }
}

#[test]
fn a_source_is_read_from_where_it_stands() {
    let mut bytes = b"before".to_vec();
    bytes.extend(Tnef::usual(1252).message(0x0001_8004, b"x\0").bytes());
    let mut source = Cursor::new(bytes);
    source.set_position(6);
    let message = fresh();
    read_tnef(&mut source, &message, &ImportOptions::default()).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
}

/// A .msg of a store that does not know TNEF: what is in its attachment can be had from there.
///
/// Spec: Q-67
#[test]
fn winmail_dat_in_a_message_can_be_expanded() {
    let stream = Tnef::usual(1252)
        .message(0x0001_8004, b"inside\0")
        .rendering(1, 0)
        .attachment(0x0001_8010, b"PLAN.TXT\0")
        .attachment(0x0006_800F, b"first this");
    let (file, storage) = common::msg::file();
    let outer = Message::create(storage).unwrap();
    let attachment = outer.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 1).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "winmail.dat").unwrap();
    attachment.set(PR_ATTACH_DATA_BIN, stream.bytes()).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    outer.save_changes(SaveFlags::empty()).unwrap();
    drop((outer, attachment));

    let saved = Message::open(common::msg::reopen_read(&file)).unwrap();
    let attachment = saved.open_attach(0).unwrap();
    let source = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read).unwrap();
    let message = fresh();
    let report = read_tnef(source, &message, &ImportOptions::default()).unwrap();
    assert_eq!(report, Conversion::default());
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inside"));
    let plan = &attachments(&message)[0];
    assert_eq!(plan.file_name().unwrap().as_deref(), Some("PLAN.TXT"));
    assert_eq!(plan.get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"first this"[..]));
}

/// What cannot be set is a loss, and everything else is there.
#[test]
fn properties_that_cannot_be_set_are_losses() {
    let list = List::new()
        .variable(0x00FD, 0x6601, b"a restriction")
        .object(0x0E13, IID_STORAGE, b"an object of the message")
        .fixed_array(0x1003, 0x6602, &[])
        .fixed_array(0x100B, 0x6603, &[&1_u16.to_le_bytes()])
        .text(0x0037, "subject");
    let (message, findings, losses) = lenient(&Tnef::usual(1252).props(&list));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("subject"));
    assert_eq!((findings.len(), losses), (0, vec!["property"; 4]));
    // Behind an unknown type nobody knows where the next property begins.
    let list = List::new().text(0x0037, "subject").fixed(0x0077, 0x6601, &[1]).long(0x0017, 2);
    let (message, findings, _) = lenient(&Tnef::usual(1252).props(&list));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("subject"));
    assert_eq!(findings, ["tnef-properties"]);
}
