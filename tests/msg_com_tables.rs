//! `IMAPITable` as C callers reach it: raw flags, in the order of checks.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use openimsg::mapi::given::{GivenProp, GivenValue};
use openimsg::mapi::recipients::{GivenRow, modify_recipients};
use openimsg::mapi::restrictions as res;
use openimsg::mapi::tables::{ComTable, GivenOrder};
use openimsg::mapi::{Status, UNICODE, attach as door};
use openimsg::{Code, Message, Modify, Prop, PropTag, PropValue, Recipient, Session, tags::*};

fn recipients<'s>(message: &Message<'s>, flags: u32) -> ComTable<'s> {
    let mut table = None;
    door::get_recipient_table(message, flags, Some(&mut table)).unwrap();
    table.unwrap()
}

fn attachments<'s>(message: &Message<'s>, flags: u32) -> ComTable<'s> {
    let mut table = None;
    door::get_attachment_table(message, flags, Some(&mut table)).unwrap();
    table.unwrap()
}

/// R3: To, Cc, Bcc.
fn r3() -> Message<'static> {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    message
}

fn rows(table: &mut ComTable<'_>, count: i32, flags: u32) -> openimsg::Result<Vec<Vec<Prop>>> {
    let mut rows = Some(Vec::new());
    let done = table.query_rows(count, flags, Some(&mut rows));
    assert_eq!(rows.is_some(), done.is_ok());
    done.map(|()| rows.unwrap())
}

fn names(table: &mut ComTable<'_>) -> Vec<String> {
    table.set_columns(Some(&[0x3001_001F]), 0).unwrap();
    table.seek_row(0, 0, None).unwrap();
    let name = |row: &Vec<Prop>| match &row[0].value {
        PropValue::Unicode(name) => name.to_string_lossy().into_owned(),
        other => format!("{other:?}"),
    };
    rows(table, 100, 0).unwrap().iter().map(name).collect()
}

fn count(table: &mut ComTable<'_>) -> u32 {
    let mut count = 77;
    table.get_row_count(0, Some(&mut count)).unwrap();
    count
}

#[test]
fn flags_of_the_calls_that_give_tables() {
    let message = fresh();
    let mut table = None;
    let refused = door::get_recipient_table(&message, 1, Some(&mut table));
    assert_eq!(code(refused).scode(), 0x8004_0106);
    assert_eq!(code(door::get_attachment_table(&message, 1, Some(&mut table))), Code::UnknownFlags);
    assert_eq!(code(door::get_attachment_table(&message, 0, None)), Code::InvalidParameter);
    assert_eq!(count(&mut recipients(&message, UNICODE | 8)), 0);
    assert_eq!(count(&mut attachments(&message, UNICODE | 8)), 0);
}

/// Spec: C-206
#[test]
fn a_table_is_complete_and_dynamic() {
    let table = recipients(&r3(), 0);
    let (mut status, mut kind) = (77, 77);
    table.get_status(Some(&mut status), Some(&mut kind)).unwrap();
    assert_eq!((status, kind), (0, 2));
    let refused = table.get_status(None, Some(&mut kind));
    assert_eq!((code(refused), kind), (Code::InvalidParameter, 0));
    assert_eq!(code(table.get_status(Some(&mut status), None)), Code::InvalidParameter);
}

/// Spec: C-209, C-210
#[test]
fn columns() {
    let message = r3();
    let mut table = recipients(&message, UNICODE);
    assert_eq!(code(table.set_columns(None, 0)).scode(), 0x8007_0057);
    assert_eq!(code(table.set_columns(Some(&[]), 0)).scode(), 0x8007_0057);
    assert_eq!(code(table.set_columns(Some(&[1]), 4)).scode(), 0x8004_0106);
    let columns = |table: &ComTable<'_>, flags| {
        let mut columns = None;
        table.query_columns(flags, Some(&mut columns)).unwrap();
        columns.unwrap()
    };
    let default = columns(&table, 0);
    assert!(default.contains(&PropTag::new(0x3001_001F)));
    let narrow = columns(&recipients(&message, 0), 0);
    assert!(narrow.contains(&PropTag::new(0x3001_001E)));
    assert_eq!(narrow.len(), default.len());
    table.set_columns(Some(&[0x3000_0003, 1, 0x6789_0003, 0x3001_0000]), 3).unwrap();
    assert_eq!(columns(&table, 0).len(), 4);
    let all = columns(&table, 1);
    assert!(default.iter().all(|tag| all.contains(tag)));
    let mut out = None;
    assert_eq!(code(table.query_columns(2, Some(&mut out))).scode(), 0x8004_0106);
    assert_eq!(code(table.query_columns(0, None)), Code::InvalidParameter);
    let row = rows(&mut table, 1, 0).unwrap().remove(0);
    assert_eq!(row[0], prop(0x3000_0003, PropValue::Long(0)));
    assert_eq!(row[1], prop(0x0000_0001, PropValue::Null));
    assert_eq!(row[2], prop(0x6789_000A, PropValue::Error(0x8004_010F)));
    assert_eq!(row[3], prop(0x3001_001F, text("Ana")));
    let mut table = recipients(&message, 0);
    table.set_columns(Some(&[0x3001_0000]), 0).unwrap();
    let row = rows(&mut table, 1, 0).unwrap().remove(0);
    assert_eq!(row[0], prop(0x3001_001E, PropValue::String8(b"Ana".to_vec())));
}

/// In an ANSI message 8-bit cells hold the bytes that are stored.
#[test]
fn cells_of_an_ansi_message() {
    let session = Session::new();
    let page = openimsg::CodePage::new(1251).unwrap();
    let message = session.create_ansi_message(memory(), page).unwrap();
    let row = Recipient::new("\u{416}", "a@example.org");
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let mut table = recipients(&message, 0);
    table.set_columns(Some(&[0x3001_001E, 0x3001_001F]), 0).unwrap();
    let row = rows(&mut table, 1, 0).unwrap().remove(0);
    assert_eq!(row[0].value, PropValue::String8(vec![0xC6]));
    assert_eq!(row[1].value, text("\u{416}"));
}

/// Spec: C-211
#[test]
fn the_count_of_rows_is_exact() {
    let message = r3();
    let mut table = recipients(&message, 0);
    let mut number = 77;
    assert_eq!(code(table.get_row_count(1, Some(&mut number))).scode(), 0x8004_0106);
    assert_eq!(code(table.get_row_count(0, None)), Code::InvalidParameter);
    assert_eq!(count(&mut table), 3);
    let cc = GivenProp::new(0x0C15_0003, PropValue::Long(1));
    table.restrict(Some(res::property(5, 0x0C15_0003, Some(&cc))), 0).unwrap();
    assert_eq!(count(&mut table), 2);
    table.restrict(None, 3).unwrap();
    assert_eq!(count(&mut table), 3);
    assert_eq!(code(table.restrict(None, 4)), Code::UnknownFlags);
}

/// Spec: C-212, C-213, C-214
#[test]
fn seeking() {
    let message = r3();
    let mut table = recipients(&message, 0);
    let mut seek = |origin, rows| {
        let mut sought = 77;
        let done = table.seek_row(origin, rows, Some(&mut sought));
        done.map(|status| (status, sought))
    };
    assert_eq!(seek(0, 10).unwrap(), (Status::Ok, 3));
    assert_eq!(seek(2, -1).unwrap(), (Status::Ok, -1));
    assert_eq!(seek(1, 0).unwrap(), (Status::Ok, 0));
    assert_eq!(code(seek(77, 0)).scode(), 0x8004_0405);
    assert_eq!(code(seek(usize::MAX, 0)).scode(), 0x8004_0405);
    let position = |table: &mut ComTable<'_>| {
        let (mut row, mut numerator, mut denominator) = (77, 77, 77);
        let outs = (Some(&mut row), Some(&mut numerator), Some(&mut denominator));
        table.query_position(outs.0, outs.1, outs.2).unwrap();
        (row, numerator, denominator)
    };
    assert_eq!(position(&mut table), (2, 2, 3));
    assert_eq!(code(table.seek_row_approx(1, 0)).scode(), 0x8007_0057);
    for (numerator, denominator, wanted) in [(0, 5, 0), (5, 5, 3), (1, 2, 1), (9, 5, 3)] {
        table.seek_row_approx(numerator, denominator).unwrap();
        assert_eq!(position(&mut table).0, wanted);
    }
    assert_eq!(code(table.query_position(None, None, None)), Code::InvalidParameter);
    assert_eq!(position(&mut recipients(&fresh(), 0)), (0, 0, 1));
}

/// Spec: C-215, C-216
#[test]
fn querying() {
    let message = r3();
    let mut table = recipients(&message, 0);
    assert_eq!(code(rows(&mut table, 0, 0)).scode(), 0x8007_0057);
    assert_eq!(code(rows(&mut table, 1, 2)).scode(), 0x8004_0106);
    assert_eq!(code(table.query_rows(1, 0, None)), Code::InvalidParameter);
    assert_eq!(rows(&mut table, 10, 1).unwrap().len(), 3);
    assert_eq!(rows(&mut table, 10, 0).unwrap().len(), 3);
    assert_eq!(rows(&mut table, 10, 0).unwrap().len(), 0);
    table.set_columns(Some(&[0x3000_0003]), 0).unwrap();
    let last = rows(&mut table, -2, 0).unwrap();
    let ids: Vec<&PropValue> = last.iter().map(|row| &row[0].value).collect();
    assert_eq!(ids, [&PropValue::Long(1), &PropValue::Long(2)]);
}

/// Spec: C-217, C-218
#[test]
fn finding() {
    let message = r3();
    let mut table = recipients(&message, 0);
    let kind = |kind| {
        let prop = GivenProp::new(0x0C15_0003, PropValue::Long(kind));
        Some(res::property(4, 0x0C15_0003, Some(&prop)))
    };
    let at = |table: &mut ComTable<'_>| {
        let mut row = 77;
        table.query_position(Some(&mut row), Some(&mut 0), Some(&mut 0)).unwrap();
        row
    };
    table.find_row(kind(2), 0, 0).unwrap();
    assert_eq!(at(&mut table), 1);
    assert_eq!(code(table.find_row(kind(1), 1, 0)).scode(), 0x8004_010F);
    assert_eq!(at(&mut table), 1);
    table.find_row(kind(1), 2, 1).unwrap();
    assert_eq!(at(&mut table), 0);
    // Backward begins before the origin.
    assert_eq!(code(table.find_row(kind(1), 0, 1)), Code::NotFound);
    assert_eq!(code(table.find_row(None, 0, 0)).scode(), 0x8007_0057);
    assert_eq!(code(table.find_row(kind(1), 0, 2)).scode(), 0x8004_0106);
    assert_eq!(code(table.find_row(kind(1), 77, 0)).scode(), 0x8004_0405);
    for number in 0..3_u32 {
        let key = GivenProp::new(0x0FF6_0102, PropValue::Binary(number.to_le_bytes().to_vec()));
        table.find_row(Some(res::property(4, 0x0FF6_0102, Some(&key))), 0, 0).unwrap();
        assert_eq!(at(&mut table), number);
    }
}

/// What the numbers and pointers of a caller's restriction come to.
///
/// Spec: C-221, C-222
#[test]
fn restrictions_that_cannot_be_made() {
    let message = r3();
    let mut table = recipients(&message, 0);
    let ana = GivenProp::new(0x3001_001F, text("Ana"));
    table.restrict(Some(res::property(4, 0x3001_001F, Some(&ana))), 0).unwrap();
    let null = GivenProp { tag: 0x3001_001F, value: GivenValue::NullPointer };
    let long = GivenProp::new(0x0C15_0003, PropValue::Long(1));
    let untyped = GivenProp::untyped(0x3001_0001);
    let some = || Some(openimsg::Restriction::exist(PropTag::new(0x3001_001F)));
    let mut refused = |made: openimsg::Result<openimsg::Restriction>| {
        let refused = code(table.restrict(Some(made), 0)).scode();
        assert_eq!(count(&mut table), 1);
        refused
    };
    for made in [
        res::and(1, None),
        res::or(2, None),
        res::not(None),
        res::count(1, None),
        res::content(0, 0x3001_001F, None),
        res::property(4, 0x3001_001F, None),
        res::property(4, 0x3001_001F, Some(&null)),
    ] {
        assert_eq!(refused(made), 0x8007_0057);
    }
    for made in [
        res::property(4, 0x3001_001F, Some(&long)),
        res::property(7, 0x3001_001F, Some(&ana)),
        res::property(4, 0x3001_001F, Some(&untyped)),
        res::content(3, 0x3001_001F, Some(&ana)),
        res::compare_props(7, 0x3001_001F, 0x3002_001F),
        res::compare_props(4, 0x3001_001F, 0x3000_0003),
        res::bit_mask(2, 0x0C15_0003, 1),
        res::bit_mask(0, 0x3001_001F, 1),
        res::size(6, 0x3001_001F, 1),
        Ok(openimsg::Restriction::sub_restriction(PropTag::new(0x0E12_000D), some().unwrap())),
        Ok(openimsg::Restriction::other(0x99)),
    ] {
        assert_eq!(refused(made), 0x8004_0117);
    }
    // And those that can.
    table.restrict(Some(res::and(0, None)), 0).unwrap();
    assert_eq!(count(&mut table), 3);
    table.restrict(Some(res::or(0, None)), 0).unwrap();
    assert_eq!(count(&mut table), 0);
    let parts = vec![some().unwrap(), res::not(some()).unwrap()];
    table.restrict(Some(res::or(2, Some(parts))), 0).unwrap();
    assert_eq!(count(&mut table), 3);
    table.restrict(Some(res::count(2, some())), 0).unwrap();
    assert_eq!(count(&mut table), 2);
    table.restrict(Some(res::bit_mask(1, 0x0C15_0003, 2)), 0).unwrap();
    assert_eq!(count(&mut table), 2);
    table.restrict(Some(res::size(4, 0x0C15_0003, 4)), 0).unwrap();
    assert_eq!(count(&mut table), 3);
    table.restrict(Some(res::compare_props(4, 0x0C15_0003, 0x0C15_0003)), 0).unwrap();
    assert_eq!(count(&mut table), 3);
    table.restrict(Some(res::content(1, 0x3001_001F, Some(&ana))), 0).unwrap();
    assert_eq!(count(&mut table), 1);
}

/// Spec: C-228, C-229
#[test]
fn sorting() {
    let message = fresh();
    let named = |name: &str, address| Recipient::new(name, address);
    let all = [named("B", "1"), named("A", "2"), named("B", "3"), named("C", "4")];
    message.modify_recipients(Modify::Add, &all).unwrap();
    let mut table = recipients(&message, UNICODE);
    let order = |keys: &[(u32, u32)]| GivenOrder { keys: keys.to_vec(), ..GivenOrder::default() };
    let told = |table: &ComTable<'_>| {
        let mut told = None;
        table.query_sort_order(Some(&mut told)).unwrap();
        told.unwrap()
    };
    assert_eq!(told(&table), GivenOrder::default());
    let down = order(&[(0x3001_001F, 1)]);
    table.sort_table(Some(&down), 3).unwrap();
    assert_eq!(names(&mut table), ["C", "B", "B", "A"]);
    // Stable: the first of the two stays first.
    table.set_columns(Some(&[0x3003_001F]), 0).unwrap();
    table.seek_row(0, 0, None).unwrap();
    let found: Vec<PropValue> =
        rows(&mut table, 9, 0).unwrap().into_iter().map(|mut row| row.remove(0).value).collect();
    assert_eq!(found, ["4", "1", "3", "2"].map(text));
    assert_eq!(told(&table), down);
    let mut refused = |order: Option<&GivenOrder>, flags| {
        let refused = code(table.sort_table(order, flags)).scode();
        assert_eq!(told(&table), down);
        refused
    };
    assert_eq!(refused(None, 0), 0x8007_0057);
    assert_eq!(refused(Some(&down), 4), 0x8004_0106);
    assert_eq!(refused(Some(&GivenOrder { categories: 1, ..down.clone() }), 0), 0x8004_0102);
    assert_eq!(refused(Some(&GivenOrder { expanded: 1, ..down.clone() }), 0), 0x8004_0102);
    for combined in [2, 4, 8, 3] {
        assert_eq!(refused(Some(&order(&[(0x3001_001F, combined)])), 0), 0x8004_0117);
    }
    assert_eq!(refused(Some(&order(&[(0x3001_001F, 0), (0x3001_001E, 1)])), 0), 0x8004_0117);
    for tag in [0x3701_000D, 0x3001_000A, 0x3001_301F] {
        assert_eq!(refused(Some(&order(&[(tag, 0)])), 0), 0x8004_0117);
    }
    table.sort_table(Some(&GivenOrder::default()), 0).unwrap();
    assert_eq!(names(&mut table), ["B", "A", "B", "C"]);
    assert_eq!(code(table.query_sort_order(None)), Code::InvalidParameter);
}

/// Spec: C-230, C-231, C-219
#[test]
fn bookmarks() {
    let message = r3();
    attach(&message, "a", b"abc");
    let mut mark = 77;
    let refused = attachments(&message, 0).create_bookmark(Some(&mut mark));
    assert_eq!((code(refused).scode(), mark), (0x8004_0102, 0));
    let mut table = recipients(&message, 0);
    table.seek_row(0, 1, None).unwrap();
    table.create_bookmark(Some(&mut mark)).unwrap();
    assert!(mark >= 3);
    assert_eq!(code(table.create_bookmark(None)), Code::InvalidParameter);
    for predefined in 0..3 {
        table.free_bookmark(predefined).unwrap();
    }
    assert_eq!(code(table.free_bookmark(99)).scode(), 0x8004_0405);
    let gone = GivenRow::new(vec![GivenProp::new(0x3000_0003, PropValue::Long(1))]);
    modify_recipients(&message, 8, Some(&[gone])).unwrap();
    let mut sought = 77;
    let status = table.seek_row(mark, 0, Some(&mut sought)).unwrap();
    assert_eq!((status.scode(), sought), (0x0004_0481, 0));
    assert_eq!(table.seek_row(mark, 0, None).unwrap(), Status::Ok);
    table.restrict(None, 0).unwrap();
    assert_eq!(code(table.seek_row(mark, 0, None)).scode(), 0x8004_0405);
}

/// Spec: C-232
#[test]
fn what_these_tables_do_not_do() {
    let message = r3();
    let table = recipients(&message, 0);
    assert_eq!(code(table.advise(0x100, true, true)).scode(), 0x8004_0102);
    for (events, sink, connection) in
        [(0x100, false, true), (0x100, true, false), (0x2, true, true)]
    {
        assert_eq!(code(table.advise(events, sink, connection)).scode(), 0x8007_0057);
    }
    assert_eq!(code(table.unadvise()).scode(), 0x8004_0102);
    assert_eq!(code(table.abort()).scode(), 0x8004_0114);
    assert_eq!(code(table.category()).scode(), 0x8004_0102);
    let mut status = 77;
    table.wait_for_completion(0, Some(&mut status)).unwrap();
    assert_eq!(status, 0);
    table.wait_for_completion(0, None).unwrap();
    assert_eq!(code(table.wait_for_completion(1, None)).scode(), 0x8004_0106);
    let mut told = None;
    table.get_last_error(0x8004_0106, 0, Some(&mut told)).unwrap();
    assert_eq!(told.clone().unwrap().component, "openimsg");
    table.get_last_error(0x8004_0114, 0, Some(&mut told)).unwrap();
    assert_eq!(told, None);
}

/// Spec: C-264
#[test]
fn every_row_at_once() {
    let message = r3();
    let mut table = recipients(&message, 0);
    let mut all = Some(Vec::new());
    let refused = table.query_all_rows(None, None, None, 2, Some(&mut all));
    assert_eq!((code(refused).scode(), all), (0x8004_0403, None));
    let mut all = None;
    table.query_all_rows(Some(&[0x3000_0003]), None, None, 0, Some(&mut all)).unwrap();
    assert_eq!(all.unwrap().len(), 3);
    let order = GivenOrder { keys: vec![(0x3001_001F, 1)], ..GivenOrder::default() };
    let kind = GivenProp::new(0x0C15_0003, PropValue::Long(2));
    let restriction = Some(res::property(3, 0x0C15_0003, Some(&kind)));
    let columns = [0x3001_001F];
    let mut all = None;
    table.query_all_rows(Some(&columns), restriction, Some(&order), 0, Some(&mut all)).unwrap();
    let names: Vec<PropValue> = all.unwrap().iter().map(|row| row[0].value.clone()).collect();
    assert_eq!(names, [text("Cem"), text("Ben")]);
    assert_eq!(code(table.query_all_rows(None, None, None, 0, None)), Code::InvalidParameter);
}

/// A row set can be given back as it came.
///
/// Spec: C-195
#[test]
fn rows_that_are_read_can_be_written_back() {
    let message = r3();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let extra = row_with(0x6789_0003);
    modify_recipients(&message, 2, Some(&[extra])).unwrap();
    let before = message.recipients().unwrap();
    let mut table = recipients(&message, UNICODE);
    let back: Vec<GivenRow> = rows(&mut table, 100, 0)
        .unwrap()
        .into_iter()
        .map(|row| {
            GivenRow::new(row.into_iter().map(|p| GivenProp::new(p.tag.value(), p.value)).collect())
        })
        .collect();
    assert!(back.iter().flat_map(|row| row.props.as_ref().unwrap()).any(|p| p.tag & 0xFFFF == 0xA));
    modify_recipients(&message, 4, Some(&back)).unwrap();
    let sorted = |rows: Vec<Recipient>| -> Vec<Vec<String>> {
        let props = |row: Recipient| {
            let mut props: Vec<String> = row.props().iter().map(|p| format!("{p:?}")).collect();
            props.sort();
            props
        };
        rows.into_iter().map(props).collect()
    };
    assert_eq!(sorted(message.recipients().unwrap()), sorted(before));
}

fn row_with(tag: u32) -> GivenRow {
    GivenRow::new(vec![
        GivenProp::new(0x3001_001F, text("Dan")),
        GivenProp::new(tag, PropValue::Long(5)),
    ])
}
