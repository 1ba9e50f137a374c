//! Mails as messages.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may panic and say why"
)]

mod common;

use common::{
    corpus, errors, good, imsg, listing, mail, make_mails, make_samples, open, report, run, status,
};
use openimsg::AttachContent;
use openimsg::tags::*;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;

#[test]
fn a_mail_becomes_a_message_that_breaks_no_rule() {
    let dir = tempfile::tempdir().unwrap();
    make_mails(dir.path(), 2);
    let out = dir.path().join("a.msg");
    good([&"from-eml", &dir.path().join("m000.eml"), &"-o", &out]);
    let message = open(&out);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Letter 0"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("Number 0.\r\n"));
    let to = message.recipients().unwrap();
    assert_eq!(to[0].address().as_deref(), Some("keiko@boatyard.example"));
    assert_eq!(good([&"check", &"--quiet", &out]), "");
    // Beside it.
    let made = good([&"from-eml", &dir.path().join("m001.eml")]);
    assert_eq!(made, format!("{}\n", dir.path().join("m001.msg").display()));
    assert!(open(&dir.path().join("m001.msg")).get(PR_SUBJECT_W).unwrap().is_some());
}

#[test]
fn a_folder_of_mails_becomes_a_folder_of_messages() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = dir.path().join("in");
    make_mails(&inputs.join("x/y"), 30);
    std::fs::write(inputs.join("A.EML"), mail(77)).unwrap();
    std::fs::write(inputs.join("notes.txt"), mail(78)).unwrap();
    let out = dir.path().join("out");
    let made = good([&"from-eml", &inputs, &"-o", &out]);
    assert_eq!(made.lines().count(), 31);
    assert_eq!(listing(&out), ["A.msg", "x/"]);
    for number in 0..30 {
        let message = open(&out.join(format!("x/y/m{number:03}.msg")));
        let subject = message.get(PR_SUBJECT_W).unwrap();
        assert_eq!(subject, Some(format!("Letter {number}")));
    }
}

/// What is larger than what is made in memory is made in its file.
#[test]
fn a_large_attachment_comes_through_whole() {
    let dir = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0..9_000_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    std::fs::write(dir.path().join("noise"), &noise).unwrap();
    let spec =
        r#"{"file": "large.msg", "subject": "Large", "body": "x", "attachments": ["noise"]}"#;
    assert_eq!(status(&common::make(dir.path(), spec)), 0);
    good([&"to-eml", &"-q", &dir.path().join("large.msg")]);
    let back = dir.path().join("back.msg");
    good([&"from-eml", &"-q", &dir.path().join("large.eml"), &"-o", &back]);
    let message = open(&back);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Large"));
    let number = message.attachment_numbers().unwrap()[0];
    let attachment = message.open_attach(number).unwrap();
    let AttachContent::Bytes(mut data) = attachment.content().unwrap() else { panic!("bytes") };
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).unwrap();
    assert!(bytes == noise);
    assert_eq!(good([&"check", &"--quiet", &back]), "");
    assert!(listing(dir.path()).iter().all(|name| !name.contains("part")));
}

#[test]
fn mailboxes_and_messages_are_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let from = "From ana@rowing.example Mon May  4 09:15:00 2026\n";
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("many.mbox", &format!("{from}{}\n{from}{}", mail(1), mail(2)));
    write("many.eml", &format!("{from}{}\n{from}{}", mail(1), mail(2)));
    write("one.mbox", &mail(1));
    // One mail with the line that a mailbox puts in front, and with such a line in its text.
    write("one.eml", &format!("{from}{}\n\nFrom here on\nall is well.\n", mail(5)));
    let output = run([&"from-eml", &dir.path(), &"-o", &dir.path().join("out")]);
    assert_eq!(status(&output), 1);
    let told = errors(&output);
    assert_eq!(told.matches("it is a mailbox (mbox)").count(), 3, "{told}");
    assert_eq!(listing(&dir.path().join("out")), ["one.msg"]);
    let message = open(&dir.path().join("out/one.msg"));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Letter 5"));
    let letter = make_samples(dir.path()).remove(0);
    let output = run([&"from-eml", &letter, &"-o", &dir.path().join("x.msg")]);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("it is a .msg file already"), "{}", errors(&output));
    assert!(!dir.path().join("x.msg").exists());
}

#[test]
fn nothing_becomes_its_own_output() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join("odd.msg");
    std::fs::write(&odd, mail(3)).unwrap();
    good([&"from-eml", &odd, &"--force"]);
    assert_eq!(listing(dir.path()), ["odd-2.msg", "odd.msg"]);
    assert_eq!(std::fs::read_to_string(&odd).unwrap(), mail(3));
}

#[test]
fn pipes_in_and_out() {
    let mut child = imsg()
        .args(["from-eml", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(mail(9).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    let file = openimsg::CompoundFile::from_bytes(output.stdout).unwrap();
    let message = openimsg::Message::open(file).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Letter 9"));
}

#[test]
fn options_reach_the_conversion() {
    /// Message flags. Spec: msg-format 1.10.
    const UNSENT: i32 = 0x8;
    let dir = tempfile::tempdir().unwrap();
    make_mails(dir.path(), 1);
    let mail = dir.path().join("m000.eml");
    let out = dir.path().join("out.msg");
    let made = |options: &[&str], input: &Path| {
        let mut command = imsg();
        command.arg("from-eml").arg(input).arg("-o").arg(&out).args(["--force", "-q"]);
        let output = command.args(options).output().unwrap();
        assert_eq!(status(&output), 0, "{options:?}: {}", errors(&output));
        open(&out)
    };
    let unsent = |message: &openimsg::Message<'_>| {
        message.get(PR_MESSAGE_FLAGS).unwrap().unwrap_or(0) & UNSENT != 0
    };
    assert!(!unsent(&made(&[], &mail)));
    assert!(unsent(&made(&["--draft"], &mail)));
    let has_rtf = |message: &openimsg::Message<'_>| {
        let tag = PR_RTF_COMPRESSED.tag();
        message.stored_props().unwrap().iter().any(|stored| stored.tag == tag)
    };
    assert!(!has_rtf(&made(&[], &mail)));
    assert!(has_rtf(&made(&["--rtf"], &mail)));
    // 0xE1 is a letter with an acute in Western Europe and another one in Greece.
    let greek = dir.path().join("greek.eml");
    let text = b"From: a@b.example\r\nSubject: x\r\n\r\n\xe1\xe1\xe1 \xe2\xe3\r\n";
    std::fs::write(&greek, text).unwrap();
    let body = |message: &openimsg::Message<'_>| message.get(PR_BODY_W).unwrap().unwrap();
    assert!(body(&made(&["--code-page", "1253"], &greek)).starts_with("\u{3b1}\u{3b1}\u{3b1}"));
    assert!(body(&made(&["--code-page", "1252"], &greek)).starts_with("\u{e1}\u{e1}\u{e1}"));
    assert_eq!(status(&run([&"from-eml", &greek, &"--code-page", &"3"])), 2);
}

#[test]
fn every_mail_of_the_corpus_becomes_a_message_that_breaks_no_rule() {
    let Some(corpus) = corpus() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (out, lines) = (dir.path().join("out"), dir.path().join("report.jsonl"));
    let output = run([&"from-eml", &corpus.join("eml"), &"-o", &out, &"--report", &lines]);
    assert_eq!(status(&output), 0, "{}", errors(&output));
    let lines = report(&lines);
    assert!(lines.len() > 50);
    for line in &lines {
        let made = line["output"].as_str().unwrap();
        let checked = run([&"check", &"--quiet", &made]);
        assert_eq!(status(&checked), 0, "{}", String::from_utf8_lossy(&checked.stdout));
    }
}
