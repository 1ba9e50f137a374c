//! CopyTo of real messages: the copy holds what the original holds, but for what the contract says
//! changes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::corpus_files;
use common::tree::{Data, Tree, Values, tree};
use openimsg::{
    Code, CodePage, CompoundFile, CopyOptions, Message, SaveFlags, Session, Severity, Storage,
    check_message, tags::*,
};
use std::sync::Arc;

/// What the destination computes itself (imessage-contract 3.1, CopyTo).
const OF_THE_INSTANCE: [&str; 16] = [
    "0FF4", "0FF7", "0FFE", "0E08", "0E1B", "0E04", "0E03", "0E02", "0E1D", "340D", "0E21", "0E20",
    "0FF9", "0FF8", "0FF6", "3000",
];
/// What a fresh object gets if nobody sets it (imessage-contract 3.3, 4.1, 4.3, 4.4).
const OF_A_FRESH_MESSAGE: [&str; 7] = ["001A", "0E07", "300B", "3007", "3008", "003D", "3FFD"];
const OF_A_FRESH_ATTACHMENT: [&str; 4] = ["3705", "370B", "3007", "3008"];
const OF_A_NEW_ROW: [&str; 4] = ["0C15", "0FFE", "3900", "300B"];

/// Both sides without what may differ: what is in `fresh` counts only if the original has it.
fn compare(what: &str, original: &Values, copy: &Values, fresh: &[&str]) {
    for (key, value) in original {
        if OF_THE_INSTANCE.contains(&key.as_str()) || key == "3701" {
            continue;
        }
        let found = copy.get(key);
        if key == "0E07" {
            // The bit for attachments mirrors whether there are any.
            continue;
        }
        assert_eq!(found, Some(value), "{what} {key}");
    }
    for key in copy.keys().filter(|key| !original.contains_key(*key)) {
        let known = OF_THE_INSTANCE.contains(&key.as_str()) || fresh.contains(&key.as_str());
        assert!(known || key == "3701", "{what}: the copy has {key} = {}", copy[key]);
    }
}

/// Compares a copy with its original. Data that the original cannot give are not asked of the copy.
fn compare_trees(what: &str, original: &Tree, copy: &Tree) {
    compare(what, &original.props, &copy.props, &OF_A_FRESH_MESSAGE);
    assert_eq!(original.recipients.len(), copy.recipients.len(), "{what}");
    for (at, (row, copied)) in original.recipients.iter().zip(&copy.recipients).enumerate() {
        let what = format!("{what} recipient {at}");
        compare(&what, row, copied, &OF_A_NEW_ROW);
    }
    let readable =
        |(_, data): &&(Values, Data)| !matches!(data, Data::Damaged(code) if !code.is_empty());
    let originals: Vec<_> = original.attachments.iter().filter(readable).collect();
    assert_eq!(originals.len(), copy.attachments.len(), "{what}: attachments");
    for (at, ((props, data), (copied, copied_data))) in
        originals.into_iter().zip(&copy.attachments).enumerate()
    {
        let what = format!("{what} attachment {at}");
        compare(&what, props, copied, &OF_A_FRESH_ATTACHMENT);
        if !matches!(data, Data::Message(_) | Data::Storage(_)) {
            assert_eq!(props.get("3701"), copied.get("3701"), "{what}: data");
        }
        match (data, copied_data) {
            (Data::Message(inner), Data::Message(copied)) => {
                compare_trees(&format!("{what} message"), inner, copied);
            }
            (data, copied) => assert_eq!(data, copied, "{what}"),
        }
    }
}

/// Copies a message into a new file, which is saved, checked and opened again.
fn copied(
    from: &Message<'_>,
    to: &Message<'_>,
    file: &Arc<CompoundFile>,
    what: &str,
) -> Message<'static> {
    let problems = from.copy_to(to, CopyOptions::new()).unwrap();
    let real: Vec<_> = problems.iter().filter(|p| p.code != Code::Computed).collect();
    // A value that cannot be read is told, not invented.
    let unread = real
        .iter()
        .all(|p| matches!(p.code, Code::NotFound | Code::CorruptData | Code::UnexpectedId));
    assert!(unread, "{what}: {real:?}");
    if !real.is_empty() {
        println!("{what}: {real:?}");
    }
    to.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    let bytes = file.to_bytes().unwrap();
    let storage: Arc<dyn Storage> = CompoundFile::from_bytes(bytes).unwrap().into();
    let findings = check_message(&storage).unwrap();
    let errors: Vec<_> = findings.iter().filter(|f| f.severity() == Severity::Error).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}");
    Message::open(storage).unwrap()
}

fn new_file() -> (Arc<CompoundFile>, Arc<dyn Storage>) {
    let file = Arc::new(CompoundFile::memory());
    (Arc::clone(&file), file)
}

/// Spec: C-152
#[test]
fn a_copy_of_a_real_message_holds_what_the_original_holds() {
    for path in corpus_files("a_copy_of_a_real_message_holds_what_the_original_holds", "msg") {
        let what = path.file_name().unwrap().to_string_lossy()[..12].to_owned();
        let message = Message::open(CompoundFile::open(&path).unwrap()).unwrap();
        let (file, storage) = new_file();
        let session = Session::new();
        let target = match message.is_unicode().unwrap() {
            true => session.create_message(storage).unwrap(),
            false => session.create_ansi_message(storage, CodePage::new(1252).unwrap()).unwrap(),
        };
        let copy = copied(&message, &target, &file, &what);
        compare_trees(&what, &tree(&message), &tree(&copy));
    }
}

/// The texts of an ANSI message become Unicode and come back as they were.
#[test]
fn ansi_messages_go_to_unicode_and_back() {
    let mut count = 0;
    for path in corpus_files("ansi_messages_go_to_unicode_and_back", "msg") {
        let what = path.file_name().unwrap().to_string_lossy()[..12].to_owned();
        let message = Message::open(CompoundFile::open(&path).unwrap()).unwrap();
        if message.is_unicode().unwrap() {
            continue;
        }
        count += 1;
        let original = tree(&message);
        let session = Session::new();
        let (file, storage) = new_file();
        let target = session.create_message(storage).unwrap();
        let wide = copied(&message, &target, &file, &what);
        assert!(wide.is_unicode().unwrap(), "{what}");
        assert!(wide.stored_entries().unwrap().iter().all(|(tag, _)| !is_text8(*tag)), "{what}");
        compare_trees(&format!("{what} as Unicode"), &original, &tree(&wide));

        let (file, storage) = new_file();
        let page = match message.get(PR_MESSAGE_CODEPAGE).unwrap() {
            Some(page) => CodePage::new(page.cast_unsigned()).unwrap(),
            // It does not say; this one has every character.
            None => CodePage::UTF_8,
        };
        let target = session.create_ansi_message(storage, page).unwrap();
        let back = copied(&wide, &target, &file, &what);
        assert!(!back.is_unicode().unwrap(), "{what}");
        let back = tree(&back);
        compare_trees(&format!("{what} as ANSI again"), &original, &back);
    }
    println!("{count} ANSI messages");
}

/// The texts of a Unicode message survive in an ANSI message of code page 65001, which keeps its page.
#[test]
fn unicode_messages_go_to_ansi_and_back() {
    for path in corpus_files("unicode_messages_go_to_ansi_and_back", "msg") {
        let what = path.file_name().unwrap().to_string_lossy()[..12].to_owned();
        let message = Message::open(CompoundFile::open(&path).unwrap()).unwrap();
        if !message.is_unicode().unwrap() {
            continue;
        }
        let session = Session::new();
        let narrow = session.create_ansi_message(CompoundFile::memory(), CodePage::UTF_8).unwrap();
        message.copy_to(&narrow, CopyOptions::new()).unwrap();
        narrow.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
        assert!(!narrow.is_unicode().unwrap(), "{what}");
        assert_eq!(narrow.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(65001), "{what}");
        let (file, storage) = new_file();
        let target = session.create_message(storage).unwrap();
        narrow.copy_to(&target, CopyOptions::new()).unwrap();
        target.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
        let bytes = file.to_bytes().unwrap();
        let back = Message::open(CompoundFile::from_bytes(bytes).unwrap()).unwrap();
        compare_trees(&what, &without_page(tree(&message)), &without_page(tree(&back)));
    }
}

fn without_page(mut tree: Tree) -> Tree {
    tree.props.remove("3FFD");
    for (_, data) in &mut tree.attachments {
        if let Data::Message(inner) = data {
            **inner = without_page(std::mem::take(inner));
        }
    }
    tree
}

fn is_text8(tag: openimsg::PropTag) -> bool {
    tag.prop_type().value() & 0xFFF == 0x1E
}
