//! Real messages: opened, saved unchanged, edited.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{Item, corpus_files, listing};
use openimsg::{CommitFlags, CompoundFile, Message, SaveFlags, Storage, tags::*};
use std::sync::Arc;

/// Spec: C-144, C-256
#[test]
fn opening_and_saving_unchanged_keeps_every_byte() {
    for path in corpus_files("opening_and_saving_unchanged_keeps_every_byte", "msg") {
        let bytes = std::fs::read(&path).unwrap();
        let before = listing(Arc::new(CompoundFile::from_bytes(bytes.clone()).unwrap()));
        let file: Arc<dyn Storage> = Arc::new(CompoundFile::edit_bytes(bytes).unwrap());
        let message = Message::open(Arc::clone(&file)).unwrap();
        for number in message.attachment_numbers().unwrap() {
            let attachment = message.open_attach(number).unwrap();
            if attachment.has_message().unwrap() {
                attachment.open_message().unwrap().save_changes(SaveFlags::empty()).unwrap();
            }
            attachment.save_changes(SaveFlags::empty()).unwrap();
        }
        message.recipients().unwrap();
        message.save_changes(SaveFlags::empty()).unwrap();
        drop(message);
        // Nothing changed, so nothing was written; make the whole file new all the same.
        file.commit(CommitFlags::CONSOLIDATE).unwrap();
        let after = listing(file);
        for (path2, item) in &before {
            if after.get(path2) != Some(item) {
                panic!("{} {path2}", path.display());
            }
        }
        assert_eq!(before.len(), after.len(), "{}", path.display());
    }
}

/// Spec: C-257, F-128, F-129
#[test]
fn setting_the_subject_changes_nothing_else() {
    for path in corpus_files("setting_the_subject_changes_nothing_else", "msg") {
        let bytes = std::fs::read(&path).unwrap();
        let before = listing(Arc::new(CompoundFile::from_bytes(bytes.clone()).unwrap()));
        let file: Arc<dyn Storage> = Arc::new(CompoundFile::edit_bytes(bytes).unwrap());
        let message = Message::open(Arc::clone(&file)).unwrap();
        message.set(PR_SUBJECT_W, "RE: changed").unwrap();
        message.save_changes(SaveFlags::empty()).unwrap();
        drop(message);
        let after = listing(file);
        let allowed = [
            "/__substg1.0_0037001",
            "/__substg1.0_003D001",
            "/__substg1.0_0E1D001",
            "/__properties_version1.0",
        ];
        for (at, item) in before.iter().chain(&after) {
            let allowed =
                allowed.iter().any(|prefix| at.to_uppercase().starts_with(&prefix.to_uppercase()));
            if !allowed && (before.get(at) != after.get(at)) {
                panic!(
                    "{} {at} {:?} {:?}",
                    path.display(),
                    before.contains_key(at),
                    after.contains_key(at)
                );
            }
            let _ = item;
        }
        let Some(Item::Stream(Ok(old))) = before.get("/__properties_version1.0") else { panic!() };
        let Some(Item::Stream(Ok(new))) = after.get("/__properties_version1.0") else { panic!() };
        let changed = [0x0037, 0x003D, 0x0E1D, 0x3008, 0x0E07];
        let entries = |bytes: &[u8]| -> Vec<[u8; 16]> {
            bytes[32..]
                .as_chunks::<16>()
                .0
                .iter()
                .filter(|e| !changed.contains(&u16::from_le_bytes([e[2], e[3]])))
                .copied()
                .collect()
        };
        assert_eq!(old[..32], new[..32]);
        assert_eq!(entries(old), entries(new), "{}", path.display());
    }
}
