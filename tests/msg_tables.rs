//! Tables of recipients and attachments. Spec: imessage-contract 3.4.
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
use openimsg::{Code, Message, Modify, PropTag, PropValue, Recipient, SortOrder, Table, tags::*};

fn columns(table: &Table<'_>) -> Vec<u32> {
    table.columns().unwrap().iter().map(|tag| tag.value()).collect()
}

fn numbers(table: &mut Table<'_>, count: i32) -> Vec<i32> {
    let rows = table.query_rows(count).unwrap();
    rows.iter().map(|row| row.get(PR_ATTACH_NUM).or(row.get(PR_ROWID)).unwrap()).collect()
}

fn recipients() -> Message<'static> {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    message
}

/// Spec: C-207, C-209
#[test]
fn the_default_columns_hold_the_required_ones() {
    let message = recipients();
    attach(&message, "a", b"a");
    let mut table = message.attachment_table().unwrap();
    for required in [0x0E21_0003, 0x0FF6_0102, 0x0FF9_0102, 0x370B_0003] {
        assert!(columns(&table).contains(&required));
    }
    assert!(columns(&table).iter().all(|tag| tag >> 16 != 0x3701));
    let row = &table.query_rows(1).unwrap()[0];
    assert_eq!(row.get(PR_ATTACH_LONG_FILENAME_W).as_deref(), Some("a"));
    assert!(row.get(PR_ATTACH_SIZE).unwrap() > 0);
    let recipients = message.recipient_table().unwrap();
    for required in [0x3001_001F, 0x0C15_0003, 0x3000_0003, 0x39FE_001F, 0x5FF7_0102] {
        assert!(columns(&recipients).contains(&required));
    }
    assert_eq!(code(table.set_columns(&[])), Code::InvalidParameter);
    let chosen = [
        PropTag::new(0x6789_0003),
        PropTag::new(1),
        PR_ATTACH_NUM.tag(),
        tag(0x3707_0000),
        tag(0x3707_001E),
        tag(0x3701_000D),
    ];
    table.set_columns(&chosen).unwrap();
    assert_eq!(table.columns().unwrap(), chosen);
    assert_eq!(code(table.set_columns(&[tag(0x6789_3003)])), Code::NoSupport);
    assert_eq!(table.columns().unwrap(), chosen);
    table.seek(0).unwrap();
    let rows = table.query_rows(1).unwrap();
    let cells: Vec<_> = rows[0].cells().map(|(_, cell)| cell.clone()).collect();
    assert_eq!(
        cells,
        [
            Err(Code::NotFound),
            Ok(PropValue::Null),
            Ok(PropValue::Long(0)),
            Ok(text("a")),
            Ok(PropValue::String8(b"a".to_vec())),
            Err(Code::NoSupport),
        ]
    );
}

/// Spec: C-067
#[test]
fn tables_are_independent() {
    let message = recipients();
    let (mut one, mut two) =
        (message.recipient_table().unwrap(), message.recipient_table().unwrap());
    one.sort(&[SortOrder::descending(PR_ROWID)]).unwrap();
    assert_eq!(numbers(&mut one, 2), [2, 1]);
    let row = |table: &mut Table<'_>| table.query_position().unwrap().row;
    assert_eq!((row(&mut one), row(&mut two)), (2, 0));
    assert_eq!(numbers(&mut two, 9), [0, 1, 2]);
}

/// Spec: C-208
#[test]
fn attachments_come_by_rendering_position_then_number() {
    let message = fresh();
    for position in [5, -1, 5] {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_RENDERING_POSITION, position).unwrap();
        attachment.save_changes(KEEP).unwrap();
    }
    assert_eq!(numbers(&mut message.attachment_table().unwrap(), 9), [1, 0, 2]);
}

/// Spec: C-229
#[test]
fn sorting_is_stable_and_refuses_what_cannot_be_compared() {
    let message = fresh();
    let row = |name: &str, address: &str| Recipient::new(name, address);
    let mut nameless = Recipient::new("", "d@example.org");
    nameless = Recipient::from_props(
        nameless.props().iter().filter(|p| p.tag.id().value() != 0x3001).cloned().collect(),
    );
    let rows =
        [row("b", "1@x.y"), row("A", "2@x.y"), row("B", "3@x.y"), nameless, row("a", "5@x.y")];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    let mut table = message.recipient_table().unwrap();
    assert_eq!(table.sort_order(), []);
    table.sort(&[SortOrder::ascending(PR_DISPLAY_NAME_W)]).unwrap();
    assert_eq!(numbers(&mut table, 9), [3, 1, 4, 2, 0]);
    table.sort(&[SortOrder::descending(PR_DISPLAY_NAME_W)]).unwrap();
    assert_eq!(numbers(&mut table, 9), [0, 2, 4, 1, 3]);
    let kind = [SortOrder::ascending(PR_RECIPIENT_TYPE), SortOrder::descending(PR_ROWID)];
    table.sort(&kind).unwrap();
    assert_eq!((table.query_position().unwrap().row, table.sort_order()), (0, &kind[..]));
    assert_eq!(numbers(&mut table, 9), [4, 3, 2, 1, 0]);
    let twice = [SortOrder::ascending(PR_ROWID), SortOrder::descending(PR_ROWID)];
    let object = [SortOrder::by(tag(0x3701_000D), false)];
    let instance = [SortOrder::by(tag(0x6600_3003), false)];
    for bad in [&twice[..], &object[..], &instance[..]] {
        assert_eq!(code(table.sort(bad)), Code::TooComplex);
        assert_eq!(table.sort_order(), kind);
    }
    table.sort(&[]).unwrap();
    assert!(table.sort_order().is_empty());
    assert_eq!(numbers(&mut table, 9), [0, 1, 2, 3, 4]);
}

#[test]
fn an_attachment_row_shows_what_was_saved() {
    let message = fresh();
    attach(&message, "saved", b"a");
    let attachment = message.open_attach(0).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "pending").unwrap();
    let mut table = message.attachment_table().unwrap();
    let file_name = |table: &mut Table<'_>| {
        table.seek(0).unwrap();
        table.query_rows(1).unwrap()[0].get(PR_ATTACH_LONG_FILENAME_W).unwrap()
    };
    assert_eq!(file_name(&mut table), "saved");
    attachment.save_changes(KEEP).unwrap();
    assert_eq!(file_name(&mut table), "pending");
}

#[test]
fn a_cell_has_a_limit() {
    let message = fresh();
    let row = Recipient::from_props(vec![
        prop(0x3001_001F, text(&"x".repeat(40_000))),
        prop(0x6600_0102, PropValue::Binary(vec![0; 65_536])),
    ]);
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let mut table = message.recipient_table().unwrap();
    table.set_columns(&[tag(0x3001_001F), tag(0x6600_0102)]).unwrap();
    let rows = table.query_rows(1).unwrap();
    let fits: Vec<bool> = rows[0].cells().map(|(_, cell)| cell.is_ok()).collect();
    assert_eq!(fits, [false, true]);
    assert_eq!(rows[0].require(PR_DISPLAY_NAME_W).unwrap_err().code(), Code::NotEnoughMemory);
}
