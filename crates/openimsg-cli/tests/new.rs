//! Making messages of descriptions.

mod common;

use common::{errors, good, listing, make, make_samples, open, run, samples, status};
use openimsg::tags::*;
use openimsg::{RecipientType, named};

#[test]
fn the_samples_show_as_they_should() {
    let dir = tempfile::tempdir().unwrap();
    let spec = samples().join("thread.json");
    let shown = good([&"new", &spec, &"-o", &dir.path(), &"--show", &"--deterministic"]);
    let shown =
        shown.replace(&format!("{}{}", dir.path().display(), std::path::MAIN_SEPARATOR), "");
    let expected = include_str!("thread.txt");
    assert_eq!(shown, expected.replace("\r\n", "\n"));
    // Showing them again, and making them again, works.
    let again =
        good([&"new", &spec, &"-o", &dir.path(), &"--show", &"--deterministic", &"--force"]);
    assert!(again.contains("Regatta on the bay"));
}

#[test]
fn the_samples_break_no_rule() {
    let dir = tempfile::tempdir().unwrap();
    for sample in make_samples(dir.path()) {
        assert_eq!(good([&"check", &"--quiet", &sample]), "");
    }
}

/// Spec: F-117
#[test]
fn deterministic_output_is_identical_byte_for_byte() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (one, other) in make_samples(a.path()).iter().zip(make_samples(b.path())) {
        assert_eq!(std::fs::read(one).unwrap(), std::fs::read(other).unwrap());
    }
}

#[test]
fn a_description_becomes_properties() {
    let dir = tempfile::tempdir().unwrap();
    let samples = make_samples(dir.path());
    let mail = open(&samples[0]);
    assert_eq!(mail.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Note"));
    assert_eq!(mail.get(PR_SENDER_NAME_W).unwrap().as_deref(), Some("Ana Ribeiro"));
    assert_eq!(
        mail.get(PR_SENT_REPRESENTING_SMTP_ADDRESS_W).unwrap().as_deref(),
        Some("ana@rowing.example")
    );
    let sent = mail.get(PR_CLIENT_SUBMIT_TIME).unwrap().unwrap();
    assert_eq!(sent.to_rfc3339().as_deref(), Some("2026-05-04T08:15:00Z"));
    assert_eq!(mail.get(PR_MESSAGE_DELIVERY_TIME).unwrap(), Some(sent));
    assert_eq!(mail.get(PR_MESSAGE_FLAGS).unwrap().unwrap() & 0x8, 0);
    assert!(mail.get(PR_BODY_W).unwrap().unwrap().contains("dear Omar,\r\n\r\nthe regatta"));
    let kinds: Vec<_> = mail.recipients().unwrap().iter().map(|row| row.kind()).collect();
    assert_eq!(kinds, [RecipientType::To, RecipientType::To, RecipientType::Cc]);

    let inline = open(&samples[1]).open_attach(0).unwrap();
    assert_eq!(
        inline.get(PR_ATTACH_CONTENT_ID_W).unwrap().as_deref(),
        Some("pennant@boatyard.example")
    );
    assert_eq!(inline.get(PR_ATTACHMENT_HIDDEN).unwrap(), Some(true));
    assert_eq!(inline.get(PR_ATTACH_LONG_FILENAME_W).unwrap().as_deref(), Some("旗 راية.png"));
    let png = std::fs::read(common::samples().join("pennant.png")).unwrap();
    assert_eq!(inline.get(PR_ATTACH_DATA_BIN).unwrap(), Some(png));

    let forwarded = open(&samples[2]);
    let inner = forwarded.open_attach(0).unwrap().open_message().unwrap();
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Regatta on the bay"));
    assert_eq!(inner.attachment_numbers().unwrap(), [0]);

    let appointment = open(&samples[3]);
    let start = appointment.get(named::PID_LID_APPOINTMENT_START_WHOLE).unwrap().unwrap();
    assert_eq!(start.to_rfc3339().as_deref(), Some("2026-06-13T07:00:00Z"));
    assert_eq!(appointment.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("North quay"));

    let ansi = open(&samples[4]);
    assert!(!ansi.is_unicode().unwrap());
    assert_eq!(ansi.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1252));
    assert!(ansi.get(PR_BODY_W).unwrap().unwrap().contains("25 € für"));
}

#[test]
fn without_a_date_it_is_a_draft() {
    let dir = tempfile::tempdir().unwrap();
    let output =
        make(dir.path(), r#"{"file": "a.msg", "subject": "not yet", "to": ["b@c.example"]}"#);
    assert_eq!(status(&output), 0, "{}", errors(&output));
    let draft = open(&dir.path().join("a.msg"));
    assert_eq!(draft.get(PR_MESSAGE_FLAGS).unwrap().unwrap() & 0x8, 0x8);
    assert_eq!(draft.get(PR_CLIENT_SUBMIT_TIME).unwrap(), None);
    assert!(good([&"show", &dir.path().join("a.msg")]).contains("this is a draft"));
}

#[test]
fn an_unknown_key_is_named_and_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let output = make(dir.path(), r#"[{"file": "a.msg"}, {"file": "b.msg", "subjct": "x"}]"#);
    assert_eq!(status(&output), 1);
    let told = errors(&output);
    assert!(told.contains("\"subjct\"") && told.contains("$[1].subjct, line 1"), "{told}");
    assert_eq!(listing(dir.path()), ["spec.json"]);
}

#[test]
fn one_message_that_cannot_be_made_does_not_stop_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let spec = r#"[{"file": "a.msg", "attachments": ["no such file"]}, {"file": "b.msg"}]"#;
    let output = make(dir.path(), spec);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("read attachment"), "{}", errors(&output));
    assert_eq!(listing(dir.path()), ["b.msg", "spec.json"]);
}

#[test]
fn existing_files_stay_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.msg"), "mine").unwrap();
    let output = make(dir.path(), r#"[{"file": "a.msg", "subject": "new"}, {"file": "b.msg"}]"#);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("--force"), "{}", errors(&output));
    assert_eq!(std::fs::read(dir.path().join("a.msg")).unwrap(), b"mine");
    assert_eq!(listing(dir.path()), ["a.msg", "b.msg", "spec.json"]);
    good([&"new", &dir.path().join("spec.json"), &"-o", &dir.path(), &"--force"]);
    let made = open(&dir.path().join("a.msg"));
    assert_eq!(made.get(PR_SUBJECT_W).unwrap().as_deref(), Some("new"));
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_message_is_never_followed() {
    let dir = tempfile::tempdir().unwrap();
    let outside = dir.path().join("outside");
    std::fs::write(&outside, "mine").unwrap();
    std::os::unix::fs::symlink(&outside, dir.path().join("a.msg")).unwrap();
    assert_eq!(status(&make(dir.path(), r#"{"file": "a.msg"}"#)), 1);
    let spec = dir.path().join("spec.json");
    assert_eq!(status(&run([&"new", &spec, &"-o", &dir.path(), &"--force"])), 1);
    assert_eq!(std::fs::read(&outside).unwrap(), b"mine");
}

/// Spec: F-118
#[test]
fn names_of_messages_stay_inside_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("in");
    std::fs::create_dir(&inside).unwrap();
    let spec = r#"[{"file": "../up.msg"}, {"file": "/tmp/abs.msg"}, {"file": "c:\\x\\back"},
        {"file": "CON.msg"}, {"file": ".."}]"#;
    assert_eq!(status(&make(&inside, spec)), 0);
    assert_eq!(listing(dir.path()), ["in/"]);
    let names = ["_CON.msg", "abs.msg", "back.msg", "message.msg", "spec.json", "up.msg"];
    assert_eq!(listing(&inside), names);
}

#[test]
fn two_descriptions_of_one_name_are_a_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let output = make(dir.path(), r#"[{"file": "a.msg"}, {"file": "A.MSG"}]"#);
    assert_eq!(status(&output), 1);
    assert_eq!(listing(dir.path()), ["a.msg", "spec.json"]);
}

#[test]
fn characters_that_a_code_page_lacks_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let output = make(dir.path(), r#"{"file": "a.msg", "unicode": false, "subject": "日本 €"}"#);
    assert_eq!(status(&output), 0);
    assert!(errors(&output).contains("PR_SUBJECT_W"), "{}", errors(&output));
    let made = open(&dir.path().join("a.msg"));
    assert_eq!(made.get(PR_SUBJECT_W).unwrap().as_deref(), Some("?? €"));
}

#[test]
fn a_property_that_cannot_be_set_is_named_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let output = make(dir.path(), r#"{"file": "a.msg", "properties": {"PR_HASATTACH": true}}"#);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("$.properties.PR_HASATTACH"), "{}", errors(&output));
    assert_eq!(listing(dir.path()), ["spec.json"]);
}

#[test]
fn a_specification_may_come_from_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.json"), r#"{"subject": "piped"}"#).unwrap();
    let input = std::fs::File::open(dir.path().join("in.json")).unwrap();
    let output =
        common::imsg().args(["new", "-", "-o"]).arg(dir.path()).stdin(input).output().unwrap();
    assert_eq!(status(&output), 0, "{}", errors(&output));
    assert_eq!(listing(dir.path()), ["in.json", "message.msg"]);
    assert_eq!(status(&run([&"new", &dir.path().join("missing.json")])), 1);
}
