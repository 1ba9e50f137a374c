//! Cursor, bookmarks and changes under an open table. Spec: imessage-contract 3.4.
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
use openimsg::{
    Bookmark, Code, ColumnFlags, FindFlags, Message, Modify, PropValue, Recipient, Relop,
    Restriction, RowFlags, SortOrder, Table, tags::*,
};

const FORWARD: FindFlags = FindFlags::empty();

fn ids(table: &mut Table<'_>, count: i32) -> Vec<i32> {
    table.query_rows(count).unwrap().iter().map(|row| row.get(PR_ROWID).unwrap()).collect()
}

fn cursor(table: &mut Table<'_>) -> usize {
    table.query_position().unwrap().row
}

fn sought(table: &mut Table<'_>, origin: Bookmark, count: i32) -> (i32, bool) {
    let sought = table.seek_row(origin, count).unwrap();
    (sought.rows, sought.position_changed)
}

fn recipients() -> Message<'static> {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    message
}

fn remove(message: &Message<'_>, id: i32) {
    let row = Recipient::from_props(vec![prop(0x3000_0003, PropValue::Long(id))]);
    message.modify_recipients(Modify::Remove, &[row]).unwrap();
}

fn add(message: &Message<'_>, name: &str) {
    message.modify_recipients(Modify::Add, &[Recipient::new(name, "x@example.org")]).unwrap();
}

/// Spec: C-210
#[test]
fn columns_are_told_before_and_after_they_are_set() {
    let message = recipients();
    let extra = Recipient::from_props(vec![prop(0x6677_0003, PropValue::Long(1))]);
    message.modify_recipients(Modify::Add, &[extra]).unwrap();
    attach(&message, "a", b"a");
    let attachment = message.open_attach(0).unwrap();
    attachment.set_props(&[prop(0x6678_0003, PropValue::Long(1))]).unwrap();
    attachment.save_changes(KEEP).unwrap();
    let tables = [message.recipient_table().unwrap(), message.attachment_table().unwrap()];
    for (mut table, more) in tables.into_iter().zip([0x6677_0003, 0x6678_0003]) {
        let default = table.query_columns(ColumnFlags::empty()).unwrap();
        assert_eq!(default, table.columns().unwrap());
        let chosen = [PR_DISPLAY_NAME_W.tag()];
        table.set_columns(&chosen).unwrap();
        assert_eq!(table.query_columns(ColumnFlags::empty()).unwrap(), chosen);
        let all = table.query_columns(ColumnFlags::ALL_COLUMNS).unwrap();
        assert!(default.iter().all(|tag| all.contains(tag)));
        assert!(all.contains(&tag(more)));
        let unknown = ColumnFlags::from_bits_retain(2);
        assert_eq!(code(table.query_columns(unknown)), Code::UnknownFlags);
    }
}

/// Spec: C-212
#[test]
fn seeking_stops_at_both_ends_and_says_how_far_it_went() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    assert_eq!(sought(&mut table, Bookmark::BEGINNING, 10), (3, false));
    assert_eq!(sought(&mut table, Bookmark::END, -1), (-1, false));
    assert_eq!(cursor(&mut table), 2);
    assert_eq!(sought(&mut table, Bookmark::CURRENT, 0), (0, false));
    assert_eq!(sought(&mut table, Bookmark::CURRENT, -9), (-2, false));
    assert_eq!(sought(&mut table, Bookmark::CURRENT, i32::MIN), (0, false));
    assert_eq!(sought(&mut table, Bookmark::CURRENT, i32::MAX), (3, false));
    assert_eq!(code(table.seek_row(Bookmark::new(77), 0)), Code::InvalidBookmark);
    assert_eq!(cursor(&mut table), 3);
}

/// Spec: C-213
#[test]
fn a_fraction_of_the_table_is_a_row() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    assert_eq!(code(table.seek_row_approx(1, 0)), Code::InvalidParameter);
    for (numerator, denominator, row) in
        [(5, 5, 3), (0, 5, 0), (1, 2, 1), (u32::MAX, 1, 3), (u32::MAX - 1, u32::MAX, 2)]
    {
        table.seek_row_approx(numerator, denominator).unwrap();
        assert_eq!(cursor(&mut table), row, "{numerator}/{denominator}");
    }
}

/// Spec: C-214
#[test]
fn an_empty_table_has_a_position_all_the_same() {
    let message = fresh();
    for mut table in [message.attachment_table().unwrap(), message.recipient_table().unwrap()] {
        let position = table.query_position().unwrap();
        assert_eq!((position.row, position.numerator, position.denominator), (0, 0, 1));
        assert_eq!(table.row_count().unwrap(), 0);
        assert!(table.query_rows(5).unwrap().is_empty());
        assert!(table.query_rows(-5).unwrap().is_empty());
    }
}

/// Spec: C-215
#[test]
fn rows_come_from_the_cursor_on_or_from_before_it() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    assert_eq!(code(table.query_rows(0)), Code::InvalidParameter);
    assert_eq!(ids(&mut table, 10), [0, 1, 2]);
    assert_eq!(ids(&mut table, 10), [0; 0]);
    assert_eq!(ids(&mut table, -2), [1, 2]);
    assert_eq!(cursor(&mut table), 1);
    assert_eq!(ids(&mut table, -9), [0]);
    assert_eq!(ids(&mut table, i32::MIN), [0; 0]);
    assert_eq!(table.rows().map(|row| row.unwrap().get(PR_ROWID).unwrap()).sum::<i32>(), 3);
    assert_eq!(cursor(&mut table), 3);
}

/// Spec: C-216
#[test]
fn the_cursor_stays_where_it_was_told_to() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    table.seek(1).unwrap();
    for _ in 0..2 {
        assert_eq!(table.query_rows_with(2, RowFlags::NO_ADVANCE).unwrap().len(), 2);
        assert_eq!(cursor(&mut table), 1);
    }
    let unknown = RowFlags::from_bits_retain(2);
    assert_eq!(code(table.query_rows_with(1, unknown)), Code::UnknownFlags);
    assert_eq!(cursor(&mut table), 1);
}

#[test]
fn rows_are_found_in_both_directions() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    let not_ben = Restriction::property(Relop::Ne, PR_DISPLAY_NAME_W, "BEN");
    let none = Restriction::property(Relop::Eq, PR_DISPLAY_NAME_W, "Dan");
    let find = |table: &mut Table<'_>, origin, flags| table.find_row(&not_ben, origin, flags);
    assert_eq!(find(&mut table, Bookmark::BEGINNING, FORWARD).unwrap(), 0);
    table.seek(1).unwrap();
    assert_eq!(find(&mut table, Bookmark::CURRENT, FORWARD).unwrap(), 2);
    assert_eq!(cursor(&mut table), 2);
    assert_eq!(find(&mut table, Bookmark::CURRENT, FindFlags::BACKWARD).unwrap(), 0);
    assert_eq!(find(&mut table, Bookmark::END, FindFlags::BACKWARD).unwrap(), 2);
    for (origin, flags) in [(Bookmark::BEGINNING, FindFlags::BACKWARD), (Bookmark::END, FORWARD)] {
        assert_eq!(code(find(&mut table, origin, flags)), Code::NotFound);
        assert_eq!(cursor(&mut table), 2);
    }
    assert_eq!(code(table.find_row(&none, Bookmark::BEGINNING, FORWARD)), Code::NotFound);
    let unknown = FindFlags::from_bits_retain(2);
    assert_eq!(code(find(&mut table, Bookmark::END, unknown)), Code::UnknownFlags);
    assert_eq!(code(find(&mut table, Bookmark::new(9), FORWARD)), Code::InvalidBookmark);
    assert_eq!(cursor(&mut table), 2);
    // The limit of a count does not matter to a search.
    let counted = Restriction::count(0, not_ben.clone());
    assert_eq!(table.find_row(&counted, Bookmark::BEGINNING, FORWARD).unwrap(), 0);
}

/// Spec: C-218
#[test]
fn every_row_is_found_by_its_instance_key() {
    let message = recipients();
    attach(&message, "a", b"a");
    attach(&message, "b", b"b");
    for mut table in [message.recipient_table().unwrap(), message.attachment_table().unwrap()] {
        let rows = table.query_rows(9).unwrap();
        assert!(rows.len() >= 2);
        for (at, row) in rows.iter().enumerate() {
            let key = row.get(PR_INSTANCE_KEY).unwrap();
            let same = Restriction::property(Relop::Eq, PR_INSTANCE_KEY, &key[..]);
            assert_eq!(table.find_row(&same, Bookmark::BEGINNING, FORWARD).unwrap(), at);
        }
    }
}

/// Spec: C-219
#[test]
fn a_restriction_that_is_removed_leaves_all_rows_and_no_bookmark() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    let cc = Restriction::property(Relop::Eq, PR_RECIPIENT_TYPE, 2);
    table.seek(2).unwrap();
    let before = table.create_bookmark().unwrap();
    table.restrict(Some(&cc)).unwrap();
    assert_eq!((cursor(&mut table), table.row_count().unwrap()), (0, 1));
    assert_eq!(code(table.seek_row(before, 0)), Code::InvalidBookmark);
    let within = table.create_bookmark().unwrap();
    assert_eq!(ids(&mut table, 9), [1]);
    table.restrict(None).unwrap();
    assert_eq!(ids(&mut table, 9), [0, 1, 2]);
    assert_eq!(code(table.seek_row(within, 0)), Code::InvalidBookmark);
    let again = table.create_bookmark().unwrap();
    table.sort(&[SortOrder::descending(PR_ROWID)]).unwrap();
    assert_eq!(code(table.free_bookmark(again)), Code::InvalidBookmark);
}

/// Spec: C-230
#[test]
fn bookmarks_are_made_and_freed_in_tables_of_recipients() {
    let message = recipients();
    let mut attachments = message.attachment_table().unwrap();
    assert_eq!(code(attachments.create_bookmark()), Code::NoSupport);
    let mut table = message.recipient_table().unwrap();
    table.seek(1).unwrap();
    let made = table.create_bookmark().unwrap();
    assert!(made.value() >= 3);
    for fixed in 0..3 {
        table.free_bookmark(Bookmark::new(fixed)).unwrap();
    }
    table.set_columns(&[PR_ROWID.tag()]).unwrap();
    assert_eq!(sought(&mut table, made, 1), (1, false));
    assert_eq!(cursor(&mut table), 2);
    table.free_bookmark(made).unwrap();
    assert_eq!(code(table.free_bookmark(made)), Code::InvalidBookmark);
    assert_eq!(code(table.seek_row(made, 0)), Code::InvalidBookmark);
    let all: Vec<_> = (0..1024).map(|_| table.create_bookmark().unwrap()).collect();
    assert_eq!(code(table.create_bookmark()), Code::UnableToComplete);
    table.free_bookmark(all[500]).unwrap();
    table.create_bookmark().unwrap();
}

/// Spec: C-231
#[test]
fn a_bookmark_whose_row_went_is_at_the_next_one() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    table.seek(1).unwrap();
    let mark = table.create_bookmark().unwrap();
    remove(&message, 1);
    assert_eq!(sought(&mut table, mark, 0), (0, true));
    assert_eq!(ids(&mut table, 9), [2]);
    assert_eq!(sought(&mut table, mark, 0), (0, false));
    remove(&message, 0);
    assert_eq!(sought(&mut table, mark, 0), (0, false));
    assert_eq!(ids(&mut table, 9), [2]);
}

#[test]
fn the_cursor_follows_its_row() {
    let message = fresh();
    for name in ["b", "d", "f", "h"] {
        add(&message, name);
    }
    let mut table = message.recipient_table().unwrap();
    table.sort(&[SortOrder::ascending(PR_DISPLAY_NAME_W)]).unwrap();
    table.seek(2).unwrap();
    add(&message, "a"); // before the cursor
    assert_eq!((cursor(&mut table), table.row_count().unwrap()), (3, 5));
    assert_eq!(table.query_rows(1).unwrap()[0].get(PR_DISPLAY_NAME_W).as_deref(), Some("f"));
    remove(&message, 3); // h, at the cursor: nothing is left behind it
    assert_eq!(cursor(&mut table), 4);
    add(&message, "z");
    assert_eq!(table.query_rows(1).unwrap()[0].get(PR_DISPLAY_NAME_W).as_deref(), Some("z"));
}

#[test]
fn many_rows_are_sorted_and_restricted() {
    let message = fresh();
    let all: Vec<Recipient> = (0..50_000)
        .map(|at| {
            Recipient::from_props(vec![prop(0x6677_0003, PropValue::Long(at * 7919 % 50_000))])
        })
        .collect();
    message.modify_recipients(Modify::Add, &all).unwrap();
    let mut table = message.recipient_table().unwrap();
    let order = [SortOrder::by(tag(0x6677_0003), true)];
    let low = Restriction::property_value(Relop::Lt, tag(0x6677_0003), PropValue::Long(1000));
    let columns = [tag(0x6677_0003)];
    let rows = table.query_all_rows(Some(&columns), Some(&low), Some(&order), 1000).unwrap();
    let values: Vec<_> = rows.iter().map(|row| row.cells().next().unwrap().1.clone()).collect();
    let expected: Vec<_> = (0..1000).rev().map(|at| Ok(PropValue::Long(at))).collect();
    assert_eq!(values, expected);
}

/// Spec: C-264
#[test]
fn all_rows_are_read_or_none() {
    let message = recipients();
    let mut table = message.recipient_table().unwrap();
    assert_eq!(code(table.query_all_rows(None, None, None, 2)), Code::TableTooBig);
    assert_eq!(table.query_all_rows(None, None, None, 0).unwrap().len(), 3);
    assert_eq!(table.query_all_rows(None, None, None, 3).unwrap().len(), 3);
    let cc = Restriction::property(Relop::Eq, PR_RECIPIENT_TYPE, 2);
    assert_eq!(table.query_all_rows(None, Some(&cc), None, 2).unwrap().len(), 1);
}
