//! Pages for people.

mod common;

use common::{errors, good, make, run, status};

#[test]
fn what_steers_a_terminal_is_escaped_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x"), "").unwrap();
    let spec = r#"{"file": "a.msg", "subject": "one\u001b[2J\nFrom: forged", "date": "2026-01-01T00:00:00Z",
        "from": "A\u009b1m <a@b.example>", "to": ["\u202egnp <c@d.example>"],
        "body": "\n\nfirst\tline\r\nsecond \u001b]0;title\u0007 line\n\n",
        "attachments": [{"path": "x", "name": "a\nb\u202e.txt"}]}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let page = good([&"show", &dir.path().join("a.msg")]);
    let told: Vec<&str> = page.lines().collect();
    assert_eq!(told[1], "Subject:     one\\u{1b}[2J\\nFrom: forged");
    assert_eq!(told[2], "From:        A\\u{9b}1m <a@b.example>");
    assert_eq!(told[3], "To:          \\u{202e}gnp <c@d.example>");
    assert_eq!(told[7..9], ["first\tline", "second \\u{1b}]0;title\\u{7} line"]);
    assert_eq!(told[10], "Attachment 1: a\\nb\\u{202e}.txt, 0 bytes, text/plain");
    assert!(!page.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']));
}

#[test]
fn the_text_of_html_is_shown_where_there_is_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let spec = r#"{"file": "a.msg", "html": "<p>only this</p>"}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let page = good([&"show", &dir.path().join("a.msg")]);
    assert!(page.contains("\n\nonly this\n"), "{page}");
}

#[test]
fn a_value_that_cannot_be_read_is_told_and_the_rest_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let spec = r#"{"schema": "openimsg.dump/1", "file": "a.msg", "message": {"properties": [
        {"tag": "0x340D0003", "flags": 2, "value": 265849},
        {"tag": "0x0037001F", "value": "readable"},
        {"tag": "0x0017001F", "value": "an importance is a number"}]}}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let output = run([&"show", &dir.path().join("a.msg")]);
    let page = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(page.contains("Subject:     readable"), "{page}");
    assert_eq!((status(&output), errors(&output).lines().count()), (0, 1), "{}", errors(&output));
}

#[test]
fn items_that_are_no_mail_tell_what_they_are() {
    use openimsg::{
        CompoundFile, Contact, EmailSlot, LocalDate, Message, SaveFlags, Task, TaskStatus,
    };
    let dir = tempfile::tempdir().unwrap();
    let page = |name: &str, fill: &dyn Fn(&Message<'_>)| {
        let path = dir.path().join(name);
        let message = Message::create(CompoundFile::create_or_replace(&path).unwrap()).unwrap();
        fill(&message);
        message.save_changes(SaveFlags::empty()).unwrap();
        drop(message);
        good([&"show", &path])
    };
    let contact = page("contact.msg", &|message| {
        let contact = Contact::of(message);
        contact.set_display_name("Ana Torres").unwrap();
        contact.set_email(EmailSlot::First, "Ana", "ana@example.org").unwrap();
        contact.set_mobile_phone("+1 2\u{1b}[2J").unwrap();
    });
    for line in
        ["Name:        Ana Torres", "E-mail:      ana@example.org", "Mobile:      +1 2\\u{1b}[2J"]
    {
        assert!(contact.lines().any(|told| told == line), "{contact}");
    }
    let task = page("task.msg", &|message| {
        let task = Task::of(message);
        task.set_status(TaskStatus::Complete).unwrap();
        task.set_due(LocalDate::new(2024, 2, 29).unwrap()).unwrap();
    });
    for line in ["Status:      complete", "Done:        100 %", "Due:         2024-02-29"] {
        assert!(task.lines().any(|told| told == line), "{task}");
    }
}
