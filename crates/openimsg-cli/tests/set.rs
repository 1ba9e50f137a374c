//! Changing properties in place.

mod common;

use common::{corpus_messages, errors, good, imsg, make, make_samples, open, run, status, streams};
use openimsg::named;
use openimsg::tags::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

fn sample(dir: &Path, at: usize) -> PathBuf {
    make_samples(dir).remove(at)
}

#[test]
fn properties_are_set_by_every_kind_of_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = sample(dir.path(), 0);
    let set = "{00020329-0000-0000-c000-000000000046}";
    good([
        &"set",
        &file,
        &"PR_SUBJECT=a=b",
        &"0x00170003=0x2",
        &"PidLidLocation=Pier",
        &"PidNameKeywords=red",
        &"PidNameKeywords=blue",
        &format!("{set}:mine:PT_LONG=-7"),
        &"PR_CLIENT_SUBMIT_TIME=2026-01-02T03:04:05+01:00",
        &"PR_CONVERSATION_INDEX=hex:01 02",
        &"--remove",
        &"PR_HTML",
    ]);
    let message = open(&file);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("a=b"));
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
    assert_eq!(message.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("Pier"));
    assert_eq!(message.get(named::PID_NAME_KEYWORDS).unwrap().unwrap(), ["red", "blue"]);
    assert_eq!(message.get(PR_CONVERSATION_INDEX).unwrap(), Some(vec![1, 2]));
    assert_eq!(message.get(PR_HTML).unwrap(), None);
    let sent = message.get(PR_CLIENT_SUBMIT_TIME).unwrap().unwrap();
    assert_eq!(sent.to_rfc3339().as_deref(), Some("2026-01-02T02:04:05Z"));
    assert!(good([&"dump", &file]).contains(&format!("{set}:mine PT_LONG: -7 ")));
    // A named property keeps the type that it has.
    good([&"set", &file, &format!("{set}:mine=8")]);
    assert!(good([&"dump", &file]).contains(&format!("{set}:mine PT_LONG: 8\n")));
}

/// What setting a subject may touch.
const OF_THE_SUBJECT: [&str; 4] = [
    "/__properties_version1.0",
    "/__substg1.0_0037001",
    "/__substg1.0_003D001",
    "/__substg1.0_0E1D001",
];

/// Spec: F-128, S-172
#[test]
fn everything_else_in_the_file_stays_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = make_samples(dir.path());
    for (at, file) in corpus_messages().iter().enumerate() {
        let copy = dir.path().join(format!("corpus-{at}.msg"));
        std::fs::write(&copy, std::fs::read(file).unwrap()).unwrap();
        files.push(copy);
    }
    for file in files {
        let before = streams(&file);
        let output = run([&"set", &file, &"PR_SENSITIVITY=3", &"PR_SUBJECT=RE: another one"]);
        assert_eq!(status(&output), 0, "{}", errors(&output));
        let after = streams(&file);
        let message = open(&file);
        assert_eq!(message.get(PR_SENSITIVITY).unwrap(), Some(3));
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: another one"));
        let other = |path: &&String| {
            !OF_THE_SUBJECT.iter().any(|own| path.to_uppercase().starts_with(&own.to_uppercase()))
        };
        let paths = |all: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
            all.keys().filter(other).cloned().collect()
        };
        assert_eq!(paths(&before), paths(&after), "{}", file.display());
        for path in paths(&before) {
            assert!(before[&path] == after[&path], "{}: {path}", file.display());
        }
    }
}

#[test]
fn all_changes_are_made_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let file = sample(dir.path(), 0);
    let before = std::fs::read(&file).unwrap();
    for change in ["PR_HASATTACH=true", "PR_IMPORTANCE=@no such file", "0x7FFF000D=x"] {
        let output = run([&"set", &file, &"PR_SUBJECT=changed", &change]);
        assert_ne!(status(&output), 0, "{change}");
        assert!(!errors(&output).is_empty());
        assert_eq!(std::fs::read(&file).unwrap(), before, "{change}");
    }
    for usage in ["PR_IMPORTANCE=high", "PR_SUBJCT=x", "no equals sign"] {
        assert_eq!(status(&run([&"set", &file, &"PR_SUBJECT=changed", &usage])), 2, "{usage}");
    }
    let output = run([&"set", &file, &"PR_SUBJCT=x"]);
    assert!(errors(&output).contains("did you mean \"PR_SUBJECT\"?"), "{}", errors(&output));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn properties_that_are_not_writeable_need_force() {
    let dir = tempfile::tempdir().unwrap();
    let spec = r#"{"schema": "openimsg.dump/1", "file": "a.msg", "message": {"properties": [
        {"tag": "0x340D0003", "flags": 2, "value": 265849},
        {"tag": "0x6601001F", "flags": 2, "value": "locked"}]}}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let file = dir.path().join("a.msg");
    let output = run([&"set", &file, &"0x6601001F=open"]);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("--force"), "{}", errors(&output));
    good([&"set", &file, &"0x6601001F=open", &"--force"]);
    assert!(good([&"dump", &file]).contains("\"open\""));
}

#[test]
fn a_character_that_the_file_cannot_hold_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = sample(dir.path(), 4);
    let output = run([&"set", &file, &"PR_SUBJECT=日 €"]);
    assert_eq!(status(&output), 0);
    assert!(errors(&output).contains("PR_SUBJECT_W"), "{}", errors(&output));
    assert_eq!(streams(&file)["/__substg1.0_0037001E"], b"? \x80");
}

#[test]
fn values_may_come_from_files() {
    let dir = tempfile::tempdir().unwrap();
    let file = sample(dir.path(), 0);
    let text = dir.path().join("text.txt");
    std::fs::write(&text, "from a file\n").unwrap();
    good([&"set", &file, &format!("PR_BODY=@{}", text.display()), &"PR_SUBJECT=@@home"]);
    let message = open(&file);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("from a file\n"));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("@home"));
}

#[test]
fn removing_what_is_not_there_is_told_and_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let file = sample(dir.path(), 0);
    let before = std::fs::read(&file).unwrap();
    let output =
        run([&"set", &file, &"--remove", &"PidLidLocation", &"--remove", &"PR_EXPIRY_TIME"]);
    assert_eq!((status(&output), errors(&output).lines().count()), (0, 2));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

/// Spec: F-138
#[test]
fn killed_at_any_moment_the_file_is_the_old_or_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.msg");
    let text = "x".repeat(3_000_000);
    let spec = format!(r#"{{"file": "a.msg", "subject": "old", "body": "{text}"}}"#);
    assert_eq!(status(&make(dir.path(), &spec)), 0);
    let old = std::fs::read(&file).unwrap();
    let start = std::time::Instant::now();
    good([&"set", &file, &"PR_SUBJECT=new"]);
    let whole = start.elapsed();
    let (mut kept, mut changed) = (0, 0);
    for step in 0..60_u32 {
        std::fs::write(&file, &old).unwrap();
        let mut child = imsg()
            .arg("set")
            .arg(&file)
            .arg("PR_SUBJECT=new")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * step / 50);
        let _ = child.kill();
        child.wait().unwrap();
        let message = open(&file);
        match message.get(PR_SUBJECT_W).unwrap().as_deref() {
            Some("old") => {
                kept += 1;
                // A large file is changed where it lies: what was committed is all there.
                let now = std::fs::read(&file).unwrap();
                assert!(now.len() >= old.len() && now[..old.len()] == old[..]);
            }
            Some("new") => changed += 1,
            other => panic!("{other:?}"),
        }
        assert_eq!(message.get(PR_BODY_W).unwrap().map(|body| body.len()), Some(text.len()));
    }
    assert!(kept > 0 && changed > 0, "killed {kept} times before and {changed} times after");
}
