//! Recipients: from making them to removing them one by one.

use super::report::Steps;
use openimsg::{
    CompoundFile, CopyOptions, FuzzyLevel, Message, Modify, Prop, PropTag, PropValue, Recipient,
    Restriction, SaveFlags, SortOrder, Storage, tags::*,
};
use std::sync::Arc;

const KEEP: SaveFlags = SaveFlags::KEEP_OPEN_READWRITE;

/// Names in no order.
fn row(at: usize) -> Recipient {
    let name = at.wrapping_mul(2_654_435_761) % 1_000_003;
    Recipient::new(&format!("Person {name}"), &format!("person{at}@example.org"))
}

fn with_id(row: &Recipient, id: usize) -> Recipient {
    let mut row = row.clone();
    let value = PropValue::Long(i32::try_from(id).unwrap());
    row.set(Prop { tag: PropTag::new(0x3000_0003), value });
    row
}

fn committed(file: &CompoundFile) -> Vec<u8> {
    file.to_bytes().unwrap()
}

fn edit(bytes: &[u8]) -> (Arc<CompoundFile>, Message<'static>) {
    let file = Arc::new(CompoundFile::edit_bytes(bytes.to_vec()).unwrap());
    let message = Message::open(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    (file, message)
}

pub(crate) fn story(steps: &mut Steps, count: usize) {
    let file = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    let rows = steps.step("make the rows", || (0..count).map(row).collect::<Vec<_>>());
    steps.step("add all at once", || message.modify_recipients(Modify::Add, &rows).unwrap());
    steps.step("save", || message.save_changes(KEEP).unwrap());
    steps.step("read all of the writeable message", || {
        assert_eq!(message.recipients().unwrap().len(), count);
    });
    steps.step("close", || drop(message));
    let bytes = committed(&file);
    drop(file);

    let message = Message::open(CompoundFile::from_bytes(bytes.clone()).unwrap()).unwrap();
    steps.step("count", || assert_eq!(message.recipient_count().unwrap(), count));
    steps.step("read all", || {
        assert!(message.recipients().unwrap().iter().all(|row| row.address().is_some()));
    });
    let columns = [PR_ROWID.tag(), PR_DISPLAY_NAME_W.tag(), PR_EMAIL_ADDRESS_W.tag()];
    let by_name = [SortOrder::ascending(PR_DISPLAY_NAME_W)];
    let mut table = message.recipient_table().unwrap();
    table.set_columns(&columns).unwrap();
    steps.step("table: sort by name", || {
        table.sort(&by_name).unwrap();
        assert_eq!(table.row_count().unwrap(), count);
    });
    steps.step("table: all in that order, in batches of 50", || {
        let mut seen = 0;
        loop {
            let rows = table.query_rows(50).unwrap();
            seen += rows.len();
            if rows.is_empty() {
                break;
            }
        }
        assert_eq!(seen, count);
    });
    steps.step("table: restrict, in batches of 50", || {
        let nines = Restriction::content(FuzzyLevel::SUBSTRING, PR_DISPLAY_NAME_W, "9");
        table.restrict(Some(&nines)).unwrap();
        let mut seen = 0;
        loop {
            let rows = table.query_rows(50).unwrap();
            seen += rows.len();
            if rows.is_empty() {
                break;
            }
        }
        assert!(seen <= count);
    });
    drop(table);
    steps.step("table: all columns, one row at a time", || {
        let mut table = message.recipient_table().unwrap();
        assert_eq!(table.rows().filter(|row| row.is_ok()).count(), count);
    });
    steps.step("write to another storage", || {
        let target: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
        message.write_to(&target).unwrap();
    });
    steps.step("copy to another message, save", || {
        let copy = Message::create(CompoundFile::memory()).unwrap();
        assert!(message.copy_to(&copy, CopyOptions::new()).unwrap().is_empty());
        copy.save_changes(SaveFlags::empty()).unwrap();
    });
    drop(message);

    let (file, message) = edit(&bytes);
    steps.step("edit one, save", || {
        let last = with_id(&row(7), count - 1);
        message.modify_recipients(Modify::Modify, &[last]).unwrap();
        message.save_changes(KEEP).unwrap();
    });
    drop((file, message));

    let (file, message) = edit(&bytes);
    steps.step("edit each with a call of its own, save", || {
        for (id, row) in rows.iter().rev().enumerate() {
            message.modify_recipients(Modify::Modify, &[with_id(row, id)]).unwrap();
        }
        message.save_changes(KEEP).unwrap();
    });
    drop((file, message));

    let (file, message) = edit(&bytes);
    steps.step("edit each beside a live sorted table", || {
        let mut table = message.recipient_table().unwrap();
        table.set_columns(&columns).unwrap();
        table.sort(&by_name).unwrap();
        for (id, row) in rows.iter().rev().enumerate() {
            table.query_rows(1).unwrap();
            message.modify_recipients(Modify::Modify, &[with_id(row, id)]).unwrap();
        }
    });
    drop((file, message));

    let (file, message) = edit(&bytes);
    steps.step("remove every second with a call of its own", || {
        for id in (0..count).step_by(2) {
            let row = with_id(&Recipient::default(), id);
            message.modify_recipients(Modify::Remove, &[row]).unwrap();
        }
    });
    steps.step("save without them", || message.save_changes(KEEP).unwrap());
    drop((file, message));

    let message = Message::create(CompoundFile::memory()).unwrap();
    steps.step("add each with a call of its own", || {
        for row in &rows {
            message.modify_recipients(Modify::Add, std::slice::from_ref(row)).unwrap();
        }
    });
    steps.step("drop", || drop((message, rows)));
}
