//! Recipients. Spec: imessage-contract 3.2 (ModifyRecipients).
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
use common::{Item, listing, name};
use openimsg::{
    Code, Message, Modify, Prop, PropValue, Recipient, RecipientType, Storage, tags::*,
};
use std::sync::Arc;

fn row_ids(message: &Message<'_>) -> Vec<u32> {
    message.recipients().unwrap().iter().map(|row| row.row_id().unwrap()).collect()
}

fn with_id(id: u32) -> Recipient {
    let value = PropValue::Long(i32::try_from(id).unwrap());
    Recipient::from_props(vec![prop(0x3000_0003, value)])
}

/// Spec: C-190, C-191
#[test]
fn rows_are_numbered_and_a_new_list_begins_at_zero() {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    assert_eq!(row_ids(&message), [0, 1, 2]);
    message.modify_recipients(Modify::Remove, &[with_id(2)]).unwrap();
    message.modify_recipients(Modify::Add, &three()[..1]).unwrap();
    assert_eq!(row_ids(&message), [0, 1, 3]);
    message.modify_recipients(Modify::Replace, &three()[..2]).unwrap();
    assert_eq!(row_ids(&message), [0, 1]);
    message.modify_recipients(Modify::Replace, &[]).unwrap();
    assert_eq!(message.recipient_table().unwrap().row_count().unwrap(), 0);
}

/// Spec: C-192
#[test]
fn rows_are_changed_all_or_none() {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    let before = message.recipients().unwrap();
    let changed = |row: Recipient| {
        let mut row = row;
        row.set(prop(0x3001_001F, text("changed")));
        row
    };
    for how in [Modify::Modify, Modify::Remove] {
        let rows = [changed(before[0].clone()), Recipient::new("New", "new@example.org")];
        assert_eq!(code(message.modify_recipients(how, &rows)), Code::InvalidParameter);
        let rows = [changed(before[0].clone()), changed(with_id(77))];
        assert_eq!(code(message.modify_recipients(how, &rows)), Code::NotFound);
        assert_eq!(message.recipients().unwrap(), before);
    }
}

/// Spec: C-193
#[test]
fn modify_drops_what_is_not_supplied_and_keeps_flags() {
    let bytes = build(|message| message.modify_recipients(Modify::Add, &three()).unwrap());
    let row = "__recip_version1.0_#00000001";
    let bytes = tamper(&bytes, |root| {
        within(root, &[row], |row| change_entry(row, 8, 0x3001_001F, |entry| entry[4] = 7));
    });
    let (message, file) = edit(&bytes);
    let short = Recipient::from_props(vec![
        prop(0x3000_0003, PropValue::Long(1)),
        prop(0x3001_001F, text("Only a name")),
    ]);
    message.modify_recipients(Modify::Modify, &[short]).unwrap();
    message.save_changes(KEEP).unwrap();
    let all = listing(Arc::clone(&file) as _);
    assert!(!all.contains_key(&format!("/{row}/__substg1.0_39FE001F")));
    let props = all.get(&format!("/{row}/{PROPS}"));
    assert_eq!(entry(props, 8, 0x3001_001F).unwrap()[4], 7);
    let again = open(&file.to_bytes().unwrap());
    let row = &again.recipients().unwrap()[1];
    assert_eq!((row.display_name().as_deref(), row.address()), (Some("Only a name"), None));
    assert_eq!(row.kind(), RecipientType::To);
}

/// Spec: C-194, C-196
#[test]
fn null_values_are_refused_errors_and_empty_rows_skipped() {
    let message = fresh();
    let bad =
        |value, tag| Recipient::from_props(vec![prop(0x3001_001F, text("x")), prop(tag, value)]);
    for row in [
        bad(PropValue::Null, 0x3003_0001),
        bad(PropValue::Object, 0x3003_000D),
        bad(PropValue::MvUnicode(vec![]), 0x6600_101F),
    ] {
        assert_eq!(code(message.modify_recipients(Modify::Add, &[row])), Code::InvalidParameter);
    }
    let odd = bad(PropValue::Error(0x8004_010F), 0x3003_000A);
    message.modify_recipients(Modify::Add, &[odd, Recipient::from_props(vec![])]).unwrap();
    assert_eq!(message.recipient_count().unwrap(), 1);
    assert_eq!(message.recipients().unwrap()[0].address(), None);
}

/// Spec: C-195
#[test]
fn rows_of_the_table_can_be_written_back() {
    let bytes = build(everything);
    let (message, file) = edit(&bytes);
    let before = listing(Arc::clone(&file) as _);
    let mut table = message.recipient_table().unwrap();
    let rows: Vec<Recipient> = table
        .query_rows(99)
        .unwrap()
        .iter()
        .map(|row| {
            let cells = row.cells().map(|(tag, cell)| match cell {
                Ok(value) => Prop { tag, value: value.clone() },
                Err(code) => {
                    prop((tag.value() & 0xFFFF_0000) | 0x0A, PropValue::Error(code.scode()))
                }
            });
            Recipient::from_props(cells.collect())
        })
        .collect();
    message.modify_recipients(Modify::Modify, &rows).unwrap();
    message.save_changes(KEEP).unwrap();
    let after = listing(file);
    for (path, item) in before.iter().filter(|(path, _)| path.contains("__recip")) {
        assert_eq!(after.get(path), Some(item), "{path}");
    }
    assert_eq!(before.len(), after.len());
}

/// Spec: C-197, C-199
#[test]
fn display_lists_name_the_recipients_of_each_kind() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    let lists = |message: &Message<'_>| {
        [PR_DISPLAY_TO_W, PR_DISPLAY_CC_W, PR_DISPLAY_BCC_W]
            .map(|tag| message.get(tag).unwrap().unwrap())
    };
    assert_eq!(lists(&message), ["", "", ""]);
    message.modify_recipients(Modify::Add, &three()).unwrap();
    assert_eq!(lists(&message), ["Ana", "Ben", "Cem"]);
    let mut submitted = Recipient::new("Dan", "dan@example.org");
    submitted.set(prop(0x0C15_0003, PropValue::Long(i32::MIN + 1)));
    let mut resend = Recipient::new("Eve", "eve@example.org");
    resend.set(prop(0x0C15_0003, PropValue::Long(0x1000_0000)));
    let nameless = Recipient::from_props(vec![prop(0x3003_001F, text("fay@example.org"))]);
    message.modify_recipients(Modify::Add, &[submitted, resend, nameless]).unwrap();
    let due = ["Ana; Dan; fay@example.org", "Ben", "Cem"];
    assert_eq!(lists(&message), due);
    message.save_changes(KEEP).unwrap();
    assert_eq!(lists(&open(&file.to_bytes().unwrap())), due);
    let problems = message.set_props(&[prop(0x0E04_001F, text("x"))]).unwrap();
    assert_eq!(problems[0].code, Code::Computed);
}

/// Spec: C-198, F-056
#[test]
fn what_is_derivable_is_filled_in_and_nothing_else() {
    let message = fresh();
    let row = Recipient::from_props(vec![
        prop(0x3001_001F, text("A")),
        prop(0x3002_001F, text("smtp")),
        prop(0x3003_001F, text("a@b.c")),
    ]);
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let row = &message.recipients().unwrap()[0];
    assert_eq!(row.get(tag(0x300B_0102)), Some(&PropValue::Binary(b"SMTP:A@B.C\0".to_vec())));
    assert_eq!(row.get(tag(0x0FFE_0003)), Some(&PropValue::Long(6)));
    assert_eq!(row.get(tag(0x3900_0003)), Some(&PropValue::Long(0)));
    assert_eq!(row.get(tag(0x0C15_0003)), Some(&PropValue::Long(1)));
    assert_eq!(row.get(tag(0x0FFF_0102)), None);
    assert_eq!(row.props().len(), 8);
}

/// Spec: C-200, F-008, F-009, F-011
#[test]
fn storages_are_numbered_in_upper_case_hexadecimal() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    let rows = vec![Recipient::new("N", "n@example.org"); 11];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    message.save_changes(KEEP).unwrap();
    let all = listing(Arc::clone(&file) as _);
    let row = |number: u32| format!("/__recip_version1.0_#{number:08X}/{PROPS}");
    for number in 0..11 {
        let entry = entry(all.get(&row(number)), 8, 0x3000_0003).unwrap();
        assert_eq!(entry[8..12], number.to_le_bytes());
    }
    assert!(all.contains_key("/__recip_version1.0_#0000000A"));
    message.modify_recipients(Modify::Replace, &rows[..3]).unwrap();
    message.modify_recipients(Modify::Remove, &[with_id(0)]).unwrap();
    message.modify_recipients(Modify::Add, &rows[..1]).unwrap();
    message.save_changes(KEEP).unwrap();
    let all = listing(file);
    assert!(all.contains_key("/__recip_version1.0_#00000003"));
    assert!(!all.contains_key("/__recip_version1.0_#00000000"));
    let Some(Item::Stream(Ok(props))) = all.get(&format!("/{PROPS}")) else { panic!() };
    assert_eq!(props[8..24], [4, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
}

/// Spec: C-260, F-133
#[test]
fn the_next_id_of_the_header_is_believed_if_it_can_be_so() {
    let bytes = build(|message| message.modify_recipients(Modify::Add, &three()).unwrap());
    for (next, due) in
        [(7_u32, 7), (u32::MAX, 3), (0, 3), (3 + 65_536, 3 + 65_536), (3 + 65_537, 3)]
    {
        let bytes = tamper(&bytes, |root| {
            change(root, PROPS, |props| props[8..12].copy_from_slice(&next.to_le_bytes()));
        });
        let (message, _file) = edit(&bytes);
        message.modify_recipients(Modify::Add, &three()[..1]).unwrap();
        assert_eq!(row_ids(&message), [0, 1, 2, due]);
        message.save_changes(KEEP).unwrap();
    }
}

/// Spec: C-261
#[test]
fn fifty_thousand_recipients_are_written_and_read() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    let row = |at| {
        Recipient::from_props(vec![
            prop(0x3001_001F, text(&format!("N{at}"))),
            prop(0x0C15_0003, PropValue::Long(2)),
        ])
    };
    let rows: Vec<_> = (0..50_000).map(row).collect();
    message.modify_recipients(Modify::Add, &rows).unwrap();
    message.save_changes(KEEP).unwrap();
    drop(message);
    let again = Message::open(reopen_read(&file)).unwrap();
    assert_eq!(again.recipient_count().unwrap(), 50_000);
    let mut table = again.recipient_table().unwrap();
    table.set_columns(&[PR_DISPLAY_NAME_W.tag()]).unwrap();
    let mut seen = 0;
    loop {
        let rows = table.query_rows(500).unwrap();
        let Some(first) = rows.first() else { break };
        assert_eq!(first.get(PR_DISPLAY_NAME_W).unwrap(), format!("N{seen}"));
        seen += rows.len();
    }
    assert_eq!(seen, 50_000);
    let (message, file) = edit(&file.to_bytes().unwrap());
    message.modify_recipients(Modify::Remove, &[with_id(49_999)]).unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(open(&file.to_bytes().unwrap()).recipient_count().unwrap(), 49_999);
}

#[test]
fn a_row_that_cannot_be_read_can_be_replaced() {
    let bytes = build(|message| message.modify_recipients(Modify::Add, &three()).unwrap());
    let bytes = tamper(&bytes, |root| {
        within(root, &["__recip_version1.0_#00000001"], |row| {
            row.destroy_element(&name(PROPS)).unwrap();
        });
    });
    let (message, file) = edit(&bytes);
    let rows = message.recipients().unwrap();
    assert_eq!(rows.iter().map(Recipient::is_damaged).collect::<Vec<_>>(), [false, true, false]);
    let mut row = Recipient::new("Ben", "ben@example.org");
    row.set(prop(0x3000_0003, PropValue::Long(1)));
    message.modify_recipients(Modify::Modify, &[row]).unwrap();
    message.save_changes(KEEP).unwrap();
    let rows = open(&file.to_bytes().unwrap()).recipients().unwrap();
    assert_eq!(rows[1].address().as_deref(), Some("ben@example.org"));
}

/// Spec: F-010
#[test]
fn lower_case_names_are_found_and_kept() {
    let rows = vec![Recipient::new("N", "n@example.org"); 11];
    let bytes = build(|message| {
        message.modify_recipients(Modify::Add, &rows).unwrap();
        (0..11).for_each(|_| assert!(attach(message, "a", b"a") < 11));
    });
    let bytes = tamper(&bytes, |root| {
        let rename = |old: &str, new: &str| root.rename_element(&name(old), &name(new)).unwrap();
        rename("__attach_version1.0_#0000000A", "__attach_version1.0_#0000000a");
        rename("__recip_version1.0_#0000000A", "__recip_version1.0_#0000000a");
    });
    let (message, file) = edit(&bytes);
    assert_eq!(message.attachment_numbers().unwrap(), (0..11).collect::<Vec<u32>>());
    let attachment = message.open_attach(10).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "changed").unwrap();
    attachment.save_changes(KEEP).unwrap();
    let mut row = message.recipients().unwrap().remove(10);
    row.set(prop(0x3001_001F, text("changed")));
    message.modify_recipients(Modify::Modify, &[row]).unwrap();
    message.save_changes(KEEP).unwrap();
    let all = listing(Arc::clone(&file) as Arc<dyn Storage>);
    assert!(all.contains_key("/__attach_version1.0_#0000000a"));
    assert!(all.contains_key("/__recip_version1.0_#0000000a"));
    let again = open(&file.to_bytes().unwrap());
    assert_eq!(again.recipients().unwrap()[10].display_name().as_deref(), Some("changed"));
}

/// Spec: F-057
#[test]
fn an_exchange_row_gives_its_smtp_address_where_it_has_one() {
    let exchange = |more: Vec<Prop>| {
        let mut props = vec![
            prop(0x3002_001F, text("EX")),
            prop(0x3003_001F, text("/o=Org/cn=Recipients/cn=ana")),
        ];
        props.extend(more);
        Recipient::from_props(props)
    };
    assert_eq!(exchange(vec![]).address().as_deref(), Some("/o=Org/cn=Recipients/cn=ana"));
    let smtp = exchange(vec![prop(0x39FE_001F, text("ana@example.org"))]);
    assert_eq!(smtp.address().as_deref(), Some("ana@example.org"));
    let one_off = Recipient::new("Ana", "one@example.org").get(tag(0x0FFF_0102)).cloned().unwrap();
    let row = exchange(vec![prop(0x0FFF_0102, one_off)]);
    assert_eq!(row.address().as_deref(), Some("one@example.org"));
}

/// Spec: C-233
#[test]
fn an_open_table_sees_changes_at_once() {
    let message = fresh();
    let mut table = message.recipient_table().unwrap();
    assert!(table.query_rows(9).unwrap().is_empty());
    message.modify_recipients(Modify::Add, &three()).unwrap();
    assert_eq!(table.row_count().unwrap(), 3);
    assert_eq!(table.query_rows(9).unwrap().len(), 3);
    message.modify_recipients(Modify::Remove, &[with_id(0)]).unwrap();
    table.seek(0).unwrap();
    let ids: Vec<_> = table.query_rows(9).unwrap().iter().map(|row| row.get(PR_ROWID)).collect();
    assert_eq!(ids, [Some(1), Some(2)]);
}
