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
fn a_message_without_plain_text_says_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let spec = r#"{"file": "a.msg", "html": "<p>only this</p>"}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let page = good([&"show", &dir.path().join("a.msg")]);
    assert!(page.contains("(no plain text, but HTML of 16 bytes)"), "{page}");
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
