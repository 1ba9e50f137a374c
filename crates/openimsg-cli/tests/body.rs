//! `imsg body`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{errors, good, run, status};
use openimsg::{CompoundFile, Message, SaveFlags, body, tags::*};
use std::path::{Path, PathBuf};

/// A message with only RTF, as most of Outlook's are.
fn rtf_only(folder: &Path) -> PathBuf {
    let path = folder.join("rtf.msg");
    let message = Message::create(CompoundFile::create(&path).unwrap()).unwrap();
    let rtf = br"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Meet at \'e9{\*\htmltag72 </p>}}";
    message.set(PR_RTF_COMPRESSED, body::rtf_compress(rtf)).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    path
}

#[test]
fn a_body_comes_in_the_form_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = rtf_only(dir.path());
    assert_eq!(good([&"body", &path]).trim(), "Meet at é");
    assert_eq!(good([&"body", &path, &"--as", &"text"]).trim(), "Meet at é");
    assert_eq!(good([&"body", &path, &"--as", &"html"]).trim(), "<p>Meet at é</p>");
    let rtf = good([&"body", &path, &"--as", &"rtf"]);
    assert!(rtf.starts_with(r"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Meet at \'e9"), "{rtf}");
    // The page for people shows the same.
    assert!(good([&"show", &path]).contains("\n\nMeet at é\n"));
}

#[test]
fn a_message_without_a_body_says_so_and_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.msg");
    let message = Message::create(CompoundFile::create(&path).unwrap()).unwrap();
    message.set(PR_SUBJECT_W, "nothing more").unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let run_of = run([&"body", &path]);
    assert_eq!(status(&run_of), 0);
    assert!(run_of.stdout.is_empty());
    assert!(errors(&run_of).contains("it has no body"));
    let usage = run([&"body", &path, &"--as", &"docx"]);
    assert_eq!(status(&usage), 2);
}
