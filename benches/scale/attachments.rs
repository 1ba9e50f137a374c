//! Attachments with a little data each: made, saved, listed, opened, deleted.

use super::report::Steps;
use openimsg::{CompoundFile, CopyOptions, Message, SaveFlags, SortOrder, Storage, tags::*};
use std::sync::Arc;

const KEEP: SaveFlags = SaveFlags::KEEP_OPEN_READWRITE;
const DATA: &[u8] = &[7; 5000];

fn add(message: &Message<'_>, at: usize) {
    let attachment = message.create_attach().unwrap();
    let name = at.wrapping_mul(2_654_435_761) % 1_000_003;
    attachment.set(PR_ATTACH_METHOD, 1).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, format!("plan {name}.pdf")).unwrap();
    attachment.set(PR_ATTACH_DATA_BIN, DATA).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
}

fn edit(bytes: &[u8]) -> (Arc<CompoundFile>, Message<'static>) {
    let file = Arc::new(CompoundFile::edit_bytes(bytes.to_vec()).unwrap());
    let message = Message::open(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    (file, message)
}

pub(crate) fn story(steps: &mut Steps, count: usize) {
    let file = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    steps.step("create, set and save each", || (0..count).for_each(|at| add(&message, at)));
    steps.step("save the message", || message.save_changes(KEEP).unwrap());
    steps.step("close", || drop(message));
    let bytes = file.to_bytes().unwrap();
    drop(file);

    let message = Message::open(CompoundFile::from_bytes(bytes.clone()).unwrap()).unwrap();
    steps.step("list", || assert_eq!(message.attachment_numbers().unwrap().len(), count));
    let numbers = message.attachment_numbers().unwrap();
    steps.step("open and read each", || {
        for number in &numbers {
            let attachment = message.open_attach(*number).unwrap();
            assert_eq!(attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap().len(), DATA.len());
        }
    });
    let all = steps.step("open all at the same time", || {
        let open = numbers.iter().map(|number| message.open_attach(*number).unwrap());
        open.collect::<Vec<_>>()
    });
    steps.step("close them", || drop(all));
    steps.step("table: default order, in batches of 50", || {
        let mut table = message.attachment_table().unwrap();
        while !table.query_rows(50).unwrap().is_empty() {}
    });
    steps.step("table: sort by name, in batches of 50", || {
        let mut table = message.attachment_table().unwrap();
        table.set_columns(&[PR_ATTACH_NUM.tag(), PR_ATTACH_LONG_FILENAME_W.tag()]).unwrap();
        table.sort(&[SortOrder::ascending(PR_ATTACH_LONG_FILENAME_W)]).unwrap();
        while !table.query_rows(50).unwrap().is_empty() {}
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
    steps.step("edit one, save all", || {
        let attachment = message.open_attach(numbers[numbers.len() / 2]).unwrap();
        attachment.set(PR_ATTACH_LONG_FILENAME_W, "another.pdf").unwrap();
        attachment.save_changes(KEEP).unwrap();
        message.save_changes(KEEP).unwrap();
    });
    drop((file, message));

    let (file, message) = edit(&bytes);
    steps.step("edit each, save each", || {
        for number in &numbers {
            let attachment = message.open_attach(*number).unwrap();
            attachment.set(PR_ATTACH_LONG_FILENAME_W, "another.pdf").unwrap();
            attachment.save_changes(KEEP).unwrap();
        }
        message.save_changes(KEEP).unwrap();
    });
    drop((file, message));

    let (file, message) = edit(&bytes);
    steps.step("edit and save each beside a live table", || {
        let mut table = message.attachment_table().unwrap();
        for number in &numbers {
            table.query_rows(1).unwrap();
            let attachment = message.open_attach(*number).unwrap();
            attachment.set(PR_ATTACH_LONG_FILENAME_W, "another.pdf").unwrap();
            attachment.save_changes(KEEP).unwrap();
        }
    });
    drop((file, message));

    let (file, message) = edit(&bytes);
    steps.step("delete every second", || {
        numbers.iter().step_by(2).for_each(|number| message.delete_attach(*number).unwrap());
    });
    steps.step("save without them", || message.save_changes(KEEP).unwrap());
    steps.step("delete the others from the last on, save", || {
        let left = message.attachment_numbers().unwrap();
        left.iter().rev().for_each(|number| message.delete_attach(*number).unwrap());
        message.save_changes(KEEP).unwrap();
    });
    drop((file, message));
}
